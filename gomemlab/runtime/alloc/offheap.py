"""Memory that the runtime has for itself, outside the heap: its records of spans, of Ps, of the heap's pages.

MemStats counts all of it into Sys. Records of spans and of mcaches come from lists that take 16 KiB at once and never
give any back; so these two are exact. The rest is what a small Go 1.27 program had at its start (with one P), and what
each further arena adds.

Go: runtime/mfixalloc.go, (*fixalloc).alloc; runtime/mstats.go, readmemstats_m; runtime/mheap.go, heapArena.
Left out: work buffers, arenas of mark bits, blocks of span sets, and whatever else grows GCSys and OtherSys by and by;
the table of profiled stacks grows with the number of places that allocate.
"""

from typing import NamedTuple

from gomemlab.runtime.arch import MCACHE_SIZE, MSPAN_SIZE

FIX_ALLOC_CHUNK = 16 << 10  # bytes
HEAP_ARENA_SIZE = 69648  # bytes of the runtime's own record of an arena
PALLOC_DATA_BYTES = 1 << 20  # bytes of bitmaps for 32 GiB of address space
PALLOC_DATA_ARENAS = 512

# A program's first reading of MemStats and of its own /proc, GOMAXPROCS=1, go1.27.3 (tests/data/freeos.json).
BUCK_HASH_SYS = 1_442_576
GC_SYS_START = 1_546_000
OTHER_SYS = 344_160
OFF_HEAP_RESIDENT_START = 304 << 10  # of all this, what had been written to
IMAGE_RESIDENT = 1_744 << 10  # RssFile: the program's text and data, which no counter of Go's knows


class OffHeap(NamedTuple):
    """Bytes got from the operating system for the runtime itself."""

    mspan_sys: int
    mcache_sys: int
    buck_hash_sys: int
    gc_sys: int
    other_sys: int
    resident: int  # of all these together, what is in memory

    @property
    def total(self) -> int:
        """Return their part of MemStats.Sys."""
        return self.mspan_sys + self.mcache_sys + self.buck_hash_sys + self.gc_sys + self.other_sys


def fix_alloc_sys(size: int, most: int) -> int:
    """Return the bytes that a list of records of a size took, if so many were in use at most.

    Go: runtime/mfixalloc.go, (*fixalloc).init, (*fixalloc).alloc.
    """
    each = FIX_ALLOC_CHUNK // size
    return -(-most // each) * each * size


def off_heap(span_records: int, mcaches: int, arenas: int) -> OffHeap:
    """Return what the runtime has for itself, with so many records of spans and of mcaches at most, and arenas."""
    more = max(arenas - 1, 0)
    return OffHeap(
        mspan_sys=fix_alloc_sys(MSPAN_SIZE, span_records),
        mcache_sys=fix_alloc_sys(MCACHE_SIZE, mcaches),
        buck_hash_sys=BUCK_HASH_SYS,
        gc_sys=GC_SYS_START + more * HEAP_ARENA_SIZE + more // PALLOC_DATA_ARENAS * PALLOC_DATA_BYTES,
        other_sys=OTHER_SYS,
        resident=OFF_HEAP_RESIDENT_START + span_records * MSPAN_SIZE + more * HEAP_ARENA_SIZE,
    )
