"""Links of a chain, found in many places at once."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gomemlab.golang.chain import LEAST, MOST, chain


def one_by_one(hops: bytes) -> list[int]:
    """Return the links, hop by hop."""
    links = [0]
    while links[-1] < len(hops):
        links.append(links[-1] + hops[links[-1]])
    return links


def found(hops: bytes) -> list[int]:
    """Return the links that chain finds."""
    return chain(np.frombuffer(hops, np.uint8)).tolist()


def test_a_chain_goes_on_by_what_each_link_says() -> None:
    """From item 0 on to 3, 5 and 9; what the other items say is not asked."""
    assert found(bytes([3, 6, 6, 2, 6, 4, 6, 6, 6])) == [0, 3, 5, 9]


def test_a_chain_over_nothing_is_its_first_link() -> None:
    """There is no item."""
    assert found(b"") == [0]


@given(st.lists(st.integers(LEAST, MOST), max_size=60), st.integers(1, 60), st.integers(0, MOST))
@example([2], 5000, 1)
def test_a_chain_is_that_of_a_walk_hop_by_hop(pattern: list[int], times: int, more: int) -> None:
    """Any hops, over and over."""
    hops = bytes(pattern) * times + bytes([LEAST]) * more

    assert found(hops) == one_by_one(hops)


@pytest.mark.parametrize("hop", range(LEAST, MOST + 1))
@pytest.mark.parametrize("lead", range(MOST + 1))
def test_chains_that_never_meet_are_walked_to_their_end(hop: int, lead: int) -> None:
    """Where all hops are alike, a wrong guess stays wrong."""
    hops = bytes([LEAST + lead % 2]) * lead + bytes([hop]) * 20_000

    assert found(hops) == one_by_one(hops)


def test_a_walk_that_meets_the_guessed_links_leaves_the_rest_of_them() -> None:
    """Hops of 2 keep the chains of even and odd items apart for long, then a 3 brings them together."""
    hops = (bytes([2]) * 201 + bytes([3, 2])) * 99

    assert found(hops) == one_by_one(hops)
