"""Recordings with collections: dead objects are given, sweeps and addresses are predicted."""

import json
import pickle
from dataclasses import replace as changed
from pathlib import Path

import numpy as np
import pytest

from gomemlab.commands import Command, FreeManual, SweepAll
from gomemlab.golang.trace import parse
from gomemlab.golang.wire import Ev
from gomemlab.recorded import Replay, load, replay
from gomemlab.recorded.bulk import ASKED_BY_RUN
from gomemlab.recorded.cycles import MARK_TERMINATION, find_cycles
from gomemlab.recorded.given import AddTiny, FlushStacks, SweepBegin, SweepDebt, SweepSpans
from gomemlab.recorded.misses import Cause, find_misses
from gomemlab.recorded.records import as_made
from gomemlab.recorded.report import as_json, text
from gomemlab.recorded.start import Start
from gomemlab.recorded.sweeping import marks
from gomemlab.recorded.turns import ALL, YIELDED, By, find_turns
from gomemlab.runtime.restore import StartSpan
from gomemlab.runtime.world import World
from gomemlab.timeline import COLLECTION, Timeline
from tests.golang import tracewriter as tw
from tests.recorded.test_replay import OURS, everywhere

IN_PAUSE = "churn"


def swap_an_address(result: Replay, object_number: int, by: int = 0) -> Replay:
    """Return the replay of a recording in which Go chose another address for one object."""
    plan = result.plan
    actual = plan.actual.copy()
    actual[result.objects[object_number]] += by
    return replay(changed(result.recording, plan=changed(plan, actual=actual)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "objects", "cycles", "sweeps", "in_pause"),
    [
        (IN_PAUSE, 11_644, 14, 382, True),
        (OURS / "churn_beside.trace.gz", 11_643, 8, 317, False),
        (OURS / "buffers_beside.trace.gz", 32_418, 19, 2_344, False),
    ],
    ids=str,
)
def test_every_address_and_sweep_behind_collections_equals_real_go(
    name: str, objects: int, cycles: int, sweeps: int, in_pause: bool
) -> None:
    """Short lives and buffers, swept in the pause and beside the program, nothing put right."""
    result = replay(name)

    print(text(result))  # noqa: T201 - how much was checked
    assert result.ok
    assert result.exact == result.total == objects
    assert result.exact_spans == result.total_spans > 190
    assert len(result.cycles) == cycles
    assert {cycle.in_pause for cycle in result.cycles} == {in_pause}
    assert sum(cycle.same for cycle in result.cycles) == sweeps
    assert sum(cycle.dead for cycle in result.cycles) == len(result.plan.dead.row)
    assert result.misses == ()
    assert result.mstats_compared >= 133
    result.run.world.check()


@pytest.mark.slow
def test_the_report_names_the_collections() -> None:
    """How many, where they swept, in whose order; StackInuse is compared only where no work buffer can be left."""
    result, beside = replay(IN_PAUSE), replay(OURS / "churn_beside.trace.gz")

    assert "14, swept in the pause; " in text(result)
    assert "382 of 382 spans with dead objects swept as by real Go" in text(result)
    assert "8, swept while the program ran" in text(beside)
    assert "whose turn it was" in text(beside)
    assert "whose turn it was" not in text(result)
    assert "without HeapReleased: what they depend on is not in the trace" in text(result)
    assert "without HeapReleased, StackInuse" in text(beside)
    written = json.loads(json.dumps(as_json(result)))
    assert [cycle["same"] for cycle in written["cycles"]] == [cycle.same for cycle in result.cycles]
    assert written["misses"] == []


@pytest.mark.slow
def test_a_miss_is_counted_in_its_cycle_and_followed() -> None:
    """Had Go put one object a slot higher, the model is not put right, and all else stays as it was."""
    result = replay(IN_PAUSE)
    behind = int(np.flatnonzero(result.plan.row[result.objects] > result.plan.cycles[2].marked)[0])

    other = swap_an_address(result, behind, by=8)

    assert [miss.object for miss in other.misses] == [behind]
    assert other.misses[0].cause in {Cause.MODEL, Cause.OLD_SPANS}
    assert [cycle.misses for cycle in other.cycles] == [0, 0, 1] + [0] * 11
    assert not other.ok
    assert "1: " in text(other)
    assert as_json(other)["misses"][0]["actual"] == other.misses[0].actual
    assert other.hidden == sum(miss.hidden for miss in other.misses)


