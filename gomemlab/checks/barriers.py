"""Worlds in which a program moves pointers while a collection marks, and what each write barrier makes of it.

Two schedules hide an object from the marker: behind a stack that was scanned, and behind a global that was scanned. No
other step is needed to lose it where a barrier does not tell.

Go: runtime/mwbbuf.go, (*wbBuf).get2, wbBufFlush1; runtime/mbarrier.go; runtime/mgcmark.go, gcmarknewobject.
Left out: more than one P; each has a buffer of its own, and none looks into another's.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import cast

from gomemlab.checks.cycles import LARGE
from gomemlab.commands import Assign, Command, FlushBarrier, GCStart, MarkDone, MarkRoot, MarkStep, New, SweepAll
from gomemlab.exploring import Exploration, explore
from gomemlab.runtime.gc.roots import Field, Global, Place, StackSlot
from gomemlab.runtime.gcinfo import GCInfo
from gomemlab.runtime.markevents import StacksRescanned
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline

CLASSIC = "classic"
LOCAL, OTHER, SHARED = StackSlot(1, 0), StackSlot(1, 1), Global(0)
POLICIES = (
    ("none", False, "none", "nothing"),
    ("dijkstra", False, "Dijkstra", "the new pointer"),
    ("dijkstra", True, "Dijkstra, stacks scanned again", "the new pointer"),
    ("yuasa", False, "Yuasa", "the old pointer"),
    ("published", False, "published 1.8", "the old pointer; the new one while the stack is grey"),
    ("hybrid", False, "hybrid", "both"),
)
BEHIND_STACK: tuple[Command, ...] = (
    GCStart(),
    MarkRoot("G1's stack"),
    Assign(LOCAL, SHARED),
    Assign(SHARED, None),
    MarkRoot("globals"),
)
BEHIND_GLOBAL: tuple[Command, ...] = (
    GCStart(),
    MarkRoot("globals"),
    Assign(SHARED, LOCAL),
    Assign(LOCAL, None),
    MarkRoot("G1's stack"),
)
REST = (FlushBarrier(), MarkStep(), MarkDone(), SweepAll())  # the step scans what a barrier has told of, if it has
OUTCOMES_HEAD = ("barrier", "it shades", "hidden behind a stack", "hidden behind a global")
VERDICTS_HEAD = ("barrier", "states searched", "fewest steps of the program to a loss")
STOPPED_HEAD = ("goroutines", "Go 1.5 to 1.7", "Go 1.8 and later")
GOROUTINES = (1, 100, 10_000)
FLOATING = 1000  # objects made and dropped while marking

Store = tuple[str, Callable[[World], object]]
HOLDER, TARGET, SPARE = 0, 1, 2  # what the globals of a world for stores point to


def hidden(barrier: str, schedule: Sequence[Command], *, rescan: bool = False) -> Timeline:
    """Return a world of one object, held where a schedule takes it from, after that schedule and the cycle's end."""
    timeline = Timeline(World(marker=CLASSIC, barrier=barrier, rescan=rescan, slots=1))
    timeline.do(New(1, LARGE, SHARED if schedule == BEHIND_STACK else LOCAL))
    timeline.extend([*schedule, *REST])
    return timeline


def behind_a_stack() -> Timeline:
    """Return the object behind a scanned stack, with no barrier."""
    return hidden("none", BEHIND_STACK)


def behind_a_global() -> Timeline:
    """Return the object behind a scanned global, with no barrier."""
    return hidden("none", BEHIND_GLOBAL)


def three_in_a_row() -> Timeline:
    """Return three objects, each held by the one before, with no barrier and no cycle yet."""
    timeline = Timeline(World(marker=CLASSIC, barrier="none", slots=1))
    where: Place = SHARED
    for _ in range(3):
        where = Field(cast("int", timeline.do(New(1, LARGE, where))), 0)
    return timeline


def two_goroutines() -> Timeline:
    """Return one object in a global and two goroutines that could take it, with Dijkstra's barrier."""
    timeline = Timeline(World(marker=CLASSIC, barrier="dijkstra", goroutines=2, slots=1))
    timeline.do(New(1, into=SHARED))
    return timeline


def lost(timeline: Timeline) -> bool:
    """Say whether the last cycle freed something that the program can still reach."""
    return bool(info(timeline).lost)


def info(timeline: Timeline) -> GCInfo:
    """Return what the collector shows at a timeline's end."""
    return timeline.world.snapshot().gc


def outcomes() -> list[tuple[str, str, str, str]]:
    """Return, for each barrier, what becomes of the object in the two schedules."""
    rows = []
    for barrier, rescan, name, shades in POLICIES:
        ends = [lost(hidden(barrier, schedule, rescan=rescan)) for schedule in (BEHIND_STACK, BEHIND_GLOBAL)]
        first, second = ("✕ lost" if end else "saved" for end in ends)
        rows.append((name, shades, first, second))
    return rows


def scanned_while_stopped(goroutines: int, barrier: str, *, rescan: bool) -> int:
    """Return how many stacks a cycle scans while the world is stopped."""
    world = World(marker=CLASSIC, barrier=barrier, rescan=rescan, goroutines=goroutines, slots=1)
    world.gc_start()
    world.mark_all()
    world.mark_done()
    return sum(event.stacks for event in world.events if isinstance(event, StacksRescanned))


