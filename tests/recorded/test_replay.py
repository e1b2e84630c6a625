"""Real recordings, predicted address by address."""

import json
import os
import subprocess
import sys
import termios
from dataclasses import replace as changed
from pathlib import Path

import numpy as np
import pytest

from gomemlab.recorded import Recording, Replay, load, replay, shipped
from gomemlab.recorded.explain import explain
from gomemlab.recorded.plan import Act
from gomemlab.recorded.recording import SHIPPED
from gomemlab.recorded.report import as_json, main, text
from gomemlab.runtime.arch import GO_1_22, GO_1_27
from gomemlab.runtime.errors import MisuseError
from tests.golang import tracewriter as tw

OURS = Path(__file__).parent.parent / "data" / "recordings"
NUMBERS = 13 + 2 * 61  # that are compared: of MemStats, and of the rows of its BySize
FRESH = ["loguniform", "shapes", "words", "words_preempted"]


def all_equal(result: Replay) -> bool:
    """Print what was compared, for the log, and return whether it is equal."""
    print(text(result))  # noqa: T201 - how much was checked
    return result.ok


@pytest.mark.slow
@pytest.mark.parametrize(("name", "objects"), [("seq24", 200_008), ("mixed", 20_004), ("tiny", 100_004)])
def test_every_address_span_and_statistic_equals_real_go(name: str, objects: int) -> None:
    """The three recordings that ship, with their op logs."""
    result = replay(name)

    assert all_equal(result)
    assert result.exact == result.total == objects
    assert np.array_equal(result.predicted, result.actual)
    assert result.exact_spans == result.total_spans > 100
    assert result.actual_mstats is not None
    assert result.mstats.by_size == result.actual_mstats.by_size
    assert result.mstats.mallocs == result.actual_mstats.mallocs
    assert result.mstats_compared == NUMBERS


@pytest.mark.slow
@pytest.mark.parametrize("name", FRESH)
def test_programs_of_our_own_equal_real_go(name: str) -> None:
    """Log-uniform sizes, structs and buffers, an ordinary program, and one whose goroutine was stopped in malloc."""
    result = replay(OURS / f"{name}.trace.gz")

    assert all_equal(result)
    assert result.total > 15_000
    assert result.mstats_compared == NUMBERS


@pytest.mark.slow
@pytest.mark.parametrize("name", ["seq24", "mixed", "tiny"])
def test_without_an_op_log_the_class_is_enough(name: str) -> None:
    """All spans and every slot; only the places inside tiny blocks are read from the trace."""
    result = replay(name, classes_only=True)

    assert all_equal(result)
    assert result.total + result.given == replay(name).total


def everywhere() -> list[Path]:
    """Return all recordings there are: those that ship, ours, and those below the folder GOMEMLAB_RECORDINGS names."""
    folders = [SHIPPED, OURS, *filter(None, [os.environ.get("GOMEMLAB_RECORDINGS")])]
    return sorted(path for folder in map(Path, folders) for path in folder.rglob("*.trace*"))


