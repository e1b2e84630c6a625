"""A paced world begins its cycles itself, marks them as time goes on, and lets who allocates pay."""

import random
from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gomemlab.runtime.errors import MisuseError, ThrowError
from gomemlab.runtime.gc.markworkers import WorkerMode
from gomemlab.runtime.gc.roots import Global, StackSlot
from gomemlab.runtime.markevents import MarkResumed, WorldStopped
from gomemlab.runtime.pace import FORCE_GC_PERIOD, STOP, TIME_SLICE
from gomemlab.runtime.pacerevents import (
    AssistPaid,
    AssistParked,
    AssistSkipped,
    CycleTriggered,
    GoalSet,
    LimiterChanged,
    SettingChanged,
    TimePassed,
    WorkerMarked,
    WorkerStarted,
)
from gomemlab.runtime.world import World

MIB = 1 << 20
SECOND = 1_000_000_000


def churn(world: World, count: int, lists: int = 40, seed: int = 1, stop: Callable[[], bool] = bool) -> set[str]:
    """Let G1 build linked lists and drop one now and then; return the names of all that happened."""
    rand, seen = random.Random(seed), set[str]()
    for i in range(count):
        to = Global(rand.randrange(lists))
        world.new(2, 256, into=StackSlot(1, 0), fields=(to,))
        seen.update(kind.__name__ for kind, *_ in world.allocator.entries())
        world.assign(to, StackSlot(1, 0))
        if i % 700 == 699:
            world.assign(to, None)
        if stop():
            break
    return seen


def paced(procs: int = 4, **options: int) -> World:
    """Return a paced world with forty globals."""
    return World(procs=procs, globals=40, paced=True, **options)


def events(world: World, kind: type) -> list[object]:
    """Return the last command's events of a kind."""
    return [event for event in world.events if isinstance(event, kind)]


# Triggers


def test_a_cycle_begins_where_the_heap_reaches_the_trigger() -> None:
    """Nothing alive, goal 4 MiB: at 61/64 of it the first cycle begins, in the malloc that reached it."""
    world = World(paced=True)

    calls = 0
    while not events(world, CycleTriggered):
        world.malloc(1024)
        calls += 1

    (event,) = events(world, CycleTriggered)
    assert event == CycleTriggered(1, "heap", 3_997_696, 3_997_696, 4 * MIB, limited=False)
    assert calls == 3_997_696 // 1024 - 7  # the span of 8 that was just taken counts as a whole
    assert world.collector.marking


def test_a_forced_cycle_takes_time_and_two_stops() -> None:
    """runtime.GC: the clock goes on by two stops and the marking; MemStats tell of it."""
    world = paced()
    before = world.malloc(100)

    world.gc()

    stats = world.mstats()
    (cycle,) = world.pace.history if world.pace else ()
    assert before
    assert (cycle.number, cycle.reason, cycle.stw_ns) == (1, "forced", 2 * STOP)
    assert len(events(world, WorldStopped)) == 2
    assert cycle.end_ns - cycle.start_ns > 2 * STOP
    assert (stats.num_gc, stats.num_forced_gc) == (1, 1)
    assert stats.pause_total_ns == 2 * STOP
    assert stats.pause_ns == (2 * STOP,)
    assert stats.last_gc == stats.pause_end[0] == cycle.end_ns
    assert 0 < stats.gc_cpu_fraction < 1
    assert stats.next_gc == 4 * MIB


def test_without_a_cycle_nothing_begins_by_time() -> None:
    """255 s without a first cycle: none, as in real Go."""
    world = paced()

    world.advance(255 * SECOND)

    assert world.mstats().num_gc == 0
    assert events(world, TimePassed) == [TimePassed(255 * SECOND, 255 * SECOND + 1, 0)]


def test_two_minutes_after_a_cycle_another_begins() -> None:
    """A first one, then 250 s: two more, each 120 s after the one before."""
    world = paced()
    world.gc()

    world.advance(250 * SECOND)

    assert [event.reason for event in events(world, CycleTriggered)] == ["time", "time"]  # type: ignore[attr-defined]
    first, second, third = world.pace.history if world.pace else ()
    assert second.start_ns - first.end_ns == FORCE_GC_PERIOD + 1
    assert third.start_ns - second.end_ns == FORCE_GC_PERIOD + 1


