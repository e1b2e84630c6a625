"""The phases of a cycle: two stops, who did what in which row, and where one bar ends and the next begins."""

from gomemlab.commands import (
    GC,
    Command,
    Drop,
    GCStart,
    Malloc,
    MarkAll,
    MarkDone,
    MarkStep,
    New,
    SweepAll,
    SweepOne,
    SweepTurn,
)
from gomemlab.panels.lab import Lab
from gomemlab.recorded.given import SweepBegin
from gomemlab.runtime.gcevents import ALLOCATION, BACKGROUND, CREDIT, RECLAIM, SpanSwept
from gomemlab.runtime.markevents import MarkEnded, ObjectScanned, PointerWritten
from gomemlab.runtime.world import World
from gomemlab.views.base import under
from gomemlab.views.phase_bars import Moment, cycle_of, row_of, rows_of
from gomemlab.views.phases import Frame, PhasesView, frame


def history(world: World, *commands: Command) -> list[Moment]:
    """Apply commands and return what happened, by tick."""
    moments: list[Moment] = []
    for tick, command in enumerate(commands, 1):
        command.apply(world)
        moments += [(tick, event) for event in world.events]
    return moments


def rows(drawn: Frame) -> dict[str, int]:
    """Return how many steps each row has."""
    found: dict[str, int] = {}
    for bar in drawn.bars:
        found[bar.row] = found.get(bar.row, 0) + bar.steps
    return found


MALLOCS = [Malloc(6784)] * 12


def test_a_cycle_has_two_stops_and_its_root_jobs() -> None:
    """runtime.GC over two full spans, in one tick: both stops, three root jobs, two spans swept for GC."""
    drawn = frame(history(World(), *MALLOCS, GC()), 1, 1, 13)

    found = rows(drawn)
    assert (found["stop the world"], found["root jobs"], found["sweep: GC"]) == (2, 3, 2)
    assert (drawn.first, drawn.last) == (12, 13)
    assert drawn.said == "cycle 1 is over: 2 stops, 3 of 3 root jobs, 2 spans swept"
    assert drawn.more > 0
    assert drawn.here[0] == "Stop 1 of the world, for sweep termination."


def test_marking_lies_between_the_stops_and_sweeping_after_them() -> None:
    """The bands of the first row: marking up to where sweepgen grew, sweeping from there on."""
    drawn = frame(history(World(), *MALLOCS, GCStart(), MarkAll(), MarkDone(), SweepOne()), 1, 1, 16)

    bands = [bar for bar in drawn.bars if bar.row == "phase"]
    stops = [bar for bar in drawn.bars if bar.row == "stop the world"]
    assert [bar.tip.split(":")[0] for bar in bands] == ["marking", "sweeping"]
    assert bands[0].start <= stops[0].start < stops[1].end <= bands[0].end == bands[1].start
    assert drawn.said == "cycle 1 sweeps: 2 stops, 3 of 3 root jobs, 2 spans swept so far"


def test_a_recorded_cycle_begins_with_the_end_of_its_marking() -> None:
    """Nobody saw two cycles mark: each has its sweeps alone, the second is the newest, and a third is none."""
    begin = SweepBegin(marks=((0, 1),), page_marks=())
    past = history(World(), *MALLOCS, begin, SweepAll(), Malloc(24), begin, SweepOne())

    first, second, third = (frame(past, cycle, 2, 17) for cycle in (1, 2, 3))

    assert (first.first, first.last, second.first) == (12, 15, 15)
    assert first.said == "cycle 1 is over: its marking is not in sight, 2 spans swept"
    assert second.said == "cycle 2 sweeps: its marking is not in sight, 2 spans swept"
    assert [bar.tip.split(":")[0] for bar in first.bars if bar.row == "phase"] == ["sweeping", "off"]
    assert third.cycle == 0


def test_a_cycle_that_marks_before_everyone_follows_a_recorded_one() -> None:
    """Two cycles, the second with its stops and root jobs: they do not flow into each other."""
    begin = SweepBegin(marks=((0, 1),), page_marks=())
    past = history(World(), *MALLOCS, begin, SweepAll(), GC())

    first, second = (frame(past, cycle, 2, 15) for cycle in (1, 2))

    assert (first.first, first.last) == (12, 14)
    assert second.said.startswith("cycle 2 is over: 2 stops, ")


def test_neighbouring_steps_of_a_row_are_one_bar() -> None:
    """Three root jobs in three ticks: one bar, and hovering says which ticks."""
    drawn = frame(history(World(), GCStart(), MarkStep(), MarkStep(), MarkStep()), 1, 1, 4)

    (bar,) = [bar for bar in drawn.bars if bar.row == "root jobs"]
    assert (bar.start, bar.end) == (1.0, 1.0 + bar.steps)
    assert bar.tip.startswith("root jobs, ticks 2 to ")
    assert drawn.said.startswith("cycle 1 marks: 1 stop, ")


