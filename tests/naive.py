"""A second model of the allocator, too simple to be wrong: lists of pages and slots, searched from the first on.

It knows no bitmap, no summary, no freeindex, no counter. Every statistic is counted from the lists when it is asked
for. Its numbers about size classes come from recordings. Nothing here can sweep: objects live for ever, but for large
ones (see naive_sweep).
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

GOLDEN = json.loads((Path(__file__).parent / "data" / "go1.27.3_size_classes.json").read_text(encoding="utf-8"))
ROWS = [dict(zip(GOLDEN["class_columns"], row, strict=True)) for row in GOLDEN["classes"]]
PAGE = 8192
CHUNK = 512  # pages
BLOCK = 64  # pages of a page cache
TINY_CLASS = 5
FREE, TAKEN, CACHED, PADDING = range(4)  # what a page is


@dataclass(eq=False)
class Span:
    """Pages with slots; or, as span class -1, a stack's."""

    page: int
    npages: int
    spanclass: int
    elemsize: int
    nelems: int
    needzero: bool
    taken: set[int] = field(default_factory=set)  # slots; an object gets the lowest that is free

    @property
    def full(self) -> bool:
        """Return whether no slot is free."""
        return len(self.taken) == self.nelems


@dataclass
class Proc:
    """What a P has at hand."""

    cached: dict[int, Span] = field(default_factory=dict)  # by span class
    block: list[int] = field(default_factory=list)  # free pages of the page cache
    tiny: int = -1  # address of the tiny block
    tiny_used: int = 0
    ready: int = 0  # span records


