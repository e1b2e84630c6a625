"""GOGC, the memory limit and time can be asked of a world as commands, and undone by going back."""

from gomemlab.commands import New
from gomemlab.pacecommands import Advance, SetGCPercent, SetMemoryLimit
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline


def test_commands_return_what_the_world_does() -> None:
    """The old setting; nothing for time."""
    world = World(paced=True)

    assert SetGCPercent(50).apply(world) == 100
    assert SetMemoryLimit(1 << 20).apply(world) == 2**63 - 1
    Advance(500, busy=1).apply(world)

    assert world.gogc == 50
    assert world.memory_limit == 1 << 20
    assert world.snapshot().pacer.now_ns == 501  # type: ignore[union-attr]


def test_commands_say_what_they_ask() -> None:
    """As the log under the lab shows them."""
    asked = [SetGCPercent(-1), SetGCPercent(50), SetMemoryLimit(None), SetMemoryLimit(4096), Advance(5000, 1)]

    said = [str(command).replace("\u202f", " ") for command in asked]

    assert said == ["GOGC = off", "GOGC = 50", "GOMEMLIMIT = off", "GOMEMLIMIT = 4 096 B", "5 000 ns pass, 1 P at work"]


def test_a_timeline_goes_back_to_any_moment_of_a_paced_world() -> None:
    """Played again from a checkpoint, the clock and the cycles are the same."""
    timeline = Timeline(World(procs=2, paced=True))
    for _ in range(100):
        timeline.do(New(2, 60_000))
    timeline.do(SetGCPercent(20))
    timeline.do(Advance(1_000_000))

    last = timeline.at(len(timeline)).digest()
    early = timeline.at(70)
    again = timeline.at(len(timeline))

    assert early.mstats().num_gc <= again.mstats().num_gc
    assert again.digest() == last
    assert again.mstats().num_gc > 0
