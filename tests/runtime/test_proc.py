"""Goroutines take turns on the Ps as Go lets them, and each choice says its reason."""

from collections.abc import Callable

import pytest

from gomemlab.runtime.alloc.locks import SCHED
from gomemlab.runtime.errors import MisuseError, ThrowError
from gomemlab.runtime.gc.roots import StackSlot
from gomemlab.runtime.proc import GStatus, Sched
from gomemlab.runtime.schedevents import (
    BY_HAND,
    GLOBAL,
    GLOBAL_TURN,
    LOCAL,
    RUNNEXT,
    STOLEN,
    STOLEN_NEXT,
    GMoved,
    GPicked,
    PIdled,
    PWoken,
    QueueHandedOver,
    QueueOverflowed,
)
from gomemlab.runtime.world import World
from tests.worlds import state


def scheduled(procs: int = 1, more: int = 0, seed: int = 1) -> World:
    """Return a world with a scheduler, whose G1 on P0 has started so many goroutines."""
    world = World(procs=procs)
    world.schedinit(seed)
    for _ in range(more):
        world.go()
    return world


def of(world: World) -> Sched:
    """Return the world's scheduler."""
    assert world.sched is not None
    return world.sched


def picked(world: World) -> GPicked:
    """Return the last command's pick."""
    (pick,) = (event for event in world.events if isinstance(event, GPicked))
    return pick


# Who is next


def test_the_newest_goroutine_runs_first_and_inherits_the_time_slice() -> None:
    """G1 starts G2, G3, G4 and waits: G4 by runnext, at the same tick; then G2 and G3 in their order."""
    world = scheduled(more=3)
    world.gopark(1, "sync.WaitGroup.Wait")

    found = []
    for _ in range(3):
        g = world.schedule(0)
        found.append((g, picked(world).why, picked(world).tick))
        world.goexit(g)

    assert found == [(4, RUNNEXT, 1), (2, LOCAL, 2), (3, LOCAL, 3)]


def test_who_yields_goes_behind_all_others() -> None:
    """G1 starts G2 and calls Gosched: it is in the global queue, and runs when P0's own queue is empty."""
    world = scheduled(more=1)
    world.gosched(1)
    assert (list(of(world).runq), world.schedule(0)) == ([1], 2)
    world.gopark(2)

    assert world.schedule(0) == 1
    assert (picked(world).why, picked(world).moved) == (GLOBAL, 1)


def test_a_preempted_goroutine_goes_to_the_global_queue_too() -> None:
    """The event says which it was."""
    world = scheduled()

    world.gosched(1, preempted=True)

    assert str(world.events[0]) == "G1 was preempted on P0, and went to the end of the global queue."
    assert list(of(world).runq) == [1]


def test_each_61st_tick_looks_at_the_global_queue_first() -> None:
    """P0 ran 61 goroutines, and has two more of its own; G2 of the global queue goes first."""
    world = scheduled(more=63)
    world.gosched(1)
    while of(world).procs[0].schedtick < 61:
        world.goexit(world.schedule(0))

    g = world.schedule(0)

    assert (g, picked(world).why, picked(world).tick) == (1, GLOBAL_TURN, 62)
    assert len(of(world).procs[0].queue) == 2


def test_a_p_takes_its_share_of_the_global_queue() -> None:
    """Of 6 global goroutines, 2 Ps: 6 // 2 + 1 = 4 go to P1, which runs the first of them."""
    world = scheduled(procs=2)
    for _ in range(6):
        world.go()
    of(world).procs[1].schedtick = 1
    while len(of(world).runq) < 6:
        g = of(world).procs[0].current
        world.gosched(g)
        world.execute(next(g for g in (*of(world).procs[0].queue, 1)), 0)

    g = world.schedule(1)

    assert (picked(world).why, picked(world).moved, picked(world).g) == (GLOBAL, 4, g)
    assert (len(of(world).procs[1].queue), len(of(world).runq)) == (3, 2)


