"""What the operating system sees: memory that is only promised, memory that is there, and memory that Go cannot see.

Address space of the heap is reserved by the arena, prepared by the growth, and ready once a span has it. Ready is not
resident: the kernel finds memory for a page when somebody writes to it. Scavenging tells the kernel that pages are not
needed. With MADV_DONTNEED it takes them at once; with MADV_FREE (GODEBUG=madvdontneed=0) it takes them when it is
short of memory, so they stay in RSS. C code has memory of its own, which no counter of Go's knows.

Go: runtime/mem.go, runtime/mem_linux.go, sysUnusedOS, needZeroAfterSysUnusedOS.
Left out: huge pages and pages of 4 KiB (a page here is Go's, of 8 KiB), swapping. A span of small objects or of stacks
counts as written when it is made, though its last pages may be written later; a large object as soon as Go clears
it or the program writes to it.
"""

from dataclasses import dataclass, field

from gomemlab.runtime.alloc.pallocbits import chunk_masks
from gomemlab.runtime.arch import PAGE_SHIFT, PAGE_SIZE
from gomemlab.runtime.errors import ThrowError

MADV_DONTNEED, MADV_FREE = "MADV_DONTNEED", "MADV_FREE"
C_BASE = 0x7F0000000000  # stands for where the C library maps its memory
C_ALIGN = 4096


@dataclass(slots=True)
class OSMemory:
    """What the kernel knows of a process, besides what the heap's own bitmaps say.

    Go: runtime/mem.go.
    """

    madvdontneed: bool = True  # GODEBUG; False: MADV_FREE
    untouched: dict[int, int] = field(default_factory=dict)  # by chunk index; bit i: page i is ready, never written to
    lazy: dict[int, int] = field(default_factory=dict)  # by chunk index; bit i: page i is scavenged, not yet taken
    c_blocks: dict[int, int] = field(default_factory=dict)  # bytes by address
    c_end: int = C_BASE  # address behind the last of them

    @property
    def advice(self) -> str:
        """Return what the kernel is told of pages that are not needed."""
        return MADV_DONTNEED if self.madvdontneed else MADV_FREE

    @property
    def c_bytes(self) -> int:
        """Return the bytes that C code has."""
        return sum(self.c_blocks.values())

    def used(self, base: int, npages: int, *, written: bool) -> None:
        """Make the pages of a new span ready; written says whether somebody writes to them at once.

        Go: runtime/mem.go, sysUsed.
        """
        for ci, bits in chunk_masks(base, npages):
            if self.lazy:
                _clear(self.lazy, ci, bits)
            if written:
                _clear(self.untouched, ci, bits)
            else:
                self.untouched[ci] = self.untouched.get(ci, 0) | bits

    def touch(self, address: int, nbytes: int) -> int:
        """Write to memory; return how many pages became resident by it."""
        first, last = address >> PAGE_SHIFT, address + nbytes - 1 >> PAGE_SHIFT
        masks = chunk_masks(first << PAGE_SHIFT, last - first + 1)
        return sum(_clear(self.untouched, ci, bits) for ci, bits in masks)

    def unused(self, ci: int, bits: int) -> None:
        """Tell the kernel that pages of chunk ci are not needed. Go: runtime/mem.go, sysUnused."""
        resident = bits & ~self.untouched.get(ci, 0)
        _clear(self.untouched, ci, bits)
        if not self.madvdontneed and resident:
            self.lazy[ci] = self.lazy.get(ci, 0) | resident

    def pressure(self) -> int:
        """Let the kernel take what it was given lazily; return how many pages that were."""
        taken = sum(map(int.bit_count, self.lazy.values()))
        self.lazy.clear()
        return taken

    def resident(self, mapped: int, released: int) -> int:
        """Return how many bytes of a heap are in memory, of so many that it mapped and released."""
        return mapped - released - self.untouched_bytes + self.lazy_bytes

    @property
    def untouched_bytes(self) -> int:
        """Return the bytes that are ready and that nobody wrote to."""
        return sum(map(int.bit_count, self.untouched.values())) * PAGE_SIZE

    @property
    def lazy_bytes(self) -> int:
        """Return the bytes that were given back and that the kernel left in memory."""
        return sum(map(int.bit_count, self.lazy.values())) * PAGE_SIZE

    def c_malloc(self, nbytes: int) -> int:
        """Give C code memory, which it writes to; return its address."""
        address = self.c_end
        self.c_blocks[address] = nbytes
        self.c_end += -(-nbytes // C_ALIGN) * C_ALIGN
        return address

    def copy(self) -> "OSMemory":
        """Return an independent copy."""
        return OSMemory(self.madvdontneed, self.untouched.copy(), self.lazy.copy(), self.c_blocks.copy(), self.c_end)

    def check(self, scavenged: dict[int, int]) -> None:
        """Raise ThrowError unless pages given back lazily are scavenged, and those never written to are not.

        scavenged are the bitmaps by chunk index, with what the page caches hold.
        """
        for ci, bits in self.untouched.items():
            if not bits or bits & scavenged.get(ci, -1):
                raise ThrowError(f"chunk {ci:#x} has pages that are ready, never written to, and scavenged")
        for ci, bits in self.lazy.items():
            if not bits or bits & ~scavenged.get(ci, 0):
                raise ThrowError(f"chunk {ci:#x} has pages given back lazily that are not scavenged")


def _clear(pages: dict[int, int], ci: int, bits: int) -> int:
    """Remove bits from a chunk's bitmap, and the bitmap with the last of them; return how many were there."""
    had = pages.get(ci, 0)
    if not had & bits:
        return 0
    if left := had & ~bits:
        pages[ci] = left
    else:
        del pages[ci]
    return (had & bits).bit_count()
