"""What tests ask of a world beyond its digest: everything that is in it."""

from array import array
from functools import cache
from typing import Any

from gomemlab.runtime.alloc.mcentral import MCentral
from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.alloc.mspan import MSpan, SpanState
from gomemlab.runtime.alloc.sizeclasses import ClassTable
from gomemlab.runtime.alloc.spanset import SpanSet
from gomemlab.runtime.arch import Go
from gomemlab.runtime.world import World

CONSTANT = (ClassTable, Go)  # the same value in all worlds of a version
# Of hit only an event is made, and state has that; the others are the class table's.
NOT_STATE = {"hit", "noscan_class", "scan_class"}
PLAIN = {int, str, bool, type(None), type, SpanState}


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Return the names of a class's fields, but for NOT_STATE."""
    return tuple(name for base in kind.__mro__ for name in getattr(base, "__slots__", ()) if name not in NOT_STATE)


def state(value: Any) -> Any:
    """Return all that a world, or a part of it, consists of, as nested tuples that can be compared.

    Unlike digest it holds what no view shows: search hints, counters, records, the run of slots known to be free.
    """
    kind = type(value)
    if kind in PLAIN or issubclass(kind, type):
        return value
    if kind is dict:
        return tuple((key, state(item)) for key, item in value.items())
    if kind is array:
        return value.tobytes()
    if kind in {list, tuple, SpanSet}:
        return tuple(map(state, value))
    if kind in CONSTANT:
        return kind.__name__
    assert not hasattr(value, "__dict__"), kind
    fields = tuple(state(getattr(value, name)) for name in _names(kind))
    return (value.events, *fields) if kind is World else fields


def end_mark(world: World, dead: dict[int, int] | None = None) -> None:
    """Do what a collection has done when marking ends: sweep the rest, flush, mark, and add 2 to sweepgen.

    That makes every span unswept. All objects live but the dead ones, slots by span id as a bitmap; large objects live
    and are swept at once. A span that sweeping leaves without an object stays, where Go would free it.
    """
    world.read_mem_stats()
    heap, dead = world.allocator.heap, dead or {}
    for central in world.allocator.central:
        _sweep_the_rest(heap, central)
        for spans in (central.partial_swept(heap.sweepgen), central.full_swept(heap.sweepgen)):
            for i, span in enumerate(spans):
                spans[i] = _marked(heap.thaw(span), dead.get(span.id, 0), heap.sweepgen + 2)
        if central.spanclass < 2:
            central.full_unswept(heap.sweepgen).extend(central.full_swept(heap.sweepgen))
            central.full_swept(heap.sweepgen).clear()
    heap.sweepgen += 2


def _sweep_the_rest(heap: MHeap, central: MCentral) -> None:
    """Sweep all unswept spans of a class, as a cycle does before the next can begin."""
    for spans in (central.partial_unswept(heap.sweepgen), central.full_unswept(heap.sweepgen)):
        while spans:
            span = heap.thaw(spans.popleft())
            heap.sweep(span)
            has_room = span.alloc_count < span.nelems
            (central.partial_swept if has_room else central.full_swept)(heap.sweepgen).push(span)


def _marked(span: MSpan, dead: int, sweepgen: int) -> MSpan:
    if span.spanclass > 1:
        span.gcmark_bits = span.taken_bits() & ~dead
    else:
        span.sweepgen = sweepgen
    return span
