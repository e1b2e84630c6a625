"""A plan run through a World, at a cost that grows with refills and not with objects.

Between two refills of a span class nothing but arithmetic happens, and no other class can tell when. So each class
keeps its own place in the plan: a heap of places says which class comes to the allocator next, that class takes as
many neighbouring slots as its span has and its requests can use, and comes back when they are used up. Refills thus
happen in the order of the plan; numpy turns the runs into addresses. Tiny objects come in runs too, as many as the
blocks of one span hold; large ones and spans of stacks are asked for one by one.

Every step is a call of World that a learner's step makes too; there is no second allocator.

Go: runtime/malloc.go, mallocgc.
Left out: nothing.
"""

import gc
import heapq
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gomemlab.recorded.plan import Act, Plan
from gomemlab.runtime.alloc.mspan import SpanState
from gomemlab.runtime.alloc.mspancache import NO_P
from gomemlab.runtime.arch import NUM_SPAN_CLASSES, PAGE_SIZE, TINY_SPAN_CLASS
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.events import ManualMade
from gomemlab.runtime.malloc import P
from gomemlab.runtime.mstats import MemStats
from gomemlab.runtime.restore import MANUAL
from gomemlab.runtime.world import World

Progress = Callable[[int, int], object]  # requests done, of how many
Stop = Callable[[], bool]

