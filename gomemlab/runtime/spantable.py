"""The span table: all live spans of one moment as parallel columns, ordered by page.

A map of a large heap is drawn at every step, and a step changes a few spans of many thousands. So a table is made from
the one made last: its columns are copied, and only the rows of spans that may have changed are read again. Which those
are is known by identity, because a span at rest never changes (see mspan): every row but those whose span was in an
mcache then, was made since, or is another object now.

Go: runtime/mheap.go, mspan.
Left out: whatever no view shows.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from operator import attrgetter, is_
from typing import Any, NamedTuple

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.alloc.mspan import EMPTY_SPAN, MSpan
from gomemlab.runtime.malloc import P

NOT_CACHED = -1
BLOCK = 256  # spans that are read together, so that a processor's cache holds them while each column takes its value
MAX_INSERTED = 32  # new spans that are given their place; more of them are added at the end

_base = attrgetter("base")


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
    alloc_count_before_cache: int  # slots taken when the span was cached, 0 for a span at rest
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
    alloc_count_before_cache: "array[int]"
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
        return SpanInfo(*(column[row] for column in columns_of(self)))


columns_of = attrgetter(*SpanInfo._fields)  # a table's columns, in the order of SpanInfo
_GCMARK_BITS = SpanInfo._fields.index("gcmark_bits")
_BITMAPS = {"alloc_bits", "gcmark_bits"}  # too long for an array's 64 bits


class _Made(NamedTuple):
    """The table that was made last."""

    spans: list[MSpan | None]  # by row; None where the span was in an mcache, so that it may have changed
    next_span_id: int  # of its heap
    columns: tuple[Any, ...]


def _no_columns() -> tuple[Any, ...]:
    return tuple([] if name in _BITMAPS else array("q") for name in SpanInfo._fields)


_last = [_Made([], 0, _no_columns())]  # one table, whichever world it was of


def span_table(heap: MHeap, ps: Sequence[P]) -> SpanTable:
    """Return the table of all live spans."""
    spans = sorted(heap.spans.values(), key=_base)
    holder = {span.id: p.id for p in ps for span in p.mcache.alloc if span is not EMPTY_SPAN}
    known, columns = _aligned(_last[0], spans, heap)
    rows, tail = _rows_that_differ(known, spans)
    readers = _readers(heap, holder)
    for read, column in zip(readers, columns, strict=True):
        del column[tail:]
        for row in rows:
            column[row] = read(spans[row])
    for block in range(tail, len(spans), BLOCK):
        for read, column in zip(readers, columns, strict=True):
            column.extend(map(read, spans[block : block + BLOCK]))
    for row in (*rows, *range(tail, len(spans))):
        known[row] = None if spans[row].id in holder else spans[row]
    columns[_GCMARK_BITS][:] = map(heap.marked, spans)  # marks change while their spans are at rest
    _last[0] = _Made(known, heap.next_span_id, columns)
    return SpanTable(*columns)


def _readers(heap: MHeap, holder: dict[int, int]) -> list[Callable[[MSpan], int]]:
    """Return for each column, in their order, how its value is read from a span."""
    others: dict[str, Callable[[MSpan], int]] = {
        "page": lambda span: heap.page_of(span.base),
        "gcmark_bits": lambda _: 0,  # the whole column is filled in the end
        "cached_by": lambda span: holder.get(span.id, NOT_CACHED),
    }
    return [others.get(name) or attrgetter(name) for name in SpanInfo._fields]


def _aligned(last: _Made, spans: list[MSpan], heap: MHeap) -> tuple[list[MSpan | None], tuple[Any, ...]]:
    """Return the rows and columns of the last table, with as many rows as there are spans now.

    A few new spans get an empty row each where they belong. After a longer way rows are cut off or added at the end:
    the heap grows upward, so most rows are still where they were.
    """
    new = list(islice(takewhile(lambda s: s.id >= last.next_span_id, reversed(heap.spans.values())), MAX_INSERTED))
    known, columns = last.spans.copy(), tuple(column[:] for column in last.columns)
    few = len(known) + len(new) == len(spans)
    places = [bisect_left(spans, base, key=_base) for base in sorted(map(_base, new))] if few else []
    for rows in (known, *columns):
        nothing = None if rows is known else 0
        for row in places:
            rows.insert(row, nothing)
        rows.extend([nothing] * (len(spans) - len(rows)))
        del rows[len(spans) :]
    return known, columns


def _rows_that_differ(known: list[MSpan | None], spans: list[MSpan]) -> tuple[list[int], int]:
    """Return the rows whose spans are not those that are known: one by one, and from which on all are."""
    same = bytes(map(is_, known, spans))
    tail = same.rfind(1) + 1
    rows, row = [], same.find(0, 0, tail)
    while row >= 0:
        rows.append(row)
        row = same.find(0, row + 1, tail)
    return rows, tail
