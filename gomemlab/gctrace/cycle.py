"""One garbage collection as its gctrace line tells it: what was printed, and what that can stand for.

Go cuts every number off when it prints it. A Cycle keeps the printed numbers, and interval() says between which two
values the true one lay: 5 MB is anything from 5 MiB up to 6 MiB, 3 % from 3 up to 4, 2.9 ms from 2.9 up to 3.0.

Go: runtime/mgc.go, gcMarkTermination, fmtNSAsMS, itoaDiv; runtime/extern.go.
Left out: nothing.
"""

from typing import NamedTuple

from gomemlab.runtime.errors import MisuseError

MIB = 1 << 20
NO_GOAL_MB = 1 << 40  # with GOGC=off Go prints a goal of exabytes: there was none
_EXACT = frozenset({"number", "procs"})
_WHOLE = frozenset(
    {"gc_cpu_percent", "heap_start_mb", "heap_end_mb", "heap_live_mb", "heap_goal_mb", "stacks_mb", "globals_mb"}
)


class Cycle(NamedTuple):
    """One line; a plain tuple underneath, because a log may hold millions of them."""

    number: int  # of the cycle in its process, from 1
    at_s: float  # seconds since the process began; when the cycle began
    gc_cpu_percent: int  # share of all processors' time that GC has had since the process began: cumulative
    clock_sweep_term_ms: float  # wall clock: the world stopped, sweep termination
    clock_mark_ms: float  # wall clock: concurrent mark
    clock_mark_term_ms: float  # wall clock: the world stopped, mark termination
    cpu_sweep_term_ms: float  # processor time: the wall clock above, times the processors that were stopped
    cpu_assist_ms: float  # goroutines that paid for what they allocated
    cpu_background_ms: float  # dedicated and fractional workers
    cpu_idle_ms: float  # workers on processors that had nothing else to do
    cpu_mark_term_ms: float
    heap_start_mb: int  # MiB; the live heap when the cycle began
    heap_end_mb: int  # MiB; when marking was over, what was allocated meanwhile included
    heap_live_mb: int  # MiB; what was marked
    heap_goal_mb: int  # MiB; where the cycle was to be over
    stacks_mb: int | None  # MiB of stacks that were scanned; None before Go 1.18
    globals_mb: int | None  # MiB of globals that are scanned; None before Go 1.18
    procs: int  # GOMAXPROCS
    forced: bool  # the program called runtime.GC
    leak_check: bool  # the cycle looked for leaked goroutines, too (Go 1.26 and later)
    line: int = 0  # where it stood in the log, from 1
    process: int = 0  # which process of the log, from 0: a log may hold several, one after another or at once
    rejoined: bool = False  # other output had split the line
    periodic: bool = False  # Go began it because there had been none for two minutes ("GC forced" on a line before)

    @property
    def stw_ms(self) -> float:
        """Return how long the world was stopped, wall clock."""
        return self.clock_sweep_term_ms + self.clock_mark_term_ms

    @property
    def clock_ms(self) -> float:
        """Return how long the cycle took, wall clock."""
        return self.clock_sweep_term_ms + self.clock_mark_ms + self.clock_mark_term_ms

    @property
    def cpu_ms(self) -> float:
        """Return the processor time of the whole cycle, idle time included."""
        return (
            self.cpu_sweep_term_ms
            + self.cpu_assist_ms
            + self.cpu_background_ms
            + self.cpu_idle_ms
            + self.cpu_mark_term_ms
        )

    @property
    def no_goal(self) -> bool:
        """Return whether there was no goal to reach: GOGC=off, and no memory limit near."""
        return self.heap_goal_mb >= NO_GOAL_MB

    def interval(self, field: str) -> tuple[float, float]:
        """Return (low, high) in the field's own unit: the true value was low or more, and less than high.

        Where the printed number is exact, both are that number. Raises MisuseError for a field without a number.
        Go: fmtNSAsMS (below 10 ms two digits and at most three decimals).
        """
        value = getattr(self, field) if field in self._fields[: self._fields.index("forced")] else None
        if value is None:
            raise MisuseError(f"{field!r} has no number in this cycle; ask for one of {', '.join(self._fields[:18])}")
        if field in _EXACT:
            return value, value
        if field in _WHOLE:
            return value, value + 1
        return value, round(value + (0.001 if field == "at_s" else _step_ms(value)), 3)


def _step_ms(printed: float) -> float:
    """Return what the last printed digit is worth.

    Go: fmtNSAsMS.
    """
    for bound, step in ((0.1, 0.001), (1.0, 0.01), (10.0, 0.1)):
        if printed < bound:
            return step
    return 1.0
