"""Size classes: which slot a request gets, and how many slots a span of that class holds.

Small objects come in 67 sizes. They are derived here, not listed: walk up the sizes Go would like to offer, each an
eighth of a power of two further; give each the fewest pages that lose at most an eighth of the span at its end; sizes
that need equally many pages and fit equally often are one class, and its slot is as large as that count allows.

What a span then holds depends on the Go version: inline mark bits and heap bits take their bytes from the end of the
span before slots are cut, and an object with pointers above 512 B needs 8 B more for its header.

Go: runtime/_mkmalloc/mksizeclasses.go, makeClasses; runtime/mheap.go, (*mheap).initSpan; runtime/mbitmap.go,
heapBitsInSpan; runtime/mgcmark_greenteagc.go, gcUsesSpanInlineMarkBits.
Left out: the multiplication that replaces division by a slot's size (it only makes Go faster).
"""

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from typing import SupportsIndex

from gomemlab.runtime import arch
from gomemlab.runtime.arch import GO_1_27, PAGE_SIZE, Go
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.phrases import slot_name

FINE_STEP = 128  # bytes; Go's lookup table above 1 KiB can tell no smaller difference
COARSE_FROM = 32  # bytes; heap bitmaps want objects of that size and more on 16 B boundaries


@dataclass(frozen=True, slots=True)
class SizeClass:
    """Where a request lands, in bytes unless said."""

    index: int  # 0: a large object
    size: int  # what was asked for
    elemsize: int  # the slot
    npages: int  # pages of a span
    nelems: int  # slots of a span
    spanclass: int  # index << 1 | noscan
    header: int  # 8 where the type stands in front of the object
    tail: int  # bytes of the span that are no slot, inline_mark_bits and heap_bits among them
    inline_mark_bits: int
    heap_bits: int

    @property
    def waste(self) -> int:
        """Return the bytes of the slot that the request does not use, the header among them."""
        return self.elemsize - self.size

    @property
    def noscan(self) -> bool:
        """Say whether the slot is never searched for pointers."""
        return bool(self.spanclass & 1)


@dataclass(frozen=True)
class ClassTable:
    """All size classes of one Go version.

    elemsize, npages and inline_mark_bits have shape (68,), by class; nelems, heap_bits and tail (136,), by span class.
    """

    go: Go
    elemsize: tuple[int, ...]  # bytes a slot, 0 for class 0
    npages: tuple[int, ...]  # pages a span, 0 for class 0
    inline_mark_bits: tuple[int, ...]  # bytes a span
    heap_bits: tuple[int, ...]  # bytes a span
    nelems: tuple[int, ...]  # slots a span, 1 for class 0
    tail: tuple[int, ...]  # bytes a span that are no slot

    @cached_property
    def spanclass(self) -> tuple[list[int], list[int]]:
        """Return the span class by requested size, for noscan and scan objects: two lists of shape (max_small + 1,)."""
        return self._by_request(noscan=1, header=0), self._by_request(noscan=0, header=self._header())

    def _header(self) -> int:
        return arch.MALLOC_HEADER_SIZE if self.go.malloc_headers else 0

    def _by_request(self, noscan: int, header: int) -> list[int]:
        by_size: list[int] = []
        for index, elemsize in enumerate(self.elemsize):
            if index == 1 and noscan:  # the tiny allocator takes these: 16 B blocks
                continue
            biggest = elemsize - header if elemsize > arch.MIN_SIZE_FOR_MALLOC_HEADER else elemsize
            biggest = min(biggest, self.go.max_small)
            by_size += [index << 1 | noscan] * (biggest + 1 - len(by_size))
        return by_size

    @cached_property
    def max_waste(self) -> tuple[float, ...]:
        """Return the worst share of a span, 0 to 1, that the smallest request of each class wastes; shape (68,)."""
        worst = [0.0]
        for index in range(1, arch.NUM_SIZE_CLASSES):
            span_bytes, elemsize = self.npages[index] * PAGE_SIZE, self.elemsize[index]
            unused = elemsize - self.elemsize[index - 1] - 1
            slots = span_bytes // elemsize
            worst.append((unused * slots + span_bytes % elemsize) / span_bytes)
        return tuple(worst)

    @cached_property
    def header(self) -> tuple[int, ...]:
        """Return the bytes in front of each object, 8 or 0, by span class; shape (136,)."""
        scan = [self._header() if size > arch.MIN_SIZE_FOR_MALLOC_HEADER else 0 for size in self.elemsize]
        return tuple(header for pair in zip(scan, [0] * len(scan), strict=True) for header in pair)

    def header_of(self, spanclass: int) -> int:
        """Return the bytes in front of each object of the span class."""
        return self.header[spanclass]


