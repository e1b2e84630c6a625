"""Commands for goroutines and their stacks, as small frozen values like those in commands.

Go: runtime/proc.go, newproc, gdestroy; runtime/stack.go, stackalloc, stackfree.
Left out: calls and returns, which are in commands.
"""

from dataclasses import dataclass

from gomemlab.runtime.gc.roots import StackSlot
from gomemlab.runtime.phrases import count, thousands
from gomemlab.runtime.world import World


@dataclass(frozen=True, slots=True)
class Go:
    """Start a goroutine with an empty frame on a P. Go: runtime/proc.go, newproc."""

    p: int = 0
    slots: int = 1
    nbytes: int | None = None  # of the frame; None: as many as the slots need

    def apply(self, world: World) -> int:
        """Return the new goroutine's number."""
        return int(world.go(self.slots, p=self.p, nbytes=self.nbytes))

    def __str__(self) -> str:
        return f"P{self.p}: go f()"


@dataclass(frozen=True, slots=True)
class GoMany:
    """Start many goroutines on a P at once. Go: runtime/proc.go, newproc."""

    count: int
    slots: int = 1
    p: int = 0
    nbytes: int | None = None  # of each one's frame; None: as many as the slots need

    def apply(self, world: World) -> range:
        """Return the new goroutines' numbers."""
        return world.go_many(self.count, self.slots, self.p, self.nbytes)

    def __str__(self) -> str:
        return f"P{self.p}: {count(self.count, 'time')} go f()"


@dataclass(frozen=True, slots=True)
class CallFrame:
    """Call a function with a frame of so many bytes. Go: runtime/stack.go, newstack."""

    g: int
    nbytes: int  # with return address and saved frame pointer
    slots: int = 0
    name: str = "f"

    def apply(self, world: World) -> None:
        """Put a frame on the stack."""
        world.call(self.g, self.slots, self.name, self.nbytes)

    def __str__(self) -> str:
        return f"G{self.g}: call {self.name}, {thousands(self.nbytes)} B"


@dataclass(frozen=True, slots=True)
class Point:
    """Let a slot of a stack point to another slot of it. Go: runtime/stack.go, adjustpointers."""

    to: StackSlot
    local: StackSlot

    def apply(self, world: World) -> None:
        """Write the pointer."""
        world.point(self.to, self.local)

    def __str__(self) -> str:
        return f"G{self.to.g}: {self.to} = &{self.local}"


@dataclass(frozen=True, slots=True)
class GoExit:
    """Let a goroutine end. Go: runtime/proc.go, gdestroy."""

    g: int

    def apply(self, world: World) -> None:
        """Keep its g for the next one."""
        world.goexit(self.g)

    def __str__(self) -> str:
        return f"G{self.g} ends"


@dataclass(frozen=True, slots=True)
class StackAlloc:
    """Take a stack for no goroutine of this world. Go: runtime/stack.go, stackalloc."""

    nbytes: int
    p: int = 0
    pooled: bool = False  # not from P p's cache

    def apply(self, world: World) -> int:
        """Return its address."""
        return world.stackalloc(self.nbytes, self.p, self.pooled)

    def __str__(self) -> str:
        return f"a stack of {thousands(self.nbytes)} B on P{self.p}"


@dataclass(frozen=True, slots=True)
class StackFree:
    """Give such a stack back. Go: runtime/stack.go, stackfree."""

    address: int
    p: int = 0
    marking: bool = False  # a cycle that nobody saw marks just now
    pooled: bool = False  # not into P p's cache

    def apply(self, world: World) -> None:
        """Put it into P p's cache, or give its span back."""
        world.stackfree(self.address, self.p, self.marking, self.pooled)

    def __str__(self) -> str:
        return f"free the stack at {self.address:#x} on P{self.p}"
