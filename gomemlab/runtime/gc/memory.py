"""Memory: the words of the heap, as far as anyone wrote a pointer into them.

Only pointers are kept; every other word reads as 0. A page of 1024 words comes into being when the first pointer is
written to it. Copies of a world share the pages, and whoever writes first takes a copy of the page.

Beside the words stand the heap bits: which words of an object are pointer slots. Marking does not need them (a word
that is no slot is 0), but a program may not write where its type has no pointer.

Go: runtime/mbitmap.go, (*mspan).writeHeapBitsSmall, (*mspan).heapBitsSmallForAddr.
Left out: scalars; where Go keeps the bits (at the span's end, in a header, or in the type).
"""

from array import array
from collections.abc import Iterator
from functools import lru_cache
from itertools import compress

from gomemlab.runtime.arch import PAGE_SHIFT, PTR_SIZE

WORDS_PER_PAGE = (1 << PAGE_SHIFT) // PTR_SIZE
IN_PAGE = WORDS_PER_PAGE - 1
WORD_SHIFT = PTR_SIZE.bit_length() - 1
NO_WORDS = array("Q", bytes(1 << PAGE_SHIFT))
_TRUTH = bytes(digit == ord("1") for digit in range(256))  # of a binary digit


class Memory:
    """The pointers in the heap, by address."""

    __slots__ = ("_owned", "extents", "heap_bits", "words")

    def __init__(self) -> None:
        self.words: dict[int, array[int]] = {}  # by page (address / 8192): its 1024 words
        self.heap_bits: dict[int, int] = {}  # by page: bit i set: word i is a pointer slot
        self._owned: set[int] = set()  # pages that no copy of the world shares
        self.extents: dict[int, bytes] = {}  # by page, those that were measured

    def load(self, address: int) -> int:
        """Return the pointer in the word at an address, 0 for nil."""
        words = self.words.get(address >> PAGE_SHIFT)
        return words[address >> WORD_SHIFT & IN_PAGE] if words else 0

    def store(self, address: int, pointer: int) -> None:
        """Write a pointer, or 0 for nil, into the word at an address."""
        page = address >> PAGE_SHIFT
        if page not in self._owned:
            if not pointer and page not in self.words:
                return
            self.words[page] = self.words.get(page, NO_WORDS)[:]
            self._owned.add(page)
        self.words[page][address >> WORD_SHIFT & IN_PAGE] = pointer

    def pointers(self, address: int, nwords: int) -> list[int]:
        """Return the pointers in nwords words from an address on, without the nil ones."""
        first = address >> WORD_SHIFT & IN_PAGE
        if first + nwords > WORDS_PER_PAGE:
            return [p for page, begin, end in _parts(address, nwords) for p in self._of_page(page, begin, end) if p]
        words = self.words.get(address >> PAGE_SHIFT)
        return list(filter(None, words[first : first + nwords])) if words else []

    def _of_page(self, page: int, begin: int, end: int) -> "array[int]":
        return self.words.get(page, NO_WORDS)[begin:end]

    def pointers_of(self, page: int, nwords: int, objects: int) -> list[int]:
        """Return the pointers in some objects of nwords words each, without the nil ones, lowest address first.

        The objects lie in one page, from its beginning on; bit i of objects says whether the i-th is among them.
        """
        words = self.words.get(page)
        if not words:
            return []
        wanted = bin(objects)[:1:-1].encode().translate(_TRUTH)  # a byte per object
        mask = bytearray(len(wanted) * nwords)  # a byte per word
        for word in range(nwords):
            mask[word::nwords] = wanted
        return list(filter(None, compress(words, mask)))

    def measure(self, page: int, nwords: int) -> bytes:
        """Return how many words of an object there are up to its last pointer slot, by the object's first word.

        The objects of the page have nwords words each, at most 255, and the first begins where the page does. The
        answer is kept in extents, until another object is laid out there.
        """
        self.extents[page] = _extents(self.heap_bits.get(page, 0), nwords)
        return self.extents[page]

    def lay_out(self, address: int, nwords: int, slots: int) -> None:
        """Make a fresh object of nwords words: all nil, and bit i of slots says whether word i is a pointer slot."""
        self.clear(address, nwords)
        for page, begin, end in _parts(address, nwords):
            mask = (1 << end - begin) - 1
            bits = self.heap_bits.get(page, 0) & ~(mask << begin) | (slots & mask) << begin
            slots >>= end - begin
            if bits or page in self.heap_bits:
                self.heap_bits[page] = bits
            self.extents.pop(page, None)

    def clear(self, address: int, nwords: int) -> None:
        """Write nil into nwords words from an address on, as malloc does with memory that was used before."""
        for page, begin, end in _parts(address, nwords):
            words = self.words.get(page)
            if words and any(words[begin:end]):
                if page not in self._owned:
                    words = self.words[page] = words[:]
                    self._owned.add(page)
                words[begin:end] = NO_WORDS[begin:end]

    def slots(self, address: int, nwords: int) -> int:
        """Return the heap bits of an object: bit i set: its word i is a pointer slot."""
        found, shift = 0, 0
        for page, begin, end in _parts(address, nwords):
            found |= (self.heap_bits.get(page, 0) >> begin & (1 << end - begin) - 1) << shift
            shift += end - begin
        return found

    def copy(self) -> "Memory":
        """Return an independent memory; both now share every page."""
        new = Memory()
        new.words, new.heap_bits = self.words.copy(), self.heap_bits.copy()
        new.extents = self.extents.copy()
        self._owned = set()
        return new


@lru_cache(maxsize=256)  # most pages are full of objects of one type
def _extents(heap_bits: int, nwords: int) -> bytes:
    extents, mask = bytearray(WORDS_PER_PAGE), (1 << nwords) - 1
    for first in range(0, WORDS_PER_PAGE - nwords + 1, nwords):
        extents[first] = (heap_bits >> first & mask).bit_length()
    return bytes(extents)


def _parts(address: int, nwords: int) -> Iterator[tuple[int, int, int]]:
    """Yield (page, first word, word behind the last) for each page that nwords words from an address on touch."""
    page, first = address >> PAGE_SHIFT, address >> WORD_SHIFT & IN_PAGE
    while nwords > 0:
        here = min(nwords, WORDS_PER_PAGE - first)
        yield page, first, first + here
        page, first, nwords = page + 1, 0, nwords - here
