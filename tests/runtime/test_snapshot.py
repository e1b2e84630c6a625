"""A snapshot is the world, field by field, and stays as it was."""

from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomemlab.runtime.alloc.mspan import EMPTY_SPAN
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, GO_1_27, HEAP_ARENA_BYTES, PAGE_SIZE, PAGES_PER_ARENA
from gomemlab.runtime.events import SlotTaken
from gomemlab.runtime.snapshot import ArenaInfo, Served, Snapshot
from gomemlab.runtime.world import World
from tests.worlds import end_mark

BASE = DEFAULT_HEAP_BASE
COMMANDS = st.lists(
    st.one_of(
        st.tuples(
            st.just("malloc"), st.one_of(st.integers(0, 200), st.integers(0, 70_000)), st.booleans(), st.integers(0, 1)
        ),
        st.tuples(st.just("malloc_run"), st.integers(17, 600), st.booleans(), st.integers(1, 900)),
        st.tuples(st.just("alloc_manual"), st.integers(1, 30)),
        st.tuples(st.just("read_mem_stats")),
        st.tuples(st.just("end_mark"), st.integers(0, (1 << 64) - 1)),
        st.tuples(st.just("free"), st.integers(0, 99)),
        st.tuples(st.just("copy")),
        st.tuples(st.just("other")),
    ),
    max_size=25,
)


