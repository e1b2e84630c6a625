"""Ranges of addresses: sorted, apart from each other, and joined as soon as two of them touch.

The page allocator keeps the memory that the heap was grown by in one of these. A search in it finds the range above
an address; that is all that its other questions need.

Go: runtime/mranges.go.
Left out: addresses below zero and the offset that makes them sortable, the memory that the list itself takes, clones.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

from gomemlab.runtime.errors import ThrowError


class AddrRange(NamedTuple):
    """The addresses [base, limit).

    Go: runtime/mranges.go, addrRange.
    """

    base: int
    limit: int

    @property
    def size(self) -> int:
        """Return its bytes, 0 where the limit is not above the base."""
        return max(self.limit - self.base, 0)


NO_RANGE = AddrRange(0, 0)


@dataclass(slots=True)
class AddrRanges:
    """A set of addresses.

    Go: runtime/mranges.go, addrRanges.
    """

    ranges: list[AddrRange] = field(default_factory=list)  # ascending; no two touch
    total_bytes: int = 0

    def find_succ(self, address: int) -> int:
        """Return the index of the first range that begins above an address.

        Go: runtime/mranges.go, (*addrRanges).findSucc.
        """
        return bisect_right(self.ranges, address, key=_base)

    def find_addr_greater_equal(self, address: int) -> int | None:
        """Return the lowest address of the set that is not below this one, or None.

        Go: runtime/mranges.go, (*addrRanges).findAddrGreaterEqual.
        """
        i = self.find_succ(address)
        if i and address < self.ranges[i - 1].limit:
            return address
        return self.ranges[i].base if i < len(self.ranges) else None

    def contains(self, address: int) -> bool:
        """Say whether an address is in the set. Go: runtime/mranges.go, (*addrRanges).contains."""
        i = self.find_succ(address)
        return i > 0 and address < self.ranges[i - 1].limit

    def add(self, added: AddrRange) -> None:
        """Add a range, and join it with those that it touches.

        Raises ThrowError for an empty range, and for one that overlaps the set.
        Go: runtime/mranges.go, (*addrRanges).add.
        """
        if not added.size:
            raise ThrowError(f"attempted to add zero-sized address range at {added.base:#x}")
        ranges, i = self.ranges, self.find_succ(added.base)
        below = ranges[i - 1].limit if i else -1
        above = ranges[i].base if i < len(ranges) else added.limit + 1
        if below > added.base or above < added.limit:
            raise ThrowError(f"addresses {added.base:#x} to {added.limit:#x} are in part in the set already")
        first, last = i - (below == added.base), i + (above == added.limit)
        joined = [*ranges[first:i], added, *ranges[i:last]]
        ranges[first:last] = [AddrRange(joined[0].base, joined[-1].limit)]
        self.total_bytes += added.size

    def remove_last(self, nbytes: int) -> AddrRange:
        """Remove the highest range, or its last nbytes where it is larger, and return what was removed.

        Go: runtime/mranges.go, (*addrRanges).removeLast.
        """
        if not self.ranges:
            return NO_RANGE
        last = self.ranges.pop()
        cut = max(last.base, last.limit - nbytes)
        if cut > last.base:
            self.ranges.append(AddrRange(last.base, cut))
        self.total_bytes -= last.limit - cut
        return AddrRange(cut, last.limit)

    def remove_greater_equal(self, address: int) -> None:
        """Remove every address that is not below this one.

        Go: runtime/mranges.go, (*addrRanges).removeGreaterEqual.
        """
        kept = self.ranges[: self.find_succ(address)]
        if kept and address < kept[-1].limit:
            base = kept.pop().base
            kept += [AddrRange(base, address)] if base < address else []
        self.ranges = kept
        self.total_bytes = sum(kept_range.size for kept_range in kept)

    def copy(self) -> "AddrRanges":
        """Return a set of its own with the same addresses. Go: runtime/mranges.go, (*addrRanges).cloneInto."""
        return AddrRanges(self.ranges.copy(), self.total_bytes)

    def check(self) -> None:
        """Raise ThrowError unless the ranges ascend, are apart, and add up."""
        limit = -1
        for base, end in self.ranges:
            if not limit < base < end:
                raise ThrowError(f"range {base:#x} to {end:#x} behind one that ends at {limit:#x}: not apart, or empty")
            limit = end
        if self.total_bytes != sum(one.size for one in self.ranges):
            raise ThrowError(f"the ranges do not add up to {self.total_bytes} bytes")


def _base(one: AddrRange) -> int:
    return one.base
