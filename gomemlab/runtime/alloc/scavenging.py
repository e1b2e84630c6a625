"""Giving free pages back to the operating system: how much, and on whose account.

One routine does it, from the highest address down, until it has given back what was asked. Three ask: the background
scavenger, an allocation that made the heap grow (as much as it grew, where more than the goal would be retained), and
whoever is near the memory limit, by force. The goals are set when a cycle ends: 110 % of what the heap is
going to need, and 95 % of the memory limit.

Go: runtime/mgcscavenge.go, gcPaceScavenger, (*pageAlloc).scavenge, (*pageAlloc).scavengeOne; runtime/mheap.go,
(*mheap).allocSpan.
Left out: the trace of GODEBUG=scavtrace, the heap lock that is dropped between two runs of pages, the look at a chunk's
summary first (with physical pages below 8 KiB it only makes Go faster).
"""

from dataclasses import dataclass
from typing import Protocol

from gomemlab.runtime.alloc.heapstats import HeapStats
from gomemlab.runtime.alloc.osmem import OSMemory
from gomemlab.runtime.alloc.pagealloc import PageAlloc, chunk_base
from gomemlab.runtime.alloc.scavenge import find_scavenge_candidate
from gomemlab.runtime.arch import PAGE_SHIFT, PAGE_SIZE
from gomemlab.runtime.events import Entry
from gomemlab.runtime.memevents import GROWTH, LIMIT, PagesScavenged, ScavengeEnded, ScavengerPaced

NO_GOAL = (1 << 64) - 1
NO_LIMIT = (1 << 63) - 1  # bytes; math.MaxInt64 is how Go says that there is no memory limit
ALL = -1  # bytes to give back: whatever there is
RETAIN_EXTRA_PERCENT = 10
REDUCE_EXTRA_PERCENT = 5
PHYS_PAGE_SIZE = 4096  # bytes
NS_PER_PHYS_PAGE = 330  # cost model: madvise took so long on the machine of the recordings (Go assumes 10 µs at most)


class Heap(Protocol):
    """What scavenging needs of the heap (MHeap has it)."""

    pages: PageAlloc
    stats: HeapStats
    os: OSMemory
    log: list[Entry]
    scavenging: "Scavenging"

    def page_of(self, address: int) -> int:
        """Return the page that holds an address."""

    def mapped_ready(self) -> int:
        """Return the bytes that the runtime has and has not given back."""


def heap_retained(heap: Heap) -> int:
    """Return the bytes of a heap, without stacks, that it has not given back.

    Go: runtime/mgcscavenge.go, heapRetained.
    """
    return heap.stats.mapped - heap.stats.in_manual - heap.stats.released