def test_gogc_off_begins_nothing_by_heap_or_time() -> None:
    """16 MiB and five minutes: no cycle but the one that is asked for."""
    world = paced(gogc=-1)
    world.gc()

    for _ in range(16):
        world.malloc(MIB)
    world.advance(300 * SECOND)

    assert world.mstats().num_gc == 1
    assert world.pace is not None
    assert not world.pace.due


def test_a_cycle_may_begin_while_the_last_one_is_marked_and_asked_for() -> None:
    """runtime.GC finishes the one that marks first."""
    world = World(paced=True)
    while not world.collector.marking:
        world.malloc(1024)

    world.gc()

    assert [cycle.reason for cycle in world.pace.history] == ["heap", "forced"]  # type: ignore[union-attr]
    world.check()


def test_single_steps_work_in_a_paced_world_too() -> None:
    """gc_start, mark_all, mark_done by hand: the pacer sees a whole cycle."""
    world = paced()
    world.new(1, 64, into=Global(0))

    world.gc_start()
    world.mark_all()
    ended = world.mark_done()

    assert ended
    assert events(world, GoalSet)
    assert world.snapshot().pacer.cycles[0].live == 64  # type: ignore[union-attr]
    world.check()


def test_marks_that_are_given_count_as_a_cycle() -> None:
    """sweep_begin: nobody saw the marking; it is a cycle in which nothing was allocated."""
    world = paced()
    world.malloc(64)

    world.sweep_begin({})

    assert world.pace is not None
    assert world.pace.history[0].heap_start == world.pace.history[0].heap_end
    world.check()


# Workers and assists


@pytest.mark.slow
def test_four_ps_mark_beside_the_program_and_end_near_the_goal() -> None:
    """25,000 objects of 256 B in growing lists: the heap doubles with each cycle and ends near its goal."""
    world = paced()

    seen = churn(world, 60_000)

    cycles = world.pace.history if world.pace else ()
    assert len(cycles) >= 2
    assert {"WorkerStarted", "WorkerMarked", "AssistPaid", "GoalSet", "CycleTriggered"} <= seen
    assert all(cycle.workers_ns and cycle.idle_ns and cycle.scanned for cycle in cycles)
    assert all(cycle.live <= cycle.heap_end for cycle in cycles)
    assert cycles[-1].heap_end == pytest.approx(cycles[-1].goal, rel=0.15)  # the heap doubles each time
    world.check()


def test_one_busy_p_marks_by_assists_alone() -> None:
    """The only P runs the program; no time slice ends so soon, so whoever allocates scans."""
    world = paced(procs=1)

    seen = churn(world, 60_000, stop=lambda: bool(world.pace and world.pace.history))

    (cycle,) = world.pace.history if world.pace else ()
    assert "AssistPaid" in seen
    assert "WorkerMarked" not in seen
    assert cycle.assist_ns > 0
    assert cycle.workers_ns == cycle.idle_ns == 0


def test_a_busy_p_owes_a_quarter_when_its_time_slice_ends() -> None:
    """One P that computes while a cycle marks: after 10 ms it becomes a fractional worker."""
    world = grown(procs=1)

    world.advance(2 * TIME_SLICE, busy=1)

    assert events(world, WorkerStarted)[:1] == [WorkerStarted(0, "fractional")]
    assert world.pace is not None
    assert world.pace.history[0].workers_ns > 0


def grown(procs: int, lists: int = 40) -> World:
    """Return a world with a heap of some MiB in lists whose cycle has just begun."""
    world = World(procs=procs, globals=lists, paced=True, gogc=-1)
    churn(world, 2_000, lists)
    world.set_gc_percent(1)
    while not world.collector.marking:
        world.malloc(8192)
    return world


def test_six_ps_have_a_dedicated_worker_and_a_share_of_the_others() -> None:
    """Nobody is at work: one dedicated worker, and a twelfth of the time of each other P."""
    world = grown(procs=6)

    world.advance(100_000)

    modes = [event.mode for event in events(world, WorkerMarked)]  # type: ignore[attr-defined]
    assert {"dedicated", "fractional"} <= set(modes)


