"""Goroutines: starts and ends a second, calls a second on a stack that grows, and the memory of a hundred thousand."""

import gc
import tracemalloc
from collections.abc import Callable
from statistics import median
from time import process_time

import pytest
from table import Row, Table, rate

from gomemlab.runtime.world import World

GOROUTINES = 100_000
CALLS = 100_000
FRAME = 144  # bytes
MODELLED = 2048 * GOROUTINES  # bytes of stack
MEMORY_GOAL = 1000  # bytes a goroutine, half of what its stack would take
ROUNDS = 3


def start(world: World) -> int:
    """Start a hundred thousand goroutines."""
    return len(world.go_many(GOROUTINES))


def churn(world: World) -> int:
    """Start one and let it end, again and again."""
    for _ in range(GOROUTINES):
        world.goexit(world.go())
    return GOROUTINES


def recurse(world: World) -> int:
    """Call without returning: the stack doubles to 16 MiB."""
    goroutine = world.go()
    for _ in range(CALLS):
        goroutine.call(FRAME)
    return CALLS


def call(world: World) -> int:
    """Call and return on a stack that is large enough."""
    goroutine = world.go()
    for _ in range(CALLS):
        goroutine.call(FRAME)
        goroutine.ret()
    return CALLS


WORK: dict[str, Callable[[World], int]] = {
    "goroutines started at once": start,
    "goroutines started and ended": churn,
    "calls, deeper and deeper": recurse,
    "calls and returns": call,
}


@pytest.mark.parametrize("name", WORK)
def test_goroutines(table: Table, name: str) -> None:
    """Each in a fresh world; there are no goals for them."""
    times, done = [], 0
    for _ in range(ROUNDS):
        world = World()
        gc.collect()
        begin = process_time()
        done = WORK[name](world)
        times.append(process_time() - begin)
    table.add(Row(f"stacks: {name}", rate(done, median(times))))


def test_memory(table: Table) -> None:
    """A hundred thousand goroutines have 204,800,000 B of stack in the model."""
    world = World()
    tracemalloc.start()
    world.go_many(GOROUTINES)
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    each = used / GOROUTINES
    assert world.mstats().stack_inuse == MODELLED
    row = f"stacks: memory of {GOROUTINES:,} goroutines"
    table.add(Row(row, f"{each:.0f} B each", "", "", f"{MEMORY_GOAL} B", each <= MEMORY_GOAL))
