"""The roots of an object graph: each goroutine's stack and the globals, as boxes with a row for each slot.

Go: runtime/mgcmark.go, markroot, scanstack.
Left out: slots for which there is no room; a row says how many.
"""

from typing import NamedTuple

from gomemlab.runtime.gc.roots import Global, Place
from gomemlab.runtime.gcinfo import GCInfo
from gomemlab.views.object_graph_facts import Graph, slot_names, stack_slots

LEFT, RIGHT = 2, 204  # pixels, the boxes' edges
TITLE = 26  # pixels of a title
ROW, LOW_ROW = 24, 18  # of a row; the second where room is short
GAP, MOST_GAP = 10, 90  # between two boxes


class Row(NamedTuple):
    """One slot."""

    place: Place
    name: str
    value: str  # the object's number, "nil", or an address
    y: float  # its centre
    picked: bool


class Group(NamedTuple):
    """One stack, or the globals."""

    title: str
    scanned: bool
    top: float
    row: int  # pixels of a row
    rows: tuple[Row, ...]
    more: int  # slots without a row


def groups(gc: GCInfo, graph: Graph, height: int, picked: Place | None) -> tuple[tuple[Group, ...], int]:
    """Return the boxes from top to bottom, and the height they and the rest of the picture need."""
    parts = _parts(gc, graph)
    if not parts:
        return (), height
    total = sum(len(rows) for _, _, rows in parts)
    fixed = len(parts) * (TITLE + GAP)
    row = ROW if fixed + total * ROW <= height else LOW_ROW
    most = total
    if fixed + total * row > height:
        most = max(1, (height - fixed) // row // len(parts) - 1)
    used = sum(TITLE + (min(len(rows), most) + (len(rows) > most)) * row for _, _, rows in parts)
    gap = min(MOST_GAP, max(GAP, (height - used) // len(parts)))
    made, top = [], 4.0
    for title, scanned, slots in parts:
        group = _group(title, slots, picked, top, row, most, scanned=scanned)
        made.append(group)
        top += TITLE + (len(group.rows) + bool(group.more)) * row + gap
    return tuple(made), max(height, round(top - gap + 8))


def _parts(gc: GCInfo, graph: Graph) -> list[tuple[str, bool, list[tuple[Place, str, str]]]]:
    """Return (title, scanned, slots) of each box."""
    parts = []
    for stack in gc.stacks:
        held = zip(stack_slots(stack), slot_names(stack), strict=True)
        slots = [(place, name, graph.name(pointer)) for (place, pointer), name in held]
        parts.append((f"G{stack.g}’s stack", stack.scanned, slots))
    if gc.globals:
        globals_: list[tuple[Place, str, str]] = [
            (Global(i), info.name, graph.name(info.pointer)) for i, info in enumerate(gc.globals)
        ]
        parts.insert(min(len(parts), 1), ("globals", gc.globals_scanned, globals_))
    return parts


def _group(
    title: str,
    slots: list[tuple[Place, str, str]],
    picked: Place | None,
    top: float,
    row: int,
    most: int,
    *,
    scanned: bool,
) -> Group:
    """Return a box with at most so many rows: the newest slots, which are the ones a program works with."""
    shown = slots if len(slots) <= most else slots[-most:]
    first = top + TITLE + row / 2
    rows = tuple(
        Row(place, name, value, first + i * row, place == picked) for i, (place, name, value) in enumerate(shown)
    )
    return Group(title, scanned, top, row, rows, len(slots) - len(shown))
