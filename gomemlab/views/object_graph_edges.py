"""Arrows of an object graph: straight where the way is free, bent where a node stands in it.

Go: none, this is how a graph is drawn.
Left out: arrows that avoid each other.
"""

from collections.abc import Sequence
from math import hypot
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.views.object_graph_layout import Spot, Tier

BENDS = (0.0, 0.14, -0.14, 0.26, -0.26, 0.4, -0.4)  # of a way's length, to the side of its middle
STEPS = np.linspace(0.06, 0.94, 13)  # where a bent way is looked at
DENSE = 60  # arrows; more are drawn straight, since nobody follows a single one
ROOM = 5  # pixels between a passing arrow and a node
HEAD = 7.5  # pixels of an arrow's head


class Segment(NamedTuple):
    """An arrow before it has found its way."""

    start: Spot
    end: Spot  # the node's centre
    kind: str  # plain, written, erased, only, dangling
    from_root: bool


class Edge(NamedTuple):
    """An arrow's line and head, as SVG paths."""

    kind: str
    line: str
    head: str
    middle: Spot


def routed(segments: Sequence[Segment], nodes: Sequence[Spot], tier: Tier) -> list[Edge]:
    """Return the arrows; with few of them, each goes around the nodes that are not its own."""
    centres = np.array(nodes, float).reshape(-1, 2)
    careful = len(segments) <= DENSE
    return [_edge(s, _bend(s, centres, tier.radius + ROOM) if careful else 0.0, tier.radius) for s in segments]


def _bend(segment: Segment, centres: NDArray[np.float64], room: float) -> float:
    """Return how far to bend: the first way that meets the fewest nodes."""
    if segment.start == segment.end:
        return 0.0
    start, end = np.array(segment.start), np.array(segment.end)
    others = centres[(np.abs(centres - start).sum(1) > 1) & (np.abs(centres - end).sum(1) > 1)]
    if not len(others):
        return 0.0
    along = end - start
    side = np.array([-along[1], along[0]])
    t = STEPS[:, None]
    best, fewest = 0.0, 1 << 30
    for bend in BENDS:
        control = (start + end) / 2 + 2 * bend * side
        way = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
        meets = int((((way[:, None] - others[None]) ** 2).sum(2).min(0) < room**2).sum())
        outside = bool((way[:, 1] < 4).any())  # noqa: PLR2004 (above the picture)
        if meets + outside < fewest:
            best, fewest = bend, meets + outside
        if not fewest:
            break
    return best


def _edge(segment: Segment, bend: float, radius: int) -> Edge:
    """Return a line from edge to edge, and its head."""
    (x1, y1), (x2, y2) = segment.start, segment.end
    if segment.start == segment.end:
        return _loop(segment.kind, x1, y1, radius)
    cx, cy = (x1 + x2) / 2 - 2 * bend * (y2 - y1), (y1 + y2) / 2 + 2 * bend * (x2 - x1)
    far = radius + 2.0
    if not segment.from_root:
        x1, y1 = _towards(x1, y1, cx, cy, far)
    tip = _towards(x2, y2, cx, cy, far + (8 if segment.kind in {"only", "dangling"} else 3))
    base = _towards(*tip, cx, cy, HEAD)
    way = f"L{base[0]:.1f} {base[1]:.1f}" if not bend else f"Q{cx:.1f} {cy:.1f} {base[0]:.1f} {base[1]:.1f}"
    middle = ((x1 + 2 * cx + base[0]) / 4, (y1 + 2 * cy + base[1]) / 4)
    return Edge(segment.kind, f"M{x1:.1f} {y1:.1f}{way}", _head(base, tip), middle)


def _towards(x: float, y: float, to_x: float, to_y: float, by: float) -> Spot:
    """Return the point that lies `by` pixels from one on the way to another."""
    length = hypot(to_x - x, to_y - y) or 1.0
    return x + (to_x - x) * by / length, y + (to_y - y) * by / length


def _head(base: Spot, tip: Spot) -> str:
    """Return a triangle."""
    (x, y), (tx, ty) = base, tip
    wide = 0.5
    dx, dy = (tx - x) * wide, (ty - y) * wide
    return f"M{x - dy:.1f} {y + dx:.1f}L{tx:.1f} {ty:.1f}L{x + dy:.1f} {y - dx:.1f}Z"


def _loop(kind: str, x: float, y: float, r: int) -> Edge:
    """Return an arrow from a node to itself, at its right lower side."""
    out, back = (x + 0.9 * r, y + 0.5 * r), (x + 0.35 * r, y + r + 3.0)
    tip = (x + 0.3 * r, y + r + 1.0)
    base = (tip[0] + 2.0, tip[1] + HEAD - 1)
    line = f"M{out[0]:.1f} {out[1]:.1f}C{x + 2.1 * r:.1f} {y + r:.1f} {x + 1.2 * r:.1f} {y + 2.2 * r:.1f} "
    return Edge(kind, line + f"{base[0]:.1f} {base[1]:.1f}", _head(base, tip), back)
