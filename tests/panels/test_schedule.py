"""Schedule: who runs next, what a seed picks, and the same moves under another barrier."""

from collections.abc import Iterator

import pytest

from gomemlab.commands import Assign, Command, GCStart, MarkDone, MarkRoot, MarkStep, New, SweepAll
from gomemlab.panels.graph_moves import WORKER, actors, own_slots, played, random_move, worker_step
from gomemlab.panels.lab import Lab
from gomemlab.panels.schedule import Schedule, graph_end
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.roots import Field, Global, StackSlot
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline
from gomemlab.views.object_graph_facts import Graph


def hiding(first: int) -> list[Command]:
    """Return a schedule that hides the object in slot 0 of the first from a Dijkstra barrier."""
    return [
        GCStart(),
        MarkRoot("G1's stack"),
        Assign(StackSlot(1, 0), Field(first, 0)),
        Assign(Field(first, 0), None),
        MarkStep(),
        MarkStep(),
        MarkStep(),
        MarkDone(),
    ]


def built(barrier: str) -> tuple[Timeline, int]:
    """Return a line on which the global points to 1 and that to 2, and the address of 1."""
    line = Timeline(World(barrier=barrier, marker="classic"))
    first = line.do(New(1, into=Global(0)))
    assert isinstance(first, int)
    line.do(New(1, into=Field(first, 0)))
    return line, first


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Return a lab with that graph under Dijkstra's barrier."""
    made = Lab(built("dijkstra")[0])
    yield made
    made.close()


@pytest.fixture
def panel(lab: Lab) -> Schedule:
    """Return its schedule panel."""
    return lab.schedule()


def commands(lab: Lab) -> list[Command]:
    """Return the commands up to the moment on screen, without those that built the graph."""
    lab.settle()
    return lab.timeline.commands[2 : lab.tick]


def test_the_worker_goes_through_a_whole_cycle(lab: Lab, panel: Schedule) -> None:
    """Start, two root jobs, two objects, the end, the sweep, and from the beginning."""
    for _ in range(8):
        panel.step()

    assert commands(lab) == [GCStart(), *[MarkStep()] * 4, MarkDone(), SweepAll(), GCStart()]


def test_the_line_says_what_the_step_will_be(lab: Lab, panel: Schedule) -> None:
    """First a cycle begins, then the globals are scanned."""
    assert "a cycle begins" in panel.line.value

    panel.step()
    lab.settle()

    assert "the worker scans globals" in panel.line.value


def test_the_line_speaks_of_a_barrier_only_where_there_is_one() -> None:
    """With none, a cycle begins with no barrier."""
    lines = []
    for barrier in ("hybrid", "none"):
        made = Lab(built(barrier)[0])
        lines.append(made.schedule().line.value)
        made.close()

    assert "the barrier on" in lines[0]
    assert "no barrier" in lines[1]


def test_the_button_that_stands_out_is_the_schedules_as_long_as_it_lasts(lab: Lab, panel: Schedule) -> None:
    """Without a schedule, and after its end, it is Run step."""
    seen = [(panel.step_button.button_style, panel.next_button.button_style)]
    panel.load([GCStart()])
    seen.append((panel.step_button.button_style, panel.next_button.button_style))

    panel.play_all()
    lab.settle()
    seen.append((panel.step_button.button_style, panel.next_button.button_style))

    assert seen == [("primary", ""), ("", "primary"), ("primary", "")]


def test_the_worker_can_be_sent_to_one_root_or_object(lab: Lab, panel: Schedule) -> None:
    """G1's stack before the globals."""
    panel.step()
    lab.settle()
    panel.job.value = "G1's stack"

    panel.step()

    assert commands(lab)[-1] == MarkRoot("G1's stack")


def test_a_goroutine_makes_a_move_that_the_seed_decides(lab: Lab, panel: Schedule) -> None:
    """The same seed at the same tick makes the same move."""
    panel.actor.value = 1

    panel.step()
    again = random_move(Graph(lab.timeline.snapshot(2).gc), 1, panel.seed.value, 2)

    assert commands(lab) == [again]


def test_a_goroutine_follows_its_program_first(lab: Lab) -> None:
    """Two assignments that were given, in their order."""
    program = [Assign(StackSlot(1, 0), Global(0)), Assign(StackSlot(1, 1), StackSlot(1, 0))]
    panel = lab.schedule(programs={1: program})
    panel.actor.value = 1

    panel.step()
    panel.step()

    assert commands(lab) == program


