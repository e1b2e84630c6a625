"""mcentral: four sets of spans, turned by sweepgen; traces of class 49 (6784 B noscan, 6 slots) are Go's own.

The traces were read from the runtime's structures in Go 1.27.3 with one P and GOGC=off.
"""

from collections.abc import Callable

import pytest

from gomemlab.runtime.alloc.mcentral import MCentral
from gomemlab.runtime.alloc.mspan import MSpan
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.events import CacheMissed, CentralEmpty, PagesFromCache, SpanCached, SpanUncached
from gomemlab.runtime.gcevents import SpanSwept
from gomemlab.runtime.world import World
from tests.worlds import end_mark

SIZE, SPANCLASS, SLOTS = 6784, 99, 6


def filled(objects: int, procs: int = 1) -> World:
    """Return a world in which P0 allocated so many objects of class 49."""
    world = World(procs=procs)
    for _ in range(objects):
        world.malloc(SIZE)
    return world


def central(world: World) -> MCentral:
    """Return the mcentral of class 49."""
    return world.allocator.central[SPANCLASS]


def sets(world: World) -> tuple[int, int, int, int]:
    """Return the spans in partial[0], partial[1], full[0], full[1]."""
    one = central(world)
    first, second, third, fourth = (*map(len, one.partial), *map(len, one.full))
    return first, second, third, fourth


def cached(world: World, p: int = 0) -> MSpan:
    """Return P p's span of class 49."""
    return world.ps[p].mcache.alloc[SPANCLASS]


# Go's traces


def test_sixty_objects_fill_ten_spans() -> None:
    """60 allocs: full[0] = 9, and the cached span is full."""
    world = filled(60)

    assert sets(world) == (0, 0, 9, 0)
    assert cached(world).nelems - cached(world).alloc_count == 0


def test_the_sixty_first_object_takes_a_span() -> None:
    """61 allocs: full[0] = 10, 5 slots free in the cached span, whose sweepgen is the heap's plus 3."""
    world = filled(61)

    assert sets(world) == (0, 0, 10, 0)
    assert cached(world).nelems - cached(world).alloc_count == 5
    assert cached(world).sweepgen == world.allocator.heap.sweepgen + 3


def test_a_collection_turns_the_sets() -> None:
    """After 61 allocs a collection flushes the cache: partial 1, full 10; sweepgen + 2 makes all of them unswept."""
    world = filled(61)

    world.read_mem_stats()
    flushed = sets(world)
    end_mark(world)

    one, sweepgen = central(world), world.allocator.heap.sweepgen
    assert flushed == (1, 0, 10, 0)
    assert sets(world) == flushed
    assert (len(one.partial_unswept(sweepgen)), len(one.full_unswept(sweepgen))) == (1, 10)
    assert (len(one.partial_swept(sweepgen)), len(one.full_swept(sweepgen))) == (0, 0)


@pytest.mark.parametrize(("sweepgen", "swept"), [(0, 0), (2, 1), (4, 0), (6, 1)])
def test_parity_says_which_set_is_swept(sweepgen: int, swept: int) -> None:
    """At sweepgen 2 the swept sets are the second ones."""
    one = MCentral(SPANCLASS)

    assert one.partial_swept(sweepgen) is one.partial[swept]
    assert one.partial_unswept(sweepgen) is one.partial[1 - swept]
    assert one.full_swept(sweepgen) is one.full[swept]
    assert one.full_unswept(sweepgen) is one.full[1 - swept]


def test_an_allocation_sweeps_until_it_finds_a_slot() -> None:
    """20 full spans, the first alive, ten others with a dead object each: 18 unswept, 1 fullSwept; 3 more: 15 and 4."""
    world = filled(120)
    end_mark(world, dead=dict.fromkeys(range(1, 11), 1))
    one, sweepgen = central(world), world.allocator.heap.sweepgen

    seen = []
    for _ in range(4):
        world.malloc(SIZE)
        seen.append((len(one.full_unswept(sweepgen)), len(one.full_swept(sweepgen))))

    # The first allocation sweeps the living span in vain, and the next one, which it caches.
    assert seen == [(18, 1), (17, 2), (16, 3), (15, 4)]


