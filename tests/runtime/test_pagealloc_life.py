"""Random life of the page allocator, beside a heap too simple to be wrong."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gomemlab.runtime.alloc.pagealloc import PageAlloc, chunk_index
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, PAGE_SIZE, PALLOC_CHUNK_BYTES, PALLOC_CHUNK_PAGES

if TYPE_CHECKING:
    from gomemlab.runtime.alloc.pagecache import PageCache

CHUNKS = 80
# Half of the chunks lie on either side of a border between two entries of the root, and so of every level.
LOWEST = DEFAULT_HEAP_BASE + (16 << 30) - CHUNKS // 2 * PALLOC_CHUNK_BYTES


def at(page: int) -> int:
    """Return the address of a page counted from LOWEST."""
    return LOWEST + page * PAGE_SIZE


def page(address: int) -> int:
    """Return the page at an address, counted from LOWEST; -1 for none."""
    return (address - LOWEST) // PAGE_SIZE if address else -1


class PageLife(RuleBasedStateMachine):
    """Random life beside a bytearray that is searched from its first byte on."""

    @initialize()
    def begin(self) -> None:
        """Begin with an empty heap in a world of CHUNKS chunks."""
        self.pages = PageAlloc()
        self.taken = bytearray(b"\1" * (CHUNKS * PALLOC_CHUNK_PAGES))
        self.scav = bytearray(len(self.taken))
        self.mapped: set[int] = set()
        self.runs: list[tuple[int, int]] = []
        self.caches: list[PageCache] = []

    @rule(chunk=st.integers(0, CHUNKS - 1), n=st.integers(1, 20))
    def grow(self, chunk: int, n: int) -> None:
        """Add chunks that are not there yet."""
        new = range(chunk, min(chunk + n, CHUNKS))
        if self.mapped.isdisjoint(new):
            self.pages.grow(at(chunk * PALLOC_CHUNK_PAGES), len(new) * PALLOC_CHUNK_BYTES)
            self.mapped.update(new)
            lo, hi = new.start * PALLOC_CHUNK_PAGES, new.stop * PALLOC_CHUNK_PAGES
            self.taken[lo:hi] = bytes(hi - lo)
            self.scav[lo:hi] = b"\1" * (hi - lo)

    def take(self, first: int, n: int) -> int:
        """Mark pages taken in the naive heap; return how many were scavenged."""
        scavenged = self.scav[first : first + n].count(1)
        self.taken[first : first + n] = b"\1" * n
        self.scav[first : first + n] = bytes(n)
        self.runs.append((first, n))
        return scavenged

    @rule(npages=st.one_of(st.integers(1, 16), st.integers(1, 700), st.integers(1, 6000)))
    def alloc(self, npages: int) -> None:
        """Take pages: the lowest run that fits."""
        address, scav = self.pages.alloc(npages)

        first = self.taken.find(bytes(npages))
        assert page(address) == first
        if first >= 0:
            assert scav == self.take(first, npages) * PAGE_SIZE

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def free(self, data: st.DataObject) -> None:
        """Give back one of the runs taken."""
        first, n = self.runs.pop(data.draw(st.integers(0, len(self.runs) - 1)))

        self.pages.free(at(first), n)

        self.taken[first : first + n] = bytes(n)

    @rule()
    def alloc_to_cache(self) -> None:
        """Take the free pages of the first block that has one."""
        cache = self.pages.alloc_to_cache()

        first = self.taken.find(b"\0")
        assert page(cache.base) == (first // 64 * 64 if first >= 0 else -1)
        if first >= 0:
            block = slice(first // 64 * 64, first // 64 * 64 + 64)
            assert cache.cache == sum(1 << i for i, bit in enumerate(self.taken[block]) if not bit)
            assert cache.scav == sum(1 << i for i, bit in enumerate(self.scav[block]) if bit)
            self.taken[block] = b"\1" * 64
            self.scav[block] = bytes(64)
            self.caches.append(cache)

    @precondition(lambda self: self.caches)
    @rule(npages=st.integers(1, 20))
    def alloc_from_cache(self, npages: int) -> None:
        """Take pages from the newest cache."""
        address, _ = self.caches[-1].alloc(npages)
        if address:
            self.runs.append((page(address), npages))

    @precondition(lambda self: self.caches)
    @rule(data=st.data())
    def flush(self, data: st.DataObject) -> None:
        """Give back what is left of a cache."""
        cache = self.caches.pop(data.draw(st.integers(0, len(self.caches) - 1)))
        first, free, scav = page(cache.base), cache.cache, cache.scav

        cache.flush(self.pages)

        for i in range(64):
            if free >> i & 1:
                self.taken[first + i] = 0
            if scav >> i & 1:
                self.scav[first + i] = 1

    @rule()
    def go_on_with_a_copy(self) -> None:
        """Let a copy, which equals its original, take its place."""
        copied = self.pages.copy()
        assert copied == self.pages
        self.pages = copied

    @invariant()
    def agree(self) -> None:
        """Compare the bitmaps with the naive heap; everything else must follow from them."""
        self.pages.check()
        for cache in self.caches:
            cache.check(self.pages)
        for bitmaps, naive in ((self.pages.chunks, self.taken), (self.pages.scavenged, self.scav)):
            for ci, bits in bitmaps.items():
                lo = (ci - chunk_index(LOWEST)) * PALLOC_CHUNK_PAGES
                assert f"{bits:0512b}"[::-1].encode().translate(bytes.maketrans(b"01", b"\0\1")) == naive[lo : lo + 512]


PageLife.TestCase.settings = settings(max_examples=40, stateful_step_count=40)
test_random_life_equals_naive_first_fit = pytest.mark.slow(PageLife.TestCase)
