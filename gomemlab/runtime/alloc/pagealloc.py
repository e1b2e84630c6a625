"""The page allocator: which pages of the heap are free, and the lowest run of them that fits.

The address space is cut into chunks of 512 pages with a bitmap each; above them stands the radix tree of pallocsum. A
search walks the tree from the root down, begins at search_addr (below it nothing is free) and leaves a better
search_addr behind. The result is always the lowest address that fits.

Every address is an absolute one and 0 means none; a chunk's index is its address divided by 4 MiB (Go adds 1 << 25,
so that its indices begin at the lowest negative address).
A chunk that is missing from the dicts was never grown; to a search it is full.

Go: runtime/mpagealloc.go; runtime/mpagecache.go, (*pageAlloc).allocToCache.
Left out: the mapping of Go's own tables, and the shortcut of findMappedAddr through mheap's arenas (its answer differs
only below search_addr, where alloc ignores it).
"""

from dataclasses import dataclass, field

from gomemlab.runtime.alloc.addrranges import AddrRange, AddrRanges
from gomemlab.runtime.alloc.pagecache import PageCache
from gomemlab.runtime.alloc.pallocbits import ALL_PAGES, BLOCK_MASK, FULL_SUM, chunk_masks, find, pages64
from gomemlab.runtime.alloc.pallocsum import (
    CHUNK_SHIFT,
    LEAF,
    LEVEL_BITS,
    LEVEL_PAGES,
    LEVEL_SHIFT,
    Summary,
    no_summary,
    summary_of,
    update_summary,
)
from gomemlab.runtime.alloc.scavenge import ScavengeIndex
from gomemlab.runtime.arch import (
    HEAP_ADDR_BITS,
    PAGE_CACHE_PAGES,
    PAGE_SHIFT,
    PAGE_SIZE,
    PALLOC_CHUNK_BYTES,
    PALLOC_CHUNK_PAGES,
    SUMMARY_LEVELS,
    align_down,
    align_up,
)
from gomemlab.runtime.errors import ThrowError

# The search_addr of a heap without a free page. Half of Go's 48 bits are addresses below zero, which Linux never maps.
MAX_SEARCH_ADDR = (1 << (HEAP_ADDR_BITS - 1)) - 1


def chunk_index(address: int) -> int:
    """Return the index of the chunk that holds this address.

    Go: runtime/mpagealloc.go, chunkIndex.
    """
    return address >> CHUNK_SHIFT


def chunk_base(ci: int) -> int:
    """Return the address at which chunk ci begins.

    Go: runtime/mpagealloc.go, chunkBase.
    """
    return ci << CHUNK_SHIFT


def chunk_page_index(address: int) -> int:
    """Return which page of its chunk holds this address.

    Go: runtime/mpagealloc.go, chunkPageIndex.
    """
    return (address >> PAGE_SHIFT) % PALLOC_CHUNK_PAGES


@dataclass(slots=True)
class FirstFree:
    """The window of addresses, bound included, in which one search knows the first free page to be.

    Go: runtime/mpagealloc.go, (*pageAlloc).find (its local firstFree and foundFree).
    """

    base: int = 0
    bound: int = MAX_SEARCH_ADDR

    def found(self, address: int, size: int) -> None:
        """Narrow the window to these bytes, which hold a free page, if they lie in it; raise ThrowError if across."""
        last = address + size - 1
        if self.base <= address and last <= self.bound:
            self.base, self.bound = address, last
        elif last >= self.base and address <= self.bound:
            raise ThrowError(f"range [{address:#x}, {last:#x}] partially overlaps [{self.base:#x}, {self.bound:#x}]")


