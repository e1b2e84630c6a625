"""The memory view: bars that are the ledger's, a sentence that names the reason, a table with every number."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from gomemlab.runtime.snapshot import Snapshot
from gomemlab.runtime.world import World
from gomemlab.views import png
from gomemlab.views.base import under
from gomemlab.views.heap_map import HeapMap
from gomemlab.views.heap_map import frame as map_frame
from gomemlab.views.memory import MemoryView
from gomemlab.views.memory_facts import frame
from gomemlab.views.words import IDLE, STACKS, size, thousands

MIB = 1 << 20


def written(world: World, mib: int) -> list[int]:
    """Return so many objects of 1 MiB that the program wrote to."""
    blocks = [world.malloc(MIB) for _ in range(mib)]
    for block in blocks:
        world.touch(block)
    return blocks


def mixed() -> Snapshot:
    """Return a moment with something in each account."""
    world = World()
    world.set_madvdontneed(False)
    blocks = written(world, 24)
    world.malloc_run(500, False, 3000)
    world.drop(blocks[:12])
    world.gc()
    world.free_os_memory()
    world.drop(blocks[12:16])
    world.gc()
    world.drop(blocks[16:18])
    world.gc_start()
    world.mark_all()
    world.mark_done()
    world.alloc_manual(300)
    world.malloc(5 * MIB)
    world.c_malloc(3 * MIB)
    return world.snapshot()


def test_giving_back_where_nothing_is_left_is_said() -> None:
    """64 KiB wanted of a heap without a free page: the sentence begins with that; the next step's does not."""
    world = World()
    world.scavenge(64 << 10)
    said = frame(world.snapshot()).sentence
    assert said.startswith("The scavenger gave nothing back: no page is left that it may take. RSS is ")

    world.malloc(MIB)

    assert frame(world.snapshot()).sentence.startswith("RSS is ")


def test_every_bar_is_the_ledgers() -> None:
    """RSS, Sys, what is ready, HeapInuse and HeapAlloc, each the sum of its parts."""
    snapshot = mixed()
    ledger, stats = snapshot.memory.ledger, snapshot.mstats

    levels = {level.name: level.nbytes for level in frame(snapshot).levels}

    assert levels == {
        "RSS": ledger.rss,
        "Sys": stats.sys,
        "heap ready": stats.heap_sys - stats.heap_released + stats.stack_sys,
        "HeapInuse": stats.heap_inuse,
        "HeapAlloc": stats.heap_alloc,
    }


def test_what_goes_on_below_is_the_whole_next_bar() -> None:
    """But for RSS: below it what nobody wrote to comes in."""
    levels = frame(mixed()).levels

    assert all(above.parts[0].nbytes == below.nbytes for above, below in pairwise(levels[1:]))
    assert levels[0].parts[0].nbytes + mixed().memory.ledger.untouched == levels[1].parts[0].nbytes


def test_the_table_goes_down_to_what_is_alive() -> None:
    """Each row takes its bytes off what was left."""
    rows = frame(mixed()).rows

    assert all(above.left + row.nbytes == row.left for above, row in pairwise(rows))
    assert rows[-1].left == mixed().memory.ledger.live


def idle(world: World) -> None:
    """Leave 32 MiB idle."""
    world.drop(written(world, 32))
    world.gc()


def lazy(world: World) -> None:
    """Give 32 MiB back to a kernel that does not take them."""
    world.set_madvdontneed(False)
    idle(world)
    world.free_os_memory()


def dead(world: World) -> None:
    """Leave 32 MiB of dead objects unswept."""
    world.drop(written(world, 32))
    world.gc_start()
    world.mark_all()
    world.mark_done()


@pytest.mark.parametrize(
    ("life", "why"),
    [
        (lambda world: world.malloc(24), "; the rest is the runtime and the program"),
        (idle, ": 32 MiB is idle and not given back"),
        (lazy, ": 32 MiB is given back, but the kernel has not taken it"),
        (dead, ": 32 MiB is dead and not yet swept"),
        (lambda world: world.c_malloc(9 * MIB), ": 9 MiB is C memory, which Go cannot see"),
        (lambda world: world.malloc(9 * MIB), ": nobody wrote to 9 MiB yet"),
        (lambda world: world.alloc_manual(1024), ": 8 MiB is stacks"),
        (
            lambda world: (world.c_malloc(5 * MIB), world.malloc(9 * MIB)),
            ": 5 MiB is C memory, which Go cannot see, nobody wrote to 9 MiB yet",
        ),
    ],
)
def test_the_sentence_names_the_largest_reason(life: Callable[[World], object], why: str) -> None:
    """What makes RSS larger than HeapAlloc, and what makes it smaller."""
    world = World()

    life(world)

    assert frame(world.snapshot()).sentence.endswith(why)


