"""The object graph with its controls: write a pointer, drop one, make an object.

A click on a slot and then on an object does the same as the row above the graph, which is there for the keyboard. What
a goroutine cannot reach it cannot store.

Go: runtime/mwbbuf.go, wbBuf; runtime/malloc.go, newobject.
Left out: sending over channels and starting goroutines, which commands can do.
"""

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from gomemlab.commands import Assign, New, Write
from gomemlab.panels.graph_menu import menu, offer
from gomemlab.panels.graph_moves import check_write, places_of, targets_of
from gomemlab.panels.notices import Notices
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.roots import Place, StackSlot
from gomemlab.views.base import box, button, html, put
from gomemlab.views.object_graph import ObjectGraph
from gomemlab.views.object_graph_facts import Graph
from gomemlab.views.object_graph_frame import Frame
from gomemlab.views.words import count

if TYPE_CHECKING:
    from gomemlab.panels.lab import Lab

SLOTS = (0, 1, 2, 3, 4)  # of a new object


class GraphPanel(ObjectGraph):
    """The view, and the row that changes the graph."""

    def __init__(self, lab: "Lab", *, alone: bool = False) -> None:
        """Build the panel for a lab; alone, it brings the lab's notices along."""
        self.lab = lab
        self.notices = Notices.here(lab) if alone else None
        self._showing = False
        super().__init__(lab)

    def parts(self) -> list[ipw.Widget]:
        """Return the row above the picture, and the picture."""
        self.g = menu("the goroutine that writes", "gm-goroutine")
        self.place = menu("the slot to write", "gm-place")
        self.target = menu("the object to point to", "gm-target")
        self.new_slots = menu("pointer slots of a new object", "gm-slots-menu")
        self.new_slots.options, self.new_slots.value = [(count(n, "slot"), n) for n in SLOTS], 2
        self.g.observe(lambda _: self._heard(self._refresh), "value")
        self.place.observe(lambda change: self._heard(lambda: self.pick(change["new"])), "value")
        write = button(self.lab, "Write", "store the pointer", self.write)
        drop = button(self.lab, "Drop", "store nil", self.drop)
        new = button(self.lab, "New", "make an object and store its address into the slot", self.new)
        words = [html(text, "gm-s") for text in ("on", "set", "to", "with")]
        self.into = html("", "gm-s")  # where a new object goes, since that forgets what is there
        name = html("<b>Write</b>", "gm-label")
        row = [name, words[0], self.g, words[1], self.place, words[2], self.target, write, drop]
        moved = box(super().tools(), "gm-row")  # not in the headline, which needs the room for its sentence
        made = [html("", "gm-label"), new, words[3], self.new_slots, self.into, html("", "gm-sp"), moved]
        controls = [box(part, "gm-row", "gm-graph-controls") for part in (row, made)]
        above = [self.notices.root, *controls] if self.notices else controls
        return [*above, *super().parts()]

    def tools(self) -> list[ipw.Widget]:
        """Return nothing: what chooses and moves an object stands in the rows above the picture."""
        return []

    def _heard(self, work: Any) -> None:
        """Do what the reader asked for with a control; what the panel sets itself is not the reader's."""
        if not self._showing:
            self.lab.guard(work)

    def show(self, frame: Frame) -> None:
        """Draw, and bring the menus up to date."""
        super().show(frame)
        self._refresh()

    def _refresh(self) -> None:
        """Offer what can be written at this moment."""
        graph = self.graph
        if graph is None:
            return
        self._showing = True
        try:
            offer(self.g, [(f"G{stack.g}", stack.g) for stack in graph.gc.stacks], self.g.value)
            if self.g.value is not None:
                places = [(graph.place_name(place), place) for place in places_of(graph, self.g.value)]
                offer(self.place, places, self.pick_.place or self.place.value)
                targets = [(f"{number}", number) for number in targets_of(graph, self.g.value)]
                offer(self.target, targets, self.target.value)
        finally:
            self._showing = False
        place = self.pick_.place or self.place.value
        put(self.into, value=f"into {escape(graph.place_name(place))}" if place is not None else "")

    # What the reader does

    def pick(self, place: Place | None) -> None:
        """Pick a place; a slot of a stack is written by its own goroutine."""
        if isinstance(place, StackSlot) and place.g != self.g.value:
            self._showing = True
            try:
                self.g.value = place.g
            finally:
                self._showing = False
        super().pick(place)
        self._refresh()

    def choose(self, number: int) -> None:
        """Let the picked slot point to an object; where no slot is picked, show the object's slots."""
        if self.pick_.place is None:
            super().choose(number)
            return
        self._write(self.pick_.place, number)

    def write(self) -> None:
        """Store the chosen pointer into the chosen slot."""
        if self.target.value is None:
            raise MisuseError("there is no object to point to; make one with New first")
        self._write(self.place.value, self.target.value)

    def _write(self, place: Place | None, number: int) -> None:
        address = check_write(self._graph(), self.g.value, place, number)
        self.pick_ = self.pick_._replace(place=None)
        self.lab.do(Write(place, address, self.g.value))  # type: ignore[arg-type] # checked above

    def drop(self) -> None:
        """Store nil into the chosen slot."""
        place = self.pick_.place or self.place.value
        if place is None:
            raise MisuseError("no slot is chosen; choose one in the row, or click one")
        self.pick_ = self.pick_._replace(place=None)
        self.lab.do(Assign(place, None, self.g.value))

    def new(self) -> None:
        """Make an object; its address goes into the chosen slot."""
        place = self.pick_.place or self.place.value
        if place is None:
            raise MisuseError("a new object needs a slot that points to it; choose one in the row, or click one")
        self.pick_ = self.pick_._replace(place=None)
        self.lab.do(New(self.new_slots.value, None, place, self.g.value))

    def _graph(self) -> Graph:
        """Return the facts of the moment on screen, also where that waits to be painted."""
        return Graph(self.lab.snapshot.gc)

    def close(self) -> None:
        """Close the view and its notices."""
        if self.notices is not None:
            self.notices.close()
        super().close()


__all__ = ["GraphPanel"]
