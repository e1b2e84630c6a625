"""What a run says of itself, and the gctrace lines it prints."""

import pytest

from gomemlab.gctrace import parse
from gomemlab.pacing.simulate import simulate
from gomemlab.pacing.workload import MIB, named


def test_lines_are_read_as_a_services_are() -> None:
    """gctrace's own parser gets back every cycle, truncated as Go truncates."""
    run = simulate(named("ramp: 24 to 60 MiB live"), memory_limit=112 * MIB)
    read = list(parse(run.lines()))

    assert [one.number for one in read] == [cycle.number for cycle in run.cycles]
    for one, cycle in zip(read, run.cycles, strict=True):
        assert (one.heap_start_mb, one.heap_end_mb) == (cycle.heap_start >> 20, cycle.heap_end >> 20)
        assert (one.heap_live_mb, one.heap_goal_mb) == (cycle.live >> 20, cycle.goal >> 20)
        assert (one.stacks_mb, one.globals_mb, one.procs) == (2, 1, 4)
        assert one.at_s == pytest.approx(cycle.start_s, abs=0.001)
    assert read[-1].gc_cpu_percent == int(100 * run.gc_s / (run.cycles[-1].end_s * 4))
    assert run.line(0) == run.lines()[0]


def test_a_runs_numbers_are_its_cycles() -> None:
    """The peak is the highest of all, the share is that of what is booked."""
    run = simulate(named("steady: 40 MiB live"), seconds=20)

    assert run.peak_heap == max(cycle.heap_end for cycle in run.cycles)
    assert run.gc_cpu == pytest.approx(sum(c.workers_s + c.assist_s + 4 * c.stw_s for c in run.cycles) / 80, rel=0.01)
    assert run.utilisations[-1] == pytest.approx(0.25)
    assert run.memory_peak > run.peak_heap
    assert (run.limited, run.end_live) == (0, run.after[-1][1])


def test_what_counts_for_the_limit_is_never_less_than_the_heap_at_its_highest() -> None:
    """GOGC=off: no cycle, and the heap is highest when the run ends."""
    run = simulate(named("steady: 40 MiB live"), None, seconds=20)

    assert run.num_gc == 0
    assert run.memory_peak > run.peak_heap == run.end_live


def test_a_quiet_service_has_a_cycle_each_two_minutes() -> None:
    """One when its heap is full, and then two in five minutes; with GOGC=off none."""
    quiet = named("quiet: idle after its first second")
    run = simulate(quiet, seconds=300)

    began = [(cycle.reason, round(cycle.start_s / 120)) for cycle in run.cycles]
    assert began == [("heap", 0), ("time", 1), ("time", 2)]
    assert simulate(quiet, None, seconds=300).num_gc == 0


def test_a_cycle_says_where_it_began_and_ended() -> None:
    """Between its live heap and its goal, and as a share of the goal."""
    cycle = simulate(named("steady: 40 MiB live"), seconds=20).cycles[-1]

    assert 45 / 64 <= cycle.window <= 61 / 64 + 0.01
    assert cycle.goal_ratio == cycle.heap_end / cycle.goal
    assert cycle.stw_s == cycle.sweep_term_s + cycle.mark_term_s
    assert cycle.peak == cycle.heap_end
