"""The object graph: roots, objects and pointers at one moment, in the three colours of marking.

Nodes stay where they are while the graph changes, and can be dragged. A click on a slot picks the place, a click on an
object chooses it; what is done with that is up to whoever uses the view.

Go: runtime/mgcmark.go, gcDrain, scanstack; runtime/mwbbuf.go, wbBuf.
Left out: addresses, which the span's view has; the size of objects, to scale.
"""

from collections.abc import Sequence
from time import monotonic
from typing import Any

import bqplot as bq
import ipywidgets as ipw

from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.roots import Field, Place
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views.base import Host, View, box, button, html, put, svg_document
from gomemlab.views.object_graph_events import Happened, happened
from gomemlab.views.object_graph_facts import Graph
from gomemlab.views.object_graph_frame import BAND, CHIP, Frame, Pick, frame
from gomemlab.views.object_graph_layout import WIDTH, Spot
from gomemlab.views.object_graph_roots import LEFT, RIGHT
from gomemlab.views.object_graph_svg import legend, picture
from gomemlab.views.picture import figure, scales_of
from gomemlab.views.words import count

SIDE = 24  # pixels of one square of a slot's target
MOVED = 3  # pixels that make a drag; less is a click


class ObjectGraph(View[Frame]):
    """The graph as widgets: the picture in one HTML widget, the touch layer above it."""

    name = "Object graph"

    def __init__(self, host: Host | None = None) -> None:
        """Build the view with nothing picked and nothing placed."""
        self.pick_ = Pick()
        self.snapshot: Snapshot | None = None
        self.kept: dict[int, Spot] = {}  # where objects stand, also those that are not on screen now
        self.tier = 0
        self._offering = False
        self._rested = 0.0  # when a drag may be drawn again
        self._colours: tuple[int, dict[int, str]] = (-1, {})  # the tick on screen, and by address what it shows
        self._before: tuple[int, dict[int, str]] = (-1, {})  # the same of the tick before
        super().__init__(host)

    def parts(self) -> list[ipw.Widget]:
        """Return the picture with its touch layer, and the legend."""
        self.drawing, self.legend = html(), html()
        return [box([self.drawing, self._touch()], "gm-stack", "gm-graph"), self.legend]

    def tools(self) -> list[ipw.Widget]:
        """Return the keyboard's twin of clicking and dragging an object, and the button that lays out anew."""
        self.which = ipw.Dropdown(options=[("no object", 0)], value=0, tooltip="the object whose slots are shown")
        self.which.add_class("gm-which")
        self.which.observe(self._looked, "value")
        ways = [("left", -1, 0), ("up", 0, -1), ("down", 0, 1), ("right", 1, 0)]
        self.nudges = [self._nudge(name, x, y) for name, x, y in ways]
        self.tidy = button(self.host, "arrange", "lay the objects out anew, from the roots on", self.rearrange)
        return [self.which, *self.nudges, self.tidy]

    def _nudge(self, name: str, x: int, y: int) -> ipw.Button:
        """Return a button that moves the chosen object by half a cell."""
        tip = f"move the chosen object {name}"
        made = button(self.host, "", tip, lambda: self.nudge(x, y), icon=f"arrow-{name}")
        made.add_class("gm-nudge")
        return made

    def _touch(self) -> Any:
        """Return the layer that catches clicks and drags."""
        self.scales = scales_of(0, WIDTH, 400, 0)
        look = {"scales": self.scales, "opacities": [0], "display_names": False}
        self.slots = bq.Scatter(x=[0.0], y=[0.0], marker="square", default_size=SIDE * SIDE, **look)
        self.balls = bq.Scatter(x=[0.0], y=[0.0], marker="circle", default_size=1200, enable_move=True, **look)
        self.slots.on_element_click(lambda _, message: self._on_slot(message["data"]["index"]))
        self.balls.on_element_click(lambda _, message: self._on_node(message["data"]["index"]))
        self.balls.on_drag(lambda _, message: self._dragged(message))
        self.balls.on_drag_end(lambda _, message: self._dropped(message))
        self.figure = figure([self.slots, self.balls], [], WIDTH, 400)
        self.figure.add_class("gm-touch")
        self._targets: tuple[Place, ...] = ()
        return self.figure

    def frame(self, snapshot: Snapshot) -> Frame:
        """Return what to draw, with what stands already left where it is."""
        self.snapshot = snapshot
        before = self._colours if self._colours[0] != self.host.tick else self._before
        told = happened(snapshot, before[1] if before[0] == self.host.tick - 1 else None)
        return self._framed(snapshot, told)

    def _framed(self, snapshot: Snapshot, told: Happened) -> Frame:
        return frame(snapshot.gc, told, self.kept, self.tier, self.pick_)

    def show(self, frame: Frame) -> None:
        """Draw, and let the touch layer lie over what is drawn."""
        tick = self.host.tick
        if self._colours[0] != tick:
            self._before = self._colours
        self._colours = (tick, {node.address: node.colour for node in frame.nodes})
        if frame.tier != self.tier:
            self.kept, self.tier = {}, frame.tier
        self.kept |= frame.spots
        put(self.drawing, value=picture(frame))
        put(self.legend, value=legend(marking=frame.marking) + _undrawn(frame.undrawn))
        self._lay_targets(frame)
        self._offer(frame)

    def _offer(self, frame: Frame) -> None:
        """Let the menu have every object that is drawn."""
        options = [("no object", 0), *((f"object {node.number}", node.number) for node in frame.nodes)]
        number = frame.chosen.number if frame.chosen is not None else 0
        self.pick_ = self.pick_._replace(number=number)
        self._offering = True
        try:
            with self.which.hold_sync():
                if list(self.which.options) != options:
                    self.which.options = options
                put(self.which, value=number)
        finally:
            self._offering = False
        for nudge in self.nudges:
            put(nudge, disabled=not number)

    def _lay_targets(self, frame: Frame) -> None:
        """Move the invisible targets over slots and nodes."""
        high = frame.height + BAND
        put(self.scales["y"], min=float(high), max=0.0)
        put(self.figure.layout, height=f"{high}px")
        where: list[tuple[Place, float, float]] = [
            (row.place, x, row.y)
            for group in frame.groups
            for row in group.rows
            for x in range(LEFT + SIDE // 2, RIGHT, SIDE)
        ]
        band = frame.height + 6 + SIDE // 2
        where += [(c.place, c.x + x, band) for c in frame.chips for x in range(SIDE // 2, CHIP, SIDE)]
        self._targets = tuple(place for place, _, _ in where)
        _put_points(self.slots, [(x, y) for _, x, y in where])
        _put_points(self.balls, [(node.x, node.y) for node in frame.nodes])
        put(self.balls, default_size=round(3.1416 * frame.shape.radius**2))

    def sentence(self, frame: Frame) -> str:
        """Return what is lost, or how far marking is."""
        return frame.said

    # What the reader does

    def _on_slot(self, at: int) -> None:
        """Pick a slot; the picked one again is let go."""
        if at < len(self._targets):
            place = self._targets[at]
            self.host.guard(lambda: self.pick(None if place == self.pick_.place else place))

    def _on_node(self, at: int) -> None:
        """Choose an object."""
        if self._last is not None and at < len(self._last.nodes):
            number = self._last.nodes[at].number
            self.host.guard(lambda: self.choose(number))

    def pick(self, place: Place | None) -> None:
        """Pick a place, or none."""
        self.pick_ = self.pick_._replace(place=place)
        self.redraw()

    def choose(self, number: int) -> None:
        """Do what a click on an object means: show its slots, or, where they are shown, hide them."""
        self.look(0 if number == self.pick_.number else number)

    def look(self, number: int) -> None:
        """Show an object's slots; 0 for none."""
        place = None if isinstance(self.pick_.place, Field) else self.pick_.place
        self.pick_ = Pick(place, number)
        self.redraw()

    def _looked(self, change: dict[str, Any]) -> None:
        """Show what the menu says; what it is told while it gets its entries is not the reader's."""
        if not self._offering and change["new"] is not None and change["new"] != self.pick_.number:
            self.host.guard(lambda: self.look(change["new"]))

    def nudge(self, x: int, y: int) -> None:
        """Move the chosen object by half a cell."""
        if self._last is None or self._last.chosen is None:
            raise MisuseError("no object is chosen; choose one in the menu beside the arrows, or click one")
        shape, number = self._last.shape, self._last.chosen.number
        at = self._last.spots[number]
        self.move(number, at[0] + x * shape.dx / 2, at[1] + y * shape.dy / 2)

    def move(self, number: int, x: float, y: float) -> None:
        """Put an object somewhere else; it stays there."""
        if self._last is None:
            return
        self.kept[number] = _inside(self._last, x, y)
        self.redraw()

    def _dragged(self, message: dict[str, Any]) -> None:
        """Let an object and its arrows follow the mouse, as often as there is time for it."""
        at, point = message["index"], message["point"]
        if self._last is None or at >= len(self._last.nodes) or monotonic() < self._rested:
            return
        node, began = self._last.nodes[at], monotonic()
        self.host.guard(lambda: self._follow(node.number, point["x"], point["y"]))
        self._rested = 2 * monotonic() - began  # what was asked meanwhile is late already

    def _follow(self, number: int, x: float, y: float) -> None:
        """Draw an object somewhere else, and leave everything else, the touch layer too, as it is."""
        if self.snapshot is None or self._last is None:
            return
        spots = self.kept | {number: _inside(self._last, x, y)}
        told = happened(self.snapshot)
        put(self.drawing, value=picture(frame(self.snapshot.gc, told, spots, self.tier, self.pick_)))

    def _dropped(self, message: dict[str, Any]) -> None:
        """Put a dragged object where it was let go; a click drags nothing."""
        at, point = message["index"], message["point"]
        if self._last is None or at >= len(self._last.nodes):
            return
        node = self._last.nodes[at]
        if abs(point["x"] - node.x) + abs(point["y"] - node.y) >= MOVED:
            self.host.guard(lambda: self.move(node.number, point["x"], point["y"]))
        put(self.drawing, value=picture(self._last))  # also where it came back to its old place

    def rearrange(self) -> None:
        """Lay the graph out anew."""
        self.kept, self.tier = {}, 0
        self.redraw()

    def redraw(self) -> None:
        """Draw the same moment once more, since what is picked or where something stands has changed."""
        if self.snapshot is not None:
            self.draw(self._framed(self.snapshot, happened(self.snapshot)))

    @property
    def graph(self) -> Graph | None:
        """Return the facts of the moment on screen."""
        return None if self.snapshot is None else Graph(self.snapshot.gc)

    def figures(self) -> list[Any]:
        """Return nothing: the touch layer has nothing to see."""
        return []

    def svg(self) -> str:
        """Return the graph as an SVG file."""
        high = 60 + BAND + (self._last.height if self._last is not None else 0)
        return svg_document(self.head.value + self.drawing.value + self.legend.value, WIDTH + 8, high + 40)


def _inside(frame: Frame, x: float, y: float) -> Spot:
    """Return the place nearest to one at which an object fits into the picture."""
    radius = frame.shape.radius
    x = min(max(x, RIGHT + 2 * radius), WIDTH - radius - 2)
    y = min(max(y, radius + 18), frame.height - radius - 20)
    return round(x, 1), round(y, 1)


def _put_points(mark: Any, points: Sequence[Spot]) -> None:
    """Set a mark's points; bqplot wants at least one, so nothing is a point off the picture."""
    shown = points or [(-1000.0, -1000.0)]
    put(mark, x=[float(x) for x, _ in shown], y=[float(y) for _, y in shown])


def _undrawn(n: int) -> str:
    """Return how many objects are not drawn."""
    return f'<div class="gm-t">{count(n, "more object")} not drawn; the picture holds 200.</div>' if n else ""
