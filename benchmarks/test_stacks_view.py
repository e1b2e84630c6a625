"""Repainting stacks: frame and show, while one goroutine among few or very many calls, grows, returns and shrinks."""

import random
from collections.abc import Iterator

import pytest
from repaint import repaint
from table import Table

from gomemlab.runtime.world import World
from gomemlab.views.stacks import StacksView

STEPS = 100


def calls(world: World, view: StacksView) -> Iterator[None]:
    """Let goroutine 2 call and return as the dice fall."""
    draw, depth = random.Random(1), 0
    for tick in range(STEPS):
        if depth and draw.random() < 0.3:
            world.ret(2)
            depth -= 1
        else:
            world.call(2, 2, "f", draw.randrange(32, 1024))
            depth += 1
        view.host.tick = tick  # type: ignore[misc]
        yield


@pytest.mark.parametrize("goroutines", [8, 1000, 100_000])
def test_repaint(table: Table, goroutines: int) -> None:
    """A hundred calls and returns of goroutine 2, its frames of up to a kilobyte; the snapshot is taken beside."""
    world, view = World(), StacksView()
    world.go_many(goroutines, 2)
    view.choose(2)

    repaint(table, f"stacks, {goroutines:,} goroutines", world, view, calls(world, view))
