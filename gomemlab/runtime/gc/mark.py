"""Marking: from the roots along every pointer, until no grey object is left.

White is an object without a mark bit, grey one with a mark that waits in a work buffer, black one that was scanned or
has no pointers. To shade a pointer is to find the object it points into, from anywhere inside, and make it grey.

This is the marker that Go had from 1.5 to 1.25: grey objects wait one by one. Green Tea builds on it and lets small
objects wait by the span (see greentea).

Go: runtime/mgcmark.go, greyobject, gcDrain, shade; runtime/mgcmark_nogreenteagc.go, scanObject; runtime/mbitmap.go,
findObject.
Left out: prefetching; that Go throws at a pointer to a page without objects (here an event tells of it).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.alloc.mspan import SpanState
from gomemlab.runtime.arch import MIN_SIZE_FOR_MALLOC_HEADER, PAGE_SHIFT, PTR_SIZE
from gomemlab.runtime.gc.memory import IN_PAGE, NO_WORDS, WORD_SHIFT, WORDS_PER_PAGE, Memory
from gomemlab.runtime.gc.work import WORKBUF_OBJECTS, GCWork
from gomemlab.runtime.markevents import BadPointerFound

MAX_OBLET_BYTES = 128 << 10  # a larger object is scanned in parts of this size


@dataclass(slots=True, frozen=True)
class Marked:
    """What marking has to know of a span; it does not change while marking goes on."""

    span: int  # id
    base: int  # address
    elemsize: int  # bytes
    nelems: int
    noscan: bool
    inline: bool  # its marks are in the span itself, and Green Tea scans it as a whole
    sizeclass: int


# The marks that a page's objects have theirs among; which key there; the mark bit by word; the span. A word that is in
# no slot has no bit.
Page = tuple[dict[int, int], int, Sequence[int], Marked]
NOBODY = Marked(-1, 0, 0, 0, noscan=True, inline=False, sizeclass=0)
NO_PAGE: Page = ({}, -1, bytes(WORDS_PER_PAGE), NOBODY)


class Pages(dict[int, Page]):
    """The pages (by address / 8192) that marking came across in this cycle; another one is looked up when it is met."""

    __slots__ = ("heap", "inline_sizes")

    def __init__(self, heap: MHeap, inline_sizes: range) -> None:
        super().__init__({0: NO_PAGE})  # where nil points to
        self.heap, self.inline_sizes = heap, inline_sizes

    def __missing__(self, number: int) -> Page:
        """Look the page's span up. Go: runtime/mheap.go, spanOf."""
        span = self.heap.span_of(number << PAGE_SHIFT)
        if span is None or span.state is not SpanState.IN_USE:
            return NO_PAGE  # and is asked again next time: a span may be made there meanwhile
        inline = span.elemsize in self.inline_sizes
        marked = Marked(
            span.id, span.base, span.elemsize, span.nelems, bool(span.spanclass & 1), inline, span.spanclass >> 1
        )
        bits = ALL_FIRST
        if span.nelems > 1:
            bits = mark_bits(span.elemsize // PTR_SIZE, span.nelems, number - (span.base >> PAGE_SHIFT))
        page = (self.heap.inline_marks if inline else self.heap.gcmark_bits, span.id, bits, marked)
        self[number] = page
        return page


ALL_FIRST = (1,) * WORDS_PER_PAGE


@cache
def mark_bits(nwords: int, nelems: int, page: int) -> tuple[int, ...]:
    """Return the mark bit of the slot that each word of a span's page is in, 0 behind the last slot."""
    slots = ((page * WORDS_PER_PAGE + word) // nwords for word in range(WORDS_PER_PAGE))
    bits = [1 << slot for slot in range(nelems)]
    return tuple(bits[slot] if slot < nelems else 0 for slot in slots)


class Marker:
    """The classic marker: every grey object waits in a work buffer."""

    __slots__ = ("_pages", "bad_pointer", "heap", "memory", "owned")
    name = "classic"
    inline_sizes = range(0)  # bytes: slots of these sizes have their marks inside their span; with this marker none has

    def __init__(self, heap: MHeap, memory: Memory) -> None:
        self.heap, self.memory = heap, memory
        self.owned: set[int] = set()  # spans (ids) that wait to be scanned; none does with this marker
        self.bad_pointer = 0  # the first of this cycle that leads to freed memory
        self._pages = Pages(heap, self.inline_sizes)

    def begin(self) -> None:
        """Start a cycle with no marks."""
        self.bad_pointer = 0
        self._pages = Pages(self.heap, self.inline_sizes)
        self.heap.gcmark_bits.clear()
        self.heap.page_marks.clear()

    def shade(self, pointers: Sequence[int], gcw: GCWork) -> None:
        """Make grey every white object that one of the pointers leads into; one without pointers turns black at once.

        Go: runtime/mgcmark.go, shade.
        """
        self._mark(pointers, gcw)

    def flush(self, pointers: Sequence[int], gcw: GCWork) -> None:
        """Shade what waited in a write barrier's buffer; what turns grey is queued together in the end.

        Go: runtime/mwbbuf.go, wbBufFlush1.
        """
        grey: list[int] = []
        self._mark(pointers, gcw, grey)
        gcw.put_obj_batch(grey)

    def _mark(
        self, pointers: Sequence[int], gcw: GCWork, grey: list[int] | None = None, *, go_on: bool = False
    ) -> None:
        """Shade pointers; with go_on, shade then what the P's next work holds, until there is none.

        What waits alone goes to `grey` where it is given, else into the P's work buffers.
        Go: runtime/mgcmark.go, gcDrain, greyobject; runtime/mgcmark_greenteagc.go, tryDeferToSpanScan.
        """
        pages, owned, page_marks = self._pages, self.owned, self.heap.page_marks
        wbuf, room, greyed, found = gcw.wbuf1, WORKBUF_OBJECTS, 0, 0
        if grey is not None:
            wbuf, room = grey, len(pointers)
        words: Sequence[int] | None = pointers
        while words is not None:
            found += len(words)
            for pointer in words:
                marks, span_id, bits, span = pages[pointer >> PAGE_SHIFT]
                bit = bits[pointer >> WORD_SHIFT & IN_PAGE]
                marked = marks.get(span_id, 0)
                if marked & bit:
                    continue
                if not bit:
                    found -= not (pointer and self._leads_to_no_object(pointer))
                    continue
                marks[span_id] = marked | bit
                greyed += 1
                if span.inline:
                    if span.noscan:
                        gcw.bytes_marked += span.elemsize
                    elif span_id not in owned:
                        owned.add(span_id)
                        gcw.put_span(span.base | bit.bit_length() - 1, len(owned))
                    continue
                if not marked:
                    page_marks.add(span_id)
                if span.noscan:
                    gcw.bytes_marked += span.elemsize
                elif len(wbuf) < room:
                    wbuf.append(span.base + (bit.bit_length() - 1) * span.elemsize)
                else:
                    gcw.put_obj(span.base + (bit.bit_length() - 1) * span.elemsize)
                    wbuf = gcw.wbuf1
            words = self._next(gcw) if go_on else None
            wbuf = gcw.wbuf1
        gcw.objects_marked += greyed
        gcw.pointers_found += found

    def _leads_to_no_object(self, pointer: int) -> bool:
        """Pass over a pointer to a stack or outside the heap; tell of one to freed memory, once in a cycle.

        Returns True: it was found all the same.
        Go: runtime/mbitmap.go, findObject, badPointer.
        """
        heap = self.heap
        freed = heap.span_of(pointer) is None and heap.arena_base <= pointer < heap.arena_end
        if freed and not self.bad_pointer:
            self.bad_pointer = pointer
            heap.log.append((BadPointerFound, pointer))
        return True

    def mark_new(self, span_id: int, elemsize: int, slots: int, gcw: GCWork) -> None:
        """Make freshly allocated slots (a bitmap) black: there is nothing in them to scan.

        Go: runtime/mgcmark.go, gcmarknewobject.
        """
        heap = self.heap
        for bits in (heap.inline_marks, heap.inline_scans) if elemsize in self.inline_sizes else (heap.gcmark_bits,):
            bits[span_id] = bits.get(span_id, 0) | slots
        heap.page_marks.add(span_id)
        gcw.objects_marked += slots.bit_count()
        gcw.bytes_marked += slots.bit_count() * elemsize

    def step(self, gcw: GCWork, *, balance: bool = True) -> int:
        """Scan what is next of a P's work; return its address, 0 where this P finds nothing.

        Without `balance` it shares nothing before: so goes Go's second look, after a flush of the barrier's buffer.
        """
        words = self._next(gcw, balance)
        if words is None:
            return 0
        self._mark(words, gcw)
        return gcw.taken

    def drain(self, gcw: GCWork) -> None:
        """Scan until this P finds nothing any more."""
        self._mark((), gcw, go_on=True)

    def _next(self, gcw: GCWork, balance: bool = True) -> Sequence[int] | None:
        """Take what is next of a P's work, count it as scanned and return its words; None where there is nothing."""
        if balance and not gcw.full:
            gcw.balance()
        obj = gcw.wbuf1.pop() if gcw.wbuf1 else gcw.try_get_obj()
        return self._words_of_object(obj, gcw) if obj else None

    def steal(self, gcw: GCWork, others: Sequence[GCWork]) -> int:
        """Scan what another P has to share; return its address, 0 where there is none.

        Work buffers are shared by their list alone.
        """
        del gcw, others
        return 0

    def scan_object(self, obj: int, gcw: GCWork) -> None:
        """Shade every pointer in a grey object, or in one oblet of it, which turns black by that."""
        self._mark(self._words_of_object(obj, gcw), gcw)

    def _words_of_object(self, obj: int, gcw: GCWork) -> Sequence[int]:
        """Return the words of a grey object, or of one oblet of it, up to the last pointer slot.

        Go: runtime/mgcmark_greenteagc.go, scanObject.
        """
        number, memory = obj >> PAGE_SHIFT, self.memory
        span = self._pages[number][3]
        gcw.taken = obj
        size = span.elemsize
        if size <= MIN_SIZE_FOR_MALLOC_HEADER:
            first = obj >> WORD_SHIFT & IN_PAGE
            nwords = (memory.extents.get(number) or memory.measure(number, size // PTR_SIZE))[first]
            words: Sequence[int] = memory.words.get(number, NO_WORDS)[first : first + nwords]
        else:
            if size > MAX_OBLET_BYTES:
                size = self._oblet(obj, span, gcw)
            nwords = memory.slots(obj, size // PTR_SIZE).bit_length()
            words = memory.pointers(obj, nwords)
        stats = gcw.stats.get(span.sizeclass) or gcw.stats_of(span.sizeclass)
        stats.sparse_objs_scanned += 1
        gcw.bytes_marked += size
        gcw.heap_scan_work += nwords * PTR_SIZE
        return words

    def _oblet(self, obj: int, span: Marked, gcw: GCWork) -> int:
        """Return the bytes of an oblet; at the first one of an object, queue the others."""
        end = span.base + span.elemsize
        if obj == span.base:
            for oblet in range(obj + MAX_OBLET_BYTES, end, MAX_OBLET_BYTES):
                gcw.put_obj(oblet)
        return min(end - obj, MAX_OBLET_BYTES)

    def grey(self, queued: Iterable[int]) -> set[int]:
        """Return the addresses of the slots that wait to be scanned, where `queued` is in work buffers."""
        return set(queued)

    def copy(self, heap: MHeap, memory: Memory) -> "Marker":
        """Return the same marker over a copy of the heap and the memory."""
        new = type(self)(heap, memory)
        new.bad_pointer = self.bad_pointer
        new.owned = self.owned.copy()
        return new
