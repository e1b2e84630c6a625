"""A real Go program predicted whole: addresses, and which objects each collection frees.

A replay of an ordinary recording has to be told what died. Here nobody tells. From the heap at the start and the
program's graph log the model allocates, writes pointers, marks and sweeps; a trace is only read to compare: every
address, the slots that each collection freed, and what runtime.ReadMemStats said behind each.

What the runtime had at the start is not in the log, so it counts as held for good. The collector needs memory, too:
spans for its work buffers, which it takes while it marks and gives back when all is swept. How many depends on how much
was grey at once.

Go: runtime/mgc.go, GC; runtime/mgcwork.go, workbufAlloc, getempty, freeSomeWbufs.
Left out: what the runtime allocates between the program's objects. A recording of such a program is made so that there
is none; where there is, it is counted.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from gomemlab.commands import AllocManual, Command, FreeManual, GCStart, MarkAll, MarkDone, ReadMemStats, SweepAll
from gomemlab.commands import New as NewCommand
from gomemlab.commands import Write as WriteCommand
from gomemlab.golang import trace as traces
from gomemlab.golang.trace import Trace
from gomemlab.golang.wire import Ev
from gomemlab.recorded import graphlog, memstats
from gomemlab.recorded.comparison import Comparison
from gomemlab.recorded.graphlog import Collect, GraphLog, New, Write, WriteRoot
from gomemlab.recorded.memstats import Difference, Recorded
from gomemlab.recorded.recording import SHIPPED, beside, find, stem
from gomemlab.recorded.start import Start, build, find_start
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.roots import Field, Global
from gomemlab.runtime.mstats import MemStats
from gomemlab.runtime.mutator import new_roots
from gomemlab.runtime.world import World

if TYPE_CHECKING:
    from gomemlab.runtime.alloc.mspan import MSpan

Progress = Callable[[int, int], object]  # operations done, of how many
Stop = Callable[[], bool]

ENDINGS = (".graph", ".graph.gz")
WORKBUF_PAGES = 4  # of a span for work buffers
WORKBUFS_PER_SPAN = 16  # each of 2048 B
_MARK: tuple[Command, ...] = (GCStart(forced=True), MarkAll())  # how a collection begins
_TAKE = AllocManual(WORKBUF_PAGES)
_OWN_WORKBUFS = 2  # that a P holds
_WINDOW = 1 << 12  # operations between two calls of progress and stop


@dataclass(frozen=True)
class GraphRecording:
    """A trace, the graph log of the same run, and Go's statistics at the start and behind each collection."""

    path: Path
    trace: Trace
    start: Start
    log: GraphLog
    mem_stats: Recorded
    collections: tuple[MemStats, ...]

    @property
    def name(self) -> str:
        """Return the file's name without its endings."""
        return stem(self.path)

    def world(self) -> World:
        """Return a new World in the state of the start, with the program's roots, all nil."""
        records = self.mem_stats.span_records(len(self.start.spans)) if self.start.procs == 1 else None
        world = build(self.start, self.mem_stats.policy, records)
        world.collector.roots = new_roots(1, 0, self.log.roots)
        return world

    @cached_property
    def freed(self) -> list[NDArray[np.int64]]:
        """Return the heap-relative slots that Go freed in each collection behind the start, in its order.

        Each one is swept to its end before the program goes on, so what is freed before the next begins is its own.
        """
        typ = self.trace.typ[self.start.row :]
        begins = np.flatnonzero(typ == Ev.GC_BEGIN)
        rows = np.flatnonzero(typ == Ev.HEAP_OBJECT_FREE)
        slots = self.trace.args[0, rows + self.start.row].astype(np.int64) << 3
        return np.split(slots, np.searchsorted(rows, begins))[1:]

    @cached_property
    def unlogged(self) -> int:
        """Return how many objects Go made before the last collection that the program did not log."""
        typ = self.trace.typ[self.start.row :]
        begins = np.flatnonzero(typ == Ev.GC_BEGIN)
        made = int((typ[: begins[-1]] == Ev.HEAP_OBJECT_ALLOC).sum()) if len(begins) else 0
        operations = self.log.operations
        last = max((i for i, operation in enumerate(operations) if isinstance(operation, Collect)), default=0)
        return made - sum(isinstance(operation, New) for operation in operations[:last])


@dataclass(frozen=True)
class Cycle:
    """One collection, as the model predicted it and as Go did it. Slots are heap-relative addresses."""

    number: int  # from 0
    freed: frozenset[int]  # slots that the model freed
    freed_by_go: frozenset[int]
    compared: int  # statistics
    differences: list[Difference]
    workbufs: tuple[int, ...]  # addresses of the spans that the collector took for its work buffers

    @property
    def ok(self) -> bool:
        """Return whether everything is equal."""
        return self.freed == self.freed_by_go and not self.differences


