"""A span: a run of pages cut into slots of one size.

Free slots are found by two fields together. Every slot below freeindex is taken; at and above it, alloc_bits says which
slots lived through the last sweep. malloc never writes alloc_bits: it only moves freeindex on, over the slots it hands
out.

Taking one slot is taking a run of length 1: `take(n)` gives up to n neighbouring slots. Between two refills of a span
class nothing but this arithmetic happens, so a million objects cost as much as their spans.

Only a span in an mcache is ever written to. Whoever changes one at rest puts a changed copy in its place (MHeap.thaw),
so copies of a world share all spans at rest.

Go: runtime/mheap.go, mspan; runtime/mbitmap.go, (*mspan).nextFreeIndex, (*mspan).refillAllocCache; runtime/malloc.go,
nextFreeFast; runtime/mgcsweep.go, (*sweepLocked).sweep.
Left out: allocCache, the 64-bit window on alloc_bits (run_end does its work); freeIndexForScan; specials.
"""

from dataclasses import dataclass, fields
from enum import IntEnum
from operator import attrgetter

from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.runtime.errors import ThrowError


class SpanState(IntEnum):
    """What a span's pages are used for.

    Go: runtime/mheap.go, mSpanDead, mSpanInUse, mSpanManual.
    """

    DEAD = 0
    IN_USE = 1
    MANUAL = 2


IN_USE = SpanState.IN_USE  # by this name for what meets every span: an enum looks its members up the long way


def trailing_ones(bits: int) -> int:
    """Return how many of the lowest bits are set before the first clear one."""
    return (~bits & (bits + 1)).bit_length() - 1


@dataclass(slots=True, eq=False)
class MSpan:
    """One span, as the heap knows it."""

    id: int  # counts spans in the order they were made; Go knows a span by its record's address
    base: int  # address of the first byte
    npages: int
    spanclass: int = 0  # size class << 1 | noscan
    elemsize: int = 0  # bytes
    nelems: int = 0  # slots
    state: SpanState = SpanState.DEAD
    sweepgen: int = (
        0  # to the heap's h: h-2 unswept, h-1 being swept, h swept, h+1 cached unswept, h+3 swept and cached
    )
    needzero: bool = False  # the memory was used before
    freeindex: int = 0  # slots below are taken
    run_end: int = 0  # slots from freeindex up to here are known to be free
    alloc_bits: int = 0  # bit i set: slot i lived through the last sweep
    alloc_count_before_cache: int = 0  # the same when the span was cached
    requested: int = 0  # bytes that callers asked for; the lab's own bookkeeping, Go does not know it

    @property
    def alloc_count(self) -> int:
        """Return the number of slots taken; Go keeps it in a field."""
        if not self.alloc_bits:
            return self.freeindex
        return self.freeindex + (self.alloc_bits >> self.freeindex).bit_count()

    @property
    def limit(self) -> int:
        """Return the address behind the last slot."""
        return self.base + self.nelems * self.elemsize

    @property
    def nbytes(self) -> int:
        """Return the bytes of the span's pages."""
        return self.npages * PAGE_SIZE

    def take(self, n: int) -> int | None:
        """Take up to n neighbouring free slots; return the first, or None when the span is full.

        The slots taken are first .. freeindex - 1. Go: runtime/malloc.go, nextFreeFast.
        """
        first = self.freeindex
        end = first + n
        if end > self.run_end:
            if first == self.run_end:
                if first == self.nelems:
                    return None
                first = self.next_free_index()
                if first == self.nelems:
                    return None
                end = first + n
            if end > self.run_end:  # noqa: PLR1730 - min() would be a twentieth of a refill
                end = self.run_end
        self.freeindex = end
        return first

    def next_free_index(self) -> int:
        """Move freeindex to the next free slot and return it; nelems when there is none.

        Go: runtime/mbitmap.go, (*mspan).nextFreeIndex.
        """
        if self.freeindex < self.run_end or self.freeindex == self.nelems:
            return self.freeindex
        ahead = self.alloc_bits >> self.freeindex
        taken = trailing_ones(ahead)
        start = min(self.freeindex + taken, self.nelems)
        ahead >>= taken
        free = (ahead & -ahead).bit_length() - 1  # -1 where nothing lies ahead: the rest of the span is free
        self.freeindex = start
        self.run_end = start + free if free >= 0 else self.nelems
        return start

    def step_back(self) -> None:
        """Undo what a take that found nothing did to a cached span: freeindex is behind the last slot it gave."""
        given = (1 << self.nelems) - 1 & ~self.alloc_bits
        self.freeindex = self.run_end = given.bit_length()

    def is_free(self, slot: int) -> bool:
        """Say whether nothing was allocated in the slot.

        Go: runtime/mbitmap.go, (*mspan).isFree.
        """
        return slot >= self.freeindex and not self.alloc_bits >> slot & 1

    def taken_bits(self) -> int:
        """Return the bitmap of all taken slots: those below freeindex and those alive since the last sweep."""
        return self.alloc_bits | (1 << self.freeindex) - 1

    def sweep(self, sweepgen: int, marks: int) -> int:
        """Make the marks the new alloc_bits and return how many slots that freed.

        What each object asked for is not known: the survivors keep their share of it, rounded down.
        Go: runtime/mgcsweep.go, (*sweepLocked).sweep. Left out here: what becomes of the span (see MHeap.sweep).
        """
        taken, survivors = self.alloc_count, marks.bit_count()
        freed = taken - survivors
        if freed < 0:
            raise ThrowError(f"sweep increased allocation count of span {self.id}: {taken} taken, {survivors} marked")
        if freed:
            self.requested = self.requested * survivors // taken
            self.needzero = True
        self.freeindex = self.run_end = 0
        self.alloc_bits = marks
        self.sweepgen = sweepgen
        return freed

    def copy(self) -> "MSpan":
        """Return an independent span in the same state."""
        return MSpan(*_state(self))

    def check(self) -> None:
        """Raise ThrowError where the fields contradict each other."""
        full = (1 << self.nelems) - 1
        known_free = (1 << max(self.run_end - self.freeindex, 0)) - 1
        in_order = self.freeindex <= self.run_end <= self.nelems
        problems = {
            f"freeindex {self.freeindex} is beyond nelems {self.nelems}": self.freeindex > self.nelems,
            f"run_end {self.run_end} is not in {self.freeindex} .. {self.nelems}": not in_order,
            "alloc_bits has bits beyond nelems": self.alloc_bits & ~full,
            "a slot of the known free run is taken": self.alloc_bits >> self.freeindex & known_free,
            f"slots end at {self.limit:#x}, behind the span": self.limit > self.base + self.nbytes,
        }
        for problem, found in problems.items():
            if found:
                raise ThrowError(f"span {self.id}: {problem}")


_state = attrgetter(*(f.name for f in fields(MSpan)))
EMPTY_SPAN = MSpan(-1, base=0, npages=0)  # what an mcache holds where it has no span; without a slot, it never changes
