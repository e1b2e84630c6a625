"""The pacer of a stepped world, as a run: the cycles that ended on this line of history, and the heap since.

A stepped world knows each allocation, but between two cycles a snapshot has only the present moment; so the line grows
straight. The view is the one that the aggregate mode has.

Go: runtime/mgcpacer.go, gcControllerState.
Left out: moments inside a cycle that ended; step back to see them.
"""

from gomemlab.pacing.run import OFF, PacedCycle, Run
from gomemlab.pacing.workload import workload
from gomemlab.runtime import pace
from gomemlab.runtime.gc.pacer import DEFAULT_HEAP_MINIMUM
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views.pacer_facts import goal_of

SECOND = 1e9  # ns
LEAST = 1e-3  # seconds: an axis needs some time
NOTHING = workload(0, 0, name="the world of this lab")


def run_of(snapshot: Snapshot) -> Run | None:
    """Return what the pacer of a world did until now; None for a world that is not paced."""
    info = snapshot.pacer
    if info is None:
        return None
    cycles, base = [], 0
    for cycle in info.cycles:
        cycles.append(_cycle(cycle, base))
        base = cycle.live + cycle.stacks + cycle.globals
    now = max(info.now_ns / SECOND, LEAST)
    after = ((info.start_ns / SECOND, info.triggered),) if info.marking else ()
    peaks = [info.heap_live, *(cycle.heap_end for cycle in info.cycles)]
    return Run(
        workload=NOTHING,
        procs=max(len(info.workers), 1),
        gogc=info.gogc,
        memory_limit=info.memory_limit,
        changes=(),
        seconds=now,
        cycles=tuple(cycles),
        after=(*after, (now, info.heap_live)),
        memory_peak=max(peaks),
        allocated=snapshot.mstats.total_alloc,
        program_s=0.0,
    )


def _cycle(cycle: pace.PacedCycle, base: int) -> PacedCycle:
    """Return a cycle of the world as the aggregate mode has it; `base` is what GOGC counted, by the cycle before."""
    counted = base or cycle.live_before + cycle.globals
    least = DEFAULT_HEAP_MINIMUM * max(cycle.gogc, 0) // 100
    asked = cycle.goal if cycle.gogc == OFF else max(goal_of(cycle.gogc, cycle.live_before, counted), least)
    reason = cycle.reason
    return PacedCycle(
        number=cycle.number,
        reason="time" if reason == "time" else "forced" if reason == "forced" else "heap",
        start_s=cycle.start_ns / SECOND,
        end_s=cycle.end_ns / SECOND,
        gogc=cycle.gogc,
        memory_limit=cycle.memory_limit,
        live_before=cycle.live_before,
        trigger=cycle.trigger,
        goal=cycle.goal,
        gogc_goal=asked,
        limited=cycle.limited,
        heap_start=cycle.heap_start,
        heap_end=cycle.heap_end,
        live=cycle.live,
        stacks=cycle.stacks,
        globals=cycle.globals,
        scanned=cycle.scanned,
        memory_peak=cycle.heap_end,
        assist_s=cycle.assist_ns / SECOND,
        workers_s=cycle.workers_ns / SECOND,
        idle_s=cycle.idle_ns / SECOND,
        sweep_term_s=cycle.stw_ns / SECOND / 2,
        mark_term_s=cycle.stw_ns / SECOND / 2,
        before=(),
        inside=(),
    )
