"""Every field of Go's mspan, with its value in the model and what it is for.

Twelve fields stand on screen at once; the others open on demand. A field the model has no use for is listed all the
same, with the value it would have and the reason.

Go: runtime/mheap.go, mspan, mSpanInUse, mSpanManual, (*mheap).initSpan; runtime/mbitmap.go,
(*mspan).refillAllocCache, (*mspan).nextFreeIndex; runtime/malloc.go, nextFreeFast; runtime/mcache.go,
(*mcache).allocLarge; runtime/mgcsweep.go, (*sweepLocked).sweep.
Left out: nothing; the list has all fields of the struct.
"""

from typing import NamedTuple

from gomemlab.runtime.alloc.sizeclasses import class_table, label
from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.runtime.spantable import SpanInfo
from gomemlab.views.pages import MANUAL
from gomemlab.views.words import address, percent, size, thousands

STATES = {0: "mSpanDead", 1: "mSpanInUse", MANUAL: "mSpanManual"}
GENERATIONS = {
    -2: "= h−2: not swept yet",
    -1: "= h−1: being swept",
    0: "= h: swept",
    1: "= h+1: cached, unswept",
    3: "= h+3: swept, cached",
}
CACHE_BITS = 64  # allocCache is a uint64


class Field(NamedTuple):
    """A field's name, value, and a remark in words."""

    name: str
    value: str
    words: str = ""


