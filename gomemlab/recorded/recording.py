"""A recording: a trace, with what was written beside it, ready to be predicted.

X.trace is what runtime/trace wrote, X.ops what the program asked for, X.memstats.json what runtime.ReadMemStats said;
the first is enough. Each may be packed with gzip. A few small recordings come with gomemlab and are found by their
names.

Go: runtime/trace.go, StartTrace; runtime/mstats.go, ReadMemStats.
Left out: nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path

from gomemlab.commands import AllocManual, Command, ReadMemStats, malloc
from gomemlab.golang import trace as traces
from gomemlab.golang.trace import Trace
from gomemlab.recorded import bulk, memstats, opslog
from gomemlab.recorded.bulk import Run
from gomemlab.recorded.given import add_tiny
from gomemlab.recorded.memstats import Recorded
from gomemlab.recorded.plan import Act, Plan, make_plan
from gomemlab.recorded.stacks import MOMENT, POOLED
from gomemlab.recorded.start import Start, build, find_start
from gomemlab.runtime.arch import GO_1_27, PAGE_SIZE, Go
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.restore import restore_stacks
from gomemlab.runtime.world import World
from gomemlab.stackcommands import StackAlloc
from gomemlab.timeline import Timeline

SHIPPED = Path(__file__).parent.parent / "data" / "recordings"
MODELLED = "go1.27"
_SUFFIXES = (".trace", ".trace.gz")


@dataclass(frozen=True)
class Recording:
    """A trace and what the model is asked because of it."""

    path: Path
    trace: Trace
    start: Start
    plan: Plan
    mem_stats: Recorded | None  # Go's own statistics, None where they were not written
    go: Go = GO_1_27  # how the recorded version lays out spans

    @property
    def name(self) -> str:
        """Return the file's name without its endings."""
        return stem(self.path)

    def world(self) -> World:
        """Return a new World in the state of the start."""
        world = build(self.start, self.go, self._span_records)
        shift = (self.start.heap_min - world.allocator.heap.arena_base) // PAGE_SIZE
        restore_stacks(world, [span._replace(page=span.page + shift) for span in self.plan.stacks.start])
        return world

    @property
    def _span_records(self) -> int | None:
        """Return how many span records Go held at the start; None where it is not known, or not which P kept them."""
        if self.mem_stats is None or self.start.procs > 1 or not self.start.flushed:
            return None
        return self.mem_stats.span_records(len(self.start.spans))

    @cached_property
    def logged(self) -> int:
        """Return how many requests an op log describes."""
        return int(self.plan.logged.sum())

    def commands(self, run: Run | None = None) -> Iterator[Command]:
        """Yield the requests as commands, for a timeline over world(); they do what a replay does.

        What a collection found dead, which spans a turn sweeps and which stack is freed depends on where the model put
        things: that is taken from a run of the plan, done now where none is given. They end where the run ended.
        """
        run = run or bulk.run(self.plan, self.world(), self.start.heap_min)
        columns = (self.plan.act, self.plan.spanclass, self.plan.size, self.plan.p)
        requests = zip(*(column.tolist() for column in columns), strict=True)
        for request, (act, spanclass, size, p) in enumerate(requests):
            if act in bulk.ASKED_BY_RUN:
                if request not in run.asked:
                    return
                yield from run.asked[request]
            elif act == Act.READ_MEM_STATS:
                yield ReadMemStats()
            elif act == Act.MANUAL:
                yield AllocManual(size, p)
            elif act == Act.STACK:
                yield StackAlloc(size & ~MOMENT, p, bool(size & POOLED))
            elif act == Act.ADDED:
                yield add_tiny(max(p, 0))
            else:
                yield malloc(size, not spanclass & 1, max(p, 0))

    @property
    def ticks(self) -> int:
        """Return how many commands there are: one for each request, and one to sweep in each pause."""
        return len(self.plan) + sum(cycle.in_pause for cycle in self.plan.cycles)

    def timeline(
        self, progress: Callable[[int], object] | None = None, stop: Callable[[], bool] | None = None
    ) -> Timeline:
        """Return a timeline over world() with all commands done, or those before stop() said so."""
        timeline = Timeline(self.world())
        timeline.extend(self.commands(), progress, stop)
        return timeline

    def notes(self) -> list[str]:
        """Return what cannot be promised for this recording, and why, as sentences."""
        notes = []
        if self.mem_stats and self.mem_stats.go and not self.mem_stats.go.startswith(MODELLED):
            notes.append(
                f"It was recorded with {self.mem_stats.go}; what is modelled and checked is {MODELLED}, other versions "
                "differ in more than the sizes that were allowed for."
            )
        if self.start.procs > 1:
            notes.append(
                f"It was recorded with {self.start.procs} Ps. A trace does not always say which of two Ps came first "
                "to the heap: addresses may differ without the model being wrong, and no promise is made."
            )
        if self.plan.gc:
            notes.append(
                f"It is replayed up to its first collection ({self.plan.end:,} of {len(self.trace):,} events): what Go "
                "does then depends on which objects were found dead and, with several Ps, on who swept what."
            )
        if self.plan.cycles:
            notes.append(
                "Which objects each collection found dead was read from the trace; the order in which spans are swept, "
                "the slots that become free and all addresses behind it are predicted, and nothing is put right."
            )
        if not all(cycle.in_pause for cycle in self.plan.cycles):
            notes.append(
                "It swept while the program ran: whose turn it was, and how much an allocation swept to pay its debt, "
                "was read from the trace; which spans that were is predicted."
            )
        if not self.start.flushed:
            notes.append(
                "It does not begin with runtime.ReadMemStats, so what the caches held at the start is a guess: each "
                "partly used span was taken to be the next one of its class."
            )
        elsewhere = [f"P{cache.p}" for cache in self.start.page_caches if not cache.usual]
        if elsewhere:
            notes.append(
                f"The pages that {' and '.join(elsewhere)} kept at the start, which no trace shows, were read from "
                "where its first span of one page came to lie."
            )
        if self.start.holes:
            notes.append(
                f"{self.start.holes} spans had freed slots at the start: a collection had run before, and which spans "
                "it had not swept yet is not in a trace."
            )
        notes += self._of_stacks()
        if not self.logged:
            notes.append("It has no op log: each object's span class was read from the trace, its place was predicted.")
        return notes

    def _of_stacks(self) -> list[str]:
        """Return what was given of goroutine stacks, where any was taken."""
        if not len(self.plan.stacks.requests.row):
            return []
        free = self.plan.stacks.free_at_start
        note = (
            f"{free} stacks were free at the start, in an order that no trace shows; it was taken to be that of new "
            "spans. How large the stacks are that the program asks for, and which it frees, was read from the trace; "
            "where they lie is predicted."
        )
        return [note]


