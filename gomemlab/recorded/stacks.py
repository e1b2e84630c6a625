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

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.golang.trace import Trace
from gomemlab.golang.wire import Ev
from gomemlab.recorded.cycles import MARK_TERMINATION, SWEEP_TERMINATION, Cycle
from gomemlab.recorded.spansof import SpanEvents
from gomemlab.recorded.start import Start
from gomemlab.runtime.arch import FIXED_STACK, PAGE_SIZE
from gomemlab.runtime.restore import MANUAL, StartStacks
from gomemlab.runtime.stackalloc import STACK_CACHE_SIZE

Ints = NDArray[np.int64]

_IDS_PER_PAGE = PAGE_SIZE // FIXED_STACK  # an id counts 2 KiB
_LARGEST = 48  # bits of a size
_FAR = np.uint64(1 << 40)  # so far that no sum overflows
_TAKEN = (Ev.GOROUTINE_STACK, Ev.GOROUTINE_STACK_ALLOC)
MARKING, POOLED, MOMENT = 1, 2, 3  # bits of a request's moment, and all of them


class StackRequests(NamedTuple):
    """The stacks that were taken or freed, in their order; one row each."""

    row: Ints  # of the trace
    nbytes: Ints  # 0: it was freed
    p: Ints  # -1: no P
    address: Ints  # heap-relative
    moment: Ints  # MARKING where a cycle marks, POOLED where the P's cache is passed by


NO_REQUESTS = StackRequests(*np.zeros((5, 0), np.int64))


@dataclass(frozen=True, slots=True)
class StackPlan:
    """All there is about stacks in a trace."""

    requests: StackRequests = NO_REQUESTS
    made_at: frozenset[int] = frozenset()  # rows of events that make a span for stacks
    freed_at: frozenset[int] = frozenset()  # rows of events that free one
    start: tuple[StartStacks, ...] = ()  # spans for stacks that were there

    @property
    def free_at_start(self) -> int:
        """Return how many stacks were free at the start, in an order that the trace does not show."""
        return sum(len(span.free) for span in self.start)


NO_STACKS = StackPlan()


class _Stack(NamedTuple):
    """An event of one stack."""

    row: int
    id: int
    nbytes: int  # 0: it was freed


def find_stacks(trace: Trace, start: Start, spans: SpanEvents, cycles: Sequence[Cycle], end: int) -> StackPlan:
    """Return what a trace tells of stacks from its start up to row `end`."""
    rows = trace.rows(*_TAKEN, Ev.GOROUTINE_STACK_FREE, end=end)
    freed = trace.typ[rows] == Ev.GOROUTINE_STACK_FREE
    ids, orders = np.minimum(trace.args[:2, rows], _FAR).astype(np.int64)
    nbytes = np.where(freed, 0, 1 << np.clip(orders - 1, 0, _LARGEST))
    made_at = _made(trace, spans)
    there = _there(start, rows, ids, nbytes)
    behind = slice(int(np.searchsorted(rows, start.row)), None)
    when = rows[behind]
    requests = StackRequests(
        when, nbytes[behind], trace.p[when], ids[behind] * FIXED_STACK, _moments(trace, when, cycles)
    )
    freed_at = _freed(spans, made_at, {span.page for span in there})
    return StackPlan(requests, frozenset(made_at), frozenset(freed_at), there)


def _moments(trace: Trace, rows: Ints, cycles: Sequence[Cycle]) -> Ints:
    """Return the moments of events: while a cycle marks; while their thread may not be preempted."""
    black, marked = (
        np.array([-1, *column], np.int64) for column in ([c.black for c in cycles], [c.marked for c in cycles])
    )
    marking = rows < marked[np.searchsorted(black, rows, "right") - 1]
    pooled = np.zeros(len(rows), np.bool_)
    for thread, begin, end in _without_preemption(trace):
        within = slice(*np.searchsorted(rows, (begin, end)).tolist())
        pooled[within] |= trace.m[rows[within]] == thread
    return MARKING * marking.astype(np.int64) + POOLED * pooled.astype(np.int64)


