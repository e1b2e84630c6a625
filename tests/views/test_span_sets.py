"""The span sets: lanes, roles, what is dead, what moved, and that a new cycle trades roles and moves nothing."""

import re
from dataclasses import replace

import pytest

from gomemlab.runtime.events import SpanFreed
from gomemlab.runtime.snapshot import CentralInfo, Snapshot
from gomemlab.runtime.world import World
from gomemlab.views import span_sets_html
from gomemlab.views.base import under
from gomemlab.views.span_sets import SpanSetsView, frame
from gomemlab.views.span_sets_html import BACK, ROOM, drawn, height_of, places, targets, width_of

SIX = 99  # six slots of 6 784 B without pointers in a span


def full_spans(n: int = 20, procs: int = 1) -> World:
    """Return a world with n full spans of class 99, none of them in an mcache."""
    world = World(procs=procs)
    for _ in range(6 * n):
        world.malloc(6784)
    world.read_mem_stats()
    return world


def first_dead(world: World, n: int) -> None:
    """End a mark phase that found the first object of n spans dead."""
    spans = sorted(world.snapshot().spans.id)
    world.sweep_begin({span: 0b111110 if i < n else 0b111111 for i, span in enumerate(spans)})


def held(snapshot: Snapshot, before: Snapshot | None = None) -> dict[str, list[int]]:
    """Return the spans drawn in each lane."""
    return {lane.name: [block.span for block in lane.blocks] for lane in frame(snapshot, SIX, before).now.lanes}


def test_full_spans_lie_in_the_swept_full_set() -> None:
    """At sweepgen 0 index 0 is the swept one: full[0] has all twenty, oldest in front."""
    now = frame(full_spans().snapshot(), SIX).now

    assert [(lane.name, lane.swept, lane.total) for lane in now.lanes] == [
        ("partial[0]", True, 0),
        ("partial[1]", False, 0),
        ("full[0]", True, 20),
        ("full[1]", False, 0),
    ]
    assert [block.span for block in now.lanes[2].blocks] == list(range(20))


def test_when_marking_ends_roles_trade_and_no_span_moves() -> None:
    """The same twenty spans lie in full[0] in the same order; swept it is no longer."""
    world = full_spans()
    before = world.snapshot()
    first_dead(world, 10)

    drawn_now = frame(world.snapshot(), SIX, before)

    assert drawn_now.traded
    assert held(before) == held(world.snapshot())
    assert [lane.swept for lane in drawn_now.now.lanes] == [False, True, False, True]
    assert drawn_now.moved == ()


def test_dead_slots_are_counted_until_their_span_is_swept() -> None:
    """Ten spans have one dead slot each; sweeping the front one frees it and puts the span into partial[1]."""
    world = full_spans()
    first_dead(world, 10)

    dead = [block.dead for block in frame(world.snapshot(), SIX).now.lanes[2].blocks]
    world.sweep_one()
    after = frame(world.snapshot(), SIX)

    assert dead == [1] * 10 + [0] * 10
    assert [(block.span, block.taken, block.dead) for block in after.now.lanes[1].blocks] == [(0, 5, 0)]
    assert after.moved == (0,)
    assert after.now.stock == "119 objects, 9 of them dead; 19 spans to sweep"


def test_an_allocation_takes_the_front_of_the_unswept_queue() -> None:
    """Real Go's order: one malloc sweeps and caches span 0; three more leave three in full swept, span 3 cached."""
    world = full_spans()
    first_dead(world, 10)
    for _ in range(4):
        world.malloc(6784)

    now = frame(world.snapshot(), SIX).now

    assert held(world.snapshot())["full[1]"] == [0, 1, 2]
    assert held(world.snapshot())["full[0]"] == list(range(4, 20))
    cached = now.cached[0]
    assert cached.block is not None
    assert (cached.block.span, cached.sweepgen) == (3, 5)


def test_the_headline_says_how_h_grew_and_what_each_lane_holds() -> None:
    """One sentence for eye and ear."""
    world = full_spans()
    before = world.snapshot()
    first_dead(world, 10)
    world.malloc(6784)
    drawn_now = frame(world.snapshot(), SIX, before)

    said = span_sets_html.sentence(drawn_now.now, drawn_now.before, "6784 B noscan")

    assert said == ("6784 B noscan: h went from 0 to 2: index 1 is now swept. full unswept 19, 1 cached")


def test_a_class_without_spans_says_so() -> None:
    """A fresh world: four empty lanes, an empty mcache, no cycle to compare with."""
    drawn_now = frame(World().snapshot(), SIX, words=("No cycle yet.", ""))

    assert drawn_now.now.stock == "no span of this class"
    assert [lane.total for lane in drawn_now.now.lanes] == [0, 0, 0, 0]
    assert "No cycle yet." in span_sets_html.before(None, drawn_now.now, 4, 6, drawn_now.why)
    assert span_sets_html.sentence(drawn_now.now, None, "x") == "x: no span"


@pytest.mark.parametrize(("spans", "wide"), [(20, 16), (5, 22), (0, 16)])
def test_a_short_queue_is_drawn_whole(spans: int, wide: int) -> None:
    """Twenty blocks of two digits have room."""
    assert drawn(spans, wide) == (spans, 0)