@pytest.mark.slow
@pytest.mark.parametrize("path", everywhere(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_recording_there_is_equals_real_go_up_to_its_first_collection(path: Path) -> None:
    """Of one P; with more, no promise is made. How many were checked is printed."""
    result = replay(path)

    assert all_equal(result) or result.recording.start.procs > 1
    assert result.total > 0
    print(f"{len(everywhere())} recordings were checked")  # noqa: T201 - the log shows if they were fewer


@pytest.mark.slow
def test_stepping_through_a_recording_allocates_what_the_bulk_path_does() -> None:
    """The commands of "mixed", one by one, end in the same statistics and pages."""
    recording = load("mixed")

    timeline = recording.timeline()

    bulk = replay(recording).run.world
    stepped = timeline.at(len(timeline))
    assert stepped.mstats() == bulk.mstats()
    assert stepped.snapshot().chunks == bulk.snapshot().chunks


@pytest.mark.slow
def test_commands_of_spans_for_stacks_and_unlogged_objects_are_the_same_requests() -> None:
    """An ordinary program with goroutines, stepped, has the spans of the bulk run."""
    recording = load(OURS / "words.trace.gz")
    world = recording.world()
    for command in recording.commands():
        command.apply(world)

    bulk = replay(recording).run.world

    assert [span.base for span in world.allocator.heap.spans.values()] == [
        span.base for span in bulk.allocator.heap.spans.values()
    ]


@pytest.mark.slow
def test_progress_is_told_and_a_replay_can_be_stopped() -> None:
    """seq24 has more than one window; stop after the first."""
    told: list[tuple[int, int]] = []

    result = replay("seq24", progress=lambda done, total: told.append((done, total)), stop=lambda: len(told) > 1)

    assert told[-1] == (result.run.done, 200_011)
    assert 0 < result.total < 200_008
    assert result.exact == result.total
    assert "ended after" in text(result)
    assert result.exact_spans <= result.total_spans


@pytest.mark.slow
def test_reading_a_trace_tells_how_far_it_is() -> None:
    """seq24 has 1.2 MB of events: told more than once, ever more, the last time all of it."""
    told: list[tuple[int, int]] = []

    load("seq24", progress=lambda done, total: told.append((done, total)))

    done, totals = zip(*told, strict=True)
    assert len(told) > 1
    assert list(done) == sorted(set(done))
    assert set(totals) == {done[-1]}
    assert done[-1] > 1_000_000


@pytest.mark.slow
def test_the_command_draws_a_bar_on_a_terminal_for_reading_too() -> None:
    """On a pseudo-terminal; it is gone at the end."""
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    os.set_blocking(ours, False)  # were nothing drawn, reading it would wait for ever

    subprocess.run(
        [sys.executable, "-m", "gomemlab", "replay", "seq24"], stdout=subprocess.PIPE, stderr=theirs, check=True
    )

    drawn = os.read(ours, 1 << 16).decode()
    os.close(theirs)
    os.close(ours)
    assert "reading: " in drawn
    assert "replaying: " in drawn
    assert drawn.endswith("\r")


def wrong(recording: Recording, request: int, **columns: int) -> Recording:
    """Return the recording with something else in one request."""
    plan = recording.plan
    new = {name: getattr(plan, name).copy() for name in columns}
    for name, value in columns.items():
        new[name][request] = value
    return changed(recording, plan=changed(plan, **new))


@pytest.mark.slow
def test_the_first_difference_is_explained_with_the_models_reasons() -> None:
    """Were one object of "mixed" 8 KiB larger, everything of its class would lie elsewhere."""
    mixed = load("mixed")
    request = int(np.flatnonzero(mixed.plan.logged)[10_000])
    result = replay(wrong(mixed, request, size=8192, spanclass=mixed.plan.spanclass.max()))

    lines = explain(result)

    assert not result.ok
    assert result.first_miss is not None
    assert result.exact < result.total
    assert "Go chose page" in "\n".join(lines)
    assert "The model's reasons:" in lines[1]
    assert len(lines) > 2
    assert main(["mixed", "--quiet"]) == 0


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (Act.LARGE, "a large object of"),
        (Act.MANUAL, "4 pages for the runtime's own use"),
        (Act.STACK, "a stack of 2,048 bytes"),
        (Act.SMALL, "size not logged"),
    ],
)
def test_every_kind_of_request_can_be_explained(act: Act, words: str) -> None:
    """Had Go put it elsewhere."""
    recording = load("churn" if act in {Act.MANUAL, Act.STACK} else "mixed", classes_only=True)
    request = int(np.flatnonzero(recording.plan.act == act)[0])

    result = replay(wrong(recording, request, actual=int(recording.plan.actual[request]) + 8192))

    assert words in explain(result)[0]


def test_a_world_that_refuses_ends_the_replay_with_its_reason() -> None:
    """A terabyte in request 5,000 of "mixed"."""
    mixed = load("mixed")
    result = replay(wrong(mixed, 5000, act=Act.LARGE, size=1 << 40, spanclass=1))

    assert not result.ok
    assert "MiB" in result.run.refused
    assert "ended after" in text(result)


@pytest.mark.slow
def test_statistics_that_differ_are_listed() -> None:
    """Go's own Mallocs and a row of BySize, one too many."""
    tiny = load("tiny")
    assert tiny.mem_stats is not None
    after = tiny.mem_stats.after
    rows = (changed(after.by_size[0], size=1), changed(after.by_size[1], frees=9), *after.by_size[2:])
    said = tiny.mem_stats._replace(after=changed(after, mallocs=after.mallocs + 1, by_size=rows))

    result = replay(changed(tiny, mem_stats=said))

    assert [difference.name for difference in result.mstats_differences] == [
        "Mallocs",
        "BySize.Size",
        "BySize[8 B].Frees",
    ]
    assert "Mallocs: model" in text(result)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["seq24", "mixed", "tiny"])
def test_what_a_trace_hides_of_the_heap_is_equal_too(name: str) -> None:
    """MSpanInuse of seq24 grows by 92,160 B: 23 span records were ready at the start, as its MemStats tell."""
    result = replay(name)

    assert result.actual_mstats is not None
    for field in ("heap_sys", "heap_idle", "heap_released", "stack_inuse", "mspan_inuse", "mcache_inuse"):
        assert getattr(result.mstats, field) == getattr(result.actual_mstats, field)
    if name == "seq24":
        assert result.mstats.mspan_inuse - result.at_start.mspan_inuse == 92_160


