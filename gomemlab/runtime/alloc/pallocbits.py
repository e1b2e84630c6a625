"""A chunk's bitmap: 512 pages as one int, and the searches that the page allocator makes in it.

Bit i set means that page i of the chunk is allocated. The allocator asks two things of such a bitmap: where a run of
n free pages begins, and how long the free runs at its start, at its end and anywhere in it are. Both come from one
trick: and-ing a bitmap with itself shifted by k keeps only the places where a run of ones is k longer.

Go: runtime/mpallocbits.go; runtime/mpagealloc.go, pallocSum, packPallocSum.
Left out: the split into eight words of 64 bits and the packing of a summary into one word (they only make Go faster).
"""

from typing import NamedTuple

from gomemlab.runtime.arch import PAGE_CACHE_PAGES, PAGE_SHIFT, PALLOC_CHUNK_PAGES

ALL_PAGES = (1 << PALLOC_CHUNK_PAGES) - 1  # the bitmap of a chunk with every bit set
BLOCK_MASK = (1 << PAGE_CACHE_PAGES) - 1


class PallocSum(NamedTuple):
    """What a search must know about a stretch of pages: its runs of free pages, in pages.

    Go: runtime/mpagealloc.go, pallocSum.
    """

    start: int  # free pages at the low end
    max: int  # the longest free run anywhere
    end: int  # free pages at the high end


FULL_SUM = PallocSum(0, 0, 0)
FREE_CHUNK_SUM = PallocSum(PALLOC_CHUNK_PAGES, PALLOC_CHUNK_PAGES, PALLOC_CHUNK_PAGES)


def find_run(bits: int, n: int) -> int:
    """Return the lowest index at which n consecutive ones of bits begin, or -1; n must be 1 or more.

    Go: runtime/mpallocbits.go, findBitRange64.
    """
    width = 1
    while width < n:
        step = min(width, n - width)
        bits &= bits >> step
        width += step
    return (bits & -bits).bit_length() - 1


def find_bit_range64(c: int, n: int) -> int:
    """Return where n consecutive ones of the 64-bit c begin, or 64 when they are nowhere.

    Go: runtime/mpallocbits.go, findBitRange64.
    """
    i = find_run(c, n)
    return PAGE_CACHE_PAGES if i < 0 else i


def longest_run(bits: int) -> int:
    """Return the length of the longest run of ones in bits."""
    if not bits:
        return 0
    # doubled[k] has a one wherever a run of 2**k ones begins.
    doubled = [bits]
    while longer := doubled[-1] & doubled[-1] >> (1 << (len(doubled) - 1)):
        doubled.append(longer)
    runs = doubled.pop()
    length = 1 << len(doubled)
    for k in range(len(doubled) - 1, -1, -1):
        longer = runs & doubled[k] >> length
        if longer:
            runs = longer
            length += 1 << k
    return length


def summarize(bits: int) -> PallocSum:
    """Return the summary of a chunk's bitmap.

    Go: runtime/mpallocbits.go, (*pallocBits).summarize.
    """
    if not bits:
        return FREE_CHUNK_SUM
    if bits == ALL_PAGES:
        return FULL_SUM
    start = (bits & -bits).bit_length() - 1
    end = PALLOC_CHUNK_PAGES - bits.bit_length()
    most = max(start, end)
    # Runs in the middle are looked at only if their pages together could make a longer one.
    if PALLOC_CHUNK_PAGES - bits.bit_count() - start - end > most:
        most = longest_run(bits ^ ALL_PAGES)
    return PallocSum(start, most, end)


def find(bits: int, npages: int, search_idx: int) -> tuple[int, int]:
    """Return where npages free pages begin, or -1, and the first free page seen, or -1.

    The search begins at the block of 64 pages that holds search_idx: below it no page may be free. When the first
    number is -1, the second says nothing useful.
    Go: runtime/mpallocbits.go, (*pallocBits).find, (*pallocBits).find1, (*pallocBits).findSmallN,
    (*pallocBits).findLargeN.
    """
    low = search_idx & -PAGE_CACHE_PAGES
    free = (bits ^ ALL_PAGES) >> low
    if not free:
        return -1, -1
    first = (free & -free).bit_length() - 1 + low
    if npages == 1:
        return first, first
    i = find_run(free, npages)
    return (-1 if i < 0 else i + low), first


def chunk_masks(base: int, npages: int) -> list[tuple[int, int]]:
    """Return (chunk index, bits) for each chunk that npages pages from an address on touch."""
    first = base >> PAGE_SHIFT
    ci, bits = first // PALLOC_CHUNK_PAGES, (1 << npages) - 1 << first % PALLOC_CHUNK_PAGES
    if bits <= ALL_PAGES:
        return [(ci, bits)]
    masks = []
    while bits:
        masks.append((ci, bits & ALL_PAGES))
        bits >>= PALLOC_CHUNK_PAGES
        ci += 1
    return masks


def popcnt_range(bits: int, i: int, n: int) -> int:
    """Return how many of the n bits from bit i on are set.

    Go: runtime/mpallocbits.go, (*pageBits).popcntRange.
    """
    return (bits >> i & (1 << n) - 1).bit_count()


def pages64(bits: int, i: int) -> int:
    """Return the 64 bits of the aligned block that holds page i.

    Go: runtime/mpallocbits.go, (*pallocBits).pages64.
    """
    return bits >> (i & -PAGE_CACHE_PAGES) & BLOCK_MASK
