"""The lines that Go would print for the cycles of a paced world.

Sizes are what the model counted; times are its cost model's, so the lines of two worlds can be compared with each
other, and only their sizes with real Go's.

Go: runtime/mgc.go, gcMarkTermination.
Left out: nothing.
"""

from collections.abc import Iterable

from gomemlab.gctrace.line import Exact, line
from gomemlab.runtime.pace import FORCED, PacedCycle


def lines(cycles: Iterable[PacedCycle]) -> list[str]:
    """Return a line for each cycle, as `world.snapshot().pacer.cycles` has them."""
    return [line(exact(cycle)) for cycle in cycles]


def exact(cycle: PacedCycle) -> Exact:
    """Return what the line of a cycle is made of; its two stops were equally long."""
    stop = cycle.stw_ns // 2
    return Exact(
        number=cycle.number,
        at_ns=cycle.start_ns,
        gc_cpu_fraction=cycle.gc_cpu_fraction,
        clock_sweep_term_ns=stop,
        clock_mark_ns=cycle.end_ns - cycle.start_ns - 2 * stop,
        clock_mark_term_ns=stop,
        cpu_assist_ns=cycle.assist_ns,
        cpu_background_ns=cycle.workers_ns,
        cpu_idle_ns=cycle.idle_ns,
        heap_start=cycle.heap_start,
        heap_end=cycle.heap_end,
        heap_live=cycle.live,
        heap_goal=cycle.goal,
        stacks=cycle.stacks,
        globals=cycle.globals,
        procs=cycle.procs,
        forced=cycle.reason == FORCED,
    )
