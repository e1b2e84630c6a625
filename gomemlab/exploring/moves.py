"""Moves: what may happen next in a state.

A goroutine loads from the global, or from an object that it holds, into its stack; stores what it holds, or nil, there;
copies between slots of its stack, clears one, allocates. The marker scans a stack, the globals, or one grey object.

Go: runtime/mgcmark.go, markroot, gcDrain.
Left out: what leads to the same state: a load that changes nothing. A store that changes nothing still shades.
"""

from collections.abc import Iterator

from gomemlab.commands import Assign, Command, FlushBarrier, GoStart, MarkObject, MarkRoot, New, Send
from gomemlab.exploring.packing import BORN, GREYS, SCANNED, STARTED, WAITING, State
from gomemlab.exploring.rules import Rules, Shape
from gomemlab.runtime.gc.roots import Field, Global, Place, StackSlot

NIL, ALWAYS = -1, -2  # beside the indexes of a state's pointers
Move = tuple[Command, int, int]  # the first index gets what the second has, and nothing happens where that is the same


class Moves:
    """All commands of one small world, each made once."""

    def __init__(self, shape: Shape, rules: Rules, addresses: list[int]) -> None:
        self.shape, self.rules, self.addresses = shape, rules, addresses
        self.scans = [MarkRoot("globals"), *(MarkRoot(f"G{g}'s stack") for g in range(1, shape.goroutines + 1))]
        self.objects = [MarkObject(address) for address in addresses[1:]]
        self.flush = FlushBarrier()
        self._of_goroutine: dict[tuple[int, bytes, bool, int], list[Move]] = {}

    def of_marker(self, state: State) -> list[Command]:
        """Return what the marker may do."""
        unscanned = [i for i in range(1 + state[STARTED]) if not state[SCANNED] >> i & 1]
        if self.rules.stacks_first and any(unscanned):
            return [self.scans[i] for i in unscanned if i]
        moves: list[Command] = [self.scans[i] for i in unscanned]
        moves += [scan for i, scan in enumerate(self.objects) if state[GREYS] >> i & 1]
        if state[WAITING] and self.rules.shading != "in two":
            moves.append(self.flush)
        return moves

    def of_program(self, state: State) -> list[Command]:
        """Return what the goroutines may do."""
        if state[WAITING] and self.rules.shading == "in two":
            return [self.flush]  # the second half of a store comes before the next one
        slots, found = self.shape.slots, list[Command]()
        room, started = state[BORN] < self.shape.objects, state[STARTED]
        for g in range(1, started + 1):
            key = g, state[1 + (g - 1) * slots : 1 + g * slots], room, started
            moves = self._of_goroutine.get(key)
            if moves is None:
                moves = self._of_goroutine[key] = list(self._with(*key))
            loaded = set()
            for move, to, source in moves:
                if to >= 0:
                    value = state[source] if source >= 0 else 0
                    if value == state[to] or (to, value) in loaded:
                        continue
                    loaded.add((to, value))
                found.append(move)
        return found

    def over(self, state: State) -> bool:
        """Say whether marking may end in a state."""
        if state[GREYS] or state[SCANNED] != (2 << state[STARTED]) - 1:
            return False
        return not (state[WAITING] and self.rules.flushes_at_end)

    # Inside

    def _with(self, g: int, held: bytes, room: bool, started: int) -> Iterator[Move]:
        """Yield what goroutine g can do with these pointers on its stack."""
        shape = self.shape
        names = sorted(set(held) - {0})
        first = {name: i for i, name in reversed(list(enumerate(held)))}  # a slot that has it
        above = 1 + shape.goroutines * shape.slots
        fields: list[tuple[Place, int]] = [
            (Field(self.addresses[name], f), above + (name - 1) * shape.fields + f)
            for name in names
            for f in range(shape.fields)
        ]
        heap: list[tuple[Place, int]] = [(Global(0), 0), *fields]
        own = [(StackSlot(g, i), 1 + (g - 1) * shape.slots + i) for i in range(shape.slots)]
        for to, index in own:
            yield Assign(to, None, g), index, NIL
            yield from ((Assign(to, place, g), index, at) for place, at in [*heap, *own])
            if room:
                yield New(shape.fields, into=to, g=g), ALWAYS, NIL
        for place, _ in heap:
            yield from ((Assign(place, own[first[name]][0], g), ALWAYS, NIL) for name in names)
            yield Assign(place, None, g), ALWAYS, NIL
        sources = [own[first[name]][0] for name in names]
        if self.rules.send is not None:
            others = [other for other in range(1, started + 1) if other != g]
            targets = [StackSlot(other, i) for other in others for i in range(shape.slots)]
            yield from ((Send(to, source, self.rules.send), ALWAYS, NIL) for to in targets for source in sources)
        if self.rules.go is not None and started < shape.goroutines:
            yield from ((GoStart(shape.slots, (source,), g, self.rules.go), ALWAYS, NIL) for source in sources)
