"""Commands: small frozen values that do to a world what its methods do."""

from dataclasses import FrozenInstanceError

import pytest

from gomemlab.commands import AllocManual, Command, FreeManual, FreeSpan, Gomaxprocs, Malloc, ReadMemStats, malloc
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, PAGE_SIZE
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.world import World
from tests.worlds import state

BASE = DEFAULT_HEAP_BASE


def test_each_command_is_a_method_of_the_world() -> None:
    """Seven commands, and the same seven calls: the same results, the same world."""
    commands: list[Command] = [
        Malloc(40_000),
        Malloc(24, pointers=True, p=1),
        AllocManual(4, p=1),
        FreeSpan(BASE),
        FreeManual(BASE + 6 * PAGE_SIZE),
        Gomaxprocs(1),
        ReadMemStats(),
    ]
    world, twin = World(procs=2), World(procs=2)

    results = [command.apply(world) for command in commands]

    assert results == [
        twin.malloc(40_000),
        twin.malloc(24, True, 1),
        twin.alloc_manual(4, 1),
        twin.free_span(BASE),
        twin.free_manual(BASE + 6 * PAGE_SIZE),
        twin.gomaxprocs(1),
        twin.read_mem_stats(),
    ]
    assert state(world) == state(twin)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (Malloc(24), "malloc(24) on P0, no pointers"),
        (Malloc(8, pointers=True, p=1), "malloc(8) on P1, with pointers"),
        (ReadMemStats(), "ReadMemStats()"),
        (FreeSpan(0xC000010000), "free the large object at 0xc000010000"),
        (AllocManual(1), "a stack span of 1 page"),
        (AllocManual(4), "a stack span of 4 pages"),
        (FreeManual(0xC000010000), "free the stack span at 0xc000010000"),
        (Gomaxprocs(3), "GOMAXPROCS = 3"),
    ],
)
def test_a_command_has_words(command: Command, words: str) -> None:
    """What a log or a menu shows."""
    assert str(command) == words


@pytest.mark.parametrize(
    "command", [Malloc(-1), Malloc(24, p=1), FreeSpan(1), AllocManual(0), FreeManual(1), Gomaxprocs(0)]
)
def test_a_refused_command_changes_nothing(command: Command) -> None:
    """malloc(-1) raises; the world is as before."""
    world = World()
    world.malloc(24)
    before = state(world)

    with pytest.raises(MisuseError):
        command.apply(world)

    assert state(world) == before


def test_a_command_is_a_value() -> None:
    """Equal arguments, equal commands; nobody changes one that is in a log."""
    command = Malloc(24)

    assert command == Malloc(24, pointers=False, p=0)
    assert len({command, Malloc(24), Malloc(25)}) == 2
    with pytest.raises(FrozenInstanceError):
        command.size = 25  # type: ignore[misc]


def test_a_stack_without_a_p_needs_no_page_cache() -> None:
    """p = -1: a thread of the runtime's that has none."""
    world = World()

    AllocManual(1, p=-1).apply(world)

    assert world.snapshot().ps[0].cache_bits == 0


def test_the_same_malloc_is_one_object() -> None:
    """A million commands of a workload need no million objects."""
    assert malloc(24) is malloc(24)
    assert malloc(24, True, 1) == Malloc(24, pointers=True, p=1)


def test_true_is_not_one() -> None:
    """malloc(True) is refused, also when malloc(1) was asked for before."""
    world = World()
    malloc(1).apply(world)

    with pytest.raises(MisuseError, match="size True is not a whole number"):
        malloc(True).apply(world)
