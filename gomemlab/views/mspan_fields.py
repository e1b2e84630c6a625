"""Every field of Go's mspan, with its value in the model and what it is for.

Twelve fields stand on screen at once; the others open on demand. A field the model has no use for is listed all the
same, with the value it would have and the reason.

Go: runtime/mheap.go, mspan, mSpanInUse, mSpanManual; runtime/mbitmap.go, (*mspan).refillAllocCache;
runtime/mgcsweep.go, (*sweepLocked).sweep.
Left out: nothing; the list has all fields of the struct.
"""

from typing import Any, NamedTuple

from gomemlab.runtime.alloc.sizeclasses import label
from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.views.pages import MANUAL, address_of
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


def main_fields(snapshot: Any, span: Any) -> tuple[Field, ...]:
    """Return the twelve fields that are always shown."""
    manual = span.state == MANUAL
    nbytes = f"{bitmap_bytes(span.nelems)} B"
    marks = span.gcmark_bits.bit_count()
    return (
        Field("startAddr", address(address_of(snapshot, span.page))),
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
        Field("gcmarkBits", nbytes, f"{thousands(marks)} bits set" if marks else "no mark yet"),
        Field("needzero", str(int(span.needzero)), "clear before use" if span.needzero else "fresh from the OS"),
    )


def alloc_cache(span: Any) -> str:
    """Return allocCache in hexadecimal: the free slots from freeindex on, lowest bit first."""
    ahead = ~(span.alloc_bits >> span.freeindex) & ((1 << CACHE_BITS) - 1)
    return f"0x{ahead:016x}"


def div_magic(elemsize: int) -> int:
    """Return the factor by which Go multiplies instead of dividing by a slot's size."""
    return ((1 << 32) - 1) // elemsize + 1 if elemsize else 0


def other_fields(snapshot: Any, span: Any) -> tuple[Field, ...]:
    """Return the fields behind "all fields", in the order of Go's struct."""
    base = address_of(snapshot, span.page)
    small = span.spanclass >> 1 > 0 and span.state != MANUAL
    end = base + (span.nelems * span.elemsize if span.nelems else span.npages * PAGE_SIZE)
    large_type = (
        "the object's type, in place of a header"
        if not small and span.spanclass & 1 == 0
        else "only large objects with pointers have one"
    )
    return (
        Field("next, prev, list", "nil", "links for lists of manual spans; heap spans wait in spanSets instead"),
        Field("manualFreeList", "0", "free stacks inside a span that is managed by hand"),
        Field(
            "freeIndexForScan",
            thousands(span.freeindex),
            "freeindex as the collector may see it: moved once the object is ready",
        ),
        Field("allocCache", alloc_cache(span), "64 bits of allocBits from freeindex on, inverted: a 1 is a free slot"),
        Field("pinnerBits", "nil", "which objects are pinned; the model pins none"),
        Field(
            "divMul",
            str(div_magic(span.elemsize) if small else 0),
            "multiply and shift by 32: the slot of an address without a division",
        ),
        Field("isUserArenaChunk", "false", "true for memory of the arena experiment"),
        Field(
            "allocCountBeforeCache",
            _before(span),
            "allocCount when the span was cached: the difference is what the P allocated since",
        ),
        Field("limit", address(end), "the end of the last slot; beyond it lie the reserved bytes"),
        Field("speciallock", "unlocked", "guards specials and pinnerBits"),
        Field("specials", "nil", "finalizers, cleanups, weak pointers and profile records; the model has none"),
        Field("userArenaChunkFree", "empty", "free range of an arena chunk"),
        Field("largeType", "nil" if small or span.spanclass & 1 else "set", large_type),
    )


def _before(span: Any) -> str:
    """Return allocCountBeforeCache where the snapshot has it."""
    known = getattr(span, "alloc_count_before_cache", None)
    return "not kept" if known is None else thousands(known)
