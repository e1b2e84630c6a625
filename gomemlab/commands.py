"""Commands: what a learner can ask of a world, as small frozen values.

A command applied to a world is one tick. Commands are what the timeline logs, so a world's history is a list of them.

Go: runtime/malloc.go, mallocgc; runtime/mstats.go, ReadMemStats; runtime/proc.go, procresize; runtime/mgc.go, GC.
Left out: nothing that a world can do.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from gomemlab.runtime.gc.roots import Place, StackSlot
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


# What the collector does


@dataclass(frozen=True, slots=True)
class GC:
    """Run a whole cycle. Go: runtime/mgc.go, GC."""

    def apply(self, world: World) -> None:
        """Mark, and sweep everything."""
        world.gc()

    def __str__(self) -> str:
        return "runtime.GC()"


@dataclass(frozen=True, slots=True)
class GCStart:
    """Begin to mark. Go: runtime/mgc.go, gcStart."""

    forced: bool = False  # by runtime.GC

    def apply(self, world: World) -> None:
        """Stop the world for a moment, and switch the barrier on."""
        world.gc_start(self.forced)

    def __str__(self) -> str:
        return "start marking"


@dataclass(frozen=True, slots=True)
class MarkRoot:
    """Do one root job. Go: runtime/mgcmark.go, markroot."""

    job: str
    p: int = 0

    def apply(self, world: World) -> None:
        """Scan that part of the roots."""
        world.mark_root(self.job, self.p)

    def __str__(self) -> str:
        return f"P{self.p} scans {self.job}"


@dataclass(frozen=True, slots=True)
class MarkObject:
    """Scan one grey object. Go: runtime/mgcmark_nogreenteagc.go, scanObject."""

    address: int
    p: int = 0

    def apply(self, world: World) -> None:
        """Shade what it points to."""
        world.mark_object(self.address, self.p)

    def __str__(self) -> str:
        return f"P{self.p} scans {self.address:#x}"


@dataclass(frozen=True, slots=True)
class MarkStep:
    """Let a worker do the next thing. Go: runtime/mgcmark.go, gcDrain."""

    p: int = 0

    def apply(self, world: World) -> bool:
        """Say whether there was anything to do."""
        return world.mark_step(self.p)

    def __str__(self) -> str:
        return f"P{self.p}'s worker takes a step"


@dataclass(frozen=True, slots=True)
class MarkAll:
    """Mark until nothing is grey. Go: runtime/mgcmark.go, gcDrain."""

    def apply(self, world: World) -> None:
        """Drain all queues."""
        world.mark_all()

    def __str__(self) -> str:
        return "mark all that is grey"


@dataclass(frozen=True, slots=True)
class FlushBarrier:
    """Shade what waits in a barrier buffer. Go: runtime/mwbbuf.go, wbBufFlush."""

    p: int = 0

    def apply(self, world: World) -> int:
        """Return how many objects turned grey."""
        return world.flush_barrier(self.p)

    def __str__(self) -> str:
        return f"P{self.p} flushes its barrier buffer"


@dataclass(frozen=True, slots=True)
class MarkDone:
    """End marking, and begin to sweep. Go: runtime/mgc.go, gcMarkDone."""

    def apply(self, world: World) -> bool:
        """Say whether marking is over."""
        return world.mark_done()

    def __str__(self) -> str:
        return "end marking"


@dataclass(frozen=True, slots=True)
class SweepOne:
    """Sweep one span. Go: runtime/mgcsweep.go, sweepone."""

    p: int = 0

    def apply(self, world: World) -> int | None:
        """Return the pages that became idle, None where nothing was left."""
        return world.sweep_one(self.p)

    def __str__(self) -> str:
        return "sweep one span"


@dataclass(frozen=True, slots=True)
class SweepTurn:
    """Give the background sweeper a turn. Go: runtime/mgcsweep.go, bgsweep."""

    p: int = 0

    def apply(self, world: World) -> int:
        """Return the spans it swept."""
        return world.sweep_turn(self.p)

    def __str__(self) -> str:
        return "a turn of the background sweeper"


@dataclass(frozen=True, slots=True)
class SweepAll:
    """Sweep all that is left. Go: runtime/mgc.go, GC."""

    p: int = 0

    def apply(self, world: World) -> int:
        """Return the spans that were swept."""
        return world.sweep_all(self.p)

    def __str__(self) -> str:
        return "sweep all spans"
