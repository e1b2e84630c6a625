"""The Compare panel: one transport moves two histories, and what one reads is what the comparison says."""

from collections.abc import Iterator

import numpy as np
import pytest

from gomemlab import Compare, Comparison, MisuseError, Timeline, World, compare
from gomemlab.commands import GC, Malloc
from gomemlab.panels.compare import VIEWS
from gomemlab.panels.duo import Axis
from gomemlab.views.base import under
from gomemlab.views.compare import corners, envelope, points

REQUESTS = 300


@pytest.fixture(scope="module")
def pooled() -> Comparison:
    """Return a pooled handler beside one that is not."""
    return compare("pooled / not pooled", n=REQUESTS)


@pytest.fixture
def panel(pooled: Comparison) -> Iterator[Compare]:
    """Return the panel, at the end."""
    panel = Compare(pooled)
    panel.duo.painter.pace = 0
    panel.duo.settle()
    yield panel
    assert panel.duo.error is None
    panel.close()


def line_of(*commands: object) -> Timeline:
    """Return a history."""
    line = Timeline(World())
    line.extend(commands)
    return line


def test_one_transport_moves_both(panel: Compare) -> None:
    """At request 100 each half stands where its own hundredth request ended."""
    panel.transport.number.value = 100

    assert panel.place == 100
    assert [half.tick for half in panel.duo.halves] == [side.requests[99] for side in panel.comparison.sides]
    assert "after 100 of 300 requests" in panel.view.summary


def test_the_table_has_the_moment_and_the_end(panel: Compare) -> None:
    """Each row of the picture is a row of comparison.table(100) and of comparison.table()."""
    panel.place = 100

    frame = panel.view.last

    assert frame is not None
    assert [row[0] for row in frame.rows] == [row.name for row in panel.table()]
    assert [row[1:3] for row in frame.rows] == [row.words()[1:3] for row in panel.table(100)]
    assert [row[3:] for row in frame.rows] == [row.words()[1:] for row in panel.table()]
    assert "<td>1 500</td>" not in panel.view.numbers.value
    assert 'scope="row">TotalAlloc' in panel.view.numbers.value


def test_before_the_first_get_a_pool_has_zeros(panel: Compare) -> None:
    """At 0 the rows of the pool are there, so that the table does not jump."""
    panel.place = 0

    rows = {row[0]: row[1:3] for row in panel.view.last.rows}  # type: ignore[union-attr]

    assert rows["pool Gets"] == ("0", "0")


def test_step_play_and_jump_go_along_the_requests(panel: Compare) -> None:
    """Step is one request; the jump to a collection ends where either side has one."""
    panel.place = 0
    panel.transport.step()
    first = panel.place

    panel.transport.jump("collection")

    assert first == 1
    now, before = panel.table(panel.place)["NumGC"], panel.table(panel.place - 1)["NumGC"]
    assert (now.a + now.b, before.a + before.b) == (1, 0)
    assert panel.transport.word == "request"
    assert "Request" in panel.transport.summary


def test_controls_lag_while_playing_and_catch_up(panel: Compare) -> None:
    """Three quick moments of the player: the lines are at the third, the field at the first, until playing ends."""
    panel.place = 0
    panel.transport.play_or_pause()

    for place in (1, 2, 3):
        panel.transport.play.value = place
    playing = (panel.place, panel.view.last.place, panel.transport.number.value)  # type: ignore[union-attr]
    panel.transport.play.playing = False

    assert playing[:2] == (3, 3)
    assert playing[2] < 3
    assert panel.transport.number.value == panel.place


def test_comparing_by_tick_stays_at_the_moment(panel: Compare) -> None:
    """Request 100 of the pooled side is its tick; going back to requests ends at 100 again."""
    panel.place = 100
    tick = panel.comparison.a.requests[99]

    panel.by.value = "tick"
    by_tick = (panel.place, panel.transport.noun.value, len(panel.duo.timeline))
    panel.by.value = "request"

    assert by_tick == (tick, "tick", panel.comparison.length("tick"))
    assert panel.place == 100


def test_the_shorter_history_stays_at_its_end() -> None:
    """Two commands beside five, at 4: the first half stands at 2; only ticks are offered."""
    panel = Compare(("short", line_of(Malloc(8), Malloc(8))), ("long", line_of(*[Malloc(24)] * 5)), by="tick")

    panel.place = 4
    panel.duo.settle()

    assert [half.tick for half in panel.duo.halves] == [2, 4]
    assert panel.by.options == ("tick",)
    panel.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", VIEWS)
def test_any_view_can_be_shown_of_both(panel: Compare, name: str) -> None:
    """Each view stands once in each column, drawn at its side's moment."""
    panel.choice.value = (name,)
    panel.place = 50
    panel.duo.settle()

    assert panel.duo.error is None
    assert len(panel.shown) == 2
    assert all(view.last is not None for view in panel.shown)


@pytest.mark.slow
def test_views_that_were_left_are_closed(panel: Compare) -> None:
    """Showing a heap map ten times leaves no widget behind."""
    panel.show("heap_map", "ledger")
    panel.show()
    before = len(list(under(panel.root)))

    for _ in range(3):
        panel.show("heap_map", "ledger")
        panel.show()

    assert len(list(under(panel.root))) == before
    assert [half.views for half in panel.duo.halves] == [[], []]


