"""The whole lab on one page: controls above, then the way of the request, the heap, the span, the ledger, the log.

Go: none, this is the arrangement.
Left out: other arrangements; each view can be had alone, as one line of a lesson.
"""

from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from gomemlab.panels.allocate import Allocate
from gomemlab.panels.notices import Notices
from gomemlab.panels.transport import Transport
from gomemlab.views import theme
from gomemlab.views.base import View, box, close_all
from gomemlab.views.heap_map import HeapMap
from gomemlab.views.ledger import LedgerView
from gomemlab.views.log import LogView
from gomemlab.views.path import PathView
from gomemlab.views.span import SpanView

if TYPE_CHECKING:
    from gomemlab.panels.lab import Lab


class Room:
    """All views of a lab under one root."""

    def __init__(self, lab: "Lab") -> None:
        """Build the page; the lab paints it."""
        self.notices = Notices(lab)
        self.transport, self.allocate = Transport(lab), Allocate(lab)
        self.path, self.heap_map, self.span = PathView(lab), HeapMap(lab), SpanView(lab)
        self.ledger, self.log = LedgerView(lab), LogView(lab)
        two = box([self.heap_map.body, self.span.body], "gm-two")
        sections = [_section(body) for body in (self.path.body, two, self.ledger.body, self.log.body)]
        top = [theme.style(), self.notices.root, self.transport.body, self.allocate.body]
        self.root = ipw.VBox([*top, *sections])
        self.root.add_class("gm")

    def views(self) -> list[View[Any]]:
        """Return the views, controls first."""
        return [self.transport, self.allocate, self.path, self.heap_map, self.span, self.ledger, self.log]

    def close(self) -> None:
        """Close every widget of the page."""
        self.notices.close()
        for view in self.views():
            view.close()
        close_all(self.root)


def _section(body: ipw.Widget) -> ipw.Widget:
    """Return a body with a hairline above."""
    return box([body], "gm-sec")
