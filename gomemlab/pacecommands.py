"""Commands for paced worlds: GOGC, the memory limit and time, as small frozen values like those in commands.

Go: runtime/mgcpacer.go, setGCPercent, setMemoryLimit; runtime/proc.go, sysmon.
Left out: nothing that a world can do.
"""

from dataclasses import dataclass

from gomemlab.runtime.phrases import count, thousands
from gomemlab.runtime.world import World


@dataclass(frozen=True, slots=True)
class SetGCPercent:
    """Set GOGC. Go: runtime/mgcpacer.go, setGCPercent."""

    gogc: int  # percent, -1 for off

    def apply(self, world: World) -> int:
        """Return what it was."""
        return world.set_gc_percent(self.gogc)

    def __str__(self) -> str:
        return f"GOGC = {'off' if self.gogc < 0 else self.gogc}"


@dataclass(frozen=True, slots=True)
class SetMemoryLimit:
    """Set the memory limit. Go: runtime/mgcpacer.go, setMemoryLimit."""

    nbytes: int | None  # None for none

    def apply(self, world: World) -> int:
        """Return what it was."""
        return world.set_memory_limit(self.nbytes)

    def __str__(self) -> str:
        return f"GOMEMLIMIT = {'off' if self.nbytes is None else thousands(self.nbytes) + ' B'}"


@dataclass(frozen=True, slots=True)
class Advance:
    """Let time pass without an allocation. Go: runtime/proc.go, sysmon."""

    ns: int
    busy: int = 0  # Ps that compute meanwhile

    def apply(self, world: World) -> None:
        """Let the clock go on."""
        world.advance(self.ns, self.busy)

    def __str__(self) -> str:
        return f"{thousands(self.ns)} ns pass, {count(self.busy, 'P')} at work"
