"""Green Tea: small objects wait to be scanned by the span, not one by one.

A span of slots of 16 to 512 B keeps two bitmaps inside itself: marks says what was reached, scans what was scanned. Who
sets the first new mark queues the span, first in, first out; marks that follow while it waits cost no queueing. A visit
then scans all that was gathered, side by side in memory. A span that gathered only the one mark is not worth a look at
its bitmaps: just that object, its representative, is scanned. All larger objects, and those of 8 B, wait in work
buffers as ever.

The outcome is that of the classic marker; what differs is the order, and how often a span is visited.

Go: runtime/mgcmark_greenteagc.go, tryDeferToSpanScan, scanSpan, spanSetScans; runtime/mgcwork.go, the order of queues.
Left out: that another P may take, mark or scan in the middle of a step.
"""

from collections.abc import Iterable, Sequence

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.arch import INLINE_MARK_BITS_MIN, MIN_SIZE_FOR_MALLOC_HEADER, PAGE_SHIFT, PTR_SIZE
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.gc.mark import Marked, Marker
from gomemlab.runtime.gc.memory import Memory
from gomemlab.runtime.gc.spanqueue import ObjPtr, obj_index, span_base
from gomemlab.runtime.gc.work import GCWork

ONE_MARK = 1  # the span waits, and its representative is all that was marked since
MANY_MARKS = 2
DENSE = 8  # a visit is dense where at least one in so many slots is to be scanned