def test_a_full_queue_gives_half_to_all() -> None:
    """The 258th goroutine: runnext kicks one into a full ring, so 129 go to the global queue."""
    world = scheduled(more=257)
    assert not of(world).runq

    world.go()

    assert [event.moved for event in world.events if isinstance(event, QueueOverflowed)] == [129]
    assert (len(of(world).runq), len(of(world).procs[0].queue)) == (129, 129)


# Stealing


def test_a_thief_takes_half_and_runs_the_last_of_it() -> None:
    """P0 has G6 in runnext and G2 to G5: P1 takes G2 and G3, runs G3."""
    world = scheduled(procs=2, more=5)

    assert world.schedule(1) == 3

    assert (picked(world).why, picked(world).victim, picked(world).moved) == (STOLEN, 0, 2)
    assert [list(proc.queue) for proc in of(world).procs] == [[6, 4, 5], [2]]


def test_runnext_is_stolen_only_when_there_is_nothing_else() -> None:
    """G2 is P0's runnext; P1 gets it at its fourth try."""
    world = scheduled(procs=2, more=1)

    assert world.schedule(1) == 2
    assert picked(world).why == STOLEN_NEXT


def test_the_seed_says_whom_a_thief_asks_first() -> None:
    """P0 and P1 have goroutines; P2's victim depends on the seed, and is the same for the same seed."""
    victims = []
    for seed in (*range(8), 0):
        world = scheduled(procs=3, more=4, seed=seed)
        world.schedule(1)
        world.go(p=1)
        world.go(p=1)
        world.schedule(2)
        victims.append(picked(world).victim)

    assert set(victims) == {0, 1}
    assert victims[0] == victims[-1]


def test_when_enough_look_for_work_another_does_not_steal() -> None:
    """Of two Ps P1 was woken and looks; so P0 becomes idle without a look at P1."""
    world = scheduled(procs=2, more=1)
    world.gopark(1, "sleep")
    world.schedule(0)
    world.gopark(2, "sleep")

    assert world.schedule(0) == 0

    assert [event.others for event in world.events if isinstance(event, PIdled)] == [True]
    assert (of(world).idle, of(world).procs[1].spinning) == ([0], True)


def test_work_made_while_nobody_idled_lets_the_next_p_look_after_all() -> None:
    """With one P, G1 made work; then there are two, P1 looks, and P0, which has none, looks as well, once."""
    world = scheduled(more=1)
    assert of(world).needspinning
    world.gomaxprocs(2)
    world.gopark(1, "sleep")
    world.schedule(0)
    world.gopark(2, "sleep")
    locks = world.allocator.heap.locks.of(0)[SCHED]

    assert world.schedule(0) == 0

    assert [event.others for event in world.events if isinstance(event, PIdled)] == [False]
    assert world.allocator.heap.locks.of(0)[SCHED] == locks + 4  # to see that it must look, and three to idle
    assert not of(world).needspinning
    world.check()


# Waking


def test_making_a_goroutine_runnable_wakes_one_idle_p() -> None:
    """Of 3 idle Ps the last is woken; while it looks, no other is."""
    world = scheduled(procs=4)
    assert of(world).idle == [1, 2, 3]

    world.go()
    woken = [event.p for event in world.events if isinstance(event, PWoken)]
    world.go()

    assert woken == [3]
    assert not [event for event in world.events if isinstance(event, PWoken)]
    assert of(world).idle == [1, 2]


def test_who_was_woken_and_finds_work_wakes_the_next() -> None:
    """P3 steals G2, and wakes P2."""
    world = scheduled(procs=4, more=2)

    world.schedule(3)

    assert [event.p for event in world.events if isinstance(event, PWoken)] == [2]
    assert not of(world).procs[3].spinning


