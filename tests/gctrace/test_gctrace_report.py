"""`gomemlab gctrace`."""

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from gomemlab import cli
from gomemlab.gctrace import Cycle, parse, summarise
from gomemlab.gctrace.fits import fit
from gomemlab.whatif.recordings import read
from tests.gctrace.logs import DATA, line
from tests.gctrace.services import SERVICES


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """Return the exit status and what was printed."""
    status = cli.main(["gctrace", *argv])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_a_log_at_a_glance(capsys: pytest.CaptureFixture[str]) -> None:
    """47 cycles at GOGC=100."""
    status, out, err = run(capsys, str(DATA / "nopool_gc_stw.log.gz"))

    assert status == 0
    assert err == ""
    assert "47 cycles of one process in 1,128 lines" in out
    assert "GOGC=100 fits 46 of 46 goals" in out
    assert "problems  none" in out


def test_json_is_one_value_with_stable_names(capsys: pytest.CaptureFixture[str]) -> None:
    """What programs read."""
    status, out, _ = run(capsys, "--json", str(DATA / "said.log"))

    told = json.loads(out)
    assert status == 0
    assert list(told) == [
        "format", "file", "cycles", "lines", "processes", "summaries", "problem_counts", "problems",
    ]  # fmt: skip
    assert told["format"] == 1
    assert [Cycle(**cycle) for cycle in told["cycles"]] == list(parse(DATA / "said.log"))
    assert list(told["summaries"][0])[:6] == ["process", "cycles", "forced", "periodic", "first_s", "last_s"]
    assert told["summaries"][0]["forced"] == 24


def test_csv_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """A row for each cycle."""
    status, out, err = run(capsys, "--csv", str(DATA / "said.log"))

    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 0
    assert len(rows) == 24
    assert rows[3]["heap_live_mb"] == "3"
    assert "problems  none" in err


@pytest.mark.parametrize("form", ["--json", "--csv", "--quiet"])
def test_a_log_without_a_line_ends_with_status_1(capsys: pytest.CaptureFixture[str], tmp_path: Path, form: str) -> None:
    """And says what to do."""
    (tmp_path / "x.log").write_text("hello\n")

    status, out, err = run(capsys, form, str(tmp_path / "x.log"))

    assert status == 1
    assert "GODEBUG=gctrace=1 ./service 2> gc.log" in out + err
    if form == "--json":
        assert json.loads(out)["problem_counts"] == {"empty": 1}


def test_no_file_ends_with_status_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """In a sentence, not in a traceback."""
    status, _, err = run(capsys, str(tmp_path / "none.log"))

    assert status == 2
    assert "cannot be read" in err


