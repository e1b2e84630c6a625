"""A world that begins in the middle is as good as one that lived up to there."""

import pytest

from gomemlab.runtime import arch
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, GO_1_22, HEAP_ARENA_BYTES, PAGE_SIZE
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.restore import MANUAL, StartSpan, restore
from gomemlab.runtime.snapshot import Served
from gomemlab.runtime.world import World

BASE = DEFAULT_HEAP_BASE


def test_spans_go_to_the_sets_they_belong_to() -> None:
    """Of class 49: a full one, one with a hole, an empty one; and a large object."""
    spans = [
        StartSpan(0, 5, 99, 0b111111),
        StartSpan(5, 5, 99, 0b110111),
        StartSpan(10, 5, 99, 0),
        StartSpan(20, 20, 1, 1),
    ]

    world = restore(spans, BASE, 512)

    world.check()
    central = {spanclass: tuple(sets) for spanclass, sets in world.snapshot().central.items()}
    assert central == {99: ((1, 2), (), (0,), ()), 1: ((), (), (3,), ())}
    assert world.events == ()


@pytest.mark.parametrize(
    ("taken", "next_slots"),
    [(0b000000, [0, 1]), (0b000111, [3, 4]), (0b110111, [3]), (0b000001, [1, 2]), (0b101010, [0, 2, 4])],
)
def test_allocation_goes_on_in_the_holes(taken: int, next_slots: list[int]) -> None:
    """A span with objects in 0, 1, 2, 4 and 5: the next one goes to slot 3."""
    world = restore([StartSpan(7, 5, 99, taken)], BASE, 512)

    slots = [(world.malloc(6784) - BASE - 7 * PAGE_SIZE) // 6784 for _ in next_slots]

    assert slots == next_slots
    world.check()


def test_a_prefix_of_objects_needs_no_bitmap() -> None:
    """Objects 0 to 2 may have been allocated since the span was fresh: freeindex says it all."""
    world = restore([StartSpan(0, 5, 99, 0b000111), StartSpan(5, 5, 99, 0b001011)], BASE, 512)

    table = world.snapshot().spans

    assert list(table.freeindex) == [3, 2]
    assert table.alloc_bits == [0, 0b001011]
    assert list(table.alloc_count) == [3, 3]


def test_objects_that_are_there_are_counted() -> None:
    """Five small ones and a large one: allocated, alive, and asked for as large as their slots."""
    world = restore([StartSpan(0, 5, 99, 0b11111), StartSpan(20, 20, 1, 1)], BASE, 512)

    stats, ledger = world.mstats(), world.snapshot().ledger

    assert (stats.mallocs, stats.frees, stats.heap_objects) == (6, 0, 6)
    assert stats.heap_alloc == 5 * 6784 + 20 * PAGE_SIZE
    assert (ledger.requested, ledger.rounding) == (5 * 6784 + 20 * PAGE_SIZE, 0)
    assert stats.mspan_inuse == 2 * 160


def test_what_was_there_was_asked_of_nobody() -> None:
    """Requests count from the start on; then a hit, a page of the heap and a growth count as ever."""
    world = restore([StartSpan(0, 1, 7, 0b1), StartSpan(20, 20, 1, 1)], BASE, 512)
    begin = world.snapshot().served

    world.malloc(24)
    world.malloc(24)
    world.malloc(40 * PAGE_SIZE)

    assert begin == Served(0, 0, 0, 0, 0, 0)
    assert world.snapshot().served == Served(requests=3, mcache=1, mcentral=1, page_cache=0, mheap=1, os=0)


def test_stacks_have_no_objects() -> None:
    """A manual span of four pages, which can be given back."""
    world = restore([StartSpan(64, 4, MANUAL)], BASE, 512)

    in_use = world.mstats().stack_inuse
    world.free_manual(BASE + 64 * PAGE_SIZE)

    assert (in_use, world.mstats().stack_inuse) == (4 * PAGE_SIZE, 0)
    world.check()


def test_a_page_cache_is_given_to_each_p() -> None:
    """Pages 66 and 67 of the block from 64 on are P0's, 70 is P1's: the next spans of a page go there."""
    world = restore([StartSpan(64, 2, MANUAL)], BASE, 512, [(64, 0b1100), (64, 1 << 6)], procs=2)

    world.check()
    pages = [(world.malloc(size) - BASE) // PAGE_SIZE for size in (24, 32, 48)]

    assert pages == [66, 67, 0]
    assert world.malloc(24, p=1) == BASE + 70 * PAGE_SIZE


def test_a_p_may_have_an_empty_page_cache() -> None:
    """P0's is filled when it first needs a page, P1's holds page 70."""
    world = restore([], BASE, 512, [(0, 0), (64, 1 << 6)], procs=2)

    assert [world.ps[p].pcache.cache.bit_count() for p in range(2)] == [0, 1]
    assert (world.malloc(24), world.malloc(24, p=1)) == (BASE, BASE + 70 * PAGE_SIZE)
    world.check()


def test_a_random_base_leaves_padding() -> None:
    """A base 3 chunks and 40 pages into the arena: 40 pages of padding, and pages count from the arena."""
    first = 3 * 512 + 40
    world = restore([StartSpan(first, 1, 7, 1)], BASE + first * PAGE_SIZE, 1024)

    world.check()
    assert world.snapshot().padding_pages == 40
    assert list(world.snapshot().chunks) == [3, 4]
    assert world.malloc(24) == BASE + first * PAGE_SIZE + 24


def test_mapped_pages_may_reach_into_the_next_arena() -> None:
    """A base in the last chunk of an arena, with 1024 pages mapped."""
    world = restore([], BASE + HEAP_ARENA_BYTES - 512 * PAGE_SIZE, 1024)

    world.check()
    assert (len(world.snapshot().arenas), world.mstats().heap_sys) == (2, 1024 * PAGE_SIZE)


def test_a_restored_world_equals_one_that_lived() -> None:
    """Allocate, flush, restore what is there: from then on both give the same addresses."""
    lived = World()
    for size in (24, 24, 100, 3000, 40_000):
        lived.malloc(size)
    lived.malloc_run(24, count=400)
    lived.read_mem_stats()
    table, p = lived.snapshot().spans, lived.snapshot().ps[0]
    infos = sorted((table.info(row) for row in range(len(table))), key=lambda info: info.id)
    spans = [StartSpan(i.page, i.npages, i.spanclass, i.taken_bits()) for i in infos]

    world = restore(spans, BASE, 512, [(p.cache_page, p.cache_bits)])

    asked = [24, 24, 3000, 3000, 48, 70_000, 5, 100] * 40
    assert [world.malloc(size) for size in asked] == [lived.malloc(size) for size in asked]
    assert world.mstats().heap_inuse == lived.mstats().heap_inuse


def test_a_version_is_restored_with_its_slots() -> None:
    """64 B with pointers in Go 1.22: 126 slots."""
    world = restore([StartSpan(0, 1, 12, 0)], BASE, 512, go=GO_1_22)

    assert list(world.snapshot().spans.nelems) == [126]


@pytest.mark.parametrize(
    ("spans", "why"),
    [
        ([StartSpan(0, 5, 99), StartSpan(4, 1, 7)], "pages 4 to 4 are not free at the start: two spans overlap"),
        ([StartSpan(512, 1, 7)], "pages 512 to 512 are not free at the start: .* never mapped"),
        ([StartSpan(-1, 1, 7)], "pages -1 to -1 are not free"),
        ([StartSpan(0, 0, MANUAL)], "pages 0 to -1 are not free"),
        ([StartSpan(0, 5, 99, 1 << 6)], "the span at page 0 has 6 slots, but an object in slot 6"),
        ([StartSpan(0, 5, 99, -1)], "the span at page 0 has 6 slots"),
        ([StartSpan(0, 4, 99)], "a span of class 99 has 5 pages, not 4"),
        ([StartSpan(0, 1, 136)], "there is no span class 136"),
        ([StartSpan(0, 1, -2)], "there is no span class -2"),
        ([StartSpan(0, 4, 1, 0)], "the large span at page 0 has no object"),
    ],
)
def test_an_impossible_start_is_refused(spans: list[StartSpan], why: str) -> None:
    """Overlapping, outside, too many objects, the wrong number of pages."""
    with pytest.raises(MisuseError, match=why):
        restore(spans, BASE, 512)


@pytest.mark.parametrize("page_cache", [(1, 0b1), (64, 1 << 64), (64, -1)])
def test_an_impossible_page_cache_is_refused(page_cache: tuple[int, int]) -> None:
    """A block begins at a multiple of 64 and has 64 pages."""
    with pytest.raises(MisuseError, match="is no block of 64 pages"):
        restore([], BASE, 512, [page_cache])


def test_there_are_no_more_page_caches_than_ps() -> None:
    """Two for one P."""
    with pytest.raises(MisuseError, match="2 page caches for 1 Ps; give at most one each"):
        restore([], BASE, 512, [(0, 0), (0, 0)])


def test_span_records_that_no_span_has_are_ready() -> None:
    """Of 3 records one is a span's: two more spans need none, the fourth takes 64."""
    world = restore([StartSpan(0, 1, 7)], BASE, 512, span_records=3)

    used = [world.mstats().mspan_inuse // 160]
    for size in (32, 48, 64):
        world.malloc(size)
        used.append(world.mstats().mspan_inuse // 160)

    assert used == [3, 3, 3, 67]
    world.check()


@pytest.mark.parametrize("records", [0, 130])
def test_impossible_span_records_are_refused(records: int) -> None:
    """Fewer than the spans there are, or more than a P keeps."""
    with pytest.raises(MisuseError, match=f"{records} span records for 1 spans are impossible: a P keeps 0 to 128"):
        restore([StartSpan(0, 1, 7)], BASE, 512, span_records=records)


@pytest.mark.parametrize(("mapped", "why"), [(0, "0 mapped pages leave none"), (1 << 40, "the heap would grow")])
def test_an_impossible_heap_is_refused(mapped: int, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No page at all, or more than the model holds."""
    monkeypatch.setattr(arch, "MAX_MODEL_HEAP", 1 << 30)

    with pytest.raises(MisuseError, match=why):
        restore([], BASE, mapped)
