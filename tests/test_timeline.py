"""A timeline goes to any moment of a world's history, and each moment is what a fresh world would be."""

from collections.abc import Iterator
from itertools import islice, pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gomemlab import timeline as timeline_module
from gomemlab.commands import AllocManual, Command, FreeSpan, Gomaxprocs, Malloc, ReadMemStats, malloc
from gomemlab.runtime import arch
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.events import CacheMissed, HeapGrown, LargeMade, SlotTaken, SpanMade
from gomemlab.runtime.world import World
from gomemlab.timeline import BATCH, FIRST_GAP, Timeline
from gomemlab.workloads import WORKLOADS
from tests.worlds import state

BASE = DEFAULT_HEAP_BASE


def commands(n: int, seed: int = 1) -> list[Command]:
    """Return n commands on two Ps, of all sizes."""
    return list(WORKLOADS["two Ps"].commands(seed, n))


def replayed(asked: list[Command]) -> World:
    """Return what the commands make of a fresh world of two Ps."""
    world = World(procs=2)
    for command in asked:
        command.apply(world)
    return world


def timeline(n: int = 0) -> Timeline:
    """Return a timeline of n commands."""
    new = Timeline(World(procs=2))
    new.extend(commands(n))
    return new


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let checkpoints be 4 ticks apart at first, and at most 6, so that they are thinned after 24 ticks."""
    monkeypatch.setattr(timeline_module, "FIRST_GAP", 4)
    monkeypatch.setattr(timeline_module, "MAX_CHECKPOINTS", 6)


# Travelling


@pytest.mark.parametrize("tick", [0, 1, FIRST_GAP - 1, FIRST_GAP, FIRST_GAP + 1, 2 * FIRST_GAP - 1, 2 * FIRST_GAP, 700])
def test_a_moment_is_what_a_fresh_world_would_be(tick: int) -> None:
    """Tick 256, at which a checkpoint stands, its neighbours, the first and the last."""
    history = timeline(700)

    world = history.at(tick)

    assert state(world) == state(replayed(commands(700)[:tick]))
    world.check()


@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_every_moment_after_thinning_is_what_a_fresh_world_would_be() -> None:
    """100 ticks with checkpoints 4, 8, 16 and 32 ticks apart: forwards, backwards, and in leaps."""
    history = timeline(100)
    fresh = [state(replayed(commands(100)[:tick])) for tick in range(101)]

    ticks = [*range(101), *range(100, -1, -1), *(tick * 41 % 101 for tick in range(101))]

    assert all(state(history.at(tick)) == fresh[tick] for tick in ticks)


@pytest.mark.usefixtures("few")
def test_checkpoints_stay_few() -> None:
    """After 1000 ticks there are at most 6, the first at 0, and each gap is as wide as the others."""
    history = timeline(1000)

    ticks = [tick for tick, _ in history._checkpoints]

    assert len(ticks) <= 6
    assert ticks[0] == 0
    assert len({after - before for before, after in pairwise(ticks)}) == 1


@pytest.mark.slow
def test_the_real_gaps_are_thinned_as_well() -> None:
    """97 checkpoints of 256 ticks become 49: around the last one before and the first one after, all is well."""
    history = timeline(96 * FIRST_GAP + 3)
    last, asked = history._checkpoints[-1][0], commands(96 * FIRST_GAP + 3)

    assert (last, len(history._checkpoints)) == (96 * FIRST_GAP, 49)
    for tick in (last - 1, last, last + 1, 95 * FIRST_GAP):
        assert history.at(tick).digest() == replayed(asked[:tick]).digest()


def test_a_step_forward_goes_on_from_the_moment_shown() -> None:
    """From 300 to 301 one command is applied, not 45."""
    history = timeline(400)
    shown = history._moment(300)

    assert history._moment(301) is shown
    assert state(shown) == state(replayed(commands(400)[:301]))


def test_a_moment_is_a_world_of_its_own() -> None:
    """What happens to at(5), or to the timeline, does not reach the world at(3)."""
    history = timeline(10)
    asked = commands(10)
    third, fifth, last = history.at(3), history.at(5), history.at(10)

    fifth.malloc(24)
    history.do(asked[0])

    assert state(third) == state(replayed(asked[:3]))
    assert state(last) == state(replayed(asked))
    assert state(history.at(5)) == state(replayed(asked[:5]))


def test_a_snapshot_is_that_of_the_moment() -> None:
    """snapshot(5) is at(5).snapshot()."""
    history = timeline(10)

    assert history.snapshot(5) == history.at(5).snapshot()


def test_what_is_no_world_and_no_command_is_refused() -> None:
    """Timeline("x") and do("x") say what to give instead."""
    history = timeline(3)

    with pytest.raises(MisuseError, match=r"'x' is no World; begin a timeline with Timeline\(World\(\)\)"):
        Timeline("x")
    with pytest.raises(MisuseError, match="'x' is no command; give one of"):
        history.do("x")
    assert len(history) == 3


def test_looking_back_leaves_the_end_alone() -> None:
    """The last world is as before, after a look at every other one."""
    history = timeline(60)
    before = state(history.world)

    for tick in range(61):
        history.at(tick)

    assert state(history.world) == before


@pytest.mark.parametrize("tick", [-1, 11, 1.0, True, "3", None])
def test_a_moment_that_is_not_there_is_refused(tick: int) -> None:
    """Ten commands: ticks 0 to 10."""
    history = timeline(10)

    with pytest.raises(MisuseError, match="is not on this timeline; it goes from 0 to 10"):
        history.at(tick)


# Doing


def test_a_command_is_a_tick() -> None:
    """It is applied, its result returned, and the log is one longer."""
    history = Timeline(World())

    address = history.do(Malloc(24))

    assert (address, len(history), history.commands) == (BASE, 1, [Malloc(24)])
    assert history.world.mstats().mallocs == 1


def test_a_command_after_a_look_back_goes_to_the_end() -> None:
    """Looking at tick 3 of 10 does not change where the next command goes; tick 3 stays what it was."""
    history = timeline(10)
    history.at(3)

    history.do(Malloc(48))

    asked = [*commands(10), Malloc(48)]
    assert len(history) == 11
    assert [state(history.at(tick)) for tick in (3, 10, 11)] == [state(replayed(asked[:n])) for n in (3, 10, 11)]


def test_a_moment_that_is_held_does_not_follow_the_end() -> None:
    """The end was shown; after another command the moment before it is a world of its own."""
    history = timeline(10)
    history.at(10)

    history.do(Malloc(48))

    assert state(history.at(10)) == state(replayed(commands(10)))


def test_a_refused_command_is_no_tick() -> None:
    """malloc(-1) raises; the log and the world are as before, and the next command works."""
    history = timeline(5)
    before = state(history.at(5))

    with pytest.raises(MisuseError):
        history.do(Malloc(-1))

    assert (len(history), len(history.flags), state(history.at(5))) == (5, 6, before)
    history.do(Malloc(24))
    assert len(history) == 6


# Extending


def test_extending_returns_how_many_were_done() -> None:
    """100 commands: 100."""
    history = Timeline(World(procs=2))

    assert history.extend(commands(100)) == 100
    assert state(history.world) == state(replayed(commands(100)))


def test_progress_is_told_now_and_then() -> None:
    """1300 commands: at 0, 512, 1024, and at the end."""
    history, told = Timeline(World(procs=2)), list[int]()

    history.extend(commands(1300), progress=told.append)

    assert told == [0, BATCH, 2 * BATCH, 1300]


def test_work_can_be_stopped() -> None:
    """Asked for the third time, stop says yes: 1024 of 5000 commands are done, and they stay done."""
    history, told, answers = Timeline(World(procs=2)), list[int](), iter([False, False, True])

    done = history.extend(commands(5000), progress=told.append, stop=lambda: next(answers))

    assert (done, len(history), told) == (2 * BATCH, 2 * BATCH, [0, BATCH, 2 * BATCH])
    assert state(history.world) == state(replayed(commands(5000)[:done]))


def test_a_refusal_in_the_middle_keeps_what_was_done() -> None:
    """Of five commands the third is impossible: two are done, and more can follow."""
    history = Timeline(World())
    asked = [Malloc(24), Malloc(48), Malloc(-1), Malloc(24), Malloc(24)]

    with pytest.raises(MisuseError, match="size -1 is negative"):
        history.extend(asked)

    assert history.commands == asked[:2]
    history.do(Malloc(100))
    assert [len(history.flags), state(history.at(2))] == [4, state_of(asked[:2])]


def state_of(asked: list[Command]) -> object:
    """Return the state of a fresh world of one P after these commands."""
    world = World()
    for command in asked:
        command.apply(world)
    return state(world)


def test_a_full_world_ends_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless stream of 8 KiB objects into 4 MiB: 512 of them fit."""
    monkeypatch.setattr(arch, "MAX_MODEL_HEAP", 4 << 20)
    history = Timeline(World())

    def endless() -> Iterator[Command]:
        while True:
            yield malloc(8000)

    with pytest.raises(MisuseError, match="the heap would grow"):
        history.extend(endless())

    assert len(history) == 512


