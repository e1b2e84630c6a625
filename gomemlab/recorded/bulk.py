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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import heapify, heappop, heapreplace

import numpy as np
from numpy.typing import NDArray

from gomemlab.commands import Command, FreeManual, SweepAll
from gomemlab.golang.select import one_of
from gomemlab.recorded.cycles import Cycle
from gomemlab.recorded.given import FlushStacks, SweepBegin, SweepDebt, SweepSpans
from gomemlab.recorded.plan import OBJECT_ACTS, Act, Plan
from gomemlab.recorded.stacks import MARKING, MOMENT, POOLED
from gomemlab.recorded.sweeping import Sweep, dead_addresses, last_swept, marks, of_cycle, page_marks, sweeps
from gomemlab.recorded.turns import By
from gomemlab.runtime.alloc.mspan import IN_USE
from gomemlab.runtime.alloc.mspancache import NO_P
from gomemlab.runtime.arch import NUM_SPAN_CLASSES, PAGE_SIZE, TINY_SPAN_CLASS
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.events import ManualMade
from gomemlab.runtime.malloc import P
from gomemlab.runtime.mstats import MemStats
from gomemlab.runtime.restore import MANUAL
from gomemlab.runtime.world import MAX_PROCS, World
from gomemlab.stackcommands import StackFree

Progress = Callable[[int, int], object]  # requests done, of how many
Stop = Callable[[], bool]

