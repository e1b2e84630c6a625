"""The collections of a recording: where each one's parts begin in the trace.

A cycle stops the world twice, and a trace names both stops. Behind the second one every span is unswept, until the next
cycle begins; whatever is freed in between had not been marked by this one. With GODEBUG=gcstoptheworld=2 all spans are
swept within the second stop.

Go: runtime/mgc.go, gcStart, gcMarkTermination, gcSweep.
Left out: who marked what; a trace does not tell.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.golang.trace import Trace
from gomemlab.golang.wire import Ev

Ints = NDArray[np.int64]

SWEEP_TERMINATION = "GC sweep termination"  # why the world was stopped
MARK_TERMINATION = "GC mark termination"


class Cycle(NamedTuple):
    """One collection, by rows of the trace."""

    begin: int  # gcStart; what was left to sweep is swept just before
    black: int  # from here on objects are allocated black
    marked: int  # the world is stopped, marking is over
    restart: int  # the world goes on; where the sweep is not over by then, the mcaches have just been flushed
    end: int  # what is freed before this row is freed by this cycle
    in_pause: bool  # whether everything was swept before the restart


def find_cycles(trace: Trace, begin: int) -> tuple[Cycle, ...]:
    """Return the collections whose marking ends behind row `begin`."""
    stops = trace.rows(Ev.STW_BEGIN, begin=begin).tolist()
    marked = [row for row in stops if trace.string(row) == MARK_TERMINATION]
    restarts = trace.rows(Ev.PROCS_CHANGE, Ev.STW_END)
    starts = trace.rows(Ev.GC_BEGIN)
    freed = trace.rows(Ev.HEAP_OBJECT_FREE)
    pauses = [(row, _first(restarts, row, len(trace))) for row in marked]
    # A cycle that frees nothing does not show where it swept; it does as the others do.
    in_pause = not len(freed) or any(_first(freed, row, len(trace)) < restart for row, restart in pauses)
    ends = [*marked[1:], len(trace)][: len(marked)]
    cycles = []
    for (row, restart), end in zip(pauses, ends, strict=True):
        begin = _last(starts, row)
        cycles.append(Cycle(begin, min(_first(restarts, begin, row), row), row, restart, end, in_pause))
    return tuple(cycles)


def _first(rows: Ints, behind: int, none: int) -> int:
    """Return the first of the rows behind one, `none` where there is none."""
    i = int(np.searchsorted(rows, behind, "right"))
    return int(rows[i]) if i < len(rows) else none


def _last(rows: Ints, before: int) -> int:
    """Return the last of the rows before one, that one itself where there is none."""
    i = int(np.searchsorted(rows, before)) - 1
    return int(rows[i]) if i >= 0 else before
