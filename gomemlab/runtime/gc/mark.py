"""Marking: from the roots along every pointer, until no grey object is left.

White is an object without a mark bit, grey one with a mark that waits in a work buffer, black one that was scanned or
has no pointers. To shade a pointer is to find the object it points into, from anywhere inside, and make it grey.

This is the marker that Go had from 1.5 to 1.25: grey objects wait one by one. Green Tea builds on it and lets small
objects wait by the span (see greentea).

Go: runtime/mgcmark.go, greyobject, gcDrain, shade; runtime/mgcmark_nogreenteagc.go, scanObject; runtime/mbitmap.go,
findObject.
Left out: prefetching; a pointer to a page that holds no objects, for which Go throws, is passed over.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.alloc.mspan import SpanState
from gomemlab.runtime.arch import PAGE_SHIFT, PTR_SIZE
from gomemlab.runtime.gc.memory import Memory
from gomemlab.runtime.gc.work import GCWork

MAX_OBLET_BYTES = 128 << 10  # a larger object is scanned in parts of this size


class Marked(NamedTuple):
    """What marking has to know of a span; it does not change while marking goes on."""

    span: int  # id
    base: int  # address
    elemsize: int  # bytes
    nelems: int
    noscan: bool
    inline: bool  # its marks are in the span itself, and Green Tea scans it as a whole
    sizeclass: int


class Marker:
    """The classic marker: every grey object waits in a work buffer."""

    __slots__ = ("_pages", "heap", "memory")
    name = "classic"

    def __init__(self, heap: MHeap, memory: Memory) -> None:
        self.heap, self.memory = heap, memory
        self._pages: dict[int, Marked | None] = {}  # by page (address / 8192), those looked up in this cycle

    def begin(self) -> None:
        """Start a cycle with no marks."""
        self._pages.clear()
        self.heap.gcmark_bits.clear()
        self.heap.page_marks.clear()

    def forget_pages(self) -> None:
        """Look spans up anew, since some were made or freed."""
        self._pages.clear()

    def span_at(self, address: int) -> Marked | None:
        """Return the span of objects that an address lies in, or None. Go: runtime/mheap.go, spanOf."""
        page = address >> PAGE_SHIFT
        if page in self._pages:
            return self._pages[page]
        span = self.heap.span_of(address)
        found = None
        if span is not None and span.state is SpanState.IN_USE:
            inline = self.uses_inline_marks(span.elemsize)
            noscan = bool(span.spanclass & 1)
            found = Marked(span.id, span.base, span.elemsize, span.nelems, noscan, inline, span.spanclass >> 1)
            self._pages[page] = found
        return found

    def uses_inline_marks(self, elemsize: int) -> bool:
        """Say whether a span with slots of this size keeps its marks inside; with this marker none does."""
        del elemsize
        return False

    def shade(self, pointers: Iterable[int], gcw: GCWork) -> None:
        """Make grey every white object that one of the pointers leads into; one without pointers turns black at once.

        Go: runtime/mgcmark.go, shade, greyobject; runtime/mwbbuf.go, wbBufFlush1.
        """
        pages, marks, greyed = self._pages, self.heap.gcmark_bits, 0
        for pointer in pointers:
            span = pages.get(pointer >> PAGE_SHIFT) or self.span_at(pointer)
            if span is None:
                continue
            span_id, base, elemsize, nelems, noscan, inline, _ = span
            index = (pointer - base) // elemsize
            if index >= nelems:  # behind the last slot
                continue
            if inline:
                self.mark_inline(span, index, gcw)
                continue
            bit, marked = 1 << index, marks.get(span_id, 0)
            if marked & bit:
                continue
            if not marked:
                self.heap.page_marks.add(span_id)
            marks[span_id] = marked | bit
            greyed += 1
            if noscan:
                gcw.bytes_marked += elemsize
            else:
                gcw.put_obj(base + index * elemsize)
        gcw.objects_marked += greyed

    def mark_inline(self, span: Marked, index: int, gcw: GCWork) -> None:
        """Mark an object whose span keeps its marks inside; no span does with this marker."""
        raise NotImplementedError

    def mark_new(self, span_id: int, elemsize: int, slots: int, gcw: GCWork) -> None:
        """Make freshly allocated slots (a bitmap) black: there is nothing in them to scan.

        Go: runtime/mgcmark.go, gcmarknewobject.
        """
        self.heap.gcmark_bits[span_id] = self.heap.gcmark_bits.get(span_id, 0) | slots
        self.heap.page_marks.add(span_id)
        gcw.objects_marked += slots.bit_count()
        gcw.bytes_marked += slots.bit_count() * elemsize

    def step(self, gcw: GCWork, *, balance: bool = True) -> int:
        """Scan what is next of a P's work; return its address, 0 where this P finds nothing.

        Without `balance` it shares nothing before: so goes Go's second look, after a flush of the barrier's buffer.
        Go: runtime/mgcmark.go, gcDrain.
        """
        if balance:
            gcw.balance()
        obj = gcw.try_get_obj()
        if obj:
            self.scan_object(obj, gcw)
        return obj

    def scan_object(self, obj: int, gcw: GCWork) -> None:
        """Shade every pointer in a grey object, or in one oblet of it, which turns black by that.

        Go: runtime/mgcmark_nogreenteagc.go, scanObject.
        """
        span = self._pages.get(obj >> PAGE_SHIFT) or self.span_at(obj)
        if span is None:  # its span was freed by hand
            return
        size = span.elemsize
        if size > MAX_OBLET_BYTES:
            end = span.base + size
            if obj == span.base:
                for oblet in range(obj + MAX_OBLET_BYTES, end, MAX_OBLET_BYTES):
                    gcw.put_obj(oblet)
            size = min(end - obj, MAX_OBLET_BYTES)
        gcw.bytes_marked += size
        gcw.stats_of(span.sizeclass).sparse_objs_scanned += 1
        nwords = self.memory.slots(obj, size // PTR_SIZE).bit_length()
        gcw.heap_scan_work += nwords * PTR_SIZE
        pointers = self.memory.pointers(obj, nwords)
        gcw.pointers_found += len(pointers)
        self.shade(pointers, gcw)

    def steal(self, gcw: GCWork, others: Sequence[GCWork]) -> int:
        """Scan what another P has queued where only it can see it; with this marker that is nothing.

        Return its address, 0 where there is none.
        """
        del gcw, others
        return 0

    def grey(self, queued: Iterable[int]) -> set[int]:
        """Return the addresses of the slots that wait to be scanned, where `queued` is in work buffers."""
        return set(queued)

    def copy(self, heap: MHeap, memory: Memory) -> "Marker":
        """Return the same marker over a copy of the heap and the memory."""
        return type(self)(heap, memory)
