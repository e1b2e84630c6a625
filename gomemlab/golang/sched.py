"""Who ran where: the goroutine and the P of every thread, followed through the events of the scheduler.

Clocks of two threads are not exact enough to order their events. So Go counts: each start of a goroutine or of a P
carries a number, one more than the last. An event may come only when everything it builds on has come: a goroutine
that starts on this thread must have been made runnable by the event, perhaps of another thread, with the number
before. `advance` says whether it is an event's turn.

Go: internal/trace/order.go, (*ordering).Advance.
Left out: user regions and tasks, and the ranges of GC and STW, which order nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from gomemlab.golang.batches import NO_THREAD
from gomemlab.golang.wire import Ev

NONE = -1  # no goroutine, no P


class GStatus(IntEnum):
    """States of a goroutine. Go: internal/trace/tracev2/events.go, GoRunnable."""

    RUNNABLE = 1
    RUNNING = 2
    SYSCALL = 3
    WAITING = 4


class PStatus(IntEnum):
    """States of a P. Go: internal/trace/tracev2/events.go, ProcRunning."""

    RUNNING = 1
    IDLE = 2
    SYSCALL = 3
    ABANDONED = 4


class GarbledError(Exception):
    """The events contradict each other; whoever knows the byte offset turns this into a TraceError."""


@dataclass(slots=True)
class Actor:
    """A goroutine or a P: its status, and the number its next start must carry."""

    status: int
    gen: int
    seq: int = 0

    def may(self, statuses: tuple[int, ...], gen: int, seq: int) -> bool:
        """Return whether it is in one of the statuses and seq is its next number in this generation."""
        return self.status in statuses and self.gen == gen and seq == self.seq + 1


@dataclass(slots=True)
class Running:
    """What a thread runs."""

    p: int = NONE
    g: int = NONE


class Context(NamedTuple):
    """Where an event happened: the thread, and what it ran before the event."""

    m: int
    p: int
    g: int


@dataclass(slots=True)
class Sched:
    """The state of every goroutine, P and thread, as far as the events so far tell."""

    gs: dict[int, Actor] = field(default_factory=dict)
    ps: dict[int, Actor] = field(default_factory=dict)
    ms: dict[int, Running] = field(default_factory=dict)
    first_gen: int = NONE
    gc_seq: int = NONE

    def advance(self, typ: int, m: int, args: Sequence[int], gen: int) -> Context | None:
        """Take an event of a BINDING type of thread m, or return None when it is not yet its turn.

        Raises GarbledError where it can never be.
        Go: internal/trace/order.go, (*ordering).Advance.
        """
        if self.first_gen == NONE:
            self.first_gen = gen
        running = Running() if m == NO_THREAD else self.ms.setdefault(m, Running())
        before = Context(m, running.p, running.g)
        return before if _HANDLERS[typ](self, _Event(m, args, gen, running)) else None

    def goroutine(self, g: int) -> Actor:
        """Return goroutine g, which must be known."""
        try:
            return self.gs[g]
        except KeyError:
            raise GarbledError(f"goroutine {g} was never heard of before") from None

    def proc(self, p: int) -> Actor:
        """Return P p, which must be known."""
        try:
            return self.ps[p]
        except KeyError:
            raise GarbledError(f"P{p} was never heard of before") from None


class _Event(NamedTuple):
    """An event on its way into a handler."""

    m: int
    args: Sequence[int]
    gen: int
    running: Running


def _go_start(sched: Sched, event: _Event) -> bool:
    """Run a runnable goroutine."""
    g, seq = event.args[:2]
    actor = sched.gs.get(g)
    if actor is None or not actor.may((GStatus.RUNNABLE,), event.gen, seq):
        return False
    actor.status, actor.seq = GStatus.RUNNING, seq
    event.running.g = g
    return True


def _go_leave(sched: Sched, event: _Event, status: int) -> bool:
    """Take the goroutine off its thread."""
    sched.goroutine(event.running.g).status = status
    event.running.g = NONE
    return True


def _go_stop(sched: Sched, event: _Event) -> bool:
    """Take the goroutine off its thread, still runnable."""
    return _go_leave(sched, event, GStatus.RUNNABLE)


def _go_block(sched: Sched, event: _Event) -> bool:
    """Take the goroutine off its thread, waiting."""
    return _go_leave(sched, event, GStatus.WAITING)


def _go_destroy(sched: Sched, event: _Event) -> bool:
    """End the goroutine."""
    sched.goroutine(event.running.g)
    del sched.gs[event.running.g]
    event.running.g = NONE
    return True


def _go_destroy_syscall(sched: Sched, event: _Event) -> bool:
    """End a goroutine that C made; its P is left to whoever steals it."""
    _go_destroy(sched, event)
    if event.running.p != NONE:
        sched.proc(event.running.p).status = PStatus.ABANDONED
        event.running.p = NONE
    return True


def _wake(sched: Sched, event: _Event, status: GStatus) -> bool:
    """Give a waiting goroutine another status; say whether it was time for that."""
    g, seq = event.args[:2]
    actor = sched.gs.get(g)
    if actor is None or not actor.may((GStatus.WAITING,), event.gen, seq):
        return False
    actor.status, actor.seq = status, seq
    return True


def _go_unblock(sched: Sched, event: _Event) -> bool:
    """Make a waiting goroutine runnable."""
    return _wake(sched, event, GStatus.RUNNABLE)


def _go_switch(sched: Sched, event: _Event) -> bool:
    """Run a waiting goroutine in place of this one, as coroutines do."""
    if not _wake(sched, event, GStatus.RUNNING):
        return False
    sched.goroutine(event.running.g).status = GStatus.WAITING
    event.running.g = event.args[0]
    return True


def _go_switch_destroy(sched: Sched, event: _Event) -> bool:
    """Like _go_switch, and this goroutine ends."""
    before = event.running.g
    if not _go_switch(sched, event):
        return False
    del sched.gs[before]
    return True


def _go_create(sched: Sched, event: _Event) -> bool:
    """Make a goroutine, runnable."""
    sched.gs[event.args[0]] = Actor(GStatus.RUNNABLE, event.gen)
    return True


def _go_create_blocked(sched: Sched, event: _Event) -> bool:
    """Make a goroutine, waiting."""
    sched.gs[event.args[0]] = Actor(GStatus.WAITING, event.gen)
    return True


def _go_create_syscall(sched: Sched, event: _Event) -> bool:
    """Make the goroutine for a call from C."""
    sched.gs[event.args[0]] = Actor(GStatus.SYSCALL, event.gen)
    event.running.g = event.args[0]
    return True


def _syscall_begin(sched: Sched, event: _Event) -> bool:
    """Enter a system call; the P may be stolen from now on."""
    actor = sched.proc(event.running.p)
    if actor.gen != event.gen or event.args[0] != actor.seq + 1:
        raise GarbledError(
            f"a system call on P{event.running.p} has the number {event.args[0]}, {actor.seq + 1} comes next"
        )
    sched.goroutine(event.running.g).status = GStatus.SYSCALL
    actor.status, actor.seq = PStatus.SYSCALL, event.args[0]
    return True


def _syscall_end(sched: Sched, event: _Event) -> bool:
    """Leave a system call with the P still there."""
    sched.goroutine(event.running.g).status = GStatus.RUNNING
    sched.proc(event.running.p).status = PStatus.RUNNING
    return True


def _syscall_end_blocked(sched: Sched, event: _Event) -> bool:
    """Leave a system call whose P has been stolen, which must have come before."""
    if event.running.p != NONE and sched.proc(event.running.p).status == PStatus.SYSCALL:
        return False
    return _go_leave(sched, event, GStatus.RUNNABLE)


def _go_status(sched: Sched, event: _Event) -> bool:
    """Learn of a goroutine, once in each generation, from whoever meets it first."""
    g, thread, status = event.args[:3]
    actor = sched.gs.get(g)
    if actor is not None:
        if actor.status != status:
            raise GarbledError(f"goroutine {g} is said to be in state {status} and was in {actor.status}")
        actor.gen, actor.seq = event.gen, 0
    elif event.gen == sched.first_gen:
        sched.gs[g] = Actor(status, event.gen)
    else:
        raise GarbledError(f"goroutine {g} was never heard of before")
    if status == GStatus.RUNNING or (status == GStatus.SYSCALL and thread == event.m):
        event.running.g = g
    elif status == GStatus.SYSCALL and thread not in sched.ms:
        sched.ms[thread] = Running(NONE, g)
    return True


def _proc_start(sched: Sched, event: _Event) -> bool:
    """Give the thread an idle P."""
    p, seq = event.args[:2]
    actor = sched.ps.get(p)
    if actor is None or event.running.p != NONE or not actor.may((PStatus.IDLE,), event.gen, seq):
        return False
    actor.status, actor.seq = PStatus.RUNNING, seq
    event.running.p = p
    return True


def _proc_stop(sched: Sched, event: _Event) -> bool:
    """Let the thread's P go idle."""
    sched.proc(event.running.p).status = PStatus.IDLE
    event.running.p = NONE
    return True


