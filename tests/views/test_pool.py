"""The pool's view: who has what, which way a Get went, what a cycle drops, what stale items keep alive."""

import re
from collections.abc import Iterable
from itertools import pairwise

import pytest

from gomemlab.runtime.gc.roots import Field
from gomemlab.runtime.pooling import PoolHandle
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.runtime.world import World
from gomemlab.views import pool_layout
from gomemlab.views.base import under
from gomemlab.views.pool import Frame, PoolView, frame
from gomemlab.views.pool_facts import Ring, Row
from gomemlab.views.pool_layout import LOCAL, VICTIM, WIDTH, ends, frames, height, in_side, in_strip, wide
from gomemlab.views.pool_words import next_gets


def filled(procs: int = 2, **how: object) -> tuple[World, PoolHandle]:
    """Return the world of the mock-up: items 1 to 10 lived through a cycle, P1 has put 11 to 13, P0 got nothing yet."""
    world = World(procs=procs)
    pool = world.pool(**how)  # type: ignore[arg-type]
    for i in range(1, 11):
        pool.put(f"item {i}")
    world.gc()
    for i in range(11, 14):
        pool.put(f"item {i}", p=procs - 1)
    return world, pool


def shown(world: World, chosen: int = 0, pick: int = 0, before: Snapshot | None = None) -> Frame:
    """Return the frame of a world's first pool."""
    return frame(world.snapshot(), 1, chosen, pick, before)


def numbers(items: Iterable[object]) -> list[int]:
    """Return the numbers of items, or of blocks."""
    return [getattr(one, "item", one).number for one in items]  # type: ignore[attr-defined]


def states(of: Frame) -> list[tuple[str, str]]:
    """Return the steps of a frame."""
    return [(step.state, step.words) for step in of.deed.steps]


def drawn(view: PoolView) -> str:
    """Return both columns."""
    return f"{view.drawings[0].value}{view.drawings[1].value}"


def test_each_p_has_private_and_shared_and_so_has_the_victim() -> None:
    """P0's ten are the victim: 1 private, 10 in a ring of 16, 9 to 2 in one of 8; P1 has 11, and 13 before 12."""
    world, _ = filled()

    now = shown(world)

    old = now.victim.rows[0]
    assert old.private is not None
    assert old.private.number == 1
    assert [(ring.size, numbers(ring.front)) for ring in old.rings] == [(16, [10]), (8, [9, 8, 7, 6, 5, 4, 3, 2])]
    assert numbers(now.local.rows[1].rings[0].front) == [13, 12]
    assert (now.local.total, now.victim.total) == (3, 10)


def test_a_get_says_where_it_looked_and_what_it_found() -> None:
    """P0 has nothing of its own: it steals 12 from the tail of P1, before it looks into the victim."""
    world, pool = filled()
    assert pool.get() == "item 12"

    now = shown(world)

    assert now.deed.sentence == "P0 Get returned 12, stolen from the tail of P1: other Ps come before the victim."
    assert states(now) == [
        ("passed", "own private: empty"),
        ("passed", "own shared: empty"),
        ("done", "steal from the tail of P1’s shared: 12"),
        ("", "victim"),
        ("", "New"),
    ]
    assert numbers(now.out) == [12]
    assert [(cell.number, cell.now) for cell in now.counts.counters][2] == ("1", True)


def test_the_next_gets_are_foretold() -> None:
    """13, then the victim from its private on, then nil; Gets agree."""
    world, pool = filled()
    pool.get()

    said = next_gets(world.snapshot().pools[0], 0)

    assert said == "13, then 1, 2, 3 … 10, then nil"
    assert [pool.get() for _ in range(12)] == [f"item {i}" for i in (13, *range(1, 11))] + [None]


def test_every_way_of_a_get_has_its_sentence() -> None:
    """Private, own head, a victim's private slot and tail, nothing."""
    world, pool = filled(procs=1)
    said = []
    for _ in range(14):
        pool.get()
        said.append(shown(world).deed.sentence)

    assert said[0] == "P0 Get returned 11, from its private slot, without any atomic operation."
    assert said[1] == "P0 Get returned 13, from the head of its shared chain, the newest there."
    assert said[3] == "P0 Get returned 1, from its private slot of the victim."
    assert said[4] == "P0 Get returned 2, from the tail of P0’s victim."
    assert said[13] == "P0 Get found nothing and there is no New: it returned nil."
    assert states(shown(world))[2:] == [
        ("passed", "no other P to steal from"),
        ("passed", "victim: nothing for P0; now shut"),
        ("done", "no New: nil"),
    ]


def test_new_is_the_last_step() -> None:
    """An empty pool: New makes item 1; the counter says what it makes."""
    world = World()
    world.pool(new=64).get()

    now = shown(world)

    assert now.deed.sentence == "P0 Get found nothing, so New made 1, call 1."
    assert now.counts.counters[4] == ("1", "made by New, objects of 64 B", True)
    assert numbers(now.out) == [1]


