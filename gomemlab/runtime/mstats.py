"""MemStats: the runtime's statistics, computed from its counters and never stored.

runtime.ReadMemStats flushes every mcache first, so that all counters are in one place. `mstats` gives the same numbers
without that side effect: it adds what the cached spans have handed out since they were cached.

Go: runtime/mstats.go, MemStats, readmemstats_m.
Left out: work buffers, which GCSys counts (see offheap for what is an estimate there); in a world that is not paced,
everything of the collector's but its number of cycles.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.arch import MCACHE_SIZE, MSPAN_SIZE
from gomemlab.runtime.malloc import P
from gomemlab.runtime.pace import Pace

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
    sys: int  # got from the operating system: all that ends in _sys
    lookups: int  # always 0: Go counts none since 1.10
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
    mspan_sys: int  # got for records of spans
    mcache_inuse: int  # in the runtime's records of mcaches
    mcache_sys: int  # got for records of mcaches
    buck_hash_sys: int  # got for the table of profiled stacks
    gc_sys: int  # got for what the collector and the page allocator have to know
    other_sys: int  # got for anything else
    num_gc: int  # finished cycles
    num_forced_gc: int  # of them, those that the program asked for
    by_size: tuple[BySize, ...]  # by size class; shape (61,)
    # In a paced world, by the clock of its cost model:
    next_gc: int = 0  # the heap goal
    last_gc: int = 0  # ns since the process began, when the last cycle ended; 0: none did
    pause_total_ns: int = 0
    pause_ns: tuple[int, ...] = ()  # of the last cycles, at most 256, the last one last (in Go a ring)
    pause_end: tuple[int, ...] = ()  # ns since the process began
    gc_cpu_fraction: float = 0.0  # of all CPU time, what collecting took
    enable_gc: bool = True  # even with GOGC=off
    debug_gc: bool = False  # unused, in Go too

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
    stats = heap.stats
    allocs, frees = small_alloc_counts(heap, ps), stats.small_free_count
    tiny = stats.tiny_alloc_count + sum(p.mcache.tiny_allocs for p in ps)
    return (
        stats.large_alloc_count + sum(allocs) + tiny,
        # Go books each tiny object as freed at once: its block is what will be freed.
        stats.large_free_count + sum(frees) + tiny,
        *stats.slot_bytes(heap.classes.elemsize, allocs),
    )


def mstats(heap: MHeap, ps: Sequence[P], pace: Pace | None = None) -> MemStats:
    """Return the statistics of a heap and its Ps; nothing changes.

    Go: runtime/mstats.go, readmemstats_m.
    """
    stats, elemsize = heap.stats, heap.classes.elemsize
    mallocs, freed, total_alloc, total_free = heap_totals(heap, ps)
    allocs, frees = small_alloc_counts(heap, ps), stats.small_free_count
    heap_sys, off_heap = stats.mapped - stats.in_manual, heap.off_heap()
    return MemStats(
        alloc=total_alloc - total_free,
        total_alloc=total_alloc,
        sys=stats.mapped + off_heap.total,
        lookups=0,
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
        mspan_sys=off_heap.mspan_sys,
        mcache_inuse=len(ps) * MCACHE_SIZE,
        mcache_sys=off_heap.mcache_sys,
        buck_hash_sys=off_heap.buck_hash_sys,
        gc_sys=off_heap.gc_sys,
        other_sys=off_heap.other_sys,
        num_gc=stats.num_gc,
        num_forced_gc=stats.num_forced_gc,
        by_size=tuple(BySize(elemsize[i], allocs[i], frees[i]) for i in range(BY_SIZE_ROWS)),
        next_gc=0 if pace is None else pace.controller.heap_goal(),
        last_gc=0 if pace is None else pace.last_gc,
        pause_total_ns=0 if pace is None else pace.pause_total,
        pause_ns=() if pace is None else tuple(ns for _, ns in pace.pauses),
        pause_end=() if pace is None else tuple(end for end, _ in pace.pauses),
        gc_cpu_fraction=0.0 if pace is None else pace.gc_cpu_fraction,
    )
