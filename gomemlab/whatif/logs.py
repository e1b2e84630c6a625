"""The log that a question begins with: whose cycles it holds, and under which setting it was recorded.

What GOGC and what limit its goals fit, gctrace/fits.py says; here that is turned into a setting, where none is given.

Go: runtime/mgcpacer.go, (*gcControllerState).commit, (*gcControllerState).memoryLimitHeapGoal.
Left out: settings that a program changes while it runs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gomemlab.gctrace import Cycle, Log, fits, parse
from gomemlab.gctrace.source import Source as Lines
from gomemlab.runtime.errors import MisuseError
from gomemlab.whatif.replay import OVERHEAD
from gomemlab.whatif.setting import MIB, Setting, gogc_of, limit_of

Given = Log | Lines
HEADROOM = 0.97  # of what a limit leaves. Go: runtime/mgcpacer.go, memoryLimitHeapGoalHeadroomPercent
UNCLEAR = "The log's own GOGC is not clear from its goals; GOGC={} was taken. Say log_gogc if you know it."
UNUSUAL = "The goals are those of GOGC={}, or of a higher one under a memory limit. Say log_gogc and log_memory_limit."
UNDER_LIMIT = "A memory limit of about {} MiB seems to have set goals of the log. Say log_memory_limit if you know it."
NO_ROOM = "Goals are the live heap itself: a memory limit of about {} MiB or less left no room. Say log_memory_limit."
USUAL = frozenset({10, 25, 50, 100, 150, 200, 300, 400, 500, 800, 1000})
MOST = 3_000  # cycles; a log may hold days
STRETCH = "Of {:,} cycles the {:,} around the highest heap were replayed, and taken for all."
SEVERAL = "The log holds {} processes; the one with most cycles ({}) was taken."
SAID = "Said was GOGC={}, but {}, of very different heaps: that is no memory limit. Mind log_gogc."
BEGINS = "The log begins with cycle {:,}; all is counted from that cycle's end."
MISSING = "{} missing from the log; `gomemlab gctrace` says where."
UNREAD = "{} of the log {} torn, damaged or odd; `gomemlab gctrace` says where."
WHOLE = frozenset({"gap", "restart"})  # problems of a log of which every line is whole


@dataclass(frozen=True, slots=True)
class Source:
    """The cycles of one process, and the setting they ran under."""

    cycles: tuple[Cycle, ...]
    setting: Setting
    warnings: tuple[str, ...]
    total: int  # cycles of the process; there are more than `cycles` where only a stretch of them was taken


def _limit_seen(fit: fits.Fit, cycles: Sequence[Cycle], gogc: int) -> int | None:
    """Return the memory limit that goals below those of GOGC speak of, None where there are none."""
    goal = fit.limited_goal_mb
    if fit.gogc is not None and 0 <= fit.gogc < (gogc if gogc >= 0 else fit.gogc + 1):
        goal = max(cycle.heap_goal_mb for cycle in cycles)  # the goals are those of a lower GOGC than what was said
    if goal is None:
        return None
    highest = goal + 0.5  # where least lay between the objects
    return int((max(highest / HEADROOM, highest + 1) + OVERHEAD) * MIB)


def setting_of(
    cycles: Sequence[Cycle], log_gogc: int | str | None, log_limit: int | str | None
) -> tuple[Setting, list[str]]:
    """Return the setting that a log was recorded under, given or by its goals, and what to say of it."""
    said: list[str] = []
    pairs = [found for before, cycle in pairwise(cycles) if (found := fits.pair(before, cycle))]
    fit = fits.fit(pairs, cycles[0])
    if log_gogc is not None:
        gogc, remark = gogc_of(log_gogc)
        said += [remark] if remark else []
    elif fit.gogc is None:
        gogc = 100
        said.append(UNCLEAR.format(gogc))
    else:
        gogc = fit.gogc
        if gogc >= 0 and gogc not in USUAL and fit.limited_goal_mb is None:
            said.append(UNUSUAL.format(gogc))
    limit = limit_of(log_limit)
    if log_gogc is not None and fits.contradicts(fit, pairs, gogc):
        said.append(SAID.format("off" if gogc < 0 else gogc, fit))
    elif log_limit is None and (limit := _limit_seen(fit, cycles, gogc)) is not None:
        said.append((NO_ROOM if fit.gogc is None else UNDER_LIMIT).format(limit >> 20))
    return Setting(gogc, limit), said


def stretch(cycles: tuple[Cycle, ...]) -> tuple[Cycle, ...]:
    """Return all cycles of a process, or of very many those around the highest heap."""
    if len(cycles) <= MOST:
        return cycles
    top = max(range(len(cycles)), key=lambda at: cycles[at].heap_end_mb)
    begin = min(max(top - MOST // 2, 0), len(cycles) - MOST)
    return cycles[begin : begin + MOST]


def _odd(log: Log, cycles: Sequence[Cycle]) -> Iterator[str]:
    """Yield what is missing from a log, and how many places of it are not as Go wrote them."""
    if cycles[0].number > 1:
        yield BEGINS.format(cycles[0].number)
    missing = sum(max(after.number - before.number - 1, 0) for before, after in pairwise(cycles))
    if missing:
        yield MISSING.format("1 cycle is" if missing == 1 else f"{missing:,} cycles are")
    odd = sum(count for kind, count in log.problems.counts.items() if kind not in WHOLE)
    if odd:
        yield UNREAD.format(*(("1 place", "is") if odd == 1 else (f"{odd:,} places", "are")))


def source_of(given: Given, log_gogc: int | str | None = None, log_limit: int | str | None = None) -> Source:
    """Return the longest process of a log and its setting; MisuseError where no cycle can be read."""
    log = given if isinstance(given, Log) else parse(given)
    if not len(log):
        raise MisuseError("there is no gctrace line in it; run the program with GODEBUG=gctrace=1 and give its stderr")
    parts = [tuple(part) for part in log.split()]
    cycles = max(parts, key=len)
    setting, said = setting_of(cycles, log_gogc, log_limit)
    if len(parts) > 1:
        said.append(SEVERAL.format(len(parts), len(cycles)))
    said += _odd(log, cycles)
    if len(cycles) > MOST:
        said.append(STRETCH.format(len(cycles), MOST))
    return Source(stretch(cycles), setting, tuple(said), len(cycles))
