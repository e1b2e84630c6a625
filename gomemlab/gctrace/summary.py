"""A log at a glance: how often, how big, how long, and which settings it fits; the memory it takes stays the same.

Go: runtime/mgc.go, gcMarkTermination.
Left out: anything that needs all cycles at once; the tables of a Log are for that.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from gomemlab.gctrace.cycle import NO_GOAL_MB, Cycle
from gomemlab.gctrace.fits import Fit, Pair, fit, pair

_SAMPLE = 4_096  # goals that the settings are found from


class Summary:
    """What is counted while cycles of one process go by."""

    def __init__(self) -> None:
        self.cycles = 0
        self.forced = 0  # by runtime.GC
        self.periodic = 0  # because there was none for two minutes
        self.peak_mb = 0  # MiB; of the heap at a cycle's end
        self.stw_max_ms = 0.0
        self.cpu_ms = 0.0  # of GC, without idle workers: Go's percentage leaves them out, too
        self.assist_ms = 0.0
        self.idle_ms = 0.0
        self.procs: Counter[int] = Counter()
        self._live: Counter[int] = Counter()
        self._stw: Counter[float] = Counter()
        self._goals: list[int] = []  # lowest and highest
        self._first: Cycle | None = None
        self._last: Cycle | None = None
        self._pairs: list[Pair] = []
        self._every = 1

    def add(self, cycle: Cycle) -> None:
        """Count one more cycle."""
        self.cycles += 1
        self.forced += cycle.forced
        self.periodic += cycle.periodic
        self.peak_mb = max(self.peak_mb, cycle.heap_start_mb, cycle.heap_end_mb)
        self.stw_max_ms = max(self.stw_max_ms, cycle.stw_ms)
        self._stw[round(cycle.stw_ms, 3)] += 1
        self._live[cycle.heap_live_mb] += 1
        self.procs[cycle.procs] += 1
        self.cpu_ms += cycle.cpu_ms - cycle.cpu_idle_ms
        self.assist_ms += cycle.cpu_assist_ms
        self.idle_ms += cycle.cpu_idle_ms
        self._goal(cycle)
        self._first, self._last = self._first or cycle, cycle

    def _goal(self, cycle: Cycle) -> None:
        """Take the cycle's goal; of very many goals every second, fourth, eighth is enough."""
        if cycle.heap_goal_mb < NO_GOAL_MB:
            known = [*self._goals, cycle.heap_goal_mb]
            self._goals = [min(known), max(known)]
        found = pair(self._last, cycle) if self._last else None
        if found and self.cycles % self._every == 0:
            self._pairs.append(found)
            if len(self._pairs) >= _SAMPLE:
                self._pairs, self._every = self._pairs[1::2], self._every * 2

    @property
    def span_s(self) -> tuple[float, float]:
        """Return when the first and the last cycle began, seconds since the process did."""
        return (self._first.at_s, self._last.at_s) if self._first and self._last else (0.0, 0.0)

    @property
    def cpu_percent(self) -> float | None:
        """Return GC's share of the processors from the first cycle to the last, from the cycles' own times."""
        begin, end = self.span_s
        procs = sum(count * many for count, many in self.procs.items()) / max(1, self.cycles)
        return 100 * self.cpu_ms / (1_000 * (end - begin) * procs) if end > begin and procs else None

    @property
    def fit(self) -> Fit:
        """Return which GOGC and limit the goals fit."""
        return fit(self._pairs, self._first)

    def as_json(self) -> dict[str, Any]:
        """Return the numbers as a value that json can write, units in the names."""
        begin, end = self.span_s
        settings = self.fit
        return {
            "cycles": self.cycles,
            "forced": self.forced,
            "periodic": self.periodic,
            "first_s": begin,
            "last_s": end,
            "interval_s": (end - begin) / (self.cycles - 1) if self.cycles > 1 else None,
            "peak_mb": self.peak_mb,
            "live_min_mb": min(self._live, default=None),
            "live_median_mb": _median(self._live),
            "live_max_mb": max(self._live, default=None),
            "goal_min_mb": min(self._goals, default=None),
            "goal_max_mb": max(self._goals, default=None),
            "stw_median_ms": _median(self._stw),
            "stw_max_ms": round(self.stw_max_ms, 3),
            "gc_cpu_percent_printed": self._last.gc_cpu_percent if self._last else None,
            "gc_cpu_percent": self.cpu_percent,
            "assist_ms": round(self.assist_ms, 3),
            "idle_ms": round(self.idle_ms, 3),
            "procs": sorted(self.procs),
            "gogc": settings.gogc,
            "goals": settings.goals,
            "goals_fitting": settings.fitting,
            "goals_lower": settings.lower,
            "limited_goal_mb": settings.limited_goal_mb,
        }


def summarise(cycles: Iterable[Cycle]) -> Summary:
    """Return the summary of some cycles of one process."""
    summary = Summary()
    for cycle in cycles:
        summary.add(cycle)
    return summary


def _median(counts: Counter[Any]) -> Any:
    """Return the value in the middle, the lower of two; None where there is none."""
    left = (counts.total() + 1) // 2
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    return None
