"""Repainting stacks: frame and show, while one goroutine among few or very many calls, grows, returns and shrinks."""

import random
import time

import pytest
from table import Row, Table, median_p95, p95

from gomemlab.runtime.world import World
from gomemlab.views.stacks import StacksView

STEPS = 100
GOAL = 0.016  # seconds


@pytest.mark.parametrize("goroutines", [8, 1000, 100_000])
def test_repaint(table: Table, goroutines: int) -> None:
    """A hundred calls and returns of goroutine 2, its frames of up to a kilobyte; the snapshot is taken beside."""
    world, draw, view = World(), random.Random(1), StacksView()
    world.go_many(goroutines, 2)
    view.choose(2)
    view.update(world.snapshot())
    times, taken, depth = [], [], 0

    for tick in range(STEPS):
        if depth and draw.random() < 0.3:
            world.ret(2)
            depth -= 1
        else:
            world.call(2, 2, "f", draw.randrange(32, 1024))
            depth += 1
        view.host.tick = tick  # type: ignore[misc]
        begin = time.process_time()
        snapshot = world.snapshot()
        taken.append(time.process_time() - begin)
        begin = time.process_time()
        view.update(snapshot)
        times.append(time.process_time() - begin)

    view.close()
    what = f"repaint stacks, {goroutines:,} goroutines, {STEPS} steps"
    beside = f"its snapshot {median_p95(taken)}"
    table.add(Row(what, f"median / p95 {median_p95(times)}", beside, "", "p95 16 ms", p95(times) <= GOAL))
