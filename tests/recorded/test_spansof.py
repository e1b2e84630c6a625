"""Which span an object lies in, asked for many at once."""

import numpy as np
import pytest

from gomemlab.golang.wire import Ev
from gomemlab.recorded import load
from gomemlab.recorded.spansof import SpanEvents, look_up, span_events


@pytest.mark.parametrize("kind", [Ev.HEAP_OBJECT_ALLOC, Ev.HEAP_OBJECT_FREE])
def test_objects_looked_up_together_lie_where_they_lie_one_by_one(kind: Ev) -> None:
    """3000 events of a recording with collections, in whose pages one span comes after another; then every 97th."""
    recording = load("churn")
    trace = recording.trace
    spans = span_events(trace, recording.start, len(trace))
    rows = trace.rows(kind, begin=recording.start.row)[-3000:]
    pages = trace.args[0, rows].astype(np.int64) >> 10

    together = look_up(trace, spans, rows, pages, rows)

    for some in (slice(i, i + 1) for i in range(0, len(rows), 97)):
        assert look_up(trace, spans, rows[some], pages[some], rows[some]).tolist() == together[some].tolist()
    apart = look_up(trace, spans, rows[::97], pages[::97], rows[::97])
    assert apart.tolist() == together[::97].tolist()


def test_a_page_that_changes_hands_between_two_objects_is_two_spans() -> None:
    """Ten objects in page 7, the span freed at event 30 and another one made, and ten objects more."""
    row, page, spanclass, freed = np.array([10, 30, 31]), np.array([7, 7, 7]), np.array([4, 4, 9]), np.array([0, 1, 0])
    spans = SpanEvents(row, page, np.ones(3, np.int64), spanclass, freed.astype(np.bool_))
    rows = np.array([*range(11, 21), *range(32, 42)])

    found = look_up(load("churn").trace, spans, rows, np.full(20, 7), rows)

    assert found.tolist() == [0] * 10 + [2] * 10
