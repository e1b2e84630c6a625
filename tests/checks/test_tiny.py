"""Where tiny objects land, against what real Go did."""

import pytest

from gomemlab.checks.tiny import run_tiny
from gomemlab.runtime.errors import MisuseError

# Printed by programs on Go 1.27.3 with one P and a fresh block: sizes, offsets, blocks.
REAL = [
    ((3, 3, 3, 3, 3), (0, 3, 6, 9, 12), 1),
    ((1, 8), (0, 8), 1),
    ((1, 2, 4, 8), (0, 2, 4, 8), 1),
    ((8, 4, 2, 1), (0, 8, 12, 14), 1),
    ((5, 5, 5), (0, 5, 10), 1),
    ((6, 6, 6), (0, 6, 0), 2),
    ((12, 12), (0, 0), 2),
    ((12, 8, 8), (0, 0, 8), 2),
    ((8, 15, 8), (0, 0, 8), 2),
    ((15, 1), (0, 15), 1),
    ((7, 8), (0, 8), 1),
    ((10, 6), (0, 10), 1),
    ((9, 7), (0, 9), 1),
    ((1,) * 16, tuple(range(16)), 1),
]


@pytest.mark.parametrize(("sizes", "offsets", "blocks"), REAL, ids=str)
def test_tiny_objects_land_where_go_puts_them(sizes: tuple[int, ...], offsets: tuple[int, ...], blocks: int) -> None:
    """12, 8, 8 take two blocks, the 8s sharing one."""
    run = run_tiny(sizes)

    assert (run.offsets, run.blocks) == (offsets, blocks)
    assert (run.mallocs, run.bytes) == (len(sizes), 16 * blocks)


def test_an_object_goes_back_to_the_older_block_with_more_room() -> None:
    """In 8, 15, 8 the last one joins the first."""
    assert [one.block for one in run_tiny((8, 15, 8)).placed] == [0, 1, 0]


@pytest.mark.parametrize("sizes", [(16,), (0,), (8, 100), (), (1,) * 65])
def test_what_is_not_tiny_is_refused(sizes: tuple[int, ...]) -> None:
    """16 B never go into a tiny block."""
    with pytest.raises(MisuseError):
        run_tiny(sizes)


def test_a_run_says_itself() -> None:
    """One block, two blocks."""
    assert run_tiny((3,)).say() == "1 malloc of 3 B took 1 block of 16 B: 16 B of the heap."
