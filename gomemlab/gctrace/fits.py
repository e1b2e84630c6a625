"""Which GOGC and which limit the printed goals fit.

The goal of a cycle follows from what the one before marked: live + (live + stacks + globals) · GOGC / 100, and never
less than 4 MiB · GOGC / 100. All of these are printed, cut off to whole MiB, so a goal fits a GOGC or it does not. A
memory limit only ever makes the goal lower, down to the live heap itself: so low no GOGC alone would have it.

Under a limit another GOGC often fits by chance. The first goal of a process settles it: nothing was marked before, so
it is that least one, 4 MB at GOGC=100. Where it is far higher, GOGC was off or high, and the limit set every goal.

Go: runtime/mgcpacer.go, (*gcControllerState).commit, (*gcControllerState).heapGoalInternal.
Left out: GOGC that changes while the program runs: the value that fits most goals is told.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from gomemlab.gctrace.cycle import NO_GOAL_MB, Cycle

HEAP_MINIMUM_MB = 4  # at GOGC=100
OFF = -1
_ROUND = (100, 200, 50, 400, 300, 150, 80, 75, 500, 800, 1000, 25, 10)
_ENOUGH = 0.5  # of the goals; what fits fewer explains nothing
_FEW, _NEARLY_ALL = 0.1, 0.9  # a limit is told of where few goals fit the GOGC and nearly all others lie below it
_MOST_GUESSES = 40
_STEADY = 1.2  # times the first goal: a limit sets goals that are about equal
_VARIED, _EXACT = 1.5, 0.98  # goals that differ so much, and all but a few fit: no limit set them
_SMALL_MB = 2  # stacks and globals; larger ones raise the first goal
_HIGH_MB = 12  # a first goal above is a limit's, or that of a GOGC that nobody has


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
        if self.gogc is None and self.limited_goal_mb is not None:
            few = f"{self.lower:,} of {self.goals:,} goals are the live heap itself"
            return f"{few}: a memory limit below what is needed set them, whatever GOGC was"
        if self.gogc is None:
            return f"no GOGC fits half of the {self.goals:,} goals: it changed, or a memory limit set them"
        off = "GOGC=off" if self.gogc < 0 else f"GOGC={self.gogc}"
        said = f"{off} fits {self.fitting:,} of {self.goals:,} goals"
        if self.limited_goal_mb is None:
            return said
        are = "is" if self.lower == 1 else "are"
        return f"{said}; {self.lower:,} {are} lower, up to {self.limited_goal_mb:,} MiB: a memory limit set them"


def pair(before: Cycle, cycle: Cycle) -> Pair | None:
    """Return what a cycle's goal followed from, None where a cycle is missing between the two."""
    if cycle.number != before.number + 1 or cycle.process != before.process:
        return None
    return Pair(before.heap_live_mb, (before.stacks_mb or 0) + (before.globals_mb or 0), cycle.heap_goal_mb)


def fit(pairs: Sequence[Pair], first: Cycle | None = None) -> Fit:
    """Return which GOGC fits most goals; first: the first cycle of the log, which tells GOGC under a limit, too."""
    if not pairs:
        return Fit(0, None, 0, 0, None)
    none = sum(found.goal >= NO_GOAL_MB for found in pairs)
    real = [found for found in pairs if found.goal < NO_GOAL_MB]
    if none * 2 > len(pairs):
        return Fit(len(pairs), OFF, none, len(real), max((found.goal for found in real), default=None))
    by_gogc = {gogc: sum(_fits(found, gogc) for found in real) for gogc in _guesses(real)}
    best = _best(by_gogc)
    at_live = [found.goal for found in real if found.goal <= found.live]
    if len(at_live) * 2 > len(pairs) and (first is None or first.number > 1 or first.heap_goal_mb < HEAP_MINIMUM_MB):
        return Fit(len(pairs), None, by_gogc[best], len(at_live), max(at_live))
    if first is not None and (sure := _by_first(first, real, by_gogc, best)):
        return sure
    lower = _lower(real, best)
    fitting = by_gogc[best]
    limited = (
        fitting >= _FEW * len(real) and fitting + len(lower) >= _NEARLY_ALL * len(real) and _capped(real, best, lower)
    )
    if not limited and fitting < _ENOUGH * len(pairs):
        return Fit(len(pairs), None, fitting, 0, None)
    return Fit(len(pairs), best, fitting, len(lower) * limited, max(lower, default=None) if limited else None)


def _by_first(first: Cycle, pairs: Sequence[Pair], by_gogc: dict[int, int], best: int) -> Fit | None:
    """Return what the first goal of a process says of a limit, None where it says nothing or all goals fit without."""
    goal, goals = first.heap_goal_mb, [found.goal for found in pairs]
    if first.number != 1 or (first.stacks_mb or 0) + (first.globals_mb or 0) > _SMALL_MB:
        return None
    equal = [gogc for gogc in by_gogc if gogc in _ROUND and int(HEAP_MINIMUM_MB * gogc / 100) == goal]
    exact = by_gogc[best] >= _EXACT * len(pairs) and max(goals) >= _VARIED * min(goals)
    if best in equal or (exact and all(best < _NEARLY_ALL * gogc for gogc in equal)):
        return None  # exact and much lower: the program set another GOGC after its first cycle
    for gogc in equal:
        lower = _lower(pairs, gogc)
        if by_gogc[gogc] + len(lower) >= _NEARLY_ALL * len(pairs) and _capped(pairs, gogc, lower):
            return Fit(len(pairs), gogc, by_gogc[gogc], len(lower), max(lower, default=None))
    if goal > _HIGH_MB and by_gogc[best] < _NEARLY_ALL * len(pairs) and max(goals) <= _STEADY * goal:
        return Fit(len(pairs), OFF, 0, len(pairs), max(goals))
    return None


def _lower(pairs: Sequence[Pair], gogc: int) -> list[int]:
    """Return the goals that lie below what a GOGC asks for."""
    return [found.goal for found in pairs if _wanted(found, gogc)[0] >= found.goal + 1]


def _capped(pairs: Sequence[Pair], gogc: int, lower: Sequence[int]) -> bool:
    """Return whether a limit may have set the lower goals: it would not have let others rise far above them."""
    return max((one.goal for one in pairs if _fits(one, gogc)), default=0) <= _STEADY * max(lower, default=0)


def contradicts(found: Fit, pairs: Sequence[Pair], gogc: int) -> bool:
    """Return whether goals of very different heaps fit another GOGC; a limit would have made them equal."""
    if found.gogc is None or found.limited_goal_mb is not None or found.fitting < _NEARLY_ALL * len(pairs):
        return False
    goals = [one.goal for one in pairs]
    varied = found.gogc >= 0 and max(goals, default=0) >= _VARIED * min(goals, default=0)
    return varied and sum(_fits(one, gogc) for one in pairs) < _NEARLY_ALL * len(pairs)


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
