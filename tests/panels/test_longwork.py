"""Workloads and recordings in the lab: counted, stoppable, and equal to real Go."""

from pathlib import Path

import pytest

from gomemlab import Lab, MisuseError
from gomemlab.commands import Malloc
from gomemlab.golang.errors import TraceError
from gomemlab.panels.job import Job
from gomemlab.panels.notices import against_go
from gomemlab.recorded import shipped
from gomemlab.views.collected import collected
from gomemlab.views.phases import Frame
from gomemlab.views.words import THIN


def test_a_workload_is_so_many_ticks() -> None:
    """1500 commands of one size: three batches, 1500 ticks, and the lab stands at the end."""
    lab = Lab()

    done = lab.run("one size", 1500)

    assert done == len(lab.timeline) == lab.tick == 1500


def test_a_workload_for_two_ps_makes_them() -> None:
    """The world had one P: GOMAXPROCS = 2 comes first, as a command like any other."""
    lab = Lab()

    lab.run("two Ps", 100)

    assert len(lab.snapshot.ps) == 2
    assert len(lab.timeline) == 101


def test_stop_ends_after_a_batch_and_keeps_what_was_done() -> None:
    """Stopped while it runs, a million is some thousands, and the world checks out."""
    lab = Lab()

    lab.start("small objects", 1_000_000)
    lab.stop()
    done = lab.wait()

    assert done < 1_000_000
    assert done == len(lab.timeline)
    lab.timeline.world.check()


def test_nothing_else_is_done_while_work_runs() -> None:
    """A command meanwhile is refused with what to do, and works afterwards."""
    lab = Lab()
    lab.start("one size", 1_000_000)

    with pytest.raises(MisuseError, match="press Stop first"):
        lab.do(Malloc(24))

    lab.stop()
    lab.wait()
    lab.do(Malloc(24))


@pytest.mark.parametrize(("name", "n"), [("no such", 10), ("one size", 0), ("one size", -1), ("one size", 2.5)])
def test_an_impossible_workload_is_refused(name: str, n: int) -> None:
    """A wrong name lists the right ones; a wrong number says what would be right."""
    with pytest.raises(MisuseError, match=r"choose one of one size|ask for 1 or more"):
        Lab().run(name, n)


def test_progress_is_shown_and_goes_away() -> None:
    """While it runs the words count; at the end the line is hidden again."""
    lab = Lab()
    panel = lab.allocate()

    lab.run("one size", 2000)

    assert "commands" in panel.notices.progress.words.value
    assert "gm-off" in panel.notices.progress.root._dom_classes


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_a_recording_is_replayed_and_compared(name: str) -> None:
    """All requests and collections are on the timeline; the page says how many addresses equal real Go."""
    lab = Lab()
    panel = lab.allocate()

    compared = lab.load(name)
    result = compared.result

    assert lab.snapshot.mstats == result.run.world.mstats()
    assert lab.snapshot.gc.cycle == len(result.plan.cycles)
    assert f"{name})" in repr(compared)
    assert f"{name})" in panel.notices.compared.value
    lab.tick = 0
    assert lab.snapshot.mstats == result.at_start


def phase_bars(lab: Lab) -> Frame:
    """Return what the phases view draws of a lab's moment."""
    drawn = lab.phases().last
    assert drawn is not None
    return drawn


@pytest.mark.slow
def test_a_collection_of_a_recording_is_a_moment_like_any_other() -> None:
    """Churn's first: a jump leads to where marking ended; a tick further its pause has swept all and it freed much."""
    lab = Lab(recording="churn")
    lab.tick = 0

    lab.transport().jump("collection")
    marked, phases, books = lab.snapshot, phase_bars(lab), collected(lab.snapshot)
    lab.tick += 1

    assert (marked.gc.cycle, marked.gc.sweep.done, lab.snapshot.gc.sweep.done) == (1, False, True)
    assert marked.gc.sweep.unswept_spans > 0
    assert phases.said.startswith("cycle 1 sweeps: its marking is not in sight, ")
    assert phase_bars(lab).said.startswith("cycle 1 is over: ")
    assert books is not None
    assert marked.mstats.heap_alloc - books.dead == lab.snapshot.mstats.heap_alloc < marked.mstats.heap_alloc


