"""Worlds of goroutines that call deep, come back, begin and end, as lesson 12 tells of them.

G1 came with the process; whoever calls here is G2, whose stack lies in this heap from its first byte on.

Go: runtime/stack.go, newstack, copystack, shrinkstack, gcComputeStartingStackSize; runtime/proc.go, gfput, gfget;
runtime/mgcpacer.go, (*gcControllerState).commit.
Left out: which goroutine runs when.
"""

from functools import cache
from itertools import accumulate
from typing import NamedTuple, cast

from gomemlab.checks.numbers import count
from gomemlab.commands import GC, Malloc, Return
from gomemlab.runtime.arch import FIXED_STACK
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.events import Event
from gomemlab.runtime.gc.roots import STACK_TOP, StackSlot
from gomemlab.runtime.stack import STACK_GUARD, STACK_SMALL
from gomemlab.runtime.stackalloc import NUM_STACK_ORDERS
from gomemlab.runtime.stackevents import StartSizeSet
from gomemlab.runtime.stackinfo import GoroutineInfo
from gomemlab.runtime.world import World
from gomemlab.stackcommands import CallFrame, Go, GoExit, GoMany, Point
from gomemlab.timeline import Timeline

G = 2  # the goroutine that calls
DEEP, DEEP_FRAME = 20_000, 200  # calls, bytes of each one's frame: some 4 MB
HIGH = 4 << 20  # bytes of the stack that holds them
SHORT_FRAME = 256  # bytes: what the panel's slider begins with
IDLE = 256  # bytes in use on the stack of a goroutine that has not called anything yet
HUGE = 128 << 20  # bytes of a frame
WAITING = 600  # bytes in use on the stack of a goroutine that waits
WIDE = 64 << 10  # bytes of a stack that held more once
CROWD, CROWD_USED = 500, 7680  # goroutines; bytes in use on each one's stack
MANY = 100_000  # goroutines that wait
FEW, SOME = 100, 10_000  # goroutines in the tables
MIN_HEAP = 4 << 20  # bytes. Go: defaultHeapMinimum
GOGC = 100
GROWTH_HEAD = ("stack before, B", "stack after, B", "copied, B", "copied so far, B")
START_HEAD = ("moment", "in use on average, B", "with a dead one's g one begins with, B", "with a new g, B")
SPANS_HEAD = ("stacks of", "one span has", "its pages", "a P's cache takes at a time")
COST_HEAD = (
    "goroutines",
    "in use on each stack, B",
    "StackInuse, B",
    "a collection scans, B",
    "live heap, B",
    "heap goal, B",
)
GS_HEAD = ("moment", "goroutines", "their gs", "StackInuse, B", "HeapAlloc, B")


class Moved(NamedTuple):
    """A move of a stack."""

    before: int  # bytes
    size: int  # bytes
    copied: int  # bytes
    by: int  # bytes from its old address to the new


def started() -> Timeline:
    """Return a world in which G2 has just begun."""
    timeline = Timeline(World())
    timeline.do(Go())
    return timeline


def of_g2(timeline: Timeline) -> GoroutineInfo:
    """Return G2 at a timeline's end."""
    return next(info for info in timeline.world.snapshot().stacks.goroutines if info.g == G)


def events(timeline: Timeline, first: int = 1) -> list[Event]:
    """Return what happened from a tick on."""
    return [event for tick in range(first, len(timeline) + 1) for event in timeline.events(tick)]


# Growing


def first_calls() -> Timeline:
    """Return a world in which G2 called f five times; the next such call does not fit."""
    timeline = started()
    timeline.do(CallFrame(G, SHORT_FRAME, 2, "f"))
    timeline.do(Point(StackSlot(G, 1), StackSlot(G, 2)))
    while of_g2(timeline).used + SHORT_FRAME - STACK_SMALL < FIXED_STACK - STACK_GUARD:
        timeline.do(CallFrame(G, SHORT_FRAME, 2, "f"))
    return timeline


def twenty_thousand() -> Timeline:
    """Return a world in which G2 called itself twenty thousand times."""
    timeline = started()
    timeline.extend([CallFrame(G, DEEP_FRAME)] * DEEP)
    return timeline