def _without_preemption(trace: Trace) -> list[tuple[int, int, int]]:
    """Return threads and the rows from and up to which they may not be preempted and leave their P's stacks alone.

    Who stops the world may not; for a collection only from the end of marking until it says that it is over.
    Go: runtime/proc.go, stopTheWorld; runtime/mgc.go, gcMarkTermination.
    """
    ends = {kind: np.append(trace.rows(kind), len(trace)) for kind in (Ev.STW_END, Ev.GC_END)}
    found = []
    for row in trace.rows(Ev.STW_BEGIN).tolist():
        reason = trace.string(row)
        if reason != SWEEP_TERMINATION:
            behind = ends[Ev.GC_END if reason == MARK_TERMINATION else Ev.STW_END]
            found.append((int(trace.m[row]), row, int(behind[np.searchsorted(behind, row)])))
    return found


def _made(trace: Trace, spans: SpanEvents) -> set[int]:
    """Return the rows of the spans in which the same thread's next event takes a stack."""
    made = np.flatnonzero((spans.spanclass == MANUAL) & ~spans.freed)
    rows, pages, npages = (column[made] for column in spans[:3])
    after = np.minimum(rows + 1, len(trace) - 1)
    for i in np.flatnonzero(trace.m[after] != trace.m[rows]).tolist():
        same = np.flatnonzero(trace.m[rows[i] + 1 :] == trace.m[rows[i]])[:1]
        after[i] += same[0] if len(same) else 0
    inside = np.minimum(trace.args[0, after], _FAR).astype(np.int64) // _IDS_PER_PAGE - pages
    found = (trace.typ[after] == Ev.GOROUTINE_STACK_ALLOC) & (inside >= 0) & (inside < npages)
    return set(rows[found].tolist())


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


def _there(start: Start, rows: Ints, ids: Ints, nbytes: Ints) -> tuple[StartStacks, ...]:
    """Return the spans for stacks that were there at the start, given the events of all stacks."""
    found = []
    for span in start.spans:
        if span.spanclass == MANUAL:
            pages = ids // _IDS_PER_PAGE - span.page
            here = np.flatnonzero((pages >= 0) & (pages < span.npages))
            before = here[rows[here] < start.row]
            behind = here[len(before) :]
            first = np.unique(ids[behind], return_index=True)[1]
            told, then = (
                [_Stack(*event) for event in zip(rows[at].tolist(), ids[at].tolist(), nbytes[at].tolist(), strict=True)]
                for at in (before, behind[first])
            )
            stacks = _at_start(span.page, span.npages * PAGE_SIZE, told, then)
            found += [stacks] if stacks else []
    return tuple(found)


def _at_start(page: int, nbytes: int, before: list[_Stack], first: list[_Stack]) -> StartStacks | None:
    """Return what a span that was there had in it, given the events before the start and the first one of each stack.

    None where it was not for stacks.
    """
    live: dict[int, int] = {}
    for event in before:
        if event.nbytes:
            live[event.id] = event.nbytes
        else:
            live.pop(event.id, None)
    then = {event.id: event.nbytes for event in first}
    sizes = [*live.values(), *then.values()]
    if not sizes:
        return None
    size = max(next(filter(None, sizes), 0), FIXED_STACK)
    if size >= STACK_CACHE_SIZE or nbytes != STACK_CACHE_SIZE:
        return StartStacks(page, nbytes, ()) if live else None
    ids = range(page * _IDS_PER_PAGE, (page * PAGE_SIZE + nbytes) // FIXED_STACK, size // FIXED_STACK)
    # A stack that is not heard of is free; but of 16 KiB it is that of a thread, which no trace tells of.
    unheard = size < STACK_CACHE_SIZE // 2
    free = [i for i in ids if i not in live and then.get(i, unheard)]
    return StartStacks(page, size, tuple((i - ids.start) * FIXED_STACK // size for i in free))
