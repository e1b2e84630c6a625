"""The stage: the moment on screen, the picked span, and the views that show them. The lab is a stage with controls.

Data goes one way. Whoever sets `tick` or `pick` changes nothing else; the stage takes the snapshot of that moment and
every open view draws it. Callbacks of widgets come on other threads, so everything happens under one lock, and their
errors, which a notebook would swallow, become the banner.

Go: none, this is how moments get on screen.
Left out: what changes the world; that is the lab's.
"""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import traitlets

from gomemlab.panels.painter import Painter
from gomemlab.runtime.errors import MisuseError
from gomemlab.timeline import Timeline
from gomemlab.views.span import newest_span

if TYPE_CHECKING:
    from gomemlab.panels.notices import Notices
    from gomemlab.runtime.events import Event
    from gomemlab.runtime.snapshot import Snapshot
    from gomemlab.views.base import View


class OtherLine(NamedTuple):
    """A timeline that is not on screen: where we were on it, where the two part, and whether it is the newer."""

    timeline: Timeline
    tick: int
    parted: int
    newer: bool


class Stage(traitlets.HasTraits):
    """A timeline with a moment of it on screen; the parts of a lab are built on this."""

    tick = traitlets.Int(0, help="the moment on screen; set it to go there")
    pick = traitlets.Int(-1, help="the id of the picked span, -1 for none")
    following = traitlets.Bool(default_value=True, help="the pick goes with the newest request")

    def __init__(self, timeline: Timeline) -> None:
        """Show the start of a timeline."""
        self.lock = threading.RLock()
        self.timeline = timeline
        self.former: OtherLine | None = None
        self.error: Exception | None = None
        self.views: list[View[Any]] = []
        self.notices: list[Notices] = []
        self.painter = Painter(self._paint, self.lock)
        self._taken: tuple[Timeline, int, Snapshot] | None = None
        super().__init__()

    def choose(self, span: int) -> None:
        """Pick a span; from now on the pick no longer follows the newest request."""
        if not isinstance(span, int):
            raise MisuseError(f"{span!r} is no span; give its id, such as {max(self.pick, 0)}")
        with self.lock:
            self.following = False
            self.pick = span

    def follow(self, *, on: bool = True) -> None:
        """Let the pick go with the newest request again, or stay where it is."""
        with self.lock:
            self.following = on
            self._follow()

    def guard(self, work: Callable[[], object]) -> None:
        """Run a callback's work under the lock; an error becomes the banner, a success takes it away."""
        with self.lock:
            before = self.error
            try:
                work()
                if before is not None and self.error is before:
                    self.dismiss()
            except Exception as error:  # noqa: BLE001 (in a callback nobody else would ever see it)
                self.fail(error)

    def fail(self, error: Exception) -> None:
        """Show an error in every banner."""
        self.error = error
        self.notify()

    def dismiss(self) -> None:
        """Take the banner away."""
        with self.lock:
            self.error = None
            self.notify()

    @property
    def snapshot(self) -> "Snapshot":
        """Return the picture of the moment on screen."""
        with self.lock:
            if self._taken is None or self._taken[0] is not self.timeline or self._taken[1] != self.tick:
                self._taken = (self.timeline, self.tick, self.timeline.snapshot(self.tick))
            return self._taken[2]

    def recent(self, n: int) -> "list[tuple[int, Event]]":
        """Return the last n (tick, event) pairs up to now, newest first."""
        with self.lock:
            return self.timeline.recent(self.tick, n)

    def line_from_here(self) -> Timeline:
        """Return the timeline a command belongs to: this one at its end, a branch of it anywhere else."""
        return self.timeline if self.tick == len(self.timeline) else self.timeline.branch(self.tick)

    def adopt(self, line: Timeline) -> None:
        """Make a line the one on screen, at its end; keep the one that was left."""
        if line is not self.timeline:
            parted = self.tick if len(line) else 0  # a recording's line has nothing in common with this one
            self.former = OtherLine(self.timeline, self.tick, parted, newer=False) if len(self.timeline) else None
            self.timeline = line
        self.error = None
        self.notify()
        self.arrive(len(line))

    def arrive(self, tick: int) -> None:
        """Show a tick, also when it is the number of the tick before on another line."""
        if tick == self.tick:
            self._follow()
            self.painter.ask()
        else:
            self.tick = tick

    def notify(self) -> None:
        """Bring banner, progress and the other line up to date."""
        for notices in list(self.notices):
            notices.show()

    def settle(self) -> None:
        """Paint what is still waiting for its turn."""
        self.painter.settle()

    @traitlets.validate("tick")
    def _on_the_line(self, proposal: Any) -> int:
        """Refuse a tick that the timeline does not have."""
        tick, last = int(proposal["value"]), len(self.timeline)
        if not 0 <= tick <= last:
            raise MisuseError(f"tick {tick} is not on the timeline; it has ticks 0 to {last}")
        return tick

    @traitlets.observe("tick")
    def _moved(self, _change: Any) -> None:
        """Follow with the pick, and paint; a pick that moves has asked for that already."""
        with self.lock:
            before = self.pick
            self._follow()
            if self.pick == before:
                self.painter.ask()

    @traitlets.observe("pick", "following")
    def _picked(self, _change: Any) -> None:
        """Paint the pick."""
        self.painter.ask()

    def _follow(self) -> None:
        """Pick the span of the newest request, unless the reader has picked."""
        if self.following:
            newest = newest_span(self.timeline.events(self.tick))
            if newest >= 0:
                self.pick = newest
            elif self.pick < 0 or self.snapshot.spans.row(self.pick) < 0:  # before the first request, or another line
                self.pick = max(self.snapshot.spans.id, default=-1)

    def _paint(self) -> None:
        """Let every open view draw the moment."""
        if not self.views:
            return
        try:
            snapshot = self.snapshot
            # All frames first: messages that come close together share the browser's frames.
            for view, frame in [(view, view.frame(snapshot)) for view in self.views if not view.closed]:
                view.draw(frame)
        except Exception as error:  # noqa: BLE001 (a timer's thread has nobody to tell)
            self.fail(error)
