"""Dead goroutines: their records, the gs, wait to be used again; none is ever freed.

Each P has a list of its own. When 64 are in it, it keeps 31 and hands the others to the lists that all Ps share, one
for gs with a stack and one for those without; when it is empty it takes 32 from there, those with a stack first.

Go: runtime/proc.go, gfput, gfget, gfpurge.
Left out: the lock of the shared lists, which the caller counts; a cycle that finds no stack there takes it, too.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

FULL, HALF = 64, 32  # dead gs of a P: with so many it gives some away; so many it takes, or keeps fewer than


class G(NamedTuple):
    """A dead goroutine's record. Go: runtime/runtime2.go, g."""

    record: int  # address, 0 for one that came with the process
    lo: int  # address of its stack, 0 for none
    size: int  # bytes of its stack, 0 for none


@dataclass(slots=True, eq=False)
class GFree:
    """All dead gs, in lists whose last one is taken next."""

    local: list[list[G]] = field(default_factory=list)  # by P. Go: p.gFree
    stack: list[G] = field(default_factory=list)  # shared, those with a stack. Go: sched.gFree.stack
    no_stack: list[G] = field(default_factory=list)  # shared, the others. Go: sched.gFree.noStack

    def put(self, g: G, p: int) -> bool:
        """Add a dead g to P p's list; say whether that gave some to the shared lists. Go: runtime/proc.go, gfput."""
        mine = self.local[p]
        mine.append(g)
        shares = len(mine) >= FULL
        if shares:
            self._share(mine, HALF - 1)
        return shares

    def must_ask(self, p: int) -> bool:
        """Say whether P p has none, and the shared lists have some."""
        return not self.local[p] and bool(self.stack or self.no_stack)

    def get(self, p: int) -> G | None:
        """Take a dead g for P p, None where there is none. Go: runtime/proc.go, gfget."""
        mine = self.local[p]
        if not mine:
            while len(mine) < HALF and (self.stack or self.no_stack):
                mine.append((self.stack or self.no_stack).pop())
        return mine.pop() if mine else None

    def _share(self, mine: list[G], keep: int) -> None:
        while len(mine) > keep:
            g = mine.pop()
            (self.stack if g.lo else self.no_stack).append(g)

    def take_stacks(self) -> list[G]:
        """Return the shared gs with a stack, the first one last, which lose it: they are now among the others."""
        taken, self.stack = self.stack, []
        self.no_stack += [G(g.record, 0, 0) for g in taken]
        return taken

    def resize(self, procs: int) -> None:
        """Have lists for so many Ps; what those have that go away is shared. Go: runtime/proc.go, gfpurge."""
        for mine in self.local[procs:]:
            self._share(mine, 0)
        del self.local[procs:]
        self.local += [[] for _ in range(len(self.local), procs)]

    def __len__(self) -> int:
        """Return how many dead gs there are."""
        return len(self.stack) + len(self.no_stack) + sum(map(len, self.local))

    @property
    def with_stack(self) -> int:
        """Return how many of them have a stack."""
        return len(self.stack) + sum(bool(g.lo) for mine in self.local for g in mine)

    def copy(self) -> "GFree":
        """Return an independent copy."""
        return GFree([mine.copy() for mine in self.local], self.stack.copy(), self.no_stack.copy())
