"""The heap map: pages, families, the pick, and one picture an arena."""

import struct
import zlib

import numpy as np
from ipywidgets.widgets.widget import _instances

from gomemlab.runtime.world import World
from gomemlab.views import png
from gomemlab.views.heap_legend import MODES
from gomemlab.views.heap_map import HeapMap, frame
from gomemlab.views.pages import pages_of
from gomemlab.views.words import CACHED, IDLE, LARGE, PADDING, STACKS


def world_with_everything() -> World:
    """Return a world with small, pointerful, large and stack spans."""
    world = World(procs=2)
    for size in (8, 24, 200, 1000, 20_000):
        world.malloc(size)
        world.malloc(size, pointers=True, p=1)
    world.malloc(100_000)
    world.alloc_manual(4)
    return world


def decode(picture: bytes) -> np.ndarray:
    """Return the palette indices of a PNG of ours."""
    width, height = struct.unpack(">II", picture[16:24])
    start = picture.index(b"IDAT")
    (length,) = struct.unpack(">I", picture[start - 4 : start])
    raw = np.frombuffer(zlib.decompress(picture[start + 4 : start + 4 + length]), np.uint8)
    return raw.reshape(height, width + 1)[:, 1:]


def test_an_empty_world_has_nothing_mapped() -> None:
    """No arena yet: no pages, no ring, and the map says what to do."""
    drawn = frame(World().snapshot())

    assert (drawn.mapped, drawn.ring, sum(drawn.counts)) == (0, None, 0)


def test_the_counts_add_up_to_the_mapped_pages() -> None:
    """512 pages are mapped: used, in page caches, idle."""
    snapshot = world_with_everything().snapshot()

    drawn = frame(snapshot)

    assert sum(drawn.counts) == drawn.mapped == 512
    assert drawn.counts[LARGE] == 13
    assert drawn.counts[STACKS] == 4
    assert drawn.counts[CACHED] == sum(p.cache_bits.bit_count() for p in snapshot.ps)


def test_every_page_has_the_family_of_its_span() -> None:
    """Page by page, the columns agree with the table of spans."""
    snapshot = world_with_everything().snapshot()

    pages = pages_of(snapshot, 512)

    for page in range(512):
        row = snapshot.spans.at_page(page)
        assert (row >= 0) == (pages.family[page] not in {IDLE, CACHED})
        assert pages.starts[page] == (row >= 0 and snapshot.spans.page[row] == page)


def test_the_ring_stands_on_the_picked_span() -> None:
    """A span at page 130 of the arena is in row 1, column 2."""
    world = World()
    for _ in range(131):
        world.malloc(8192)
    snapshot = world.snapshot()
    span = snapshot.spans.info(snapshot.spans.at_page(130))

    drawn = frame(snapshot, span.id)

    assert drawn.ring == (2, 1)
    assert f"span {span.id}, 8192 B noscan" in drawn.picked


def test_a_pick_that_is_not_alive_has_no_ring() -> None:
    """Span 99 of a world with one span is not there, and nothing breaks."""
    world = World()
    world.malloc(24)

    assert frame(world.snapshot(), 99).ring is None


def test_a_further_arena_is_a_small_picture() -> None:
    """A buffer of 100 MiB behind a small object reaches into a second arena: the pick's is shown large."""
    world = World()
    world.malloc(24)
    world.malloc(100 << 20)
    snapshot = world.snapshot()

    drawn = frame(snapshot, snapshot.spans.id[0])

    assert [small.arena for small in drawn.smalls] == [arena.index for arena in snapshot.arenas]
    assert drawn.arena == 0
    assert decode(drawn.smalls[1].picture).shape == (64, 128)
    assert frame(snapshot, arena=1).arena == 1


def test_zoom_shows_the_chunk_of_the_pick() -> None:
    """A span at page 600 is in the second chunk: row 2, column 24 of 32."""
    world = World()
    for _ in range(601):
        world.malloc(8192)
    snapshot = world.snapshot()
    span = snapshot.spans.info(snapshot.spans.at_page(600))

    drawn = frame(snapshot, span.id, zoom=True)

    assert (drawn.window.first, drawn.window.columns, drawn.window.rows) == (512, 32, 16)
    assert drawn.ring == (24, 2)
    assert decode(drawn.picture).shape == (64, 128)
    assert sum(drawn.counts) == drawn.mapped == 1024


def test_pages_below_a_random_base_are_given_up_not_idle() -> None:
    """A base of 3 MiB into a chunk: 384 pages are padding, and the rows before the chunk are not mapped."""
    world = World(heap_base=0xC000000000 + (8 << 20) + (3 << 20))
    world.malloc(24)
    snapshot = world.snapshot()

    drawn = frame(snapshot)

    assert drawn.counts[PADDING] == snapshot.padding_pages == 384
    assert drawn.counts[IDLE] * 8192 == snapshot.ledger.idle
    assert drawn.unmapped == ((0, 8), (12, 64))


def test_an_unchanged_arena_is_not_drawn_again() -> None:
    """A second object in the same span changes no page: the very same bytes come back."""
    world = World()
    world.malloc(24)
    before = frame(world.snapshot()).picture
    world.malloc(24)

    assert frame(world.snapshot()).picture is before


