"""The panel of the span sets: its buttons replay what real Go did with span class 99, six slots a span."""

from collections.abc import Iterator

import pytest

from gomemlab.commands import New
from gomemlab.panels.lab import Lab
from gomemlab.panels.past import Past, told
from gomemlab.panels.span_sets import CHOICES, MARK, STEP, TICK, SpanSets, chosen
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gcevents import SweepBegan
from gomemlab.views.held import Held, held_in

SIX = 99


@pytest.fixture
def panel() -> Iterator[SpanSets]:
    """Return the panel of a lab of its own."""
    lab = Lab()
    yield lab.span_sets(SIX)
    lab.close()


def malloc(panel: SpanSets, times: int) -> None:
    """Press malloc for so many objects."""
    panel.count.value = times
    panel.allocate()


def drop(panel: SpanSets, what: str) -> None:
    """Choose what to drop and press the button."""
    panel.what.value = CHOICES[what]
    panel.drop()


def lanes(panel: SpanSets) -> dict[str, int]:
    """Return how many spans each lane has, without the empty ones."""
    panel.lab.settle()
    assert panel.last is not None
    return {lane.name: lane.total for lane in panel.last.now.lanes if lane.total}


def press(panel: SpanSets, words: str) -> None:
    """Press a button by its words."""
    row = next(child for child in panel.body.children if "gm-setrow" in child._dom_classes)
    next(button for button in row.children if getattr(button, "description", "") == words).click()


def test_sixty_one_objects_fill_ten_spans_and_cache_one(panel: SpanSets) -> None:
    """As in real Go: full[0] has 10, the cached span one object, and its sweepgen is h + 3."""
    malloc(panel, 61)

    assert lanes(panel) == {"full[0]": 10}
    cached = panel.last.now.cached[0]  # type: ignore[union-attr]
    assert cached.block is not None
    assert (cached.block.taken, cached.sweepgen) == (1, 3)


def test_collections_trade_the_roles_as_in_real_go(panel: SpanSets) -> None:
    """61 objects, GC: full[1] 10, partial[1] 1; five dropped, GC: partial[0] 6, full[0] 5; one malloc: 5 and 5."""
    malloc(panel, 61)
    press(panel, "GC")
    assert lanes(panel) == {"full[1]": 10, "partial[1]": 1}

    drop(panel, "1 in each of 5 spans")
    press(panel, "GC")
    assert lanes(panel) == {"full[0]": 5, "partial[0]": 6}

    malloc(panel, 1)
    assert lanes(panel) == {"full[0]": 5, "partial[0]": 5}


def test_sweeping_is_lazy(panel: SpanSets) -> None:
    """120 objects, ten dropped, mark ended: 20 unswept; one malloc: 18 and 1; three more: 15 and 4; GC: 6 and 14."""
    malloc(panel, 120)
    press(panel, "GC")
    drop(panel, "1 in each of 10 spans")
    press(panel, "mark ends")
    assert lanes(panel) == {"full[1]": 20}

    malloc(panel, 1)
    assert lanes(panel) == {"full[1]": 18, "full[0]": 1}
    malloc(panel, 3)
    assert lanes(panel) == {"full[1]": 15, "full[0]": 4}
    press(panel, "GC")
    assert lanes(panel) == {"partial[1]": 6, "full[1]": 14}


def test_the_sweep_budget_is_101_spans(panel: SpanSets) -> None:
    """150 full spans with nothing dead: one malloc sweeps 101 of them, leaves 49 and gets a fresh span."""
    malloc(panel, 900)
    press(panel, "GC")
    press(panel, "mark ends")

    malloc(panel, 1)

    assert sorted(lanes(panel).values()) == [49, 101]


def test_sweep_one_moves_one_span(panel: SpanSets) -> None:
    """The front of the unswept queue goes to a swept one."""
    malloc(panel, 60)
    press(panel, "GC")
    press(panel, "mark ends")

    press(panel, "sweep one")

    assert lanes(panel) == {"full[0]": 1, "full[1]": 9}


def test_the_left_column_is_the_moment_before_mark_ended(panel: SpanSets) -> None:
    """h was 0 there; without a cycle the column says what would fill it."""
    malloc(panel, 60)
    assert panel.last is not None
    assert panel.last.before is None
    assert panel.last.why.startswith("No cycle has ended marking yet")

    press(panel, "mark ends")
    malloc(panel, 2)

    lanes(panel)
    assert panel.last.before is not None
    assert (panel.last.before.sweepgen, panel.last.now.sweepgen) == (0, 2)
    assert panel.last.now.words == "mark ended, 2 × malloc"


def test_any_moment_can_be_compared_with(panel: SpanSets) -> None:
    """The previous step, or a tick by its number; going back, the newest mark end before that moment counts."""
    malloc(panel, 60)
    press(panel, "mark ends")
    malloc(panel, 1)
    panel.compare.value = STEP
    lanes(panel)
    assert panel.last.before.words == "tick 63"  # type: ignore[union-attr]

    panel.compare.value = TICK
    panel.tick.value = 30
    lanes(panel)
    assert panel.last.before.lanes[2].total == 4  # type: ignore[union-attr]

    panel.compare.value = MARK
    panel.lab.tick = 60
    lanes(panel)
    assert panel.last.before is None  # type: ignore[union-attr]


