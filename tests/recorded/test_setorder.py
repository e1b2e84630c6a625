"""In which order mcentral holds spans at a start that has collections before it."""

import pytest

from gomemlab.golang.trace import Trace, parse
from gomemlab.golang.wire import Ev
from gomemlab.recorded.setorder import in_set_order
from gomemlab.recorded.start import find_start
from gomemlab.runtime.restore import MANUAL, StartSpan
from tests.golang import tracewriter as tw

CLASS = 54 << 1 | 1  # 10,240 B noscan: a span of 5 pages has 4 slots
SLOT = 10_240 // 8
A, B, C = 10, 15, 20  # pages
ENDED = tw.event(Ev.GC_END, 1)


def span(page: int, kind: Ev = Ev.SPAN) -> bytes:
    """Return the event of a span."""
    return tw.event(kind, page, 5, CLASS << 1)


def objects(page: int, *slots: int, kind: Ev = Ev.HEAP_OBJECT) -> bytes:
    """Return the events of objects in a span."""
    args = () if kind == Ev.HEAP_OBJECT_FREE else (0,)
    return b"".join(tw.event(kind, page * 1024 + slot * SLOT, *args) for slot in slots)


def trace(*events: bytes) -> Trace:
    """Return a trace of these events on P 0."""
    return parse(tw.trace(tw.strings({1: "read mem stats"}), tw.info(), tw.batch(tw.running() + b"".join(events))))


def order(*events: bytes) -> list[int]:
    """Return the pages of the spans A, B, C that are left, in the order of their sets."""
    read = trace(*events)
    spans = tuple(StartSpan(page, 5, CLASS) for page in (A, B, C))
    return [span.page for span in in_set_order(read, len(read), spans)]


ALL = (span(A), objects(A, 0, 1, 2, 3), span(B), objects(B, 0, 1, 2, 3), span(C), objects(C, 0))
DIED = objects(A, 0, kind=Ev.HEAP_OBJECT_FREE) + objects(B, 1, kind=Ev.HEAP_OBJECT_FREE)


def test_without_a_collection_spans_stay_in_the_order_of_their_making() -> None:
    """Whatever was allocated."""
    assert order(*ALL, objects(C, 1, kind=Ev.HEAP_OBJECT_ALLOC)) == [A, B, C]


def test_the_cached_span_is_swept_before_the_full_ones() -> None:
    """C, partly used, was cached; A and B were full and got holes."""
    assert order(*ALL, DIED, ENDED) == [C, A, B]


def test_full_spans_come_before_partial_ones() -> None:
    """B got no hole."""
    assert order(*ALL, objects(A, 0, kind=Ev.HEAP_OBJECT_FREE), ENDED) == [B, C, A]


def test_what_is_allocated_from_is_cached_and_comes_last() -> None:
    """Behind the collection an object goes into C, which lies in front; then into a new hole of A."""
    into_c, into_a = (objects(page, 2, kind=Ev.HEAP_OBJECT_ALLOC) for page in (C, A))

    assert order(*ALL, DIED, ENDED, into_c) == [A, B, C]
    assert order(*ALL, DIED, ENDED, into_c, into_c, into_a) == [B, C, A]


@pytest.mark.parametrize("made_anew", [True, False])
def test_spans_that_go_are_forgotten(made_anew: bool) -> None:
    """B dies whole, an object that lies in no span is none of ours; B's pages may become another span."""
    free = objects(B, 0, 1, 2, 3, kind=Ev.HEAP_OBJECT_FREE) + tw.event(Ev.SPAN_FREE, B) + tw.event(Ev.SPAN_FREE, 99)
    stray = tw.event(Ev.HEAP_OBJECT_FREE, B * 1024)
    stacks = tw.event(Ev.SPAN_ALLOC, 50, 4, 1)
    again = span(B, Ev.SPAN_ALLOC) + objects(B, 0, kind=Ev.HEAP_OBJECT_ALLOC) if made_anew else b""
    flush = tw.event(Ev.STW_BEGIN, 1, 0) + tw.event(Ev.STW_END)

    start = find_start(trace(*ALL, free, stray, ENDED, stacks, again, flush))

    expected = [(50, MANUAL), (A, CLASS), *([(B, CLASS)] if made_anew else []), (C, CLASS)]
    if made_anew:
        expected = [(50, MANUAL), (A, CLASS), (C, CLASS), (B, CLASS)]
    assert [(span.page, span.spanclass) for span in start.spans] == expected
