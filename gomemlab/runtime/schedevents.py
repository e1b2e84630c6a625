"""What the scheduler did, and why: the same kind of values as in events.

Go: runtime/proc.go.
Left out: threads, timers and the network poller, which only make goroutines runnable here.
"""

from dataclasses import dataclass
from typing import ClassVar

from gomemlab.runtime.events import Event
from gomemlab.runtime.phrases import count

NO_P = -1
RUNNEXT, LOCAL, GLOBAL = "runnext", "local", "global"  # where a goroutine waits, and why it was picked
GLOBAL_TURN, STOLEN, STOLEN_NEXT, BY_HAND = "global turn", "stolen", "stolen runnext", "by hand"  # why else

_PLACES = {
    RUNNEXT: "G{g} will be next on P{p} (runnext)",
    LOCAL: "G{g} went to the end of P{p}'s queue",
    GLOBAL: "G{g} went to the end of the global queue",
}
_PICKS = {
    RUNNEXT: "P{p} ran G{g}, its runnext, in what was left of the time slice: still tick {tick}.",
    LOCAL: "P{p} ran G{g}, the first of its queue: tick {tick}.",
    GLOBAL: "P{p} had none, and took {many} from the global queue: G{g} ran, tick {tick}.",
    GLOBAL_TURN: "P{p}'s tick {before} can be divided by 61: G{g} from the global queue ran first.",
    STOLEN: "P{p} stole {many}, half of P{victim}'s queue, and ran the last of them, G{g}.",
    STOLEN_NEXT: "P{p} found nothing to steal but P{victim}'s runnext, at its fourth try: G{g} ran.",
    BY_HAND: "P{p} ran G{g}, as it was told; its queues had no say.",
}


@dataclass(frozen=True, slots=True)
class SchedulerBegan(Event):
    """From now on only a goroutine that runs on a P can do anything."""

    procs: int
    waiting: int  # goroutines that are runnable and do not run
    go: ClassVar[str] = "schedinit"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"The scheduler began with {count(self.procs, 'P')}: G1 runs on P0, {self.waiting} others can run."


@dataclass(frozen=True, slots=True)
class GQueued(Event):
    """A goroutine that can run has to wait for its turn."""

    g: int
    p: int  # whose queue, or who put it there
    place: str  # RUNNEXT, LOCAL or GLOBAL
    kicked: int  # the one that was in runnext before, 0 for none
    go: ClassVar[str] = "runqput"

    def say(self) -> str:
        """Return the event as a sentence."""
        kicked = f"; G{self.kicked}, which was, went to the end of its queue" if self.kicked else ""
        return f"{_PLACES[self.place].format(g=self.g, p=self.p)}{kicked}."


@dataclass(frozen=True, slots=True)
class QueueOverflowed(Event):
    """A P's queue was full."""

    p: int
    moved: int  # goroutines
    go: ClassVar[str] = "runqputslow"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"P{self.p}'s queue of 256 was full: {self.moved} goroutines, half of it and the newest, became global."


@dataclass(frozen=True, slots=True)
class GPicked(Event):
    """A P began to run a goroutine."""

    p: int
    g: int
    why: str  # RUNNEXT to BY_HAND
    tick: int  # schedtick, after it
    moved: int = 1  # goroutines that were taken from there together
    victim: int = NO_P  # whose they were
    go: ClassVar[str] = "findRunnable"

    def say(self) -> str:
        """Return the event as a sentence."""
        many = count(self.moved, "goroutine")
        return _PICKS[self.why].format(
            p=self.p, g=self.g, tick=self.tick, before=self.tick - 1, many=many, victim=self.victim
        )


@dataclass(frozen=True, slots=True)
class GYielded(Event):
    """A goroutine let its P go, and wants to go on."""

    g: int
    p: int
    preempted: bool
    go: ClassVar[str] = "goschedImpl"

    def say(self) -> str:
        """Return the event as a sentence."""
        why = "was preempted" if self.preempted else "called Gosched"
        return f"G{self.g} {why} on P{self.p}, and went to the end of the global queue."


@dataclass(frozen=True, slots=True)
class GParked(Event):
    """A goroutine waits for something."""

    g: int
    p: int
    reason: str
    go: ClassVar[str] = "gopark"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"G{self.g} let P{self.p} go, and waits: {self.reason}."


@dataclass(frozen=True, slots=True)
class GReadied(Event):
    """What a goroutine waited for has come."""

    g: int
    by: int  # the goroutine that saw to it, 0: a timer or the network
    p: int  # on which it did, -1 for none
    reason: str
    go: ClassVar[str] = "ready"

    def say(self) -> str:
        """Return the event as a sentence."""
        by = f"G{self.by}" if self.by else "A timer or the network" + (f" on P{self.p}" if self.p >= 0 else "")
        return f"{by} woke G{self.g}, which waited: {self.reason}."


@dataclass(frozen=True, slots=True)
class PWoken(Event):
    """An idle P is sent to look for work."""

    p: int
    go: ClassVar[str] = "startm"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"P{self.p} was idle, and was woken to look for work."


@dataclass(frozen=True, slots=True)
class PIdled(Event):
    """A P found nothing to run."""

    p: int
    others: bool  # so many looked for work already that it did not try to steal
    go: ClassVar[str] = "pidleput"

    def say(self) -> str:
        """Return the event as a sentence."""
        why = "left stealing to those who look already" if self.others else "found nothing to run anywhere"
        return f"P{self.p} {why}, and became idle."


@dataclass(frozen=True, slots=True)
class QueueHandedOver(Event):
    """A P goes away."""

    p: int
    moved: int  # goroutines
    go: ClassVar[str] = "(*p).destroy"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"P{self.p} went away: {count(self.moved, 'goroutine')} of its queue became the first global ones."


@dataclass(frozen=True, slots=True)
class GMoved(Event):
    """The goroutine that changed GOMAXPROCS ran on a P that went away."""

    g: int
    p: int  # that it had
    to: int
    go: ClassVar[str] = "procresize"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"G{self.g}, which set GOMAXPROCS, went on from P{self.p} to P{self.to}."
