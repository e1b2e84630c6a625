"""Which GOGC and which limit the printed goals fit.

The goal of a cycle follows from what the one before marked: live + (live + stacks + globals) · GOGC / 100, and never
less than 4 MiB · GOGC / 100. All of these are printed, cut off to whole MiB, so a goal fits a GOGC or it does not. A
memory limit only ever makes the goal lower.

Go: runtime/mgcpacer.go, (*gcControllerState).commit, (*gcControllerState).heapGoalInternal.
Left out: GOGC that changes while the program runs: the value that fits most goals is told.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from gomemlab.gctrace.cycle import NO_GOAL_MB, Cycle

HEAP_MINIMUM_MB = 4  # at GOGC=100
_ROUND = (100, 200, 50, 400, 300, 150, 80, 75, 500, 800, 1000, 25, 10)
_ENOUGH = 0.5  # of the goals; what fits fewer explains nothing
_FEW, _NEARLY_ALL = 0.1, 0.9  # a limit is told of where few goals fit the GOGC and nearly all others lie below it
_MOST_GUESSES = 40


class Pair(NamedTuple):
    """What a goal follows from, and the goal; MiB, each cut off."""

    live: int
    others: int  # stacks and globals
    goal: int


class Fit(NamedTuple):
    """What the goals say of the settings."""

    goals: int  # how many there are
    gogc: int | None  # the value that fits most of them; -1: off; None where nothing fits half of them
    fitting: int  # so many
    lower: int  # goals below what that value asks for: a memory limit set them
    limited_goal_mb: int | None  # the highest of those

    def __str__(self) -> str:
        """Say it in one sentence."""
        if not self.goals:
            return "too few cycles to tell"
        if self.gogc is None:
            return f"no GOGC fits half of the {self.goals:,} goals: it changed, or a memory limit set them"
        off = "GOGC=off" if self.gogc < 0 else f"GOGC={self.gogc}"
        said = f"{off} fits {self.fitting:,} of {self.goals:,} goals"
        if self.limited_goal_mb is None:
            return said
        return f"{said}; {self.lower:,} are lower, up to {self.limited_goal_mb:,} MiB: a memory limit set them"


def pair(before: Cycle, cycle: Cycle) -> Pair | None:
    """Return what a cycle's goal followed from, None where a cycle is missing between the two."""
    if cycle.number != before.number + 1 or cycle.process != before.process:
        return None
    return Pair(before.heap_live_mb, (before.stacks_mb or 0) + (before.globals_mb or 0), cycle.heap_goal_mb)


def fit(pairs: Sequence[Pair]) -> Fit:
    """Return which GOGC fits most goals."""
    if not pairs:
        return Fit(0, None, 0, 0, None)
    none = sum(found.goal >= NO_GOAL_MB for found in pairs)
    real = [found for found in pairs if found.goal < NO_GOAL_MB]
    if none * 2 > len(pairs):
        return Fit(len(pairs), -1, none, len(real), max((found.goal for found in real), default=None))
    by_gogc = {gogc: sum(_fits(found, gogc) for found in real) for gogc in _guesses(real)}
    best = _best(by_gogc)
    lower = [found.goal for found in real if _wanted(found, best)[0] >= found.goal + 1]
    fitting = by_gogc[best]
    limited = fitting >= _FEW * len(real) and fitting + len(lower) >= _NEARLY_ALL * len(real)
    if not limited and fitting < _ENOUGH * len(pairs):
        return Fit(len(pairs), None, fitting, 0, None)
    return Fit(len(pairs), best, fitting, len(lower) * limited, max(lower, default=None) if limited else None)


def _best(fitting: dict[int, int]) -> int:
    """Return the value that fits most goals; of equals a round one, else the one in the middle."""
    most = max(fitting.values())
    equal = [gogc for gogc, count in fitting.items() if count == most]
    return equal[0] if equal[0] in _ROUND else sorted(equal)[len(equal) // 2]


def _guesses(pairs: Sequence[Pair]) -> list[int]:
    """Return values of GOGC to try: round ones, and those that the goals of big heaps point at."""
    pointed = Counter(
        round((found.goal - found.live) * 100 / (found.live + found.others + 0.5))
        for found in pairs
        if found.goal > found.live
    )
    return list(dict.fromkeys([*_ROUND, *(gogc for gogc, _ in pointed.most_common(_MOST_GUESSES) if gogc > 0)]))


def _wanted(found: Pair, gogc: int) -> tuple[float, float]:
    """Return between which values the goal lies at a GOGC, MiB; stacks and globals are two numbers that are cut off."""
    low = found.live + (found.live + found.others) * gogc / 100
    high = found.live + 1 + (found.live + 1 + found.others + 2) * gogc / 100
    least = HEAP_MINIMUM_MB * gogc / 100
    return max(low, least), max(high, least)


def _fits(found: Pair, gogc: int) -> bool:
    """Return whether a printed goal may be that of a GOGC."""
    low, high = _wanted(found, gogc)
    return low < found.goal + 1 and high >= found.goal
