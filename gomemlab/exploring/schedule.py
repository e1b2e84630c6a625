"""A schedule: the commands that lead a world from one state to the next, ready to be played.

A search keeps states, not commands: which command leads from one to the next is found by trying again what may happen
there. The schedule begins in a world of its own that does not mark yet, so that a lab can play it from the first step.

Go: nothing; Go's scheduler chooses, and keeps no list.
Left out: other schedules between the same states.
"""

from itertools import pairwise

from gomemlab.commands import Command, FlushBarrier, GCStart, MarkDone
from gomemlab.exploring.moves import Moves
from gomemlab.exploring.packing import BORN, STARTED, State
from gomemlab.exploring.rules import Rules, Shape
from gomemlab.exploring.smallworld import SmallWorld, follow
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.gc.roots import Field, Global, Place, StackSlot
from gomemlab.runtime.world import World


def schedule(way: list[State], world: SmallWorld, moves: Moves) -> tuple[World, list[Command]]:
    """Return the world that a way through states begins with, and its commands from GCStart to MarkDone."""
    commands: list[Command] = [GCStart()]
    if world.rules.snapshot:
        commands += moves.scans[1 : 1 + way[0][STARTED]]
    for before, after in pairwise(way):
        commands += _between(before, after, world, moves)
    return beginning(way[0], world.shape, world.rules), [*commands, MarkDone()]


def _between(before: State, after: State, world: SmallWorld, moves: Moves) -> list[Command]:
    """Return the commands that lead from a state to the next one."""
    world.put(before)
    for command in (*moves.of_marker(before), *moves.of_program(before)):
        if world.after(command) == after:
            return [command, FlushBarrier()] if world.greyed else [command]
    raise ThrowError(f"no step leads from {before!r} to {after!r}")


def beginning(state: State, shape: Shape, rules: Rules) -> World:
    """Return a world with a state's objects and pointers that does not mark yet."""
    world = World(goroutines=state[STARTED], slots=shape.slots, marker="classic")
    follow(world, rules)
    objects = [0, *(world.new(shape.fields) for _ in range(state[BORN]))]
    places: list[Place] = [Global(0)]
    places += [StackSlot(g, i) for g in range(1, state[STARTED] + 1) for i in range(shape.slots)]
    for place, name in zip(places, state, strict=False):
        world.write(place, objects[name], place.g if isinstance(place, StackSlot) else 1)
    above = 1 + shape.goroutines * shape.slots
    for i in range(state[BORN] * shape.fields):
        place = Field(objects[1 + i // shape.fields], i % shape.fields)
        if state[above + i]:
            world.write(place, objects[state[above + i]])
    return world
