"""Pairs: programs that do the same in two ways, and collect when the live heap has doubled."""

import pytest

from gomemlab.commands import GC, Malloc
from gomemlab.comparing.begin import play
from gomemlab.pairs import HEAP_MINIMUM, PAIRS, Clock, Program
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline

PROGRAMS = [program for pair in PAIRS.values() for program in (pair.a, pair.b)]


def run(program: Program, requests: int, world: World | None = None) -> tuple[Timeline, tuple[int, ...]]:
    """Return a program's history and where its requests end."""
    line = Timeline(world or World(procs=program.procs))
    return line, play(program, line, requests)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.title)
def test_a_program_is_the_same_every_time(program: Program) -> None:
    """Fifty requests twice: the same commands, the same world, and every request ends."""
    line, ends = run(program, 50)
    again, _ = run(program, 50)

    assert line.commands == again.commands
    assert line.world.digest() == again.world.digest()
    assert len(ends) == 50
    assert ends[-1] == len(line)
    line.world.check()


@pytest.mark.slow
def test_a_collection_is_due_when_the_live_heap_has_doubled() -> None:
    """From 4 MiB on; each GC finds the next goal, and before each the heap was at its goal."""
    line, _ = run(PAIRS["pooled / not pooled"].b, 900)

    live = [line.at(tick).allocator.heap.stats.heap_live for tick, c in enumerate(line.commands) if isinstance(c, GC)]

    assert len(live) == 4
    assert all(HEAP_MINIMUM <= before <= HEAP_MINIMUM + (1 << 17) for before in live)


def test_what_is_alive_doubles_the_goal() -> None:
    """With 6 MiB alive after a GC, the next one is due at 12 MiB."""
    world = World()
    clock = Clock(world)
    for _ in range(6):
        world.malloc(1 << 20)

    first = [command.apply(world) for command in clock.collect()]

    assert first == [None]
    assert clock.goal == 12 << 20
    assert list(clock.collect()) == []


def test_gogc_off_never_collects() -> None:
    """GOGC=off: nothing is due, however much is alive."""
    line, _ = run(PAIRS["pooled / not pooled"].b, 400, World(gogc=-1))

    assert GC() not in line.commands


def test_append_asks_for_what_go_asks_for() -> None:
    """A slice of a thousand ints: twelve arrays, the last of 10,240 B."""
    line, _ = run(PAIRS["prealloc / append"].b, 1)

    sizes = [command.size for command in line.commands if isinstance(command, Malloc)]

    assert sizes == [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 6784, 10240]


def test_requests_go_round_the_ps() -> None:
    """Of 16 requests each of eight Ps gets two."""
    line, _ = run(PAIRS["1 P / 8 Ps"].b, 16)

    ps = [command.p for command in line.commands if isinstance(command, Malloc)][::2]

    assert ps == [*range(8), *range(8)]
