"""The pools of a recorded program, in the model: it gets the Gets and Puts, and says what each gives and what is made.

A recording's requests are done in a world that is Go's at the start, but for those that a pool made: these are left
out, and the model's pools make them instead. What the program did with its pools is logged in the trace itself, or
follows from its source.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gomemlab.commands import Command
from gomemlab.golang.trace import Trace, read
from gomemlab.golang.wire import Ev
from gomemlab.recorded import load
from gomemlab.recorded.plan import OBJECT_ACTS, Act
from gomemlab.recorded.recording import Recording
from gomemlab.runtime.events import Event
from gomemlab.runtime.poolevents import DequeueAdded, HeaderBoxed, LocalMade, NewCalled, PoolListGrown
from gomemlab.runtime.pooling import PoolHandle
from gomemlab.runtime.world import World

SWEEP_TERMINATION = "GC sweep termination"  # why the world was stopped when pools age
OWN_TYPES = {"*sync.Pool", "sync.poolLocal", "sync.poolChainElt", "sync.eface"}  # of what a pool makes for itself
BOX = "runtime.sliceInterfacePtr"  # a slice header in an interface
AGE, GET, GOT, PUT = "age", "get", "got", "put"
HAS = "has"  # what a Get gave, where Go does not say which item it was
PUT_SLICE = "box"

RECORDINGS = Path(__file__).parent / "data" / "recordings"
LIFE = {"nodes": (64, (1,)), "blocks": (200, ()), "slices": (None, ())}  # data/programs/pool_life.go
REQUESTS = {"buffers": (32, (1,))}  # data/programs/pool_requests.go

Step = tuple[int, str, str, int]  # before which event of the trace, what, of which pool, the item's number in Go


@dataclass
class Pooled:
    """What came of it, beside what Go did."""

    world: World
    pools: dict[str, PoolHandle]
    got: list[tuple[int, int]] = field(default_factory=list)  # number of the item that the model got, that Go got
    made: list[int] = field(default_factory=list)  # addresses of what the model's pools made
    made_by_go: list[int] = field(default_factory=list)
    others: list[int] = field(default_factory=list)  # addresses of all other objects, to 8 B
    others_of_go: list[int] = field(default_factory=list)
    new_calls: list[int] = field(default_factory=list)  # of the model, in each time between two cycles
    new_calls_of_go: list[int] = field(default_factory=list)


def made_by(events: tuple[Event, ...]) -> Iterator[int]:
    """Yield the addresses of what a pool made in one command, in order."""
    for event in events:
        if isinstance(event, PoolListGrown | LocalMade | HeaderBoxed):
            yield event.address
        elif isinstance(event, DequeueAdded):
            yield from (event.address, event.ring)
        elif isinstance(event, NewCalled):
            assert isinstance(event.item, int)
            yield event.item


@dataclass
class Driver:
    """Does a recording's requests, and its pools' Gets and Puts in between."""

    recording: Recording
    steps: list[Step]
    news: set[str]  # types of what New makes
    end: int  # from this event on pools belong to others
    result: Pooled
    number: dict[int, int] = field(default_factory=dict)  # the item's number in Go, by address
    address: dict[int, int] = field(default_factory=dict)  # and the other way round
    hand: int | None = None  # what the last Get gave; 0: nothing, so the program makes it itself
    is_new: bool = False  # New made it, or the program
    news_of_model: int = 0  # since the last cycle
    news_of_go: int = 0

    def run(self) -> Pooled:
        """Do everything and return what came of it."""
        plan, result = self.recording.plan, self.result
        when = np.minimum.accumulate(plan.row[::-1])[::-1].tolist()  # before which event, or a little earlier
        objects, base, at = np.isin(plan.act, OBJECT_ACTS).tolist(), self.recording.start.heap_min, 0
        for i, commands in enumerate(self._commands()):
            while at < len(self.steps) and self.steps[at][0] < when[i]:
                self._do(*self.steps[at][1:])
                at += 1
            if self._is_own(i):
                result.made_by_go.append(int(plan.actual[i]) + base)
                continue
            for command in commands:
                given = command.apply(result.world)
            if objects[i]:
                assert isinstance(given, int)
                result.others.append(given & ~7)
                result.others_of_go.append(int(plan.actual[i]) + base)
                self.hand = given if self.hand == 0 else self.hand
        for step in self.steps[at:]:
            self._do(*step[1:])
        self._end_period()
        return result

    def _commands(self) -> Iterator[list[Command]]:
        """Yield the commands of each request."""
        plan, commands = self.recording.plan, self.recording.commands()
        for act, size in zip(plan.act.tolist(), plan.size.tolist(), strict=True):
            swept = act == Act.MARKED and plan.cycles[size].in_pause  # then the sweep is a command besides
            yield [next(commands) for _ in range(1 + swept)]

    def _is_own(self, request: int) -> bool:
        """Say whether a request is one that a pool makes: for itself, for a slice header, or in New."""
        plan, trace = self.recording.plan, self.recording.trace
        row = int(plan.row[request])
        if plan.act[request] not in {Act.SMALL, Act.LARGE} or row >= self.end:
            return False
        info = trace.type_info(row)
        if info and info.name in self.news:
            self.news_of_go += 1
        return bool(info and info.name in {BOX, *self.news, *OWN_TYPES})

    def _do(self, what: str, pool: str, number: int) -> None:
        """Do one step of the program's."""
        result = self.result
        if what == AGE:
            result.world.clear_pools()
            self._end_period()
        elif what == GET:
            handle = result.pools[pool]
            calls, given = handle.new_calls, handle.get()
            assert given is None or isinstance(given, int)
            self.hand, self.is_new = given or 0, handle.new_calls > calls or given is None
            self.news_of_model += handle.new_calls - calls
            result.made += made_by(result.world.events)
        elif what in {GOT, HAS}:
            assert self.hand
            if what == GOT:
                mine = number if self.is_new and number not in self.address else self.number.get(self.hand, 0)
                result.got.append((mine, number))
            self.number[self.hand], self.address[number] = number, self.hand
            self.hand = None
        else:
            result.pools[pool].put(self.address[number], boxed=what == PUT_SLICE)
            result.made += made_by(result.world.events)

    def _end_period(self) -> None:
        self.result.new_calls.append(self.news_of_model)
        self.result.new_calls_of_go.append(self.news_of_go)
        self.news_of_model = self.news_of_go = 0


