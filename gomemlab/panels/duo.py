"""Duo: two histories on one stage. One place on a common axis is on screen, and each half shows its own tick of it.

The common axis looks like a timeline to the transport: it has a length, and flags of what happened where. The halves
are labs whose views draw when the duo draws, so that both move in one picture; a half only looks, since a history that
changed would no longer be the one that was compared.

Go: none, this is how two moments get on screen.
Left out: an axis of its own for each half.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from gomemlab.comparing import REQUEST, Comparison, Side
from gomemlab.panels.lab import Lab
from gomemlab.panels.painter import Painter
from gomemlab.panels.stage import Stage
from gomemlab.runtime.errors import MisuseError
from gomemlab.timeline import KINDS, Timeline

if TYPE_CHECKING:
    from gomemlab.runtime.snapshot import Snapshot

PACE = 0.025  # seconds: thirty pictures a second have to find room


class Axis:
    """The common axis: places 0 to its length, and what either side did on the way to each."""

    def __init__(self, comparison: Comparison, by: str) -> None:
        """Join the flags of both sides."""
        self.flags = bytearray(comparison.length(by) + 1)
        for side in comparison.sides:
            for place, flags in enumerate(_flags(side, by)):
                self.flags[place] |= flags

    def __len__(self) -> int:
        """Return the last place."""
        return len(self.flags) - 1

    def next(self, kind: str, place: int) -> int | None:
        """Return the first place after this one at which a kind of thing happened on either side, or None."""
        return next((at for at in range(place + 1, len(self.flags)) if self.flags[at] & KINDS[kind]), None)


def _flags(side: Side, by: str) -> bytearray:
    """Return what a side did on the way to each place."""
    flags = side.line.flags
    if by != REQUEST:
        return flags
    joined = bytearray(1)
    for start, end in pairwise((0, *side.requests)):
        seen = 0
        for tick in range(start + 1, end + 1):
            seen |= flags[tick]
        joined.append(seen)
    return joined


class Duo(Stage):
    """A comparison on screen; `tick` is the place on the common axis, `halves` are the two sides."""

    job = None  # what notices ask a lab for
    compared = None

    def __init__(self, comparison: Comparison, by: str = "") -> None:
        """Show the start; by is "tick" or "request", the better one where nothing is said."""
        self.comparison = comparison
        self.by = comparison.check_axis(by)
        super().__init__(_as_line(Axis(comparison, self.by)))
        self.painter = Painter(self._paint, self.lock, PACE)
        self.halves = (Half(self, comparison.a), Half(self, comparison.b))

    def compare_by(self, by: str) -> None:
        """Lay the two side by side in another way, near the moment on screen."""
        with self.lock:
            by = self.comparison.check_axis(by)
            at, side = self.comparison.ticks(self.tick, self.by)[0], self.comparison.a
            if by == self.by:
                return
            self.by = by
            self.timeline = _as_line(Axis(self.comparison, by))
            place = sum(end <= at for end in side.requests) if by == REQUEST else at
            self.arrive(min(place, len(self.timeline)))

    def stop(self) -> None:
        """Do nothing: nothing runs here."""

    def other_line(self) -> None:
        """Do nothing: there is no other line."""

    def _follow(self) -> None:
        """Leave picking to the halves."""

    def _paint(self) -> None:
        """Let every view of both halves draw the place, all frames first."""
        try:
            for half, tick in zip(self.halves, self.comparison.ticks(self.tick, self.by), strict=True):
                half.turn(tick)
            # The duo's own views read the comparison; a snapshot of a whole world would be taken for nothing.
            frames = [(view, view.frame(cast("Snapshot", None))) for view in self.views if not view.closed]
            for half in self.halves:
                frames += [(view, view.frame(half.snapshot)) for view in half.views if not view.closed]
            for view, frame in frames:
                view.draw(frame)
        except Exception as error:  # noqa: BLE001 (a timer's thread has nobody to tell)
            self.fail(error)


class Half(Lab):
    """One side on screen; whatever it wants painted the duo paints."""

    def __init__(self, duo: Duo, side: Side) -> None:
        """Show a side of a duo."""
        super().__init__(timeline=side.line)
        self.duo, self.side = duo, side
        self.lock = duo.lock
        self.turning = False
        self.painter = _Through(self)

    def turn(self, tick: int) -> None:
        """Go to a tick; the duo is painting already."""
        self.turning = True
        try:
            self.tick = tick
        finally:
            self.turning = False

    def _follow(self) -> None:
        """Pick the span of the newest request where a view would show it; to look for it takes a snapshot."""
        if self.views:
            super()._follow()

    def line_from_here(self) -> Timeline:
        """Refuse: a history that is compared stays as it is."""
        raise MisuseError("a comparison only looks at its two histories; change one in a Lab, then compare again")

    def fail(self, error: Exception) -> None:
        """Let the duo show an error."""
        self.duo.fail(error)


class _Through(Painter):
    """A half's painter: it asks the duo's."""

    def __init__(self, half: Half) -> None:
        super().__init__(half.duo._paint, half.lock)  # noqa: SLF001 (two halves of one thing)
        self.half = half

    def ask(self) -> None:
        """Ask the duo to paint, unless it does."""
        if not self.half.turning:
            self.half.duo.painter.ask()

    def settle(self) -> None:
        """Let the duo paint what waits."""
        self.half.duo.painter.settle()


def _as_line(axis: Axis) -> Timeline:
    """Return the axis as a timeline: of one, the stage and the transport ask no more than an axis has."""
    return cast("Timeline", cast("Any", axis))
