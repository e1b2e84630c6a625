"""What a graph of objects means: who points to whom, what the program reaches, and what the collector would miss.

An object that the program can reach and marking, as it stands, would not come to is hidden while marking goes on, and
lost once it has ended: it will be freed while it is in use.

Go: runtime/mgcmark.go, markroot, scanstack.
Left out: objects that were not made with `new`; pointers to them lead nowhere here.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from gomemlab.runtime.gc.roots import Field, Global, Place, StackSlot
from gomemlab.runtime.gcinfo import GCInfo, ObjectInfo, StackInfo


class Arrow(NamedTuple):
    """A pointer: the place that holds it, and the number of the object it leads to."""

    place: Place
    to: int
    pointer: int


class Graph:
    """The objects and pointers of one moment; everything in it is found once and kept."""

    def __init__(self, gc: GCInfo) -> None:
        """Index the objects; of two at one address, one freed and one made there later, pointers lead to the later."""
        self.gc = gc
        self.by_number = {obj.number: obj for obj in gc.objects}
        self._at = {obj.address: obj for obj in sorted(gc.objects, key=lambda obj: (not obj.freed, obj.number))}
        self._slots = {obj.address - obj.header: obj for obj in self._at.values()}
        self._bases = sorted(self._slots)

    def find(self, pointer: int) -> ObjectInfo | None:
        """Return the object that a pointer leads to, to its start or inside, or to its slot's; None where none is."""
        if not pointer or pointer in self._at:
            return self._at.get(pointer)
        row = bisect_right(self._bases, pointer) - 1
        obj = self._slots[self._bases[row]] if row >= 0 else None
        return obj if obj is not None and pointer < obj.address - obj.header + obj.size else None

    def _arrows(self, held: Iterable[tuple[Place, int]]) -> Iterator[Arrow]:
        for place, pointer in held:
            obj = self.find(pointer)
            if obj is not None:
                yield Arrow(place, obj.number, pointer)

    @cached_property
    def from_stacks(self) -> dict[int, tuple[Arrow, ...]]:
        """Return by goroutine the arrows from its stack."""
        return {stack.g: tuple(self._arrows(stack_slots(stack))) for stack in self.gc.stacks}

    @cached_property
    def from_globals(self) -> tuple[Arrow, ...]:
        """Return the arrows from globals."""
        return tuple(self._arrows((Global(i), info.pointer) for i, info in enumerate(self.gc.globals)))

    @cached_property
    def from_objects(self) -> dict[int, tuple[Arrow, ...]]:
        """Return by number the arrows from an object that is not freed."""
        return {
            obj.number: tuple(self._arrows((Field(obj.address, i), to) for i, to in enumerate(obj.slots) if to))
            for obj in self.gc.objects
            if not obj.freed
        }

    @property
    def roots(self) -> Iterator[Arrow]:
        """Yield the arrows from all stacks and globals."""
        for arrows in self.from_stacks.values():
            yield from arrows
        yield from self.from_globals

    def reach(self, start: Iterable[int]) -> set[int]:
        """Return the numbers reachable from some, themselves included."""
        seen = set(start)
        waiting = list(seen)
        while waiting:
            for arrow in self.from_objects.get(waiting.pop(), ()):
                if arrow.to not in seen:
                    seen.add(arrow.to)
                    waiting.append(arrow.to)
        return seen

    @cached_property
    def reachable(self) -> set[int]:
        """Return the numbers of the objects that the program can reach."""
        return self.reach(arrow.to for arrow in self.roots)

    def reachable_by(self, g: int) -> set[int]:
        """Return the numbers of the objects that one goroutine can reach."""
        return self.reach(arrow.to for arrow in (*self.from_stacks.get(g, ()), *self.from_globals))

    @cached_property
    def hidden(self) -> set[int]:
        """Return the numbers of the objects in use that marking, as it stands, would miss."""
        return self._numbers(self.gc.lost) if self.gc.marking else set()

    @cached_property
    def lost(self) -> set[int]:
        """Return the numbers of the objects that were in use without a mark when marking ended."""
        return set() if self.gc.marking else self._numbers(self.gc.lost)

    def _numbers(self, addresses: Iterable[int]) -> set[int]:
        return {obj.number for obj in map(self.find, addresses) if obj is not None}

    @cached_property
    def into(self) -> dict[int, list[Arrow]]:
        """Return by number the arrows that lead to an object."""
        found: dict[int, list[Arrow]] = {}
        for arrow in self.roots:
            found.setdefault(arrow.to, []).append(arrow)
        for arrows in self.from_objects.values():
            for arrow in arrows:
                found.setdefault(arrow.to, []).append(arrow)
        return found

    def place_name(self, place: Place) -> str:
        """Return "4.slot[1]", "main.f[0]" or "cache"."""
        if isinstance(place, Global):
            return self.gc.globals[place.index].name
        if isinstance(place, StackSlot):
            stack = next((stack for stack in self.gc.stacks if stack.g == place.g), None)
            names = [] if stack is None else slot_names(stack)
            return names[place.slot] if place.slot < len(names) else str(place)
        return f"{self.name(place.address)}.slot[{place.slot}]"

    def name(self, pointer: int) -> str:
        """Return an object's number, the address of what is none, "nil" for 0."""
        obj = self.find(pointer)
        return f"{obj.number}" if obj is not None else f"{pointer:#x}" if pointer else "nil"

    def value(self, place: Place) -> int | None:
        """Return the pointer at a place, None where there is no such place."""
        if isinstance(place, Global):
            return self.gc.globals[place.index].pointer if place.index < len(self.gc.globals) else None
        if isinstance(place, StackSlot):
            held = {at: to for stack in self.gc.stacks for at, to in stack_slots(stack)}
            return held.get(place)
        obj = self._at.get(place.address)
        return obj.slots[place.slot] if obj is not None and place.slot < len(obj.slots) else None


def stack_slots(stack: StackInfo) -> Iterator[tuple[Place, int]]:
    """Yield (place, pointer) for each slot of a stack, oldest frame first."""
    pointers = (pointer for frame in stack.frames for pointer in frame.slots)
    for slot, pointer in enumerate(pointers):
        yield StackSlot(stack.g, slot), pointer


def slot_names(stack: StackInfo) -> list[str]:
    """Return "main.f[0]", "main.f[1]", "main.g[0]" for the slots of a stack."""
    return [f"{frame.name}[{i}]" for frame in stack.frames for i in range(len(frame.slots))]
