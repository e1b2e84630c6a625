"""The views of a lab, one line each: `lab.heap_map()` shows the heap map, wired to the lab.

Go: none, this is what lessons call.
Left out: arranging them; a notebook's cells do that.
"""

from typing import TYPE_CHECKING, Any, TypeVar, cast

from gomemlab.panels.allocate import Allocate
from gomemlab.panels.cells import claims
from gomemlab.panels.graph import GraphPanel
from gomemlab.panels.memory import Memory
from gomemlab.panels.pacer_lab import LabPacer
from gomemlab.panels.phases import Phases
from gomemlab.panels.pool import PoolPanel
from gomemlab.panels.processors import Processors
from gomemlab.panels.room import Room
from gomemlab.panels.schedule import Schedule
from gomemlab.panels.span_sets import SpanSets
from gomemlab.panels.stacks import Stacks
from gomemlab.panels.stage import Stage
from gomemlab.panels.transport import Transport
from gomemlab.views.base import View
from gomemlab.views.heap_map import HeapMap
from gomemlab.views.ledger import LedgerView
from gomemlab.views.log import LogView
from gomemlab.views.path import PathView
from gomemlab.views.size_classes import SizeClasses
from gomemlab.views.span import SpanView
from gomemlab.views.work import Work

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from gomemlab.commands import Command
    from gomemlab.panels.lab import Lab

V = TypeVar("V", bound=View[Any])


class Shelf(Stage):
    """The part of a lab that hands out views."""

    @property
    def _lab(self) -> "Lab":
        """Return the lab that this is a part of."""
        return cast("Lab", self)

    def _opened(self, view: V) -> V:
        """Wire a view to the lab and draw it; the cell that made it closes it when it is run again."""
        with self.lock:
            claims.claim(view)
            view.on_close = lambda: self.forget(view)
            self.views.append(view)
            view.update(self.snapshot)
            return view

    def forget(self, view: View[Any]) -> None:
        """Drop a closed view."""
        if view in self.views:
            self.views.remove(view)

    def leave(self, room: Room) -> None:
        """Close a page."""
        room.close()
        self.views[:] = [view for view in self.views if not view.closed]

    def path(self) -> PathView:
        """Return the way of the last request."""
        return self._opened(PathView(self))

    def heap_map(self, mode: str = "span class") -> HeapMap:
        """Return every page of the heap, by "span class", "occupancy", "collection" or "memory"."""
        return self._opened(HeapMap(self, mode))

    def span(self) -> SpanView:
        """Return the picked span: slots and fields."""
        return self._opened(SpanView(self))

    def size_classes(self) -> SizeClasses:
        """Return the staircase from request to slot."""
        return self._opened(SizeClasses(host=self))

    def ledger(self) -> LedgerView:
        """Return where each byte of the heap is."""
        return self._opened(LedgerView(self))

    def span_sets(self, spanclass: int | None = None) -> SpanSets:
        """Return the four span sets of a class, or of the picked span's, with the controls that fill and sweep them."""
        return self._opened(SpanSets(self._lab, spanclass, alone=True))

    def stacks(self) -> Stacks:
        """Return a goroutine's stack, with the controls that call, return, start and end."""
        return self._opened(Stacks(self._lab, alone=True))

    def phases(self) -> Phases:
        """Return a cycle of the collector as a timeline of steps."""
        return self._opened(Phases(self._lab))

    def pool(self, pool: int = 0) -> PoolPanel:
        """Return a sync.Pool by its id, or the one used last, with the controls that put, get and collect."""
        return self._opened(PoolPanel(self._lab, pool, alone=True))

    def processors(self) -> Processors:
        """Return Ps, queues and locks, with the controls that schedule and let goroutines do something."""
        return self._opened(Processors(self._lab, alone=True))

    def memory(self) -> Memory:
        """Return the way from RSS to live bytes, with the controls that allocate, drop, collect and give back."""
        return self._opened(Memory(self._lab, alone=True))

    def pacer(self) -> LabPacer:
        """Return when a paced world collected and why, with its GOGC, its limit, and time that passes."""
        return self._opened(LabPacer(self._lab, alone=True))

    def log(self) -> LogView:
        """Return the last events as sentences."""
        return self._opened(LogView(self))

    def object_graph(self) -> GraphPanel:
        """Return roots, objects and pointers, with the controls that change them."""
        return self._opened(GraphPanel(self._lab, alone=True))

    def work(self) -> Work:
        """Return what waits to be scanned, and in which order."""
        return self._opened(Work(self))

    def schedule(
        self, play: "Sequence[Command]" = (), programs: "Mapping[int, Sequence[Command]] | None" = None
    ) -> Schedule:
        """Return who runs next: the reader picks, or a seed, or a schedule that is given is played."""
        return self._opened(Schedule(self._lab, play=play, programs=programs, alone=True))

    def transport(self) -> Transport:
        """Return the controls of time."""
        return self._opened(Transport(self._lab, alone=True))

    def allocate(self) -> Allocate:
        """Return the controls that allocate."""
        return self._opened(Allocate(self._lab, alone=True))

    def close(self) -> None:
        """Close every view of the lab."""
        with self.lock:
            for view in list(self.views):
                view.close()

    def events_frame(self) -> "pd.DataFrame":
        """Return the events up to now, oldest first: tick, event, Go function, sentence.

        Ticks that only took a slot are left out, as in the log; the newest tick's events are complete.
        """
        import pandas as pd  # noqa: PLC0415 (half a second that only an export pays)

        with self.lock:
            events = list(reversed(self.timeline.recent(self.tick, len(self.timeline.kept) * 16 + 16)))
        rows = [(tick, type(event).__name__, event.go, event.say()) for tick, event in events]
        return pd.DataFrame(rows, columns=["tick", "event", "go", "sentence"])

    def ledger_frame(self) -> "pd.DataFrame":
        """Return where each byte of the heap is: part, bytes, share."""
        import pandas as pd  # noqa: PLC0415 (half a second that only an export pays)

        ledger = self.snapshot.ledger
        parts = [name for name in ledger.__dataclass_fields__ if name != "total"]
        amounts = [int(getattr(ledger, name)) for name in parts]
        whole = max(sum(amounts), 1)
        return pd.DataFrame({"part": parts, "bytes": amounts, "share": [n / whole for n in amounts]})
