"""What the mark bits mean for a span at this moment: who is marked, who waits to be scanned, what a sweep will free.

While a cycle marks, a slot without a mark is only not reached yet. Dead it is when marking is over, and freed when its
span is swept: until then the span is unswept, and its taken slots without a mark are what sweeping will free.

Go: runtime/mheap.go, mspan; runtime/mgcsweep.go, (*sweepLocked).sweep; runtime/mgcmark_greenteagc.go,
spanInlineMarkBits.
Left out: marks that a broken barrier left on free slots; grey objects that the snapshot does not list.
"""

from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.runtime.spantable import SpanInfo
from gomemlab.views.pages import UNSWEPT
from gomemlab.views.png import Marks


def unswept(sweepgen: int, heap: int) -> bool:
    """Tell whether a span of this sweepgen has not been swept, by the heap's."""
    return sweepgen - heap in UNSWEPT


def marked(snapshot: Snapshot, span: int) -> int:
    """Return which slots of a span are marked, in its own bits or inline."""
    return snapshot.gc.marks.get(span, 0) | snapshot.gc.inline_marks.get(span, 0)


def bits_of(snapshot: Snapshot, span: SpanInfo) -> Marks:
    """Return what the marks say of a span's slots; dead are those that a sweep will free."""
    marks = marked(snapshot, span.id)
    waiting = _waiting(snapshot, span) if snapshot.gc.marking else 0
    dead = span.taken_bits() & ~marks if unswept(span.sweepgen, snapshot.sweepgen) else 0
    return Marks(marks, waiting, dead)


def _waiting(snapshot: Snapshot, span: SpanInfo) -> int:
    """Return which marked slots are still to be scanned, with their span or alone; without pointers none ever is."""
    if span.spanclass & 1:
        return 0
    gc, begin = snapshot.gc, snapshot.address(span.page)
    waiting = gc.inline_marks.get(span.id, 0) & ~gc.inline_scans.get(span.id, 0)
    for address in gc.queue:
        if 0 <= address - begin < span.npages * PAGE_SIZE:
            waiting |= 1 << (address - begin) // span.elemsize
    return waiting
