"""Worlds in which pointers move while a collection marks, as lesson 08 tells of them."""

import pytest

from gomemlab.checks import barriers
from gomemlab.commands import Assign, GCStart, MarkDone, MarkRoot, MarkStep, SweepAll
from gomemlab.runtime.gc.roots import Field
from gomemlab.runtime.gcinfo import BLACK, GREY, WHITE

LOST = {
    ("none", False): (True, True),
    ("dijkstra", False): (True, False),
    ("dijkstra", True): (False, False),
    ("yuasa", False): (False, True),
    ("hybrid", False): (False, False),
    ("published", False): (False, False),
}


@pytest.mark.parametrize("policy", LOST, ids=str)
def test_each_half_of_the_barrier_saves_what_the_other_loses(policy: tuple[str, bool]) -> None:
    """Behind a scanned stack, and behind a scanned global."""
    barrier, rescan = policy

    ends = [barriers.hidden(barrier, one, rescan=rescan) for one in (barriers.BEHIND_STACK, barriers.BEHIND_GLOBAL)]

    assert tuple(map(barriers.lost, ends)) == LOST[policy]
    assert [barriers.info(end).objects[0].freed for end in ends] == list(LOST[policy])
    assert not any(barriers.info(end).marking for end in ends)


def test_what_the_barrier_has_told_of_turns_grey_when_the_buffer_is_flushed() -> None:
    """White when v0 = nil was queued, grey after the flush, black after the step."""
    timeline = barriers.hidden("hybrid", barriers.BEHIND_STACK)
    first = len(timeline) - len(barriers.REST)

    colours = [timeline.snapshot(tick).gc.objects[0].colour for tick in (first, first + 1, first + 2)]

    assert colours == [WHITE, GREY, BLACK]


def test_the_table_says_the_same() -> None:
    """Five barriers, two schedules."""
    rows = {row[0]: row[2:] for row in barriers.outcomes()}

    assert rows["hybrid"] == ("saved", "saved")
    assert rows["Yuasa"] == ("saved", "✕ lost")


def test_entries_are_those_that_compiled_code_queues() -> None:
    """As in the machine code of Go 1.27.3: heap 2, nil 1, int 0, local 0, global 2, fresh object 1; two stores 4."""
    assert barriers.queued() == (2, 1, 0, 0, 2, 1)
    assert barriers.two_stores() == 4


def test_store_257_flushes() -> None:
    """512 entries, two a store; the buffer is flushed when there is no room, not when it is full."""
    assert barriers.first_flush() == 257


def test_the_object_whose_last_pointer_went_lives_one_cycle_longer() -> None:
    """It was marked in cycle 1 and freed in cycle 2."""
    timeline = barriers.last_pointer_dropped()

    assert barriers.freed_in(timeline, 2) == 2
    assert barriers.freed_in(timeline, 1) == 0


def test_the_moment_in_which_the_last_pointer_goes_is_in_the_buffer() -> None:
    """Object 2 is white, nothing points to it, and the barrier has written it down."""
    gc = barriers.info(barriers.last_pointer_goes())

    assert gc.objects[1].colour == WHITE
    assert gc.wbbuf == ((gc.objects[1].address,),)


def test_a_thousand_objects_made_while_marking_float_for_one_cycle() -> None:
    """As in real Go: 1000 after this one, none after the next."""
    assert barriers.floating() == (1000, 0)


def test_a_black_stack_may_point_to_a_white_object() -> None:
    """After the load nothing is queued."""
    gc = barriers.info(barriers.after_the_load())

    assert (gc.stacks[0].scanned, gc.objects[0].colour, gc.wbbuf) == (True, WHITE, ((),))


@pytest.mark.slow
def test_a_search_says_what_the_schedules_say() -> None:
    """Two steps of the program lose an object where half of the barrier is missing; none do with all of it."""
    found = {name: (states, steps) for name, states, steps in barriers.verdicts()}

    assert found["hybrid"] == (6759, "none: all states searched")
    assert found["Dijkstra, stacks scanned again"] == (7401, "none: all states searched")
    assert [found[name][1] for name in ("none", "Dijkstra", "Yuasa")] == ["2", "2", "2"]


def test_old_go_scanned_every_stack_again_while_the_world_stood() -> None:
    """10 000 goroutines, 10 000 stacks; none since Go 1.8."""
    assert barriers.stopped() == [(n, n, 0) for n in barriers.GOROUTINES]


def test_an_object_of_three_in_a_row_is_lost_by_hand() -> None:
    """As the lesson says it: the stack is scanned, `p = 2.slot[0]`, `2.slot[0] = nil`."""
    timeline = barriers.three_in_a_row()
    second = timeline.world.snapshot().gc.objects[1].address
    timeline.extend([GCStart(), MarkRoot("G1's stack"), Assign(barriers.LOCAL, Field(second, 0))])
    timeline.do(Assign(Field(second, 0), None))
    while timeline.do(MarkStep()):
        pass
    timeline.extend([MarkDone(), SweepAll()])

    assert [one.freed for one in barriers.info(timeline).objects] == [False, False, True]
    assert barriers.lost(timeline)


def test_the_world_to_search_from_is_the_one_whose_schedule_is_found() -> None:
    """One object in a global, two goroutines with a slot each."""
    gc = barriers.info(barriers.two_goroutines())

    assert (len(gc.stacks), gc.barrier, [one.colour for one in gc.objects]) == (2, "dijkstra", [WHITE])
