"""Worlds of several Ps, as lesson 11 tells of them: what belongs to one P, what another can have of it, and when.

A P allocates from spans that are its own, so it asks nobody. What it does not use stays with it, until a collection, a
look at the statistics, or its own end takes it away.

Go: runtime/mcache.go, (*mcache).refill, (*mcache).releaseAll; runtime/proc.go, runqsteal, procresize; sync/pool.go,
(*Pool).pinSlow.
Left out: how long any of it takes; the crowds at a lock are in crowds.
"""

from functools import cache
from typing import NamedTuple

from gomemlab.checks.numbers import count
from gomemlab.commands import Gomaxprocs, Malloc
from gomemlab.poolcommands import PoolGet, PoolNew, PoolPut
from gomemlab.runtime.alloc.sizeclasses import size_class
from gomemlab.runtime.events import SpanCached
from gomemlab.runtime.pooling import PoolHandle
from gomemlab.runtime.procinfo import IDLE
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.runtime.world import World
from gomemlab.schedcommands import SchedInit, Schedule
from gomemlab.stackcommands import Go
from gomemlab.timeline import Timeline

SIZE = 48  # bytes of the objects
CLASS = size_class(SIZE, pointers=False)
OTHER_SIZE, OTHERS = 512, 10_000  # bytes, objects of another class
SMALL, PS = 64, 8  # bytes of one object on each of so many Ps
FILLED = 10  # spans that P0 fills
STARTED = 9  # goroutines that P0 starts
BUFFERS, EACH = 12, 3  # in a pool; of each of four Ps
TEN = 10
POOL = 1  # its id
MADE = 1000  # labels above it were made by New
FEWER, MORE = 1, 8  # GOMAXPROCS afterwards
HELD_BY_P1 = f"P1’s free slots of {SIZE} B"
ASKS_HEAD = ("what mcentral has", "P0 got", f"{HELD_BY_P1}, before", "after", "heap lock taken")
LEAVES_HEAD = ("what happened", "spans in P1’s cache", HELD_BY_P1, f"spans with free slots of {SIZE} B in mcentral")
RESIZE_HEAD = (
    "moment",
    "spans in caches",
    f"spans with free slots of {SIZE} B in mcentral",
    "pages in page caches",
    f"of {BUFFERS} buffers P0 can get",
)


class Asked(NamedTuple):
    """What P0 got when its span was full, as a row of the table."""

    central: str
    got: str
    before: int  # P1's free slots
    after: int
    heap_lock: int  # times


class Cached(NamedTuple):
    """What P1 keeps, as a row of the table."""

    what: str
    spans: int
    free: int  # slots
    central: int  # spans


class Resized(NamedTuple):
    """What Ps and mcentral have at some GOMAXPROCS, as a row of the table."""

    moment: str
    spans: int
    central: int
    pages: int
    buffers: int


def free_slots(snapshot: Snapshot, p: int, spanclass: int = CLASS.spanclass) -> int:
    """Return the free slots of a class in a P's cache."""
    span = snapshot.ps[p].alloc[spanclass]
    if span < 0:
        return 0
    info = snapshot.spans.info(snapshot.spans.row(span))
    return info.nelems - info.alloc_count


def partial(snapshot: Snapshot) -> int:
    """Return how many spans with free slots of the class wait in mcentral."""
    found = snapshot.central.get(CLASS.spanclass)
    return len(found.partial_swept) + len(found.partial_unswept) if found else 0


# A full span beside a P with free slots


def caches(procs: int = 2) -> Timeline:
    """Return a world in which P0's span of the class is full, and each other P has made one object."""
    timeline = Timeline(World(procs=procs))
    timeline.extend([Malloc(SIZE, p=p) for p in range(1, procs)])
    timeline.extend([Malloc(SIZE)] * CLASS.nelems)
    return timeline


def two_caches() -> Timeline:
    """Return such a world of two Ps."""
    return caches()


def one_more() -> Timeline:
    """Return that world after P0's next malloc."""
    timeline = caches()
    timeline.do(Malloc(SIZE))
    return timeline


def source() -> str:
    """Return where P0's span came from: "P1" where that was P1's, else as the event has it."""
    timeline = caches()
    held = timeline.world.snapshot().ps[1].alloc[CLASS.spanclass]
    timeline.do(Malloc(SIZE))
    event = next(event for event in timeline.events(len(timeline)) if isinstance(event, SpanCached))
    return "P1" if event.span == held else event.source


def asked(world: World, central: str) -> Asked:
    """Return what P0 gets where it allocates once."""
    before = world.snapshot()
    world.malloc(SIZE)
    after = world.snapshot()
    event = next(event for event in world.events if isinstance(event, SpanCached))
    was_p1s = " (it was P1’s)" if event.span == 0 else ""
    got = "a new span" if event.source == "new" else f"span {event.span}, from mcentral{was_p1s}"
    locks = dict(after.locks)["heap"] - dict(before.locks)["heap"]
    return Asked(central, got, free_slots(before, 1), free_slots(after, 1), locks)


def asks() -> list[Asked]:
    """Return what P0 gets, by what mcentral has."""
    nothing, third, collected = caches().world, caches(procs=3).world, caches().world
    third.gomaxprocs(2)
    collected.gc()
    return [
        asked(nothing, "nothing"),
        asked(third, "a span of P2, which has gone"),
        asked(collected, "a collection has emptied the caches"),
    ]


def unused_slots() -> int:
    """Return how many slots lie free in caches when each of eight Ps has made one object."""
    world = World(procs=PS)
    for p in range(PS):
        world.malloc(SMALL, p=p)
    spanclass, snapshot = size_class(SMALL, pointers=False).spanclass, world.snapshot()
    return sum(free_slots(snapshot, p, spanclass) for p in range(PS))