def test_the_lines_tell_of_the_scavenger_and_the_profile() -> None:
    """A limit of 20 MiB, 32 MiB of holes; the profile has the objects that were marked."""
    world = World(memory_limit=20 * MIB)
    blocks = written(world, 16)
    world.drop(blocks[::2])
    world.gc()

    scavenger, profile, space = frame(world.snapshot()).lines

    assert "all down to 19 MiB (limit)" in scavenger
    assert "memory limit 20 MiB" in scavenger
    assert "true is 8 MiB" in profile
    assert "reserved" in space
    assert "nothing was allocated" in frame(World().snapshot()).lines[1]
    assert "the last cycle found nothing" in frame(collected_empty()).lines[1]
    assert "before a first cycle" in frame(allocated()).lines[1]
    world.allocator.heap.scavenging.gc_percent_goal = 5 * MIB
    assert "heap down to 5 MiB (GOGC)" in frame(world.snapshot()).lines[0]


def collected_empty() -> Snapshot:
    """Return a moment after a cycle that found nothing."""
    world = World()
    world.gc()
    return world.snapshot()


def allocated() -> Snapshot:
    """Return a moment before a first cycle."""
    world = World()
    world.malloc(MIB)
    return world.snapshot()


def test_every_number_stands_in_the_table_and_below_its_bar() -> None:
    """As text, so that nobody has to measure a bar; the table is for screen readers until it is asked for."""
    view = MemoryView()
    snapshot = mixed()

    view.update(snapshot)

    for level in frame(snapshot).levels:
        assert size(level.nbytes) in view.flow.value
        for part in level.parts:
            assert thousands(part.nbytes) in view.table.value
    assert "gm-hidden" in view.table.value
    view.listed.value = True
    assert "gm-memtable" in view.table.value
    view.close()


def test_a_view_can_be_saved_and_leaves_no_widget() -> None:
    """Before its first moment and after it."""
    view = MemoryView()
    view.redraw()
    assert "<svg" in view.svg()
    view.update(World().snapshot())

    assert "RSS" in view.svg()
    assert not view.update(World().snapshot())
    widgets = list(under(view.root))
    view.close()
    assert all(widget.comm is None for widget in widgets)


# The heap map


def test_the_map_counts_pages_as_the_ledger_does() -> None:
    """Pages in use, idle, released, never written to, and lazy; the ledger has the same bytes."""
    snapshot = mixed()
    ledger = snapshot.memory.ledger

    states = map_frame(snapshot, mode="memory").states

    in_pages = [8192 * pages for pages in states]
    assert in_pages[png.IN_USE] + in_pages[png.UNTOUCHED] == ledger.heap_inuse + ledger.stacks
    assert in_pages[png.UNTOUCHED] == ledger.untouched
    assert in_pages[png.RETAINED] == ledger.idle
    assert in_pages[png.LAZY] == ledger.lazy
    assert in_pages[png.RELEASED] + in_pages[png.LAZY] == ledger.released


def test_pages_in_a_page_cache_are_what_they_are_to_the_system() -> None:
    """A P holds 63 pages that nobody used: they are released."""
    world = World()
    world.malloc(24)

    states = map_frame(world.snapshot(), mode="memory").states

    assert (states[png.IN_USE], states[png.RETAINED], states[png.RELEASED]) == (1, 0, 511)


def test_every_kind_of_page_looks_different() -> None:
    """Five tiles and stacks, no two alike; what is not in memory has no ground of its own."""
    kinds = np.arange(1, 7, dtype=np.uint8)[None, :]
    kinds[0, 5] = png.IN_USE
    family = np.array([[2, IDLE, IDLE, 6, IDLE, STACKS]], np.uint8)

    picture = png.memory(family, np.zeros((1, 6), bool), kinds)

    tiles = [picture[:, 4 * i : 4 * i + 4] for i in range(6)]
    assert len({tile.tobytes() for tile in tiles}) == 6
    hollow = [bool((tile == IDLE).any()) for tile in tiles]
    assert hollow == [False, False, True, True, False, False]


def test_the_legend_of_memory_counts_pages() -> None:
    """Each kind with its number of pages, in words."""
    view = HeapMap(mode="memory")
    view.update(mixed())

    for words in ("in a span, in memory", "idle, still in memory", "released", "never written to", "not yet taken"):
        assert words in view.legend.value
    view.close()