@pytest.mark.slow
def test_a_program_that_logged_its_graph_is_played_with_its_graph() -> None:
    """graph_lru: 7 066 addresses foretold; objects with pointers, and seven cycles that mark, all on the line."""
    lab = Lab()

    compared = lab.load("graph_lru")

    assert repr(compared).replace(THIN, " ") == "✓ 7 066 of 7 066 addresses equal real Go (graph_lru)"
    assert lab.snapshot.gc.cycle == 7
    assert phase_bars(lab).said.startswith("cycle 7 is over: 2 stops, ")
    lab.transport().go(1000)
    assert any(any(obj.slots) for obj in lab.snapshot.gc.objects)


@pytest.mark.slow
def test_loading_leaves_nothing_in_the_cell(capfd: pytest.CaptureFixture[str]) -> None:
    """Where there is no terminal, no bar is drawn: what a notebook got of it would stay."""
    Lab(recording="churn")

    assert capfd.readouterr().err == ""


@pytest.mark.slow
def test_seq24_equals_real_go_address_by_address() -> None:
    """200 008 of 200 008 addresses."""
    lab = Lab(recording="seq24")

    assert lab.compared.result.exact == lab.compared.result.total == 200_008


def test_an_unknown_recording_is_refused() -> None:
    """The message names those that ship; the lab is as before."""
    lab = Lab()

    with pytest.raises(MisuseError, match="seq24"):
        lab.load("no such recording")

    assert len(lab.timeline) == 0


def test_a_recording_is_read_while_the_lab_answers() -> None:
    """Reading seq24 holds no lock: the lab can be looked at, refuses a command with what to do, and can be stopped."""
    lab = Lab()
    panel = lab.allocate()
    lab.start_recording("seq24")

    with pytest.raises(MisuseError, match=r"seq24 .*press Stop first"):
        lab.do(Malloc(24))
    lab.stop()
    lab.wait()

    assert (lab.compared, len(lab.timeline)) == (None, 0)
    assert "gm-off" in panel.notices.progress.root._dom_classes
    lab.do(Malloc(24))


def test_work_of_unknown_length_says_what_it_does() -> None:
    """Before the recording is read nobody knows how many commands there are."""
    job = Job("Reading <mine>", 0, lambda _: 0, lambda _: None)

    assert job.words() == "Reading &lt;mine&gt; …"
    assert job.left() == "is not done"


def test_a_damaged_recording_is_the_callers_error_and_no_banner(tmp_path: Path) -> None:
    """What ended the thread reaches the one who waits; the lab is as before."""
    (tmp_path / "mine.trace").write_bytes(b"go 1.27 trace\x00\x00\x00and nothing else")
    lab = Lab()

    with pytest.raises(TraceError):
        lab.load(str(tmp_path / "mine.trace"))

    assert (lab.error, lab.compared, len(lab.timeline)) == (None, None, 0)
    lab.do(Malloc(24))


def test_a_damaged_recording_of_the_menu_becomes_the_banner(tmp_path: Path) -> None:
    """Nobody waits for a thread that a button began."""
    (tmp_path / "mine.trace").write_bytes(b"go 1.27 trace\x00\x00\x00and nothing else")
    lab = Lab()

    lab.start_recording(str(tmp_path / "mine.trace"))
    lab.wait()

    assert isinstance(lab.error, TraceError)


def test_a_difference_is_said_with_a_sign_and_a_number() -> None:
    """Equal: a tick mark; two of 20 004 differ: a cross and "2 differ"."""
    good, bad = (against_go("x", exact, 20_004).replace(THIN, " ") for exact in (20_004, 20_002))

    assert "✓ 20 004 of 20 004" in good
    assert "✕ 20 002 of 20 004" in bad
    assert "2 differ" in bad
