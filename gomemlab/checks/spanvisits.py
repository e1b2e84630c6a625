"""Span visits in small heaps, to be stepped through, and in those of a recorded Go program, to be compared.

Go: runtime/mgcmark_greenteagc.go, scanSpan, spanQueue; runtime/mgc.go, gcMarkTermination (it prints gctrace=2).
Left out: the objects of Go's own runtime, which the recording counts apart by their size.
"""

import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import cast

from gomemlab.checks.shapes import (
    APART,
    GREEN_TEA,
    POINTERS,
    Builder,
    Pair,
    Scan,
    a_list,
    build,
    pair,
    random_graph,
    scan,
)
from gomemlab.commands import GCStart, MarkDone, MarkStep, New, SweepAll
from gomemlab.runtime.alloc.sizeclasses import size_class
from gomemlab.runtime.gc.roots import Field, Global, StackSlot
from gomemlab.runtime.markevents import SpanScanned
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline

Told = tuple[int, ...]  # the five counts of gctrace=2
FEW, FEW_SIZE = 7, 416  # objects of a small tree; bytes of each, so large that a span's slots can be drawn
BESIDE, LARGE, PLAIN = 48, 1016, 48  # bytes of the other objects in `kinds`
MADE, SURVIVOR = 100_000, 48  # objects made, of which one in a hundred lives; bytes of each
GRAPH, LIST = 50_000, 20_000  # objects of the recorded graph and of the recorded list
PUTS = 33  # where the span queue's count of puts stood when the recorded graph was first collected
GO, MODEL = "Go 1.27.3", "the model"
TOLD_HEAD = (
    "heap",
    "counted by",
    "objects scanned alone",
    "objects scanned one by one in a span",
    "objects scanned at once in a span",
    "span visits, one by one",
    "span visits, at once",
)
SHAPES_HEAD = (
    "heap",
    "bytes each",
    "objects scanned",
    "visits, object by object",
    "visits, Green Tea",
    "objects a visit, Green Tea",
    "visits to another page, object by object",
    "visits to another page, Green Tea",
)
SOME = (
    ("array", 24), ("tree", 24), ("lists", 48), ("graph", 48), ("graph", 1024), ("survivors", 48), ("list", 24),
    ("shuffled", 24),
)  # fmt: skip
PUBLISHED_HEAD = ("figure", "of what", "where it is published")
PUBLISHED = (
    ("35 % and more", "of the time in the old marker's loop is spent waiting for memory", "design, Go issue 73581"),
    ("10 to 40 %", "less overhead of the collector, in real programs that use it heavily", "release notes of Go 1.26"),
    ("10 %", "the gain met most often among the programs measured", "Go's blog, October 2025"),
    (
        "about 10 %",
        "less again on newer amd64 processors, whose vector instructions scan a span at once",
        "release notes of Go 1.26",
    ),
)


