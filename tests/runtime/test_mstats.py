"""MemStats to the byte, without flushing anything."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomemlab.runtime.alloc.heapstats import HeapStats
from gomemlab.runtime.arch import GO_1_21, GO_1_27, PAGE_SIZE, Go
from gomemlab.runtime.mstats import BY_SIZE_ROWS, BySize, MemStats
from gomemlab.runtime.world import World
from tests.naive import Naive
from tests.worlds import end_mark, state

MIB = 1 << 20


def test_an_empty_world_has_one_mcache() -> None:
    """No page is mapped; a P's mcache is 2296 B of the runtime's own, and the rest of Sys is its own as well."""
    stats = World(procs=3).mstats()

    rest = {name: getattr(stats, name) for name in MemStats.__dataclass_fields__ if name != "by_size"}
    assert rest.pop("enable_gc")
    own = [rest.pop(name) for name in ("mspan_sys", "mcache_sys", "buck_hash_sys", "gc_sys", "other_sys")]
    assert (rest.pop("sys"), rest.pop("mcache_inuse")) == (sum(own), 3 * 2296)
    assert own[:2] == [0, 16072]
    assert set(rest.values()) == {0, ()}


def test_one_small_object_to_the_byte() -> None:
    """24 B: one slot, one page, one chunk, 64 span records."""
    world = World()

    world.malloc(20)

    stats = world.mstats()
    assert (stats.mallocs, stats.frees, stats.heap_objects) == (1, 0, 1)
    assert (stats.alloc, stats.total_alloc, stats.heap_alloc) == (24, 24, 24)
    assert (stats.heap_sys, stats.heap_inuse, stats.heap_idle) == (4 * MIB, 8192, 4 * MIB - 8192)
    assert (stats.heap_released, stats.stack_inuse) == (4 * MIB - 8192, 0)
    assert (stats.mspan_inuse, stats.mcache_inuse) == (64 * 160, 2296)
    assert stats.by_size[3] == BySize(24, 1, 0)


def test_a_large_object_counts_its_pages() -> None:
    """40,000 B count as 40,960; freed, they stay in TotalAlloc and Mallocs."""
    world = World()
    address = world.malloc(40_000)
    alive = world.mstats()

    world.free_span(address)

    dead = world.mstats()
    assert (alive.heap_alloc, alive.heap_inuse, alive.heap_objects) == (40_960, 40_960, 1)
    assert (dead.heap_alloc, dead.heap_inuse, dead.heap_objects) == (0, 0, 0)
    assert (dead.total_alloc, dead.mallocs, dead.frees) == (40_960, 1, 1)


def test_tiny_objects_count_as_freed_at_once() -> None:
    """Three of 5 B in one block: Mallocs 3, Frees 2, one object of 16 B; before and after a flush."""
    world = World()
    for _ in range(3):
        world.malloc(5)

    cached, flushed = world.mstats(), world.read_mem_stats()

    assert cached == flushed
    assert (cached.mallocs, cached.frees, cached.heap_objects, cached.heap_alloc) == (3, 2, 1, 16)
    assert cached.by_size[2] == BySize(16, 1, 0)


def test_tiny_objects_are_booked_when_their_span_is_exchanged() -> None:
    """504 blocks of two 8 B objects and one more: the counter has left the mcache, the total is the same."""
    world = World()

    for _ in range(2 * 504 + 1):
        world.malloc(8)

    assert world.mstats().mallocs == 1009
    assert world.allocator.heap.stats.tiny_alloc_count == 504
    assert world.snapshot().ps[0].tiny_allocs == 0


def test_nothing_asked_is_not_counted() -> None:
    """malloc(0) is no malloc."""
    world = World()

    world.malloc(0)

    assert world.mstats().mallocs == 0


def test_stacks_are_no_heap() -> None:
    """Four pages of stacks: StackInuse, and not HeapSys."""
    world = World()

    address = world.alloc_manual(4)

    stats = world.mstats()
    assert (stats.stack_inuse, stats.heap_sys) == (4 * PAGE_SIZE, 4 * MIB - 4 * PAGE_SIZE)
    world.free_manual(address)
    assert (world.mstats().stack_inuse, world.mstats().heap_idle) == (0, 4 * MIB)


def test_swept_objects_are_freed() -> None:
    """Six objects of 6784 B, two dead: they count as freed once their span is swept."""
    world = World()
    for _ in range(6):
        world.malloc(6784)
    end_mark(world, dead={0: 0b11})
    unswept = world.mstats().frees

    world.malloc(6784)

    stats = world.mstats()
    assert (unswept, stats.frees, stats.heap_objects) == (0, 2, 5)
    assert stats.heap_alloc == 5 * 6784


@pytest.mark.parametrize("go", [GO_1_21, GO_1_27], ids=lambda go: go.name)
def test_by_size_ends_at_18432(go: Go) -> None:
    """Go's array has 61 rows: objects of 19,072 B and more are in the totals alone."""
    world = World(go=go)

    world.malloc(18_000)
    world.malloc(19_000)

    stats = world.mstats()
    assert (len(stats.by_size), stats.by_size[0], stats.by_size[-1]) == (
        BY_SIZE_ROWS,
        BySize(0, 0, 0),
        BySize(18_432, 1, 0),
    )
    assert (stats.mallocs, stats.total_alloc) == (2, 18_432 + 19_072)


def test_asking_changes_nothing() -> None:
    """Not a span, not a counter."""
    world = World(procs=2)
    for size in (3, 24, 40_000):
        world.malloc(size, p=1)
    before = state(world)

    world.mstats()

    assert state(world) == before


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.one_of(st.integers(0, 40), st.integers(0, 70_000)), st.booleans(), st.integers(0, 1)), max_size=60
    )
)
def test_statistics_are_what_can_be_counted(asked: list[tuple[int, bool, int]]) -> None:
    """Whatever was allocated, on two Ps: every field equals a count of objects, pages and records."""
    world, naive = World(procs=2), Naive(2)

    for size, pointers, p in asked:
        world.malloc(size, pointers, p)
        naive.malloc(size, pointers, p)

    stats = world.mstats()
    assert {name: getattr(stats, name) for name in naive.stats()} == naive.stats()
    assert [(row.size, row.mallocs, row.frees) for row in stats.by_size] == naive.by_size()
    assert stats == world.read_mem_stats()


def test_counters_are_copied_with_their_lists() -> None:
    """Counting on in a copy leaves the original."""
    original = HeapStats()

    twin = original.copy()
    twin.mapped += 1
    for counts in (twin.small_alloc_count, twin.small_free_count, twin.made_from):
        counts[0] += 1

    assert original == HeapStats()
