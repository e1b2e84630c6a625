"""A lock is counted where Go takes it, and nowhere else."""

import pytest

from gomemlab.runtime.alloc.locks import (
    ALL_POOLS_MU,
    ALLG,
    GFREE,
    HEAP,
    SPINE,
    SPINE_BLOCK,
    STACK_LARGE,
    STACKPOOL,
    Locks,
)
from gomemlab.runtime.world import World


def test_most_requests_take_no_lock() -> None:
    """The first 8 B takes the heap lock for pages and a record; the 511 that follow take none."""
    world = World()
    world.malloc(8)
    before = world.allocator.heap.locks.copy()

    for _ in range(500):
        world.malloc(8)

    assert world.allocator.heap.locks == before
    assert before.of(0)[HEAP] == 2  # an empty heap fills no page cache; then it grows, and gives 64 records
    assert before.total(SPINE) == 0


def test_a_span_from_the_page_cache_takes_no_heap_lock() -> None:
    """The second span fills P0's page cache; the third comes from there, with a record that is ready."""
    world = World()
    world.malloc(8)
    world.malloc(32)
    before = world.allocator.heap.locks.total(HEAP)

    world.malloc(24)

    assert world.allocator.heap.locks.total(HEAP) == before


def test_a_large_object_takes_the_heap_lock_each_time() -> None:
    """128 KiB is 16 pages, which no page cache serves."""
    world = World(procs=2)
    world.malloc(128 << 10, p=1)
    before = world.allocator.heap.locks.of(1)[HEAP]

    world.malloc(128 << 10, p=1)

    assert world.allocator.heap.locks.of(1)[HEAP] == before + 1
    assert HEAP not in world.allocator.heap.locks.of(0)


def test_only_every_512th_push_takes_the_spine_lock() -> None:
    """Pushes 1 and 513 to one set need a block; another set has blocks of its own."""
    locks = Locks()

    for _ in range(SPINE_BLOCK + 1):
        locks.push(5, 0, 0, full=True)
    locks.push(5, 0, 1, full=False)

    assert (locks.of(0)[SPINE], locks.of(1)[SPINE]) == (2, 1)


def test_a_set_that_was_reset_needs_a_block_again() -> None:
    """After sweepgen went from 0 to 2, the swept set is the other one, which is empty."""
    locks = Locks()
    locks.push(5, 0, 0, full=True)

    locks.push(5, 2, 0, full=True)

    assert locks.total(SPINE) == 2


def test_full_spans_take_the_spine_lock_of_their_set_once() -> None:
    """Three full spans of 8 B go to fullSwept: the first needs its block."""
    world = World()

    world.malloc_run(8, count=4 * 1024)

    assert world.allocator.heap.locks.total(SPINE) == 1


@pytest.mark.parametrize("collect", [False, True])
def test_a_copy_counts_on_its_own(collect: bool) -> None:
    """What the copy takes, the world did not."""
    world = World()
    world.malloc(8)
    before = world.allocator.heap.locks.copy()
    twin = world.copy()

    twin.gc() if collect else twin.malloc(1 << 20)

    assert world.allocator.heap.locks == before
    assert twin.allocator.heap.locks != before


def test_eight_goroutines_take_the_stackpool_lock_once() -> None:
    """A refill of P0's cache gives 8 stacks of 2 KiB; each new g is entered under allglock."""
    world = World()

    for _ in range(8):
        world.go()

    assert (world.allocator.heap.locks.total(STACKPOOL), world.allocator.heap.locks.total(ALLG)) == (1, 8)


def test_a_stack_without_a_p_takes_the_lock_each_time() -> None:
    """2 KiB from the pool and back; 64 KiB from the list of large ones, and straight to the heap."""
    world = World()

    world.stackfree(world.stackalloc(2048, p=-1), p=-1)
    world.stackfree(world.stackalloc(64 << 10, p=-1), p=-1)

    locks = world.allocator.heap.locks
    assert locks.of(-1) == {HEAP: 4, STACKPOOL: 2, STACK_LARGE: 1}


def test_a_p_that_goes_hands_its_dead_goroutines_over() -> None:
    """Once each, though P1 and P2 have none."""
    world = World(procs=3)

    world.gomaxprocs(1)

    assert [world.allocator.heap.locks.of(p).get(GFREE, 0) for p in range(3)] == [0, 1, 1]


def test_dead_goroutines_are_shared_by_the_half() -> None:
    """The 64th dead g of P0 makes P0 share 33; P1, which has none, asks for them once."""
    world = World(procs=2)
    for g in world.go_many(64):
        world.goexit(g)
    shared = world.allocator.heap.locks.of(0)[GFREE]

    for _ in range(30):
        world.go(p=1)

    assert (shared, world.allocator.heap.locks.of(1)[GFREE]) == (1, 1)


def test_a_pool_takes_its_mutex_once_for_each_array_of_shards() -> None:
    """The first Put on any P; then none, until there is another P."""
    world = World()
    pool = world.pool()
    for item in range(1000):
        pool.put(item)
    once = world.allocator.heap.locks.total(ALL_POOLS_MU)

    world.gomaxprocs(2)
    pool.get(p=1)

    assert (once, world.allocator.heap.locks.total(ALL_POOLS_MU)) == (1, 2)
