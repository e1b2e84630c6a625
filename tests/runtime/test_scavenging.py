"""Who gives pages back, how many and when: the goals, a heap that grows, a memory limit, a person."""

from collections.abc import Callable

import pytest

from gomemlab.runtime.alloc.scavenging import NO_GOAL, NO_LIMIT, Scavenging, heap_retained
from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.runtime.memevents import GROWTH, LIMIT, PagesScavenged, ScavengeEnded, ScavengerPaced
from gomemlab.runtime.world import World

MIB = 1 << 20


def holes(mib: int, memory_limit: int | None = None, generations: int = 2) -> World:
    """Return a world with so many MiB that were used and are free in every second one, after some cycles."""
    world = World(memory_limit=memory_limit)
    blocks = [world.malloc(MIB) for _ in range(2 * mib)]
    for block in blocks:
        world.touch(block)
    world.drop(blocks[::2])
    for _ in range(generations):
        world.gc()
    world.allocator.begin()
    return world


def ended(world: World) -> list[ScavengeEnded]:
    """Return who gave pages back in the last command."""
    return [event for event in world.events if isinstance(event, ScavengeEnded)]


# Goals


def test_the_goal_is_the_heap_that_is_to_come_and_a_tenth_more() -> None:
    """In use 32 MiB when marking ended, the next goal half the last one: 16 MiB and a tenth may stay, whole pages."""
    world = holes(32)
    scavenging = world.allocator.heap.scavenging
    assert scavenging.last_heap_inuse == 32 * MIB

    scavenging.pace(world.allocator.heap, heap_goal=20 * MIB, last_heap_goal=40 * MIB)

    goal = 16 * MIB * 11 // 10
    assert scavenging.gc_percent_goal == -(-goal // 4096) * 4096
    assert world.events == (ScavengerPaced(scavenging.gc_percent_goal, -1),)


def test_a_heap_below_its_goal_has_none() -> None:
    """64 MiB are there, and 70 may stay; the same pace again says nothing."""
    world = holes(32)
    scavenging = world.allocator.heap.scavenging

    scavenging.pace(world.allocator.heap, heap_goal=80 * MIB, last_heap_goal=40 * MIB)

    assert scavenging.gc_percent_goal == NO_GOAL
    assert not world.events
    assert scavenging.goals_met(world.allocator.heap)


def test_less_than_a_page_above_the_goal_is_no_reason() -> None:
    """The goal that comes out is one page of 4 KiB below what is there, less a byte: then there is none."""
    world = holes(32)
    heap, scavenging = world.allocator.heap, world.allocator.heap.scavenging
    goal = heap_retained(heap) - 4096

    scavenging.last_heap_inuse = goal * 10 // 11
    scavenging.pace(heap, 1, 1)
    assert scavenging.gc_percent_goal == goal
    scavenging.last_heap_inuse += 4096 * 10 // 11
    scavenging.pace(heap, 1, 1)

    assert scavenging.gc_percent_goal == NO_GOAL


@pytest.mark.parametrize(("limit_mib", "goal"), [(80, False), (66, True)])
def test_with_a_limit_95_percent_of_it_may_stay(limit_mib: int, goal: bool) -> None:
    """Some 68 MiB are ready. Below 95 % of the limit there is no goal; above, 95 % are it."""
    world = holes(32)
    scavenging = world.allocator.heap.scavenging
    scavenging.memory_limit = limit_mib * MIB

    scavenging.pace(world.allocator.heap)

    assert scavenging.memory_limit_goal == (int(limit_mib * MIB * 0.95) if goal else NO_GOAL)
    assert scavenging.goals_met(world.allocator.heap) is not goal


# Allocations that scavenge


def test_a_growth_gives_back_as_much_as_it_took_above_the_goal() -> None:
    """4 MiB find no room, so the heap grows by 4 MiB; the goal is 2 MiB above what is there, so 2 MiB go back."""
    world = holes(32)
    heap = world.allocator.heap
    heap.scavenging.gc_percent_goal = heap_retained(heap) + 2 * MIB

    world.malloc(4 * MIB)

    (event,) = ended(world)
    assert (event.by, event.wanted) == (GROWTH, 2 * MIB)
    assert event.released >= 2 * MIB
    assert heap.scavenging.released_eager == event.released
    assert heap.scavenging.assist_ns > 0
    world.check()


@pytest.mark.parametrize("above", [0, 8 * MIB])
def test_a_growth_gives_no_more_back_than_it_took(above: int) -> None:
    """The goal is 8 MiB lower than what is there, or far above: 4 MiB go back, or none."""
    world = holes(32)
    heap = world.allocator.heap
    heap.scavenging.gc_percent_goal = heap_retained(heap) - 8 * MIB + 3 * above

    world.malloc(4 * MIB)

    assert [event.wanted for event in ended(world)] == ([] if above else [4 * MIB])


def test_an_allocation_without_a_growth_gives_nothing_back_for_the_goal() -> None:
    """There is room for 1 MiB below."""
    world = holes(32)
    world.allocator.heap.scavenging.gc_percent_goal = 0

    world.malloc(MIB)

    assert not ended(world)


def test_near_the_limit_an_allocation_gives_back_what_it_takes_in() -> None:
    """What is ready is the limit: 4 MiB of new memory come only when 4 MiB go back."""
    world = holes(20)
    heap = world.allocator.heap
    heap.scavenging.memory_limit = heap.mapped_ready()

    world.malloc(4 * MIB)

    (event,) = ended(world)
    assert (event.by, event.wanted) == (LIMIT, 4 * MIB)
    assert heap.mapped_ready() <= heap.scavenging.memory_limit
    world.check()


def test_a_limit_is_no_hard_limit() -> None:
    """Nothing is free, so nothing can go back, and the allocation goes on all the same."""
    world = World(memory_limit=8 * MIB)

    world.malloc(16 * MIB)

    assert world.allocator.heap.mapped_ready() > 16 * MIB
    assert [event.released for event in ended(world)] == [0]


def test_the_limiter_stops_scavenging_for_the_limit() -> None:
    """Where the collector takes half of the CPU already, nobody scavenges."""
    world = holes(32)
    world.allocator.heap.scavenging.memory_limit = 1
    world.allocator.heap.scavenging.limiting = True

    world.malloc(4 * MIB)

    assert not ended(world)


def test_who_has_no_p_leaves_it_to_others() -> None:
    """A stack span that a thread without a P asks for."""
    world = holes(32)
    world.allocator.heap.scavenging.memory_limit = 1

    world.alloc_manual(512, p=-1)

    assert not ended(world)


def test_a_world_with_a_limit_paces_when_a_cycle_ends() -> None:
    """The limit is below what a heap of 32 MiB of holes has, and the world is not paced."""
    world = holes(32, memory_limit=60 * MIB)

    assert world.allocator.heap.scavenging.memory_limit_goal == int(60 * MIB * 0.95)
    assert world.scavenge_background() > 0


# The order of pages


def test_the_highest_pages_go_first() -> None:
    """1 MiB is wanted: the highest free one goes, then the next below."""
    world = holes(4)

    first = world.scavenge(MIB)
    (high,) = [event for event in world.events if isinstance(event, PagesScavenged)]
    world.scavenge(MIB)
    (low,) = [event for event in world.events if isinstance(event, PagesScavenged)]

    assert (first, high.npages, low.npages) == (MIB, 128, 128)
    assert high.page - low.page == 256
    world.check()


@pytest.mark.parametrize(("force", "released"), [(False, 0), (True, MIB)])
def test_a_chunk_that_was_full_a_cycle_ago_is_left_alone(force: bool, released: int) -> None:
    """The 4 MiB were dense when the last mark phase ended; by force, or a cycle later, a page is a page."""
    world = holes(4, generations=1)

    assert world.scavenge(MIB, force=force) == released

    world.gc()
    assert world.scavenge(MIB) == MIB


def test_a_page_that_comes_back_is_zero_and_resident() -> None:
    """A small object in pages that were given back: nothing has to be cleared, and RSS has its page again."""
    world = holes(4)
    world.free_os_memory()
    rss = world.footprint().rss

    world.malloc(8192)

    span = world.allocator.heap.span_of(world.snapshot().arena_base)
    assert span is not None
    assert not span.needzero
    assert world.footprint().rss - rss == PAGE_SIZE
    world.check()


def test_with_madv_free_a_page_that_comes_back_must_be_cleared() -> None:
    """The kernel may have left what was in it."""
    world = holes(4)
    world.set_madvdontneed(False)
    world.free_os_memory()
    rss = world.footprint().rss

    world.malloc(8192)

    span = world.allocator.heap.span_of(world.snapshot().arena_base)
    assert span is not None
    assert span.needzero
    assert world.footprint().rss == rss
    world.check()


@pytest.mark.parametrize(
    ("change", "watches"),
    [
        (Scavenging.__repr__, False),
        (lambda s: setattr(s, "gc_percent_goal", 1), True),
        (lambda s: setattr(s, "memory_limit", 1), True),
    ],
)
def test_a_heap_without_goals_does_not_look(change: Callable[[Scavenging], object], watches: bool) -> None:
    """Neither goal nor limit: no allocation pays for either."""
    scavenging = Scavenging()

    change(scavenging)

    assert scavenging.watches is watches
    assert Scavenging().memory_limit == NO_LIMIT
