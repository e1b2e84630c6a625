"""Green Tea: small objects wait to be scanned by the span, not one by one.

A span of slots of 16 to 512 B keeps two bitmaps inside itself: marks says what was reached, scans what was scanned. Who
sets the first new mark queues the span, first in, first out; marks that follow while it waits cost no queueing. A visit
then scans all that was gathered, side by side in memory. A span that gathered only the one mark is not worth a look at
its bitmaps: just that object, its representative, is scanned. All larger objects, and those of 8 B, wait in work
buffers as ever.

The outcome is that of the classic marker; what differs is the order, and how often a span is visited.

Go: runtime/mgcmark_greenteagc.go, tryDeferToSpanScan, scanSpan, spanSetScans; runtime/mgcwork.go (order of queues).
Left out: that another P may mark or scan in the middle of a step; the byte that says whether a span has one mark or
many (what was marked since it waits is counted instead); processors without the vector instructions (AVX-512) that scan
a dense span in one sweep: they scan the same objects, and count every visit as sparse.
"""

from collections.abc import Iterable, Sequence

from gomemlab.runtime.arch import INLINE_MARK_BITS_MIN, MIN_SIZE_FOR_MALLOC_HEADER, PAGE_SHIFT, PTR_SIZE
from gomemlab.runtime.gc.mark import Marker
from gomemlab.runtime.gc.memory import NO_WORDS
from gomemlab.runtime.gc.spanqueue import ObjPtr, obj_index
from gomemlab.runtime.gc.work import GCWork

DENSE = 8  # a visit is dense where at least one in so many slots is to be scanned


class GreenTea(Marker):
    """The marker of Go since 1.26. Objects of 16 to 512 B wait by the span."""

    __slots__ = ()
    name = "greentea"
    # Go: runtime/mgcmark_greenteagc.go, gcUsesSpanInlineMarkBits.
    inline_sizes = range(INLINE_MARK_BITS_MIN, MIN_SIZE_FOR_MALLOC_HEADER + 1)

    def begin(self) -> None:
        """Start a cycle with no marks and nothing scanned."""
        super().begin()
        self.heap.inline_marks.clear()
        self.heap.inline_scans.clear()
        self.owned.clear()

    def _next(self, gcw: GCWork, balance: bool = True) -> Sequence[int] | None:
        """Take the next object or span, count it as scanned and return its words; None where there is nothing.

        Single objects come first, so that spans gather more; what is at hand comes before what is shared.
        Go: runtime/mgcmark.go, gcDrain.
        """
        if balance and (gcw.wbuf1 or gcw.wbuf2) and not gcw.full:
            gcw.balance()
        spanq = gcw.spanq
        if gcw.wbuf1 or not spanq.ring:
            if obj := gcw.try_get_obj():
                return self._words_of_object(obj, gcw)
            objptr = spanq.steal(spanq)
        else:
            objptr = spanq.ring.popleft()
        return self._words_of_span(objptr, gcw) if objptr else None

    def steal(self, gcw: GCWork, others: Sequence[GCWork]) -> int:
        """Take spans from the first of the other Ps that has some to share, and scan one; 0 where none has.

        `others` are all Ps, by number. They are asked from the next one on; Go begins and goes on at random.
        Go: runtime/mgcmark_greenteagc.go, (*gcWork).tryStealSpan.
        """
        for i in range(1, len(others)):
            other = others[(gcw.p + i) % len(others)]
            if objptr := gcw.spanq.steal(other.spanq):
                self._mark(self._words_of_span(objptr, gcw), gcw)
                return gcw.taken
        return 0

    def _words_of_span(self, objptr: ObjPtr, gcw: GCWork) -> Sequence[int]:
        """Return the words of all objects of a span that were marked and not scanned yet.

        Go: runtime/mgcmark_greenteagc.go, scanSpan, spanSetScans.
        """
        number, scans = objptr >> PAGE_SHIFT, self.heap.inline_scans
        marks, span_id, _, span = self._pages[number]
        size = span.elemsize
        gcw.taken = span.base + obj_index(objptr) * size
        self.owned.discard(span_id)
        gcw.span_visits += 1
        marked = marks[span_id]
        to_scan = marked ^ scans.get(span_id, 0)  # whatever was scanned is marked
        n = to_scan.bit_count()
        scans[span_id] = marked
        gcw.bytes_marked += n * size
        stats = gcw.stats.get(span.sizeclass) or gcw.stats_of(span.sizeclass)
        found: Sequence[int]
        if n > 1:
            self.heap.page_marks.add(span_id)
            if n >= span.nelems // DENSE:
                stats.spans_dense_scanned += 1
                stats.span_objs_dense_scanned += n
                gcw.heap_scan_work += n * size
                return self.memory.pointers_of(number, size // PTR_SIZE, to_scan)
            stats.spans_sparse_scanned += 1
            stats.span_objs_sparse_scanned += n
            found = self._words_one_by_one(number, size // PTR_SIZE, to_scan)
        else:  # where pointers lead anywhere, most visits are of this kind
            stats.sparse_objs_scanned += n
            found = self._words_of_slot(number, size // PTR_SIZE, to_scan.bit_length() - 1)
        gcw.heap_scan_work += len(found) * PTR_SIZE
        return found

    def _words_of_slot(self, number: int, nwords: int, slot: int) -> Sequence[int]:
        """Return the words of a slot of a page, up to its last pointer slot."""
        memory, first = self.memory, slot * nwords
        extent = (memory.extents.get(number) or memory.measure(number, nwords))[first]
        return memory.words.get(number, NO_WORDS)[first : first + extent]

    def _words_one_by_one(self, number: int, nwords: int, to_scan: int) -> list[int]:
        """Return the words of some slots of a page, of each up to its last pointer slot.

        Go: runtime/mgcmark_greenteagc.go, scanObjectsSmall.
        """
        memory = self.memory
        extents = memory.extents.get(number) or memory.measure(number, nwords)
        words = memory.words.get(number, NO_WORDS)
        found: list[int] = []
        while to_scan:
            low = to_scan & -to_scan
            to_scan ^= low
            first = (low.bit_length() - 1) * nwords
            found += words[first : first + extents[first]]
        return found

    def grey(self, queued: Iterable[int]) -> set[int]:
        """Return the addresses of the slots that wait to be scanned, where `queued` is in work buffers."""
        waiting = set(queued)
        for span_id in self.owned:
            span = self.heap.spans[span_id]
            bits = self.heap.inline_marks[span_id] & ~self.heap.inline_scans.get(span_id, 0)
            waiting |= {span.base + i * span.elemsize for i in range(bits.bit_length()) if bits >> i & 1}
        return waiting