@cache
def moves() -> tuple[Moved, ...]:
    """Return the moves of G2's stack on the way down."""
    world = World()
    g, found = world.go(), list[Moved]()
    for _ in range(DEEP):
        lo, size, copied = g.stack.lo, g.stack.size, world.stacks.copied
        g.call(DEEP_FRAME)
        if g.stack.lo != lo:
            found.append(Moved(size, g.stack.size, world.stacks.copied - copied, g.stack.lo - lo))
    return tuple(found)


def growth() -> list[tuple[int, ...]]:
    """Return the rows of the moves: sizes, and the bytes that were copied."""
    sums = accumulate(move.copied for move in moves())
    return [(*move[:3], so_far) for move, so_far in zip(moves(), sums, strict=True)]


def how_it_grew() -> str:
    """Return "moved" where the model took another stack each time, twice as large, and copied all that was in use."""
    doubled = all(move.size == 2 * move.before and move.by for move in moves())
    return "moved" if doubled and all(move.copied > move.before - STACK_GUARD - DEEP_FRAME for move in moves()) else ""


def pointed() -> Timeline:
    """Return a world in which G2 wrote p = &x, and its stack moved in the last tick."""
    timeline = started()
    timeline.do(CallFrame(G, SHORT_FRAME, 2, "f"))
    timeline.do(Point(StackSlot(G, 2), StackSlot(G, 1)))
    while of_g2(timeline).size == FIXED_STACK:
        timeline.do(CallFrame(G, SHORT_FRAME, 2, "f"))
    return timeline


def p_and_x(timeline: Timeline, tick: int) -> tuple[int, int]:
    """Return at a tick what p holds, and where x is."""
    info = next(one for one in timeline.snapshot(tick).stacks.goroutines if one.g == G)
    frame = info.frames[1]
    return frame.slots[1], frame.bp - 16  # of the frame's two slots x is the first, p the second


# Shrinking


def come_back() -> Timeline:
    """Return a world in which G2 was 4 MB deep, and has returned."""
    timeline = started()
    calls = HIGH // WIDE - 1
    timeline.extend([CallFrame(G, WIDE)] * calls + [Return(G)] * calls)
    return timeline


def collected_once() -> Timeline:
    """Return the same world after a collection."""
    timeline = come_back()
    timeline.do(GC())
    return timeline


