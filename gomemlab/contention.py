"""Contention: what Ps cost one another, at a lock and on a cache line. This is a cost model.

A lock lets one P through at a time: of n Ps that come at once, the last waits for all the others. A cache line, 64 B,
belongs to the core that wrote it last: two Ps that write side by side on one line take it from each other with each
write, although neither looks at what the other wrote. Go keeps such things apart with padding.

Go: runtime/lock_spinbit.go, lock2; sync/pool.go, poolLocal; runtime/mheap.go, mheap.
Left out: that waiting Ps spin first and sleep then, which of them comes next, and reads.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from gomemlab.costs import HANDOVER, HELD, LINE_OTHER, LINE_OWN
from gomemlab.runtime.errors import MisuseError

CACHE_LINE = 64  # bytes
WORD = 8  # bytes
NOBODY = -1  # writes a word of padding
MAX_PS = 64


class Waits(NamedTuple):
    """What n Ps wait that want a lock at the same moment, in ns of the cost model."""

    lock: str
    ps: int
    each: tuple[int, ...]  # by the order in which they get it

    @property
    def last(self) -> int:
        """Return what the last one waits."""
        return self.each[-1]

    @property
    def mean(self) -> float:
        """Return what they wait on average."""
        return sum(self.each) / self.ps

    @property
    def total(self) -> int:
        """Return what they wait together."""
        return sum(self.each)


def contend(lock: str, ps: int) -> Waits:
    """Return what so many Ps wait that want a lock at once.

    Raises MisuseError for a lock that nobody counts, and a number of Ps that no world has.
    """
    if lock not in HELD:
        raise MisuseError(f"there is no lock {lock!r}; give one of {', '.join(HELD)}")
    _check_ps(ps)
    return Waits(lock, ps, tuple(i * (HELD[lock] + HANDOVER) for i in range(ps)))


def held(taken: Mapping[str, int]) -> int:
    """Return how long locks were held that were taken so many times, in ns of the cost model."""
    return sum(HELD[lock] * times for lock, times in taken.items())


# Cache lines


class Layout(NamedTuple):
    """One element of an array of which each P writes its own."""

    name: str
    size: int  # bytes that are used
    padded: int  # bytes from one to the next in Go

    def stride(self, padding: bool) -> int:
        """Return the bytes from one element to the next, with Go's padding or without."""
        return self.padded if padding else self.size


POOL_LOCAL: Final = Layout("poolLocal", 32, 128)  # a P's shard of a pool; two lines, since cores fetch them in pairs
MCENTRAL: Final = Layout("mcentral", 168, 192)  # one for each span class, here each P's own one
COUNTER: Final = Layout("counter", 8, 64)  # what a program might count with, by P
LAYOUTS: Final = {layout.name: layout for layout in (POOL_LOCAL, MCENTRAL, COUNTER)}


class Sharing(NamedTuple):
    """Which Ps write which line, and what that costs, in ns of the cost model."""

    layout: Layout
    padding: bool
    writers: tuple[tuple[int, ...], ...]  # the Ps that write each line of the array
    ns: int  # for all writes of all Ps

    @property
    def shared(self) -> int:
        """Return how many lines are written by more than one P."""
        return sum(len(ps) > 1 for ps in self.writers)

    @property
    def nbytes(self) -> int:
        """Return the bytes of the array."""
        return self.layout.stride(self.padding) * len({p for ps in self.writers for p in ps})


def share(layout: Layout, ps: int, writes: int = 1, padding: bool = True) -> Sharing:
    """Return what it costs when so many Ps write their elements in turns, each so many times.

    Raises MisuseError for a number of Ps that no world has, and for less than no writes.
    """
    _check_ps(ps)
    if type(writes) is not int or writes < 0:
        raise MisuseError(f"{writes!r} writes are not possible; give 0 or more")
    writers = lines(layout, ps, padding)
    each = sum(len(line) * a_write(line) for line in writers)
    return Sharing(layout, padding, writers, each * writes)


def a_write(writers: Sequence[int]) -> int:
    """Return what a write costs, in ns, to a line that these Ps write in turns."""
    return LINE_OTHER if len(writers) > 1 else LINE_OWN


def lines(layout: Layout, ps: int, padding: bool) -> tuple[tuple[int, ...], ...]:
    """Return which Ps write each line of an array with an element for each, which begins on a line."""
    return tuple(tuple(p for p in dict.fromkeys(line) if p != NOBODY) for line in words(layout, ps, padding))


def words(layout: Layout, ps: int, padding: bool) -> tuple[tuple[int, ...], ...]:
    """Return which P writes each word of each line of such an array; NOBODY writes padding, and what lies behind."""
    stride, found = layout.stride(padding) // WORD, list[int]()
    for p in range(ps):
        found += [p] * (layout.size // WORD) + [NOBODY] * (stride - layout.size // WORD)
    found += [NOBODY] * (-len(found) % (CACHE_LINE // WORD))
    return tuple(tuple(found[i : i + CACHE_LINE // WORD]) for i in range(0, len(found), CACHE_LINE // WORD))


def _check_ps(ps: object) -> None:
    if type(ps) is not int or not 1 <= ps <= MAX_PS:
        raise MisuseError(f"{ps!r} Ps are not possible here; give 1 to {MAX_PS}")