@pytest.mark.parametrize("seed", range(20))
def test_every_move_of_a_seed_is_one_that_the_world_takes(seed: int) -> None:
    """Sixty picks each, marker and goroutine as they come; no object is lost under the hybrid barrier."""
    lab = Lab(built("hybrid")[0])
    panel = lab.schedule()
    panel.seed.value = seed

    panel.pick_steps(60)

    assert lab.error is None
    assert len(commands(lab)) == 60
    assert lab.snapshot.gc.lost == ()
    lab.close()


def test_the_same_seed_runs_the_same_schedule() -> None:
    """Two labs, thirty picks."""
    ran = []
    for _ in range(2):
        lab = Lab(built("hybrid")[0])
        panel = lab.schedule()
        panel.pick_steps(30)
        ran.append(commands(lab))
        lab.close()

    assert ran[0] == ran[1]


def test_a_schedule_is_played_step_by_step_and_loses_an_object() -> None:
    """Dijkstra's barrier does not see what moves to a scanned stack."""
    line, first = built("dijkstra")
    lab = Lab(line)
    panel = lab.schedule(play=hiding(first))

    panel.play_step()
    panel.play_all()
    lab.settle()

    assert commands(lab) == hiding(first)[: len(commands(lab))]
    assert len(lab.snapshot.gc.lost) == 1
    assert "played to its end" in panel.words.value
    lab.close()


def test_another_barrier_saves_the_object_on_the_same_schedule() -> None:
    """Switching to the hybrid starts over with the graph, and the moves are there to be played."""
    line, first = built("dijkstra")
    lab = Lab(line)
    lab.do_all(hiding(first))
    panel = lab.schedule()
    assert len(lab.snapshot.gc.lost) == 1

    panel.barrier.value = "hybrid"
    lab.settle()
    there = (lab.snapshot.gc.barrier, lab.tick, panel.schedule)
    panel.play_all()

    assert there == ("hybrid", 2, tuple(hiding(first)))
    assert lab.error is None
    assert lab.snapshot.gc.lost == ()
    lab.close()


def test_a_barrier_cannot_be_found_by_another_name(lab: Lab, panel: Schedule) -> None:
    """The world stays, and so does the control."""
    with pytest.raises(MisuseError, match="no barrier"):
        panel.restart("steele")

    assert lab.snapshot.gc.barrier == "dijkstra"


def test_going_back_goes_back_in_the_schedule(lab: Lab) -> None:
    """Two steps played, one undone: the second comes next, and no second line begins."""
    panel = lab.schedule(play=[GCStart(), MarkStep(), MarkStep()])
    panel.play_step()
    panel.play_step()
    line = lab.timeline
    lab.tick -= 1

    panel.play_step()

    assert lab.timeline is line
    assert lab.tick == 4


def test_a_refused_command_can_be_skipped(lab: Lab) -> None:
    """There is no root job G9's stack."""
    panel = lab.schedule(play=[GCStart(), MarkRoot("G9's stack"), MarkStep()])
    panel.play_step()
    with pytest.raises(MisuseError, match="no root job"):
        panel.play_step()

    panel.skip()
    panel.play_step()

    assert commands(lab) == [GCStart(), MarkStep()]
    with pytest.raises(MisuseError, match="played to its end"):
        panel.play_step()
    panel.start_over()
    assert lab.tick == 2


def test_how_far_a_schedule_is_can_be_told_with_other_commands_between() -> None:
    """MarkStep is no part of it; the second command is skipped."""
    schedule = [GCStart(), MarkDone(), SweepAll()]

    assert played(schedule, [GCStart(), MarkStep()]) == 1
    assert played(schedule, [GCStart()], {1}) == 2
    assert played(schedule, [GCStart(), SweepAll()], {1}) == 3
    assert played([], [GCStart()]) == 0


def test_the_graph_ends_where_the_first_cycle_begins() -> None:
    """Two commands built it."""
    assert graph_end([New(1), New(1), GCStart(), New(1)]) == 2
    assert graph_end([New(1)]) == 1


def test_a_goroutine_without_slots_cannot_run() -> None:
    """It is not offered, and random_move refuses it."""
    gc = World(slots=0).snapshot().gc

    assert actors(gc) == [WORKER]
    assert own_slots(Graph(gc), 1) == []
    assert worker_step(gc) == GCStart()
    with pytest.raises(MisuseError, match="no stack slot"):
        random_move(Graph(gc), 1, 1, 1)
