"""Goroutine stacks of real programs: the model chooses where they lie, and when a span for them is needed or empty."""

from dataclasses import replace as changed

import numpy as np
import pytest

from gomemlab.golang.wire import Ev
from gomemlab.recorded import load, replay
from gomemlab.recorded.plan import Act
from gomemlab.recorded.report import as_json, text
from gomemlab.recorded.stacks import MARKING, NO_STACKS, POOLED, _at_start, _Stack
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.restore import StartStacks, restore_stacks
from gomemlab.runtime.world import World
from tests.recorded.test_replay import OURS

SMALL = OURS / "words.trace.gz"  # few stacks, a thread among them


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "stacks", "spans", "given"),
    [("stacks_gc_stw", 1643, 772, 17), ("stacks_server", 2954, 379, 10), ("stacks_adaptive", 4257, 898, 7)],
)
def test_every_stack_and_every_span_for_stacks_equals_real_go(name: str, stacks: int, spans: int, given: int) -> None:
    """Recursion, collections that halve stacks, goroutines that begin with 16 KiB; nothing is put right."""
    result = replay(OURS / f"{name}.trace.gz")

    print(text(result))  # noqa: T201 - how much was checked
    assert result.exact_stacks == result.total_stacks == stacks
    assert len(result.plan.stacks.made_at) == spans
    assert int((result.plan.act == Act.MANUAL).sum()) == given
    assert result.exact_spans == result.total_spans == len(result.predicted_spans)
    assert result.ok
    result.run.world.check()


def test_the_model_frees_the_spans_for_stacks_that_go_freed() -> None:
    """What is left at the end are the same pages."""
    result = replay(SMALL)
    trace, heap = result.recording.trace, result.run.world.allocator.heap
    live = {span.page for span in result.recording.start.spans if span.spanclass < 0}
    for row in np.flatnonzero(np.isin(trace.typ, (Ev.SPAN_ALLOC, Ev.SPAN_FREE))).tolist():
        page, _, kind, _ = trace.args[:, row].tolist()
        if trace.typ[row] == Ev.SPAN_FREE:
            live.discard(page)
        elif kind & 1:
            live.add(page)

    shift = (heap.arena_base - result.recording.start.heap_min) // 8192
    left = {heap.page_of(span.base) + shift for span in heap.spans.values() if span.state.name == "MANUAL"}

    assert left == live


def test_what_was_free_at_the_start_is_told_apart() -> None:
    """Eight stacks of 2 KiB, seven of 4 KiB and one of 16 KiB, in the order of new spans."""
    recording = load(SMALL)

    start = recording.plan.stacks.start

    assert [(span.nbytes, len(span.free)) for span in start] == [(2048, 8), (4096, 7), (16384, 1)]
    assert recording.plan.stacks.free_at_start == 16
    assert any(
        "16 stacks were free at the start, in an order that no trace shows" in note for note in recording.notes()
    )


def test_a_stack_that_lies_elsewhere_is_counted_and_not_put_right() -> None:
    """Were the free stacks of 2 KiB in another order at the start, the first goroutine would get another one."""
    recording = load(SMALL)
    start = recording.plan.stacks.start
    other = (start[0]._replace(free=start[0].free[::-1]), *start[1:])
    stacks = changed(recording.plan.stacks, start=other)

    result = replay(changed(recording, plan=changed(recording.plan, stacks=stacks)))

    assert result.exact_stacks < result.total_stacks
    assert not result.ok


@pytest.mark.slow
def test_a_timeline_takes_the_stacks_of_a_recording() -> None:
    """The same addresses, command by command."""
    recording = load(SMALL)
    result = replay(recording)

    world = recording.timeline().world

    assert world.mstats() == result.run.world.mstats()
    assert world.stacks.memory.spans == result.run.world.stacks.memory.spans


def test_the_report_counts_stacks() -> None:
    """One line, and the same numbers as JSON; a recording without stacks has no line."""
    result, without = replay(SMALL), replay("tiny")

    assert "stacks            37 of 37 equal real Go, in 4 spans of the model's choice" in text(result)
    assert as_json(result)["stacks"] == {"equal": 37, "total": 37, "spans": 4, "free_at_start": 16}
    assert "  stacks  " not in text(without)


def test_with_two_ps_spans_for_stacks_are_given() -> None:
    """Whose cache came first is not certain, and one stack elsewhere would move all spans behind it."""
    recording = load(OURS / "pool_two_ps.trace.gz")

    assert recording.plan.stacks is NO_STACKS
    assert int((recording.plan.act == Act.MANUAL).sum()) == 2


def test_a_stack_taken_while_the_world_stands_still_comes_from_the_pool() -> None:
    """In churn_beside one is taken between the end of a collection and the world's going on: from the P's cache."""
    plan = load(OURS / "churn_beside.trace.gz").plan
    rows, moments = plan.stacks.requests.row, plan.stacks.requests.moment
    between = [(rows > cycle.marked) & (rows < cycle.restart) for cycle in plan.cycles]

    in_pause = moments[np.logical_or.reduce(between)]

    assert (in_pause & POOLED).tolist() == [0, 0]
    assert (load(OURS / "stacks_server.trace.gz").plan.stacks.requests.moment & MARKING).any()


def test_a_stack_that_was_freed_before_the_start_is_free_and_a_large_one_is_a_span() -> None:
    """The events before the start say what was in use; one that is freed first, behind it, was in use, too."""
    before = [_Stack(1, 16, 2048), _Stack(2, 17, 2048), _Stack(3, 17, 0)]
    first = [_Stack(9, 18, 0), _Stack(10, 17, 2048)]

    small = _at_start(4, 32768, before, first)
    large = _at_start(4, 65536, [_Stack(1, 16, 65536)], [])
    unused = _at_start(4, 65536, [], [_Stack(9, 16, 65536)])

    assert small == StartStacks(4, 2048, (1, *range(3, 16)))
    assert large == StartStacks(4, 65536, ())
    assert unused is None
    assert _at_start(4, 32768, [], [_Stack(9, 16, 0)]) == StartStacks(4, 2048, tuple(range(1, 16)))


def test_spans_that_are_none_for_stacks_are_refused_at_a_start() -> None:
    """A span of objects, and no span at all."""
    world = World()
    world.malloc(24)

    for page in (0, 300):
        with pytest.raises(MisuseError, match=f"no span for stacks begins at page {page}"):
            restore_stacks(world, [StartStacks(page, 2048, ())])


def test_a_large_stack_of_the_start_can_be_freed() -> None:
    """Its span is not cut."""
    world = World()
    address = world.alloc_manual(4)

    restore_stacks(world, [StartStacks(0, 32768, ())])
    world.stackfree(address)

    assert world.mstats().stack_inuse == 0
    assert world.stacks.memory.spans == {}
