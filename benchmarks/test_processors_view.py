"""Repainting processors: frame and show, while a seeded program runs on few or many Ps."""

import time

import pytest
from table import Row, Table, median_p95, p95

from gomemlab.panels.processors_run import program
from gomemlab.runtime.world import World
from gomemlab.views.processors import ProcessorsView
from gomemlab.views.processors_facts import frame

STEPS = 300
GOAL = 0.016  # seconds


@pytest.mark.parametrize("procs", [1, 2, 8, 64])
def test_repaint(table: Table, procs: int) -> None:
    """Three hundred steps of seed 1, each compared with the one before; the snapshot is taken beside."""
    world, view = World(procs), ProcessorsView()
    before, times, taken = world.snapshot(), [], []

    for command in program(World(procs), STEPS, 1):
        command.apply(world)
        begin = time.process_time()
        snapshot = world.snapshot()
        taken.append(time.process_time() - begin)
        begin = time.process_time()
        view.draw(frame(snapshot, 0, max(snapshot.spans.id, default=-1), 0, before))
        times.append(time.process_time() - begin)
        before = snapshot

    view.close()
    what = f"repaint processors, {procs} Ps, {STEPS} steps"
    beside = f"its snapshot {median_p95(taken)}"
    table.add(Row(what, f"median / p95 {median_p95(times)}", beside, "", "p95 16 ms", p95(times) <= GOAL))