# Branches


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("tick", [0, 3, 4, 5, 23, 24, 25, 40])
def test_a_branch_begins_in_the_past_and_leaves_it_alone(tick: int) -> None:
    """From tick 24 on other commands are given; both histories are what fresh worlds would be, at every tick."""
    trunk = timeline(40)

    branch = trunk.branch(tick)
    branch.extend(commands(30, seed=2))

    ours, theirs = commands(40), [*commands(40)[:tick], *commands(30, seed=2)]
    assert branch.commands == theirs
    assert all(state(trunk.at(t)) == state(replayed(ours[:t])) for t in (0, tick, 40))
    assert all(state(branch.at(t)) == state(replayed(theirs[:t])) for t in (0, tick, tick + 1, tick + 30))


def test_a_branch_knows_what_happened_before_it() -> None:
    """The log's rows and the jumps up to the tick are the trunk's."""
    trunk = timeline(300)

    branch = trunk.branch(250)

    assert len(branch) == 250
    assert branch.recent(250, 20) == trunk.recent(250, 20)
    assert branch.flags == trunk.flags[:251]
    assert [branch.events(t) for t in range(251)] == [trunk.events(t) for t in range(251)]


def test_a_branch_of_a_moment_that_is_not_there_is_refused() -> None:
    """Tick 11 of 10."""
    with pytest.raises(MisuseError, match="tick 11 is not on this timeline"):
        timeline(10).branch(11)


