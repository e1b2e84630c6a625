"""A recording as a list of requests: what was asked of the allocator, by which P, in which order.

From an op log comes what the program asked for. Without one, an object's span tells its class, and that is all the
model gets to know: not the address, not the slot, and of a span for stacks only how many pages it has.

A tiny object of unknown size is the one case where this is not enough: whether it went into a block that another
object had begun is read from the trace too. Such requests (ADDED) are taken as given.

Go: runtime/traceallocfree.go, traceLocker.HeapObjectAlloc.
Left out: with more than one P, everything behind the first collection's marking.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.golang.errors import TraceError
from gomemlab.golang.trace import Trace
from gomemlab.golang.wire import Ev
from gomemlab.recorded import opslog
from gomemlab.recorded.cycles import Cycle, find_cycles
from gomemlab.recorded.deadsets import NOTHING_DEAD, Asked, Dead, find_dead, find_freed, slots
from gomemlab.recorded.opslog import OpsLog
from gomemlab.recorded.spansof import SpanEvents, look_up, span_events
from gomemlab.recorded.stacks import NO_STACKS, StackPlan, find_stacks
from gomemlab.recorded.start import OBJECTS_PER_PAGE_SHIFT, Start, flushes
from gomemlab.recorded.turns import By, Turn, find_turns, reclaimed
from gomemlab.runtime.alloc.sizeclasses import class_table
from gomemlab.runtime.arch import GO_1_27, MAX_TINY_SIZE, PAGE_SIZE, TINY_SPAN_CLASS, Go
from gomemlab.runtime.restore import MANUAL

Ints = NDArray[np.int64]
Row = tuple[int, int, int, int, int, int, int]  # of a table of requests: columns as in Plan

SUDOG = "runtime.sudog"  # what a goroutine waits with
OBJECT_ACTS = (0, 1, 3)  # of Act, those that are predicted objects
_FAR = np.uint64(1 << 32)  # so far that no sum overflows
MALLOC = "runtime.mallocgc"  # and the names that begin so, one for each kind and size
_BEHIND_THE_SLOT = {  # what malloc calls when it has taken the slot and not yet told of it
    "runtime.gcStart",
    "runtime.gcTrigger.test",
    "runtime.memclrNoHeapPointersChunked",
    "runtime.postMallocgcDebug",
}


class Act(IntEnum):
    """What is asked."""

    SMALL = 0  # an object of a known span class
    TINY = 1  # a tiny object of a known size
    ADDED = 2  # a tiny object of an unknown size, in a block that was there
    LARGE = 3
    MANUAL = 4  # a span for the runtime's own use, other than stacks
    MANUAL_FREE = 5
    READ_MEM_STATS = 6
    MARKED = 7  # marking is over; size is the number of the cycle, whose dead objects are given
    SWEEP = 8  # a turn of the background sweeper or of runtime.GC, or what gcStart sweeps
    CREDIT = 9  # what the next request for a span sweeps before it is served
    STACK = 10  # a stack; size is in bytes, with the bits of its moment (see stacks)
    STACK_FREE = 11  # size is the bits of its moment
    STACKS_FLUSHED = 12  # the world goes on after a collection: caches of stacks are empty, so are no spans


_TURNS = {By.TURN: Act.SWEEP, By.CREDIT: Act.CREDIT, By.REST: Act.SWEEP}


@dataclass(frozen=True, slots=True)
class Plan:
    """Requests, one row each, in their order."""

    row: Ints  # the event of the trace
    act: NDArray[np.int8]
    spanclass: Ints  # of SMALL and TINY; of LARGE 0 or 1
    size: Ints  # bytes asked for, of unknown objects as many as the slot has room for; of MANUAL pages
    p: Ints  # -1: no P
    actual: Ints  # heap-relative address that Go chose; of tiny objects without op log the 8 bytes it lies in
    logged: NDArray[np.bool_]  # whether the op log knows it
    end: int  # the first event that is not in it any more
    gc: bool  # whether that is a collection
    cycles: tuple[Cycle, ...] = ()
    turns: tuple[Turn, ...] = ()  # of sweepers; `actual` of SWEEP and CREDIT is a number of one
    dead: Dead = NOTHING_DEAD
    # For each dead object, whether its span was swept by who looked for pages.
    reclaimed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    stacks: StackPlan = NO_STACKS

    def __len__(self) -> int:
        """Return the number of requests."""
        return len(self.row)


def make_plan(trace: Trace, start: Start, log: OpsLog | None, go: Go = GO_1_27) -> Plan:
    """Return what a trace asks of the allocator from its start to its end.

    Raises TraceError where the events contradict each other, MisuseError where the op log is of another run.
    """
    cycles = find_cycles(trace, start.row)
    end, gc = _end(trace, start, cycles)
    cycles = tuple(cycle for cycle in cycles if cycle.marked < end)
    spans = span_events(trace, start, end)
    _check_freed(trace, spans, cycles)
    rows, when = _object_rows(trace, start.row, end)
    asked = _objects(trace, spans, rows, when, go)
    if log is not None:
        _know(asked, log, trace, start, go)
    freed, moments = find_freed(trace, spans, start.row, end), len(trace) + 1
    of_tiny = spans.spanclass.take(freed.span) == TINY_SPAN_CLASS
    _tell_tiny(asked, start, when, freed.slot[of_tiny] // MAX_TINY_SIZE * moments + freed.row[of_tiny], moments)
    turns = tuple(find_turns(trace, cycles))
    # With more Ps it is not certain whose cache came first, and one stack elsewhere moves all spans behind it.
    stacks = find_stacks(trace, start, spans, cycles, end) if start.procs == 1 else NO_STACKS
    others = _manual(trace, start, spans, stacks) + _stack_rows(stacks) + _others(trace, start, end, cycles, turns)
    requests, places = _merged(asked, when, others)
    objects = np.flatnonzero(asked.act != Act.ADDED)
    slot = slots(asked.actual.take(objects), asked.spanclass.take(objects), go)
    dead = find_dead(freed, spans, Asked(places.take(objects), when.take(objects), slot), moments)
    return Plan(*requests, end, gc, cycles, turns, dead, reclaimed(trace, dead.row, cycles), stacks)


class _Requests(NamedTuple):
    """Requests by columns, as in Plan."""

    row: Ints
    act: NDArray[np.int8]
    spanclass: Ints
    size: Ints
    p: Ints
    actual: Ints
    logged: NDArray[np.bool_]


def _merged(asked: _Requests, when: Ints, others: list[Row]) -> tuple[_Requests, Ints]:
    """Return all requests in their order, and where in it those for objects are, which come before events `when`.

    Where several come before the same event, the objects are first.
    """
    others.sort(key=itemgetter(0))
    added = np.array(others, np.int64).reshape(-1, len(_Requests._fields)).T
    before = np.searchsorted(when, added[0], "right")
    places = np.delete(np.arange(len(when) + len(others)), before + np.arange(len(others)))
    columns = [
        np.insert(getattr(asked, name), before, values) for name, values in zip(asked._fields, added, strict=True)
    ]
    return _Requests(*columns), places


def _end(trace: Trace, start: Start, cycles: Sequence[Cycle]) -> tuple[int, bool]:
    """Return the first row that is not predicted, and whether that is because of a collection.

    With one P there is none. With more, nothing says who swept what. And what is freed before any marking ended was
    found dead before the recording began.
    """
    freed = trace.rows(Ev.HEAP_OBJECT_FREE, Ev.GC_END, begin=start.row)
    first = int(freed[0]) if len(freed) else len(trace)
    if not cycles or first < cycles[0].marked:
        return first, first < len(trace)
    return (len(trace), False) if start.procs == 1 else (cycles[0].marked, True)


def _check_freed(trace: Trace, spans: SpanEvents, cycles: Sequence[Cycle]) -> None:
    """Raise TraceError where a span of objects is freed before anything can have been swept."""
    swept_from = cycles[0].marked if cycles else len(trace)
    bad = np.flatnonzero(spans.freed & (spans.spanclass != MANUAL) & (spans.row < swept_from))
    if len(bad):
        page, row = int(spans.page[bad[0]]), int(spans.row[bad[0]])
        raise TraceError(f"the span at page {page} is freed, and it is none for stacks", int(trace.at[row]))


def _stack_rows(stacks: StackPlan) -> list[Row]:
    """Return the requests for stacks, and those to free them: columns as in Plan."""
    row, nbytes, p, address, moment = stacks.requests
    act = np.where(nbytes, int(Act.STACK), int(Act.STACK_FREE))
    columns = (row, act, np.full(len(row), MANUAL), nbytes | moment, p, address, np.zeros(len(row), np.int64))
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _manual(trace: Trace, start: Start, spans: SpanEvents, stacks: StackPlan) -> list[Row]:
    """Return the requests for the runtime's other spans, and those to free them: columns as in Plan."""
    manual = np.flatnonzero((spans.spanclass == MANUAL) & (spans.row >= start.row))
    manual = manual[~np.isin(spans.row[manual], list(stacks.made_at | stacks.freed_at))]
    return [
        (row, int(Act.MANUAL_FREE if freed else Act.MANUAL), MANUAL, 0 if freed else npages, p, page * PAGE_SIZE, 0)
        for row, page, npages, freed, p in zip(
            spans.row[manual].tolist(),
            spans.page[manual].tolist(),
            spans.npages[manual].tolist(),
            spans.freed[manual].tolist(),
            trace.p[spans.row[manual]].tolist(),
            strict=True,
        )
    ]