@pytest.mark.slow
def test_a_run_that_is_stopped_tells_the_collections_it_came_to() -> None:
    """Stopped before its first step, it came to none."""
    result = replay(IN_PAUSE, stop=lambda: True)

    assert result.cycles == ()
    assert result.mstats_names == ()
    assert result.total == 0


@pytest.mark.slow
@pytest.mark.parametrize("path", everywhere(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_timeline_goes_through_all_collections_to_the_same_world(path: Path) -> None:
    """Each collection is a jump away; at the end all but the last command's events is what the replay's world has."""
    result = replay(path)

    line = Timeline(result.recording.world())
    done = line.extend(result.recording.commands(result.run))

    assert done == result.recording.ticks == len(line)
    assert changed(line.world.snapshot(), events=()) == changed(result.run.world.snapshot(), events=())
    assert [span.base for span in line.world.allocator.heap.spans.values()] == [
        span.base for span in result.run.world.allocator.heap.spans.values()
    ]
    assert [bool(flags & COLLECTION) for flags in line.flags].count(True) == len(result.plan.cycles)
    line.world.check()


@pytest.mark.slow
def test_commands_need_no_run_of_the_callers() -> None:
    """The recording runs itself where none is given; what comes out are equal values, which a file can hold."""
    result = replay(OURS / "churn_beside.trace.gz")
    recording = result.recording

    commands = list(recording.commands())

    assert commands == list(recording.commands(result.run)) == pickle.loads(pickle.dumps(commands))  # noqa: S301 - ours
    kinds = {type(command) for command in commands}
    assert {AddTiny, SweepBegin, SweepSpans, SweepDebt, SweepAll, FreeManual} <= kinds


@pytest.mark.slow
def test_commands_end_where_a_run_was_stopped() -> None:
    """Stopped before its first step: all up to the first thing that the run would have had to say."""
    result = replay(IN_PAUSE, stop=lambda: True)

    commands = list(result.recording.commands(result.run))

    assert len(commands) == np.flatnonzero(np.isin(result.plan.act, ASKED_BY_RUN))[0]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (AddTiny(1), "a tiny object of unknown size on P1"),
        (SweepBegin(((0, 0b101), (3, 0b1)), (3,)), "end marking with 3 marked objects"),
        (FlushStacks(), "flush the caches of stacks"),
        (SweepSpans(10), "sweep 10 spans in the background"),
        (SweepSpans(ALL), "sweep what is left in the background"),
        (SweepDebt(1, last=7), "1 page to sweep before the next span"),
    ],
)
def test_a_recorded_command_has_words(command: Command, words: str) -> None:
    """What a log or a menu shows."""
    assert str(command) == words


def test_a_stack_is_freed_by_who_freed_it() -> None:
    """A thread without a P keeps no record of a span: of the 64 that P0 took, 63 are left."""
    world = World()
    address = world.alloc_manual(1)

    FreeManual(address, p=-1).apply(world)

    assert world.allocator.heap.records.inuse == 63


def start(procs: int = 1, *, flushed: bool = True) -> Start:
    """Return a start with two spans, at pages 3 and 4."""
    found = load(IN_PAUSE).start
    spans = tuple(found.spans[0]._replace(page=page, npages=1) for page in (3, 4))
    return changed(found, procs=procs, flushed=flushed, spans=spans)


@pytest.mark.parametrize(
    ("procs", "flushed", "pages", "cause", "hidden"),
    [
        (1, True, (3, 4), Cause.OLD_SPANS, True),
        (1, True, (3, 9), Cause.MODEL, False),
        (1, False, (3, 4), Cause.CACHES, True),
        (2, True, (3, 4), Cause.PROCS, False),
    ],
)
def test_a_miss_that_began_something_has_a_cause(
    procs: int, flushed: bool, pages: tuple[int, int], cause: Cause, hidden: bool
) -> None:
    """Among old spans, in a new one, with caches unknown, with two Ps."""
    model, go = (page * 8192 + 16 for page in pages)

    (miss,) = find_misses([(7, model, go)], start(procs, flushed=flushed))

    assert (miss.cause, miss.hidden, miss.origin) == (cause, hidden, 7)


def test_a_miss_on_a_page_in_doubt_follows() -> None:
    """The second is in the page that the first one should have been in; the third has nothing to do with them."""
    wrong = [(5, 3 * 8192, 9 * 8192), (6, 9 * 8192 + 16, 11 * 8192), (8, 20 * 8192, 21 * 8192)]

    first, second, third = find_misses(wrong, start())

    assert (first.cause, second.cause, third.cause) == (Cause.MODEL, Cause.FOLLOWS, Cause.MODEL)
    assert (second.origin, third.origin) == (5, 8)


