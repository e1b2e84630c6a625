"""Settings: GOGC, the memory limit and switches, read from what a caller gave.

Whatever Go has no room for is refused here, before anything changes: GOGC is an int32, where each number below 0 means
off; the memory limit is an int64, where a number below 0 only asks, and the largest means that there is none.

Go: runtime/mgcpacer.go, setGCPercent, setMemoryLimit.
Left out: the environment's spelling, such as off and 2GiB.
"""

import operator
from typing import SupportsIndex

from gomemlab.runtime.alloc.sizeclasses import whole
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.gonumbers import MAX_INT64
from gomemlab.runtime.gc.pacer import NO_LIMIT

MAX_GOGC = (1 << 31) - 1


def check_gogc(gogc: object) -> int:
    """Return GOGC in percent, below 0 for off. Raises MisuseError for what is no whole number, or above int32."""
    percent = whole(gogc, "gogc", "give percent, or -1 for off")
    if percent > MAX_GOGC:
        raise MisuseError(f"gogc {percent} is no int32; give at most {MAX_GOGC}, or -1 for off")
    return percent


def check_memory_limit(nbytes: object) -> int:
    """Return a memory limit in bytes, NO_LIMIT for None. Raises MisuseError for no whole number, or above int64."""
    limit = NO_LIMIT if nbytes is None else whole(nbytes, "memory_limit", "give bytes, or None for none")
    if limit > MAX_INT64:
        raise MisuseError(f"memory_limit {limit} is no int64; give at most {MAX_INT64} bytes, or None for none")
    return limit


def limit_or_none(limit: int) -> int | None:
    """Return a memory limit as a world remembers it: None where there is none."""
    return None if limit == NO_LIMIT else limit


def check_switch(given: object, what: str, remedy: str) -> bool:
    """Return True or False, which 1 and 0 are, too. Raises MisuseError for anything else."""
    if not isinstance(given, SupportsIndex) or operator.index(given) not in {0, 1}:
        raise MisuseError(f"{what} {given!r} is neither True nor False; {remedy}")
    return bool(given)