def stopped() -> list[tuple[int, int, int]]:
    """Return, for some numbers of goroutines, the stacks that old and new Go scan while the world is stopped."""
    return [
        (n, scanned_while_stopped(n, "dijkstra", rescan=True), scanned_while_stopped(n, "hybrid", rescan=False))
        for n in GOROUTINES
    ]


@cache
def searched(barrier: str, *, rescan: bool = False) -> Exploration:
    """Return what a search of every schedule of a small world finds."""
    return explore(barrier, rescan)


def verdicts() -> list[tuple[str, int, str]]:
    """Return, for each barrier, the states that were searched, and the fewest steps to a loss."""
    found = [(name, searched(barrier, rescan=rescan)) for barrier, rescan, name, _ in POLICIES]
    return [
        (name, one.states, "none: all states searched" if one.lost is None else f"{one.steps}") for name, one in found
    ]


def last_pointer_goes() -> Timeline:
    """Return a world that has just dropped the last pointer to object 2, which no marker has reached."""
    timeline = Timeline(World(marker=CLASSIC, slots=1))
    timeline.do(New(1, LARGE, SHARED))
    holder = timeline.world.load(SHARED)
    timeline.do(New(1, LARGE, Field(holder, 0)))
    timeline.extend([GCStart(), MarkRoot("globals"), Assign(Field(holder, 0), None)])
    return timeline


def last_pointer_dropped() -> Timeline:
    """Return that world after the cycle's end, and after the next."""
    timeline = last_pointer_goes()
    timeline.extend([*[MarkStep()] * 3, MarkDone(), SweepAll()])
    timeline.extend([GCStart(), *[MarkStep()] * 3, MarkDone(), SweepAll()])
    return timeline


def freed_in(timeline: Timeline, number: int) -> int:
    """Return the cycle in which an object was freed, 0 where it lives."""
    for tick in range(1, len(timeline) + 1):
        gc = timeline.snapshot(tick).gc
        if any(one.number == number and one.freed for one in gc.objects):
            return gc.cycle
    return 0


def marking_world(barrier: str = "hybrid") -> World:
    """Return a world that marks: v0 points to a holder whose two fields are set, v1 and v2 to other objects."""
    world = World(marker=CLASSIC, barrier=barrier, globals=3)
    for i in (HOLDER, TARGET, SPARE):
        world.new(2, into=Global(i))
    holder = world.load(Global(HOLDER))
    for slot in (0, 1):
        world.assign(Field(holder, slot), Global(SPARE))
    world.assign(LOCAL, Global(TARGET))
    world.gc_start()
    return world


def stores() -> tuple[Store, ...]:
    """Return kinds of stores: what a program says, and how the model does it."""
    return (
        ("h.p = q", lambda world: world.assign(Field(world.load(Global(HOLDER)), 0), LOCAL)),
        ("h.p = nil", lambda world: world.assign(Field(world.load(Global(HOLDER)), 0), None)),
        ("h.n = 7", lambda world: None),  # noqa: ARG005 - no pointer: neither the compiler nor the model is concerned
        ("local = q", lambda world: world.assign(OTHER, LOCAL)),
        ("global = q", lambda world: world.assign(Global(SPARE), LOCAL)),
        ("&T{p: q}", lambda world: world.new(2, into=OTHER, fields=(LOCAL,))),
    )


def entries(do: Callable[[World], object], barrier: str = "hybrid") -> int:
    """Return how many entries a store puts into the barrier buffer while a cycle marks."""
    world = marking_world(barrier)
    before = world.snapshot().gc.work.wb_entries
    do(world)
    return world.snapshot().gc.work.wb_entries - before


def queued(barrier: str = "hybrid") -> tuple[int, ...]:
    """Return how many entries each kind of store queues."""
    return tuple(entries(do, barrier) for _, do in stores())


def two_stores() -> int:
    """Return how many entries `h.p, h.q = q, r` queues."""
    world = marking_world()
    world.assign(OTHER, Global(SPARE))
    holder = world.load(Global(HOLDER))
    for slot, source in enumerate((LOCAL, OTHER)):
        world.assign(Field(holder, slot), source)
    return world.snapshot().gc.work.wb_entries


def first_flush() -> int:
    """Return which store to the heap is the first that finds the buffer full."""
    world = marking_world()
    store, flushes = 0, world.snapshot().gc.work.wb_flushes
    while world.snapshot().gc.work.wb_flushes == flushes:
        store += 1
        world.assign(Field(world.load(Global(HOLDER)), 0), LOCAL)
    return store


def floating() -> tuple[int, int]:
    """Return how many objects are left of those made and dropped while marking, after that cycle and the next."""
    world = World(slots=1)
    world.gc_start()
    for _ in range(FLOATING):
        world.new(1, into=LOCAL)
    world.assign(LOCAL, None)
    world.mark_all()
    world.mark_done()
    world.sweep_all()
    left = world.mstats().heap_objects
    world.gc()
    return left, world.mstats().heap_objects


def after_the_load() -> Timeline:
    """Return a world whose scanned stack has just got a pointer to a white object, barrier hybrid."""
    timeline = Timeline(World(marker=CLASSIC, slots=1))
    timeline.extend([New(1, LARGE, SHARED), *BEHIND_STACK[:3]])
    return timeline
