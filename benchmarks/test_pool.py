"""sync.Pool: Gets and Puts a second, each one a command whose events are kept."""

import gc
from collections.abc import Callable
from statistics import median
from time import process_time

import pytest
from table import Row, Table, rate

from gomemlab.runtime.pooling import PoolHandle
from gomemlab.runtime.world import World

OPERATIONS = 200_000
DEEP = 100  # items that are out at a time
GOAL = 500_000  # operations a second
ROUNDS = 5


def private(pool: PoolHandle) -> None:
    """Get one object and put it back: only the private slot is used."""
    get, put = pool.get, pool.put
    for _ in range(OPERATIONS // 2):
        put(get())


def queue(pool: PoolHandle) -> None:
    """Get a hundred objects, then put them back: the shard's queue is used."""
    get, put = pool.get, pool.put
    for _ in range(OPERATIONS // (2 * DEEP)):
        for item in [get() for _ in range(DEEP)]:
            put(item)


def stealing(pool: PoolHandle) -> None:
    """P1 gets what P0 put: nearly each Get steals."""
    get, put = pool.get, pool.put
    for _ in range(OPERATIONS // (2 * DEEP)):
        for item in [get(1) for _ in range(DEEP)]:
            put(item)


def said(pool: PoolHandle) -> None:
    """Get one object and put it back, and read each command's events."""
    get, put, world = pool.get, pool.put, pool.world
    for _ in range(OPERATIONS // 2):
        item = get()
        assert world.events
        put(item)
        assert world.events


def labels() -> World:
    """Return a world whose pool has a label."""
    world = World()
    world.pool().put("a")
    return world


def objects() -> World:
    """Return a world whose pool makes objects of 1024 B."""
    world = World(procs=2)
    world.pool(new=1024)
    return world


CASES: dict[str, tuple[Callable[[], World], Callable[[PoolHandle], None]]] = {
    "one object": (objects, private),
    "one object, every event read": (objects, said),
    f"{DEEP} objects": (objects, queue),
    f"{DEEP} objects, stolen": (objects, stealing),
    "one label": (labels, private),
}


@pytest.mark.parametrize("name", CASES)
def test_pool(table: Table, name: str) -> None:
    """200,000 operations, half of them Gets; to read every event has no goal."""
    fresh, work = CASES[name]
    times = []
    for _ in range(ROUNDS):
        pool = PoolHandle(fresh(), 1)
        gc.collect()
        begin = process_time()
        work(pool)
        times.append(process_time() - begin)
    reached = OPERATIONS / median(times)
    table.add(
        Row(
            f"sync.Pool, Get and Put, {name}",
            f"{rate(OPERATIONS, median(times))} (best {rate(OPERATIONS, min(times))})",
            f"{OPERATIONS:,} operations",
            "",
            "" if work is said else rate(GOAL, 1),
            None if work is said else reached >= GOAL,
        )
    )
