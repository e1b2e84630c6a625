"""Stack memory: where goroutine stacks come from and go to.

A stack below 32 KiB comes from a span of 32 KiB that is cut into stacks of one size: 2, 4, 8 or 16 KiB, an order each.
Every P has a cache of free stacks per order, filled and emptied by half; behind it is a pool of spans with free stacks.
A larger stack is a span of its own.

While a cycle marks, an empty span is not given back: the marker may still meet a pointer into the old stack. Such spans
stay until the end of the cycle, those that are cut in the pool, the large ones in lists by size, and may be used again.

Go: runtime/stack.go, stackpoolalloc, stackpoolfree, stackcacherefill, stackcacherelease, stackalloc, stackfree,
freeStackSpans.
Left out: stacks from the operating system (a thread's own), race and memory sanitizers.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from gomemlab.runtime.alloc.locks import STACK_LARGE, STACKPOOL
from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.alloc.mspan import MSpan, SpanState
from gomemlab.runtime.alloc.mspancache import NO_P
from gomemlab.runtime.arch import FIXED_STACK, PAGE_SHIFT
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.malloc import P
from gomemlab.runtime.stackevents import (
    StackCacheFlushed,
    StackCacheRefilled,
    StackCacheReleased,
    StackSpanCut,
    StackSpanKept,
    StackSpansFreed,
)

NUM_STACK_ORDERS = 4
STACK_CACHE_SIZE = 32 << 10  # bytes of a span that is cut into stacks, of a P's cache per order, of a large stack
STACK_SPAN_PAGES = STACK_CACHE_SIZE >> PAGE_SHIFT


class StackSpan(NamedTuple):
    """A span that is cut into stacks of one size."""

    order: int  # stacks of 2048 << order bytes
    free: tuple[int, ...]  # addresses of the free ones that no P's cache has, the next one last. Go: manualFreeList
    taken: int  # all others. Go: allocCount

    @property
    def elemsize(self) -> int:
        """Return the bytes of each stack."""
        return FIXED_STACK << self.order


def order_of(nbytes: int) -> int:
    """Return the order of stacks of so many bytes, a power of two below 32 KiB."""
    return (nbytes // FIXED_STACK).bit_length() - 1


def half_a_cache(order: int) -> int:
    """Return how many stacks of an order an empty cache is filled with."""
    return STACK_CACHE_SIZE // 2 // (FIXED_STACK << order)


def new_caches() -> list[list[int]]:
    """Return a P's empty caches, by order."""
    return [[] for _ in range(NUM_STACK_ORDERS)]


