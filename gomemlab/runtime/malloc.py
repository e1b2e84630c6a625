"""mallocgc: from a request to an address, in one of five ways.

Nothing asked: zerobase. Tiny, pointer-free and below 16 B: into the P's shared block. Small, noscan or scan: a slot of
the P's cached span, behind an 8 B header where the object has pointers and is larger than 512 B. Large: whole pages.

Go: runtime/malloc.go, mallocgc, mallocgcTiny, mallocgcSmallNoscan, mallocgcSmallScanNoHeader,
mallocgcSmallScanHeader, mallocgcLarge.
Left out: the generated per-size copies of the same paths, zeroing the bytes themselves (an event says where Go would),
profiling; assist credit and the collector's trigger, which pacing looks after.
"""

from collections.abc import Iterable

from gomemlab.runtime import arch
from gomemlab.runtime.alloc.mcache import MCache
from gomemlab.runtime.alloc.mcentral import MCentral
from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.alloc.mspan import MSpan
from gomemlab.runtime.alloc.pagecache import PageCache
from gomemlab.runtime.arch import MAX_TINY_SIZE, PAGE_SIZE, PALLOC_CHUNK_BYTES, PTR_SIZE, TINY_SPAN_CLASS, ZERO_BASE, Go
from gomemlab.runtime.errors import MisuseError, ThrowError
from gomemlab.runtime.events import Entry, LargeMade, RunTaken, SlotTaken, TinyBlockTaken, TinyPlaced, ZeroSized
from gomemlab.runtime.gc.cycle import Collector
from gomemlab.runtime.gc.policy import Policy
from gomemlab.runtime.gc.sweep import Sweeper

# A heap so many bytes below its limit has room for any span of small objects: check_room wants two chunks beside it.
ROOM_FOR_SMALL = 3 * PALLOC_CHUNK_BYTES


class P:
    """A processor: what a running goroutine allocates from.

    Go: runtime/runtime2.go, p.
    """

    __slots__ = ("id", "mcache", "pcache")

    def __init__(self, p: int) -> None:
        self.id = p
        self.mcache = MCache(p)
        self.pcache = PageCache()


