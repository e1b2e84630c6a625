"""Slots that died and are given again: in the order of addresses, with bitmaps that only the sweep writes."""

import random

import pytest

from gomemlab.checks.lesson_06 import halves, needzero
from gomemlab.checks.reuse import HOLES, MOST, SLOTS, run_reuse
from gomemlab.runtime.errors import MisuseError


@pytest.mark.parametrize("dead", [HOLES, HOLES[::-1], (100, 5, 71, 9, 70)], ids=str)
def test_holes_are_given_again_as_real_go_does(dead: tuple[int, ...]) -> None:
    """Read from Go 1.27.3: 5, 9, 70, 71, 100, whatever died first."""
    assert run_reuse(dead).given == HOLES


def test_the_marks_become_alloc_bits_and_requests_leave_them() -> None:
    """Before the sweep all 126 bits were set; after it the marks stand there, with five slots given again, too."""
    run = run_reuse(HOLES)

    assert run.before == (1 << SLOTS) - 1
    assert run.marks == run.swept == run.after
    assert run.swept == run.before - sum(1 << slot for slot in HOLES)


def test_freeindex_stands_behind_the_slot_that_was_given_last() -> None:
    """At every request, for any slots."""
    dead = random.Random(5).sample(range(SLOTS), 40)

    run = run_reuse(dead)

    assert run.given == tuple(sorted(dead))
    assert run.freeindex == tuple(slot + 1 for slot in run.given)


def test_a_run_says_who_got_what() -> None:
    """One slot is one request."""
    assert run_reuse((7,)).say() == "The sweep freed 1 of 126 slots; the next request got slot 7."
    assert run_reuse((9, 7)).say().endswith("the next 2 requests got slots 7, 9.")


@pytest.mark.parametrize(
    ("dead", "why"),
    [((SLOTS,), "no slot 126"), ((-1,), "no slot -1"), ((3, 4, 3), "slot 3 can die only once"), ((), "0 slots")],
)
def test_slots_that_cannot_die_are_refused_with_those_that_can(dead: tuple[int, ...], why: str) -> None:
    """A span has slots 0 to 125, and each dies once."""
    with pytest.raises(MisuseError, match=why) as refused:
        run_reuse(dead)

    assert "from 0 to 125, such as 5, 9, 70, 71, 100" in str(refused.value)


def test_one_survivor_is_enough_to_reuse_all_other_slots() -> None:
    """125 die; the sentence names the first few and the last."""
    run = run_reuse(range(1, SLOTS))

    assert len(run.given) == MOST
    assert run.say().endswith("the next 125 requests got slots 1, 2, 3, 4, 5, 6, 7, … and 125.")


def test_a_span_in_which_all_die_is_refused_with_what_becomes_of_it() -> None:
    """No slot of it is reused."""
    with pytest.raises(MisuseError, match="all 126 slots die goes back to the heap"):
        run_reuse(range(SLOTS))


def test_half_of_the_objects_are_half_of_the_spans_only_where_spans_died_whole() -> None:
    """HeapAlloc is the same in both worlds, HeapInuse is not."""
    _, scattered, together = halves()

    assert scattered[1:3] == together[1:3]
    assert (scattered[4], together[4]) == (10, 5)
    assert together[5] == 5 * 8192


def test_a_slot_is_cleared_where_its_memory_was_used_before() -> None:
    """Fresh, swept in vain, swept with losses, used pages."""
    assert [bit for _, bit, _ in needzero()] == [0, 0, 1, 1]
