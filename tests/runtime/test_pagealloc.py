"""The page allocator finds what Go finds, and its tree never lies."""

from collections.abc import Callable
from typing import Any

import pytest

from gomemlab.runtime.alloc.pagealloc import MAX_SEARCH_ADDR, FirstFree, PageAlloc, chunk_index
from gomemlab.runtime.alloc.pagecache import PageCache
from gomemlab.runtime.alloc.pallocbits import ALL_PAGES, PallocSum
from gomemlab.runtime.alloc.pallocsum import LEVEL_BITS, LEVEL_PAGES, LEVEL_SHIFT
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, PAGE_SIZE, PALLOC_CHUNK_BYTES, PALLOC_CHUNK_PAGES
from gomemlab.runtime.errors import ThrowError
from tests.vectors_io import report, vectors, words

BASE = DEFAULT_HEAP_BASE
GIB = 1 << 30


def heap(*chunks: int) -> PageAlloc:
    """Return an allocator with these chunks grown, counted from BASE."""
    pages = PageAlloc()
    for chunk in chunks:
        pages.grow(BASE + chunk * PALLOC_CHUNK_BYTES, PALLOC_CHUNK_BYTES)
    return pages


def at(page: int) -> int:
    """Return the address of a page counted from BASE."""
    return BASE + page * PAGE_SIZE


def page(address: int) -> int:
    """Return the page at an address, counted from BASE; -1 for none."""
    return (address - BASE) // PAGE_SIZE if address else -1


def mask(lo: int, n: int) -> int:
    """Return the n bits from bit lo on."""
    return ((1 << n) - 1) << lo