def _spacing(size: int) -> int:
    """Return the distance in bytes from a candidate size to the next."""
    octave = 1 << size.bit_length() - 1
    # For the bitmaps' sake an eighth of an octave is too fine below 128 B.
    return min(max(octave // 8, 16 if size >= COARSE_FROM else arch.PTR_SIZE), 256)


def _candidates() -> Iterator[int]:
    size = arch.PTR_SIZE
    while size <= arch.MAX_SMALL_SIZE:
        yield size
        size += _spacing(size)


def _shape(size: int) -> tuple[int, int]:
    """Return (pages, slots) of the smallest span that wastes at most an eighth of itself at its end."""
    span_bytes = PAGE_SIZE
    while span_bytes % size > span_bytes // 8:
        span_bytes += PAGE_SIZE
    return span_bytes // PAGE_SIZE, span_bytes // size


@cache
def _classes() -> tuple[tuple[int, int], ...]:
    """Return (elemsize in bytes, pages a span) of every class; class 0 is (0, 0)."""
    classes = [(0, 0)]
    for (npages, slots), sizes in groupby(_candidates(), key=_shape):
        roomiest = arch.align_down(npages * PAGE_SIZE // slots, FINE_STEP)
        classes.append((max(*sizes, roomiest), npages))
    return tuple(classes)


def class_table(go: Go = GO_1_27) -> ClassTable:
    """Return the size classes of a Go version; the same value every time."""
    return _class_table(go)


@cache
def _class_table(go: Go) -> ClassTable:
    elemsize, npages = (tuple(column) for column in zip(*_classes(), strict=True))
    inline = tuple(
        arch.INLINE_MARK_BITS_SIZE
        if go.inline_mark_bits and arch.INLINE_MARK_BITS_MIN <= size <= arch.MIN_SIZE_FOR_MALLOC_HEADER
        else 0
        for size in elemsize
    )
    heap_bits, nelems, tail = [0, 0], [1, 1], [0, 0]
    for spanclass in range(2, arch.NUM_SPAN_CLASSES):
        index = spanclass >> 1
        span_bytes = npages[index] * PAGE_SIZE
        in_span = go.malloc_headers and not spanclass & 1 and elemsize[index] <= arch.MIN_SIZE_FOR_MALLOC_HEADER
        heap_bits.append(span_bytes // (8 * arch.PTR_SIZE) if in_span else 0)
        nelems.append((span_bytes - inline[index] - heap_bits[-1]) // elemsize[index])
        tail.append(span_bytes - nelems[-1] * elemsize[index])
    return ClassTable(go, elemsize, npages, inline, tuple(heap_bits), tuple(nelems), tuple(tail))


def whole(n: object, what: str, remedy: str) -> int:
    """Return n as an int, or raise MisuseError where it is none; what and remedy are words for the sentence."""
    if type(n) is int:
        return n
    if isinstance(n, bool) or not isinstance(n, SupportsIndex):
        raise MisuseError(f"{what} {n!r} is not a whole number; {remedy}")
    return operator.index(n)  # one of numpy's becomes an int of Python's, which never overflows


def check_go(go: object) -> Go:
    """Return the Go version, or raise MisuseError where it is none."""
    if not isinstance(go, Go):
        known = ", ".join(f'GO_VERSIONS["{name}"]' for name in arch.GO_VERSIONS)
        raise MisuseError(f"{go!r} is no Go version; give one of {known} from gomemlab.runtime.arch")
    return go


def check_size(size: object) -> int:
    """Return the size, or raise MisuseError where it is no whole number of bytes that Go could be asked for."""
    size = whole(size, "size", "ask for an int, such as 24")
    if size < 0:
        raise MisuseError(f"size {size} is negative; ask for 0 bytes or more")
    if size >= 1 << arch.HEAP_ADDR_BITS:
        limit = 1 << arch.HEAP_ADDR_BITS
        raise MisuseError(f"size {size} is more than the 48-bit address space holds; ask for less than {limit} bytes")
    return size


def size_class(size: int, pointers: bool = False, go: Go = GO_1_27) -> SizeClass:
    """Return where a request of size bytes lands, with or without pointers in it.

    Raises MisuseError for a size that is negative, no int, or beyond the address space.
    Go: runtime/malloc.go, mallocgc.
    """
    size, go = check_size(size), check_go(go)
    if size == 0:
        return SizeClass(0, 0, 0, 0, 0, int(not pointers), 0, 0, 0, 0)
    table = class_table(go)
    if size > go.max_small:
        npages = -(-size // PAGE_SIZE)
        return SizeClass(0, size, npages * PAGE_SIZE, npages, 1, int(not pointers), 0, 0, 0, 0)
    spanclass = table.spanclass[bool(pointers)][size]
    index = spanclass >> 1
    return SizeClass(
        index,
        size,
        table.elemsize[index],
        table.npages[index],
        table.nelems[spanclass],
        spanclass,
        table.header_of(spanclass),
        table.tail[spanclass],
        table.inline_mark_bits[index],
        table.heap_bits[spanclass],
    )


def label(spanclass: int) -> str:
    """Return a span class in words: "24 B noscan", "large scan"."""
    return slot_name(spanclass, _classes()[spanclass >> 1][0])
