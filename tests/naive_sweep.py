"""The naive allocator with a sweep: lists of what is unswept, searched from the first on.

No sweepgen, no index of where to go on, no page table: a span is unswept while it knows its survivors.
"""

from collections.abc import Callable
from random import Random

from tests.naive import CHUNK, PAGE, Naive, Span

CHUNKS_BELOW = 3  # of the arena, before the heap's first page
CHUNKS_PER_ARENA = 16


def survivors(span: Span, seed: int) -> set[int]:
    """Return which of a span's objects live, the same for the same seed: none, few, most or all of them."""
    rng = Random(seed * 1_000_003 + span.page)
    share = rng.choice((0.0, 0.0, 0.1, 0.5, 0.98, 1.0))
    return {slot for slot in sorted(span.taken) if rng.random() < share}


def page_marked(span: Span, alive: set[int]) -> bool:
    """Say whether reclaim passes over a span."""
    inline = 16 <= span.elemsize <= 512
    return len(alive) > 1 and not span.spanclass & 1 if inline else bool(alive)


class NaiveSweep(Naive):
    """The allocator of a program whose objects die."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.done = True
        self.unswept_full: dict[int, list[Span]] = {}
        self.unswept_partial: dict[int, list[Span]] = {}
        self.alive: dict[Span, set[int]] = {}  # of the unswept spans
        self.page_marks: set[Span] = set()
        self.live = self.swept = self.credit = self.chunk = self.arenas = self.basis = 0
        self.rate = 0.0  # pages to sweep for each byte

    # A phase

    def begin_sweep(self, alive: Callable[[Span], set[int]], trigger: int | None) -> None:
        """End a mark phase."""
        assert self.done
        self.alive = {span: alive(span) for span in self.spans if span.spanclass >= 0}
        self.page_marks = {span for span, slots in self.alive.items() if page_marked(span, slots)}
        self.live = self.basis = sum(len(slots) * span.elemsize for span, slots in self.alive.items())
        self.unswept_full, self.unswept_partial, self.full, self.partial = self.full, self.partial, {}, {}
        self.done, self.swept, self.credit, self.chunk = False, 0, 0, 0
        self.arenas = -(-(CHUNKS_BELOW + len(self.pages) // CHUNK) // CHUNKS_PER_ARENA) if self.pages else 0
        pages = sum(span.npages for span in self.alive)
        self.rate = 0.0 if trigger is None else pages / max(trigger - self.live - (1 << 20), PAGE)
        self.flush()

    def _sweep(self, span: Span, p: int, keep: bool = False) -> bool:
        alive = self.alive.pop(span)
        dead = span.taken - alive
        self.freed += [(span.spanclass, span.elemsize)] * len(dead)
        span.needzero = span.needzero or bool(dead)
        span.taken = alive
        self.swept += span.npages
        if keep:
            return False
        if not alive:
            self._drop(span, p)
            return True
        super()._uncache(span, p)
        return False

    def sweep_one(self, p: int) -> int | None:
        """Sweep the next span; return the pages it gave back, or None."""
        if self.done:
            return None
        for spanclass in range(136):
            for sets in (self.unswept_full, self.unswept_partial):
                waiting = sets.get(spanclass, [])
                while waiting:
                    span = waiting.pop(0)
                    if span in self.alive:
                        pages = span.npages if self._sweep(span, p) else 0
                        self.credit += pages
                        return pages
        self.done = True
        return None

    # Allocating meanwhile

    def _cache_span(self, row: dict[str, int], spanclass: int, p: int) -> Span:
        self._pay(row["npages"], 0, p)
        span = self._swept(spanclass, p) or self._grow(row, spanclass, p)
        self.live += span.npages * PAGE - len(span.taken) * span.elemsize
        return span

    def _swept(self, spanclass: int, p: int) -> Span | None:
        if self.partial.get(spanclass):
            return self.partial[spanclass].pop(0)
        tries = 101
        for sets in (self.unswept_partial, self.unswept_full):
            while tries and not self.done and sets.get(spanclass):
                tries -= 1
                span = sets[spanclass].pop(0)
                if span in self.alive:
                    self._sweep(span, p, keep=True)
                    if not span.full:
                        return span
                    super()._uncache(span, p)
        return None

    def _uncache(self, span: Span, p: int) -> None:
        if span in self.alive:
            self._sweep(span, p)
            return
        self.live -= (span.nelems - len(span.taken)) * span.elemsize
        super()._uncache(span, p)

    def _large_span(self, npages: int, p: int, spanclass: int) -> Span:
        self._pay(npages, npages, p)
        span = super()._large_span(npages, p, spanclass)
        self.live += npages * PAGE
        return span

    def _pay(self, npages: int, later: int, p: int) -> None:
        owed = int(self.rate * (npages * PAGE + max(self.live - self.basis, 0))) - later
        while self.rate and self.swept < owed and self.sweep_one(p) is not None:
            pass

    def _span(self, npages: int, p: int, spanclass: int, elemsize: int, nelems: int) -> Span:
        if spanclass >= 0 and not self.done:
            self._reclaim(npages, p)
        return super()._span(npages, p, spanclass, elemsize, nelems)

    def _reclaim(self, npages: int, p: int) -> None:
        while npages:
            if self.credit:
                take = min(self.credit, npages)
                self.credit, npages = self.credit - take, npages - take
                continue
            if self.chunk >= self.arenas * CHUNKS_PER_ARENA:
                return
            first = (self.chunk - CHUNKS_BELOW) * CHUNK
            self.chunk += 1
            here = sorted((span for span in self.alive if first <= span.page < first + CHUNK), key=lambda s: s.page)
            found = sum(s.npages for s in here if s not in self.page_marks and self._sweep(s, p))
            self.credit, npages = self.credit + max(found - npages, 0), max(npages - found, 0)

    def free_large(self, address: int) -> None:
        """Free the large object at an address."""
        self.alive = {span: slots for span, slots in self.alive.items() if span.page * PAGE != address}
        super().free_large(address)
