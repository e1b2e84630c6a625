"""The radix tree over the chunks: for each stretch of address space, how long its runs of free pages are.

A leaf is the summary of one chunk. Eight neighbours merge into one entry of the level above, up to the root, whose
entries stand for 16 GiB each. So a search for n pages skips whole stretches that cannot have them, and a changed
bitmap costs five small merges at most, fewer where an entry comes out as it was.

Only entries above a grown chunk are stored; an absent one stands for a stretch without a free page.

Go: runtime/mpagealloc.go, mergeSummaries, (*pageAlloc).update; runtime/mpagealloc_64bit.go, levelBits, levelShift,
levelLogPages.
Left out: the hints contig and alloc of update (they only make Go faster).
"""

from gomemlab.runtime.alloc.pallocbits import PallocSum, summarize
from gomemlab.runtime.arch import HEAP_ADDR_BITS, PAGE_SHIFT, PALLOC_CHUNK_BYTES, SUMMARY_LEVELS

CHUNK_SHIFT = PALLOC_CHUNK_BYTES.bit_length() - 1
SUMMARY_LEVEL_BITS = 3
LEAF = SUMMARY_LEVELS - 1
LEVEL_SHIFT = tuple(CHUNK_SHIFT + (LEAF - level) * SUMMARY_LEVEL_BITS for level in range(SUMMARY_LEVELS))
LEVEL_BITS = (HEAP_ADDR_BITS - LEVEL_SHIFT[0], *[SUMMARY_LEVEL_BITS] * LEAF)
LEVEL_PAGES = tuple(1 << (shift - PAGE_SHIFT) for shift in LEVEL_SHIFT)  # pages that one entry stands for

Summary = tuple[dict[int, PallocSum], ...]  # one dict a level, root first; key: address >> LEVEL_SHIFT[level]


def no_summary() -> Summary:
    """Return the tree over no chunk at all."""
    return tuple({} for _ in range(SUMMARY_LEVELS))


def merge_summaries(below: dict[int, PallocSum], i: int, pages: int) -> PallocSum:
    """Return what entry i of a level must say, given the level below, whose entries stand for this many pages each.

    Go: runtime/mpagealloc.go, mergeSummaries.
    """
    first = i << SUMMARY_LEVEL_BITS
    if len(below) == 1:  # as on most levels above a small heap; it is below i, or i would not be asked for
        ((j, only),) = below.items()
        last = first + (1 << SUMMARY_LEVEL_BITS) - 1
        return PallocSum(only.start if j == first else 0, only.max, only.end if j == last else 0)
    get = below.get
    start = most = end = 0
    whole = 0  # pages seen so far
    for j in range(first, first + (1 << SUMMARY_LEVEL_BITS)):
        s = get(j)
        if s and s[1]:
            s_start, s_max, s_end = s
            if start == whole:
                start += s_start
            end += s_start
            # Not max(): it costs three times as much, and this loop is most of an update.
            if end > most:  # noqa: PLR1730
                most = end
            if s_max > most:  # noqa: PLR1730
                most = s_max
            if s_end != pages:
                end = s_end
        else:
            end = 0
        whole += pages
    return PallocSum(start, most, end)


def update_summary(summary: Summary, chunks: dict[int, int], lo: int, hi: int) -> None:
    """Bring the tree up to date after the bitmaps of chunks lo to hi, both included, changed.

    Go: runtime/mpagealloc.go, (*pageAlloc).update.
    """
    changed = False
    entries = summary[LEAF]
    for ci in range(lo, hi + 1):
        s = summarize(chunks[ci])
        if entries.get(ci) != s:
            entries[ci] = s
            changed = True
    level = LEAF
    while changed and level:
        pages, below = LEVEL_PAGES[level], entries
        level -= 1
        entries = summary[level]
        lo >>= SUMMARY_LEVEL_BITS
        hi >>= SUMMARY_LEVEL_BITS
        changed = False
        for i in range(lo, hi + 1):
            s = merge_summaries(below, i, pages)
            if entries.get(i) != s:
                entries[i] = s
                changed = True


def summary_of(chunks: dict[int, int]) -> Summary:
    """Return the tree over these bitmaps, computed from scratch."""
    entries = {ci: summarize(bits) for ci, bits in chunks.items()}
    levels = [entries]
    for level in range(LEAF, 0, -1):
        entries = {
            i: merge_summaries(entries, i, LEVEL_PAGES[level]) for i in {ci >> SUMMARY_LEVEL_BITS for ci in entries}
        }
        levels.insert(0, entries)
    return tuple(levels)
