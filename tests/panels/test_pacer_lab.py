"""The pacer in a lab: a stepped world's cycles, GOGC and limit as commands, time that passes, no clock."""

from collections.abc import Iterator

import pytest

from gomemlab.commands import malloc
from gomemlab.pacecommands import Advance, SetGCPercent, SetMemoryLimit
from gomemlab.panels.lab import Lab
from gomemlab.panels.pacer_lab import LabPacer
from gomemlab.runtime.world import World
from gomemlab.views.pacer_stepped import run_of

MIB = 1 << 20


@pytest.fixture
def view() -> Iterator[LabPacer]:
    """Return the view of a paced world that has allocated 12 MiB."""
    lab = Lab(World(paced=True))
    made = lab.pacer()
    lab.do_all([malloc(32 << 10, pointers=True)] * 384)
    lab.settle()
    yield made
    lab.close()


def test_the_cycles_of_the_world_are_the_run(view: LabPacer) -> None:
    """As many as the snapshot has, at their trigger and goal; the line ends now."""
    info = view.lab.snapshot.pacer
    run = view.last.run

    assert run.num_gc == len(info.cycles) > 0
    assert [cycle.goal for cycle in run.cycles] == [cycle.goal for cycle in info.cycles]
    assert run.seconds == pytest.approx(info.now_ns / 1e9)
    assert run.end_live == info.heap_live
    assert "GOGC set every goal" in view.summary


def test_the_goal_is_by_the_formula_that_is_shown(view: LabPacer) -> None:
    """The first goal is the smallest that there is, or GOGC's of what was live."""
    cycles = view.last.run.cycles

    assert cycles[0].gogc_goal == cycles[0].goal
    assert view.last.picked.rule in {"minimum", "gogc"}


def test_knobs_and_rings_are_commands(view: LabPacer) -> None:
    """GOGC 50 by the field, 64 MiB by the ring: two commands; a step back undoes the last on the knobs."""
    lab = view.lab
    view.knobs.number.value = "50"
    view.plots._begin("limit")
    view.plots._drop("limit", 8.0 * MIB)
    lab.settle()

    assert [type(command) for command in lab.timeline.commands[-2:]] == [SetGCPercent, SetMemoryLimit]
    assert lab.snapshot.pacer.memory_limit == 8 * MIB
    lab.tick -= 1
    lab.settle()
    assert view.knobs.limit_number.value == "none"
    assert view.knobs.number.value == "50"


def test_gogcs_ring_asks_for_the_goal(view: LabPacer) -> None:
    """Let go at double the way from live to goal, GOGC is about 200."""
    picked = view.last.picked

    view.plots._begin("gogc")
    view.plots._drop("gogc", picked.cycle.live_before + 2 * picked.base)

    assert view.lab.timeline.commands[-1] == SetGCPercent(200)


def test_time_passes(view: LabPacer) -> None:
    """Two minutes without a cycle: one for the time, when the program next does something."""
    view.span.value = 120_000_000_000
    view.wait()
    view.lab.settle()

    assert view.lab.timeline.commands[-1] == Advance(120_000_000_000)
    assert view.last.run.cycles[-1].reason == "time"


def test_a_click_picks_a_cycle(view: LabPacer) -> None:
    """At the first cycle's end it is the first."""
    view.plots.on_pick(view.last.run.cycles[0].end_s)
    view.lab.settle()

    assert view.last.picked.cycle.number == 1


def test_a_world_without_a_clock_says_so() -> None:
    """The picture is empty; the knobs are refused in words, and do nothing."""
    lab = Lab()
    view = lab.pacer()
    assert "no clock" in view.summary
    assert run_of(lab.snapshot) is None

    view.knobs.number.value = "50"

    assert "make one with World(paced=True)" in str(lab.error)
    assert len(lab.timeline) == 0
    view.plots._begin("gogc")
    view.plots._drop("gogc", 1.0 * MIB)
    assert len(lab.timeline) == 0
    lab.close()


def test_a_lab_can_be_asked_for_it() -> None:
    """Among other views, and closed with them."""
    lab = Lab(World(paced=True), views=("transport", "allocate", "pacer"))

    assert lab._repr_mimebundle_()
    assert isinstance(lab.room.shown["pacer"], LabPacer)
    lab.close()
