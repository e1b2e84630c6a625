"""Processors: what each P runs and keeps to itself, the queue and the locks that all share, whose a span and a line is.

A row a P as long as there are few; of many there are small tiles, and the row of the chosen one. Whatever a P keeps,
it uses without a lock. Locks are gates: each shows how often it was passed, and what a crowd at it would wait. The last
part is of no world, but of the cost model: cache lines, word by word, with padding and without.

Go: runtime/runtime2.go, p, schedt; runtime/proc.go, schedule.
Left out: threads, timers and the network poller.
"""

from html import escape

import ipywidgets as ipw

from gomemlab.contention import COUNTER
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views import processors_html, processors_lines
from gomemlab.views.base import Host, View, box, button, html, put, svg_document
from gomemlab.views.processors_facts import Frame, frame
from gomemlab.views.processors_span import NOBODY

ARRAYS = [(title, name) for name, (title, _) in processors_lines.TITLES.items()]
CROWDS = [("all Ps", 0), *((f"{n} P{'s' if n > 1 else ''}", n) for n in (1, 2, 4, 8, 16, 32, 64))]


class ProcessorsView(View[Frame]):
    """Ps, what they share, gates and owners, one below the other."""

    name = "Processors"
    css = "gm-procview"

    def __init__(self, host: Host | None = None) -> None:
        """Build the view; P0 is chosen."""
        self.p = 0
        self.snapshot: Snapshot | None = None
        super().__init__(host)

    def parts(self) -> list[ipw.Widget]:
        """Return the Ps, what they share, the locks, whose the picked span is, and who writes which cache line."""
        self.table, self.shared, self.gates, self.owners, self.lines = html(), html(), html(), html(), html()
        self.array = ipw.Dropdown(options=ARRAYS, value=COUNTER.name, tooltip="an array with an element for each P")
        self.array.add_class("gm-array")
        self.array.observe(lambda _: self.host.guard(self.redraw), "value")
        head = html("<b>Cache lines</b> of 64 B, and who writes which word (cost model)", "gm-pcap")
        choice = box([head, self.array], "gm-row", "gm-linerow")
        return [self.table, self.shared, html(processors_html.legend()), self.gates, self.owners, choice, self.lines]

    def tools(self) -> list[ipw.Widget]:
        """Return the choice of a P, and how many Ps want a lock at once."""
        left, right = "chevron-left", "chevron-right"
        earlier = button(self.host, "", "choose the previous P", lambda: self.turn(-1), icon=left)
        later = button(self.host, "", "choose the next P", lambda: self.turn(1), icon=right)
        self.crowd = ipw.Dropdown(options=CROWDS, value=0, tooltip="how many Ps want a lock, or write a line, at once")
        self.crowd.add_class("gm-crowd")
        self.crowd.observe(lambda _: self.host.guard(self.redraw), "value")
        other = button(self.host, "next P's span", "pick the span of this class that the next P holds", self.pick_next)
        return [html("at a lock at once", "gm-s"), self.crowd, other, earlier, later]

    def past(self) -> Snapshot | None:
        """Return the moment before this step, where it can be had; alone, there is none."""
        return None

    def frame(self, snapshot: Snapshot) -> Frame:
        """Return what to draw."""
        self.snapshot = snapshot
        self.p = min(self.p, len(snapshot.ps) - 1)
        return frame(snapshot, self.p, self.host.pick, self.crowd.value, self.past(), self.array.value)

    def show(self, frame: Frame) -> None:
        """Write the five parts."""
        put(self.table, value=processors_html.table(frame))
        put(self.shared, value=processors_html.shared(frame))
        put(self.gates, value=processors_html.gates(frame))
        put(self.owners, value=processors_html.owners(frame.owned))
        put(self.lines, value=processors_lines.drawn(frame.lines))

    def sentence(self, frame: Frame) -> str:
        """Return what the scheduler did, or how things stand."""
        return escape(frame.sentence)

    def redraw(self) -> None:
        """Draw the same moment once more, since what is chosen has changed."""
        if self.snapshot is not None:
            self.update(self.snapshot)

    def use(self, p: int) -> None:
        """Choose a P."""
        self.p = p
        self.redraw()

    def turn(self, by: int) -> None:
        """Choose the P that is `by` places further on."""
        last = len(self._last.rows) - 1 if self._last is not None else 0
        self.use(max(0, min(self.p + by, last)))

    def pick_next(self) -> None:
        """Pick the span of the picked one's class that the next P holds; raise MisuseError where none holds any."""
        found = self._last.owned if self._last is not None else NOBODY
        if not found.holders:
            raise MisuseError("no P holds a span of the picked class; pick another in the heap map, or malloc first")
        spans = [holder.span for holder in found.holders]
        at = spans.index(found.picked) + 1 if found.picked in spans else 0
        self.host.choose(spans[at % len(spans)])
        self.redraw()

    def svg(self) -> str:
        """Return the view as an SVG file."""
        parts = (self.head, self.table, self.shared, self.gates, self.owners, self.lines)
        return svg_document("".join(part.value for part in parts), 1180, 1100)