def _others(trace: Trace, start: Start, end: int, cycles: Sequence[Cycle], turns: Sequence[Turn]) -> list[Row]:
    """Return what is asked of the world as a whole: reading the statistics, ends of marking, turns of sweepers."""
    reads = [(row, Act.READ_MEM_STATS, MANUAL, 0, 0, 0, 0) for row in flushes(trace) if start.row <= row < end]
    marked = [(cycle.marked, Act.MARKED, MANUAL, i, 0, 0, 0) for i, cycle in enumerate(cycles)]
    sweeps = [(turn.row, int(_TURNS[turn.by]), MANUAL, turn.much, 0, i, 0) for i, turn in enumerate(turns)]
    flushed = [(cycle.restart, Act.STACKS_FLUSHED, MANUAL, 0, 0, 0, 0) for cycle in cycles if cycle.restart < end]
    return reads + marked + sweeps + flushed


def _object_rows(trace: Trace, begin: int, end: int) -> tuple[Ints, Ints]:
    """Return the events of the objects that were asked for before event `end`, and when: before which events.

    An object's event is the last thing malloc does. Where something else comes between taking the slot and telling of
    it, the object belongs there.
    """
    rows = trace.rows(Ev.HEAP_OBJECT_ALLOC, begin=begin)
    when, g = rows.copy(), trace.g.take(rows)
    for stop, resumed in _interruptions(trace, begin, end):
        behind = int(np.searchsorted(rows, resumed, "right"))
        same = g[behind:] == trace.g[stop]
        if same.any():
            late = behind + int(np.argmax(same))
            when[late] = min(when[late], stop)
    order = np.argsort(when, kind="stable")
    when = when.take(order)
    n = int(np.searchsorted(when, end))
    return rows.take(order[:n]), when[:n]


