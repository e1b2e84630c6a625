"""What happened while marking: the same kind of values as in events, for the collector's side.

Places arrive as words ("G1.stack[0]"), objects as addresses.

Go: runtime/mgc.go, runtime/mgcmark.go, runtime/mwbbuf.go, runtime/mgcwork.go.
Left out: what a worker does between two objects.
"""

from dataclasses import dataclass
from typing import ClassVar

from gomemlab.runtime.events import Event
from gomemlab.runtime.phrases import count


def _object(address: int) -> str:
    return f"{address:#x}" if address else "nil"


@dataclass(frozen=True, slots=True)
class WorldStopped(Event):
    """All goroutines stand still for a moment."""

    stop: int  # counts the stops of this world, from 1
    reason: str
    go: ClassVar[str] = "stopTheWorldWithSema"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"Stop {self.stop} of the world, for {self.reason}."


@dataclass(frozen=True, slots=True)
class MarkBegan(Event):
    """The write barrier went on and the root jobs were set out."""

    cycle: int  # from 1
    jobs: int  # root jobs
    marker: str
    barrier: str
    go: ClassVar[str] = "gcStart"

    def say(self) -> str:
        """Return the event as a sentence."""
        jobs = count(self.jobs, "root job")
        return f"Cycle {self.cycle} began to mark: {self.marker} marker, {self.barrier} barrier, {jobs}."


@dataclass(frozen=True, slots=True)
class RootScanned(Event):
    """A root job is done: what it points to is grey now."""

    p: int
    job: str  # "globals", "G1's stack"
    pointers: int
    greyed: int  # objects, those without pointers too
    go: ClassVar[str] = "markroot"

    def say(self) -> str:
        """Return the event as a sentence."""
        found = f"{count(self.pointers, 'pointer')}, {count(self.greyed, 'object')} newly reached"
        return f"P{self.p}'s worker scanned {self.job}: {found}."


@dataclass(frozen=True, slots=True)
class ObjectScanned(Event):
    """A grey object, or an oblet of it, was searched for pointers and is black now."""

    p: int
    address: int
    pointers: int
    greyed: int
    go: ClassVar[str] = "scanObject"

    def say(self) -> str:
        """Return the event as a sentence."""
        found = f"{count(self.pointers, 'pointer')}, {count(self.greyed, 'object')} newly reached"
        return f"P{self.p}'s worker scanned {self.address:#x}: {found}."


@dataclass(frozen=True, slots=True)
class SpanScanned(Event):
    """Green Tea visited a span and scanned what had gathered there."""

    p: int
    span: int  # id
    nobjects: int  # scanned in this visit
    greyed: int
    go: ClassVar[str] = "scanSpan"

    def say(self) -> str:
        """Return the event as a sentence."""
        work = f"scanned {count(self.nobjects, 'object')} there, {count(self.greyed, 'object')} newly reached"
        return f"P{self.p}'s worker visited span {self.span}: {work}."


@dataclass(frozen=True, slots=True)
class BadPointerFound(Event):
    """Marking met a pointer to memory that was given back to the heap. Go stops the program here."""

    pointer: int
    go: ClassVar[str] = "badPointer"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"A pointer led to {self.pointer:#x}, where no span is: found bad pointer in Go heap."


@dataclass(frozen=True, slots=True)
class NoWorkLeft(Event):
    """A worker found nothing to scan."""

    p: int
    go: ClassVar[str] = "gcDrain"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"P{self.p}'s worker found no grey object left."


@dataclass(frozen=True, slots=True)
class PointerWritten(Event):
    """A program stored a pointer."""

    g: int
    place: str
    old: int  # the pointer that was there
    new: int
    marking: bool
    on_stack: bool
    go: ClassVar[str] = ""

    def say(self) -> str:
        """Return the event as a sentence."""
        why = ""
        if self.on_stack:
            why = "; a store on the stack has no barrier"
        elif not self.marking:
            why = "; no cycle marks, so no barrier ran"
        return f"G{self.g}: {self.place} = {_object(self.new)}, before {_object(self.old)}{why}."