class Recorded:
    """One sequence of operations of the real page allocator, and ours beside it."""

    def __init__(self, sequence: dict[str, Any]) -> None:
        """Set the bitmaps as the sequence says."""
        self.sequence = sequence
        self.caches: list[PageCache] = []
        self.pages = heap(*(chunk["Chunk"] for chunk in sequence["chunks"]))
        for chunk in sequence["chunks"]:
            ci = chunk_index(BASE) + chunk["Chunk"]
            self.pages.scavenged[ci] = sum(mask(*run) for run in chunk["Scav"] or ())
            for lo, n in chunk["Alloc"] or ():
                self.pages.chunks[ci] |= mask(lo, n)
                self.pages.scav.alloc(ci, n)
                self.pages.scavenged[ci] &= ~mask(lo, n)
            self.pages.update(ci * PALLOC_CHUNK_BYTES, PALLOC_CHUNK_PAGES)

    def step(self, op: list[Any]) -> tuple[list[Any], list[Any]]:
        """Do one operation; return the results of ours and of Go's."""
        match op:
            case ["alloc", npages, *right]:
                address, scav = self.pages.alloc(npages)
                return [page(address), scav // PAGE_SIZE], right
            case ["cache", base, free, scav]:
                cache = self.pages.alloc_to_cache()
                self.caches.append(cache)
                return [page(cache.base), cache.cache, cache.scav], [base, int(free, 16), int(scav, 16)]
            case ["cachealloc", which, npages, *right]:
                address, scav = self.caches[which].alloc(npages)
                return [page(address), scav // PAGE_SIZE], right
            case ["free", npages, first]:
                self.pages.free(at(first), npages)
            case ["flush", which]:
                self.caches[which].flush(self.pages)
            case _:
                pytest.fail(f"unknown operation {op}")
        return [], []

    def bitmaps(self, of: dict[int, int]) -> dict[str, int]:
        """Return the chunks' bitmaps by their number counted from BASE."""
        return {str(ci - chunk_index(BASE)): bits for ci, bits in of.items()}


def test_page_allocator_sequences_equal_gos() -> None:
    """Every address, every count of scavenged pages, every page cache, and the bitmaps at the end."""
    checked = 0
    for sequence in vectors("page_alloc_random", "sequences"):
        run = Recorded(sequence)

        for op in sequence["ops"]:
            ours, gos = run.step(op)
            run.pages.check()
            assert ours == gos, op
            checked += 1

        assert run.bitmaps(run.pages.chunks) == {k: words(w) for k, w in sequence["final_alloc"].items()}
        assert run.bitmaps(run.pages.scavenged) == {k: words(w) for k, w in sequence["final_scav"].items()}
    report("page_alloc_random", checked, "operations")


def results(pages: PageAlloc, caches: list[PageCache], step: list[Any]) -> list[int]:
    """Do one recorded step; return what the recording holds after it: the call's results, then search_addr."""
    values: tuple[int, ...] = (0, 0)
    match step[:3]:
        case ["g", base, size]:
            pages.grow(base, size)
        case ["m", base, npages]:
            pages.mark_random_padding_pages(base, npages)
        case ["a", npages, _]:
            values = pages.alloc(npages)
        case ["n", npages, _]:
            values = pages.find(npages)
        case ["f", base, npages]:
            pages.free(base, npages)
        case ["c", _, _]:
            caches.append(pages.alloc_to_cache())
            values = (caches[-1].base, caches[-1].cache, caches[-1].scav)
        case ["x", which, npages]:
            values = caches[which].alloc(npages)
        case ["F", which, _]:
            caches[which].flush(pages)
    return [*values, pages.search_addr]


def test_every_search_addr_equals_gos() -> None:
    """Go's p.searchAddr after each step, across gaps, padding and the borders of the root's entries."""
    checked = 0
    for sequence in vectors("page_alloc_search", "sequences"):
        pages, caches = PageAlloc(), list[PageCache]()

        ours = [results(pages, caches, step) for step in sequence]

        assert ours == [step[3:] for step in sequence]
        pages.check()
        checked += len(ours)
    report("page_alloc_search", checked, "steps")


def test_the_levels_are_gos() -> None:
    """16 GiB an entry at the root, 4 MiB at the leaves; the bits add up to 48."""
    assert LEVEL_SHIFT == (34, 31, 28, 25, 22)
    assert LEVEL_BITS == (14, 3, 3, 3, 3)
    assert LEVEL_PAGES == (1 << 21, 1 << 18, 1 << 15, 1 << 12, 512)


def test_an_empty_heap_has_no_page() -> None:
    """0 is no address."""
    pages = PageAlloc()

    assert pages.alloc(1) == (0, 0)
    assert pages.alloc_to_cache() == PageCache()
    pages.check()


def test_new_memory_is_free_and_scavenged() -> None:
    """The first page of a new chunk costs 8192 bytes to bring back."""
    pages = heap(0)

    assert pages.alloc(1) == (BASE, PAGE_SIZE)
    assert pages.chunks[chunk_index(BASE)] == 1
    assert pages.scavenged[chunk_index(BASE)] == ALL_PAGES - 1


def test_freed_pages_stay_unscavenged() -> None:
    """A page that was used once is handed out again without a scavenged byte."""
    pages = heap(0)
    address, _ = pages.alloc(10)
    pages.free(address, 10)

    assert pages.alloc(10) == (address, 0)


def test_a_run_crosses_chunks() -> None:
    """After 500 pages, 100 fit only across the border of two chunks."""
    pages = heap(0, 1)
    pages.alloc(500)

    assert pages.alloc(100) == (at(500), 100 * PAGE_SIZE)
    pages.check()


def test_a_run_does_not_cross_a_gap() -> None:
    """Of chunks 0, 2 and 3, only the last two have 600 pages side by side."""
    pages = heap(0, 2, 3)

    assert pages.alloc(600)[0] == at(2 * 512)
    pages.check()


def test_a_run_crosses_root_entries() -> None:
    """17 GiB lie across the border that each 16 GiB have."""
    pages = PageAlloc()
    pages.grow(BASE, 20 * GIB)
    pages.alloc(2 * GIB // PAGE_SIZE)

    address, _ = pages.alloc(17 * GIB // PAGE_SIZE)

    assert address == BASE + 2 * GIB
    pages.check()


def test_a_failed_search_for_many_pages_may_leave_some() -> None:
    """513 pages do not fit into one chunk; one page still does."""
    pages = heap(0)

    assert pages.alloc(513) == (0, 0)
    assert pages.search_addr == BASE
    assert pages.alloc(1)[0] == BASE


def test_a_failed_search_for_one_page_ends_the_search() -> None:
    """In a full heap search_addr becomes the highest address there is; a free brings it back."""
    pages = heap(0)
    pages.alloc(512)

    assert pages.alloc(1) == (0, 0)
    assert pages.search_addr == MAX_SEARCH_ADDR
    pages.check()
    pages.free(at(7), 1)
    assert pages.search_addr == at(7)


def test_a_full_heap_fills_no_cache() -> None:
    """alloc_to_cache returns an empty cache and ends the search as well."""
    pages = heap(0)
    pages.alloc(512)

    assert pages.alloc_to_cache().empty()
    assert pages.search_addr == MAX_SEARCH_ADDR


def test_search_addr_moves_to_the_first_free_page_seen() -> None:
    """Page 0 freed; two pages are found at 3, and page 0 stays the start of the search."""
    pages = heap(0)
    pages.alloc(3)
    pages.free(BASE, 1)

    assert pages.alloc(2)[0] == at(3)
    assert pages.search_addr == BASE
    assert pages.alloc(1)[0] == BASE
    assert pages.alloc(1)[0] == at(5)
    assert pages.search_addr == at(5)


def test_a_cache_leaves_search_addr_on_its_last_page() -> None:
    """Not beyond it: the next page may not exist."""
    pages = heap(0)

    cache = pages.alloc_to_cache()

    assert (cache.base, cache.cache, cache.scav) == (BASE, (1 << 64) - 1, (1 << 64) - 1)
    assert pages.search_addr == at(63)


def test_padding_is_neither_free_nor_in_memory() -> None:
    """700 pages of padding are allocated, and scavenged all the same; the next page is the heap's first."""
    pages = heap(0, 1)

    pages.mark_random_padding_pages(BASE, 700)

    pages.check()
    assert sum(bits.bit_count() for bits in pages.scavenged.values()) == 1024
    assert pages.alloc(1)[0] == at(700)
    # The block of page 700 is shared: its padding shows as scavenged but not as free.
    cache = pages.alloc_to_cache()
    assert (page(cache.base), cache.cache & cache.scav, cache.scav & ~cache.cache) == (640, mask(61, 3), mask(0, 60))
    cache.check(pages)


def test_growth_joins_neighbours() -> None:
    """Chunks 0, 2 and then 1 make one range."""
    pages = heap(0, 2)
    assert len(pages.in_use.ranges) == 2

    pages.grow(BASE + PALLOC_CHUNK_BYTES, PALLOC_CHUNK_BYTES)

    assert pages.in_use.ranges == [(BASE, BASE + 3 * PALLOC_CHUNK_BYTES)]
    assert pages.end == chunk_index(BASE) + 3


def test_growth_is_rounded_to_chunks() -> None:
    """One byte more than a chunk makes two."""
    pages = PageAlloc()

    pages.grow(BASE, PALLOC_CHUNK_BYTES + 1)

    assert len(pages.chunks) == 2
    pages.check()


@pytest.mark.parametrize("search", [0, BASE - GIB, BASE, at(512)])
def test_find_mapped_addr_skips_what_was_never_grown(search: int) -> None:
    """From below the heap to its base, from a gap to the chunk after it."""
    pages = heap(0, 2)

    assert pages.find_mapped_addr(search) == (at(1024) if search == at(512) else BASE)


def test_above_the_heap_nothing_is_mapped() -> None:
    """find_mapped_addr then gives the highest address."""
    assert heap(0).find_mapped_addr(at(512)) == MAX_SEARCH_ADDR


def test_windows_that_cross_are_a_defect() -> None:
    """A narrower window is taken over, a disjoint one ignored, a crossing one thrown."""
    window = FirstFree()
    window.found(100, 50)
    window.found(200, 50)
    assert (window.base, window.bound) == (100, 149)

    with pytest.raises(ThrowError, match="overlaps"):
        window.found(140, 50)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda p: p.grow(BASE, PALLOC_CHUNK_BYTES), "grown already"),
        (lambda p: p.grow(BASE + GIB, 0), "none"),
        (lambda p: p.alloc_range(at(0), 600), "never grown"),
        (lambda p: p.alloc_range(at(2), 4), "allocated in part"),
        (lambda p: p.free(at(2), 4), "free in part"),
        (lambda p: p.free(at(512), 1), "never grown"),
    ],
)
def test_a_refused_call_changes_nothing(call: Callable[[PageAlloc], object], why: str) -> None:
    """Four of the chunk's pages are taken: no call may take them again or free the fifth."""
    pages = heap(0)
    pages.alloc(4)
    before = pages.copy()

    with pytest.raises(ThrowError, match=why):
        call(pages)

    assert pages == before


@pytest.mark.parametrize(
    ("levels", "call"),
    [
        (range(4), lambda p: p.find(2)),
        (range(5), lambda p: p.find(2)),
        (range(5), lambda p: p.alloc(1)),
    ],
    ids=["tree", "chunk", "near chunk"],
)
def test_a_tree_that_lies_is_thrown_at(levels: range, call: Callable[[PageAlloc], object]) -> None:
    """A full chunk whose summaries promise 400 pages, with and without the leaf's."""
    pages = heap(0)
    pages.alloc(512)
    for level in levels:
        pages.summary[level][BASE >> LEVEL_SHIFT[level]] = PallocSum(0, 400, 0)
    pages.search_addr = BASE

    with pytest.raises(ThrowError, match="bad summary data"):
        call(pages)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (lambda p: p.in_use.remove_greater_equal(0), "ranges in use"),
        (lambda p: p.chunks.update({chunk_index(BASE): 1 << 512}), "beyond page 511"),
        (lambda p: p.chunks.update({chunk_index(BASE): 0}), "summaries"),
        (lambda p: setattr(p, "search_addr", at(300)), "above the first free page"),
        (lambda p: setattr(p, "search_addr", BASE - GIB), "never grown"),
    ],
)
def test_check_finds_a_broken_allocator(broken: Callable[[PageAlloc], None], why: str) -> None:
    """A range lost, a bit too many, a stale tree, a search that begins too high or nowhere."""
    pages = heap(0)
    pages.alloc(4)
    pages.check()

    broken(pages)

    with pytest.raises(ThrowError, match=why):
        pages.check()