def _proc_steal(sched: Sched, event: _Event) -> bool:
    """Take the P of a thread that is in a system call."""
    p, seq, thread = event.args[:3]
    actor = sched.ps.get(p)
    if actor is None or not actor.may((PStatus.SYSCALL, PStatus.ABANDONED), event.gen, seq):
        return False
    was = actor.status
    actor.status, actor.seq = PStatus.IDLE, seq
    if was == PStatus.ABANDONED:
        return True
    victim = event.running if thread == event.m else sched.ms.get(thread)
    if victim is None or victim.p != p:
        raise GarbledError(f"P{p} is stolen from thread {thread}, which does not have it")
    victim.p = NONE
    return True


def _proc_status(sched: Sched, event: _Event) -> bool:
    """Learn of a P, once in each generation."""
    p, status = event.args[:2]
    actor = sched.ps.get(p)
    if actor is None:
        actor = sched.ps[p] = Actor(status, event.gen)
    elif status == PStatus.ABANDONED and actor.status == PStatus.SYSCALL:
        status = PStatus.SYSCALL  # the thread that had it was not yet seen to have gone
    elif actor.status != status:
        raise GarbledError(f"P{p} is said to be in state {status} and was in {actor.status}")
    actor.gen, actor.seq = event.gen, 0
    if status in (PStatus.RUNNING, PStatus.SYSCALL):
        event.running.p = p
    return True


