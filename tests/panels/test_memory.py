"""The memory panel: each button is a command or several, and the experiment can be done with them."""

from collections.abc import Iterator

import pytest

from gomemlab.commands import GC, Drop, Malloc
from gomemlab.memcommands import CFree, CMalloc, FreeOSMemory, LimitMemory, MAdvise, MemoryPressure, Scavenge, Touch
from gomemlab.pacecommands import Advance
from gomemlab.panels.lab import Lab
from gomemlab.panels.memory import KIB, Memory
from gomemlab.runtime.footprint import Footprint
from gomemlab.runtime.world import World
from gomemlab.views.base import under

MIB = 1 << 20


@pytest.fixture
def panel() -> Iterator[Memory]:
    """Return the panel of a lab of its own."""
    lab = Lab()
    yield lab.memory()
    lab.close()


def press(panel: Memory, words: str) -> None:
    """Press a button by its words."""
    next(w for w in under(panel.body) if getattr(w, "description", "") == words and hasattr(w, "click")).click()
    panel.lab.settle()


def ledger(panel: Memory) -> Footprint:
    """Return the ledger of the moment on screen."""
    assert panel.last is not None
    return panel.lab.snapshot.memory.ledger


def kinds(panel: Memory) -> list[type]:
    """Return the kinds of commands so far."""
    return [type(command) for command in panel.lab.timeline.commands]


def test_the_experiment_is_done_with_the_buttons(panel: Memory) -> None:
    """Dropped and collected, RSS stays; FreeOSMemory lets it fall; C memory is in RSS alone."""
    press(panel, "allocate")
    full = ledger(panel)
    press(panel, "drop all")
    assert ledger(panel) == full
    press(panel, "GC")
    assert (ledger(panel).heap_alloc, ledger(panel).rss, ledger(panel).released) == (0, full.rss, full.released)
    press(panel, "FreeOSMemory")
    freed = ledger(panel)
    assert (freed.released, full.rss - freed.rss) == (freed.heap_idle, 64 * MIB)
    press(panel, "C.malloc 64 MiB")
    assert (ledger(panel).rss - freed.rss, ledger(panel).sys) == (64 * MIB, freed.sys)

    press(panel, "C.free")

    assert ledger(panel) == freed
    assert kinds(panel)[128:] == [Drop, GC, FreeOSMemory, CMalloc, CFree]


def test_who_writes_nothing_gets_no_pages(panel: Memory) -> None:
    """64 MiB of HeapAlloc, and RSS as before; written to, each object is two commands."""
    before = ledger(panel).rss if panel.last else panel.lab.snapshot.memory.ledger.rss
    panel.written.value = False
    press(panel, "allocate")
    assert kinds(panel) == [Malloc] * 64
    assert ledger(panel).untouched == 64 * MIB
    assert ledger(panel).rss - before < MIB

    panel.written.value = True
    panel.count.value = 2
    press(panel, "allocate")

    assert kinds(panel)[64:] == [Malloc, Touch] * 2


def test_small_objects_need_no_writing(panel: Memory) -> None:
    """Their pages are written to when the span is made."""
    panel.size.value, panel.count.value = KIB, 5

    press(panel, "allocate")
    press(panel, "drop all")

    assert kinds(panel) == [Malloc] * 5 + [Drop]


def test_dropping_knows_what_is_held_at_this_moment(panel: Memory) -> None:
    """What a cycle found dead cannot be dropped once more; going back, all is held again."""
    panel.count.value = 3
    press(panel, "allocate")
    press(panel, "drop all")
    for command in ("drop all", "GC", "drop all"):
        press(panel, command)
    assert "holds nothing" in str(panel.lab.error)

    panel.lab.tick = 6
    press(panel, "drop all")

    assert panel.lab.error is None
    assert kinds(panel)[-1] is Drop


def test_what_waits_to_be_swept_is_not_held() -> None:
    """Three objects, one dropped, marked and not swept: the two others can be dropped."""
    world = World()
    blocks = [world.malloc(MIB) for _ in range(3)]
    world.drop(blocks[0])
    world.gc_start()
    world.mark_all()
    world.mark_done()
    lab = Lab(world)
    memory = lab.memory()

    memory.drop()

    assert lab.timeline.commands == [Drop(tuple(blocks[1:]))]
    lab.close()


def test_limit_and_kernel(panel: Memory) -> None:
    """The fields follow the moment on screen: back at the start there is no limit."""
    panel.limit.value = "40MiB"
    press(panel, "set")
    panel.advice.value = False
    press(panel, "scavenge 64 KiB")
    press(panel, "kernel needs memory")

    assert panel.lab.timeline.commands == [
        LimitMemory(40 * MIB),
        MAdvise(dontneed=False),
        Scavenge(64 * KIB),
        MemoryPressure(),
    ]
    panel.lab.tick = 0
    panel.lab.settle()
    assert (panel.limit.value, panel.advice.value) == ("none", True)
    assert len(panel.lab.timeline) == 4


def test_time_passes_only_where_there_is_a_clock(panel: Memory) -> None:
    """The two buttons are there in a paced world alone."""
    panel.lab.settle()
    assert "gm-off" in panel.clock._dom_classes
    lab = Lab(World(paced=True))
    memory = lab.memory()

    press(memory, "1 s passes")
    press(memory, "1 min passes")

    assert "gm-off" not in memory.clock._dom_classes
    assert lab.timeline.commands == [Advance(1_000_000_000), Advance(60_000_000_000)]
    lab.close()


@pytest.mark.parametrize("count", [0, 10_001])
def test_what_cannot_be_is_refused_in_the_banner(panel: Memory, count: int) -> None:
    """No object at all, too many, and C memory that nobody has."""
    panel.count.value = count
    press(panel, "allocate")
    assert "give 1 to 10" in str(panel.lab.error)

    press(panel, "C.free")

    assert "press C.malloc first" in str(panel.lab.error)
    assert len(panel.lab.timeline) == 0


def test_a_lab_can_be_asked_for_it() -> None:
    """Among other views, and closed with them."""
    lab = Lab(views=("transport", "memory", "heap_map"))

    bundle = lab._repr_mimebundle_()

    assert bundle
    assert lab.room is not None
    assert isinstance(lab.room.shown["memory"], Memory)
    lab.close()