def test_the_sweep_budget_is_101_spans() -> None:
    """150 full unswept spans, nothing dead: one allocation sweeps 101, leaves 49, and makes a fresh span."""
    world = filled(150 * SLOTS)
    end_mark(world)
    one, sweepgen = central(world), world.allocator.heap.sweepgen

    world.malloc(SIZE)

    assert (len(one.full_swept(sweepgen)), len(one.full_unswept(sweepgen))) == (101, 49)
    assert cached(world).alloc_count == 1
    assert sum(isinstance(event, SpanSwept) for event in world.events) == 101
    assert [event.swept for event in world.events if isinstance(event, CentralEmpty)] == [101]
    world.check()


def test_the_next_allocation_goes_on_sweeping() -> None:
    """Once the fresh span is full, the 49 that were left are swept, in vain as well."""
    world = filled(150 * SLOTS)
    end_mark(world)
    one, sweepgen = central(world), world.allocator.heap.sweepgen

    for _ in range(SLOTS + 1):
        world.malloc(SIZE)

    assert (len(one.full_swept(sweepgen)), len(one.full_unswept(sweepgen))) == (151, 0)
    assert [event.swept for event in world.events if isinstance(event, CentralEmpty)] == [49]


def test_p1_does_not_take_p0s_cached_span() -> None:
    """P0's span has 5 of 6 slots free; P1 gets a new one all the same."""
    world = filled(1, procs=2)

    world.malloc(SIZE, p=1)

    assert cached(world, 0).alloc_count == cached(world, 1).alloc_count == 1
    assert cached(world, 0) is not cached(world, 1)


def test_fewer_ps_give_their_spans_back() -> None:
    """GOMAXPROCS 2 to 1: P1's span goes to partialSwept."""
    world = filled(1, procs=2)
    world.malloc(SIZE, p=1)
    span = cached(world, 1)

    world.gomaxprocs(1)

    assert list(central(world).partial_swept(0)) == [span]
    assert sets(world) == (1, 0, 0, 0)


# Partial spans


def test_a_partial_span_is_used_before_a_new_one() -> None:
    """After a flush the same span comes back, with its first object in it."""
    world = filled(1)
    world.read_mem_stats()

    world.malloc(SIZE)

    assert [e for e in world.events if isinstance(e, SpanCached)] == [
        SpanCached(0, 0, SPANCLASS, SIZE, "partialSwept", 1, SLOTS)
    ]
    assert cached(world).alloc_count == 2


def test_partial_spans_are_first_in_first_out() -> None:
    """P0's span was flushed before P1's, so it is taken first."""
    world = filled(1, procs=2)
    world.malloc(SIZE, p=1)
    world.read_mem_stats()

    world.malloc(SIZE, p=1)

    assert cached(world, 1).id == 0