def test_several_views_are_one_choice(pooled: Comparison) -> None:
    """Heap map and ledger stand below each other in both columns."""
    panel = Compare(pooled, views=("heap_map", "ledger"))

    chosen = panel.choice.label, len(panel.shown)

    assert chosen == ("heap map, ledger", 4)
    panel.close()


def test_a_cell_shows_it(panel: Compare) -> None:
    """As the value of a cell it is its root widget."""
    bundle = panel._repr_mimebundle_()

    assert "application/vnd.jupyter.widget-view+json" in (bundle[0] if isinstance(bundle, tuple) else bundle)


def test_there_is_nothing_to_stop_or_to_go_back_to(panel: Compare) -> None:
    """What notices ask a lab for is there and does nothing; the same axis again changes nothing."""
    panel.duo.stop()
    panel.duo.other_line()
    panel.duo.compare_by("request")

    assert panel.place == REQUESTS


def test_what_goes_wrong_in_a_view_becomes_the_banner(pooled: Comparison) -> None:
    """A view that fails takes neither the panel nor the other views along."""
    panel = Compare(pooled)
    panel.duo.painter.pace = 0
    panel.duo.settle()
    panel.view.frame = None  # type: ignore[method-assign,assignment]

    panel.place = 3

    assert isinstance(panel.duo.error, TypeError)
    panel.close()


def test_a_pick_in_one_half_is_the_halfs_own(panel: Compare) -> None:
    """Span 3 is picked on the left; the right goes on following its newest request."""
    panel.show("heap_map")

    panel.duo.halves[0].choose(3)

    assert panel.duo.halves[0].pick == 3
    assert panel.duo.halves[1].following


def test_a_half_only_looks(panel: Compare) -> None:
    """A command to one side is refused in a sentence, and says so in the banner where a button gave it."""
    half = panel.duo.halves[0]
    why = "a comparison only looks at its two histories"

    with pytest.raises(MisuseError, match=why):
        half.do(Malloc(8))
    half.guard(lambda: half.do(GC()))

    assert why in str(panel.duo.error)
    assert "a comparison only looks" in panel.notices.banner.words.value
    panel.duo.dismiss()


def test_the_table_is_text_to_copy(panel: Compare) -> None:
    """Pressed, the button shows the Markdown of the end; pressed again, it hides it."""
    hidden = "gm-off" in panel.text._dom_classes
    panel.copy.value = True

    assert hidden
    assert "gm-off" not in panel.text._dom_classes
    assert panel.text.value == panel.comparison.table().markdown()
    panel.copy.value = False
    assert "gm-off" in panel.text._dom_classes


@pytest.mark.slow
def test_a_curve_keeps_its_peaks_with_few_points() -> None:
    """Of 6,000 moments some 800 are drawn, the highest and the lowest among them."""
    side = compare("pooled / not pooled", n=1500).b
    xs, ys = points(side, "request")

    few = envelope(xs, ys)

    assert len(few[0]) <= 802 < len(xs)
    assert (few[1].max(), few[1].min(), few[0][0], few[0][-1]) == (ys.max(), ys.min(), 0, 1500)


def test_a_straight_line_is_two_points() -> None:
    """A saw-tooth of 300 points is its corners; nothing is further from the line than half a pixel."""
    xs = np.arange(300.0)
    ys = xs % 100

    at, height = corners(xs, ys)

    assert list(at) == [0, 99, 100, 199, 200, 299]
    assert np.abs(np.interp(xs, at, height) - ys).max() < 0.3
    assert [len(part) for part in corners(xs[:50], ys[:50])] == [2, 2]


def test_the_common_axis_knows_what_either_side_did() -> None:
    """One collects at tick 2, the other at tick 3: jumps end at both."""
    one, other = line_of(Malloc(8), GC()), line_of(Malloc(8), Malloc(8), GC())
    axis = Axis(compare(one, other), "tick")

    jumps = [axis.next("collection", place) for place in range(4)]

    assert jumps == [2, 2, 3, None]


@pytest.mark.slow
def test_closing_leaves_no_widget() -> None:
    """Every widget of the panel is closed, and a comparison that exists can be shown again."""
    result = compare("prealloc / append", n=20)
    panel = Compare(result, views=["ledger"])
    made = list(under(panel.root))

    panel.close()
    again = Compare(result, views="ledger")

    assert all(widget.comm is None for widget in made)
    assert again.comparison is result
    again.close()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"views": ["transport"]}, "a comparison has no view 'transport'; choose some of path, "),
        ({"by": "second"}, "they cannot be compared by 'second'"),
        ({"n": 0}, "0 requests cannot be compared"),
    ],
)
def test_what_cannot_be_shown_is_refused(options: dict[str, object], why: str) -> None:
    """In a sentence, before any widget is made."""
    with pytest.raises(MisuseError, match=why):
        Compare("pooled / not pooled", **{"n": 5, **options})


def test_a_place_that_is_none_is_refused(panel: Compare) -> None:
    """There are 300 requests."""
    with pytest.raises(MisuseError, match="request 301 is not in this comparison; it goes from 0 to 300"):
        panel.place = 301
