"""What the pacer decided: the same kind of values as in events.

Nanoseconds are of the cost model.

Go: runtime/mgcpacer.go, runtime/mgc.go, runtime/mgcmark.go, runtime/mgclimit.go.
Left out: each time that the assist ratio is revised.
"""

from dataclasses import dataclass
from typing import ClassVar, Final

from gomemlab.runtime.events import Event
from gomemlab.runtime.phrases import count, thousands

NO_GOAL: Final = 1 << 62  # a goal above this is none: GOGC=off, and no memory limit


def _bytes(n: int) -> str:
    return f"{thousands(n)} B"


def _goal(goal: int) -> str:
    return "no goal" if goal > NO_GOAL else f"the goal {_bytes(goal)}"


@dataclass(frozen=True, slots=True)
class CycleTriggered(Event):
    """A cycle begins by itself, or because the program asked for it."""

    cycle: int  # from 1
    reason: str  # "heap", "time" or "forced"
    heap_live: int  # bytes
    trigger: int
    goal: int
    limited: bool  # the memory limit set the goal
    go: ClassVar[str] = "gcTrigger.test"

    def say(self) -> str:
        """Return the event as a sentence."""
        if self.reason == "time":
            return f"Cycle {self.cycle} began: the last one ended more than two minutes ago."
        if self.reason == "forced":
            return f"Cycle {self.cycle} began: the program asked for it."
        why = ", set by the memory limit" if self.limited else ""
        live, trigger = _bytes(self.heap_live), _bytes(self.trigger)
        return f"Cycle {self.cycle} began: {live} live reached the trigger {trigger}; {_goal(self.goal)}{why}."


@dataclass(frozen=True, slots=True)
class GoalSet(Event):
    """A cycle ended, and the pacer computed where the next one begins and ends."""

    live: int  # bytes marked
    trigger: int
    goal: int
    limited: bool
    go: ClassVar[str] = "gcControllerCommit"

    def say(self) -> str:
        """Return the event as a sentence."""
        if self.goal > NO_GOAL:
            return f"{_bytes(self.live)} were found alive; with GOGC=off nothing triggers the next cycle."
        why = " by the memory limit" if self.limited else ""
        live, trigger = _bytes(self.live), _bytes(self.trigger)
        return f"{live} were found alive: the next trigger is {trigger}, {_goal(self.goal)}{why}."


@dataclass(frozen=True, slots=True)
class SettingChanged(Event):
    """GOGC or the memory limit was set, and the goal with it."""

    name: str  # "GOGC" or "GOMEMLIMIT"
    old: str
    new: str
    trigger: int  # bytes
    goal: int
    go: ClassVar[str] = "gcControllerCommit"

    def say(self) -> str:
        """Return the event as a sentence."""
        after = (
            "nothing triggers a cycle" if self.goal > NO_GOAL else f"trigger {_bytes(self.trigger)}, {_goal(self.goal)}"
        )
        return f"{self.name} went from {self.old} to {self.new}: {after}."


@dataclass(frozen=True, slots=True)
class WorkerStarted(Event):
    """A P began to mark instead of running the program."""

    p: int
    mode: str  # "dedicated", "fractional" or "idle"
    go: ClassVar[str] = "(*gcControllerState).findRunnableGCWorker"

    def say(self) -> str:
        """Return the event as a sentence."""
        kind = {"dedicated": "a dedicated worker", "fractional": "a fractional worker", "idle": "an idle worker"}
        return f"P{self.p} became {kind[self.mode]}."


@dataclass(frozen=True, slots=True)
class WorkerMarked(Event):
    """What a worker did in the time that the command took."""

    p: int
    mode: str
    objects: int  # marked
    nbytes: int  # scanned
    ns: int
    go: ClassVar[str] = "gcBgMarkWorker"

    def say(self) -> str:
        """Return the event as a sentence."""
        marked, ns = count(self.objects, "object"), thousands(self.ns)
        return f"P{self.p}'s {self.mode} worker marked {marked} and scanned {_bytes(self.nbytes)} in ≈ {ns} ns."


@dataclass(frozen=True, slots=True)
class AssistPaid(Event):
    """A goroutine that allocated while a cycle marks paid its debt."""

    g: int
    p: int
    debt: int  # bytes it had allocated without credit
    taken: int  # bytes of scanning that it took from the background credit
    scanned: int  # bytes that it scanned itself
    ns: int
    go: ClassVar[str] = "gcAssistAlloc"

    def say(self) -> str:
        """Return the event as a sentence."""
        taken = f"took credit for {_bytes(self.taken)}" if self.taken else ""
        scanned = f"scanned {_bytes(self.scanned)} itself" if self.scanned or not self.taken else ""
        return f"G{self.g} owed for {_bytes(self.debt)} allocated: it {' and '.join(filter(None, (taken, scanned)))}."


@dataclass(frozen=True, slots=True)
class AssistParked(Event):
    """A goroutine found neither credit nor work, and waited until others had marked for it."""

    g: int
    debt: int  # bytes
    ns: int  # that it waited
    go: ClassVar[str] = "gcParkAssist"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"G{self.g} still owed for {_bytes(self.debt)} and waited ≈ {thousands(self.ns)} ns in the assist queue."


@dataclass(frozen=True, slots=True)
class AssistSkipped(Event):
    """The CPU limiter let a goroutine allocate without paying."""

    g: int
    debt: int  # bytes
    go: ClassVar[str] = "(*gcCPULimiterState).limiting"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"G{self.g} owed for {_bytes(self.debt)}, but the CPU limiter let it go on."


@dataclass(frozen=True, slots=True)
class LimiterChanged(Event):
    """The CPU limiter's bucket got full, or is not full any more."""

    on: bool
    fill: int  # ns of CPU
    go: ClassVar[str] = "(*gcCPULimiterState).accumulate"

    def say(self) -> str:
        """Return the event as a sentence."""
        if self.on:
            return f"The CPU limiter engaged: {thousands(self.fill)} ns of collecting filled its bucket."
        return "The CPU limiter let go: the program drained its bucket."


@dataclass(frozen=True, slots=True)
class TimePassed(Event):
    """The clock went on without an allocation."""

    ns: int
    now: int  # ns since the process began
    busy: int  # Ps that ran the program
    go: ClassVar[str] = ""

    def say(self) -> str:
        """Return the event as a sentence."""
        who = f"{count(self.busy, 'P')} computed" if self.busy else "the program slept"
        return f"≈ {thousands(self.ns)} ns passed, in which {who}."
