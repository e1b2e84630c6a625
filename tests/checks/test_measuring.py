"""What the tables of lesson 16 say, beside real Go."""

from pathlib import Path

import pytest

from gomemlab.checks import measuring
from gomemlab.panels.gcline import EXAMPLES

DATA = Path(__file__).parent.parent / "data" / "gctrace"


def lines(name: str) -> list[str]:
    """Return lines that real programs printed."""
    return (DATA / name).read_text("utf-8").splitlines()


def test_ten_mib_are_there_only_as_long_as_they_will_be_read() -> None:
    """In whole MiB the model's three readings are real Go's, with one more use and without; NumGC, too."""
    rows = measuring.ten()

    assert [row[1] for row in rows] == [row[2] for row in rows] == [0, 0, 0]
    assert [row[3] for row in rows] == [row[4] for row in rows] == [0, 10, 0]
    for which in ("unused", "used"):
        go = measuring.real()[which]
        assert [stats.num_gc for stats in measuring.readings(used=which == "used")] == [row["num_gc"] for row in go]
        grown = [row["total_alloc"] - go[0]["total_alloc"] for row in go]
        assert [grown_by // measuring.MIB for grown_by in grown] == [row[5] for row in rows]


def test_the_lab_shows_the_same_program() -> None:
    """Its last reading is that of the table."""
    timeline = measuring.ten_mebibytes()

    stats = timeline.world.mstats()
    assert (stats.heap_alloc, stats.total_alloc, stats.num_gc) == (0, 10 << 20, 4)


def test_fields_and_metrics_say_the_same() -> None:
    """Wherever a metric is named beside a field, the model has the same number for both."""
    rows = measuring.same_thing()
    known = {metric.strip("`"): value for _, metric, value in rows}

    assert known["/memory/classes/heap/objects:bytes"] == 11 << 20
    assert known["/gc/heap/live:bytes"] == 10 << 20
    assert known["/gc/heap/goal:bytes"] >= 20 << 20


def test_each_reading_stops_the_real_world_once() -> None:
    """A hundred times a hundred, and never for metrics.Read, which is faster as well."""
    stats, metrics = measuring.costs_of_reading()

    assert (stats[1], stats[2], metrics[2]) == (100, 100, 0)
    slow, fast = (row["per_call_ns"] for row in measuring.real()["readings"])
    assert slow > 10 * fast


def test_readings_empty_the_mcaches() -> None:
    """One span more for each reading, up to a span for each object."""
    assert [row[2] for row in measuring.flushes()] == [5, 15, 105, 1_000]


def test_the_line_is_of_a_real_service_and_so_is_the_next_goal() -> None:
    """The service is data/services/goroutines.go; 75 MiB from cut-off numbers are up to 79."""
    printed = lines("lines.txt")

    following = measuring.printed(printed[printed.index(measuring.LINE) + 1])
    assert following.heap_goal_mb == measuring.NEXT_GOAL_MB
    assert measuring.next_goal_mb() <= measuring.NEXT_GOAL_MB < measuring.next_goal_mb() + 4


def test_the_other_lines_are_of_real_programs_as_well() -> None:
    """One has assists, one was asked for; that of Go 1.17 is from a public report."""
    assert EXAMPLES["assists"] in lines("lines.txt")
    assert EXAMPLES["runtime.GC, GOGC=off"] in lines("said.log")


def test_the_percentage_is_a_share_of_all_time() -> None:
    """Of 60 seconds the first one is still seen in the last."""
    rows = measuring.shares()

    assert measuring.whose_share() == "start"
    assert float(str(rows[-1][3])) < float(str(rows[-1][4])) / 10


@pytest.mark.parametrize(("said", "verdict"), [("40%", "cycle"), ("90%", "neither")])
def test_the_verdict_on_the_percentage_follows_the_lines(
    monkeypatch: pytest.MonkeyPatch, said: str, verdict: str
) -> None:
    """Were it this cycle's, the lines would say so."""
    monkeypatch.setattr(measuring, "shares", lambda: [(1, "0.1", said, "3.0", "40")])

    assert measuring.whose_share() == verdict


def test_profiles_are_about_right_in_the_model_and_in_go() -> None:
    """Ten of each: a few samples, and a mean within three standard deviations of 2,000."""
    rows = measuring.profiles()

    assert measuring.exactly() == "about"
    for column in (2, 4):
        mean = sum(int(str(row[column])) for row in rows) / len(rows)
        assert abs(mean - 2_000) < 3 * 1_012 / len(rows) ** 0.5  # one profile is off by 1,012 objects: sqrt(2000 × 511)


@pytest.mark.parametrize(("said", "verdict"), [(2_000, "exact"), (0, "nothing")])
def test_the_verdict_on_profiles_follows_them(monkeypatch: pytest.MonkeyPatch, said: int, verdict: str) -> None:
    """Were each of them the count, or none of them anything, it would say so."""
    monkeypatch.setattr(measuring, "profiles", lambda: [(1, 4, said, 4, said)])

    assert measuring.exactly() == verdict
