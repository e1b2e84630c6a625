"""The heap: arenas, the pages in them, and the spans that the pages become.

A span needs pages. Fewer than 16 come from the P's page cache, without a lock; the rest, and every refill of that
cache, from the page allocator under the heap lock; and when no run of free pages is long enough the heap grows by whole
4 MiB chunks, inside arenas of 64 MiB of reserved address space.

Go: runtime/mheap.go, mheap, heapArena; runtime/malloc.go, (*mheap).sysAlloc.
Left out: locks, the memory limit's and the background scavenger, arenas that the operating system puts elsewhere (here
each follows the last), reclaiming before a span is made.
"""

from array import array
from dataclasses import dataclass, field

from gomemlab.runtime import arch
from gomemlab.runtime.alloc.heapstats import FROM_CACHE, FROM_HEAP, FROM_OS, HeapStats
from gomemlab.runtime.alloc.mspan import IN_USE, MSpan, SpanState
from gomemlab.runtime.alloc.mspancache import NO_P, MSpanCache
from gomemlab.runtime.alloc.pagealloc import PageAlloc
from gomemlab.runtime.alloc.pagecache import PageCache
from gomemlab.runtime.alloc.sizeclasses import ClassTable, class_table
from gomemlab.runtime.arch import (
    HEAP_ARENA_BYTES,
    PAGE_SHIFT,
    PAGE_SIZE,
    PAGES_PER_ARENA,
    PALLOC_CHUNK_BYTES,
    Go,
    align_down,
    align_up,
)
from gomemlab.runtime.errors import MisuseError, ThrowError
from gomemlab.runtime.events import (
    ArenaReserved,
    Entry,
    HeapGrown,
    ManualMade,
    PageCacheFilled,
    PagesFound,
    PagesFromCache,
    RecordsTaken,
    SpanFreed,
    SpanMade,
    SpanSwept,
)

NO_SPAN = -1
END_OF_ADDRESSES = 1 << arch.HEAP_ADDR_BITS - 1  # the other half of 48 bits are addresses that Linux never maps


@dataclass(slots=True, eq=False)
class HeapArena:
    """64 MiB of address space and which span each of its pages belongs to.

    Go: runtime/mheap.go, heapArena.
    """

    base: int  # address
    spans: "array[int]" = field(default_factory=lambda: array("i", [NO_SPAN]) * PAGES_PER_ARENA)  # span id by page
    zeroed_base: int = 0  # bytes from base; memory behind was never used, so it is still zero

    def copy(self) -> "HeapArena":
        """Return an independent copy."""
        return HeapArena(self.base, self.spans[:], self.zeroed_base)


