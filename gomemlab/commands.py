"""Commands: what a learner can ask of a world, as small frozen values.

A command applied to a world is one tick. Commands are what the timeline logs, so a world's history is a list of them.

Go: runtime/malloc.go, mallocgc; runtime/mstats.go, ReadMemStats; runtime/proc.go, procresize.
Left out: everything of the collector.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from gomemlab.runtime.phrases import count
from gomemlab.runtime.world import World


class Command(Protocol):
    """Something to ask of a world."""

    def apply(self, world: World) -> object:
        """Do it and return what the program would get; raise MisuseError, with nothing changed, where it cannot be."""


@dataclass(frozen=True, slots=True)
class Malloc:
    """Allocate one object. Go: runtime/malloc.go, mallocgc."""

    size: int  # bytes
    pointers: bool = False
    p: int = 0

    def apply(self, world: World) -> int:
        """Return the object's address."""
        return world.malloc(self.size, self.pointers, self.p)

    def __str__(self) -> str:
        return f"malloc({self.size}) on P{self.p}, {'with' if self.pointers else 'no'} pointers"


@lru_cache(maxsize=1 << 16, typed=True)  # typed: True is no 1, and has to be refused
def malloc(size: int, pointers: bool = False, p: int = 0) -> Malloc:
    """Return the Malloc with these arguments, the same value each time: a million of them need no million objects."""
    return Malloc(size, pointers, p)


@dataclass(frozen=True, slots=True)
class ReadMemStats:
    """Read the statistics as a Go program does, which flushes every mcache. Go: runtime/mstats.go, ReadMemStats."""

    def apply(self, world: World) -> object:
        """Return the statistics."""
        return world.read_mem_stats()

    def __str__(self) -> str:
        return "ReadMemStats()"


@dataclass(frozen=True, slots=True)
class FreeSpan:
    """Free the large object at an address, as sweeping would. Go: runtime/mheap.go, (*mheap).freeSpan."""

    address: int

    def apply(self, world: World) -> None:
        """Give the object's pages back."""
        world.free_span(self.address)

    def __str__(self) -> str:
        return f"free the large object at {self.address:#x}"


@dataclass(frozen=True, slots=True)
class AllocManual:
    """Make a span for stacks. Go: runtime/mheap.go, (*mheap).allocManual."""

    npages: int
    p: int = 0

    def apply(self, world: World) -> int:
        """Return the span's address."""
        return world.alloc_manual(self.npages, self.p)

    def __str__(self) -> str:
        return f"a stack span of {count(self.npages, 'page')}"


@dataclass(frozen=True, slots=True)
class FreeManual:
    """Give a stack span back. Go: runtime/mheap.go, (*mheap).freeManual."""

    address: int

    def apply(self, world: World) -> None:
        """Give the span's pages back."""
        world.free_manual(self.address)

    def __str__(self) -> str:
        return f"free the stack span at {self.address:#x}"


@dataclass(frozen=True, slots=True)
class Gomaxprocs:
    """Set the number of Ps. Go: runtime/proc.go, procresize."""

    n: int

    def apply(self, world: World) -> None:
        """Add Ps, or flush and remove some."""
        world.gomaxprocs(self.n)

    def __str__(self) -> str:
        return f"GOMAXPROCS = {self.n}"