@dataclass
class Naive:
    """The allocator; addresses count from the first page."""

    procs: int = 1
    padding: int = 0  # pages below the heap base, in its chunk

    def __post_init__(self) -> None:
        self.pages: list[int] = []  # FREE, TAKEN, CACHED or PADDING
        self.touched: set[int] = set()  # pages that were in a span at some time
        self.spans: list[Span] = []
        self.partial: dict[int, list[Span]] = {}  # mcentral's partial swept set, by span class
        self.full: dict[int, list[Span]] = {}  # its full swept set
        self.ps = [Proc() for _ in range(self.procs)]
        self.objects: list[tuple[int, int]] = []  # (span class, bytes of its slot) of every slot ever taken
        self.tiny_objects = 0  # those that went into a block that was there
        self.freed: list[tuple[int, int]] = []  # (span class, bytes of its slot) of every slot ever freed
        self.records = 0

    # Pages

    def _first_run(self, n: int) -> int:
        run = 0
        for page, what in enumerate(self.pages):
            run = run + 1 if what == FREE else 0
            if run == n:
                return page - n + 1
        return -1

    def _from_block(self, block: list[int], n: int) -> int:
        for page in block:
            if all(page + i in block for i in range(n)):
                return page
        return -1

    def _take_pages(self, n: int, p: int) -> int:
        if p >= 0 and n < BLOCK // 4:
            proc = self.ps[p]
            if not proc.block and FREE in self.pages:
                first = self.pages.index(FREE) // BLOCK * BLOCK
                proc.block = [page for page in range(first, first + BLOCK) if self.pages[page] == FREE]
                for page in proc.block:
                    self.pages[page] = CACHED
            page = self._from_block(proc.block, n)
            if page >= 0:
                proc.block = [other for other in proc.block if not page <= other < page + n]
                return page
        page = self._first_run(n)
        if page < 0:
            padding = 0 if self.pages else self.padding
            self.pages += [FREE] * (-(-(n + padding) // CHUNK) * CHUNK)
            self.pages[:padding] = [PADDING] * padding
            page = self._first_run(n)
        return page

    def _span(self, npages: int, p: int, spanclass: int, elemsize: int, nelems: int) -> Span:
        page = self._take_pages(npages, p)
        mine = range(page, page + npages)
        span = Span(page, npages, spanclass, elemsize, nelems, needzero=not self.touched.isdisjoint(mine))
        self.pages[page : page + npages] = [TAKEN] * npages
        self.touched.update(mine)
        self.spans.append(span)
        self._take_record(p)
        return span

    def _drop(self, span: Span, p: int) -> None:
        self.spans.remove(span)
        self.pages[span.page : span.page + span.npages] = [FREE] * span.npages
        if p < 0 or self.ps[p].ready == 2 * BLOCK:
            self.records -= 1
        else:
            self.ps[p].ready += 1

    def _take_record(self, p: int) -> None:
        if p < 0:
            self.records += 1
            return
        if not self.ps[p].ready:
            self.ps[p].ready = BLOCK
            self.records += BLOCK
        self.ps[p].ready -= 1

    # Objects

    def malloc(self, size: int, pointers: bool, p: int) -> int:
        """Return the object's address from the first page on; -1 for nothing asked."""
        if size == 0:
            return -1
        if size > 32760:
            npages = -(-size // PAGE)
            span = self._large_span(npages, p, int(not pointers))
            self.full.setdefault(span.spanclass, []).append(span)
            return self._slot(span)
        if size < 16 and not pointers:
            return self._tiny(size, p)
        for row in ROWS:
            header = 8 if pointers and row["elemsize"] > 512 else 0
            if row["elemsize"] >= size + header and (pointers or row["class"] > 1):
                return self._small(row, not pointers, p) + header
        raise AssertionError(size)

    def _small(self, row: dict[str, int], noscan: bool, p: int) -> int:
        spanclass = row["class"] * 2 + noscan
        cached = self.ps[p].cached
        if spanclass not in cached or cached[spanclass].full:
            if spanclass in cached:
                self._uncache(cached.pop(spanclass), p)
            cached[spanclass] = self._cache_span(row, spanclass, p)
        return self._slot(cached[spanclass])

    def _large_span(self, npages: int, p: int, spanclass: int) -> Span:
        return self._span(npages, p, spanclass, npages * PAGE, 1)

    def _cache_span(self, row: dict[str, int], spanclass: int, p: int) -> Span:
        waiting = self.partial.get(spanclass)
        return waiting.pop(0) if waiting else self._grow(row, spanclass, p)

    def _grow(self, row: dict[str, int], spanclass: int, p: int) -> Span:
        nelems = row["noscan_nelems" if spanclass & 1 else "scan_nelems"]
        return self._span(row["npages"], p, spanclass, row["elemsize"], nelems)

    def _uncache(self, span: Span, p: int) -> None:
        del p
        (self.full if span.full else self.partial).setdefault(span.spanclass, []).append(span)

    def _slot(self, span: Span) -> int:
        slot = next(slot for slot in range(span.nelems) if slot not in span.taken)
        span.taken.add(slot)
        self.objects.append((span.spanclass, span.elemsize))
        return span.page * PAGE + slot * span.elemsize

    def _tiny(self, size: int, p: int) -> int:
        proc = self.ps[p]
        align = next(a for a in (8, 4, 2, 1) if size % a == 0)
        offset = next(at for at in range(proc.tiny_used, 32) if at % align == 0)
        if proc.tiny >= 0 and offset + size <= 16:
            proc.tiny_used = offset + size
            self.tiny_objects += 1
            return proc.tiny + offset
        address = self._small(ROWS[1], noscan=True, p=p)
        if proc.tiny < 0 or size < proc.tiny_used:
            proc.tiny, proc.tiny_used = address, size
        return address

    # The runtime

    def free_large(self, address: int) -> None:
        """Free the large object at an address."""
        span = next(span for span in self.spans if span.page * PAGE == address)
        self.freed.append((span.spanclass, span.elemsize))
        self._drop(span, 0)
        for sets in (self.full, self.partial):
            if span in sets.get(span.spanclass, []):
                sets[span.spanclass].remove(span)

    def alloc_manual(self, npages: int, p: int) -> int:
        """Return the address of a stack span."""
        return self._span(npages, p, -1, 0, 0).page * PAGE

    def free_manual(self, address: int, p: int) -> None:
        """Free the stack span at an address."""
        self._drop(next(span for span in self.spans if span.page * PAGE == address), p)

    def flush(self) -> None:
        """Give every P's spans to mcentral."""
        for p in range(len(self.ps)):
            self._flush(p)

    def _flush(self, p: int) -> None:
        proc = self.ps[p]
        for _, span in sorted(proc.cached.items()):
            self._uncache(span, p)
        proc.cached = {}
        proc.tiny, proc.tiny_used = -1, 0

    def gomaxprocs(self, n: int) -> None:
        """Add Ps, or remove the last ones."""
        for p, proc in enumerate(self.ps[n:], start=n):
            for page in proc.block:
                self.pages[page] = FREE
            self._flush(p)
            self.records -= proc.ready
        self.ps[n:] = [Proc() for _ in range(len(self.ps), n)]

    # Counting

    def stats(self) -> dict[str, int]:
        """Return MemStats' fields but for BySize, counted one by one."""
        sizes = [elemsize for _, elemsize in self.objects]
        mallocs = len(sizes) + self.tiny_objects
        frees, freed = len(self.freed) + self.tiny_objects, sum(elemsize for _, elemsize in self.freed)
        inuse = sum(span.npages for span in self.spans if span.spanclass >= 0) * PAGE
        stacks = sum(span.npages for span in self.spans if span.spanclass < 0) * PAGE
        return {
            "alloc": sum(sizes) - freed,
            "total_alloc": sum(sizes),
            "mallocs": mallocs,
            "frees": frees,
            "heap_alloc": sum(sizes) - freed,
            "heap_sys": len(self.pages) * PAGE - stacks,
            "heap_idle": len(self.pages) * PAGE - stacks - inuse,
            "heap_inuse": inuse,
            "heap_released": (len(self.pages) - len(self.touched)) * PAGE,
            "heap_objects": mallocs - frees,
            "stack_inuse": stacks,
            "mspan_inuse": self.records * 160,
            "mcache_inuse": len(self.ps) * 2296,
        }

    def by_size(self) -> list[tuple[int, int, int]]:
        """Return (bytes, objects ever allocated, ever freed) of each of MemStats' 61 rows."""
        mallocs = Counter(spanclass >> 1 for spanclass, _ in self.objects)
        frees = Counter(spanclass >> 1 for spanclass, _ in self.freed)
        return [(0, 0, 0)] + [(row["elemsize"], mallocs[row["class"]], frees[row["class"]]) for row in ROWS[:60]]
