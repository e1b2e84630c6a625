"""malloc, step by step, with the reasons of each step kept: `World.malloc` beside real Go's mallocgc."""

from collections.abc import Callable
from functools import partial

import pytest
from conftest import SideBySide
from workload import ONE_SIZE, log_uniform

from gomemlab import World

STEP_GOAL = 1 / 25


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


@pytest.mark.parametrize(
    ("name", "sizes"), [("24 B", ONE_SIZE), ("8-1024 B", log_uniform())], ids=["24B", "log_uniform"]
)
@pytest.mark.parametrize(
    ("how", "work"), [("events kept", step), ("every event read", step_and_read)], ids=["kept", "read"]
)
def test_malloc(
    side_by_side: SideBySide, name: str, sizes: list[int], how: str, work: Callable[[list[int], World], None]
) -> None:
    """200,000 pointer-free objects, one call each."""
    side_by_side(f"malloc step by step, {name}, {how}", sizes, World, partial(work, sizes), STEP_GOAL)
