"""What is to be said of Ps at one moment: who runs, who waits where, what each P keeps, which locks were taken.

A P works on what is its own without any lock. What it shares with others lies behind a lock, and each lock is a gate
with two counts: how often it was passed at all, and how often in this step. What a crowd at a gate costs comes from
the cost model.

Go: runtime/runtime2.go, p, schedt; runtime/lock_spinbit.go, lock2.
Left out: threads; a P here is what runs goroutines.
"""

from dataclasses import dataclass
from typing import NamedTuple

from gomemlab.contention import COUNTER, contend, held
from gomemlab.runtime.alloc import locks
from gomemlab.runtime.arch import FIXED_STACK
from gomemlab.runtime.gc.barrier import WB_BUF_ENTRIES
from gomemlab.runtime.procinfo import IDLE, RUNNING, ProcInfo, SchedInfo
from gomemlab.runtime.schedevents import GParked, GPicked, GQueued, GReadied, GYielded, PIdled, SchedulerBegan
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views.processors_lines import Lines, lines_of
from gomemlab.views.processors_span import Owned, owned
from gomemlab.views.words import count, noun, size, thousands

FIRST = 6  # goroutines of a queue that are listed
WAITING = 8  # goroutines that are listed with what they wait for
SPOKEN = (GPicked, SchedulerBegan, GParked, GYielded, GReadied, GQueued, PIdled)  # the one that is said, first
GUARDS = {
    locks.HEAP: ("mheap.lock", "pages and new spans"),
    locks.SPINE: ("spanSet.spineLock", "a new block of a span set"),
    locks.STACKPOOL: ("stackpool", "small stacks for a P's cache"),
    locks.STACK_LARGE: ("stackLarge", "stacks from 32 KiB"),
    locks.SCHED: ("sched.lock", "the global queue, idle Ps"),
    locks.GFREE: ("sched.gFree", "gs of goroutines that ended"),
    locks.ALLG: ("allglock", "the list of all gs"),
    locks.ALL_POOLS_MU: ("allPoolsMu", "a pool's array of shards"),
}


class Queue(NamedTuple):
    """A queue of goroutines: the first ones, and how many more there are."""

    first: tuple[int, ...]
    more: int

    @property
    def total(self) -> int:
        """Return how many there are."""
        return len(self.first) + self.more


class Row(NamedTuple):
    """A P."""

    id: int
    status: str
    g: int
    runnext: int
    queue: Queue
    tick: int  # schedtick
    cache: str
    pools: str
    wbbuf: int
    stacks: int  # bytes


class Gate(NamedTuple):
    """A lock."""

    name: str  # in Go
    guards: str
    total: int  # times it was taken
    step: int  # of them in this step
    by: tuple[int, ...]  # the Ps that took it in this step
    held: int  # ns in all, by the cost model
    last: int  # ns that the last of a crowd waits


@dataclass(frozen=True, slots=True)
class Frame:
    """What to draw."""

    p: int  # that the reader chose
    rows: tuple[Row, ...]
    scheduled: bool  # there is a scheduler
    queue: Queue  # the global one
    waiting: tuple[tuple[int, str], ...]
    more_waiting: int
    moved: tuple[int, ...]  # goroutines that this step speaks of
    gates: tuple[Gate, ...]
    crowd: int  # Ps that want a lock at once, or write one after another
    lines: Lines
    owned: Owned
    sentence: str


def frame(
    snapshot: Snapshot,
    p: int = 0,
    pick: int = -1,
    crowd: int = 0,
    before: Snapshot | None = None,
    array: str = COUNTER.name,
) -> Frame:
    """Return what to draw.

    crowd is how many Ps want a lock at once, or write their element of the array, 0 for all; before is the moment
    before this.
    """
    sched = snapshot.sched
    n = crowd or len(snapshot.procs)
    waiting = sched.waiting if sched else ()
    return Frame(
        p=p,
        rows=tuple(map(row, snapshot.procs)),
        scheduled=sched is not None,
        queue=queue(sched.runq, sched.more) if sched else Queue((), 0),
        waiting=waiting[:WAITING],
        more_waiting=max(len(waiting) - WAITING, 0),
        moved=_moved(snapshot),
        gates=gates(snapshot, n, before),
        crowd=n,
        lines=lines_of(array, n),
        owned=owned(snapshot, pick),
        sentence=sentence(snapshot, sched),
    )