def test_all_ps_at_work_still_give_a_dedicated_worker() -> None:
    """Four Ps compute: the last of them marks from the beginning, as Go preempts one."""
    world = grown(procs=4)

    world.advance(20_000, busy=4)

    assert events(world, WorkerStarted)[:1] == [WorkerStarted(3, "dedicated")]


def test_an_idle_worker_goes_when_its_p_gets_work() -> None:
    """P2 marks because it is idle; then the program uses it."""
    world = grown(procs=4)
    assert world.pace is not None
    pace = world.pace
    pace.workers[2].mode, pace.workers[2].since = WorkerMode.IDLE, pace.now - 700
    pace.controller.add_idle_mark_worker()

    world.advance(10_000, busy=4)

    assert pace.workers[2].mode is not WorkerMode.IDLE
    assert pace.controller.idle_mark_time > 700
    world.check()


def test_a_time_slice_ends_without_a_worker_where_there_is_one_or_nothing_to_do() -> None:
    """P0 marks already, P1 would find nothing: all is P2's own."""
    world = grown(procs=4, lists=1)
    assert world.pace is not None
    while world.collector.jobs:
        world.mark_step(2)
    world.pace.busy = {0, 1}
    world.pace.workers[0].mode = WorkerMode.DEDICATED

    world._mark_time().preempt()

    assert [worker.mode for worker in world.pace.workers] == [WorkerMode.DEDICATED, None, None, None]


def test_busy_ps_give_away_what_they_have_when_the_last_worker_finds_nothing() -> None:
    """All grey objects are P0's own, which computes, and nobody else marks: they go to all."""
    world = grown(procs=4, lists=1)
    assert world.pace is not None
    while world.collector.jobs:
        world.mark_step(0)
    world.pace.controller.dedicated_mark_workers_needed = 0
    before = world._mark_time().available()

    world.advance(10_000, busy=4)

    assert not before
    assert events(world, MarkResumed)
    assert world._mark_time().available()


def test_who_shares_its_p_with_a_fractional_worker_waits_for_it() -> None:
    """One P: its time slice ended, so that a malloc comes when the worker has had its share."""
    world = grown(procs=1)
    assert world.pace is not None
    world.advance(world.pace.slice_end - world.pace.now, busy=1)
    assert world.pace.workers[0].mode is WorkerMode.FRACTIONAL
    before = world.pace.now

    world.malloc(16)

    assert world.pace.workers[0].mode is None
    assert world.pace.now - before > 10_000


def test_a_goroutine_waits_where_nothing_is_left_to_scan_for_it() -> None:
    """P3 has all that is grey for itself: G1 finds nothing, waits in the queue, and P3's worker pays for it."""
    world = grown(procs=4, lists=1)
    assert world.pace is not None
    while world.collector.jobs:
        world.mark_step(3)
    world.pace.assists.credit[1] = -1

    world.malloc(8192)

    (parked,) = events(world, AssistParked)
    assert parked.g == 1  # type: ignore[attr-defined]
    assert parked.ns > 0  # type: ignore[attr-defined]
    assert not world.pace.assists.queue
    world.check()


def test_a_full_bucket_lets_goroutines_allocate_for_nothing() -> None:
    """The limiter is on: who owes says so and goes on."""
    world = grown(procs=4)
    assert world.pace is not None
    limiter = world.pace.limiter
    limiter.fill, limiter.enabled = limiter.capacity, True

    world.malloc(8192)

    assert events(world, AssistSkipped)
    assert not events(world, AssistPaid)


def test_the_limiter_lets_go_when_the_program_has_had_its_time() -> None:
    """Its bucket drains while the program computes."""
    world = paced()
    assert world.pace is not None
    limiter = world.pace.limiter
    limiter.fill, limiter.enabled = limiter.capacity, True

    world.advance(2 * TIME_SLICE, busy=4)

    assert events(world, LimiterChanged)
    assert not limiter.limiting()
    assert limiter.fill < limiter.capacity


