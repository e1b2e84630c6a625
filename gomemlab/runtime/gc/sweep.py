"""Sweeping: turning what marking found into free slots, one span at a time and never all at once.

sweepgen grows by 2 and every span is unswept. Then several sweep them, each for a reason of its own: an allocation that
looks for a slot (see mcentral), the background sweeper, ten spans a turn, an allocation that is ahead of the sweep
(proportional sweeping: so many pages for each byte), and an allocation that needs pages (reclaim: spans without a mark,
in the order of their pages). All of it ends before the next cycle begins. Who follows a recorded program, where the
pacing is not known, says how much the next allocation sweeps.

Go: runtime/mgcsweep.go, runtime/mgc.go, gcSweep; runtime/mheap.go, (*mheap).reclaim, (*mheap).reclaimChunk.
Left out: sweepers at work at the same time and the count of them, user arenas, the page caches of idle Ps, which lose
their pages when a cycle ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from gomemlab.runtime.alloc.heaparena import NO_SPAN
from gomemlab.runtime.alloc.locks import HEAP
from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.alloc.mspan import IN_USE, MSpan
from gomemlab.runtime.alloc.spanset import SpanSet
from gomemlab.runtime.arch import (
    INLINE_MARK_BITS_MIN,
    MIN_SIZE_FOR_MALLOC_HEADER,
    NUM_SPAN_CLASSES,
    PAGE_SHIFT,
    PAGE_SIZE,
    PAGES_PER_ARENA,
)
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.gcevents import (
    BACKGROUND,
    CREDIT,
    RECLAIM,
    Reclaimed,
    SweepBegan,
    SweepCredit,
    SweepDone,
    SweepOwed,
    SweepPaced,
    SweepTurn,
)

NUM_SWEEP_CLASSES = 2 * NUM_SPAN_CLASSES  # full, then partial of each span class
SWEEP_CLASS_DONE = (1 << 32) - 1
SWEEP_BATCH = 10  # spans that the background sweeper sweeps before it yields
PAGES_PER_RECLAIMER_CHUNK = 512
RECLAIM_DONE = 1 << 63
SWEEP_MARGIN = 1 << 20  # bytes before the trigger at which all should be swept


class Debt(NamedTuple):
    """What an allocation is going to sweep before it gets a span."""

    pages: int
    last: int = NO_SPAN  # id of a span: it is swept by then, too


@dataclass(slots=True)
class Sweeper:
    """How far the sweep of a heap has come.

    Go: runtime/mgcsweep.go, sweepdata; runtime/mheap.go, mheap.
    """

    central_index: int = 0  # span class << 1 | partial: sets before it are empty
    sweep_pages_per_byte: float = 0.0  # 0: no proportional sweeping
    sweep_heap_live_basis: int = 0  # bytes, when that was set
    pages_swept_basis: int = 0  # pages, when that was set
    sweep_arenas: int = 0  # arenas that there were when the sweep began
    reclaim_index: int = 0  # page at which the next chunk to reclaim begins, from the first arena
    reclaim_credit: int = 0  # pages that sweeping gave back beyond what was asked for
    debt: Debt | None = None  # what the next allocation of a span sweeps, where that was said from outside

    def start(self, heap: MHeap, trigger: int | None = None) -> None:
        """Begin a sweep phase: all spans are unswept by this. Their mcaches are to be flushed next.

        trigger is the size of the live heap, in bytes, at which the next cycle is going to begin; None: no proportional
        sweeping. Raises ThrowError while the last sweep phase lasts.
        Go: runtime/mgc.go, gcSweep; runtime/mgcpacer.go, (*gcControllerState).resetLive.
        """
        if heap.sweeping is not None:
            raise ThrowError(f"a sweep begins at sweepgen {heap.sweepgen}, but the last one is not over")
        heap.stats.heap_live = bytes_marked(heap)
        heap.locks.take(HEAP, 0)
        heap.sweepgen += 2
        heap.sweeping = self
        heap.pages_swept = self.reclaim_index = self.reclaim_credit = self.central_index = 0
        self.sweep_arenas = len(heap.arenas)
        self.debt = None
        h = heap.sweepgen
        unswept = sum(len(sets.partial_unswept(h)) + len(sets.full_unswept(h)) for sets in heap.central)
        heap.log.append((SweepBegan, h, unswept, pages_in_use(heap)))
        self.pace(heap, trigger)

    def pace(self, heap: MHeap, trigger: int | None) -> None:
        """Set how many pages each allocated byte owes.

        Go: runtime/mgcsweep.go, gcPaceSweeper.
        """
        self.sweep_pages_per_byte = 0.0
        pages = pages_in_use(heap) - heap.pages_swept
        if heap.sweeping is None or trigger is None or pages <= 0:
            return
        live = heap.stats.heap_live
        distance = max(trigger - live - SWEEP_MARGIN, PAGE_SIZE)
        self.sweep_pages_per_byte = pages / distance
        self.sweep_heap_live_basis = live
        self.pages_swept_basis = heap.pages_swept
        heap.log.append((SweepPaced, pages, distance))

    def sweep_one(self, heap: MHeap, p: int, by: str) -> int | None:
        """Sweep the next span; return the pages that went back to the heap, or None when nothing was left.

        Go: runtime/mgcsweep.go, sweepone.
        """
        if heap.sweeping is None:
            return None
        while (span := self._next_span(heap)) is not None:
            if not heap.unswept(span):
                continue
            if heap.sweep(heap.thaw(span), p, by, preserve=False):
                self.reclaim_credit += span.npages
                return span.npages
            return 0
        heap.sweeping = None
        heap.scavenging.ready = True
        heap.log.append((SweepDone, heap.sweepgen, heap.pages_swept))
        return None

    def _next_span(self, heap: MHeap) -> MSpan | None:
        """Take the next span from the unswept sets, class by class, the full ones first.

        Go: runtime/mgcsweep.go, (*mheap).nextSpanForSweep.
        """
        for index in range(self.central_index, NUM_SWEEP_CLASSES):
            if spans := self._unswept_set(heap, index):
                self.central_index = index
                return spans.popleft()
        self.central_index = SWEEP_CLASS_DONE
        return None

    def sweep_turn(self, heap: MHeap, p: int, spans: int = SWEEP_BATCH, last: int = NO_SPAN) -> int:
        """Do what the background sweeper does before it yields; return the spans it swept.

        They are as many as `spans` says, or more where the span with the id `last` comes only then.
        Go: runtime/mgcsweep.go, bgsweep.
        """
        swept = 0
        while (swept < spans or waits(heap, last)) and self.sweep_one(heap, p, BACKGROUND) is not None:
            swept += 1
        heap.log.append((SweepTurn, swept))
        return swept

    def sweep_all(self, heap: MHeap, p: int, by: str) -> int:
        """Sweep all that is left; return the spans.

        Go: runtime/mgcsweep.go, finishsweep_m.
        """
        swept = 0
        while self.sweep_one(heap, p, by) is not None:
            swept += 1
        return swept

    def deduct_sweep_credit(self, heap: MHeap, span_bytes: int, caller_sweep_pages: int, p: int) -> None:
        """Sweep until enough is swept for a heap that a span of span_bytes is about to join.

        caller_sweep_pages are left for the caller to sweep. Go: runtime/mgcsweep.go, deductSweepCredit.
        """
        if self.debt is not None:
            self._pay(heap, p, self.debt)
        if not self.sweep_pages_per_byte:
            return
        live = span_bytes + max(heap.stats.heap_live - self.sweep_heap_live_basis, 0)
        target = int(self.sweep_pages_per_byte * live) - caller_sweep_pages
        behind, spans = target - (heap.pages_swept - self.pages_swept_basis), 0
        while target > heap.pages_swept - self.pages_swept_basis:
            if self.sweep_one(heap, p, CREDIT) is None:
                self.sweep_pages_per_byte = 0.0
                break
            spans += 1
        if behind > 0:
            heap.log.append((SweepCredit, p, target, behind, spans))

    def owe(self, heap: MHeap, debt: Debt) -> None:
        """Let the next allocation that needs a span sweep first; nothing is owed where all is swept."""
        if heap.sweeping is not None:
            self.debt = debt
            heap.log.append((SweepOwed, debt.pages))

    def _pay(self, heap: MHeap, p: int, debt: Debt) -> None:
        """Sweep what was said to be owed."""
        self.debt = None
        target, spans = heap.pages_swept + debt.pages, 0
        while heap.pages_swept < target or waits(heap, debt.last):
            if self.sweep_one(heap, p, CREDIT) is None:
                break
            spans += 1
        heap.log.append((SweepCredit, p, target, debt.pages, spans))

    def reclaim(self, heap: MHeap, npages: int, p: int) -> None:
        """Get npages back from spans without a marked object, or as many as there are.

        Go: runtime/mheap.go, (*mheap).reclaim.
        """
        if self.reclaim_index >= RECLAIM_DONE:
            return
        need, taken, chunks, freed = npages, 0, 0, 0
        while need > 0:
            if self.reclaim_credit:
                take = min(self.reclaim_credit, need)
                self.reclaim_credit -= take
                need, taken = need - take, taken + take
                continue
            page = self.reclaim_index
            self.reclaim_index += PAGES_PER_RECLAIMER_CHUNK
            if page // PAGES_PER_ARENA >= self.sweep_arenas:
                self.reclaim_index = RECLAIM_DONE
                break
            found = self._reclaim_chunk(heap, page, p)
            chunks, freed = chunks + 1, freed + found
            self.reclaim_credit += max(found - need, 0)
            need = max(need - found, 0)
        if chunks:
            heap.locks.take(HEAP, p)
        heap.log.append((Reclaimed, p, npages, taken, chunks, freed))

    def _reclaim_chunk(self, heap: MHeap, page: int, p: int) -> int:
        """Sweep the spans without a page mark that begin in a chunk; return the pages that went back to the heap.

        Go: runtime/mheap.go, (*mheap).reclaimChunk.
        """
        arena, first = divmod(page, PAGES_PER_ARENA)
        ids = heap.arenas[arena].spans[first : first + PAGES_PER_RECLAIMER_CHUNK]
        begin, freed = heap.arena_base + (page << PAGE_SHIFT), 0
        for span_id in dict.fromkeys(ids):
            span = heap.spans.get(span_id)
            if span is None or span.base < begin or span_id in heap.page_marks:
                continue
            if span.state is not IN_USE or not heap.unswept(span):
                continue
            heap.locks.take(HEAP, p)  # sweeping lets go of it
            freed += span.npages if heap.sweep(heap.thaw(span), p, RECLAIM, preserve=False) else 0
        return freed

    def copy(self) -> "Sweeper":
        """Return an independent copy."""
        return replace(self)

    def check(self, heap: MHeap, *, marking: bool) -> None:
        """Raise ThrowError where spans wait that nobody is going to sweep, or marks that nobody is going to use."""
        done = heap.sweeping is None
        if not done and heap.sweeping is not self:
            raise ThrowError("the heap is swept by another world's sweeper")
        if done and not marking and (heap.gcmark_bits or heap.inline_marks):
            raise ThrowError(f"{len(heap.gcmark_bits) + len(heap.inline_marks)} spans keep marks that were swept")
        first = NUM_SWEEP_CLASSES if done else self.central_index
        for index in range(min(first, NUM_SWEEP_CLASSES)):
            spans = self._unswept_set(heap, index)
            if any(map(heap.unswept, spans)):
                raise ThrowError(f"a span of class {index >> 1} is unswept, but sweeping is past it")

    def _unswept_set(self, heap: MHeap, index: int) -> SpanSet:
        """Return the unswept set with this index: the full and the partial ones of each span class in turn.

        Go: runtime/mgcsweep.go, sweepClass.split.
        """
        central = heap.central[index >> 1]
        return central.partial_unswept(heap.sweepgen) if index & 1 else central.full_unswept(heap.sweepgen)


def waits(heap: MHeap, span_id: int) -> bool:
    """Say whether there is a span with this id, and it is still to be swept."""
    span = heap.spans.get(span_id)
    return span is not None and heap.unswept(span)


def marked_objects(heap: MHeap) -> dict[int, int]:
    """Return how many objects are marked, by the bytes of their slots."""
    found: dict[int, int] = {}
    spans, marks = heap.spans, heap.gcmark_bits
    inline = ((i, bits & ~marks.get(i, 0)) for i, bits in heap.inline_marks.items())
    for span_id, bits in (*marks.items(), *inline):
        size = spans[span_id].elemsize
        found[size] = found.get(size, 0) + bits.bit_count()
    return found


def bytes_marked(heap: MHeap) -> int:
    """Return the bytes of all marked objects' slots. Go: runtime/mgcwork.go, gcWork."""
    return sum(size * objects for size, objects in marked_objects(heap).items())


def pages_in_use(heap: MHeap) -> int:
    """Return the pages of all spans of objects. Go: runtime/mheap.go, mheap."""
    return heap.stats.in_heap >> PAGE_SHIFT


def uses_inline_marks(heap: MHeap, span: MSpan) -> bool:
    """Say whether a span's mark bits lie at its end. Go: runtime/mgcmark_greenteagc.go, gcUsesSpanInlineMarkBits."""
    return heap.go.inline_mark_bits and INLINE_MARK_BITS_MIN <= span.elemsize <= MIN_SIZE_FOR_MALLOC_HEADER


def likely_page_marks(heap: MHeap, marks: Mapping[int, int]) -> set[int]:
    """Return which spans would have a page mark, where only the marks are known: slots as a bitmap by span id.

    Marking sets it with a span's first mark, but for spans with inline marks: there a scan of the whole span does,
    which needs pointers and, as good as always, two marks.
    """
    found = set()
    for span_id, bits in marks.items():
        span = heap.spans[span_id]
        if bits.bit_count() > (uses_inline_marks(heap, span) and (1 if not span.spanclass & 1 else span.nelems)):
            found.add(span_id)
    return found