def rows(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return the span table row by row."""
    return [snapshot.spans.info(row)._asdict() for row in range(len(snapshot.spans))]


def expected_rows(world: World) -> list[dict[str, Any]]:
    """Return the same, read from the spans themselves."""
    heap = world.allocator.heap
    cached = {span.id: p.id for p in world.ps for span in p.mcache.alloc if span is not EMPTY_SPAN}
    return [
        {
            "id": span.id,
            "page": heap.page_of(span.base),
            "npages": span.npages,
            "spanclass": span.spanclass,
            "state": int(span.state),
            "nelems": span.nelems,
            "elemsize": span.elemsize,
            "alloc_count": span.taken_bits().bit_count(),
            "freeindex": span.freeindex,
            "sweepgen": span.sweepgen,
            "needzero": int(span.needzero),
            "requested": span.requested,
            "alloc_bits": span.alloc_bits,
            "gcmark_bits": heap.marked(span),
            "alloc_count_before_cache": span.alloc_count_before_cache,
            "cached_by": cached.get(span.id, -1),
        }
        for span in sorted(heap.spans.values(), key=lambda span: span.base)
    ]


def free_one(world: World, index: int) -> None:
    """Free a large object or a stack, if there is any."""
    table = world.snapshot().spans
    which = [row for row in range(len(table)) if table.state[row] == 2 or table.spanclass[row] < 2]
    if which:
        row = which[index % len(which)]
        free = world.free_manual if table.state[row] == 2 else world.free_span
        free(world.allocator.heap.arena_base + table.page[row] * PAGE_SIZE)


@pytest.mark.slow
@settings(max_examples=60)
@given(COMMANDS)
def test_the_span_table_is_read_from_the_spans(asked: list[tuple[Any, ...]]) -> None:
    """Whatever happened, to this world, to its copies and to others in between: every field of every span."""
    world, others = World(procs=2), [World(heap_base=BASE + 7 * PAGE_SIZE)]

    for name, *args in asked:
        if name == "free":
            free_one(world, args[0])
        elif name == "end_mark":
            end_mark(world, dict.fromkeys(world.allocator.heap.spans, args[0]))
        elif name == "copy":
            others.append(world)
            world = world.copy()
        elif name == "other":
            others[len(asked) % len(others)].malloc(24)
        else:
            getattr(world, name)(*args)
        if name != "malloc" or args[0] % 2:  # not each moment is looked at
            assert rows(world.snapshot()) == expected_rows(world)

    for other in others:
        assert rows(other.snapshot()) == expected_rows(other)


def test_a_snapshot_is_the_worlds_moment() -> None:
    """Version, base, sweepgen, events and statistics."""
    world = World(heap_base=BASE + 5 * PAGE_SIZE)
    world.malloc(24)

    snapshot = world.snapshot()

    assert (snapshot.go, snapshot.arena_base, snapshot.sweepgen, snapshot.padding_pages) == (GO_1_27, BASE, 0, 5)
    assert snapshot.events == world.events
    assert isinstance(snapshot.events[-1], SlotTaken)
    assert snapshot.mstats == world.mstats()


def test_a_snapshot_stays_as_it_was() -> None:
    """What happens later is not in it."""
    world = World()
    world.malloc(24)
    snapshot = world.snapshot()
    before, events = rows(snapshot), snapshot.events

    world.malloc_run(24, count=500)
    world.malloc(40_000)
    world.snapshot()

    assert (rows(snapshot), snapshot.events, len(snapshot.spans)) == (before, events, 1)
    with pytest.raises(FrozenInstanceError):
        snapshot.sweepgen = 2  # type: ignore[misc]


def test_a_slot_is_taken_below_freeindex_or_by_its_bit() -> None:
    """Of six objects #1 and #4 live; one more was allocated since: 0, 1 and 4 are taken."""
    world = World()
    for _ in range(6):
        world.malloc(6784)
    end_mark(world, dead={0: 0b101101})
    world.malloc(6784)

    span = world.snapshot().spans.info(0)

    assert (span.taken_bits(), span.alloc_count, span.freeindex) == (0b010011, 3, 1)


def test_a_page_has_a_row_or_none() -> None:
    """A span of 20 pages from 0 on: pages 0 and 19 are its, 20 and -1 nobody's."""
    world = World()
    address = world.malloc(20 * PAGE_SIZE)

    table = world.snapshot().spans

    assert [table.at_page(page) for page in (-1, 0, 19, 20)] == [-1, 0, 0, -1]
    assert (table.row(0), table.row(99), len(table)) == (0, -1, 1)
    assert world.snapshot().span_at(address + 5) == table.info(0)
    assert world.snapshot().span_at(address - 1) is None


def test_an_empty_world_has_an_empty_picture() -> None:
    """No span, no chunk, no arena, no set."""
    snapshot = World().snapshot()

    assert (len(snapshot.spans), snapshot.chunks, snapshot.arenas, snapshot.central) == (0, {}, (), {})
    assert snapshot.spans.at_page(0) == -1


def test_arenas_and_chunks_count_from_the_first_arena() -> None:
    """9000 pages: two arenas, 18 chunks, of which the last has 216 pages free."""
    world = World()

    world.malloc(9000 * PAGE_SIZE)

    snapshot = world.snapshot()
    assert snapshot.arenas == (ArenaInfo(0, BASE, 0), ArenaInfo(1, BASE + HEAP_ARENA_BYTES, PAGES_PER_ARENA))
    assert list(snapshot.chunks) == list(range(18))
    taken, scavenged = snapshot.chunks[17]
    assert (taken.bit_count(), scavenged.bit_count()) == (9000 - 17 * 512, 18 * 512 - 9000)
    assert snapshot.address(PAGES_PER_ARENA) == BASE + HEAP_ARENA_BYTES


def test_a_p_shows_what_it_has_at_hand() -> None:
    """P1: a tiny block with 5 of 16 B used by two objects, its span, and a page cache of 62 pages."""
    world = World(procs=2)
    world.malloc(24)
    world.malloc(3, p=1)
    address = world.malloc(2, p=1)

    info = world.snapshot().ps[1]

    assert (info.id, info.tiny, info.tiny_offset, info.tiny_allocs) == (1, address - 4, 6, 1)
    assert [spanclass for spanclass, span in enumerate(info.alloc) if span >= 0] == [5]
    assert (info.cache_page, info.cache_bits.bit_count(), info.cache_scav) == (0, 62, info.cache_bits)


def test_mcentral_shows_its_four_sets() -> None:
    """Class 49 with one full and one partial span, unswept after a cycle; then one is swept and cached."""
    world = World()
    for _ in range(7):
        world.malloc(6784)
    world.read_mem_stats()
    swept = world.snapshot().central
    end_mark(world)
    unswept = world.snapshot().central
    world.malloc(6784)

    cached = world.snapshot().central

    assert {spanclass: tuple(sets) for spanclass, sets in swept.items()} == {99: ((1,), (), (0,), ())}
    assert tuple(unswept[99]) == ((), (1,), (), (0,))
    assert tuple(cached[99]) == ((), (), (), (0,))


# Who served a request


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ([], Served(0, 0, 0, 0, 0, 0)),
        ([24], Served(1, 0, 0, 0, 0, 1)),
        ([24, 24, 24], Served(3, 2, 0, 0, 0, 1)),
        ([24, 32], Served(2, 0, 0, 1, 0, 1)),
        ([24, 3, 3, 0], Served(3, 1, 0, 1, 0, 1)),
        ([40_000, 200_000], Served(2, 0, 0, 0, 1, 1)),
        ([24, 40_000], Served(2, 0, 0, 1, 0, 1)),
    ],
)
def test_a_request_counts_at_the_deepest_level_it_reached(asked: list[int], served: Served) -> None:
    """The first span needs the OS, the second the page cache, 25 pages the heap; the rest is the mcache's."""
    world = World()

    for size in asked:
        world.malloc(size)

    assert world.snapshot().served == served


def test_a_partial_span_from_mcentral_counts_there() -> None:
    """After a flush the same span comes back: no page was needed."""
    world = World()
    world.malloc(24)
    world.read_mem_stats()

    world.malloc(24)

    assert world.snapshot().served == Served(2, 0, 1, 0, 0, 1)