def test_assists_can_fill_the_bucket() -> None:
    """It holds a little less than it can: the next assist that is booked fills it."""
    world = grown(procs=1)
    assert world.pace is not None
    limiter = world.pace.limiter
    limiter.update(world.pace.now)
    limiter.fill = limiter.capacity - 1

    seen = set[str]()
    while world.collector.marking and "LimiterChanged" not in seen:
        world.malloc(8192)
        seen |= {type(event).__name__ for event in world.events}

    assert "LimiterChanged" in seen


def test_a_goroutine_that_ends_gives_its_credit_away() -> None:
    """G2 has paid too much; its credit is for all."""
    world = World(procs=2, goroutines=2, globals=4, paced=True)
    world.gc_start()
    assert world.pace is not None
    world.pace.assists.credit[2] = 1 << 20

    world.goexit(2)

    assert world.pace.controller.bg_scan_credit > 0


def test_a_dedicated_worker_leaves_the_program_three_of_four_ps() -> None:
    """15 ns on each of four Ps take 15 ns when nobody marks, and 20 when one does."""
    world = paced()
    assert world.pace is not None
    pace = world.pace
    pace.busy = {0, 1, 2, 3}

    alone = pace.running
    pace.workers[3].mode = WorkerMode.DEDICATED

    assert (alone, pace.running) == (4, 3)


# Settings


def test_set_gc_percent_moves_the_goal_at_once() -> None:
    """From 100 to 400: the first goal goes from 4 to 16 MiB."""
    world = paced()

    was = world.set_gc_percent(400)

    assert was == 100
    assert world.mstats().next_gc == 16 * MIB
    (event,) = events(world, SettingChanged)
    assert (event.name, event.old, event.new, event.goal) == ("GOGC", "100", "400", 16 * MIB)  # type: ignore[attr-defined]
    assert world.gogc == 400


def test_switching_off_waits_for_the_cycle_that_marks() -> None:
    """debug.SetGCPercent(-1) returns with no collection running."""
    world = grown(procs=4)

    world.set_gc_percent(-1)

    assert not world.collector.marking
    assert world.gogc == -1
    world.check()


def test_a_setting_while_marking_changes_the_assist_ratio() -> None:
    """A far goal makes allocating cheap."""
    world = grown(procs=4)
    assert world.pace is not None
    before = world.pace.controller.assist_work_per_byte

    world.set_gc_percent(1000)

    assert world.pace.controller.assist_work_per_byte < before


def test_a_memory_limit_sets_the_goal_where_gogc_would_not() -> None:
    """GOGC=off with 40 MiB: cycles begin before the limit is reached, and memory stays below it."""
    world = paced(gogc=-1, memory_limit=40 * MIB)

    for _ in range(2_000):
        world.drop(world.malloc(64 << 10))

    assert world.pace is not None
    assert all(cycle.limited and cycle.goal < 40 * MIB for cycle in world.pace.history)
    assert len(world.pace.history) >= 3
    assert world.allocator.heap.mapped_ready() < 40 * MIB
    world.check()


def test_a_limit_can_be_set_asked_for_and_taken_away() -> None:
    """A negative one only asks; None is none; the same one again changes nothing."""
    world = paced()

    first = world.set_memory_limit(64 * MIB)
    said = events(world, SettingChanged)
    asked = world.set_memory_limit(-1)
    same = world.set_memory_limit(64 * MIB)
    quiet = events(world, SettingChanged)
    last = world.set_memory_limit(None)

    assert (first, asked, same, last) == (2**63 - 1, 64 * MIB, 64 * MIB, 64 * MIB)
    assert said
    assert not quiet
    assert world.memory_limit is None
    assert world.mstats().next_gc == 4 * MIB


