"""The past as a view may ask for it: a moment of the timeline, when something happened, and what was done since.

Moments are kept, because a timeline only grows: tick 7 of one is the same picture for ever.

Go: none, Go cannot go back.
Left out: the future; what is not yet on screen is not told.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from gomemlab.runtime.events import Entry, Event
from gomemlab.timeline import Timeline
from gomemlab.views.words import thousands

if TYPE_CHECKING:
    from gomemlab.panels.stage import Stage
    from gomemlab.runtime.snapshot import Snapshot

KEPT = 4  # moments
TOLD = 3  # runs of equal commands that are told
LOOKED_AT = 10_000  # commands from which those runs are taken
SPOKEN = {"MarkDone": "mark ended", "ReadMemStats": "ReadMemStats", "GC": "GC", "GCStart": "GC began"}


class Past:
    """What a stage's timeline was before the moment on screen."""

    def __init__(self, stage: "Stage") -> None:
        """Begin with nothing known."""
        self.stage = stage
        self._moments: dict[tuple[int, int], tuple[Timeline, Snapshot]] = {}
        self._found: dict[type[Event], tuple[Timeline, int, int]] = {}  # by kind: line, looked through up to, newest

    def keep(self, snapshot: "Snapshot") -> None:
        """Keep the picture of the moment on screen: it may be the one to compare with next."""
        self._moments[id(self.stage.timeline), self.stage.tick] = (self.stage.timeline, snapshot)
        while len(self._moments) > KEPT:
            del self._moments[next(iter(self._moments))]

    def moment(self, tick: int) -> "Snapshot":
        """Return the picture of a tick of the timeline on screen."""
        line = self.stage.timeline
        known = self._moments.pop((id(line), tick), None)
        snapshot = known[1] if known is not None and known[0] is line else line.snapshot(tick)
        self._moments[id(line), tick] = (line, snapshot)
        return snapshot

    def newest(self, kind: type[Event]) -> int:
        """Return the last tick up to now at which an event of a kind happened, or 0."""
        line, now = self.stage.timeline, self.stage.tick
        known, upto, at = self._found.get(kind, (line, 0, 0))
        if known is not line or now < upto:
            upto = at = 0
        for tick, entries in newest_first(line, now, upto):
            if any(entry[0] is kind for entry in entries):
                at = tick
                break
        self._found[kind] = (line, now, at)
        return at


def newest_first(line: Timeline, now: int, after: int = 0) -> Iterator[tuple[int, tuple[Entry, ...]]]:
    """Yield the ticks from now back to `after` that did more than take a slot, with their events' entries."""
    for tick in reversed(line.kept):
        if tick <= after:
            return
        if tick <= now:
            yield tick, line.kept[tick]


def told(line: Timeline, start: int, end: int) -> str:
    """Return the commands after tick `start` up to `end` in words, equal ones counted, only the newest few."""
    kinds = map(type, reversed(line.commands[max(start, end - LOOKED_AT) : end]))
    runs = [(_name(kind.__name__), len(list(group))) for kind, group in groupby(kinds)]
    said = [f"{thousands(n)} × {name}" if n > 1 else name for name, n in runs[:TOLD]]
    more = len(runs) > TOLD or end - start > LOOKED_AT
    return ("… " if more else "") + ", ".join(reversed(said))


def _name(kind: str) -> str:
    """Return a kind of command in words: SweepOne is "sweep one"."""
    return SPOKEN.get(kind) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
