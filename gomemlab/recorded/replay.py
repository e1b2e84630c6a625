"""A real Go program's recording, predicted by the model and compared address by address.

From the start of the recording on, the model gets what was asked, never what Go answered: after a wrong prediction it
is not put right again. So one difference in a page allocator's choice would show in everything behind it.

Of a collection the model gets which objects were dead, by who asked for them; where sweeping went on beside the program
also whose turn it was. What it sweeps in which order, what becomes free and where the next objects go is its own.

Go: runtime/traceallocfree.go, traceSnapshotMemory.
Left out: with more than one P, what comes after the first collection's marking.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from gomemlab.commands import Command
from gomemlab.golang.select import one_of
from gomemlab.golang.wire import Ev
from gomemlab.recorded import bulk, memstats
from gomemlab.recorded.collected import Collected, collected
from gomemlab.recorded.comparison import Comparison
from gomemlab.recorded.memstats import Difference
from gomemlab.recorded.misses import Miss, find_misses
from gomemlab.recorded.plan import OBJECT_ACTS, Act, Plan
from gomemlab.recorded.recording import Recording, load
from gomemlab.recorded.start import span_class
from gomemlab.runtime.mstats import MemStats
from gomemlab.runtime.world import World

WORD_MASK = ~7  # without an op log, an address is known but for its lowest three bits


@dataclass(frozen=True, repr=False)
class Replay(Comparison):
    """A recording and its prediction. Objects and spans are in Go's order, addresses heap-relative."""

    recording: Recording
    run: bulk.Run
    at_start: MemStats  # the model's

    @property
    def name(self) -> str:
        """Return the recording's name."""
        return self.recording.name

    def new_world(self) -> World:
        """Return a new World in the state of the start."""
        return self.recording.world()

    def commands(self) -> Iterator[Command]:
        """Yield the requests and collections as commands, as far as the run came."""
        return self.recording.commands(self.run)

    @property
    def ticks(self) -> int:
        """Return how many commands there are, where the run came to its end."""
        return self.recording.ticks

    @property
    def plan(self) -> Plan:
        """Return the requests."""
        return self.recording.plan

    @cached_property
    def objects(self) -> NDArray[np.int64]:
        """Return the requests of the plan that are predicted objects, as far as the run came."""
        return np.flatnonzero(one_of(self.plan.act[: self.run.done], *OBJECT_ACTS))

    @cached_property
    def given(self) -> int:
        """Return how many tiny objects were not predicted: their places in a block were read from the trace."""
        return int((self.plan.act[: self.run.done] == Act.ADDED).sum())

    @cached_property
    def predicted(self) -> NDArray[np.uint64]:
        """Return the address that the model chose for each object."""
        return self.run.predicted[self.objects].astype(np.uint64)

    @cached_property
    def actual(self) -> NDArray[np.uint64]:
        """Return the address that Go chose for each object; without an op log it is known to 8 bytes."""
        return self.plan.actual[self.objects].astype(np.uint64)

    @cached_property
    def equal(self) -> NDArray[np.bool_]:
        """Return for each object whether the model chose as Go did."""
        known = np.where(self.plan.logged, -1, WORD_MASK)
        same: NDArray[np.bool_] = (self.run.predicted ^ self.plan.actual) & known == 0
        return same.take(self.objects)

    @cached_property
    def misses(self) -> tuple[Miss, ...]:
        """Return the objects that the model put elsewhere, each with its cause."""
        wrong = np.flatnonzero(~self.equal)
        columns = (wrong, self.run.predicted[self.objects[wrong]], self.plan.actual[self.objects[wrong]])
        return find_misses(zip(*(column.tolist() for column in columns), strict=True), self.recording.start)

    @property
    def hidden(self) -> int:
        """Return how many misses began with state at the start that no trace shows."""
        return sum(miss.hidden for miss in self.misses)

    @cached_property
    def cycles(self) -> tuple[Collected, ...]:
        """Return the collections, as far as the run came, and how well the model did in each."""
        rows = self.plan.row[self.objects]
        return tuple(collected(self.plan, self.run.sweeps, self.run.done, rows, self.equal))

    @cached_property
    def actual_spans(self) -> NDArray[np.int64]:
        """Return (page, npages, span class or -1 for stacks) of each span that Go made."""
        trace = self.recording.trace
        rows = trace.rows(Ev.SPAN_ALLOC, begin=self.recording.start.row, end=self._end_row)
        page, npages, kind_class = trace.args[:3, rows].astype(np.int64)
        return np.stack([page, npages, np.array([span_class(k) for k in kind_class.tolist()], np.int64)], axis=1)

    @cached_property
    def stacks(self) -> NDArray[np.int64]:
        """Return the requests of the plan that are stacks, as far as the run came."""
        return np.flatnonzero(self.plan.act[: self.run.done] == Act.STACK)

    @property
    def total_stacks(self) -> int:
        """Return how many stacks were compared: all that were taken, where there was one P."""
        return len(self.stacks)

    @cached_property
    def exact_stacks(self) -> int:
        """Return how many of them the model put where Go did."""
        return int(np.equal(self.run.predicted[self.stacks], self.plan.actual[self.stacks]).sum())

    @property
    def _end_row(self) -> int:
        """Return the first event that was not compared."""
        return self.plan.end if self.run.done == len(self.plan) else int(self.plan.row[self.run.done])

    @cached_property
    def predicted_spans(self) -> NDArray[np.int64]:
        """Return (page, npages, span class or -1 for stacks) of each span that the model made."""
        return self.run.spans_made()

    @property
    def total_spans(self) -> int:
        """Return how many spans were compared."""
        return len(self.actual_spans)

    @cached_property
    def exact_spans(self) -> int:
        """Return how many of them were predicted exactly."""
        actual, predicted = self.actual_spans, self.predicted_spans
        if self.recording.start.procs > 1:  # whose came first is not certain; where they lie is
            actual, predicted = (spans[np.lexsort(spans.T)] for spans in (actual, predicted))
        n = min(len(actual), len(predicted))
        return int((actual[:n] == predicted[:n]).all(axis=1).sum())

    @cached_property
    def mstats(self) -> MemStats:
        """Return the model's statistics at the end, continued from Go's at the start."""
        at_end = self.run.mem_stats[-1] if self.run.mem_stats else self.run.world.mstats()
        return memstats.grown(at_end, self.at_start, self.recording.mem_stats)

    @property
    def actual_mstats(self) -> MemStats | None:
        """Return Go's statistics at the end; None where the run ended before, or nothing was written."""
        recorded = self.recording.mem_stats
        return recorded.after if recorded and self.run.mem_stats and not self.plan.gc else None

    @cached_property
    def mstats_names(self) -> tuple[str, ...]:
        """Return which statistics are compared, but for BySize; () where there are none to compare with."""
        recorded = self.recording.mem_stats
        if recorded is None or self.actual_mstats is None:
            return ()
        names, cycles = memstats.names(self.at_start, recorded.before), self.plan.cycles
        unseen = memstats.unseen(cycles=bool(cycles), beside=not all(cycle.in_pause for cycle in cycles))
        return tuple(name for name in names if name not in unseen)

    @property
    def mstats_compared(self) -> int:
        """Return how many statistics are compared."""
        return len(self.mstats_names) + 2 * len(self.actual_mstats.by_size) if self.actual_mstats else 0

    @cached_property
    def mstats_differences(self) -> list[Difference]:
        """Return the statistics that must be equal and are not."""
        go = self.actual_mstats
        return memstats.differences(self.mstats, go, self.mstats_names) if go else []

    @property
    def ok(self) -> bool:
        """Return whether everything that was compared is equal."""
        spans = self.exact_spans == self.total_spans == len(self.predicted_spans)
        swept = all(cycle.same == cycle.sweeps and not cycle.extra for cycle in self.cycles)
        placed = self.first_miss is None and spans and self.exact_stacks == self.total_stacks
        return placed and swept and not self.mstats_differences and not self.run.refused


def replay(
    recording: str | PathLike[str] | Recording,
    ops: str | PathLike[str] | None = None,
    *,
    classes_only: bool = False,
    progress: bulk.Progress | None = None,
    stop: bulk.Stop | None = None,
) -> Replay:
    """Return what the model predicts for a recording, beside what Go did.

    recording is the path of a trace, of a folder with one, or the name of a recording that comes with gomemlab. The op
    log is `ops`, or X.ops(.gz) beside X.trace, unless classes_only says to do without. progress(done, total) is called
    now and then; when stop() is true the replay ends early.
    Raises TraceError for a trace that cannot be read, MisuseError for an op log of another run.
    """
    if not isinstance(recording, Recording):
        recording = load(recording, ops, classes_only=classes_only)
    world = recording.world()
    at_start = world.mstats()
    run = bulk.run(recording.plan, world, recording.start.heap_min, progress=progress, stop=stop)
    return Replay(recording, run, at_start)
