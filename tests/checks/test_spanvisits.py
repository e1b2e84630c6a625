"""Span visits in the worlds of lesson 09, and beside real Go."""

import pytest

from gomemlab.checks import spanvisits
from gomemlab.commands import GCStart


def test_seven_objects_in_one_span_take_three_visits() -> None:
    """1, then 2 and 3, then the four leaves."""
    timeline = spanvisits.few()
    objects = timeline.snapshot(spanvisits.FEW).gc.objects

    assert spanvisits.visits(timeline) == (1, 2, 4)
    assert len({one.span for one in objects}) == 1


def test_before_the_last_stop_every_mark_has_its_scan() -> None:
    """As the lesson says it: no open square is left."""
    timeline = spanvisits.few()
    last = len(timeline) - 2  # marking is over, and swept

    gc = timeline.snapshot(last).gc

    assert gc.inline_marks == gc.inline_scans == {0: (1 << spanvisits.FEW) - 1}


def test_objects_of_four_kinds_wait_in_three_places() -> None:
    """After the root job: two spans, one object, and one that is black without having waited."""
    timeline = spanvisits.kinds()
    gc = timeline.snapshot(timeline.commands.index(GCStart()) + 2).gc

    assert (len(gc.span_queue), len(gc.queue)) == (2, 1)
    assert [one.colour for one in gc.objects] == ["grey", "grey", "grey", "black"]


@pytest.mark.slow
def test_the_model_counts_what_real_go_printed() -> None:
    """Three heaps, five numbers each."""
    rows = spanvisits.beside_go()

    assert len(rows) == 6
    assert [row[2:] for row in rows[::2]] == [row[2:] for row in rows[1::2]]
    assert {row[1] for row in rows} == {spanvisits.GO, spanvisits.MODEL}


@pytest.mark.slow
def test_shapes_stand_from_those_that_gain_most_to_those_that_gain_nothing() -> None:
    """Objects a visit, from above to below; the last two are lists."""
    rows = spanvisits.some_shapes()
    each = [float(row[5]) for row in rows]

    assert each[:4] == sorted(each[:4], reverse=True)
    assert each[-2:] == [1.0, 1.0]
    assert all(len(row) == len(spanvisits.SHAPES_HEAD) for row in rows)


def test_a_published_figure_says_of_what_and_where() -> None:
    """None is the model's own."""
    assert all(len(row) == len(spanvisits.PUBLISHED_HEAD) for row in spanvisits.PUBLISHED)
    assert all("Go" in where for *_, where in spanvisits.PUBLISHED)
