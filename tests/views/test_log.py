from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

from gomemlab import Timeline, World
from gomemlab.commands import Malloc
from gomemlab.views import base
from gomemlab.views.log import ROWS, LogView, frame


class Past(base.Alone):
    """A host with a timeline behind it, always at its end."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.tick = len(timeline)

    def recent(self, n: int) -> list[tuple[int, Any]]:
        """Return the newest events."""
        return self.timeline.recent(self.tick, n)

    def guard(self, work: Callable[[], object]) -> None:
        """Run the work."""
        work()


def test_rows_are_the_events_own_sentences() -> None:
    """A row has the tick, what the event says, and the Go function it names."""
    world = World()
    world.malloc(24)
    event = world.events[-1]

    row = frame([(1, event)], tick=1).rows[0]

    assert (row.tick, row.sentence, row.function, row.now) == (1, event.say(), event.go, True)


def test_only_the_newest_four_are_shown() -> None:
    """The first malloc makes more than four events; the log keeps its height."""
    world = World()
    world.malloc(24)
    recent = [(1, event) for event in reversed(world.events)]

    shown = frame(recent, tick=1)

    assert len(world.events) > ROWS == len(shown.rows)
    assert shown.rows[0].sentence == world.events[-1].say()


def test_the_end_of_marking_is_not_pushed_out_by_what_follows_it() -> None:
    """Ten caches are flushed as it ends: the newest three rows, and what was marked; later on that alone."""
    world = World(procs=10)
    world.gc()
    recent = [(1, event) for event in reversed(world.events)]

    now, later = frame(recent, tick=1), frame(recent, tick=2)

    assert len(now.rows) == ROWS
    assert now.rows[0].sentence == world.events[-1].say()
    assert now.rows[-1].sentence == later.rows[0].sentence
    assert now.rows[-1].sentence.startswith("Cycle 1 ended marking with ")


def test_an_older_request_is_one_row() -> None:
    """The first malloc mapped memory and made a span; once it is past, only "the heap grew" is left of it."""
    timeline = Timeline(World())
    timeline.do(Malloc(24))
    timeline.do(Malloc(24))
    view = LogView(Past(timeline))

    view.update(timeline.world.snapshot())

    assert view.last is not None
    assert [(row.tick, row.now) for row in view.last.rows] == [(2, True), (1, False)]
    assert "the heap grew" in view.last.rows[1].sentence
    view.close()


def test_a_screen_reader_hears_the_newest_sentence_only() -> None:
    """The headline's hidden part is the first row's sentence, escaped."""
    timeline = Timeline(World())
    timeline.do(Malloc(24))
    view = LogView(Past(timeline))

    view.update(timeline.world.snapshot())

    assert "got slot 0" in view.summary
    assert "The heap reserved" not in view.summary
    view.close()


def test_an_empty_log_says_what_fills_it() -> None:
    """Before the first command there is one line of help, in a box of the same height."""
    view = LogView()

    view.update(World().snapshot())

    assert "press malloc" in view.grid.value
    assert view.grid.value.count("\u00a0") == ROWS - 1
    view.close()


def test_the_exported_file_is_well_formed() -> None:
    """An SVG file is XML: no named HTML entity, no attribute without a value."""
    view = LogView()
    view.update(World().snapshot())

    root = ET.fromstring(view.svg())  # noqa: S314 (our own file)

    assert root.tag.endswith("svg")
    view.close()
