"""The heap: arenas, the pages in them, and the spans that the pages become.

A span needs pages. Fewer than 16 come from the P's page cache, without a lock; the rest, and every refill of that
cache, from the page allocator under the heap lock; and when no run of free pages is long enough the heap grows by whole
4 MiB chunks, inside arenas of 64 MiB of reserved address space.

While a sweep phase lasts, `sweeping` is the sweeper: a span is made only after it has reclaimed as many pages.

Go: runtime/mheap.go, mheap; runtime/mgcsweep.go, (*sweepLocked).sweep.
Left out: waiting for the lock, specials.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from gomemlab.runtime import arch
from gomemlab.runtime.alloc.heaparena import NO_SPAN, HeapArena, clear_spans, enter_span
from gomemlab.runtime.alloc.heapgrowth import END_OF_ADDRESSES, check_limit, grow
from gomemlab.runtime.alloc.heapstats import FROM_CACHE, FROM_HEAP, FROM_OS, NO_MARK, HeapStats, LastMark
from gomemlab.runtime.alloc.locks import HEAP, Locks
from gomemlab.runtime.alloc.markbits import MarkBits
from gomemlab.runtime.alloc.mspan import IN_USE, MSpan, SpanState
from gomemlab.runtime.alloc.mspancache import NO_P, MSpanCache
from gomemlab.runtime.alloc.offheap import OffHeap, off_heap
from gomemlab.runtime.alloc.osmem import OSMemory
from gomemlab.runtime.alloc.pagealloc import PageAlloc
from gomemlab.runtime.alloc.pagecache import PageCache
from gomemlab.runtime.alloc.scavenging import NO_LIMIT, Scavenging
from gomemlab.runtime.alloc.sizeclasses import ClassTable, class_table
from gomemlab.runtime.alloc.spanset import SpanSets
from gomemlab.runtime.arch import (
    HEAP_ARENA_BYTES,
    PAGE_CACHE_MAX_RUN,
    PAGE_SHIFT,
    PAGE_SIZE,
    PAGES_PER_ARENA,
    PALLOC_CHUNK_BYTES,
    Go,
    align_down,
)
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.events import (
    Entry,
    ManualMade,
    PageCacheFilled,
    PagesFound,
    PagesFromCache,
    RecordsTaken,
    SpanFreed,
    SpanMade,
)
from gomemlab.runtime.gcevents import SpanSwept, ZombieFound


class Sweeping(Protocol):
    """The sweeper, as far as an allocation needs it."""

    def deduct_sweep_credit(self, heap: "MHeap", span_bytes: int, caller_sweep_pages: int, p: int) -> None:
        """Sweep what a span of so many bytes owes."""

    def reclaim(self, heap: "MHeap", npages: int, p: int) -> None:
        """Sweep unmarked spans until so many pages are idle again."""


@dataclass(slots=True, eq=False)
class MHeap(MarkBits):
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
    sweeping: Sweeping | None = None  # None: isSweepDone, no span is unswept
    pages_swept: int = 0  # in this sweep phase
    central: Sequence[SpanSets] = ()  # by span class
    spans: dict[int, MSpan] = field(default_factory=dict)  # the live ones, by id, oldest first
    next_span_id: int = 0
    records: MSpanCache = field(default_factory=MSpanCache)
    stats: HeapStats = field(default_factory=HeapStats)
    tells: bool = True  # False: nobody is going to ask what happened
    log: list[Entry] = field(default_factory=list)  # what happened since it was last cleared; always the same list
    locks: Locks = field(default_factory=Locks)
    os: OSMemory = field(default_factory=OSMemory)
    scavenging: Scavenging = field(default_factory=Scavenging)
    mcaches: int = 0  # records of mcaches, as many as there ever were
    last_mark: LastMark = NO_MARK  # the heap when the last mark phase ended

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
        if self.sweeping is not None:
            self.sweeping.reclaim(self, npages, p)
        page, scav, source = self._alloc_pages(npages, pcache, p)
        if taken := self.records.alloc(p):
            self._took_records(taken, source, p)
        span = self._init_span(page, npages, spanclass, IN_USE, scav)
        self.stats.made_from[source] += 1
        if self.tells:
            self.log.append((SpanMade, span.id, page, npages, spanclass, span.elemsize, span.nelems, span.needzero))
        return span

    def alloc_manual(self, npages: int, pcache: PageCache | None, p: int) -> MSpan:
        """Make a span of npages that the runtime manages by hand.

        Go: runtime/mheap.go, (*mheap).allocManual.
        """
        page, scav, source = self._alloc_pages(npages, pcache, p)
        if taken := self.records.alloc(p):
            self._took_records(taken, source, p)
        span = self._init_span(page, npages, 0, SpanState.MANUAL, scav)
        self.log.append((ManualMade, span.id, page, npages))
        return span

    def _alloc_pages(self, npages: int, pcache: PageCache | None, p: int) -> tuple[int, int, int]:
        """Return (first page, scavenged bytes, where they came from).

        Go: runtime/mheap.go, (*mheap).allocSpan.
        """
        if pcache is not None and npages < PAGE_CACHE_MAX_RUN:
            if not pcache.cache:
                self._fill(pcache, p)
            base, scav = pcache.alloc(npages)
            if base:
                page = base - self.arena_base >> PAGE_SHIFT
                if self.tells:
                    self.log.append((PagesFromCache, p, page, npages))
                if self.scavenging.memory_limit != NO_LIMIT and p != NO_P:  # the other goal minds a growth alone
                    self.scavenging.after_alloc(self, scav, 0)
                return page, scav, FROM_CACHE
        source = FROM_HEAP
        self.locks.take(HEAP, p)
        growth = 0
        base, scav = self.pages.alloc(npages)
        if not base:
            growth = grow(self, npages)
            source = FROM_OS
            base, scav = self.pages.alloc(npages)
            if not base:
                raise ThrowError(f"the heap grew for {npages} pages, and still has no free run of them")
        page = self.page_of(base)
        self.log.append((PagesFound, page, npages))
        if self.scavenging.watches and p != NO_P:
            self.scavenging.after_alloc(self, scav, growth)
        return page, scav, source

    def _took_records(self, taken: int, source: int, p: int) -> None:
        """Book the records that P p took for a span with pages from there. Go: runtime/mheap.go, (*mheap).allocSpan."""
        self.log.append((RecordsTaken, p, taken))
        if source == FROM_CACHE:  # else the lock is held already
            self.locks.take(HEAP, p)

    def _fill(self, pcache: PageCache, p: int) -> None:
        self.locks.take(HEAP, p)
        block = self.pages.alloc_to_cache()
        pcache.base, pcache.cache, pcache.scav = block.base, block.cache, block.scav
        page = self.page_of(block.base) if block.cache else 0
        self.log.append((PageCacheFilled, p, page, block.cache.bit_count()))

    def adopt(self, base: int, npages: int, spanclass: int, state: SpanState, scav: int) -> MSpan:
        """Make a span of pages that are taken already, scav bytes of them scavenged, outside any P."""
        self.records.alloc(NO_P)
        return self._init_span(self.page_of(base), npages, spanclass, state, scav)

    def _init_span(self, page: int, npages: int, spanclass: int, state: SpanState, scav: int) -> MSpan:
        """Make a span, cut into slots unless it is manual, and enter it into the page table and the books.

        Go: runtime/mheap.go, (*mheap).initSpan.
        """
        span_id, base, nbytes = self.next_span_id, self.arena_base + (page << PAGE_SHIFT), npages * PAGE_SIZE
        # Memory that was scavenged, or never used, comes back as zeroes, but for what the kernel may take and did not.
        os, stats = self.os, self.stats
        used = enter_span(self.arenas, page, npages, span_id)
        needzero = used and (scav != nbytes or not os.madvdontneed)
        if not needzero and spanclass <= 1 and state is IN_USE:
            os.used(base, npages, written=False)
        elif os.untouched or os.lazy:
            os.used(base, npages, written=True)
        stats.released -= scav
        if state is IN_USE:
            stats.in_heap += nbytes
            classes = self.classes
            elemsize, nelems = classes.elemsize[spanclass >> 1] or nbytes, classes.nelems[spanclass]
            span = MSpan(span_id, base, npages, spanclass, elemsize, nelems, state, self.sweepgen, needzero, 0, nelems)
        else:
            stats.in_manual += nbytes
            span = MSpan(span_id, base, npages, state=state, needzero=needzero)
        self.spans[span_id] = span
        self.next_span_id = span_id + 1
        return span

    # Growing and shrinking: see heapgrowth, too

    def check_room(self, npages: int, pcache: PageCache | None) -> None:
        """Raise MisuseError where npages need a growth that leaves the address space or the model's limit.

        Asked before a request changes anything, so that a refused one has changed nothing.
        """
        if self.stats.mapped + npages * PAGE_SIZE + 2 * PALLOC_CHUNK_BYTES > self.limit:
            check_limit(self, npages, pcache)

    def mapped_ready(self) -> int:
        """Return the bytes that the runtime has from the operating system and has not given back.

        Go: runtime/mgcpacer.go, gcControllerState.
        """
        return self.stats.mapped - self.stats.released + self.off_heap().total

    def off_heap(self) -> OffHeap:
        """Return what the runtime has for itself, outside the heap."""
        return off_heap(self.records.most, self.mcaches, len(self.arenas))

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
        self.locks.take(HEAP, p)
        self.pages.free(span.base, span.npages)
        page = self.page_of(span.base)
        clear_spans(self.arenas, page, span.npages)
        del self.spans[span.id]
        self.records.free(p)
        self.log.append((SpanFreed, span.id, page, span.npages))

    def thaw(self, span: MSpan) -> MSpan:
        """Put a copy in the place of a span at rest, and return the copy: it may be written to."""
        twin = self.spans[span.id] = span.copy()
        return twin

    # Sweeping

    def unswept(self, span: MSpan) -> bool:
        """Say whether a span from an unswept set is still to be swept: reclaim leaves those in it that it swept.

        Go: runtime/mgcsweep.go, (*sweepLocker).tryAcquire.
        """
        return span.sweepgen == self.sweepgen - 2 and self.spans.get(span.id) is span

    def sweep(self, span: MSpan, p: int, by: str, *, preserve: bool) -> bool:
        """Free what is not marked in a thawed span; say whether the whole span went back to the heap.

        With preserve it goes nowhere: the caller has a use for it. Raises ThrowError for a span that is swept.
        Go: runtime/mgcsweep.go, (*sweepLocked).sweep.
        """
        if span.state is not IN_USE or span.sweepgen - self.sweepgen not in {-2, 1}:
            raise ThrowError(
                f"bad span {span.id} to sweep: {span.state.name}, sweepgen {span.sweepgen} "
                f"with the heap at {self.sweepgen}"
            )
        self.pages_swept += span.npages
        freed = span.sweep(self.sweepgen, self._take_marks(span))
        left, small = span.alloc_count, span.spanclass > 1
        if small:
            self.stats.small_free_count[span.spanclass >> 1] += freed
        home = "" if preserve else "heap" if not left else "fullSwept" if left == span.nelems else "partialSwept"
        self.log.append((SpanSwept, span.id, freed, left, span.nelems, home, by))
        if home == "heap":
            self.free_object_span(span, p)
        elif home:
            sets = self.central[span.spanclass]
            self.locks.push(span.spanclass, self.sweepgen, p, full=left == span.nelems)
            (sets.full_swept if left == span.nelems else sets.partial_swept)(self.sweepgen).push(span)
        return home == "heap"

    def _take_marks(self, span: MSpan) -> int:
        """Remove a span's marks and return them, but for those of free slots, which only a dangling pointer gives.

        Go: runtime/mgcsweep.go, (*mspan).reportZombies; runtime/mgcmark_greenteagc.go, (*mspan).moveInlineMarks.
        """
        marks = self.marked(span)
        self.forget_marks(span)
        if zombies := marks & ~span.taken_bits():
            first = (zombies & -zombies).bit_length() - 1
            address = span.base + first * span.elemsize
            self.log.append((ZombieFound, span.id, first, address, zombies.bit_count()))
        return marks & ~zombies

    def free_object_span(self, span: MSpan, p: int) -> None:
        """Give a span without objects back; a large one is counted. Go: runtime/mheap.go, (*mheap).freeSpan."""
        if span.spanclass <= 1:
            self.stats.large_free += span.nbytes
            self.stats.large_free_count += 1
        self.free_span(span, p)

    # The value

    def copy(self) -> "MHeap":
        """Return an independent heap, without sweeper and mcentrals; those give it theirs.

        It shares the spans at rest, and those in mcaches must be thawed.
        """
        return replace(
            self,
            pages=self.pages.copy(),
            arenas=[arena.copy() for arena in self.arenas],
            sweeping=None,
            central=(),
            spans=self.spans.copy(),
            records=self.records.copy(),
            stats=self.stats.copy(),
            log=self.log.copy(),
            locks=self.locks.copy(),
            os=self.os.copy(),
            scavenging=replace(self.scavenging),
            gcmark_bits=self.gcmark_bits.copy(),
            inline_marks=self.inline_marks.copy(),
            inline_scans=self.inline_scans.copy(),
            page_marks=self.page_marks.copy(),
        )

    def check(self) -> None:
        """Raise ThrowError where spans, page table, bitmaps and counters disagree."""
        self.pages.check()
        self.check_marks(self.spans)
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
