"""Work buffers: what a P found last it scans first, and a full buffer is for all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.gc.spanqueue import span_base
from gomemlab.runtime.gc.work import WORKBUF_OBJECTS, GCWork, WorkBuf

PAGE = 8192


def work(n: int, full: list[WorkBuf] | None = None) -> GCWork:
    """Return the work of a P that found objects 1 .. n."""
    gcw = GCWork(0, [] if full is None else full)
    for obj in range(1, n + 1):
        gcw.put_obj(obj)
    return gcw


def test_the_last_found_is_taken_first() -> None:
    """Of three objects, and of 600 over several buffers."""
    assert [work(3).try_get_obj() for _ in range(1)] == [3]

    gcw = work(600)
    assert [gcw.try_get_obj() for _ in range(601)] == [*range(600, 0, -1), 0]


def test_the_507th_object_fills_a_buffer_that_is_for_all() -> None:
    """Two buffers of 253 are the P's own; one of them goes when a third is needed."""
    own, shared = work(506), work(507)

    assert (own.full, len(own.wbuf1), len(own.wbuf2)) == ([], 253, 253)
    assert ([len(wbuf) for wbuf in shared.full], len(shared.wbuf1), len(shared.wbuf2)) == ([253], 1, 253)


def test_a_batch_shares_each_full_buffer() -> None:
    """512 objects at once: two buffers of 253 go, where one by one a full buffer would have stayed."""
    batch, after_one, one_by_one = work(0), work(1), work(512)

    batch.put_obj_batch([*range(1, 513)])
    after_one.put_obj_batch([*range(2, 255)])

    assert (batch.full, batch.wbuf1, batch.wbuf2) == ([[*range(1, 254)], [*range(254, 507)]], [*range(507, 513)], [])
    assert (after_one.full, after_one.wbuf1, batch.shared) == ([[*range(1, 254)]], [254], 2)
    assert (len(one_by_one.full), len(one_by_one.wbuf2)) == (1, 253)


def test_the_second_buffer_takes_what_a_batch_leaves() -> None:
    """The full first buffer is shared, and the P goes on in its second one."""
    gcw = work(300)  # 47 in the first, 253 in the second

    gcw.put_obj_batch([*range(301, 301 + 206 + 1)])

    assert (gcw.full, gcw.wbuf1, gcw.wbuf2) == ([[*range(254, 507)], [*range(1, 254)]], [507], [])


def test_the_most_shared_buffers_of_a_cycle_are_known() -> None:
    """Of 1,700 objects five buffers of 253; taking them all changes nothing, a new cycle begins at 0."""
    gcw = work(1_700)
    while gcw.try_get_obj():
        pass

    assert (gcw.full, gcw.shared, gcw.copy([]).shared) == ([], 5, 5)
    gcw.reset()
    assert gcw.shared == 0


def test_balance_gives_the_older_half_away() -> None:
    """Of nine objects the five older ones go, and the P goes on where it was."""
    gcw = work(9)

    gcw.balance()
    gcw.balance()

    assert (gcw.full, gcw.wbuf1) == ([[1, 2, 3, 4, 5]], [6, 7, 8, 9])


def test_balance_keeps_four() -> None:
    """So few are not worth a hand-over."""
    gcw = work(4)

    gcw.balance()

    assert gcw.full == []


def test_balance_gives_the_second_buffer_first() -> None:
    """The P keeps the buffer it works in."""
    gcw = work(300)

    gcw.balance()

    assert ([len(wbuf) for wbuf in gcw.full], len(gcw.wbuf1), gcw.wbuf2) == ([253], 47, [])


def test_another_p_takes_a_shared_buffer() -> None:
    """P1 has nothing of its own and takes the buffer that was shared last."""
    full: list[WorkBuf] = []
    work(9, full).balance()
    other = GCWork(1, full)

    assert other.try_get_obj() == 5
    assert (other.wbuf1, full) == ([1, 2, 3, 4], [])


def test_dispose_leaves_nothing_to_the_p_alone() -> None:
    """Objects go to the shared list, spans to the queue's chain; a second call finds only what others may take."""
    gcw = work(300)
    gcw.put_span(5 * PAGE, 1)

    had = gcw.dispose()

    assert had
    assert sorted(map(len, gcw.full)) == [47, 253]
    assert (gcw.wbuf1, gcw.wbuf2, list(gcw.spanq.ring)) == ([], [], [])
    assert not gcw.empty()
    assert not GCWork(1, []).dispose()


def test_the_queue_shows_what_comes_next() -> None:
    """The P's own two buffers, last found first."""
    assert work(300).queue() == list(range(300, 0, -1))


@given(steps=st.lists(st.integers(0, 7), max_size=60), burst=st.integers(1, 300))
def test_no_object_is_lost_and_none_comes_twice(steps: list[int], burst: int) -> None:
    """Two Ps find one by one or many together, take, share and dispose as they like."""
    full: list[WorkBuf] = []
    gcws, put, got = [GCWork(0, full), GCWork(1, full)], 0, list[int]()

    for step in steps:
        gcw = gcws[step & 1]
        if step < 4:
            for _ in range(burst):
                put += 1
                gcw.put_obj(put)
        elif step < 6:
            gcw.balance()
            got += filter(None, [gcw.try_get_obj()])
        elif step == 6:
            gcw.dispose()
        else:
            gcw.put_obj_batch([*range(put + 1, put + burst + 1)])
            put += burst
        gcw.check()

    left = [obj for wbuf in full for obj in wbuf] + [obj for gcw in gcws for obj in gcw.queue()]
    assert sorted(left + got) == list(range(1, put + 1))


def test_copies_are_independent() -> None:
    """A copy has its own buffers and counts, on another shared list; a shared buffer may be in both."""
    full = [[1, 2, 3]]
    gcw = work(2, full)
    gcw.stats_of(5).sparse_objs_scanned = 7
    gcw.put_span(3 * PAGE, 1)
    twin = gcw.copy([*full])

    for _ in range(3):
        gcw.try_get_obj()
    gcw.stats_of(5).sparse_objs_scanned += 1
    gcw.spanq.flush()

    assert (twin.queue(), twin.full, full) == ([2, 1], [[1, 2, 3]], [])
    assert (twin.stats_of(5).sparse_objs_scanned, twin.objects_scanned, gcw.objects_scanned) == (7, 7, 8)
    assert [span_base(objptr) for objptr in twin.spanq.ring] == [3 * PAGE]


def test_a_new_cycle_counts_from_nothing() -> None:
    """Work stays, counts go."""
    gcw = work(2)
    gcw.stats_of(3).spans_dense_scanned = 1
    gcw.put_span(PAGE, 4)

    visits = gcw.stats_of(3).spans
    longest = gcw.longest
    gcw.reset()

    assert (visits, longest) == (1, 4)
    assert (gcw.stats, gcw.longest, gcw.queue()) == ({}, 0, [2, 1])


def test_the_longest_queue_is_kept() -> None:
    """Three waited, then one."""
    gcw = GCWork(0, [])

    gcw.put_span(PAGE, 3)
    gcw.put_span(2 * PAGE, 1)

    assert gcw.longest == 3


def test_check_finds_a_buffer_with_too_much() -> None:
    """A buffer of 2,048 B has room for 253 addresses."""
    gcw = GCWork(0, [[1] * (WORKBUF_OBJECTS + 1)])

    with pytest.raises(ThrowError, match="254 objects; 253 fit"):
        gcw.check()
