"""The pacer panel: knobs, rings and buttons change one run, and what cannot be set is said."""

from collections.abc import Iterator

import numpy as np
import pytest

import gomemlab
from gomemlab.pacing.run import NO_LIMIT, OFF
from gomemlab.pacing.workload import MIB, workload
from gomemlab.panels import knobs
from gomemlab.panels.pacer import Pacer
from gomemlab.runtime.errors import MisuseError
from gomemlab.views.base import under
from gomemlab.views.words import KIB
from gomemlab.whatif.setting import Setting, limit_of, said_limit


@pytest.fixture
def panel() -> Iterator[Pacer]:
    """Return the panel of the mock-up."""
    made = gomemlab.Pacer("ramp", memory_limit="112MiB")
    yield made
    made.close()


def said(panel: Pacer) -> str:
    """Return the headline."""
    return str(panel.plots.head.value)


def test_the_run_of_the_mock_up(panel: Pacer) -> None:
    """The ramp with 112 MiB: GOGC sets the goals at first, the limit from some cycle on."""
    assert panel.workload.name == "ramp: 24 to 60 MiB live"
    assert 0 < panel.run.limited < panel.run.num_gc
    assert "on the limit set the goal, not GOGC" in said(panel)
    assert panel.knobs.limit_number.value == "112MiB"


def test_a_slider_a_field_and_code_do_the_same(panel: Pacer) -> None:
    """GOGC 50 by each of the three gives one run."""
    panel.gogc = 50
    by_code = panel.run
    panel.gogc = 100
    panel.knobs.slider.value = knobs.GOGC.index(50)
    panel.settle()
    by_slider = panel.run
    panel.gogc = 100
    panel.knobs.number.value = "50"
    panel.settle()

    assert by_code == by_slider == panel.run
    assert panel.gogc == 50
    assert panel.knobs.slider.value == knobs.GOGC.index(50)


def test_off_and_none_and_back(panel: Pacer) -> None:
    """Off, none: no cycle. Pressed again, both are what they were."""
    panel.knobs.off.value = panel.knobs.none.value = True
    panel.settle()
    assert (panel.gogc, panel.memory_limit, panel.run.num_gc) == (OFF, NO_LIMIT, 0)
    assert "GOGC was off" in said(panel)
    assert panel.picked is None

    panel.knobs.off.value = panel.knobs.none.value = False
    panel.settle()

    assert (panel.gogc, panel.memory_limit) == (100, 112 * MIB)


def test_code_can_set_off_and_none(panel: Pacer) -> None:
    """None is off for GOGC, and none for the limit."""
    panel.gogc, panel.memory_limit = "off", "64MiB"
    assert panel.knobs.number.value == "off"
    assert panel.run.limited == panel.run.num_gc > 0

    panel.gogc, panel.memory_limit = 200, None

    assert panel.knobs.none.value
    assert panel.run.limited == 0


@pytest.mark.parametrize("text", ["much", "-5", "3000000000", "1e3", ""])
def test_a_gogc_that_there_is_not_is_refused(panel: Pacer, text: str) -> None:
    """The field says again what holds, and the picture stays."""
    run = panel.run

    panel.knobs.number.value = text
    panel.settle()

    assert 'role="alert"' in said(panel)
    assert "is no GOGC; write a percentage" in said(panel)
    assert panel.knobs.number.value == "100"
    assert panel.run is run


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("64MiB", 64 * MIB),
        ("2048 KiB", 2 * MIB),
        ("7B", 7),
        ("2TiB", 2 << 40),
        ("0", 0),
        ("67108864", 64 * MIB),
        ("none", NO_LIMIT),
        ("off", NO_LIMIT),
        ("", NO_LIMIT),
    ],
)
def test_limits_are_read_as_go_reads_them(text: str, limit: int) -> None:
    """67108864 is bytes, as in the environment, and as what_if takes it."""
    assert knobs.read_limit(text) == limit
    if text != "none":
        assert Setting(memory_limit=limit_of(text)).limit == limit


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("80MB", "write 80MiB, or none"),
        ("1.5GiB", "write 1536MiB, or none"),
        ("2g", "write 2GiB, or none"),
        ("0.5 kb", "such as 112MiB or 2GiB, or none"),
        ("8e9", "such as 112MiB or 2GiB, or none"),
        ("9" * 5000, "such as 112MiB or 2GiB, or none"),
        ("64", "“64” is 64 B, as Go reads it; write 64MiB, or 64B"),
    ],
)
def test_a_limit_that_go_does_not_spell_so_is_refused_with_its_spelling(text: str, instead: str) -> None:
    """Go knows MiB, not MB; a bare number is bytes, and who types 64 meant something else."""
    with pytest.raises(MisuseError, match=instead):
        knobs.read_limit(text)


@pytest.mark.parametrize("nbytes", [1, 512, 3 * KIB, 3 << 19, 47 * MIB + 1, 1 << 30, 3 << 40, 0])
def test_a_limit_is_said_as_it_can_be_typed(nbytes: int) -> None:
    """1.5 MiB is 1536KiB, to Go and in the field."""
    assert knobs.read_limit(said_limit(nbytes)) == nbytes


