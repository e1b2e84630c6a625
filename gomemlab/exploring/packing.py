"""Packing: a small world's whole state as a few bytes.

A pointer is an object's name, counted from 1, or 0 for nil: one byte for each place that holds one. First the global,
then the stacks, then the objects' fields. Then come six sets and counts: which objects are marked, which are grey,
which wait white in the barrier's buffer, how many were allocated, which roots were scanned, how many goroutines run.

Two states that differ only in the objects' names are one state for whoever asks whether an object can be lost.

Go: nothing; this is how a search knows a state again.
Left out: garbage is not normalised: what nobody reaches keeps its pointers and its colour.
"""

from collections.abc import Callable
from functools import cache
from itertools import permutations

from gomemlab.exploring.rules import Shape

State = bytes
MARKS, GREYS, WAITING, BORN, SCANNED, STARTED = range(-6, 0)  # where they are, from the end
GLOBALS = 1  # the bit of SCANNED for the globals; goroutine g has bit g


def canonical(shape: Shape) -> Callable[[State], State]:
    """Return a function that gives all states which differ only in names the same bytes."""
    first = 1 + shape.goroutines * shape.slots
    end, fields = shape.pointers, shape.fields

    def rename(state: State) -> State:
        best = state
        for table, order, bits in renamings(state[BORN]):
            objects = b"".join([state[first + i * fields : first + (i + 1) * fields] for i in order])
            pointers = (state[:first] + objects).translate(table) + state[first + len(objects) : end]
            if pointers > best[:end]:
                continue
            sets = bits[state[MARKS]], bits[state[GREYS]], bits[state[WAITING]]
            best = min(best, pointers + bytes(sets) + state[BORN:])
        return best

    return rename


@cache
def renamings(born: int) -> tuple[tuple[bytes, tuple[int, ...], tuple[int, ...]], ...]:
    """Return each way, but the idle one, to rename so many objects.

    It is a table of the new names, the old indexes in the new order, and a table of the sets of objects.
    """
    found = []
    for order in list(permutations(range(born)))[1:]:
        new = {old: i for i, old in enumerate(order)}
        table = bytes((0, *(new[old] + 1 for old in range(born)), *range(born + 1, 256)))
        sets = tuple(sum(1 << new[old] for old in range(born) if bits >> old & 1) for bits in range(1 << born))
        found.append((table, order, sets))
    return tuple(found)


def reached(state: State, shape: Shape) -> int:
    """Return the set of objects that pointers lead to from the global and the stacks."""
    first, fields = 1 + shape.goroutines * shape.slots, shape.fields
    seen, waiting = 0, list(state[:first])
    while waiting:
        name = waiting.pop()
        if name and not seen >> name - 1 & 1:
            seen |= 1 << name - 1
            begin = first + (name - 1) * fields
            waiting += state[begin : begin + fields]
    return seen


def white(state: State) -> int:
    """Return the set of objects without a mark."""
    return (1 << state[BORN]) - 1 & ~state[MARKS]
