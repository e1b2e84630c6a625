"""What a process's memory looks like to the operating system at one moment, for those who look and do not touch.

Go: runtime/mgcscavenge.go, scavenge, scavengeIndex; runtime/mem.go.
Left out: which pages are scavenged, which the chunks of a snapshot show.
"""

from collections.abc import Sequence
from typing import NamedTuple

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.alloc.scavenging import NO_GOAL, NO_LIMIT
from gomemlab.runtime.arch import PALLOC_CHUNK_BYTES
from gomemlab.runtime.footprint import Footprint, footprint, profiled
from gomemlab.runtime.heapprofile import RATE, HeapProfile, heap_profile
from gomemlab.runtime.malloc import P
from gomemlab.runtime.mstats import MemStats
from gomemlab.runtime.scavenger import Scavenger


class MemoryInfo(NamedTuple):
    """The ledger from RSS to live bytes, and what the scavenger is about to do."""

    ledger: Footprint
    profiled: tuple[tuple[int, int], ...]  # (bytes of a slot, objects) that a heap profile is taken of
    memory_limit: int | None  # bytes; None: no limit
    memory_limit_goal: int | None  # bytes that the runtime may have ready; None: no goal
    gc_percent_goal: int | None  # bytes that the heap may retain; None: no goal
    advice: str  # what the kernel is told of pages that are not needed
    untouched: dict[int, int]  # by first page / 512: pages that are ready, and nobody wrote to
    lazy: dict[int, int]  # by first page / 512: pages given back that the kernel has not taken
    c_blocks: tuple[tuple[int, int], ...]  # (address, bytes) that C code has
    parked: bool  # the background scavenger waits for a sweep to end
    wake_at: int  # ns, when it works next, unless it is parked
    sleep_ratio: float  # ns worked for each ns that it sleeps
    released_bg: int  # bytes, ever
    released_eager: int  # bytes, ever
    generation: int  # of the scavenge index

    def profile(self, rate: int = RATE, seed: int = 1) -> HeapProfile:
        """Return what a heap profile would say, with the truth beside it."""
        return heap_profile(self.profiled, rate, seed)


def memory_info(heap: MHeap, ps: Sequence[P], stats: MemStats, scavenger: Scavenger) -> MemoryInfo:
    """Return what there is to see of a process's memory."""
    scavenging, os = heap.scavenging, heap.os
    first = heap.arena_base // PALLOC_CHUNK_BYTES
    return MemoryInfo(
        ledger=footprint(heap, ps, stats),
        profiled=profiled(heap, ps),
        memory_limit=None if scavenging.memory_limit == NO_LIMIT else scavenging.memory_limit,
        memory_limit_goal=_goal(scavenging.memory_limit_goal),
        gc_percent_goal=_goal(scavenging.gc_percent_goal),
        advice=os.advice,
        untouched={ci - first: bits for ci, bits in os.untouched.items()},
        lazy={ci - first: bits for ci, bits in os.lazy.items()},
        c_blocks=tuple(os.c_blocks.items()),
        parked=scavenger.parked,
        wake_at=scavenger.wake_at,
        sleep_ratio=scavenger.sleep_ratio,
        released_bg=scavenging.released_bg,
        released_eager=scavenging.released_eager,
        generation=heap.pages.scav.gen,
    )


def _goal(nbytes: int) -> int | None:
    return None if nbytes == NO_GOAL else nbytes
