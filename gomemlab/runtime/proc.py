"""The scheduler: which goroutine runs on which P, and which is next.

A P that is free looks for a goroutine in a fixed order: each 61st time in the global queue, so that nobody there waits
for ever; then in its runnext, its own queue, the global queue (a share of it), and then in the queues of the other Ps,
four times, in an order without pattern. If there is none it becomes idle.

Whoever makes a goroutine runnable wakes an idle P, unless one is looking for work already. A P that was woken looks
(it spins), and when it has found something it wakes the next.

Go: runtime/proc.go, schedule, findRunnable, stealWork, wakep, procresize, checkdead.
Left out: threads (a P that does not idle has one), timers and the network poller (they wake goroutines from outside),
system calls, goroutines locked to a thread, the collector's workers (a P takes their steps by command), what a stop of
the world does to runnext, and sched.lock for a collection's stops.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from gomemlab.runtime.alloc.locks import SCHED, Locks
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.events import Entry
from gomemlab.runtime.runq import NO_G, RUNQ_SIZE, RunQueue, cheaprand, steal_order
from gomemlab.runtime.schedevents import (
    GLOBAL,
    GLOBAL_TURN,
    LOCAL,
    NO_P,
    RUNNEXT,
    STOLEN,
    STOLEN_NEXT,
    GMoved,
    GPicked,
    GQueued,
    PIdled,
    PWoken,
    QueueHandedOver,
    QueueOverflowed,
)

FAIRNESS = 61  # a P's tick that this divides looks at the global queue first
STEAL_TRIES = 4


class GStatus(IntEnum):
    """What a goroutine does. Go: runtime/runtime2.go, _Grunnable, _Grunning, _Gwaiting, _Gdead."""

    RUNNABLE = 1
    RUNNING = 2
    WAITING = 4
    DEAD = 6


class Pick(NamedTuple):
    """A goroutine that a P found."""

    g: int
    why: str
    moved: int = 1  # goroutines that came together
    victim: int = NO_P


@dataclass(slots=True, eq=False)
class Proc:
    """A P, as the scheduler sees it. Go: runtime/runtime2.go, p."""

    id: int
    queue: RunQueue = field(default_factory=RunQueue)
    current: int = NO_G  # the goroutine that runs. Go: p.m.curg
    schedtick: int = 0  # goroutines that were begun here, but for those that ran in the rest of another's time
    idle: bool = True
    spinning: bool = False  # looks for work, though it had none of its own

    def copy(self) -> "Proc":
        """Return an independent copy."""
        return Proc(self.id, self.queue.copy(), self.current, self.schedtick, self.idle, self.spinning)


@dataclass(slots=True, eq=False)
class Sched:
    """All Ps and the queue that they share. Go: runtime/runtime2.go, schedt."""

    log: list[Entry]  # the heap's
    locks: Locks  # the heap's
    rand: int  # state of the random numbers
    procs: list[Proc] = field(default_factory=list)
    runq: deque[int] = field(default_factory=deque)  # the global queue
    idle: list[int] = field(default_factory=list)  # idle Ps, the next to be woken last
    needspinning: bool = False  # work was made while no P idled, so the next P without any is to look for it
    gone: dict[int, int] = field(default_factory=dict)  # schedtick of Ps that went: Go keeps a p for its return
    status: list[GStatus] = field(default_factory=list)  # of G1, G2 and so on
    reasons: dict[int, str] = field(default_factory=dict)  # what each waiting goroutine waits for

    # Making runnable

    def put(self, g: int, p: int, *, runnext: bool = True) -> None:
        """Let a goroutine wait for P p. Go: runtime/proc.go, runqput, runqputslow."""
        self.status[g - 1] = GStatus.RUNNABLE
        kicked, over = self.procs[p].queue.put(g, runnext)
        self.log.append((GQueued, g, p, RUNNEXT if runnext else LOCAL, kicked))
        if over:
            self.put_global(over, p)
            self.log.append((QueueOverflowed, p, len(over)))

    def put_global(self, gs: Iterable[int], p: int) -> None:
        """Let goroutines wait at the end of the global queue. Go: runtime/proc.go, globrunqputbatch."""
        self.locks.take(SCHED, p)
        self.runq.extend(gs)

    def wakep(self, p: int) -> None:
        """Let P p wake an idle P, unless one looks for work already. Go: runtime/proc.go, wakep."""
        if any(proc.spinning for proc in self.procs):
            return
        self.locks.take(SCHED, p)
        self.needspinning |= not self.idle  # Go: pidlegetSpinning
        if self.idle:
            self.locks.take(SCHED, p)  # once more, for a thread
            woken = self.procs[self.idle.pop()]
            woken.idle, woken.spinning = False, True
            self.log.append((PWoken, woken.id))

    def start_idle(self) -> None:
        """Start an idle P for a goroutine that was woken without one, whoever spins; it does not spin itself.

        Go: runtime/proc.go, injectglist.
        """
        self.locks.take(SCHED, NO_P)
        if self.idle:
            woken = self.procs[self.idle.pop()]
            woken.idle = False
            self.log.append((PWoken, woken.id))

    # Picking

    def find_runnable(self, p: int) -> Pick | None:
        """Take the goroutine that P p is to run out of its queue, None where there is none.

        Go: runtime/proc.go, findRunnable.
        """
        proc = self.procs[p]
        if proc.schedtick % FAIRNESS == 0 and self.runq:
            self.locks.take(SCHED, p)
            return Pick(self.runq.popleft(), GLOBAL_TURN)
        if g := proc.queue.take_next():
            return Pick(g, RUNNEXT)
        if g := proc.queue.get():
            return Pick(g, LOCAL)
        if self.runq:
            return self._take_share(proc)
        if not self.may_steal(proc):
            if not self.needspinning:
                return None
            self.locks.take(SCHED, p)
        if not proc.spinning:
            proc.spinning, self.needspinning = True, False  # Go: (*m).becomeSpinning
        return self._steal(proc)

    def _take_share(self, proc: Proc) -> Pick:
        """Take a P's share of the global queue. Go: runtime/proc.go, globrunqgetbatch."""
        self.locks.take(SCHED, proc.id)
        n = min(RUNQ_SIZE // 2, len(self.runq), len(self.runq) // len(self.procs) + 1)
        g = self.runq.popleft()
        proc.queue.put_batch(self.runq.popleft() for _ in range(n - 1))
        return Pick(g, GLOBAL, n)

    def may_steal(self, proc: Proc) -> bool:
        """Say whether a P may look at others: those who do are at most half of those who do not idle."""
        spinning = sum(other.spinning for other in self.procs)
        return proc.spinning or 2 * spinning < len(self.procs) - len(self.idle)

    def _steal(self, proc: Proc) -> Pick | None:
        """Take half of another P's queue and return the last of it. Go: runtime/proc.go, stealWork, runqsteal."""
        for attempt in range(STEAL_TRIES):
            self.rand, number = cheaprand(self.rand)
            for p in steal_order(len(self.procs), number):
                if p == proc.id or self.procs[p].idle:
                    continue
                victim = self.procs[p].queue
                if batch := victim.grab():
                    *rest, g = batch
                    proc.queue.put_batch(rest)
                    return Pick(g, STOLEN, len(batch), p)
                if attempt == STEAL_TRIES - 1 and (g := victim.take_next()):
                    return Pick(g, STOLEN_NEXT, 1, p)
        return None

    def schedule(self, p: int) -> int:
        """Let P p run the goroutine that is next, and return it; or become idle, and return NO_G.

        Go: runtime/proc.go, schedule.
        """
        proc = self.procs[p]
        self.rouse(proc)
        pick = self.find_runnable(p)
        if pick is None:
            others = not proc.spinning
            self._idle(proc)
            self.log.append((PIdled, p, others))
            return NO_G
        self.execute(p, pick)
        return pick.g

    def execute(self, p: int, pick: Pick) -> None:
        """Let P p run a goroutine that is in no queue any more. Go: runtime/proc.go, execute."""
        proc = self.procs[p]
        if proc.spinning:
            proc.spinning = False
            self.wakep(p)
        proc.current = pick.g
        proc.schedtick += pick.why != RUNNEXT
        self.status[pick.g - 1] = GStatus.RUNNING
        self.log.append((GPicked, p, pick.g, pick.why, proc.schedtick, pick.moved, pick.victim))

    def rouse(self, proc: Proc) -> None:
        """See that a P does not idle."""
        if proc.idle:
            proc.idle = False
            self.idle.remove(proc.id)

    def _idle(self, proc: Proc) -> None:
        """Let a P without work rest. Go: runtime/proc.go, pidleput, stopm."""
        self.locks.take(SCHED, proc.id, 3 if proc.spinning else 2)
        proc.idle, proc.spinning = True, False
        self.idle.append(proc.id)

    def let_go(self, g: int, status: GStatus) -> int:
        """Take a goroutine off its P, and return that. Go: runtime/proc.go, dropg."""
        proc = self.procs[self.running_on(g)]
        proc.current = NO_G
        self.status[g - 1] = status
        return proc.id

    def pull(self, g: int) -> None:
        """Take a goroutine out of the queue that it waits in."""
        if g in self.runq:
            self.runq.remove(g)
            return
        next(proc.queue for proc in self.procs if g in proc.queue).remove(g)

    # Looking

    def running_on(self, g: int) -> int:
        """Return the P that runs a goroutine, -1 where none does."""
        return next((proc.id for proc in self.procs if proc.current == g), NO_P)

    def asleep(self) -> bool:
        """Say whether no goroutine runs or can run. Go: runtime/proc.go, checkdead."""
        return not self.runq and not any(proc.current or len(proc.queue) for proc in self.procs)

    # The number of Ps

    def resize(self, procs: int) -> None:
        """Have so many Ps: what waits for those that go away becomes global, before all others there.

        The goroutine that asks for it is the one that runs on the first P that runs any; it goes on. Those on other Ps
        that go away are preempted. Go: runtime/proc.go, procresize, (*p).destroy.
        """
        caller = next((proc for proc in self.procs if proc.current), None)
        p = caller.id if caller else 0
        if procs == len(self.procs):
            self.locks.take(SCHED, p)  # to see that there is nothing to do
            return
        lost = self.procs[procs:]
        self.locks.take(SCHED, p, 3)  # by GOMAXPROCS itself, to stop the world, and to start it
        for proc in lost:
            if proc.current and proc is not caller:
                self.put(proc.current, proc.id)
            gs = proc.queue.drain()
            self.runq.extendleft(reversed(gs))
            if gs:
                self.log.append((QueueHandedOver, proc.id, len(gs)))
        self.gone |= {proc.id: proc.schedtick for proc in lost}
        del self.procs[procs:]
        self.procs += [Proc(p, schedtick=self.gone.pop(p, 0)) for p in range(len(self.procs), procs)]
        if caller and caller.id >= procs:
            self.procs[0].current = caller.current
            self.log.append((GMoved, caller.current, caller.id, 0))
        self.find_idle()
        self.wakep(next((proc.id for proc in self.procs if not proc.idle), 0))  # startTheWorldWithSema

    def find_idle(self) -> None:
        """Let Ps with work look for it, and those without be idle. Go: runtime/proc.go, procresize."""
        self.idle = []
        for proc in self.procs:
            proc.spinning = False
            proc.idle = not proc.current and not len(proc.queue)
            if proc.idle:
                self.idle.append(proc.id)

    # The value

    def copy(self, log: list[Entry], locks: Locks) -> "Sched":
        """Return an independent copy for a copy of the heap, whose log and locks these are."""
        procs = [proc.copy() for proc in self.procs]
        new = Sched(log, locks, self.rand, procs, self.runq.copy(), self.idle.copy())
        new.needspinning, new.gone = self.needspinning, self.gone.copy()
        new.status, new.reasons = self.status.copy(), self.reasons.copy()
        return new

    def check(self) -> None:
        """Raise ThrowError where a goroutine is at two places or none, or a P idles that has work."""
        queued = [*self.runq, *(g for proc in self.procs for g in proc.queue)]
        places = {
            GStatus.RUNNABLE: sorted(queued),
            GStatus.RUNNING: sorted(proc.current for proc in self.procs if proc.current),
            GStatus.WAITING: sorted(self.reasons),
        }
        for status, gs in places.items():
            should = [g for g, is_ in enumerate(self.status, 1) if is_ is status]
            if gs != should:
                raise ThrowError(f"goroutines {should} are {status.name}, and those found so are {gs}")
        for p, proc in enumerate(self.procs):
            if proc.id != p or len(proc.queue.ring) > RUNQ_SIZE:
                raise ThrowError(f"P{proc.id} at {p} has {len(proc.queue.ring)} goroutines in a ring of {RUNQ_SIZE}")
            if proc.idle and (proc.current or len(proc.queue) or proc.spinning):
                raise ThrowError(f"P{p} idles with G{proc.current} and {len(proc.queue)} waiting")
            if proc.current and proc.spinning:
                raise ThrowError(f"P{p} looks for work, and runs G{proc.current}")
        if sorted(self.idle) != [proc.id for proc in self.procs if proc.idle]:
            raise ThrowError(f"the idle Ps are {self.idle}, and those found so are others")