@dataclass(slots=True, eq=False)
class StackAlloc:
    """All stack memory of a world."""

    heap: MHeap
    spans: dict[int, StackSpan] = field(default_factory=dict)  # by span id, those that are cut
    pool: list[list[int]] = field(default_factory=new_caches)  # by order: spans with free stacks, the next last
    caches: list[list[list[int]]] = field(default_factory=list)  # by P, by order: addresses, the next last
    large: dict[int, list[int]] = field(default_factory=dict)  # by log2 of their pages: free spans, the next last
    whole: set[int] = field(default_factory=set)  # ids of the spans that are one large stack, free ones too

    def alloc(self, nbytes: int, p: P | None, *, pooled: bool = False) -> int:
        """Return the address of a stack of nbytes, a power of two; pooled, or without a P, it comes from the pool.

        Go: runtime/stack.go, stackalloc.
        """
        if nbytes >= STACK_CACHE_SIZE:
            return self._alloc_large(nbytes >> PAGE_SHIFT, p)
        order = order_of(nbytes)
        cache = self._cache(order, p, pooled=pooled)
        if p is None or cache is None:
            self._lock(STACKPOOL, p)
            return self._pool_alloc(order, p)
        if not cache:
            self._refill(cache, order, p)
        return cache.pop()

    def _cache(self, order: int, p: P | None, *, pooled: bool) -> list[int] | None:
        """Return the cache that stacks of an order are taken from and given to, None for the pool itself."""
        return None if p is None or pooled else self.caches[p.id][order]

    def _waiting(self, npages: int) -> list[int] | None:
        """Return the free large stacks among which one of so many pages is, None where there never was one."""
        return self.large.get(npages.bit_length())

    def _alloc_large(self, npages: int, p: P | None) -> int:
        self._lock(STACK_LARGE, p)
        waiting = self._waiting(npages)
        if waiting:
            return self.heap.spans[waiting.pop()].base
        span = self._manual(npages, p)
        self.whole.add(span.id)
        return span.base

    def _lock(self, lock: str, p: P | None, times: int = 1) -> None:
        self.heap.locks.take(lock, p.id if p else NO_P, times)

    def _manual(self, npages: int, p: P | None) -> MSpan:
        return self.heap.alloc_manual(npages, p.pcache if p else None, p.id if p else NO_P)

    def pages_for(self, nbytes: int, p: P | None, *, pooled: bool = False) -> int:
        """Return how many pages alloc would ask the heap for; 0: there is a stack, or room for it in a span."""
        if nbytes >= STACK_CACHE_SIZE:
            return 0 if self._waiting(nbytes >> PAGE_SHIFT) else nbytes >> PAGE_SHIFT
        order = order_of(nbytes)
        cache = self._cache(order, p, pooled=pooled)
        if cache:
            return 0
        need = 1 if cache is None else half_a_cache(order)
        there = sum(len(self.spans[span].free) for span in self.pool[order][-need:])
        return 0 if there >= need else STACK_SPAN_PAGES

    def _pool_alloc(self, order: int, p: P | None) -> int:
        """Take a stack from the first span of the pool, or from a new one. Go: runtime/stack.go, stackpoolalloc."""
        spans = self.pool[order]
        if not spans:
            span = self._manual(STACK_SPAN_PAGES, p)
            cut = tuple(range(span.base, span.base + STACK_CACHE_SIZE, FIXED_STACK << order))
            self.spans[span.id] = StackSpan(order, cut, 0)
            spans.append(span.id)
            self.heap.log.append((StackSpanCut, span.id, len(cut), FIXED_STACK << order))
        number = spans[-1]
        _, free, taken = self.spans[number]
        self.spans[number] = StackSpan(order, free[:-1], taken + 1)
        if not free[1:]:
            spans.pop()
        return free[-1]

    def _refill(self, cache: list[int], order: int, p: P) -> None:
        """Fill half of an empty cache. Go: runtime/stack.go, stackcacherefill."""
        self._lock(STACKPOOL, p)
        for _ in range(half_a_cache(order)):
            cache.append(self._pool_alloc(order, p))  # noqa: PERF401 - the cache stays the same list
        self.heap.log.append((StackCacheRefilled, p.id, len(cache), FIXED_STACK << order))

    def free(self, address: int, nbytes: int, p: P | None, *, marking: bool, pooled: bool = False) -> None:
        """Give back a stack of nbytes; while a cycle marks no span goes back to the heap.

        Go: runtime/stack.go, stackfree.
        """
        if nbytes >= STACK_CACHE_SIZE:
            self._free_large(self._span(address), p, marking)
            return
        cache = self._cache(order_of(nbytes), p, pooled=pooled)
        if p is None or cache is None:
            self._lock(STACKPOOL, p)
            self._pool_free(address, p, marking)
            return
        if len(cache) * nbytes >= STACK_CACHE_SIZE:
            self._release(cache, nbytes, p, marking)
        cache.append(address)

    def _free_large(self, span: MSpan, p: P | None, marking: bool) -> None:
        if marking:
            self._lock(STACK_LARGE, p)
            self.large.setdefault(span.npages.bit_length(), []).append(span.id)
            self.heap.log.append((StackSpanKept, span.id, span.nbytes))
        else:
            self.whole.remove(span.id)
            self.heap.free_span(span, p.id if p else NO_P)

    def has(self, span: MSpan) -> bool:
        """Say whether a span is for stacks."""
        return span.id in self.spans or span.id in self.whole

    def _span(self, address: int) -> MSpan:
        span = self.heap.span_of(address)
        if span is None or span.state is not SpanState.MANUAL:
            raise ThrowError(f"freeing stack {address:#x} not in a stack span")
        return span

    def _pool_free(self, address: int, p: P | None, marking: bool) -> None:
        """Put a stack back into its span. Go: runtime/stack.go, stackpoolfree."""
        span = self._span(address)
        order, free, taken = self.spans[span.id]
        if not free:
            self.pool[order].append(span.id)
        self.spans[span.id] = StackSpan(order, (*free, address), taken - 1)
        if taken > 1:
            return
        if marking:
            self.heap.log.append((StackSpanKept, span.id, FIXED_STACK << order))
        else:
            self._give_back(span, p.id if p else NO_P)

    def _give_back(self, span: MSpan, p: int) -> None:
        """Give a span without stacks to the heap."""
        self.pool[self.spans.pop(span.id).order].remove(span.id)
        self.heap.free_span(span, p)

    def _release(self, cache: list[int], nbytes: int, p: P, marking: bool) -> None:
        """Empty a full cache by half. Go: runtime/stack.go, stackcacherelease."""
        self._lock(STACKPOOL, p)
        count = len(cache)
        while len(cache) * nbytes > STACK_CACHE_SIZE // 2:
            self._pool_free(cache.pop(), p, marking)
        self.heap.log.append((StackCacheReleased, p.id, count - len(cache), nbytes))

    def clear(self, p: P, *, marking: bool) -> None:
        """Empty P p's caches. Go: runtime/stack.go, stackcache_clear."""
        self._lock(STACKPOOL, p, NUM_STACK_ORDERS)
        given = 0
        for cache in self.caches[p.id]:
            given += len(cache)
            while cache:
                self._pool_free(cache.pop(), p, marking)
        if given:
            self.heap.log.append((StackCacheFlushed, p.id, given))

    def free_spans(self, p: int) -> None:
        """Give the heap every span that marking kept. Go: runtime/stack.go, freeStackSpans."""
        self.heap.locks.take(STACKPOOL, p, NUM_STACK_ORDERS)
        self.heap.locks.take(STACK_LARGE, p)
        empty = [number for spans in self.pool for number in reversed(spans) if not self.spans[number].taken]
        for number in empty:
            self._give_back(self.heap.spans[number], p)
        waiting = [number for _, spans in sorted(self.large.items()) for number in reversed(spans)]
        self.large.clear()
        for number in waiting:
            self.whole.remove(number)
            self.heap.free_span(self.heap.spans[number], p)
        if empty or waiting:
            self.heap.log.append((StackSpansFreed, len(empty), len(waiting)))

    # The value

    def copy(self, heap: MHeap) -> "StackAlloc":
        """Return an independent copy for a copy of the heap."""
        caches = [[cache.copy() for cache in of_p] for of_p in self.caches]
        large = {log2: spans.copy() for log2, spans in self.large.items()}
        return StackAlloc(
            heap, self.spans.copy(), [spans.copy() for spans in self.pool], caches, large, self.whole.copy()
        )

    def check(self) -> None:
        """Raise ThrowError where spans, pool and caches contradict each other."""
        for number, (order, free, taken) in self.spans.items():
            span = self.heap.spans.get(number)
            nbytes = FIXED_STACK << order
            if span is None or span.state is not SpanState.MANUAL or span.nbytes != STACK_CACHE_SIZE:
                raise ThrowError(f"span {number} is cut into stacks, and is no span of 32 KiB for them")
            if len(set(free)) + taken != STACK_CACHE_SIZE // nbytes or any((x - span.base) % nbytes for x in free):
                raise ThrowError(f"span {number} has {taken} stacks and {len(free)} free ones of {nbytes} B")
            if self.pool[order].count(number) != bool(free):
                raise ThrowError(f"span {number} has {len(free)} free stacks, and its pool says otherwise")
        cached = [(address, order) for of_p in self.caches for order, cache in enumerate(of_p) for address in cache]
        if len(set(cached)) < len(cached):
            raise ThrowError("a free stack is in two caches")
        for address, order in cached:
            if self.heap.span_of(address) is None or self.spans[self._span(address).id].order != order:
                raise ThrowError(f"the free stack {address:#x} is in the cache of another size")
        waiting = {number for spans in self.large.values() for number in spans}
        if self.whole & set(self.spans) or not waiting <= self.whole <= set(self.heap.spans):
            raise ThrowError(f"spans {sorted(self.whole)} are one stack each, yet some are cut or gone")
        for log2, spans in self.large.items():
            if any(self.heap.spans[number].npages.bit_length() != log2 for number in spans):
                raise ThrowError(f"a free large stack is in the list of 2**{log2 - 1} pages")

    def check_taken(self, stacks: list[tuple[int, int]]) -> None:
        """Raise ThrowError where stacks in use (address, bytes) lie in each other, in no span, or are free as well."""
        cached = {address for of_p in self.caches for cache in of_p for address in cache}
        taken = dict.fromkeys(self.spans, 0)
        for address, nbytes in {*stacks, *((address, 0) for address in cached)}:
            span = self._span(address)
            if span.id in taken:
                taken[span.id] += 1
            elif span.base != address or span.nbytes != nbytes or span.id not in self.whole:
                raise ThrowError(f"the stack {address:#x} of {nbytes} B is not a span of its own")
        if len({address for address, _ in stacks} | cached) < len(stacks) + len(cached):
            raise ThrowError("two goroutines have the same stack, or it is free")
        for number, used in taken.items():
            if used != self.spans[number].taken:
                given = self.spans[number].taken
                raise ThrowError(f"span {number} gave {given} stacks, and {used} are in use or cached")


def round2(n: int) -> int:
    """Return n rounded up to a power of two. Go: runtime/stack.go, round2."""
    return 1 << (n - 1).bit_length()