# Requests that name something by the model's place.
ASKED_BY_RUN = (Act.MANUAL_FREE, Act.STACK_FREE, Act.STACKS_FLUSHED, Act.MARKED, Act.SWEEP, Act.CREDIT)
_FLUSHES = (Act.READ_MEM_STATS, Act.MARKED)  # what empties the mcaches, and so ends each class's run
# Requests between two calls of progress and stop. Few enough that a window's columns use the memory of the last one's
# again: pages new from the operating system cost a seventh of a run.
_WINDOW = 1 << 15
_LANE_BITS = (MAX_PROCS * NUM_SPAN_CLASSES).bit_length()
_LANE_MASK = (1 << _LANE_BITS) - 1
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
    stacks: dict[int, int] = field(default_factory=dict)  # where Go has a stack -> where the model has it
    manual_made: list[ManualMade] = field(default_factory=list)
    cycle: int = -1  # the last one whose marking ended
    sweeps: list[Sweep] = field(default_factory=list)  # in the model's order
    asked: dict[int, tuple[Command, ...]] = field(default_factory=dict)  # by request, of those in ASKED_BY_RUN
    _made: list[tuple[int, int, int, int]] = field(default_factory=list)
    _noted: int = field(init=False)  # spans below this id are in _made, or were there before

    def __post_init__(self) -> None:
        """Look at what there is before the run."""
        self._noted = self.world.allocator.heap.next_span_id

    def ask(self, request: int, command: Command) -> None:
        """Ask the world for what a request means in it, and keep the command."""
        self.asked[request] = (*self.asked.get(request, ()), command)
        command.apply(self.world)

    def note(self) -> None:
        """Note the spans of objects that were made since the last time; none is freed before a marking has ended."""
        heap = self.world.allocator.heap
        new = (heap.spans.get(i) for i in range(self._noted, heap.next_span_id))
        self._made += [
            (span.id, (span.base - self.heap_min) // PAGE_SIZE, span.npages, span.spanclass)
            for span in new
            if span and span.state is IN_USE
        ]
        self._noted = heap.next_span_id

    def note_sweeps(self) -> None:
        """Note the sweeps of the world's last command."""
        allocator = self.world.allocator
        self.sweeps += sweeps(allocator.heap, self.heap_min, allocator.log, self.cycle)

    def spans_made(self) -> Ints:
        """Return (page counted from heap_min, npages, span class or MANUAL) of each span the run made, in order."""
        self.note()
        shift = (self.world.allocator.heap.arena_base - self.heap_min) // PAGE_SIZE
        stacks = [(e.span, e.page + shift, e.npages, MANUAL) for e in self.manual_made]
        spans = np.array(sorted(self._made + stacks), np.int64).reshape(-1, 4)
        return spans[:, 1:]


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


@_no_cycles()
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
    flushes = np.flatnonzero(one_of(plan.act[:end], *_FLUSHES))
    while result.done < end and not (stop and stop()):
        begin = result.done
        if plan.act[begin] == Act.READ_MEM_STATS:
            result.mem_stats.append(world.read_mem_stats())
            result.done += 1
        elif plan.act[begin] == Act.MARKED:
            _end_marking(plan, begin, result)
            result.done += 1
        else:
            flush = flushes[np.searchsorted(flushes, begin) :][:1].tolist()
            window_end = min(begin + _WINDOW, *flush, end)
            try:
                _Window(plan, begin, window_end, result).run(last=window_end == end)
            except MisuseError as error:
                result.refused = str(error)
                break
            result.done = window_end
        if progress:
            progress(result.done, end)
    return result


def _end_marking(plan: Plan, request: int, result: Run) -> None:
    """Give the world the marks of a cycle, and sweep all where Go did so before it let the program go on."""
    result.note()
    result.cycle = int(plan.size[request])
    cycle, heap, heap_min = plan.cycles[result.cycle], result.world.allocator.heap, result.heap_min
    of = of_cycle(plan.dead, cycle)
    dead = dead_addresses(plan.dead, of, result.predicted)
    alive = marks(heap, heap_min, dead)
    paged: tuple[int, ...] = ()
    if not cycle.in_pause:  # else nobody asks for them
        paged = page_marks(heap, heap_min, alive, _born_black(plan, cycle, result), dead[plan.reclaimed[of]])
    result.ask(request, SweepBegin(tuple(alive.items()), paged))
    result.note_sweeps()
    if cycle.in_pause:
        result.ask(request, SweepAll())
        result.note_sweeps()


def _born_black(plan: Plan, cycle: Cycle, result: Run) -> Ints:
    """Return the addresses of the objects that were allocated while a cycle marked, heap-relative."""
    marking = (plan.row >= cycle.black) & (plan.row < cycle.marked) & one_of(plan.act, *OBJECT_ACTS)
    return result.predicted[marking]


class _Window:
    """Some neighbouring requests of a plan, sorted into lanes: one for each span class of each P, one for the rest.

    A place is a request's number in the sorted order; lane k has the places from place[k] to ends[k] before it. Of a
    run of slots only the first one's address is written down, and 0 stays at the places of the others until all runs
    are expanded at once.
    """

    def __init__(self, plan: Plan, begin: int, end: int, result: Run) -> None:
        """Sort the requests."""
        self.plan, self.result, self.allocator = plan, result, result.world.allocator
        lane = plan.spanclass[begin:end].astype(np.int16)  # 16 bits: numpy sorts those by radix
        lane[plan.act[begin:end] > int(Act.TINY)] = _ONE_BY_ONE  # int: numpy would compare a member in 64 bits
        p = plan.p[begin:end].astype(np.int16)
        lane += p * (p > 0) * NUM_SPAN_CLASSES
        order = np.argsort(lane, kind="stable")
        lane = lane.take(order)
        self.index = order + begin  # requests by place
        self.place = [0, *(np.flatnonzero(lane[1:] != lane[:-1]) + 1).tolist()]
        self.ends = [*self.place[1:], end - begin]
        numbers = lane[self.place].tolist()
        self.lanes = [(result.world.ps[n // NUM_SPAN_CLASSES], n % NUM_SPAN_CLASSES) for n in numbers]
        self.size = plan.size[begin:end].take(order)
        asked = np.zeros(end - begin + 1, np.int64)
        np.cumsum(self.size, out=asked[1:])
        # These three are read and written one by one, which a memoryview does quicker than numpy.
        self.request = self.index.data
        self.bytes = asked.data  # asked for before each place
        self.address = np.zeros(end - begin, np.int64).data  # by place

    def run(self, *, last: bool) -> None:
        """Take all requests, the lanes in the order in which they come to the allocator; last says that none follow.

        A turn is a request's number and its lane in one int: the smallest of those that wait says whose turn it is.
        """
        request, place, ends, lanes = self.request, self.place, self.ends, self.lanes
        address, nbytes, alloc_run = self.address, self.bytes, self.allocator.alloc_run
        heap, result = self.allocator.heap, self.result
        waiting = [request[first] << _LANE_BITS | lane for lane, first in enumerate(place)]
        heapify(waiting)
        # Nobody asks what happened, but for the sweeps, and in the end what the last turn did.
        heap.tells = heap.sweeping is not None or (last and len(waiting) == 1)
        try:
            # Not `while waiting`: CPython 3.11 counts no conditional jumps back, and would not make this loop fast.
            while True:
                lane = waiting[0] & _LANE_MASK
                p, spanclass = lanes[lane]
                sweeping = heap.sweeping
                if spanclass == _ONE_BY_ONE:
                    self._one_by_one(lane, min(waiting[1:3], default=len(self.plan) << _LANE_BITS) >> _LANE_BITS)
                elif spanclass == TINY_SPAN_CLASS:
                    self._take_tiny(lane, p)
                else:
                    # World.alloc_run without its checks: they are for who asks by hand.
                    at = place[lane]
                    address[at], count, _ = alloc_run(spanclass, ends[lane] - at, p)
                    place[lane] = end = at + count
                    p.mcache.alloc[spanclass].requested += nbytes[end] - nbytes[at]
                if sweeping is not None and spanclass != _ONE_BY_ONE:
                    result.note_sweeps()
                at = place[lane]
                if at < ends[lane]:
                    heapreplace(waiting, request[at] << _LANE_BITS | lane)
                elif len(waiting) > 1:
                    heappop(waiting)
                    heap.tells |= last and len(waiting) == 1
                else:
                    break
        finally:
            if not heap.tells:
                self.allocator.begin()
            heap.tells = True
            result.predicted[self.index] = self._expand_runs()

    def _take_tiny(self, lane: int, p: P) -> None:
        """Take the next objects of at most 16 B, as many as their blocks of one span hold."""
        at = self.place[lane]
        addresses = self.allocator.tiny_run(self.size[at : min(at + _TINY_AT_ONCE, self.ends[lane])].tolist(), p)
        end = self.place[lane] = at + len(addresses)
        self.address[at:end] = np.array(addresses, np.int64).data

    def _one_by_one(self, lane: int, until: int) -> None:
        """Take the requests of the lane for the rest that come before one."""
        at, end = self.place[lane], self.ends[lane]
        while at < end and self.request[at] < until:
            self.address[at] = take_one(self.plan, self.request[at], self.result)
            at = self.place[lane] = at + 1

    def _expand_runs(self) -> Ints:
        """Return the heap-relative address of each request by place, 0 where the run did not come to it."""
        written = np.asarray(self.address, np.int64)
        begins = written != 0
        begins[0] = True
        first = np.flatnonzero(begins)  # place of each run
        elemsize, step, behind = self.allocator.heap.classes.elemsize, np.empty_like(written), 0
        # All addresses are one running sum: to the next object it is a stride, and to the next run what it takes.
        for (_, spanclass), end in zip(self.lanes, self.ends, strict=True):
            step[behind:end] = elemsize[spanclass >> 1]
            behind = end
        written = written[first]
        step[first[1:]] = np.diff(written) - (np.diff(first) - 1) * step[first[:-1]]
        step[0] = written[0] - self.result.heap_min
        address = np.cumsum(step)
        for at, end in zip(self.place, self.ends, strict=True):
            address[at:end] = 0
        return address


def take_one(plan: Plan, request: int, result: Run) -> int:
    """Take one request and return the address that the model chose."""
    act, size = int(plan.act[request]), int(plan.size[request])
    sweeping = result.world.allocator.heap.sweeping is not None
    if act in (Act.SWEEP, Act.CREDIT):
        _sweep(plan, request, result)
        address = result.heap_min
    else:
        address = _allocate(plan, request, act, size, result)
    if sweeping:
        result.note_sweeps()
    return address


def _sweep(plan: Plan, request: int, result: Run) -> None:
    """Take the turn of a sweeper, or say what the next allocation owes."""
    turn = plan.turns[int(plan.actual[request])]
    last = last_swept(result.world.allocator.heap, result.heap_min, plan.dead, turn, result.predicted)
    if turn.by is By.REST:
        result.ask(request, SweepAll())
    else:
        result.ask(request, (SweepDebt if turn.by is By.CREDIT else SweepSpans)(turn.much, last))


def _allocate(plan: Plan, request: int, act: int, size: int, result: Run) -> int:
    """Take the request for an object or for a span of stacks, or to free one."""
    p, spanclass = int(plan.p[request]), int(plan.spanclass[request])
    actual, world = int(plan.actual[request]) + result.heap_min, result.world
    address = actual
    if act == Act.ADDED:
        world.add_tiny(max(p, 0))
    elif act == Act.MANUAL:
        address = result.manual[actual] = world.alloc_manual(size, p if p >= 0 else NO_P)
        result.manual_made += [event for event in world.events if isinstance(event, ManualMade)]
    elif act == Act.MANUAL_FREE:
        address = result.manual.pop(actual, actual)
        result.ask(request, FreeManual(address, p))
    elif act == Act.STACK:
        address = result.stacks[actual] = world.stackalloc(size & ~MOMENT, p, pooled=bool(size & POOLED))
        result.manual_made += [event for event in world.events if isinstance(event, ManualMade)]
    elif act == Act.STACK_FREE:
        address = result.stacks.pop(actual, actual)
        result.ask(request, StackFree(address, p, bool(size & MARKING), bool(size & POOLED)))
    elif act == Act.STACKS_FLUSHED:
        result.ask(request, FlushStacks())
    elif act == Act.SMALL:
        address = world.alloc_run(spanclass, 1, max(p, 0))[0]
        world.book_requested(spanclass, size, max(p, 0))
    else:
        address = world.malloc(size, not spanclass & 1, max(p, 0))
    return address
