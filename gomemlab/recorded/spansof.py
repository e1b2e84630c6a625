"""Which span each object of a trace lies in.

A page has one span after another. So every span is entered with its pages and the moment it was made, and once more,
as none, at the moment it was freed; sorted by page and moment, the entry before an object's is its span. All objects
are looked up at once.

Go: runtime/traceallocfree.go, traceLocker.SpanAlloc, traceLocker.SpanFree.
Left out: pages of large spans and of stacks but for the first, where no object begins.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.golang.errors import TraceError
from gomemlab.golang.trace import Trace
from gomemlab.golang.wire import Ev
from gomemlab.recorded.start import Start, check_span
from gomemlab.runtime import arch
from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.runtime.restore import MANUAL

Ints = NDArray[np.int64]

_NO_SPAN = -2
_LAST_PAGE = arch.MAX_MODEL_HEAP // PAGE_SIZE
_LONG = 8  # objects of a stretch in one page, on average
_SMALL = 2  # span classes from here on hold small objects


class SpanEvents(NamedTuple):
    """Spans that were there, were made, or were freed; one row each, in their order."""

    row: Ints  # of the trace; before the start's for what was there
    page: Ints
    npages: Ints
    spanclass: Ints  # or MANUAL
    freed: NDArray[np.bool_]


def span_events(trace: Trace, start: Start, end: int) -> SpanEvents:
    """Return the spans of the start and the events of spans behind it, up to row `end`.

    Raises TraceError where one is impossible, or freed without having been there.
    """
    rows = trace.rows(Ev.SPAN_ALLOC, Ev.SPAN_FREE, begin=start.row, end=end)
    page, npages, kind = (np.minimum(column, _FAR).astype(np.int64) for column in trace.args[:3, rows])
    freed = np.equal(trace.typ[rows], Ev.SPAN_FREE)
    bad = ~freed & ((npages < 1) | (page + npages > _LAST_PAGE) | ((kind & 1 == 0) & (kind >> 1 >= _CLASSES)))
    if bad.any():
        check_span(trace, int(rows[np.argmax(bad)]))
    there = [(start.row - 1, span.page, span.npages, span.spanclass, 0) for span in start.spans]
    spanclass = np.where(kind & 1, MANUAL, kind >> 1)
    behind = np.stack([rows, page, npages, spanclass, freed], axis=1)
    table = np.concatenate([np.array(there, np.int64).reshape(-1, 5), behind])
    of = _freed_spans(trace, table)
    gone = np.flatnonzero(table[:, _FREED])
    table[gone, _NPAGES : _CLASS + 1] = table[of, _NPAGES : _CLASS + 1]
    row, page, npages, spanclass, was_freed = table.T
    return SpanEvents(row, page, npages, spanclass, was_freed.astype(np.bool_))


_FAR = np.uint64(1 << 40)  # so far that no sum overflows
_CLASSES = arch.NUM_SPAN_CLASSES
_ROW, _PAGE, _NPAGES, _CLASS, _FREED = range(5)


def _freed_spans(trace: Trace, table: Ints) -> Ints:
    """Return for each event that frees a span which row of the table made that."""
    made, freed = np.flatnonzero(table[:, _FREED] == 0), np.flatnonzero(table[:, _FREED])
    order = made[np.lexsort((table[made, _ROW], table[made, _PAGE]))]
    key = table[:, _PAGE] * (len(trace) + 1) + table[:, _ROW]
    at = np.maximum(np.searchsorted(key[order], key[freed]) - 1, 0)
    of = order[at]
    bad = np.flatnonzero((table[of, _PAGE] != table[freed, _PAGE]) | (table[of, _ROW] > table[freed, _ROW]))
    if len(bad):
        row = int(table[freed[bad[0]], _ROW])
        page = int(trace.args[0, row])
        raise TraceError(f"the span at page {page} is freed, and it is none that was there", int(trace.at[row]))
    return of


def look_up(trace: Trace, events: SpanEvents, rows: Ints, pages: Ints, when: Ints) -> Ints:
    """Return which of the spans the objects of events `rows` lie in, just before the events `when`.

    Raises TraceError where one lies in no span of objects.
    """
    small = events.spanclass >= _SMALL
    count = np.where(small, events.npages, 1)
    event = np.repeat(np.arange(len(count)), count)
    page = events.page[event] + np.arange(len(event)) - np.repeat(np.cumsum(count) - count, count)
    moments = len(trace) + 1
    key = page * moments + events.row[event]
    order = np.argsort(key, kind="stable")
    # One more in front, so that there always is one before.
    event, page = (np.append(column[:1], column[order]) for column in (event, page))
    spanclass = np.where(events.freed[event], _NO_SPAN, events.spanclass[event])
    spanclass[:1] = _NO_SPAN
    begin, of = _stretches(key[order], pages, when, moments)
    bad = np.flatnonzero((spanclass.take(of) < 0) | (page.take(of) != pages.take(begin)))
    if len(bad):
        row = int(rows[begin[bad[0]]])
        raise TraceError(f"object {trace.args[0, row]} lies in no span of objects", int(trace.at[row]))
    return np.repeat(event.take(of), np.diff(begin, append=len(pages)))


def _stretches(keys: Ints, pages: Ints, when: Ints, moments: int) -> tuple[Ints, Ints]:
    """Return where each stretch of objects in one span begins, and how many of the keys, ascending, lie before them.

    Allocating and sweeping stay in a page for long, mostly. Where as many keys lie before the first and the last object
    of such a stretch, so they do for all in between; else each object is a stretch of its own.
    """

    def before(at: Ints) -> Ints:
        return np.searchsorted(keys, pages.take(at) * moments + when.take(at))

    begins = np.diff(pages, prepend=-1) != 0
    begin = np.flatnonzero(begins)
    if len(begin) * _LONG >= len(pages):
        begin = np.arange(len(pages))
        return begin, before(begin)
    last = np.append(begin[1:], len(pages)) - 1
    of = before(begin)
    differ = of != before(last)
    begin = np.flatnonzero(begins | np.repeat(differ, last - begin + 1))
    return begin, before(begin)
