"""The lab: commands, moments, picks, lines of history, and no widget left behind."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import traitlets
from ipywidgets.widgets.widget import _instances

from gomemlab import Lab, MisuseError, World
from gomemlab.commands import Malloc, ReadMemStats
from gomemlab.panels.cells import Claims, claims
from gomemlab.timeline import Timeline


def test_do_returns_the_result_and_moves_on() -> None:
    """Two mallocs of 24 B: two addresses 24 B apart, tick 2."""
    lab = Lab()

    first, second = lab.do(Malloc(24)), lab.do(Malloc(24))

    assert second - first == 24
    assert (lab.tick, len(lab.timeline)) == (2, 2)


def test_tick_is_observable_and_seeks() -> None:
    """Setting the tick tells observers, and the snapshot is that moment's."""
    lab, heard = Lab(), []
    lab.do(Malloc(24))
    lab.do(Malloc(24))
    lab.observe(lambda change: heard.append(change["new"]), "tick")

    lab.tick = 1

    assert heard == [1]
    assert lab.snapshot.mstats.mallocs == 1


@pytest.mark.parametrize("tick", [-1, 2, 10**9])
def test_a_tick_off_the_line_is_refused(tick: int) -> None:
    """The message gives the ticks there are; the lab stays where it was."""
    lab = Lab()
    lab.do(Malloc(24))

    with pytest.raises(MisuseError, match="ticks 0 to 1"):
        lab.tick = tick

    assert lab.tick == 1


def test_a_tick_that_is_no_number_is_refused() -> None:
    """A string is answered by traitlets, and nothing moves."""
    lab = Lab()

    with pytest.raises(traitlets.TraitError):
        lab.tick = "first"

    assert lab.tick == 0


def test_the_pick_follows_the_newest_request_until_the_reader_picks() -> None:
    """Span 0, then span 1; after choose(0) a new span changes nothing, after follow() it does."""
    lab, picks = Lab(), []

    for work in (
        lambda: lab.do(Malloc(24)),
        lambda: lab.do(Malloc(48)),
        lambda: lab.choose(0),
        lambda: lab.do(Malloc(64)),
        lab.follow,
    ):
        work()
        picks.append(lab.pick)

    assert picks == [0, 1, 0, 0, 2]


def test_a_command_in_the_past_begins_a_new_line() -> None:
    """At tick 1 of 3 a malloc makes a line of 2; the old one of 3 is one step away, and back again."""
    lab = Lab()
    for _ in range(3):
        lab.do(Malloc(24))
    lab.tick = 1

    lab.do(Malloc(1000))
    new = (lab.tick, len(lab.timeline))
    lab.other_line()
    old = (lab.tick, len(lab.timeline))
    lab.other_line()

    assert (new, old) == ((2, 2), (1, 3))
    assert (lab.tick, len(lab.timeline)) == (2, 2)


def test_a_refused_command_in_the_past_keeps_the_line() -> None:
    """A refusal is no command: no branch, the same tick, the same length."""
    lab = Lab()
    lab.do(Malloc(24))
    lab.tick = 0

    with pytest.raises(MisuseError):
        lab.do(Malloc(-8))

    assert (lab.tick, len(lab.timeline), lab.former) == (0, 1, None)


def test_a_refusal_in_a_callback_becomes_the_banner() -> None:
    """The banner says what was wrong and what to do; the next command takes it away."""
    lab = Lab()
    panel = lab.allocate()
    panel.number.value = "-8"

    panel.press.click()
    said = panel.notices.banner.words.value
    panel.number.value = "8"
    panel.press.click()

    assert "✕ Not done" in said
    assert "size -8 is negative; ask for 0 bytes or more" in said
    assert panel.notices.banner.words.value == ""
    assert len(lab.timeline) == 1


@pytest.mark.parametrize("size", [-1, 2**63, 2**70])
def test_impossible_sizes_leave_the_lab_working(size: int) -> None:
    """Negative and enormous sizes: a sentence in the banner, the line below says so before the press."""
    lab = Lab()
    panel = lab.allocate()

    panel.number.value = str(size)
    panel.press.click()
    before = (len(lab.timeline), type(lab.error))
    lab.do(Malloc(24))

    assert "✕" not in panel.line.value or "gm-warn" in panel.line.value
    assert before == (0, MisuseError)
    assert len(lab.timeline) == 1