def test_occupancy_fills_a_tile_from_its_foot() -> None:
    """One of 336 slots taken is a quarter: the lowest of four pixel rows is filled."""
    world = World()
    world.malloc(24)

    tile = decode(frame(world.snapshot(), mode=MODES[1]).picture)[:4, :4]

    assert tile[3, 1] == png.FULL
    assert (tile[:3, 1] == png.REST).all()


def test_colour_is_never_the_only_sign() -> None:
    """Large and stack tiles carry a texture, pointers a light bar, a span's first page a dark edge."""
    family = np.zeros((64, 128), np.uint8)
    family[0, :4] = LARGE, STACKS, 2, 2
    starts = np.zeros((64, 128), bool)
    scan = np.zeros((64, 128), bool)
    starts[0, 2] = scan[0, 3] = True

    picture = png.classes(family, starts, scan)

    assert [len(np.unique(picture[:4, 4 * i : 4 * i + 4])) for i in range(5)] == [2, 2, 2, 2, 1]


def test_showing_many_moments_makes_no_widgets() -> None:
    """Fifty updates, one figure: the number of widgets stays, and close takes them all."""
    before = len(_instances)
    world, view = World(), HeapMap()
    view.update(world.snapshot())
    built = len(_instances)

    for _ in range(50):
        world.malloc(8192)
        view.update(world.snapshot())

    assert len(_instances) == built
    view.close()
    assert len(_instances) == before


def test_a_click_picks_the_span_under_it() -> None:
    """A click on the fourth page picks the span there; one on an idle page picks nothing."""
    world, view = World(), HeapMap()
    for _ in range(8):
        world.malloc(8192)
    snapshot = world.snapshot()
    view.update(snapshot)

    view._clicked(None, {"data": {"click_x": 3.4, "click_y": 63.6}})
    picked = view.host.pick
    view._clicked(None, {"data": {"click_x": 90.0, "click_y": 20.0}})

    assert picked == snapshot.spans.id[snapshot.spans.at_page(3)]
    assert view.host.pick == picked


def test_a_click_beside_every_span_says_what_the_page_is() -> None:
    """Page 9 is in P0's page cache, page 100 is idle, page 5 090 not mapped; the next moment says nothing of it."""
    world, view = World(), HeapMap()
    for _ in range(8):
        world.malloc(8192)
    view.update(world.snapshot())
    said = []

    for x, y in ((9.5, 63.5), (100.5, 63.5), (98.5, 24.5)):
        view._clicked(None, {"data": {"click_x": x, "click_y": y}})
        said.append(view.summary.replace("\u202f", " "))
    world.malloc(8)
    view.update(world.snapshot())

    assert "page 9: in a page cache" in said[0]
    assert "page 100: idle" in said[1]
    assert "page 5 090: reserved, not mapped" in said[2]
    assert "page 5" not in view.summary


def test_sixteen_arenas_are_one_frame() -> None:
    """A gigabyte in 16 arenas: all are listed and the last can be shown large."""
    world = World()
    for _ in range(15):
        world.malloc(64 << 20)
    world.malloc(60 << 20)
    view = HeapMap()
    view.update(world.snapshot())

    view.show_arena(15)

    assert view.last is not None
    assert len(view.last.smalls) == 16
    assert view.last.arena == 15
    view.close()


def collected_counts(world: World) -> tuple[int, ...]:
    """Return the pages by the collector's state: swept, no mark so far, has marks, unswept, unswept without a mark."""
    return frame(world.snapshot(), mode="collection").states


def test_the_collection_mode_follows_a_cycle() -> None:
    """Two spans of one page, one object each: swept, then unmarked, then marked or dead, then swept or idle again."""
    world = World()
    kept, dropped = world.malloc(24), world.malloc(48)
    world.drop(dropped)
    seen = [collected_counts(world)]
    world.gc_start()
    seen.append(collected_counts(world))
    world.mark_all()
    seen.append(collected_counts(world))
    world.mark_done()
    world.sweep_all()
    seen.append(collected_counts(world))

    assert kept != dropped
    assert seen == [(2, 0, 0, 0, 0), (0, 2, 0, 0, 0), (0, 1, 1, 0, 0), (1, 0, 0, 0, 0)]


def test_an_unswept_span_without_a_mark_is_told_from_one_with_marks() -> None:
    """Marking ended and nothing is swept: one page will keep its span, the other goes back."""
    world = World()
    world.malloc(24)
    world.drop(world.malloc(48))
    world.read_mem_stats()
    world.gc_start()
    world.mark_all()
    world.mark_done()

    assert collected_counts(world) == (0, 0, 0, 1, 1)


def test_every_state_of_the_collector_looks_different() -> None:
    """Five tiles, no two alike, and none of them idle; colours are not the only difference in hue alone."""
    states = np.arange(5, dtype=np.uint8)[None, :]
    picture = png.collection(np.full((1, 5), 2, np.uint8), np.zeros((1, 5), bool), states)

    tiles = {picture[:, 4 * i : 4 * i + 4].tobytes() for i in range(5)}

    assert len(tiles) == 5
    assert all(set(tile) != {IDLE} for tile in tiles)


def test_the_legend_of_the_collection_counts_pages() -> None:
    """Each state with its number of pages."""
    world = World()
    world.malloc(24)
    view = HeapMap(mode="collection")
    view.update(world.snapshot())

    assert "swept, or no cycle yet <b>1</b>" in view.legend.value
    view.close()
