"""Pairs: two ways to write the same program, each a stream of commands that looks at its world while it runs.

A program gives one command after another, gets what each returns, and says where a request ends, so that two programs
can be laid side by side request by request. It allocates, lets go, and runs a GC when the live heap has doubled since
the last one, as a Go program's collector would with GOGC at 100.

Go: runtime/mgcpacer.go, (*gcControllerState).heapGoal; sync/pool.go, Pool; runtime/slice.go, growslice.
Left out: cycles that begin by themselves, which is why the programs run them; the goal counts the heap alone, no stacks
and no globals, and a cycle is over at once.
"""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from gomemlab.commands import GC, Command, Drop, malloc
from gomemlab.poolcommands import PoolGet, PoolNew, PoolPut
from gomemlab.runtime.slices import growslice
from gomemlab.runtime.world import World
from gomemlab.workloads import Rng

Steps = Generator[Command | None, Any, None]  # None: a request has ended
Body = Callable[[World, int], Steps]  # of a program: given its world and how many requests to answer

BUFFER = 16 << 10  # bytes that a request works in
REPLY = 4 << 10  # bytes that it answers with
IN_FLIGHT = 4  # requests that are being answered at any time
INT = 8  # bytes
INTS = 1000  # elements of a slice
KEPT = 256  # requests whose objects are still in use
HEAP_MINIMUM = 4 << 20  # bytes, at GOGC = 100. Go: runtime/mgcpacer.go, defaultHeapMinimum


@dataclass(frozen=True, slots=True)
class Program:
    """Commands for a world; steps(world, requests) yields them and is sent what each returned."""

    title: str
    procs: int  # Ps that the world must have at least
    steps: Body


@dataclass(frozen=True, slots=True)
class Pair:
    """Two programs that answer the same requests."""

    name: str
    a: Program
    b: Program
    requests: int  # enough of them to see the difference


class Clock:
    """Says when a GC is due: the live heap has grown by GOGC percent since the last one."""

    def __init__(self, world: World) -> None:
        """Begin before the first cycle."""
        self.world = world
        self.goal = self._goal(0)

    def collect(self) -> Steps:
        """Run a GC if one is due."""
        stats = self.world.allocator.heap.stats
        if self.world.gogc >= 0 and stats.heap_live >= self.goal:
            yield GC()
            self.goal = self._goal(stats.heap_live)

    def _goal(self, live: int) -> int:
        """Return the live heap at which the next cycle is due. Go: runtime/mgcpacer.go, (*gcControllerState).commit."""
        gogc = self.world.gogc
        return max(live + live * gogc // 100, HEAP_MINIMUM * gogc // 100)


def pooled_requests(size: int = BUFFER, boxed: bool = False) -> Body:
    """Return a handler that takes objects of a size from a pool, and makes its replies.

    boxed: it puts slices, not pointers to them.
    """

    def steps(world: World, requests: int) -> Steps:
        clock, flying = Clock(world), deque[int]()
        pool = yield PoolNew(size)
        for _ in range(requests):
            flying.append((yield PoolGet(pool)))
            reply = yield malloc(REPLY)
            if len(flying) == IN_FLIGHT:
                yield PoolPut(pool, flying.popleft(), boxed=boxed)
            yield Drop((reply,))
            yield from clock.collect()
            yield None

    return steps


def unpooled_requests(size: int = BUFFER) -> Body:
    """Return a handler that makes an object of a size for each request, and its reply."""

    def steps(world: World, requests: int) -> Steps:
        clock, flying = Clock(world), deque[int]()
        for _ in range(requests):
            flying.append((yield malloc(size)))
            reply = yield malloc(REPLY)
            if len(flying) == IN_FLIGHT:
                yield Drop((flying.popleft(),))
            yield Drop((reply,))
            yield from clock.collect()
            yield None

    return steps


def _on_ps(procs: int) -> Body:
    """Return a program of small objects, whose requests go round the Ps."""

    def steps(world: World, requests: int) -> Steps:
        clock, rng, kept = Clock(world), Rng(1), deque[tuple[int, ...]]()
        for request in range(requests):
            p = request % procs
            one = yield malloc(rng.log_uniform(5, 11), p=p)
            other = yield malloc(rng.log_uniform(5, 11), p=p)
            kept.append((one, other))
            if len(kept) > KEPT:
                yield Drop(kept.popleft())
            yield from clock.collect()
            yield None

    return steps


def _prealloc(world: World, requests: int) -> Steps:
    """Make each slice as large as it will be."""
    clock = Clock(world)
    for _ in range(requests):
        array = yield malloc(INTS * INT)
        yield Drop((array,))
        yield from clock.collect()
        yield None


def _append(world: World, requests: int) -> Steps:
    """Let append grow each slice, element by element; each array it leaves behind is garbage."""
    clock = Clock(world)
    for _ in range(requests):
        cap, array = 0, 0
        while cap < INTS:
            cap, old = growslice(cap, cap + 1, INT), array
            array = yield malloc(cap * INT)
            if old:
                yield Drop((old,))
        yield Drop((array,))
        yield from clock.collect()
        yield None


POOLED = Program("pooled", 1, pooled_requests())
PAIRS = {
    pair.name: pair
    for pair in (
        Pair("pooled / not pooled", POOLED, Program("not pooled", 1, unpooled_requests()), 1500),
        Pair(
            "*[]byte / []byte",
            Program("*[]byte", 1, POOLED.steps),
            Program("[]byte", 1, pooled_requests(boxed=True)),
            1500,
        ),
        Pair("1 P / 8 Ps", Program("1 P", 1, _on_ps(1)), Program("8 Ps", 8, _on_ps(8)), 5000),
        Pair("prealloc / append", Program("prealloc", 1, _prealloc), Program("append", 1, _append), 600),
    )
}