def waiting() -> Timeline:
    """Return a world in which G2 has 600 B in use on a stack of 64 KiB."""
    timeline = started()
    timeline.extend([CallFrame(G, WIDE // 2), Return(G)])
    timeline.do(CallFrame(G, WAITING - of_g2(timeline).used, 0, "wait"))
    return timeline


def after_collections(collections: int = 10) -> int:
    """Return how large that stack is after so many collections."""
    timeline = waiting()
    timeline.extend([GC()] * collections)
    return of_g2(timeline).size


# Beginning and ending


def crowd(timeline: Timeline, goroutines: int, used: int) -> range:
    """Let so many goroutines begin, with so many bytes of their stacks in use; return their numbers."""
    return cast("range", timeline.do(GoMany(goroutines, 0, 0, used - STACK_TOP)))


def after_a_crowd(used: int = CROWD_USED) -> Timeline:
    """Return a world in which five hundred goroutines with so much in use went through a collection, and ended."""
    timeline = started()
    numbers = crowd(timeline, CROWD, used)
    timeline.extend([GC(), *map(GoExit, numbers)])
    return timeline


def starts() -> list[tuple[object, ...]]:
    """Return the rows of what a goroutine begins with: at first, after a deep crowd, and after a shallow one."""
    timeline = started()
    rows: list[tuple[object, ...]] = [("before any collection", "nothing scanned", "none", of_g2(timeline).size)]
    for used, kind in ((CROWD_USED, "deep"), (CROWD_USED // 16, "shallow")):
        numbers, first = crowd(timeline, CROWD, used), len(timeline) + 1
        timeline.do(GC())
        average = next(event.average for event in events(timeline, first) if isinstance(event, StartSizeSet))
        fresh = next_size(timeline)
        timeline.extend(map(GoExit, numbers))
        rows.append((f"{CROWD} {kind} goroutines were scanned", average, next_size(timeline), fresh))
    return rows


def next_size(timeline: Timeline) -> int:
    """Return with how large a stack the next goroutine begins."""
    world = timeline.world.copy()
    return world.go().stack.size


def sources() -> list[tuple[object, ...]]:
    """Return the rows of how stack memory is cut: for each size how many a span has, and a P takes at a time."""
    rows = list[tuple[object, ...]]()
    for order in range(NUM_STACK_ORDERS + 2):
        world = World()
        world.stackalloc(FIXED_STACK << order)
        stacks, spans = world.snapshot().stacks, world.snapshot().spans
        cut = stacks.spans[0].stacks if stacks.spans else 1
        cached = len(stacks.caches[0][order]) + 1 if stacks.spans else 0
        rows.append((FIXED_STACK << order, cut, spans.info(0).npages, cached or "no cache"))
    return rows


def ten_goroutines() -> Timeline:
    """Return a world of two Ps, some objects, and goroutines that called to different depths."""
    timeline = Timeline(World(procs=2))
    timeline.extend([Malloc(64), Malloc(1024), Malloc(40_000)])
    made = [cast("int", timeline.do(Go(p))) for p in (0, 1) * 5]
    timeline.extend(CallFrame(g, frame) for g, frame in zip(made[::2], (1500, 3000, 6000, 12_000, 40_000), strict=True))
    return timeline


@cache
def cost(goroutines: int, used: int) -> tuple[int, ...]:
    """Return what a collection has to do with so many stacks with so much in use, and what that does to its goal."""
    world = World(globals=0)
    world.go_many(goroutines, 0, nbytes=used - STACK_TOP)
    inuse = world.mstats().stack_inuse
    world.gc()
    live, scanned = world.mstats().heap_alloc, world.stacks.scanned.ever
    return goroutines, used, inuse, scanned, live, goal(live, scanned)


def goal(live: int, stacks: int) -> int:
    """Return the bytes that the heap may have before the next cycle ends, with GOGC=100 and no globals.

    Go: runtime/mgcpacer.go, (*gcControllerState).commit.
    """
    return max(MIN_HEAP * GOGC // 100, live + (live + stacks) * GOGC // 100)


def costs() -> list[tuple[int, ...]]:
    """Return the rows of few and many goroutines, shallow and deep."""
    return [cost(FEW, IDLE), cost(SOME, IDLE), cost(SOME, CROWD_USED)]


def many() -> int:
    """Return the bytes of stacks that a hundred thousand waiting goroutines take: ten times those of ten thousand."""
    return MANY // SOME * cost(SOME, IDLE)[2]


def gs() -> list[tuple[object, ...]]:
    """Return the rows of goroutines that begin, end and begin again: what stays is their gs."""
    world = World(globals=0)
    rows = [told("at first", world)]
    numbers = world.go_many(SOME, 0, nbytes=IDLE - STACK_TOP)
    rows.append(told(f"{count(SOME)} wait", world))
    for g in numbers:
        world.goexit(g)
    rows.append(told("all of them ended; there was no collection yet", world))
    for moment in ("a collection", "another collection"):
        world.gc()
        rows.append(told(moment, world))
    world.go_many(SOME // 2, 0, nbytes=IDLE - STACK_TOP)
    return [*rows, told(f"{count(SOME // 2)} new ones wait", world)]


def told(moment: str, world: World) -> tuple[object, ...]:
    """Return a row of that table; G1, which came with the process, is not counted."""
    stacks, stats = world.collector.roots.stacks, world.mstats()
    living = sum(not stack.dead for stack in stacks) - 1
    return moment, living, world.collector.roots.gs, stats.stack_inuse, stats.heap_alloc


# The limit


def near_the_limit() -> Timeline:
    """Return a world in which G2's stack is as large as stacks get, and has no room for another frame of 256 B."""
    timeline = started()
    for frame in (HUGE, HUGE, HUGE):
        timeline.do(CallFrame(G, frame, 0, "big"))
    left = of_g2(timeline).free - SHORT_FRAME // 2
    timeline.do(CallFrame(G, left, 0, "big"))
    return timeline


@cache
def without_end() -> tuple[int, str]:
    """Return how large a stack is when a function that calls itself without end has to stop, and what is said."""
    world = World()
    g = world.go()
    while True:
        try:
            g.call(HUGE // 128)
        except MisuseError as refusal:
            return g.stack.size, str(refusal)
