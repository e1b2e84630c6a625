"""A run queue is a ring of 256 with one place before it; thieves look at Ps in an order without pattern."""

import pytest

from gomemlab.runtime.runq import NO_G, RUNQ_SIZE, RunQueue, cheaprand, steal_order


def test_who_was_made_runnable_last_is_next() -> None:
    """G2 and G3 by runnext: G3 is next, and G2 went to the end."""
    queue = RunQueue()

    kicked = [queue.put(g, runnext=True)[0] for g in (2, 3)]

    assert kicked == [NO_G, 2]
    assert list(queue) == [3, 2]
    assert (queue.take_next(), queue.get(), queue.get(), queue.take_next()) == (3, 2, NO_G, NO_G)


def test_a_full_ring_gives_half_away() -> None:
    """The 257th that goes to the end takes the first 128 with it."""
    queue = RunQueue()
    for g in range(1, RUNQ_SIZE + 1):
        assert queue.put(g, runnext=False) == (NO_G, [])

    _, over = queue.put(999, runnext=False)

    assert over == [*range(1, 129), 999]
    assert list(queue) == list(range(129, 257))


def test_who_is_kicked_out_of_runnext_may_overflow() -> None:
    """With a full ring, runnext's G1 is the last of those that go."""
    queue = RunQueue()
    queue.put(1, runnext=True)
    for g in range(2, RUNQ_SIZE + 2):
        queue.put(g, runnext=False)

    kicked, over = queue.put(500, runnext=True)

    assert (kicked, over[-1], len(over), queue.runnext) == (1, 1, 129, 500)


@pytest.mark.parametrize(("waiting", "taken"), [(0, 0), (1, 1), (2, 1), (5, 3), (256, 128)])
def test_a_thief_grabs_the_older_half_rounded_up(waiting: int, taken: int) -> None:
    """Of 5, 3 are taken; runnext never is."""
    queue = RunQueue(runnext=777)
    queue.put_batch(range(1, waiting + 1))

    assert queue.grab() == list(range(1, taken + 1))
    assert queue.runnext == 777


def test_a_queue_that_goes_away_begins_with_runnext() -> None:
    """G3 in runnext, then G1 and G2."""
    queue = RunQueue(runnext=3)
    queue.put_batch([1, 2])

    assert queue.drain() == [3, 1, 2]
    assert (len(queue), queue.drain()) == (0, [])


def test_a_goroutine_can_be_taken_out_of_turn() -> None:
    """G3 of runnext, and G1 of the ring; G2 stays, and a copy of before has all."""
    queue = RunQueue(runnext=3)
    queue.put_batch([1, 2])
    twin = queue.copy()

    queue.remove(3)
    queue.remove(1)

    assert (list(queue), list(twin)) == ([2], [3, 1, 2])
    assert [g in queue for g in (1, 2, 3)] == [False, True, False]


@pytest.mark.parametrize("procs", [1, 2, 6, 7, 64])
def test_each_order_of_stealing_has_each_p_once(procs: int) -> None:
    """Whatever the random number, for 1 to 64 Ps."""
    for number in (*range(200), 2**32 - 1):
        assert sorted(steal_order(procs, number)) == list(range(procs))


def test_the_order_is_a_walk_in_coprime_steps() -> None:
    """Of 6 Ps, 1 and 5 are coprime: number 8 begins at P2, 8 // 6 = 1 picks step 5."""
    assert list(steal_order(6, 8)) == [2, 1, 0, 5, 4, 3]


def test_random_numbers_are_gos() -> None:
    """The first three of state 1, by hand: hi ^ lo of s * (s ^ 0x74743c1b), where s grows by 0x53c5ca59."""
    state, found = 1, []
    for _ in range(3):
        state, number = cheaprand(state)
        found.append(number)

    s = [(1 + i * 0x53C5CA59) % 2**32 for i in (1, 2, 3)]
    products = [x * (x ^ 0x74743C1B) for x in s]
    assert found == [(p >> 32) ^ (p % 2**32) for p in products]
    assert state == s[-1]
