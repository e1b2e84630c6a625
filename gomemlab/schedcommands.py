"""Commands for the scheduler: who runs where, as small frozen values like those in commands.

Go: runtime/proc.go, schedule, goschedImpl, gopark, goready.
Left out: nothing that a world can do with a scheduler; goroutines start and end by commands of
stackcommands.
"""

from dataclasses import dataclass

from gomemlab.runtime.world import World


@dataclass(frozen=True, slots=True)
class SchedInit:
    """Begin to schedule. Go: runtime/proc.go, schedinit."""

    seed: int = 1  # of the order in which Ps look for work

    def apply(self, world: World) -> None:
        """Let G1 run on P0, and all others wait."""
        world.schedinit(self.seed)

    def __str__(self) -> str:
        return f"the scheduler begins, seed {self.seed}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Let a P run what is next. Go: runtime/proc.go, schedule."""

    p: int | None = None  # None: one that looks for work, at random

    def apply(self, world: World) -> int:
        """Return the goroutine, 0 where the P found none."""
        return world.schedule(self.p)

    def __str__(self) -> str:
        return "some P looks for work" if self.p is None else f"P{self.p} looks for work"


@dataclass(frozen=True, slots=True)
class Execute:
    """Let a P run a goroutine, whoever is next. Go: runtime/proc.go, execute."""

    g: int
    p: int = 0

    def apply(self, world: World) -> None:
        """Run it."""
        world.execute(self.g, self.p)

    def __str__(self) -> str:
        return f"P{self.p} runs G{self.g}"


@dataclass(frozen=True, slots=True)
class Gosched:
    """Let a goroutine give its P up. Go: runtime/proc.go, goschedImpl."""

    g: int
    preempted: bool = False

    def apply(self, world: World) -> None:
        """Put it at the end of the global queue."""
        world.gosched(self.g, self.preempted)

    def __str__(self) -> str:
        return f"G{self.g} {'is preempted' if self.preempted else 'calls Gosched'}"


@dataclass(frozen=True, slots=True)
class Gopark:
    """Let a goroutine wait. Go: runtime/proc.go, gopark."""

    g: int
    reason: str = "chan receive"

    def apply(self, world: World) -> None:
        """Take it off its P."""
        world.gopark(self.g, self.reason)

    def __str__(self) -> str:
        return f"G{self.g} waits: {self.reason}"


@dataclass(frozen=True, slots=True)
class Goready:
    """Wake a goroutine. Go: runtime/proc.go, goready."""

    g: int
    p: int = 0  # -1: from outside

    def apply(self, world: World) -> None:
        """Make it runnable."""
        world.goready(self.g, self.p)

    def __str__(self) -> str:
        return f"{'the network' if self.p < 0 else f'P{self.p}'} wakes G{self.g}"
