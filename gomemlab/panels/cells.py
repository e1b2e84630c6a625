"""What a notebook cell shows belongs to that cell: running it again closes what the last run made.

ipywidgets keeps every widget until somebody closes it. A cell that is run ten times would hold ten labs. So whatever
is made for a cell is claimed under the cell's id; a later run of the same cell closes the earlier claims.

Go: none, this is how notebooks work.
Left out: front ends that send no cell id; there nothing is closed early.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from gomemlab.views.kernel import shell


class Closable(Protocol):
    """Something that owns widgets."""

    def close(self) -> None:
        """Close the widgets; a second call does nothing."""


def running_cell() -> tuple[str, str] | None:
    """Return (cell id, message id) of the cell that is running, or None outside of a notebook's cell."""
    parent: dict[str, Any] = getattr(shell(), "get_parent", dict)() or {}
    cell = parent.get("metadata", {}).get("cellId")
    return (str(cell), str(parent.get("header", {}).get("msg_id"))) if cell else None


@dataclass
class Claims:
    """Who made what: cell id to (run, things)."""

    where: Callable[[], tuple[str, str] | None] = running_cell
    held: dict[str, tuple[str, list[Closable]]] = field(default_factory=dict)

    def claim(self, thing: Closable) -> None:
        """Note that the running cell shows a thing; close what its earlier runs showed."""
        cell = self.where()
        if cell is None:
            return
        run, things = self.held.get(cell[0], ("", []))
        kept = things if run == cell[1] else []
        for old in things:
            if old is not thing and run != cell[1]:
                old.close()
        self.held[cell[0]] = (cell[1], kept if thing in kept else [*kept, thing])


claims = Claims()
