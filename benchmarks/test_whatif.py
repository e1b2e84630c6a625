"""What-if: one question, and the map of 400 points, here and on processes, beside the goals."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import perf_counter, process_time

import pytest
from table import Row, Table

from gomemlab.whatif import what_if_map
from gomemlab.whatif.logs import source_of
from gomemlab.whatif.prediction import Question
from gomemlab.whatif.recordings import SUFFIX, read
from gomemlab.whatif.setting import Setting

RECORDED = Path(__file__).parent.parent / "tests" / "data" / "services"
GOAL = 2.0  # seconds for 400 points
PROGRAMS = ["cache_churn", "json_decode", "near_limit"]  # 41, 85 and 43 cycles


def log_of(program: str) -> str:
    """Return a service's first log at GOGC=100."""
    return next(run.log for run in read(RECORDED / (program + SUFFIX)) if run.setting == "gogc100")


def took(clock: Callable[[], float], work: Callable[[], object]) -> float:
    """Return the seconds that something takes, the fastest of three times."""

    def once() -> float:
        begin = clock()
        work()
        return clock() - begin

    return min(once() for _ in range(3))


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_map_of_400_points(table: Table, program: str) -> None:
    """Twenty GOGCs with twenty limits, from hopeless to none, on one processor; CPU time."""
    log = log_of(program)

    seconds = took(process_time, lambda: what_if_map(log))

    table.add(
        Row(f"what-if, map of 400 points, {program}", f"{seconds:.2f} s", "", "", f"{GOAL:.0f} s", seconds <= GOAL)
    )


def test_a_map_on_two_processes(table: Table) -> None:
    """The same rows, handed to an executor; wall clock, the processes are there already."""
    log = log_of("json_decode")
    alone = took(perf_counter, lambda: what_if_map(log))
    with ProcessPoolExecutor(2) as pool:
        what_if_map(log, (100,), executor=pool)

        seconds = took(perf_counter, lambda: what_if_map(log, executor=pool))

    table.add(Row("what-if, the same on two processes", f"{seconds:.2f} s", f"{alone:.2f} s", f"{alone / seconds:.2f}"))


def test_a_question(table: Table) -> None:
    """One setting with its interval: nine replays; the log is read and fitted already."""
    question = Question.of(source_of(log_of("json_decode")))

    seconds = took(process_time, lambda: question.ask(Setting(250)))

    table.add(Row("what-if, one question", f"{1000 * seconds:.0f} ms"))
