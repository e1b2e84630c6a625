"""The harness and its files."""

from pathlib import Path
from shutil import copy

import pytest

from gomemlab.whatif import record
from gomemlab.whatif.recordings import MIB, Recorded, append, read

PROGRAM = """package main

var kept [40][]byte

func main() {
	defer report()
	for i := range 400 {
		kept[i%len(kept)] = make([]byte, 200<<10)
	}
}
"""
ENDLESS = """package main

func main() {
	defer report()
	for {
	}
}
"""


def test_runs_are_kept_one_behind_the_other(tmp_path: Path) -> None:
    """What was appended is read again, in order; no file, no runs."""
    path = tmp_path / "x.runs.gz"
    runs = [Recorded("x", "gogc100", n, 100, None, {"num_gc": n}, f"gc {n} @\n") for n in (1, 2)]
    assert list(read(path)) == []

    for run in runs:
        append(path, run)

    assert list(read(path)) == runs


def test_a_peak_is_the_largest_heap_of_the_log_or_its_end() -> None:
    """A run without a cycle has only what stood at its end."""
    run = Recorded("x", "gogc100", 1, 100, None, {"heap_alloc": 3 * MIB}, "gc 1 @0.1s: 4->7->2 MB, 8 MB goal\n")

    assert record.peak_mb(run) == 7
    assert record.peak_mb(Recorded("x", "off1.2", 1, -1, None, {"heap_alloc": 3 * MIB})) == 3


@pytest.mark.slow
def test_a_service_is_recorded_under_every_setting_and_not_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real Go program: eight runs, with limits from its own peak; the second time there is nothing to do."""
    services, folder = tmp_path / "services", tmp_path / "out"
    services.mkdir()
    copy(record.SERVICES / record.REPORT, services)
    (services / "ring.go").write_text(PROGRAM, encoding="utf-8")
    asked = [str(folder), "--services", str(services), "--repeats", "1"]

    record.main(asked)
    first = list(read(folder / "ring.runs.gz"))
    record.main(asked)

    assert [run.setting for run in first] == list(record.SETTINGS)
    assert list(read(folder / "ring.runs.gz")) == first
    limits = {run.setting: run.memory_limit for run in first}
    assert limits["gogc200"] is None
    assert limits["limit1.2"] == round(1.2 * record.peak_mb(first[0])) * MIB
    assert all(run.numbers["num_gc"] > 0 for run in first if run.gogc > 0)
    assert "ring" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_without_end_is_cut_short(tmp_path: Path) -> None:
    """What it wrote until then is kept, and that it was cut."""
    copy(record.SERVICES / record.REPORT, tmp_path)
    (tmp_path / "endless.go").write_text(ENDLESS, encoding="utf-8")
    binary = record.build(tmp_path / "endless.go", tmp_path)

    run = record.run_once(binary, "gogc100", 1, None, 0.3)

    assert run.numbers == {"cut_short_s": 0.3}


def test_every_service_that_ships_is_recorded() -> None:
    """Each program of gomemlab/data/services has its runs under tests/data/services."""
    folder = Path(__file__).parent.parent / "data" / "services"
    programs = {path.stem for path in record.SERVICES.glob("*.go")} - {"report"}
    recorded = {path.name.split(".")[0] for path in folder.rglob("*.runs.gz")}

    assert programs == recorded
