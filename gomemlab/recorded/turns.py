"""When a recorded program swept: whose turn it was, read from the trace.

Where sweeping goes on while the program runs, scheduling decides who sweeps how much, and no model can know that. So it
is given: a turn of the background sweeper ends where it yields, runtime.GC yields behind each span, gcStart sweeps what
is left, and an allocation that pays its debt says how many bytes it swept. It goes on, where need be, until the last
object is free that Go freed in this turn. What each of them sweeps is the model's.

Sweeps of an allocation that looks for a slot or for pages are not given at all.

Go: runtime/mgcsweep.go, bgsweep, deductSweepCredit; runtime/mgc.go, GC, gcStart; runtime/traceruntime.go,
traceLocker.GCSweepStart, traceLocker.GCSweepDone.
Left out: a turn that is preempted; its spans count for the next one.
"""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.golang.trace import Trace
from gomemlab.golang.wire import Ev
from gomemlab.recorded.cycles import Cycle
from gomemlab.runtime.arch import PAGE_SHIFT
from gomemlab.runtime.gc.sweep import SWEEP_BATCH

YIELDED = "runtime.Gosched"  # why a goroutine stopped
RECLAIM = ("runtime.(*mheap).alloc",)  # as a stack begins; what it calls runs on another one
ALL = 1 << 30  # spans: as many as there are


class By(IntEnum):
    """Who swept."""

    TURN = 0  # bgsweep, runtime.GC
    CREDIT = 1  # the next allocation that needs a span
    REST = 2  # gcStart, all that is left


class Turn(NamedTuple):
    """What was swept at a time."""

    row: int  # of the trace
    by: By
    much: int  # spans of TURN, pages of CREDIT
    begin: int  # what is freed from this row on ...
    end: int  # ... up to this one was freed by it


def find_turns(trace: Trace, cycles: Sequence[Cycle]) -> list[Turn]:
    """Return the turns behind each cycle that did not sweep everything in its pause."""
    turns: list[Turn] = []
    for cycle in cycles:
        if not cycle.in_pause:
            turns += _stops(trace, cycle)
            turns += _credits(trace, cycle)
            turns.append(Turn(cycle.begin, By.REST, ALL, cycle.begin, cycle.begin))
    return sorted(turns)


def _stops(trace: Trace, cycle: Cycle) -> Iterator[Turn]:
    """Yield the turns that ended with a goroutine's yielding or falling asleep."""
    for row in trace.rows(Ev.GO_STOP, Ev.GO_BLOCK, begin=cycle.marked, end=cycle.end).tolist():
        stack, yielded = trace.stack(row, 1), trace.string(row) == YIELDED
        if "runtime.bgsweep" in stack and (yielded or trace.typ[row] == Ev.GO_BLOCK):
            yield Turn(row, By.TURN, SWEEP_BATCH if yielded else ALL, _resumed(trace, row), row)
        elif "runtime.GC" in stack[:2] and yielded:
            yield Turn(row, By.TURN, 1, _resumed(trace, row), row)


def _resumed(trace: Trace, row: int) -> int:
    """Return from which row on the goroutine of an event ran without a pause."""
    while row > 0 and trace.g[row - 1] == trace.g[row]:
        row -= 1
    return row


def _credits(trace: Trace, cycle: Cycle) -> Iterator[Turn]:
    """Yield what allocations swept to pay their debts."""
    for row, end in _regions(trace, cycle.marked, cycle.end):
        if "runtime.deductSweepCredit" in trace.stack(row, 0):
            yield Turn(row, By.CREDIT, int(trace.args[0, end]) >> PAGE_SHIFT, row, end)


def _regions(trace: Trace, begin: int, end: int) -> list[tuple[int, int]]:
    """Return where allocations began and ended to sweep, as far as both are in the trace; one P sweeps at a time."""
    begins, ends = (trace.rows(kind, begin=begin, end=end) for kind in (Ev.GC_SWEEP_BEGIN, Ev.GC_SWEEP_END))
    at = np.searchsorted(ends, begins)
    found = at < len(ends)
    return list(zip(begins[found].tolist(), ends[at[found]].tolist(), strict=True))


def reclaimed(trace: Trace, rows: NDArray[np.int64], cycles: Sequence[Cycle]) -> NDArray[np.bool_]:
    """Say of events that freed objects which happened when a heap looked for pages: these spans had no page mark.

    Go: runtime/mheap.go, (*mheap).reclaimChunk.
    """
    found = np.zeros(len(rows), np.bool_)
    for cycle in cycles:
        for begin, end in _regions(trace, cycle.marked, cycle.end):
            if trace.stack(begin, 0)[:1] == RECLAIM:
                found[slice(*np.searchsorted(rows, (begin, end)).tolist())] = True
    return found