def shipped() -> list[str]:
    """Return the names of the recordings that come with gomemlab, without those of graphs."""
    return sorted({stem(path) for path in SHIPPED.glob("*.trace*") if not beside(path, ".graph.gz")})


def load(
    path: str | PathLike[str],
    ops: str | PathLike[str] | None = None,
    *,
    classes_only: bool = False,
    progress: traces.Progress | None = None,
) -> Recording:
    """Return the recording at path: a trace, a folder with one, or the name of a shipped recording.

    progress is called now and then with the bytes of the trace that were read and how many there are.
    Raises TraceError where the trace cannot be read, MisuseError where there is none or the op log is of another run.
    """
    found = find(path)
    trace = traces.read(found, progress=progress)
    said = beside(found, ".memstats.json")
    recorded = memstats.read(said) if said else None
    go = recorded.policy if recorded else GO_1_27
    start = find_start(trace, go)
    logged = None if classes_only else Path(ops) if ops else beside(found, ".ops", ".ops.gz")
    plan = make_plan(trace, start, opslog.read(logged) if logged else None, go)
    return Recording(found, trace, start, plan, recorded, go)


def find(name: str | PathLike[str]) -> Path:
    """Return the file with the trace that a path or the name of a shipped recording means; MisuseError for none."""
    path = Path(name)
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if file.name.endswith(_SUFFIXES))
        if len(found) != 1:
            raise MisuseError(
                f"{path} has {len(found)} traces; name one of {', '.join(f.name for f in found) or 'none'}"
            )
        return found[0]
    if path.is_file():
        return path
    for suffix in _SUFFIXES:
        if (SHIPPED / f"{path}{suffix}").is_file():
            return SHIPPED / f"{path}{suffix}"
    names = ", ".join(sorted({stem(path) for path in SHIPPED.glob("*.trace*")}))
    raise MisuseError(f"there is no {path}: give the path of a .trace file, or one of {names}")


def stem(path: Path) -> str:
    """Return a trace's name without its endings."""
    return path.name.removesuffix(".gz").removesuffix(".trace")


def beside(path: Path, *endings: str) -> Path | None:
    """Return the file of the same recording with one of the endings, None where there is none."""
    candidates = (path.with_name(stem(path) + ending) for ending in endings)
    return next((candidate for candidate in candidates if candidate.is_file()), None)
