"""The moment from which a recording can be predicted: what was in the heap then, and a World in that state.

A trace begins with a snapshot: every span and every object that exists. What it does not show is hidden in the Ps:
which spans they cache, and which pages. The recorder therefore calls runtime.ReadMemStats first of all, which flushes
every mcache; from there on nothing about them is hidden. Where a trace has no such call, a partly used span is as
good in mcentral as in a cache: the next request of its class gets it either way. The page caches are the matter of
pagecaches.

Go: runtime/traceallocfree.go, traceSnapshotMemory; runtime/mpagecache.go, (*pageAlloc).allocToCache.
Left out: which pages were scavenged, and what of them needs zeroing; neither moves an address.
"""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gomemlab.golang.errors import TraceError
from gomemlab.golang.trace import Trace
from gomemlab.golang.wire import Ev
from gomemlab.recorded.pagecaches import PageCacheAt, followed, page_caches
from gomemlab.recorded.setorder import in_set_order
from gomemlab.runtime import arch
from gomemlab.runtime.alloc.sizeclasses import class_table
from gomemlab.runtime.arch import GO_1_27, PAGE_SIZE, PALLOC_CHUNK_PAGES, Go
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.restore import MANUAL, StartSpan, restore
from gomemlab.runtime.world import World

READ_MEM_STATS = "read mem stats"  # why the world was stopped
OBJECTS_PER_PAGE_SHIFT = 10  # an object's id counts 8 bytes, a page has 1024 of them


@dataclass(frozen=True, slots=True)
class Start:
    """What a trace tells of the heap at the moment where the prediction begins."""

    row: int  # the first event behind it
    heap_min: int  # lowest heap address; pages and relative addresses count from here
    procs: int
    flushed: bool  # whether the mcaches were flushed just then
    first: int  # the lowest page that a span ever had
    spans: tuple[StartSpan, ...]  # in the order of their sets in mcentral; pages as above
    page_caches: tuple[PageCacheAt, ...]  # one for each P

    @property
    def holes(self) -> int:
        """Return how many spans have a free slot below a taken one: something was freed before."""
        return sum(span.taken & (span.taken + 1) != 0 for span in self.spans)


def span_class(kind_class: int) -> int:
    """Return the span class in a trace's "kind and class", MANUAL where the span is for stacks."""
    return MANUAL if kind_class & 1 else kind_class >> 1


def find_start(trace: Trace, go: Go = GO_1_27) -> Start:
    """Return the start of a trace; MisuseError where it has no alloc/free events, TraceError where they contradict."""
    info = trace.info
    begin = trace.rows(Ev.SPAN)
    if info is None or not len(begin):
        raise MisuseError(
            "the trace has no alloc/free events; record with `gomemlab record`, or with GODEBUG=traceallocfree=1"
        )
    if (
        info.page_size != PAGE_SIZE
        or info.heap_align != arch.PTR_SIZE
        or info.heap_min % (PALLOC_CHUNK_PAGES * PAGE_SIZE)
    ):
        raise MisuseError(f"the trace is of a machine that is not linux/amd64: {info}")
    spans_end = int(begin[-1]) + 1
    row, flushed = _sync_row(trace, spans_end)
    made, freed = _spans(trace, row)
    spans = in_set_order(trace, row, _with_objects(trace, row, made, freed, go), go)
    first = min([span.page for span in spans] + [pages.start for pages in freed])
    procs = _procs(trace)
    if freed and flushed:
        shown = _snapshot_end(trace, spans_end)
        caches = followed(trace, shown, row, first, _spans(trace, shown)[0].values(), procs)
    else:
        caches = page_caches(trace, row, first, spans, procs)
    return Start(row, info.heap_min, procs, flushed, first, spans, caches)


def flushes(trace: Trace) -> list[int]:
    """Return the events at which the mcaches are flushed because somebody reads the statistics.

    The world is not stopped yet where a stop begins: other Ps go on until they notice. It is where the Ps are set anew.
    """
    behind = trace.rows(Ev.PROCS_CHANGE, Ev.STW_END)
    begun = [r for r in trace.rows(Ev.STW_BEGIN).tolist() if trace.string(r) == READ_MEM_STATS]
    places = np.searchsorted(behind, begun).tolist()
    return [int(behind[i]) if i < len(behind) else row for i, row in zip(places, begun, strict=True)]


def _sync_row(trace: Trace, spans_end: int) -> tuple[int, bool]:
    """Return the first event behind the first ReadMemStats and True, else that behind the snapshot and False."""
    for row in flushes(trace):
        if row >= spans_end:
            return row + 1, True
    return _snapshot_end(trace, spans_end), False


def _snapshot_end(trace: Trace, spans_end: int) -> int:
    """Return the first event behind the list of what exists, whose spans end at event spans_end."""
    objects = trace.rows(Ev.HEAP_OBJECT, Ev.GOROUTINE_STACK)
    return max(spans_end, int(objects[-1]) + 1 if len(objects) else 0)


def _procs(trace: Trace) -> int:
    """Return how many Ps the trace has."""
    return int(trace.p.max(initial=0)) + 1


