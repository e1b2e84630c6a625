"""What a snapshot tells of stacks: sums over all of them, and pointers into a stack that are no dangling ones."""

from gomemlab.runtime import gcsnapshot, stackinfo
from gomemlab.runtime.gc.roots import StackSlot
from gomemlab.runtime.world import World


def test_stacks_are_summed_by_size_beyond_those_that_are_told() -> None:
    """1,200 goroutines of 2 KiB and one of 4 KiB: a thousand are told, all are summed; the dead are not."""
    world = World()
    world.go_many(1200)
    world.call(2, 0, "f", 1500)
    world.goexit(3)

    stacks = world.snapshot().stacks

    assert len(stacks.goroutines) == stackinfo.MAX_GOROUTINES
    assert [(size.nbytes, size.stacks) for size in stacks.sizes] == [(2048, 1199), (4096, 1)]
    assert stacks.living == 1200
    assert stacks.sizes[1].used == 56 + 1504


def test_the_collectors_picture_tells_of_the_first_stacks() -> None:
    """A thousand; the rest would make every picture slow."""
    world = World()
    world.go_many(1200)

    assert len(world.snapshot().gc.stacks) == gcsnapshot.MAX_STACKS


def test_a_pointer_into_the_own_stack_does_not_dangle() -> None:
    """It leads to no object, and to nothing that was freed; one to a freed object still dangles."""
    world = World()
    world.go(3)
    world.point(StackSlot(2, 0), StackSlot(2, 1))
    freed = world.new(1, 40_000, into=StackSlot(2, 2), g=2)

    assert world.snapshot().gc.dangling == ()

    world.free_span(freed)
    assert world.snapshot().gc.dangling == (StackSlot(2, 2),)
