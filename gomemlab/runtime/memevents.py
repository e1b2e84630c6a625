"""What happened between Go and the operating system: the same kind of values as in events.

Go: runtime/mgcscavenge.go, runtime/mem.go; runtime/mheap.go, (*mheap).scavengeAll.
Left out: nothing of what the model does there.
"""

from dataclasses import dataclass
from typing import ClassVar

from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.runtime.events import Event
from gomemlab.runtime.phrases import count, thousands

FREE_OS_MEMORY, BACKGROUND, GROWTH, LIMIT, BY_HAND = "FreeOSMemory", "background", "heap growth", "limit", "by hand"

_WHY = {
    FREE_OS_MEMORY: "FreeOSMemory",
    BACKGROUND: "The background scavenger",
    GROWTH: "An allocation that grew the heap",
    LIMIT: "An allocation near the memory limit",
    BY_HAND: "The scavenger",
}


@dataclass(frozen=True, slots=True)
class PagesScavenged(Event):
    """A run of free pages went back to the operating system."""

    page: int  # the first, counted from the first arena
    npages: int
    advice: str  # what the kernel was told
    go: ClassVar[str] = "(*pageAlloc).scavengeOne"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"{count(self.npages, 'free page')} from page {self.page} went back to the system ({self.advice})."


@dataclass(frozen=True, slots=True)
class ScavengeEnded(Event):
    """Somebody had asked for pages to be given back, and that is done."""

    by: str  # FREE_OS_MEMORY, BACKGROUND, GROWTH, LIMIT or BY_HAND
    wanted: int  # bytes; -1: all
    released: int  # bytes
    go: ClassVar[str] = "(*pageAlloc).scavenge"

    @property
    def vain(self) -> bool:
        """Return whether somebody who only wanted to give pages back found none; who allocates may have been held."""
        return not self.released and self.by in {FREE_OS_MEMORY, BY_HAND}

    def say(self) -> str:
        """Return the event as a sentence."""
        if self.vain:
            return f"{_WHY[self.by]} gave nothing back: no page is left that it may take."
        of = "" if self.wanted < 0 else f" of {thousands(self.wanted)} B wanted"
        return f"{_WHY[self.by]} gave {thousands(self.released)} B back{of}."


@dataclass(frozen=True, slots=True)
class ScavengerSlept(Event):
    """The background scavenger has worked enough for 1 % of the CPU, and sleeps."""

    worked: int  # ns, cost model
    sleeps: int  # ns, cost model
    go: ClassVar[str] = "(*scavengerState).sleep"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"The scavenger worked {self.worked / 1e6:.2f} ms and sleeps {self.sleeps / 1e6:.0f} ms (cost model)."


@dataclass(frozen=True, slots=True)
class ScavengerParked(Event):
    """The background scavenger found nothing to do: it waits until the next sweep is over."""

    goals_met: bool  # else there is nothing left that it may take
    go: ClassVar[str] = "(*scavengerState).park"

    def say(self) -> str:
        """Return the event as a sentence."""
        why = "both goals are met" if self.goals_met else "no page is left that it may take"
        return f"The background scavenger waits: {why}."


@dataclass(frozen=True, slots=True)
class MemoryTouched(Event):
    """The program wrote to memory that it had, and nobody had written to since it came from the kernel."""

    address: int
    nbytes: int
    pages: int  # that are resident now and were not
    go: ClassVar[str] = ""

    def say(self) -> str:
        """Return the event as a sentence."""
        became = f"{count(self.pages, 'page')} became resident" if self.pages else "all of it was resident already"
        return f"The program wrote {thousands(self.nbytes)} B at {self.address:#x}: {became}."


@dataclass(frozen=True, slots=True)
class CAllocated(Event):
    """C code called malloc: no counter of Go's moves."""

    address: int
    nbytes: int
    go: ClassVar[str] = ""

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"C.malloc took {thousands(self.nbytes)} B outside Go: only RSS can show them."


@dataclass(frozen=True, slots=True)
class CFreed(Event):
    """C code called free."""

    address: int
    nbytes: int
    go: ClassVar[str] = ""

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"C.free gave {thousands(self.nbytes)} B back; the collector never does that."


@dataclass(frozen=True, slots=True)
class KernelReclaimed(Event):
    """The kernel was short of memory and took pages that were given back lazily."""

    npages: int
    go: ClassVar[str] = ""

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"The kernel needed memory and took {thousands(self.npages * PAGE_SIZE)} B that were marked MADV_FREE."


@dataclass(frozen=True, slots=True)
class ScavengerPaced(Event):
    """How much memory may stay was decided anew."""

    gc_percent_goal: int  # bytes of the heap that may stay; -1: no goal
    memory_limit_goal: int  # bytes of all that the runtime has; -1: no goal
    go: ClassVar[str] = "gcPaceScavenger"

    def say(self) -> str:
        """Return the event as a sentence."""
        goals = ((self.gc_percent_goal, "of heap for GOGC"), (self.memory_limit_goal, "in all for the limit"))
        said = " and ".join(f"{thousands(goal)} B {what}" for goal, what in goals if goal >= 0)
        return f"The scavenger may leave {said}." if said else "The scavenger has no goal: all may stay."
