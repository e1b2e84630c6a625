"""Repainting an object graph of two hundred objects: frame and show, after each step of a mark worker."""

import random
import time

import pytest
from table import Row, Table, median_p95, p95

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


@pytest.mark.parametrize("kind", [ObjectGraph, Work])
def test_repaint(table: Table, kind: type[ObjectGraph] | type[Work]) -> None:
    """Each of 200 worker steps is drawn; the snapshot is taken beside."""
    world, view, times, taken = grown(), kind(), [], []
    view.update(world.snapshot())
    world.gc_start()

    while world.mark_step():
        begin = time.perf_counter()
        snapshot = world.snapshot()
        taken.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        view.update(snapshot)
        times.append(time.perf_counter() - begin)

    view.close()
    what = f"repaint {view.name.lower()}, {NODES} objects, {len(times)} steps"
    beside = f"its snapshot {median_p95(taken)}"
    table.add(Row(what, f"median / p95 {median_p95(times)}", beside, "", "p95 24 ms", p95(times) <= GOAL))
