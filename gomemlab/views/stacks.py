"""Stacks: a goroutine's stack to scale, how it moves when it grows or shrinks, and where its memory comes from.

In the tick that moves a stack the old one stands beside the new one: the part in use was copied, and pointers into the
stack lead to the same height as before. Otherwise the stack stands alone. A click on a goroutine or on a piece of a
stack span picks it; the heap map follows.

Go: runtime/stack.go, newstack, copystack, shrinkstack; runtime/runtime2.go, stack.
Left out: the words of a frame that are no pointers.
"""

from typing import Any

import bqplot as bq
import ipywidgets as ipw
import numpy as np

from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views import stacks_memory, stacks_svg
from gomemlab.views.base import Host, View, box, button, html, put, svg_document
from gomemlab.views.picture import figure, scales_of, tip
from gomemlab.views.stacks_facts import Frame, frame, guard_of, newest
from gomemlab.views.words import count, thousands

NEAR = 4  # ticks between two pictures that frames may be seen to travel
SIDE = 18  # pixels of a target
ZOOM = "the part in use large, the rest smaller; off: all to scale"


class StacksView(View[Frame]):
    """The stack at the left, all others at the right under a layer that catches clicks."""

    name = "Stacks"

    def __init__(self, host: Host | None = None) -> None:
        """Build the view; until a goroutine is picked it shows the one that did something last."""
        self.g: int | None = None
        self.snapshot: Snapshot | None = None
        self._seen = 1
        self._at = (0, 0)  # ticks of the last picture and of this one
        self._showing = False
        super().__init__(host)

    def parts(self) -> list[ipw.Widget]:
        """Return the numbers, both drawings and the legends."""
        self.numbers, self.left, self.right, self.pointers = html(), html(), html(), html()
        self.scales = scales_of(0, stacks_memory.WIDTH, stacks_memory.HEIGHT, 0)
        self.targets = bq.Scatter(
            x=[0.0],
            y=[stacks_memory.FAR],
            names=[""],
            display_names=False,
            scales=self.scales,
            marker="square",
            default_size=SIDE * SIDE,
            opacities=[0],
            tooltip=tip(),
        )
        self.targets.on_element_click(lambda _mark, message: self._clicked(message["data"]["index"]))
        layer = figure([self.targets], [], stacks_memory.WIDTH, stacks_memory.HEIGHT)
        layer.add_class("gm-touch")
        stacked = box([self.right, layer], "gm-stack", "gm-stkright")
        columns = [
            box([self.left, self.pointers, html(stacks_svg.legend())], "gm-stkcol"),
            box([stacked, html(stacks_memory.legend())], "gm-stkcol"),
        ]
        return [self.numbers, box(columns, "gm-stacks")]

    def tools(self) -> list[ipw.Widget]:
        """Return the keyboard's twins of the clicks, and the choice of scale."""
        self.number = ipw.BoundedIntText(value=1, min=1, max=1, tooltip="the goroutine whose stack is shown")
        self.number.add_class("gm-gnum")
        self.number.observe(self._typed, "value")
        left, right = "chevron-left", "chevron-right"
        self.earlier = button(self.host, "", "show the previous goroutine", lambda: self.turn(-1), icon=left)
        self.later = button(self.host, "", "show the next goroutine", lambda: self.turn(1), icon=right)
        self.find = button(self.host, "its span", "pick the span of this stack; the heap map shows it", self.pick_span)
        self.zoom = ipw.ToggleButton(value=False, description="part in use", tooltip=ZOOM)
        self.zoom.observe(lambda _: self.host.guard(self.redraw), "value")
        return [html("G", "gm-s"), self.number, self.earlier, self.later, self.find, self.zoom]

    def frame(self, snapshot: Snapshot) -> Frame:
        """Return what to draw of the picked goroutine and of all others."""
        self.snapshot = snapshot
        if self._at[1] != self.host.tick:
            self._at = (self._at[1], self.host.tick)
        return frame(snapshot, self.shown(snapshot), self.host.pick, zoom=self.zoom.value, travels=self._near())

    def _near(self) -> bool:
        return 0 < self._at[1] - self._at[0] <= NEAR

    def shown(self, snapshot: Snapshot) -> int:
        """Return the goroutine to show."""
        if self.g is None:
            self._seen = newest(snapshot.events, snapshot.stacks, self._seen)
        return self._seen if self.g is None else self.g

    def show(self, frame: Frame) -> None:
        """Draw both halves, and lay the targets over the right one."""
        put(self.numbers, value=stacks_memory.numbers(frame.numbers))
        put(self.left, value=stacks_svg.picture(frame))
        put(self.pointers, value=stacks_svg.pointers(frame))
        put(self.right, value=stacks_memory.picture(frame))
        found = stacks_memory.targets(frame)
        x, y = [at.x for at in found] or [0.0], [at.y for at in found] or [stacks_memory.FAR]
        put(self.targets, x=np.array(x), y=np.array(y), names=np.array([at.tip for at in found] or [""]))
        self._showing = True
        try:
            put(self.number, max=max([frame.g, *self._living()]), value=frame.g)
        finally:
            self._showing = False

    def _living(self) -> list[int]:
        """Return the goroutines that can be shown."""
        return [info.g for info in self.snapshot.stacks.goroutines] if self.snapshot is not None else []

    def sentence(self, frame: Frame) -> str:
        """Return how the stack moved, or how large it is and how much of it is in use."""
        return sentence(frame)

    def title(self, frame: Frame | None) -> str:
        """Return the name with the goroutine."""
        return self.name if frame is None else f"Stack of G{frame.g}"

    # What the reader does

    def choose(self, g: int | None) -> None:
        """Show a goroutine's stack; None goes with what happens."""
        self.g = g
        self.redraw()

    def turn(self, by: int) -> None:
        """Show the goroutine that is `by` places further on."""
        living = self._living()
        if living:
            here = self.shown(self.snapshot) if self.snapshot is not None else 0
            after = [g for g in living if (g > here if by > 0 else g < here)]
            self.choose((after[0] if by > 0 else after[-1]) if after else here)

    def pick_span(self) -> None:
        """Pick the span that the stack is in; raise MisuseError where it is in none."""
        last = self._last
        if last is None or last.own is None:
            g = last.g if last is not None else 1
            raise MisuseError(f"G{g}'s stack came with the process and is in no span; call something until it grows")
        self.host.choose(last.own.span)

    def _typed(self, change: dict[str, Any]) -> None:
        """Follow the number."""
        if not self._showing:
            self.host.guard(lambda: self.choose(change["new"]))

    def _clicked(self, at: int) -> None:
        """Pick what is under the pointer: a goroutine, a span, or both."""
        found = stacks_memory.targets(self._last) if self._last is not None else []
        if at < len(found):
            self.host.guard(lambda: self._pick(found[at]))

    def _pick(self, target: stacks_memory.Target) -> None:
        if target.span >= 0:
            self.host.choose(target.span)
        if target.g:
            self.choose(target.g)

    def redraw(self) -> None:
        """Draw the same moment once more, since what is picked has changed."""
        if self.snapshot is not None:
            self.update(self.snapshot)

    def figures(self) -> list[Any]:
        """Return nothing: the layer over the right half has nothing to see."""
        return []

    def svg(self) -> str:
        """Return the view as an SVG file."""
        halves = (
            self.left.value + self.pointers.value + stacks_svg.legend(),
            self.right.value + stacks_memory.legend(),
        )
        inner = "".join(f"<div>{half}</div>" for half in halves)
        return svg_document(f'{self.head.value}{self.numbers.value}<div class="gm-stacks">{inner}</div>', 1180, 660)


def sentence(frame: Frame) -> str:
    """Return the headline of a frame."""
    stack, move = frame.stack, frame.move
    if stack is None:
        return f"G{frame.g} is not alive at this tick; choose another goroutine."
    if move is not None:
        verb = "grew" if move.grew else "shrank"
        moved = f"{thousands(move.copied)} B copied, {count(move.adjusted, 'pointer')} adjusted"
        return f"The stack {verb} from {thousands(move.old.size)} to {thousands(stack.size)} B: {moved}."
    free = max(guard_of(stack) - stack.used, 0)
    where = "" if frame.modelled else " It came with the process, outside this heap."
    sizes = f"{thousands(stack.size)} B, {thousands(stack.used)} B in use by {count(frame.frames, 'frame')}"
    return f"{sizes}, {thousands(free)} B free above the guard.{where}"
