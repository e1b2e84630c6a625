"""An arena: 64 MiB of address space, and which span each of its pages belongs to.

Arenas lie one behind the other, so a page's number tells its arena and its place there. Beside the page table an arena
knows how far its memory was ever used: what lies behind is still zero.

Go: runtime/mheap.go, heapArena.
Left out: pageInUse, pageMarks and pageUseSpanInlineMarkBits (here a span's number leads to them), pageSpecials.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from gomemlab.runtime.arch import PAGES_PER_ARENA

NO_SPAN = -1


@dataclass(slots=True, eq=False)
class HeapArena:
    """One arena.

    Go: runtime/mheap.go, heapArena.
    """

    base: int  # address
    spans: "array[int]" = field(default_factory=lambda: array("i", [NO_SPAN]) * PAGES_PER_ARENA)  # span id by page
    zeroed_base: int = 0  # pages from base; memory behind was never used, so it is still zero

    def copy(self) -> "HeapArena":
        """Return an independent copy."""
        return HeapArena(self.base, self.spans[:], self.zeroed_base)


def enter_span(arenas: Sequence[HeapArena], page: int, npages: int, span_id: int) -> bool:
    """Write a new span's number into the page table; say whether any of its pages was used before. Now they all are.

    Go: runtime/mheap.go, (*mheap).setSpans, (*mheap).allocNeedsZero.
    """
    used, last = False, page + npages
    while page < last:
        arena, first = arenas[page // PAGES_PER_ARENA], page % PAGES_PER_ARENA
        end = first + last - page
        # Not min() and max(): these two would be a twentieth of a refill.
        if end > PAGES_PER_ARENA:  # noqa: PLR1730
            end = PAGES_PER_ARENA
        if npages == 1:
            arena.spans[first] = span_id
        else:
            arena.spans[first:end] = array("i", (span_id,)) * (end - first)
        zeroed_base = arena.zeroed_base
        if first < zeroed_base:
            used = True
        if end > zeroed_base:
            arena.zeroed_base = end
        page += end - first
    return used


def clear_spans(arenas: Sequence[HeapArena], page: int, npages: int) -> None:
    """Take a dead span out of the page table. Go: runtime/mheap.go, (*mheap).setSpans."""
    while npages > 0:
        entries, first = arenas[page // PAGES_PER_ARENA].spans, page % PAGES_PER_ARENA
        here = min(npages, PAGES_PER_ARENA - first)
        entries[first : first + here] = array("i", (NO_SPAN,)) * here
        page, npages = page + here, npages - here
