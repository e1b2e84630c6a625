"""An mcache holds a span of each class and the tiny block, and gives everything back when asked."""

import pytest

from gomemlab.runtime.alloc.mspan import EMPTY_SPAN
from gomemlab.runtime.alloc.spanset import SpanSet
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.world import World

SIZE, SPANCLASS = 6784, 99


def one_object() -> World:
    """Return a world with an object of class 49."""
    world = World()
    world.malloc(SIZE)
    return world


def test_a_refill_is_for_a_full_span() -> None:
    """With 5 of 6 slots free a refill is a defect."""
    world = one_object()
    heap, mcache = world.allocator.heap, world.ps[0].mcache

    with pytest.raises(ThrowError, match="refill of span 0 with free space remaining"):
        mcache.refill(SPANCLASS, heap, world.allocator.central[SPANCLASS], world.ps[0].pcache)


def test_a_cached_span_has_its_sweepgen() -> None:
    """The heap's plus 3 says: swept, then cached. Another one is a defect."""
    world = one_object()
    span = world.ps[0].mcache.alloc[SPANCLASS]
    for _ in range(5):
        world.malloc(SIZE)
    span.sweepgen = 1

    with pytest.raises(ThrowError, match="bad sweepgen 1 of span 0 in refill; the heap's is 0"):
        world.malloc(SIZE)


def test_what_was_allocated_is_booked_when_the_span_goes() -> None:
    """Three objects: in no counter while the span is cached, in it after the flush."""
    world = one_object()
    world.malloc(SIZE)
    world.malloc(SIZE)
    counts = world.allocator.heap.stats.small_alloc_count
    cached = counts[49]

    world.read_mem_stats()

    assert (cached, counts[49]) == (0, 3)


def test_objects_from_before_are_booked_once() -> None:
    """Flushed with one object, cached again, flushed with two: 2, not 3."""
    world = one_object()
    world.read_mem_stats()
    world.malloc(SIZE)

    world.read_mem_stats()

    assert world.allocator.heap.stats.small_alloc_count[49] == 2


def test_the_empty_span_stays_empty() -> None:
    """All mcaches share it, so taking from it would be seen everywhere."""
    world = one_object()
    EMPTY_SPAN.nelems = 1

    try:
        with pytest.raises(ThrowError, match="the empty span was allocated from"):
            world.check()
    finally:
        EMPTY_SPAN.nelems = 0
    world.check()


def test_a_span_set_is_first_in_first_out() -> None:
    """Two spans in, the same two out, then none; a copy is its own."""
    heap = one_object().allocator.heap
    spans = SpanSet()
    other = heap.spans[0].copy()
    spans.push(heap.spans[0])
    spans.push(other)

    twin = spans.copy()

    assert [spans.take(), spans.take(), spans.take()] == [heap.spans[0], other, None]
    assert list(twin) == [heap.spans[0], other]
    assert type(twin) is SpanSet