@dataclass(slots=True)
class PageAlloc:
    """The bitmaps of all chunks and the tree over them.

    Go: runtime/mpagealloc.go, pageAlloc.
    """

    chunks: dict[int, int] = field(default_factory=dict)  # by chunk index; bit i set: page i is allocated
    scavenged: dict[int, int] = field(default_factory=dict)  # by chunk index; bit i set: page i is scavenged
    summary: Summary = field(default_factory=no_summary)  # the tree over chunks
    search_addr: int = MAX_SEARCH_ADDR  # address; no page below it is free
    in_use: AddrRanges = field(default_factory=AddrRanges)  # what was grown
    scav: ScavengeIndex = field(default_factory=ScavengeIndex)  # where scavenging is worth a look

    @property
    def end(self) -> int:
        """Return the chunk index just above the highest chunk, 0 before the first growth."""
        ranges = self.in_use.ranges
        return ranges[-1].limit >> CHUNK_SHIFT if ranges else 0

    def grow(self, base: int, size: int) -> None:
        """Add the bytes [base, base + size), rounded out to chunks, as free and scavenged pages.

        Raises ThrowError when a part of them was added before.
        Go: runtime/mpagealloc.go, (*pageAlloc).grow.
        """
        start = chunk_index(base)
        end = chunk_index(align_up(base + size, PALLOC_CHUNK_BYTES))
        if size <= 0 or any(ci in self.chunks for ci in range(start, end)):
            raise ThrowError(f"grow by {size} bytes at {base:#x}, which are none or in part grown already")
        self.in_use.add(AddrRange(chunk_base(start), chunk_base(end)))
        self.scav.grow(start, end)
        self.chunks.update(dict.fromkeys(range(start, end), 0))
        self.scavenged.update(dict.fromkeys(range(start, end), ALL_PAGES))
        # Like a free: the search must begin no higher than the new pages.
        self.search_addr = min(self.search_addr, chunk_base(start))
        self.update(chunk_base(start), (end - start) * PALLOC_CHUNK_PAGES)

    def update(self, base: int, npages: int) -> None:
        """Bring the summaries up to date after the bitmaps of these pages changed.

        Go: runtime/mpagealloc.go, (*pageAlloc).update.
        """
        lo = base >> CHUNK_SHIFT
        hi = base + npages * PAGE_SIZE - 1 >> CHUNK_SHIFT
        update_summary(self.summary, self.chunks, lo, hi)

    def _masks(self, base: int, npages: int) -> list[tuple[int, int]]:
        """Return (chunk index, bits) for each chunk that these pages touch; raise ThrowError if one was not grown."""
        masks = chunk_masks(base, npages)
        for ci, _ in masks:
            if ci not in self.chunks:
                raise ThrowError(f"pages at {base:#x} (+{npages}) reach into chunk {ci:#x}, which was never grown")
        return masks

    def is_free(self, base: int, npages: int) -> bool:
        """Return whether these pages were grown and all are free."""
        first, last = chunk_index(base), chunk_index(base + npages * PAGE_SIZE - 1)
        mapped = all(ci in self.chunks for ci in range(first, last + 1))
        return mapped and not any(self.chunks[ci] & bits for ci, bits in self._masks(base, npages))

    def alloc_range(self, base: int, npages: int) -> int:
        """Mark these pages allocated; return how many bytes of them were scavenged.

        Raises ThrowError when one of them is allocated already.
        Go: runtime/mpagealloc.go, (*pageAlloc).allocRange.
        """
        masks = self._masks(base, npages)
        chunks, scavenged = self.chunks, self.scavenged
        if any(chunks[ci] & bits for ci, bits in masks):
            raise ThrowError(f"pages at {base:#x} (+{npages}) are allocated in part; all must be free")
        scav = 0
        for ci, bits in masks:
            chunks[ci] |= bits
            self.scav.alloc(ci, bits.bit_count())
            taken = scavenged[ci] & bits
            if taken:
                scavenged[ci] ^= taken
                scav += taken.bit_count()
        self.update(base, npages)
        return scav << PAGE_SHIFT

    def free(self, base: int, npages: int) -> None:
        """Mark these pages free again; they stay unscavenged.

        Raises ThrowError when one of them is free already.
        Go: runtime/mpagealloc.go, (*pageAlloc).free.
        """
        masks = self._masks(base, npages)
        chunks = self.chunks
        if any(bits & ~chunks[ci] for ci, bits in masks):
            raise ThrowError(f"pages at {base:#x} (+{npages}) are free in part; all must be allocated")
        self.search_addr = min(self.search_addr, base)
        for ci, bits in masks:
            chunks[ci] ^= bits
            self.scav.free(ci, bits.bit_length() - 1, bits.bit_count())
        self.update(base, npages)

    def mark_random_padding_pages(self, base: int, npages: int) -> None:
        """Mark these pages both allocated and scavenged: the gap that a random heap base leaves is never used.

        Go: runtime/mpagealloc.go, (*pageAlloc).markRandomPaddingPages.
        """
        for ci, bits in self._masks(base, npages):
            self.chunks[ci] |= bits
            self.scavenged[ci] |= bits
            self.scav.alloc(ci, bits.bit_count())
        self.update(base, npages)

    def find_mapped_addr(self, address: int) -> int:
        """Return the lowest address in grown memory that is not below this one, or MAX_SEARCH_ADDR.

        Go: runtime/mpagealloc.go, (*pageAlloc).findMappedAddr; runtime/mranges.go, (*addrRanges).findAddrGreaterEqual.
        """
        if address >> CHUNK_SHIFT in self.chunks:
            return address
        found = self.in_use.find_addr_greater_equal(address)
        return MAX_SEARCH_ADDR if found is None else found

    def find(self, npages: int) -> tuple[int, int]:
        """Search the tree; return the lowest address with npages free pages, or 0, and a valid new search_addr.

        Go: runtime/mpagealloc.go, (*pageAlloc).find.
        """
        window = FirstFree()
        i = 0
        for level in range(SUMMARY_LEVELS):
            i, address = self._search_block(level, i << LEVEL_BITS[level], npages, window)
            if address:
                return address, self.find_mapped_addr(window.base)
            if i < 0:
                if level:
                    raise ThrowError(f"bad summary data: level {level} lacks the {npages} pages promised above it")
                return 0, MAX_SEARCH_ADDR
        j, search_idx = find(self.chunks[i], npages, 0)
        if j < 0:
            raise ThrowError(f"bad summary data: chunk {i:#x} has no {npages} free pages, its summary says so")
        search_addr = chunk_base(i) + (search_idx << PAGE_SHIFT)
        window.found(search_addr, chunk_base(i + 1) - search_addr)
        return chunk_base(i) + (j << PAGE_SHIFT), self.find_mapped_addr(window.base)

    def _search_block(self, level: int, first: int, npages: int, window: FirstFree) -> tuple[int, int]:
        """Look for npages in the block of entries that begins at first, and narrow the window on the way.

        Returns (entry, 0) when that entry holds them, so its block on the next level must be searched; (first, address)
        when they lie across entries, at this address; (-1, 0) when they are not here.
        """
        shift, pages = LEVEL_SHIFT[level], LEVEL_PAGES[level]
        entries = 1 << LEVEL_BITS[level]
        search_idx = self.search_addr >> shift
        j = search_idx if search_idx & -entries == first else first
        get = self.summary[level].get
        base = size = 0  # the run at hand: its first page, counted from address 0, and its pages
        for k in range(j, min(first + entries, (self.end - 1 << CHUNK_SHIFT >> shift) + 1)):
            start, most, end = get(k, FULL_SUM)
            if not most:
                size = 0
                continue
            window.found(k << shift, 1 << shift)
            if size + start >= npages:
                return first, (base if size else k * pages) << PAGE_SHIFT
            if most >= npages:
                return k, 0
            if size == 0 or start < pages:
                size = end
                base = (k + 1) * pages - size
            else:
                size += pages
        return -1, 0

    def alloc(self, npages: int) -> tuple[int, int]:
        """Allocate the lowest npages free neighbours; return their address and scavenged bytes, or (0, 0).

        Go: runtime/mpagealloc.go, (*pageAlloc).alloc.
        """
        if self.search_addr >> CHUNK_SHIFT >= self.end:
            return 0, 0
        address, search_addr = self._find_near(npages)
        if not address:
            address, search_addr = self.find(npages)
        if not address:
            if npages == 1:
                # Not even one page: the heap is exhausted. After a larger request there may still be free pages.
                self.search_addr = MAX_SEARCH_ADDR
            return 0, 0
        scav = self.alloc_range(address, npages)
        self.search_addr = max(self.search_addr, search_addr)
        return address, scav

    def _find_near(self, npages: int) -> tuple[int, int]:
        """Return what find would, from the chunk of search_addr alone, or (0, 0) if they may be elsewhere."""
        ci, pi = chunk_index(self.search_addr), chunk_page_index(self.search_addr)
        if PALLOC_CHUNK_PAGES - pi < npages or self.summary[LEAF].get(ci, FULL_SUM).max < npages:
            return 0, 0
        j, search_idx = find(self.chunks[ci], npages, pi)
        if j < 0:
            raise ThrowError(f"bad summary data: chunk {ci:#x} has no {npages} free pages from page {pi} on")
        return chunk_base(ci) + (j << PAGE_SHIFT), chunk_base(ci) + (search_idx << PAGE_SHIFT)

    def alloc_to_cache(self) -> PageCache:
        """Allocate every free page of the first 64-page block that has one; return them, or an empty cache.

        Go: runtime/mpagecache.go, (*pageAlloc).allocToCache.
        """
        if self.search_addr >> CHUNK_SHIFT >= self.end:
            return PageCache()
        address = self._find_near(1)[0] or self.find(1)[0]
        if not address:
            self.search_addr = MAX_SEARCH_ADDR
            return PageCache()
        base = align_down(address, PAGE_CACHE_PAGES * PAGE_SIZE)
        ci, pi = chunk_index(base), chunk_page_index(base)
        chunk = self.chunks[ci]
        cache = pages64(chunk, pi) ^ BLOCK_MASK
        scav = pages64(self.scavenged[ci], pi)
        self.chunks[ci] = chunk | cache << pi
        self.scavenged[ci] &= ~((cache & scav) << pi)
        self.update(base, PAGE_CACHE_PAGES)
        self.scav.alloc(ci, cache.bit_count())
        # The block's last page, not the page after it: search_addr must lie in grown memory.
        self.search_addr = base + (PAGE_CACHE_PAGES - 1) * PAGE_SIZE
        return PageCache(base, cache, scav)

    def copy(self) -> "PageAlloc":
        """Return an allocator of its own with the same state (the bitmaps, being ints, are shared)."""
        return PageAlloc(
            self.chunks.copy(),
            self.scavenged.copy(),
            tuple(entries.copy() for entries in self.summary),
            self.search_addr,
            self.in_use.copy(),
            self.scav.copy(),
        )

    def check(self) -> None:
        """Raise ThrowError unless ranges, bitmaps, summaries and search_addr agree with each other."""
        self.in_use.check()
        ranges = self.in_use.ranges
        mapped = [ci for base, limit in ranges for ci in range(chunk_index(base), chunk_index(limit))]
        if mapped != sorted(self.chunks) or mapped != sorted(self.scavenged):
            raise ThrowError("the ranges in use are not the chunks that have bitmaps")
        if any(bits & ~ALL_PAGES for bits in (*self.chunks.values(), *self.scavenged.values())):
            raise ThrowError(f"a chunk's bitmap has bits beyond page {PALLOC_CHUNK_PAGES - 1}")
        if self.summary != summary_of(self.chunks):
            raise ThrowError("the summaries are not those of the bitmaps")
        self.scav.check(self.chunks)
        free = [ci for ci in mapped if self.chunks[ci] != ALL_PAGES]
        if free:
            first = chunk_base(free[0]) + (find(self.chunks[free[0]], 1, 0)[0] << PAGE_SHIFT)
            if self.search_addr > first:
                raise ThrowError(f"search_addr {self.search_addr:#x} is above the first free page {first:#x}")
        if self.search_addr != MAX_SEARCH_ADDR and chunk_index(self.search_addr) not in self.chunks:
            raise ThrowError(f"search_addr {self.search_addr:#x} is in memory that was never grown")
