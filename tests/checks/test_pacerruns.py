"""What the tables of lessons 13 and 14 say."""

import subprocess
import sys
from pathlib import Path

import pytest

from gomemlab.checks import limitruns, pacerruns
from gomemlab.pacing.workload import MIB

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(("gogc", "mib"), [(50, 65), (100, 90), (200, 140)])
def test_the_lessons_service_has_gos_goals(gogc: int, mib: int) -> None:
    """40 MiB live, 2 of stacks, 8 of globals."""
    assert pacerruns.goal(gogc) == mib


def test_first_goals_are_those_of_a_real_process() -> None:
    """NextGC before the first collection, as it was read of real ones."""
    assert [plain for _, plain, _ in pacerruns.first_goals()] == [1048576, 2097152, 4194304, 8388608, 16777216]


def test_the_window_is_45_and_61_of_64() -> None:
    """Over a gap of 64 MiB these are whole numbers."""
    assert pacerruns.window() == (36 + 45, 36 + 61)


@pytest.mark.parametrize(
    ("procs", "expected"), [(1, (0, 0.25)), (4, (1, 0)), (6, (1, 1 / 12)), (8, (2, 0)), (16, (4, 0))]
)
def test_workers_are_those_of_go(procs: int, expected: tuple[int, float]) -> None:
    """A quarter, with a fractional worker where a rounded one would be too far off."""
    assert pacerruns.workers(procs) == pytest.approx(expected)


def test_idle_programs_collect_as_real_ones_do() -> None:
    """Never without a first cycle; every two minutes after one; not with GOGC=off."""
    rows = pacerruns.idle()

    assert [row[1:] for row in rows[:3]] == [(0, 0, 0, 0), (5, 1, 4, 0), (1, 0, 0, 1)]
    assert all(row[3] == 0 for row in rows[3:])


def test_faster_programs_have_earlier_triggers() -> None:
    """From 61 64ths of the way down to 45, and marking ends at the goal or before."""
    rows = pacerruns.triggers()

    places = [int(str(row[3])) for row in rows]
    assert places == sorted(places, reverse=True)
    assert (places[0], places[-1]) == (61, 45)
    assert all(float(str(row[5])) <= float(str(row[4])) * 1.01 for row in rows)


def test_a_burst_is_paid_for_and_remembered() -> None:
    """Assists in its cycles, none before; four more cycles start early."""
    rows = pacerruns.assists()

    paid = [float(str(row[4])) for row in rows]
    early = [int(str(row[2])) for row in rows]
    assert paid[0] == paid[1] == 0 < paid[2]
    assert paid[-1] == 0
    assert early[2] > early[3] == 45
    assert early[-1] == early[0]


def test_the_stops_are_those_of_the_recorded_programs() -> None:
    """The shipped file is what scripts/stops.py makes of the logs."""
    made = subprocess.run([sys.executable, ROOT / "scripts" / "stops.py", "--check"], check=False)

    assert made.returncode == 0
    assert pacerruns.stops_change() == "same"


@pytest.mark.parametrize(("ratio", "said"), [(0.5, "shorter"), (2.0, "longer"), (1.0, "same")])
def test_stops_are_called_shorter_only_where_all_are(monkeypatch: pytest.MonkeyPatch, ratio: float, said: str) -> None:
    """The verdict follows the data."""
    monkeypatch.setattr(pacerruns, "stops", lambda: [("p", 50, 9, 9, str(ratio)), ("p", 400, 9, 9, "1.0")])

    assert pacerruns.stops_change() == said


def test_a_limit_leaves_less_than_itself() -> None:
    """112 MiB with 12 that are no heap: 97; 32 with as many: 19."""
    assert (limitruns.limit_goal(112, 12), limitruns.limit_goal(32, 12)) == (97, 19)


def test_a_far_limit_changes_nothing() -> None:
    """To the byte."""
    assert limitruns.changed_by_a_far_limit() == "same"


def test_half_of_the_cpu_is_the_most() -> None:
    """With the limiter; without it the collector takes most of it, and the program gets less done in less memory."""
    rows = limitruns.limiter_rows()

    (_, _, gc, program, allocated, memory), (_, _, gc_without, _, allocated_without, memory_without) = rows
    assert float(str(gc)) == pytest.approx(50, abs=1.5)
    assert float(str(gc_without)) > 65
    assert float(str(allocated)) > float(str(allocated_without))
    assert int(str(memory)) > int(str(memory_without)) > limitruns.LIMIT
    assert float(str(program)) == pytest.approx(50, abs=1.5)


def test_the_bucket_is_full_after_a_second_of_nothing_else() -> None:
    """And after two where a quarter of the CPU flows out."""
    assert (limitruns.until_full(100), limitruns.until_full(75)) == (1000, 2000)


def test_the_limit_is_soft() -> None:
    """A service with 140 MiB alive runs on under a limit of 128."""
    assert limitruns.beyond() == "runs"
    assert limitruns.minute(limitruns.OVER, 100, limitruns.LIMIT).memory_peak > limitruns.LIMIT * MIB


def test_a_leak_shows_late() -> None:
    """Half a minute of little, and then nearly half of the CPU."""
    shares = [float(str(row[-1])) for row in limitruns.growth()]

    assert max(shares[:3]) < 20
    assert max(shares) > 40
