"""Ticking: what happens in a paced World as its clock goes on.

A cycle begins when the live heap has reached the trigger, or two minutes have passed; workers mark and the background
sweeper sweeps in the time that passes; a goroutine that owes scans, or waits for credit; and marking ends when nothing
is grey. Pacer, CPU limiter, sweeper and scavenger hear of each of these.

Go: runtime/mgc.go, gcTrigger, gcStart, gcMarkDone, gcMarkTermination; runtime/mgcmark.go, gcAssistAlloc;
runtime/mgcpacer.go, gcControllerCommit; runtime/proc.go, forcegchelper, retake.
Left out: that a cycle waits with its beginning while the last span is swept (here it sweeps what is left at once).
"""

from gomemlab.runtime.arch import PTR_SIZE
from gomemlab.runtime.costs import BESIDES
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.limiter import GCCPULimiter
from gomemlab.runtime.gc.markworkers import WorkerMode
from gomemlab.runtime.gc.pacer import NO_LIMIT, GCController
from gomemlab.runtime.gc.sweep import SWEEP_BATCH, bytes_marked
from gomemlab.runtime.marktime import MarkTime
from gomemlab.runtime.pace import FORCED, SLICE, TIME, TIME_SLICE, Pace, Worker
from gomemlab.runtime.pacerevents import (
    AssistPaid,
    AssistParked,
    AssistSkipped,
    CycleTriggered,
    GoalSet,
    LimiterChanged,
)
from gomemlab.runtime.scheduling import Scheduling

PROCESS_GLOBALS = 160_000  # bytes of a small program's variables that may have pointers, the runtime's among them


