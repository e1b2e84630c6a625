"""What Ps cost one another at a lock and on a cache line, as the cost model has it."""

import pytest

from gomemlab.contention import (
    COUNTER,
    LAYOUTS,
    MCENTRAL,
    NOBODY,
    POOL_LOCAL,
    Layout,
    contend,
    held,
    lines,
    share,
    words,
)
from gomemlab.costs import HANDOVER, HELD, LINE_OTHER, LINE_OWN
from gomemlab.runtime.alloc.locks import HEAP, LOCKS
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.pool import POOL_LOCAL_SIZE


def test_each_lock_has_a_cost() -> None:
    """No lock is counted that the cost model does not know, and the other way round."""
    assert set(HELD) == set(LOCKS)


def test_one_p_waits_for_nobody() -> None:
    """Alone at the heap lock: 0 ns."""
    waits = contend(HEAP, 1)

    assert (waits.each, waits.last, waits.mean, waits.total) == ((0,), 0, 0.0, 0)


def test_the_last_of_eight_waits_for_the_seven_others() -> None:
    """Each holds the lock and hands it over; together they wait 0 + 1 + ... + 7 times that."""
    waits, one = contend(HEAP, 8), HELD[HEAP] + HANDOVER

    assert (waits.last, waits.total, waits.mean) == (7 * one, 28 * one, 3.5 * one)


def test_locks_are_held_as_often_as_they_are_taken() -> None:
    """3 times the heap lock, nothing else."""
    assert held({HEAP: 3, "sched": 0}) == 3 * HELD[HEAP]


def test_two_shards_of_a_pool_would_share_a_line_without_padding() -> None:
    """32 B each: P0 and P1 on one line, P2 and P3 on the next; with Go's 128 B everyone has lines of his own."""
    assert lines(POOL_LOCAL, 4, padding=False) == ((0, 1), (2, 3))
    assert lines(POOL_LOCAL, 2, padding=True) == ((0,), (), (1,), ())
    assert POOL_LOCAL.padded == POOL_LOCAL_SIZE


def test_an_mcentral_ends_on_the_line_on_which_the_next_begins() -> None:
    """168 B: three lines, the last of which is the next one's first; padded to 192 B it is not."""
    bare, padded = share(MCENTRAL, 2, padding=False), share(MCENTRAL, 2)

    assert bare.writers == ((0,), (0,), (0, 1), (1,), (1,), (1,))
    assert (bare.shared, padded.shared, bare.nbytes, padded.nbytes) == (1, 0, 336, 384)


def test_eight_counters_on_one_line_cost_more_than_on_eight() -> None:
    """A thousand writes each: every one of them has to fetch the line, against none."""
    bare, padded = share(COUNTER, 8, 1000, padding=False), share(COUNTER, 8, 1000)

    assert (bare.ns, padded.ns) == (8 * 1000 * LINE_OTHER, 8 * 1000 * LINE_OWN)
    assert (bare.shared, padded.shared) == (1, 0)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=str)
def test_padding_costs_nothing_but_memory(layout: object) -> None:
    """For 1 to 64 Ps: no line is shared with it, and alone there is no difference in time."""
    assert isinstance(layout, type(COUNTER))
    for ps in (1, 2, 3, 8, 64):
        assert share(layout, ps).shared == 0
        assert share(layout, ps).ns <= share(layout, ps, padding=False).ns
        assert share(layout, ps).nbytes >= share(layout, ps, padding=False).nbytes


def test_what_cannot_be_is_refused() -> None:
    """A lock that is none, 0 Ps, 10,000 Ps, minus one write."""
    with pytest.raises(MisuseError, match="no lock 'mcentral'; give one of heap"):
        contend("mcentral", 2)
    for ps in (0, 10_000, True):
        with pytest.raises(MisuseError, match="give 1 to 64"):
            contend(HEAP, ps)
        with pytest.raises(MisuseError, match="give 1 to 64"):
            share(COUNTER, ps)
    with pytest.raises(MisuseError, match="-1 writes"):
        share(COUNTER, 2, -1)


@pytest.mark.parametrize("layout", LAYOUTS.values())
@pytest.mark.parametrize("ps", [1, 2, 7, 64])
@pytest.mark.parametrize("padding", [False, True])
def test_each_p_writes_its_words_and_nobody_writes_padding(layout: Layout, ps: int, padding: bool) -> None:
    """As many words of each P as its element has; the lines' writers are those of their words."""
    found = words(layout, ps, padding)

    assert {len(line) for line in found} == {8}
    every = [p for line in found for p in line]
    assert [every.count(p) for p in range(ps)] == [layout.size // 8] * ps
    assert [{*line} - {NOBODY} for line in found] == [set(line) for line in lines(layout, ps, padding)]