def queue(gs: tuple[int, ...], more: int = 0) -> Queue:
    """Return a queue's first goroutines and how many more there are."""
    return Queue(gs[:FIRST], len(gs) - len(gs[:FIRST]) + more)


def row(proc: ProcInfo) -> Row:
    """Return what is to be said of a P."""
    nbytes = sum(n * (FIXED_STACK << order) for order, n in enumerate(proc.stacks))
    return Row(
        proc.id,
        proc.status,
        proc.g,
        proc.runnext,
        queue(proc.runq),
        proc.schedtick,
        _cache(proc),
        _pools(proc),
        proc.wbbuf,
        nbytes,
    )


def _cache(proc: ProcInfo) -> str:
    cache = proc.cache
    if not cache.spans and not cache.pages:
        return "empty"
    pages = f", {count(cache.pages, 'page')}" if cache.pages else ""
    return f"{count(cache.spans, 'span')}, {size(cache.free_bytes)} free{pages}"


def _pools(proc: ProcInfo) -> str:
    shards = proc.shards
    if not shards:
        return "–"
    if len(shards) == 1:
        return f"{shards[0].private} private, {thousands(shards[0].shared)} shared"
    items = sum(shard.private + shard.shared for shard in shards)
    return f"{count(items, 'item')} of {count(len(shards), 'pool')}"


def _moved(snapshot: Snapshot) -> tuple[int, ...]:
    """Return the goroutines that the last step's events name."""
    named = {event.g for event in snapshot.events if isinstance(event, SPOKEN) and hasattr(event, "g")}
    return tuple(sorted(named))


def gates(snapshot: Snapshot, crowd: int, before: Snapshot | None) -> tuple[Gate, ...]:
    """Return the locks in their order, with what this step added and what a crowd would wait."""
    then = dict(before.locks) if before else dict(snapshot.locks)
    made = []
    for lock, total in snapshot.locks:
        step = max(total - then.get(lock, 0), 0)
        last = contend(lock, crowd).last
        made.append(Gate(*GUARDS[lock], total, step, _by(lock, snapshot, before), held({lock: total}), last))
    return tuple(made)


def _by(lock: str, snapshot: Snapshot, before: Snapshot | None) -> tuple[int, ...]:
    """Return the Ps that took a lock in this step."""
    if before is None:
        return ()
    then = {proc.id: dict(proc.locks).get(lock, 0) for proc in before.procs}
    return tuple(proc.id for proc in snapshot.procs if dict(proc.locks).get(lock, 0) > then.get(proc.id, 0))


def sentence(snapshot: Snapshot, sched: SchedInfo | None) -> str:
    """Return what the scheduler did in this step, or how things stand."""
    for kind in SPOKEN:
        said = [event.say() for event in snapshot.events if isinstance(event, kind)]
        if said:
            return said[-1]
    procs = snapshot.procs
    if sched is None:
        return (
            f"{count(len(procs), 'P')}, and no scheduler yet: any goroutine may act. After begin, Ps choose who runs."
        )
    run = sum(proc.status == RUNNING for proc in procs)
    idle = sum(proc.status == IDLE for proc in procs)
    ready = len(sched.runq) + sched.more + sum(len(proc.runq) + bool(proc.runnext) for proc in procs)
    looks = len(procs) - run - idle
    parts = (f"{run} {noun(run, 'runs', 'run')}", f"{looks} {noun(looks, 'looks', 'look')} for work", f"{idle} idle")
    states = ", ".join(part for part in parts if not part.startswith("0 "))
    waits = f"{len(sched.waiting)} {noun(len(sched.waiting), 'waits', 'wait')}"
    return f"{count(len(procs), 'P')}: {states}; {count(ready, 'goroutine')} can run, {waits}."


def fill_of(wbbuf: int) -> float:
    """Return how full a barrier buffer is, in percent."""
    return 100 * wbbuf / WB_BUF_ENTRIES
