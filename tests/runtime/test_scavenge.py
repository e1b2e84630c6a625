"""Which pages are given back: the highest free ones, and none of a chunk that is, or just was, dense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomemlab.runtime.alloc.pagealloc import PageAlloc
from gomemlab.runtime.alloc.scavenge import ScavengeIndex, fill_aligned, find_scavenge_candidate
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, PAGE_SIZE, PALLOC_CHUNK_BYTES, PALLOC_CHUNK_PAGES
from gomemlab.runtime.errors import ThrowError
from tests.vectors_io import report, vectors, words

BASE = DEFAULT_HEAP_BASE
CI = BASE // PALLOC_CHUNK_BYTES
bitmaps = st.integers(0, (1 << PALLOC_CHUNK_PAGES) - 1)


def index(chunks: int = 2) -> ScavengeIndex:
    """Return an index of so many chunks, as a growth leaves it."""
    found = ScavengeIndex()
    found.grow(CI, CI + chunks)
    return found


def test_every_candidate_equals_gos() -> None:
    """First page and pages, for each search in each chunk; huge pages of 2 MiB are not cut."""
    checked = 0
    for vector in vectors("scavenge_candidate"):
        alloc, scavenged = words(vector["alloc"]), words(vector["scav"])
        for search_idx, least, most, first, npages in vector["find"]:
            ours = find_scavenge_candidate(alloc, scavenged, search_idx, least, most)
            assert ours == ((first, npages) if npages else (0, 0))
            checked += 1
    report("scavenge_candidate", checked)


def test_a_huge_page_is_taken_whole() -> None:
    """Of a free chunk, one page wanted gives 2 MiB, and 257 give both; where page 300 is in use, one page is one."""
    assert find_scavenge_candidate(0, 0, 511, 1, 1) == (256, 256)
    assert find_scavenge_candidate(0, 0, 511, 1, 256) == (256, 256)
    assert find_scavenge_candidate(0, 0, 511, 1, 257) == (0, 512)
    assert find_scavenge_candidate(1 << 300, 0, 511, 1, 1) == (511, 1)


@given(bitmaps, st.sampled_from([1, 2, 8, 64]))
def test_a_group_is_filled_where_any_bit_is_set(bits: int, m: int) -> None:
    """Group by group, as a person would."""
    group = (1 << m) - 1

    assert fill_aligned(bits, m) == sum(group << i for i in range(0, 512, m) if bits >> i & group)


@pytest.mark.parametrize("least", [0, 3, 128])
def test_a_minimum_that_is_no_power_of_two_up_to_64_is_thrown_at(least: int) -> None:
    """Go throws, too."""
    with pytest.raises(ThrowError, match="power of 2"):
        find_scavenge_candidate(0, 0, 511, least, 1)


def test_new_memory_is_not_worth_a_look() -> None:
    """It is scavenged from the beginning."""
    fresh = index()

    assert (fresh.find(force=False), fresh.find(force=True)) == ((0, 0), (0, 0))


def test_what_was_freed_is_found_at_once_by_force_and_after_a_cycle_in_the_background() -> None:
    """Pages 10 to 13 of the second chunk were in use, and 13 is where a search begins."""
    ours = index()
    ours.alloc(CI + 1, 4)

    ours.free(CI + 1, 13, 4)

    assert (ours.find(force=True), ours.find(force=False)) == ((CI + 1, 13), (0, 0))
    ours.next_gen()
    assert ours.find(force=False) == (CI + 1, 13)


def test_a_search_goes_down_to_the_chunk_below_and_clears_when_none_is_left() -> None:
    """Both chunks have something; the upper one is emptied, then the lower one; a gap between them is passed."""
    ours = ScavengeIndex()
    ours.grow(CI, CI + 1)
    ours.grow(CI + 2, CI + 3)
    for ci in (CI, CI + 2):
        ours.alloc(ci, 4)
        ours.free(ci, 3, 4)

    assert ours.find(force=True) == (CI + 2, 3)
    ours.set_empty(CI + 2)  # and chunk CI + 1 was never grown
    assert ours.find(force=True) == (CI, 511)
    ours.set_empty(CI)
    assert (ours.find(force=True), ours.search_addr_force) == ((0, 0), 0)


def test_the_background_search_comes_back_up_only_with_a_generation() -> None:
    """Chunk 1 is given up, then chunk 0 has its turn; a lower free moves nothing, the next generation does."""
    ours = index()
    for ci in (CI, CI + 1):
        ours.alloc(ci, 4)
        ours.free(ci, 3, 2)
    ours.next_gen()
    assert ours.find(force=False) == (CI + 1, 3)
    ours.set_empty(CI + 1)
    assert ours.find(force=False) == (CI, 511)

    ours.free(CI, 1, 2)
    ours.free(CI + 1, 1, 2)
    assert (ours.find(force=False), ours.find(force=True)) == ((CI, 511), (CI + 1, 3))
    ours.next_gen()

    assert ours.find(force=False) == (CI + 1, 1)


def test_a_mark_outlives_a_search_that_found_nothing() -> None:
    """Go cannot know whether a free came in between, so it leaves the address."""
    ours = index()
    ours.alloc(CI, 1)
    ours.free(CI, 0, 1)
    ours.set_empty(CI)

    assert (ours.find(force=True), ours.search_addr_force) == ((0, 0), -BASE)


@pytest.mark.parametrize(("pages", "dense"), [(495, False), (496, True), (511, True)])
def test_a_chunk_is_dense_from_31_32_on(pages: int, dense: bool) -> None:
    """495 of 512 pages are not dense, 496 are; only force takes from a dense chunk."""
    ours = index()
    ours.alloc(CI, pages + 1)
    ours.free(CI, 511, 1)
    ours.next_gen()

    assert ours.should_scavenge(CI, force=False) is not dense
    assert ours.should_scavenge(CI, force=True)


def test_a_chunk_that_was_dense_is_left_alone_for_a_whole_cycle() -> None:
    """500 pages at the end of one cycle, 100 in the next: it stays until the cycle after."""
    ours = index()
    ours.alloc(CI, 500)
    ours.next_gen()

    ours.free(CI, 499, 400)

    assert not ours.should_scavenge(CI, force=False)
    ours.next_gen()
    assert ours.should_scavenge(CI, force=False)


def test_a_full_chunk_has_nothing_to_take() -> None:
    """The last page taken says so."""
    ours = index()
    ours.alloc(CI, 12)
    ours.free(CI, 0, 1)

    ours.alloc(CI, 501)

    assert not ours.should_scavenge(CI, force=True)


@pytest.mark.parametrize(("pages", "why"), [(513, "too many"), (-1, "below zero")])
def test_more_pages_than_there_are_are_thrown_at(pages: int, why: str) -> None:
    """513 of 512 taken, or one freed that nobody has."""
    ours = index()

    with pytest.raises(ThrowError, match=why):
        ours.alloc(CI, pages) if pages > 0 else ours.free(CI, 0, -pages)


def test_the_page_allocator_keeps_the_index() -> None:
    """Pages in use in each chunk, after an allocation across both, a page cache and a free."""
    pages = PageAlloc()
    pages.grow(BASE, 2 * PALLOC_CHUNK_BYTES)
    address, _ = pages.alloc(600)
    cache = pages.alloc_to_cache()
    pages.check()

    pages.free(address, 600)
    cache.flush(pages)

    pages.check()
    assert pages.scav.find(force=True) == (CI + 1, (600 - 512) // 64 * 64 + 63)
    assert pages.scav.free_hwm == BASE + (512 + 127) * PAGE_SIZE


@pytest.mark.parametrize(
    ("broken", "why"), [({CI: 3}, "other chunks"), ({CI: 3, CI + 1: 4}, "pages in use"), (None, "yet to come")]
)
def test_check_finds_a_broken_index(broken: dict[int, int] | None, why: str) -> None:
    """A chunk too few, a page in use that is not, a chunk of a generation that has not begun."""
    ours = index()
    ours.alloc(CI, 2)
    ours.chunks[CI + 1] = 1 << 32 if broken is None else 0

    with pytest.raises(ThrowError, match=why):
        ours.check({CI: 3, CI + 1: 0} if broken is None else broken)