@dataclass(repr=False)
class Prediction(Comparison):
    """A graph recording and what the model predicted."""

    recording: GraphRecording
    world: World
    predicted: list[int] = field(default_factory=list)  # heap-relative address of each object
    cycles: list[Cycle] = field(default_factory=list)
    done: int = 0  # operations
    refused: str = ""  # why the world would not go on

    @property
    def name(self) -> str:
        """Return the recording's name."""
        return self.recording.name

    def new_world(self) -> World:
        """Return a new World in the state of the start, with the program's roots."""
        return self.recording.world()

    def commands(self) -> Iterator[Command]:
        """Yield what was done as commands: objects, pointers, and each collection in its parts."""
        addresses = [self.recording.start.heap_min + address for address in self.predicted]
        for operation in self.recording.log.operations[: self.done]:
            if isinstance(operation, Collect):
                workbufs = self.cycles[operation.number].workbufs
                yield from (*_MARK, *[_TAKE] * len(workbufs), *_sweep(workbufs), ReadMemStats())
            else:
                yield _command(operation, addresses)

    @property
    def ticks(self) -> int:
        """Return how many commands there are."""
        parts = (len((*_MARK, *_sweep(()), ReadMemStats())) + 2 * len(cycle.workbufs) for cycle in self.cycles)
        return self.done - len(self.cycles) + sum(parts)

    @cached_property
    def actual(self) -> NDArray[np.int64]:
        """Return the heap-relative address that Go chose for each object."""
        addresses = np.array(self.recording.log.addresses[: len(self.predicted)], np.uint64)
        return (addresses - np.uint64(self.recording.start.heap_min)).astype(np.int64)

    @cached_property
    def equal(self) -> NDArray[np.bool_]:
        """Return for each object whether the model chose as Go did."""
        return np.equal(np.array(self.predicted, np.int64), self.actual)

    @property
    def ok(self) -> bool:
        """Return whether the run came to its end and everything that was compared is equal."""
        complete = self.done == len(self.recording.log.operations)
        return complete and self.first_miss is None and all(cycle.ok for cycle in self.cycles)


def shipped() -> list[str]:
    """Return the names of the graph recordings that come with gomemlab."""
    return sorted(stem(path) for path in SHIPPED.glob("*.trace.gz") if beside(path, *ENDINGS))


def graph_of(path: str | PathLike[str]) -> Path | None:
    """Return the graph log beside the trace that a path or the name of a shipped recording means, None for none."""
    return beside(find(path), *ENDINGS)


def load(path: str | PathLike[str], progress: traces.Progress | None = None) -> GraphRecording:
    """Return the graph recording at path, or of a shipped one's name.

    Raises TraceError where the trace cannot be read, MisuseError where something is missing or of another run.
    """
    found = find(path)
    said, logged = beside(found, ".memstats.json"), beside(found, *ENDINGS)
    if logged is None or said is None:
        raise MisuseError(f"{found} has no {stem(found)}.graph and .memstats.json beside it; record them in one run")
    trace = traces.read(found, progress=progress)
    log, mem_stats = graphlog.read(logged), memstats.read(said)
    collections = _read_collections(said)
    begun = int((trace.typ == Ev.GC_BEGIN).sum())
    if not log.collections == len(collections) <= begun:
        raise MisuseError(
            f"{logged} is of another run: it has {log.collections} collections, {said.name} has {len(collections)} and "
            f"the trace {begun}; take the files that one run wrote"
        )
    return GraphRecording(found, trace, find_start(trace, mem_stats.policy), log, mem_stats, collections)


def _read_collections(path: Path) -> tuple[MemStats, ...]:
    """Return what Go said behind each collection of the program."""
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        return tuple(memstats.from_json(one) for one in written["collections"])
    except (KeyError, TypeError) as error:
        raise MisuseError(f"{path} has no statistics of collections: {error!r}; record the program anew") from None


def predict(
    recording: str | PathLike[str] | GraphRecording, progress: Progress | None = None, stop: Stop | None = None
) -> Prediction:
    """Return what the model predicts for a graph recording, beside what Go did; it ends early when stop() says so.

    Raises TraceError for a trace that cannot be read, MisuseError for files that do not belong together.
    """
    if not isinstance(recording, GraphRecording):
        recording = load(recording)
    return _Run(recording).run(progress, stop)


