"""The collector's books in the ledger: every byte of a taken slot is of one kind, at every moment of a cycle."""

import pytest

from gomemlab.runtime.gc.roots import Global
from gomemlab.runtime.world import World
from gomemlab.views.collected import KINDS, Collected, collected, html
from gomemlab.views.ledger import LedgerView, frame


def books(world: World) -> Collected:
    """Return the books of a world that has begun a cycle; they hold every taken byte."""
    found = collected(world.snapshot())
    assert found is not None
    assert found.taken == world.mstats().heap_alloc
    return found


def test_before_the_first_cycle_there_are_no_books() -> None:
    """The ledger is as it was."""
    world = World()
    world.malloc(24)

    assert collected(world.snapshot()) is None
    assert html(None) == ""
    assert frame(world.snapshot()).books is None


def test_bytes_go_from_unmarked_to_marked_or_dead_and_are_swept() -> None:
    """Two objects of 1 152 B, one dropped: at first neither is marked, then one is, and the other is freed."""
    world = World()
    world.malloc(1152)
    world.drop(world.malloc(1152))
    seen = []
    world.gc_start()
    seen.append(books(world))
    world.mark_all()
    seen.append(books(world))
    world.mark_done()
    seen.append(books(world))
    world.sweep_all()
    seen.append(books(world))

    short = [(b.marked, b.unmarked, b.dead, b.swept) for b in seen]
    assert short == [(0, 2304, 0, 0), (1152, 1152, 0, 0), (0, 0, 0, 1152), (0, 0, 0, 1152)]
    assert [b.freed for b in seen] == [0, 0, 1152, 1152]


def test_what_waits_to_be_swept_is_dead_or_marked() -> None:
    """The same without a cached span: both kinds lie in one unswept span."""
    world = World()
    world.malloc(1152)
    world.drop(world.malloc(1152))
    world.read_mem_stats()
    world.gc_start()
    world.mark_all()
    world.mark_done()

    found = books(world)

    assert (found.marked, found.dead, found.swept, found.freed) == (1152, 1152, 0, 0)


def test_what_floats_is_counted_apart_from_what_is_marked() -> None:
    """An object was marked, then its only pointer was overwritten: it floats until the next cycle."""
    world = World()
    world.new(1, into=Global(0))
    world.gc_start()
    world.mark_all()
    world.write(Global(0), 0)

    found = books(world)

    assert (found.marked, found.floating) == (0, 8)


@pytest.mark.parametrize("cycles", [1, 2])
def test_the_ledger_shows_the_books(cycles: int) -> None:
    """A bar, its kinds, and what was freed so far; each with its words for a screen reader."""
    world = World()
    world.malloc(24)
    for _ in range(cycles):
        world.gc()
    view = LedgerView()
    view.update(world.snapshot())

    text = view.cells.value

    assert all(name in text for _, name, _ in KINDS)
    assert "swept or new 24 B" in text
    assert "freed so far" in text
    view.close()
