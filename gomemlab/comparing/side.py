"""A side: one of two histories that are compared, and its counters after every command.

The counters are read from a world that is played once from the start, so that a peak is the highest moment of the whole
run and any moment can be looked up. Most commands only take a slot; what that changes is added without reading.

Go: runtime/mstats.go, MemStats; runtime/mheap.go, mheap.lock.
Left out: what happens within a command; a GC that is one command has one reading before it and one after.
"""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from gomemlab.costs import BESIDES, COST, total_cost
from gomemlab.runtime.alloc.locks import HEAP
from gomemlab.runtime.gcevents import SpanSwept
from gomemlab.runtime.markevents import MarkEnded
from gomemlab.runtime.mstats import heap_totals
from gomemlab.runtime.poolevents import PRIVATE, SHARED
from gomemlab.runtime.snapshot import served_by
from gomemlab.runtime.world import World
from gomemlab.timeline import BATCH, Timeline

STOPS = tuple(COST)


class Reading(NamedTuple):
    """The counters of a world at one moment; all but the heap's are counted from the run's start."""

    mallocs: int  # MemStats.Mallocs
    total_alloc: int  # bytes
    num_gc: int
    spans: int  # object spans made
    heap_lock: int  # times that mheap.lock was taken
    locks: int  # times that any lock was taken
    gets: int  # of all pools
    new_calls: int  # of them, those that found nothing
    cost: float  # nanoseconds, by the cost model
    heap_alloc: int  # bytes
    heap_inuse: int  # bytes
    peak_alloc: int = 0  # the highest heap_alloc so far
    peak_inuse: int = 0


WIDTH, COST_AT, COUNTED = len(Reading._fields), Reading._fields.index("cost"), Reading._fields.index("heap_alloc")


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A history with a title."""

    title: str
    line: Timeline
    requests: tuple[int, ...]  # the tick at which each request ended; () where nobody knows
    numbers: "array[float]"  # one Reading after another, by tick

    def at(self, tick: int) -> Reading:
        """Return the counters after so many commands; beyond the end they stay as they were."""
        start = min(tick, len(self.line)) * WIDTH
        values = self.numbers[start : start + WIDTH]
        return Reading._make(n if i == COST_AT else int(n) for i, n in enumerate(values))

    def column(self, name: str) -> "array[float]":
        """Return one counter at every tick."""
        return self.numbers[Reading._fields.index(name) :: WIDTH]

    def tick(self, place: int, *, by_request: bool) -> int:
        """Return the tick after so many commands, or requests; beyond the end it is the last one."""
        if not by_request:
            return min(place, len(self.line))
        return len(self.line) if place >= len(self.requests) else self.requests[place - 1] if place else 0


def readings(line: Timeline, report: Callable[[int], object]) -> "array[float]":
    """Return the counters at every tick of a history; report hears how many commands were read."""
    world = line.at(0)
    gauge = Gauge(world)
    numbers = array("d", gauge.last)
    for done, command in enumerate(line.commands):
        if done % BATCH == 0:
            report(done)
        command.apply(world)
        numbers.extend(gauge.read())
    report(len(line))
    return numbers


class Gauge:
    """Reads a world after each of its commands."""

    def __init__(self, world: World) -> None:
        """Begin to count."""
        self.world = world
        self.marked = self.swept = 0  # objects found alive, spans swept
        self.zero = [0.0] * COUNTED
        self.last = self._whole(0, 0)
        self.zero = list(self.last[:COUNTED])
        self.last = self._whole(0, 0)

    def read(self) -> Reading:
        """Return the counters after another command."""
        log, hit, before = self.world.allocator.log, self.world.allocator.hit, self.last
        if hit is not None and not log:
            self.last = _one_slot(before, hit[2].elemsize)
        else:
            for entry in log:
                if entry[0] is SpanSwept:
                    self.swept += 1
                elif entry[0] is MarkEnded:
                    self.marked += entry[2]
            self.last = self._whole(before.peak_alloc, before.peak_inuse)
        return self.last

    def _whole(self, peak_alloc: int, peak_inuse: int) -> Reading:
        """Return the counters, all of them read."""
        world, heap = self.world, self.world.allocator.heap
        mallocs, _, allocated, freed = heap_totals(heap, world.ps)
        taken, pools, alloc, inuse = heap.locks.taken, world.pools.pools, allocated - freed, heap.stats.in_heap
        new_calls = sum(pool.new_calls for pool in pools)
        counted = (
            mallocs,
            allocated,
            heap.stats.num_gc,
            sum(heap.stats.made_from),
            heap.locks.total(HEAP),
            sum(taken.values()),
            new_calls + sum(sum(pool.counts.values()) for pool in pools),
            new_calls,
            self._cost(mallocs, allocated),
        )
        since = [now - then for now, then in zip(counted, self.zero, strict=True)]
        return Reading._make([*since, alloc, inuse, max(alloc, peak_alloc), max(inuse, peak_inuse)])

    def _cost(self, mallocs: int, allocated: int) -> float:
        """Return what all of it cost, by the cost model."""
        heap, pools = self.world.allocator.heap, self.world.pools.pools
        served = served_by(heap, mallocs)
        near = sum(pool.counts[PRIVATE] + pool.counts[SHARED] for pool in pools)
        gets = sum(pool.new_calls + sum(pool.counts.values()) for pool in pools)
        return total_cost(
            {
                **{stop: getattr(served, stop) for stop in STOPS},
                "byte": allocated,
                "pool": near + sum(pool.puts for pool in pools),
                "steal": gets - near,
                "cycle": heap.stats.num_gc,
                "mark": self.marked,
                "sweep": self.swept,
            }
        )


def _one_slot(before: Reading, elemsize: int) -> Reading:
    """Return the counters when one more slot of a cached span is taken."""
    alloc = before.heap_alloc + elemsize
    return before._replace(
        mallocs=before.mallocs + 1,
        total_alloc=before.total_alloc + elemsize,
        cost=before.cost + COST["mcache"] + BESIDES["byte"] * elemsize,
        heap_alloc=alloc,
        peak_alloc=max(before.peak_alloc, alloc),
    )