def explain(result: Prediction) -> list[str]:
    """Return sentences on the first object that the model put elsewhere; [] where there is none.

    A new world does all operations before it, and makes that one as a single step, so that its events tell.
    """
    miss = result.first_miss
    if miss is None:
        return []
    again, operations = _Run(result.recording), iter(result.recording.log.operations)
    while len(again.addresses) <= miss:
        again.take(next(operations))
    model, go = (f"heap + {int(places[miss]):#x}" for places in (result.predicted, result.actual))
    return [
        f"Object {miss + 1:,} is the first elsewhere: Go chose {go}, the model {model}. The model's reasons:",
        *(f"  {event.say()}" for event in again.world.events),
    ]


def _command(operation: New | Write | WriteRoot, addresses: Sequence[int]) -> Command:
    """Return what the program did with an object as a command, given where the model has those before it."""
    if isinstance(operation, New):
        return NewCommand(operation.slots, operation.size)
    pointer = 0 if operation.to is None else addresses[operation.to]
    if isinstance(operation, Write):
        return WriteCommand(Field(addresses[operation.of], operation.slot), pointer)
    return WriteCommand(Global(operation.root), pointer)


def _sweep(workbufs: Sequence[int]) -> tuple[Command, ...]:
    """Return how a collection ends, once it has taken its spans for work buffers."""
    return MarkDone(), SweepAll(), *map(FreeManual, workbufs)


class _Run:
    """A world that does what the log says."""

    def __init__(self, recording: GraphRecording) -> None:
        self.recording, self.world = recording, recording.world()
        self.at_start = self.world.mstats()
        self.heap_min = recording.start.heap_min
        self.addresses: list[int] = []  # by object
        self.living: dict[int, set[int]] = {}  # slots with logged objects, by span id
        self.result = Prediction(recording, self.world)

    def run(self, progress: Progress | None, stop: Stop | None) -> Prediction:
        """Do all operations, or as many as it may and can."""
        result, operations = self.result, self.recording.log.operations
        while result.done < len(operations) and not (stop and stop()):
            try:
                for operation in operations[result.done : result.done + _WINDOW]:
                    self.take(operation)
                    result.done += 1
            except MisuseError as error:  # what the program did is impossible where the model freed too much
                result.refused = str(error)
                break
            if progress:
                progress(result.done, len(operations))
        result.predicted = [address - self.heap_min for address in self.addresses]
        return result

    def take(self, operation: graphlog.Operation) -> None:
        """Do one operation."""
        if isinstance(operation, Collect):
            self.result.cycles.append(self._collect(operation.number))
            return
        address = _command(operation, self.addresses).apply(self.world)
        if isinstance(address, int):
            self._born(address)

    def _born(self, address: int) -> None:
        """Remember where an object is, and in which slot; objects of a few bytes share one."""
        self.addresses.append(address)
        span = cast("MSpan", self.world.allocator.heap.span_of(address))  # it was made just now
        self.living.setdefault(span.id, set()).add((address - span.base) // span.elemsize)

    def _collect(self, number: int) -> Cycle:
        """Run a collection with its work buffers, read the statistics, and compare."""
        world, recording = self.world, self.recording
        places = {i: (span.base, span.elemsize) for i in self.living if (span := world.allocator.heap.spans.get(i))}
        workbufs = self._gc()
        freed = frozenset(
            places[i][0] + slot * places[i][1] - self.heap_min for i in list(places) for slot in self._swept(i)
        )
        model = memstats.grown(world.read_mem_stats(), self.at_start, recording.mem_stats)
        go = recording.collections[number]
        names = memstats.names(self.at_start, recording.mem_stats.before)
        return Cycle(
            number,
            freed,
            frozenset(recording.freed[number].tolist()),
            len(names) + 2 * len(go.by_size),
            memstats.differences(model, go, names),
            workbufs,
        )

    def _gc(self) -> tuple[int, ...]:
        """Do what runtime.GC does, with the spans of its work buffers, whose addresses it returns.

        They are as many as marking needed at once. Go: runtime/mgcwork.go, getempty, freeSomeWbufs.
        """
        world = self.world
        for command in _MARK:
            command.apply(world)
        at_once = _OWN_WORKBUFS + max(gcw.shared for gcw in world.collector.gcws)
        workbufs = tuple(_TAKE.apply(world) for _ in range(-(-at_once // WORKBUFS_PER_SPAN)))
        for command in _sweep(workbufs):
            command.apply(world)
        return workbufs

    def _swept(self, span_id: int) -> set[int]:
        """Forget and return the slots of a span whose objects were freed."""
        span = self.world.allocator.heap.spans.get(span_id)
        taken = span.taken_bits() if span else 0
        dead = {slot for slot in self.living[span_id] if not taken >> slot & 1}
        self.living[span_id] -= dead
        if not self.living[span_id]:
            del self.living[span_id]
        return dead