# Events


def test_the_events_of_a_tick_are_those_of_its_command() -> None:
    """The first malloc made the heap grow; the second only took a slot; nothing led to tick 0."""
    history = Timeline(World())
    history.extend([Malloc(24), Malloc(24)])

    first, second = history.events(1), history.events(2)

    assert history.events(0) == ()
    assert [type(event) for event in first if isinstance(event, HeapGrown | SpanMade)] == [HeapGrown, SpanMade]
    assert second == (SlotTaken(0, 24, 7, 24, 0, 1, BASE + 24),)


def test_events_are_the_same_from_anywhere() -> None:
    """Whether they were kept or have to be found by going there."""
    history = timeline(300)
    fresh = World(procs=2)

    told = []
    for command in commands(300):
        command.apply(fresh)
        told.append(fresh.events)

    assert [history.events(tick) for tick in range(1, 301)] == told


def test_a_tick_without_events_has_none() -> None:
    """More Ps, and nothing said about it."""
    history = Timeline(World())
    history.do(Malloc(24))

    history.do(Gomaxprocs(3))

    assert history.events(2) == ()
    assert history.recent(2, 1)[0][0] == 1


def test_few_ticks_keep_their_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for 3, the first ones are forgotten; going there still finds them."""
    monkeypatch.setattr(timeline_module, "KEPT_TICKS", 3)
    history = Timeline(World())

    history.extend([Malloc(size) for size in (8000, 9000, 10_000, 11_000, 13_000)])

    assert list(history.kept) == [3, 4, 5]
    assert any(isinstance(event, HeapGrown) for event in history.events(1))


def test_recent_rows_are_the_newest_first() -> None:
    """This tick's events, backwards; then those of earlier ticks that did more than take a slot."""
    history = Timeline(World())
    history.extend([Malloc(24), *[Malloc(24)] * 5, Malloc(40_000), Malloc(24)])

    rows = history.recent(8, 4)

    assert [(tick, type(event)) for tick, event in rows[:2]] == [(8, SlotTaken), (7, LargeMade)]
    assert [tick for tick, _ in rows] == [8, 7, 7, 7]
    assert [tick for tick, _ in history.recent(8, 99)] == sorted(
        [tick for tick, _ in history.recent(8, 99)], reverse=True
    )
    assert {tick for tick, _ in history.recent(8, 99)} == {8, 7, 1}


