"""The world: a whole Go process as far as its memory goes, as one plain value.

A World is a heap, its mcentrals, some Ps, goroutines with stacks, globals, and a collector. Each method is one thing
that a program or the runtime does; it either does it and leaves the reasons in `events`, or refuses with a MisuseError
and changes nothing. There is no randomness in it, and its clock is one of costs: the same calls give the same world.

What the program does with pointers is in mutator, with goroutines in stacking, with pools in pooling; what the
collector does in collecting, the scheduler in scheduling, the pacer in pacing.

Go: runtime/malloc.go, mallocinit; runtime/proc.go, procresize; runtime/mstats.go, ReadMemStats.
Left out: in a world that is not paced gogc and memory_limit, which would start cycles, are only kept.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Self

from gomemlab.runtime import arch
from gomemlab.runtime.alloc.heapgrowth import END_OF_ADDRESSES
from gomemlab.runtime.alloc.locks import HEAP
from gomemlab.runtime.alloc.mspan import EMPTY_SPAN, MSpan, SpanState
from gomemlab.runtime.alloc.mspancache import NO_P
from gomemlab.runtime.alloc.sizeclasses import SizeClass, check_go, check_size, size_class, whole
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, GO_1_27, MAX_SMALL_SIZE, PAGE_SIZE, Go
from gomemlab.runtime.errors import MisuseError, ThrowError
from gomemlab.runtime.events import Entry, Event, PageCacheFlushed, TinyAdded, told
from gomemlab.runtime.gc.policy import check_policy
from gomemlab.runtime.malloc import Allocator, P
from gomemlab.runtime.mstats import MemStats, mstats
from gomemlab.runtime.mutator import new_roots
from gomemlab.runtime.pacing import Pacing
from gomemlab.runtime.pool import Pools
from gomemlab.runtime.scavenger import Scavenger
from gomemlab.runtime.settings import check_gogc, check_memory_limit, check_switch, limit_or_none
from gomemlab.runtime.snapshot import Snapshot, snapshot
from gomemlab.runtime.stack import Stacks
from gomemlab.runtime.stackalloc import StackAlloc
from gomemlab.runtime.words import Words

MAX_PROCS = 64  # Ps of one world; Go itself has no such limit


class World(Pacing):
    """A Go process's memory: the heap, mcentral, and procs Ps with a cache each.

    heap_base is the address of the first usable page (a multiple of 8192): Go 1.26 and later choose it at random. gogc
    is in percent, -1 for off, memory_limit in bytes; they matter where the world is paced: then it has a clock, and
    cycles begin by themselves.
    Raises MisuseError for a number of Ps or a heap_base that no process could have.
    """

    __slots__ = ("allocator", "ps", "stacks")

    def __init__(
        self,
        procs: int = 1,
        gogc: int = 100,
        memory_limit: int | None = None,
        heap_base: int = DEFAULT_HEAP_BASE,
        go: Go = GO_1_27,
        marker: str | None = None,
        barrier: str = "hybrid",
        rescan: bool = False,
        goroutines: int = 1,
        slots: int = 2,
        globals: int = 1,  # noqa: A002 - Go's word for them
        paced: bool = False,
    ) -> None:
        _check_procs(procs)
        _check_base(heap_base)
        self.gogc = _at_least(check_gogc(gogc), -1, "gogc", "give percent, or -1 for off")
        limit = _at_least(check_memory_limit(memory_limit), 0, "memory_limit", "give bytes, or None for none")
        self.memory_limit, paced = limit_or_none(limit), check_switch(paced, "paced", "say whether it has a clock")
        policy = check_policy(marker, barrier, rescan, check_go(go))
        self.allocator = Allocator(go, heap_base, procs, policy)
        self.ps = [P(i) for i in range(procs)]
        self.collector.roots = new_roots(goroutines, slots, globals)
        self.sched = None
        self.pools, self.pool_memory = Pools(), Words(self.allocator, self.ps)
        self.scavenger = Scavenger()
        self._tell_heap(procs)
        self.stacks = Stacks(self.pool_memory, StackAlloc(self.allocator.heap))
        self.stacks.resize(procs)
        self.stacks.max_stack_scan = sum(stack.size for stack in self.collector.roots.stacks)
        self.collector.stack_memory = self.stacks
        self.pace = self._begin_pace() if paced else None

    # What a program does

    def malloc(self, size: int, pointers: bool = False, p: int = 0) -> int:
        """Allocate size bytes on P p and return the object's address.

        Raises MisuseError for an impossible size, a P that does not exist, or a heap that would grow too large.
        Go: runtime/malloc.go, mallocgc.
        """
        if type(size) is not int or not 0 <= size <= MAX_SMALL_SIZE:  # what lies between needs no closer look
            size = check_size(size)
        if type(pointers) is not bool:
            pointers = _check_bool(pointers)
        if p != 0 or type(p) is not int:
            p = self._check_p(p)
        address = self.allocator.mallocgc(size, pointers, self.ps[p])
        if self.pace is not None:
            self._settle(p)
        return address

    def malloc_run(self, size: int, pointers: bool = False, count: int = 1, p: int = 0) -> list[tuple[int, int, int]]:
        """Allocate count objects of one size; return runs (address of the first, objects, stride in bytes).

        The same allocations as count calls of malloc, at a cost that grows with refills instead of objects. Raises
        MisuseError as malloc does; it is refused as a whole or not at all.
        """
        size, p, count = check_size(size), self._check_p(p), _at_least(count, 1, "count", "ask for 1 or more")
        pointers = _check_bool(pointers)
        heap, at = self.allocator.heap, size_class(size, pointers, self.allocator.heap.go)
        most = -(-count // max(at.nelems, 1)) * at.npages * PAGE_SIZE
        if heap.stats.mapped + 2 * most + 2 * arch.PALLOC_CHUNK_BYTES > heap.limit:
            if count * size > heap.limit:
                held = heap.limit >> 20
                raise MisuseError(
                    f"{count} times {size} B are more than the {held} MiB that this world holds; ask for less"
                )
            # A rehearsal, since the last of them may be refused.
            self.copy()._malloc_run(at, count, p)  # noqa: SLF001 - the same class
        return self._malloc_run(at, count, p)

    def _malloc_run(self, at: SizeClass, count: int, p: int) -> list[tuple[int, int, int]]:
        if self.pace is not None:
            return self._paced_run(at, count, p)
        allocator, proc = self.allocator, self.ps[p]
        runs, entries = list[tuple[int, int, int]](), list[Entry]()
        while count:
            if at.index == 0 or (at.noscan and at.size < arch.MAX_TINY_SIZE):
                run = allocator.mallocgc(at.size, not at.noscan, proc), 1, 0
            else:
                run = allocator.alloc_run(at.spanclass, count, proc)
                allocator.book_requested(at.spanclass, at.size * run[1], proc)
            entries += allocator.entries()
            runs.append(run)
            count -= run[1]
        allocator.begin()
        allocator.log += entries
        return runs

    def alloc_run(self, spanclass: int, n: int, p: int = 0) -> tuple[int, int, int]:
        """Take 1 to n neighbouring slots of a small span class; return (address of the first, count, stride in bytes).

        For replays, which know an object's class. At most one refill, and none while the cached span has a free slot.
        What the objects asked for is not known here: book_requested adds it.
        """
        spanclass, n = _check_spanclass(spanclass), _at_least(n, 1, "n", "ask for 1 slot or more")
        return self.allocator.alloc_run(spanclass, n, self.ps[self._check_p(p)])

    def tiny_run(self, sizes: Sequence[int], p: int = 0) -> list[int]:
        """Allocate pointer-free objects of 1 to 16 B, in order; return the addresses of those it placed, at least one.

        What alloc_run is for objects with a slot each: at most one refill, and only for the first of them.
        """
        if not sizes or set(map(type, sizes)) != {int} or min(sizes) < 1 or max(sizes) > arch.MAX_TINY_SIZE:
            raise MisuseError(
                f"no run of tiny objects with sizes {list(sizes)[:8]}...; each has 1 to 16 B, at least one"
            )
        return self.allocator.tiny_run(sizes, self.ps[self._check_p(p)])

    def book_requested(self, spanclass: int, nbytes: int, p: int = 0) -> None:
        """Book the bytes that the objects of a span class's last run asked for together; only the ledger reads it."""
        spanclass, nbytes = _check_spanclass(spanclass), _at_least(nbytes, 0, "nbytes", "give 0 or more")
        self.allocator.book_requested(spanclass, nbytes, self.ps[self._check_p(p)])

    def add_tiny(self, p: int = 0) -> None:
        """Book a tiny object that went into P p's tiny block, where a recording tells that much and no size."""
        p = self._check_p(p)
        self.allocator.begin()
        self.ps[p].mcache.tiny_allocs += 1
        self.allocator.log.append((TinyAdded, p))

    # What the runtime does

    def free_span(self, address: int) -> None:
        """Free the large object at an address: its span's pages are idle again.

        In Go only sweeping does this, when a collection has found the object dead.
        Raises MisuseError where no large object begins there, and while a cycle marks: it may be about to scan it.
        Go: runtime/mheap.go, (*mheap).freeSpan.
        """
        span = self._span_at(address)
        if span.state is not SpanState.IN_USE or span.spanclass > 1:
            raise MisuseError(
                f"span {span.id} at {address:#x} holds small objects or stacks; only a large object can be freed alone"
            )
        if self.collector.marking:
            raise MisuseError(f"cycle {self.collector.cycles} is marking, and nothing is freed before it is swept")
        self.allocator.begin()
        self.allocator.free_large(span, self.ps[0])

    def alloc_manual(self, npages: int, p: int = 0) -> int:
        """Make a span of npages for stacks and return its address; p = -1 asks without a P, so without a page cache.

        Go: runtime/mheap.go, (*mheap).allocManual.
        """
        npages = _at_least(npages, 1, "npages", "ask for 1 page or more")
        heap, pcache = self.allocator.heap, None if p == NO_P else self.ps[self._check_p(p)].pcache
        heap.check_room(npages, pcache)
        self.allocator.begin()
        return heap.alloc_manual(npages, pcache, p).base

    def free_manual(self, address: int, p: int = 0) -> None:
        """Give the stack span at an address back.

        Raises MisuseError where no stack span begins there. Go: runtime/mheap.go, (*mheap).freeManual.
        """
        span, p = self._span_at(address), p if p == NO_P else self._check_p(p)
        if span.state is not SpanState.MANUAL:
            raise MisuseError(f"span {span.id} at {address:#x} holds objects, not stacks; sweeping frees it")
        if self.stacks.memory.has(span):
            raise MisuseError(f"span {span.id} at {address:#x} holds goroutines' stacks; it goes when they have gone")
        self.allocator.begin()
        self.allocator.heap.free_span(span, p)

    def read_mem_stats(self) -> MemStats:
        """Flush every mcache, as runtime.ReadMemStats does, and return the statistics.

        Go: runtime/mstats.go, ReadMemStats; runtime/mcache.go, (*mcache).releaseAll.
        """
        self.allocator.begin()
        for p in self.ps:
            p.mcache.release_all(self.allocator.heap, self.allocator.central)
            self.stacks.flush(p)
        return self.mstats()

    def gomaxprocs(self, n: int) -> None:
        """Set the number of Ps; a P that goes away gives its spans to mcentral and its pages to the heap.

        Raises MisuseError for another number while a cycle marks: Go lets the caller wait until marking is over.
        Go: runtime/debug.go, GOMAXPROCS; runtime/proc.go, procresize, (*p).destroy.
        """
        _check_procs(n)
        if self.collector.marking and n != len(self.ps):
            raise MisuseError(
                f"cycle {self.collector.cycles} is marking, and GOMAXPROCS({n}) waits for its end; mark_all, mark_done"
            )
        heap = self.allocator.heap
        self.allocator.begin()
        for p in self.ps[n:]:
            heap.log.append((PageCacheFlushed, p.id, p.pcache.cache.bit_count()))
            p.pcache.flush(heap.pages)
            p.mcache.release_all(heap, self.allocator.central)
            self.stacks.flush(p)
            heap.records.drop(p.id)
            heap.locks.take(HEAP, p.id, 2)  # for its pages, and for the record of its mcache
        self.collector.resize(n)
        heap.locks.take(HEAP, 0, max(n - len(self.ps), 0))  # records of new mcaches
        heap.mcaches = max(heap.mcaches, n)
        self.ps[n:] = [P(i) for i in range(len(self.ps), n)]
        self.stacks.resize(n)
        self._resize_sched(n)

    # Looking at it

    @property
    def events(self) -> tuple[Event, ...]:
        """Return what happened in the last command, in order."""
        return told(self.allocator.entries())

    def mstats(self) -> MemStats:
        """Return the statistics without flushing anything."""
        return mstats(self.allocator.heap, self.ps, self.pace)

    def snapshot(self) -> Snapshot:
        """Return the frozen picture of this moment that views read."""
        return snapshot(self.allocator, self.ps, self.pools, self.stacks, self.sched, self.pace, self.scavenger)

    def copy(self) -> Self:
        """Return an independent world in the same state; its last command's events come along."""
        new = type(self).__new__(type(self))
        new.gogc, new.memory_limit = self.gogc, self.memory_limit
        new.allocator = self.allocator.copy()
        new.ps = []
        for p in self.ps:
            twin = P(p.id)
            twin.mcache, twin.pcache = p.mcache.copy(new.allocator.heap), p.pcache.copy()
            new.ps.append(twin)
        new.scavenger = self.scavenger.copy()
        new.pools, new.pool_memory = self.pools.copy(), Words(new.allocator, new.ps)
        new.sched = None if self.sched is None else self.sched.copy(new.allocator.heap.log, new.allocator.heap.locks)
        new.stacks = new.collector.stack_memory = self.stacks.copy(new.pool_memory)
        new.pace = None if self.pace is None else self.pace.copy()
        return new

    def with_policy(self, barrier: str, rescan: bool = False, marker: str | None = None) -> Self:
        """Return a copy of this world that marks in another way.

        Raises MisuseError while a cycle marks, and for a policy that does not exist.
        """
        if self.collector.marking:
            raise MisuseError(f"cycle {self.collector.cycles} is marking; another barrier needs a world that is not")
        policy = check_policy(marker or self.collector.marker.name, barrier, rescan, self.allocator.heap.go)
        new = self.copy()
        new.collector.set_policy(policy)
        return new

    def check(self) -> None:
        """Raise ThrowError where any invariant of the world is broken; costs as much as the heap is large."""
        heap = self.allocator.heap
        self.allocator.check()
        heap.records.check(len(heap.spans))
        self._check_memory()
        self.pools.check(self.pool_memory)
        self.stacks.check()
        self._check_sched()
        self._check_pace()
        cached: dict[int, int] = {}
        for p in self.ps:
            p.pcache.check(heap.pages)
            p.mcache.check(heap)
            for span in p.mcache.alloc:
                if span is not EMPTY_SPAN and cached.setdefault(span.id, p.id) != p.id:
                    raise ThrowError(f"span {span.id} is cached by P{cached[span.id]} and P{p.id}")
        self._check_homes(cached)
        self._check_pages()

    def _check_homes(self, cached: dict[int, int]) -> None:
        """Every object span is in one mcache or in one set of mcentral; what reclaim swept may lie in a set besides."""
        heap, homes = self.allocator.heap, list(cached)
        for central in self.allocator.central:
            swept = (*central.partial_swept(heap.sweepgen), *central.full_swept(heap.sweepgen))
            unswept = (*central.partial_unswept(heap.sweepgen), *central.full_unswept(heap.sweepgen))
            homes += [span.id for span in (*swept, *filter(heap.unswept, unswept))]
        in_use = sorted(i for i, span in heap.spans.items() if span.state is SpanState.IN_USE)
        if sorted(homes) != in_use:
            raise ThrowError(f"spans with one home each should be {in_use}, but the homes hold {sorted(homes)}")

    def _check_pages(self) -> None:
        """Each mapped page is free, padding, in one page cache or in one span."""
        heap = self.allocator.heap
        taken = sum(bits.bit_count() for bits in heap.pages.chunks.values())
        in_spans = sum(span.npages for span in heap.spans.values())
        in_caches = sum(p.pcache.cache.bit_count() for p in self.ps)
        padding = self.padding_bytes() // PAGE_SIZE
        if taken != in_spans + in_caches + padding:
            raise ThrowError(
                f"{taken} pages are taken, but spans have {in_spans}, page caches {in_caches}, padding {padding}"
            )
        scav = sum(bits.bit_count() for bits in heap.pages.scavenged.values()) + sum(
            (p.pcache.scav & p.pcache.cache).bit_count() for p in self.ps
        )
        if scav * PAGE_SIZE != heap.stats.released:
            raise ThrowError(f"{scav} pages are scavenged, the books say {heap.stats.released} bytes")

    def digest(self) -> str:
        """Return a hash of everything a view can see; equal worlds have equal digests on every Python."""
        return sha256(repr(self.snapshot()).encode()).hexdigest()

    def padding_bytes(self) -> int:
        """Return the bytes below heap_base that the first growth mapped and gave up."""
        heap = self.allocator.heap
        return heap.heap_base % arch.PALLOC_CHUNK_BYTES if heap.stats.mapped else 0

    def _span_at(self, address: object) -> MSpan:
        span = self.allocator.heap.span_of(address) if isinstance(address, int) else None
        if span is None or span.base != address:
            where = f"{address:#x}" if isinstance(address, int) else repr(address)
            raise MisuseError(f"no span begins at {where}; give the address that malloc or alloc_manual returned")
        return span


def _at_least(n: object, least: int, what: str, remedy: str) -> int:
    number = whole(n, what, remedy)
    if number < least:
        raise MisuseError(f"{what} {number} is below {least}; {remedy}")
    return number


def _check_bool(pointers: object) -> bool:
    return check_switch(pointers, "pointers", "say whether the object has pointers")


def _check_spanclass(spanclass: object) -> int:
    number = whole(spanclass, "span class", "give one from 2 to 135")
    if not 1 < number < arch.NUM_SPAN_CLASSES:
        raise MisuseError(f"there is no span class {number} of small objects; give one from 2 to 135")
    return number


def _check_base(base: object) -> None:
    if not isinstance(base, int) or base % PAGE_SIZE or not arch.HEAP_ARENA_BYTES <= base < END_OF_ADDRESSES:
        where = f"{base:#x}" if isinstance(base, int) else repr(base)
        raise MisuseError(f"heap_base {where} is no page address of a 47-bit address space; try 0xc000000000")


def _check_procs(n: object) -> None:
    if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= MAX_PROCS:
        raise MisuseError(f"{n!r} Ps are not possible here; give 1 to {MAX_PROCS}")