def bitmap_bytes(nelems: int) -> int:
    """Return the size of a span's bitmap in bytes: whole words of 64 bits."""
    return -(-nelems // 64) * 8


def generation(sweepgen: int, heap: int) -> str:
    """Return what a span's sweepgen says against the heap's."""
    return GENERATIONS.get(sweepgen - heap, f"h = {heap}")


def main_fields(snapshot: Snapshot, span: SpanInfo) -> tuple[Field, ...]:
    """Return the twelve fields that are always shown."""
    manual = span.state == MANUAL
    nbytes = f"{bitmap_bytes(span.nelems)} B"
    return (
        Field("startAddr", address(snapshot.address(span.page))),
        Field("npages", thousands(span.npages), size(span.npages * PAGE_SIZE)),
        Field("spanclass", str(span.spanclass), "unused" if manual else label(span.spanclass).replace(" B ", " B, ")),
        Field("state", STATES[int(span.state)]),
        Field("nelems", thousands(span.nelems)),
        Field("allocCount", thousands(span.alloc_count), percent(span.alloc_count, span.nelems) if span.nelems else ""),
        Field(
            "freeindex",
            thousands(span.freeindex),
            "= nelems" if span.freeindex >= span.nelems > 0 else "",
        ),
        Field("elemsize", thousands(span.elemsize), "bytes"),
        Field("sweepgen", str(span.sweepgen), "" if manual else generation(span.sweepgen, snapshot.sweepgen)),
        Field("allocBits", nbytes, f"{thousands(span.alloc_bits.bit_count())} bits set"),
        Field("gcmarkBits", nbytes, _marked(snapshot, span)),
        Field("needzero", str(int(span.needzero)), "clear before use" if span.needzero else "known to be zero"),
    )


def _marked(snapshot: Snapshot, span: SpanInfo) -> str:
    """Return how many mark bits are set, and where: a span's inline marks join its gcmarkBits in the sweep."""
    own, inline = (bits.get(span.id, 0).bit_count() for bits in (snapshot.gc.marks, snapshot.gc.inline_marks))
    if not own and not inline:
        return "no mark yet"
    return f"{thousands(own)} set, {thousands(inline)} inline" if inline else f"{thousands(own)} bits set"


def alloc_cache(span: SpanInfo) -> int:
    """Return allocCache: the free slots from freeindex to the end of its 64, lowest bit first.

    Go reads 64 bits of allocBits at a time, from a multiple of 64 on, and shifts those away that it has passed. It
    reads the next 64 as soon as freeindex gets there, so the window is never empty before the span is full.
    """
    everything = (1 << CACHE_BITS) - 1
    if span.spanclass >> 1 == 0:
        return everything  # a large object takes its slot without a look at the cache
    start = span.freeindex
    if start == span.nelems:
        # Full: the window stands where Go last looked, in front of the slots at the end that lived through the sweep.
        given = (1 << span.nelems) - 1 & ~span.alloc_bits
        last = (span.nelems - 1) // CACHE_BITS * CACHE_BITS
        start = max(given.bit_length(), last)
        if start - last == CACHE_BITS:
            return 0  # given away to the last bit, and there are no slots whose bits could be read
    ahead = everything >> start % CACHE_BITS
    return ~(span.alloc_bits >> start) & ahead


def div_magic(elemsize: int) -> int:
    """Return the factor by which Go multiplies instead of dividing by a slot's size."""
    return ((1 << 32) - 1) // elemsize + 1 if elemsize else 0


def other_fields(snapshot: Snapshot, span: SpanInfo) -> tuple[Field, ...]:
    """Return the fields behind "all fields", in the order of Go's struct."""
    manual = span.state == MANUAL
    large = not manual and span.spanclass >> 1 == 0
    base = snapshot.address(span.page)
    free = next((one.free for one in snapshot.stacks.spans if one.span == span.id), ())
    return (
        Field("next, prev, list", "nil", "links for lists of manual spans; heap spans wait in spanSets instead"),
        Field("manualFreeList", address(free[0]) if free else "0", "free stacks inside a span that is managed by hand"),
        Field(
            "freeIndexForScan",
            thousands(span.freeindex),
            "freeindex as the collector may see it: moved once the object is ready",
        ),
        Field(
            "allocCache",
            "unused" if manual else f"0x{alloc_cache(span):016x}",
            "the 64 bits of allocBits that freeindex is in, inverted and shifted to it: a 1 is a free slot",
        ),
        Field("pinnerBits", "nil", "which objects are pinned; the model pins none"),
        Field(
            "divMul",
            str(0 if large or manual else div_magic(span.elemsize)),
            "multiply and shift by 32: the slot of an address without a division",
        ),
        Field("isUserArenaChunk", "false", "true for memory of the arena experiment"),
        Field(
            "allocCountBeforeCache",
            thousands(span.alloc_count_before_cache),
            "allocCount when the span was cached: the difference is what the P allocated since",
        ),
        _limit(span, base, large=large),
        Field("speciallock", "unlocked", "guards specials and pinnerBits"),
        Field("specials", "nil", "finalizers, cleanups, weak pointers and profile records; the model has none"),
        Field("userArenaChunkFree", "empty", "free range of an arena chunk"),
        _large_type(span, large=large),
    )


def inline_fields(snapshot: Snapshot, span: SpanInfo) -> tuple[Field, ...]:
    """Return the bitmaps that lie in the span itself, behind its slots: Green Tea's marks and scans.

    Go: runtime/mgcmark_greenteagc.go, spanInlineMarkBits.
    """
    if not class_table(snapshot.go).inline_mark_bits[span.spanclass >> 1] or span.state == MANUAL:
        return ()
    marks, scans = snapshot.gc.inline_marks.get(span.id, 0), snapshot.gc.inline_scans.get(span.id, 0)
    return (
        Field("marks", f"{thousands(marks.bit_count())} bits set", "in the span: reached; sweeping takes them over"),
        Field("scans", f"{thousands(scans.bit_count())} bits set", "in the span: searched for pointers"),
    )


def _limit(span: SpanInfo, base: int, *, large: bool) -> Field:
    """Return where the span's data ends."""
    if large:
        return Field("limit", address(base + span.requested), "the end of what was asked for, not of the last page")
    if span.state == MANUAL:
        return Field("limit", address(base + span.npages * PAGE_SIZE), "the end of the span")
    end = base + span.nelems * span.elemsize
    return Field("limit", address(end), "the end of the last slot; beyond it lie the reserved bytes")


def _large_type(span: SpanInfo, *, large: bool) -> Field:
    """Return where a large object's type stands."""
    if large and not span.spanclass & 1:
        return Field("largeType", "set", "the object's type, in place of a header")
    return Field("largeType", "nil", "only large objects with pointers have one")
