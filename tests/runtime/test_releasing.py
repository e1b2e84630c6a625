"""What a program can do about its memory, and what is refused."""

from collections.abc import Callable

import pytest

from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.runtime.errors import MisuseError, ThrowError
from gomemlab.runtime.memevents import CAllocated, KernelReclaimed, MemoryTouched
from gomemlab.runtime.world import World

MIB = 1 << 20


def test_a_fresh_large_object_is_not_resident_until_it_is_written_to() -> None:
    """1 MiB: HeapAlloc has it at once, RSS page by page."""
    world = World()
    block = world.malloc(MIB)
    rss = world.footprint().rss

    pages = world.touch(block, 3 * PAGE_SIZE), world.touch(block)

    assert pages == (3, 125)
    assert world.events == (MemoryTouched(block, MIB, 125),)
    assert world.footprint().rss - rss == MIB == world.mstats().heap_alloc


def test_a_large_object_in_memory_that_was_used_is_cleared_so_it_is_resident() -> None:
    """Go clears it, which is a write."""
    world = World()
    block = world.malloc(MIB)
    world.touch(block)
    world.drop(block)
    world.gc()

    again = world.malloc(MIB)

    assert (again, world.footprint().untouched) == (block, 0)


def test_small_objects_are_resident() -> None:
    """Nothing is left to touch."""
    world = World()

    assert world.touch(world.malloc(24)) == 0


def test_c_memory_moves_no_counter_of_gos() -> None:
    """64 MiB: MemStats is as before, RSS is not; freed, RSS is as before too."""
    world = World()
    before, rss = world.mstats(), world.footprint().rss

    address = world.c_malloc(64 * MIB)
    assert world.events == (CAllocated(address, 64 * MIB),)
    assert (world.mstats(), world.footprint().rss - rss) == (before, 64 * MIB)
    world.free_os_memory()
    assert world.footprint().c_memory == 64 * MIB
    world.c_free(address)

    assert world.footprint().rss == rss


def test_the_kernel_takes_what_was_given_back_lazily() -> None:
    """With MADV_FREE RSS falls only then; the second time there is nothing left."""
    world = World()
    block = world.malloc(MIB)
    world.touch(block)
    world.drop(block)
    world.set_madvdontneed(False)
    world.free_os_memory()
    rss = world.footprint().rss
    assert world.mstats().heap_released == world.mstats().heap_idle

    assert world.memory_pressure() == MIB

    assert rss - world.footprint().rss == MIB
    assert world.events == (KernelReclaimed(128),)
    assert world.memory_pressure() == 0


def test_free_os_memory_frees_no_object_that_is_in_use() -> None:
    """The object stays where it is, and a pointer to it stays what it is."""
    world = World()
    kept = world.new(1, size=MIB)

    world.free_os_memory()

    assert world.mstats().heap_objects == 0  # nobody pointed to it: a cycle frees what is dead
    held = world.malloc(MIB)
    world.free_os_memory()
    assert world.mstats().heap_objects == 1
    assert kept == held
    world.touch(held)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda w: w.scavenge(0), "too few"),
        (lambda w: w.scavenge("much"), "give 1 or more"),
        (lambda w: w.touch(1), "lies in no object"),
        (lambda w: w.touch(w.snapshot().arena_base, 0), "too few"),
        (lambda w: w.touch(w.snapshot().arena_base, MIB + 1), "leave the object"),
        (lambda w: w.c_malloc(-1), "too few"),
        (lambda w: w.c_malloc(1 << 40), "more than 64 GiB"),
        (lambda w: w.c_free(12), "C code has nothing"),
        (lambda w: w.c_free([12]), "C code has nothing"),
        (lambda w: w.limit_memory("1GiB"), "give bytes, or None for none"),
        (lambda w: w.limit_memory(1 << 63), "is no int64"),
        (lambda w: w.set_madvdontneed("no"), "madvdontneed 'no' is neither True nor False"),
        (lambda w: w.heap_profile(rate=1 << 63), "are no int64"),
        (lambda w: w.heap_profile(rate=0), "too few"),
        (lambda w: w.heap_profile(seed=None), "seed"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(call: Callable[[World], object], why: str) -> None:
    """The world has one object of 1 MiB."""
    world = World()
    world.malloc(MIB)
    before = world.digest()

    with pytest.raises(MisuseError, match=why):
        call(world)

    assert world.digest() == before


def test_a_copy_has_memory_of_its_own() -> None:
    """What the copy touches, takes in C and scavenges is not the original's."""
    world = World()
    block = world.malloc(MIB)
    before = world.digest()
    copy = world.copy()

    copy.touch(block)
    copy.c_malloc(5)
    copy.drop(block)
    copy.free_os_memory()
    copy.scavenger.wake(0)

    assert world.digest() == before
    world.check()
    copy.check()


@pytest.mark.parametrize("paced", [False, True])
def test_a_limit_makes_allocations_give_back(paced: bool) -> None:
    """8 MiB are idle, the limit is where we stand: 4 MiB more come in only when as much goes back."""
    world = World(paced=paced)
    blocks = [world.malloc(MIB) for _ in range(8)]
    for block in blocks:
        world.touch(block)
    world.drop(blocks[::2])
    world.gc()
    world.gc()
    limit = world.footprint().mapped_ready + MIB // 2

    world.limit_memory(limit)
    world.malloc(4 * MIB)

    assert world.mstats().heap_released > 0
    assert world.footprint().mapped_ready <= limit
    world.limit_memory(None)
    assert world.snapshot().memory.memory_limit is None
    world.check()


def test_check_compares_the_books_with_what_was_grown() -> None:
    """A page more than the page allocator has."""
    world = World()
    world.malloc(MIB)

    world.allocator.heap.stats.mapped += PAGE_SIZE

    with pytest.raises(ThrowError, match="were grown"):
        world.check()


@pytest.mark.parametrize("paced", [False, True])
def test_a_limit_of_0_is_a_limit_and_a_negative_one_only_asks(paced: bool) -> None:
    """limit_memory(-1) after limit_memory(0) leaves 0, as debug.SetMemoryLimit does."""
    world = World(paced=paced)

    world.limit_memory(0)
    world.malloc(MIB)
    world.limit_memory(-1)

    assert world.memory_limit == world.allocator.heap.scavenging.memory_limit == 0
    world.check()


def test_the_rarest_sampling_has_an_error_all_the_same() -> None:
    """With 2^63 - 1 bytes between samples nothing is seen, and the error says how little that means."""
    world = World()
    world.malloc(24)

    profile = world.heap_profile(rate=(1 << 63) - 1)

    assert profile.said == 0
    assert profile.error > profile.live
