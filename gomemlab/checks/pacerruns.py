"""The numbers of lesson 13: goals, triggers, workers and idle minutes, each asked of the pacer itself.

Go: runtime/mgcpacer.go, (*gcControllerState).commit, (*gcControllerState).trigger, (*gcControllerState).startCycle;
runtime/mgc.go, gcTrigger.
Left out: nothing of the pacer's own; time is the cost model's.
"""

import json
from importlib.resources import files
from typing import Final

from gomemlab.pacing.run import OFF, PacedCycle, Run
from gomemlab.pacing.simulate import simulate
from gomemlab.pacing.streams import unit
from gomemlab.pacing.workload import KIB, MIB, Workload, workload
from gomemlab.runtime.gc.pacer import GCController

LIVE, STACKS, GLOBALS = 40, 2, 8  # MiB
WIDE_LIVE, WIDE_GOAL = 36, 100  # MiB: 64 of them between
MINUTES: Final = 10
GOALS_HEAD = ("GOGC", "live", "stacks", "globals", "goal, MiB", "of it, for stacks and globals")
TRIGGERS_HEAD = ("allocates, MiB/CPU s", "runway, MiB", "trigger, MiB", "64ths of the way", "goal", "marking ended at")
FIRST_HEAD = ("GOGC", "first goal, B", "with 8 MiB of globals that may hold pointers, B")
WORKERS_HEAD = ("GOMAXPROCS", "dedicated workers", "fractional, of each P's time", "of all, %")
IDLE_HEAD = ("the program", "cycles in ten minutes", "heap at its trigger", "two minutes passed", "runtime.GC")
STOPS_HEAD = ("real program", "GOGC", "cycles", "largest heap, MiB", "median of the two stops together, ms")
ASSISTS_HEAD = (
    "cycle",
    "MiB allocated in a CPU second",
    "began, 64ths",
    "CPU of workers, %",
    "of assists, %",
    "ended, % of goal",
)


def pacer(gogc: int, live: int, stacks: int = 0, globals_: int = 0) -> GCController:
    """Return a pacer after a cycle that marked so many MiB, and scanned so many of stacks and globals."""
    controller = GCController.init(gogc)
    controller.add_globals(globals_ * MIB)
    controller.stack_scan_work = stacks * MIB
    controller.heap_scan_work = live * MIB
    controller.reset_live(live * MIB)
    controller.commit(is_sweep_done=True)
    return controller


def goal(gogc: int, live: int = LIVE, stacks: int = STACKS, globals_: int = GLOBALS) -> int:
    """Return the goal in MiB."""
    return pacer(gogc, live, stacks, globals_).heap_goal() // MIB


def goals() -> list[tuple[object, ...]]:
    """Return the goal for some settings, and what of it is for stacks and globals."""
    rows: list[tuple[object, ...]] = []
    for gogc, live, stacks, globals_ in (
        (50, LIVE, STACKS, GLOBALS),
        (100, LIVE, STACKS, GLOBALS),
        (200, LIVE, STACKS, GLOBALS),
        (100, LIVE, 0, 0),
        (100, LIVE, 64, GLOBALS),
    ):
        asked = goal(gogc, live, stacks, globals_)
        rows.append((gogc, live, stacks, globals_, asked, asked - goal(gogc, live, 0, 0)))
    return rows