def test_holes_are_reused_in_address_order() -> None:
    """Objects 1, 3 and 4 of a span died: the next three go to 1, 3 and 4."""
    world = filled(6)
    end_mark(world, dead={0: 0b011010})
    base = world.allocator.heap.spans[0].base

    slots = [(world.malloc(SIZE) - base) // SIZE for _ in range(3)]

    assert slots == [1, 3, 4]
    world.check()


def test_a_swept_hole_must_be_cleared() -> None:
    """New slots are zero; slots of dead objects are not."""
    world = filled(6)
    before = world.snapshot().spans.needzero[0]
    end_mark(world, dead={0: 1})

    world.malloc(SIZE)

    assert (before, world.snapshot().spans.needzero[0]) == (0, 1)


def test_unswept_partial_spans_come_before_full_ones() -> None:
    """Span 0 is full and unswept, span 1 partial and unswept: span 1 is swept, span 0 is left alone."""
    world = filled(7)
    end_mark(world, dead={0: 1})

    world.malloc(SIZE)

    assert [e for e in world.events if isinstance(e, SpanSwept | SpanCached)] == [
        SpanSwept(1, 0, 1, SLOTS),
        SpanCached(0, 1, SPANCLASS, SIZE, "partialUnswept", 1, SLOTS),
    ]
    assert len(central(world).full_unswept(2)) == 1


def test_a_span_that_reclaim_has_swept_is_passed_over() -> None:
    """Reclaim cannot take a span out of the unswept sets: the one that lived and the two it freed are dropped there."""
    world = filled(13)
    world.read_mem_stats()
    end_mark(world, dead={1: 0b111111, 2: 0b1})
    heap, one = world.allocator.heap, central(world)
    heap.page_marks.clear()
    world.malloc(32769)

    left = [len(one.partial_unswept(2)), len(one.full_unswept(2))]
    seen = [world.snapshot().central[SPANCLASS].partial_unswept, world.snapshot().central[SPANCLASS].full_unswept]
    world.malloc(SIZE)

    assert (left, seen) == ([1, 2], [(), ()])
    assert [e.source for e in world.events if isinstance(e, SpanCached)] == ["new"]
    assert not any(isinstance(e, SpanSwept) for e in world.events)
    assert (len(one.partial_unswept(2)), len(one.full_unswept(2))) == (0, 0)
    world.check()


def test_a_refill_tells_its_story() -> None:
    """The span was full, went to fullSwept, mcentral had none, a new one came from the page cache."""
    world = filled(6)
    world.malloc(24)

    world.malloc(SIZE)

    assert [type(event) for event in world.events[:4]] == [CacheMissed, SpanUncached, CentralEmpty, PagesFromCache]
    assert world.events[0] == CacheMissed(0, SPANCLASS, SIZE, 0, SLOTS)
    assert world.events[1] == SpanUncached(0, 0, SPANCLASS, "fullSwept", SLOTS, SLOTS)


# A span that was cached when a cycle began


def test_a_stale_span_is_swept_when_it_is_uncached() -> None:
    """sweepgen + 1 says: cached before this cycle, nobody has swept it. Of two objects one is marked."""
    world = filled(2)
    span = cached(world)

    world.sweep_begin({span.id: 0b10})

    assert (span.alloc_count, span.alloc_bits, span.sweepgen) == (1, 0b10, 2)
    assert list(central(world).partial_swept(2)) == [span]
    assert world.mstats().heap_objects == 1
    assert SpanSwept(span.id, 1, 1, SLOTS, "partialSwept", "flush") in world.events
    world.check()


# Defects


def test_an_empty_span_is_never_uncached() -> None:
    """A cached span has served at least the request that it was cached for."""
    world = filled(1)
    span = cached(world)
    span.freeindex = 0

    with pytest.raises(ThrowError, match="uncaching span 0 but its alloc_count is 0"):
        world.read_mem_stats()


def test_a_full_span_in_a_partial_set_is_a_defect() -> None:
    """It would be cached without a free slot."""
    world = filled(6)
    world.read_mem_stats()
    one = central(world)
    one.partial[0].push(one.full[0].popleft())

    with pytest.raises(ThrowError, match="span 0 is in partialSwept without a free slot"):
        world.check()
    with pytest.raises(ThrowError, match="span 0 from partialSwept has no free objects"):
        world.malloc(SIZE)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (lambda w: setattr(central(w).full[0][0], "sweepgen", 7), "in a swept set with sweepgen 7, the heap's is 0"),
        (lambda w: w.allocator.heap.thaw(central(w).full[0][0]), "in a swept set with sweepgen 0"),
        (lambda w: setattr(central(w).full[0][0], "spanclass", 7), "span 0 of span class 7 is in the sets of 99"),
    ],
)
def test_check_finds_a_broken_set(broken: Callable[[World], None], why: str) -> None:
    """Unswept among the swept, a span that the heap has replaced, a span of another class."""
    world = filled(12)
    world.check()

    broken(world)

    with pytest.raises(ThrowError, match=why):
        central(world).check(world.allocator.heap)
