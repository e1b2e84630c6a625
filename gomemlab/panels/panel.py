"""A panel of a lesson: widgets under one root that brings the style sheet, shown in a cell and closed with it.

Go: none, this is about widgets.
Left out: what a panel shows; each says that for itself.
"""

from collections.abc import Sequence
from typing import Any

import ipywidgets as ipw

from gomemlab.views import theme
from gomemlab.views.base import close_all


class Panel:
    """Widgets below each other; `root` is what the cell shows."""

    def __init__(self, parts: Sequence[ipw.Widget], *classes: str) -> None:
        """Put the parts below each other, with CSS classes for the whole."""
        self.root = ipw.VBox([theme.style(), *parts])
        for name in ("gm", *classes):
            self.root.add_class(name)

    def close(self) -> None:
        """Close every widget of the panel."""
        close_all(self.root)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return what a notebook shows when the panel is the value of a cell."""
        return self.root._repr_mimebundle_(**kwargs)
