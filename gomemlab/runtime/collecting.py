"""Collecting: how a World is asked to run a cycle, all at once or step by step.

runtime.GC does the whole of it. For a closer look each part is a command: start marking, do one root job, let one
worker take one step, try to end marking. What a program does in between is up to the reader.

Go: runtime/mgc.go, GC, gcStart, gcMarkDone; runtime/mgcmark.go, gcDrain, markroot.
Left out: cycles that begin by themselves, which a paced world has (see pacing).
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from gomemlab.runtime.alloc.heaparena import NO_SPAN
from gomemlab.runtime.alloc.sizeclasses import whole
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.phase import GCPhase
from gomemlab.runtime.gc.sweep import SWEEP_BATCH, Debt, likely_page_marks
from gomemlab.runtime.gcevents import BACKGROUND, GC
from gomemlab.runtime.markevents import MarkEnded
from gomemlab.runtime.mutator import Mutator


class Collecting(Mutator):
    """The collector's side of a World."""

    __slots__ = ()
    if TYPE_CHECKING:

        def _clear_pools(self) -> None: ...

    def gc(self) -> None:
        """Run a whole cycle: finish the last sweep, mark, and sweep everything.

        A cycle that marks already is finished first. Go: runtime/mgc.go, GC.
        """
        self.allocator.begin()
        if self.collector.marking:
            self._finish_mark()
        self._begin_mark()
        self.allocator.heap.stats.num_forced_gc += 1
        self._finish_mark()
        self.allocator.sweeper.sweep_all(self.allocator.heap, 0, GC)

    def gc_start(self, forced: bool = False) -> None:
        """Begin a cycle: finish the last sweep, switch the write barrier on, set out the root jobs.

        forced says that it counts as one that the program asked for. Raises MisuseError while a cycle marks.
        Go: runtime/mgc.go, gcStart.
        """
        if self.collector.phase is not GCPhase.OFF:
            raise MisuseError(f"cycle {self.collector.cycles} is marking; end it with mark_done before the next begins")
        self.allocator.begin()
        self._begin_mark()
        self.allocator.heap.stats.num_forced_gc += bool(forced)

    def mark_root(self, job: str, p: int = 0) -> None:
        """Let P p's worker do one root job, out of turn: "globals", "held", or "G1's stack".

        Raises MisuseError while no cycle marks, and for a job that is done or never was.
        Go: runtime/mgcmark.go, markroot.
        """
        p = self._check_p(p)
        self._check_marking("mark_root")
        found = next((left for left in self.collector.jobs if str(left) == job), None)
        if found is None:
            left = ", ".join(map(str, self.collector.jobs)) or "none"
            raise MisuseError(f"there is no root job {job!r} to do; left are: {left}")
        self.allocator.begin()
        self.collector.mark_root(found, p)

    def mark_step(self, p: int = 0) -> bool:
        """Let P p's worker do the next thing; say whether there was any.

        It is the next root job, or one grey object, or one span of Green Tea's queue.
        Raises MisuseError while no cycle marks. Go: runtime/mgcmark.go, gcDrain.
        """
        p = self._check_p(p)
        self._check_marking("mark_step")
        self.allocator.begin()
        return self.collector.step(p)

    def mark_object(self, address: int, p: int = 0) -> None:
        """Let P p's worker scan one grey object of a work buffer, out of turn.

        Raises MisuseError for an object that is not grey, and for one that waits with its whole span.
        """
        p, address = self._check_p(p), whole(address, "address", "give that of a grey object")
        self._check_marking("mark_object")
        span = self.allocator.heap.span_of(address)
        slot = address if span is None else address - self.allocator.header[span.spanclass]  # work buffers have slots
        if not self.collector.take_grey(slot):
            if span is not None and slot in self.collector.marker.grey(()):
                raise MisuseError(f"{address:#x} waits with all of span {span.id}; mark_step scans it in its turn")
            raise MisuseError(f"no grey object at {address:#x}; only a grey object waits to be scanned")
        self.allocator.begin()
        self.collector.scan(slot, p)

    def mark_all(self) -> None:
        """Mark until nothing is grey. Raises MisuseError while no cycle marks. Go: runtime/mgcmark.go, gcDrain."""
        self._check_marking("mark_all")
        self.allocator.begin()
        self.collector.drain()

    def flush_barrier(self, p: int = 0) -> int:
        """Shade what waits in P p's barrier buffer; return how many objects that made grey.

        Raises MisuseError while no cycle marks. Go: runtime/mwbbuf.go, wbBufFlush.
        """
        p = self._check_p(p)
        self._check_marking("flush_barrier")
        self.allocator.begin()
        return self.collector.flush(p)

    def mark_done(self) -> bool:
        """End marking and begin to sweep; False where the last barrier buffers made more work, so that marking goes on.

        Raises MisuseError while no cycle marks, and while anything is grey. Go: runtime/mgc.go, gcMarkDone.
        """
        self._check_marking("mark_done")
        collector = self.collector
        if collector.jobs or collector.grey_left():
            jobs, grey = len(collector.jobs), collector.grey_left()
            raise MisuseError(
                f"marking is not over: {jobs} root jobs and {grey} grey objects or spans are left; take mark steps, or "
                "mark_all"
            )
        self.allocator.begin()
        if not collector.try_end_mark():
            return False
        self._end_mark()
        return True

    # Sweeping

    def sweep_begin(
        self,
        marks: Mapping[int, int],
        trigger: int | None = None,
        page_marks: Iterable[int] | None = None,
        *,
        flush_stacks: bool = True,
    ) -> None:
        """End a mark phase that nobody saw: these are the marks, slots as a bitmap by span id; now sweeping begins.

        What is not marked is dead, and a span that is not named has no marked object. trigger is the live heap in bytes
        at which the next cycle would begin: it sets the pace of sweeping; None: no pace. page_marks are the spans that
        reclaim passes over; None: what marking is likely to have set. It counts as a cycle. flush_stacks says
        whether the world goes on at once, so that caches of stacks are emptied; else the command of this name does it.
        Raises MisuseError for marks of no object's slot, while a cycle marks, and while spans are unswept.
        Go: runtime/mgc.go, gcMarkTermination, gcSweep.
        """
        heap = self.allocator.heap
        if self.collector.marking:
            raise MisuseError(f"cycle {self.collector.cycles} is marking; end it with mark_done before marks are given")
        if heap.sweeping is not None:
            raise MisuseError(f"sweepgen {heap.sweepgen} is not swept to its end; sweep_all() before new marks")
        for span_id, bits in marks.items():
            span = heap.spans.get(span_id)
            if span is None or bits < 0 or bits >> span.nelems:
                raise MisuseError(f"span {span_id} has no slots for the marks {bits:#b}; give bits of its slots")
        self.allocator.begin()
        heap.gcmark_bits = {span_id: bits for span_id, bits in marks.items() if bits}
        heap.inline_marks, heap.inline_scans = {}, {}
        heap.page_marks = likely_page_marks(heap, marks) if page_marks is None else set(page_marks)
        heap.stats.num_gc += 1
        self.collector.roots.forget(heap.gcmark_bits)
        self.collector.cycles += 1
        heap.log.append((MarkEnded, self.collector.cycles, sum(map(int.bit_count, marks.values())), 0))
        self._start_sweep(trigger)
        if flush_stacks:
            self._flush_stacks()

    def _start_sweep(self, trigger: int | None) -> None:
        """Begin to sweep, and flush every mcache: its spans are in no set, so no sweeper would find them."""
        allocator = self.allocator
        allocator.sweeper.start(allocator.heap, trigger)
        for p in self.ps:
            p.mcache.prepare_for_sweep(allocator.heap, allocator.central)

    def _flush_stacks(self) -> None:
        """Free what marking kept, and empty the Ps' caches of stacks. Go: runtime/mgc.go, gcMarkTermination."""
        self.stacks.memory.free_spans(0)
        for p in self.ps:
            self.stacks.flush(p)

    def sweep_one(self, p: int = 0) -> int | None:
        """Sweep one span on P p; return the pages that became idle by it, or None when there is none left to sweep.

        Go: runtime/mgcsweep.go, sweepone.
        """
        p = self._check_p(p)
        self.allocator.begin()
        return self.allocator.sweeper.sweep_one(self.allocator.heap, p, BACKGROUND)

    def sweep_turn(self, p: int = 0, spans: int = SWEEP_BATCH, last: int = NO_SPAN) -> int:
        """Let the background sweeper have a turn on P p; return the spans it swept, at most `spans`.

        last is the id of a span: where it is still unswept then, the turn goes on until it is swept.
        Go: runtime/mgcsweep.go, bgsweep.
        """
        p, spans, last = self._check_p(p), _not_negative(spans, "spans"), whole(last, "last", "give a span's id")
        self.allocator.begin()
        return self.allocator.sweeper.sweep_turn(self.allocator.heap, p, spans, last)

    def sweep_debt(self, pages: int, last: int = NO_SPAN) -> None:
        """Say how many pages the next allocation that needs a span sweeps first, instead of what a pace would say.

        last is the id of a span, which is swept by then, too. Nothing is owed where no span is unswept.
        Go: runtime/mgcsweep.go, deductSweepCredit.
        """
        debt = Debt(_not_negative(pages, "pages"), whole(last, "last", "give a span's id"))
        self.allocator.begin()
        self.allocator.sweeper.owe(self.allocator.heap, debt)

    def sweep_all(self, p: int = 0) -> int:
        """Sweep all that is left, as runtime.GC does before it returns; return the spans it swept.

        Go: runtime/mgc.go, GC.
        """
        p = self._check_p(p)
        self.allocator.begin()
        return self.allocator.sweeper.sweep_all(self.allocator.heap, p, GC)

    # Inside

    def _begin_mark(self) -> None:
        """Finish the last sweep and begin to mark. Go: runtime/mgc.go, gcStart."""
        allocator = self.allocator
        allocator.sweeper.sweep_all(allocator.heap, 0, GC)
        allocator.watched = True
        self.collector.begin_mark([p.mcache.tiny for p in self.ps], self._clear_pools)

    def _finish_mark(self) -> None:
        self.collector.drain()
        self.collector.try_end_mark()  # nothing is grey any more; the nil pointers in barrier buffers go too
        self._end_mark()

    def _end_mark(self) -> None:
        """End marking, begin to sweep, and flush every mcache. Go: runtime/mgc.go, gcMarkTermination."""
        allocator = self.allocator
        self.collector.end_mark()
        allocator.heap.stats.num_gc += 1
        allocator.watched = bool(self.collector.memory.words)
        self._start_sweep(None)
        self._flush_stacks()

    def _check_marking(self, command: str) -> None:
        if not self.collector.marking:
            raise MisuseError(f"{command} needs a cycle that marks, and none does; gc_start begins one")


def _not_negative(n: object, what: str) -> int:
    number = whole(n, what, "give 0 or more")
    if number < 0:
        raise MisuseError(f"{what} {number} is negative; give 0 or more")
    return number
