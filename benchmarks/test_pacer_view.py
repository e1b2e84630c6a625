"""A slider of the pacer moves: simulate, frame and show, with few cycles on screen, with 500, and with thousands."""

import time

import pytest
from table import Row, Table, median_p95

from gomemlab.pacing.workload import MIB
from gomemlab.panels.pacer import Pacer
from gomemlab.views.pacer_facts import frame

MOVES = 15
MOST = 500  # cycles that the goal speaks of
GOAL = 0.05  # seconds from a move to the painted frame, at the median; the browser needs its part of it


@pytest.mark.parametrize(("seconds", "cycles"), [(14.0, 30), (290.0, 500), (1200.0, 2000)])
def test_a_move(table: Table, seconds: float, cycles: int) -> None:
    """GOGC goes up and down around 100 under a steady load; what is drawn of many cycles is a draft first."""
    panel = Pacer("steady", memory_limit=400 * MIB, seconds=seconds)
    times, drawn = [], []

    for move in range(MOVES):
        begin = time.process_time()
        panel.knobs.set(gogc=95 + move % 10)
        panel.again()
        times.append(time.process_time() - begin)
        begin = time.process_time()
        frame(panel.run)
        drawn.append(time.process_time() - begin)

    found = panel.run.num_gc
    panel.settle()
    panel.close()
    what = f"a slider of the pacer moves, {found:,} cycles"
    met = sorted(times)[MOVES // 2] <= GOAL if cycles <= MOST else None
    goal = "50 ms" if cycles <= MOST else ""
    table.add(Row(what, f"median / p95 {median_p95(times)}", f"of it the frame {median_p95(drawn)}", "", goal, met))
