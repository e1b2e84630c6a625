"""Where stacks come from: caches of the Ps, the pool of cut spans, spans of one large stack."""

from random import Random

import pytest

from gomemlab.runtime.errors import MisuseError, ThrowError
from gomemlab.runtime.events import SpanFreed
from gomemlab.runtime.stackalloc import StackSpan, order_of, round2
from gomemlab.runtime.stackevents import (
    StackCacheFlushed,
    StackCacheRefilled,
    StackCacheReleased,
    StackSpanCut,
    StackSpanKept,
    StackSpansFreed,
)
from gomemlab.runtime.world import World

KIB = 1024


def kinds(world: World) -> list[type]:
    """Return the kinds of the events of the last command."""
    return [type(event) for event in world.events]


def test_the_first_stack_cuts_a_span_and_fills_half_a_cache() -> None:
    """A span of 32 KiB gives 16 stacks of 2 KiB; eight go to P0, the ninth from the top is the first to be used."""
    world = World()

    address = world.stackalloc(2048)

    base = next(iter(world.allocator.heap.spans.values())).base
    assert [kind for kind in kinds(world) if kind.__name__.startswith("Stack")] == [StackSpanCut, StackCacheRefilled]
    assert address == base + 8 * 2048  # the last of eight that were taken from the top
    assert [len(cache) for cache in world.stacks.memory.caches[0]] == [7, 0, 0, 0]


@pytest.mark.parametrize(("nbytes", "cached"), [(2048, 8), (4096, 4), (8192, 2), (16384, 1)])
def test_a_refill_takes_16_kib(nbytes: int, cached: int) -> None:
    """Eight stacks of 2 KiB, or one of 16 KiB."""
    world = World()

    world.stackalloc(nbytes)

    refill = next(event for event in world.events if isinstance(event, StackCacheRefilled))
    assert (refill.stacks, refill.nbytes) == (cached, nbytes)


def test_stacks_are_used_in_the_order_in_which_they_were_put_into_the_cache_reversed() -> None:
    """What was freed last is taken first."""
    world = World()
    first, second = world.stackalloc(2048), world.stackalloc(2048)

    world.stackfree(first)
    world.stackfree(second)

    assert world.stackalloc(2048) == second
    assert world.stackalloc(2048) == first


def test_a_full_cache_gives_half_of_it_back() -> None:
    """With 32 KiB of free stacks one more makes P0 keep 16 KiB."""
    world = World()
    stacks = [world.stackalloc(4096) for _ in range(13)]  # the refill leaves three in the cache

    for address in stacks[:5]:
        world.stackfree(address)
    assert len(world.stacks.memory.caches[0][1]) == 8
    world.stackfree(stacks[5])

    released = next(event for event in world.events if isinstance(event, StackCacheReleased))
    assert released.stacks == 4
    assert len(world.stacks.memory.caches[0][1]) == 5


def test_a_large_stack_has_a_span_of_its_own_and_gives_it_back_at_once() -> None:
    """From 32 KiB on."""
    world = World()

    address = world.stackalloc(32 * KIB)
    assert world.mstats().stack_inuse == 32 * KIB
    world.stackfree(address)

    assert kinds(world) == [SpanFreed]
    assert world.mstats().stack_inuse == 0


def test_while_a_cycle_marks_no_stack_span_goes_back() -> None:
    """A large one waits, and is used again; so does a small one that is empty."""
    world = World()
    large, small = world.stackalloc(64 * KIB), world.stackalloc(16 * KIB, p=-1)
    world.gc_start()

    world.stackfree(large)
    assert kinds(world) == [StackSpanKept]
    again = world.stackalloc(64 * KIB)
    world.stackfree(again)
    world.stackfree(small, p=-1)
    world.check()
    kept = world.mstats().stack_inuse
    world.gc()

    assert again == large
    assert kept == 96 * KIB
    assert next(event for event in world.events if isinstance(event, StackSpansFreed)) == StackSpansFreed(1, 1)
    assert world.mstats().stack_inuse == 0


def test_a_collection_empties_the_caches_of_stacks() -> None:
    """What P0 kept goes to the pool, and the empty spans to the heap."""
    world = World()
    world.stackfree(world.stackalloc(2048))

    world.gc()

    assert any(event == StackCacheFlushed(0, 8) for event in world.events)
    assert world.mstats().stack_inuse == 0


def test_read_mem_stats_empties_them_too() -> None:
    """And a P that goes away."""
    world = World(procs=2)
    world.stackfree(world.stackalloc(2048, p=1), p=1)

    world.gomaxprocs(1)

    assert world.mstats().stack_inuse == 0
    assert len(world.stacks.memory.caches) == 1
    world.stackfree(world.stackalloc(2048))
    assert world.read_mem_stats().stack_inuse == 0


def test_a_thread_that_may_not_be_preempted_passes_the_cache_by() -> None:
    """It takes one stack from the pool, and puts it back there."""
    world = World()

    address = world.stackalloc(8 * KIB, pooled=True)
    cached = [len(cache) for cache in world.stacks.memory.caches[0]]
    world.stackfree(address, pooled=True)

    assert cached == [0, 0, 0, 0]
    assert world.mstats().stack_inuse == 0


