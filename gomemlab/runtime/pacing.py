"""Pacing: a World whose cycles begin by themselves and take time.

World(paced=True) has a clock. Each command that allocates takes the time that the cost model has for it; when the live
heap reaches the trigger a cycle begins, workers mark as time goes on, goroutines that allocate meanwhile pay by
assists, and marking ends when nothing is grey. advance lets time pass; after two minutes without a cycle one begins.

A world that is not paced has none of that: it collects when it is told to.

Go: runtime/mgc.go, gcTrigger, gcStart, gcMarkDone, gcMarkTermination, GC; runtime/malloc.go, mallocgc;
runtime/mgcmark.go, gcAssistAlloc; runtime/mgcpacer.go, setGCPercent, setMemoryLimit, gcControllerCommit;
runtime/proc.go, forcegchelper.
Left out: that a goroutine assists before its object is made (here after it, so that a refused request costs nothing);
runs of slots for replays (alloc_run, tiny_run), which take no time.
"""

from collections.abc import Hashable, Sequence

from gomemlab.runtime.alloc.sizeclasses import SizeClass, whole
from gomemlab.runtime.arch import MAX_TINY_SIZE, PAGE_SIZE, PTR_SIZE
from gomemlab.runtime.costs import BESIDES, COST
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.events import Entry, LargeMade, RunTaken, SlotTaken, TinyBlockTaken, TinyPlaced
from gomemlab.runtime.gc.gonumbers import MAX_INT64
from gomemlab.runtime.gc.limiter import GCCPULimiter
from gomemlab.runtime.gc.markworkers import WorkerMode
from gomemlab.runtime.gc.pacer import NO_LIMIT, OFF, GCController
from gomemlab.runtime.gc.roots import Place, StackSlot
from gomemlab.runtime.gc.sweep import SWEEP_BATCH, bytes_marked
from gomemlab.runtime.gcevents import SpanSwept
from gomemlab.runtime.malloc import P
from gomemlab.runtime.marktime import MarkTime
from gomemlab.runtime.pace import FORCED, HEAP, SLICE, TIME, TIME_SLICE, Pace, Worker
from gomemlab.runtime.pacerevents import (
    AssistPaid,
    AssistParked,
    AssistSkipped,
    CycleTriggered,
    GoalSet,
    LimiterChanged,
    SettingChanged,
    TimePassed,
)
from gomemlab.runtime.scheduling import Scheduling
from gomemlab.runtime.stacking import Goroutine

MAX_GOGC = (1 << 31) - 1
PROCESS_GLOBALS = 160_000  # bytes of a small program's variables that may have pointers, the runtime's among them
CLEARED_IN_A_NS = round(1 / BESIDES["byte"])  # bytes
LONGEST = 10**18  # ns that one advance may take: 31 years


