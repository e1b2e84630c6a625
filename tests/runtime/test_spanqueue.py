"""The queue of spans: first in, first out, and what of it other Ps may see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.gc.spanqueue import SpanQueue, SpanSPMC, obj_index, span_base

PAGE = 8192


def queue(n: int) -> SpanQueue:
    """Return a queue that n spans were put into: 1, 2, 3 ... n times a page, so that none is 0."""
    made = SpanQueue()
    for i in range(1, n + 1):
        made.put(i * PAGE)
    return made


def numbers(objptrs: list[int]) -> list[int]:
    """Return which span each is, from 1."""
    return [objptr // PAGE for objptr in objptrs]


def test_an_object_pointer_is_a_span_and_an_index() -> None:
    """The index of one of up to 504 objects fits below a page's address."""
    objptr = 0xC000004000 | 503

    assert (span_base(objptr), obj_index(objptr)) == (0xC000004000, 503)


def test_what_came_first_is_taken_first() -> None:
    """Three spans, in the order they came, and then none."""
    spans = queue(3)

    assert numbers([spans.try_get_fast() for _ in range(4)]) == [1, 2, 3, 0]


def test_the_64th_put_spills_the_16_oldest() -> None:
    """Before it the chain is empty; a quarter of what waits goes to the chain, which other Ps see."""
    before, after = queue(63), queue(64)

    assert before.chain_empty()
    assert numbers(list(after.chain[0].spans)) == list(range(1, 17))
    assert numbers([after.try_get_fast()]) == [17]


def test_nothing_spills_while_the_chain_has_spans() -> None:
    """The 128th put looks again, finds the 16 still there, and leaves it at that."""
    assert len(queue(128).chain[0].spans) == 16


def test_four_spans_are_not_worth_a_spill() -> None:
    """Half of nine would be four."""
    spans = SpanQueue(puts_since_drain=55)
    for i in range(1, 10):
        spans.put(i * PAGE)

    assert (spans.chain_empty(), spans.puts_since_drain) == (True, 0)


def test_a_full_ring_gives_its_older_half_away() -> None:
    """With 256 in the ring, and 16 spilled before, one more moves 128."""
    spans = queue(256 + 16)

    assert spans.put(999 * PAGE)
    assert (len(spans.ring), len(spans.chain[0].spans)) == (129, 144)


def test_a_chain_grows_by_a_ring_twice_as_long() -> None:
    """1,024 spans fit into the first ring; what does not fit makes one of 2,048."""
    spans = queue(1024 + 256)

    for i in range(2000, 2200):
        spans.put(i * PAGE)

    assert [r.cap for r in spans.chain] == [1024, 2048]
    spans.check()


def test_a_p_with_an_empty_ring_takes_half_of_its_own_chain() -> None:
    """Of 16 spilled spans it gets the 8 oldest, once the other 48 are gone."""
    spans = queue(64)
    for _ in range(48):
        spans.try_get_fast()

    first = spans.steal(spans)

    assert numbers([first]) == [1]
    assert (numbers(list(spans.ring)), len(spans.chain[0].spans)) == ([2, 3, 4, 5, 6, 7, 8], 8)


def test_another_p_takes_128_at_most() -> None:
    """However long the chain is."""
    victim, thief = queue(1000), SpanQueue()

    assert thief.steal(victim)
    assert len(thief.ring) == 127


def test_the_other_ps_ring_is_not_for_stealing() -> None:
    """60 spans wait, none spilled."""
    assert SpanQueue().steal(queue(60)) == 0


def test_an_empty_ring_leaves_the_chain_unless_it_is_the_last() -> None:
    """Stealing goes on to the next ring, and the last one stays to be put into."""
    spans = SpanQueue(chain=[SpanSPMC(1024), SpanSPMC(2048)])
    spans.chain[1].spans.append(PAGE)

    assert spans.steal(spans) == PAGE
    assert [r.cap for r in spans.chain] == [2048]
    assert spans.steal(spans) == 0
    assert len(spans.chain) == 1


def test_a_flush_shows_all_to_others() -> None:
    """60 spans wait in the ring; after the flush none does, and a second flush has nothing to do."""
    spans = queue(60)

    spans.flush()
    spans.flush()

    assert (len(spans.ring), len(spans.chain[0].spans), spans.empty()) == (0, 60, False)


@given(steps=st.lists(st.integers(0, 6), max_size=60), burst=st.integers(1, 150))
def test_no_span_is_lost_and_none_comes_twice(steps: list[int], burst: int) -> None:
    """Two Ps put, take, steal and flush as they like."""
    queues, put, got = [SpanQueue(), SpanQueue()], 0, list[int]()

    for step in steps:
        spans, other = queues[step & 1], queues[~step & 1]
        if step < 4:
            for _ in range(burst):
                put += 1
                spans.put(put * PAGE)
        elif step == 4:
            spans.flush()
        else:
            got += filter(None, [spans.try_get_fast() or spans.steal(spans) or spans.steal(other)])
        spans.check()

    waiting = [objptr for spans in queues for objptr in spans.waiting()]
    assert sorted(numbers(waiting + got)) == list(range(1, put + 1))
    assert len(waiting) == sum(map(len, queues))
    assert queues[0].next_spans(3) == list(queues[0].waiting())[:3]


def test_copies_are_independent() -> None:
    """What one P's copy takes is still in the other."""
    spans = queue(100)
    twin = spans.copy()

    spans.try_get_fast()
    spans.flush()

    assert (len(twin), len(spans), len(twin.ring)) == (100, 99, 84)


@pytest.mark.parametrize("broken", [[PAGE] * 2, [i * PAGE for i in range(257)]])
def test_check_finds_a_broken_queue(broken: list[int]) -> None:
    """A span that waits twice, and a ring with more than fit."""
    spans = SpanQueue()
    spans.ring.extend(broken)

    with pytest.raises(ThrowError):
        spans.check()


def test_a_steal_with_work_at_hand_is_an_error() -> None:
    """A P takes from others only when its own ring is empty."""
    spans = queue(64)

    with pytest.raises(ThrowError, match="48 spans at hand"):
        spans.steal(spans)
