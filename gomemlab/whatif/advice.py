"""A recommendation from a map: the least collecting within a memory budget, and what it risks.

Of all points whose heap stays within the budget, those that cost at most a little more CPU than the cheapest are as
good as it; among them the smallest heap is taken. The risk is where the limit would have to be for collecting to take
many times as much: below, real Go's CPU limiter engages, and the limit is passed.

Go: runtime/mgcpacer.go, (*gcControllerState).memoryLimitHeapGoal; runtime/mgclimit.go, gcCPULimiterState.
Left out: latency; less collecting is also fewer assists, but the map does not say when.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gomemlab.runtime.gc.pacer import OFF
from gomemlab.whatif.grid import Map
from gomemlab.whatif.setting import Setting
from gomemlab.whatif.words import mib

CLOSE = (0.003, 0.1)  # of all Ps' time, or of the least CPU: two points so near cost as much
STEEP = 2.0  # times the CPU of the recommended point: a limit that costs so much is too low
EDGE = 1.25  # times what is needed: a limit below is too near to where the limiter engages
MIDDLE = "The map has middle values: ask about the setting, and leave room for the upper end of the interval."
ENGAGES = 0.4  # of all Ps' time: the CPU limiter is at work


@dataclass(frozen=True, slots=True)
class Advice:
    """A setting, and what is known of its risk."""

    setting: Setting
    peak_heap: float  # bytes
    gc_cpu: float  # share of all Ps' time
    budget: float  # bytes
    steep: float | None  # bytes: with a limit below, collecting takes at least twice as much
    engages: float | None  # bytes: with a limit below, the CPU limiter engages
    within: bool  # some point keeps to the budget

    def __str__(self) -> str:
        """Return it as sentences: what, at what risk, how sure."""
        cpu = f"{100 * self.gc_cpu:.1f} % of the CPU"
        if not self.within:
            said = f"No setting keeps the heap within {mib(self.budget)}; {self.setting} comes nearest"
        else:
            said = f"Within {mib(self.budget)}, {self.setting} collected least"
        return f"{said}: peak {mib(self.peak_heap)}, {cpu}. {self.risk} {MIDDLE}"

    @property
    def risk(self) -> str:
        """Return the risk as a sentence."""
        if self.engages is None and self.steep is None:
            return "No limit on the map makes collecting much dearer."
        if self.engages is None or (self.steep is not None and self.steep > 1.02 * self.engages):
            tail = f"; below {mib(self.engages)} the CPU limiter engages" if self.engages is not None else ""
            return f"With a limit below {mib(self.steep or 0)} collecting takes twice as much{tail}."
        return f"With a limit below {mib(self.engages)} the CPU limiter engages."


def advise(found: Map, budget: float) -> Advice:
    """Return what to set so that the heap stays within so many bytes, by a map."""
    points = [
        (point, Setting(gogc, limit))
        for row, limit in enumerate(found.memory_limits)
        for gogc, point in zip(found.gogcs, found.points[row], strict=True)
        if not found.infeasible(row) and not (gogc == OFF and limit is None)
    ] or [(found.points[-1][0], Setting(found.gogcs[0], found.memory_limits[-1]))]
    safe = [
        one for one in points if one[1].memory_limit is None or one[1].memory_limit >= EDGE * found.needed
    ] or points
    inside = [(point, setting) for point, setting in safe if point.peak_heap <= budget]
    if inside:
        least = min(point.gc_cpu for point, _ in inside)
        good = [
            (point, setting) for point, setting in inside if point.gc_cpu <= least + max(CLOSE[0], CLOSE[1] * least)
        ]
        # Where a limit does nothing, none is simpler to live with.
        point, setting = min(
            good, key=lambda one: (round(one[0].peak_heap / budget, 2), one[1].memory_limit is not None)
        )
    else:
        point, setting = min(points, key=lambda one: one[0].peak_heap)
    column = found.gogcs.index(setting.gogc)
    dear = max(STEEP * point.gc_cpu, point.gc_cpu + 0.02)
    steep = _highest(found, column, lambda cpu: cpu >= dear)
    return Advice(
        setting,
        point.peak_heap,
        point.gc_cpu,
        budget,
        steep,
        max(_highest(found, column, lambda cpu: cpu >= ENGAGES) or 0.0, found.needed),
        bool(inside),
    )


def _highest(found: Map, column: int, dear: Callable[[float], bool]) -> float | None:
    """Return the limit of the row above the highest that is dear: below this one, all are or come near it."""
    limits = [limit for limit in found.memory_limits if limit is not None]
    rows = [row for row, limit in enumerate(found.memory_limits) if limit is not None]
    costly = [i for i, row in enumerate(rows) if dear(found.points[row][column].gc_cpu)]
    if not costly:
        return None
    return float(limits[min(max(costly) + 1, len(limits) - 1)])
