"""Repainting a view after each of many steps: what a picture costs, and what its snapshot costs beside it."""

from collections.abc import Callable, Iterable
from time import process_time
from typing import Any

from table import Row, Table, median_p95, ms, p95

from gomemlab.runtime.snapshot import Snapshot
from gomemlab.runtime.world import World
from gomemlab.views.base import View

GOAL = 0.016  # seconds


def repaint(
    table: Table,
    what: str,
    world: World,
    view: View[Any],
    steps: Iterable[object],
    paint: Callable[[Snapshot], object] | None = None,
    goal: float = GOAL,
) -> None:
    """Paint a world's view after each step, with its update where no other way is given; add a row, close the view."""
    times, taken = list[float](), list[float]()
    paint = paint or view.update
    paint(world.snapshot())

    for _ in steps:
        begin = process_time()
        snapshot = world.snapshot()
        taken.append(process_time() - begin)
        begin = process_time()
        paint(snapshot)
        times.append(process_time() - begin)

    view.close()
    here, beside = f"median / p95 {median_p95(times)}", f"its snapshot {median_p95(taken)}"
    table.add(Row(f"repaint {what}, {len(times)} steps", here, beside, "", f"p95 {ms(goal)}", p95(times) <= goal))