# When a span leaves a cache


@cache
def leaves() -> tuple[Cached, ...]:
    """Return what P1's cache has after each of some things that could take it away."""
    world, rows = World(procs=2), list[Cached]()

    def note(what: str) -> None:
        seen = world.snapshot()
        spans = seen.procs[1].cache.spans if len(seen.procs) > 1 else 0
        free = free_slots(seen, 1) if len(seen.ps) > 1 else 0
        rows.append(Cached(what, spans, free, partial(seen)))

    world.schedinit()
    g = world.go(p=0)
    world.schedule(1)
    world.malloc(SIZE, p=1)
    note(f"P1 made one object of {SIZE} B")
    for _ in range(OTHERS):
        world.malloc(OTHER_SIZE, p=1)
    note(f"it made {count(OTHERS)} of {OTHER_SIZE} B")
    for _ in range(FILLED * CLASS.nelems):
        world.malloc(SIZE)
    note(f"P0 filled {FILLED} spans of {SIZE} B")
    world.goexit(int(g))
    world.schedule(1)
    note("P1 has nothing to run" + (", and idles" if world.snapshot().procs[1].status == IDLE else ""))
    world.gc()
    note("a collection")
    world.malloc(SIZE, p=1)
    note("P1 made another one")
    world.read_mem_stats()
    note("the program called ReadMemStats")
    world.malloc(SIZE, p=1)
    world.gomaxprocs(1)
    note("P1 made another one, and GOMAXPROCS went down to 1")
    return tuple(rows)


def first_taken() -> str:
    """Return what first emptied P1's cache of its free slots, as the table has it."""
    return next(row.what for row in leaves()[1:] if not row.free)


# Goroutines


def nine_goroutines() -> Timeline:
    """Return a world in which nine goroutines wait on P0, which has free slots, and P1 looks for work."""
    timeline = Timeline(World(procs=2))
    timeline.do(SchedInit())
    timeline.extend([Go(0)] * STARTED)
    timeline.do(Malloc(SIZE))
    return timeline


def stolen_and_served() -> Timeline:
    """Return that world after P1 has stolen, and what it runs then has allocated."""
    timeline = nine_goroutines()
    timeline.extend([Schedule(1), Malloc(SIZE, p=1)])
    return timeline


def taken() -> tuple[int, int]:
    """Return how many goroutines P1 stole, and how many of P0's free slots went with them."""
    before, after = nine_goroutines().world.snapshot(), stolen_and_served().world.snapshot()
    goroutines = len(after.procs[1].runq) + 1
    return goroutines, free_slots(before, 0) - free_slots(after, 0)


def served_from() -> str:
    """Return where the goroutine on P1 was served from: "P0", or "new", its P's own new span."""
    timeline = stolen_and_served()
    seen = timeline.world.snapshot()
    own = seen.ps[1].alloc[CLASS.spanclass]
    return "P0" if own < 0 or own == seen.ps[0].alloc[CLASS.spanclass] else "new"


# GOMAXPROCS


def label(call: int) -> int:
    """Return what New makes, which nobody has put."""
    return MADE + call


def pooled_by_four() -> Timeline:
    """Return a world of four Ps, each with an object and three buffers in a pool."""
    timeline = Timeline(World(procs=4))
    timeline.extend([Malloc(SIZE, p=p) for p in range(4)])
    timeline.do(PoolNew(label))
    timeline.extend([PoolPut(POOL, number, p=(number - 1) // EACH) for number in range(1, BUFFERS + 1)])
    return timeline


def four_ps() -> Timeline:
    """Return that world, for a lab."""
    return pooled_by_four()


def to_be_had(world: World) -> int:
    """Return how many of the buffers that were put P0 can get; the world stays as it is."""
    pool = PoolHandle(world.copy(), POOL)
    got = [pool.get() for _ in range(BUFFERS)]
    return sum(isinstance(item, int) and item <= BUFFERS for item in got)


def resized() -> list[Resized]:
    """Return what Ps have before and after GOMAXPROCS goes down, and up again."""
    world, rows = pooled_by_four().world, list[Resized]()

    def note(moment: str) -> None:
        seen = world.snapshot()
        spans, pages = (sum(getattr(proc.cache, part) for proc in seen.procs) for part in ("spans", "pages"))
        rows.append(Resized(moment, spans, partial(seen), pages, to_be_had(world)))

    note("4 Ps; each has put three buffers")
    world.gomaxprocs(FEWER)
    note(f"GOMAXPROCS({FEWER})")
    world.gomaxprocs(MORE)
    note(f"GOMAXPROCS({MORE})")
    PoolHandle(world, POOL).get(p=MORE - 1)
    note(f"P{MORE - 1} has called Get")
    return rows


def after_more_ps() -> Timeline:
    """Return a world in which two Ps put ten buffers, GOMAXPROCS went up to four, and P3 and P0 called Get."""
    timeline = Timeline(World(procs=2))
    timeline.do(PoolNew(label))
    timeline.extend([PoolPut(POOL, number, p=number % 2) for number in range(1, TEN + 1)])
    timeline.do(Gomaxprocs(4))
    timeline.extend([PoolGet(POOL, 3), *[PoolGet(POOL, 0)] * TEN])
    return timeline


def buffers_left() -> int:
    """Return how many of the ten P3 and P0 got."""
    pool = after_more_ps().world.snapshot().pools[0]
    return 1 + TEN - pool.new_calls