def test_the_class_is_chosen_or_the_picked_spans(panel: SpanSets) -> None:
    """Following the pick, malloc makes objects of the picked span's class."""
    malloc(panel, 1)
    panel.choice.value = 7
    malloc(panel, 3)
    assert lanes(panel) == {}
    assert panel.last.spanclass == 7  # type: ignore[union-attr]

    panel.choice.value = -1
    panel.lab.choose(0)
    malloc(panel, 2)

    lanes(panel)
    assert panel.last.spanclass == SIX  # type: ignore[union-attr]
    assert panel.last.now.cached[0].block.taken == 3  # type: ignore[union-attr]


def test_every_class_of_the_menu_can_be_filled() -> None:
    """The size that malloc asks for falls into the class, with its header where it has one."""
    lab = Lab()
    panel = lab.span_sets()
    for _, spanclass in panel.choice.options[1:]:
        panel.choice.value = spanclass
        malloc(panel, 1)

        made = panel.lab.snapshot
        assert made.spans.spanclass[made.spans.row(lab.pick)] == spanclass
    lab.close()


def test_nothing_held_nothing_to_drop(panel: SpanSets) -> None:
    """The refusal is the lab's banner, and the world is unchanged."""
    press(panel, "drop objects")

    assert isinstance(panel.lab.error, MisuseError)
    assert "the program holds no object of span class 99" in str(panel.lab.error)
    assert len(panel.lab.timeline) == 0


def test_what_is_dropped_is_not_offered_again(panel: SpanSets) -> None:
    """Of two objects in a span one goes with the first press, the other with the next; dead ones are not held."""
    malloc(panel, 2)
    drop(panel, "1 in each span")
    left = held_in(panel.lab.snapshot, SIX)
    drop(panel, "1 in each span")

    assert [span.slots for span in left] == [0b10]
    assert held_in(panel.lab.snapshot, SIX) == []
    press(panel, "mark ends")
    assert held_in(panel.lab.snapshot, SIX) == []


def test_objects_made_with_new_are_not_held(panel: SpanSets) -> None:
    """They live by pointers; dropping is for what malloc gave."""
    panel.lab.do(New(1, size=6784))

    assert held_in(panel.lab.snapshot, SIX - 1) == []


def test_what_to_drop() -> None:
    """One in each of a few spans, every second, a whole span (the picked one, else the oldest), everything."""
    spans = [Held(i, 1000 * i, 10, 0b111) for i in range(12)]

    assert chosen(spans, "few", -1) == (0, 1000, 2000, 3000, 4000)
    assert len(chosen(spans, "some", -1)) == 10
    assert len(chosen(spans, "each", -1)) == 12
    assert chosen(spans, "half", -1)[:3] == (0, 20, 1010)
    assert chosen(spans, "span", 3) == (3000, 3010, 3020)
    assert chosen(spans, "span", 99) == (0, 10, 20)
    assert len(chosen(spans, "all", -1)) == 36
    assert chosen([], "span", 0) == ()


def test_a_thousand_objects_and_more_run_with_progress(panel: SpanSets) -> None:
    """1 200 at one press: the lab's long work does them."""
    malloc(panel, 1200)
    panel.lab.wait()

    assert len(panel.lab.timeline) == 1200


@pytest.mark.parametrize("spanclass", [1, 3, 136, "99"])
def test_a_class_without_sets_is_refused(spanclass: int) -> None:
    """Large objects, 8 B without pointers, none at all."""
    lab = Lab()

    with pytest.raises(MisuseError, match="has no sets to show"):
        lab.span_sets(spanclass)
    lab.close()


def test_more_ps_can_be_chosen() -> None:
    """With two Ps the second can allocate; when one goes away the choice falls back."""
    lab = Lab(procs=2)
    panel = lab.span_sets(SIX)
    panel.p.value = 1
    malloc(panel, 1)

    lab.settle()
    assert [cached.block is None for cached in panel.last.now.cached] == [True, False]  # type: ignore[union-attr]
    lab.close()


def test_the_past_finds_the_newest_event_of_a_kind() -> None:
    """Forward it looks only at what is new; another line, or a step back, is looked through again."""
    lab = Lab()
    panel = lab.span_sets(SIX)
    past = Past(lab)
    malloc(panel, 6)
    assert past.newest(SweepBegan) == 0

    press(panel, "mark ends")
    assert past.newest(SweepBegan) == 9
    malloc(panel, 6)
    assert past.newest(SweepBegan) == 9
    lab.tick = 8
    assert past.newest(SweepBegan) == 0
    lab.close()


def test_commands_are_told_by_runs() -> None:
    """Equal commands are counted; of many runs only the newest three are told."""
    lab = Lab()
    panel = lab.span_sets(SIX)
    malloc(panel, 3)
    for words in ("GC", "sweep one", "GC"):
        press(panel, words)

    assert told(lab.timeline, 0, 6) == "… GC, sweep one, GC"
    assert told(lab.timeline, 0, 4) == "3 × malloc, GC"
    assert told(lab.timeline, 3, 3) == ""
    lab.close()
