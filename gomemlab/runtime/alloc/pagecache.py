"""A P's page cache: one aligned block of 64 pages, taken from the heap at once, then handed out without its lock.

The pages in the cache look allocated to the page allocator; only the cache knows which of them are still free. So
several Ps can make small spans side by side, at the price of pages that are neither used nor visible as free. The way
to fill a cache is PageAlloc.alloc_to_cache.

Go: runtime/mpagecache.go.
Left out: nothing; flush goes page by page in Go.
"""

from dataclasses import dataclass
from typing import Protocol

from gomemlab.runtime.alloc.pallocbits import BLOCK_MASK, find_run
from gomemlab.runtime.alloc.scavenge import ScavengeIndex
from gomemlab.runtime.arch import PAGE_CACHE_PAGES, PAGE_SHIFT, PAGE_SIZE, PALLOC_CHUNK_BYTES
from gomemlab.runtime.errors import ThrowError


class Pages(Protocol):
    """What flush needs of the page allocator (PageAlloc has it)."""

    chunks: dict[int, int]
    scavenged: dict[int, int]
    search_addr: int

    @property
    def scav(self) -> ScavengeIndex:
        """Where scavenging is worth a look."""

    def update(self, base: int, npages: int) -> None:
        """Bring the summaries up to date with the bitmaps of these pages."""


@dataclass(slots=True)
class PageCache:
    """At most 64 free pages that belong to one P.

    Go: runtime/mpagecache.go, pageCache.
    """

    base: int = 0  # address of the block; 0 in a cache that holds none
    cache: int = 0  # bit i set: page i of the block is free
    scav: int = 0  # bit i set: page i of the block is scavenged

    def empty(self) -> bool:
        """Return whether no free page is left.

        Go: runtime/mpagecache.go, (*pageCache).empty.
        """
        return self.cache == 0

    def alloc(self, npages: int) -> tuple[int, int]:
        """Take the lowest npages free neighbours; return their address and scavenged bytes, or (0, 0) if none fit.

        Go: runtime/mpagecache.go, (*pageCache).alloc, (*pageCache).allocN.
        """
        cache = self.cache
        if not cache:
            return 0, 0
        if npages == 1:
            mask = cache & -cache
            i = mask.bit_length() - 1
        else:
            i = find_run(cache, npages)
            if i < 0:
                return 0, 0
            mask = (1 << npages) - 1 << i
        self.cache = cache ^ mask
        scav = self.scav & mask
        if scav:
            self.scav ^= scav
            scav = PAGE_SIZE if npages == 1 else scav.bit_count() << PAGE_SHIFT
        return self.base + (i << PAGE_SHIFT), scav

    def flush(self, pages: Pages) -> None:
        """Give the pages that are still free back to the heap, and become empty.

        Go: runtime/mpagecache.go, (*pageCache).flush.
        """
        if self.cache == 0:
            return
        base = self.base
        ci, offset = divmod(base, PALLOC_CHUNK_BYTES)
        pi = offset >> PAGE_SHIFT
        pages.chunks[ci] &= ~(self.cache << pi)
        pages.scavenged[ci] |= self.scav << pi
        pages.scav.free(ci, pi + self.cache.bit_length() - 1, self.cache.bit_count())
        # Like a free: the search must begin no higher than these pages.
        pages.search_addr = min(base, pages.search_addr)
        pages.update(base, PAGE_CACHE_PAGES)
        self.base = self.cache = self.scav = 0

    def copy(self) -> "PageCache":
        """Return a cache of its own with the same pages."""
        return PageCache(self.base, self.cache, self.scav)

    def check(self, pages: Pages | None = None) -> None:
        """Raise ThrowError unless the block is aligned and, to this allocator, its free pages look allocated."""
        if self.base % (PAGE_CACHE_PAGES * PAGE_SIZE):
            raise ThrowError(f"page cache at {self.base:#x}, which is not a block of {PAGE_CACHE_PAGES} pages")
        if (self.cache | self.scav) & ~BLOCK_MASK:
            raise ThrowError(f"page cache at {self.base:#x} has bits beyond page {PAGE_CACHE_PAGES - 1}")
        if self.cache and not self.base:
            raise ThrowError("page cache has free pages but no address")
        if pages is None or not self.cache:
            return
        ci, offset = divmod(self.base, PALLOC_CHUNK_BYTES)
        if self.cache & ~(pages.chunks.get(ci, 0) >> (offset >> PAGE_SHIFT)):
            raise ThrowError(f"page cache at {self.base:#x} holds pages that the heap calls free as well")
