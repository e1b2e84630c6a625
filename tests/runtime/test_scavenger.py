"""The background scavenger works so little that it is 1 % of a CPU, and stops when its goals are met."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomemlab.runtime.alloc.scavenging import NO_GOAL
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.memevents import ScavengerParked, ScavengerSlept
from gomemlab.runtime.scavenger import COOLDOWN, STARTING_SCAV_SLEEP_RATIO, PIController, Scavenger
from gomemlab.runtime.world import World

MIB = 1 << 20
SECOND = 1_000_000_000


def idle_heap(mib: int) -> World:
    """Return a world with so many MiB that were written to and are free, of chunks that are not dense any more."""
    world = World()
    blocks = [world.malloc(MIB) for _ in range(mib)]
    for block in blocks:
        world.touch(block)
    world.drop(blocks)
    world.gc()
    world.gc()
    world.allocator.begin()
    return world


def test_it_takes_1_percent_of_one_cpu() -> None:
    """256 MiB are idle and none may stay: after ten minutes on two Ps it worked 1 % of one CPU or less, and is done."""
    world = idle_heap(256)
    world.allocator.heap.scavenging.gc_percent_goal = 0
    scavenger = world.scavenger
    scavenger.wake(0)

    released = [scavenger.until(world.allocator.heap, second * SECOND, 2) for second in range(1, 600)]

    assert sum(released) == 256 * MIB == world.mstats().heap_released
    assert 0 < released[0] < 256 * MIB
    assert scavenger.parked
    world.check()


def test_it_stops_at_the_goal() -> None:
    """16 MiB may stay of 64: it gives back what is above, and a huge page more at most."""
    world = idle_heap(64)
    scavenging = world.allocator.heap.scavenging
    scavenging.gc_percent_goal = 16 * MIB

    while world.scavenge_background():
        pass

    retained = world.footprint().retained
    assert 14 * MIB <= retained <= 16 * MIB
    assert scavenging.released_bg == 64 * MIB - retained
    assert world.events[-1] == ScavengerParked(goals_met=True)


def test_without_a_goal_it_does_nothing() -> None:
    """A world that is not paced and has no limit has none."""
    world = idle_heap(8)

    assert world.scavenge_background() == 0
    assert world.allocator.heap.scavenging.goals_met(world.allocator.heap)


def test_where_nothing_may_be_taken_it_waits_all_the_same() -> None:
    """The goal is 0, but all pages are in use."""
    world = World()
    world.touch(world.malloc(4 * MIB))
    world.allocator.heap.scavenging.gc_percent_goal = 0

    assert world.scavenge_background() == 0
    assert world.events == (ScavengerParked(goals_met=False),)


def test_a_sweep_that_ends_wakes_it_early() -> None:
    """It worked at 0 and sleeps for a second; woken after 5 ms it works at once, and learns that it slept less."""
    world = idle_heap(64)
    world.allocator.heap.scavenging.gc_percent_goal = 0
    scavenger, heap = world.scavenger, world.allocator.heap
    scavenger.wake(0)
    scavenger.until(heap, 0, 1)
    assert any(isinstance(event, ScavengerSlept) for event in world.events)
    assert scavenger.wake_at > SECOND

    heap.scavenging.ready = True
    released = world._scavenge_until(5_000_000, 5_000_000)

    assert released > 0
    assert not heap.scavenging.ready
    assert scavenger.controller.err_integral < 0  # it had worked more than 1 %
    scavenger.check()


def test_small_goals_and_long_sleeps_go_together() -> None:
    """Nothing to do parks it, and parked it stays parked whatever time passes."""
    world = idle_heap(4)
    world.scavenger.wake(0)

    assert world.scavenger.until(world.allocator.heap, SECOND, 1) == 0
    assert world.scavenger.until(world.allocator.heap, 100 * SECOND, 1) == 0
    assert world.scavenger.parked


# The controller


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(1e6, 1e12)), max_size=30))
def test_the_output_keeps_its_bounds(samples: list[tuple[float, float]]) -> None:
    """Whatever was measured, and however long."""
    controller = PIController()

    for found, period in samples:
        output, ok = controller.next(found, 0.01, period)
        assert ok
        assert controller.least <= output <= controller.most


def test_an_input_that_is_no_number_resets() -> None:
    """Infinity: the conservative output, not to be trusted."""
    controller = PIController(err_integral=3.0)

    assert controller.next(float("inf"), 0.01, 1e6) == (0.001, False)
    assert (controller.err_integral, controller.input_overflow) == (0.0, True)


def test_an_error_that_grows_beyond_all_bounds_resets() -> None:
    """A period of 1e308 overflows the integral."""
    controller = PIController()

    assert controller.next(-1e300, 0.01, 1e308) == (0.001, False)
    assert (controller.err_integral, controller.err_overflow) == (0.0, True)


def test_without_an_integral_only_the_error_counts() -> None:
    """ti = 0 switches it off."""
    assert PIController(ti=0).next(0.0, 0.5, 1e9) == (0.3375 * 0.5, True)


def test_after_a_failure_it_sleeps_conservatively_for_five_seconds() -> None:
    """The controller fails, then sleeps count the cooldown down, and only then it is asked again."""
    scavenger = Scavenger(parked=False, asleep_since=0, worked=1e6)
    scavenger.controller.err_integral = float("inf")

    scavenger._slept(10, 1)
    assert (scavenger.sleep_ratio, scavenger.controller_cooldown) == (STARTING_SCAV_SLEEP_RATIO, COOLDOWN)
    scavenger.asleep_since = 10
    scavenger._slept(SECOND, 1)
    assert COOLDOWN - 2 * SECOND < scavenger.controller_cooldown < COOLDOWN - 0.9 * SECOND
    scavenger.asleep_since = SECOND
    scavenger._slept(100 * SECOND, 1)

    assert scavenger.controller_cooldown == 0


@pytest.mark.parametrize(
    ("broken", "why"), [(Scavenger(asleep_since=5), "at once"), (Scavenger(sleep_ratio=0.0), "out of bounds")]
)
def test_check_finds_a_broken_scavenger(broken: Scavenger, why: str) -> None:
    """Parked and asleep; a ratio that would mean to sleep for ever."""
    with pytest.raises(ThrowError, match=why):
        broken.check()


def test_a_copy_is_its_own() -> None:
    """The copy's controller learns alone."""
    scavenger = Scavenger()

    scavenger.copy().controller.next(0.5, 0.01, 1e9)

    assert scavenger == Scavenger()
    assert NO_GOAL > 0


@given(st.lists(st.integers(0, 3 * SECOND), min_size=1, max_size=6))
def test_time_may_be_cut_anywhere(pieces: list[int]) -> None:
    """Let pass at once or in pieces, the same time leaves the same scavenger and the same heap."""
    at_once = idle_heap(16)
    at_once.allocator.heap.scavenging.gc_percent_goal = 2 * MIB
    at_once.scavenger.wake(0)
    in_pieces, now = at_once.copy(), 0

    for piece in pieces:
        now += piece
        in_pieces.scavenger.until(in_pieces.allocator.heap, now, 1)
    at_once.scavenger.until(at_once.allocator.heap, now, 1)

    assert in_pieces.scavenger == at_once.scavenger
    assert in_pieces.footprint() == at_once.footprint()
    in_pieces.check()
