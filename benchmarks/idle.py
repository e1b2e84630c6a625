"""Whether the machine has time for us: a browser's frame is on time only where nobody else wants the processors."""

import time
from pathlib import Path

STAT = Path("/proc/stat")
ENOUGH = 0.8  # of all processors
LOOK = 0.15  # seconds
PATIENCE = 5.0  # seconds


def idle_share() -> float:
    """Return the share of all processors, 0 to 1, that was idle while we looked; 1 where Linux does not say."""
    if not STAT.exists():
        return 1.0
    before = _ticks()
    time.sleep(LOOK)
    spent = [after - at for after, at in zip(_ticks(), before, strict=True)]
    return sum(spent[3:5]) / max(sum(spent), 1)


def _ticks() -> list[int]:
    """Return the ticks spent since the start: user, nice, system, idle, iowait, and what interrupts took."""
    return [int(ticks) for ticks in STAT.read_text().splitlines()[0].split()[1:8]]


def await_idle() -> bool:
    """Wait until the machine is idle; return False where it was not for five seconds."""
    limit = time.monotonic() + PATIENCE
    while idle_share() < ENOUGH:
        if time.monotonic() > limit:
            return False
    return True
