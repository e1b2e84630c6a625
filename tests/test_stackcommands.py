"""Commands for goroutines: each does what its method does, and says what it asks."""

from gomemlab.runtime.gc.roots import StackSlot
from gomemlab.runtime.world import World
from gomemlab.stackcommands import CallFrame, Go, GoExit, GoMany, Point, StackAlloc, StackFree
from gomemlab.timeline import Timeline


def test_a_life_of_goroutines_as_commands() -> None:
    """Start, start many, call, point, end."""
    timeline = Timeline(World(procs=2))
    commands = [
        (Go(p=1, slots=2), 2, "P1: go f()"),
        (GoMany(3, nbytes=64), range(3, 6), "P0: 3 times go f()"),
        (CallFrame(2, 3000, slots=1, name="g"), None, "G2: call g, 3 000 B"),
        (Point(StackSlot(2, 2), StackSlot(2, 0)), None, "G2: G2.stack[2] = &G2.stack[0]"),
        (GoExit(2), None, "G2 ends"),
    ]

    for command, result, words in commands:
        assert timeline.do(command) == result
        assert str(command).replace("\u202f", " ") == words
    timeline.world.check()

    assert timeline.world.snapshot().stacks.living == 4


def test_stacks_for_nobody_as_commands() -> None:
    """What a recording's replay asks for."""
    world = World()

    address = StackAlloc(32768).apply(world)
    free = StackFree(address, marking=True)
    free.apply(world)

    assert str(StackAlloc(4096, 1)).replace("\u202f", " ") == "a stack of 4 096 B on P1"
    assert str(free) == f"free the stack at {address:#x} on P0"
    assert world.snapshot().stacks.large == (0,)
