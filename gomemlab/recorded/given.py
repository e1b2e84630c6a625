"""Commands that only a recording gives: what a trace tells of a program, and what nobody would ask a world for.

They are made as a plan runs, since marks and turns name the spans of the model. A timeline takes them like any other.

Go: runtime/malloc.go, mallocgcTiny; runtime/mgc.go, gcMarkTermination; runtime/mgcsweep.go, bgsweep, deductSweepCredit.
Left out: nothing.
"""

from dataclasses import dataclass
from functools import lru_cache

from gomemlab.recorded.turns import ALL
from gomemlab.runtime.alloc.heaparena import NO_SPAN
from gomemlab.runtime.phrases import count
from gomemlab.runtime.world import World


@dataclass(frozen=True, slots=True)
class AddTiny:
    """Put a tiny object of unknown size into the tiny block that is there. Go: runtime/malloc.go, mallocgcTiny."""

    p: int = 0

    def apply(self, world: World) -> None:
        """Book the object."""
        world.add_tiny(self.p)

    def __str__(self) -> str:
        return f"a tiny object of unknown size on P{self.p}"


@lru_cache(maxsize=64)
def add_tiny(p: int = 0) -> AddTiny:
    """Return the AddTiny on a P, the same value each time."""
    return AddTiny(p)


@dataclass(frozen=True, slots=True)
class SweepBegin:
    """End a marking that nobody saw, and begin to sweep. Go: runtime/mgc.go, gcMarkTermination."""

    marks: tuple[tuple[int, int], ...]  # (span id, bitmap of its marked slots)
    page_marks: tuple[int, ...]  # ids of the spans that reclaim passes over

    def apply(self, world: World) -> None:
        """Make all spans unswept."""
        world.sweep_begin(dict(self.marks), page_marks=self.page_marks, flush_stacks=False)

    def __str__(self) -> str:
        return f"end marking with {count(sum(bits.bit_count() for _, bits in self.marks), 'marked object')}"


@dataclass(frozen=True, slots=True)
class FlushStacks:
    """Let the world go on after a collection: nobody keeps free stacks. Go: runtime/stack.go, freeStackSpans."""

    def apply(self, world: World) -> None:
        """Give every empty span of stacks back."""
        world.flush_stacks()

    def __str__(self) -> str:
        return "flush the caches of stacks"


@dataclass(frozen=True, slots=True)
class SweepSpans:
    """Give the background sweeper, or runtime.GC, a turn of some length. Go: runtime/mgcsweep.go, bgsweep."""

    spans: int  # at most, unless ...
    last: int = NO_SPAN  # ... this one, by its id, is swept only later

    def apply(self, world: World) -> int:
        """Return the spans it swept."""
        return world.sweep_turn(0, self.spans, self.last)

    def __str__(self) -> str:
        return f"sweep {'what is left' if self.spans == ALL else count(self.spans, 'span')} in the background"


@dataclass(frozen=True, slots=True)
class SweepDebt:
    """Say what the next allocation of a span sweeps first. Go: runtime/mgcsweep.go, deductSweepCredit."""

    pages: int  # at least, and more ...
    last: int = NO_SPAN  # ... until this span is swept

    def apply(self, world: World) -> None:
        """Let it be owed."""
        world.sweep_debt(self.pages, self.last)

    def __str__(self) -> str:
        return f"{count(self.pages, 'page')} to sweep before the next span"