def test_an_idle_p_that_finds_nothing_idles_again() -> None:
    """Of two Ps only P0 has work, and that runs."""
    world = scheduled(procs=2)

    assert world.schedule(1) == 0
    assert [event.others for event in world.events if isinstance(event, PIdled)] == [False]
    assert of(world).idle == [1]


def test_a_woken_goroutine_is_next_where_it_was_woken() -> None:
    """G2 waits; G1 wakes it on P0; it runs as soon as G1 waits."""
    world = scheduled(more=1)
    world.gosched(1)
    world.schedule(0)
    world.gopark(2, "chan receive")
    world.schedule(0)

    world.goready(2)
    said = str(world.events[0])
    world.gopark(1, "sleep")

    assert said == "G1 woke G2, which waited: chan receive."
    assert world.schedule(0) == 2


def test_the_network_wakes_into_the_global_queue() -> None:
    """P0 idles, G1 waits for the network; without a P it goes to all, and P0 is woken."""
    world = scheduled()
    world.gopark(1, "IO wait")
    assert world.schedule(0) == 0

    world.goready(1, -1)

    assert list(of(world).runq) == [1]
    assert (of(world).procs[0].idle, of(world).procs[0].spinning) == (False, False)
    assert (world.schedule(), picked(world).why) == (1, GLOBAL)


def test_a_timer_wakes_on_a_p_that_looks_for_work() -> None:
    """Nobody runs on P0 any more, and its timers are run there."""
    world = scheduled(more=1)
    world.gopark(1, "sleep")

    world.goready(1)

    assert str(world.events[0]) == "A timer or the network on P0 woke G1, which waited: sleep."
    assert world.schedule(0) == 1


# By hand


def test_a_p_runs_whom_it_is_told() -> None:
    """G2 of the middle of P0's queue on P1; G1, which yielded, from the global queue."""
    world = scheduled(procs=2, more=4)

    world.execute(3, 1)
    assert picked(world).why == BY_HAND
    world.gosched(1)
    world.execute(1, 0)

    assert [proc.current for proc in of(world).procs] == [1, 3]
    world.check()


def test_without_a_p_the_seed_picks_one_that_looks() -> None:
    """P0 let G1 go, and P1 was woken: both look. All seeds find one of them."""
    found = set()
    for seed in range(8):
        world = scheduled(procs=2, more=3, seed=seed)
        world.gopark(1)
        world.schedule()
        found.add(picked(world).p)

    assert found == {0, 1}


# What a goroutine may do


def test_a_goroutine_that_does_not_run_does_nothing() -> None:
    """G2 can run, then waits: both are refused with what to do, and nothing changed."""
    world = scheduled(more=1)
    with pytest.raises(MisuseError, match=r"G2 can run, but no P runs it, .*; schedule a P, or execute\(2, p\)"):
        world.new(1, g=2)
    world.gopark(1)
    world.schedule(0)

    with pytest.raises(MisuseError, match=r"G1 waits \(chan receive\), .*; goready wakes it"):
        world.call(1, 1)

    world.check()


def test_a_goroutine_allocates_from_the_p_that_runs_it() -> None:
    """G1 moves from P0 to P1, and its objects come from P1's span."""
    world = scheduled(procs=2)
    first = world.new(2)
    world.gosched(1)
    world.execute(1, 1)

    second = world.new(2)

    heap = world.allocator.heap
    assert heap.span_of(first) is not heap.span_of(second)
    assert world.snapshot().procs[1].cache.spans == 1


def test_what_waits_can_be_looked_at_and_be_sent_to() -> None:
    """G2 waits; G1 sends a pointer to its stack, as a channel does."""
    world = scheduled(more=1)
    world.gopark(1)
    world.schedule(0)
    world.gopark(2)
    world.goready(1, -1)
    world.schedule(0)
    address = world.new(1, into=StackSlot(1, 0))

    world.send(StackSlot(2, 0), StackSlot(1, 0))

    assert world.load(StackSlot(2, 0)) == address