def _gc_begin(sched: Sched, event: _Event) -> bool:
    """Take the events that a collection numbers in their order."""
    if sched.gc_seq not in (NONE, event.args[0] - 1):
        return False
    sched.gc_seq = event.args[0]
    return True


def _gc_active(sched: Sched, event: _Event) -> bool:
    """Learn that a collection is under way."""
    if event.gen == sched.first_gen:
        sched.gc_seq = event.args[0]
        return True
    return _gc_begin(sched, event)


_HANDLERS: dict[int, Callable[[Sched, _Event], bool]] = {
    Ev.GO_START: _go_start,
    Ev.GO_STOP: _go_stop,
    Ev.GO_BLOCK: _go_block,
    Ev.GO_DESTROY: _go_destroy,
    Ev.GO_DESTROY_SYSCALL: _go_destroy_syscall,
    Ev.GO_UNBLOCK: _go_unblock,
    Ev.GO_SWITCH: _go_switch,
    Ev.GO_SWITCH_DESTROY: _go_switch_destroy,
    Ev.GO_CREATE: _go_create,
    Ev.GO_CREATE_BLOCKED: _go_create_blocked,
    Ev.GO_CREATE_SYSCALL: _go_create_syscall,
    Ev.GO_SYSCALL_BEGIN: _syscall_begin,
    Ev.GO_SYSCALL_END: _syscall_end,
    Ev.GO_SYSCALL_END_BLOCKED: _syscall_end_blocked,
    Ev.GO_STATUS: _go_status,
    Ev.GO_STATUS_STACK: _go_status,
    Ev.PROC_START: _proc_start,
    Ev.PROC_STOP: _proc_stop,
    Ev.PROC_STEAL: _proc_steal,
    Ev.PROC_STATUS: _proc_status,
    Ev.GC_BEGIN: _gc_begin,
    Ev.GC_END: _gc_begin,
    Ev.GC_ACTIVE: _gc_active,
}
BINDING = frozenset(_HANDLERS)  # event types that say who runs where; all others can always come
