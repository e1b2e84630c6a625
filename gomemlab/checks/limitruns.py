"""The numbers of lesson 14: what a memory limit leaves for the heap, what it costs, and what the limiter does.

Go: runtime/mgcpacer.go, (*gcControllerState).memoryLimitHeapGoal; runtime/mgclimit.go, gcCPULimiterState.
Left out: what C code and other processes take; the limit knows nothing of them.
"""

from functools import cache
from typing import Final

from gomemlab.pacing.run import OFF, Run
from gomemlab.pacing.simulate import simulate
from gomemlab.pacing.streams import ramp
from gomemlab.pacing.workload import MIB, Overhead, Workload, workload
from gomemlab.runtime.gc.limiter import GCCPULimiter
from gomemlab.runtime.gc.pacer import GCController

LIMIT: Final = 128  # MiB
OTHER: Final = 12  # MiB that are no heap, in the exercise
PROCS: Final = 4
OVER: Final = 140  # MiB live: more than the limit
CLOSE: Final = 106  # MiB live: with all the rest more than the limit leaves
SECONDS: Final = 60.0
GOALS_HEAD = ("limit, MiB", "no heap, MiB", "left", "head-room", "goal, MiB")
SETTINGS_HEAD = ("GOGC", "GOMEMLIMIT", "cycles in a minute", "of them by the limit", "most memory, MiB", "GC CPU, %")
SPIRAL_HEAD = ("live, MiB", "cycles in a minute", "GC CPU, %", "program's CPU, %", "most memory, MiB")
LIMITER_HEAD = ("", "cycles in a minute", "GC CPU, %", "program's CPU, %", "allocated, GiB", "most memory, MiB")
GROWTH_HEAD = ("at, s", "live, MiB", "goal, MiB", "goal set by", "began after, s", "GC CPU of it, %")


def limit_goal(limit: int, other: int) -> int:
    """Return the goal in MiB that a limit leaves where so many MiB are no heap."""
    controller = GCController.init(OFF, limit * MIB)
    controller.mapped_ready = other * MIB
    return controller.memory_limit_heap_goal() // MIB


def goals() -> list[tuple[int, int, int, int, int]]:
    """Return how a limit becomes a goal."""
    rows = []
    for limit, other in ((112, OTHER), (1012, OTHER), (32, OTHER), (1012, 412)):
        goal = limit_goal(limit, other)
        rows.append((limit, other, limit - other, limit - other - goal, goal))
    return rows


def service(live: int, allocation: int = 60) -> Workload:
    """Return a service with so many MiB alive that allocates so many in each CPU second."""
    return workload(
        allocation * MIB,
        live * MIB,
        scan=800 * MIB,
        stacks=2 * MIB,
        globals_=1 * MIB,
        overhead=Overhead(fixed=6 * MIB, fragmentation=0.02),
        name=f"{live} MiB live, {allocation} MiB a CPU second",
    )


@cache
def minute(live: int, gogc: int, limit: int | None, allocation: int = 60, *, limiter: bool = True) -> Run:
    """Return a minute of the service; limit in MiB."""
    nbytes = None if limit is None else limit * MIB
    return simulate(service(live, allocation), gogc, nbytes, PROCS, SECONDS, limiter=limiter)


def percent(part: float) -> str:
    """Return a share in percent."""
    return f"{100 * part:.1f}"


def program_cpu(run: Run) -> float:
    """Return the share of all Ps' time in which the program ran."""
    return run.program_s / (run.seconds * run.procs)


def settings() -> list[tuple[object, ...]]:
    """Return what each of the two settings does alone, and both together, to the same service."""
    rows: list[tuple[object, ...]] = []
    for gogc, limit in ((100, None), (200, None), (100, 200), (200, 200), (OFF, 200), (100, LIMIT), (OFF, LIMIT)):
        run = minute(40, gogc, limit)
        words = "off" if gogc == OFF else str(gogc), "none" if limit is None else f"{limit} MiB"
        rows.append((*words, run.num_gc, run.limited, run.memory_peak // MIB, percent(run.gc_cpu)))
    return rows


def changed_by_a_far_limit() -> str:
    """Say whether a limit of 200 MiB changes a service that takes about 100: "same", "more memory" or "less"."""
    alone, both = minute(40, 100, None), minute(40, 100, 200)
    if alone.cycles == both.cycles or (alone.num_gc, alone.peak_heap) == (both.num_gc, both.peak_heap):
        return "same"
    return "more memory" if both.peak_heap > alone.peak_heap else "less memory"


def spiral() -> list[tuple[object, ...]]:
    """Return what the limit costs as the live heap comes close to it, and beyond."""
    return [(live, *_cost(minute(live, 100, LIMIT))) for live in (40, 60, 80, 90, 100, CLOSE, OVER)]


def _cost(run: Run) -> tuple[object, ...]:
    return run.num_gc, percent(run.gc_cpu), percent(program_cpu(run)), run.memory_peak // MIB


def limited(*, limiter: bool) -> Run:
    """Return a minute of a service that allocates fast, just over its limit, with Go's CPU limiter or without."""
    return minute(CLOSE, 100, LIMIT, 200, limiter=limiter)


def limiter_rows() -> list[tuple[object, ...]]:
    """Return what the CPU limiter is good for."""
    rows: list[tuple[object, ...]] = []
    for name, limiter in (("as Go does it", True), ("without the CPU limiter", False)):
        run = limited(limiter=limiter)
        first = run.num_gc, percent(run.gc_cpu), percent(program_cpu(run))
        rows.append((name, *first, f"{run.allocated / (1 << 30):.1f}", run.memory_peak // MIB))
    return rows


def beyond() -> str:
    """Say what becomes of a service whose live heap alone is larger than the limit: "runs" or "stands"."""
    run = minute(OVER, 100, LIMIT)
    return "runs" if program_cpu(run) > 0.25 and run.memory_peak > LIMIT * MIB else "stands"  # noqa: PLR2004


def share_of_gc() -> str:
    """Say which share of the CPU the collector has in the worst minute: "quarter", "half" or "all"."""
    used = limited(limiter=True).gc_cpu
    return "quarter" if used < 0.35 else "half" if used < 0.65 else "all"  # noqa: PLR2004


def until_full(gc_percent: int) -> int:
    """Return after how many ms a bucket of 4 Ps is full if the collector has so much of the CPU."""
    limiter, now = GCCPULimiter(nprocs=PROCS), 0
    while not limiter.limiting():
        now += 1_000_000
        limiter.add_assist_time(PROCS * 10_000 * gc_percent)
        limiter.update(now)
    return now // 1_000_000


def leak() -> Workload:
    """Return a service whose live heap grows by 2 MiB a second."""
    return service(24).with_(live=24 * MIB + ramp(120 * MIB, over=SECONDS))


def growth() -> list[tuple[object, ...]]:
    """Return what a slow leak looks like in some of its cycles."""
    run = simulate(leak(), 100, LIMIT * MIB, PROCS, SECONDS)
    rows: list[tuple[object, ...]] = []
    for at in (5, 15, 25, 35, 40, 45, 50, 55):
        cycle = next(one for one in run.cycles if one.start_s >= at)
        before = run.cycles[cycle.number - 2]
        length = cycle.end_s - before.end_s
        share = cycle.gc_s(PROCS) / (length * PROCS)
        by = "the limit" if cycle.limited else "GOGC"
        pause = f"{cycle.start_s - before.end_s:.2f}"
        rows.append((at, cycle.live_before // MIB, cycle.goal // MIB, by, pause, percent(share)))
    return rows
