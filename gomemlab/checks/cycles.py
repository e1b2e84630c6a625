"""Worlds that go through collections: a tree, a ring, a cycle step by step, and what collections leave in place.

Objects are named by the order of their birth, from 1. Where a world marks object by object, it has the classic marker;
Go 1.27's own takes small objects by the span.

Go: runtime/mgc.go, GC, gcStart, gcMarkDone; runtime/mgcmark.go, gcDrain, scanstack.
Left out: cycles that begin by themselves; these worlds collect when they are told to.
"""

from functools import cache
from typing import cast

from gomemlab.commands import GC, Assign, GCStart, MarkDone, MarkRoot, MarkStep, New, SweepAll, SweepOne
from gomemlab.runtime.gc.roots import Field, Global, StackSlot
from gomemlab.runtime.gcinfo import WHITE, ObjectInfo
from gomemlab.runtime.markevents import ObjectScanned
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline

CLASSIC = "classic"
FIRST, SECOND = StackSlot(1, 0), StackSlot(1, 1)
RING, RING_SIZE = 1000, 65_544  # objects; bytes of each: 64 KiB and a pointer
ROW, ROW_SIZE = 8, 64  # objects side by side; bytes of each
LARGE = 40_000  # bytes: an object with a span of its own, which stays unswept until somebody sweeps it
OLD = 1000  # objects of a tree that lives long
MOVED_HEAD = ("object", "address before", "address after", "what became of it")
OLD_HEAD = ("collection", "objects scanned", "objects freed")


def new(timeline: Timeline, command: New) -> int:
    """Make an object and return its address."""
    return cast("int", timeline.do(command))


def tree() -> Timeline:
    """Return a tree of seven objects below G1's stack, and an eighth that nothing points to."""
    timeline = Timeline(World(marker=CLASSIC, globals=0))
    made = [new(timeline, New(2, LARGE, FIRST))]
    for i in range(1, 7):
        made.append(new(timeline, New(2, LARGE, Field(made[(i - 1) // 2], (i - 1) % 2))))
    timeline.extend([New(2, LARGE, SECOND), Assign(SECOND, None)])
    return timeline


def ring() -> Timeline:
    """Return five objects in a ring, each pointing to the next, and one pointer to the first on G1's stack."""
    timeline = Timeline(World(marker=CLASSIC, globals=0, slots=1))
    last = new(timeline, New(1, LARGE, FIRST))
    for _ in range(4):
        last = new(timeline, New(1, LARGE, Field(last, 0)))
    timeline.do(Assign(Field(last, 0), FIRST))
    return timeline


def one_cycle() -> Timeline:
    """Return a world of two goroutines after a collection during which both went on running."""
    timeline = Timeline(World(marker=CLASSIC, goroutines=2, slots=1))
    mine, theirs, shared = StackSlot(1, 0), StackSlot(2, 0), Global(0)
    table = new(timeline, New(2, into=shared))
    other = new(timeline, New(1, into=theirs, g=2))
    timeline.extend(
        [New(1, LARGE, Field(table, 0)), New(1, LARGE, Field(other, 0), 2), Assign(Field(other, 0), None, 2)]
    )
    timeline.extend([GCStart(), New(1, into=mine), MarkRoot("globals"), Assign(Field(table, 1), mine)])
    timeline.extend([MarkRoot("G1's stack"), Assign(mine, None), MarkRoot("G2's stack"), MarkStep()])
    timeline.extend([New(1, into=mine), *[MarkStep()] * 2, MarkDone(), SweepOne(), Assign(mine, shared), SweepOne()])
    timeline.do(SweepAll())
    return timeline


def to_the_end(timeline: Timeline) -> None:
    """Take a cycle that marks to its end, worker step by worker step, and sweep."""
    while True:
        while timeline.do(MarkStep()):
            pass
        if timeline.do(MarkDone()):
            break
    timeline.do(SweepAll())


def objects(timeline: Timeline) -> tuple[ObjectInfo, ...]:
    """Return the objects at a timeline's end, by number."""
    return timeline.world.snapshot().gc.objects


def scanned(timeline: Timeline) -> tuple[int, ...]:
    """Return the numbers of the objects that were scanned up to a timeline's end, in their order."""
    numbers = {one.address: one.number for one in objects(timeline)}
    events = [event for tick in range(1, len(timeline) + 1) for event in timeline.events(tick)]
    return tuple(numbers[event.address] for event in events if isinstance(event, ObjectScanned))


def order() -> tuple[int, ...]:
    """Return the order in which the tree's objects are scanned."""
    timeline = tree()
    timeline.do(GCStart())
    to_the_end(timeline)
    return scanned(timeline)


def half_way() -> tuple[int, int]:
    """Return how many objects of the tree are white when the first was scanned, and how many of those are freed."""
    timeline = tree()
    timeline.do(GCStart())
    while not scanned(timeline):
        timeline.do(MarkStep())
    white = [one.number for one in objects(timeline) if one.colour == WHITE]
    to_the_end(timeline)
    return len(white), sum(one.freed for one in objects(timeline) if one.number in white)


@cache
def ring_bytes() -> tuple[int, int, int]:
    """Return HeapAlloc with one object of a large ring, with all, and after the last pointer into it is gone."""
    world = World(slots=2)
    last = world.new(1, RING_SIZE, into=FIRST)
    sizes = [world.mstats().heap_alloc]
    for _ in range(RING - 1):
        last = world.new(1, RING_SIZE, into=Field(last, 0))
    world.assign(Field(last, 0), FIRST)
    sizes.append(world.mstats().heap_alloc)
    world.assign(FIRST, None)
    world.gc()
    return sizes[0], sizes[1], world.mstats().heap_alloc


def row() -> Timeline:
    """Return a world with objects side by side, held by globals, of which every second has been dropped."""
    timeline = Timeline(World(globals=ROW))
    timeline.extend([New(1, ROW_SIZE, Global(i)) for i in range(ROW)])
    timeline.extend([Assign(Global(i), None) for i in range(1, ROW, 2)])
    return timeline


def gaps() -> Timeline:
    """Return the same world after a collection."""
    timeline = row()
    timeline.do(GC())
    return timeline


def moved() -> list[tuple[str, str, str, str]]:
    """Return the rows of a collection that frees every second object: addresses before, and after."""
    before = [one.address for one in objects(row())]
    world = gaps().world
    after = [world.load(Global(i)) for i in range(ROW)]
    again = [world.new(1, ROW_SIZE, into=Global(i)) for i in range(1, ROW, 2)]
    rows = [
        (f"{i}", f"{old:#x}", f"{new_:#x}" if new_ else "", "lives" if new_ else "freed")
        for i, (old, new_) in enumerate(zip(before, after, strict=True), start=1)
    ]
    return rows + [(f"{ROW + i}", "", f"{one:#x}", "made afterwards") for i, one in enumerate(again, start=1)]


def old_tree(collections: int = 10) -> list[tuple[int, int, int]]:
    """Return the rows of a tree that lives long: for each collection how many objects it scanned, and freed."""
    world = World(slots=1)
    made = [world.new(2, into=StackSlot(1, 0))]
    for i in range(1, OLD):
        made.append(world.new(2, into=Field(made[(i - 1) // 2], (i - 1) % 2)))
    rows = []
    for number in range(1, collections + 1):
        frees = world.mstats().frees
        world.gc()
        rows.append((number, world.snapshot().gc.work.objects_scanned, world.mstats().frees - frees))
    return rows
