"""Repainting a pool: frame and show, after each of two hundred Gets and Puts on eight Ps, and on sixty-four."""

import random
from collections.abc import Iterator

import pytest
from repaint import repaint
from table import Table

from gomemlab.runtime.pooling import PoolHandle
from gomemlab.runtime.world import World
from gomemlab.views.pool import PoolView

ITEMS, STEPS = 600, 200


def uses(pool: PoolHandle, procs: int, draw: random.Random) -> Iterator[None]:
    """Get and put in turns as the dice fall, on all Ps."""
    out: list[object] = []
    for _ in range(STEPS):
        p = draw.randrange(procs)
        if out and draw.random() < 0.5:
            pool.put(out.pop(), p)
        else:
            out.append(pool.get(p))
        yield


@pytest.mark.parametrize("procs", [8, 64])
def test_repaint(table: Table, procs: int) -> None:
    """Six hundred objects with a field each, half of them in the victim; the snapshot is taken beside."""
    world, draw = World(procs=procs), random.Random(1)
    pool = world.pool(new=64, slots=(0,))
    for half in range(2):
        made = [pool.get(i % procs) for i in range(ITEMS // 2)]
        for i, item in enumerate(made):
            pool.put(item, i * 7 % procs)
        if not half:
            world.gc()

    repaint(table, f"pool, {procs} Ps, {ITEMS} items", world, PoolView(), uses(pool, procs, draw))
