"""Which free pages to give back to the operating system: the highest ones, and not where they are soon used again.

A page is scavenged when no memory backs it: it was never used, or it was given back. Allocation fills the heap from its
low end, so giving back begins at the high end: the index knows for each chunk how many of its pages are in use, and
where a search goes on. A chunk that was 31/32 full in this cycle of the collector or at the end of the last one is
left alone, since its pages are likely to be needed; only who must have the memory (FreeOSMemory, the memory
limit) takes from it by force.

Go: runtime/mgcscavenge.go, scavengeIndex, scavChunkData, (*pallocData).findScavengeCandidate; runtime/mranges.go,
atomicOffAddr.
Left out: the mapping of the index itself, and whoever runs at the same time.
"""

from dataclasses import dataclass, field

from gomemlab.runtime.alloc.pallocbits import ALL_PAGES
from gomemlab.runtime.arch import PAGE_SHIFT, PALLOC_CHUNK_BYTES, PALLOC_CHUNK_PAGES, align_down, align_up
from gomemlab.runtime.errors import ThrowError

MAX_PAGES_PER_PHYS_PAGE = 64
PAGES_PER_HUGE_PAGE = 256  # pages of 8 KiB in the 2 MiB that Linux can back with one entry
SCAV_CHUNK_HI_OCC_PAGES = PALLOC_CHUNK_PAGES * 31 // 32  # 496: from here on a chunk counts as dense

# One int holds what is known of a chunk, as in Go: pages in use, those at the end of the last generation, whether
# anything may be left to scavenge, the generation in which it last changed.
IN_USE_MASK = (1 << 16) - 1
LAST_SHIFT, LAST_MASK = 16, (1 << 10) - 1
HAS_FREE = 1 << 26
GEN_SHIFT = 32


def fill_aligned(bits: int, m: int) -> int:
    """Return bits with every aligned group of m set whole where any bit in it is set.

    Go: runtime/mgcscavenge.go, fillAligned.
    """
    width = 1
    while width < m:
        bits |= bits >> width
        width *= 2
    bases = ALL_PAGES // ((1 << m) - 1)  # the lowest bit of each group
    return (bits & bases) * ((1 << m) - 1)


