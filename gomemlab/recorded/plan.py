"""A recording as a list of requests: what was asked of the allocator, by which P, in which order.

From an op log comes what the program asked for. Without one, an object's span tells its class, and that is all the
model gets to know: not the address, not the slot, and of a span for stacks only how many pages it has.

A tiny object of unknown size is the one case where this is not enough: whether it went into a block that another
object had begun is read from the trace too. Such requests (ADDED) are taken as given.

Go: runtime/traceallocfree.go, traceLocker.HeapObjectAlloc.
Left out: everything behind the first collection's marking.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from gomemlab.golang.errors import TraceError
from gomemlab.golang.trace import Trace
from gomemlab.golang.wire import Ev
from gomemlab.recorded import opslog
from gomemlab.recorded.opslog import OpsLog
from gomemlab.recorded.start import OBJECTS_PER_PAGE_SHIFT, Start, check_span, flushes, span_class
from gomemlab.runtime.alloc.sizeclasses import class_table
from gomemlab.runtime.arch import GO_1_27, MAX_TINY_SIZE, PAGE_SIZE, TINY_SPAN_CLASS, Go
from gomemlab.runtime.restore import MANUAL

Ints = NDArray[np.int64]

MARK_TERMINATION = "GC mark termination"  # why the world was stopped
MALLOC = "runtime.mallocgc"  # and the names that begin so, one for each kind and size
_BEHIND_THE_SLOT = {  # what malloc calls when it has taken the slot and not yet told of it
    "runtime.gcTrigger.test",
    "runtime.memclrNoHeapPointersChunked",
    "runtime.postMallocgcDebug",
}


class Act(IntEnum):
    """What is asked."""

    SMALL = 0  # an object of a known span class
    TINY = 1  # a tiny object of a known size
    ADDED = 2  # a tiny object of an unknown size, in a block that was there
    LARGE = 3
    MANUAL = 4  # a span for stacks
    MANUAL_FREE = 5
    READ_MEM_STATS = 6


@dataclass(frozen=True, slots=True)
class Plan:
    """Requests, one row each, in their order."""

    row: Ints  # the event of the trace
    act: NDArray[np.int8]
    spanclass: Ints  # of SMALL and TINY; of LARGE 0 or 1
    size: Ints  # bytes asked for, of unknown objects the slot's; of MANUAL pages
    p: Ints  # -1: no P
    actual: Ints  # heap-relative address that Go chose; of tiny objects without op log the 8 bytes it lies in
    logged: NDArray[np.bool_]  # whether the op log knows it
    end: int  # the first event that is not in it any more
    gc: bool  # whether that is the first collection

    def __len__(self) -> int:
        """Return the number of requests."""
        return len(self.row)


def make_plan(trace: Trace, start: Start, log: OpsLog | None, go: Go = GO_1_27) -> Plan:
    """Return what a trace asks of the allocator from its start to its first collection.

    Raises TraceError where the events contradict each other, MisuseError where the op log is of another run.
    """
    end, gc = _end(trace, start.row)
    span_of = _Spans(trace, start, end)
    asked = _objects(trace, span_of, go)
    if log is not None:
        _know(asked, log, trace, start, go)
    _tell_tiny(asked, start)
    reads = [(row, Act.READ_MEM_STATS, MANUAL, 0, 0, 0, 0) for row in flushes(trace) if start.row <= row < end]
    others = np.array(span_of.manual + reads, np.int64).reshape(-1, 7)
    when = np.concatenate([span_of.when, others[:, _ROW]])
    table = np.concatenate([asked, others])[np.argsort(when, kind="stable")]
    row, act, spanclass, size, p, actual, logged = table.T
    return Plan(row, act.astype(np.int8), spanclass, size, p, actual, logged.astype(np.bool_), end, gc)


def _end(trace: Trace, begin: int) -> tuple[int, bool]:
    """Return the row where the first marking ends, and whether there is one; else the end of the trace.

    While a collection marks, malloc goes on as ever; only its end makes every span unswept and frees what it found
    dead.
    """
    hits = np.flatnonzero(np.isin(trace.typ[begin:], (Ev.HEAP_OBJECT_FREE, Ev.GC_END)))
    end, gc = (begin + int(hits[0]), True) if len(hits) else (len(trace), False)
    for row in (np.flatnonzero(trace.typ[begin:end] == Ev.STW_BEGIN) + begin).tolist():
        if trace.string(row) == MARK_TERMINATION:
            return row, True
    return end, gc


class _Spans:
    """Which span each object lies in, and the requests for spans of stacks.

    Attributes: `rows`, the events of objects in the order of their requests, which came just before the events `when`;
    `spanclass` and `npages` of each object's span; `manual`, requests.
    """

    def __init__(self, trace: Trace, start: Start, end: int) -> None:
        self._trace = trace
        rows = np.flatnonzero(np.isin(trace.typ[:end], (Ev.SPAN_ALLOC, Ev.SPAN_FREE)))
        rows = rows[rows >= start.row]
        top = max([s.page + s.npages for s in start.spans] + [_top(trace, row) for row in rows.tolist()])
        self._class = np.full(top, _NO_SPAN, np.int64)
        self._npages = np.zeros(top, np.int64)
        self.rows, self.when = _object_rows(trace, start.row, end)
        self._pages = (trace.args[0, self.rows] >> np.uint64(OBJECTS_PER_PAGE_SHIFT)).astype(np.int64)
        self.spanclass = np.empty(len(self.rows), np.int64)
        self.npages = np.empty(len(self.rows), np.int64)
        self.manual: list[tuple[int, ...]] = []
        self._known = 0
        for span in start.spans:
            self._enter(span.page, span.npages, span.spanclass)
        for row in rows.tolist():
            self._span_event(row)
        self._look_up(len(self.rows))

    def _span_event(self, row: int) -> None:
        """Take one SpanAlloc or SpanFree."""
        trace = self._trace
        page, npages, kind_class, _ = trace.args[:, row].tolist()
        p = int(trace.p[row])
        if trace.typ[row] == Ev.SPAN_FREE:
            if page >= len(self._class) or self._class[page] != MANUAL:
                raise TraceError(f"the span at page {page} is freed, and it is none for stacks", int(trace.at[row]))
            self.manual.append((row, Act.MANUAL_FREE, MANUAL, 0, p, page * PAGE_SIZE, 0))
            return
        spanclass = span_class(kind_class)
        if (self._class[page : page + npages] != _NO_SPAN).any():
            self._look_up(int(np.searchsorted(self.when, row)))
        self._enter(page, npages, spanclass)
        if spanclass == MANUAL:
            self.manual.append((row, Act.MANUAL, MANUAL, npages, p, page * PAGE_SIZE, 0))

    def _enter(self, page: int, npages: int, spanclass: int) -> None:
        self._class[page : page + npages] = spanclass
        self._npages[page : page + npages] = npages

    def _look_up(self, end: int) -> None:
        """Note the spans of the objects up to number `end`, as they are now."""
        pages = self._pages[self._known : end]
        outside = np.flatnonzero(pages >= len(self._class))
        inside = np.minimum(pages, len(self._class) - 1)
        found = self._class[inside]
        bad = outside if len(outside) else np.flatnonzero(found < 0)
        if len(bad):
            row = self.rows[self._known + bad[0]]
            raise TraceError(f"object {self._trace.args[0, row]} lies in no span of objects", int(self._trace.at[row]))
        self.spanclass[self._known : end] = found
        self.npages[self._known : end] = self._npages[inside]
        self._known = end


_NO_SPAN = -2
_ROW, _ACT, _CLASS, _SIZE, _P, _ACTUAL, _LOGGED = range(7)


def _top(trace: Trace, row: int) -> int:
    """Return the page behind the span of an event, 0 where it says nothing of pages."""
    if trace.typ[row] == Ev.SPAN_FREE:
        return 0
    check_span(trace, row)
    return int(trace.args[0, row] + trace.args[1, row])


def _object_rows(trace: Trace, begin: int, end: int) -> tuple[Ints, Ints]:
    """Return the events of the objects that were asked for before event `end`, and when: before which events.

    An object's event is the last thing malloc does. Where something else comes between taking the slot and telling of
    it, the object belongs there.
    """
    rows = np.flatnonzero(trace.typ == Ev.HEAP_OBJECT_ALLOC)
    rows = rows[rows >= begin]
    when = rows.copy()
    for stop, resumed in _interruptions(trace, begin, end):
        late = np.flatnonzero((rows > resumed) & (trace.g[rows] == trace.g[stop]))[:1]
        when[late] = np.minimum(when[late], stop)
    order = np.argsort(when, kind="stable")
    order = order[when[order] < end]
    return rows[order], when[order]


def _interruptions(trace: Trace, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the events that stopped a goroutine in malloc with its slot taken, and those behind which it went on.

    Go: runtime/malloc.go, mallocgcSmallNoscan; runtime/mgc.go, gcStart.
    """
    stops = np.flatnonzero(np.isin(trace.typ[begin:end], (Ev.GO_STOP, Ev.GO_BLOCK, Ev.GC_BEGIN))) + begin
    for stop in stops.tolist():
        stack = trace.stack(stop, 1)
        depth = next((i for i, name in enumerate(stack) if name.startswith(MALLOC)), None)
        if depth is None:
            continue
        if trace.typ[stop] == Ev.GC_BEGIN:
            # Starting a collection allocates, too; it is over when the world goes on.
            yield stop, stop + int(np.argmax(trace.typ[stop:] == Ev.STW_END))
        elif depth and stack[depth - 1] in _BEHIND_THE_SLOT:
            yield stop, stop


