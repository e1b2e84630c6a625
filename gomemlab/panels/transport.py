"""Transport: where on the timeline we are, and every way to get elsewhere.

Back and Step, play at a chosen speed, a scrubber with a barcode of what happened when, the tick as a number, and jumps
to the next refill, new span, collection, or growth of the heap. All of them only set the lab's tick.

Go: none, Go cannot go back.
Left out: editing the past; a command that is given at an earlier tick begins a new line.
"""

import time
from dataclasses import dataclass
from threading import get_ident
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw
import numpy as np
from numpy.typing import NDArray

from gomemlab.panels.barcode import WIDTH, barcode
from gomemlab.panels.notices import Notices
from gomemlab.runtime.errors import MisuseError
from gomemlab.timeline import KINDS
from gomemlab.views.base import View, box, button, html, put
from gomemlab.views.words import thousands

if TYPE_CHECKING:
    from gomemlab.panels.lab import Lab
    from gomemlab.runtime.snapshot import Snapshot

SPEEDS = {"1×": 1, "4×": 4, "16×": 16, "64×": 64, "256×": 256, "4096×": 4096}
BEAT = 125  # ms between two pictures while playing; at 1× eight ticks a second
JUMPS = {"refill": "refill", "new span": "new span", "growth": "▼ growth", "collection": "collection"}
RANGE = 1 << 40  # the scrubber's length, however long the timeline is
ROOM = 1.25  # how much a line may grow before the scrubber counts anew
PAGE = 5  # ticks that a slider goes by PageUp; the lab makes a tenth of the timeline of it
REST = 0.4  # seconds without a word from the scrubber: the next one is a single key
SLOW, GROWTH = 3, 4  # bits of a tick's flags: a refill or a new span; the heap grew


@dataclass(frozen=True, slots=True)
class Frame:
    """Where we are on a timeline."""

    tick: int
    last: int
    picture: bytes  # the barcode
    ahead: int  # flags of all ticks after this one, together


