"""The phases of a cycle, as every part of the runtime sees them.

Go: runtime/mgc.go, setGCPhase.
Left out: sweep termination and sweeping, which Go counts as part of OFF too.
"""

from enum import IntEnum


class GCPhase(IntEnum):
    """What the collector is doing.

    Go: runtime/mgc.go, _GCoff, _GCmark, _GCmarktermination.
    """

    OFF = 0  # not marking: idle or sweeping; the write barrier is off
    MARK = 1  # marking; the write barrier is on, and new objects are black
    MARK_TERMINATION = 2  # the world is stopped to end marking; over before anybody can look
