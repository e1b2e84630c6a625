"""What the tables of lesson 17 say: what was foretold from shipped logs, and what real Go did."""

import subprocess
import sys
from pathlib import Path

import pytest

from gomemlab.checks import tuning
from gomemlab.gctrace import parse, shipped
from gomemlab.pacing.workload import MIB
from gomemlab.runtime.errors import MisuseError

ROOT = Path(__file__).parent.parent.parent


def test_outcomes_are_those_of_the_recordings() -> None:
    """scripts/outcomes.py would write the file as it is."""
    assert subprocess.run([sys.executable, ROOT / "scripts" / "outcomes.py", "--check"], check=False).returncode == 0


@pytest.mark.parametrize("name", shipped.names())
def test_a_shipped_log_is_the_first_run_of_its_program(name: str) -> None:
    """Its cycles and its highest heap are those of the first run under GOGC=100."""
    log, real = parse(shipped.read(name)), tuning.outcomes()[name]["gogc100"]

    assert len(log) == real["num_gc"][0]
    assert max(max(cycle.heap_start_mb, cycle.heap_end_mb) for cycle in log) == real["peak_mb"][0]


def test_twice_the_gogc_is_not_twice_the_memory_in_the_lessons_service() -> None:
    """Foretold as half as much again; each of real Go's runs is below twice, too."""
    real = tuning.outcomes()[tuning.SERVICE]

    assert 1.3 < tuning.times()[0] < 1.75
    assert all(peak < 1.9 * real["gogc100"]["peak_mb"][0] for peak in real["gogc200"]["peak_mb"])


def test_half_the_cycles_do_not_cost_half() -> None:
    """In every real run of the lesson's service more than half of the share of the CPU was left, of a shorter run."""
    real = tuning.outcomes()[tuning.SERVICE]

    assert tuning.times()[1] < 0.55 < tuning.times()[2]
    assert min(real["gogc200"]["gc_cpu"]) > 0.55 * max(real["gogc100"]["gc_cpu"])
    assert max(real["gogc200"]["seconds"]) < min(real["gogc100"]["seconds"])


def test_services_with_much_assisting_come_near_twice() -> None:
    """In trees and json_decode the live heap grows with the goal."""
    assert all(tuning.times(name)[0] > 1.7 for name in ("trees", "json_decode"))
    assert tuning.times("near_limit")[0] < 1.5


@pytest.mark.parametrize("name", shipped.names())
def test_every_recorded_setting_stands_beside_its_forecast(name: str) -> None:
    """Eight rows, a column for each number and one for real Go's."""
    rows = tuning.came_true(name)

    assert len(rows) == 8
    assert {len(row) for row in rows} == {len(tuning.TRUE_HEAD)}


def test_a_log_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    """The reader is asked to write another name."""
    with pytest.raises(MisuseError, match=r"no log has the name “tree”; choose one of .*trees"):
        tuning.came_true("tree")


def test_a_span_of_numbers_is_one_where_they_are_the_same() -> None:
    """94, 93 and 99 are 93 to 99; three times 8 is 8; by size, not by their letters."""
    assert tuning.span([94, 93, 99]) == f"93{tuning.DASH}99"
    assert tuning.span([8, 8, 8]) == "8"
    assert tuning.span([100, 9]) == f"9{tuning.DASH}100"


def test_errors_have_signs() -> None:
    """A tenth too much, too little, and next to nothing."""
    assert [tuning.signed(share) for share in (0.1, -0.1, -0.0004)] == ["+10", "−10", "0"]
    assert tuning.signed(-0.0004, 1) == "0.0"


def test_the_table_of_errors_has_every_number_and_every_setting() -> None:
    """Three numbers, eight settings; both of ordinary programs and of those with short logs."""
    for part in ("ordinary", "few_cycles"):
        rows = tuning.errors(part)

        assert len(rows) == 24
        assert {len(row) for row in rows} == {len(tuning.ERRORS_HEAD)}


def test_misses_name_their_cause() -> None:
    """The weak cache is among them; each row says where and why, and how far Go's own runs lie apart there."""
    rows = tuning.misses()

    assert "weak_cache" in {row[0] for row in rows}
    assert all(row[1] and row[3].endswith(("%", "points")) and row[4].endswith(".") for row in rows)


def test_logs_say_how_far_they_are_to_be_trusted() -> None:
    """One is too short, one ordinary, and where goroutines paid for most marking that is said."""
    said = {str(row[0]): row for row in tuning.doubts()}

    assert said["night_report"][-1] == "too short"
    assert said["near_limit"][-1] == "ordinary"
    assert {name for name, row in said.items() if row[-1] == "assist-bound"} == {
        name for name in said if tuning.assisted(name) > 0.4
    }


def test_the_budget_of_the_exercise_is_kept_by_an_interval() -> None:
    """The next larger GOGC ends above it."""
    most = tuning.holds()
    larger = tuning.GOGCS[tuning.GOGCS.index(most) + 1]

    assert tuning.foretold(most).peak_heap.high <= tuning.BUDGET * MIB < tuning.foretold(larger).peak_heap.high
    assert tuning.holds_in_the_middle() > most


def test_a_container_is_left_by_a_higher_gogc_alone() -> None:
    """341 of 256 MiB; with a limit of 230 the foretold peak is below it."""
    peaks = {row[0]: int(row[1]) for row in tuning.in_a_container()}

    assert peaks["GOGC=200"] > tuning.CONTAINER
    assert peaks["GOGC=200 GOMEMLIMIT=230MiB"] < tuning.ROOM
    assert peaks["GOGC=off GOMEMLIMIT=256MiB"] <= tuning.CONTAINER