@pytest.mark.parametrize("usual", [MIB, 30 * MIB, 5 << 30])
def test_each_stop_of_the_limits_slider_is_another_limit(usual: int) -> None:
    """The stops rise, and each is a whole number of KiB at least."""
    stops = knobs._limits(usual)

    assert list(stops) == sorted(set(stops))
    assert not any(stop % KIB for stop in stops)


def test_absurd_settings_are_explained_not_refused(panel: Pacer) -> None:
    """GOGC 10⁹ and a limit of 1 MiB: a run, and the headline says that there is no room."""
    panel.set(gogc=10**9, memory_limit=MIB)

    assert panel.run.num_gc > 0
    assert "left no room above what is live" in said(panel)
    assert panel.frame.picked.rule == "live"


def test_a_ring_moves_the_knobs_and_the_axis_waits(panel: Pacer) -> None:
    """The limit's ring to 64 MiB: the field follows at once, the axis only when the mouse lets go."""
    top = panel.frame.axis.top
    plots = panel.plots

    plots._begin("limit")
    plots.rings["limit"].y = np.array([64.0 * MIB])
    panel.painter.settle()
    assert panel.knobs.limit_number.value == "64MiB"
    assert panel.frame.axis.top == top
    plots._drop("limit", 40.0 * MIB)

    assert panel.memory_limit == 40 * MIB
    assert panel.frame.axis.top < top


def test_gogcs_ring_is_at_the_goal_of_the_picked_cycle(panel: Pacer) -> None:
    """Moved to half of the way from live to its goal, it is GOGC 50."""
    picked = panel.picked

    panel.plots._begin("gogc")
    panel.plots._drop("gogc", (picked.live_before + picked.gogc_goal) / 2)

    assert panel.gogc == 50


def test_gogcs_ring_pulled_down_from_off_is_on_again(panel: Pacer) -> None:
    """Without a cycle there is nothing to measure by: GOGC is what it was."""
    panel.gogc, panel.memory_limit = None, None

    panel.plots._begin("gogc")
    panel.plots._drop("gogc", 20.0 * MIB)

    assert panel.gogc == 100


def test_a_cycle_is_picked_by_click_buttons_and_number(panel: Pacer) -> None:
    """A click at 1 s, the next one, the third; the ends of the run have no further button."""
    panel.plots.on_pick(1.0)
    first = panel.picked_number
    panel.after.click()
    assert panel.picked_number == first + 1
    panel.before.click()
    assert panel.picked_number == first

    panel.number.value = 10_000
    assert panel.picked_number == panel.run.num_gc == panel.number.value
    assert panel.after.disabled

    panel.pick(1)
    assert panel.before.disabled


def test_another_workload_and_length(panel: Pacer) -> None:
    """The menu has all of them; a minute is longer than 14 s; the limits on the slider go along."""
    limits = panel.knobs.limits
    panel.choice.value = "steady: 40 MiB live"
    panel.length.value = 60.0

    assert panel.run.seconds == pytest.approx(60.0)
    assert panel.run.workload.name == "steady: 40 MiB live"
    assert panel.knobs.limits != limits


def test_of_many_cycles_a_draft_comes_first() -> None:
    """Five minutes: a move is drawn from fewer moments; settled, the run is the exact one."""
    panel = Pacer("steady", seconds=300.0)
    assert panel.run.num_gc > 150

    panel.knobs.slider.value = knobs.GOGC.index(50)
    panel.painter.settle()
    draft = panel.run
    panel.settle()

    assert len(panel.run.cycles[5].inside) > len(draft.cycles[5].inside)
    assert panel.later is None
    panel.close()


def test_an_own_workload_and_unknown_ones() -> None:
    """A Workload is taken as it is; a name that fits none is refused with those that there are."""
    own = Pacer(workload(50 * MIB, 30 * MIB, name="mine"), None, 64 * MIB)
    assert own.choice.value == "own workload"
    assert own.gogc == OFF
    own.close()

    with pytest.raises(MisuseError, match="no workload; choose one of “ramp”"):
        Pacer("zigzag")
    with pytest.raises(MisuseError, match="is no GOGC"):
        Pacer(gogc="lots")
    with pytest.raises(MisuseError, match="GOMEMLIMIT True is not a whole number; give bytes"):
        Pacer(memory_limit=True)
    with pytest.raises(MisuseError, match="write 80MiB"):
        Pacer(memory_limit="80MB")
    with pytest.raises(MisuseError, match=r"^GOGC=-5 cannot be set; give 0 or more, or None for off$"):
        Pacer(gogc=-5)
    with pytest.raises(MisuseError, match="too long to follow a knob; give up to 3600"):
        Pacer(seconds=1e9)


def test_no_widget_is_left_behind(panel: Pacer) -> None:
    """Twenty changes make none; closed, all are closed."""
    before = len(list(under(panel.root)))
    for gogc in range(50, 250, 10):
        panel.gogc = gogc
    assert len(list(under(panel.root))) == before

    panel.close()

    assert all(widget.comm is None for widget in under(panel.root))


def test_table_and_close_up_are_only_looks(panel: Pacer) -> None:
    """The run stays the same."""
    run = panel.run

    panel.listed.value = panel.close_up.value = True

    assert panel.run is run
    assert "<table" in panel.plots.table.value
    assert panel.frame.close
