"""What a lesson shows besides its questions: labs, recordings, stories, and memory drawn to scale."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from gomemlab.checks.plan import LessonError, plan
from gomemlab.checks.strip import Part, Strip
from gomemlab.panels.lesson import Lesson
from gomemlab.panels.replayed import ReplayPanel
from gomemlab.panels.schedule import Schedule
from gomemlab.panels.strips import draw
from gomemlab.runtime.errors import MisuseError


@pytest.fixture
def third() -> Iterator[Lesson]:
    """Return lesson 03, afresh."""
    own = Lesson(plan("03"))
    yield own
    own.close()


@pytest.mark.parametrize(("name", "objects", "spans"), [("seq24", "200 008", "595"), ("tiny", "100 004", "125")])
def test_a_recording_says_how_many_addresses_equal_real_go(name: str, objects: str, spans: str) -> None:
    """200 008 of 200 008 addresses equal real Go."""
    panel = ReplayPanel(name, ("transport", "heap_map"))
    words = panel.result.value.replace("\u202f", " ")

    assert f"✓ {objects} of {objects} addresses equal real Go." in words
    assert words.count(f"<td>{spans}</td>") == 2
    assert "MemStats agree to the byte" in words
    panel.close()


def test_a_recording_begins_at_its_start_and_can_be_played(third: Lesson) -> None:
    """Playing 20 005 requests takes seconds, not an hour."""
    panel = third.replay("mixed")
    transport = panel.shown.views["transport"]

    panel.lab.wait()

    assert panel.lab.tick == 0
    assert len(panel.lab.timeline) == 20005
    assert getattr(transport, "speed").value == 256  # noqa: B009 (views are of many kinds)


def test_a_recording_grows_while_the_reader_looks_and_can_be_stopped() -> None:
    """The comparison is there at once; a stop leaves some of 200 009 requests; the lab stands at the start."""
    panel = ReplayPanel("seq24")
    progress = panel.shown.views["transport"].notices.progress
    said = panel.result.value.replace("\u202f", " ")

    panel.lab.stop()
    done = panel.lab.wait()

    assert "✓ 200 008 of 200 008" in said
    assert panel.lab.job.total == 200_011
    assert done == len(panel.lab.timeline) < 200_011
    assert panel.lab.tick == 0
    assert "Replaying seq24" in progress.words.value
    assert "gm-off" in progress.root._dom_classes
    panel.lab.tick = done
    panel.close()


def test_a_recording_without_controls_shows_its_progress_all_the_same() -> None:
    """Neither transport nor allocate: the panel brings Stop along."""
    panel = ReplayPanel("mixed", ("heap_map",))

    assert panel.notices in panel.lab.notices
    panel.close()
    assert panel.lab.notices == []


def test_a_recording_at_its_start_has_a_span_picked() -> None:
    """At tick 0, before any request, and again after a look at the end: the pick is a span that is there."""
    panel = ReplayPanel("mixed", ("transport", "span"))
    first = panel.lab.pick
    panel.lab.wait()
    panel.lab.tick = len(panel.lab.timeline)

    panel.lab.tick = 0

    assert panel.lab.snapshot.spans.row(first) >= 0
    assert panel.lab.snapshot.spans.row(panel.lab.pick) >= 0
    assert "is not there" not in panel.shown.views["span"].summary
    panel.close()


def test_a_panel_that_is_closed_ends_its_work() -> None:
    """Running the cell again does not leave a thread behind."""
    panel = ReplayPanel("seq24")

    panel.close()

    assert not panel.lab.worker.is_alive()


def test_an_unknown_recording_is_refused_with_those_that_ship() -> None:
    """There is no recording mixd."""
    with pytest.raises(MisuseError, match="mixed"):
        ReplayPanel("mixd")


def test_a_lab_shows_the_views_it_was_asked_for(third: Lesson) -> None:
    """In their order; on the scene, at its last moment."""
    shown = third.lab("transport", "path", "log", scene="one-span-full")

    assert list(shown.views) == ["transport", "path", "log"]
    assert shown.lab.tick == 505
    assert "page cache" in shown.views["path"].summary


def test_a_lab_that_plays_begins_where_the_graph_is_built() -> None:
    """Lesson 08's first lab shows one object at tick 1 and has the moves that hide it ready to be played."""
    own = Lesson(plan("08"))
    shown = own.lab("schedule", "object_graph", scene="behind-a-stack", play=True)
    schedule = shown.views["schedule"]
    assert isinstance(schedule, Schedule)

    before = shown.lab.tick, shown.lab.snapshot.gc.lost
    schedule.play_all()

    assert before == (1, ())
    assert shown.lab.tick == len(shown.lab.timeline)
    assert shown.lab.snapshot.gc.lost
    schedule.restart("hybrid")
    schedule.play_all()
    assert not shown.lab.snapshot.gc.lost
    own.close()