def _spans(trace: Trace, end: int) -> tuple[dict[int, StartSpan], list[range]]:
    """Return the spans that exist before row `end`, by the rows of their events, and the pages of those freed before.

    Raises TraceError where two overlap or one is impossible.
    """
    spans: dict[int, tuple[int, StartSpan]] = {}
    freed: list[range] = []
    pages: list[int] = []  # where the spans begin, ascending
    for row in trace.rows(Ev.SPAN, Ev.SPAN_ALLOC, Ev.SPAN_FREE, end=end).tolist():
        page, npages, kind_class, _ = trace.args[:, row].tolist()
        if trace.typ[row] == Ev.SPAN_FREE:
            if page in spans:
                freed.append(range(page, page + spans.pop(page)[1].npages))
                pages.remove(page)
            continue
        check_span(trace, row)
        i = bisect_left(pages, page)
        below = spans[pages[i - 1]][1] if i else None
        if (i < len(pages) and pages[i] < page + npages) or (below and below.page + below.npages > page):
            raise TraceError(f"a span of {npages} pages at page {page} lies over another span", int(trace.at[row]))
        pages.insert(i, page)
        spans[page] = row, StartSpan(page, npages, span_class(kind_class))
    return dict(spans.values()), freed


def check_span(trace: Trace, row: int) -> None:
    """Raise TraceError where the event is of a span that no heap can have."""
    page, npages, kind_class, _ = trace.args[:, row].tolist()
    last = arch.MAX_MODEL_HEAP // PAGE_SIZE
    if not 0 < npages <= last or page + npages > last or span_class(kind_class) >= arch.NUM_SPAN_CLASSES:
        raise TraceError(
            f"a span of {npages} pages at page {page}, kind and class {kind_class}, is impossible", int(trace.at[row])
        )


def _with_objects(
    trace: Trace, end: int, made: dict[int, StartSpan], freed: list[range], go: Go
) -> tuple[StartSpan, ...]:
    """Return the spans with the objects of the events before row `end` in their slots.

    An event from before its pages became the span that they are is of an object in a span that was freed.
    """
    rows = trace.rows(Ev.HEAP_OBJECT, Ev.HEAP_OBJECT_ALLOC, Ev.HEAP_OBJECT_FREE, end=end)
    ids = trace.args[0, rows].astype(np.int64)
    since = np.array(list(made), np.int64)
    spans = list(made.values())
    by_page = sorted(range(len(spans)), key=lambda i: spans[i].page)
    pages = np.array([spans[i].page for i in by_page], np.int64)
    place = np.searchsorted(pages, ids >> OBJECTS_PER_PAGE_SHIFT, "right") - 1
    ends = np.array([spans[i].page + spans[i].npages for i in by_page], np.int64)
    outside = (place < 0) | (ids >> OBJECTS_PER_PAGE_SHIFT >= ends[place])
    gone = (~outside & (rows < since[by_page][place])) | _within(ids >> OBJECTS_PER_PAGE_SHIFT, freed) & outside
    lost = np.flatnonzero(outside & ~gone)
    if len(lost):
        raise TraceError(f"object {ids[lost[0]]} lies in no span", int(trace.at[rows[lost[0]]]))
    for k in np.unique(place[~gone]).tolist():
        i, here = by_page[k], (place == k) & ~gone
        spans[i] = spans[i]._replace(taken=_taken(trace, rows[here], ids[here], spans[i], go))
    return tuple(spans)


def _within(pages: NDArray[np.int64], ranges: list[range]) -> NDArray[np.bool_]:
    """Return for each page whether it lies in one of the ranges."""
    inside = np.zeros(len(pages), np.bool_)
    for pages_of_one in ranges:
        inside |= (pages >= pages_of_one.start) & (pages < pages_of_one.stop)
    return inside


def _taken(trace: Trace, rows: NDArray[np.int64], ids: NDArray[np.int64], span: StartSpan, go: Go) -> int:
    """Return the bitmap of the slots in which a span's objects lie."""
    if span.spanclass == MANUAL:
        raise TraceError(f"object {ids[0]} lies in a span for stacks", int(trace.at[rows[0]]))
    table = class_table(go)
    elemsize = table.elemsize[span.spanclass >> 1] or span.npages * PAGE_SIZE
    slots = ((ids << 3) - span.page * PAGE_SIZE) // elemsize
    nelems = table.nelems[span.spanclass]
    if int(slots.max()) >= nelems:
        raise TraceError(
            f"an object lies in slot {slots.max()} of a span with {nelems}", int(trace.at[rows[slots.argmax()]])
        )
    bits = np.zeros(nelems, np.bool_)
    bits[slots] = trace.typ[rows] != Ev.HEAP_OBJECT_FREE  # of several events the last one counts
    return int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")


def build(start: Start, go: Go = GO_1_27, span_records: int | None = None) -> World:
    """Return a World in the state of the start; span_records is how many records of spans Go held, None: unknown."""
    heap_base = start.heap_min + start.first * PAGE_SIZE
    shift = start.heap_min % arch.HEAP_ARENA_BYTES // PAGE_SIZE  # the model counts pages from the arena's begin
    mapped = arch.align_up(max(span.page + span.npages for span in start.spans), PALLOC_CHUNK_PAGES)
    return restore(
        [span._replace(page=span.page + shift) for span in start.spans],
        heap_base,
        mapped,
        [(block + shift, free) for block, free in _page_caches(start, mapped)],
        start.procs,
        go,
        span_records,
    )


def _page_caches(start: Start, mapped: int) -> list[tuple[int, int]]:
    """Return (first page of a block, bitmap of free pages) for each P.

    Two that want the same pages are no reason to fail: the first one has them. Nor is a block that is not mapped yet.
    """
    given: dict[int, int] = {}  # by block
    caches = []
    for cache in start.page_caches:
        free = cache.free & ~given.get(cache.page, 0) if cache.page < mapped else 0
        given[cache.page] = given.get(cache.page, 0) | free
        caches.append((cache.page, free))
    return caches
