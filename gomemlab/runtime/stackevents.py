"""What happened to goroutines and their stacks: the same kind of values as in events.

Go: runtime/stack.go; runtime/proc.go, newproc1, gfput, gfget.
Left out: which goroutine runs when; that is the scheduler's.
"""

from dataclasses import dataclass
from typing import ClassVar

from gomemlab.runtime.events import Event
from gomemlab.runtime.phrases import count, thousands


@dataclass(frozen=True, slots=True)
class StackSpanCut(Event):
    """A new span was cut into stacks of one size."""

    span: int  # id
    stacks: int
    nbytes: int  # of each
    go: ClassVar[str] = "stackpoolalloc"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"Span {self.span} was cut into {count(self.stacks, 'stack')} of {thousands(self.nbytes)} B."


@dataclass(frozen=True, slots=True)
class StackCacheRefilled(Event):
    """A P's cache of stacks of one size was empty, and got half of what fits."""

    p: int
    stacks: int
    nbytes: int  # of each
    go: ClassVar[str] = "stackcacherefill"

    def say(self) -> str:
        """Return the event as a sentence."""
        stacks = f"{count(self.stacks, 'stack')} of {thousands(self.nbytes)} B"
        return f"P{self.p}'s stack cache took {stacks} from the pool."


@dataclass(frozen=True, slots=True)
class StackCacheReleased(Event):
    """A P's cache of stacks of one size was full, and gave half of them back."""

    p: int
    stacks: int
    nbytes: int  # of each
    go: ClassVar[str] = "stackcacherelease"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"P{self.p}'s stack cache gave {count(self.stacks, 'stack')} of {thousands(self.nbytes)} B to the pool."


@dataclass(frozen=True, slots=True)
class StackCacheFlushed(Event):
    """A P gave all free stacks back."""

    p: int
    stacks: int
    go: ClassVar[str] = "stackcache_clear"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"P{self.p}'s stack cache was flushed: {count(self.stacks, 'free stack')} went to the pool."


@dataclass(frozen=True, slots=True)
class StackSpanKept(Event):
    """A span had no stack any more, but a cycle marked."""

    span: int  # id
    nbytes: int  # of its stacks
    go: ClassVar[str] = "stackfree"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"Span {self.span} has no stack any more; the heap does not get it before the cycle is over."


@dataclass(frozen=True, slots=True)
class StackSpansFreed(Event):
    """The cycle is over: spans without a stack went back to the heap."""

    spans: int  # that were cut
    large: int  # that were one stack
    go: ClassVar[str] = "freeStackSpans"

    def say(self) -> str:
        """Return the event as a sentence."""
        spans = count(self.spans + self.large, "empty stack span")
        return f"The cycle is over, so {spans} went back to the heap."


@dataclass(frozen=True, slots=True)
class StackMoved(Event):
    """A stack was copied to one of another size."""

    g: int  # goroutine
    old: int  # address of its low end
    old_size: int  # bytes
    new: int  # address
    size: int  # bytes
    used: int  # bytes that were copied
    adjusted: int  # pointers into the stack itself
    verb: ClassVar[str]

    def say(self) -> str:
        """Return the event as a sentence."""
        moved = f"{thousands(self.used)} B copied, {count(self.adjusted, 'pointer')} adjusted"
        return f"G{self.g}'s stack {self.verb} from {thousands(self.old_size)} to {thousands(self.size)} B: {moved}."


@dataclass(frozen=True, slots=True)
class StackGrown(StackMoved):
    """A frame did not fit, so the stack moved to a larger one."""

    go: ClassVar[str] = "newstack"
    verb: ClassVar[str] = "grew"


@dataclass(frozen=True, slots=True)
class StackShrunk(StackMoved):
    """The collector found less than a quarter of a stack in use, so it moved to a stack half as large."""

    go: ClassVar[str] = "shrinkstack"
    verb: ClassVar[str] = "shrank"


@dataclass(frozen=True, slots=True)
class GMade(Event):
    """A goroutine found no dead one's record, so a new one was made, with a stack."""

    g: int  # goroutine
    record: int  # address of its g
    stack: int  # address of its low end
    size: int  # bytes
    go: ClassVar[str] = "malg"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"G{self.g} got a new g at {self.record:#x} and a stack of {thousands(self.size)} B at {self.stack:#x}."


@dataclass(frozen=True, slots=True)
class GReused(Event):
    """A goroutine got a dead one's record."""

    g: int  # goroutine
    record: int  # address of its g, 0 for one that came with the process
    stack: int  # address of its low end
    size: int  # bytes
    kept: bool  # the dead one still had this stack
    go: ClassVar[str] = "gfget"

    def say(self) -> str:
        """Return the event as a sentence."""
        stack = f"{'its' if self.kept else 'a new'} stack of {thousands(self.size)} B at {self.stack:#x}"
        return f"G{self.g} got a dead goroutine's g with {stack}."


@dataclass(frozen=True, slots=True)
class AllgsGrown(Event):
    """The list of all gs was full and got a larger array."""

    gs: int  # that fit
    address: int
    go: ClassVar[str] = "allgadd"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"The list of all gs got a new array, for {count(self.gs, 'g')}, at {self.address:#x}."


@dataclass(frozen=True, slots=True)
class GoroutineEnded(Event):
    """A goroutine ended; its g waits to be used again."""

    g: int  # goroutine
    size: int  # bytes of its stack
    kept: bool  # the stack stays with the g
    go: ClassVar[str] = "gfput"

    def say(self) -> str:
        """Return the event as a sentence."""
        stack = f"{'keeps' if self.kept else 'gave back'} its stack of {thousands(self.size)} B"
        return f"G{self.g} ended; its g, free now, {stack}."


@dataclass(frozen=True, slots=True)
class DeadStacksFreed(Event):
    """The collector freed the stacks of dead gs that no P keeps."""

    stacks: int
    go: ClassVar[str] = "markrootFreeGStacks"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"{count(self.stacks, 'stack')} of dead gs were freed: no P keeps those gs."


@dataclass(frozen=True, slots=True)
class StartSizeSet(Event):
    """The cycle set with how large a stack a reused g begins."""

    size: int  # bytes
    average: int  # bytes in use on the stacks that were scanned
    stacks: int  # scanned
    go: ClassVar[str] = "gcComputeStartingStackSize"

    def say(self) -> str:
        """Return the event as a sentence."""
        scanned = f"{count(self.stacks, 'scanned stack')} had {thousands(self.average)} B in use on average"
        return f"{scanned}: reused gs now begin with {thousands(self.size)} B."


@dataclass(frozen=True, slots=True)
class LocalPointed(Event):
    """A goroutine took the address of one of its own stack's slots."""

    g: int  # goroutine
    place: str  # where the pointer went
    local: str  # what it points to
    address: int
    go: ClassVar[str] = ""

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"G{self.g} wrote {self.place} = &{self.local}, {self.address:#x}: a pointer into its own stack."
