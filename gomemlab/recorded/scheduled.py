"""Who runs next: a recorded program's goroutines through the model's scheduler.

An execution trace tells which goroutine was made runnable by whom, and which one ran next. The model is told the first,
and asked for the second: before each start it takes a goroutine out of its queues, and that is compared with the real
one. Where the two differ it goes on with the real one, so that a miss costs nothing later.

Two things are not in a trace. How many goroutines a P has run before, on which it depends when the global queue has its
turn: of the 61 possible numbers the replay takes that which fits best. And in which queue goroutines waited that could
run when the trace began, of which it tells only when they run: both queues are tried. With one P all else is there;
with more, the moment at which a P looks into another's queue is not, so that who is stolen can differ.

Go: runtime/proc.go, schedule, findRunnable, ready, goschedImpl, goyield_m; internal/trace/tracev2/events.go, EvGoStart.
Left out: goroutines of before the trace in both queues at once, and that a P which idles does not look for work.
"""

from collections import Counter
from dataclasses import dataclass

from gomemlab.golang.trace import Trace
from gomemlab.golang.wire import Ev
from gomemlab.runtime.alloc.locks import Locks
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.events import Entry
from gomemlab.runtime.proc import FAIRNESS, GStatus, Pick, Proc, Sched
from gomemlab.runtime.schedevents import BY_HAND, GLOBAL, LOCAL, NO_P

SCHEDULER = -1  # no goroutine: the scheduler itself, which runs timers and asks the network
NETWORK = "network"  # what a goroutine waits for, in a trace's words
HANDED = "handed over"  # why a goroutine ran that was in no queue: the scheduler found it itself
UNHEARD = "in no queue"  # back from a system call, say
_HELPERS = (
    "runtime/trace.",
    "runtime.gcBgMarkWorker",
)  # what the scheduler runs when there is work for it
_SCAVENGER = 4  # every process begins with the same goroutines; this one is never woken into runnext
_RUNNABLE, _RUNNING = 1, 2  # a trace's numbers
_MET = {Ev.GO_STATUS, Ev.GO_STATUS_STACK}
_KINDS = (
    Ev.GO_STATUS,
    Ev.GO_STATUS_STACK,
    Ev.GO_CREATE,
    Ev.GO_CREATE_BLOCKED,
    Ev.GO_START,
    Ev.GO_STOP,
    Ev.GO_BLOCK,
    Ev.GO_DESTROY,
    Ev.GO_UNBLOCK,
    Ev.GO_SYSCALL_END_BLOCKED,
)


@dataclass(frozen=True, slots=True)
class Miss:
    """A start that the model did not foresee."""

    row: int  # of the trace
    predicted: int  # goroutine, 0 for none
    actual: int
    where: str  # that one was


@dataclass(frozen=True, slots=True)
class Turns:
    """How well the model knows who runs next."""

    total: int  # starts of goroutines
    why: dict[str, int]  # starts that were foreseen, by the reason the model gives: "runnext", "local" and so on
    misses: tuple[Miss, ...]
    ticks: tuple[int, ...]  # by P: schedtick at the beginning, modulo 61, that fits best
    earlier: str  # "local" or "global": the queue of goroutines from before the trace that fits best

    @property
    def exact(self) -> int:
        """Return how many starts were foreseen."""
        return self.total - len(self.misses)


def turns(trace: Trace) -> Turns:
    """Return how a trace's goroutines take turns on its Ps, and what the model makes of it.

    Raises MisuseError for a trace without a start.
    """
    rows = trace.rows(*_KINDS)
    if not trace.rows(Ev.GO_START).size:
        raise MisuseError("no goroutine starts in this trace; record a program with more than one")
    return max((_fit(trace, rows.tolist(), earlier) for earlier in (LOCAL, GLOBAL)), key=lambda run: run.exact)


def _fit(trace: Trace, rows: list[int], earlier: str) -> Turns:
    """Return the best turns there are, one P's tick after the other, if those from before the trace waited there."""
    best = _replay(trace, rows, (0,) * (int(trace.p[rows].max(initial=0)) + 1), earlier)
    for p in range(len(best.ticks)):
        others = [(*best.ticks[:p], tick, *best.ticks[p + 1 :]) for tick in range(1, FAIRNESS)]
        best = max((best, *(_replay(trace, rows, ticks, earlier) for ticks in others)), key=lambda run: run.exact)
    return best


def _replay(trace: Trace, rows: list[int], ticks: tuple[int, ...], earlier: str) -> Turns:
    """Return the turns for these numbers of goroutines that the Ps ran before."""
    player = _Player(trace, ticks)
    for row in rows:
        player.meet_earlier(row, earlier)
    for row in rows:
        player.take(row)
    total = sum(player.why.values()) + len(player.misses)
    return Turns(total, dict(player.why), tuple(player.misses), ticks, earlier)


