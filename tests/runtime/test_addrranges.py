"""Ranges of addresses stay sorted, apart and counted, whatever is added and removed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomemlab.runtime.alloc.addrranges import NO_RANGE, AddrRange, AddrRanges
from gomemlab.runtime.errors import ThrowError
from tests.vectors_io import report, vectors

places = st.integers(0, 40)


def made(*ranges: tuple[int, int]) -> AddrRanges:
    """Return a set of these ranges."""
    found = AddrRanges()
    for base, limit in ranges:
        found.add(AddrRange(base, limit))
    return found


def test_every_range_equals_gos() -> None:
    """After each add: the ranges, their bytes, and one search."""
    checked = 0
    for sequence in vectors("addr_ranges", "sequences"):
        ours = AddrRanges()

        for step in sequence:
            ours.add(AddrRange(*step["add"]))
            address, index = step["findSucc"]
            ours.check()
            assert [list(one) for one in ours.ranges] == step["ranges"]
            assert (ours.total_bytes, ours.find_succ(address)) == (step["total"], index)
            checked += 1
    report("addr_ranges", checked, "steps")


@given(st.sets(places, max_size=30), places)
def test_a_set_answers_as_the_addresses_in_it_do(addresses: set[int], asked: int) -> None:
    """Addresses added one by one: what is in, what comes next, and what stays below a cut."""
    ours = made(*((address, address + 1) for address in addresses))

    assert ours.contains(asked) == (asked in addresses)
    assert ours.find_addr_greater_equal(asked) == min((a for a in addresses if a >= asked), default=None)
    cut = ours.copy()
    cut.remove_greater_equal(asked)
    cut.check()
    assert cut.total_bytes == len([a for a in addresses if a < asked])
    ours.check()
    assert ours.total_bytes == len(addresses)


def test_the_highest_range_goes_in_whole_or_in_part() -> None:
    """Of [0, 4) and [8, 16), the last 6 addresses, then 100, then 100 more, then there is nothing."""
    ours = made((0, 4), (8, 16))

    removed = [ours.remove_last(6), ours.remove_last(100), ours.remove_last(100), ours.remove_last(1)]

    assert removed == [(10, 16), (8, 10), (0, 4), NO_RANGE]
    assert ours == AddrRanges()


@pytest.mark.parametrize(
    ("added", "why"), [((4, 4), "zero-sized"), ((3, 5), "in part"), ((0, 1), "in part"), ((6, 9), "in part")]
)
def test_what_is_empty_or_there_already_is_thrown_at(added: tuple[int, int], why: str) -> None:
    """The set has [0, 4) and [8, 16)."""
    ours = made((0, 4), (8, 16))

    with pytest.raises(ThrowError, match=why):
        ours.add(AddrRange(*added))

    assert ours == made((0, 4), (8, 16))


@pytest.mark.parametrize(
    ("ranges", "total", "why"), [([(0, 4), (4, 8)], 8, "not apart"), ([(4, 4)], 0, "empty"), ([(0, 4)], 5, "add up")]
)
def test_check_finds_a_broken_set(ranges: list[tuple[int, int]], total: int, why: str) -> None:
    """Ranges that touch, an empty one, a wrong sum."""
    ours = AddrRanges([AddrRange(*one) for one in ranges], total)

    with pytest.raises(ThrowError, match=why):
        ours.check()
