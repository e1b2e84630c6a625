"""A paced world prints its cycles as Go does, and they can be read as any log."""

from gomemlab import gctrace
from gomemlab.gctrace.modelled import lines
from gomemlab.runtime.world import World


def test_the_lines_of_a_paced_world_are_read_back() -> None:
    """Two cycles by the heap and one that was asked for: number, sizes and reason come back."""
    world = World(procs=4, paced=True)
    for _ in range(700):
        world.drop(world.malloc(16 << 10))
    world.gc()
    pacer = world.snapshot().pacer
    assert pacer is not None

    printed = lines(pacer.cycles)
    cycles = list(gctrace.parse(printed))

    assert [cycle.number for cycle in cycles] == list(range(1, len(pacer.cycles) + 1))
    assert [cycle.heap_live_mb for cycle in cycles] == [cycle.live >> 20 for cycle in pacer.cycles]
    assert [cycle.heap_goal_mb for cycle in cycles] == [cycle.goal >> 20 for cycle in pacer.cycles]
    assert [cycle.forced for cycle in cycles] == [False] * (len(cycles) - 1) + [True]
    assert len(cycles) >= 3
    assert printed[0].endswith("0 MB stacks, 0 MB globals, 4 P")
