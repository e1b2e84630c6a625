"""The span table is made from the last one, and never differs from one made anew."""

import random

import pytest

from gomemlab.runtime.alloc.mspan import EMPTY_SPAN
from gomemlab.runtime.spantable import MAX_INSERTED, NOT_CACHED, SpanInfo, SpanTable
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline
from gomemlab.workloads import WORKLOADS


def anew(world: World) -> list[SpanInfo]:
    """Return the rows that a world's table must have, read from its spans one by one."""
    heap = world.allocator.heap
    holder = {span.id: p.id for p in world.ps for span in p.mcache.alloc if span is not EMPTY_SPAN}
    spans = sorted(heap.spans.values(), key=lambda span: span.base)
    others = {"page", "cached_by", "gcmark_bits"}
    return [
        SpanInfo(
            page=heap.page_of(span.base),
            cached_by=holder.get(span.id, NOT_CACHED),
            gcmark_bits=heap.marked(span),
            **{name: getattr(span, name) for name in SpanInfo._fields if name not in others},
        )
        for span in spans
    ]


def rows(table: SpanTable) -> list[SpanInfo]:
    """Return a table's rows."""
    return [table.info(row) for row in range(len(table))]


def act(world: World, rng: random.Random) -> None:
    """Do one thing that makes, fills, frees or moves spans."""
    deeds = [
        lambda: world.malloc(rng.choice((8, 24, 500, 3000, 9000)), rng.random() < 0.5, rng.randrange(len(world.ps))),
        lambda: world.malloc_run(rng.choice((64, 4096)), count=rng.randrange(1, 200)),
        lambda: world.free_span(world.malloc(40_000)),
        lambda: world.free_manual(world.alloc_manual(rng.randrange(1, 20))),
        lambda: world.alloc_manual(rng.randrange(1, 40)),
        world.read_mem_stats,
        lambda: world.gomaxprocs(rng.randrange(1, 4)),
    ]
    rng.choices(deeds, weights=(40, 6, 4, 4, 2, 2, 1))[0]()


@pytest.mark.parametrize("seed", range(6))
def test_every_table_of_a_random_life_is_right(seed: int) -> None:
    """After each of 80 deeds in one of two worlds, or in a copy that then goes on, the rows are those read anew."""
    rng = random.Random(seed)
    worlds = [World(procs=2), World(procs=1, heap_base=0xC0_0000_0000 + 37 * 8192)]

    for _ in range(80):
        k = rng.randrange(2)
        if rng.random() < 0.1:
            worlds[k] = worlds[k].copy()
        act(worlds[k], rng)

        assert rows(worlds[k].snapshot().spans) == anew(worlds[k])


@pytest.mark.parametrize("name", WORKLOADS)
def test_tables_on_a_timeline_are_right_wherever_one_goes(name: str) -> None:
    """Forth and back to twelve random ticks of each workload."""
    timeline = Timeline(World(procs=WORKLOADS[name].procs))
    timeline.extend(WORKLOADS[name].commands(n=1500))
    rng = random.Random(7)

    for tick in [rng.randrange(1501) for _ in range(12)]:
        world = timeline.at(tick)

        assert rows(world.snapshot().spans) == anew(world)


@pytest.mark.parametrize("new", [MAX_INSERTED - 1, MAX_INSERTED, MAX_INSERTED + 1])
def test_new_spans_are_entered_whether_few_or_many(new: int) -> None:
    """Around the number up to which new spans get their place one by one."""
    world = World()
    world.malloc_run(24, count=1000)
    world.snapshot()

    for _ in range(new):
        world.alloc_manual(1)

    assert rows(world.snapshot().spans) == anew(world)


def test_a_snapshot_keeps_its_table_when_the_next_is_made() -> None:
    """One slot of the first span is taken then, two later; the first picture still says one."""
    world = World()
    world.malloc(24)
    before = world.snapshot()

    world.malloc(24)

    assert list(world.snapshot().spans.alloc_count) == [2]
    assert list(before.spans.alloc_count) == [1]


def test_the_table_of_an_empty_world_is_empty() -> None:
    """Also right after a full one."""
    full = World()
    full.malloc(24)
    full.snapshot()

    table = World().snapshot().spans

    assert len(table) == 0
    assert table.at_page(0) == table.row(0) == -1
