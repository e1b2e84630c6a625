"""Slices: append's capacities are those of real Go, element by element."""

import pytest

from gomemlab import MisuseError
from gomemlab.runtime.slices import growslice
from tests.vectors_io import vectors

ROWS = vectors("growslice")


@pytest.mark.parametrize("vector", ROWS, ids=lambda v: f"{v['elem_size']} B{', pointers' * v['has_pointers']}")
def test_append_grows_as_in_go(vector: dict[str, object]) -> None:
    """252 appends to full slices of elements of one size: 0 + 1 byte makes room for 8."""
    elem_size, pointers = vector["elem_size"], vector["has_pointers"]

    wrong = [row for row in vector["rows"] if growslice(row[0], row[0] + row[1], elem_size, pointers) != row[2]]

    assert len(vector["rows"]) == 252
    assert wrong == []


def test_ints_one_at_a_time() -> None:
    """A slice of int that grows to a thousand: doubling to 512, then by less."""
    caps = [0]
    while caps[-1] < 1000:
        caps.append(growslice(caps[-1], caps[-1] + 1, 8))

    assert caps == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 848, 1280]


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ((4, 4, 8), "4 elements fit into a capacity of 4; append grows what is too small"),
        ((-1, 4, 8), "4 elements fit into a capacity of -1"),
        ((0, 1, 0), "elements of 0 B take no memory"),
        ((0, "1", 8), "new_len '1' is not a whole number"),
    ],
)
def test_what_does_not_grow_is_refused(call: tuple[int, int, int], why: str) -> None:
    """A slice with room for four needs no growth for a fourth."""
    with pytest.raises(MisuseError, match=why):
        growslice(*call)