def test_of_a_long_queue_both_ends_are_drawn() -> None:
    """A hundred spans: the front, "+ n", and the four pushed last; all within the lane."""
    world = full_spans(100)
    snapshot = world.snapshot()

    now = frame(snapshot, SIX).now
    lane = now.lanes[2]
    ends = drawn(100, now.wide)

    assert [block.span for block in lane.blocks] == [*range(ends.front), *range(96, 100)]
    assert f"+ {100 - ends.front - BACK}<" in span_sets_html.now(now, 4, 6)
    assert ends.front + ROOM + BACK == drawn(1000, now.wide).front + ROOM + BACK
    assert max(x for x, _ in places(now).values()) + now.wide < 530


def test_blocks_are_as_wide_as_the_longest_number() -> None:
    """Two digits fit into 16 px; each further one takes seven."""
    assert [width_of(n) for n in (0, 99, 100, 1000, 10_000)] == [16, 16, 22, 29, 36]


def test_every_p_has_its_mcache() -> None:
    """Two Ps: P1 holds nothing of P0's span; nine Ps are too many to draw, the ninth is counted."""
    world = World(procs=2)
    world.malloc(6784, p=0)
    now = frame(world.snapshot(), SIX).now

    text = span_sets_html.now(now, 4, 6)

    assert "P0: span 0, 1 of 6 taken" in text
    assert "P1: no span of this class" in text
    assert "+ 1 P<" in span_sets_html.now(frame(World(procs=9).snapshot(), SIX).now, 4, 6)
    assert height_of(1) < height_of(3) < height_of(8) == height_of(64)


def test_a_span_that_went_back_to_the_heap_is_told() -> None:
    """It is in no lane any more, so the headline names it."""
    snapshot = full_spans(2).snapshot()
    freed = replace(snapshot, events=(SpanFreed(7, 0, 5),), central={SIX: CentralInfo((), (), (0,), ())})

    drawn_now = frame(freed, SIX)

    assert drawn_now.freed == (7,)
    assert "span 7 went back to the heap" in span_sets_html.sentence(drawn_now.now, None, "x", drawn_now.freed)


def test_two_cycles_trade_roles_twice() -> None:
    """h grew by 4: the arrow says that the roles are as they were."""
    snapshot = full_spans(2).snapshot()
    before, now = (frame(replace(snapshot, sweepgen=h), SIX).now for h in (2, 6))

    assert "the roles trade, and trade back" in span_sets_html.before(before, now, 4, 6)
    assert "h is the same" in span_sets_html.before(now, now, 4, 6)


def test_spans_travel_from_where_the_last_picture_had_them() -> None:
    """After a sweep the block comes from the lane below; a picture from far away moves nothing."""
    world = full_spans()
    first_dead(world, 10)
    view = SpanSetsView(spanclass=SIX)
    view.update(world.snapshot())
    world.sweep_one()
    view.update(world.snapshot())

    drawn_now = view.drawings[1].value

    assert re.search(r'class="gm-move" style="--dx:0\.0px;--dy:62\.0px">(?:(?!</g>).)*>0</text>', drawn_now)
    view.host.tick = 100  # type: ignore[misc]
    world.sweep_one()
    view.update(world.snapshot())
    assert "gm-move" not in view.drawings[1].value


def test_traded_roles_flash() -> None:
    """Badges and edges flash in the first picture after mark ended, and no block travels."""
    world = full_spans()
    view = SpanSetsView(spanclass=SIX)
    view.update(world.snapshot())
    first_dead(world, 10)
    view.update(world.snapshot())

    assert view.drawings[1].value.count("gm-traded") == 8
    assert "gm-move" not in view.drawings[1].value


def test_a_click_picks_the_span_under_it() -> None:
    """The first target of the right column is the front of the first lane with spans; one of no span is no target."""
    view = SpanSetsView(spanclass=SIX)
    view.update(full_spans(3).snapshot())

    view._clicked(1, {"data": {"index": 1}})
    view._clicked(0, {"data": {"index": 0}})
    view._clicked(1, {"data": {"index": 99}})

    assert view.host.pick == 1
    assert next(at.tip for at in targets(view.last.now, 6)) == "span 0: 6 of 6 slots taken"  # type: ignore[union-attr]


def test_buttons_pick_the_next_and_previous_span_of_the_class() -> None:
    """Without a pick of this class, the next one is the first."""
    view = SpanSetsView(spanclass=SIX)
    view.move(1)
    view.update(full_spans(3).snapshot())

    seen = []
    for by in (1, 1, -1, -1, -1):
        view.move(by)
        seen.append(view.host.pick)

    assert seen == [0, 1, 0, 0, 0]


def test_without_a_class_the_view_follows_the_pick() -> None:
    """The picked span's class; while nothing is picked, the last one or the default."""
    world = World()
    world.malloc(24)
    view = SpanSetsView()

    assert view.class_of(world.snapshot()) == SIX
    view.host.choose(0)
    assert view.class_of(world.snapshot()) == 7
    view.host.choose(99)
    assert view.class_of(world.snapshot()) == 7


def test_the_view_is_one_file_and_closes_whole() -> None:
    """An SVG file has both columns; closing leaves no widget behind."""
    view = SpanSetsView(spanclass=SIX)
    view.update(full_spans(3).snapshot())

    text = view.svg()
    widgets = list(under(view.body))
    view.close()

    assert text.count("partial[0]") >= 1
    assert view.figures() == []
    assert all(widget.comm is None for widget in widgets)
