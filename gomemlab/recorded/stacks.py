"""The goroutine stacks of a recording: which were asked for, and what a trace tells of those that were there before.

A trace has an event for every stack that is taken and for every one that is freed. The model gets the sizes, and which
stack is freed, told by its request; where stacks lie, and when a span for them is needed or empty, is its own. A span
that the marker takes for its work looks like one for stacks in the trace, but no stack follows it: those stay given.

What no trace shows is which stacks were free at the start, and in which order. That they were free is read from the
trace: their first event takes them. Their order is taken to be that of a new span, the highest address first.

Go: runtime/traceallocfree.go, traceLocker.GoroutineStackAlloc, traceLocker.GoroutineStackFree; runtime/stack.go,
stackalloc, stackfree.
Left out: whose stack it is; a trace says it, and nothing depends on it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.golang.trace import Trace
from gomemlab.golang.wire import Ev
from gomemlab.recorded.cycles import MARK_TERMINATION, SWEEP_TERMINATION, Cycle
from gomemlab.recorded.spansof import SpanEvents
from gomemlab.recorded.start import Start
from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.runtime.restore import MANUAL, StartStacks
from gomemlab.runtime.stackalloc import FIXED_STACK, STACK_CACHE_SIZE

Ints = NDArray[np.int64]

_IDS_PER_PAGE = PAGE_SIZE // FIXED_STACK  # an id counts 2 KiB
_LARGEST = 48  # bits of a size
_TAKEN = (Ev.GOROUTINE_STACK, Ev.GOROUTINE_STACK_ALLOC)
MARKING, POOLED, MOMENT = 1, 2, 3  # bits of a request's moment, and all of them


class StackRequest(NamedTuple):
    """A stack that was taken or freed."""

    row: int  # of the trace
    nbytes: int  # 0: it was freed
    p: int  # -1: no P
    address: int  # heap-relative
    moment: int  # MARKING where a cycle marks, POOLED where the P's cache is passed by


@dataclass(frozen=True, slots=True)
class StackPlan:
    """All there is about stacks in a trace."""

    requests: tuple[StackRequest, ...] = ()
    made_at: frozenset[int] = frozenset()  # rows of events that make a span for stacks
    freed_at: frozenset[int] = frozenset()  # rows of events that free one
    start: tuple[StartStacks, ...] = ()  # spans for stacks that were there

    @property
    def free_at_start(self) -> int:
        """Return how many stacks were free at the start, in an order that the trace does not show."""
        return sum(len(span.free) for span in self.start)


NO_STACKS = StackPlan()


class _Stack(NamedTuple):
    row: int
    typ: int
    id: int
    nbytes: int


def find_stacks(trace: Trace, start: Start, spans: SpanEvents, cycles: Sequence[Cycle], end: int) -> StackPlan:
    """Return what a trace tells of stacks from its start up to row `end`."""
    rows = trace.rows(*_TAKEN, Ev.GOROUTINE_STACK_FREE, end=end)
    ids, orders = trace.args[:2, rows].astype(np.int64)
    kinds = trace.typ[rows]
    sizes = np.where(kinds == Ev.GOROUTINE_STACK_FREE, 0, 1 << np.clip(orders - 1, 0, _LARGEST))
    events = [_Stack(*event) for event in zip(rows.tolist(), kinds.tolist(), ids.tolist(), sizes.tolist(), strict=True)]
    made_at = _made(trace, spans, events)
    there = _there(start, events)
    pages = {span.page for span in there}
    freed_at = _freed(spans, made_at, pages)
    behind = [event for event in events if event.row >= start.row]
    return StackPlan(
        requests=tuple(_requests(trace, behind, cycles, _without_preemption(trace))),
        made_at=frozenset(made_at),
        freed_at=frozenset(freed_at),
        start=there,
    )


def _requests(
    trace: Trace, events: list[_Stack], cycles: Sequence[Cycle], pooled: Sequence[tuple[int, range]]
) -> Iterator[StackRequest]:
    for event in events:
        m, p = (int(column[event.row]) for column in (trace.m, trace.p))
        moment = MARKING * any(cycle.black <= event.row < cycle.marked for cycle in cycles)
        moment |= POOLED * any(m == thread and event.row in rows for thread, rows in pooled)
        yield StackRequest(event.row, event.nbytes, p, event.id * FIXED_STACK, moment)


def _without_preemption(trace: Trace) -> list[tuple[int, range]]:
    """Return threads and rows in which they may not be preempted: then they leave the P's cache of stacks alone.

    Who stops the world may not; for a collection only from the end of marking until it says that it is over.
    Go: runtime/proc.go, stopTheWorld; runtime/mgc.go, gcMarkTermination.
    """
    ends = {Ev.STW_END: trace.rows(Ev.STW_END), Ev.GC_END: trace.rows(Ev.GC_END)}
    found = []
    for row in trace.rows(Ev.STW_BEGIN).tolist():
        reason = trace.string(row)
        if reason != SWEEP_TERMINATION:
            behind = ends[Ev.GC_END if reason == MARK_TERMINATION else Ev.STW_END]
            i = int(np.searchsorted(behind, row))
            found.append((int(trace.m[row]), range(row, int(behind[i]) if i < len(behind) else len(trace))))
    return found


def _made(trace: Trace, spans: SpanEvents, events: list[_Stack]) -> set[int]:
    """Return the rows of the spans in which the same thread's next event takes a stack."""
    taken = {event.row: event for event in events if event.typ == Ev.GOROUTINE_STACK_ALLOC}
    found = set()
    manual = np.flatnonzero((spans.spanclass == MANUAL) & ~spans.freed)
    for row, page, npages in zip(*(column[manual].tolist() for column in spans[:3]), strict=True):
        after = row + 1
        while after < len(trace) and trace.m[after] != trace.m[row]:
            after += 1
        event = taken.get(after)
        if event and page <= event.id // _IDS_PER_PAGE < page + npages:
            found.add(row)
    return found


