"""The panel of processors: each button is a command, each refusal a sentence, and a seed writes the same program."""

from collections.abc import Iterator

import pytest

from gomemlab.commands import Gomaxprocs, Malloc
from gomemlab.panels.lab import Lab
from gomemlab.panels.processors import NETWORK, Processors
from gomemlab.panels.processors_run import program
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.world import World
from gomemlab.schedcommands import Gopark, Goready, Gosched, SchedInit, Schedule
from gomemlab.stackcommands import Go, GoExit
from gomemlab.views.base import under
from gomemlab.views.processors_facts import Frame


@pytest.fixture
def panel() -> Iterator[Processors]:
    """Return the panel of a lab of its own, with two Ps and a scheduler."""
    lab = Lab(procs=2)
    made = lab.processors()
    made.begin()
    yield made
    lab.close()


def press(panel: Processors, words: str) -> None:
    """Press a button by its words."""
    next(w for w in under(panel.body) if getattr(w, "description", "") == words and hasattr(w, "click")).click()


def filled(panel: Processors) -> list[str]:
    """Return the words of the buttons that are filled."""
    return [w.description for w in under(panel.body) if "mod-primary" in getattr(w, "_dom_classes", ())]


def last(panel: Processors) -> Frame:
    """Return what is drawn."""
    panel.lab.settle()
    assert panel.last is not None
    return panel.last


def test_every_button_is_a_command(panel: Processors) -> None:
    """Begin, go, park, schedule, malloc, gosched, ready, schedule, exit, and another number of Ps."""
    for words in ("go", "park", "schedule", "malloc", "gosched"):
        press(panel, words)
    last(panel)
    panel.waker.value = NETWORK
    for words in ("ready", "schedule", "exit", "set"):
        press(panel, words)

    assert panel.lab.timeline.commands[:8] == [
        SchedInit(1),
        Go(0),
        Gopark(1),
        Schedule(0),
        Malloc(48, p=0),
        Gosched(2),
        Goready(1, NETWORK),
        Schedule(0),
    ]
    assert isinstance(panel.lab.timeline.commands[8], GoExit)
    assert panel.lab.timeline.commands[9] == Gomaxprocs(2)


def test_several_goroutines_start_at_once(panel: Processors) -> None:
    """Three presses' worth: each is a tick."""
    panel.count.value = 3

    panel.go()

    assert panel.lab.timeline.commands[1:] == [Go(0)] * 3


def test_schedule_all_lets_each_p_look_that_looks(panel: Processors) -> None:
    """A go woke P1, so P1 looks, and steals what G1 started."""
    panel.count.value = 2
    panel.go()

    panel.schedule_all()

    assert panel.lab.timeline.commands[-1] == Schedule(1)
    assert last(panel).rows[1].g > 1


def test_schedule_all_says_why_nobody_looks(panel: Processors) -> None:
    """G1 runs on P0 and P1 idles."""
    with pytest.raises(MisuseError, match="no P looks for work"):
        panel.schedule_all()


def test_who_is_ready_is_woken_by_the_chosen_p(panel: Processors) -> None:
    """G1 waits, G2 runs on P0 and wakes it."""
    panel.go()
    panel.park()
    panel.schedule()
    last(panel)

    panel.ready()

    assert panel.lab.timeline.commands[-1] == Goready(1, 0)
    assert last(panel).rows[0].runnext == 1


@pytest.mark.parametrize("words", ["gosched", "park", "exit", "schedule all"])
def test_without_a_scheduler_the_buttons_say_what_begins_it(words: str) -> None:
    """The banner names the button; nothing was done."""
    lab = Lab()
    panel = lab.processors()

    press(panel, words)

    assert "press begin first" in str(lab.error)
    assert not lab.timeline.commands
    lab.close()


def test_the_filled_button_is_one_that_does_something() -> None:
    """Without a scheduler it is malloc; from begin on it is schedule; back at the start malloc again."""
    lab = Lab()
    panel = lab.processors()
    lab.settle()
    assert filled(panel) == ["malloc"]

    press(panel, "begin")
    last(panel)
    assert filled(panel) == ["schedule"]

    lab.tick = 0
    lab.settle()
    assert filled(panel) == ["malloc"]
    lab.close()


