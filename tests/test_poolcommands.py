"""Commands for pools do to a world what its methods do."""

import pytest

from gomemlab.commands import GC, Command, Malloc
from gomemlab.poolcommands import ClearPools, PoolGet, PoolNew, PoolPut
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.events import CacheMissed, SlotTaken, SpanCached
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline
from tests.worlds import state


def test_each_command_is_a_method_of_the_world() -> None:
    """Two pools, Puts and Gets on two Ps: the same results, the same world."""
    commands: list[Command] = [
        PoolNew(64, slots=(0, 2)),
        PoolNew(race=True, seed=3),
        PoolGet(1),
        PoolPut(2, "label", p=1),
        Malloc(4096),
        PoolPut(1, DEFAULT_HEAP_BASE + 0x4000, boxed=True),
        ClearPools(),
        PoolGet(1, p=1),
    ]
    world, twin = World(procs=2), World(procs=2)

    results = [command.apply(world) for command in commands[:5]]
    array = results[-1]
    commands[5] = PoolPut(1, array, boxed=True)  # type: ignore[arg-type]
    results += [command.apply(world) for command in commands[5:]]

    assert results == [
        twin.pool(64, (0, 2)).id,
        twin.pool(race=True, seed=3).id,
        twin.pool_get(1),
        twin.pool_put(2, "label", 1),
        twin.malloc(4096),
        twin.pool_put(1, array, boxed=True),  # type: ignore[arg-type]
        twin.clear_pools(),
        twin.pool_get(1, 1),
    ]
    assert state(world) == state(twin)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (PoolNew(), "sync.Pool with no New"),
        (PoolNew(64), "sync.Pool with New of 64 B"),
        (PoolNew(str, race=True), "sync.Pool with New, under -race"),
        (PoolPut(1, None), "P0: pool 1.Put(nil)"),
        (PoolPut(2, 0xC000000400, p=1, boxed=True), "P1: pool 2.Put(0xc000000400, a slice)"),
        (PoolPut(1, "a"), "P0: pool 1.Put(a)"),
        (PoolGet(1, p=3), "P3: pool 1.Get()"),
        (ClearPools(), "pools age"),
    ],
)
def test_a_command_says_what_it_asks(command: Command, words: str) -> None:
    """P0: pool 1.Get()."""
    assert str(command) == words


def test_a_timeline_goes_back_to_what_a_pool_had() -> None:
    """Five Puts, a cycle, Gets: each moment is there again, the last item still in the pool at tick 7."""
    timeline = Timeline(World())
    timeline.do(PoolNew())
    for i in range(5):
        timeline.do(PoolPut(1, i))
    timeline.do(GC())
    items = [timeline.do(PoolGet(1)) for _ in range(6)]

    assert items == [0, 1, 2, 3, 4, None]
    assert timeline.at(7).pool_get(1) == 0
    assert timeline.at(6).snapshot().pools[0].victim == ()
    events = [event for event in timeline.events(8) if not isinstance(event, SlotTaken | CacheMissed | SpanCached)]
    assert [event.say() for event in events] == [
        "The list of pools in use got a new array, for 1 pool, at 0xc000000008.",
        "P0 had no shard of pool 1: a new array of 1 shard, 128 B at 0xc000002100.",
        "P0 got 0 from its private slot in the victim of pool 1.",
    ]


def test_a_refused_command_leaves_the_timeline_as_it_is() -> None:
    """No pool 1: nothing is logged."""
    timeline = Timeline(World())

    with pytest.raises(MisuseError, match="no pool 1"):
        timeline.do(PoolGet(1))

    assert len(timeline) == 0