def test_heap_map_and_span_stand_side_by_side(third: Lesson) -> None:
    """Where both are asked for, they share a row."""
    shown = third.lab("heap_map", "span", "ledger")

    rows = [getattr(section.children[0], "_dom_classes", ()) for section in shown.root.children[1:]]
    assert ["gm-two" in classes for classes in rows] == [True, False]


def test_a_story_names_the_function_that_decided_each_step(third: Lesson) -> None:
    """Eight steps from a full span to a slot of a new one."""
    lines = third.story("one-span-full").markdown.splitlines()

    assert len(lines) == 8
    assert lines[0].endswith("`(*mcache).refill`")
    assert lines[-1].startswith("8. 16 B got slot 0")


def test_the_levels_of_a_workload_are_counted(third: Lesson) -> None:
    """Of 1000 requests of 24 B two needed a new span, one the OS."""
    last = third.served(1000, "one size").markdown.splitlines()[-1]

    assert last == "| one size: 24 B | 1\u202f000 | 997 | 0 | 2 | 0 | 1 |"


@pytest.mark.parametrize("row", ["5, 9", [5, 9], (5, 9), range(5, 10, 4)], ids=str)
def test_a_row_is_given_as_text_or_as_numbers(row: str | list[int]) -> None:
    """Slots 5 and 9 die, however they are written."""
    own = Lesson(plan("06"))
    panel = own.slots(row)

    assert panel.field.value == "5, 9"
    assert panel.run is not None
    assert panel.run.given == (5, 9)
    own.close()


def test_a_sentence_or_a_workload_that_cannot_be_is_refused_in_a_sentence(third: Lesson) -> None:
    """No value of that name, no workload of that name."""
    with pytest.raises(LessonError, match=r"cannot be filled \('slots'\); it was given spans"):
        third.say("{slots} of {spans}", spans=3)
    with pytest.raises(LessonError, match=r'no workload "rain". There are: .*log-uniform'):
        third.served(10, "rain")


def test_a_hatch_needs_no_other_picture_on_the_page() -> None:
    """Its lines are drawn: no ids, which two labs in a notebook would share."""
    html = draw(Strip(4, (Part(0, 3, "taken"), Part(3, 1, "reserved")), "label"))

    assert '<path d="M' in html
    assert "url(#" not in html
    assert "id=" not in html


def test_a_strip_is_to_scale_and_says_what_it_shows() -> None:
    """Three quarters taken, one reserved; the text stands for the picture."""
    html = draw(Strip(4, (Part(0, 3, "taken"), Part(3, 1, "reserved")), 'a "span"', below="below", ticks=(0, 4)))

    assert 'x="0.00" y="1" width="644.20"' in html
    assert 'x="645.00" y="1" width="214.20"' in html
    assert 'aria-label="a &quot;span&quot;"' in html
    assert 'left:100.00%;transform:translateX(-100%)">4<' in html


@pytest.mark.slow
def test_a_question_is_asked_without_waiting_for_the_plots() -> None:
    """The first cell of a lesson needs neither bqplot nor pandas."""
    ask = "import sys, gomemlab; gomemlab.lesson_01.predict('thirty-three-bytes')"
    code = f"{ask}; print({{'bqplot', 'pandas'}} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
