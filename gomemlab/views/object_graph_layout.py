"""Where the nodes of an object graph stand: by their distance from the roots, and from then on where they are.

The picture has a fixed grid. A new object takes the free cell nearest to where it would like to be: one column right of
what points to it, at the same height. What has a place keeps it, so that between two steps only colours and arrows
change. Only when the grid is too small does a finer one take over.

Go: none, this is how a graph is drawn.
Left out: fewest crossings; a reader can drag a node.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.views.object_graph_facts import Graph

WIDTH = 708  # pixels of the picture, all of which fits into a narrow cell
MOST = 200  # objects that are drawn
ASIDE = 2.2  # how much worse a cell in another column is than one in another row

Spot = tuple[float, float]


class Tier(NamedTuple):
    """A grid of cells, and how large the nodes on it are."""

    most: int  # objects
    radius: int
    left: int  # centre of the first column
    top: int  # centre of the first row
    dx: int
    dy: int
    columns: int
    rows: int

    @property
    def height(self) -> int:
        """Return the picture's height: room for the mark below the last row."""
        return self.top + self.dy * (self.rows - 1) + self.radius + 36

    def cells(self) -> NDArray[np.float64]:
        """Return the centres of all cells, shape (columns x rows, 2)."""
        x = self.left + self.dx * np.arange(self.columns)
        y = self.top + self.dy * np.arange(self.rows)
        return np.stack(np.meshgrid(x, y, indexing="ij"), -1).reshape(-1, 2).astype(float)


TIERS = (
    Tier(14, 18, 292, 48, 96, 86, 5, 5),
    Tier(40, 13, 272, 36, 58, 62, 8, 7),
    Tier(MOST, 10, 256, 30, 33, 38, 14, 16),
)


def tier_for(count: int, at_least: int = 0) -> int:
    """Return the index of the coarsest grid with room for so many objects, never coarser than `at_least`."""
    fits = next((i for i, tier in enumerate(TIERS) if count <= tier.most), len(TIERS) - 1)
    return max(fits, at_least)


def arrange(
    graph: Graph, numbers: Iterable[int], heights: Mapping[object, float], kept: Mapping[int, Spot], tier: Tier
) -> dict[int, Spot]:
    """Return where each of the numbered objects stands; those in `kept` stay there.

    heights gives the y of each root place, so that what a root points to stands beside it.
    """
    wanted = list(numbers)
    spots = {number: kept[number] for number in wanted if number in kept}
    fresh = [number for number in wanted if number not in kept]
    if not fresh:
        return spots
    cells = tier.cells()
    free = np.ones(len(cells), bool)
    for spot in kept.values():
        _take(free, cells, spot, tier)
    column: dict[int, int] = {number: round((x - tier.left) / tier.dx) for number, (x, _) in spots.items()}
    for number, at, y in _by_distance(graph, fresh, heights, spots, column):
        if not free.any():
            break
        x = tier.left + min(at, tier.columns - 1) * tier.dx
        cost = np.abs(cells[:, 0] - x) * (ASIDE / tier.dx) + np.abs(cells[:, 1] - y) / tier.dy
        best = int(np.where(free, cost, np.inf).argmin())
        spots[number] = (float(cells[best, 0]), float(cells[best, 1]))
        column[number] = round((spots[number][0] - tier.left) / tier.dx)
        _take(free, cells, spots[number], tier)
    return spots


def _take(free: NDArray[np.bool_], cells: NDArray[np.float64], spot: Spot, tier: Tier) -> None:
    """Strike the cells that a node at a spot covers."""
    apart = np.abs(cells - np.array(spot))
    free &= (apart[:, 0] >= 0.7 * tier.dx) | (apart[:, 1] >= 0.7 * tier.dy)


def _by_distance(
    graph: Graph,
    fresh: list[int],
    heights: Mapping[object, float],
    spots: dict[int, Spot],
    column: dict[int, int],
) -> Iterable[tuple[int, int, float]]:
    """Yield (number, column, y) for the fresh objects, nearest to the roots first; spots fill up meanwhile."""
    left = set(fresh)
    layer = sorted({arrow.to for arrow in graph.roots} & left)
    if not layer:
        layer = _children(graph, spots, left)
    while layer:
        aims = sorted((_height(graph, number, heights, spots), number) for number in layer)
        for y, number in aims:
            yield number, _column(graph, number, column), y
        left -= set(layer)
        layer = _children(graph, spots, left)
    for number in sorted(left):  # nothing points here
        beside = [column[arrow.to] for arrow in graph.from_objects.get(number, ()) if arrow.to in column]
        yield number, min(beside, default=1 << 20) + 1, _height(graph, number, heights, spots)


def _children(graph: Graph, placed: Iterable[int], left: set[int]) -> list[int]:
    """Return which of some objects a placed one points to."""
    return sorted({arrow.to for number in placed for arrow in graph.from_objects.get(number, ())} & left)


def _column(graph: Graph, number: int, column: Mapping[int, int]) -> int:
    """Return the column an object would like: the first beside a root, else one further than what points to it."""
    parents = graph.into.get(number, ())
    before = [
        column[obj.number]
        for arrow in parents
        if hasattr(arrow.place, "address") and (obj := graph.find(arrow.place.address)) and obj.number in column
    ]
    from_root = any(not hasattr(arrow.place, "address") for arrow in parents)
    return 0 if from_root or not before else min(before) + 1


def _height(graph: Graph, number: int, heights: Mapping[object, float], spots: Mapping[int, Spot]) -> float:
    """Return the height an object would like: that of what points to it, else of what it points to."""
    found = []
    for arrow in graph.into.get(number, ()):
        if arrow.place in heights:
            found.append(heights[arrow.place])
        elif hasattr(arrow.place, "address") and (obj := graph.find(arrow.place.address)) and obj.number in spots:
            found.append(spots[obj.number][1])
    if not found:
        found = [spots[arrow.to][1] for arrow in graph.from_objects.get(number, ()) if arrow.to in spots]
    return sum(found) / len(found) if found else 1e6
