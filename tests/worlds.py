"""What tests ask of a world beyond its digest: everything that is in it."""

from array import array
from collections import deque
from collections.abc import Callable
from enum import Enum
from functools import cache
from types import MethodType
from typing import Any

from gomemlab.runtime.alloc.mspan import SpanState
from gomemlab.runtime.alloc.sizeclasses import ClassTable
from gomemlab.runtime.arch import Go
from gomemlab.runtime.world import World

CONSTANT = (ClassTable, Go)  # the same value in all worlds of a version
# Of hit only an event is made, and state has that; the others are the class table's.
# _pages and extents are looked up or measured when they are first asked for. pool_memory has parts of the world.
NOT_STATE = {"hit", "noscan_class", "scan_class", "_pages", "extents", "pool_memory", "stack_memory"}
LEAVES: dict[Any, Callable[[Any], Any]] = {
    array: array.tobytes,
    set: sorted,
    MethodType: lambda method: method.__name__,  # a way kept at hand, not a value
    CONSTANT: lambda value: type(value).__name__,
}
PLAIN = {int, str, bool, float, type(None), type}


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Return the names of a class's fields, but for NOT_STATE."""
    return tuple(name for base in kind.__mro__ for name in getattr(base, "__slots__", ()) if name not in NOT_STATE)


def state(value: Any) -> Any:
    """Return all that a world, or a part of it, consists of, as nested tuples that can be compared.

    Unlike digest it holds what no view shows: search hints, counters, records, the run of slots known to be free.
    """
    kind = type(value)
    if kind in PLAIN or issubclass(kind, type | Enum):
        return value
    if kind is dict:
        return tuple((key, state(item)) for key, item in value.items())
    if isinstance(value, list | tuple | deque):
        return tuple(map(state, value))
    for whole, read in LEAVES.items():
        if isinstance(value, whole):
            return read(value)
    assert not hasattr(value, "__dict__"), kind
    fields = tuple(state(getattr(value, name)) for name in _names(kind))
    return (value.events, *fields) if kind is World else fields


def end_mark(world: World, dead: dict[int, int] | None = None) -> None:
    """Do what a collection has done when marking ends: sweep the rest, flush, mark, and add 2 to sweepgen.

    All objects live but the dead ones, slots by span id as a bitmap.
    """
    world.sweep_all()
    world.read_mem_stats()
    dead = dead or {}
    spans = world.allocator.heap.spans.items()
    world.sweep_begin({i: span.taken_bits() & ~dead.get(i, 0) for i, span in spans if span.state is SpanState.IN_USE})
