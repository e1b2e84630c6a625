"""What the program still holds: the objects of plain malloc that a learner has not dropped.

A world keeps every object alive that malloc gave, until it is dropped: a request for bytes names nobody who points to
it. Objects made with `new` are not here; they live by the pointers to them.

Go: none, Go's programs hold by pointers alone.
Left out: tiny objects one by one; their 16 B block is dropped as a whole.
"""

from typing import NamedTuple

from gomemlab.runtime.alloc.sizeclasses import class_table
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views import marks


class Held(NamedTuple):
    """The held objects of one span."""

    id: int  # the span's
    base: int  # address of the first object
    elemsize: int  # bytes
    slots: int  # bitmap

    def addresses(self) -> tuple[int, ...]:
        """Return where the objects begin, by slot."""
        slots = range(self.slots.bit_length())
        return tuple(self.base + slot * self.elemsize for slot in slots if self.slots >> slot & 1)


def held_in(snapshot: Snapshot, spanclass: int) -> list[Held]:
    """Return the spans of a class in which the program holds an object, oldest span first."""
    spans, gc, found = snapshot.spans, snapshot.gc, []
    header = class_table(snapshot.go).header_of(spanclass)
    for row, other in enumerate(spans.spanclass):
        if other != spanclass or spans.state[row] != 1:
            continue
        span = spans.info(row)
        slots = span.taken_bits() & ~gc.linked.get(span.id, 0) & ~gc.dropped.get(span.id, 0)
        slots &= ~marks.bits_of(snapshot, span).dead
        if slots:
            found.append(Held(span.id, snapshot.address(span.page) + header, span.elemsize, slots))
    return sorted(found)