class _Player:
    """The model's scheduler, told a trace's events."""

    def __init__(self, trace: Trace, ticks: tuple[int, ...]) -> None:
        self.trace = trace
        self.log = list[Entry]()
        self.locks = Locks()
        procs = [Proc(p, schedtick=tick, idle=False) for p, tick in enumerate(ticks)]
        self.sched = Sched(self.log, self.locks, 1, procs)
        self.why: Counter[str] = Counter()
        self.misses: list[Miss] = []
        self.waits: dict[int, str] = {}  # what each waiting goroutine waits for
        self.helpers: set[int] = set()  # goroutines that the scheduler itself runs, without a queue
        self.handed: dict[int, int] = {}  # by P: who was found outside the queues and is to run at once

    def take(self, row: int) -> None:
        """Take the next event."""
        trace = self.trace
        kind, first, p, g = int(trace.typ[row]), int(trace.args[0, row]), int(trace.p[row]), int(trace.g[row])
        if kind in _MET:
            self._meet(first, p, int(trace.args[2, row]))
        elif kind == Ev.GO_CREATE:
            self._create(first, p, trace.stack(row, 1))
        elif kind == Ev.GO_CREATE_BLOCKED:
            self._set(first, GStatus.WAITING)
        elif kind == Ev.GO_START:
            self._start(row, first, p)
        elif kind == Ev.GO_UNBLOCK:
            self._unblock(first, p, g)
        else:
            self._leave(row, kind, g, p)

    def meet_earlier(self, row: int, earlier: str) -> None:
        """Let a goroutine wait from the beginning that, as the trace tells only when it runs, could run before."""
        g, p, status = int(self.trace.args[0, row]), int(self.trace.p[row]), int(self.trace.args[2, row])
        if int(self.trace.typ[row]) in _MET and status == _RUNNABLE and self.trace.gen[row] == 0:
            self._set(g, GStatus.RUNNABLE)
            if earlier == GLOBAL:
                self.sched.put_global([g], p)
            else:
                self.sched.put(g, p, runnext=False)

    def _set(self, g: int, status: GStatus) -> None:
        have = self.sched.status
        have += [GStatus.DEAD] * (g - len(have))
        have[g - 1] = status

    def _meet(self, g: int, p: int, status: int) -> None:
        """Learn of a goroutine that was there before the trace, and is told of when something happens to it."""
        if status == _RUNNING:
            self._set(g, GStatus.RUNNING)
            self.sched.procs[p].current = g

    def _create(self, g: int, p: int, stack: tuple[str, ...]) -> None:
        self._set(g, GStatus.RUNNABLE)
        if stack[:1] and stack[0].startswith(_HELPERS):
            self.helpers.add(g)
        self.sched.put(g, p)

    def _unblock(self, g: int, p: int, by: int) -> None:
        """Make a goroutine runnable: next on P p, at the end of the global queue where no P did it, or at once."""
        self._set(g, GStatus.RUNNABLE)
        found = by == SCHEDULER and (g in self.helpers or self.waits.get(g) == NETWORK)
        if p == NO_P:
            self.sched.put_global([g], NO_P)
        elif found:
            if p in self.handed:  # of several the last told runs at once, as the rest was queued first
                self.sched.put(self.handed[p], p, runnext=False)
            self.handed[p] = g
        else:
            self.sched.put(g, p, runnext=g != _SCAVENGER)

    def _leave(self, row: int, kind: int, g: int, p: int) -> None:
        """Take a goroutine off its P."""
        self.sched.procs[p].current = 0
        if kind == Ev.GO_DESTROY:
            self._set(g, GStatus.DEAD)
        elif kind == Ev.GO_BLOCK:
            self._set(g, GStatus.WAITING)
            self.waits[g] = self.trace.string(row)
        elif any(name.startswith("runtime.goyield") for name in self.trace.stack(row, 1)):
            self.sched.put(g, p, runnext=False)
        else:
            self._set(g, GStatus.RUNNABLE)
            self.sched.put_global([g], p)

    def _start(self, row: int, g: int, p: int) -> None:
        """Compare who runs with whom the model would run, and let that one run."""
        sched, before = self.sched, self.sched.copy(self.log, self.locks)
        pick = Pick(g, HANDED) if self.handed.pop(p, 0) == g else sched.find_runnable(p)
        self.log.clear()
        if pick is not None and pick.g == g:
            self.why[pick.why] += 1
            sched.execute(p, pick)
            return
        where = _where(before, g, p)
        self.misses.append(Miss(row, pick.g if pick else 0, g, where))
        self.sched = before
        if where == UNHEARD:
            self._set(g, GStatus.RUNNABLE)
        else:
            before.pull(g)
        before.execute(p, Pick(g, BY_HAND))


def _where(sched: Sched, g: int, p: int) -> str:
    """Say where a goroutine was that the model did not choose."""
    if g in sched.runq:
        return "global queue"
    home = next((proc.id for proc in sched.procs if g in proc.queue), NO_P)
    return UNHEARD if home == NO_P else "own queue" if home == p else "another's queue"