def test_who_starts_goroutines_is_who_runs_there() -> None:
    """G2 runs on P1: go(p=1) is its doing, and the new goroutine is next on P1."""
    world = scheduled(procs=2, more=1)
    world.schedule(1)

    goroutine = world.go(p=1)

    assert (of(world).procs[1].queue.runnext, goroutine) == (3, 3)
    world.gopark(1)
    with pytest.raises(MisuseError, match=r"nobody runs on P0, .*schedule\(0\) first"):
        world.go(p=0)


def test_the_network_starts_a_p_whoever_spins() -> None:
    """G1 starts G2, so P2 spins; then the network wakes G1, and P1 is started, too, and does not spin."""
    world = scheduled(procs=3, more=1)
    world.gopark(1, "IO wait")
    world.schedule(0)
    world.goready(1, -1)
    woken = [event.p for event in world.events if isinstance(event, PWoken)]

    assert (woken, [proc.spinning for proc in of(world).procs]) == ([1], [False, False, True])
    world.check()


def test_many_goroutines_at_once_wait_like_others() -> None:
    """300 on P0: 256 fit, and 129 of them went to all."""
    world = scheduled()

    numbers = world.go_many(300)

    assert (numbers, len(of(world).runq), len(of(world).procs[0].queue)) == (range(2, 302), 129, 171)
    world.check()


def test_who_runs_on_a_p_starts_many_there() -> None:
    """G1 waits, and G2 runs on P0: it starts two, and G1 has no part in it."""
    world = scheduled(more=1)
    world.gopark(1)
    world.schedule(0)

    numbers = world.go_many(2)

    assert (numbers, list(of(world).procs[0].queue)) == (range(3, 5), [4, 3])
    world.check()


def test_who_ends_leaves_its_p_free() -> None:
    """G2 ends; P0 takes G1 again, and G2's g waits to be used."""
    world = scheduled(more=1)
    world.gosched(1)
    world.schedule(0)

    world.goexit(2)

    assert of(world).status[1] is GStatus.DEAD
    assert (world.schedule(0), world.snapshot().procs[0].dead_gs) == (1, 1)


def test_a_scheduler_can_begin_late() -> None:
    """G2 has ended, G3 and G4 wait on P0 and P1, where they were."""
    world = World(procs=2, goroutines=2)
    world.go(p=0)
    world.go_many(1, p=1)
    world.goexit(2)

    world.schedinit()

    assert [list(proc.queue) for proc in of(world).procs] == [[3], [4]]
    assert of(world).status[1] is GStatus.DEAD
    world.check()


# Deadlock


def test_a_deadlock_is_said_as_go_says_it_and_the_lab_lives_on() -> None:
    """G1 and G2 wait for each other: refused, nothing changed; woken from outside, G2 runs."""
    world = scheduled(procs=2, more=1)
    world.gopark(1, "chan receive")
    world.schedule(0)
    world.gopark(2, "sync.Mutex.Lock")
    before = state(world)

    for p in (0, 1, None):
        with pytest.raises(MisuseError) as error:
            world.schedule(p)
        assert str(error.value).splitlines()[:2] == [
            "fatal error: all goroutines are asleep - deadlock!",
            "G1: chan receive, G2: sync.Mutex.Lock",
        ]

    assert state(world) == before
    world.goready(2, -1)
    assert world.schedule(0) == 2


def test_who_sleeps_is_no_deadlock() -> None:
    """G1 waits for a timer: P0 idles, and nobody else looks."""
    world = scheduled()
    world.gopark(1, "sleep")

    assert world.schedule(0) == 0

    with pytest.raises(MisuseError, match="no P looks for work"):
        world.schedule()


# GOMAXPROCS