def test_standard_input_is_read(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`./service 2>&1 | gomemlab gctrace -`."""
    data = io.BytesIO("\n".join([line(1), line(2)]).encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(data))

    assert "2 cycles" in run(capsys, "-")[1]


def test_several_processes_are_summarised_one_by_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Of 25 the first 20, the others together; of many problems the first ones."""
    (tmp_path / "x.log").write_text("".join(line(1, n / 10 + 0.1) + "\n" for n in range(25)))

    _, out, _ = run(capsys, str(tmp_path / "x.log"))

    assert "25 cycles of 25 processes" in out
    assert out.count("\n process ") == 20
    assert "5 cycles of later processes" in out
    assert "and 16 more: see --json" in out


def test_an_interrupted_summary_shows_what_was_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C after the first block."""

    class Interrupted(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            if not data:
                raise KeyboardInterrupt
            return data

    stdin: Any = io.TextIOWrapper(Interrupted((line(1) + "\n").encode()))
    monkeypatch.setattr(sys, "stdin", stdin)

    _, out, _ = run(capsys, "-")

    assert "so far: reading was stopped" in out


def test_a_summary_counts_what_goes_by() -> None:
    """Three cycles a tenth of a second apart on 4 P, each with 1.46 ms of work that is not idle."""
    told = summarise(parse([line(1), line(2, live=7), line(3) + " (forced)"])).as_json()

    assert (told["cycles"], told["forced"], told["periodic"]) == (3, 1, 0)
    assert (told["first_s"], told["last_s"], round(told["interval_s"], 6)) == (0.1, 0.3, 0.1)
    assert (told["live_min_mb"], told["live_median_mb"], told["live_max_mb"]) == (5, 5, 7)
    assert (told["peak_mb"], told["goal_max_mb"], told["procs"]) == (10, 10, [4])
    assert told["stw_median_ms"] == told["stw_max_ms"] == 0.061
    assert round(told["gc_cpu_percent"], 3) == round(100 * 3 * 1.451 / (200 * 4), 3)


def test_a_summary_of_nothing_has_no_numbers() -> None:
    """No cycle, no median."""
    told = summarise([]).as_json()

    assert told["cycles"] == 0
    assert told["live_median_mb"] is told["interval_s"] is told["gc_cpu_percent"] is told["gogc"] is None
    assert str(fit([])) == "too few cycles to tell"


@pytest.mark.parametrize(("gogc", "live"), [(50, 40), (100, 333), (150, 20), (237, 100), (400, 1_000), (400, 2)])
def test_goals_tell_gogc(gogc: int, live: int) -> None:
    """Goals of live · (1 + GOGC / 100) and 3 MiB of stacks and globals fit just that GOGC."""
    lives = [live + n % 7 for n in range(50)]
    goals = [max(4 * gogc // 100, int(live + (live + 4) * gogc / 100)) for live in lives]

    found = summarise(parse([line(n + 1, live=lives[n], goal=goals[n - 1]) for n in range(1, 50)])).fit

    assert abs(found.gogc - gogc) <= 1  # whole MiB tell no more
    assert found.fitting == found.goals == 48
    assert str(found) == f"GOGC={found.gogc} fits 48 of 48 goals"


def test_goals_below_what_gogc_asks_tell_of_a_limit() -> None:
    """Thirty goals of GOGC=100, twenty at 150 MiB."""
    lives = [60] * 30 + [100 + n for n in range(20)]
    goals = [min(150, 2 * live + 3) for live in lives]

    found = summarise(parse([line(n + 1, live=lives[n], goal=goals[n - 1]) for n in range(1, 50)])).fit

    assert (found.gogc, found.limited_goal_mb) == (100, 150)
    assert "a memory limit set them" in str(found)


def test_goals_that_jump_fit_nothing() -> None:
    """It says so instead of guessing."""
    found = summarise(parse([line(n, live=100, goal=100 + 17 * n % 97) for n in range(1, 60)])).fit

    assert found.gogc is None
    assert "no GOGC fits" in str(found)


def test_goals_behind_a_gap_are_not_looked_at() -> None:
    """What cycle 2 marked says nothing of cycle 4's goal."""
    assert summarise(parse([line(1), line(2), line(4)])).fit.goals == 1


def test_a_goal_of_exabytes_is_gogc_off() -> None:
    """With a memory limit in sight some goals are lower."""
    cycles = [line(n, goal=8_532_210_231_535 if n < 8 else 90) for n in range(1, 11)]

    found = summarise(parse(cycles)).fit

    assert (found.gogc, found.limited_goal_mb) == (-1, 90)
    assert str(found).startswith("GOGC=off fits 6 of 9 goals")


def test_a_million_goals_are_sampled() -> None:
    """The memory of a summary does not grow with the log."""
    summary = summarise(parse([line(n, live=100, goal=204) for n in range(1, 20_001)]))

    assert len(summary._pairs) < 4_096
    assert summary.fit.gogc == 100


@pytest.mark.parametrize("program", ["cache_churn", "trees", "weak_cache", "session_server"])
def test_the_first_goal_tells_gogc_under_a_limit(program: str) -> None:
    """Recorded at GOGC=100 and off under limits: 4 MB first is 100, 50 MB first is off, whatever else would fit."""
    runs = [run for run in read(SERVICES / f"{program}.runs.gz") if run.memory_limit is not None]

    told = [(summarise(parse(run.log)).fit.gogc, run.gogc) for run in runs]

    assert len(told) >= 12
    assert all(found == true for found, true in told)


def test_gogc_that_the_program_set_later_stays() -> None:
    """The first cycle at 4 MB, then 49 goals of GOGC=50 of very different heaps: no limit did that."""
    lives = [4 + 3 * n for n in range(50)]
    goals = [4, *(int(live + (live + 3) / 2) for live in lives)]  # 1 MiB of stacks, 1 of globals, cut off

    lines = [line(n + 1, live=lives[n], goal=goals[n]).replace("2 MB globals", "1 MB globals") for n in range(50)]

    found = summarise(parse(lines)).fit

    assert (found.gogc, found.limited_goal_mb) == (50, None)


def test_goals_at_the_live_heap_tell_no_gogc() -> None:
    """GOMEMLIMIT=1MiB: every goal is what was marked, and any GOGC would have asked for more."""
    found = summarise(parse([line(n, live=9, goal=9 if n > 1 else 0) for n in range(1, 50)])).fit

    assert (found.gogc, found.limited_goal_mb) == (None, 9)
    assert str(found).startswith("48 of 48 goals are the live heap itself")


def test_large_globals_raise_the_first_goal() -> None:
    """8 MiB of globals: the first goal is theirs, not that of GOGC=200."""
    lines = [line(n, live=100, goal=8 if n == 1 else 211).replace("2 MB globals", "8 MB globals") for n in range(1, 30)]

    assert summarise(parse(lines)).fit.gogc == 100
