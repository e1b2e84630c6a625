"""Each command asks one thing of a world, and says itself."""

import pytest

from gomemlab.commands import Command, Malloc
from gomemlab.memcommands import (
    CFree,
    CMalloc,
    FreeOSMemory,
    LimitMemory,
    MAdvise,
    MemoryPressure,
    Scavenge,
    ScavengeBackground,
    Touch,
)
from gomemlab.runtime.alloc.osmem import C_BASE
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline

MIB = 1 << 20
COMMANDS: list[tuple[Command, object, str]] = [
    (Malloc(MIB), DEFAULT_HEAP_BASE, "P0: malloc 1 048 576 B, noscan"),
    (Touch(DEFAULT_HEAP_BASE, 9000), 2, f"write 9 000 B of {DEFAULT_HEAP_BASE:#x}"),
    (Touch(DEFAULT_HEAP_BASE), 126, f"write all of {DEFAULT_HEAP_BASE:#x}"),
    (MAdvise(dontneed=False), None, "GODEBUG=madvdontneed=0"),
    (CMalloc(5000), C_BASE, "C.malloc(5 000 B)"),
    (CFree(C_BASE), None, f"C.free({C_BASE:#x})"),
    (Scavenge(), 0, "scavenge 65 536 B"),
    (Scavenge(8192, force=True), 0, "scavenge 8 192 B by force"),
    (ScavengeBackground(), 0, "the background scavenger works once"),
    (FreeOSMemory(), 0, "debug.FreeOSMemory()"),
    (MemoryPressure(), 0, "the kernel needs memory"),
    (LimitMemory(8 * MIB), None, "memory limit 8 388 608 B"),
    (LimitMemory(None), None, "memory limit off"),
]


def test_commands_do_what_they_say_and_return_what_the_world_does() -> None:
    """One after the other, on a timeline, which can go back over all of them."""
    timeline = Timeline(World())

    results = [timeline.do(command) for command, _, _ in COMMANDS]

    assert results == [result for _, result, _ in COMMANDS]
    assert timeline.snapshot(3).memory.ledger.untouched == 0
    assert timeline.snapshot(1).memory.ledger.untouched == MIB


@pytest.mark.parametrize(("command", "sentence"), [(command, said) for command, _, said in COMMANDS[1:]])
def test_a_command_says_itself(command: Command, sentence: str) -> None:
    """As a person would write it."""
    assert str(command).replace("\u202f", " ") == sentence
