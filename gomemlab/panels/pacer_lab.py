"""The pacer of a lab's world: its saw-tooth until now; GOGC and the limit as commands, by knob or by ring.

The world has to be paced, with a clock: `Lab(World(paced=True))`. Another world has an empty picture, which says so.

Go: runtime/mgcpacer.go, setGCPercent, setMemoryLimit.
Left out: what the program does; the other controls of a lab give it its commands.
"""

from typing import TYPE_CHECKING

import ipywidgets as ipw

from gomemlab.pacecommands import Advance, SetGCPercent, SetMemoryLimit
from gomemlab.pacing.run import NO_LIMIT, Run
from gomemlab.panels.knobs import Knobs, rounded_limit
from gomemlab.panels.notices import Notices
from gomemlab.runtime.errors import MisuseError
from gomemlab.views.base import View, box, button, html
from gomemlab.views.pacer import PacerPlots
from gomemlab.views.pacer_facts import PacerFrame, frame, gogc_for
from gomemlab.views.pacer_stepped import LEAST, NOTHING, run_of
from gomemlab.views.pacer_words import said

if TYPE_CHECKING:
    from gomemlab.panels.lab import Lab
    from gomemlab.runtime.snapshot import Snapshot

USUAL = 64 << 20  # bytes, around which limits stand on the slider
TIMES = {"1 ms": 1_000_000, "100 ms": 100_000_000, "1 s": 1_000_000_000, "2 minutes": 120_000_000_000}
UNPACED = "This world has no clock; a Lab of World(paced=True) has."
EMPTY = Run(NOTHING, 1, 100, NO_LIMIT, (), LEAST, (), ((LEAST, 0),), 0, 0, 0.0)


class LabPacer(View[PacerFrame]):
    """The view with its knobs."""

    name = "Pacer"

    def __init__(self, lab: "Lab", *, alone: bool = False) -> None:
        """Build the view for a lab; alone, it brings the lab's notices along."""
        self.lab = lab
        self.at_s: float | None = None
        self.notices = Notices.here(lab) if alone else None
        super().__init__(lab)

    def parts(self) -> list[ipw.Widget]:
        """Return the knobs and the plots."""
        self.plots = PacerPlots(self.pick_at, self._dragged)
        self.plots.body.children = self.plots.body.children[1:]  # the headline is the view's own
        self.extra.append(self.plots.head)
        self.knobs = Knobs(100, NO_LIMIT, USUAL, self._set, self.lab.guard)
        self.span = ipw.Dropdown(options=list(TIMES.items()), tooltip="how much time passes")
        self.span.add_class("gm-length")
        wait = button(self.lab, "time passes", "no allocation meanwhile; cycles go on", self.wait)
        row = box([*self.knobs.parts, html("", "gm-sp"), self.span, wait], "gm-row")
        above = ipw.VBox([row])
        above.add_class("gm-pc-set")
        return [*([self.notices.root] if self.notices else []), above, self.plots.body]

    def frame(self, snapshot: "Snapshot") -> PacerFrame:
        """Return the saw-tooth until this moment."""
        return frame(run_of(snapshot) or EMPTY, self.at_s)

    def show(self, frame: PacerFrame) -> None:
        """Draw; the knobs say what holds at this moment."""
        self.plots.show(frame)
        if not self.plots.dragging:
            self.knobs.set(gogc=frame.gogc, memory_limit=frame.memory_limit)

    def sentence(self, frame: PacerFrame) -> str:
        """Return the run in a sentence."""
        return UNPACED if frame.run is EMPTY else said(frame)

    def pick_at(self, at_s: float) -> None:
        """Pick the cycle to which a moment belongs, in seconds."""
        self.at_s = at_s
        self.lab.painter.ask()

    def wait(self) -> None:
        """Let the chosen time pass."""
        self._paced()
        self.lab.do(Advance(self.span.value))

    def _set(self) -> None:
        """Give the commands for what the knobs say and the world does not."""
        info = self._paced()
        if self.knobs.gogc != info.gogc:
            self.lab.do(SetGCPercent(self.knobs.gogc))
        if self.knobs.memory_limit != info.memory_limit:
            limit = self.knobs.memory_limit
            self.lab.do(SetMemoryLimit(None if limit == NO_LIMIT else limit))

    def _paced(self) -> Run:
        """Return the run; raise MisuseError for a world without a clock."""
        run = run_of(self.lab.snapshot)
        if run is None:
            raise MisuseError("this world has no clock, so it has no pacer; make one with World(paced=True)")
        return run

    def _dragged(self, ring: str, y: float) -> None:
        """Follow a ring with the knobs; let go, it is a command."""

        def work() -> None:
            last = self.last
            if last is None:
                return
            top = float(last.axis.top)
            if ring == "limit":
                self.knobs.set(memory_limit=rounded_limit(min(max(y, top / 200), top)))
            elif last.picked is not None:
                self.knobs.set(gogc=gogc_for(last.picked, min(y, top)))
            if not self.plots.dragging:
                self._set()

        self.lab.guard(work)

    def close(self) -> None:
        """Close the view and its notices."""
        if self.notices is not None:
            self.notices.close()
        super().close()