def test_a_single_step_is_said_whole() -> None:
    """Hovering over one event gives its sentence."""
    drawn = frame(history(World(), *MALLOCS, GCStart(), MarkAll(), MarkDone(), SweepOne()), 1, 1, 16)

    (bar,) = [bar for bar in drawn.bars if bar.row == "sweep: background"]
    assert bar.tip.startswith("tick 16: Sweeping span ")


def test_what_the_program_does_meanwhile_has_its_row() -> None:
    """A dropped object and a new one, between the stops."""
    world = World()
    address = world.malloc(24)

    drawn = frame(history(world, GCStart(), Drop((address,)), New(1), MarkAll()), 1, 1, 4)

    assert rows(drawn)["program"] == 2


def test_sweepers_stand_in_the_row_of_their_reason() -> None:
    """Whatever sweeps so that an allocation may go on is swept by allocation."""
    by = {who: row_of(SpanSwept(0, 0, 1, 1, by=who)) for who in (ALLOCATION, CREDIT, RECLAIM, BACKGROUND)}

    assert by == {
        ALLOCATION: "sweep: allocation",
        CREDIT: "sweep: allocation",
        RECLAIM: "sweep: allocation",
        BACKGROUND: "sweep: background",
    }
    assert row_of(ObjectScanned(70, 0, 0, 0)) == "mark: P7"
    assert row_of(PointerWritten(1, "x", 0, 0, marking=True, on_stack=True)) == "program"
    assert row_of(MarkEnded(1, 0, 0)) is None
    assert len(rows_of(64)) == len(rows_of(8))


def test_a_tick_may_end_one_cycle_and_begin_the_next() -> None:
    """A GC that first sweeps what the last cycle left: those spans belong to the last cycle."""
    moments = history(World(), *MALLOCS, GCStart(), MarkAll(), MarkDone(), GC())

    first, second = cycle_of(moments, 1), cycle_of(moments, 2)

    assert {tick for tick, _ in first} == {13, 14, 15, 16}
    assert {tick for tick, _ in second} == {16}
    assert len(first) + len(second) == len([m for m in moments if m[0] > 12])
    assert cycle_of(moments, 3) == []


def test_the_axis_is_long_enough_for_a_while() -> None:
    """While a cycle lasts the axis has 10, 20, 50, ... ticks; when it is over, as many as it took."""
    swept = history(World(), GCStart(), MarkAll(), MarkDone())

    lengths = [frame(swept[:-1], 1, 1, now).last - frame(swept[:-1], 1, 1, now).first for now in (3, 11, 30, 60, 700)]

    assert lengths == [10, 20, 50, 100, 1000]


def test_without_a_cycle_the_view_says_what_fills_it() -> None:
    """And a cycle whose events are no longer kept is named."""
    assert frame((), 0, 0, 5).said == "no cycle has begun: press GC, or start one"
    assert frame((), 2, 7, 5).said == "cycle 2 is not in sight"


def test_the_view_follows_the_newest_cycle_or_the_chosen_one() -> None:
    """Two cycles: back to the first, no further, and forward again."""
    lab = Lab()
    view = lab.phases()
    view.move(-1)
    lab.do_all([*MALLOCS, GC(), GC(), SweepTurn()])
    lab.settle()
    seen = [view.last.cycle]  # type: ignore[union-attr]
    for by in (-1, -1, 1, 1):
        view.move(by)
        seen.append(view.last.cycle)  # type: ignore[union-attr]

    assert seen == [2, 1, 1, 2, 2]
    assert view.cycle is None
    assert "2 of 2 cycles" in view.summary
    lab.close()


def test_an_early_cycle_is_found_on_a_long_line() -> None:
    """Its events are looked up on the timeline; what came after it does not count."""
    lab = Lab()
    view = lab.phases()
    lab.do_all([*MALLOCS, GCStart(), MarkAll(), MarkDone(), SweepOne(), *[Malloc(6784)] * 60, GC()])
    lab.settle()
    view.move(-1)

    assert view.last is not None
    assert (view.last.cycle, view.last.first) == (1, 12)
    assert view.last.last == 77
    lab.close()


def test_alone_it_draws_what_its_host_remembers() -> None:
    """A view without a lab has no past: the frame is empty; files and closing work all the same."""
    world = World()
    world.gc()
    view = PhasesView()
    view.update(world.snapshot())

    text = view.svg()
    widgets = list(under(view.body))
    view.close()

    assert view.last is not None
    assert view.last.said == "cycle 1 is not in sight"
    assert "</svg>" in text
    assert all(widget.comm is None for widget in widgets)


def test_the_file_has_the_bars() -> None:
    """One rectangle a bar, a number a tick, a name a row."""
    lab = Lab()
    view = lab.phases()
    lab.do_all([*MALLOCS, GC()])
    lab.settle()

    text = view.svg()

    assert view.last is not None
    assert text.count("<rect") >= len(view.last.bars)
    assert "sweep: background" in text
    assert "<caption>Steps of the cycle" in text
    lab.close()
