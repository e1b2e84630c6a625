"""The sizes that Go fixes for linux/amd64, and what differs between its versions.

A `Go` value says how one line of releases lays out a span: whether mark bits stand inside it, whether objects above
512 B carry a header. Algorithms ask the value; none of them knows a version number.

Go: internal/runtime/gc/sizeclasses.go, runtime/malloc.go, runtime/mheap.go, runtime/mpagealloc.go,
runtime/mpagecache.go.
Left out: every other platform, and build modes that change sizes (race, asan, msan).
"""

from dataclasses import dataclass

PAGE_SHIFT = 13
PAGE_SIZE = 1 << PAGE_SHIFT  # bytes
PTR_SIZE = 8  # bytes
HEAP_ADDR_BITS = 48
HEAP_ARENA_BYTES = 64 << 20
PAGES_PER_ARENA = HEAP_ARENA_BYTES // PAGE_SIZE
PALLOC_CHUNK_PAGES = 512
PALLOC_CHUNK_BYTES = PALLOC_CHUNK_PAGES * PAGE_SIZE  # also the least the heap grows by
SUMMARY_LEVELS = 5
PAGE_CACHE_PAGES = 64
PAGE_CACHE_MAX_RUN = PAGE_CACHE_PAGES // 4  # pages; from here on a span does not ask the page cache

MAX_TINY_SIZE = 16  # bytes; a tiny request is smaller than this
MAX_SMALL_SIZE = 32768  # bytes, the largest slot
MALLOC_HEADER_SIZE = 8  # bytes
MIN_SIZE_FOR_MALLOC_HEADER = 512  # bytes, exclusive
NUM_SIZE_CLASSES = 68  # class 0 stands for large objects
NUM_SPAN_CLASSES = 2 * NUM_SIZE_CLASSES
TINY_SIZE_CLASS = 2
TINY_SPAN_CLASS = TINY_SIZE_CLASS << 1 | 1

INLINE_MARK_BITS_MIN = 16  # bytes, the smallest slot whose span holds its own mark bits
INLINE_MARK_BITS_SIZE = 128  # bytes at the end of such a span (spanInlineMarkBits)

MSPAN_SIZE = 160  # bytes of the runtime's own record of a span
MCACHE_SIZE = 2296  # bytes of the runtime's own record of a P's cache
ZERO_BASE = 0x5A5A00  # stands for runtime.zerobase, which lies outside the heap
DEFAULT_HEAP_BASE = 0xC000000000
MAX_MODEL_HEAP = 64 << 30  # bytes; Go stops at 48 bits of address, a model with a bitmap for every chunk sooner
FIXED_STACK = 2048  # bytes of the smallest goroutine stack. Go: runtime/stack.go, fixedStack


@dataclass(frozen=True, slots=True)
class Go:
    """How one line of Go releases lays out spans.

    Go: runtime/mheap.go, (*mheap).initSpan.
    """

    name: str
    inline_mark_bits: bool  # spans of 16-512 B end in 128 B of mark bits (Green Tea)
    malloc_headers: bool  # pointerful objects: header above 512 B, bits in the span below

    @property
    def max_small(self) -> int:
        """Return the largest request in bytes that is still served from a size class."""
        return MAX_SMALL_SIZE - MALLOC_HEADER_SIZE if self.malloc_headers else MAX_SMALL_SIZE


GO_1_21 = Go("1.21", inline_mark_bits=False, malloc_headers=False)
GO_1_22 = Go("1.22-1.25", inline_mark_bits=False, malloc_headers=True)
GO_1_27 = Go("1.27", inline_mark_bits=True, malloc_headers=True)
GO_VERSIONS = {go.name: go for go in (GO_1_21, GO_1_22, GO_1_27)}


def align_up(n: int, a: int) -> int:
    """Return n rounded up to a multiple of a, which must be a power of two.

    Go: runtime/stubs.go, alignUp.
    """
    return (n + a - 1) & -a


def align_down(n: int, a: int) -> int:
    """Return n rounded down to a multiple of a, which must be a power of two.

    Go: runtime/stubs.go, alignDown.
    """
    return n & -a
