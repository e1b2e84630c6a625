"""An arena: 64 MiB of address space, and which span each of its pages belongs to.

Arenas lie one behind the other, so a page's number tells its arena and its place there. Beside the page table an arena
knows how far its memory was ever used: what lies behind is still zero.

Go: runtime/mheap.go, heapArena.
Left out: pageInUse, pageMarks and pageUseSpanInlineMarkBits (here a span's number leads to them), pageSpecials.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from gomemlab.runtime.arch import PAGE_SHIFT, PAGES_PER_ARENA

NO_SPAN = -1


@dataclass(slots=True, eq=False)
class HeapArena:
    """One arena.

    Go: runtime/mheap.go, heapArena.
    """

    base: int  # address
    spans: "array[int]" = field(default_factory=lambda: array("i", [NO_SPAN]) * PAGES_PER_ARENA)  # span id by page
    zeroed_base: int = 0  # bytes from base; memory behind was never used, so it is still zero

    def copy(self) -> "HeapArena":
        """Return an independent copy."""
        return HeapArena(self.base, self.spans[:], self.zeroed_base)


def set_spans(arenas: Sequence[HeapArena], page: int, npages: int, span_id: int) -> None:
    """Write a span's number into the page table.

    Go: runtime/mheap.go, (*mheap).setSpans.
    """
    if npages == 1:
        arenas[page // PAGES_PER_ARENA].spans[page % PAGES_PER_ARENA] = span_id
        return
    while npages > 0:
        entries, first = arenas[page // PAGES_PER_ARENA].spans, page % PAGES_PER_ARENA
        here = min(npages, PAGES_PER_ARENA - first)
        entries[first : first + here] = array("i", (span_id,)) * here
        page, npages = page + here, npages - here


def alloc_needs_zero(arenas: Sequence[HeapArena], page: int, npages: int) -> bool:
    """Say whether any of the pages was used before, and remember that they are now.

    Go: runtime/mheap.go, (*mheap).allocNeedsZero.
    """
    used, last = False, page + npages
    while page < last:
        arena, first = arenas[page // PAGES_PER_ARENA], page % PAGES_PER_ARENA
        end = first + last - page
        # Not min() and max(): these two would be a twentieth of a refill.
        if end > PAGES_PER_ARENA:  # noqa: PLR1730
            end = PAGES_PER_ARENA
        if first << PAGE_SHIFT < arena.zeroed_base:
            used = True
        if end << PAGE_SHIFT > arena.zeroed_base:  # noqa: PLR1730
            arena.zeroed_base = end << PAGE_SHIFT
        page += end - first
    return used
