"""A P's page cache hands out its 64 pages lowest first, and gives back the rest."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomemlab.runtime.alloc.pagealloc import PageAlloc
from gomemlab.runtime.alloc.pagecache import PageCache
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, PAGE_SIZE, PALLOC_CHUNK_BYTES
from gomemlab.runtime.errors import ThrowError

BASE = DEFAULT_HEAP_BASE
ALL = (1 << 64) - 1
bits64 = st.integers(0, ALL)


def grown() -> PageAlloc:
    """Return an allocator with one free chunk at BASE."""
    pages = PageAlloc()
    pages.grow(BASE, PALLOC_CHUNK_BYTES)
    return pages


def test_one_page_is_the_lowest_free_one() -> None:
    """Of pages 2 and 5, page 2 goes first; it was scavenged, page 5 was not."""
    cache = PageCache(BASE, 0b100100, 0b000100)

    taken = [cache.alloc(1) for _ in range(3)]

    assert taken == [(BASE + 2 * PAGE_SIZE, PAGE_SIZE), (BASE + 5 * PAGE_SIZE, 0), (0, 0)]
    assert cache.empty()


def test_neighbours_are_the_lowest_that_fit() -> None:
    """Three pages skip the pair at 0 and take 3 to 5, of which two are scavenged."""
    cache = PageCache(BASE, 0b111011, 0b110001)

    address, scav = cache.alloc(3)

    assert (address, scav) == (BASE + 3 * PAGE_SIZE, 2 * PAGE_SIZE)
    assert (cache.cache, cache.scav) == (0b000011, 0b000001)


def test_what_does_not_fit_leaves_the_cache_alone() -> None:
    """Two neighbours out of two lone pages."""
    cache = PageCache(BASE, 0b101, 0b101)

    assert cache.alloc(2) == (0, 0)
    assert cache == PageCache(BASE, 0b101, 0b101)


@given(bits64, bits64, st.integers(1, 64))
def test_alloc_takes_free_pages_and_counts_the_scavenged(free: int, scav: int, npages: int) -> None:
    """The taken pages were free, lie side by side, and are gone from both bitmaps."""
    cache = PageCache(BASE, free, scav)

    address, scavenged = cache.alloc(npages)

    taken = (free ^ cache.cache) & ALL
    i = f"{free:064b}"[::-1].find("1" * npages)
    assert taken == (((1 << npages) - 1) << i if i >= 0 else 0)
    assert address == (BASE + i * PAGE_SIZE if i >= 0 else 0)
    assert scavenged == (scav & taken).bit_count() * PAGE_SIZE
    assert cache.scav == scav & ~taken


def test_flush_undoes_alloc_to_cache() -> None:
    """Free pages, scavenged pages and search_addr are as before; the cache is empty. To the scavenger it is a free."""
    pages = grown()
    before = pages.copy()
    cache = pages.alloc_to_cache()

    cache.flush(pages)

    assert pages.scav.free_hwm == BASE + 63 * PAGE_SIZE
    pages.scav = before.scav
    assert pages == before
    assert cache == PageCache()


def test_flush_keeps_what_was_taken() -> None:
    """One page taken from the cache stays allocated, 511 are free again."""
    pages = grown()
    cache = pages.alloc_to_cache()
    address, _ = cache.alloc(1)

    cache.flush(pages)

    assert pages.alloc(1) == (address + PAGE_SIZE, PAGE_SIZE)
    pages.check()


def test_flushing_an_empty_cache_changes_nothing() -> None:
    """Neither the heap nor the cache."""
    pages = grown()
    before = pages.copy()

    PageCache().flush(pages)

    assert pages == before


def test_a_copy_is_its_own() -> None:
    """Taking from the copy leaves the original full."""
    cache = PageCache(BASE, ALL, 0)

    cache.copy().alloc(64)

    assert cache == PageCache(BASE, ALL, 0)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (lambda c: setattr(c, "base", BASE + PAGE_SIZE), "not a block"),
        (lambda c: setattr(c, "cache", 1 << 64), "beyond page 63"),
        (lambda c: setattr(c, "base", 0), "no address"),
        (lambda c: setattr(c, "base", BASE + 64 * PAGE_SIZE), "free as well"),
    ],
)
def test_check_finds_a_broken_cache(broken: Callable[[PageCache], None], why: str) -> None:
    """Off the grid, too many bits, nowhere, or free twice."""
    pages = grown()
    cache = pages.alloc_to_cache()
    cache.check(pages)

    broken(cache)

    with pytest.raises(ThrowError, match=why):
        cache.check(pages)
