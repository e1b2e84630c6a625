"""A P's run queue, and the order in which a P looks for one to steal from.

A queue is a ring of 256 goroutines and one place before it, runnext: who was made runnable last by the goroutine that
runs there is the next to run. Whoever was in runnext before goes to the end of the ring. A thief takes the older half
of the ring, and runnext only as a last resort.

Thieves look at the other Ps in an order without pattern or repetition: from some P on in steps of a number that has no
divisor in common with the number of Ps.

Go: runtime/proc.go, runqput, runqputslow, runqget, runqgrab, runqsteal, randomOrder; runtime/rand.go, cheaprand.
Left out: two Ps at the same queue at the same time, and the shuffled queues of -race.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from math import gcd

RUNQ_SIZE = 256  # goroutines in the ring
NO_G = 0  # goroutines count from 1
_MASK = (1 << 32) - 1


@dataclass(slots=True, eq=False)
class RunQueue:
    """The goroutines that wait for one P, by number. Go: runtime/runtime2.go, p."""

    ring: deque[int] = field(default_factory=deque)  # the next first
    runnext: int = NO_G

    def put(self, g: int, runnext: bool) -> tuple[int, list[int]]:
        """Add a goroutine, in runnext or at the end.

        Return the one that runnext held before, and those that found no room: half of the ring, and the last.
        Go: runtime/proc.go, runqput.
        """
        kicked = NO_G
        if runnext:
            kicked, self.runnext = self.runnext, g
            g = kicked
        if g == NO_G:
            return NO_G, []
        if len(self.ring) < RUNQ_SIZE:
            self.ring.append(g)
            return kicked, []
        return kicked, [*self._take(RUNQ_SIZE // 2), g]

    def put_batch(self, gs: Iterable[int]) -> None:
        """Add goroutines to a ring that has room for them. Go: runtime/proc.go, runqputbatch."""
        self.ring.extend(gs)

    def get(self) -> int:
        """Take the first of the ring, NO_G where it is empty; runnext is the caller's. Go: runtime/proc.go, runqget."""
        return self.ring.popleft() if self.ring else NO_G

    def take_next(self) -> int:
        """Take who is in runnext, NO_G where nobody is."""
        g, self.runnext = self.runnext, NO_G
        return g

    def grab(self) -> list[int]:
        """Take the older half of the ring, rounded up. Go: runtime/proc.go, runqgrab."""
        return self._take(len(self.ring) - len(self.ring) // 2)

    def _take(self, n: int) -> list[int]:
        return [self.ring.popleft() for _ in range(n)]

    def drain(self) -> list[int]:
        """Take all: first runnext, then the ring in its order, as a P that goes away leaves them."""
        g = self.take_next()
        return [*([g] if g else []), *self._take(len(self.ring))]

    def remove(self, g: int) -> None:
        """Take out a goroutine that is in here."""
        if g == self.runnext:
            self.runnext = NO_G
        else:
            self.ring.remove(g)

    def __contains__(self, g: int) -> bool:
        """Say whether a goroutine waits here."""
        return g == self.runnext or g in self.ring

    def __iter__(self) -> Iterator[int]:
        """Yield the goroutines, the next one first."""
        if self.runnext:
            yield self.runnext
        yield from self.ring

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self.ring) + (self.runnext != NO_G)

    def copy(self) -> "RunQueue":
        """Return an independent copy."""
        return RunQueue(self.ring.copy(), self.runnext)


def steal_order(procs: int, number: int) -> Iterator[int]:
    """Yield the Ps 0 to procs - 1 in the order that a random number stands for.

    Go: runtime/proc.go, (*randomOrder).reset, (*randomOrder).start, (*randomEnum).next.
    """
    coprimes = _coprimes(procs)
    step = coprimes[number // procs % len(coprimes)]
    return ((number + i * step) % procs for i in range(procs))


@cache
def _coprimes(procs: int) -> tuple[int, ...]:
    return tuple(i for i in range(1, procs + 1) if gcd(i, procs) == 1)


def cheaprand(state: int) -> tuple[int, int]:
    """Return the next state of Go's cheap random numbers, and the number. Go: runtime/rand.go, cheaprand."""
    state = state + 0x53C5CA59 & _MASK
    product = state * (state ^ 0x74743C1B)
    return state, product >> 32 ^ product & _MASK