class Ticking(Scheduling):
    """The clock's side of a World."""

    __slots__ = ("gogc", "pace")
    gogc: int  # percent, -1 for off
    pace: Pace | None  # None: cycles begin when they are told to, and nothing takes time

    # What the pacer hears

    def _sync(self, p: int = 0) -> bool:
        """Tell the pacer how the heap changed; say whether the live heap did.

        Go: runtime/mcache.go, (*mcache).refill, (*mcache).allocLarge.
        """
        pace = self._paced()
        c, worker, stats = pace.controller, pace.workers[p], self.allocator.heap.stats
        c.max_stack_scan = self.stacks.max_stack_scan
        if c.memory_limit != NO_LIMIT:
            self._book_memory(c)
        grown = stats.heap_live - c.heap_live
        if grown:
            c.update(grown, worker.scan_alloc)
            worker.scan_alloc = 0
        return grown != 0

    def _book_memory(self, c: GCController) -> None:
        """Tell the pacer what the memory limit is compared with."""
        heap = self.allocator.heap
        stats = heap.stats
        c.total_alloc, c.total_free = stats.slot_bytes(heap.classes.elemsize)
        c.mapped_ready = heap.mapped_ready()
        c.heap_free = stats.mapped - stats.released - stats.in_heap - stats.in_manual

    # Cycles

    def _heap_trigger(self) -> bool:
        """Say whether the heap is large enough for a cycle. Go: runtime/mgc.go, gcTrigger.test."""
        c = self._paced().controller
        return c.heap_live >= c.trigger()[0]

    def _trigger(self, reason: str) -> None:
        """Begin a cycle by itself. Go: runtime/mgc.go, gcStart."""
        pace = self._paced()
        pace.reason = reason
        self._begin_mark()
        pace.reason = FORCED

    def _begin_mark(self) -> None:
        """Begin to mark; in a paced world the pacer plans the cycle. Go: runtime/mgc.go, gcStart."""
        pace = self.pace
        if pace is not None:
            self._sync()
            c = pace.controller
            trigger, goal = c.trigger()
            entry = self.collector.cycles + 1, pace.reason, c.heap_live, trigger, goal, c.limited
            self._log(CycleTriggered, *entry)
        super()._begin_mark()
        if pace is not None:
            self._sync()
            pace.start()

    def _finish_mark(self) -> None:
        """Mark to the end: at once, or in a paced world in the time that it takes idle Ps."""
        pace = self.pace
        if pace is None:
            super()._finish_mark()
            return
        busy, pace.busy = pace.busy, set()
        while self.collector.marking:
            self._pass(SLICE)
        pace.busy = busy

    def _start_sweep(self, trigger: int | None) -> None:
        """Begin to sweep, in a paced world so fast that it ends at the next trigger.

        Go: runtime/mgc.go, gcMarkTermination; runtime/mgcpacer.go, gcControllerCommit.
        """
        pace = self.pace
        if pace is None:
            super()._start_sweep(trigger)
            return
        self._sync()
        marked, c = bytes_marked(self.allocator.heap), pace.controller
        if not c.marking:  # nobody saw it marking
            pace.start()
        heap = sum(gcw.heap_scan_work for gcw in self.collector.gcws)
        pace.finish((heap, self.stacks.scanned.last), marked, self.allocator.heap.stats.num_gc)
        c.commit(is_sweep_done=False)
        trigger, goal = c.trigger()
        super()._start_sweep(trigger)
        self._log(GoalSet, marked, trigger, goal, c.limited)

    def _commit(self) -> None:
        """Compute goal and trigger anew. Go: runtime/mgcpacer.go, gcControllerCommit."""
        heap, c = self.allocator.heap, self._paced().controller
        c.commit(is_sweep_done=heap.sweeping is None)
        if c.marking:
            c.revise()
        self.allocator.sweeper.pace(heap, c.trigger()[0])
        heap.scavenging.memory_limit = c.memory_limit
        heap.scavenging.pace(heap, *self._scavenge_goals())

    def _scavenge_goals(self) -> tuple[int, int]:
        """Return the heap goal and the last one: they say how much memory may stay."""
        c = None if self.pace is None else self.pace.controller
        return (0, 0) if c is None else (c.heap_goal(), c.last_heap_goal)

    # Assists

    def _assist(self, g: int, p: int) -> None:
        """Let goroutine g pay what it owes. Go: runtime/mgcmark.go, gcAssistAlloc."""
        pace = self._paced()
        assists, c = pace.assists, pace.controller
        while self.collector.marking and assists.owes(g):
            debt = -assists.credit[g]
            if pace.limiter.limiting():
                self._log(AssistSkipped, g, debt)
                return
            work, taken = assists.steal(c, g)
            scanned, ns = self._scan_for(p, work) if work else (0, 0)
            if work:
                assists.pay(c, g, scanned)
            self._log(AssistPaid, g, p, debt, taken, scanned, ns)
            self._end_if_done()
            if assists.owes(g) and assists.park(c, g):
                self._wait_for_credit(g, p)

    def _scan_for(self, p: int, work: int) -> tuple[int, int]:
        """Let a goroutine on P p scan so many bytes, if there are so many, while workers mark; return (bytes, ns).

        Go: runtime/mgcmark.go, gcAssistAlloc1.
        """
        pace, scanned, ns = self._paced(), 0, 0
        while scanned < work and self.collector.marking and not pace.limiter.limiting():
            nbytes, took = self._mark_time().drain_n(p, work - scanned, SLICE)
            if not took:
                break
            scanned, ns = scanned + nbytes, ns + took
            self._spend(took, p)
            if pace.add_assist_time(p, took):
                self._log(LimiterChanged, pace.limiter.limiting(), pace.limiter.fill)
        return scanned, ns

    def _wait_for_credit(self, g: int, p: int) -> None:
        """Let goroutine g wait in the assist queue; its P is idle meanwhile. Go: runtime/mgcmark.go, gcParkAssist."""
        pace = self._paced()
        debt, since = -pace.assists.credit[g], pace.now
        pace.busy.discard(p)
        while g in pace.assists.queue:
            self._pass(SLICE)
        pace.busy.add(p)
        self._log(AssistParked, g, debt, pace.now - since)

    # Time

    def _mark_time(self) -> MarkTime:
        return MarkTime(self._paced(), self.collector, self.stacks)

    def _spend(self, ns: int, p: int) -> None:
        """Let P p take ns for the program, side by side with the other Ps that run it."""
        pace = self._paced()
        pace.busy.add(p)
        pace.fresh.add(p)
        while pace.workers[p].mode is WorkerMode.FRACTIONAL:
            self._pass(SLICE)
        wall, pace.carry = divmod(pace.carry + ns, pace.running)
        while wall > 0:
            wall -= self._piece(wall)

    def _piece(self, ns: int, *, keep_busy: bool = False) -> int:
        """Let some of ns pass, up to what happens next; return how much."""
        pace = self._paced()
        if self.collector.marking or self.allocator.heap.sweeping is not None:
            idle = len(pace.busy) < len(self.ps) or any(worker.mode is not None for worker in pace.workers)
            ns = min(ns, SLICE - pace.unworked if idle else max(pace.slice_end - pace.now, 1))
        elif pace.due:
            ns = min(ns, max(pace.due - pace.now, 1))
        self._pass(ns)
        if pace.now >= pace.slice_end:
            self._end_slice(keep_busy=keep_busy)
        if pace.due and pace.now >= pace.due and not self.collector.marking:
            self._trigger(TIME)
        return ns

    def _pass(self, ns: int) -> None:
        """Let ns pass for everybody: workers mark, or the background sweeper sweeps."""
        pace = self._paced()
        idle = len(self.ps) - len(pace.busy)
        if self.collector.marking:
            idle -= sum(worker.mode is not None for p, worker in enumerate(pace.workers) if p not in pace.busy)
        pace.tick(ns, idle=idle)
        pace.unworked += ns
        if pace.unworked < SLICE:
            return
        ns, pace.unworked = pace.unworked, 0
        self.allocator.heap.scavenging.limiting = pace.limiter.limiting()
        self._scavenge_until(pace.now - ns, pace.now)
        if self.collector.marking:
            self._mark_time().work(ns)
            self._end_if_done()
        elif self.allocator.heap.sweeping is not None and len(pace.busy) < len(self.ps):
            spans = max(int(ns / BESIDES["sweep"]), SWEEP_BATCH)
            self.allocator.sweeper.sweep_turn(self.allocator.heap, min(set(range(len(self.ps))) - pace.busy), spans)

    def _end_slice(self, *, keep_busy: bool) -> None:
        """End the time slices of all goroutines. Go: runtime/proc.go, retake."""
        pace = self._paced()
        pace.slice_end = pace.now + TIME_SLICE
        if not keep_busy:
            pace.busy, pace.fresh = pace.fresh, set()
        if self.sched is not None:
            pace.busy = {proc.id for proc in self.sched.procs if proc.current}
        was = pace.limiter.limiting()
        if pace.limiter.need_update(pace.now):
            pace.limiter.update(pace.now)
        if pace.limiter.limiting() != was:
            self._log(LimiterChanged, pace.limiter.limiting(), pace.limiter.fill)
        if self.collector.marking:
            self._mark_time().preempt()
        elif self.allocator.heap.sweeping is not None:
            self.allocator.sweeper.sweep_turn(self.allocator.heap, 0)

    def _end_if_done(self) -> None:
        """End marking where nobody finds anything: first all Ps give away what they have for themselves.

        Go: runtime/mgc.go, gcMarkDone.
        """
        collector, pace = self.collector, self._paced()
        if not collector.marking or self._mark_time().available() or any(worker.mode for worker in pace.workers):
            return
        if collector.try_end_mark():
            self._flush_time()
            self._end_mark()

    def _flush_time(self) -> None:
        """Tell what the workers did."""
        if self._paced().worked:
            self.allocator.log += self._mark_time().said()

    # The value

    def _begin_pace(self) -> Pace:
        """Return the pace of a new process."""
        procs, limit = len(self.ps), NO_LIMIT if self.memory_limit is None else self.memory_limit
        pace = Pace(GCController.init(self.gogc, limit), GCCPULimiter(1, procs), [Worker() for _ in range(procs)])
        roots = self.collector.roots
        pace.controller.add_globals(PROCESS_GLOBALS + PTR_SIZE * len(roots.globals))
        pace.controller.commit(is_sweep_done=True)  # Go knows its globals before it computes the first goal
        self.allocator.heap.scavenging.memory_limit = limit
        return pace

    def _paced(self) -> Pace:
        if self.pace is None:
            raise MisuseError("this world has no pacer and no clock; make one with World(paced=True)")
        return self.pace

    def _check_pace(self) -> None:
        """Raise ThrowError where pacer, heap and collector disagree."""
        if self.pace is not None:
            self.pace.check(len(self.ps), marking=self.collector.marking)

    def _resize_sched(self, procs: int) -> None:
        super()._resize_sched(procs)
        if self.pace is not None:
            self.pace.resize(procs)
