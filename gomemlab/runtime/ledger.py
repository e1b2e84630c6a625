"""The ledger: where each byte that the heap got from the operating system is.

Eight accounts and the padding of the first chunk; they add up exactly, whatever happened.

Go: runtime/mstats.go, MemStats.
Left out: nothing of the heap; what a caller asked for is the lab's own knowledge, Go keeps only slots. It is kept by
span, so after a sweep the objects that stay have their share of it, not their own numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.alloc.mspan import EMPTY_SPAN
from gomemlab.runtime.arch import PAGE_SIZE, PALLOC_CHUNK_BYTES
from gomemlab.runtime.malloc import P
from gomemlab.runtime.spantable import SpanTable


@dataclass(frozen=True, slots=True)
class Ledger:
    """Bytes by what they are for, in the order of the bar."""

    requested: int  # what callers asked for, in living objects
    rounding: int  # the rest of their slots: rounding up to the class, headers, unused ends of tiny blocks
    tails: int  # ends of spans that are no slot
    free_cached: int  # free slots of spans that an mcache holds
    free_other: int  # free slots of all other spans
    page_caches: int  # free pages that belong to a P
    idle: int  # free pages of the heap
    stacks: int  # spans of stacks
    padding: int  # pages below a random heap base, never used
    total: int  # mapped

    @property
    def heap_inuse(self) -> int:
        """Return MemStats.HeapInuse: all bytes in spans of objects."""
        return self.requested + self.rounding + self.tails + self.free_cached + self.free_other

    @property
    def heap_idle(self) -> int:
        """Return MemStats.HeapIdle: all mapped bytes in no span."""
        return self.page_caches + self.idle + self.padding


def ledger(heap: MHeap, ps: Sequence[P], spans: SpanTable) -> Ledger:
    """Return the ledger of a heap, its Ps and the table of its spans."""
    stats = heap.stats
    slots = sum(map(mul, spans.nelems, spans.elemsize))  # a span for stacks has none
    taken = sum(map(mul, spans.alloc_count, spans.elemsize))
    requested = sum(spans.requested) + sum(p.mcache.tiny_requested for p in ps)
    cached = [span for p in ps for span in p.mcache.alloc if span is not EMPTY_SPAN]
    free_cached = sum((span.nelems - span.alloc_count) * span.elemsize for span in cached)
    page_caches = sum(p.pcache.cache.bit_count() for p in ps) * PAGE_SIZE
    padding = heap.heap_base % PALLOC_CHUNK_BYTES if stats.mapped else 0
    return Ledger(
        requested=requested,
        rounding=taken - requested,
        tails=stats.in_heap - slots,
        free_cached=free_cached,
        free_other=slots - taken - free_cached,
        page_caches=page_caches,
        idle=stats.mapped - stats.in_heap - stats.in_manual - page_caches - padding,
        stacks=stats.in_manual,
        padding=padding,
        total=stats.mapped,
    )