def test_a_put_says_where_it_went_and_what_it_grew() -> None:
    """Private first; the second needs a ring of 8, the tenth one of 16."""
    world = World()
    pool = world.pool()
    said = []
    for i in range(10):
        pool.put(i)
        said.append(shown(world).deed.sentence)

    assert said[0] == "P0 Put 1: into its private slot, which was empty."
    assert said[1].endswith("since private was taken. A ring of 8 slots was added.")
    assert said[2] == "P0 Put 3: to the head of its shared chain, since private was taken."
    assert said[9].endswith("A ring of 16 slots was added.")
    pool.put(None)
    assert shown(world).deed.sentence == "P0 Put nil: the pool took no notice."


def test_race_throws_puts_away_and_says_so() -> None:
    """Of forty Puts under -race some are dropped, in a sentence."""
    world = World()
    pool = world.pool(race=True)

    said = []
    for i in range(40):
        pool.put(i)
        said.append(shown(world).deed.sentence)

    assert "P0 Put, and -race threw the item away, as it does with one Put in four." in said
    thrown = sum("threw the item away" in sentence for sentence in said)
    assert shown(world).counts.lines[0].startswith(f"40 Puts ({thrown} thrown away), 0 Gets, 0 GCs")
    assert shown(world).counts.lines[0].endswith("under \u2011race")


def test_a_get_that_gave_nothing_is_counted() -> None:
    """A pool without New: one item, and two Gets."""
    world = World()
    pool = world.pool()
    pool.put("a")
    pool.get()
    pool.get()

    assert shown(world).counts.lines[0].startswith("1 Put, 2 Gets (1 nil), 0 GCs")
    assert shown(world.copy()).counts == shown(world).counts


def test_a_cycle_moves_local_to_the_victim_and_names_what_it_drops() -> None:
    """Ten dropped, three moved."""
    world, _ = filled()
    before = world.snapshot()
    world.gc()

    now = shown(world, before=before)

    assert now.deed.sentence == "A GC began: 10 items dropped, 3 items became the victim."
    assert numbers(now.dropped) == [1, *range(2, 11)]
    assert (now.local.total, now.victim.total) == (0, 3)
    assert [row.there for row in now.local.rows] == [False, False]


def test_a_victim_that_nobody_looks_into_any_more_says_so() -> None:
    """P1's private item of the victim is out of P0's reach; after its Get the victim is shut."""
    world = World(procs=2)
    pool = world.pool()
    pool.put("x", p=1)
    world.gc()
    pool.get()
    view = PoolView()
    view.update(world.snapshot())

    assert view.last is not None
    assert view.last.shut
    assert "! shut:" in drawn(view)
    assert states(view.last)[3] == ("passed", "victim: nothing for P0, 1 private item out of reach; now shut")


def test_more_ps_make_new_shards_and_lose_items() -> None:
    """GOMAXPROCS 2 to 4: a warning; the Put on P3 loses two items; fewer Ps leave a shard behind that is gone."""
    world = World(procs=2)
    pool = world.pool()
    pool.put("a")
    pool.put("b", p=1)
    world.gomaxprocs(4)
    warned = shown(world).deed.sentence
    before = world.snapshot()
    pool.put("c", p=3)

    now = shown(world, before=before)

    assert warned == "GOMAXPROCS is 4: a Put or Get on P2 or later makes new shards, and the old ones’ items get lost."
    assert now.deed.sentence.endswith("The shards were made anew: 2 items of the old ones got lost.")
    assert numbers(now.dropped) == [1, 2]
    world.gomaxprocs(1)
    assert [row.gone for row in shown(world).local.rows] == [False, True, True, True]


def test_a_stale_item_tells_what_it_keeps_alive() -> None:
    """Its field leads to 4 KiB, and that to 32 B more: two objects; reset, it keeps only itself."""
    world = World()
    pool = world.pool(new=64, slots=(0,))
    item = pool.get()
    assert isinstance(item, int)
    first = world.new((0,), 4096, Field(item, 0))
    world.new((0,), 32, Field(first, 0))
    pool.put(item)

    now = shown(world, pick=1)

    assert "is in P0’s private slot" in now.picked.words
    assert "64 B at 0x" in now.picked.words
    assert re.search(r"it keeps <b>2 objects, 4.\d{3} B</b> alive besides itself", now.picked.words)
    assert now.lines[1].startswith("1 waiting item keeps")
    assert now.local.rows[0].private is not None
    assert now.local.rows[0].private.holds
    world.assign(Field(item, 0), None)
    assert "It points to nothing" in shown(world, pick=1).picked.words


