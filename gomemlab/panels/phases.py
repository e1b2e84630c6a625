"""The phases view of a lab: its cycles are looked up on the lab's timeline, however long ago they were.

Go: none, this is how a view gets at the past.
Left out: ticks so long ago that the timeline no longer keeps their events.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gomemlab.panels.past import newest_first
from gomemlab.runtime.events import told
from gomemlab.runtime.markevents import MarkBegan
from gomemlab.views.phase_bars import KINDS, Moment
from gomemlab.views.phases import PhasesView

if TYPE_CHECKING:
    from gomemlab.panels.lab import Lab

WANTED = frozenset(KINDS)


class Phases(PhasesView):
    """The timeline of a cycle."""

    def __init__(self, lab: "Lab") -> None:
        """Build the view for a lab."""
        self.lab = lab
        super().__init__(lab)

    def history(self, cycle: int) -> Iterable[Moment]:
        """Return the events from a cycle's first tick on up to now, oldest first."""
        ticks = []
        for tick, entries in newest_first(self.lab.timeline, self.lab.tick):
            mine = [entry for entry in entries if entry[0] in WANTED]
            if mine:
                ticks.append((tick, mine))
            if any(entry[0] is MarkBegan and entry[1] <= cycle for entry in mine):
                break
        return [(tick, event) for tick, entries in reversed(ticks) for event in told(entries)]
