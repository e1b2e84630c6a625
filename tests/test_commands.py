"""Commands: small frozen values that do to a world what its methods do."""

from dataclasses import FrozenInstanceError

import pytest

from gomemlab.commands import (
    GC,
    AllocManual,
    Assign,
    Call,
    Command,
    Drop,
    FlushBarrier,
    FreeManual,
    FreeSpan,
    GCStart,
    Gomaxprocs,
    GoStart,
    Malloc,
    MarkAll,
    MarkDone,
    MarkObject,
    MarkRoot,
    MarkStep,
    New,
    ReadMemStats,
    Return,
    Send,
    SweepAll,
    SweepOne,
    SweepTurn,
    Write,
    malloc,
)
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, PAGE_SIZE
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.roots import Field, Global, StackSlot
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


A, B = StackSlot(1, 0), Global(0)
COLLECTING = [
    (New(2, into=B), "G1: global[0] = new(2 pointer slots)"),
    (New((0, 3), 40), "G1: new(2 pointer slots)"),
    (Assign(A, B), "G1: G1.stack[0] = global[0]"),
    (Assign(B), "G1: global[0] = nil"),
    (Write(B, 0), "G1: global[0] = nil"),
    (Write(B, BASE), "G1: global[0] = 0xc000000000"),
    (Write(Field(BASE, 1), 0), "G1: 0xc000000000.slot[1] = nil"),
    (Call(1, 2, "main.f"), "G1: call main.f"),
    (Return(1), "G1: return"),
    (GoStart(1, (A,)), "G1: go f(G1.stack[0])"),
    (Send(StackSlot(2, 0), A), "G1 sends G1.stack[0] to G2.stack[0]"),
    (GC(), "runtime.GC()"),
    (GCStart(), "start marking"),
    (MarkRoot("globals"), "P0 scans globals"),
    (MarkStep(), "P0's worker takes a step"),
    (FlushBarrier(), "P0 flushes its barrier buffer"),
    (MarkAll(), "mark all that is grey"),
    (MarkDone(), "end marking"),
    (SweepOne(), "sweep one span"),
    (SweepTurn(), "a turn of the background sweeper"),
    (SweepAll(), "sweep all spans"),
]


def test_the_collectors_commands_run_and_say_what_they_ask() -> None:
    """One life of a small world: each command in its turn, and each in words."""
    world = World(marker="classic")

    for command, words in COLLECTING:
        command.apply(world)
        assert str(command) == words
    plain = Drop((world.malloc(64),))
    plain.apply(world)

    assert str(plain) == "drop 1 object"
    world.check()


def test_a_grey_object_may_be_asked_for() -> None:
    """MarkObject names it by its address."""
    world = World(marker="classic")
    address = world.new(1, into=B)
    world.gc_start()
    world.mark_root("globals")
    command = MarkObject(address)

    command.apply(world)

    assert str(command) == "P0 scans 0xc000000000"
    assert world.snapshot().gc.queue == ()