def window() -> tuple[int, int]:
    """Return the earliest and the latest trigger in MiB for a goal of 100 MiB over 36 that live."""
    found = []
    for runway in (1 << 40, 0):
        controller = pacer(100, WIDE_LIVE, WIDE_GOAL - 2 * WIDE_LIVE)
        controller.runway = runway
        found.append(controller.trigger()[0] // MIB)
    return found[0], found[1]


def steady(allocation: int) -> Workload:
    """Return the service of the lesson, allocating so many MiB in each CPU second."""
    return workload(
        allocation * MIB,
        LIVE * MIB,
        scan=800 * MIB,
        stacks=STACKS * MIB,
        globals_=GLOBALS * MIB,
        name=f"{LIVE} MiB live, {allocation} MiB a CPU second",
    )


def settled(allocation: int) -> PacedCycle:
    """Return a cycle of the service when the pacer knows it."""
    return simulate(steady(allocation), seconds=1e6, cycles=20).cycles[-1]


def sixty_fourths(cycle: PacedCycle) -> int:
    """Return where a cycle was triggered, in 64ths of the way from the live heap to the goal."""
    return round(cycle.window * 64)


def triggers() -> list[tuple[object, ...]]:
    """Return where the service's cycles start and end, by its allocation rate."""
    rows: list[tuple[object, ...]] = []
    for rate in (2, 10, 40, 100, 400):
        cycle = settled(rate)
        runway, began = (cycle.goal - cycle.trigger) / MIB, cycle.trigger / MIB
        ended, asked = cycle.heap_end / MIB, cycle.goal / MIB
        rows.append((rate, f"{runway:.1f}", f"{began:.1f}", sixty_fourths(cycle), f"{asked:.1f}", f"{ended:.1f}"))
    return rows


def heap_at_start() -> str:
    """Say where the service's cycle starts: before the goal, at it, or at twice the live heap."""
    cycle = settled(10)
    twice = 2 * cycle.live_before
    return "goal" if cycle.trigger == cycle.goal else "twice" if cycle.trigger == twice else "before"


def first_goals() -> list[tuple[int, int, int]]:
    """Return the goal of a process that never collected, by GOGC."""
    rows = []
    for gogc in (25, 50, 100, 200, 400):
        plain, many = GCController.init(gogc), GCController.init(gogc)
        many.add_globals(GLOBALS * MIB)
        many.commit(is_sweep_done=True)
        rows.append((gogc, plain.heap_goal(), many.heap_goal()))
    return rows


def idle_program(*, collected: bool) -> Workload:
    """Return a program that does nothing after its first second, in which it fills its heap once, or half of it."""
    per_second = 5 * MIB if collected else 2 * MIB
    return workload(per_second * unit(1.0), 1 * MIB, busy=0.25, globals_=64 * KIB, name="idle after a second")


def ten_minutes(program: Workload, gogc: int = 100) -> Run:
    """Return ten minutes of a program."""
    return simulate(program, gogc, seconds=60.0 * MINUTES)


def idle_cycles(*, collected: bool) -> int:
    """Return how many cycles ten minutes of an idle program had."""
    return ten_minutes(idle_program(collected=collected)).num_gc


def idle() -> list[tuple[object, ...]]:
    """Return why programs collected in ten minutes."""
    slow = workload(1 * MIB, 1 * MIB, busy=0.01, globals_=64 * KIB)
    asked = (
        ("idle, never collected", idle_program(collected=False), 100),
        ("idle, collected once", idle_program(collected=True), 100),
        ("the same with GOGC=off; it called runtime.GC once", idle_program(collected=True).with_(forced_s=(1.0,)), OFF),
        ("allocates slowly", slow, 100),
        ("the lesson's service", steady(2), 100),
    )
    return [(name, *_reasons(ten_minutes(program, gogc))) for name, program, gogc in asked]


def _reasons(run: Run) -> tuple[int, int, int, int]:
    """Return how many cycles a run had, and how many for each reason."""
    why = [cycle.reason for cycle in run.cycles]
    return len(why), why.count("heap"), why.count("time"), why.count("forced")


def workers(procs: int) -> tuple[int, float]:
    """Return the dedicated workers of so many Ps, and the share of each other P's time for a fractional one."""
    controller = GCController.init()
    controller.start_cycle(0, procs)
    return controller.dedicated_mark_workers_needed, controller.fractional_utilization_goal


def worker_rows() -> list[tuple[object, ...]]:
    """Return the workers by GOMAXPROCS."""
    rows: list[tuple[object, ...]] = []
    for procs in (1, 2, 3, 4, 5, 6, 7, 8, 16):
        dedicated, fractional = workers(procs)
        rows.append((procs, dedicated, f"{fractional:.4f}", f"{(dedicated / procs + fractional) * 100:.1f}"))
    return rows


def stops() -> list[tuple[str, int, int, int, str]]:
    """Return how long the stops of recorded programs were, by GOGC."""
    text = files("gomemlab").joinpath("data/services/stops.json").read_text("utf-8")
    return [(name, gogc, cycles, heap, ms) for name, gogc, cycles, heap, ms in json.loads(text)]


def stops_spread() -> tuple[tuple[int, int], tuple[int, int]]:
    """Return how many times as large the recorded heaps are with GOGC=400 as with 50, at least and at most.

    And how many times as many cycles there are with 50 as with 400.
    """
    by = {(name, gogc): (heap, cycles) for name, gogc, cycles, heap, _ in stops()}
    names = {name for name, _ in by}
    heaps = [round(by[name, 400][0] / by[name, 50][0]) for name in names]
    cycles = [round(by[name, 50][1] / by[name, 400][1]) for name in names]
    return (min(heaps), max(heaps)), (min(cycles), max(cycles))


def stops_change() -> str:
    """Say whether the recorded programs' stops are shorter with GOGC=50 than with 400, or longer, or neither.

    "shorter" or "longer" only where each program's median differs by a third or more in that direction.
    """
    medians = {(name, gogc): float(ms) for name, gogc, _, _, ms in stops()}
    ratios = [medians[name, 50] / medians[name, 400] for name, gogc in medians if gogc == 50]  # noqa: PLR2004
    if max(ratios) < 2 / 3:
        return "shorter"
    return "longer" if min(ratios) > 3 / 2 else "same"


def burst() -> Workload:
    """Return the service with a short time in which it allocates ten times as fast."""
    quiet = steady(20)
    return quiet.with_(allocation=20 * MIB + unit(180 * MIB, length=0.15).delay(6))


def burst_cycles() -> tuple[PacedCycle, ...]:
    """Return the cycles about the burst: two before it, and all until it is forgotten."""
    run = simulate(burst(), seconds=10)
    first = next(i for i, cycle in enumerate(run.cycles) if cycle.start_s >= 6)  # noqa: PLR2004 (where it begins)
    return run.cycles[first - 2 : first + 9]


def assists() -> list[tuple[object, ...]]:
    """Return who marked in the cycles about a burst."""
    program = burst().allocation
    rows: list[tuple[object, ...]] = []
    for cycle in burst_cycles():
        time = (cycle.marking_s - cycle.stw_s) * 4
        shares = (f"{100 * part / time:.1f}" for part in (cycle.workers_s, cycle.assist_s))
        rate = int(program.at(cycle.start_s) / MIB)
        rows.append((cycle.number, rate, sixty_fourths(cycle), *shares, f"{100 * cycle.goal_ratio:.1f}"))
    return rows
