"""The result of a search, as a value and in words.

Objects are called A, B, C in the order of their birth, since an address says little.

Go: nothing; these are our own words.
Left out: pictures; the schedule plays in a lab.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gomemlab.commands import Command, New
from gomemlab.exploring.rules import Rules, Shape
from gomemlab.runtime.gc.roots import Field, Global, Place, StackSlot
from gomemlab.runtime.world import World

_ADDRESS = re.compile(r"0x[0-9a-f]+")


@dataclass(frozen=True, repr=False)
class Exploration:
    """What a search found."""

    states: int  # different ones that were met
    lost: list[Command] | None  # the schedule that loses an object, from `start` on; None: none was found
    steps: int | None  # the program's steps in it
    complete: bool  # there is a loss, or all states were searched
    first: World | None  # the world before the schedule; not to be changed
    shape: Shape
    rules: Rules

    @property
    def start(self) -> World | None:
        """Return a world of your own in which the schedule begins: it does not mark yet. None where nothing is lost."""
        return None if self.first is None else self.first.copy()

    def __repr__(self) -> str:
        """Return the result as a sentence."""
        states = f"{self.states:,} states were searched"
        if self.lost is not None:
            steps = "1 step" if self.steps == 1 else f"{self.steps} steps"
            return f"Lost after {steps} of the program, the fewest; {states}."
        if self.complete:
            return f"No schedule loses an object; {states}, which is all there are."
        return f"No loss so far; {states}, and there are more."

    def said(self) -> list[str]:
        """Return the graph at the start, the schedule and its end as sentences; none where nothing is lost."""
        world = self.start
        if world is None or self.lost is None:
            return []
        names = {address: _letter(number) for address, number in world.collector.births.items()}
        graph = [_named(f"{place} = {pointer:#x}", names) for place, pointer in _pointers(world, self.shape)]
        lines = [f"at the start: {', '.join(graph)}"]
        for command in self.lost:
            made = command.apply(world)
            if isinstance(command, New) and isinstance(made, int):
                names[made] = _letter(len(names) + 1)
                lines.append(f"{_named(str(command), names)}, called {names[made]}")
            else:
                lines.append(_named(str(command), names))
        lost = ", ".join(names[address] for address in world.collector.lost)
        return [*lines, f"the program reaches {lost}, which has no mark: it would be freed"]


def _letter(number: int) -> str:
    return chr(ord("A") + number - 1)


def _named(words: str, names: dict[int, str]) -> str:
    """Return words with names instead of addresses."""
    return _ADDRESS.sub(lambda found: names.get(int(found[0], 16), found[0]), words)


def _pointers(world: World, shape: Shape) -> Iterator[tuple[Place, int]]:
    """Yield the places of a world that hold a pointer."""
    places: list[Place] = [Global(0)]
    places += [StackSlot(stack.g, i) for stack in world.collector.roots.stacks for i in range(shape.slots)]
    places += [Field(address, i) for address in world.collector.births for i in range(shape.fields)]
    yield from ((place, world.load(place)) for place in places if world.load(place))
