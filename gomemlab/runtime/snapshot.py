"""The snapshot: a frozen picture of one moment, which is all that views read.

Spans come as columns, so that a view can work on thousands of them at once; bitmaps are ints and shared with the model,
which never changes an int. Pages are counted from the first arena.

Go: runtime/mheap.go, mspan; runtime/mcache.go, mcache; runtime/mcentral.go, mcentral.
Left out: whatever no view shows.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.alloc.mspan import EMPTY_SPAN, MSpan
from gomemlab.runtime.arch import PAGE_SHIFT, PAGES_PER_ARENA, PALLOC_CHUNK_PAGES, Go
from gomemlab.runtime.events import Event, told
from gomemlab.runtime.ledger import Ledger, ledger
from gomemlab.runtime.malloc import Allocator, P
from gomemlab.runtime.mstats import MemStats, mstats

NOT_CACHED = -1
_COLUMN_NAMES = (
    "id",
    "npages",
    "spanclass",
    "state",
    "nelems",
    "elemsize",
    "alloc_count",
    "freeindex",
    "sweepgen",
    "needzero",
    "requested",
)
_COLUMNS = attrgetter(*_COLUMN_NAMES)


class SpanInfo(NamedTuple):
    """One span's fields; page counts from the first arena, cached_by is a P's number or -1."""

    id: int
    page: int
    npages: int
    spanclass: int
    state: int  # 1 in use for objects, 2 manual (stacks)
    nelems: int
    elemsize: int  # bytes
    alloc_count: int
    freeindex: int
    sweepgen: int
    needzero: int  # 0 or 1
    requested: int  # bytes
    alloc_bits: int
    gcmark_bits: int
    cached_by: int

    def taken_bits(self) -> int:
        """Return the bitmap of all taken slots: those below freeindex and those alive since the last sweep."""
        return self.alloc_bits | (1 << self.freeindex) - 1


@dataclass(frozen=True, slots=True)
class SpanTable:
    """All live spans, ordered by page: parallel columns of shape (spans,), the fields of SpanInfo."""

    id: "array[int]"
    page: "array[int]"
    npages: "array[int]"
    spanclass: "array[int]"
    state: "array[int]"
    nelems: "array[int]"
    elemsize: "array[int]"
    alloc_count: "array[int]"
    freeindex: "array[int]"
    sweepgen: "array[int]"
    needzero: "array[int]"
    requested: "array[int]"
    alloc_bits: list[int]
    gcmark_bits: list[int]
    cached_by: "array[int]"

    def __len__(self) -> int:
        return len(self.id)

    def row(self, span_id: int) -> int:
        """Return the row of a span, or -1 when it is not alive."""
        try:
            return self.id.index(span_id)
        except ValueError:
            return -1

    def at_page(self, page: int) -> int:
        """Return the row of the span that a page belongs to, or -1."""
        row = bisect_right(self.page, page) - 1
        return row if row >= 0 and page < self.page[row] + self.npages[row] else -1

    def info(self, row: int) -> SpanInfo:
        """Return one row."""
        return SpanInfo(*(getattr(self, name)[row] for name in SpanInfo._fields))


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
    heap_base: int  # address of page 0, the first arena's base
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

    def address(self, page: int) -> int:
        """Return the address of a page."""
        return self.heap_base + (page << PAGE_SHIFT)

    def span_at(self, address: int) -> SpanInfo | None:
        """Return the span that holds an address, or None."""
        row = self.spans.at_page((address - self.heap_base) >> PAGE_SHIFT)
        return self.spans.info(row) if row >= 0 else None


def snapshot(allocator: Allocator, ps: Sequence[P]) -> Snapshot:
    """Return the picture of this moment."""
    heap = allocator.heap
    stats = mstats(heap, ps)
    books = ledger(heap, ps)
    first_chunk = heap.arena_base // (PALLOC_CHUNK_PAGES << PAGE_SHIFT)
    scavenged = heap.pages.scavenged
    return Snapshot(
        go=heap.go,
        heap_base=heap.arena_base,
        sweepgen=heap.sweepgen,
        events=told(allocator.entries()),
        mstats=stats,
        ledger=books,
        served=_served(heap, stats),
        spans=_span_table(heap, ps),
        arenas=tuple(ArenaInfo(i, arena.base, i * PAGES_PER_ARENA) for i, arena in enumerate(heap.arenas)),
        chunks={ci - first_chunk: (bits, scavenged[ci]) for ci, bits in heap.pages.chunks.items()},
        padding_pages=books.padding >> PAGE_SHIFT,
        ps=tuple(_p_info(heap, p) for p in ps),
        central=_central(allocator),
    )


def _served(heap: MHeap, stats: MemStats) -> Served:
    books = heap.stats
    page_cache, mheap, os = books.made_from
    small_spans = page_cache + mheap + os - books.large_alloc_count
    return Served(
        requests=stats.mallocs,
        mcache=stats.mallocs - books.refills - books.large_alloc_count,
        mcentral=books.refills - small_spans,
        page_cache=page_cache,
        mheap=mheap,
        os=os,
    )


def _span_table(heap: MHeap, ps: Sequence[P]) -> SpanTable:
    spans = sorted(heap.spans.values(), key=attrgetter("base"))
    first = heap.arena_base
    holder = {span.id: p.id for p in ps for span in p.mcache.alloc if span is not EMPTY_SPAN}

    # One pass over the spans and one over the columns: a map of a large heap is drawn at every step.
    columns = [array("q", column) for column in zip(*map(_COLUMNS, spans), strict=True)] or [
        array("q") for _ in _COLUMN_NAMES
    ]
    table = dict(zip(_COLUMN_NAMES, columns, strict=True))
    return SpanTable(
        page=array("q", [(span.base - first) >> PAGE_SHIFT for span in spans]),
        alloc_bits=[span.alloc_bits for span in spans],
        gcmark_bits=[span.gcmark_bits for span in spans],
        cached_by=array("q", [holder.get(i, NOT_CACHED) for i in table["id"]]),
        **table,
    )


def _p_info(heap: MHeap, p: P) -> PInfo:
    mcache, pcache = p.mcache, p.pcache
    page = heap.page_of(pcache.base) if pcache.cache else 0
    alloc = tuple(span.id for span in mcache.alloc)
    return PInfo(p.id, alloc, mcache.tiny, mcache.tiny_offset, mcache.tiny_allocs, page, pcache.cache, pcache.scav)


def _central(allocator: Allocator) -> dict[int, CentralInfo]:
    sweepgen = allocator.heap.sweepgen
    found = {}
    for central in allocator.central:
        sets = (
            central.partial_swept(sweepgen),
            central.partial_unswept(sweepgen),
            central.full_swept(sweepgen),
            central.full_unswept(sweepgen),
        )
        if any(map(len, sets)):
            found[central.spanclass] = CentralInfo(*(_ids(spans) for spans in sets))
    return found


def _ids(spans: Iterable[MSpan]) -> tuple[int, ...]:
    return tuple(span.id for span in spans)