@pytest.mark.slow
def test_a_number_that_was_wrong_at_the_start_is_not_compared_and_named() -> None:
    """Had 8 KiB been freed and kept before, and had span records another size."""
    mixed = load("mixed")
    assert mixed.mem_stats is not None
    before = mixed.mem_stats.before
    before = changed(before, heap_released=before.heap_released - 8192, mspan_inuse=before.mspan_inuse + 84)

    result = replay(changed(mixed, mem_stats=mixed.mem_stats._replace(before=before)))

    assert result.ok
    assert result.mstats_compared == NUMBERS - 2
    assert "133 of 133 numbers equal to the byte; without HeapReleased, MSpanInuse: what they" in text(result)


@pytest.mark.slow
def test_the_report_is_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    """What a program wants to know."""
    status = main(["mixed", "--json", "--quiet"])

    report = json.loads(capsys.readouterr().out)
    assert status == 0
    assert report["ok"]
    assert report["addresses"] == {"equal": 20_004, "total": 20_004, "first_miss": None}
    assert report["mem_stats"] == {"compared": NUMBERS, "not_compared": [], "differences": []}
    assert as_json(replay("mixed"))["given"] == 0


def test_recordings_are_found_by_name_file_and_folder(tmp_path: Path) -> None:
    """And a folder must have exactly one."""
    assert shipped() == ["churn", "mixed", "seq24", "tiny"]
    with pytest.raises(MisuseError, match="has 0 traces"):
        load(tmp_path)
    with pytest.raises(MisuseError, match="or one of churn, graph_lru, graph_random, graph_trees, mixed, seq24, tiny"):
        load("nonsense")


@pytest.mark.slow
def test_a_result_at_a_prompt_is_one_sentence() -> None:
    """Not the arrays behind it."""
    assert repr(replay("mixed")) == "mixed: 20,004 of 20,004 addresses equal real Go."


def test_an_op_log_of_another_recording_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """tiny's log beside mixed's trace, on the command line: exit status 2."""
    ops = load("tiny").path.with_name("tiny.ops.gz")

    status = main(["mixed", "--ops", str(ops)])

    assert status == 2
    assert "does not belong to this trace" in capsys.readouterr().err


def test_a_recording_alone_in_a_folder_needs_nothing_beside_it(tmp_path: Path) -> None:
    """No op log, no statistics: still every address."""
    (tmp_path / "x.trace.gz").write_bytes((OURS / "words.trace.gz").read_bytes())

    result = replay(tmp_path)

    assert result.ok
    assert result.mstats.mallocs > 0
    assert "the recording has no memstats.json" in text(result)


def test_damaged_statistics_are_refused(tmp_path: Path) -> None:
    """JSON of something else."""
    (tmp_path / "x.trace.gz").write_bytes((OURS / "words.trace.gz").read_bytes())
    (tmp_path / "x.memstats.json").write_text('{"before": 1}')

    with pytest.raises(MisuseError, match="is no memstats"):
        load(tmp_path)


def test_a_recording_of_another_go_version_says_so() -> None:
    """Go 1.24 has no mark bits in its spans, and is not what is modelled."""
    mixed = load("mixed")
    assert mixed.mem_stats is not None
    old = mixed.mem_stats._replace(go="go1.24.1")

    notes = changed(mixed, mem_stats=old).notes()

    assert old.policy is GO_1_22
    assert mixed.mem_stats.policy is mixed.go is GO_1_27
    assert "recorded with go1.24.1" in notes[0]


def test_what_cannot_be_promised_is_said(tmp_path: Path) -> None:
    """Two Ps, freed slots, no flush, a collection, no op log: a note for each."""
    small = 7 << 2 | 2
    first = tw.running() + tw.event(tw.Ev.SPAN, 3, 1, small) + tw.event(tw.Ev.HEAP_OBJECT, 3 * 1024 + 10, 0)
    first += tw.event(tw.Ev.GC_BEGIN, 1, 0, dt=500) + tw.event(tw.Ev.HEAP_OBJECT_FREE, 3 * 1024 + 10)
    second = tw.running(g=2, p=1, m=2) + tw.event(tw.Ev.SPAN_ALLOC, 90, 1, 1)
    path = tmp_path / "x.trace"
    path.write_bytes(tw.trace(tw.info(), tw.batch(first), tw.batch(second, m=2, time=1100)))

    notes = " ".join(load(path).notes())

    assert "recorded with 2 Ps" in notes
    assert "first collection" in notes
    assert "is a guess" in notes
    assert "1 spans had freed slots" in notes
    assert "The pages that P1 kept at the start" in notes
    assert "no op log" in notes
    assert replay(path).exact_spans == 1
