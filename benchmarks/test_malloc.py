"""malloc, step by step, with the reasons of each step kept: `World.malloc` beside real Go's mallocgc."""

from functools import partial
from time import process_time

import pytest
from conftest import SideBySide
from workload import ONE_SIZE, log_uniform

from gomemlab import World

STEP_GOAL = 1 / 25
pytestmark = pytest.mark.benchmark(timer=process_time)


def step(sizes: list[int], world: World) -> None:
    """Allocate one object after the other."""
    malloc = world.malloc
    for size in sizes:
        malloc(size)


def step_and_read(sizes: list[int], world: World) -> None:
    """Allocate one object after the other and look at every event."""
    malloc = world.malloc
    for size in sizes:
        malloc(size)
        assert world.events


SIZES = {"24 B": ONE_SIZE, "8-1024 B": log_uniform()}


@pytest.mark.parametrize("name", SIZES)
def test_malloc(side_by_side: SideBySide, name: str) -> None:
    """200,000 pointer-free objects, one call each."""
    sizes = SIZES[name]
    side_by_side(f"malloc step by step, {name}, events kept", sizes, World, partial(step, sizes), STEP_GOAL)


@pytest.mark.parametrize("name", SIZES)
def test_malloc_and_every_event_read(side_by_side: SideBySide, name: str) -> None:
    """The same, and somebody looks at each event; there is no goal for that."""
    sizes = SIZES[name]
    side_by_side(f"malloc step by step, {name}, every event read", sizes, World, partial(step_and_read, sizes))
