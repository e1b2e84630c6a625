"""What tests ask of a world beyond its digest: everything that is in it."""

from array import array
from collections import deque
from collections.abc import Iterator
from typing import Any

from gomemlab.runtime.alloc.mspan import MSpan
from gomemlab.runtime.alloc.sizeclasses import ClassTable
from gomemlab.runtime.arch import Go
from gomemlab.runtime.world import World

CONSTANT = (ClassTable, Go)  # the same value in all worlds of a version


def _fields(value: object) -> Iterator[tuple[str, Any]]:
    for kind in type(value).__mro__:
        for name in getattr(kind, "__slots__", ()):
            if name != "hit":  # read for an event's constants only; state has the event itself
                yield name, getattr(value, name)
    yield from getattr(value, "__dict__", {}).items()


def state(value: Any) -> Any:
    """Return all that a world, or a part of it, consists of, as nested tuples that can be compared.

    Unlike digest it holds what no view shows: search hints, counters, records, the run of slots known to be free.
    """
    if isinstance(value, CONSTANT):
        return value.__class__.__name__
    if isinstance(value, dict):
        return tuple((key, state(item)) for key, item in value.items())
    if isinstance(value, array):
        return value.tobytes()
    if isinstance(value, list | tuple | deque):
        return (type(value).__name__, *map(state, value))
    if value is None or isinstance(value, int | str | type):
        return value
    told = (value.events,) if isinstance(value, World) else ()
    return (type(value).__name__, *told, *((name, state(item)) for name, item in _fields(value)))


def end_mark(world: World, dead: dict[int, int] | None = None) -> None:
    """Do what a collection has done when marking ends: flush, mark, and make every span unswept, by 2 more of sweepgen.

    Every object lives but the dead ones, slots by span id as a bitmap. Large objects live and are swept at once.
    """
    world.read_mem_stats()
    heap, dead = world.allocator.heap, dead or {}
    for central in world.allocator.central:
        for spans in (*central.partial, *central.full):
            for i, span in enumerate(spans):
                spans[i] = _marked(heap.thaw(span), dead.get(span.id, 0), heap.sweepgen + 2)
        if central.spanclass > 1:
            continue
        swept, unswept = central.full_unswept(heap.sweepgen), central.full_swept(heap.sweepgen)
        swept.extend(unswept)
        unswept.clear()
    heap.sweepgen += 2


def _marked(span: MSpan, dead: int, sweepgen: int) -> MSpan:
    if span.spanclass > 1:
        span.gcmark_bits = span.taken_bits() & ~dead
    else:
        span.sweepgen = sweepgen
    return span
