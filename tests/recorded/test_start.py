"""The start of a recording: what was in the heap, and a World in that state."""

import pytest

from gomemlab.golang.errors import TraceError
from gomemlab.golang.trace import Trace, parse
from gomemlab.golang.wire import Ev
from gomemlab.recorded.recording import SHIPPED, load
from gomemlab.recorded.start import StartSpan, build, find_start
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.restore import MANUAL
from tests.golang import tracewriter as tw

OBJECT = 7 << 1 | 1  # 80 B noscan, for the object's span
KIND = OBJECT << 1


def snapshot(*events: bytes) -> Trace:
    """Return a trace with a span of 101 slots of 80 B at page 3, and more events."""
    begin = tw.running() + tw.event(Ev.SPAN, 3, 1, KIND) + b"".join(events)
    return parse(tw.trace(tw.strings({1: "read mem stats", 2: "other"}), tw.info(), tw.batch(begin)))


def exists(slot: int) -> bytes:
    """Return the event of an object of the snapshot."""
    return tw.event(Ev.HEAP_OBJECT, (3 * 8192 + slot * 80) // 8, 0)


FLUSH = tw.event(Ev.STW_BEGIN, 1, 0) + tw.event(Ev.STW_END)


def test_a_start_has_the_spans_and_objects_of_the_snapshot() -> None:
    """One span with slots 0 and 1 taken; no ReadMemStats."""
    start = find_start(snapshot(exists(0), exists(1)))

    assert start.spans == (StartSpan(3, 1, OBJECT, 0b11),)
    assert (start.flushed, start.holes, start.procs, start.heap_min) == (False, 0, 1, tw.HEAP_MIN)


def test_what_comes_before_read_mem_stats_belongs_to_the_start() -> None:
    """An object, a span for stacks and one that goes again; then the flush."""
    between = tw.event(Ev.HEAP_OBJECT_ALLOC, (3 * 8192 + 80) // 8, 0) + tw.event(Ev.SPAN_ALLOC, 9, 4, 1)
    gone = tw.event(Ev.SPAN_ALLOC, 20, 1, 1) + tw.event(Ev.SPAN_FREE, 20) + tw.event(Ev.SPAN_FREE, 77)
    other = tw.event(Ev.STW_BEGIN, 2, 0)

    start = find_start(snapshot(exists(0), between, gone, other, FLUSH))

    assert start.flushed
    assert start.spans == (StartSpan(3, 1, OBJECT, 0b11), StartSpan(9, 4, MANUAL))


def test_what_is_freed_before_read_mem_stats_is_not_in_the_start() -> None:
    """A slot; a span with its object, whose page becomes another span; a slot taken again."""
    freed = tw.event(Ev.HEAP_OBJECT_FREE, (3 * 8192 + 80) // 8) + tw.event(Ev.HEAP_OBJECT_FREE, 3 * 1024)
    again = tw.event(Ev.HEAP_OBJECT_ALLOC, 3 * 1024, 0)
    in_freed_span = tw.event(Ev.SPAN_ALLOC, 20, 2, 3 << 1) + tw.event(Ev.HEAP_OBJECT_ALLOC, 20 * 1024, 0)
    in_freed_span += tw.event(Ev.HEAP_OBJECT_ALLOC, 21 * 1024, 0)
    in_freed_span += tw.event(Ev.HEAP_OBJECT_FREE, 20 * 1024) + tw.event(Ev.SPAN_FREE, 20)
    another = tw.event(Ev.SPAN_ALLOC, 20, 1, 1)

    start = find_start(snapshot(exists(0), exists(1), exists(2), freed, again, in_freed_span, another, FLUSH))

    assert start.spans == (StartSpan(3, 1, OBJECT, 0b101), StartSpan(20, 1, MANUAL))


def test_a_freed_slot_below_a_taken_one_is_a_hole() -> None:
    """Slots 0 and 2."""
    assert find_start(snapshot(exists(0), exists(2))).holes == 1


def test_a_start_is_built_with_its_padding_spans_and_page_cache() -> None:
    """Pages 0-2 are padding, page 3 is the span, the cache has the rest of the first 64."""
    world = build(find_start(snapshot(exists(0), tw.event(Ev.GOROUTINE_STACK, 1, 12), FLUSH)))

    world.check()
    assert world.mstats().heap_alloc == 80
    assert world.ps[0].pcache.cache == (1 << 64) - 1 - 0b1111
    assert world.alloc_run(OBJECT, 1)[0] == tw.HEAP_MIN + 3 * 8192 + 80


def test_a_flush_before_the_snapshot_is_none_of_it() -> None:
    """Only a ReadMemStats behind the list of spans counts; one that never ends counts where it begins."""
    events = tw.running() + FLUSH + tw.event(Ev.SPAN, 3, 1, KIND) + tw.event(Ev.STW_BEGIN, 1, 0)
    trace = parse(tw.trace(tw.strings({1: "read mem stats"}), tw.info(), tw.batch(events)))

    start = find_start(trace)

    assert start.flushed
    assert start.row == len(trace)


@pytest.mark.parametrize("name", ["seq24", "mixed", "tiny"])
def test_a_real_start_keeps_every_invariant(name: str) -> None:
    """The World of each shipped recording, and its books against Go's MemStats."""
    recording = load(name)
    world = recording.world()

    world.check()
    assert recording.mem_stats is not None
    assert world.mstats().heap_alloc == recording.mem_stats.before.heap_alloc
    assert world.mstats().heap_inuse == recording.mem_stats.before.heap_inuse


def test_a_trace_without_the_experiment_says_how_to_record_one() -> None:
    """An ordinary execution trace."""
    with pytest.raises(MisuseError, match="gomemlab record"):
        find_start(parse(tw.trace(tw.batch(tw.running()))))


def test_a_trace_of_another_machine_is_refused() -> None:
    """A lowest heap address that is not on a 4 MiB boundary."""
    data = tw.trace(tw.info(4096), tw.batch(tw.running() + tw.event(Ev.SPAN, 0, 1, KIND)))

    with pytest.raises(MisuseError, match="not linux/amd64"):
        find_start(parse(data))


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (tw.event(Ev.SPAN, 3, 1, KIND), "lies over another span"),
        (tw.event(Ev.SPAN, 2, 2, KIND), "lies over another span"),
        (tw.event(Ev.SPAN, 5, 0, KIND), "is impossible"),
        (tw.event(Ev.SPAN, 5, 1 << 40, KIND), "is impossible"),
        (tw.event(Ev.SPAN, 1 << 40, 1, KIND), "is impossible"),
        (tw.event(Ev.SPAN, 5, 1, 136 << 1), "is impossible"),
        (tw.event(Ev.HEAP_OBJECT, 1, 0), "object 1 lies in no span"),
        (tw.event(Ev.HEAP_OBJECT, 1 << 30, 0), "lies in no span"),
        (exists(102), "slot 102 of a span with"),
        (tw.event(Ev.SPAN, 8, 1, 1) + tw.event(Ev.HEAP_OBJECT, 8 * 1024, 0), "in a span for stacks"),
    ],
)
def test_a_contradiction_has_a_byte_offset(event: bytes, message: str) -> None:
    """Spans over spans, objects outside."""
    with pytest.raises(TraceError, match=message) as caught:
        find_start(snapshot(event))

    assert caught.value.offset > 16


def test_recordings_ship() -> None:
    """With op log and statistics."""
    assert len(list(SHIPPED.glob("*.gz"))) == 13