class GreenTea(Marker):
    """The marker of Go since 1.26. Objects of 16 to 512 B wait by the span."""

    __slots__ = ("owned", "packed")
    name = "greentea"

    def __init__(self, heap: MHeap, memory: Memory, packed: bool = True) -> None:
        super().__init__(heap, memory)
        # The processor has the vector instructions (AVX-512) for scanning a dense span in one sweep. What is scanned
        # is the same without; what is counted differs.
        self.packed = packed
        self.owned: dict[int, int] = {}  # span id -> ONE_MARK or MANY_MARKS, while it waits to be scanned

    def begin(self) -> None:
        """Start a cycle with no marks and nothing scanned."""
        super().begin()
        self.heap.inline_marks.clear()
        self.heap.inline_scans.clear()
        self.owned.clear()

    def uses_inline_marks(self, elemsize: int) -> bool:
        """Say whether a span keeps its marks inside. Go: runtime/mgcmark_greenteagc.go, gcUsesSpanInlineMarkBits."""
        return INLINE_MARK_BITS_MIN <= elemsize <= MIN_SIZE_FOR_MALLOC_HEADER

    def mark_inline(self, span: Marked, index: int, gcw: GCWork) -> None:
        """Mark an object of such a span, and queue the span where it does not wait yet.

        Go: runtime/mgcmark_greenteagc.go, tryDeferToSpanScan.
        """
        marks, bit = self.heap.inline_marks, 1 << index
        marked = marks.get(span.span, 0)
        if marked & bit:
            return
        marks[span.span] = marked | bit
        gcw.objects_marked += 1
        if span.noscan:
            gcw.bytes_marked += span.elemsize
        elif span.span in self.owned:
            self.owned[span.span] = MANY_MARKS
        else:
            self.owned[span.span] = ONE_MARK
            gcw.spanq.put(span.base | index)

    def mark_new(self, span_id: int, elemsize: int, slots: int, gcw: GCWork) -> None:
        """Make freshly allocated slots (a bitmap) black: marked and, as far as it matters, scanned.

        Go: runtime/mgcmark.go, gcmarknewobject.
        """
        if not self.uses_inline_marks(elemsize):
            super().mark_new(span_id, elemsize, slots, gcw)
            return
        for bits in (self.heap.inline_marks, self.heap.inline_scans):
            bits[span_id] = bits.get(span_id, 0) | slots
        self.heap.page_marks.add(span_id)
        gcw.objects_marked += slots.bit_count()
        gcw.bytes_marked += slots.bit_count() * elemsize

    def step(self, gcw: GCWork, *, balance: bool = True) -> int:
        """Scan the next object or span; return its (representative's) address, 0 where this P finds nothing.

        Single objects come first, so that spans gather more; what is at hand comes before what is shared.
        Go: runtime/mgcmark.go, gcDrain.
        """
        if balance:
            gcw.balance()
        obj = objptr = 0
        if not (obj := gcw.try_get_obj_fast()) and not (objptr := gcw.spanq.try_get_fast()):
            obj = gcw.try_get_obj()
            objptr = 0 if obj else gcw.spanq.steal(gcw.spanq)
        if obj:
            self.scan_object(obj, gcw)
            return obj
        return self.scan_span(objptr, gcw) if objptr else 0

    def steal(self, gcw: GCWork, others: Sequence[GCWork]) -> int:
        """Take spans from the first of the other Ps that has some to share, and scan one; 0 where none has.

        `others` are all Ps, by number. They are asked from the next one on; Go begins and goes on at random.
        Go: runtime/mgcmark_greenteagc.go, (*gcWork).tryStealSpan.
        """
        for i in range(1, len(others)):
            other = others[(gcw.p + i) % len(others)]
            if objptr := gcw.spanq.steal(other.spanq):
                return self.scan_span(objptr, gcw)
        return 0

    def scan_span(self, objptr: ObjPtr, gcw: GCWork) -> int:
        """Scan all objects of a span that were marked and not scanned yet; return the representative's address.

        Go: runtime/mgcmark_greenteagc.go, scanSpan.
        """
        base, index = span_base(objptr), obj_index(objptr)
        span = self._pages.get(base >> PAGE_SHIFT) or self.span_at(base)
        if span is None:
            raise ThrowError(f"the span that waits at {base:#x} is gone")
        gcw.span_visits += 1
        stats = gcw.stats_of(span.sizeclass)
        one_mark = self.owned.pop(span.span) == ONE_MARK
        scanned = self.heap.inline_scans.get(span.span, 0)
        if one_mark:
            to_scan = 1 << index & ~scanned
        else:
            to_scan = self.heap.inline_marks[span.span] & ~scanned
            self.heap.page_marks.add(span.span)
        n = to_scan.bit_count()
        if not n:
            return base + index * span.elemsize
        self.heap.inline_scans[span.span] = scanned | to_scan
        gcw.bytes_marked += n * span.elemsize
        dense = False
        if one_mark:
            stats.sparse_objs_scanned += 1
        elif self.packed and n >= span.nelems // DENSE:
            dense = True
            stats.spans_dense_scanned += 1
            stats.span_objs_dense_scanned += n
        else:
            stats.spans_sparse_scanned += 1
            stats.span_objs_sparse_scanned += n
        self._scan_slots(span, to_scan, dense, gcw)
        return base + index * span.elemsize

    def _scan_slots(self, span: Marked, to_scan: int, dense: bool, gcw: GCWork) -> None:
        nwords = span.elemsize // PTR_SIZE
        pointers: list[int] = []
        while to_scan:
            low = to_scan & -to_scan
            to_scan ^= low
            address = span.base + (low.bit_length() - 1) * span.elemsize
            pointers += self.memory.pointers(address, nwords)
            gcw.heap_scan_work += (nwords if dense else self.memory.slots(address, nwords).bit_length()) * PTR_SIZE
        gcw.pointers_found += len(pointers)
        self.shade(pointers, gcw)

    def grey(self, queued: Iterable[int]) -> set[int]:
        """Return the addresses of the slots that wait to be scanned, where `queued` is in work buffers."""
        waiting = set(queued)
        for span_id in self.owned:
            span = self.heap.spans[span_id]
            bits = self.heap.inline_marks[span_id] & ~self.heap.inline_scans.get(span_id, 0)
            waiting |= {span.base + i * span.elemsize for i in range(bits.bit_length()) if bits >> i & 1}
        return waiting

    def copy(self, heap: MHeap, memory: Memory) -> "GreenTea":
        """Return the same marker over a copy of the heap and the memory."""
        new = GreenTea(heap, memory, self.packed)
        new.owned = self.owned.copy()
        return new
