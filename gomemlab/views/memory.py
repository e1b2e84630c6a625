"""Memory: why RSS is higher than HeapAlloc, as one flow from what the kernel counts to the bytes that are alive.

Go: runtime/mstats.go, MemStats; runtime/mgcscavenge.go.
Left out: which pages are in memory; the heap map has them, in its mode "memory".
"""

from html import escape

import ipywidgets as ipw

from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views import memory_html
from gomemlab.views.base import Host, View, html, put, svg_document
from gomemlab.views.memory_facts import Frame, frame


class MemoryView(View[Frame]):
    """The bars one below the other, and the table that says the same."""

    name = "Memory"

    def __init__(self, host: Host | None = None) -> None:
        """Build the view; the table is for screen readers until it is asked for."""
        self.snapshot: Snapshot | None = None
        super().__init__(host)
        self.body.add_class("gm-memview")

    def parts(self) -> list[ipw.Widget]:
        """Return the bars and the table."""
        self.flow, self.table = html(), html()
        return [self.flow, self.table]

    def tools(self) -> list[ipw.Widget]:
        """Return the switch of the table."""
        self.listed = ipw.ToggleButton(description="table", tooltip="show every number in a table")
        self.listed.observe(lambda _: self.host.guard(self.redraw), "value")
        return [self.listed]

    def frame(self, snapshot: Snapshot) -> Frame:
        """Return what to draw."""
        self.snapshot = snapshot
        return frame(snapshot)

    def show(self, frame: Frame) -> None:
        """Write bars and table."""
        put(self.flow, value=memory_html.flow(frame))
        put(self.table, value=memory_html.table(frame, seen=self.listed.value))

    def sentence(self, frame: Frame) -> str:
        """Return why RSS is what it is."""
        return escape(frame.sentence)

    def redraw(self) -> None:
        """Show the same moment once more, with the table or without it."""
        if self._last is not None:
            self.show(self._last)

    def svg(self) -> str:
        """Return the view as an SVG file."""
        return svg_document(self.summary + self.flow.value, 1180, 520)
