"""A chunk's bitmap answers as Go's does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomemlab.runtime.alloc.pallocbits import (
    ALL_PAGES,
    FREE_CHUNK_SUM,
    FULL_SUM,
    PallocSum,
    find,
    find_bit_range64,
    find_run,
    longest_run,
    pages64,
    popcnt_range,
    summarize,
)
from tests.vectors_io import report, vectors, words

bitmaps = st.one_of(
    st.integers(0, ALL_PAGES),
    # Long runs, as a heap has them: random bits alone have none.
    st.lists(st.tuples(st.integers(0, 511), st.integers(1, 200)), max_size=12).map(
        lambda runs: sum({1 << page for i, n in runs for page in range(i, min(i + n, 512))})
    ),
)


def text(bits: int) -> str:
    """Return the bitmap as 512 characters, page 0 first."""
    return f"{bits:0512b}"[::-1]


def test_find_bit_range64_equals_gos() -> None:
    """find_bit_range64(0x2effdff7deb3eeff, 7) is 0."""
    cases = vectors("find_bit_range64")

    found = [find_bit_range64(int(c, 16), n) for c, n, _ in cases]

    assert found == [i for _, _, i in cases]
    report("find_bit_range64", len(cases))


def test_chunk_summaries_equal_gos() -> None:
    """Three pages allocated from page 283 on: start 283, max 283, end 226."""
    cases = vectors("palloc_bits")

    sums = [summarize(words(case["words"])) for case in cases]

    assert sums == [tuple(case["summary"]) for case in cases]
    report("palloc_bits summary", len(cases))


def test_chunk_searches_equal_gos() -> None:
    """Where n free pages begin, and the first free page on the way."""
    cases = [(words(case["words"]), *query) for case in vectors("palloc_bits") for query in case["find"]]

    found = [find(bits, npages, search_idx) for bits, npages, search_idx, _, _ in cases]

    assert found == [(i, first) for _, _, _, i, first in cases]
    report("palloc_bits find", len(cases), "searches")


def test_chunk_counts_equal_gos() -> None:
    """popcnt_range(bits, 251, 248) counts three of three pages."""
    cases = [(words(case["words"]), *query) for case in vectors("palloc_bits") for query in case["popcnt"]]

    counts = [popcnt_range(bits, i, n) for bits, i, n, _ in cases]

    assert counts == [count for _, _, _, count in cases]
    report("palloc_bits popcnt", len(cases), "counts")


@pytest.mark.parametrize(("bits", "right"), [(0, FREE_CHUNK_SUM), (ALL_PAGES, FULL_SUM), (1, PallocSum(0, 511, 511))])
def test_the_plain_chunks_have_the_plain_summaries(bits: int, right: PallocSum) -> None:
    """A free chunk, a full one, and one with its first page taken."""
    assert summarize(bits) == right


@given(bitmaps)
def test_a_summary_tells_the_runs_of_zeros(bits: int) -> None:
    """Of 0b1001 the first page is taken, two are free in the middle, 508 at the end."""
    runs = [len(run) for run in text(bits).split("1")]

    assert summarize(bits) == (runs[0], max(runs), runs[-1])


@given(bitmaps, st.integers(1, 512))
def test_find_is_first_fit(bits: int, npages: int) -> None:
    """Of 0b1001, two pages fit at page 1, three at page 4."""
    i, first = find(bits, npages, 0)

    assert i == text(bits).find("0" * npages)
    assert first == text(bits).find("0")


@given(bitmaps, st.integers(1, 512))
def test_find_may_begin_at_the_first_free_page(bits: int, npages: int) -> None:
    """When nothing is free below search_idx, the answer is that of a search from page 0."""
    first = text(bits).find("0")

    assert find(bits, npages, max(first, 0)) == find(bits, npages, 0)


def test_find_looks_from_the_block_of_search_idx_on() -> None:
    """search_idx 70 begins at page 64, as Go does, whatever is free below."""
    assert find(0, 1, 70) == (64, 64)


def test_a_full_chunk_has_no_room() -> None:
    """Neither for one page nor for many."""
    assert find(ALL_PAGES, 1, 0) == (-1, -1)
    assert find(ALL_PAGES, 100, 0) == (-1, -1)


@given(bitmaps)
def test_the_longest_run_of_ones_is_found(bits: int) -> None:
    """longest_run(0b110111) is 3."""
    longest = longest_run(bits)

    assert longest == max(len(run) for run in text(bits).split("0"))
    assert longest == 512 or find_run(bits, longest + 1) == -1


@given(bitmaps, st.integers(0, 511))
def test_pages64_is_the_aligned_block(bits: int, i: int) -> None:
    """Page 70 lies in the block of pages 64 to 127."""
    assert text(pages64(bits, i))[:64] == text(bits)[i // 64 * 64 :][:64]