def test_a_dead_object_outside_all_spans_marks_nothing() -> None:
    """A trace that frees an object twice may name one whose span is gone, or its pages another span's."""
    world = World()
    address = world.malloc(64)
    heap = world.allocator.heap
    (span,) = heap.spans.values()

    offset = address - heap.arena_base
    alive = marks(heap, heap.arena_base, np.array([offset, offset + span.nelems * 64, 100 << 13]))

    assert alive == {span.id: 0}
    assert marks(heap, heap.arena_base, np.array([], np.int64)) == {span.id: 1}


def test_spans_are_listed_in_the_order_of_their_records() -> None:
    """Two that no P made lie one behind the other; the P's 64 stand the wrong way round; new ones come last."""
    pages = [0, 1, *range(165, 101, -1), 201, 200]
    listed = b"".join(tw.event(Ev.SPAN, page, 1, 14 << 1) for page in pages)
    behind = tw.event(Ev.SPAN_ALLOC, 300, 1, 14 << 1) + tw.event(Ev.SPAN_FREE, 1) + tw.event(Ev.SPAN_ALLOC, 1, 1, 28)
    trace = parse(tw.trace(tw.info(), tw.batch(tw.running() + listed + behind)))
    spans = [StartSpan(page, 1, 14) for page in [*pages, 300, 1] if page != 1] + [StartSpan(1, 1, 14)]

    made = as_made(trace, len(trace), spans)

    assert [span.page for span in made] == [0, *range(102, 166), 200, 201, 300, 1]


def test_spans_that_all_lie_one_behind_the_other_stay_as_they_are() -> None:
    """No P had made any."""
    listed = b"".join(tw.event(Ev.SPAN, page, 1, 14 << 1) for page in (3, 4))
    trace = parse(tw.trace(tw.info(), tw.batch(tw.running() + listed)))
    spans = (StartSpan(3, 1, 14), StartSpan(4, 1, 14))

    assert as_made(trace, len(trace), spans) == spans


STACKS = {1: (10, 11), 2: (12, 13), 3: (14, 15), 4: (16, 15), 5: (17, 11)}
STRINGS = {9: YIELDED, 10: "runtime.goschedIfBusy", 11: "runtime.bgsweep", 12: YIELDED, 13: "runtime.GC"}
STRINGS |= {
    14: "runtime.sweepone",
    15: "runtime.deductSweepCredit",
    16: "runtime.(*mheap).alloc",
    17: "runtime.goparkunlock",
}
STRINGS |= {18: MARK_TERMINATION, 19: "preempted"}


def test_turns_of_sweepers_are_read_from_where_they_end() -> None:
    """Ten spans where the background sweeper yields, one where runtime.GC does, a debt in pages; none if preempted."""
    begin = tw.event(Ev.GC_BEGIN, 1, 3) + tw.event(Ev.STW_BEGIN, 18, 0) + tw.event(Ev.STW_END)
    freed = tw.event(Ev.SPAN, 3, 1, 14 << 1) + tw.event(Ev.HEAP_OBJECT_FREE, 3 * 1024)
    debt = tw.event(Ev.GC_SWEEP_BEGIN, 3) + tw.event(Ev.GC_SWEEP_END, 24_576, 0) + tw.event(Ev.GC_SWEEP_BEGIN, 3)
    stops = [tw.event(Ev.GO_STOP, 9, 1), tw.event(Ev.GO_STOP, 19, 1), tw.event(Ev.GO_STOP, 9, 2)]
    turns = b"".join(stop + tw.event(Ev.GO_START, 1, seq) for seq, stop in enumerate(stops, 1))
    events = tw.running() + begin + freed + debt + turns + tw.event(Ev.GO_BLOCK, 19, 5)
    trace = parse(tw.trace(tw.strings(STRINGS), tw.stacks(STACKS), tw.info(), tw.batch(events)))
    cycles = find_cycles(trace, 0)

    found = find_turns(trace, cycles)

    assert [(turn.by, turn.much) for turn in found][1:] == [(By.CREDIT, 3), (By.TURN, 10), (By.TURN, 1), (By.TURN, ALL)]
    assert find_turns(trace, [cycle._replace(in_pause=True) for cycle in cycles]) == []
