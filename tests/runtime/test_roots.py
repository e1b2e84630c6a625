"""Roots: frames on stacks, globals, and plain objects that are held."""

import pytest

from gomemlab.runtime.gc.roots import Frame, Roots, Stack
from gomemlab.runtime.world import World


def test_slots_are_counted_over_all_frames() -> None:
    """Slot 2 of a stack with frames of 2 and 1 slots is the newer frame's first."""
    stack = Stack(1, [Frame("f", [1, 2]), Frame("g", [3])])

    slots, index = stack.find(2)

    assert slots[index] == 3
    assert stack.nslots == 3
    with pytest.raises(IndexError):
        stack.find(3)


def test_what_is_not_marked_is_forgotten() -> None:
    """Neither linked nor dropped: the slot will be another's."""
    roots = Roots(linked={7: 0b11}, dropped={7: 0b100, 8: 0b1})

    roots.forget({7: 0b101})

    assert (roots.linked, roots.dropped) == ({7: 0b1}, {7: 0b100})


def test_a_tiny_block_that_goes_on_while_a_cycle_marks_is_marked_once() -> None:
    """Five objects share a block that was grey from the beginning; the next takes a block that is born black."""
    world = World()
    world.malloc(3)
    world.gc_start()

    for _ in range(5):
        world.malloc(3)

    gcw = world.collector.gcws[0]
    assert gcw.objects_marked == 2
    assert gcw.bytes_marked == 32


def test_a_run_of_slots_taken_while_a_cycle_marks_is_black() -> None:
    """The bulk path marks what it takes, too."""
    world = World()
    world.gc_start()

    world.malloc_run(24, pointers=True, count=400)
    world.mark_all()
    world.mark_done()
    world.sweep_all()
    world.check()

    assert world.mstats().heap_objects == 400