def find_scavenge_candidate(
    alloc: int, scavenged: int, search_idx: int, least: int, most: int, huge: int = PAGES_PER_HUGE_PAGE
) -> tuple[int, int]:
    """Return (first page, pages) of the highest free run in a chunk that memory backs, or (0, 0).

    The search goes down from the 64-page block of page search_idx. The run is a multiple of `least` pages, aligned so,
    and has at most `most` of them, but for a huge page (of `huge` pages) that it would cut: that one is taken whole.
    Raises ThrowError for a `least` that is no power of two up to 64.
    Go: runtime/mgcscavenge.go, (*pallocData).findScavengeCandidate.
    """
    if least not in {1, 2, 4, 8, 16, 32, 64}:
        raise ThrowError(f"min {least} must be a power of 2 that is not above {MAX_PAGES_PER_PHYS_PAGE}")
    most = align_up(most, least) if most else least
    blocked = fill_aligned(alloc | scavenged, least)
    below = (1 << (search_idx // 64 + 1) * 64) - 1
    end = (below & ~blocked).bit_length()
    if not end:
        return 0, 0
    run = end - (blocked & (1 << end) - 1).bit_length()
    size = min(run, most)
    start = end - size
    huge_below = align_down(start, huge)
    if align_up(start, huge) <= end and huge_below >= end - run:
        return huge_below, end - huge_below
    return start, size


@dataclass(slots=True)
class ScavengeIndex:
    """For each chunk whether its pages are worth scavenging, and where to look next.

    Go: runtime/mgcscavenge.go, scavengeIndex.
    """

    chunks: dict[int, int] = field(default_factory=dict)  # by chunk index: see IN_USE_MASK and the like
    min_heap_idx: int = 0  # the lowest chunk, 0 before the first growth
    # Where the next search begins: the address of a page, 0 where nothing is left. As in Go it is negative from a free
    # above it until a search has come past: so long nothing clears it.
    search_addr_bg: int = 0  # for the background scavenger and a heap that grows
    search_addr_force: int = 0  # for FreeOSMemory and the memory limit
    free_hwm: int = 0  # the highest page that was freed in this generation: its address
    gen: int = 0  # grows by 1 at the end of each mark phase

    def grow(self, start: int, end: int) -> None:
        """Add chunks [start, end). New memory is scavenged, so there is nothing in them to take.

        Go: runtime/mgcscavenge.go, (*scavengeIndex).grow.
        """
        if not self.min_heap_idx or start < self.min_heap_idx:
            self.min_heap_idx = start
        self.chunks.update(dict.fromkeys(range(start, end), 0))

    def alloc(self, ci: int, npages: int) -> None:
        """Book npages of chunk ci as in use. Raises ThrowError for more than it has.

        Go: runtime/mgcscavenge.go, (*scavengeIndex).alloc, (*scavChunkData).alloc.
        """
        value = self.chunks[ci]
        in_use = (value & IN_USE_MASK) + npages
        if in_use > PALLOC_CHUNK_PAGES:
            raise ThrowError(f"too many pages allocated in chunk {ci:#x}: {in_use}")
        if value >> GEN_SHIFT != self.gen:
            value = self._of_this_gen(value)
        value += npages
        if in_use == PALLOC_CHUNK_PAGES:
            value &= ~HAS_FREE
        self.chunks[ci] = value

    def free(self, ci: int, last: int, npages: int) -> None:
        """Book npages of chunk ci as free, of which page `last` is the highest. Raises ThrowError for more than in use.

        Go: runtime/mgcscavenge.go, (*scavengeIndex).free, (*scavChunkData).free.
        """
        value = self.chunks[ci]
        if value & IN_USE_MASK < npages:
            raise ThrowError(f"allocated pages below zero in chunk {ci:#x}: {value & IN_USE_MASK} - {npages}")
        if value >> GEN_SHIFT != self.gen:
            value = self._of_this_gen(value)
        self.chunks[ci] = value - npages | HAS_FREE
        address = ci * PALLOC_CHUNK_BYTES + (last << PAGE_SHIFT)
        self.free_hwm = max(self.free_hwm, address)
        if abs(self.search_addr_force) < address:
            self.search_addr_force = -address

    def _of_this_gen(self, value: int) -> int:
        """Return what is known of a chunk of an older generation, brought to this one."""
        in_use = value & IN_USE_MASK
        return in_use | in_use << LAST_SHIFT | value & HAS_FREE | self.gen << GEN_SHIFT

    def next_gen(self) -> None:
        """Begin the next generation: the search may go back up to what was freed in the last one.

        Go: runtime/mgcscavenge.go, (*scavengeIndex).nextGen.
        """
        self.gen += 1
        if abs(self.search_addr_bg) < self.free_hwm:
            self.search_addr_bg = -self.free_hwm
        self.free_hwm = 0

    def should_scavenge(self, ci: int, *, force: bool) -> bool:
        """Say whether a chunk is worth a look. Go: runtime/mgcscavenge.go, scavChunkData.shouldScavenge."""
        value = self.chunks[ci]
        if not value & HAS_FREE:
            return False
        if force:
            return True
        dense = value & IN_USE_MASK >= SCAV_CHUNK_HI_OCC_PAGES
        if value >> GEN_SHIFT == self.gen:
            dense = dense or value >> LAST_SHIFT & LAST_MASK >= SCAV_CHUNK_HI_OCC_PAGES
        return not dense

    def find(self, *, force: bool) -> tuple[int, int]:
        """Return the highest chunk that may have pages to scavenge, and the page to begin at; (0, 0) for none.

        Go: runtime/mgcscavenge.go, (*scavengeIndex).find.
        """
        value = self.search_addr_force if force else self.search_addr_bg
        if not value:
            return 0, 0
        start, offset = divmod(abs(value), PALLOC_CHUNK_BYTES)
        for ci in range(start, self.min_heap_idx - 1, -1):
            # A gap in the heap has no chunk; in Go its entry is zero.
            if ci not in self.chunks or not self.should_scavenge(ci, force=force):
                continue
            if ci == start:
                return ci, offset >> PAGE_SHIFT
            self._store((ci + 1) * PALLOC_CHUNK_BYTES - (1 << PAGE_SHIFT), force=force)
            return ci, PALLOC_CHUNK_PAGES - 1
        # A marked address stays: Go's Clear leaves it, in case a free came in between.
        self._store(min(value, 0), force=force)
        return 0, 0

    def _store(self, value: int, *, force: bool) -> None:
        if force:
            self.search_addr_force = value
        else:
            self.search_addr_bg = value

    def set_empty(self, ci: int) -> None:
        """Note that chunk ci has nothing more to give. Go: runtime/mgcscavenge.go, (*scavengeIndex).setEmpty."""
        self.chunks[ci] &= ~HAS_FREE

    def copy(self) -> "ScavengeIndex":
        """Return an index of its own in the same state."""
        return ScavengeIndex(
            self.chunks.copy(),
            self.min_heap_idx,
            self.search_addr_bg,
            self.search_addr_force,
            self.free_hwm,
            self.gen,
        )

    def check(self, taken: dict[int, int]) -> None:
        """Raise ThrowError unless the pages in use are those that the chunks' bitmaps have, and no chunk hides a free.

        taken are the bitmaps of allocated pages by chunk index.
        """
        if self.chunks.keys() != taken.keys():
            raise ThrowError("the scavenge index knows other chunks than the page allocator")
        for ci, value in self.chunks.items():
            if value & IN_USE_MASK != taken[ci].bit_count():
                raise ThrowError(f"chunk {ci:#x} has {taken[ci].bit_count()} pages in use, not {value & IN_USE_MASK}")
            if value >> GEN_SHIFT > self.gen:
                raise ThrowError(f"chunk {ci:#x} is of generation {value >> GEN_SHIFT}, which is yet to come")
