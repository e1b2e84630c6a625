"""The log that a question begins with: whose cycles it holds, and under which setting it was recorded.

What GOGC and what limit its goals fit, gctrace/fits.py says; here that is turned into a setting, where none is given.

Go: runtime/mgcpacer.go, (*gcControllerState).commit, (*gcControllerState).memoryLimitHeapGoal.
Left out: settings that a program changes while it runs.
"""

from collections.abc import Sequence
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
UNDER_LIMIT = "A memory limit of about {} MiB set {} of the log's goals. Say log_memory_limit if you know it."
SEVERAL = "The log holds {} processes; the one with most cycles ({}) was taken."
UNREAD = "{} places of the log could not be read as they stood; `gomemlab gctrace` says where."


@dataclass(frozen=True, slots=True)
class Source:
    """The cycles of one process, and the setting they ran under."""

    cycles: tuple[Cycle, ...]
    setting: Setting
    warnings: tuple[str, ...]


def _limit_seen(fit: fits.Fit) -> int | None:
    """Return the memory limit that goals below those of GOGC speak of, None where there are none."""
    if fit.limited_goal_mb is None:
        return None
    highest = fit.limited_goal_mb + 0.5  # where least lay between the objects
    return int((max(highest / HEADROOM, highest + 1) + OVERHEAD) * MIB)


def setting_of(
    cycles: Sequence[Cycle], log_gogc: int | str | None, log_limit: int | str | None
) -> tuple[Setting, list[str]]:
    """Return the setting that a log was recorded under, given or by its goals, and what to say of it."""
    said: list[str] = []
    fit = fits.fit([found for before, cycle in pairwise(cycles) if (found := fits.pair(before, cycle))])
    if log_gogc is not None:
        gogc, remark = gogc_of(log_gogc)
        said += [remark] if remark else []
    elif fit.gogc is None:
        gogc = 100
        said.append(UNCLEAR.format(gogc))
    else:
        gogc = fit.gogc
    limit = limit_of(log_limit)
    if log_limit is None and (limit := _limit_seen(fit)) is not None:
        said.append(UNDER_LIMIT.format(limit >> 20, fit.lower))
    return Setting(gogc, limit), said


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
    wrong = log.problems.counts.total()
    if wrong:
        said.append(UNREAD.format(wrong))
    return Source(cycles, setting, tuple(said))
