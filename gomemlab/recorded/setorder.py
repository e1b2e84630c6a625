"""In which order mcentral holds the spans that are there at a start, where collections came before it.

Without a collection every class has one span at most that is neither full nor untouched. Collections make holes, and
then it matters which span lies in front. The trace shows enough to tell: what was allocated from, so what was cached,
and what each collection freed. A sweep takes the cached span first, since every mcache is flushed, then the full ones,
then the partial ones, each set from its front.

Go: runtime/mgcsweep.go, (*mheap).nextSpanForSweep; runtime/mcache.go, (*mcache).prepareForSweep, (*mcache).releaseAll.
Left out: sweeping that goes on beside the program; before a start each collection swept to its end.
"""

from dataclasses import dataclass, field

from gomemlab.golang.trace import Trace
from gomemlab.golang.wire import Ev
from gomemlab.recorded.records import as_made
from gomemlab.runtime.alloc.sizeclasses import class_table
from gomemlab.runtime.arch import GO_1_27, PAGE_SHIFT, Go
from gomemlab.runtime.restore import MANUAL, StartSpan

_OBJECT_SHIFT = 3  # an object's id counts 8 bytes
_SHOWN = (Ev.SPAN, Ev.HEAP_OBJECT)  # events of the list at a trace's begin
_ALL = (*_SHOWN, Ev.SPAN_ALLOC, Ev.SPAN_FREE, Ev.HEAP_OBJECT_ALLOC, Ev.HEAP_OBJECT_FREE, Ev.GC_END)


@dataclass(slots=True, eq=False)
class _Span:
    page: int
    npages: int
    spanclass: int
    elemsize: int  # bytes
    nelems: int
    taken: set[int] = field(default_factory=set)  # slots

    @property
    def full(self) -> bool:
        """Return whether no slot is free."""
        return len(self.taken) >= self.nelems


@dataclass(slots=True)
class _Class:
    """The spans of one class."""

    cached: list[_Span] = field(default_factory=list)  # at most one
    full: list[_Span] = field(default_factory=list)
    partial: list[_Span] = field(default_factory=list)

    def all(self) -> list[_Span]:
        """Return the spans in the order in which a sweep takes them."""
        return self.cached + self.full + self.partial

    def allocated_from(self, span: _Span) -> None:
        """Let a span be the cached one; the one before it goes back."""
        if self.cached != [span]:
            before, self.cached = self.cached, [span]
            self._drop(span)
            self._put(before)

    def _drop(self, span: _Span) -> None:
        for lane in (self.full, self.partial):
            if span in lane:
                lane.remove(span)

    def _put(self, spans: list[_Span]) -> None:
        for span in spans:
            (self.full if span.full else self.partial).append(span)

    def remove(self, span: _Span) -> None:
        """Forget a span that was freed."""
        self._drop(span)
        self.cached = [other for other in self.cached if other is not span]

    def flush(self) -> None:
        """Put the cached span behind the others."""
        self._put(self.cached)
        self.cached = []

    def sweep(self) -> None:
        """Sweep all; the slots of the dead are free already."""
        spans, self.cached, self.full, self.partial = self.all(), [], [], []
        self._put(spans)


class _Sets:
    """All spans, as events come."""

    def __init__(self, go: Go) -> None:
        self.table = class_table(go)
        self.classes: dict[int, _Class] = {}
        self.by_page: dict[int, _Span] = {}  # by each page of a span
        self.snapshot = True  # the events so far were of the list at the begin

    def take(self, kind: int, args: list[int]) -> None:
        """Take one event."""
        if self.snapshot and kind not in _SHOWN:
            self.snapshot = False
            for sets in self.classes.values():
                sets.sweep()
                sets.cached = [sets.partial.pop()] if sets.partial else []
        if kind in {Ev.SPAN, Ev.SPAN_ALLOC}:
            self._made(args[0], args[1], args[2])
        elif kind == Ev.SPAN_FREE:
            self._freed(args[0])
        elif kind == Ev.GC_END:
            for sets in self.classes.values():
                sets.sweep()
        else:
            self._object(kind, args[0] << _OBJECT_SHIFT)

    def _made(self, page: int, npages: int, kind_class: int) -> None:
        if kind_class & 1:
            return  # for stacks
        spanclass = kind_class >> 1
        elemsize = self.table.elemsize[spanclass >> 1] or npages << PAGE_SHIFT
        span = _Span(page, npages, spanclass, elemsize, self.table.nelems[spanclass])
        self.by_page.update(dict.fromkeys(range(page, page + npages), span))
        self.classes.setdefault(spanclass, _Class()).partial.append(span)

    def _freed(self, page: int) -> None:
        span = self.by_page.get(page)
        if span:
            self.classes[span.spanclass].remove(span)
            for of_span in range(page, page + span.npages):
                del self.by_page[of_span]

    def _object(self, kind: int, address: int) -> None:
        span = self.by_page.get(address >> PAGE_SHIFT)
        if span is None:
            return  # the start's builder says what is wrong with it
        slot = (address - (span.page << PAGE_SHIFT)) // span.elemsize
        if kind == Ev.HEAP_OBJECT_FREE:
            span.taken.discard(slot)
            return
        span.taken.add(slot)
        if kind == Ev.HEAP_OBJECT_ALLOC:
            self.classes[span.spanclass].allocated_from(span)


def in_set_order(trace: Trace, row: int, spans: tuple[StartSpan, ...], go: Go = GO_1_27) -> tuple[StartSpan, ...]:
    """Return the spans that exist before event `row`, where every mcache is flushed, as their sets hold them.

    Where no collection came before, that is the order in which they were made.
    """
    if not len(trace.rows(Ev.GC_END, end=row)):
        return as_made(trace, row, spans)
    sets = _Sets(go)
    rows = trace.rows(*_ALL, end=row)
    for kind, args in zip(trace.typ[rows].tolist(), trace.args[:3, rows].T.tolist(), strict=True):
        sets.take(kind, args)
    place: dict[int, int] = {}
    for of_class in sets.classes.values():
        of_class.flush()
        place.update({span.page: len(place) + i for i, span in enumerate(of_class.all())})
    return tuple(sorted(spans, key=lambda span: -1 if span.spanclass == MANUAL else place[span.page]))
