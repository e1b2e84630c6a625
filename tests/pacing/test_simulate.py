"""The aggregate mode: triggers, goals, the memory limit, the limiter, settings that change."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomemlab.pacing.run import NO_LIMIT, OFF, Change, Run
from gomemlab.pacing.simulate import PERIOD, simulate
from gomemlab.pacing.streams import constant, ramp, spikes
from gomemlab.pacing.workload import KIB, MIB, Growth, Overhead, Workload, named, workload
from gomemlab.runtime.errors import MisuseError

RAMP = named("ramp: 24 to 60 MiB live")


def steady(**parts: object) -> Workload:
    """Return a program with 40 MiB alive, 2 of stacks and 8 of globals that allocates 10 MiB a CPU second."""
    usual = {"allocation": 10 * MIB, "live": 40 * MIB, "stacks": 2 * MIB, "globals_": 8 * MIB, "scan": 8000 * MIB}
    return workload(**{**usual, **parts})  # type: ignore[arg-type]


def check_run(run: Run) -> None:
    """Check what is true of every run."""
    last_end, last_live = 0.0, 0
    for number, cycle in enumerate(run.cycles, start=1):
        assert cycle.number == number
        assert cycle.live_before == last_live
        assert last_end <= cycle.start_s < cycle.end_s <= run.seconds
        assert cycle.live_before <= cycle.heap_start <= cycle.heap_end <= run.peak_heap
        assert cycle.inside[0].heap_live == cycle.heap_start
        assert cycle.inside[-1].heap_live == cycle.heap_end
        assert cycle.inside[-1].scanned == cycle.scanned
        assert cycle.assist_s + cycle.workers_s + cycle.idle_s <= cycle.marking_s * run.procs * (1 + 1e-9)
        last_end, last_live = cycle.end_s, cycle.live
    assert 0 <= run.gc_cpu <= 1
    assert run.program_s <= run.seconds * run.procs * (1 + 1e-9)


@pytest.mark.parametrize(("gogc", "mib"), [(100, 90), (50, 65), (200, 140)])
def test_goals_are_those_of_go(gogc: int, mib: int) -> None:
    """live + (live + stacks + globals) × GOGC / 100, of 40, 2 and 8 MiB and what was born in the last cycle."""
    last = simulate(steady(), gogc=gogc, seconds=30).cycles[-1]

    floating = last.live_before - 40 * MIB
    assert last.goal == last.live_before + (last.live_before + 10 * MIB) * gogc // 100
    assert last.goal - floating * (100 + gogc) / 100 == pytest.approx(mib * MIB, abs=2)


@pytest.mark.parametrize(("gogc", "first"), [(50, 2097152), (100, 4194304), (200, 8388608), (0, 0)])
def test_the_smallest_goal_is_scaled_by_gogc(gogc: int, first: int) -> None:
    """4 MiB are the floor with GOGC=100 alone."""
    small = workload(1 * MIB, 64 * KIB, scan=8000 * MIB, globals_=64 * KIB)
    cycle = simulate(small, gogc=gogc, seconds=20, cycles=2).cycles[0]

    assert cycle.gogc_goal == first


@pytest.mark.parametrize(("gogc", "first"), [(50, 4270089), (100, 8540178), (200, 17080356)])
def test_globals_count_before_the_first_cycle(gogc: int, first: int) -> None:
    """A real program with 8540178 B of globals with pointers has this NextGC before it ever collected."""
    cycle = simulate(steady(globals_=8540178), gogc=gogc, cycles=1).cycles[0]

    assert cycle.gogc_goal == first


def test_a_ramp_is_followed() -> None:
    """From 24 to 60 MiB: each goal is about twice what is alive."""
    run = simulate(RAMP)

    check_run(run)
    assert [cycle.reason for cycle in run.cycles] == ["heap"] * run.num_gc
    assert run.cycles[-1].live == pytest.approx(60 * MIB, rel=0.1)
    assert all(0.97 < cycle.goal_ratio < 1.05 for cycle in run.cycles[1:])


def test_the_trigger_is_in_its_window() -> None:
    """45/64 … 61/64 of the way, or 4 MiB before the goal where that is later."""
    for cycle in simulate(RAMP).cycles[1:]:
        assert cycle.trigger >= cycle.live_before + (cycle.goal - cycle.live_before) // 64 * 45
        late = max(cycle.live_before + (cycle.goal - cycle.live_before) // 64 * 61, cycle.goal - 4 * MIB)
        assert cycle.trigger <= late


def test_a_limit_sets_the_goal_where_gogc_asks_for_more() -> None:
    """112 MiB: later cycles are limited, and all memory stays below."""
    run = simulate(RAMP, memory_limit=112 * MIB)

    check_run(run)
    assert [cycle.limited for cycle in run.cycles] == sorted(cycle.limited for cycle in run.cycles)
    assert 0 < run.limited < run.num_gc
    assert run.memory_peak <= 112 * MIB
    assert all(cycle.goal <= cycle.gogc_goal for cycle in run.cycles if cycle.limited)


def test_without_gogc_and_limit_nothing_is_ever_collected() -> None:
    """The heap is all that was allocated."""
    run = simulate(steady(), gogc=None, seconds=300)

    assert run.num_gc == 0
    assert run.peak_heap == run.end_live == run.allocated
    assert (run.gogc, run.memory_limit, run.gc_cpu) == (OFF, NO_LIMIT, 0)


def test_without_gogc_the_limit_alone_decides() -> None:
    """Every cycle is limited, and there are fewer than with GOGC=100."""
    alone, both = (simulate(steady(), gogc=gogc, memory_limit=200 * MIB, seconds=60) for gogc in (OFF, 100))

    assert alone.limited == alone.num_gc > 0
    assert alone.num_gc < both.num_gc
    assert both.limited == 0


def test_two_minutes_count_only_after_a_first_cycle() -> None:
    """An idle program that never collected is left alone; one that did is collected every two minutes."""
    never = simulate(workload(4 << 10, 12 * MIB, busy=0.01), seconds=600)
    idle = simulate(workload(constant(40 * MIB) * spikes(1, every=1e6, length=1), 1 * MIB), seconds=600)

    assert never.num_gc == 0
    reasons = [cycle.reason for cycle in idle.cycles]
    first = reasons.index("time")
    assert set(reasons[:first]) == {"heap"}
    assert reasons[first:] == ["time"] * 4
    for before, after in zip(idle.cycles[first - 1 :], idle.cycles[first:], strict=False):
        assert after.start_s - before.end_s == pytest.approx(PERIOD)


def test_gogc_off_has_no_two_minutes_either() -> None:
    """One forced cycle, and no other."""
    run = simulate(steady(allocation=1, forced_s=(1.0,)), gogc=OFF, seconds=600)

    assert [cycle.reason for cycle in run.cycles] == ["forced"]


def test_a_periodic_cycle_wakes_no_idle_worker() -> None:
    """Its one dedicated worker marks alone."""
    idle = simulate(workload(constant(40 * MIB) * spikes(1, every=1e6, length=1), 1 * MIB, busy=0.1), seconds=200)
    heap, time = idle.cycles[0], idle.cycles[-1]

    assert (heap.reason, time.reason) == ("heap", "time")
    assert heap.idle_s > 0
    assert time.idle_s == 0


def test_runtime_gc_is_forced() -> None:
    """At its time, wherever the heap is, and gctrace says so."""
    run = simulate(steady(forced_s=(5.0, 7.0)), seconds=8)
    forced = [cycle for cycle in run.cycles if cycle.reason == "forced"]

    assert [cycle.start_s for cycle in forced] == pytest.approx([5.0, 7.0], abs=0.1)
    assert run.line(forced[0].number - 1).endswith(" (forced)")


def test_settings_can_change_on_the_way() -> None:
    """GOGC to 50 at 10 s, to off at 20 s; then a limit."""
    changes = (Change(20, gogc=OFF), Change(10, gogc=50), Change(30, memory_limit=100 * MIB))
    run = simulate(steady(), seconds=40, changes=changes)

    assert [change.at_s for change in run.changes] == [10, 20, 30]
    goals = {part: [c.goal / MIB for c in run.cycles if part < c.start_s < part + 10] for part in (0, 10, 20, 30)}
    assert goals[0][-1] == pytest.approx(90, rel=0.05)
    assert goals[10][-1] == pytest.approx(65, rel=0.05)
    assert goals[20] == []
    assert run.cycles[-1].limited
    check_run(run)


def test_a_setting_can_change_while_a_cycle_marks() -> None:
    """The goal of the cycle itself moves."""
    slow = steady(scan=10 * MIB)
    marking = simulate(slow, seconds=3).cycles[0]
    middle = (marking.start_s + marking.end_s) / 2
    changed = simulate(slow, seconds=3, changes=(Change(middle, gogc=400),)).cycles[0]

    assert {sample.goal for sample in changed.inside} == {8 * MIB, 32 * MIB}
    assert (changed.gogc, marking.gogc) == (400, 100)


def test_the_limiter_leaves_half_to_the_program() -> None:
    """A heap larger than its limit: without the limiter most of the CPU would be the collector's."""
    spiral = steady(allocation=200 * MIB, live=106 * MIB, scan=800 * MIB)
    limited = simulate(spiral, memory_limit=128 * MIB, seconds=60)
    unlimited = simulate(spiral, memory_limit=128 * MIB, seconds=60, limiter=False)

    check_run(limited)
    assert limited.gc_cpu == pytest.approx(0.5, abs=0.01)
    assert unlimited.gc_cpu > 0.65
    assert limited.program_s > 1.4 * unlimited.program_s
    assert any(sample.limiting for cycle in limited.cycles for sample in cycle.inside)
    assert limited.memory_peak > unlimited.memory_peak > 128 * MIB