def test_a_limit_below_the_overheads_collects_all_the_time_and_the_program_goes_on() -> None:
    """1 MiB for a process that needs more: a cycle begins at each refill, and objects are made all the same."""
    world = paced(memory_limit=MIB)

    for _ in range(200):
        world.drop(world.malloc(2048))

    assert world.pace is not None
    assert len(world.pace.history) > 5
    world.check()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (lambda world: world.set_gc_percent(2**31), "int32"),
        (lambda world: world.set_memory_limit(2**63), "int64"),
        (lambda world: world.advance(-1), "cannot pass"),
        (lambda world: world.advance(10, busy=5), "this world has 4"),
        (lambda world: world.advance(0.5), "whole|ns"),
    ],
)
def test_what_cannot_be_is_refused(command: Callable[[World], object], said: str) -> None:
    """And nothing has changed."""
    world = paced()
    before = world.digest()

    with pytest.raises(MisuseError, match=said):
        command(world)

    assert world.digest() == before


@pytest.mark.parametrize(
    "command",
    [lambda world: world.set_gc_percent(50), lambda world: world.set_memory_limit(1), lambda world: world.advance(1)],
)
def test_a_world_that_is_not_paced_says_how_to_make_one(command: Callable[[World], object]) -> None:
    """World() has no clock."""
    with pytest.raises(MisuseError, match=r"World\(paced=True\)"):
        command(World())


# Everything that allocates


def test_a_run_of_objects_is_what_single_ones_are() -> None:
    """50,000 objects of 48 B in one command or one by one: the same addresses, cycles and clock."""
    one_by_one, at_once = World(procs=2, paced=True), World(procs=2, paced=True)

    singles = [one_by_one.malloc(48) for _ in range(90_000)]
    runs = at_once.malloc_run(48, count=90_000)

    assert [address + i * stride for address, n, stride in runs for i in range(n)] == singles
    assert at_once.pace is not None
    assert one_by_one.pace is not None
    assert at_once.pace.history == one_by_one.pace.history
    assert at_once.pace.now == one_by_one.pace.now
    assert any(isinstance(event, CycleTriggered) for event in at_once.events)


@pytest.mark.parametrize("size", [8, 100_000])
def test_tiny_and_large_objects_take_time_in_a_run_too(size: int) -> None:
    """8 B share blocks, 100,000 B have a span each."""
    world = World(paced=True)
    assert world.pace is not None
    before = world.pace.now

    runs = world.malloc_run(size, count=100)

    assert len(runs) == 100
    assert world.pace.now > before


def test_objects_with_pointers_count_as_scannable() -> None:
    """Half of 1 MiB in pointers: after a refill the pacer knows."""
    world = World(paced=True, gogc=-1)
    assert world.pace is not None

    world.malloc(512 << 10, pointers=True)
    world.malloc(512 << 10)
    world.malloc_run(1024, pointers=True, count=16)

    assert world.pace.controller.heap_scan >= 512 << 10
    assert world.pace.controller.heap_scan < 640 << 10


def test_marking_counts_objects_of_every_kind_against_their_goroutine() -> None:
    """Tiny, small and large objects while a cycle marks: each byte is booked."""
    world = grown(procs=4)
    assert world.pace is not None
    world.pace.assists.credit[1] = 1 << 30
    world.pace.controller.assist_work_per_byte = 1e-9

    for size in (8, 8, 64, 40_000):
        world.malloc(size)

    assert world.pace.assists.credit[1] <= (1 << 30) - 16 - 64 - 40_960


def test_pools_and_goroutines_take_time_too() -> None:
    """Put, Get, go: their objects are paid for."""
    world = paced()
    assert world.pace is not None
    pool = world.pool(new=64)
    clock = [world.pace.now]

    item = pool.get()
    clock.append(world.pace.now)
    pool.put(item, p=1)
    clock.append(world.pace.now)
    world.go()
    clock.append(world.pace.now)
    world.go(p=2)
    clock.append(world.pace.now)

    assert clock == sorted(set(clock))


def test_with_a_scheduler_the_running_goroutines_are_at_work() -> None:
    """G1 runs on P0, the others idle: when the time slice ends the pace knows."""
    world = paced()
    world.schedinit()
    assert world.pace is not None

    world.advance(2 * TIME_SLICE, busy=3)

    assert world.pace.busy == {0}


