"""The heap: first fit over pages, page caches for small spans, growth by whole chunks."""

from collections.abc import Callable

import pytest

from gomemlab.runtime import arch
from gomemlab.runtime.alloc.mheap import NO_SPAN, MHeap
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, GO_1_27, HEAP_ARENA_BYTES, PAGE_SIZE, PAGES_PER_ARENA
from gomemlab.runtime.errors import MisuseError, ThrowError
from gomemlab.runtime.events import (
    ArenaReserved,
    Event,
    HeapGrown,
    PageCacheFilled,
    PagesFound,
    PagesFromCache,
    RecordsTaken,
    SpanFreed,
    SpanMade,
)
from gomemlab.runtime.world import World

BASE = DEFAULT_HEAP_BASE
MIB = 1 << 20


def pages(world: World, *npages: int) -> list[int]:
    """Allocate large objects of so many pages; return their first pages."""
    return [(world.malloc(n * PAGE_SIZE) - BASE) // PAGE_SIZE for n in npages]


def free(world: World, *first_pages: int) -> None:
    """Free the large objects that begin at these pages."""
    for page in first_pages:
        world.free_span(BASE + page * PAGE_SIZE)


def told(world: World, *kinds: type[Event]) -> list[Event]:
    """Return the last command's events of these kinds."""
    return [event for event in world.events if isinstance(event, kinds)]


def twelve() -> World:
    """Return a world of twelve objects of 20 pages each, of which those at pages 60, 80 and 140 were freed."""
    world = World()
    assert pages(world, *[20] * 12) == list(range(0, 240, 20))
    free(world, 60, 140)
    free(world, 80)
    return world


# First fit


@pytest.mark.parametrize(("asked", "found"), [([20, 20], [60, 80]), ([40], [60]), ([16], [60]), ([20, 40], [60, 240])])
def test_the_first_run_that_fits_is_taken(asked: list[int], found: list[int]) -> None:
    """With holes of 40 pages at 60 and of 20 at 140: 20 pages go to 60, 40 pages as well."""
    assert pages(twelve(), *asked) == found


def test_the_first_hole_wins_over_the_best() -> None:
    """Once the hole at 60 is full, 16 pages go to 140; nothing looks for a hole of 16."""
    world = twelve()
    pages(world, 40)

    assert pages(world, 16) == [140]


# The page cache


def test_the_first_span_maps_the_heap() -> None:
    """No page for the cache yet: an arena is reserved, 512 pages are mapped, the span gets page 0."""
    world = World()

    world.malloc(24)

    assert world.events[2:-2] == (
        PageCacheFilled(0, 0, 0),
        ArenaReserved(0, 1, BASE),
        HeapGrown(1, 512, 0),
        PagesFound(0, 1),
        RecordsTaken(0, 64),
        SpanMade(0, 0, 1, 7, 24, 336, needzero=False),
    )


def test_every_64th_span_needs_the_lock_for_its_record() -> None:
    """Span 64 gets its page from the page cache, but no record of a span is ready."""
    world = World()
    taken = [i for i in range(130) if world.malloc(8192) and told(world, RecordsTaken)]

    assert taken == [0, 64, 128]


def test_the_second_span_fills_the_page_cache() -> None:
    """63 pages of the first block are left; the span gets page 1 without a lock."""
    world = World()
    world.malloc(24)

    world.malloc(32)

    assert told(world, PageCacheFilled, PagesFromCache) == [PageCacheFilled(0, 0, 63), PagesFromCache(0, 1, 1)]


@pytest.mark.parametrize(("npages", "cached"), [(5, True), (15, True), (16, False), (17, False)])
def test_fewer_than_16_pages_come_from_the_page_cache(npages: int, cached: bool) -> None:
    """15 pages do, 16 do not."""
    world = World()
    world.malloc(24)

    pages(world, npages)

    assert bool(told(world, PagesFromCache)) is cached
    assert bool(told(world, PagesFound)) is not cached


def test_a_run_that_the_page_cache_lacks_comes_from_the_heap() -> None:
    """Of 63 pages in the cache four times 15 are taken; the fifth 15 come from the next block, and the cache stays."""
    world = World()
    world.malloc(24)

    found = pages(world, 15, 15, 15, 15, 15)

    assert found == [1, 16, 31, 46, 64]
    assert world.snapshot().ps[0].cache_bits == 0b111 << 61


def test_every_p_has_a_block_of_its_own() -> None:
    """P0 takes pages 1 to 63, P1 the block from 64 on."""
    world = World(procs=2)
    world.malloc(24)
    world.malloc(32)

    world.malloc(24, p=1)

    assert told(world, PageCacheFilled, PagesFromCache) == [PageCacheFilled(1, 64, 64), PagesFromCache(1, 64, 1)]


def test_a_thread_without_a_p_goes_to_the_heap() -> None:
    """One page for a stack without a P: the first free one, and no cache is filled."""
    world = World()

    address = world.alloc_manual(1, p=-1)

    assert address == BASE
    assert not told(world, PageCacheFilled, PagesFromCache)
    assert world.snapshot().ps[0].cache_bits == 0


# Growth


@pytest.mark.parametrize(
    ("npages", "mapped"),
    [(1, 512), (512, 512), (513, 1024), (1025, 1536), (PAGES_PER_ARENA + 1, PAGES_PER_ARENA + 512)],
)
def test_the_heap_grows_by_whole_chunks(npages: int, mapped: int) -> None:
    """513 pages need 8 MiB."""
    world = World()

    pages(world, npages)

    assert world.mstats().heap_sys == mapped * PAGE_SIZE
    assert told(world, HeapGrown) == [HeapGrown(npages, mapped, 0)]
    world.check()


def test_what_a_growth_leaves_is_used_before_the_next() -> None:
    """600 pages of 1024, then 300 of the 424 that are left, then 200 from a second growth, which begin in the first."""
    world = World()

    assert pages(world, 600, 300, 200) == [0, 600, 900]
    assert told(world, HeapGrown) == [HeapGrown(200, 512, 1024)]


def test_arenas_are_reserved_one_behind_the_other() -> None:
    """9000 pages lie across two arenas; the page table of both knows their span."""
    world = World()

    pages(world, 9000)

    assert told(world, ArenaReserved) == [ArenaReserved(0, 2, BASE)]
    heap = world.allocator.heap
    assert [arena.spans.count(0) for arena in heap.arenas] == [PAGES_PER_ARENA, 9000 - PAGES_PER_ARENA]
    assert heap.span_of(BASE + 8999 * PAGE_SIZE) is heap.spans[0]
    assert heap.span_of(BASE + 9000 * PAGE_SIZE) is None
    world.check()


def test_a_second_arena_is_reserved_when_the_first_is_full() -> None:
    """16 growths of 4 MiB fill an arena; the next one reserves another."""
    world = World()
    pages(world, *[512] * 16)

    pages(world, 512)

    assert told(world, ArenaReserved, HeapGrown) == [
        ArenaReserved(1, 1, BASE + HEAP_ARENA_BYTES),
        HeapGrown(512, 512, PAGES_PER_ARENA),
    ]
    world.check()


@pytest.mark.parametrize("address", [0, BASE - 1, BASE + HEAP_ARENA_BYTES, BASE + PAGE_SIZE])
def test_no_span_is_no_span(address: int) -> None:
    """Below the arena, above it, and on a free page."""
    world = World()
    pages(world, 1)

    assert world.allocator.heap.span_of(address) is None


# A random heap base


@pytest.mark.parametrize("padding", [0, 1, 300, 511])
def test_the_heap_begins_at_its_random_base(padding: int) -> None:
    """300 pages of the first chunk are padding: mapped, never used, and in no span."""
    world = World(heap_base=BASE + padding * PAGE_SIZE)

    address = world.malloc(24)

    assert address == BASE + padding * PAGE_SIZE
    assert (world.snapshot().padding_pages, world.mstats().heap_sys) == (padding, 4 * MIB)
    assert world.mstats().heap_released == 4 * MIB - PAGE_SIZE
    world.check()


def test_pages_count_from_the_arena_not_from_the_base() -> None:
    """A base of 5 chunks and 7 pages: the first span is at page 2567 of arena 0."""
    page = 5 * 512 + 7
    world = World(heap_base=BASE + page * PAGE_SIZE)

    world.malloc(24)

    assert list(world.snapshot().spans.page) == [page]
    assert list(world.snapshot().chunks) == [5]


@pytest.mark.parametrize("npages", [11, 12, 13, 512, 513])
def test_padding_does_not_stop_the_first_growth(npages: int) -> None:
    """With 500 pages of padding 13 pages need a second chunk."""
    world = World(heap_base=BASE + 500 * PAGE_SIZE)

    address = world.malloc(npages * PAGE_SIZE)

    assert address == BASE + 500 * PAGE_SIZE
    assert world.mstats().heap_sys == -(-(npages + 500) // 512) * 4 * MIB
    world.check()


def test_a_base_in_the_last_chunk_of_an_arena_reserves_two() -> None:
    """1000 pages from 4 MiB below the arena's end on reach into the next arena."""
    base = BASE + HEAP_ARENA_BYTES - 4 * MIB
    world = World(heap_base=base)

    address = world.malloc(1000 * PAGE_SIZE)

    assert address == base
    assert told(world, ArenaReserved) == [ArenaReserved(0, 2, BASE)]
    world.check()


# Zero


def test_new_memory_is_zero_and_used_memory_is_not() -> None:
    """A span on pages never used needs no clearing; the same pages a second time do."""
    world = World()
    pages(world, 20)
    first = world.snapshot().spans.needzero[0]
    free(world, 0)

    pages(world, 20)

    assert (first, world.snapshot().spans.needzero[0]) == (0, 1)


def test_one_used_page_makes_a_span_dirty() -> None:
    """20 pages of which 16 were used; and 20 others behind them that were not."""
    world = World()
    pages(world, 16)
    free(world, 0)

    pages(world, 20, 20)

    assert list(world.snapshot().spans.needzero) == [1, 0]


def test_untouched_pages_below_used_ones_are_still_zero() -> None:
    """The page cache's block lies below a large object; its pages are scavenged, although memory above was used."""
    world = World()
    world.malloc(24)
    world.malloc(32)
    pages(world, 64)

    world.malloc(48)

    assert list(world.snapshot().spans.page) == [0, 1, 2, 64]
    assert list(world.snapshot().spans.needzero) == [0, 0, 0, 0]


def test_untouched_memory_is_released_until_it_is_used() -> None:
    """Mapped 512 pages; 20 in use: 492 have no memory behind them. Freed pages keep theirs."""
    world = World()

    released = []
    pages(world, 20)
    released.append(world.mstats().heap_released // PAGE_SIZE)
    free(world, 0)
    released.append(world.mstats().heap_released // PAGE_SIZE)

    assert released == [492, 492]


# Freeing


def test_a_freed_span_leaves_the_page_table() -> None:
    """Its pages belong to no span, and the event says which they were."""
    world = World()
    pages(world, 20, 20)

    free(world, 20)

    assert world.events == (SpanFreed(1, 20, 20),)
    assert world.allocator.heap.arenas[0].spans[19:21].tolist() == [0, NO_SPAN]
    assert world.allocator.heap.span_of(BASE + 20 * PAGE_SIZE) is None
    world.check()


def test_a_span_with_objects_is_never_freed() -> None:
    """A model that frees a span in use has a defect."""
    world = World()
    world.malloc(24)
    heap = world.allocator.heap

    with pytest.raises(ThrowError, match="invalid free of span 0: IN_USE, 1 objects, sweepgen 3 with the heap at 0"):
        heap.free_span(heap.spans[0], 0)


def test_an_unswept_span_is_never_freed() -> None:
    """What is in it nobody knows yet."""
    world = World()
    pages(world, 20)
    heap = world.allocator.heap
    span = heap.spans[0]
    span.freeindex = span.run_end = 0

    heap.sweepgen += 2

    with pytest.raises(ThrowError, match="sweepgen 0 with the heap at 2"):
        heap.free_span(span, 0)


# The limit


def test_a_world_ends_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model of 8 MiB: 1024 pages fit, and not one more; what is freed can be had again."""
    monkeypatch.setattr(arch, "MAX_MODEL_HEAP", 8 * MIB)
    world = World()
    pages(world, 600, 424)

    with pytest.raises(MisuseError, match=r"the heap would grow to 12 MiB; this world holds 8 MiB, so ask for less"):
        world.malloc(32769)
    free(world, 0)

    assert pages(world, 600) == [0]


def test_addresses_end_at_47_bits() -> None:
    """Linux gives a process no more: 4 MiB below the end, 512 pages are there and 513 are not."""
    base = (1 << 47) - 4 * MIB
    world = World(heap_base=base)

    with pytest.raises(MisuseError, match="the heap would grow to 8 MiB; this world holds 4 MiB"):
        world.malloc(513 * PAGE_SIZE)

    assert world.malloc(512 * PAGE_SIZE) == base
    world.check()


# The value


def test_a_heap_checks_its_books() -> None:
    """An empty heap is in order."""
    heap = MHeap(GO_1_27, BASE)

    heap.check()

    assert (heap.arena_base, heap.arena_end, heap.cur_arena) == (BASE, BASE, BASE)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (lambda h: h.arenas[0].spans.__setitem__(0, NO_SPAN), "page 0 of span 0 is not entered as its own"),
        (lambda h: h.arenas[0].spans.__setitem__(99, 0), "21 pages are entered as spans', but the spans have 20"),
        (lambda h: setattr(h.stats, "in_heap", 0), "the books say 0 and 0"),
        (lambda h: setattr(h.stats, "in_manual", 8192), "the books say 163840 and 8192"),
        (lambda h: setattr(h.spans[0], "freeindex", 2), "freeindex 2 is beyond nelems 1"),
        (lambda h: h.pages.chunks.clear(), "not the chunks that have bitmaps"),
    ],
)
def test_check_finds_a_broken_heap(broken: Callable[[MHeap], None], why: str) -> None:
    """A page without its span, a span too many, wrong books, a broken span, lost bitmaps."""
    world = World()
    pages(world, 20)
    heap = world.allocator.heap
    heap.check()

    broken(heap)

    with pytest.raises(ThrowError, match=why):
        heap.check()


@pytest.mark.slow
def test_a_large_object_may_lie_in_a_thousand_arenas() -> None:
    """63 GiB are one span of 8,257,536 pages; the page table knows its last page."""
    world = World()
    size = 63 << 30

    address = world.malloc(size)

    last = world.allocator.heap.span_of(address + size - 1)
    assert last is world.allocator.heap.span_of(address)
    assert world.mstats().heap_inuse == size
