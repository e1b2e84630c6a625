"""Locks and cache lines, as lesson 11 tells of them: what takes which lock how often, and what a crowd of Ps pays.

How often a lock is taken is counted in the model. What waiting costs is the cost model's, and so is what Ps take from
each other that write side by side.

Go: runtime/mheap.go, (*mheap).allocSpan, mheap; runtime/lock_spinbit.go, lock2; sync/pool.go, poolLocal.
Left out: time on a real machine.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from gomemlab.checks.numbers import count
from gomemlab.contention import CACHE_LINE, COUNTER, LAYOUTS, MCENTRAL, POOL_LOCAL, contend, lines, share
from gomemlab.costs import COST
from gomemlab.runtime.alloc import locks
from gomemlab.runtime.alloc.sizeclasses import size_class
from gomemlab.runtime.world import World

SIZE = 64  # bytes of the objects
CLASS = size_class(SIZE, pointers=False)
MALLOCS = 10_000
BEGINNING = 2  # the first two that take the lock find a heap that has not begun, and 63 pages
LARGE = 1 << 20  # bytes
CROWDS = (1, 2, 4, 8, 16, 32, 64)  # Ps
WRITERS, COUNTERS, LOOKED_AT = 8, 16, 5  # Ps that write; Ps that count, and one of them
NAMES = {  # what stands in the table, by the layout's name
    POOL_LOCAL.name: "`poolLocal`: a P’s shard of a pool",
    MCENTRAL.name: "`mcentral`, each P busy with another class",
    COUNTER.name: "an `int64` of a program’s own, one for each P",
}
GO_NAMES = {
    locks.HEAP: "mheap.lock",
    locks.SPINE: "spanSet.spineLock",
    locks.STACKPOOL: "stackpool",
    locks.STACK_LARGE: "stackLarge",
    locks.SCHED: "sched.lock",
    locks.GFREE: "sched.gFree",
    locks.ALLG: "allglock",
    locks.ALL_POOLS_MU: "allPoolsMu",
}
TAKES_HEAD = ("what a P does", "locks it takes")
CROWD_HEAD = (
    "Ps that come at once",
    "the last waits",
    "they wait on average",
    "the average, shared out over all mallocs",
)
SHARE_HEAD = (
    "an array of",
    "padding",
    "from one to the next, B",
    f"lines of {CACHE_LINE} B that several of {WRITERS} Ps write",
    "one write by each P",
    "the array, B",
)


class Taker(NamedTuple):
    """Something a P does that may take locks, in a world that is ready for it."""

    what: str
    world: Callable[[], World]
    act: Callable[[World], object]


def mallocs(number: int) -> World:
    """Return a world whose P0 has made so many objects."""
    world = World()
    for _ in range(number):
        world.malloc(SIZE)
    return world


@cache
def counted() -> tuple[int, int]:
    """Return how often ten thousand mallocs took the heap lock, and how many spans they took."""
    world = mallocs(MALLOCS)
    return world.allocator.heap.locks.total(locks.HEAP), world.allocator.heap.stats.refills


@cache
def between_two() -> int:
    """Return how many mallocs lie between two that take the heap lock, once the heap has begun."""
    world, number, found = World(), 0, list[int]()
    while len(found) < BEGINNING + 2:
        number, before = number + 1, world.allocator.heap.locks.total(locks.HEAP)
        world.malloc(SIZE)
        if world.allocator.heap.locks.total(locks.HEAP) > before:
            found.append(number)
    return found[-1] - found[-2]


# Which lock, when


def took(taker: Taker) -> dict[str, int]:
    """Return which locks something takes, and how often."""
    world = taker.world()
    before = dict(world.snapshot().locks)
    taker.act(world)
    return {lock: times - before[lock] for lock, times in world.snapshot().locks if times > before[lock]}


def takes() -> list[tuple[str, str]]:
    """Return what takes which locks, as rows of the table."""
    return [(taker.what, _named(took(taker))) for taker in TAKERS]


def _named(taken: dict[str, int]) -> str:
    named = [f"`{GO_NAMES[lock]}`" + (f", {times} times" if times > 1 else "") for lock, times in taken.items()]
    return "; ".join(named) or "none"


def _scheduled() -> World:
    """Return a world of one P with a scheduler, and a goroutine that waits for its turn."""
    world = mallocs(BEGINNING)
    world.schedinit()
    world.go(p=0)
    return world


def _large() -> World:
    """Return a world that has made a large object before."""
    world = mallocs(BEGINNING)
    world.malloc(LARGE)
    return world


def _pooled() -> World:
    """Return a world with a pool that nobody has used, and another that is in use."""
    world = mallocs(BEGINNING)
    for _ in range(2):
        world.pool(new=SIZE)
    world.pool_put(2, world.pool_get(2))
    return world


def _used_pool() -> World:
    """Return a world with a pool that its P has used."""
    world = _pooled()
    world.pool_put(1, world.pool_get(1))
    return world


TAKERS = (
    Taker(f"malloc of {SIZE} B, its span has room", lambda: mallocs(2), lambda world: world.malloc(SIZE)),
    Taker(
        "the same, the span is full, the page cache has pages",
        lambda: mallocs(2 * CLASS.nelems),
        lambda world: world.malloc(SIZE),
    ),
    Taker(
        "the same, the page cache is empty, and so is the P’s stock of span records",
        lambda: mallocs(between_two()),
        lambda world: world.malloc(SIZE),
    ),
    Taker(
        f"malloc of {LARGE >> 20} MiB; the first, and each 512th, takes `spanSet.spineLock` as well",
        _large,
        lambda world: world.malloc(LARGE),
    ),
    Taker("Put or Get, on a P that has a shard", _used_pool, lambda world: world.pool_get(1)),
    Taker("the first Get of a pool, where another is in use", _pooled, lambda world: world.pool_get(1)),
    Taker("a `go` statement, all Ps busy, no dead goroutine", _scheduled, lambda world: world.go(p=0)),
    Taker("`runtime.Gosched()`", _scheduled, lambda world: world.gosched(1)),
    Taker("GOMAXPROCS from 1 to 2", _scheduled, lambda world: world.gomaxprocs(2)),
)


# The cost model


def crowd_rows() -> list[tuple[int, str, str, str]]:
    """Return what Ps wait that want the heap lock at one moment, and what that is for a malloc.

    Ten thousand mallocs take the lock a few times; each of these is taken to be a moment when all Ps come.
    """
    share_of = counted()[0] / MALLOCS
    rows = []
    for ps in CROWDS:
        waits = contend(locks.HEAP, ps)
        rows.append((ps, ns(waits.last), ns(waits.mean), ns(waits.mean * share_of)))
    return rows


def ns(value: float) -> str:
    """Return nanoseconds of the cost model as they are printed."""
    return f"≈ {value:.1f} ns" if 0 < value < COST["mcentral"] else f"≈ {count(round(value))} ns"


def neighbours() -> int:
    """Return how many other Ps write a line that P5 writes, where each of 16 has a counter of 8 B."""
    shared = [ps for ps in lines(COUNTER, COUNTERS, padding=False) if LOOKED_AT in ps]
    return len({p for ps in shared for p in ps}) - 1


def sharing() -> list[tuple[str, str, int, int, str, int]]:
    """Return what Ps cost one another that write side by side, with padding and without."""
    rows = []
    for layout in LAYOUTS.values():
        for padding in (False, True):
            found = share(layout, WRITERS, padding=padding)
            said = "as in Go" if padding and layout is not COUNTER else "with" if padding else "without"
            rows.append((NAMES[layout.name], said, layout.stride(padding), found.shared, ns(found.ns), found.nbytes))
    return rows
