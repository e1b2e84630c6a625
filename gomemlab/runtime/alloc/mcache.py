"""mcache: what one P has at hand, so that most requests need no lock.

One span for each span class, and one 16 B block that small pointer-free objects share. A full span is exchanged at
mcentral (refill); everything goes back (release_all) when the statistics are read, when marking ends and sweeping
begins, and when the P goes away.

Go: runtime/mcache.go, mcache.
Left out: stack caches, memory-profile sampling, reusable noscan objects (an experiment that is off), flushGen (here a
sweep phase flushes every mcache as it begins).
"""

from gomemlab.runtime.alloc.mcentral import MCentral
from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.alloc.mspan import EMPTY_SPAN, MSpan
from gomemlab.runtime.alloc.pagecache import PageCache
from gomemlab.runtime.arch import NUM_SPAN_CLASSES, PAGE_SIZE, TINY_SPAN_CLASS
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.events import CacheFlushed, CacheMissed


class MCache:
    """The cache of one P."""

    __slots__ = ("alloc", "p", "tiny", "tiny_allocs", "tiny_offset", "tiny_requested")

    def __init__(self, p: int) -> None:
        self.p = p  # the P's number
        self.alloc = [EMPTY_SPAN] * NUM_SPAN_CLASSES  # the cached span of each span class
        self.tiny = 0  # address of the current tiny block, 0 for none
        self.tiny_offset = 0  # bytes of it that are used
        self.tiny_allocs = 0  # objects placed into a block that another had begun, since the last flush
        # Bytes that those objects asked for. When the span goes they become the span's, though a few may lie in a block
        # of the span before it.
        self.tiny_requested = 0

    def refill(self, spanclass: int, heap: MHeap, central: MCentral, pcache: PageCache) -> MSpan:
        """Exchange the full span of a class for one with a free slot, and return that.

        Go: runtime/mcache.go, (*mcache).refill.
        """
        span = self.alloc[spanclass]
        if span.freeindex != span.nelems:
            raise ThrowError(f"refill of span {span.id} with free space remaining")
        stats = heap.stats
        stats.refills += 1
        if heap.tells:
            elemsize = heap.classes.elemsize[spanclass >> 1]
            heap.log.append((CacheMissed, self.p, spanclass, elemsize, span.id, span.nelems))
        if span is not EMPTY_SPAN:
            if span.sweepgen != heap.sweepgen + 3:
                raise ThrowError(
                    f"bad sweepgen {span.sweepgen} of span {span.id} in refill; the heap's is {heap.sweepgen}"
                )
            self._let_go(span, span.nelems, heap, central)
        self.alloc[spanclass] = span = central.cache_span(heap, pcache, self.p)
        span.sweepgen = heap.sweepgen + 3
        # Go's overestimate: as if the whole span were going to be allocated. _let_go takes back what was not.
        stats.heap_live += span.npages * PAGE_SIZE - span.alloc_count_before_cache * span.elemsize
        return span

    def _let_go(self, span: MSpan, taken: int, heap: MHeap, central: MCentral) -> None:
        """Book what was allocated from a span while it was cached, and hand it to mcentral; so many slots are taken."""
        stats = heap.stats
        stats.small_alloc_count[span.spanclass >> 1] += taken - span.alloc_count_before_cache
        if taken != span.nelems and span.sweepgen != heap.sweepgen + 1:  # the collector counted what a stale one has
            stats.heap_live -= (span.nelems - taken) * span.elemsize
        if span.spanclass == TINY_SPAN_CLASS:
            span.requested = min(span.requested + self.tiny_requested, taken * span.elemsize)
            self.tiny_requested = 0
            self._book_tiny(heap)
        span.alloc_count_before_cache = 0
        central.uncache_span(heap, span, taken, self.p)

    def _book_tiny(self, heap: MHeap) -> None:
        heap.stats.tiny_alloc_count += self.tiny_allocs
        self.tiny_allocs = 0

    def release_all(self, heap: MHeap, central: list[MCentral]) -> None:
        """Give every cached span back and forget the tiny block.

        Go: runtime/mcache.go, (*mcache).releaseAll.
        """
        given = 0
        for spanclass, span in enumerate(self.alloc):
            if span is not EMPTY_SPAN:
                self.alloc[spanclass] = EMPTY_SPAN
                self._let_go(span, span.alloc_count, heap, central[spanclass])
                given += 1
        self.tiny = self.tiny_offset = 0
        self._book_tiny(heap)
        heap.log.append((CacheFlushed, self.p, given))

    def prepare_for_sweep(self, heap: MHeap, central: list[MCentral]) -> None:
        """Give every span back now that a sweep phase has begun: none of them is in a set that a sweeper looks at.

        Go: runtime/mcache.go, (*mcache).prepareForSweep.
        """
        self.release_all(heap, central)

    def copy(self, heap: MHeap) -> "MCache":
        """Return the same cache for a copy of the heap, whose cached spans are thawed by this."""
        new = MCache(self.p)
        new.alloc = [span if span is EMPTY_SPAN else heap.thaw(span) for span in self.alloc]
        new.tiny, new.tiny_offset, new.tiny_allocs = self.tiny, self.tiny_offset, self.tiny_allocs
        new.tiny_requested = self.tiny_requested
        return new

    def check(self, heap: MHeap) -> None:
        """Raise ThrowError where a cached span is not one that this P may allocate from."""
        for spanclass, span in enumerate(self.alloc):
            if span is EMPTY_SPAN:
                continue
            if span.spanclass != spanclass or heap.spans.get(span.id) is not span:
                raise ThrowError(f"P{self.p} caches span {span.id} of span class {span.spanclass} for {spanclass}")
            if span.sweepgen not in {heap.sweepgen + 1, heap.sweepgen + 3}:
                raise ThrowError(
                    f"P{self.p}'s cached span {span.id} has sweepgen {span.sweepgen}, the heap {heap.sweepgen}"
                )
        if EMPTY_SPAN.nelems or EMPTY_SPAN.freeindex or EMPTY_SPAN.alloc_count:
            raise ThrowError("the empty span was allocated from")
