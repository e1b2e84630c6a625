"""Commands for memory on its way to and from the operating system, as small frozen values like those in commands.

Go: runtime/debug/garbage.go, FreeOSMemory; runtime/mgcscavenge.go, (*pageAlloc).scavenge.
Left out: nothing that a world can do there.
"""

from dataclasses import dataclass

from gomemlab.runtime.phrases import thousands
from gomemlab.runtime.world import World


@dataclass(frozen=True, slots=True)
class FreeOSMemory:
    """Collect, then give back all that is free. Go: runtime/debug/garbage.go, FreeOSMemory."""

    def apply(self, world: World) -> int:
        """Return the bytes given back."""
        return world.free_os_memory()

    def __str__(self) -> str:
        return "debug.FreeOSMemory()"


@dataclass(frozen=True, slots=True)
class Scavenge:
    """Give back some free pages. Go: runtime/mgcscavenge.go, (*pageAlloc).scavenge."""

    nbytes: int = 64 << 10
    force: bool = False  # from dense chunks, too

    def apply(self, world: World) -> int:
        """Return the bytes given back."""
        return world.scavenge(self.nbytes, self.force)

    def __str__(self) -> str:
        return f"scavenge {thousands(self.nbytes)} B{' by force' if self.force else ''}"


@dataclass(frozen=True, slots=True)
class ScavengeBackground:
    """Let the background scavenger work once. Go: runtime/mgcscavenge.go, (*scavengerState).run."""

    def apply(self, world: World) -> int:
        """Return the bytes given back."""
        return world.scavenge_background()

    def __str__(self) -> str:
        return "the background scavenger works once"


@dataclass(frozen=True, slots=True)
class Touch:
    """Write to an object."""

    address: int
    nbytes: int | None = None  # None: all of it

    def apply(self, world: World) -> int:
        """Return the pages that became resident."""
        return world.touch(self.address, self.nbytes)

    def __str__(self) -> str:
        return f"write {'all' if self.nbytes is None else f'{thousands(self.nbytes)} B'} of {self.address:#x}"


@dataclass(frozen=True, slots=True)
class CMalloc:
    """Let C code allocate."""

    nbytes: int

    def apply(self, world: World) -> int:
        """Return the address."""
        return world.c_malloc(self.nbytes)

    def __str__(self) -> str:
        return f"C.malloc({thousands(self.nbytes)} B)"


@dataclass(frozen=True, slots=True)
class CFree:
    """Let C code give back what it has at an address."""

    address: int

    def apply(self, world: World) -> None:
        """Take it from C code."""
        world.c_free(self.address)

    def __str__(self) -> str:
        return f"C.free({self.address:#x})"


@dataclass(frozen=True, slots=True)
class MemoryPressure:
    """Let the kernel need memory."""

    def apply(self, world: World) -> int:
        """Return the bytes that the kernel took."""
        return world.memory_pressure()

    def __str__(self) -> str:
        return "the kernel needs memory"


@dataclass(frozen=True, slots=True)
class MAdvise:
    """Choose how pages are given back."""

    dontneed: bool = True  # False: GODEBUG=madvdontneed=0

    def apply(self, world: World) -> None:
        """Set it."""
        world.set_madvdontneed(self.dontneed)

    def __str__(self) -> str:
        return f"GODEBUG=madvdontneed={int(self.dontneed)}"


@dataclass(frozen=True, slots=True)
class LimitMemory:
    """Set the memory limit. Go: runtime/mgcpacer.go, setMemoryLimit."""

    nbytes: int | None  # None for none

    def apply(self, world: World) -> None:
        """Set it."""
        world.limit_memory(self.nbytes)

    def __str__(self) -> str:
        return f"memory limit {'off' if self.nbytes is None else f'{thousands(self.nbytes)} B'}"
