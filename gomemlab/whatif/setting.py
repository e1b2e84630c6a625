"""What GOGC and GOMEMLIMIT are set to, as people write it, and what Go makes of it.

Go: runtime/mgcpacer.go, readGOGC, readGOMEMLIMIT; runtime/string.go, parseByteCount.
Left out: nothing.
"""

import re
from dataclasses import dataclass

from gomemlab.runtime.alloc.sizeclasses import whole
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.pacer import NO_LIMIT, OFF
from gomemlab.runtime.settings import MAX_GOGC

MIB = 1 << 20
UNITS = {"TiB": 1 << 40, "GiB": 1 << 30, "MiB": MIB, "KiB": 1 << 10, "B": 1}
_READ = {"": 1} | {name.upper(): unit for name, unit in UNITS.items()}
_BYTES = re.compile(r"([0-9]{1,19})\s*([A-Za-z]*)")  # more digits are more than 2^63


@dataclass(frozen=True, slots=True)
class Setting:
    """What GOGC and the memory limit are."""

    gogc: int = 100  # OFF (-1): off
    memory_limit: int | None = None  # bytes; None: no limit

    @property
    def limit(self) -> int:
        """Return the limit as the pacer takes it."""
        return NO_LIMIT if self.memory_limit is None else min(self.memory_limit, NO_LIMIT)

    def __str__(self) -> str:
        """Return it as the environment would have it."""
        text = "GOGC=off" if self.gogc < 0 else f"GOGC={self.gogc}"
        return text if self.memory_limit is None else f"{text} GOMEMLIMIT={said_limit(self.memory_limit)}"


def said_limit(nbytes: int) -> str:
    """Return a limit as Go reads it: in the largest unit of which it is a whole number, 1536MiB and not 1.5GiB."""
    whole_units = (f"{nbytes // unit}{name}" for name, unit in UNITS.items() if nbytes and not nbytes % unit)
    return next(whole_units, "0B")


def in_words(nbytes: float) -> str:
    """Return bytes as people write them: 1.5GiB, 230MiB."""
    if nbytes >= 10 << 30:
        return f"{nbytes / (1 << 30):.0f}GiB"
    if nbytes >= 1 << 30:
        return f"{nbytes / (1 << 30):.3g}GiB"
    return f"{nbytes / MIB:.0f}MiB" if nbytes >= 10 * MIB else f"{nbytes / MIB:.3g}MiB"


def gogc_of(given: int | str) -> tuple[int, str | None]:
    """Return GOGC as Go takes it, and a remark where that is not what was given; MisuseError where it is no number."""
    if isinstance(given, str):
        if given.strip().lower() == "off":
            return OFF, None
        if not re.fullmatch(r"[+-]?[0-9]+", given.strip()):
            raise MisuseError(f"GOGC={given!r} is no number; give a percentage such as 200, or 'off'")
        given = int(given)
    given = whole(given, "GOGC", "give a percentage such as 200, or 'off'")
    if given > MAX_GOGC:
        return 100, f"Go cannot read GOGC={given}: it is above {MAX_GOGC}, so Go takes 100."
    if given < 0:
        return OFF, None if given == OFF else f"GOGC={given} is below 0: Go takes it as off."
    return given, None


def limit_of(given: int | str | None) -> int | None:
    """Return a memory limit in bytes, None for none; MisuseError for what Go does not accept."""
    if given is None or (isinstance(given, str) and given.strip().lower() in ("off", "")):
        return None
    if isinstance(given, str):
        match = _BYTES.fullmatch(given.strip())
        if match is None or match[2].upper() not in _READ:
            raise MisuseError(f"GOMEMLIMIT={given!r} is no size; write it as Go does, such as 900MiB, 2GiB, or 'off'")
        given = int(match[1]) * _READ[match[2].upper()]
    given = whole(given, "GOMEMLIMIT", "give bytes, a text such as '900MiB', or 'off'")
    if given < 0:
        raise MisuseError(f"a memory limit of {given} B is below 0; Go stops at such a GOMEMLIMIT. Give 0 or more")
    return given if given < NO_LIMIT else None