def test_ps_come_and_go() -> None:
    """GOMAXPROCS: each has a worker, and the limiter's bucket follows."""
    world = paced(procs=4)
    assert world.pace is not None
    world.advance(1000, busy=4)

    world.gomaxprocs(2)

    assert len(world.pace.workers) == 2
    assert world.pace.limiter.capacity == 2_000_000_000
    world.gomaxprocs(8)
    world.check()


def test_the_background_sweeper_uses_idle_time() -> None:
    """A cycle leaves spans; while the program sleeps they are swept, while all Ps compute ten in each time slice."""
    asleep, at_work = swept_less(), swept_less()

    asleep.advance(1_000_000)
    at_work.advance(2 * TIME_SLICE, busy=2)

    assert asleep.allocator.heap.sweeping is None
    assert at_work.allocator.heap.sweeping is not None
    assert at_work.snapshot().gc.sweep.pages_swept > 0


def swept_less() -> World:
    """Return a world in which a cycle has just ended and spans wait to be swept."""
    world = World(procs=2, paced=True, gogc=-1)
    world.drop([address for address in (world.malloc(1024) for _ in range(2_000)) if address % 4096])
    world.gc_start()
    world.mark_all()
    world.mark_done()
    return world


def test_sweeping_is_paced_by_the_real_trigger() -> None:
    """All pages in use over what may be allocated before the next cycle, less a MiB."""
    world = World(procs=2, paced=True)
    world.malloc_run(1024, count=3_000)

    world.gc_start()
    world.mark_all()
    world.mark_done()

    sweeper, heap = world.allocator.sweeper, world.allocator.heap
    trigger = world.snapshot().pacer.trigger  # type: ignore[union-attr]
    assert sweeper.sweep_pages_per_byte == pytest.approx(375 / (trigger - heap.stats.heap_live - MIB), rel=0.02)


# The value


def test_a_copy_has_its_own_clock() -> None:
    """What the copy does leaves the original as it was, while a cycle marks."""
    world = grown(procs=4)
    before = world.digest()
    twin = world.copy()

    twin.advance(SECOND)
    twin.malloc(64)

    assert world.digest() == before
    assert twin.digest() != before
    twin.check()


def test_the_snapshot_tells_who_marks_and_who_owes() -> None:
    """While a cycle marks: workers, debts, the ratio, and why it began."""
    world = grown(procs=4)
    world.advance(10_000, busy=1)
    world.malloc(8192)

    info = world.snapshot().pacer

    assert info is not None
    assert info.marking
    assert info.reason == "heap"
    assert info.triggered > 0
    assert info.now_ns > info.start_ns > 0
    assert info.assist_ratio > 0
    assert [worker.p for worker in info.workers] == [0, 1, 2, 3]
    assert info.workers[0].busy
    assert any(worker.mode == "dedicated" for worker in info.workers)
    assert info.debts
    assert info.scan_work > 0
    assert World().snapshot().pacer is None


def test_a_world_that_is_not_paced_is_as_ever() -> None:
    """No clock, no goal, no cycle at 100 MiB."""
    world = World()

    for _ in range(100):
        world.malloc(MIB)
    pool = world.pool(new=8)
    pool.put(pool.get())
    world.goexit(world.go())
    world.gomaxprocs(2)
    world.check()

    assert world.pace is None
    world.new(1, 8, into=Global(0))
    world.copy().gc()
    assert (world.mstats().num_gc, world.mstats().next_gc, world.mstats().last_gc) == (0, 0, 0)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda pace: pace.controller.start_cycle(0, 4), "the pacer says"),
        (lambda pace: pace.workers.pop(), "workers"),
        (lambda pace: pace.controller.add_idle_mark_worker(), "idle workers"),
        (lambda pace: setattr(pace.workers[0], "mode", WorkerMode.DEDICATED), "a P marks"),
    ],
)
def test_check_finds_a_pace_that_contradicts_the_world(damage: Callable[[object], object], said: str) -> None:
    """Each kind of contradiction."""
    world = paced()
    assert world.pace is not None
    world.pace.controller.max_idle_mark_workers = 1

    damage(world.pace)

    with pytest.raises(ThrowError, match=said):
        world.check()


