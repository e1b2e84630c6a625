"""The lab on one page: controls above, then the way of the request, the heap, the span, the ledger, the log.

A lab that was asked for other views shows those, in the order in which they were named.

Go: none, this is the arrangement.
Left out: moving views about; each can be had alone, as one line of a lesson.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from gomemlab.panels.allocate import Allocate
from gomemlab.panels.arrange import sections
from gomemlab.panels.graph import GraphPanel
from gomemlab.panels.memory import Memory
from gomemlab.panels.notices import Notices
from gomemlab.panels.pacer_lab import LabPacer
from gomemlab.panels.phases import Phases
from gomemlab.panels.pool import PoolPanel
from gomemlab.panels.processors import Processors
from gomemlab.panels.schedule import Schedule
from gomemlab.panels.span_sets import SpanSets
from gomemlab.panels.stacks import Stacks
from gomemlab.panels.transport import Transport
from gomemlab.views import theme
from gomemlab.views.base import View, close_all
from gomemlab.views.heap_map import HeapMap
from gomemlab.views.ledger import LedgerView
from gomemlab.views.log import LogView
from gomemlab.views.path import PathView
from gomemlab.views.span import SpanView
from gomemlab.views.work import Work

if TYPE_CHECKING:
    from gomemlab.panels.lab import Lab


MAKERS: dict[str, Callable[["Lab"], View[Any]]] = {
    "transport": Transport,
    "allocate": Allocate,
    "schedule": Schedule,
    "path": PathView,
    "heap_map": HeapMap,
    "span": SpanView,
    "object_graph": GraphPanel,
    "work": Work,
    "span_sets": SpanSets,
    "stacks": Stacks,
    "phases": Phases,
    "pool": PoolPanel,
    "processors": Processors,
    "memory": Memory,
    "pacer": LabPacer,
    "ledger": LedgerView,
    "log": LogView,
}
ALLOCATOR = ("transport", "allocate", "path", "heap_map", "span", "ledger", "log")  # what a lab shows unless asked


class Room:
    """The views of a lab under one root."""

    def __init__(self, lab: "Lab", names: Sequence[str] = ALLOCATOR) -> None:
        """Build the page; the lab paints it."""
        self.notices = Notices(lab)
        self.shown = {name: MAKERS[name](lab) for name in names}
        self.root = ipw.VBox([theme.style(), self.notices.root, *sections(self.shown)])
        self.root.add_class("gm")

    def views(self) -> list[View[Any]]:
        """Return the views, controls first."""
        return list(self.shown.values())

    def close(self) -> None:
        """Close every widget of the page."""
        self.notices.close()
        for view in self.views():
            view.close()
        close_all(self.root)