def logged(recording: Recording) -> list[Step]:
    """Return what the program logged of its Gets and Puts, and when pools aged."""
    trace = recording.trace
    steps = ages(recording)
    for row in trace.rows(Ev.USER_LOG, begin=recording.start.row).tolist():
        what, _, pool = trace.string(row, 1).partition(" ")
        if what in {GET, GOT, PUT, PUT_SLICE}:
            steps.append((row, what, pool, int(trace.string(row, 2) or 0)))
    return sorted(steps)


def ages(recording: Recording) -> list[Step]:
    """Return when pools aged: as soon as the world stood still for a cycle's begin."""
    trace = recording.trace
    stops = trace.rows(Ev.STW_BEGIN, begin=recording.start.row).tolist()
    return [(row, AGE, "", 0) for row in stops if trace.string(row) == SWEEP_TERMINATION]


def gets_on_ps(trace: Trace, world: World) -> list[tuple[int, int]]:
    """Do on each P what it did in a trace with one pool; return which item each Get gave: the model's number, Go's.

    Items are labels here. Those that the program made without New are new to the model when they are first put.
    """
    pool, last, got = world.pool(new=lambda call: f"new {call}"), dict[int, object](), list[tuple[int, int]]()
    number, label = dict[object, int](), dict[int, str]()  # in Go; in the model
    for row in trace.rows(Ev.USER_LOG).tolist():
        what, p, g, said = (
            trace.string(row, 1).partition(" ")[0],
            int(trace.p[row]),
            int(trace.g[row]),
            trace.string(row, 2),
        )
        if what == GET:
            last[g] = pool.get(p)
        elif what == GOT:
            fresh = last[g] not in number and int(said) not in label
            got.append((int(said) if fresh else number.get(last[g], 0), int(said)))
            number[last[g]], label[int(said)] = int(said), str(last[g])
        elif what == PUT:
            mine = label.setdefault(int(said), f"own {said}")
            number[mine] = int(said)
            pool.put(mine, p)
    return got


def of_handlers(recording: Recording, pool: str, types: set[str], objects: int, requests: int) -> list[Step]:
    """Return what goroutines did that get a buffer, make so many objects of some types, and put it, again and again.

    A goroutine loses its P only inside of malloc, so nothing comes between a Put and the next Get. The number of an
    item is that of its goroutine.
    """
    trace, steps = recording.trace, ages(recording)
    begin, end = trace.rows(Ev.USER_LOG)[[0, -1]].tolist()
    made: dict[int, int] = {}  # objects, by goroutine
    for row in trace.rows(Ev.HEAP_OBJECT_ALLOC, begin=begin, end=end).tolist():
        g, info = int(trace.g[row]), trace.type_info(row)
        if info is None or info.name not in types | OWN_TYPES | {"bytes.Buffer"}:
            continue
        if g not in made:
            made[g] = 0
            steps += [(row - 1, GET, pool, 0), (row - 1, HAS, pool, g)]
        if info.name in types:
            made[g] += 1
            if made[g] % objects == 0:
                steps.append((row, PUT, pool, g))
                if made[g] < objects * requests:
                    steps += [(row, GET, pool, 0), (row, HAS, pool, g)]
    return sorted(steps, key=lambda step: step[0])


def drive(
    recording: Recording,
    steps: list[Step],
    pools: dict[str, tuple[int | None, tuple[int, ...]]],
    news: set[str],
    end: int | None = None,
) -> Pooled:
    """Drive a recording; of each pool the bytes that New makes and which words of them are pointers, and News' types.

    From event `end` on nothing is done to these pools.
    """
    world = recording.world()
    handles = {name: world.pool(new, slots) for name, (new, slots) in pools.items()}
    return Driver(recording, steps, news, end or len(recording.trace), Pooled(world, handles)).run()


def life() -> Pooled:
    """Drive pool_life: three pools of different kinds, and a collection now and then."""
    recording = load(RECORDINGS / "pool_life.trace.gz")
    return drive(recording, logged(recording), dict(LIFE), {"main.node", "main.block"})


def requests() -> Pooled:
    """Drive pool_requests: four handlers, and collections when the heap says so."""
    recording = load(RECORDINGS / "pool_requests.trace.gz")
    return drive(recording, logged(recording), dict(REQUESTS), {"main.buffer"})


def server() -> Pooled:
    """Drive pool_gc_stw: 20,000 requests, whose Gets follow from the source and are not logged."""
    recording = load(RECORDINGS / "pool_gc_stw.trace.gz")
    steps = of_handlers(recording, "buffers", {"main.header", "string"}, objects=8, requests=5000)
    end = int(recording.trace.rows(Ev.USER_LOG)[-1])
    return drive(recording, steps, {"buffers": (40, (0,))}, {"bytes.Buffer"}, end)


def two_ps(world: World) -> list[tuple[int, int]]:
    """Do in a world what two Ps did in pool_two_ps; see gets_on_ps."""
    return gets_on_ps(read(RECORDINGS / "pool_two_ps.trace.gz"), world)