@dataclass(frozen=True, slots=True)
class BarrierQueued(Event):
    """A store told the marker about its pointers."""

    p: int
    new: int  # 0 where the new pointer was not queued
    old: int  # 0 where the old pointer was not queued
    entries: int  # that this store queued; a nil found when the program ran counts
    filled: int  # entries in the buffer now
    barrier: str
    go: ClassVar[str] = "(*wbBuf).get2"

    def say(self) -> str:
        """Return the event as a sentence."""
        if not self.entries:
            return f"The {self.barrier} barrier queued nothing for this store."
        what = [f"new {self.new:#x}"] if self.new else []
        what += [f"old {self.old:#x}"] if self.old else []
        names = " and ".join(what) or "nil"
        entries = count(self.entries, "entry", "entries")
        return f"The {self.barrier} barrier queued {entries}, {names}; P{self.p}'s buffer holds {self.filled} of 512."


@dataclass(frozen=True, slots=True)
class BarrierFlushed(Event):
    """The pointers in a P's write barrier buffer were shaded."""

    p: int
    entries: int
    greyed: int  # objects that were white
    go: ClassVar[str] = "wbBufFlush1"

    def say(self) -> str:
        """Return the event as a sentence."""
        entries = count(self.entries, "entry", "entries")
        return f"P{self.p}'s barrier buffer was flushed: {entries}, {count(self.greyed, 'object')} newly reached."


@dataclass(frozen=True, slots=True)
class ObjectMade(Event):
    """A program got an object with pointer slots."""

    g: int
    number: int  # order of birth
    address: int
    slots: int
    black: bool  # a cycle marks, and the object was born marked
    go: ClassVar[str] = "newobject"

    def say(self) -> str:
        """Return the event as a sentence."""
        born = ", black from birth" if self.black else ""
        slots = count(self.slots, "pointer slot")
        return f"G{self.g} made object {self.number} at {self.address:#x} with {slots}{born}."


@dataclass(frozen=True, slots=True)
class ObjectsDropped(Event):
    """The program forgot its last pointers to plain objects."""

    nobjects: int
    go: ClassVar[str] = ""

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"The program dropped {count(self.nobjects, 'object')}; the next cycle will not reach them."


@dataclass(frozen=True, slots=True)
class FrameEntered(Event):
    """A goroutine called a function."""

    g: int
    name: str
    slots: int
    go: ClassVar[str] = ""

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"G{self.g} called {self.name}, whose frame has {count(self.slots, 'pointer slot')}."


@dataclass(frozen=True, slots=True)
class FrameLeft(Event):
    """A goroutine returned from a function, and its frame's pointers are gone."""

    g: int
    name: str
    go: ClassVar[str] = ""

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"G{self.g} returned from {self.name}; the pointers in its frame are gone."


@dataclass(frozen=True, slots=True)
class GoroutineStarted(Event):
    """A goroutine started another; while marking goes on, a new stack counts as scanned."""

    g: int  # the new one
    by: int
    queued: int  # arguments that went into the barrier's buffer
    go: ClassVar[str] = "newproc1"

    def say(self) -> str:
        """Return the event as a sentence."""
        queued = f"; the barrier queued {count(self.queued, 'argument')}" if self.queued else ""
        return f"G{self.by} started G{self.g}{queued}."


@dataclass(frozen=True, slots=True)
class StacksRescanned(Event):
    """The world stands, and all stacks were scanned once more (Go 1.5 to 1.7)."""

    stacks: int
    greyed: int
    go: ClassVar[str] = "gcMarkTermination"

    def say(self) -> str:
        """Return the event as a sentence."""
        stacks = count(self.stacks, "stack")
        found = f"{count(self.greyed, 'object')} newly reached"
        return f"With the world stopped, the collector scanned {stacks} once more: {found}."


@dataclass(frozen=True, slots=True)
class MarkResumed(Event):
    """Flushing the last buffers found more work, so marking goes on."""

    greyed: int
    go: ClassVar[str] = "gcMarkDone"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"The last barrier buffers made {count(self.greyed, 'object')} grey, so marking goes on."


@dataclass(frozen=True, slots=True)
class MarkEnded(Event):
    """Marking is over: white means dead now."""

    cycle: int
    marked: int  # objects
    lost: int  # of those that the program can still reach, how many have no mark
    go: ClassVar[str] = "gcMarkTermination"

    def say(self) -> str:
        """Return the event as a sentence."""
        lost = f"; {count(self.lost, 'living object')} without one counted as dead" if self.lost else ""
        return f"Cycle {self.cycle} ended marking with a mark on {count(self.marked, 'object')}{lost}."
