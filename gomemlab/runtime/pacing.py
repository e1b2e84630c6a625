"""Pacing: a World whose cycles begin by themselves and take time.

World(paced=True) has a clock. Each command that allocates takes the time that the cost model has for it; when the live
heap reaches the trigger a cycle begins, workers mark as time goes on, goroutines that allocate meanwhile pay by
assists, and marking ends when nothing is grey. advance lets time pass; after two minutes without a cycle one begins.

A world that is not paced has none of that: it collects when it is told to.

Go: runtime/malloc.go, mallocgc; runtime/mgcpacer.go, setGCPercent, setMemoryLimit; runtime/mgc.go, GC; runtime/proc.go,
sysmon.
Left out: that a goroutine assists before its object is made (here after it, so that a refused request costs nothing);
runs of slots for replays (alloc_run, tiny_run), which take no time.
"""

from collections.abc import Hashable, Sequence

from gomemlab.runtime.alloc.sizeclasses import SizeClass, whole
from gomemlab.runtime.arch import MAX_TINY_SIZE, PAGE_SIZE, PTR_SIZE
from gomemlab.runtime.costs import BESIDES, COST
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.events import Entry, LargeMade, RunTaken, SlotTaken, TinyBlockTaken, TinyPlaced
from gomemlab.runtime.gc.pacer import NO_LIMIT, OFF
from gomemlab.runtime.gc.roots import Place, StackSlot
from gomemlab.runtime.gcevents import SpanSwept
from gomemlab.runtime.malloc import P
from gomemlab.runtime.pace import HEAP
from gomemlab.runtime.pacerevents import SettingChanged, TimePassed
from gomemlab.runtime.settings import check_gogc, check_memory_limit, limit_or_none
from gomemlab.runtime.stacking import Goroutine
from gomemlab.runtime.ticking import Ticking

CLEARED_IN_A_NS = round(1 / BESIDES["byte"])  # bytes
LONGEST = 10**15  # ns that one advance may take: 11 days, and more than 8000 cycles, two minutes each


class Pacing(Ticking):
    """The pacer's side of a World."""

    __slots__ = ()

    # What a program can ask for

    def set_gc_percent(self, gogc: int) -> int:
        """Set GOGC, -1 for off, and return what it was; a cycle that marks ends first when it is switched off.

        Raises MisuseError in a world that is not paced, and for what Go would not take.
        Go: runtime/mgcpacer.go, setGCPercent.
        """
        pace, gogc = self._paced(), check_gogc(gogc)
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
        pace, limit = self._paced(), check_memory_limit(nbytes)
        self.allocator.begin()
        old = pace.controller.set_memory_limit(limit)
        if 0 <= limit != old:
            self.memory_limit = limit_or_none(limit)
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
            raise MisuseError(f"{ns} ns cannot pass at once; give 0 to {LONGEST}, 11 days")
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
            g = g or self._payer(p)
            if g and pace.assists.deduct(g, nbytes):
                self._assist(g, p)
        if self._sync(p) and not collector.marking and self._heap_trigger():
            self._trigger(HEAP)
        self._spend(ns + cost, p)
        self._flush_time()

    def _payer(self, p: int) -> int:
        """Return the goroutine that pays for what P p allocates; 0 where none runs there, and nobody pays.

        Go: runtime/malloc.go, deductAssistCredit.
        """
        return self._starter(p) if self.sched is None else self.sched.procs[p].current

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

    def _setting(self, name: str, old: str, new: str) -> None:
        self._log(SettingChanged, name, old, new, *self._paced().controller.trigger())


def _is_tiny(at: SizeClass) -> bool:
    return at.noscan and at.size < MAX_TINY_SIZE


def _percent(gogc: int) -> str:
    return "off" if gogc == OFF else f"{gogc}"


def _limit(nbytes: int) -> str:
    return "off" if nbytes == NO_LIMIT else f"{nbytes} B"
