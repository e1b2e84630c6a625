"""The moment that a run has reached, and what the workload's streams are at it.

Streams that count in seconds are followed edge by edge; those that count in cycles hold still until the next cycle.
The clock moves only here, and with it what was allocated and how long the program ran.

Go: none.
Left out: work that piles up while the program is held back; a service's requests would then come in a burst.
"""

import math
from typing import Final

from gomemlab.pacing.workload import Growth, Workload

LEAST_RATE: Final = 1.0  # bytes a CPU second: marking must come to an end
LARGEST: Final = 1 << 50  # bytes: no stream gives more than a process could have


class Moment:
    """A point in time, and the workload there."""

    __slots__ = (
        "_cycle",
        "_forced",
        "_procs",
        "allocated",
        "allocation",
        "growth",
        "live",
        "now",
        "program_s",
        "running",
        "scan",
        "scannable",
        "stacks",
        "until",
        "workload",
    )

    def __init__(self, workload: Workload, procs: int) -> None:
        self.workload, self._procs = workload, procs
        self.now = self.program_s = 0.0  # seconds; CPU seconds
        self.allocated = 0  # bytes
        self.until = -1.0  # seconds: until then the streams are as they are now
        self._cycle = -1
        self._forced = list(workload.forced_s)
        self.refresh(0)

    @property
    def ns(self) -> int:
        """Return the clock in nanoseconds."""
        return int(self.now * 1e9)

    def refresh(self, cycle: int) -> None:
        """Look at the streams again where they may have changed; cycle: how many ended."""
        work = self.workload
        if work.per == "cycle":
            if cycle == self._cycle:
                return
            x, self.until, self._cycle = float(cycle), math.inf, cycle
        elif self.now < self.until:
            return
        else:
            x = self.now
            self.until = min(stream.next_change(x) for stream in work.streams())
        self.allocation = max(work.allocation.at(x), 0.0)  # bytes a CPU second
        self.scan = max(work.scan.at(x), LEAST_RATE)
        self.scannable = min(max(work.scannable.at(x), 0.0), 1.0)
        self.stacks = _bytes(work.stacks.at(x))
        self.running = min(max(work.busy.at(x), 0.0), 1.0) * self._procs  # Ps that the program wants
        self.growth = self.allocation * self.running  # bytes a second, while nothing marks
        live = work.live.factor if isinstance(work.live, Growth) else work.live
        self.live = max(live.at(x), 0.0)  # bytes, or how many times as many

    def reachable(self, heap_live: int, old: int, *, first: bool) -> int:
        """Return the bytes that the program can reach now.

        old: bytes that were reachable at the last cycle. A program cannot reach more than it has allocated; only a
        Growth may, by which the published scenarios get from nothing to their size in a dozen cycles.
        """
        live = self.workload.live
        if not isinstance(live, Growth):
            return min(_bytes(self.live), heap_live)
        return live.first if first else _bytes(old * self.live)

    def pass_time(self, until: float, running: float, grown: int) -> None:
        """Move the clock; on so many Ps the program ran, and allocated so much in all."""
        self.program_s += running * (until - self.now)
        self.allocated += grown
        self.now = until

    @property
    def next_forced(self) -> float:
        """Return when the program calls runtime.GC next."""
        return self._forced[0] if self._forced else math.inf

    def forced_due(self) -> bool:
        """Say whether the program calls runtime.GC now, and take note of it."""
        due = self.next_forced <= self.now
        if due:
            self._forced.pop(0)
        return due


def _bytes(value: float) -> int:
    """Return a stream's value as a number of bytes that can be."""
    return int(min(max(value, 0.0), LARGEST))