def _objects(trace: Trace, spans: _Spans, go: Go) -> Ints:
    """Return the requests for objects, as far as their spans tell: columns as in Plan."""
    rows = spans.rows
    asked = np.zeros((len(rows), 7), np.int64)
    asked[:, _ROW] = rows
    asked[:, _CLASS] = spans.spanclass
    large = spans.spanclass < 2  # noqa: PLR2004 - span classes 0 and 1 are the large ones
    asked[:, _ACT] = np.where(large, Act.LARGE, Act.SMALL)
    elemsize = np.array(class_table(go).elemsize, np.int64)
    asked[:, _SIZE] = np.where(large, spans.npages * PAGE_SIZE, elemsize[spans.spanclass >> 1])
    asked[:, _P] = trace.p[rows]
    asked[:, _ACTUAL] = trace.args[0, rows].astype(np.int64) << opslog.OBJECT_SHIFT
    return asked


def _know(asked: Ints, log: OpsLog, trace: Trace, start: Start, go: Go) -> None:
    """Enter what the op log knows: requested sizes, pointers, exact addresses."""
    rows = np.flatnonzero(trace.typ == Ev.HEAP_OBJECT_ALLOC)
    found = rows[opslog.align(log, trace.args[0, rows], start.heap_min)]
    by_row = np.argsort(asked[:, _ROW], kind="stable")
    place = np.minimum(np.searchsorted(asked[by_row, _ROW], found), len(asked) - 1)
    within = asked[by_row[place], _ROW] == found if len(asked) else np.zeros(len(found), np.bool_)
    at = by_row[place[within]]
    size, pointers = log.size[within].astype(np.int64), log.pointers[within]
    small = size <= go.max_small
    noscan_class, scan_class = (np.array(column, np.int64) for column in class_table(go).spanclass)
    index = np.minimum(size, go.max_small)
    asked[at, _CLASS] = np.where(
        small, np.where(pointers, scan_class[index], noscan_class[index]), np.where(pointers, 0, 1)
    )
    tiny = (size < MAX_TINY_SIZE) & ~pointers
    asked[at, _ACT] = np.where(tiny, Act.TINY, np.where(small, Act.SMALL, Act.LARGE))
    asked[at, _SIZE] = size
    asked[at, _ACTUAL] = (log.address[within] - np.uint64(start.heap_min)).astype(np.int64)
    asked[at, _LOGGED] = 1


def _tell_tiny(asked: Ints, start: Start) -> None:
    """Mark the tiny objects of unknown size that went into a block that was there."""
    tiny = np.flatnonzero(asked[:, _CLASS] == TINY_SPAN_CLASS)
    _, first = np.unique(asked[tiny, _ACTUAL] // MAX_TINY_SIZE, return_index=True)
    added = np.ones(len(tiny), np.bool_)
    added[first] = False
    if not start.flushed:
        added |= np.isin(asked[tiny, _ACTUAL] // MAX_TINY_SIZE, _tiny_blocks(start))
    added &= asked[tiny, _LOGGED] == 0
    asked[tiny[added], _ACT] = Act.ADDED


def _tiny_blocks(start: Start) -> list[int]:
    """Return the 16 B slots that are taken at the start, by heap-relative address / 16."""
    return [
        span.page * (PAGE_SIZE // MAX_TINY_SIZE) + slot
        for span in start.spans
        if span.spanclass == TINY_SPAN_CLASS
        for slot in range(span.taken.bit_length())
        if span.taken >> slot & 1
    ]
