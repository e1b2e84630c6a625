"""mcentral: the spans of one span class that no P has cached.

Four sets: spans with free slots (partial) and without (full), each as swept and unswept. Which array is which turns
with sweepgen: a collection that adds 2 to it makes all swept spans unswept without touching one of them.

Go: runtime/mcentral.go, mcentral.
Left out: the padding between the elements of mheap.central, and sweepers at work at the same time.
"""

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.alloc.mspan import MSpan
from gomemlab.runtime.alloc.pagecache import PageCache
from gomemlab.runtime.alloc.spanset import SpanSet
from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.events import CentralEmpty, SpanCached, SpanUncached
from gomemlab.runtime.gcevents import ALLOCATION, FLUSH

SPAN_BUDGET = 100  # unswept spans that one call may sweep, and one more: Go counts down while it is >= 0


class MCentral:
    """The spans of one span class."""

    __slots__ = ("full", "partial", "spanclass")

    def __init__(self, spanclass: int) -> None:
        self.spanclass = spanclass
        self.partial = (SpanSet(), SpanSet())  # with a free slot; swept and unswept, by sweepgen's parity
        self.full = (SpanSet(), SpanSet())  # without one

    def partial_swept(self, sweepgen: int) -> SpanSet:
        """Return the swept spans with a free slot. Go: runtime/mcentral.go, (*mcentral).partialSwept."""
        return self.partial[sweepgen // 2 % 2]

    def partial_unswept(self, sweepgen: int) -> SpanSet:
        """Return the unswept spans with a free slot. Go: runtime/mcentral.go, (*mcentral).partialUnswept."""
        return self.partial[1 - sweepgen // 2 % 2]

    def full_swept(self, sweepgen: int) -> SpanSet:
        """Return the swept spans without a free slot. Go: runtime/mcentral.go, (*mcentral).fullSwept."""
        return self.full[sweepgen // 2 % 2]

    def full_unswept(self, sweepgen: int) -> SpanSet:
        """Return the unswept spans without a free slot. Go: runtime/mcentral.go, (*mcentral).fullUnswept."""
        return self.full[1 - sweepgen // 2 % 2]

    def cache_span(self, heap: MHeap, pcache: PageCache, p: int) -> MSpan:
        """Find a span with a free slot for P p's mcache, or make one.

        Go: runtime/mcentral.go, (*mcentral).cacheSpan, (*mcentral).grow.
        """
        span, taken, swept = None, 0, 0
        if heap.sweeping is not None:
            heap.sweeping.deduct_sweep_credit(heap, heap.classes.npages[self.spanclass >> 1] * PAGE_SIZE, 0, p)
        if partial := self.partial[heap.sweepgen // 2 % 2]:
            span, source = heap.thaw(partial.popleft()), "partialSwept"
        elif heap.sweeping is not None:
            span, source, swept = self._sweep_for_one(heap, p)
        if span is None:
            index = self.spanclass >> 1
            if heap.tells:
                heap.log.append((CentralEmpty, self.spanclass, heap.classes.elemsize[index], swept))
            span, source = heap.alloc(heap.classes.npages[index], self.spanclass, pcache, p), "new"
        else:
            span.alloc_count_before_cache = taken = span.alloc_count
            if taken == span.nelems:
                raise ThrowError(f"span {span.id} from {source} has no free objects")
        if heap.tells:
            heap.log.append((SpanCached, p, span.id, self.spanclass, span.elemsize, source, taken, span.nelems))
        return span

    def _sweep_for_one(self, heap: MHeap, p: int) -> tuple[MSpan | None, str, int]:
        """Sweep up to 101 unswept spans until one has a free slot; return it, its set and how many were swept in vain.

        A span in an unswept set may be swept already, by reclaim; such a one counts against the budget and is dropped.
        """
        budget, vain = SPAN_BUDGET, 0
        while budget >= 0 and (span := self.partial_unswept(heap.sweepgen).take()):
            budget -= 1
            if heap.unswept(span):
                span = heap.thaw(span)
                heap.sweep(span, p, ALLOCATION, preserve=True)
                return span, "partialUnswept", vain
        while budget >= 0 and (span := self.full_unswept(heap.sweepgen).take()):
            budget -= 1
            if not heap.unswept(span):
                continue
            span = heap.thaw(span)
            heap.sweep(span, p, ALLOCATION, preserve=True)
            if span.next_free_index() != span.nelems:
                return span, "fullUnswept", vain
            heap.locks.push(self.spanclass, heap.sweepgen, p, full=True)
            self.full_swept(heap.sweepgen).push(span)
            vain += 1
        return None, "", vain

    def uncache_span(self, heap: MHeap, span: MSpan, taken: int, p: int) -> None:
        """Take a span with so many objects back from P p's mcache into the set it belongs to.

        Raises ThrowError for a span without objects. Go: runtime/mcentral.go, (*mcentral).uncacheSpan.
        """
        if taken == 0:
            raise ThrowError(f"uncaching span {span.id} but its alloc_count is 0")
        sweepgen, nelems, spanclass = heap.sweepgen, span.nelems, self.spanclass
        if span.sweepgen == sweepgen + 1:  # cached since before the cycle began: no sweeper can see it
            heap.sweep(span, p, FLUSH, preserve=False)
            return
        span.sweepgen = sweepgen
        full = taken == nelems
        home, name = (self.full, "fullSwept") if full else (self.partial, "partialSwept")
        heap.locks.push(spanclass, sweepgen, p, full)
        home[sweepgen // 2 % 2].append(span)
        if heap.tells:
            heap.log.append((SpanUncached, p, span.id, spanclass, name, taken, nelems))

    def copy(self) -> "MCentral":
        """Return an independent mcentral over the same spans, which are all at rest."""
        new, sets = MCentral(self.spanclass), (*self.partial, *self.full)
        if any(sets):  # of most span classes there is nothing, and to copy an empty set takes longer than to make one
            new.partial = (sets[0].copy(), sets[1].copy())
            new.full = (sets[2].copy(), sets[3].copy())
        return new

    def check(self, heap: MHeap) -> None:
        """Raise ThrowError where a span lies in a set that it does not belong to.

        An unswept set may hold spans that reclaim has swept since, in vain or not; unswept() tells them.
        """
        for span in (*self.partial_swept(heap.sweepgen), *self.full_swept(heap.sweepgen)):
            if span.sweepgen != heap.sweepgen or heap.spans.get(span.id) is not span:
                raise ThrowError(
                    f"span {span.id} is in a swept set with sweepgen {span.sweepgen}, the heap's is {heap.sweepgen}"
                )
        for span in (*self.partial_unswept(heap.sweepgen), *self.full_unswept(heap.sweepgen)):
            lives = heap.spans.get(span.id) is span
            if lives and span.sweepgen != heap.sweepgen - 2:
                raise ThrowError(
                    f"span {span.id} is in an unswept set with sweepgen {span.sweepgen}, the heap's is {heap.sweepgen}"
                )
        for span in self.partial_swept(heap.sweepgen):
            if span.alloc_count >= span.nelems:
                raise ThrowError(f"span {span.id} is in partialSwept without a free slot")
        for span in (
            *self.partial_swept(heap.sweepgen),
            *self.full_swept(heap.sweepgen),
            *self.partial_unswept(heap.sweepgen),
            *self.full_unswept(heap.sweepgen),
        ):
            if span.spanclass != self.spanclass:
                raise ThrowError(f"span {span.id} of span class {span.spanclass} is in the sets of {self.spanclass}")
