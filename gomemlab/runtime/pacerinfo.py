"""The pacer's part of a snapshot: goal and trigger, who marks, who owes, and the cycles that were.

Times are nanoseconds of the cost model.

Go: runtime/mgcpacer.go, gcControllerState; runtime/mgclimit.go, gcCPULimiterState.
Left out: what no view shows.
"""

from dataclasses import dataclass
from typing import NamedTuple

from gomemlab.runtime.pace import Pace, PacedCycle


class WorkerInfo(NamedTuple):
    """What a P does for the collector."""

    p: int
    mode: str  # "dedicated", "fractional", "idle"; "" where it does not mark
    since_ns: int  # when it began
    busy: bool  # it runs the program


class DebtInfo(NamedTuple):
    """What a goroutine has paid or owes in this cycle."""

    g: int
    credit: int  # bytes that it may allocate; below 0: it owes
    waits: bool  # in the assist queue


@dataclass(frozen=True, slots=True)
class PacerInfo:
    """The pacer at one moment; bytes unless said."""

    now_ns: int  # since the process began
    gogc: int  # percent, -1 for off
    memory_limit: int  # 2^63 - 1 for none
    marking: bool
    heap_live: int
    heap_marked: int  # by the last cycle
    heap_scan: int
    stack_scan: int  # by the last cycle
    globals_scan: int
    trigger: int
    goal: int
    gogc_goal: int  # what GOGC alone asks
    limited: bool  # the memory limit sets the goal
    runway: int
    cons_mark: float
    triggered: int  # heap_live when the cycle that marks began, 0 for none
    reason: str  # why it began: "heap", "time", "forced"; "" where none marks
    start_ns: int  # when it began
    scan_work: int  # scanned in this cycle
    scan_expected: int  # what the pacer expects to be scanned
    assist_ratio: float  # bytes to scan for each byte allocated
    background_credit: int  # bytes of scanning that assists may take
    assist_ns: int  # in this cycle
    dedicated_needed: int  # workers that are still to start
    fractional_goal: float  # of the time, on each P
    workers: tuple[WorkerInfo, ...]  # by P
    debts: tuple[DebtInfo, ...]  # by goroutine
    queue: tuple[int, ...]  # goroutines that wait for credit, the next first
    limiter_fill: int  # ns of CPU
    limiter_capacity: int
    limiting: bool
    gc_cpu_fraction: float  # when the last cycle ended
    cycles: tuple[PacedCycle, ...]  # that ended, the last one last; at most 1000


def pacer_info(pace: Pace | None) -> PacerInfo | None:
    """Return the picture of a pace, None for none."""
    if pace is None:
        return None
    c, limiter, assists = pace.controller, pace.limiter, pace.assists
    trigger, goal = c.trigger()
    workers = enumerate(pace.workers)
    return PacerInfo(
        now_ns=pace.now,
        gogc=c.gc_percent,
        memory_limit=c.memory_limit,
        marking=c.marking,
        heap_live=c.heap_live,
        heap_marked=c.heap_marked,
        heap_scan=c.heap_scan,
        stack_scan=c.last_stack_scan,
        globals_scan=c.globals_scan,
        trigger=trigger,
        goal=goal,
        gogc_goal=c.gc_percent_heap_goal,
        limited=c.limited,
        runway=c.runway,
        cons_mark=c.cons_mark,
        triggered=c.triggered if c.marking else 0,
        reason=pace.begun[0] if c.marking else "",
        start_ns=pace.begun[1] if c.marking else 0,
        scan_work=c.scan_work,
        scan_expected=c.last_heap_scan + c.last_stack_scan + c.globals_scan,
        assist_ratio=c.assist_work_per_byte,
        background_credit=c.bg_scan_credit,
        assist_ns=c.assist_time,
        dedicated_needed=c.dedicated_mark_workers_needed if c.marking else 0,
        fractional_goal=c.fractional_utilization_goal,
        workers=tuple(WorkerInfo(p, w.mode.value if w.mode else "", w.since, p in pace.busy) for p, w in workers),
        debts=tuple(DebtInfo(g, credit, g in assists.queue) for g, credit in sorted(assists.credit.items())),
        queue=tuple(assists.queue),
        limiter_fill=limiter.fill,
        limiter_capacity=limiter.capacity,
        limiting=limiter.limiting(),
        gc_cpu_fraction=pace.gc_cpu_fraction,
        cycles=pace.history,
    )