class Allocator:
    """The heap, the mcentrals and how to allocate from them for a P."""

    __slots__ = (
        "central",
        "collector",
        "header",
        "heap",
        "hit",
        "log",
        "max_small",
        "noscan_class",
        "scan_class",
        "sweeper",
        "watched",
    )

    def __init__(self, go: Go, heap_base: int, procs: int = 1, policy: Policy | None = None) -> None:
        self._bind(MHeap(go, heap_base), [MCentral(spanclass) for spanclass in range(arch.NUM_SPAN_CLASSES)], Sweeper())
        self.collector = Collector(self.heap, procs, policy or Policy())
        self.watched = False  # a cycle marks, or there are pointers in memory: what is taken must be looked after

    def _bind(self, heap: MHeap, central: list[MCentral], sweeper: Sweeper) -> None:
        self.heap = heap
        self.central = heap.central = central  # by span class
        self.sweeper = sweeper
        # Copies of what every request looks up, one step nearer.
        self.log = heap.log  # what happened in the last command, but for hit
        self.hit: tuple[P, int, MSpan, int] | None = None  # (P, bytes asked for, span, slot) of the slot that ended it
        self.max_small = heap.go.max_small
        self.noscan_class, self.scan_class = heap.classes.spanclass  # span class by bytes asked for
        self.header = heap.classes.header  # bytes in front of an object, by span class

    def begin(self) -> None:
        """Forget what the last command did."""
        self.log.clear()
        self.hit = None

    def entries(self) -> tuple[Entry, ...]:
        """Return what happened in the last command, in order; events.told makes events of it.

        The slot that most commands end with is told only here: as an entry it would cost a third of the allocation
        itself.
        """
        if self.hit is None:
            return tuple(self.log)
        p, size, span, slot = self.hit
        address = span.base + slot * span.elemsize + self.header[span.spanclass]
        return (*self.log, (SlotTaken, p.id, size, span.spanclass, span.elemsize, span.id, slot, address))

    def mallocgc(self, size: int, pointers: bool, p: P) -> int:
        """Allocate size bytes for P p and return the object's address.

        Go: runtime/malloc.go, mallocgc.
        """
        if size > self.max_small:
            return self._large(size, pointers, p)
        if size < MAX_TINY_SIZE and not (pointers and size):
            return self.tiny_run((size,), p)[0] if size else self._zero(p)
        spanclass = (self.scan_class if pointers else self.noscan_class)[size]
        span = p.mcache.alloc[spanclass]
        slot = span.take(1)
        if slot is None:
            span, slot = self._next_free(spanclass, 1, p)
        elif self.log:
            self.log.clear()
        span.requested += size
        self.hit = (p, size, span, slot)
        if self.watched:
            self._look_after(span, slot, 1, p)
        address = span.base + slot * span.elemsize
        return address + self.header[spanclass] if pointers else address

    def _next_free(self, spanclass: int, n: int, p: P) -> tuple[MSpan, int]:
        """Begin a command that needs a refill, and take up to n neighbouring slots after it; return (span, first slot).

        Raises MisuseError, with nothing changed, where the heap may not grow for it.
        Go: runtime/malloc.go, (*mcache).nextFree.
        """
        heap = self.heap
        if heap.stats.mapped + ROOM_FOR_SMALL > heap.limit:
            self._check_refill(spanclass, p)
        self.log.clear()
        self.hit = None
        span = p.mcache.refill(spanclass, heap, self.central[spanclass], p.pcache)
        slot = span.take(n)
        if slot is None:
            raise ThrowError(f"refilled span {span.id} has no free slot")
        return span, slot

    def _check_refill(self, spanclass: int, p: P) -> None:
        """Raise MisuseError, with nothing changed, where a refill needs a span that the heap has no room for."""
        try:
            self.heap.check_room(self.heap.classes.npages[spanclass >> 1], p.pcache)
        except MisuseError:
            if not self.central[spanclass].partial_swept(self.heap.sweepgen):
                p.mcache.alloc[spanclass].step_back()
                raise

    def alloc_run(self, spanclass: int, n: int, p: P) -> tuple[int, int, int]:
        """Take up to n neighbouring slots of a small span class; return (address of the first, count, stride in bytes).

        At most one refill, and only where the cached span is full: the bulk path's mallocgc. What the objects asked
        for is left to book_requested, since only the caller knows it and only now how many there are.
        """
        span = p.mcache.alloc[spanclass]
        slot = span.take(n)
        if slot is None:
            span, slot = self._next_free(spanclass, n, p)
        else:
            self.begin()
        taken, elemsize = span.freeindex - slot, span.elemsize
        if self.watched:
            self._look_after(span, slot, taken, p)
        address = span.base + slot * elemsize + self.header[spanclass]
        if self.heap.tells:
            self.log.append((RunTaken, p.id, taken, spanclass, elemsize, span.id, slot, address))
        return address, taken, elemsize

    def book_requested(self, spanclass: int, nbytes: int, p: P) -> None:
        """Book what the objects of the last run of a span class asked for, in bytes."""
        p.mcache.alloc[spanclass].requested += nbytes

    def _zero(self, p: P) -> int:
        self.begin()
        self.heap.stats.zero_sized += 1
        self.heap.log.append((ZeroSized, p.id))
        return ZERO_BASE

    def tiny_run(self, sizes: Iterable[int], p: P) -> list[int]:
        """Allocate pointer-free objects of 1 to 16 B, in order; return the addresses of those it placed, at least one.

        One below 16 B goes into the P's tiny block where it fits, else it takes a new block. Like alloc_run this does
        one refill at most, for the first object, and ends before another. Go: runtime/malloc.go, mallocgcTiny.
        """
        number, mcache, span = p.id, p.mcache, p.mcache.alloc[TINY_SPAN_CLASS]
        block, used, refilled = mcache.tiny, mcache.tiny_offset if mcache.tiny else MAX_TINY_SIZE, False
        slot, free = span.freeindex, span.run_end  # the slots from one to the other are free
        added = requested = owned = 0  # objects in a block that another had begun, their bytes, those of the others
        addresses, said, say = list[int](), list[Entry](), self.heap.tells or self.watched
        for size in sizes:
            offset = TINY_OFFSET[size][used]
            if offset + size <= MAX_TINY_SIZE:
                used = offset + size
                added, requested = added + 1, requested + size
                if say:
                    said.append((TinyPlaced, number, size, block, offset))
                addresses.append(block + offset)
                continue
            if slot == free:
                span.freeindex = slot
                if (slot := span.next_free_index()) == span.nelems:
                    if addresses:
                        break
                    span, slot = self._next_free(TINY_SPAN_CLASS, 1, p)
                    refilled = True
                free = span.run_end
            owned += size
            addresses.append(address := span.base + slot * MAX_TINY_SIZE)
            # The old block stays unless the new one has more room: 12 B do not replace a block with 4 B free.
            kept = size >= used
            if say and size < MAX_TINY_SIZE:
                said.append((TinyBlockTaken, number, size, address, span.id, slot, kept, block == 0))
            elif say:
                said.append((SlotTaken, number, size, TINY_SPAN_CLASS, MAX_TINY_SIZE, span.id, slot, address))
            if not kept:
                block, used = address, size
            slot += 1
        span.freeindex = slot
        span.requested += owned
        mcache.tiny, mcache.tiny_offset = block, used if block else 0
        mcache.tiny_allocs += added
        mcache.tiny_requested += requested
        if not refilled:
            self.begin()
        self.log += said
        if self.watched:
            self._look_after_tiny(said, p)
        return addresses

    def _look_after_tiny(self, said: list[Entry], p: P) -> None:
        """Look after the blocks that tiny objects took, and hold all blocks that they were placed into."""
        for kind, *fields in said:
            address = fields[2] if kind is not SlotTaken else fields[-1]
            span = self.heap.span_of(address)
            if span is None:
                raise ThrowError(f"tiny block {address:#x} lies in no span")
            slot = (address - span.base) // MAX_TINY_SIZE
            if kind is not TinyPlaced:
                self._look_after(span, slot, 1, p)
            self.collector.roots.hold(span.id, slot)

    def _large(self, size: int, pointers: bool, p: P) -> int:
        """Give a large object a span of its own.

        Go: runtime/malloc.go, mallocgcLarge; runtime/mcache.go, (*mcache).allocLarge.
        """
        npages = -(-size // PAGE_SIZE)
        self.heap.check_room(npages, p.pcache)
        self.begin()
        if self.heap.sweeping is not None:
            self.heap.sweeping.deduct_sweep_credit(self.heap, npages * PAGE_SIZE, npages, p.id)
        span = self.heap.alloc(npages, int(not pointers), p.pcache, p.id)
        stats = self.heap.stats
        stats.large_alloc += span.nbytes
        stats.large_alloc_count += 1
        stats.heap_live += span.nbytes
        span.take(1)
        span.requested = size
        if self.watched:
            self._look_after(span, 0, 1, p)
        self.heap.locks.push(span.spanclass, self.heap.sweepgen, p.id, full=True)
        self.central[span.spanclass].full_swept(self.heap.sweepgen).push(span)
        self.heap.log.append((LargeMade, p.id, size, npages, span.id, span.base, pointers))
        return span.base

    def _look_after(self, span: MSpan, slot: int, n: int, p: P) -> None:
        """Make n slots that were just taken black while a cycle marks, and clear the pointers of who was there before.

        Go: runtime/malloc.go, mallocgcSmallScanNoHeader; runtime/mgcmark.go, gcmarknewobject.
        """
        collector = self.collector
        if collector.marking:
            collector.mark_new(span.id, span.elemsize, (1 << n) - 1 << slot, p.id)
        if not span.spanclass & 1:
            collector.memory.lay_out(span.base + slot * span.elemsize, n * span.elemsize // PTR_SIZE, 0)

    # Objects with pointers

    def object_address(self, span: MSpan, slot: int) -> int:
        """Return where the object in a slot begins: behind its header where it has one."""
        return span.base + slot * span.elemsize + self.header[span.spanclass]

    def words_of(self, span: MSpan) -> int:
        """Return how many words each object of a span has, without its header."""
        return (span.elemsize - self.header[span.spanclass]) // PTR_SIZE

    def settle(self) -> None:
        """Tell the slot that the command took before whatever it does next."""
        if self.hit is not None:
            self.log[:] = self.entries()
            self.hit = None

    def free_large(self, span: MSpan, p: P) -> None:
        """Free a large object's span, swept or not, as the sweep of an unmarked one does.

        Go: runtime/mgcsweep.go, (*sweepLocked).sweep.
        """
        heap, central = self.heap, self.central[span.spanclass]
        home = central.full_unswept if heap.unswept(span) else central.full_swept
        home(heap.sweepgen).remove(span)
        heap.forget_marks(span)
        span = heap.thaw(span)
        span.freeindex = span.run_end = span.alloc_bits = 0
        span.sweepgen = heap.sweepgen
        heap.free_object_span(span, p.id)

    def copy(self) -> "Allocator":
        """Return an independent allocator; the mcaches that go with it must be copied too."""
        new = Allocator.__new__(Allocator)
        heap, sweeper = self.heap.copy(), self.sweeper.copy()
        new.collector, new.watched = self.collector.copy(heap), self.watched
        heap.sweeping = None if self.heap.sweeping is None else sweeper
        new._bind(heap, [central.copy() for central in self.central], sweeper)  # noqa: SLF001 - the same class
        new.hit = self.hit
        return new

    def check(self) -> None:
        """Raise ThrowError where heap, mcentrals and collector disagree."""
        self.heap.check()
        self.collector.check()
        self.sweeper.check(self.heap, marking=self.collector.marking)
        for spanclass, central in enumerate(self.central):
            if central.spanclass != spanclass:
                raise ThrowError(f"mcentral {spanclass} is for span class {central.spanclass}")
            central.check(self.heap)


def tiny_offset(offset: int, size: int) -> int:
    """Return where in a tiny block an object of size bytes would start: offset, aligned to the size's lowest bit.

    That is Go's rule: to 8 where 8 divides the size, else to 4, else to 2, else not at all.
    Go: runtime/malloc.go, mallocgcTiny.
    """
    return offset + (-offset & (size & -size) - 1)


TINY_OFFSET = [[tiny_offset(used, size) for used in range(MAX_TINY_SIZE + 1)] for size in range(MAX_TINY_SIZE + 1)]
