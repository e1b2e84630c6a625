"""The snapshot: a frozen picture of one moment, which is all that views read.

Spans come as columns (see spantable), so that a view can work on thousands of them at once; bitmaps are ints and shared
with the model, which never changes an int. Pages are counted from the first arena.

Go: runtime/mheap.go, mheap; runtime/mcache.go, mcache; runtime/mcentral.go, mcentral.
Left out: whatever no view shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.arch import PAGE_SHIFT, PAGES_PER_ARENA, PALLOC_CHUNK_PAGES, Go
from gomemlab.runtime.events import Event, told
from gomemlab.runtime.gcinfo import GCInfo
from gomemlab.runtime.gcsnapshot import gc_info
from gomemlab.runtime.ledger import Ledger, ledger
from gomemlab.runtime.malloc import Allocator, P
from gomemlab.runtime.meminfo import MemoryInfo, memory_info
from gomemlab.runtime.mstats import MemStats, mstats
from gomemlab.runtime.pace import Pace
from gomemlab.runtime.pacerinfo import PacerInfo, pacer_info
from gomemlab.runtime.pool import Pools
from gomemlab.runtime.poolinfo import PoolInfo, pool_infos
from gomemlab.runtime.proc import Sched
from gomemlab.runtime.procinfo import ProcInfo, SchedInfo, lock_totals, proc_infos, sched_info
from gomemlab.runtime.scavenger import Scavenger
from gomemlab.runtime.spantable import SpanInfo, SpanTable, span_table
from gomemlab.runtime.stack import Stacks
from gomemlab.runtime.stackinfo import NO_STACKS, StacksInfo, stacks_info

_id = attrgetter("id")


@dataclass(frozen=True, slots=True)
class ArenaInfo:
    """64 MiB of address space, 8192 pages."""

    index: int
    base: int  # address
    first_page: int  # counted from the first arena: index * 8192


class PInfo(NamedTuple):
    """What one P has at hand."""

    id: int
    alloc: tuple[int, ...]  # span id by span class, -1 for none; shape (136,)
    tiny: int  # address of the tiny block, 0 for none
    tiny_offset: int  # bytes used of it
    tiny_allocs: int
    cache_page: int  # first page of the page cache's block, counted from the first arena
    cache_bits: int  # bit i set: page i of the block is free
    cache_scav: int


class CentralInfo(NamedTuple):
    """The four sets of one mcentral: span ids in FIFO order."""

    partial_swept: tuple[int, ...]
    partial_unswept: tuple[int, ...]
    full_swept: tuple[int, ...]
    full_unswept: tuple[int, ...]


class Served(NamedTuple):
    """How many requests each level answered; a request counts once, at the deepest level it reached."""

    requests: int
    mcache: int
    mcentral: int
    page_cache: int
    mheap: int
    os: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One moment of a world."""

    go: Go
    arena_base: int  # address of page 0, the first arena's base
    sweepgen: int
    events: tuple[Event, ...]  # of the last command
    mstats: MemStats
    ledger: Ledger
    served: Served
    spans: SpanTable
    arenas: tuple[ArenaInfo, ...]
    chunks: dict[int, tuple[int, int]]  # by first page / 512: (allocated, scavenged) bitmaps of the mapped chunks
    padding_pages: int  # pages below a random heap base, in the first mapped chunk
    ps: tuple[PInfo, ...]
    central: dict[int, CentralInfo]  # by span class, those with a span
    gc: GCInfo
    memory: MemoryInfo
    pools: tuple[PoolInfo, ...] = ()  # by id, from 1
    stacks: StacksInfo = NO_STACKS
    procs: tuple[ProcInfo, ...] = ()  # by number
    sched: SchedInfo | None = None  # None: nobody schedules
    locks: tuple[tuple[str, int], ...] = ()  # lock, times it was taken
    pacer: PacerInfo | None = None  # None: the world is not paced

    def address(self, page: int) -> int:
        """Return the address of a page."""
        return self.arena_base + (page << PAGE_SHIFT)

    def span_at(self, address: int) -> SpanInfo | None:
        """Return the span that holds an address, or None."""
        row = self.spans.at_page((address - self.arena_base) >> PAGE_SHIFT)
        return self.spans.info(row) if row >= 0 else None


def snapshot(
    allocator: Allocator,
    ps: Sequence[P],
    pools: Pools,
    stacks: Stacks,
    sched: Sched | None,
    pace: Pace | None,
    scavenger: Scavenger,
) -> Snapshot:
    """Return the picture of this moment."""
    heap = allocator.heap
    stats = mstats(heap, ps, pace)
    spans = span_table(heap, ps)
    books = ledger(heap, ps, spans)
    first_chunk = heap.arena_base // (PALLOC_CHUNK_PAGES << PAGE_SHIFT)
    scavenged = heap.pages.scavenged
    return Snapshot(
        go=heap.go,
        arena_base=heap.arena_base,
        sweepgen=heap.sweepgen,
        events=told(allocator.entries()),
        mstats=stats,
        ledger=books,
        served=served_by(heap, stats.mallocs),
        spans=spans,
        arenas=tuple(ArenaInfo(i, arena.base, i * PAGES_PER_ARENA) for i, arena in enumerate(heap.arenas)),
        chunks={ci - first_chunk: (bits, scavenged[ci]) for ci, bits in heap.pages.chunks.items()},
        padding_pages=books.padding >> PAGE_SHIFT,
        ps=tuple(_p_info(heap, p) for p in ps),
        central=_central(allocator),
        gc=gc_info(allocator),
        memory=memory_info(heap, ps, stats, scavenger),
        pools=pool_infos(allocator, pools),
        stacks=stacks_info(stacks),
        procs=proc_infos(allocator, ps, pools, stacks, sched),
        sched=sched_info(sched),
        locks=lock_totals(heap.locks),
        pacer=pacer_info(pace),
    )


def served_by(heap: MHeap, mallocs: int) -> Served:
    """Return how many requests each level answered, of all that were made."""
    books = heap.stats
    page_cache, mheap, os = books.made_from
    requests, large = mallocs - books.restored, books.large_alloc_count - books.restored_large
    small_spans = page_cache + mheap + os - large
    return Served(
        requests=requests,
        mcache=requests - books.refills - large,
        mcentral=books.refills - small_spans,
        page_cache=page_cache,
        mheap=mheap,
        os=os,
    )


def _p_info(heap: MHeap, p: P) -> PInfo:
    mcache, pcache = p.mcache, p.pcache
    page = heap.page_of(pcache.base) if pcache.cache else 0
    alloc = tuple(span.id for span in mcache.alloc)
    return PInfo(p.id, alloc, mcache.tiny, mcache.tiny_offset, mcache.tiny_allocs, page, pcache.cache, pcache.scav)


def _central(allocator: Allocator) -> dict[int, CentralInfo]:
    sweepgen = allocator.heap.sweepgen
    unswept = allocator.heap.unswept  # reclaim leaves spans that it swept in the sets
    found = {}
    for central in allocator.central:
        sets = (
            central.partial_swept(sweepgen),
            filter(unswept, central.partial_unswept(sweepgen)),
            central.full_swept(sweepgen),
            filter(unswept, central.full_unswept(sweepgen)),
        )
        info = CentralInfo(*(tuple(map(_id, spans)) for spans in sets))
        if any(info):
            found[central.spanclass] = info
    return found
