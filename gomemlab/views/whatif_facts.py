"""What the what-if view draws: the log's saw-tooth, the predicted one over it, and a map of settings.

Both saw-teeth are in the seconds of their own process. The map has a cell for each GOGC with each limit; the settings
asked about lie on the nearest cell.

Go: runtime/mgcpacer.go, (*gcControllerState).commit, (*gcControllerState).memoryLimitHeapGoal.
Left out: when a program allocated between two cycles; a log does not tell.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log
from typing import NamedTuple

from gomemlab.runtime.gc.pacer import OFF
from gomemlab.views.pacer_curves import MOST, Curve
from gomemlab.views.pacer_facts import FAR, Axis, axis_for
from gomemlab.whatif.advice import Advice
from gomemlab.whatif.grid import Map
from gomemlab.whatif.prediction import Prediction
from gomemlab.whatif.setting import MIB, Setting
from gomemlab.whatif.traced import Tooth

BANDS = 7  # of a map's tint


@dataclass(frozen=True, slots=True)
class WhatIfFrame:
    """A log and one answer."""

    prediction: Prediction
    seconds: float  # of the time axis
    axis: Axis
    observed: Curve
    predicted: Curve
    observed_goal: Curve
    predicted_goal: Curve
    cycles: tuple[tuple[Tooth, ...], tuple[Tooth, ...]]  # in the log, in the replay
    own: bool  # the setting is the log's own: model against real Go


def frame(prediction: Prediction, observed: tuple[Tooth, ...], predicted: tuple[Tooth, ...]) -> WhatIfFrame:
    """Return what to draw of a log's cycles and of a replay's."""
    end = 0.0 if predicted else prediction.peak_heap.value  # of a heap that only grows
    highest = max([1, end, *(tooth.peak for tooth in (*observed, *predicted))])
    goals = [tooth.goal for tooth in (*observed, *predicted) if tooth.goal < FAR * highest]
    limit = prediction.setting.memory_limit
    near = [limit] if limit is not None and limit < FAR * highest else []
    axis = axis_for(max([highest, *goals, *near]))
    seconds = max([tooth.end_s for tooth in (*observed[-1:], *predicted[-1:])], default=1.0)
    return WhatIfFrame(
        prediction=prediction,
        seconds=max(seconds, 1e-3) * 1.01,
        axis=axis,
        observed=saw(observed),
        predicted=saw(predicted) if predicted else Curve((0.0, seconds), (0.0, end)),
        observed_goal=goal(observed, 1.2 * axis.top),
        predicted_goal=goal(predicted, 1.2 * axis.top),
        cycles=(observed, predicted),
        own=prediction.setting == prediction.log_setting,
    )


def thinned(teeth: Sequence[Tooth], most: int = MOST) -> list[Tooth]:
    """Return the teeth to draw: all, or of each few neighbours the highest."""
    each = -(-len(teeth) // most) or 1
    return [max(teeth[i : i + each], key=lambda tooth: tooth.peak) for i in range(0, len(teeth), each)]


def saw(teeth: Sequence[Tooth]) -> Curve:
    """Return the live heap from nothing, over each cycle, to what the last one marked."""
    xs, ys = [0.0], [0.0]
    for tooth in thinned(teeth):
        xs += [tooth.start_s, tooth.end_s, tooth.end_s]
        ys += [tooth.heap_start, tooth.heap_end, tooth.live]
    return Curve(tuple(xs), tuple(ys))


def goal(teeth: Sequence[Tooth], top: float) -> Curve:
    """Return the goal, which holds from the end of one cycle to the end of the next."""
    xs: list[float] = []
    ys: list[float] = []
    since = 0.0
    for tooth in thinned(teeth):
        xs += [since, tooth.end_s]
        ys += [min(tooth.goal, top)] * 2
        since = tooth.end_s
    return Curve(tuple(xs), tuple(ys))


class Cell(NamedTuple):
    """One setting on the map."""

    words: str
    tint: int  # 0 for the least, up to BANDS - 1
    infeasible: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One number of the map that can be shown: how it is called, read off a point, written, and banded."""

    name: str
    title: str
    of: Callable[[float], str]
    ends: tuple[float, ...] = ()  # of the bands; none: even steps of the logarithm


