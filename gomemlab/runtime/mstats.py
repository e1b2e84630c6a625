"""MemStats: the runtime's statistics, computed from its counters and never stored.

runtime.ReadMemStats flushes every mcache first, so that all counters are in one place. `mstats` gives the same numbers
without that side effect: it adds what the cached spans have handed out since they were cached.

Go: runtime/mstats.go, MemStats, readmemstats_m.
Left out: what lies outside the heap (Sys counts the arenas' mapped bytes alone), everything of the collector's
but its number of cycles.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.arch import MCACHE_SIZE, MSPAN_SIZE
from gomemlab.runtime.malloc import P

BY_SIZE_ROWS = 61  # Go's array is shorter than its table of classes: the last row is 18,432 B


@dataclass(frozen=True, slots=True)
class BySize:
    """One row of MemStats.BySize."""

    size: int  # bytes a slot
    mallocs: int  # objects
    frees: int  # objects


@dataclass(frozen=True, slots=True)
class MemStats:
    """The heap in numbers, in bytes unless said; Go's field names."""

    alloc: int  # the same as heap_alloc
    total_alloc: int  # ever allocated
    sys: int  # mapped from the operating system
    mallocs: int  # objects ever allocated, tiny ones each
    frees: int  # objects ever freed
    heap_alloc: int  # in slots of living objects, and dead ones not yet swept
    heap_sys: int  # mapped and not in use by stacks
    heap_idle: int  # in pages that are no span
    heap_inuse: int  # in pages of object spans
    heap_released: int  # of heap_idle, not backed by memory
    heap_objects: int  # objects: mallocs - frees
    stack_inuse: int  # in spans of stacks
    mspan_inuse: int  # in the runtime's records of spans
    mcache_inuse: int  # in the runtime's records of mcaches
    num_gc: int  # finished cycles
    num_forced_gc: int  # of them, those that the program asked for
    by_size: tuple[BySize, ...]  # by size class; shape (61,)

    @property
    def stack_sys(self) -> int:
        """Return the bytes got for stacks: those in use, since threads' own stacks are left out."""
        return self.stack_inuse


def small_alloc_counts(heap: MHeap, ps: Sequence[P]) -> list[int]:
    """Return the objects ever allocated from each size class, with those of cached spans; shape (68,)."""
    counts = heap.stats.small_alloc_count.copy()
    for p in ps:
        for span in p.mcache.alloc:
            if span.nelems:
                counts[span.spanclass >> 1] += span.alloc_count - span.alloc_count_before_cache
    return counts


def heap_totals(heap: MHeap, ps: Sequence[P]) -> tuple[int, int, int, int]:
    """Return MemStats' Mallocs, Frees, TotalAlloc, and the bytes ever freed."""
    stats, elemsize = heap.stats, heap.classes.elemsize
    allocs, frees = small_alloc_counts(heap, ps), stats.small_free_count
    tiny = stats.tiny_alloc_count + sum(p.mcache.tiny_allocs for p in ps)
    return (
        stats.large_alloc_count + sum(allocs) + tiny,
        # Go books each tiny object as freed at once: its block is what will be freed.
        stats.large_free_count + sum(frees) + tiny,
        stats.large_alloc + sum(map(mul, allocs, elemsize)),
        stats.large_free + sum(map(mul, frees, elemsize)),
    )


def mstats(heap: MHeap, ps: Sequence[P]) -> MemStats:
    """Return the statistics of a heap and its Ps; nothing changes.

    Go: runtime/mstats.go, readmemstats_m.
    """
    stats, elemsize = heap.stats, heap.classes.elemsize
    mallocs, freed, total_alloc, total_free = heap_totals(heap, ps)
    allocs, frees = small_alloc_counts(heap, ps), stats.small_free_count
    heap_sys = stats.mapped - stats.in_manual
    return MemStats(
        alloc=total_alloc - total_free,
        total_alloc=total_alloc,
        sys=stats.mapped,
        mallocs=mallocs,
        frees=freed,
        heap_alloc=total_alloc - total_free,
        heap_sys=heap_sys,
        heap_idle=heap_sys - stats.in_heap,
        heap_inuse=stats.in_heap,
        heap_released=stats.released,
        heap_objects=mallocs - freed,
        stack_inuse=stats.in_manual,
        mspan_inuse=heap.records.inuse * MSPAN_SIZE,
        mcache_inuse=len(ps) * MCACHE_SIZE,
        num_gc=stats.num_gc,
        num_forced_gc=stats.num_forced_gc,
        by_size=tuple(BySize(elemsize[i], allocs[i], frees[i]) for i in range(BY_SIZE_ROWS)),
    )
