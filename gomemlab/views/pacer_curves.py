"""Lines of a pacer's picture: the saw-tooth of the live heap, the steps of goal and trigger, the CPU of each cycle.

Between two cycles the heap grows from what was marked to where the next one starts; while that one marks it grows on;
then it falls to what was marked. Goal, trigger and what was last marked hold from the end of one cycle to the end of
the next. All of it is corners of lines, so that a picture of five hundred cycles is a few paths.

Go: runtime/mgcpacer.go, gcControllerState.
Left out: how the heap grew between two cycles of a picture with many.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from gomemlab.pacing.run import PacedCycle

MOST = 512  # cycles of a picture; of more, each tooth is the highest of its neighbours
CLOSE = 40  # cycles; of so few the moments inside are drawn, too
GAP = math.nan  # between two pieces of one line


class Curve(NamedTuple):
    """A line's points; NaN parts its pieces."""

    xs: tuple[float, ...]  # seconds
    ys: tuple[float, ...]  # bytes, or percent


class Tooth(NamedTuple):
    """A cycle, and when the one before it ended."""

    since_s: float
    cycle: PacedCycle
    group: tuple[PacedCycle, ...]  # itself, and the neighbours that it stands for


def teeth(cycles: Sequence[PacedCycle], most: int = MOST) -> list[Tooth]:
    """Return the cycles to draw: all, or of each few neighbours the one with the highest heap."""
    each = -(-len(cycles) // most) or 1
    groups = [cycles[i : i + each] for i in range(0, len(cycles), each)]
    begins = [0.0, *(group[-1].end_s for group in groups)]
    return [Tooth(since, max(group, key=_peak), tuple(group)) for since, group in zip(begins, groups, strict=False)]


def _peak(cycle: PacedCycle) -> int:
    return cycle.peak


def within(cycles: Sequence[PacedCycle], first_s: float, last_s: float) -> list[PacedCycle]:
    """Return the cycles that a window of time shows, and one more on either side."""
    inside = [i for i, cycle in enumerate(cycles) if cycle.end_s >= first_s and cycle.start_s <= last_s]
    if not inside:
        return list(cycles)
    return list(cycles[max(inside[0] - 1, 0) : inside[-1] + 2])


def heap(shown: Sequence[Tooth], begin: tuple[float, int], end: tuple[float, int] | None) -> Curve:
    """Return the live heap from its first point, over each cycle, to its last."""
    xs, ys = [begin[0]], [float(begin[1])]
    for _, cycle, _ in shown:
        if len(shown) <= CLOSE:
            xs += [at for at, _ in cycle.before]
            ys += [live for _, live in cycle.before]
        xs += [cycle.start_s, cycle.end_s, cycle.end_s]
        ys += [cycle.heap_start, cycle.heap_end, cycle.live]
    if end is not None:
        xs.append(end[0])
        ys.append(float(end[1]))
    return Curve(tuple(xs), tuple(ys))


def marking(shown: Sequence[Tooth]) -> Curve:
    """Return the pieces of the live heap during which a cycle marks, moment by moment where there are few."""
    xs: list[float] = []
    ys: list[float] = []
    for _, cycle, _ in shown:
        moments = [(s.at_s, s.heap_live) for s in cycle.inside] if len(shown) <= CLOSE else []
        inner = moments or [(cycle.start_s, cycle.heap_start), (cycle.end_s, cycle.heap_end)]
        xs += [*(at for at, _ in inner), cycle.end_s]
        ys += [*(live for _, live in inner), GAP]
    return Curve(tuple(xs[:-1]), tuple(ys[:-1]))  # a line that ends with nothing makes bqplot complain


def steps(shown: Sequence[Tooth], what: Callable[[PacedCycle], int], top: float) -> Curve:
    """Return a value that holds from the end of one cycle to the end of the next; never far above the picture."""
    xs: list[float] = []
    ys: list[float] = []
    for since, cycle, _ in shown:
        xs += [since, cycle.end_s]
        ys += [min(what(cycle), top)] * 2
    return Curve(tuple(xs), tuple(ys))


def cpu(shown: Sequence[Tooth], procs: int) -> tuple[Curve, Curve]:
    """Return how much of all Ps' time the workers had, and workers and assists together, in percent.

    Of cycles that share a tooth it is the average over all of their time.
    """
    workers, both = _Area(), _Area()
    close = len(shown) <= CLOSE
    for since, cycle, group in shown:
        loads = [_average(since, group, procs)] if len(group) > 1 else _loads(cycle, procs, close=close)
        for start, end, worked, assisted in loads:
            workers.add(start, end, 100 * worked / procs)
            both.add(start, end, 100 * (worked + assisted) / procs)
        for area in (workers, both):
            area.add(loads[-1][1], loads[-1][1], 0.0)
    return workers.curve, both.curve


def _average(since: float, group: Sequence[PacedCycle], procs: int) -> tuple[float, float, float, float]:
    """Return (from, to, Ps of workers, Ps of assists) of neighbours, from the end of the cycle before them."""
    end = group[-1].end_s
    took = max(end - since, 1e-9)
    workers, assists = sum(cycle.workers_s for cycle in group), sum(cycle.assist_s for cycle in group)
    return since, end, min(workers / took, procs), min(assists / took, procs)


def _loads(cycle: PacedCycle, procs: int, *, close: bool) -> list[tuple[float, float, float, float]]:
    """Return (from, to, Ps of workers, Ps of assists), moment by moment or for the whole cycle."""
    if close and len(cycle.inside) > 1:
        before = (cycle.start_s, *(sample.at_s for sample in cycle.inside))
        moments = zip(before, cycle.inside, strict=False)
        return [(at, sample.at_s, sample.workers, sample.assists) for at, sample in moments if sample.at_s > at]
    took = cycle.marking_s
    if took <= 0:
        return [(cycle.start_s, cycle.end_s, 0.0, 0.0)]
    share = [min(seconds / took, procs) for seconds in (cycle.workers_s, cycle.assist_s)]
    return [(cycle.start_s, cycle.end_s, share[0], share[1])]


class _Area:
    """An outline over the time axis: zero between its pieces."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.xs: list[float] = [0.0]
        self.ys: list[float] = [0.0]

    def add(self, start: float, end: float, value: float) -> None:
        """Let the outline have a value from start to end; a gap before it is zero."""
        if start > self.xs[-1]:
            self.xs += [self.xs[-1], start]
            self.ys += [0.0, 0.0]
        self.xs += [start, end]
        self.ys += [value, value]

    @property
    def curve(self) -> Curve:
        """Return the outline, closed at zero."""
        return Curve((*self.xs, self.xs[-1]), (*self.ys, 0.0))
