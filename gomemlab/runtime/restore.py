"""A world that begins in the middle: with spans that some real process already had.

A recording starts with a list of its spans and objects. From it this builds a World in the state that the process was
in after its mcaches were flushed: every span in the set of mcentral it belongs to, in the order given.

Go: runtime/traceallocfree.go, traceSnapshotMemory; runtime/mheap.go, (*mheap).initSpan.
Left out: what such a list does not show: how far a span was used before its first hole was freed.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gomemlab.runtime.alloc.heapgrowth import grow
from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.alloc.mspan import MSpan, SpanState, trailing_ones
from gomemlab.runtime.alloc.mspancache import CAPACITY
from gomemlab.runtime.alloc.sizeclasses import ClassTable
from gomemlab.runtime.arch import GO_1_27, NUM_SPAN_CLASSES, PAGE_CACHE_PAGES, PAGE_SIZE, PALLOC_CHUNK_BYTES, Go
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.stackalloc import STACK_CACHE_SIZE, StackSpan, order_of
from gomemlab.runtime.world import World

MANUAL = -1  # the span class of stacks and other runtime memory


class StartSpan(NamedTuple):
    """A span that is there at the start."""

    page: int  # counted from the first arena
    npages: int
    spanclass: int  # or MANUAL
    taken: int = 0  # bit i set: slot i holds an object


class StartStacks(NamedTuple):
    """A span for stacks that is there at the start."""

    page: int  # counted from the first arena
    nbytes: int  # of each stack; from 32 KiB on it is the only one
    free: tuple[int, ...]  # numbers of the free ones in the span, the next one last


def restore(
    spans: Iterable[StartSpan],
    heap_base: int,
    mapped_pages: int,
    page_caches: Sequence[tuple[int, int]] = (),
    procs: int = 1,
    go: Go = GO_1_27,
    span_records: int | None = None,
) -> World:
    """Return a world with these spans.

    mapped_pages counts from the heap_base's chunk on, in whole chunks. page_caches are those of P0, P1 and so on, each
    as (first page of a block of 64, bitmap of its free pages). span_records is how many records of spans the runtime
    holds: those that no span has are ready on P0; None: nothing is ready. Raises MisuseError where spans overlap, lie
    outside the mapped pages, or are none that Go could have made.
    """
    world = World(procs=procs, heap_base=heap_base, go=go)
    heap = world.allocator.heap
    usable = mapped_pages - heap_base % PALLOC_CHUNK_BYTES // PAGE_SIZE
    if usable < 1:
        raise MisuseError(f"{mapped_pages} mapped pages leave none above heap_base {heap_base:#x}; give at least 512")
    heap.check_room(usable, None)
    grow(heap, usable)
    for start in spans:
        _place(world, start)
    if len(page_caches) > procs:
        raise MisuseError(f"{len(page_caches)} page caches for {procs} Ps; give at most one each")
    for p, (block, bits) in enumerate(page_caches):
        _fill_page_cache(world, p, block, bits)
    if span_records is not None:
        _keep_ready(heap, span_records)
    world.allocator.begin()
    return world


def restore_stacks(world: World, spans: Iterable[StartStacks]) -> None:
    """Let spans that a world has for the runtime's own use be cut into stacks; those that are not free are in use.

    Of several spans with free stacks of a size, the last is used first. Raises MisuseError for a span that is none.
    """
    heap, memory = world.allocator.heap, world.stacks.memory
    for start in spans:
        base = heap.arena_base + start.page * PAGE_SIZE
        span = heap.span_of(base)
        if span is None or span.base != base or span.state is not SpanState.MANUAL:
            raise MisuseError(f"no span for stacks begins at page {start.page}; give one of those at the start")
        stacks = max(span.nbytes // start.nbytes, 1)
        taken = sorted(set(range(stacks)) - set(start.free))
        world.stacks.others.update({base + i * start.nbytes: start.nbytes for i in taken})
        if start.nbytes >= STACK_CACHE_SIZE:
            memory.whole.add(span.id)
        else:
            order = order_of(start.nbytes)
            free = tuple(base + i * start.nbytes for i in start.free)
            memory.spans[span.id] = StackSpan(order, free, len(taken))
            memory.pool[order] += [span.id] if free else []


def _fill_page_cache(world: World, p: int, block: int, bits: int) -> None:
    """Give P p the pages of a block of 64 that the bitmap says."""
    if block % PAGE_CACHE_PAGES or bits >> PAGE_CACHE_PAGES:
        raise MisuseError(
            f"{bits.bit_count()} pages from page {block} on is no block of 64 pages; it begins at a multiple of 64"
        )
    heap, pcache = world.allocator.heap, world.ps[p].pcache
    if bits:
        pcache.base, pcache.cache = heap.arena_base + block * PAGE_SIZE, bits
    for i in range(bits.bit_length()):
        if bits >> i & 1:
            pcache.scav |= bool(_take_pages(heap, block + i, 1)) << i


def _keep_ready(heap: MHeap, span_records: int) -> None:
    """Keep the records that no span has ready on P0."""
    records, ready = heap.records, span_records - len(heap.spans)
    if not 0 <= ready <= CAPACITY:
        raise MisuseError(
            f"{span_records} span records for {len(heap.spans)} spans are impossible: a P keeps 0 to {CAPACITY} ready"
        )
    records.ready[0] = ready
    records.add(ready)


def _take_pages(heap: MHeap, page: int, npages: int) -> int:
    """Mark pages as allocated; return the scavenged bytes among them."""
    base = heap.arena_base + page * PAGE_SIZE
    if npages < 1 or not heap.pages.is_free(base, npages):
        raise MisuseError(
            f"pages {page} to {page + npages - 1} are not free at the start: "
            "two spans overlap there, or they were never mapped"
        )
    return heap.pages.alloc_range(base, npages)


def _place(world: World, start: StartSpan) -> None:
    """Put one span where it was."""
    heap = world.allocator.heap
    _check_shape(start, heap.classes)
    scav = _take_pages(heap, start.page, start.npages)
    base = heap.arena_base + start.page * PAGE_SIZE
    if start.spanclass == MANUAL:
        heap.adopt(base, start.npages, 0, SpanState.MANUAL, scav)
        return
    span = heap.adopt(base, start.npages, start.spanclass, SpanState.IN_USE, scav)
    # A prefix of objects was allocated since the span was fresh; bits behind a hole can only come from a sweep.
    prefix = trailing_ones(start.taken)
    span.freeindex = span.run_end = prefix
    span.alloc_bits = start.taken if start.taken >> prefix else 0
    span.requested = span.alloc_count * span.elemsize
    span.next_free_index()
    _book(world, span)


def _check_shape(start: StartSpan, classes: ClassTable) -> None:
    """Raise MisuseError for a span that Go could not have made."""
    if start.spanclass == MANUAL:
        return
    if not 0 <= start.spanclass < NUM_SPAN_CLASSES:
        raise MisuseError(f"there is no span class {start.spanclass}; give 0 to 135, or MANUAL for stacks")
    npages, nelems = classes.npages[start.spanclass >> 1] or start.npages, classes.nelems[start.spanclass]
    if start.npages != npages:
        raise MisuseError(f"a span of class {start.spanclass} has {npages} pages, not {start.npages}")
    if start.taken >> nelems:
        raise MisuseError(
            f"the span at page {start.page} has {nelems} slots, but an object in slot {start.taken.bit_length() - 1}"
        )
    if start.spanclass >> 1 == 0 and not start.taken:
        raise MisuseError(f"the large span at page {start.page} has no object; leave it out")


def _book(world: World, span: MSpan) -> None:
    """Count a span's objects and put it into its set."""
    heap, central = world.allocator.heap, world.allocator.central[span.spanclass]
    if span.spanclass >> 1 == 0:
        heap.stats.large_alloc += span.nbytes
        heap.stats.large_alloc_count += 1
        heap.stats.restored_large += 1
    else:
        heap.stats.small_alloc_count[span.spanclass >> 1] += span.alloc_count
    heap.stats.restored += span.alloc_count
    partial = span.alloc_count < span.nelems
    home = central.partial_swept(heap.sweepgen) if partial else central.full_swept(heap.sweepgen)
    home.push(span)
