"""What a step did to the graph: pointers that were written or erased, objects that were shaded.

Pointers come from the step's events. Shading is seen in the colours: what was white a step ago and is not any more.

Go: runtime/mwbbuf.go, wbBufFlush1.
Left out: events that change no pointer and no colour.
"""

from collections.abc import Mapping
from typing import NamedTuple

from gomemlab.runtime.gc.roots import Field, Global, Place, StackSlot
from gomemlab.runtime.gcinfo import WHITE, GCInfo
from gomemlab.runtime.markevents import PointerWritten
from gomemlab.runtime.snapshot import Snapshot


class Happened(NamedTuple):
    """The changes of one tick."""

    written: frozenset[Place] = frozenset()  # places that got a pointer
    erased: tuple[tuple[Place, int], ...] = ()  # places that lost one, and which
    shaded: frozenset[int] = frozenset()  # addresses of objects that are not white any more


NOTHING = Happened()


def happened(snapshot: Snapshot, before: Mapping[int, str] | None = None) -> Happened:
    """Return what the snapshot's step did; `before` has the colours of a step ago by address, where they are known."""
    gc = snapshot.gc
    stores = [event for event in snapshot.events if isinstance(event, PointerWritten)]
    if not stores and not before:
        return NOTHING
    places = {str(place): place for place in _places(gc)} if stores else {}
    written = frozenset(places[e.place] for e in stores if e.new and e.place in places)
    erased = tuple((places[e.place], e.old) for e in stores if e.old and e.old != e.new and e.place in places)
    return Happened(written, erased, shaded(gc, before or {}))


def shaded(gc: GCInfo, before: Mapping[int, str]) -> frozenset[int]:
    """Return the addresses of the objects that were white and are not any more."""
    return frozenset(obj.address for obj in gc.objects if obj.colour != WHITE and before.get(obj.address, "") == WHITE)


def _places(gc: GCInfo) -> list[Place]:
    """Return every place of a moment."""
    stacks = [
        StackSlot(stack.g, slot) for stack in gc.stacks for slot in range(sum(len(f.slots) for f in stack.frames))
    ]
    fields = [Field(obj.address, slot) for obj in gc.objects for slot in range(len(obj.slots))]
    return [*stacks, *map(Global, range(len(gc.globals))), *fields]