def test_without_a_scheduler_anybody_may_allocate() -> None:
    """A malloc and a go on P0."""
    lab = Lab()
    panel = lab.processors()

    panel.malloc()
    panel.go()

    assert lab.timeline.commands == [Malloc(48, p=0), Go(0)]
    lab.close()


@pytest.mark.parametrize("words", ["gosched", "park", "exit", "malloc"])
def test_where_nobody_runs_nothing_is_done(panel: Processors, words: str) -> None:
    """P1 runs nobody."""
    panel.proc.value = 1

    press(panel, words)

    assert str(panel.lab.error) == "nobody runs on P1; press schedule, or choose another P"
    assert panel.lab.timeline.commands == [SchedInit(1)]


def test_nobody_to_wake_is_refused(panel: Processors) -> None:
    """Nobody waits, and the menu says so."""
    assert panel.waiter.label == "nobody waits"

    with pytest.raises(MisuseError, match="nobody waits"):
        panel.ready()


@pytest.mark.parametrize("words", ["schedule", "schedule all"])
def test_a_deadlock_is_said_as_go_says_it_and_the_lab_lives_on(panel: Processors, words: str) -> None:
    """G1 waits for nobody; the network wakes it, and it runs."""
    press(panel, "park")
    last(panel)
    press(panel, words)
    assert str(panel.lab.error).startswith("fatal error: all goroutines are asleep - deadlock!")

    panel.waker.value = NETWORK
    press(panel, "ready")
    press(panel, "schedule")

    assert panel.lab.error is None
    assert last(panel).rows[0].g == 1


@pytest.mark.parametrize("n", [0, 10_000])
def test_impossible_numbers_of_ps_are_refused(panel: Processors, n: int) -> None:
    """The world's own sentence."""
    panel.procs.value = n

    press(panel, "set")

    assert f"{n} Ps are not possible here" in str(panel.lab.error)


def test_the_chosen_p_stays_within_those_there_are(panel: Processors) -> None:
    """P1 is chosen and goes away."""
    panel.proc.value = 1
    panel.procs.value = 1
    press(panel, "set")

    assert last(panel).p == 0
    assert panel.proc.value == 0


def test_a_step_counts_what_it_took_and_the_next_one_anew(panel: Processors) -> None:
    """The first malloc passes the heap lock, the second does not; back at the first, it does again."""
    panel.malloc()
    first = last(panel).gates[0].step
    panel.malloc()
    second = last(panel).gates[0].step
    panel.lab.tick = 2

    assert first > 0
    assert second == 0
    assert last(panel).gates[0].step == first


@pytest.mark.parametrize("procs", [1, 2, 64])
def test_the_same_seed_is_the_same_program(procs: int) -> None:
    """300 steps, begun with schedinit, that a world follows without a refusal; another seed is another program."""
    world = World(procs)

    first, again, other = (list(program(world, 300, seed)) for seed in (1, 1, 2))
    for command in first:
        command.apply(world)
    world.check()

    assert first == again != other
    assert first[0] == SchedInit(1)
    assert {type(command) for command in first} >= {Go, Schedule, Gopark, Goready, Gosched, Malloc}


def test_a_seeded_run_wakes_from_outside_what_would_be_a_deadlock() -> None:
    """One goroutine that waits: the first step is the network's."""
    world = World()
    world.schedinit()
    world.gopark(1)

    assert list(program(world, 2, 1)) == [Goready(1, -1), Schedule(0)]


def test_a_run_is_a_tick_a_step(panel: Processors) -> None:
    """A hundred steps at once; 1,200 with progress."""
    panel.run()
    assert len(panel.lab.timeline) == 101

    panel.steps.value = 1200
    panel.run()
    panel.lab.wait()

    assert len(panel.lab.timeline) == 1301


def test_a_lab_shows_processors_among_its_views() -> None:
    """Named with others, and alone with its notices; both close whole."""
    lab = Lab(procs=4, views=("transport", "processors"))
    alone = lab.processors()

    assert alone.notices is not None
    lab.close()
    assert alone.closed