def test_queues_of_ps_that_go_away_come_first_in_the_global_queue() -> None:
    """P1 ran G3 and had G2: G3 is preempted, both are global, before G7, which had yielded."""
    world = scheduled(procs=2, more=6)
    world.schedule(1)
    for g in (5, 7):
        world.gosched(of(world).procs[0].current)
        world.execute(g, 0)
    runq = list(of(world).runq)
    lost = [of(world).procs[1].current, *of(world).procs[1].queue]

    world.gomaxprocs(1)

    assert list(of(world).runq) == lost + runq
    assert [event.moved for event in world.events if isinstance(event, QueueHandedOver)] == [len(lost)]
    world.check()


def test_who_sets_gomaxprocs_goes_on() -> None:
    """Only P1 runs a goroutine; when P1 goes away, that goes on on P0."""
    world = scheduled(procs=2, more=1)
    world.execute(2, 1)
    world.gopark(1)

    world.gomaxprocs(1)

    assert [event for event in world.events if isinstance(event, GMoved)] == [GMoved(2, 1, 0)]
    assert of(world).procs[0].current == 2
    world.new(1, g=2)
    world.check()


def test_new_ps_are_idle_and_one_of_them_looks() -> None:
    """From 1 to 64: P63 is woken."""
    world = scheduled(more=2)

    world.gomaxprocs(64)

    assert (len(of(world).procs), of(world).procs[63].spinning, len(of(world).idle)) == (64, True, 62)
    assert world.schedule(63) in {2, 3}


def test_a_p_that_comes_back_goes_on_counting() -> None:
    """P1 had begun two goroutines; gone and back, it has tick 2, and the new P2 has none."""
    world = scheduled(procs=2, more=3)
    for g in (2, 3):
        world.execute(g, 1)
        world.gopark(g)

    world.gomaxprocs(1)
    twin = world.copy()
    world.gomaxprocs(3)

    assert [proc.schedtick for proc in of(world).procs] == [1, 2, 0]
    twin.gomaxprocs(3)
    assert state(of(twin)) == state(of(world))


def test_as_many_ps_as_before_stop_no_world() -> None:
    """One look behind sched.lock; P1 goes on looking. One P more takes it five times, two of them to wake a P."""
    world = scheduled(procs=2, more=1)
    before, locks = state(of(world).procs), world.allocator.heap.locks

    world.gomaxprocs(2)
    assert (state(of(world).procs), locks.total(SCHED)) == (before, 3)
    world.gomaxprocs(3)

    assert locks.total(SCHED) == 3 + 5


def test_nobody_runs_while_ps_come_and_go() -> None:
    """P0 looks for work as before."""
    world = scheduled(procs=2)
    world.gopark(1, "sleep")

    world.gomaxprocs(1)

    assert of(world).idle == []
    assert of(world).procs[0].spinning
    world.check()


def test_idle_ps_give_their_pages_back_when_a_cycle_ends() -> None:
    """P1 idles with 60 pages and loses them; P0 runs G1 and keeps its own."""
    world = scheduled(procs=2)
    for p in (0, 1):
        world.malloc(24, p=p)
        world.malloc(48, p=p)
    before = [p.pcache.cache.bit_count() for p in world.ps]

    world.gc()

    assert [p.pcache.cache.bit_count() for p in world.ps] == [before[0], 0]
    assert before[1] > 0
    world.check()


# Refusals