@dataclass(slots=True, eq=False)
class MHeap:
    """Everything that all Ps share, but for mcentral."""

    go: Go
    heap_base: int  # address of the first usable page
    arena_base: int = field(init=False)  # address of the first arena; pages in events are counted from here
    classes: ClassTable = field(init=False)
    limit: int = field(init=False)  # bytes that may be mapped
    pages: PageAlloc = field(default_factory=PageAlloc)
    arenas: list[HeapArena] = field(default_factory=list)  # one behind the other, from arena_base
    cur_arena: int = 0  # address at which the next growth begins
    sweepgen: int = 0  # grows by 2 with each cycle
    spans: dict[int, MSpan] = field(default_factory=dict)  # the live ones, by id, oldest first
    next_span_id: int = 0
    records: MSpanCache = field(default_factory=MSpanCache)
    stats: HeapStats = field(default_factory=HeapStats)
    log: list[Entry] = field(default_factory=list)  # what happened since it was last cleared; always the same list

    def __post_init__(self) -> None:
        self.arena_base = align_down(self.heap_base, HEAP_ARENA_BYTES)
        self.classes = class_table(self.go)
        self.limit = min(arch.MAX_MODEL_HEAP, END_OF_ADDRESSES - align_down(self.heap_base, PALLOC_CHUNK_BYTES))
        if self.cur_arena == 0:
            self.cur_arena = align_down(self.heap_base, PALLOC_CHUNK_BYTES)

    @property
    def arena_end(self) -> int:
        """Return the address behind the last reserved arena."""
        return self.arena_base + len(self.arenas) * HEAP_ARENA_BYTES

    def page_of(self, address: int) -> int:
        """Return the page that holds an address, counted from the first arena."""
        return (address - self.arena_base) >> PAGE_SHIFT

    def span_of(self, address: int) -> MSpan | None:
        """Return the span that holds an address, or None.

        Go: runtime/mheap.go, spanOf.
        """
        if not self.arena_base <= address < self.arena_end:
            return None
        arena, page = divmod(self.page_of(address), PAGES_PER_ARENA)
        return self.spans.get(self.arenas[arena].spans[page])

    # Making spans

    def alloc(self, npages: int, spanclass: int, pcache: PageCache | None, p: int) -> MSpan:
        """Make a span of npages for objects of a span class; the pages come from pcache where they can.

        Go: runtime/mheap.go, (*mheap).alloc.
        """
        base, scav, source = self._alloc_pages(npages, pcache, p)
        self._take_record(p)
        span = self._init_span(base, npages, spanclass, IN_USE, scav)
        self.stats.made_from[source] += 1
        page = self.page_of(base)
        self.log.append((SpanMade, span.id, page, npages, spanclass, span.elemsize, span.nelems, span.needzero))
        return span

    def alloc_manual(self, npages: int, pcache: PageCache | None, p: int) -> MSpan:
        """Make a span of npages that the runtime manages by hand.

        Go: runtime/mheap.go, (*mheap).allocManual.
        """
        base, scav, _ = self._alloc_pages(npages, pcache, p)
        self._take_record(p)
        span = self._init_span(base, npages, 0, SpanState.MANUAL, scav)
        self.log.append((ManualMade, span.id, self.page_of(base), npages))
        return span

    def _alloc_pages(self, npages: int, pcache: PageCache | None, p: int) -> tuple[int, int, int]:
        """Return (address, scavenged bytes, where they came from).

        Go: runtime/mheap.go, (*mheap).allocSpan.
        """
        if pcache is not None and npages < arch.PAGE_CACHE_MAX_RUN:
            if not pcache.cache:
                self._fill(pcache, p)
            base, scav = pcache.alloc(npages)
            if base:
                self.log.append((PagesFromCache, p, self.page_of(base), npages))
                return base, scav, FROM_CACHE
        source = FROM_HEAP
        base, scav = self.pages.alloc(npages)
        if not base:
            self.grow(npages)
            source = FROM_OS
            base, scav = self.pages.alloc(npages)
            if not base:
                raise ThrowError(f"the heap grew for {npages} pages, and still has no free run of them")
        self.log.append((PagesFound, self.page_of(base), npages))
        return base, scav, source

    def _take_record(self, p: int) -> None:
        """Take a span record; a P that has none ready gets 64 more, which needs the heap lock.

        Go: runtime/mheap.go, (*mheap).tryAllocMSpan, (*mheap).allocMSpanLocked.
        """
        if taken := self.records.alloc(p):
            self.log.append((RecordsTaken, p, taken))

    def _fill(self, pcache: PageCache, p: int) -> None:
        block = self.pages.alloc_to_cache()
        pcache.base, pcache.cache, pcache.scav = block.base, block.cache, block.scav
        page = self.page_of(block.base) if block.cache else 0
        self.log.append((PageCacheFilled, p, page, block.cache.bit_count()))

    def adopt(self, base: int, npages: int, spanclass: int, state: SpanState, scav: int) -> MSpan:
        """Make a span of pages that are taken already, scav bytes of them scavenged, outside any P."""
        self.records.alloc(NO_P)
        return self._init_span(base, npages, spanclass, state, scav)

    def _init_span(self, base: int, npages: int, spanclass: int, state: SpanState, scav: int) -> MSpan:
        """Make a span, cut into slots unless it is manual, and enter it into the page table and the books.

        Go: runtime/mheap.go, (*mheap).initSpan, (*mheap).setSpans.
        """
        span_id, page, nbytes = self.next_span_id, self.page_of(base), npages * PAGE_SIZE
        # Memory that was scavenged, or never used, comes back from the operating system as zeroes.
        needzero = self._alloc_needs_zero(page, npages) and scav != nbytes
        stats = self.stats
        stats.released -= scav
        if state is IN_USE:
            stats.in_heap += nbytes
            elemsize, nelems = self.classes.elemsize[spanclass >> 1] or nbytes, self.classes.nelems[spanclass]
            span = MSpan(span_id, base, npages, spanclass, elemsize, nelems, state, self.sweepgen, needzero, 0, nelems)
        else:
            stats.in_manual += nbytes
            span = MSpan(span_id, base, npages, state=state, needzero=needzero)
        self._set_spans(page, npages, span_id)
        self.spans[span_id] = span
        self.next_span_id = span_id + 1
        return span

    def _set_spans(self, page: int, npages: int, span_id: int) -> None:
        """Write a span's number into the page table.

        Go: runtime/mheap.go, (*mheap).setSpans.
        """
        if npages == 1:
            self.arenas[page // PAGES_PER_ARENA].spans[page % PAGES_PER_ARENA] = span_id
            return
        while npages > 0:
            entries, first = self.arenas[page // PAGES_PER_ARENA].spans, page % PAGES_PER_ARENA
            here = min(npages, PAGES_PER_ARENA - first)
            entries[first : first + here] = array("i", (span_id,)) * here
            page, npages = page + here, npages - here

    def _alloc_needs_zero(self, page: int, npages: int) -> bool:
        """Say whether any of the pages was used before, and remember that they are now.

        Go: runtime/mheap.go, (*mheap).allocNeedsZero.
        """
        used = False
        while npages > 0:
            arena, first = self.arenas[page // PAGES_PER_ARENA], page % PAGES_PER_ARENA
            here = min(npages, PAGES_PER_ARENA - first)
            if first << PAGE_SHIFT < arena.zeroed_base:
                used = True
            arena.zeroed_base = max(arena.zeroed_base, first + here << PAGE_SHIFT)
            page, npages = page + here, npages - here
        return used

    # Growing and shrinking

    def grow(self, npages: int) -> None:
        """Map at least npages more, in whole chunks of 512.

        Go: runtime/mheap.go, (*mheap).grow.
        """
        ask = self._growth(npages)
        if self.cur_arena + ask > self.arena_end:
            # The first growth begins inside its arena, so the arena may be too short even for less than 64 MiB.
            self._sys_alloc(max(ask, self.cur_arena + ask - self.arena_end))
        first, self.cur_arena = self.cur_arena, self.cur_arena + ask
        self.pages.grow(first, ask)
        self.stats.mapped += ask
        self.stats.released += ask
        self.log.append((HeapGrown, npages, ask // PAGE_SIZE, self.page_of(first)))
        if first < self.heap_base:
            self.pages.mark_random_padding_pages(first, (self.heap_base - first) // PAGE_SIZE)

    def _growth(self, npages: int) -> int:
        """Return the bytes that a growth for npages maps."""
        # Padding takes from the first growth. Go would throw where too little is left, but asks for a page or so there.
        padding = 0 if self.stats.mapped else self.heap_base % PALLOC_CHUNK_BYTES
        return align_up(npages * PAGE_SIZE + padding, PALLOC_CHUNK_BYTES)

    def check_room(self, npages: int, pcache: PageCache | None) -> None:
        """Raise MisuseError where npages need a growth that leaves the address space or the model's limit.

        Asked before a request changes anything, so that a refused one has changed nothing.
        """
        if self.stats.mapped + npages * PAGE_SIZE + 2 * PALLOC_CHUNK_BYTES <= self.limit:
            return  # a growth is less than two chunks larger than what was asked for
        grown = self.stats.mapped + self._growth(npages)
        if grown <= self.limit or self._has_pages(npages, pcache):
            return
        raise MisuseError(
            f"the heap would grow to {grown >> 20} MiB; this world holds {self.limit >> 20} MiB, "
            "so ask for less or start a new World"
        )

    def _has_pages(self, npages: int, pcache: PageCache | None) -> bool:
        """Say whether _alloc_pages could do without a growth; tried on copies, since only a heap at its limit asks."""
        pages = self.pages.copy()
        if pcache is not None and npages < arch.PAGE_CACHE_MAX_RUN:
            block = pages.alloc_to_cache() if pcache.empty() else pcache.copy()
            if block.alloc(npages)[0]:
                return True
        return pages.alloc(npages)[0] != 0

    def _sys_alloc(self, nbytes: int) -> None:
        """Reserve whole arenas behind the last one.

        Go: runtime/malloc.go, (*mheap).sysAlloc.
        """
        index, base = len(self.arenas), self.arena_end
        new = align_up(nbytes, HEAP_ARENA_BYTES) // HEAP_ARENA_BYTES
        self.arenas += [HeapArena(base + i * HEAP_ARENA_BYTES) for i in range(new)]
        self.log.append((ArenaReserved, index, new, base))

    def free_span(self, span: MSpan, p: int) -> None:
        """Give the pages of a span back; P p keeps its record.

        Raises ThrowError for a span that still has objects or was not swept.
        Go: runtime/mheap.go, (*mheap).freeSpanLocked.
        """
        stale = span.state is SpanState.IN_USE and span.sweepgen != self.sweepgen
        if self.spans.get(span.id) is not span or span.alloc_count or stale:
            raise ThrowError(
                f"invalid free of span {span.id}: {span.state.name}, {span.alloc_count} objects, "
                f"sweepgen {span.sweepgen} with the heap at {self.sweepgen}"
            )
        if span.state is SpanState.IN_USE:
            self.stats.in_heap -= span.nbytes
        else:
            self.stats.in_manual -= span.nbytes
        self.pages.free(span.base, span.npages)
        page = self.page_of(span.base)
        self._set_spans(page, span.npages, NO_SPAN)
        del self.spans[span.id]
        self.records.free(p)
        self.log.append((SpanFreed, span.id, page, span.npages))

    def thaw(self, span: MSpan) -> MSpan:
        """Put a copy in the place of a span at rest, and return the copy: it may be written to."""
        twin = self.spans[span.id] = span.copy()
        return twin

    def sweep(self, span: MSpan) -> int:
        """Sweep one thawed span that an allocation wants; return the slots it freed.

        Go: runtime/mgcsweep.go, (*sweepLocked).sweep.
        """
        freed = span.sweep(self.sweepgen)
        self.stats.small_free_count[span.spanclass >> 1] += freed
        self.log.append((SpanSwept, span.id, freed, span.alloc_count, span.nelems))
        return freed

    # The value

    def copy(self) -> "MHeap":
        """Return an independent heap; it shares the spans at rest, and those in mcaches must be thawed."""
        return MHeap(
            self.go,
            self.heap_base,
            self.pages.copy(),
            [arena.copy() for arena in self.arenas],
            self.cur_arena,
            self.sweepgen,
            self.spans.copy(),
            self.next_span_id,
            self.records.copy(),
            self.stats.copy(),
            self.log.copy(),
        )

    def check(self) -> None:
        """Raise ThrowError where spans, page table, bitmaps and counters disagree."""
        self.pages.check()
        covered = 0
        for span in self.spans.values():
            span.check()
            covered += span.npages
            for page in range(span.npages):
                if self.span_of(span.base + page * PAGE_SIZE) is not span:
                    raise ThrowError(
                        f"page {self.page_of(span.base) + page} of span {span.id} is not entered as its own"
                    )
        entered = sum(PAGES_PER_ARENA - arena.spans.count(NO_SPAN) for arena in self.arenas)
        if entered != covered:
            raise ThrowError(f"{entered} pages are entered as spans', but the spans have {covered}")
        by_state = {state: sum(s.nbytes for s in self.spans.values() if s.state is state) for state in SpanState}
        if (by_state[SpanState.IN_USE], by_state[SpanState.MANUAL]) != (self.stats.in_heap, self.stats.in_manual):
            raise ThrowError(
                f"spans hold {by_state} bytes, the books say {self.stats.in_heap} and {self.stats.in_manual}"
            )
