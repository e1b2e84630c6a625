"""Lines that real Go 1.27 printed, beside what it says of itself elsewhere."""

import json
from typing import Any

import pytest

from gomemlab.gctrace import parse
from gomemlab.gctrace.extras import PacerEnd, PacerStart, Scan, Scavenge
from gomemlab.gctrace.summary import summarise
from tests.gctrace.logs import DATA
from tests.gctrace.services import again

SAID = [json.loads(text) for text in (DATA / "said.jsonl").read_text().splitlines()]
MIB = 1 << 20


def test_a_line_says_what_the_metrics_say() -> None:
    """24 forced cycles: live, goal, stacks, globals, processors, share of the CPU, pause."""
    cycles = parse(DATA / "said.log")

    assert len(cycles) == len(SAID) == 24
    for cycle, said in zip(cycles, SAID, strict=True):
        assert cycle.number == said["num_gc"]
        assert cycle.forced
        assert (cycle.heap_live_mb, cycle.procs) == (said["live"] // MIB, said["procs"])
        assert (cycle.stacks_mb, cycle.globals_mb) == (said["stacks"] // MIB, said["globals"] // MIB)
        assert cycle.gc_cpu_percent == int(said["gc_cpu_fraction"] * 100)
        assert abs(cycle.heap_goal_mb - said["goal"] // MIB) <= cycle.no_goal * 2  # off: it moves with the heap


def test_the_stops_are_those_of_pause_ns() -> None:
    """MemStats.PauseNs reads the clock at other moments of the same two stops: 2 % or 10 µs apart at most."""
    for cycle, said in zip(parse(DATA / "said.log"), SAID, strict=True):
        stops = cycle.interval("clock_sweep_term_ms"), cycle.interval("clock_mark_term_ms")
        low, high = (sum(ends) for ends in zip(*stops, strict=True))

        assert 0.98 * low - 0.01 <= said["pause_ns"] / 1e6 <= 1.02 * high + 0.01


@pytest.mark.parametrize("path", sorted(DATA.glob("*.log*")), ids=lambda path: path.name)
def test_real_lines_are_printed_again_as_they_were(path: Any) -> None:
    """All but the processor time of the stops: it is the product of two exact numbers."""
    assert all(again(cycle) for cycle in parse(path))


def test_every_recorded_log_is_read_without_a_problem() -> None:
    """Six programs, gctrace=1 and 2, two of them with the pacer's and the scavenger's lines."""
    for path in set(DATA.glob("*.log*")) - {DATA / "torn.log.gz"}:
        log = parse(path)

        assert len(log) >= 3
        assert not log.problems, path.name


def test_a_log_that_real_threads_tore_is_put_together() -> None:
    """Of 67 cycles, 14 of them in pieces, 65 are read; two were cut in front of their " @"."""
    log = parse(DATA / "torn.log.gz")

    assert [cycle.number for cycle in log] == [number for number in range(1, 68) if number not in {45, 55}]
    assert log.problems.counts == {"torn": 12, "gap": 2}
    assert all(cycle.procs == 4 and cycle.heap_goal_mb < 30 for cycle in log)


def test_goals_fit_the_settings_that_programs_ran_with() -> None:
    """GOGC=100, and off where the collector was only called."""
    fits = {path.name.split(".")[0]: summarise(parse(path)).fit for path in sorted(DATA.glob("*.log*"))}

    assert {name: fit.gogc for name, fit in fits.items() if name not in {"said", "all"}} == {
        "torn": 100,
        "bintrees_gc_stw": 100,
        "large_gc_stw": -1,
        "mapcache_gc_concurrent": 100,
        "mapcache_gc_stw": 100,
        "nopool_gc_stw": 100,
    }
    assert fits["nopool_gc_stw"].fitting == fits["nopool_gc_stw"].goals


def test_lines_of_pacer_scavenger_and_scan_agree_with_the_cycles() -> None:
    """gctrace=2,gcpacertrace=1,scavtrace=1: what the pacer calls live is printed in MB, too."""
    log = parse(DATA / "all.log.gz")
    kinds = {
        kind: [extra for extra in log.extras if isinstance(extra, kind)]
        for kind in (PacerEnd, PacerStart, Scavenge, Scan)
    }

    assert len(log) == 24
    assert len([scan for scan in kinds[Scan] if scan.size_class == "total"]) == 24
    assert kinds[Scavenge]
    assert kinds[PacerStart]
    starts = {cycle.heap_start_mb for cycle in log}
    assert {end.triggered // MIB for end in kinds[PacerEnd]} <= starts
    assert len(kinds[PacerEnd]) == 3  # a cycle without concurrent work prints none
