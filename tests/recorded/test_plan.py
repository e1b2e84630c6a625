"""What a recording asks of the allocator, in which order."""

import pytest

from gomemlab.golang.errors import TraceError
from gomemlab.golang.trace import parse
from gomemlab.golang.wire import Ev
from gomemlab.recorded.plan import Act, Plan, make_plan
from gomemlab.recorded.start import find_start
from tests.golang import tracewriter as tw

STRINGS = {1: "read mem stats", 2: "runtime.postMallocgcDebug", 3: "runtime.mallocgcSmallNoscan", 4: "main.main"}
STRINGS |= {5: "GC mark termination", 6: "preempted"}
STACKS = {1: (2, 3, 4), 2: (3, 4), 3: (4,)}
FLUSH = tw.event(Ev.STW_BEGIN, 1, 0) + tw.event(Ev.STW_END)
SMALL = 7 << 1 | 1  # 80 B noscan
SLOT = 3 * 1024  # id of the first object in the span at page 3


def plan(*events: bytes) -> Plan:
    """Return the plan of a trace with a span for 80 B noscan at page 3, flushed, and these events."""
    begin = tw.running() + tw.event(Ev.SPAN, 3, 1, SMALL << 1) + FLUSH + b"".join(events)
    trace = parse(tw.trace(tw.strings(STRINGS), tw.stacks(STACKS), tw.info(), tw.batch(begin)))
    return make_plan(trace, find_start(trace), None)


def alloc(number: int) -> bytes:
    """Return the event of a new object."""
    return tw.event(Ev.HEAP_OBJECT_ALLOC, number, 0)


def switch(away: int, to: int, seq: int, stack: int) -> bytes:
    """Return the events by which a goroutine is stopped and another starts."""
    del away
    return tw.event(Ev.GO_STOP, 6, stack) + tw.event(Ev.GO_START, to, seq)


def test_an_objects_class_is_that_of_its_span() -> None:
    """80 B noscan, and a large object with its pages."""
    large = tw.event(Ev.SPAN_ALLOC, 8, 5, 1 << 1) + alloc(8 * 1024)

    result = plan(alloc(SLOT), large)

    assert result.act.tolist() == [Act.SMALL, Act.LARGE]
    assert result.spanclass.tolist() == [SMALL, 1]
    assert result.size.tolist() == [80, 5 * 8192]


def test_a_page_may_change_hands() -> None:
    """Page 9 belongs to stacks, then to 80 B noscan, then, after another round, to 16 B scan."""
    stacks = tw.event(Ev.SPAN_ALLOC, 9, 1, 1) + tw.event(Ev.SPAN_FREE, 9)
    first = tw.event(Ev.SPAN_ALLOC, 9, 1, SMALL << 1) + alloc(9 * 1024)
    second = tw.event(Ev.SPAN_ALLOC, 9, 1, 2 << 2) + alloc(9 * 1024)

    result = plan(stacks, first, second)

    assert result.act.tolist() == [Act.MANUAL, Act.MANUAL_FREE, Act.SMALL, Act.SMALL]
    assert result.spanclass[2:].tolist() == [SMALL, 4]


def test_tiny_objects_in_one_block_are_told_apart() -> None:
    """Of three in a 16 B slot only the first takes it."""
    tiny = tw.event(Ev.SPAN_ALLOC, 9, 1, 5 << 1)

    result = plan(tiny, alloc(9 * 1024), alloc(9 * 1024 + 1), alloc(9 * 1024), alloc(9 * 1024 + 2))

    assert result.act.tolist() == [Act.SMALL, Act.ADDED, Act.ADDED, Act.SMALL]


def test_a_tiny_block_may_be_there_at_the_start() -> None:
    """Without a flush a block of the snapshot may still be the current one."""
    begin = tw.running() + tw.event(Ev.SPAN, 3, 1, 5 << 1) + tw.event(Ev.HEAP_OBJECT, SLOT, 0)
    events = tw.event(Ev.GOROUTINE_STACK, 4, 12) + alloc(SLOT + 1) + alloc(SLOT + 2)
    trace = parse(tw.trace(tw.info(), tw.batch(begin + events)))

    result = make_plan(trace, find_start(trace), None)

    assert result.act.tolist() == [Act.ADDED, Act.SMALL]


@pytest.mark.parametrize(("stack", "order"), [(1, [0, 10]), (2, [10, 0]), (3, [10, 0])])
def test_an_object_belongs_where_its_slot_was_taken(stack: int, order: list[int]) -> None:
    """Stopped behind the slot, before it, or elsewhere: goroutine 1's object comes before or after goroutine 2's."""
    made = tw.event(Ev.GO_CREATE, 2, 0, 0)
    away, back = switch(1, 2, 1, stack), switch(2, 1, 1, 3)

    result = plan(made, away, alloc(SLOT + 10), back, alloc(SLOT), alloc(SLOT + 20))

    assert [(address - 3 * 8192) // 8 for address in result.actual.tolist()] == [*order, 20]


def test_a_goroutine_stopped_behind_its_slot_may_never_tell_of_it() -> None:
    """The trace ends before goroutine 1 goes on: its object is in no event, goroutine 2's is where it was."""
    made = tw.event(Ev.GO_CREATE, 2, 0, 0)

    result = plan(made, switch(1, 2, 1, 1), alloc(SLOT + 10))

    assert [(address - 3 * 8192) // 8 for address in result.actual.tolist()] == [10]


def test_the_malloc_that_starts_a_collection_comes_before_it() -> None:
    """What starting it allocates comes after; then marking ends."""
    begun = tw.event(Ev.GC_BEGIN, 1, 2) + alloc(SLOT + 10) + tw.event(Ev.STW_BEGIN, 4, 0) + tw.event(Ev.STW_END)
    ended = tw.event(Ev.STW_BEGIN, 5, 0) + alloc(SLOT + 30)

    result = plan(begun, alloc(SLOT), ended)

    assert [(address - 3 * 8192) // 8 for address in result.actual[[0, 1, 3]].tolist()] == [0, 10, 30]
    assert result.act.tolist() == [Act.SMALL, Act.SMALL, Act.MARKED, Act.SMALL]
    assert len(result.cycles) == 1
    assert not result.gc


def test_a_plan_ends_at_the_first_freed_object() -> None:
    """Even where the trace lost the reason."""
    result = plan(alloc(SLOT), tw.event(Ev.HEAP_OBJECT_FREE, SLOT), alloc(SLOT + 10))

    assert (len(result), result.gc) == (1, True)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (alloc(9 * 1024), "lies in no span of objects"),
        (alloc(1 << 40), "lies in no span of objects"),
        (tw.event(Ev.SPAN_ALLOC, 9, 1, 1) + alloc(9 * 1024), "lies in no span of objects"),
        (tw.event(Ev.SPAN_FREE, 3), "is freed, and it is none for stacks"),
        (tw.event(Ev.SPAN_FREE, 1 << 40), "is freed, and it is none that was there"),
        (tw.event(Ev.SPAN_ALLOC, 1 << 40, 1, 1), "is impossible"),
    ],
)
def test_a_contradiction_has_a_byte_offset(event: bytes, message: str) -> None:
    """Objects outside, spans that cannot be freed."""
    with pytest.raises(TraceError, match=message) as caught:
        plan(event)

    assert caught.value.offset > 16