@dataclass(slots=True)
class Scavenging:
    """The goals, and what was given back.

    Go: runtime/mgcscavenge.go, scavenge.
    """

    gc_percent_goal: int = NO_GOAL  # bytes that the heap may retain
    memory_limit_goal: int = NO_GOAL  # bytes that the runtime may have ready
    memory_limit: int = NO_LIMIT  # bytes
    ready: bool = False  # a sweep is over, so the background scavenger should look again
    limiting: bool = False  # the CPU limiter is on: nobody scavenges for the limit
    last_heap_inuse: int = 0  # bytes in spans of objects when the last mark phase ended
    released_bg: int = 0  # bytes, by the background scavenger
    released_eager: int = 0  # bytes, by allocations
    background_ns: int = 0  # of the background scavenger's work, cost model
    assist_ns: int = 0  # of allocations' scavenging, cost model

    @property
    def watches(self) -> bool:
        """Say whether an allocation has to look at the goals at all."""
        return self.gc_percent_goal != NO_GOAL or self.memory_limit != NO_LIMIT

    def pace(self, heap: Heap, heap_goal: int = 0, last_heap_goal: int = 0) -> None:
        """Set the goals anew, as the pacer does when a cycle ends or a setting changes; 0: no cycle had a goal yet.

        Go: runtime/mgcscavenge.go, gcPaceScavenger.
        """
        before = self.gc_percent_goal, self.memory_limit_goal
        limit_goal = int(self.memory_limit * (1 - REDUCE_EXTRA_PERCENT / 100.0))
        self.memory_limit_goal = NO_GOAL if heap.mapped_ready() <= limit_goal else limit_goal
        self.gc_percent_goal = NO_GOAL
        if last_heap_goal:
            goal = int(self.last_heap_inuse * (heap_goal / last_heap_goal))
            # In Go, too, the retained extra is a division: by 1.0 / (10 / 100.0), which is 10.
            goal += goal // int(1.0 / (RETAIN_EXTRA_PERCENT / 100.0))
            goal = goal + PHYS_PAGE_SIZE - 1 & -PHYS_PAGE_SIZE
            retained = heap_retained(heap)
            if retained > goal and retained - goal >= PHYS_PAGE_SIZE:
                self.gc_percent_goal = goal
        if before != (self.gc_percent_goal, self.memory_limit_goal):
            heap.log.append((ScavengerPaced, _shown(self.gc_percent_goal), _shown(self.memory_limit_goal)))

    def goals_met(self, heap: Heap) -> bool:
        """Say whether the background scavenger may stop. Go: runtime/mgcscavenge.go, (*scavengerState).init."""
        return heap_retained(heap) <= self.gc_percent_goal and heap.mapped_ready() <= self.memory_limit_goal

    def after_alloc(self, heap: Heap, scav: int, growth: int) -> None:
        """Scavenge in return for pages that were just allocated: scav bytes of them come back from the system.

        growth is by how many bytes the heap grew for them. Go: runtime/mheap.go, (*mheap).allocSpan.
        """
        wanted, force = 0, False
        if not self.limiting and scav + heap.mapped_ready() > self.memory_limit:
            wanted, force = scav + heap.mapped_ready() - self.memory_limit, True
        if self.gc_percent_goal != NO_GOAL and growth:
            over = heap_retained(heap) + growth - self.gc_percent_goal
            wanted = max(wanted, min(growth, over))
        if wanted > 0:
            released = scavenge(heap, wanted, force=force)
            heap.log.append((ScavengeEnded, LIMIT if force else GROWTH, wanted, released))
            self.released_eager += released
            self.assist_ns += work_ns(released)


def _shown(goal: int) -> int:
    return -1 if goal == NO_GOAL else goal


def work_ns(released: int) -> int:
    """Return how many ns giving back so many bytes takes (cost model)."""
    return released // PHYS_PAGE_SIZE * NS_PER_PHYS_PAGE


def scavenge(heap: Heap, nbytes: int, *, force: bool = False) -> int:
    """Give nbytes of free pages back, or ALL, or as many as there are; return the bytes.

    force takes from dense chunks, too. Go: runtime/mgcscavenge.go, (*pageAlloc).scavenge.
    """
    released = 0
    while nbytes == ALL or released < nbytes:
        ci, page = heap.pages.scav.find(force=force)
        if not ci:
            break
        released += _scavenge_one(heap, ci, page, NO_GOAL if nbytes == ALL else nbytes - released)
    return released


def _scavenge_one(heap: Heap, ci: int, search_idx: int, most: int) -> int:
    """Give one run of free pages of chunk ci back, and return its bytes; 0 where there is none, which is noted.

    Go: runtime/mgcscavenge.go, (*pageAlloc).scavengeOne.
    """
    pages, most = heap.pages, -(-most // PAGE_SIZE)
    first, npages = find_scavenge_candidate(pages.chunks[ci], pages.scavenged[ci], search_idx, 1, most)
    if not npages:
        pages.scav.set_empty(ci)
        return 0
    base, bits = chunk_base(ci) + (first << PAGE_SHIFT), (1 << npages) - 1 << first
    # In Go the pages look allocated while the kernel is asked, and are freed again: so a search begins there.
    pages.search_addr = min(pages.search_addr, base)
    pages.scavenged[ci] |= bits
    heap.os.unused(ci, bits)
    heap.stats.released += npages * PAGE_SIZE
    heap.log.append((PagesScavenged, heap.page_of(base), npages, heap.os.advice))
    return npages * PAGE_SIZE
