"""A plan run through a World, at a cost that grows with refills and not with objects.

Between two refills of a span class nothing but arithmetic happens, and no other class can tell when. So each class
keeps its own place in the plan: a heap of places says which class comes to the allocator next, that class takes as
many neighbouring slots as its span has and its requests can use, and comes back when they are used up. Refills thus
happen in the order of the plan; numpy turns the runs into addresses. Tiny objects, large ones and spans of stacks are
asked for one by one.

Every step is a call of World that a learner's step makes too; there is no second allocator.

Go: runtime/malloc.go, mallocgc.
Left out: nothing.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gomemlab.recorded.plan import Act, Plan
from gomemlab.runtime.alloc.mspan import SpanState
from gomemlab.runtime.alloc.mspancache import NO_P
from gomemlab.runtime.arch import NUM_SPAN_CLASSES, PAGE_SIZE, TINY_SPAN_CLASS
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.mstats import MemStats
from gomemlab.runtime.restore import MANUAL
from gomemlab.runtime.world import World

Progress = Callable[[int, int], object]  # requests done, of how many
Stop = Callable[[], bool]

_WINDOW = 1 << 17  # requests between two calls of progress and stop
_ONE_BY_ONE = 0  # the lane of requests that are not for small objects

Ints = NDArray[np.int64]


@dataclass(slots=True)
class Run:
    """What the world did with a plan."""

    world: World
    heap_min: int
    predicted: Ints  # heap-relative address of each request, 0 where it has none
    done: int = 0  # requests
    mem_stats: list[MemStats] = field(default_factory=list)  # at each ReadMemStats
    refused: str = ""  # why the world would not go on
    manual: dict[int, int] = field(default_factory=dict)  # where Go put a span for stacks -> where the model did
    manual_made: list[tuple[int, int, int, int]] = field(default_factory=list)  # as in spans_made
    first_span: int = 0  # id that the first new span has

    def spans_made(self) -> list[tuple[int, int, int, int]]:
        """Return (id, page counted from heap_min, npages, span class or MANUAL) of each span the run made, in order."""
        made = [
            (span.id, (span.base - self.heap_min) // PAGE_SIZE, span.npages, span.spanclass)
            for span in self.world.allocator.heap.spans.values()
            if span.id >= self.first_span and span.state is SpanState.IN_USE
        ]
        return sorted(made + self.manual_made)


def run(
    plan: Plan,
    world: World,
    heap_min: int,
    *,
    end: int | None = None,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Run:
    """Take requests 0 .. end - 1 of a plan; world changes. Ends early when stop() says so or the world refuses."""
    end = len(plan) if end is None else end
    result = Run(world, heap_min, np.zeros(len(plan), np.int64), first_span=world.allocator.heap.next_span_id)
    while result.done < end and not (stop and stop()):
        begin = result.done
        if plan.act[begin] == Act.READ_MEM_STATS:
            result.mem_stats.append(world.read_mem_stats())
            result.done += 1
        else:
            flushes = np.flatnonzero(plan.act[begin : begin + _WINDOW] == Act.READ_MEM_STATS)
            window_end = min(begin + (int(flushes[0]) if len(flushes) else _WINDOW), end)
            try:
                _Window(plan, begin, window_end, result).run()
            except MisuseError as error:
                result.refused = str(error)
                break
            result.done = window_end
        if progress:
            progress(result.done, end)
    return result


class _Window:
    """Some neighbouring requests of a plan, sorted into lanes: one for each span class of each P, one for the rest."""

    def __init__(self, plan: Plan, begin: int, end: int, result: Run) -> None:
        """Sort the requests."""
        self.plan, self.result, self.world = plan, result, result.world
        act, spanclass = plan.act[begin:end], plan.spanclass[begin:end]
        small = (act == Act.SMALL) | (act == Act.TINY)
        lane = np.where(small, spanclass, _ONE_BY_ONE) + np.maximum(plan.p[begin:end], 0) * NUM_SPAN_CLASSES
        order = np.argsort(lane, kind="stable")
        self.index = order + begin  # requests, lane by lane
        lanes, first = np.unique(lane[order], return_index=True)
        self.lanes = [divmod(number, NUM_SPAN_CLASSES) for number in lanes.tolist()]
        self.ends = [*first[1:].tolist(), end - begin]
        self.place = first.tolist()
        self.address = np.zeros(end - begin, np.int64)
        self.bytes = np.concatenate(([0], np.cumsum(plan.size[self.index])))

    def run(self) -> None:
        """Take all requests, the lanes in the order in which they come to the allocator."""
        waiting = [(int(self.index[place]), lane) for lane, place in enumerate(self.place)]
        heapq.heapify(waiting)
        try:
            while waiting:
                _, lane = waiting[0]
                p, spanclass = self.lanes[lane]
                if spanclass in (_ONE_BY_ONE, TINY_SPAN_CLASS):
                    until = min((request for request, _ in waiting[1:3]), default=self._past())
                    self._one_by_one(lane, p, until)
                else:
                    self._take_run(lane, p, spanclass)
                if self.place[lane] < self.ends[lane]:
                    heapq.heapreplace(waiting, (int(self.index[self.place[lane]]), lane))
                else:
                    heapq.heappop(waiting)
        finally:
            self.result.predicted[self.index] = self.address

    def _past(self) -> int:
        """Return a number above that of every request."""
        return len(self.plan)

    def _take_run(self, lane: int, p: int, spanclass: int) -> None:
        """Take a run of slots for the next requests of one span class, as many as one span gives."""
        at = self.place[lane]
        address, count, stride = self.world.alloc_run(spanclass, self.ends[lane] - at, p)
        asked = int(self.bytes[at + count] - self.bytes[at])
        self.world.book_requested(spanclass, asked, p)
        first = address - self.result.heap_min
        self.address[at : at + count] = np.arange(first, first + count * stride, stride)
        self.place[lane] = at + count

    def _one_by_one(self, lane: int, p: int, until: int) -> None:
        """Take the requests of one lane that come before request number `until`."""
        place, end = self.place[lane], self.ends[lane]
        requests = self.index[place:end]
        requests = requests[: int(np.searchsorted(requests, until))]
        acts = self.plan.act[requests].tolist()
        sizes = self.plan.size[requests].tolist()
        malloc, heap_min = self.world.malloc, self.result.heap_min
        addresses = []
        try:
            for request, act, size in zip(requests.tolist(), acts, sizes, strict=True):
                if act == Act.TINY:
                    addresses.append(malloc(size, False, p) - heap_min)  # noqa: FBT003 - a keyword costs a third more
                else:
                    addresses.append(take_one(self.plan, request, self.result))
        finally:
            self.address[place : place + len(addresses)] = addresses
            self.place[lane] = place + len(addresses)


def take_one(plan: Plan, request: int, result: Run) -> int:
    """Take one request and return the heap-relative address that the model chose."""
    act, spanclass, size = int(plan.act[request]), int(plan.spanclass[request]), int(plan.size[request])
    p, actual, world = int(plan.p[request]), int(plan.actual[request]), result.world
    if act == Act.ADDED:
        world.ps[max(p, 0)].mcache.tiny_allocs += 1
        return actual
    if act == Act.MANUAL:
        number = world.allocator.heap.next_span_id
        address = world.alloc_manual(size, p if p >= 0 else NO_P)
        result.manual[actual] = address
        result.manual_made.append((number, (address - result.heap_min) // PAGE_SIZE, size, MANUAL))
    elif act == Act.MANUAL_FREE:
        address = result.manual.pop(actual, result.heap_min + actual)
        world.free_manual(address, p)
    elif act == Act.SMALL:
        address = world.alloc_run(spanclass, 1, max(p, 0))[0]
        world.book_requested(spanclass, size, max(p, 0))
    else:
        address = world.malloc(size, not spanclass & 1, max(p, 0))
    return address - result.heap_min
