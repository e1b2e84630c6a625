"""Repainting an object graph of two hundred objects: frame and show, after each step of a mark worker."""

import random
from collections.abc import Iterator

import pytest
from repaint import repaint
from table import Table

from gomemlab.runtime.gc.roots import Field, Global, StackSlot
from gomemlab.runtime.world import World
from gomemlab.views.object_graph import ObjectGraph
from gomemlab.views.work import Work

NODES = 200
GOAL = 0.024  # seconds


def grown() -> World:
    """Return a world with a tree of 200 objects and a hundred pointers across it."""
    world, draw = World(marker="classic", goroutines=2), random.Random(1)
    made = [world.new(4, into=Global(0))]
    for i in range(1, NODES):
        made.append(world.new(4, into=Field(made[(i - 1) // 2], (i - 1) % 2)))
    for _ in range(100):
        source, to = draw.sample(made, 2)
        world.write(Field(source, 2), to)
    world.assign(StackSlot(1, 0), Global(0))
    return world


def marking(world: World) -> Iterator[None]:
    """Take the mark worker's steps, as long as there are any."""
    while world.mark_step():
        yield


@pytest.mark.parametrize("kind", [ObjectGraph, Work])
def test_repaint(table: Table, kind: type[ObjectGraph] | type[Work]) -> None:
    """Each of 200 worker steps is drawn; the snapshot is taken beside."""
    world, view = grown(), kind()
    world.gc_start()

    repaint(table, f"{view.name.lower()}, {NODES} objects", world, view, marking(world), goal=GOAL)