def few() -> Timeline:
    """Return a cycle, step by step, of a tree of seven objects that lie in one span."""
    timeline = Timeline(World(globals=0, slots=1))
    made = [cast("int", timeline.do(New(2, FEW_SIZE, StackSlot(1, 0))))]
    for i in range(1, FEW):
        where = Field(made[(i - 1) // 2], (i - 1) % 2)
        made.append(cast("int", timeline.do(New(2, FEW_SIZE, where))))
    return to_the_end(timeline)


def kinds() -> Timeline:
    """Return a cycle of objects that wait in different places: two by the span, one by itself, one nowhere."""
    timeline = Timeline(World(globals=0, slots=4))
    shapes = ((2, FEW_SIZE), (2, BESIDE), (2, LARGE), (0, PLAIN))
    timeline.extend([New(slots, size, StackSlot(1, i)) for i, (slots, size) in enumerate(shapes)])
    return to_the_end(timeline)


def to_the_end(timeline: Timeline) -> Timeline:
    """Begin a cycle and take it to its end, worker step by worker step; return the timeline."""
    timeline.do(GCStart())
    while timeline.do(MarkStep()):
        pass
    timeline.extend([MarkDone(), SweepAll()])
    return timeline


def visits(timeline: Timeline) -> tuple[int, ...]:
    """Return how many objects each visit to a span scanned, in order."""
    events = [event for tick in range(1, len(timeline) + 1) for event in timeline.events(tick)]
    return tuple(event.nobjects for event in events if isinstance(event, SpanScanned))


@cache
def graph() -> Pair:
    """Return a random graph of ten thousand nodes, marked in both ways."""
    return pair("graph", 48, 10_000)


@cache
def one_list() -> Pair:
    """Return a list of ten thousand nodes in order, marked in both ways."""
    return pair("list", 24, 10_000)


@cache
def plain() -> Pair:
    """Return a slice of pointers to a thousand objects without pointers, marked in both ways."""
    return pair("noscan", FEW_SIZE, 1000)


@cache
def some_shapes() -> tuple[tuple[str | int, ...], ...]:
    """Return the rows of some shapes of ten thousand objects, from those that gain most to those that gain nothing."""
    return tuple(_shape_row(pair(shape, size, 10_000)) for shape, size in SOME)


def _shape_row(p: Pair) -> tuple[str | int, ...]:
    """Return one row: visits in both ways, what a visit scanned, and how often it went to another page."""
    one, tea = p.classic, p.greentea
    each = f"{tea.each:.1f}"
    return p.shape.title, p.size, tea.scanned, len(one.visits), len(tea.visits), each, one.moves, tea.moves


@cache
def piled() -> tuple[int, int]:
    """Return the visits to the spans of that graph where they wait in line, and where they lie on a pile."""
    world = build("graph", 48, 10_000)
    return len(scan(world, GREEN_TEA).visits), len(scan(world, GREEN_TEA, pile=True).visits)


@cache
def survivors() -> World:
    """Return a world in which a slice keeps one object of a hundred; the others are dead, but not swept."""
    b = Builder(SURVIVOR, MADE)
    kept = []
    for _ in range(MADE // APART):
        kept.append(b.new(POINTERS))
        dead = b.world.malloc_run(SURVIVOR, pointers=True, count=APART - 1)
        b.world.drop([first + i * stride for first, n, stride in dead for i in range(n)])
    b.world.write(Global(0), b.array(kept))
    return b.world


def recorded() -> dict[str, tuple[int, World, int]]:
    """Return heaps of the recorded program that the model has, too: by name the objects' size, the world, the puts."""
    return {
        f"list of {FEW_SIZE} B": (FEW_SIZE, _rooted(Builder(FEW_SIZE, LIST), a_list), 0),
        f"one of a hundred of {SURVIVOR} B": (SURVIVOR, survivors(), 0),
        f"random graph of {SURVIVOR} B": (SURVIVOR, _rooted(Builder(SURVIVOR, GRAPH), random_graph), PUTS),
    }


def _rooted(builder: Builder, shape: Callable[[Builder], int]) -> World:
    """Return a world with a heap of that shape, of any size."""
    root = shape(builder)
    builder.world.write(Global(0), root)
    return builder.world


@cache
def beside_go() -> tuple[tuple[str | int, ...], ...]:
    """Return the rows of what GODEBUG=gctrace=2 said of three heaps of a real program, and what the model counts."""
    said = json.loads((files("gomemlab") / "data" / "scan_shapes.json").read_text())["shapes"]
    rows: list[tuple[str | int, ...]] = []
    for name, (size, world, puts) in recorded().items():
        rows.append((name, GO, *said[name][0][str(size)]))
        rows.append((name, MODEL, *told(scan(world, GREEN_TEA, puts=puts), size)))
    return tuple(rows)


def told(scanned: Scan, size: int) -> Told:
    """Return what GODEBUG=gctrace=2 would say of objects with pointers of a size."""
    stats = scanned.stats[size_class(size, pointers=True).index]
    return (
        stats.sparse_objs_scanned,
        stats.span_objs_sparse_scanned,
        stats.span_objs_dense_scanned,
        stats.spans_sparse_scanned,
        stats.spans_dense_scanned,
    )