def _mib(nbytes: float) -> str:
    """Return bytes in MiB, as few letters as a cell has room for."""
    mib = nbytes / MIB
    return f"{mib:.1f}" if mib < 10 else f"{mib:.0f}" if mib < 10_000 else f"{mib / 1024:.0f}G"  # noqa: PLR2004


def _percent(share: float) -> str:
    """Return a share in percent."""
    return f"{100 * share:.1f}" if share < 0.0995 else f"{100 * share:.0f}"  # noqa: PLR2004 (two digits)


SHOWN = {
    shown.name: shown
    for shown in (
        Shown("peak_heap", "peak heap, MiB", _mib),
        Shown("gc_cpu", "GC CPU, percent of all Ps", _percent, (0.01, 0.02, 0.05, 0.1, 0.2, 0.35)),
    )
}


@dataclass(frozen=True, slots=True)
class MapFrame:
    """The map: its rows are limits, the highest first; its columns GOGC."""

    shown: Shown
    gogcs: tuple[int, ...]
    limits: tuple[int | None, ...]
    cells: tuple[tuple[Cell, ...], ...]  # as far as they are known
    here: tuple[int, int]  # row and column of the setting asked about
    exact: bool  # it is just that setting
    own: tuple[int, int]  # of the log's setting
    best: tuple[int, int] | None  # of the recommended one
    advice: Advice | None


def map_frame(found: Map, asked: Setting, own: Setting, advice: Advice | None, name: str, total: int) -> MapFrame:
    """Return a map as it is drawn; `total` rows are to come, from the lowest limit on."""
    shown = SHOWN[name]
    column = [[getattr(point, name) for point in row] for row in found.points]
    flat = [value for row in column for value in row if value > 0] or [1.0]
    low, high = min(flat), max(flat)
    rows = []
    for at, row in enumerate(column):
        bad = found.infeasible(at)
        rows.append(tuple(Cell(shown.of(value), _band(value, low, high, shown.ends), bad) for value in row))
    limits = tuple(reversed(found.memory_limits))
    here, mine = nearest(found.gogcs, limits, asked), nearest(found.gogcs, limits, own)
    best = nearest(found.gogcs, limits, advice.setting) if advice is not None else None
    exact = found.gogcs[here[1]] == asked.gogc and limits[here[0]] == asked.memory_limit
    empty = [()] * (total - len(rows))
    return MapFrame(shown, found.gogcs, limits, (*empty, *reversed(rows)), here, exact, mine, best, advice)


def _band(value: float, low: float, high: float, ends: tuple[float, ...]) -> int:
    """Return how dark a value's cell is."""
    if ends:
        return sum(value >= end for end in ends)
    if value <= low or high <= low:
        return 0
    return min(int(BANDS * log(value / low) / log(high / low)), BANDS - 1)


def nearest(gogcs: Sequence[int], limits: Sequence[int | None], setting: Setting) -> tuple[int, int]:
    """Return the row and the column nearest to a setting; off is the last column, no limit the first row."""
    most = max(gogcs) if setting.gogc == OFF else max(setting.gogc, 1)
    column = min(range(len(gogcs)), key=lambda i: abs(log(max(gogcs[i], 1) / most)))
    if setting.memory_limit is None:
        return limits.index(None) if None in limits else 0, column
    known = [i for i, limit in enumerate(limits) if limit is not None]
    wanted = max(setting.memory_limit, 1)
    return min(known or [0], key=lambda i: abs(log(max(limits[i] or 1, 1) / wanted))), column
