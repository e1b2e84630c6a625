"""When a recorded program swept: whose turn it was, read from the trace.

Where sweeping goes on while the program runs, scheduling decides who sweeps how much, and no model can know that. So it
is given: a turn of the background sweeper ends where it yields, runtime.GC yields behind each span, gcStart sweeps what
is left, and an allocation that pays its debt says how many bytes it swept. What each of them sweeps is the model's.

Sweeps of an allocation that looks for a slot or for pages are not given at all.

Go: runtime/mgcsweep.go, bgsweep, deductSweepCredit; runtime/mgc.go, GC, gcStart; runtime/traceruntime.go,
traceLocker.GCSweepStart, traceLocker.GCSweepDone.
Left out: a turn that is preempted; its spans count for the next one.
"""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from gomemlab.golang.trace import Trace
from gomemlab.golang.wire import Ev
from gomemlab.recorded.cycles import Cycle
from gomemlab.runtime.arch import PAGE_SHIFT
from gomemlab.runtime.gc.sweep import SWEEP_BATCH

YIELDED = "runtime.Gosched"  # why a goroutine stopped
ALL = 1 << 30  # spans: as many as there are


class By(IntEnum):
    """Who swept."""

    TURN = 0  # bgsweep, runtime.GC, gcStart
    CREDIT = 1  # the next allocation that needs a span


class Turn(NamedTuple):
    """What was swept at a time."""

    row: int  # of the trace
    by: By
    much: int  # spans of TURN, pages of CREDIT


def find_turns(trace: Trace, cycles: Sequence[Cycle]) -> list[Turn]:
    """Return the turns behind each cycle that did not sweep everything in its pause."""
    turns: list[Turn] = []
    for cycle in cycles:
        if not cycle.in_pause:
            turns += _stops(trace, cycle)
            turns += _credits(trace, cycle)
            turns.append(Turn(cycle.begin, By.TURN, ALL))
    return sorted(turns)


def _stops(trace: Trace, cycle: Cycle) -> Iterator[Turn]:
    """Yield the turns that ended with a goroutine's yielding or falling asleep."""
    kinds = np.isin(trace.typ[cycle.marked : cycle.end], (Ev.GO_STOP, Ev.GO_BLOCK))
    for row in (np.flatnonzero(kinds) + cycle.marked).tolist():
        stack = trace.stack(row, 1)
        if "runtime.bgsweep" in stack:
            if trace.typ[row] == Ev.GO_BLOCK:
                yield Turn(row, By.TURN, ALL)
            elif trace.string(row) == YIELDED:
                yield Turn(row, By.TURN, SWEEP_BATCH)
        elif trace.string(row) == YIELDED and "runtime.GC" in stack[:2]:
            yield Turn(row, By.TURN, 1)


def _credits(trace: Trace, cycle: Cycle) -> Iterator[Turn]:
    """Yield what allocations swept to pay their debts."""
    ends = np.flatnonzero(trace.typ == Ev.GC_SWEEP_END)
    begins = np.flatnonzero(trace.typ[cycle.marked : cycle.end] == Ev.GC_SWEEP_BEGIN) + cycle.marked
    for row in begins.tolist():
        end = ends[np.searchsorted(ends, row) :][:1]
        if len(end) and "runtime.deductSweepCredit" in trace.stack(row, 0):
            yield Turn(row, By.CREDIT, int(trace.args[0, end[0]]) >> PAGE_SHIFT)
