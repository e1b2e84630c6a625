import random
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from gomemlab import World
from gomemlab.views.ledger import IDLE, INUSE, KINDS, LedgerView, frame


@pytest.fixture
def busy() -> World:
    """Return a world with small, tiny and large objects, stacks, and a freed span."""
    world, dice = World(procs=2, heap_base=0xC000000000 + 5 * 8192), random.Random(3)
    for _ in range(2000):
        world.malloc(int(2 ** dice.uniform(0, 14)), dice.random() < 0.5, p=dice.randrange(2))
    world.free_span(world.malloc(100_000))
    world.alloc_manual(4)
    return world


def test_the_cells_add_up_to_every_mapped_byte(busy: World) -> None:
    """Nine accounts, one sum: HeapSys and the stacks, not a byte more or less."""
    snapshot = busy.snapshot()

    shown = frame(snapshot)

    assert sum(cell.nbytes for cell in shown.cells) == shown.total == snapshot.ledger.total
    assert shown.total % 8192 == 0


def test_the_braces_are_gos_own_numbers(busy: World) -> None:
    """What stands under the braces equals HeapInuse and HeapIdle of MemStats."""
    snapshot = busy.snapshot()

    shown = frame(snapshot)

    assert shown.under(INUSE) == snapshot.mstats.heap_inuse
    assert shown.under(IDLE) == snapshot.mstats.heap_idle
    assert shown.heap_alloc == snapshot.mstats.heap_alloc


def test_the_bar_has_no_gap_and_no_overlap(busy: World) -> None:
    """Each cell begins where the one before ends; the first at 0, the last ends at 1."""
    cells = frame(busy.snapshot()).cells

    assert [cell.end for cell in cells[:-1]] == [cell.start for cell in cells[1:]]
    assert (cells[0].start, cells[-1].end) == (0, 1)


def test_padding_has_a_cell_only_where_there_is_some(busy: World) -> None:
    """A random heap base leaves pages below it; the default base leaves none."""
    plain = World()
    plain.malloc(24)

    keys = [[cell.key for cell in frame(world.snapshot()).shown] for world in (busy, plain)]

    assert "padding" in keys[0]
    assert "padding" not in keys[1]


def test_a_share_that_is_not_zero_is_never_shown_as_zero() -> None:
    """One 24 B object in 4 MiB is "< 0.01 %", and what is not there is "0 %"."""
    world = World()
    world.malloc(24)

    shares = {cell.key: cell.share for cell in frame(world.snapshot()).cells}

    assert shares["requested"] == "< 0.01 %"
    assert shares["stacks"] == "0 %"


def test_an_empty_heap_has_a_bar_without_cells() -> None:
    """Before the first malloc nothing is mapped; the view keeps its box and says what fills it."""
    view = LedgerView()

    view.update(World().snapshot())

    assert "no heap yet" in view.summary
    assert not np.any(view.bar.y)
    view.close()


def test_the_view_says_the_exact_sum_and_reads_as_a_table(busy: World) -> None:
    """The headline has the sum; the hidden table has a row for every account."""
    view = LedgerView()

    view.update(busy.snapshot())

    assert "adds up to the byte" in view.summary
    assert view.cells.value.count("<tr>") == len(KINDS)
    assert f"adds up to {busy.snapshot().ledger.total} B" in view.cells.value
    view.close()


def test_the_exported_file_draws_the_same_bar(busy: World) -> None:
    """Each account that is not empty is one rectangle; together they are as wide as the bar."""
    view = LedgerView()
    view.update(busy.snapshot())

    boxes = [e for e in ET.fromstring(view.svg()).iter() if e.tag.endswith("rect")]  # noqa: S314 (our own file)

    filled = [cell for cell in frame(busy.snapshot()).cells if cell.nbytes]
    assert len(boxes) == len(filled)
    assert sum(float(box.attrib["width"]) for box in boxes) == pytest.approx(1180, abs=0.1)  # two decimals a box
    view.close()