def test_an_idle_program_pays_nothing() -> None:
    """With a tenth of the Ps busy idle workers mark, and nobody assists."""
    busy, idle = (
        simulate(steady(busy=share, allocation=rate), seconds=60) for share, rate in ((1, 4 * MIB), (0.1, 40 * MIB))
    )

    assert sum(cycle.assist_s for cycle in idle.cycles) == 0
    assert sum(cycle.idle_s for cycle in idle.cycles) > sum(cycle.workers_s for cycle in idle.cycles)
    assert sum(cycle.idle_s for cycle in busy.cycles) == 0


def test_a_program_cannot_reach_more_than_it_allocated() -> None:
    """The first cycle marks at most what is there, whatever the stream says."""
    first = simulate(steady(live=1000 * MIB), cycles=1).cycles[0]

    assert first.live <= first.heap_end


def test_many_moments_and_few_agree() -> None:
    """Followed in 400 moments a cycle, a run is the same to four digits."""
    few, many = (simulate(RAMP, memory_limit=112 * MIB, moments=moments) for moments in (12, 400))

    assert few.num_gc == many.num_gc
    assert few.peak_heap == pytest.approx(many.peak_heap, rel=1e-4)
    assert few.gc_cpu == pytest.approx(many.gc_cpu, rel=1e-4)


