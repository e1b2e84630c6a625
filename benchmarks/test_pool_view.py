"""Repainting a pool: frame and show, after each of two hundred Gets and Puts on eight Ps, and on sixty-four."""

import random
import time

import pytest
from table import Row, Table, median_p95, p95

from gomemlab.runtime.world import World
from gomemlab.views.pool import PoolView

ITEMS, STEPS = 600, 200
GOAL = 0.016  # seconds


@pytest.mark.parametrize("procs", [8, 64])
def test_repaint(table: Table, procs: int) -> None:
    """Six hundred objects with a field each, half of them in the victim; the snapshot is taken beside."""
    world, draw, view = World(procs=procs), random.Random(1), PoolView()
    pool = world.pool(new=64, slots=(0,))
    for half in range(2):
        made = [pool.get(i % procs) for i in range(ITEMS // 2)]
        for i, item in enumerate(made):
            pool.put(item, i * 7 % procs)
        if not half:
            world.gc()
    times, taken, out = [], [], []
    view.update(world.snapshot())

    for _ in range(STEPS):
        p = draw.randrange(procs)
        if out and draw.random() < 0.5:
            pool.put(out.pop(), p)
        else:
            out.append(pool.get(p))
        begin = time.perf_counter()
        snapshot = world.snapshot()
        taken.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        view.update(snapshot)
        times.append(time.perf_counter() - begin)

    view.close()
    what = f"repaint pool, {procs} Ps, {ITEMS} items, {STEPS} steps"
    beside = f"its snapshot {median_p95(taken)}"
    table.add(Row(what, f"median / p95 {median_p95(times)}", beside, "", "p95 16 ms", p95(times) <= GOAL))
