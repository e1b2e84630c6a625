"""`python -m gomemlab whatif`."""

import io
import json
import sys
from pathlib import Path

import pytest

from gomemlab.whatif.command import main
from tests.whatif_logs import steady


@pytest.fixture
def log(tmp_path: Path) -> str:
    """Return the path of a log."""
    path = tmp_path / "gc.log"
    path.write_text(steady(), encoding="utf-8")
    return str(path)


def test_it_prints_sentence_table_and_warnings(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    """GOGC=200 under 1 GiB."""
    status = main([log, "--gogc", "200", "--memory-limit", "1GiB"])

    out = capsys.readouterr().out
    assert status == 0
    assert out.startswith("With GOGC=200 GOMEMLIMIT=1GiB the heap would have peaked at")
    assert "80 % interval" in out
    assert "! One log cannot show" in out


def test_json_holds_all_numbers(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Units stand in the names."""
    main([log, "--gogc", "200", "--json"])

    answer = json.loads(capsys.readouterr().out)
    assert answer["setting"] == {"gogc": 200, "memory_limit_bytes": None}
    assert answer["peak_heap_bytes"]["low"] <= answer["peak_heap_bytes"]["value"] <= answer["peak_heap_bytes"]["high"]
    assert answer["residual"].keys() == {"peak_heap", "num_gc", "gc_cpu_share"}


def test_a_log_can_come_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`./service 2>&1 | gomemlab whatif - --gogc 50`."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(steady().encode())))

    assert main(["-", "--gogc", "50"]) == 0
    assert "GOGC=50" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--gogc", "x"], ["--memory-limit", "1GB"]])
def test_what_cannot_be_read_is_said_and_ends_with_two(
    log: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """GOGC=x."""
    assert main([log, *arguments]) == 2
    assert capsys.readouterr().err.startswith("gomemlab whatif: ")


def test_a_missing_file_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    """No such file."""
    assert main(["/no/such/log"]) == 2
    assert "cannot be read" in capsys.readouterr().err
