"""The counters that every statistic is computed from.

mcaches add to them when they let a span go, so what a cached span has handed out since is in the span, not here; mstats
joins the two as runtime.ReadMemStats does by flushing.

Go: runtime/mstats.go, heapStatsDelta; runtime/mgcpacer.go, gcControllerState.
Left out: the per-P shards that make the counters cheap to add to.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from operator import mul
from typing import NamedTuple

from gomemlab.runtime.arch import NUM_SIZE_CLASSES

FROM_CACHE, FROM_HEAP, FROM_OS = range(3)  # a P's page cache; the page allocator; the page allocator after a growth


class LastMark(NamedTuple):
    """The heap when a mark phase ended: what a heap profile shows is as old as this.

    Go: runtime/mstats.go, mstats; runtime/mprof.go, mProf_NextCycle.
    """

    cycle: int  # 0: none has ended
    marked: tuple[tuple[int, int], ...]  # (bytes of a slot, objects marked), ascending
    heap_alloc: int  # bytes in slots, dead or alive
    total_alloc: int  # bytes ever allocated
    total_free: int  # bytes ever freed

    @property
    def live(self) -> int:
        """Return the bytes of what was marked. Go: runtime/mgcpacer.go, gcControllerState."""
        return sum(size * objects for size, objects in self.marked)


NO_MARK = LastMark(0, (), 0, 0, 0)


@dataclass(slots=True)
class HeapStats:
    """Running totals, in bytes unless said."""

    mapped: int = 0  # got from the operating system, in whole chunks
    released: int = 0  # of it, not backed by memory: never touched, or scavenged
    in_heap: int = 0  # in spans of objects
    in_manual: int = 0  # in spans of stacks and other runtime memory
    small_alloc_count: list[int] = field(default_factory=lambda: [0] * NUM_SIZE_CLASSES)  # objects, by size class
    small_free_count: list[int] = field(default_factory=lambda: [0] * NUM_SIZE_CLASSES)  # objects, by size class
    large_alloc: int = 0
    large_alloc_count: int = 0  # objects
    large_free: int = 0
    large_free_count: int = 0  # objects
    tiny_alloc_count: int = 0  # objects placed into a tiny block that another one had begun
    zero_sized: int = 0  # requests for no bytes; Go does not count them
    refills: int = 0  # requests that an mcache could not serve
    restored: int = 0  # objects that were there when the world began, which nobody has asked this world for
    restored_large: int = 0  # of them, large ones
    heap_live: int = 0  # what the collector found alive, and all slots of the spans that were cached since
    num_gc: int = 0  # finished cycles
    num_forced_gc: int = 0  # of them, those that the program asked for
    made_from: list[int] = field(default_factory=lambda: [0] * 3)  # object spans, by where their pages came from

    def slot_bytes(self, elemsize: Sequence[int], counts: Sequence[int] | None = None) -> tuple[int, int]:
        """Return the bytes of slots ever allocated and freed.

        counts are the small objects allocated, by size class; without them, those that no cached span still keeps.
        Go: runtime/mgcpacer.go, gcControllerState (its totals).
        """
        allocated = self.small_alloc_count if counts is None else counts
        small, freed = sum(map(mul, allocated, elemsize)), sum(map(mul, self.small_free_count, elemsize))
        return self.large_alloc + small, self.large_free + freed

    def copy(self) -> "HeapStats":
        """Return an independent copy."""
        new = copy(self)
        new.small_alloc_count = self.small_alloc_count.copy()
        new.small_free_count = self.small_free_count.copy()
        new.made_from = self.made_from.copy()
        return new