class Pacing(Scheduling):
    """The pacer's side of a World."""

    __slots__ = ("gogc", "pace")
    gogc: int  # percent, -1 for off
    pace: Pace | None  # None: cycles begin when they are told to, and nothing takes time

    # What a program can ask for

    def set_gc_percent(self, gogc: int) -> int:
        """Set GOGC, -1 for off, and return what it was; a cycle that marks ends first when it is switched off.

        Raises MisuseError in a world that is not paced, and for what Go would not take.
        Go: runtime/mgcpacer.go, setGCPercent.
        """
        pace, gogc = self._paced(), whole(gogc, "gogc", "give percent, or -1 for off")
        if gogc > MAX_GOGC:
            raise MisuseError(f"gogc {gogc} is no int32; give at most {MAX_GOGC}, or -1 for off")
        self.allocator.begin()
        old = pace.controller.set_gc_percent(gogc)
        self.gogc = pace.controller.gc_percent
        self._commit()
        self._setting("GOGC", _percent(old), _percent(self.gogc))
        if gogc < 0 and self.collector.marking:
            self._finish_mark()
        return old

    def set_memory_limit(self, nbytes: int | None) -> int:
        """Set the memory limit in bytes, None for none, and return what it was; a negative one only asks.

        Raises MisuseError in a world that is not paced, and for what Go would not take.
        Go: runtime/mgcpacer.go, setMemoryLimit.
        """
        pace = self._paced()
        limit = NO_LIMIT if nbytes is None else whole(nbytes, "memory limit", "give bytes, or None for none")
        if limit > MAX_INT64:
            raise MisuseError(f"memory limit {limit} is no int64; give at most {MAX_INT64} bytes, or None for none")
        self.allocator.begin()
        old = pace.controller.set_memory_limit(limit)
        if 0 <= limit != old:
            self.memory_limit = None if limit == NO_LIMIT else limit
            self._sync()
            self._commit()
            self._setting("GOMEMLIMIT", _limit(old), _limit(limit))
        return old

    def advance(self, ns: int, busy: int = 0) -> None:
        """Let ns pass without an allocation, while the program computes on the first `busy` Ps, or sleeps.

        Raises MisuseError in a world that is not paced, and for a time or Ps that cannot be.
        Go: runtime/proc.go, sysmon.
        """
        pace = self._paced()
        ns, busy = whole(ns, "ns", "give 0 or more"), whole(busy, "busy", "give how many Ps compute")
        if not 0 <= ns <= LONGEST:
            raise MisuseError(f"{ns} ns cannot pass at once; give 0 to {LONGEST}")
        if not 0 <= busy <= len(self.ps):
            raise MisuseError(f"{busy} Ps cannot compute: this world has {len(self.ps)}")
        self.allocator.begin()
        pace.busy = set(range(busy))
        pace.fresh = pace.busy.copy()
        self._log(TimePassed, ns, pace.now + ns, busy)
        end = pace.now + ns
        while pace.now < end:
            self._piece(end - pace.now, keep_busy=True)
        self._flush_time()

    # Commands that allocate

    def new(
        self,
        slots: int | Sequence[int] = 0,
        size: int | None = None,
        into: Place | None = None,
        g: int = 1,
        fields: Sequence[Place | None] = (),
    ) -> int:
        """Make an object, as in every world; in a paced one that takes time."""
        address = super().new(slots, size, into, g, fields)
        if self.pace is not None:
            self._settle(self._p_of(g).id, int(g))
        return address

    def pool_put(self, pool: int, item: Hashable, p: int = 0, boxed: bool = False) -> None:
        """Put an item into a pool, as in every world; in a paced one that takes time."""
        super().pool_put(pool, item, p, boxed)
        if self.pace is not None:
            self._settle(self._check_p(p), cost=int(BESIDES["pool"]))

    def pool_get(self, pool: int, p: int = 0) -> Hashable:
        """Get an item from a pool, as in every world; in a paced one that takes time."""
        item = super().pool_get(pool, p)
        if self.pace is not None:
            self._settle(self._check_p(p), cost=int(BESIDES["pool"]))
        return item

    def go(
        self,
        slots: int = 1,
        args: Sequence[StackSlot] = (),
        g: int | None = None,
        shade: bool = True,
        p: int | None = None,
        nbytes: int | None = None,
    ) -> Goroutine:
        """Let a goroutine start another, as in every world; in a paced one that takes time."""
        goroutine = super().go(slots, args, g, shade, p, nbytes)
        if self.pace is not None:
            self._settle(0 if p is None else self._check_p(p))
        return goroutine

    def goexit(self, g: int) -> None:
        """Let goroutine g end; what it has paid too much is for all."""
        super().goexit(g)
        if self.pace is not None:
            self.pace.assists.goexit(self.pace.controller, int(g))

    def gc(self) -> None:
        """Run a whole cycle and wait for its end, as in every world; in a paced one that takes time."""
        super().gc()
        if self.pace is not None:
            self._spend(self._bill()[2], 0)
            self._flush_time()

    def _paced_run(self, at: SizeClass, count: int, p: int) -> list[tuple[int, int, int]]:
        """Allocate count objects of one size; return runs (address of the first, objects, stride in bytes)."""
        allocator, proc, small = self.allocator, self.ps[p], at.index != 0 and not _is_tiny(at)
        runs, entries = list[tuple[int, int, int]](), list[Entry]()
        while count:
            if small:
                run = allocator.alloc_run(at.spanclass, min(self._side_by_side(at, proc), count), proc)
                allocator.book_requested(at.spanclass, at.size * run[1], proc)
            else:
                run = allocator.mallocgc(at.size, not at.noscan, proc), 1, 0
            self._settle(p)
            entries += allocator.entries()
            runs.append(run)
            count -= run[1]
        allocator.begin()
        allocator.log += entries
        return runs

    def _side_by_side(self, at: SizeClass, proc: P) -> int:
        """Return how many objects nothing can happen between: no refill, assist, sweep or end of a time slice."""
        pace, span = self._paced(), proc.mcache.alloc[at.spanclass]
        if self.collector.marking or self.allocator.heap.sweeping is not None or span.run_end == span.freeindex:
            return 1
        ns = (min(pace.slice_end, pace.due) if pace.due else pace.slice_end) - pace.now
        return max(ns // (COST["mcache"] + at.elemsize // CLEARED_IN_A_NS + 1) - 1, 1)

    # After a command

    def _settle(self, p: int, g: int = 0, cost: int = 0) -> None:
        """Let a command that allocated on P p take its time, and `cost` ns besides, and let its goroutine pay.

        Go: runtime/malloc.go, mallocgc.
        """
        pace, collector = self._paced(), self.collector
        self.allocator.settle()
        nbytes, scannable, ns = self._bill()
        pace.workers[p].scan_alloc += scannable
        if collector.marking and nbytes:
            g = g or self._starter(p)
            if pace.assists.deduct(g, nbytes):
                self._assist(g, p)
        if self._sync(p) and not collector.marking and self._heap_trigger():
            self._trigger(HEAP)
        self._spend(ns + cost, p)
        self._flush_time()

    def _bill(self) -> tuple[int, int, int]:
        """Return what the last command allocated, in bytes, how much of it may have pointers, and its ns."""
        nbytes = scannable = objects = swept = 0
        for kind, *fields in self.allocator.log:
            if kind is SlotTaken:
                _, size, spanclass, elemsize, *_, address = fields
                nbytes, objects = nbytes + elemsize, objects + 1
                scannable += 0 if spanclass & 1 else self._scannable(address, size)
            elif kind is RunTaken:
                _, n, spanclass, elemsize, *_ = fields
                nbytes, objects = nbytes + n * elemsize, objects + n
                scannable += 0 if spanclass & 1 else n * elemsize
            elif kind is TinyPlaced:
                nbytes, objects = nbytes + fields[1], objects + 1
            elif kind is TinyBlockTaken:
                nbytes, objects = nbytes + MAX_TINY_SIZE, objects + 1
            elif kind is LargeMade:
                _, size, npages, *_, pointers = fields
                nbytes, objects = nbytes + npages * PAGE_SIZE, objects + 1
                scannable += size & -PTR_SIZE if pointers else 0
            elif kind is SpanSwept:
                swept += 1
        return nbytes, scannable, self._cost(nbytes, objects, swept)

    def _scannable(self, address: int, size: int) -> int:
        """Return how much of an object is searched for pointers: up to the last one, all where none is known.

        Go: runtime/mbitmap.go, heapSetTypeNoHeader.
        """
        words = self.collector.memory.slots(address, size // PTR_SIZE).bit_length()
        return (words or size // PTR_SIZE) * PTR_SIZE

    def _cost(self, nbytes: int, objects: int, swept: int) -> int:
        """Return the ns of a command: each object where it came from, bytes to be cleared, spans to be swept."""
        pace, stats = self._paced(), self.allocator.heap.stats
        books = stats.refills, *stats.made_from
        refills, *made = (now - then for now, then in zip(books, pace.books, strict=True))
        pace.books = books
        fetched = max(refills - sum(made), 0) * COST["mcentral"]
        fetched += sum(n * COST[name] for n, name in zip(made, ("page_cache", "mheap", "os"), strict=True))
        cleared, pace.uncleared = divmod(pace.uncleared + nbytes, CLEARED_IN_A_NS)
        return objects * COST["mcache"] + fetched + cleared + swept * int(BESIDES["sweep"])

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
        stats, elemsize = heap.stats, heap.classes.elemsize
        c.total_alloc = stats.large_alloc + sum(map(int.__mul__, stats.small_alloc_count, elemsize))
        c.total_free = stats.large_free + sum(map(int.__mul__, stats.small_free_count, elemsize))
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

    def _setting(self, name: str, old: str, new: str) -> None:
        self._log(SettingChanged, name, old, new, *self._paced().controller.trigger())

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
        """End marking where nothing is grey. Go: runtime/mgc.go, gcMarkDone."""
        collector = self.collector
        if collector.marking and not collector.work_left() and collector.try_end_mark():
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


def _is_tiny(at: SizeClass) -> bool:
    return at.noscan and at.size < MAX_TINY_SIZE


def _percent(gogc: int) -> str:
    return "off" if gogc == OFF else f"{gogc}"


def _limit(nbytes: int) -> str:
    return "off" if nbytes == NO_LIMIT else f"{nbytes} B"