_WINDOW = 1 << 17  # requests between two calls of progress and stop
_ONE_BY_ONE = 0  # the lane of requests that are not for small objects
_TINY_AT_ONCE = 1024  # a span has 512 blocks of 16 B

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
    manual_made: list[ManualMade] = field(default_factory=list)
    last_span: int = field(init=False)  # the highest id of a span that was there before

    def __post_init__(self) -> None:
        """Look at what there is before the run."""
        self.last_span = max(self.world.snapshot().spans.id, default=-1)

    def spans_made(self) -> Ints:
        """Return (page counted from heap_min, npages, span class or MANUAL) of each span the run made, in order."""
        shot = self.world.snapshot()
        table = shot.spans
        columns = (table.id, table.page, table.npages, table.spanclass, table.state)
        number, page, npages, spanclass, state = (np.array(column, np.int64) for column in columns)
        new = (number > self.last_span) & (state == SpanState.IN_USE)
        made = np.stack([number, page, npages, spanclass], axis=1)[new]
        stacks = np.array([(e.span, e.page, e.npages, MANUAL) for e in self.manual_made], np.int64).reshape(-1, 4)
        spans = np.concatenate([made, stacks])
        spans[:, 1] += (shot.address(0) - self.heap_min) // PAGE_SIZE
        return spans[np.argsort(spans[:, 0])][:, 1:]


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
    result = Run(world, heap_min, np.zeros(len(plan), np.int64))
    while result.done < end and not (stop and stop()):
        begin = result.done
        if plan.act[begin] == Act.READ_MEM_STATS:
            result.mem_stats.append(world.read_mem_stats())
            result.done += 1
        else:
            flushes = np.flatnonzero(plan.act[begin : begin + _WINDOW] == Act.READ_MEM_STATS)
            window_end = min(begin + (int(flushes[0]) if len(flushes) else _WINDOW), end)
            try:
                with _no_cycles():
                    _Window(plan, begin, window_end, result).run()
            except MisuseError as error:
                result.refused = str(error)
                break
            result.done = window_end
        if progress:
            progress(result.done, end)
    return result


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Keep Python's collector away: a run makes thousands of spans and no cycle, and it would search them each time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Window:
    """Some neighbouring requests of a plan, sorted into lanes: one for each span class of each P, one for the rest.

    A place is a request's number in the sorted order; lane k has the places from place[k] to ends[k] before it.
    """

    def __init__(self, plan: Plan, begin: int, end: int, result: Run) -> None:
        """Sort the requests."""
        self.plan, self.result, self.world = plan, result, result.world
        self.allocator, self.ps = result.world.allocator, result.world.ps
        lane = plan.spanclass[begin:end].astype(np.int16)  # 16 bits: numpy sorts those by radix
        lane[plan.act[begin:end] > Act.TINY] = _ONE_BY_ONE
        lane += np.maximum(plan.p[begin:end], 0).astype(np.int16) * NUM_SPAN_CLASSES
        order = np.argsort(lane, kind="stable")
        self.index = order + begin  # requests by place
        lengths = np.bincount(lane)
        numbers = np.flatnonzero(lengths)
        self.lanes = [divmod(number, NUM_SPAN_CLASSES) for number in numbers.tolist()]  # (P, span class)
        self.ends = np.cumsum(lengths[numbers]).tolist()
        self.place = [0, *self.ends[:-1]]
        self.size = plan.size[self.index]
        self.bytes = np.zeros(end - begin + 1, np.int64)  # asked for before each place
        np.cumsum(self.size, out=self.bytes[1:])
        self.address = np.zeros(end - begin, np.int64)  # by place
        self.runs = array("q")  # place, address of the first, count, stride; for each run

    def run(self) -> None:
        """Take all requests, the lanes in the order in which they come to the allocator."""
        request_at, place, ends = self.index.item, self.place, self.ends
        waiting = [(request_at(first), lane) for lane, first in enumerate(place)]
        heapq.heapify(waiting)
        try:
            while waiting:
                lane = waiting[0][1]
                number, spanclass = self.lanes[lane]
                if spanclass == _ONE_BY_ONE:
                    self._one_by_one(lane, min((request for request, _ in waiting[1:3]), default=len(self.plan)))
                elif spanclass == TINY_SPAN_CLASS:
                    self._take_tiny(lane, number)
                else:
                    self._take_run(lane, self.ps[number], spanclass)
                if place[lane] < ends[lane]:
                    heapq.heapreplace(waiting, (request_at(place[lane]), lane))
                else:
                    heapq.heappop(waiting)
        finally:
            self._expand_runs()
            self.result.predicted[self.index] = self.address

    def _take_run(self, lane: int, p: P, spanclass: int) -> None:
        """Take a run of slots for the next requests of one span class, as many as one span gives."""
        at, allocator = self.place[lane], self.allocator
        # World.alloc_run without its checks: they are for who asks by hand, and cost as much as a tenth of a refill.
        address, count, stride = allocator.alloc_run(spanclass, self.ends[lane] - at, p)
        end = self.place[lane] = at + count
        allocator.book_requested(spanclass, self.bytes.item(end) - self.bytes.item(at), p)
        self.runs.extend((at, address, count, stride))

    def _take_tiny(self, lane: int, p: int) -> None:
        """Take the next objects of at most 16 B, as many as their blocks of one span hold."""
        at = self.place[lane]
        addresses = self.world.tiny_run(self.size[at : min(at + _TINY_AT_ONCE, self.ends[lane])].tolist(), p)
        end = self.place[lane] = at + len(addresses)
        self.address[at:end] = addresses
        self.address[at:end] -= self.result.heap_min

    def _one_by_one(self, lane: int, until: int) -> None:
        """Take the requests of the lane for the rest that come before request number `until`."""
        index, end = self.index, self.ends[lane]
        while self.place[lane] < end and (request := index.item(self.place[lane])) < until:
            self.address[self.place[lane]] = take_one(self.plan, request, self.result) - self.result.heap_min
            self.place[lane] += 1

    def _expand_runs(self) -> None:
        """Write down the address of each object of each run."""
        place, address, count, stride = np.frombuffer(self.runs, np.int64).reshape(-1, 4).T
        total = int(count.sum())
        number = np.arange(total) - np.repeat(np.cumsum(count) - count, count)  # of an object in its run
        first = np.repeat(address - self.result.heap_min, count)
        self.address[np.repeat(place, count) + number] = first + number * np.repeat(stride, count)


def take_one(plan: Plan, request: int, result: Run) -> int:
    """Take one request and return the address that the model chose."""
    act, spanclass, size = int(plan.act[request]), int(plan.spanclass[request]), int(plan.size[request])
    p, actual, world = int(plan.p[request]), int(plan.actual[request]) + result.heap_min, result.world
    address = actual
    if act == Act.ADDED:
        world.add_tiny(max(p, 0))
    elif act == Act.MANUAL:
        address = world.alloc_manual(size, p if p >= 0 else NO_P)
        result.manual[actual] = address
        result.manual_made += [event for event in world.events if isinstance(event, ManualMade)]
    elif act == Act.MANUAL_FREE:
        address = result.manual.pop(actual, actual)
        world.free_manual(address, p)
    elif act == Act.SMALL:
        address = world.alloc_run(spanclass, 1, max(p, 0))[0]
        world.book_requested(spanclass, size, max(p, 0))
    else:
        address = world.malloc(size, not spanclass & 1, max(p, 0))
    return address