@pytest.mark.parametrize("n", [0, 1, 3])
def test_recent_rows_are_no_more_than_asked(n: int) -> None:
    """Three asked, three told, though the first malloc alone did more."""
    history = timeline(50)

    assert len(history.recent(1, n)) == n
    assert len(history.recent(50, n)) == n


# Jumps


@pytest.mark.parametrize(
    ("kind", "event"),
    [("refill", CacheMissed), ("new span", SpanMade), ("growth", HeapGrown), ("large", LargeMade)],
)
def test_a_jump_finds_the_next_tick_of_its_kind(kind: str, event: type) -> None:
    """Every refill of 400 ticks, one after the other, and no other tick."""
    history = Timeline(World(procs=2))
    history.extend(islice(WORKLOADS["big buffers"].commands(3, 400), 400))

    found, tick = list[int](), 0
    while (at := history.next(kind, tick)) is not None:
        found.append(at)
        tick = at

    assert found == [t for t in range(1, 401) if any(isinstance(e, event) for e in history.events(t))]
    assert found


def test_a_jump_begins_behind_its_tick() -> None:
    """The first malloc is a refill; from tick 1 on there is no other."""
    history = Timeline(World())
    history.extend([Malloc(24), Malloc(24)])

    assert (history.next("refill", 0), history.next("refill", 1), history.next("refill", 2)) == (1, None, None)


def test_a_jump_to_something_else_is_refused() -> None:
    """There are four kinds."""
    history = timeline(3)

    with pytest.raises(MisuseError, match="there is no jump to 'sweep'; choose one of refill, new span, growth, large"):
        history.next("sweep", 0)
    with pytest.raises(MisuseError, match="tick 4 is not on this timeline"):
        history.next("refill", 4)


# Random life


class TimelineLife(RuleBasedStateMachine):
    """Commands, looks and branches in any order, beside a plain list of commands."""

    @initialize()
    def begin(self) -> None:
        """Begin with an empty log."""
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(timeline_module, "FIRST_GAP", 4)
        self.patch.setattr(timeline_module, "MAX_CHECKPOINTS", 5)
        self.history = Timeline(World(procs=2))
        self.asked: list[Command] = []
        self.trunks: list[tuple[Timeline, list[Command]]] = []

    @rule(seed=st.integers(1, 99), n=st.integers(1, 12))
    def extend(self, seed: int, n: int) -> None:
        """Append up to 12 commands."""
        more = commands(n, seed)
        assert self.history.extend(more) == n
        self.asked = self.asked + more

    @rule(command=st.sampled_from([ReadMemStats(), AllocManual(3), Malloc(40_000), Malloc(0), Malloc(3)]))
    def do(self, command: Command) -> None:
        """Append one command."""
        self.history.do(command)
        self.asked = [*self.asked, command]

    @rule(command=st.sampled_from([Malloc(-1), FreeSpan(1), Malloc(24, p=2)]))
    def refused(self, command: Command) -> None:
        """Ask for something impossible."""
        with pytest.raises(MisuseError):
            self.history.do(command)

    @rule(data=st.data())
    def look(self, data: st.DataObject) -> None:
        """Go to any moment."""
        tick = data.draw(st.integers(0, len(self.asked)))
        assert state(self.history.at(tick)) == state(replayed(self.asked[:tick]))

    @precondition(lambda self: len(self.trunks) < 3)
    @rule(data=st.data())
    def branch(self, data: st.DataObject) -> None:
        """Go on from any moment, and leave the rest behind."""
        tick = data.draw(st.integers(0, len(self.asked)))
        self.trunks.append((self.history, self.asked))
        self.history, self.asked = self.history.branch(tick), self.asked[:tick]

    @precondition(lambda self: self.trunks)
    @rule()
    def back_to_the_trunk(self) -> None:
        """Go on with what was left behind."""
        self.history, self.asked = self.trunks.pop()

    @invariant()
    def logged(self) -> None:
        """Compare the log with the plain list."""
        assert self.history.commands == self.asked
        assert len(self.history.flags) == len(self.history) + 1

    def teardown(self) -> None:
        """Compare the ends of all histories with fresh worlds."""
        if hasattr(self, "patch"):
            for history, asked in [*self.trunks, (self.history, self.asked)]:
                assert state(history.at(len(asked))) == state(replayed(asked))
            self.patch.undo()


TimelineLife.TestCase.settings = settings(max_examples=25, stateful_step_count=25)
test_random_life_equals_replays_from_scratch = pytest.mark.slow(TimelineLife.TestCase)
