"""How the heap grows: whole chunks of 4 MiB, inside arenas of 64 MiB of reserved address space.

Address space costs nothing until somebody writes to it, so a growth is generous: what it adds is free, and counts as
released, because no memory backs it yet.

Go: runtime/mheap.go, (*mheap).grow; runtime/malloc.go, (*mheap).sysAlloc.
Left out: arenas that the operating system puts elsewhere; here each follows the last.
"""

from typing import Protocol

from gomemlab.runtime import arch
from gomemlab.runtime.alloc.heaparena import HeapArena
from gomemlab.runtime.alloc.heapstats import HeapStats
from gomemlab.runtime.alloc.pagealloc import PageAlloc
from gomemlab.runtime.alloc.pagecache import PageCache
from gomemlab.runtime.arch import HEAP_ARENA_BYTES, PAGE_SIZE, PALLOC_CHUNK_BYTES, align_up
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.events import ArenaReserved, Entry, HeapGrown

END_OF_ADDRESSES = 1 << arch.HEAP_ADDR_BITS - 1  # the other half of 48 bits are addresses that Linux never maps


class Heap(Protocol):
    """What a growth needs of the heap (MHeap has it)."""

    heap_base: int
    limit: int
    pages: PageAlloc
    arenas: list[HeapArena]
    cur_arena: int
    stats: HeapStats
    log: list[Entry]

    @property
    def arena_end(self) -> int:
        """The address behind the last reserved arena."""

    def page_of(self, address: int) -> int:
        """Return the page that holds an address."""


def grow(heap: Heap, npages: int) -> int:
    """Map at least npages more, in whole chunks of 512; return the bytes that the heap grew by.

    Go: runtime/mheap.go, (*mheap).grow.
    """
    ask = _growth(heap, npages)
    if heap.cur_arena + ask > heap.arena_end:
        # The first growth begins inside its arena, so the arena may be too short even for less than 64 MiB.
        _sys_alloc(heap, max(ask, heap.cur_arena + ask - heap.arena_end))
    first, heap.cur_arena = heap.cur_arena, heap.cur_arena + ask
    heap.pages.grow(first, ask)
    heap.stats.mapped += ask
    heap.stats.released += ask
    heap.log.append((HeapGrown, npages, ask // PAGE_SIZE, heap.page_of(first)))
    if first < heap.heap_base:
        heap.pages.mark_random_padding_pages(first, (heap.heap_base - first) // PAGE_SIZE)
    return ask


def _growth(heap: Heap, npages: int) -> int:
    """Return the bytes that a growth for npages maps."""
    # Padding takes from the first growth. Go would throw where too little is left, but asks for a page or so there.
    padding = 0 if heap.stats.mapped else heap.heap_base % PALLOC_CHUNK_BYTES
    return align_up(npages * PAGE_SIZE + padding, PALLOC_CHUNK_BYTES)


def _sys_alloc(heap: Heap, nbytes: int) -> None:
    """Reserve whole arenas behind the last one.

    Go: runtime/malloc.go, (*mheap).sysAlloc.
    """
    index, base = len(heap.arenas), heap.arena_end
    new = align_up(nbytes, HEAP_ARENA_BYTES) // HEAP_ARENA_BYTES
    heap.arenas += [HeapArena(base + i * HEAP_ARENA_BYTES) for i in range(new)]
    heap.log.append((ArenaReserved, index, new, base))


def check_limit(heap: Heap, npages: int, pcache: PageCache | None) -> None:
    """Raise MisuseError where npages need a growth that leaves the address space or the model's limit."""
    grown = heap.stats.mapped + _growth(heap, npages)
    if grown <= heap.limit or _has_pages(heap, npages, pcache):
        return
    raise MisuseError(
        f"the heap would grow to {grown >> 20} MiB; this world holds {heap.limit >> 20} MiB, "
        "so ask for less or start a new World"
    )


def _has_pages(heap: Heap, npages: int, pcache: PageCache | None) -> bool:
    """Say whether npages can be had without a growth; tried on copies, since only a heap at its limit asks."""
    pages = heap.pages.copy()
    if pcache is not None and npages < arch.PAGE_CACHE_MAX_RUN:
        block = pages.alloc_to_cache() if pcache.empty() else pcache.copy()
        if block.alloc(npages)[0]:
            return True
    return pages.alloc(npages)[0] != 0
