"""Which lock is taken when, and what a crowd pays, as lesson 11 tells of it."""

from gomemlab.checks import crowds
from gomemlab.runtime.alloc import locks


def test_ten_thousand_mallocs_take_the_heap_lock_five_times() -> None:
    """They need 80 spans, of pages that come 64 at a time."""
    assert crowds.counted() == (5, 80)
    assert crowds.between_two() == 64 * 126


def test_what_is_a_ps_own_takes_no_lock() -> None:
    """A malloc with room, one with a new span from the page cache, Get and Put on a shard."""
    taken = {taker.what: crowds.took(taker) for taker in crowds.TAKERS}
    free = [what for what, found in taken.items() if not found]

    assert len(free) == 3
    assert [what.split(" ", 1)[0] for what in free] == ["malloc", "the", "Put"]
    assert next(found for what, found in taken.items() if "MiB" in what)[locks.HEAP] == 1
    assert next(found for what, found in taken.items() if "Gosched" in what) == {locks.SCHED: 2}
    assert next(found for what, found in taken.items() if "first Get" in what)[locks.ALL_POOLS_MU] == 1


def test_every_lock_has_its_name_in_go() -> None:
    """Heap, spine, and the six others."""
    assert tuple(crowds.GO_NAMES) == locks.LOCKS


def test_a_crowd_waits_and_a_malloc_hardly_notices() -> None:
    """Of 64 Ps the last waits for 63; a malloc pays its share of few visits."""
    rows = crowds.crowd_rows()

    assert [row[0] for row in rows] == [1, 2, 4, 8, 16, 32, 64]
    assert rows[0][1:] == ("≈ 0 ns", "≈ 0 ns", "≈ 0 ns")
    assert rows[-1][1:] == ("≈ 69\u202f300 ns", "≈ 34\u202f650 ns", "≈ 17.3 ns")


def test_padding_keeps_ps_off_each_others_lines() -> None:
    """Seven others write P5's line of counters; with padding no line has two writers, and the array is larger."""
    rows = crowds.sharing()

    assert crowds.neighbours() == 7
    assert [row[3] for row in rows] == [4, 0, 7, 0, 1, 0]
    assert all(tight[5] < wide[5] for tight, wide in zip(rows[::2], rows[1::2], strict=True))