class Transport(View[Frame]):
    """The row of controls."""

    name = "Time"
    word = "tick"  # what a place on the timeline is called

    def __init__(self, lab: "Lab", *, alone: bool = False) -> None:
        """Build the row for a lab; alone, it brings the lab's notices along."""
        self.lab = lab
        self.notices = Notices.here(lab) if alone else None
        self._showing: int | None = None  # the thread that moves the controls
        self._heard = 0.0  # when the scrubber last spoke
        self._paging = False  # its last word was PageUp or PageDown
        self._span = 1  # the last tick by which the scrubber counts
        self._barcode: tuple[Any, int, bytes] = (None, 0, b"")
        super().__init__(lab)
        self.head.add_class("gm-hidden")

    def parts(self) -> list[ipw.Widget]:
        """Return the row."""
        back = button(self.lab, "", f"one {self.word} back", lambda: self.go(self.lab.tick - 1), icon="step-backward")
        step = button(self.lab, "Step", f"one {self.word} on", self.step, icon="step-forward")
        self.toggle = button(self.lab, "", "play to the end, or pause", self.play_or_pause, icon="play")
        self.back, self.forward = back, step
        self.play = ipw.Play(min=0, max=0, value=0, interval=BEAT, show_repeat=False)
        self.play.add_class("gm-hidden")
        self.play.observe(self._played, "value")
        self.play.observe(self._playing, "playing")
        self.speed = ipw.Dropdown(options=list(SPEEDS.items()), value=1, tooltip="ticks a picture")
        self.speed.observe(lambda change: put(self.play, step=change["new"]), "value")
        self.speed.add_class("gm-speed")
        self.scrubber = Scrubber(min=0, max=RANGE, value=0, readout=False, tooltip="the moment shown")
        self.scrubber.observe(self._scrubbed, "value")
        self.picture = ipw.Image(format="png")
        self.number = ipw.BoundedIntText(min=0, max=0, value=0, tooltip="the moment shown")
        self.number.add_class("gm-tick")
        self.number.observe(self._typed, "value")
        self.total = html("", "gm-s")
        jumps = [self._jump(kind, words) for kind, words in JUMPS.items()]
        self.jumps = jumps
        left = [back, step, self.toggle, self.play, self.speed]
        scrub = box([self.scrubber, self.picture], "gm-scrub")
        self.noun = html(self.word, "gm-s")
        tick = box([self.noun, self.number, self.total], "gm-row")
        jump = box([html("jump to next", "gm-s"), box(jumps, "gm-seg")], "gm-row")
        row = box([*left, scrub, tick, html("", "gm-sp"), jump], "gm-row", "gm-transport")
        return [self.notices.root, row] if self.notices else [row]

    def call(self, word: str) -> None:
        """Call the places by another name."""
        self.word = word
        put(self.noun, value=word)
        put(self.back, tooltip=f"one {word} back")
        put(self.forward, tooltip=f"one {word} on")

    def close(self) -> None:
        """Close the row and its notices."""
        if self.notices is not None:
            self.notices.close()
        super().close()

    def _jump(self, kind: str, words: str) -> ipw.Button:
        """Return a button that goes to the next tick of a kind."""
        return button(self.lab, words, f"go to the next {kind} on the timeline", lambda: self.jump(kind))

    def frame(self, snapshot: "Snapshot") -> Frame:  # noqa: ARG002 (where we are is not in the snapshot)
        """Return where we are."""
        flags = np.frombuffer(bytes(self.lab.timeline.flags[1:]), np.uint8)
        ahead = int(np.bitwise_or.reduce(flags[self.lab.tick :], initial=0))
        return Frame(self.lab.tick, len(self.lab.timeline), self._picture(flags), ahead)

    def _picture(self, flags: NDArray[np.uint8]) -> bytes:
        """Return the barcode; drawn again for another timeline, a column's worth, or a mark its last column lacks."""
        line = self.lab.timeline
        known, drawn, picture = self._barcode
        column = drawn // WIDTH
        new = _marks(flags[drawn:]) & ~_marks(flags[drawn - column : drawn])
        quiet = len(flags) - drawn < max(column, 1) and not new
        if known is not line or len(flags) < drawn or (len(flags) > drawn and not quiet) or not picture:
            picture = barcode(flags & SLOW > 0, flags & GROWTH > 0)
            self._barcode = (line, len(flags), picture)
        return picture

    def show(self, frame: Frame) -> None:
        """Move slider, numbers and barcode; what the observers then hear is not the reader's."""
        self._showing = get_ident()
        try:
            self._show_scrubber(frame)
            put(self.number, max=frame.last, value=frame.tick)
            if self.play.playing:
                put(self.play, max=frame.last, value=frame.tick)
            put(self.total, value=self._total(frame))
            put(self.picture, value=frame.picture)
            put(self.back, disabled=frame.tick == 0)
            put(self.forward, disabled=frame.tick >= frame.last)
            put(self.toggle, disabled=frame.tick >= frame.last)
            for kind, button in zip(JUMPS, self.jumps, strict=True):
                put(button, disabled=not frame.ahead & KINDS[kind])
        finally:
            self._showing = None

    def _show_scrubber(self, frame: Frame) -> None:
        """Move the handle; near the end of a line that grows a little at a time it may stay where it is."""
        back = self._span - round(self.scrubber.value / unit(self._span))  # ticks before the end
        stays = back <= 2 * PAGE and frame.tick == frame.last - back and self._span <= frame.last < ROOM * self._span
        if not stays:
            self._span = max(frame.last, 1)
        at = self._span - back if stays else frame.tick
        put(self.scrubber, step=unit(self._span), value=at * unit(self._span), disabled=not frame.last)

    def sentence(self, frame: Frame) -> str:  # noqa: ARG002 (see _total)
        """Return nothing: the status stands beside the number, one message for both."""
        return ""

    def _total(self, frame: Frame) -> str:
        """Return the last tick, and for the ear where we are."""
        words = f"{self.word.capitalize()} {thousands(frame.tick)} of {thousands(frame.last)}."
        return f'of {thousands(frame.last)}<span class="gm-hidden" role="status">{words}</span>'

    @property
    def summary(self) -> str:
        """Return the status, as HTML."""
        self.lab.settle()
        return str(self.total.value)

    def go(self, tick: int) -> None:
        """Go to a tick, as near as the timeline allows."""
        self.lab.tick = max(0, min(tick, len(self.lab.timeline)))

    def step(self) -> None:
        """Go one tick on."""
        self.go(self.lab.tick + 1)

    def jump(self, kind: str) -> None:
        """Go to the next tick of a kind; raises MisuseError when there is none."""
        tick = self.lab.timeline.next(kind, self.lab.tick)
        if tick is None:
            raise MisuseError(f"there is no {kind} after tick {thousands(self.lab.tick)}; run more, or go back first")
        self.lab.tick = tick

    def play_or_pause(self) -> None:
        """Start or stop playing."""
        if not self.play.playing:
            put(self.play, max=len(self.lab.timeline), value=self.lab.tick)
        self._showing = get_ident()
        try:
            put(self.play, playing=not self.play.playing)
        finally:
            self._showing = None

    def _playing(self, change: dict[str, Any]) -> None:
        """Show what the play button does next; a player that stops by itself had less than a step to go."""
        put(self.toggle, icon="pause" if change["new"] else "play")
        if not change["new"] and self._showing != get_ident():
            self.lab.guard(lambda: self.go(self.play.max))

    def _played(self, change: dict[str, Any]) -> None:
        """Follow the hidden player."""
        if self._showing != get_ident():
            self.lab.guard(lambda: self.go(change["new"]))

    def _typed(self, change: dict[str, Any]) -> None:
        """Follow the number."""
        if self._showing != get_ident():
            self.lab.guard(lambda: self.go(change["new"]))

    def _scrubbed(self, change: dict[str, Any]) -> None:
        """Follow the handle."""
        if self._showing != get_ident():
            self.lab.guard(lambda: self._handle_at(change["new"]))

    def _handle_at(self, at: int) -> None:
        """Go to the tick at the handle's place; PageUp and PageDown go a tenth of the timeline."""
        last, place = len(self.lab.timeline), round(at / unit(self._span))
        back = self._span - place
        tick = last - back if back <= 2 * PAGE else round(place * last / self._span)
        by, now = tick - self.lab.tick, time.monotonic()
        self._paging = abs(by) == PAGE and (self._paging or now - self._heard > REST)
        self._heard = now
        self.go(self.lab.tick + by // PAGE * max(last // 10, 1) if self._paging else tick)
        if self._last is not None and self._last.tick == self.lab.tick:
            self.show(self._last)  # the handle is beside its place; nothing else would bring it back


class Scrubber(ipw.IntSlider):
    """A slider over a fixed power of two, whose step is a tick.

    A browser's slider counts in percent, and sends back what its rounding made of a value, as if the reader had moved
    it. With a range of a power of two nothing is rounded, as long as it hears of a new step before the new value.
    """

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """Return the state to send, the value last."""
        state = super().get_state(key, drop_defaults)
        return dict(sorted(state.items(), key=lambda item: item[0] == "value"))


def _marks(flags: NDArray[np.uint8]) -> int:
    """Return what a column of the barcode shows of its ticks: bit 0 a bar, bit 1 the mark of growth."""
    seen = int(np.bitwise_or.reduce(flags, initial=0))
    return bool(seen & SLOW) | bool(seen & GROWTH) << 1


def unit(last: int) -> int:
    """Return how many of the scrubber's steps a tick is, on a line with so many ticks."""
    return RANGE // max(last, 1)