def _interruptions(trace: Trace, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the events that stopped a goroutine in malloc with its slot taken, and those behind which it went on.

    Go: runtime/malloc.go, mallocgcSmallNoscan; runtime/mgc.go, gcStart.
    """
    stops = trace.rows(Ev.GO_STOP, Ev.GO_BLOCK, Ev.GC_BEGIN, begin=begin, end=end)
    for stop in stops.tolist():
        stack = trace.stack(stop, 1)
        depth = _depth_of_malloc(stack)
        if depth is None:
            continue
        if trace.typ[stop] == Ev.GC_BEGIN:
            # Starting a collection allocates, too; it is over when the world goes on.
            ends = trace.rows(Ev.STW_END, begin=stop)
            yield stop, int(ends[0]) if len(ends) else stop
        elif depth and stack[depth - 1] in _BEHIND_THE_SLOT:
            yield _before_waiting(trace, stop), stop


@lru_cache(maxsize=256)  # a program stops in few places, and often
def _depth_of_malloc(stack: tuple[str, ...]) -> int | None:
    """Return how many functions malloc had called, None where it is not in a stack."""
    return next((i for i, name in enumerate(stack) if name.startswith(MALLOC)), None)


def _before_waiting(trace: Trace, stop: int) -> int:
    """Return the event before which a goroutine that stops at one began to stop: who waits may allocate a sudog first.

    Go: runtime/proc.go, acquireSudog.
    """
    row, g = stop - 1, trace.g[stop]
    while row > 0 and trace.g[row] == g and trace.typ[row] != Ev.HEAP_OBJECT_ALLOC:
        row -= 1
    waits = trace.g[row] == g and trace.typ[row] == Ev.HEAP_OBJECT_ALLOC
    info = trace.type_info(row) if waits else None
    return row - 1 if info and info.name == SUDOG else stop


def _objects(trace: Trace, spans: SpanEvents, rows: Ints, when: Ints, go: Go) -> _Requests:
    """Return the requests for objects, as far as their spans tell."""
    ids = trace.args[0].take(rows)
    span = look_up(trace, spans, rows, np.minimum(ids >> np.uint64(OBJECTS_PER_PAGE_SHIFT), _FAR).view(np.int64), when)
    spanclass = spans.spanclass.take(span)
    large = spanclass < 2  # noqa: PLR2004 - span classes 0 and 1 are the large ones
    table = class_table(go)
    size = np.array([table.elemsize[c >> 1] - header for c, header in enumerate(table.header)], np.int64)
    return _Requests(
        row=rows,
        act=np.where(large, np.int8(Act.LARGE), np.int8(Act.SMALL)),
        spanclass=spanclass,
        size=np.where(large, spans.npages.take(span) * PAGE_SIZE, size.take(spanclass)),
        p=trace.p.take(rows),
        actual=ids.view(np.int64) << opslog.OBJECT_SHIFT,
        logged=np.zeros(len(rows), np.bool_),
    )


def _know(asked: _Requests, log: OpsLog, trace: Trace, start: Start, go: Go) -> None:
    """Enter what the op log knows: requested sizes, pointers, exact addresses."""
    rows = trace.rows(Ev.HEAP_OBJECT_ALLOC)
    found = rows[opslog.align(log, trace.args[0, rows], start.heap_min)]
    by_row = np.argsort(asked.row, kind="stable")
    place = np.minimum(np.searchsorted(asked.row[by_row], found), len(asked.row) - 1)
    within = asked.row[by_row[place]] == found if len(asked.row) else np.zeros(len(found), np.bool_)
    at = by_row[place[within]]
    size, pointers = log.size[within].astype(np.int64), log.pointers[within]
    small = size <= go.max_small
    noscan_class, scan_class = (np.array(column, np.int64) for column in class_table(go).spanclass)
    index = np.minimum(size, go.max_small)
    asked.spanclass[at] = np.where(
        small, np.where(pointers, scan_class[index], noscan_class[index]), np.where(pointers, 0, 1)
    )
    tiny = (size < MAX_TINY_SIZE) & ~pointers
    asked.act[at] = np.where(tiny, Act.TINY, np.where(small, Act.SMALL, Act.LARGE))
    asked.size[at] = size
    asked.actual[at] = (log.address[within] - np.uint64(start.heap_min)).astype(np.int64)
    asked.logged[at] = True


def _tell_tiny(asked: _Requests, start: Start, when: Ints, ends: Ints, moments: int) -> None:
    """Mark the tiny objects of unknown size that went into a block that was there.

    ends tells when a block's life was over: block * moments + row of the trace.
    """
    tiny = np.flatnonzero(asked.spanclass == TINY_SPAN_CLASS)
    block = asked.actual[tiny] // MAX_TINY_SIZE
    # A block of which so many lives were over is another block than before.
    life = np.searchsorted(np.sort(ends), block * moments + when[tiny])
    _, first = np.unique(block * moments + life, return_index=True)
    added = np.ones(len(tiny), np.bool_)
    added[first] = False
    if not start.flushed:
        added |= np.isin(block, _tiny_blocks(start))
    added &= ~asked.logged[tiny]
    asked.act[tiny[added]] = Act.ADDED


def _tiny_blocks(start: Start) -> list[int]:
    """Return the 16 B slots that are taken at the start, by heap-relative address / 16."""
    return [
        span.page * (PAGE_SIZE // MAX_TINY_SIZE) + slot
        for span in start.spans
        if span.spanclass == TINY_SPAN_CLASS
        for slot in range(span.taken.bit_length())
        if span.taken >> slot & 1
    ]
