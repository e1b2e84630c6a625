"""What to draw of an object graph: roots at the left, objects in colours, arrows, and one sentence about it.

Everything here is plain values. A frame depends on the snapshot, on where nodes stand already, and on what the reader
has picked; nothing else.

Go: runtime/mgc.go, gcphase; runtime/mgcmark.go, gcDrain.
Left out: objects beyond the two hundredth.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gomemlab.runtime.gc.roots import Field, Place
from gomemlab.runtime.gcinfo import GREY, WHITE, GCInfo, ObjectInfo
from gomemlab.views.object_graph_edges import Edge, Segment, routed
from gomemlab.views.object_graph_events import NOTHING, Happened
from gomemlab.views.object_graph_facts import Arrow, Graph
from gomemlab.views.object_graph_layout import MOST, TIERS, Spot, Tier, arrange, tier_for
from gomemlab.views.object_graph_roots import RIGHT, Group, groups
from gomemlab.views.object_graph_words import ordinal, sentence

LOST, HIDDEN, FREED = "lost", "hidden", "freed"  # what a node can be marked as
BAND = 34  # pixels below the picture, for the slots of a chosen object
CHIP, CHIPS, CHIPS_LEFT = 78, 6, 210  # pixels of a slot in that band, how many there are at most, where they begin


class Node(NamedTuple):
    """One object."""

    number: int
    address: int
    x: float
    y: float
    colour: str  # WHITE, GREY or BLACK
    mark: str  # LOST, HIDDEN, FREED or ""
    freed: bool
    note: str  # "next", "2nd", "buffered", or ""
    used: bool  # the program can reach it
    flash: bool  # it was shaded in this step
    chosen: bool


class Chip(NamedTuple):
    """One slot of the chosen object."""

    place: Field
    name: str  # "[1]"
    value: str  # "2"
    x: float  # its left edge


class Frame(NamedTuple):
    """The whole picture."""

    tier: int
    height: int
    groups: tuple[Group, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    chosen: ObjectInfo | None
    chips: tuple[Chip, ...]
    picked: Place | None
    picked_name: str
    said: str  # HTML
    undrawn: int  # objects
    marking: bool

    @property
    def shape(self) -> Tier:
        """Return the grid."""
        return TIERS[self.tier]

    @property
    def spots(self) -> dict[int, Spot]:
        """Return where each object stands."""
        return {node.number: (node.x, node.y) for node in self.nodes}


class Pick(NamedTuple):
    """What the reader has picked: a slot to be written, an object to look at."""

    place: Place | None = None
    number: int = 0


def frame(
    gc: GCInfo,
    happened: Happened = NOTHING,
    kept: Mapping[int, Spot] | None = None,
    tier: int = 0,
    pick: Pick = Pick(),  # noqa: B008 (a frozen value)
) -> Frame:
    """Return what to draw; nodes that are `kept` stay where they are unless the grid of `tier` is too small."""
    graph = Graph(gc)
    drawn = [obj.number for obj in gc.objects if not obj.freed or obj.number in graph.into]
    shown = drawn[:MOST]
    tier = tier_for(len(shown), tier)
    shape = TIERS[tier]
    roots, height = groups(gc, graph, shape.height, pick.place)
    heights: dict[object, float] = {row.place: row.y for group in roots for row in group.rows}
    spots = arrange(graph, shown, heights, kept or {}, shape)
    chosen = graph.by_number.get(pick.number) if pick.number in spots else None
    # A place that is gone, because its frame returned or its object was freed, is picked no longer.
    place = pick.place if pick.place is not None and graph.value(pick.place) is not None else None
    return Frame(
        tier=tier,
        height=height,
        groups=roots,
        nodes=tuple(_nodes(graph, spots, happened, pick)),
        edges=tuple(_edges(graph, spots, heights, happened, shape)),
        chosen=chosen,
        chips=tuple(_chips(graph, chosen)),
        picked=place,
        picked_name="" if place is None else graph.place_name(place),
        said=sentence(graph, happened),
        undrawn=len(drawn) - len(shown),
        marking=gc.marking,
    )


def _nodes(graph: Graph, spots: Mapping[int, Spot], happened: Happened, pick: Pick) -> Iterable[Node]:
    """Yield the objects in order of birth."""
    notes = _notes(graph)
    for number, (x, y) in sorted(spots.items()):
        obj = graph.by_number[number]
        yield Node(
            number,
            obj.address,
            x,
            y,
            obj.colour,
            mark_of(graph, obj),
            obj.freed,
            notes.get(number, ""),
            number in graph.reachable,
            obj.address in happened.shaded,
            number == pick.number,
        )


def mark_of(graph: Graph, obj: ObjectInfo) -> str:
    """Return what is wrong with an object, if anything is."""
    if obj.number in graph.lost:
        return LOST
    if obj.freed:
        return FREED
    return HIDDEN if obj.number in graph.hidden else ""


def _notes(graph: Graph) -> dict[int, str]:
    """Return a word beside the objects that marking comes to next."""
    gc = graph.gc
    notes = {}
    for pointer in (pointer for entries in gc.wbbuf for pointer in entries):
        obj = graph.find(pointer)
        if obj is not None and obj.colour == WHITE:
            notes[obj.number] = "buffered"
    spans = {span: place for place, span in enumerate(gc.span_queue)}
    for obj in gc.objects:
        if obj.colour == GREY and obj.span in spans:
            notes[obj.number] = f"span {obj.span}"
    for place, address in enumerate(gc.queue[:9]):
        obj = graph.find(address)
        if obj is not None:
            notes[obj.number] = "next" if place == 0 else ordinal(place + 1)
    return notes


def _edges(
    graph: Graph, spots: Mapping[int, Spot], heights: Mapping[object, float], happened: Happened, tier: Tier
) -> list[Edge]:
    """Return the arrows, plain ones first, so that those that matter lie above them."""
    segments: dict[tuple[Spot, Spot], Segment] = {}
    arrows = [*graph.roots, *(arrow for found in graph.from_objects.values() for arrow in found)]
    dangling = set(graph.gc.dangling)
    marked = graph.hidden | graph.lost
    for arrow in arrows:
        start = _start(graph, arrow.place, spots, heights)
        if start is None or arrow.to not in spots:
            continue
        kind = _kind(graph, arrow, happened, dangling, marked)
        segment = Segment(start, spots[arrow.to], kind, from_root=not isinstance(arrow.place, Field))
        before = segments.get(segment[:2])
        if before is None or before.kind == "plain":
            segments[segment[:2]] = segment
    for place, old in happened.erased:
        start, obj = _start(graph, place, spots, heights), graph.find(old)
        if start is not None and obj is not None and obj.number in spots:
            gone = Segment(start, spots[obj.number], "erased", from_root=not isinstance(place, Field))
            segments.setdefault(gone[:2], gone)
    return routed(sorted(segments.values(), key=lambda s: s.kind != "plain"), list(spots.values()), tier)


def _start(graph: Graph, place: Place, spots: Mapping[int, Spot], heights: Mapping[object, float]) -> Spot | None:
    """Return where an arrow begins: at the right end of a root's row, or in a node."""
    if isinstance(place, Field):
        obj = graph.find(place.address)
        return None if obj is None else spots.get(obj.number)
    return (RIGHT, heights[place]) if place in heights else None


def _kind(graph: Graph, arrow: Arrow, happened: Happened, dangling: set[Place], marked: set[int]) -> str:
    """Return what an arrow is: dangling, the way to a lost object, written in this step, or plain."""
    if arrow.place in dangling or graph.by_number[arrow.to].freed:
        return "dangling"
    if arrow.place in happened.written:
        return "written"
    return "only" if arrow.to in marked and _live(graph, arrow.place) else "plain"


def _live(graph: Graph, place: Place) -> bool:
    """Tell whether the program can reach a place."""
    if not isinstance(place, Field):
        return True
    obj = graph.find(place.address)
    return obj is not None and obj.number in graph.reachable


def _chips(graph: Graph, chosen: ObjectInfo | None) -> Iterable[Chip]:
    """Yield the first slots of the chosen object."""
    if chosen is None or chosen.freed:
        return
    for i, pointer in enumerate(chosen.slots[:CHIPS]):
        yield Chip(Field(chosen.address, i), f"[{i}]", graph.name(pointer), CHIPS_LEFT + i * (CHIP + 4))
