"""The collections of a recording, and how well the model did in each.

Given is which objects were dead. Compared are what was allocated until the next cycle, and in which order the spans
were swept, as far as the trace shows it: a sweep in which nothing was dead leaves no event.

Go: runtime/mgcsweep.go, (*mheap).nextSpanForSweep.
Left out: pauses and times.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.recorded.plan import Act, Plan
from gomemlab.recorded.sweeping import Sweep

Ints = NDArray[np.int64]


class Collected(NamedTuple):
    """One collection."""

    in_pause: bool  # whether everything was swept while the world stood still
    dead: int  # objects, given
    sweeps: int  # of spans with dead objects
    same: int  # of them, those that came in the model where they came in Go, with as many dead objects
    extra: int  # sweeps that the model did beyond those
    objects: int  # compared, from the end of marking to that of the next cycle
    misses: int  # of them


def actual_sweeps(plan: Plan) -> Ints:
    """Return (cycle, page, freed slots) of each sweep of a span in which something was dead; shape (n, 3)."""
    marked = [cycle.marked for cycle in plan.cycles]
    page, row = plan.dead.page, plan.dead.row
    begins = np.ones(len(page) + 1, np.bool_)
    begins[1:-1] = page[1:] != page[:-1]
    begins[np.searchsorted(row, marked)] = True
    first = np.flatnonzero(begins)
    freed, first = np.diff(first), first[:-1]
    return np.stack([np.searchsorted(marked, row[first], "right") - 1, page[first], freed], axis=1)


def collected(plan: Plan, sweeps: Sequence[Sweep], done: int, rows: Ints, equal: NDArray[np.bool_]) -> list[Collected]:
    """Return the collections of the first `done` requests; rows and equal are of the objects compared."""
    actual, predicted = actual_sweeps(plan), np.array(sweeps, np.int64).reshape(-1, 3)
    came_to = np.searchsorted(np.flatnonzero(plan.act == Act.MARKED), done)
    result = []
    for number, cycle in enumerate(plan.cycles[:came_to]):
        go, model = (table[table[:, 0] == number] for table in (actual, predicted))
        n = min(len(go), len(model))
        within = (rows >= cycle.marked) & (rows < cycle.end)
        dead = int(np.diff(np.searchsorted(plan.dead.row, (cycle.marked, cycle.end)))[0])
        same = int((go[:n] == model[:n]).all(axis=1).sum())
        objects, exact = int(within.sum()), int(equal[within].sum())
        extra = max(len(model) - len(go), 0)
        result.append(Collected(cycle.in_pause, dead, len(go), same, extra, objects, objects - exact))
    return result