def _freed(spans: SpanEvents, made_at: set[int], pages: set[int]) -> set[int]:
    """Return the rows in which spans for stacks are freed: made at some rows, or there at the start at some pages."""
    now, found = set(pages), set[int]()
    manual = np.flatnonzero(spans.spanclass == MANUAL)
    for row, page, freed in zip(
        spans.row[manual].tolist(), spans.page[manual].tolist(), spans.freed[manual].tolist(), strict=True
    ):
        if row in made_at:
            now.add(page)
        elif freed and page in now:
            now.remove(page)
            found.add(row)
    return found


def _there(start: Start, events: list[_Stack]) -> tuple[StartStacks, ...]:
    """Return the spans for stacks that were there at the start."""
    found = []
    for span in start.spans:
        if span.spanclass == MANUAL:
            ids = range(span.page * _IDS_PER_PAGE, (span.page + span.npages) * _IDS_PER_PAGE)
            here = [event for event in events if event.id in ids]
            stacks = _at_start(span.page, span.npages * PAGE_SIZE, here, start.row)
            found += [stacks] if stacks else []
    return tuple(found)


def _at_start(page: int, nbytes: int, events: list[_Stack], row: int) -> StartStacks | None:
    """Return what a span that was there had in it, None where it was not for stacks."""
    live: dict[int, int] = {}
    first: dict[int, _Stack] = {}
    for event in events:
        if event.row >= row:
            first.setdefault(event.id, event)
        elif event.nbytes:
            live[event.id] = event.nbytes
        else:
            live.pop(event.id, None)
    sizes = [*live.values(), *(event.nbytes for event in first.values())]
    if not sizes:
        return None
    size = next(filter(None, sizes), FIXED_STACK)
    if size >= STACK_CACHE_SIZE or nbytes != STACK_CACHE_SIZE:
        return StartStacks(page, size, ()) if live else None
    ids = range(page * _IDS_PER_PAGE, (page * PAGE_SIZE + nbytes) // FIXED_STACK, size // FIXED_STACK)
    # A stack that is not heard of is free; but of 16 KiB it is that of a thread, which no trace tells of.
    unheard = size < STACK_CACHE_SIZE // 2
    free = [i for i in ids if i not in live and (first[i].nbytes if i in first else unheard)]
    return StartStacks(page, size, tuple((i - ids.start) * FIXED_STACK // size for i in free))
