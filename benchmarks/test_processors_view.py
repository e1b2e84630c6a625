"""Repainting processors: frame and show, while a seeded program runs on few or many Ps."""

import pytest
from repaint import repaint
from table import Table

from gomemlab.panels.processors_run import program
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.runtime.world import World
from gomemlab.views.processors import ProcessorsView
from gomemlab.views.processors_facts import frame

STEPS = 300


@pytest.mark.parametrize("procs", [1, 2, 8, 64])
def test_repaint(table: Table, procs: int) -> None:
    """Three hundred steps of seed 1, each compared with the one before; the snapshot is taken beside."""
    world, view = World(procs), ProcessorsView()
    before = [world.snapshot()]

    def paint(snapshot: Snapshot) -> None:
        view.draw(frame(snapshot, 0, max(snapshot.spans.id, default=-1), 0, before[0]))
        before[0] = snapshot

    steps = (command.apply(world) for command in program(World(procs), STEPS, 1))
    repaint(table, f"processors, {procs} Ps", world, view, steps, paint)
