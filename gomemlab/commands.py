"""Commands: what a learner can ask of a world, as small frozen values.

A command applied to a world is one tick. Commands are what the timeline logs, so a world's history is a list of them.

Go: runtime/malloc.go, mallocgc; runtime/mstats.go, ReadMemStats; runtime/proc.go, procresize.
Left out: pools, the scheduler, stacks, the pacer and the scavenger, whose commands are in modules of their own. The
collector's are, too, and can be had from here as well.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from gomemlab.gccommands import (
    GC,
    FlushBarrier,
    GCStart,
    MarkAll,
    MarkDone,
    MarkObject,
    MarkRoot,
    MarkStep,
    SweepAll,
    SweepOne,
    SweepTurn,
)
from gomemlab.runtime.gc.roots import Place, StackSlot
from gomemlab.runtime.phrases import count
from gomemlab.runtime.world import World

__all__ = [
    "GC",
    "AllocManual",
    "Assign",
    "Call",
    "Command",
    "Drop",
    "FlushBarrier",
    "FreeManual",
    "FreeSpan",
    "GCStart",
    "GoStart",
    "Gomaxprocs",
    "Malloc",
    "MarkAll",
    "MarkDone",
    "MarkObject",
    "MarkRoot",
    "MarkStep",
    "New",
    "ReadMemStats",
    "Return",
    "Send",
    "SweepAll",
    "SweepOne",
    "SweepTurn",
    "Write",
    "malloc",
]


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
    p: int = 0

    def apply(self, world: World) -> None:
        """Give the span's pages back."""
        world.free_manual(self.address, self.p)

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


# What a program does with pointers


@dataclass(frozen=True, slots=True)
class New:
    """Make an object with pointer slots and put its address into a place. Go: runtime/malloc.go, newobject."""

    slots: int | tuple[int, ...] = 0  # how many, or which words
    size: int | None = None  # bytes
    into: Place | None = None
    g: int = 1
    fields: tuple[Place | None, ...] = ()  # whose pointers the first slots get

    def apply(self, world: World) -> int:
        """Return the object's address."""
        return world.new(self.slots, self.size, self.into, self.g, self.fields)

    def __str__(self) -> str:
        where = f"{self.into} = " if self.into is not None else ""
        slots = self.slots if isinstance(self.slots, int) else len(self.slots)
        return f"G{self.g}: {where}new({count(slots, 'pointer slot')})"


@dataclass(frozen=True, slots=True)
class Assign:
    """Copy a pointer from one place to another, or nil. Go: runtime/mwbbuf.go, wbBufFlush."""

    to: Place
    source: Place | None = None  # None: nil
    g: int = 1

    def apply(self, world: World) -> None:
        """Do it, with the write barrier where Go has one."""
        world.assign(self.to, self.source, self.g)

    def __str__(self) -> str:
        return f"G{self.g}: {self.to} = {self.source or 'nil'}"


@dataclass(frozen=True, slots=True)
class Write:
    """Store a pointer to any living object, reachable or not, or 0 for nil."""

    to: Place
    pointer: int  # address
    g: int = 1

    def apply(self, world: World) -> None:
        """Do it, with the write barrier where Go has one."""
        world.write(self.to, self.pointer, self.g)

    def __str__(self) -> str:
        return f"G{self.g}: {self.to} = {f'{self.pointer:#x}' if self.pointer else 'nil'}"


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget plain objects that malloc gave."""

    addresses: tuple[int, ...]

    def apply(self, world: World) -> None:
        """Let go of them."""
        world.drop(self.addresses)

    def __str__(self) -> str:
        return f"drop {count(len(self.addresses), 'object')}"


@dataclass(frozen=True, slots=True)
class Call:
    """Call a function. Go: runtime/asm_amd64.s, morestack."""

    g: int
    slots: int
    name: str = "f"

    def apply(self, world: World) -> None:
        """Put a frame on the stack."""
        world.call(self.g, self.slots, self.name)

    def __str__(self) -> str:
        return f"G{self.g}: call {self.name}"


@dataclass(frozen=True, slots=True)
class Return:
    """Return from a function."""

    g: int

    def apply(self, world: World) -> None:
        """Take the newest frame off the stack."""
        world.ret(self.g)

    def __str__(self) -> str:
        return f"G{self.g}: return"


@dataclass(frozen=True, slots=True)
class GoStart:
    """Start a goroutine. Go: runtime/proc.go, newproc."""

    slots: int = 1
    args: tuple[StackSlot, ...] = ()
    g: int = 1
    shade: bool = True

    def apply(self, world: World) -> int:
        """Return the new goroutine's number."""
        return world.go(self.slots, self.args, self.g, self.shade)

    def __str__(self) -> str:
        return f"G{self.g}: go f({', '.join(map(str, self.args))})"


@dataclass(frozen=True, slots=True)
class Send:
    """Send a pointer from stack to stack. Go: runtime/chan.go, sendDirect."""

    to: StackSlot
    source: StackSlot
    shade: bool = True

    def apply(self, world: World) -> None:
        """Copy the pointer."""
        world.send(self.to, self.source, self.shade)

    def __str__(self) -> str:
        return f"G{self.source.g} sends {self.source} to {self.to}"