def test_a_run_ends_where_it_is_told() -> None:
    """By its seconds, or by its cycles if these are over before; a cycle that marks is finished."""
    assert simulate(steady(allocation=0), seconds=7).seconds == 7
    assert simulate(steady(), seconds=1e9, cycles=3).num_gc == 3


@pytest.mark.parametrize(
    "asked",
    [
        {"gogc": -2},
        {"memory_limit": -1},
        {"procs": 0},
        {"seconds": 0},
        {"seconds": math.inf},
        {"cycles": 0},
        {"moments": 0},
        {"changes": (Change(-1.0),)},
        {"changes": (Change(1.0, gogc=-2),)},
        {"changes": (Change(1.0, memory_limit=-1),)},
        {"gogc": "100"},
        {"gogc": 1 << 31},
        {"memory_limit": "1GiB"},
        {"memory_limit": 1 << 63},
        {"procs": 1.5},
        {"seconds": "1"},
        {"changes": (3,)},
        {"changes": (Change(math.nan),)},
        {"changes": (Change(1.0, gogc="off"),)},  # type: ignore[arg-type]
        {"workload": "ramp"},
    ],
    ids=str,
)
def test_what_cannot_be_set_is_refused(asked: dict[str, object]) -> None:
    """With the values."""
    with pytest.raises(MisuseError, match="give"):
        simulate(**{"workload": RAMP, **asked})  # type: ignore[arg-type]


@given(
    gogc=st.sampled_from([OFF, 0, 1, 50, 100, 400, 10**9]),
    limit=st.sampled_from([0, 1, 4 * MIB, 64 * MIB, 1 << 40, NO_LIMIT]),
    procs=st.integers(1, 64),
    allocation=st.floats(0, 4e9),
    live=st.floats(0, 4e8),
    scannable=st.floats(-1, 2),
    busy=st.floats(-1, 2),
    overhead=st.sampled_from([Overhead(), Overhead(6 * MIB, 0.5)]),
)
@settings(max_examples=60, deadline=None)
def test_any_life_is_consistent(
    gogc: int, limit: int, procs: int, allocation: float, live: float, scannable: float, busy: float, overhead: Overhead
) -> None:
    """Absurd settings and programs come to an end, and their books are right."""
    program = workload(allocation, live, scannable=scannable, busy=busy, overhead=overhead)

    check_run(simulate(program, gogc, limit, procs, seconds=2, cycles=40, changes=(Change(0.5, gogc=200),)))


def test_growth_counts_cycles() -> None:
    """256 KiB after the first, and then twice as much after each."""
    run = simulate(workload(1 * MIB, Growth(constant(2)), per="cycle", scan=8000 * MIB), seconds=1e9, cycles=4)

    assert [round(cycle.live / (256 * KIB), 1) for cycle in run.cycles] == [1, 2, 4, 8]


def test_points_between_cycles_follow_the_rate() -> None:
    """Where a stream of the workload has an edge, the saw-tooth has one."""
    run = simulate(steady(allocation=10 * MIB * spikes(1, every=2, length=1), live=ramp(40 * MIB, over=4)), seconds=9)
    edges = {round(at, 6) for cycle in run.cycles for at, _ in cycle.before}

    assert {5.0, 6.0, 7.0} <= edges | {round(at, 6) for at, _ in run.after}
