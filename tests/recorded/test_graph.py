"""Real Go programs predicted whole: every address, and what each collection frees."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gomemlab.recorded import graph, predict
from gomemlab.recorded.graph import shipped
from gomemlab.recorded.graphlog import Op
from gomemlab.recorded.graphreport import as_json, text
from gomemlab.recorded.report import main
from gomemlab.runtime.errors import MisuseError
from gomemlab.timeline import COLLECTION, Timeline
from tests.recorded.graphwriter import copied, rows_of, say, write

NUMBERS = 134  # of MemStats behind a collection


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "objects", "freed"),
    [("graph_lru", 7_066, 5_475), ("graph_random", 10_243, 9_859), ("graph_trees", 12_760, 9_470)],
)
def test_addresses_and_dead_sets_are_those_of_go(name: str, objects: int, freed: int) -> None:
    """All of them, and Mallocs, Frees, HeapAlloc, NumGC and the rest behind each collection."""
    result = predict(name)

    assert (result.exact, result.total) == (objects, objects)
    assert [cycle.freed for cycle in result.cycles] == [cycle.freed_by_go for cycle in result.cycles]
    assert sum(len(cycle.freed) for cycle in result.cycles) == freed
    assert [cycle.differences for cycle in result.cycles] == [[]] * len(result.cycles)
    assert {cycle.compared for cycle in result.cycles} == {NUMBERS}
    assert result.ok
    assert result.recording.unlogged == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["graph_lru", "graph_random", "graph_trees"])
def test_a_timeline_of_a_prediction_ends_in_the_same_world(name: str) -> None:
    """Objects, pointers and collections as commands; all but the last one's events is equal at the end."""
    result = predict(name)

    line = Timeline(result.new_world())
    done = line.extend(result.commands())

    assert done == result.ticks > result.done
    assert replace(line.world.snapshot(), events=()) == replace(result.world.snapshot(), events=())
    assert sum(bool(flags & COLLECTION) for flags in line.flags) == len(result.cycles)
    line.world.check()


def test_graph_recordings_ship() -> None:
    """Three programs."""
    assert shipped() == ["graph_lru", "graph_random", "graph_trees"]


def test_a_prediction_can_be_stopped() -> None:
    """Before it begins: nothing was compared, and the report says so."""
    result = predict("graph_trees", stop=lambda: True)

    assert not result.ok
    assert (result.total, result.first_miss) == (0, None)
    assert (list(result.commands()), result.ticks) == ([], 0)
    assert "ended after 0 of 32,991 operations: stopped on request" in text(result)


@pytest.mark.slow
def test_a_pointer_that_the_log_does_not_have_is_missed(tmp_path: Path) -> None:
    """Without one write of a root, a tree dies that lives in Go; the report says where it first shows."""
    path = copied("graph_trees", tmp_path)
    rows = rows_of(graph.SHIPPED / "graph_trees.graph.gz")
    first_root = next(i for i, row in enumerate(rows) if row[0] == Op.ROOT)
    rows[first_root] = (Op.ROOT, rows[first_root][1], 0, 0)
    write(tmp_path / "graph_trees.graph", *rows)

    result = predict(path)

    assert not result.ok
    said = text(result)
    assert "freed by the model alone, the first at heap + 0x" in said
    assert "collection 1:" in said
    assert "Frees: model" in said
    assert result.refused  # a pointer to a dead object
    assert not as_json(result)["ok"]


@pytest.mark.slow
def test_a_drop_that_the_log_does_not_have_is_missed(tmp_path: Path) -> None:
    """A pointer that stays in the model keeps alive what Go frees, and the next object lands elsewhere."""
    path = copied("graph_trees", tmp_path)
    rows = rows_of(graph.SHIPPED / "graph_trees.graph.gz")
    kept = [row for row in rows if not (row[0] == Op.WRITE and row[3] == 0)]
    write(tmp_path / "graph_trees.graph", *kept)

    result = predict(path)

    said = text(result)
    assert result.first_miss is not None
    assert "freed by Go alone" in said
    assert f"Object {result.first_miss + 1:,} is the first elsewhere: Go chose heap + 0x" in said
    assert said.splitlines()[-1].startswith("    ")


@pytest.mark.slow
def test_the_report_says_what_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 0, text and JSON, on the command line."""
    status = main(["graph_lru", "--quiet"])

    said = capsys.readouterr().out
    assert status == 0
    assert "predicted from the start and a graph log of 42,079 operations" in said
    assert "7,066 of 7,066 equal real Go" in said
    assert "5,475 of 5,475 foretold, 0 foretold that lived on; in 7 collections" in said
    assert "938 of 938 numbers equal to the byte" in said


@pytest.mark.slow
def test_the_report_is_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    """What a program wants to know."""
    main(["graph_random", "--quiet", "--json"])

    report = json.loads(capsys.readouterr().out)
    assert report["ok"]
    assert report["addresses"] == {"equal": 10_243, "total": 10_243, "first_miss": None}
    assert [cycle["missed"] + cycle["wrongly"] for cycle in report["collections"]] == [0] * 8
    assert report["operations"] == {"done": 23_704, "total": 23_704, "refused": None}


def test_objects_that_are_not_in_the_log_are_counted(tmp_path: Path) -> None:
    """All objects but the first taken out of the log."""
    path = copied("graph_trees", tmp_path)
    rows = rows_of(graph.SHIPPED / "graph_trees.graph.gz")
    first = next(i for i, row in enumerate(rows) if row[0] == Op.ALLOC)
    collects = [row for row in rows if row[0] == Op.COLLECT]
    write(tmp_path / "graph_trees.graph", *rows[: first + 1], *collects)

    result = predict(path, stop=lambda: True)

    assert result.recording.unlogged == 12_759
    assert "12,759 objects that the program did not log came to lie between its own" in text(result)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"collections": None}, "has no statistics of collections: KeyError"),
        ({"collections": [{"NumGC": 1}]}, "has no statistics of collections: KeyError"),
        ({"collections": 7}, "has no statistics of collections: TypeError"),
        ({"collections": []}, "of another run: it has 8 collections, graph_trees.memstats.json has 0"),
    ],
)
def test_statistics_of_another_run_are_refused(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    """None, half of one, too few."""
    path = copied("graph_trees", tmp_path)
    say(path, **changes)

    with pytest.raises(MisuseError, match=message):
        graph.load(path)


def test_a_recording_without_a_graph_log_is_refused(tmp_path: Path) -> None:
    """A trace alone."""
    path = copied("graph_trees", tmp_path)
    (tmp_path / "graph_trees.graph").unlink()

    assert graph.graph_of(path) is None
    with pytest.raises(MisuseError, match=r"has no graph_trees.graph and .memstats.json beside it"):
        predict(path)


def test_several_ps_are_no_promise(tmp_path: Path) -> None:
    """A note says so."""
    recording = graph.load(copied("graph_trees", tmp_path))
    of_two = replace(recording, start=replace(recording.start, procs=2))

    result = predict(of_two, stop=lambda: True)

    assert "It was recorded with 2 Ps" in text(result)