def test_a_boxed_slice_shows_its_box() -> None:
    """Put as []byte: the header's copy is told, and the array keeps nothing else alive."""
    world = World()
    pool = world.pool()
    pool.put(world.malloc(1024), boxed=True)

    now = shown(world, pick=1)

    assert "its slice header was copied to 0x" in now.picked.words
    assert now.local.rows[0].private is not None
    assert "in a box of 24 B" in now.local.rows[0].private.tip


@pytest.mark.parametrize("pick", [1, 3])
def test_labels_and_items_that_left_can_be_asked_for(pick: int) -> None:
    """A label has no memory; item 3 is not there."""
    world = World()
    world.pool().put("a")

    words = shown(world, pick=pick).picked.words

    assert words == (
        "<b>Item 1</b> is in P0’s private slot · a, a label without memory"
        if pick == 1
        else "Item 3 is in the pool no more."
    )


@pytest.mark.parametrize(("procs", "rows"), [(1, 1), (2, 2), (8, 8), (64, 8)])
def test_up_to_eight_ps_have_a_row_and_the_rest_is_summed(procs: int, rows: int) -> None:
    """64 Ps: eight rows, among them those with items, and "56 more Ps"."""
    world = World(procs=procs)
    pool = world.pool()
    for i in range(3):
        pool.put(i, p=procs - 1)

    now = shown(world)

    assert len(now.local.rows) == len(now.victim.rows) == rows
    assert now.local.rows[-1].p == procs - 1
    assert now.local.more == ("56 more Ps: no item" if procs == 64 else "")
    assert height(now.local) == height(now.victim)


