"""What a store queues with each barrier, and when the buffer has to be flushed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.gc.barrier import BARRIERS, WB_BUF_ENTRIES, Barrier, WBBuf

NEW, OLD = 16, 32


@pytest.mark.parametrize(
    ("barrier", "stored", "nil_in_the_program", "nil_at_run_time", "fresh"),
    [
        ("hybrid", (NEW, OLD), (OLD,), (0, OLD), (NEW,)),
        ("published", (NEW, OLD), (OLD,), (0, OLD), (NEW,)),
        ("dijkstra", (NEW,), (), (0,), (NEW,)),
        ("yuasa", (OLD,), (OLD,), (OLD,), ()),
        ("none", (), (), (), ()),
    ],
)
def test_entries_by_barrier(
    barrier: str,
    stored: tuple[int, ...],
    nil_in_the_program: tuple[int, ...],
    nil_at_run_time: tuple[int, ...],
    fresh: tuple[int, ...],
) -> None:
    """Go's compiler leaves out a nil that it sees and the old pointer of a fresh object."""
    entries = BARRIERS[barrier].entries

    assert entries(NEW, OLD) == stored
    assert entries(None, OLD) == nil_in_the_program
    assert entries(0, OLD) == nil_at_run_time
    assert entries(NEW, 0, fresh=True) == fresh
    assert BARRIERS[barrier].enabled is bool(stored)


def test_the_published_barrier_spares_the_new_pointer_once_the_stack_is_black() -> None:
    """Go's own does not look at the stack."""
    found = {name: BARRIERS[name].entries(NEW, OLD, stack_grey=False) for name in ("published", "hybrid")}

    assert found == {"published": (OLD,), "hybrid": (NEW, OLD)}


def test_stores_to_globals_and_of_nil_may_have_no_barrier() -> None:
    """For experiments: Go has no switch for either."""
    no_globals = Barrier("x", shades_old=True, shades_new=True, on_globals=False)
    no_nil = Barrier("y", shades_old=True, shades_new=True, on_nil=False)

    assert (no_globals.entries(NEW, OLD, on_global=True), no_globals.entries(NEW, OLD)) == ((), (NEW, OLD))
    assert (no_nil.entries(None, OLD), no_nil.entries(0, OLD), no_nil.entries(NEW, OLD)) == ((), (), (NEW, OLD))


@given(st.lists(st.integers(1, 8), max_size=600))
def test_no_buffer_holds_more_than_512_entries(stores: list[int]) -> None:
    """Stores of 1 to 8 entries; one that does not fit has the buffer flushed before: 511 + 2 leave 2."""
    buffer, flushed = WBBuf(), list[int]()

    for n in stores:
        if buffer.full_for(n):
            flushed.append(len(buffer.take_all()))
            assert flushed[-1] + n > WB_BUF_ENTRIES
        buffer.entries += [NEW] * n
        buffer.check()

    assert sum(flushed) + len(buffer.entries) == sum(stores)


def test_a_buffer_that_holds_too_much_is_found() -> None:
    """512 entries fit."""
    with pytest.raises(ThrowError, match="holds 513 pointers; 512 fit"):
        WBBuf([NEW] * 513).check()