Refused = Callable[[World], object]
REFUSED: list[tuple[Refused, str]] = [
    (lambda w: w.gomaxprocs(0), "0 Ps are not possible here; give 1 to 64"),
    (lambda w: w.gomaxprocs(10_000), "10000 Ps are not possible here; give 1 to 64"),
    (lambda w: w.schedule(2), "there is no P2: this world has P0 to P1"),
    (lambda w: w.schedule(0), "P0 runs G1; let that go first: gosched, gopark or goexit"),
    (lambda w: w.gopark(2), "G2 can run, but no P runs it"),
    (lambda w: w.gopark(9), "there is no goroutine 9"),
    (lambda w: w.gopark(1, "tea"), "'tea' is nothing that a goroutine waits for; give one of sleep"),
    (lambda w: w.gosched(2), "G2 can run, but no P runs it"),
    (lambda w: w.goexit(2), "G2 can run, but no P runs it"),
    (lambda w: w.goready(2), "G2 can run, but no P runs it; only one that waits can be woken"),
    (lambda w: w.goready(1), "G1 runs on P0; only one that waits can be woken"),
    (lambda w: w.goready(2, 7), "there is no P7"),
    (lambda w: w.execute(1, 1), "G1 runs on P0; name a goroutine that waits for a P"),
    (lambda w: w.execute(2, 0), "P0 runs G1"),
    (lambda w: w.go(p=1), "nobody runs on P1"),
    (lambda w: w.go_many(2, p=1), "nobody runs on P1"),
    (lambda w: w.go(g=2), "G2 can run, but no P runs it"),
    (lambda w: w.send(StackSlot(1, 0), StackSlot(2, 0), shade=False), "G2 can run, but no P runs it"),
    (lambda w: w.point(StackSlot(2, 0), StackSlot(2, 0)), "G2 can run, but no P runs it"),
    (lambda w: w.schedinit(), "this world has a scheduler"),
]


@pytest.mark.parametrize(("command", "sentence"), REFUSED)
def test_what_cannot_be_is_refused_and_changes_nothing(command: Refused, sentence: str) -> None:
    """With the value, and what would be right."""
    world = scheduled(procs=2, more=2)
    before = state(world)

    with pytest.raises(MisuseError) as error:
        command(world)

    assert sentence in str(error.value)
    assert state(world) == before


def test_an_idle_p_wakes_nobody() -> None:
    """P1 idles; a timer there would have woken it first."""
    world = scheduled(procs=2)
    world.gopark(1, "sleep")

    with pytest.raises(MisuseError, match="P1 idles, and wakes nobody"):
        world.goready(1, 1)


def test_a_world_without_scheduler_says_so() -> None:
    """And goes on as ever: all goroutines may do something."""
    world = World(procs=2, goroutines=2)
    world.check()

    for command in (world.schedule, lambda: world.gosched(1), lambda: world.gopark(1), lambda: world.goready(1)):
        with pytest.raises(MisuseError, match=r"no scheduler: .*schedinit"):
            command()

    world.new(1, g=2)


def test_no_scheduler_begins_without_g1() -> None:
    """G1 has ended, and G2 lives."""
    world = World(goroutines=2)
    world.goexit(1)

    with pytest.raises(MisuseError, match="G1 has ended"):
        world.schedinit()


# The value


def test_a_copy_schedules_on_its_own() -> None:
    """What the copy does, the world did not; and both would do the same."""
    world = scheduled(procs=3, more=5)
    twin = world.copy()
    before = state(world)

    twin.schedule(1)

    assert state(world) == before
    world.schedule(1)
    assert (state(world), world.digest()) == (state(twin), twin.digest())
    twin.check()


BROKEN: list[tuple[Callable[[Sched], object], str]] = [
    (lambda s: s.runq.append(2), "are RUNNABLE"),
    (lambda s: s.reasons.update({1: "sleep"}), "are WAITING"),
    (lambda s: setattr(s.procs[0], "id", 1), "P1 at 0"),
    (lambda s: setattr(s.procs[0], "idle", True), "P0 idles with G1"),
    (lambda s: s.idle.clear(), "the idle Ps are"),
    (lambda s: setattr(s.procs[0], "spinning", True), "P0 looks for work, and runs G1"),
    (lambda s: s.status.append(GStatus.DEAD), "other goroutines or Ps"),
]


@pytest.mark.parametrize(("damage", "sentence"), BROKEN)
def test_check_finds_what_is_broken(damage: Callable[[Sched], object], sentence: str) -> None:
    """A goroutine at two places, an idle P with work, and so on."""
    world = scheduled(procs=3, more=2)
    damage(of(world))

    with pytest.raises(ThrowError, match=sentence):
        world.check()
