"""The cycle: off, sweep termination, mark, mark termination, sweep, and off again.

The world stops twice, for a moment each time: to finish the last sweep, switch the write barrier on and set out the
root jobs; and to switch it off again when no grey object is left. Between the two, and after them, the program runs:
stacks are scanned one by one, objects are born black, stores tell the marker through the barrier.

Go: runtime/mgc.go, gcStart, gcMarkDone, gcMarkTermination, GC; runtime/mgcmark.go, gcDrain.
Left out: when a cycle starts, who marks and who assists, and the time that anything takes (see pacer, assist, and
pacing above this); finalizers, weak pointers, leak detection.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.gc.barrier import BARRIERS, Barrier, WBBuf
from gomemlab.runtime.gc.checkmark import reachable, unmarked, walkable
from gomemlab.runtime.gc.memory import Memory
from gomemlab.runtime.gc.phase import GCPhase
from gomemlab.runtime.gc.policy import MARKERS, Policy
from gomemlab.runtime.gc.rootjobs import RootJob, root_jobs, scan
from gomemlab.runtime.gc.roots import Roots, Stack
from gomemlab.runtime.gc.work import GCWork, WorkBuf
from gomemlab.runtime.markevents import (
    BarrierFlushed,
    BarrierQueued,
    MarkBegan,
    MarkEnded,
    MarkResumed,
    NoWorkLeft,
    ObjectScanned,
    RootScanned,
    SpanScanned,
    StacksRescanned,
    WorldStopped,
)

MAX_BIRTHS = 1000  # objects that a picture can name


class StackMemory(Protocol):
    """The memory of stacks, as far as marking changes it."""

    @property
    def has_dead(self) -> bool:
        """Return whether gs that are dead have stacks to be freed."""

    def scan(self, stack: Stack, p: int) -> None:
        """Shrink a stack that is about to be scanned, if it is nearly empty."""

    def free_dead(self, p: int) -> None:
        """Free the stacks of dead gs."""

    def end_mark(self) -> None:
        """Compute with how much stack a g begins."""


class Collector:
    """Everything the collector knows, but for the mark bits (in the heap) and the sweep."""

    __slots__ = (
        "allocates_black",
        "barrier",
        "births",
        "cycles",
        "flushes_at_end",
        "full",
        "gcws",
        "heap",
        "jobs",
        "jobs_done",
        "lost",
        "made",
        "marker",
        "memory",
        "phase",
        "rescan",
        "roots",
        "shaded",
        "stack_memory",
        "stops",
        "wb_entries",
        "wb_flushes",
        "wbufs",
    )

    def __init__(self, heap: MHeap, procs: int, policy: Policy) -> None:
        self.heap = heap
        self.memory, self.roots = Memory(), Roots()
        self.stack_memory: StackMemory  # the world's, which gives it
        self.set_policy(policy)
        self.allocates_black = self.flushes_at_end = True  # for experiments: Go has no switch for either
        self.phase = GCPhase.OFF
        self.cycles = self.stops = 0  # begun; of the world
        self.full: list[WorkBuf] = []  # the work that all Ps share
        self.jobs: list[RootJob] = []  # left, the next first
        self.gcws: list[GCWork] = []  # by P
        self.wbufs: list[WBBuf] = []  # by P
        self.jobs_done = self.shaded = self.wb_entries = self.wb_flushes = 0  # in this cycle
        self.births: dict[int, int] = {}  # by address: the number of the object made there, of the first MAX_BIRTHS
        self.made = 0  # objects with a number
        self.lost: tuple[int, ...] = ()  # objects that the last cycle left without a mark although they can be reached
        self.resize(procs)

    def set_policy(self, policy: Policy) -> None:
        """Mark in this way from the next cycle on."""
        self.marker = MARKERS[policy.marker](self.heap, self.memory)
        self.barrier: Barrier = BARRIERS[policy.barrier]
        self.rescan = policy.rescan

    def resize(self, procs: int) -> None:
        """Give each of procs Ps its work buffers, while no cycle marks: those that go away are empty."""
        del self.gcws[procs:], self.wbufs[procs:]
        self.gcws += [GCWork(p, self.full) for p in range(len(self.gcws), procs)]
        self.wbufs += [WBBuf() for _ in range(len(self.wbufs), procs)]

    def born(self, address: int) -> int:
        """Give an object that new made its number, from 1, and return it."""
        self.made += 1
        self.births.pop(address, None)
        if len(self.births) < MAX_BIRTHS:
            self.births[address] = self.made
        return self.made

    @property
    def marking(self) -> bool:
        """Return whether the write barrier is on."""
        return self.phase is GCPhase.MARK

    # Beginning

    def begin_mark(self, tiny_blocks: Sequence[int], clear_pools: Callable[[], None]) -> None:
        """Switch the barrier on and set out the root jobs, once the last sweep is finished.

        tiny_blocks are the addresses of the Ps' current tiny blocks, 0 for none: they are grey from the beginning.
        clear_pools lets the pools age, which only is done while the world stands.
        Go: runtime/mgc.go, gcStart; runtime/mgcmark.go, gcMarkTinyAllocs.
        """
        self._stop("sweep termination")
        clear_pools()
        self.cycles += 1
        self.lost = ()
        self.jobs_done = self.shaded = self.wb_entries = self.wb_flushes = 0
        for gcw in self.gcws:
            gcw.reset()
        self.marker.begin()
        self.phase = GCPhase.MARK
        self.jobs = root_jobs(self.heap, self.roots, dead_stacks=self.stack_memory.has_dead)
        for gcw, block in zip(self.gcws, tiny_blocks, strict=True):
            if block:
                self.marker.shade((block,), gcw)
        self.heap.log.append((MarkBegan, self.cycles, len(self.jobs), self.marker.name, self.barrier.name))

    def _stop(self, reason: str) -> None:
        self.stops += 1
        self.heap.log.append((WorldStopped, self.stops, reason))

    # Marking

    def mark_root(self, job: RootJob, p: int) -> None:
        """Do one root job on P p. Go: runtime/mgcmark.go, markroot."""
        self.jobs.remove(job)
        self._do(job, p)

    def _do(self, job: RootJob, p: int) -> None:
        self.jobs_done += 1
        if job.kind == "stack" and not self.roots.stacks[job.g - 1].dead:
            self.stack_memory.scan(self.roots.stacks[job.g - 1], p)
        elif job.kind == "dead stacks":
            self.stack_memory.free_dead(p)
        pointers = scan(job, self.heap, self.roots)
        greyed = self._shade(pointers, p)
        self.heap.log.append((RootScanned, p, str(job), len(pointers), greyed))

    def _shade(self, pointers: Sequence[int], p: int) -> int:
        """Shade pointers and return how many objects turned from white to grey or black."""
        gcw = self.gcws[p]
        before = gcw.objects_marked
        self.marker.shade(pointers, gcw)
        return gcw.objects_marked - before

    def step(self, p: int) -> bool:
        """Let P p's worker do the next thing: a root job, one grey object, or one span; say whether there was any.

        Go: runtime/mgcmark.go, gcDrain.
        """
        if self.jobs:
            self.mark_root(self.jobs[0], p)
            return True
        gcw = self.gcws[p]
        before = _counts(gcw)
        obj = self.marker.step(gcw)
        if not obj:  # look into the barrier buffer, and at other Ps
            self.flush(p)
            before = _counts(gcw)  # what the flush made grey is not this step's
            obj = self.marker.step(gcw, balance=False) or self.marker.steal(gcw, self.gcws)
        if not obj:
            self.heap.log.append((NoWorkLeft, p))
            return False
        greyed, visits, scanned, pointers = (now - then for now, then in zip(_counts(gcw), before, strict=True))
        if visits:
            span = self.heap.span_of(obj)
            span_id = -1 if span is None else span.id
            self.heap.log.append((SpanScanned, p, span_id, scanned, greyed))
        else:
            self.heap.log.append((ObjectScanned, p, obj, pointers, greyed))
        return True

    def drain(self) -> None:
        """Mark until no P has anything left, as fast as it goes: no events but those of roots and flushes."""
        for job in self.jobs:  # taken off one by one, the last of many would wait for each to move up
            self._do(job, 0)
        self.jobs.clear()
        gcw, marker = self.gcws[0], self.marker
        while self.work_left():
            for other in self.gcws:
                self.flush(other.p)
                if other is not gcw:
                    other.dispose()
            marker.drain(gcw)
            while marker.steal(gcw, self.gcws):
                marker.drain(gcw)

    def work_left(self) -> bool:
        """Say whether anything is grey: root jobs, work buffers, span queues, pointers in barrier buffers."""
        return bool(
            self.jobs
            or self.full
            or any(not gcw.empty() for gcw in self.gcws)
            or any(any(wbuf.entries) for wbuf in self.wbufs)
        )

    def grey_left(self) -> int:
        """Return how many objects and spans wait in the queues of all Ps."""
        return sum(map(len, self.full)) + sum(gcw.waiting() for gcw in self.gcws)

    def take_grey(self, obj: int) -> bool:
        """Take an object out of whichever work buffer it waits in; say whether it did."""
        for gcw in self.gcws:
            for wbuf in (gcw.wbuf1, gcw.wbuf2):
                if obj in wbuf:
                    wbuf.remove(obj)
                    return True
        rest = [[other for other in wbuf if other != obj] for wbuf in self.full]
        found = sum(map(len, rest)) < sum(map(len, self.full))
        self.full[:] = filter(None, rest)  # new lists: copies of the world share the old ones
        return found

    def scan(self, obj: int, p: int) -> None:
        """Scan one object that was taken out of the queues."""
        gcw = self.gcws[p]
        pointers, before = gcw.pointers_found, gcw.objects_marked
        self.marker.scan_object(obj, gcw)
        greyed = gcw.objects_marked - before
        self.heap.log.append((ObjectScanned, p, obj, gcw.pointers_found - pointers, greyed))

    # The write barrier

    def write_barrier(
        self, new: int | None, old: int, p: int, g: int, *, fresh: bool = False, on_global: bool = False
    ) -> None:
        """Tell the marker that a goroutine on P p stores `new` over `old`, if it wants to know.

        None is a nil that stands in the program; 0 one that is found when it runs.
        Go: runtime/mwbbuf.go, (*wbBuf).get1, (*wbBuf).get2.
        """
        if not self.marking or not self.barrier.enabled:
            return
        stack_grey = not self.roots.stacks[g - 1].scanned
        entries = self.barrier.entries(new, old, fresh=fresh, stack_grey=stack_grey, on_global=on_global)
        self.queue(entries, p)
        queued_old = old if entries and self.barrier.shades_old and not fresh else 0
        queued_new = new or 0 if len(entries) > (self.barrier.shades_old and not fresh) else 0
        filled = len(self.wbufs[p].entries)
        self.heap.log.append((BarrierQueued, p, queued_new, queued_old, len(entries), filled, self.barrier.name))

    def queue(self, entries: Sequence[int], p: int) -> None:
        """Put pointers into P p's buffer, which is flushed first where they do not fit."""
        wbuf = self.wbufs[p]
        if wbuf.full_for(len(entries)):
            self.flush(p)
        wbuf.entries += entries
        self.wb_entries += len(entries)

    def flush(self, p: int) -> int:
        """Shade what waits in P p's buffer; return how many objects that made grey.

        Go: runtime/mwbbuf.go, wbBufFlush1.
        """
        if not self.wbufs[p].entries:
            return 0
        entries, gcw = self.wbufs[p].take_all(), self.gcws[p]
        before = gcw.objects_marked
        self.marker.flush([pointer for pointer in entries if pointer], gcw)
        greyed = gcw.objects_marked - before
        self.shaded += greyed
        self.wb_flushes += 1
        self.heap.log.append((BarrierFlushed, p, len(entries), greyed))
        return greyed

    def mark_new(self, span_id: int, elemsize: int, slots: int, p: int) -> None:
        """Make slots that were allocated while marking black. Go: runtime/mgcmark.go, gcmarknewobject."""
        if self.allocates_black:
            self.marker.mark_new(span_id, elemsize, slots, self.gcws[p])

    # Ending

    def try_end_mark(self) -> bool:
        """Flush every barrier buffer, for all Ps to work on; say whether that left nothing grey, so marking may end.

        Go: runtime/mgc.go, gcMarkDone.
        """
        greyed = sum(self.flush(gcw.p) for gcw in self.gcws) if self.flushes_at_end else self._forget_buffers()
        for gcw in self.gcws:
            gcw.dispose()
        if self.work_left():
            self.heap.log.append((MarkResumed, greyed))
            return False
        return True

    def _forget_buffers(self) -> int:
        """Forget what the barrier buffers hold, so nothing turns grey. Go: runtime/mwbbuf.go, (*wbBuf).discard."""
        for wbuf in self.wbufs:
            wbuf.take_all()
        return 0

    def end_mark(self) -> None:
        """Stop the world, scan the stacks once more where the policy says so, and switch the barrier off.

        Go: runtime/mgc.go, gcMarkTermination.
        """
        self._stop("mark termination")
        self.phase = GCPhase.MARK_TERMINATION
        if self.rescan:
            self.rescan_stacks()
        if self.work_left():
            raise ThrowError("marking ended with grey objects left")
        self.stack_memory.end_mark()
        self.phase = GCPhase.OFF
        self.lost = self.find_lost()
        marks = {span.id: self.heap.marked(span) for span in self.heap.spans.values()}
        self.roots.forget(marks)
        self.heap.log.append((MarkEnded, self.cycles, sum(map(int.bit_count, marks.values())), len(self.lost)))

    def rescan_stacks(self) -> None:
        """Shade what is on any stack, and mark from there: what Go 1.5 to 1.7 did while the world stood still."""
        stacks = self.roots.stacks
        greyed = self._shade([p for stack in stacks for p in stack.pointers()], 0)
        self.heap.log.append((StacksRescanned, len(stacks), greyed))
        self.drain()

    def find_lost(self) -> tuple[int, ...]:
        """Return what can be reached and has no mark; not asked in a world too large for a picture."""
        if self.made > MAX_BIRTHS or not walkable(self.heap):
            return ()
        return tuple(unmarked(self.heap, reachable(self.heap, self.memory, self.roots)))

    # The value

    def copy(self, heap: MHeap) -> "Collector":
        """Return an independent collector for a copy of the heap."""
        new = Collector.__new__(Collector)
        new.heap = heap
        new.memory, new.roots = self.memory.copy(), self.roots.copy()
        new.marker = self.marker.copy(heap, new.memory)
        new.barrier, new.rescan = self.barrier, self.rescan
        new.allocates_black, new.flushes_at_end = self.allocates_black, self.flushes_at_end
        new.phase, new.cycles, new.stops = self.phase, self.cycles, self.stops
        new.full = [wbuf.copy() for wbuf in self.full]
        new.jobs = self.jobs.copy()
        new.gcws = [gcw.copy(new.full) for gcw in self.gcws]
        new.births, new.made, new.lost = self.births.copy(), self.made, self.lost
        new.wbufs = [wbuf.copy() for wbuf in self.wbufs]
        new.jobs_done, new.shaded = self.jobs_done, self.shaded
        new.wb_entries, new.wb_flushes = self.wb_entries, self.wb_flushes
        return new

    def check(self) -> None:
        """Raise ThrowError where the phase contradicts what is queued."""
        for gcw, wbuf in zip(self.gcws, self.wbufs, strict=True):
            gcw.check()
            wbuf.check()
        if self.phase is not GCPhase.MARK and self.work_left():
            raise ThrowError(f"there is marking work in phase {self.phase.name}")


def _counts(gcw: GCWork) -> tuple[int, int, int, int]:
    """Return what a step is told by: objects marked, spans visited, objects scanned, pointers found."""
    return gcw.objects_marked, gcw.span_visits, gcw.objects_scanned, gcw.pointers_found