def test_spans_with_free_stacks_are_used_last_in_first_out() -> None:
    """A span that gets a free stack again is at the front."""
    world = World()
    stacks = [world.stackalloc(16 * KIB, p=-1) for _ in range(4)]

    world.stackfree(stacks[0], p=-1)
    world.stackfree(stacks[2], p=-1)

    assert world.stackalloc(16 * KIB, p=-1) == stacks[2]
    assert world.stackalloc(16 * KIB, p=-1) == stacks[0]


def test_room_is_asked_for_only_where_a_span_is_needed() -> None:
    """A cached stack, a span with enough free ones, a waiting large one need no pages."""
    world = World()
    memory, p = world.stacks.memory, world.ps[0]

    assert memory.pages_for(2048, p) == memory.pages_for(2048, None) == memory.pages_for(32 * KIB, p) == 4
    world.stackalloc(2048)
    assert memory.pages_for(2048, p) == 0
    assert memory.pages_for(2048, None) == memory.pages_for(2048, p, pooled=True) == 0
    large = world.stackalloc(32 * KIB)
    world.gc_start()
    world.stackfree(large)
    assert memory.pages_for(32 * KIB, p) == 0


def test_what_room_is_asked_for_is_what_a_stack_takes() -> None:
    """2,000 stacks come and go on two Ps, with and without a P or a cache, now and then while a cycle marks."""
    random, world, stacks = Random(3), World(procs=2), list[int]()
    memory, spans = world.stacks.memory, world.allocator.heap.spans
    for _ in range(2000):
        p, pooled = random.choice((-1, 0, 1)), random.random() < 0.2
        nbytes = 2048 << random.choice((0, 0, 0, 1, 2, 3, 4, 5))
        proc, before = None if p < 0 else world.ps[p], set(spans)
        if random.random() < 0.01:
            world.gc()
        elif stacks and random.random() < 0.49:
            world.stackfree(stacks.pop(random.randrange(len(stacks))), p, random.random() < 0.5, pooled)
        else:
            pages = memory.pages_for(nbytes, proc, pooled=pooled)
            stacks.append(world.stackalloc(nbytes, p, pooled))
            assert sum(spans[number].npages for number in set(spans) - before) == pages
    world.check()


def test_sizes_and_orders() -> None:
    """2 KiB is order 0; 2049 B are rounded up to 4096."""
    assert [order_of(n * KIB) for n in (2, 4, 8, 16)] == [0, 1, 2, 3]
    assert [round2(n) for n in (1, 2048, 2049, 9000)] == [1, 2048, 4096, 16384]
    assert StackSpan(2, (), 4).elemsize == 8192


def test_spans_for_stacks_are_not_freed_by_hand() -> None:
    """Neither cut ones nor large ones; others that the runtime uses are."""
    world = World()
    world.stackalloc(2048)
    large = world.stackalloc(32 * KIB)
    small = next(world.allocator.heap.spans[number].base for number in world.stacks.memory.spans)
    other = world.alloc_manual(4)

    for address in (small, large):
        with pytest.raises(MisuseError, match="holds goroutines' stacks; it goes when they have gone"):
            world.free_manual(address)
    world.free_manual(other)

    world.check()


def test_check_finds_what_is_wrong() -> None:
    """Lists that contradict the spans, stacks that are free twice, taken twice, or of another size."""

    def lived() -> World:
        world = World()
        for nbytes in (2048, 4096, 4096):
            world.stackalloc(nbytes)
        world.gc_start()
        world.stackfree(world.stackalloc(32 * KIB))
        return world

    def memory(world: World) -> tuple[dict[int, StackSpan], list[list[int]], list[list[int]]]:
        return world.stacks.memory.spans, world.stacks.memory.pool, world.stacks.memory.caches[0]

    def swap(world: World) -> None:
        _, _, caches = memory(world)
        caches[0], caches[1] = caches[1], caches[0]

    def lose(world: World) -> None:
        spans, _, _ = memory(world)
        spans[0] = spans[0]._replace(taken=3)

    wrongs = {
        "is no span of 32 KiB for them": lambda w: memory(w)[0].update({99: StackSpan(0, (), 16)}),
        "stacks and": lose,
        "its pool says otherwise": lambda w: memory(w)[1][0].clear(),
        "in two caches": lambda w: memory(w)[2][0].append(memory(w)[2][0][0]),
        "in the cache of another size": swap,
        "in the list of": lambda w: w.stacks.memory.large.update({1: w.stacks.memory.large.pop(3)}),
        "yet some are cut or gone": lambda w: w.stacks.memory.whole.add(0),
        "is not a span of its own": lambda w: w.stacks.others.update({w.allocator.heap.spans[2].base: 8192}),
        "or it is free": lambda w: w.stacks.others.update({memory(w)[2][0][0]: 2048}),
        "are in use or cached": lambda w: w.stacks.others.update({w.allocator.heap.spans[0].base: 2048}),
        "gave 8 stacks, and 7 are": lambda w: memory(w)[2][0].pop(),
        "not in a stack span": lambda w: w.stacks.others.update({8: 2048}),
    }
    lived().check()
    for words, spoil in wrongs.items():
        world = lived()
        spoil(world)
        with pytest.raises(ThrowError, match=words):
            world.stacks.check()