class Life(RuleBasedStateMachine):
    """Any life of a paced world."""

    @initialize(
        procs=st.integers(1, 6), gogc=st.sampled_from([-1, 0, 5, 100]), limit=st.sampled_from([None, MIB, 9 * MIB])
    )
    def begin(self, procs: int, gogc: int, limit: int | None) -> None:
        """Begin a process with some garbage and a list."""
        self.world = World(procs=procs, gogc=gogc, memory_limit=limit, globals=3, paced=True)
        self.now = 0

    @rule(size=st.sampled_from([0, 5, 16, 300, 5_000, 70_000]), p=st.integers(0, 5), n=st.integers(1, 40))
    def allocate(self, size: int, p: int, n: int) -> None:
        """Make plain objects on one P."""
        self.world.malloc_run(size, size > 16, n, p % len(self.world.ps))

    @rule(n=st.integers(1, 60), to=st.integers(0, 2))
    def grow_list(self, n: int, to: int) -> None:
        """Put objects before a list."""
        for _ in range(n):
            self.world.new(3, 400, into=StackSlot(1, 0), fields=(Global(to),))
            self.world.assign(Global(to), StackSlot(1, 0))

    @rule(to=st.integers(0, 2))
    def drop_list(self, to: int) -> None:
        """Forget a list."""
        self.world.assign(Global(to), None)

    @rule(ns=st.integers(0, TIME_SLICE + TIME_SLICE // 4), busy=st.integers(0, 6))
    def wait(self, ns: int, busy: int) -> None:
        """Let time pass."""
        self.world.advance(ns, min(busy, len(self.world.ps)))

    @rule(gogc=st.integers(-1, 300))
    def set_gogc(self, gogc: int) -> None:
        """Change GOGC."""
        self.world.set_gc_percent(gogc)

    @rule(limit=st.sampled_from([None, 0, MIB, 20 * MIB]))
    def set_limit(self, limit: int | None) -> None:
        """Change the limit."""
        self.world.set_memory_limit(limit)

    @rule(procs=st.integers(1, 6))
    def resize(self, procs: int) -> None:
        """Change GOMAXPROCS, if nothing marks."""
        if not self.world.collector.marking:
            self.world.gomaxprocs(procs)

    @rule()
    def collect(self) -> None:
        """Call runtime.GC."""
        self.world.gc()

    @invariant()
    def sound(self) -> None:
        """Check the world; its clock never runs back, and its live heap is what the pacer believes."""
        if not hasattr(self, "world") or self.world.pace is None:
            return
        self.world.check()
        assert self.world.pace.now >= self.now
        self.now = self.world.pace.now


Life.TestCase.settings = settings(max_examples=10, stateful_step_count=10, deadline=None)
TestLife = pytest.mark.slow(Life.TestCase)


def test_a_p_may_tell_of_stacks_that_are_gone_before_another_tells_that_they_came() -> None:
    """Three goroutines each start on P1 and on P2, which tell nobody; four of them end on P0, and it tells: -8 KiB."""
    world = World(procs=3, paced=True)
    started = [world.go(p=p) for p in (1, 1, 1, 2, 2, 2)]
    world.gomaxprocs(1)

    for g in started[:4]:
        world.goexit(g)
    world.gc()

    assert world.pace is not None
    assert world.pace.controller.max_stack_scan == -6144
    world.check()


def test_what_a_p_allocates_on_which_nobody_runs_is_paid_by_nobody() -> None:
    """With a scheduler P1 idles; the runtime may allocate there while a cycle marks, and is not refused halfway."""
    world = World(procs=2, paced=True)
    world.schedinit(1)
    world.gc_start()

    world.malloc(100, p=1)

    assert world.pace is not None
    assert not world.pace.assists.credit
    assert world.mstats().heap_objects == 1
    world.check()


def test_no_more_than_eleven_days_pass_at_once() -> None:
    """A year would be 263,000 cycles, and nobody could stop it."""
    world = World(paced=True)
    before = world.digest()

    with pytest.raises(MisuseError, match=r"31536000000000000 ns cannot pass at once; give 0 to 10+, 11 days"):
        world.advance(365 * 24 * 3600 * SECOND)

    assert world.digest() == before
