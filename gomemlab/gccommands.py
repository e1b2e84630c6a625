"""Commands for the collector, as small frozen values like those in commands: whole cycles, and single steps of one.

Go: runtime/mgc.go, GC; runtime/mgcmark.go; runtime/mgcsweep.go.
Left out: when a cycle begins by itself; pacecommands has what decides that.
"""

from dataclasses import dataclass

from gomemlab.runtime.world import World


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