def test_an_unexpected_error_in_a_callback_is_shown_too() -> None:
    """A ZeroDivisionError names itself in the banner and stays in lab.error."""
    lab = Lab()
    panel = lab.transport()

    lab.guard(lambda: 1 // 0)

    assert isinstance(lab.error, ZeroDivisionError)
    assert "ZeroDivisionError" in panel.notices.banner.words.value
    lab.dismiss()
    assert lab.error is None


def test_every_view_shows_the_same_moment() -> None:
    """After a step back, path, map, span, ledger and log are all at tick 1."""
    lab = Lab()
    views = [lab.path(), lab.heap_map(), lab.span(), lab.ledger(), lab.log(), lab.transport()]
    lab.do(Malloc(24))
    lab.do(Malloc(40_000))
    lab.tick = 1
    lab.settle()

    said = [view.summary for view in views]

    assert "slot 0 of span 0" in said[0]
    assert "span 0" in said[1]
    assert "Span 0" in said[2]
    assert "Tick 1 of 2." in said[5]


def test_fifty_clicks_are_fifty_commands_and_few_pictures() -> None:
    """Clicks that come faster than the eye are all obeyed; pictures are saved up."""
    lab = Lab()
    panel, view = lab.allocate(), lab.heap_map()
    painted: list[int] = []
    view.show, shown = (lambda frame: (painted.append(1), shown(frame))), view.show
    panel.number.value = "8192"

    for _ in range(50):
        panel.press.click()
    lab.settle()

    assert len(lab.timeline) == 50
    assert len(painted) < 50
    assert view.last.counts[4] == 50


def test_callbacks_from_many_threads_lose_nothing() -> None:
    """Four threads of 25 mallocs each, and a reader who scrubs: 100 commands, and the world checks out."""
    lab = Lab()
    view = lab.span()

    def press() -> None:
        for _ in range(25):
            lab.guard(lambda: lab.do(Malloc(24)))

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lab.settle()

    assert lab.error is None
    assert len(lab.timeline) == 100
    lab.timeline.world.check()
    assert "100 of 336" in view.summary


def test_two_labs_are_independent() -> None:
    """What one does, the other does not see."""
    one, two = Lab(), Lab(procs=2)
    first, second = one.span(), two.span()

    one.do(Malloc(24))
    one.settle()

    assert (len(one.timeline), len(two.timeline)) == (1, 0)
    assert "Span 0" in first.summary
    assert "none picked" in second.summary


def test_displaying_a_lab_again_leaves_no_widget_behind() -> None:
    """Ten displays hold as many widgets as one; closing the page takes them all."""
    before = len(_instances)
    lab = Lab()
    lab._repr_mimebundle_()
    once = len(_instances)

    for _ in range(9):
        lab.do(Malloc(24))
        lab._repr_mimebundle_()

    assert len(_instances) == once
    lab.leave(lab.room)
    assert len(_instances) == before


class Notebook:
    """A notebook's cells as `Claims` sees them: which one runs, and which run of it this is."""

    def __init__(self) -> None:
        self.at: tuple[str, str] | None = None

    def __call__(self) -> tuple[str, str] | None:
        """Return (cell, run)."""
        return self.at


def test_running_a_cell_again_closes_what_it_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five runs of a cell with a new Lab and two views: as many widgets as after the first."""
    notebook = Notebook()
    monkeypatch.setattr(claims, "where", notebook)
    monkeypatch.setattr(claims, "held", {})
    held = []

    for run in range(5):
        notebook.at = ("cell", str(run))
        lab = Lab()
        lab.path()
        lab.heap_map()
        lab._repr_mimebundle_()
        held.append(len(_instances))

    assert len(set(held)) == 1


def test_claims_keep_what_the_same_run_made() -> None:
    """Two views of one run live together; the next run closes both; another cell is not touched."""
    closed: list[str] = []

    class Thing:
        """Something that notes its closing."""

        def __init__(self, name: str) -> None:
            self.name = name

        def close(self) -> None:
            """Note the name."""
            closed.append(self.name)

    notebook = Notebook()
    kept = Claims(where=notebook)
    for cell, run, name in (("a", "1", "x"), ("a", "1", "y"), ("b", "2", "z"), ("a", "3", "w")):
        notebook.at = (cell, run)
        kept.claim(Thing(name))

    assert closed == ["x", "y"]


def test_closing_a_lab_closes_its_views() -> None:
    """A closed view hears of no later moment."""
    lab = Lab()
    view = lab.path()

    lab.close()
    lab.do(Malloc(24))

    assert view.closed
    assert lab.views == []


def test_events_and_ledger_come_as_tables() -> None:
    """One row an event with its tick, Go function and sentence; ledger bytes add up to the heap."""
    lab = Lab()
    lab.do(Malloc(24))
    lab.do(ReadMemStats())

    events, ledger = lab.events_frame(), lab.ledger_frame()

    assert list(events.columns) == ["tick", "event", "go", "sentence"]
    assert events.tick.is_monotonic_increasing
    assert set(events.tick) == {1, 2}
    assert "HeapGrown" in set(events.event)
    assert ledger.bytes.sum() == lab.snapshot.ledger.total
    assert ledger.share.sum() == pytest.approx(1)


def test_a_lab_can_begin_with_a_world() -> None:
    """A world that has lived already is shown as it is."""
    world = World(procs=3)
    world.malloc(24)

    lab = Lab(world)

    assert lab.snapshot.mstats.mallocs == 1
    assert [label for label, _ in lab.allocate().p.options] == ["P0", "P1", "P2"]


def test_a_view_that_fails_is_reported_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A view that breaks while painting: the banner has the error, the lab still takes commands."""
    lab = Lab()
    panel, view = lab.allocate(), lab.ledger()

    def broken(_: Any) -> None:
        raise RuntimeError("no ink")

    monkeypatch.setattr(view, "show", broken)
    lab.do(Malloc(24))
    lab.settle()

    assert "no ink" in panel.notices.banner.words.value
    assert len(lab.timeline) == 1


def test_a_timeline_or_a_world_may_be_given_first() -> None:
    """Lab(timeline) shows its end, as Lab(timeline=timeline) does; Lab(world) begins there."""
    timeline = Timeline(World())
    timeline.do(Malloc(24))
    world = World(procs=2)

    assert Lab(timeline).tick == Lab(timeline=timeline).tick == 1
    assert Lab(timeline).timeline is timeline
    assert len(Lab(world).snapshot.ps) == 2


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda lab: lab.do("x"), "'x' is no command; give one of"),
        (lambda lab: lab.do_all([Malloc(24), "x"]), "'x' is no command; give some of"),
        (lambda lab: lab.do_all(3), "3 is no list of commands; give some"),
        (lambda lab: lab.heap_map("bogus"), "no mode 'bogus'; choose one of span class, occupancy"),
        (lambda lab: lab.run("one size", 10, seed="x"), "seed 'x' is no whole number; give an int"),
        (lambda lab: lab.run("one size", 10, seed=True), "seed True is no whole number"),
        (lambda lab: lab.run(["one size"]), "no workload .*choose one of"),
        (lambda lab: lab.load(3), "3 is no recording; give a path, or one of .*seq24"),
        (lambda lab: lab.choose("x"), "'x' is no span; give its id"),
        (lambda _: Lab("seq24"), r"'seq24' is neither World nor Timeline; .* Lab\(recording="),
        (lambda _: Lab(timeline="x"), "'x' is no Timeline; give one"),
        (lambda _: Lab(World(), timeline=Timeline(World())), "one history; give it .* not both"),
        (lambda _: Lab(procs="x"), "'x' Ps are not possible"),
    ],
)
def test_what_a_lab_cannot_do_is_refused_in_a_sentence(ask: Callable[[Lab], object], words: str) -> None:
    """The value, and what would be right; nothing was done."""
    lab = Lab()

    with pytest.raises(MisuseError, match=words):
        ask(lab)

    assert len(lab.timeline) == 0
    lab.do(Malloc(24))
