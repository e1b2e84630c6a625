"""Scheduling: commands a second in a world of 64 Ps, each one with its events kept."""

import gc
from collections.abc import Callable
from statistics import median
from time import process_time

import pytest
from table import Row, Table, rate

from gomemlab.runtime.world import World

PROCS = 64
STEPS = 100_000
GOAL = 100_000  # commands a second
ROUNDS = 3


def full() -> World:
    """Return a world in which each of 64 Ps runs a goroutine, and 192 others wait."""
    world = World(procs=PROCS)
    world.schedinit()
    for _ in range(4 * PROCS - 1):
        world.go()
    for p in range(1, PROCS):
        world.schedule(p)
    return world


def yielding(world: World) -> None:
    """Let every P give its goroutine up and take the next, round and round."""
    sched = world.sched
    assert sched
    for step in range(STEPS // 2):
        p = step % PROCS
        world.gosched(sched.procs[p].current)
        world.schedule(p)


def waking(world: World) -> None:
    """Let every P's goroutine wait, take the next, and wake the one that waits."""
    sched = world.sched
    assert sched
    for step in range(STEPS // 3):
        p = step % PROCS
        g = sched.procs[p].current
        world.gopark(g)
        world.schedule(p)
        world.goready(g, p)


def allocating(world: World) -> None:
    """Let every P's goroutine make a small object and yield."""
    sched = world.sched
    assert sched
    for step in range(STEPS // 3):
        p = step % PROCS
        world.malloc(64, p=p)
        world.gosched(sched.procs[p].current)
        world.schedule(p)


CASES: dict[str, Callable[[World], None]] = {"Gosched": yielding, "park, wake": waking, "malloc, Gosched": allocating}


@pytest.mark.parametrize("name", CASES)
def test_procs(table: Table, name: str) -> None:
    """A hundred thousand commands on 64 Ps."""
    times = []
    for _ in range(ROUNDS):
        world = full()
        gc.collect()
        begin = process_time()
        CASES[name](world)
        times.append(process_time() - begin)
        world.check()
    reached = STEPS / median(times)
    table.add(
        Row(
            f"64 Ps, {name}",
            f"{rate(STEPS, median(times))} (best {rate(STEPS, min(times))})",
            f"{STEPS:,} commands",
            "",
            rate(GOAL, 1),
            reached >= GOAL,
        )
    )