def test_of_many_busy_ps_those_of_the_step_are_drawn() -> None:
    """All of 64 Ps have two items; P40 steals nothing but gets its own: P40 and the chosen P60 are there."""
    world = World(procs=64)
    pool = world.pool()
    for i in range(128):
        pool.put(i, p=i // 2)
    pool.get(40)

    now = shown(world, chosen=60)

    assert [row.p for row in now.local.rows] == [0, 1, 2, 3, 4, 5, 40, 60]
    assert now.local.more == "56 more Ps: 56 private, 56 shared"


@pytest.mark.parametrize("total", [0, 1, 8, 9, 100, 2500])
def test_whatever_a_chain_has_its_boxes_and_blocks_stay_in_the_column(total: int) -> None:
    """Up to nine rings; no block leaves the column or lies on another, and head and tail are both drawn."""
    world = World()
    pool = world.pool()
    for i in range(total + 1):
        pool.put(i)
    side = shown(world).local

    block = wide(total + 1)
    boxes = frames(side.rows[0], block)
    blocks = list(in_side(side, LOCAL, block))

    assert all(box.x + box.width <= WIDTH for box in boxes)
    spots = sorted(place.x for place in blocks)
    assert all(b - a >= block for a, b in pairwise(spots))
    assert sum(box.ring.total for box in boxes) == total
    assert not total or {2, total + 1} <= set(numbers(blocks))


def test_what_has_no_room_in_a_ring_is_counted() -> None:
    """A box for four blocks: the head, "+ n", the tail."""
    world = World()
    pool = world.pool()
    for i in range(120):
        pool.put(i)
    row = shown(world).local.rows[0]

    box = frames(row, 32)[0]
    told = ends(box, 32)

    assert told.left_out == box.ring.total - len(told.front) - len(told.back)
    assert told.front[0].number == 120
    assert ends(pool_layout.Box(Ring(8, 0, 0, (), (), 0), 0, 150), 26) == ((), 0, ())


def test_a_queue_beyond_what_a_snapshot_lists_begins_with_what_is_listed() -> None:
    """4 000 items: the newest of the largest ring are not listed; the counts are whole."""
    world = World()
    pool = world.pool()
    for i in range(4000):
        pool.put(i)

    now = shown(world)

    assert now.local.total == 4000
    assert now.local.rows[0].rings[0].front == ()
    assert sum(ring.total for ring in now.local.rows[0].rings) == 3999
    assert now.local.rows[0].rings[1].rings == 7


def test_a_long_row_in_use_shows_the_newest() -> None:
    """Forty items with the program: the last of them, and how many more."""
    world = World()
    pool = world.pool(new=64)
    for _ in range(40):
        pool.get()

    blocks, left_out = in_strip(shown(world).out, "hand", 26)

    assert numbers(blocks)[-1] == 40
    assert left_out + len(blocks) == 40
    assert blocks[-1].x + 26 <= WIDTH


def test_items_travel_from_where_the_last_picture_had_them() -> None:
    """A Get: 12 comes from P1's row. A cycle: blocks come from the other column, beside it or above."""
    world, pool = filled()
    view = PoolView()
    view.update(world.snapshot())
    pool.get()
    view.update(world.snapshot())
    got = drawn(view)
    world.gc()
    view.update(world.snapshot())

    assert re.search(r'class="gm-move" style="--dx:calc\([^"]+"><rect[^>]+accent', got)
    assert view.drawings[1].value.count("-610px * var(--gm-beside)") == 2
    view.host.tick = 100  # type: ignore[misc]
    pool.get()
    view.update(world.snapshot())
    assert "gm-move" not in drawn(view)


@pytest.mark.parametrize("gets", range(1, 8))
def test_the_way_of_a_get_is_an_arrow_to_the_item(gets: int) -> None:
    """Private, head, victim: each has its arrow; at the victim it is in the right column."""
    world, pool = filled(procs=1)
    view = PoolView()
    for _ in range(gets):
        pool.get()
    view.update(world.snapshot())

    has = ["stroke-linejoin" in drawing.value for drawing in view.drawings]

    assert has == ([True, False] if gets <= 3 else [False, True])


def test_a_click_picks_an_item_and_its_span_and_the_menu_does_the_same() -> None:
    """The first block of the left column; once more lets it go; a dropped one cannot be picked."""
    world = World()
    pool = world.pool(new=64)
    items = [pool.get(), pool.get()]
    for item in items:
        pool.put(item)
    view = PoolView()
    view.update(world.snapshot())

    view._clicked(0, 0)
    picked = view.number
    view._clicked(0, 0)
    view._clicked(1, 5)
    let_go = view.number
    view.which.value = 2

    assert (picked, let_go, view.number) == (1, 0, 2)
    assert view.host.pick >= 0
    assert "Item 2" in view.told.value
    assert [label for label, _ in view.which.options] == ["no item", "item 1", "item 2"]


def test_buttons_pick_the_next_and_the_previous_item() -> None:
    """From no pick the next is the first, and the previous the last; at the ends it stays; without items, nothing."""
    view = PoolView()
    view.move(1)
    view.update(filled()[0].snapshot())

    seen = []
    for by in (1, 1, -1, -1):
        view.move(by)
        seen.append(view.number)
    view.pick(0)
    view.move(-1)

    assert seen == [1, 2, 1, 1]
    assert view.number == 13


def test_what_was_dropped_cannot_be_picked() -> None:
    """It is drawn crossed out, and gone."""
    world, _ = filled()
    before = world.snapshot()
    world.gc()

    class WithPast(PoolView):
        """A view that knows the moment before."""

        def past(self) -> Snapshot:
            """Return it."""
            return before

    view = WithPast()
    view.update(world.snapshot())
    view._clicked(1, 0)

    assert view.number == 0
    assert "warn-soft" in view.drawings[1].value


def test_without_a_pool_the_view_says_what_fills_it() -> None:
    """The box keeps its height; buttons of the panel say the rest."""
    view = PoolView()
    view.update(World(procs=2).snapshot())

    assert "No pool yet" in view.summary
    assert "gm-empty" in view.drawings[0].value
    assert view.below.value == ""


def test_the_view_follows_the_pool_that_was_used_last() -> None:
    """Two pools: the second one's Put shows it, a malloc changes nothing; a chosen pool stays."""
    world = World()
    first, second = world.pool(), world.pool()
    second.put("b")
    view, chosen = PoolView(), PoolView(pool=1)
    for each in (view, chosen):
        each.update(world.snapshot())
    titles = [view.title(view.last), chosen.title(chosen.last)]
    world.malloc(24)
    view.update(world.snapshot())

    assert titles == ["sync.Pool 2", "sync.Pool 1"]
    assert view.last is not None
    assert view.last.pool == 2
    assert view.last.deed.sentence == "The pool has 1 item, and none in the victim."
    first.put("a")
    assert view.update(world.snapshot())
    assert view.last.pool == 1


def test_a_screen_reader_hears_each_column() -> None:
    """P0: private 1, shared 10 in 16 slots, then 9 8 ... in 8 slots."""
    world, _ = filled()
    view = PoolView()
    view.update(world.snapshot())

    assert "P0: private 1, shared 10 in 16 slots, then 9 8 7 6 5 4 3 2 in 8 slots" in view.drawings[1].value
    assert "local: 3 items; P0: private empty, shared empty; P1: private 11, shared 13 12" in view.drawings[0].value


def test_the_view_is_one_file_and_closes_whole() -> None:
    """An SVG file has both columns and the counters; closing leaves no widget behind."""
    world, _ = filled()
    view = PoolView()
    view.update(world.snapshot())

    text = view.svg()
    widgets = list(under(view.body))
    view.close()

    assert text.count("gm-shard") >= 2
    assert "no New: Get returns nil" in text
    assert view.figures() == []
    assert all(widget.comm is None for widget in widgets)


def test_rows_without_rings_have_no_boxes() -> None:
    """An empty shard."""
    assert frames(Row(0), 26) == []
    assert next(in_side(shown(filled()[0]).victim, VICTIM, 26)).column == 1
