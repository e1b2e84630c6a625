"""The views of a lab, one line each: `lab.heap_map()` shows the heap map, wired to the lab.

Go: none, this is what lessons call.
Left out: arranging them; a notebook's cells do that.
"""

from typing import TYPE_CHECKING, Any, TypeVar

from gomemlab.panels.allocate import Allocate
from gomemlab.panels.cells import claims
from gomemlab.panels.room import Room
from gomemlab.panels.transport import Transport
from gomemlab.views.base import View
from gomemlab.views.heap_map import HeapMap
from gomemlab.views.ledger import LedgerView
from gomemlab.views.log import LogView
from gomemlab.views.path import PathView
from gomemlab.views.size_classes import SizeClasses
from gomemlab.views.span import SpanView

if TYPE_CHECKING:
    import pandas as pd

V = TypeVar("V", bound=View[Any])


def opened(lab: Any, view: V) -> V:
    """Wire a view to a lab and draw it; the cell that made it closes it when it is run again."""
    with lab.lock:
        claims.claim(view)
        view.on_close = lambda: lab.forget(view)
        lab.views.append(view)
        view.update(lab.snapshot)
        return view


class Shelf:
    """The part of a lab that hands out views; `self` is the lab."""

    def forget(self: Any, view: View[Any]) -> None:
        """Drop a closed view."""
        if view in self.views:
            self.views.remove(view)

    def leave(self: Any, room: Room) -> None:
        """Close a page."""
        room.close()
        self.views[:] = [view for view in self.views if not view.closed]

    def path(self: Any) -> PathView:
        """Return the way of the last request."""
        return opened(self, PathView(self))

    def heap_map(self: Any, mode: str = "span class") -> HeapMap:
        """Return every page of the heap, by "span class" or by "occupancy"."""
        return opened(self, HeapMap(self, mode))

    def span(self: Any) -> SpanView:
        """Return the picked span: slots and fields."""
        return opened(self, SpanView(self))

    def size_classes(self: Any) -> SizeClasses:
        """Return the staircase from request to slot."""
        return opened(self, SizeClasses(host=self))

    def ledger(self: Any) -> LedgerView:
        """Return where each byte of the heap is."""
        return opened(self, LedgerView(self))

    def log(self: Any) -> LogView:
        """Return the last events as sentences."""
        return opened(self, LogView(self))

    def transport(self: Any) -> Transport:
        """Return the controls of time."""
        return opened(self, Transport(self, alone=True))

    def allocate(self: Any) -> Allocate:
        """Return the controls that allocate."""
        return opened(self, Allocate(self, alone=True))

    def close(self: Any) -> None:
        """Close every view of the lab."""
        with self.lock:
            for view in list(self.views):
                view.close()

    def events_frame(self: Any) -> "pd.DataFrame":
        """Return the events up to now, oldest first: tick, event, Go function, sentence.

        Ticks that only took a slot are left out, as in the log; the newest tick's events are complete.
        """
        import pandas as pd  # noqa: PLC0415 (half a second that only an export pays)

        with self.lock:
            events = list(reversed(self.timeline.recent(self.tick, len(self.timeline.kept) * 16 + 16)))
        rows = [(tick, type(event).__name__, event.go, event.say()) for tick, event in events]
        return pd.DataFrame(rows, columns=["tick", "event", "go", "sentence"])

    def ledger_frame(self: Any) -> "pd.DataFrame":
        """Return where each byte of the heap is: part, bytes, share."""
        import pandas as pd  # noqa: PLC0415 (half a second that only an export pays)

        ledger = self.snapshot.ledger
        parts = [name for name in ledger.__dataclass_fields__ if name != "total"]
        amounts = [int(getattr(ledger, name)) for name in parts]
        whole = max(sum(amounts), 1)
        return pd.DataFrame({"part": parts, "bytes": amounts, "share": [n / whole for n in amounts]})
