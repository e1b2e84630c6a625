"""The stacks: frames to scale, a move beside the old stack, pointers that keep their height, whence the memory."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from gomemlab.runtime.gc.roots import StackSlot
from gomemlab.runtime.stackinfo import StackSizeInfo
from gomemlab.runtime.world import World
from gomemlab.views import stacks_memory, stacks_svg
from gomemlab.views.base import under
from gomemlab.views.stacks import StacksView, sentence
from gomemlab.views.stacks_facts import ARROWS, ROWS, Frame, Run, frame, guard_of, newest
from gomemlab.views.stacks_svg import HIGH, LINE, TOP, scale_of, spread

G = 2


def pointed(calls: int = 4) -> World:
    """Return a world whose G2 called f with 256 B frames; the last one's first slot points to the first frame's."""
    world = World()
    g = world.go(2)
    for _ in range(calls):
        g.call(256, 2)
    world.point(StackSlot(G, 2 * calls), StackSlot(G, 0))
    return world


def grown() -> World:
    """Return that world in the tick in which the fifth call made the stack grow."""
    world = pointed()
    world.call(G, 2, "f", 256)
    return world


def now(world: World, g: int = G, pick: int = -1) -> Frame:
    """Return the frame of a world."""
    return frame(world.snapshot(), g, pick)


def test_equal_frames_in_a_row_are_one_run() -> None:
    """The first frame of 32 B below 32 B at the top, then four of 256 B."""
    drawn = now(pointed())

    assert drawn.runs == (Run("go f", 32, 1, 32), Run("f", 256, 4, 64))
    assert drawn.stack is not None
    assert (drawn.stack.size, drawn.stack.used, drawn.runs[-1].end) == (2048, 1088, 1088)


def test_a_pointer_keeps_its_distance_from_the_top_when_the_stack_moves() -> None:
    """Slot and target are as far from hi as before; the address is another."""
    before, after = now(pointed()).arrows[0], now(grown()).arrows[0]

    assert (before.name, before.target) == ("f#4[0]", "go f#0[0]")
    assert (before.at, before.to) == (after.at, after.to)
    assert before.value != after.value


def test_growth_is_a_copy_beside_the_old_stack() -> None:
    """2 048 to 4 096 B: what was in use and the return address, one saved frame pointer a call, one pointer."""
    drawn = now(grown())

    assert drawn.move is not None
    assert (drawn.move.old.size, drawn.move.copied, drawn.move.adjusted) == (2048, 1096, 5)
    assert (
        sentence(drawn) == "The stack grew from 2\u202f048 to 4\u202f096 B: 1\u202f096 B copied, 5 pointers adjusted."
    )
    text = stacks_svg.picture(drawn)
    assert "1\u202f096 B copied" in text
    assert text.count("Old stack") == text.count("New stack") == 1
    assert "Old stack" in stacks_svg.picture(now(pointed()))
    assert "New stack" not in stacks_svg.picture(now(pointed()))


def test_shrinking_is_drawn_alike() -> None:
    """After returns a GC halves the stack; the old one stands beside it, twice as high."""
    world = grown()
    for _ in range(5):
        world.ret(G)
    world.gc()

    drawn = now(world)

    assert drawn.move is not None
    assert not drawn.move.grew
    assert (drawn.move.old.size, drawn.stack and drawn.stack.size) == (4096, 2048)
    assert "shrank from 4\u202f096 to 2\u202f048 B" in sentence(drawn)
    assert "it shrank from 4\u202f096 B" in stacks_svg.spoken(drawn)


def test_the_table_of_pointers_tells_old_and_new_address() -> None:
    """The old address is struck out, the distance from the top said once."""
    text = stacks_svg.pointers(now(grown()))

    assert re.search(r"<s>0x[0-9a-f]+</s> → 0x[0-9a-f]+", text)
    assert "64 B below hi" in text
    assert "4 saved frame pointers adjusted" in text
    assert "<s>" not in stacks_svg.pointers(now(pointed()))
    assert "No local of this stack" in stacks_svg.pointers(now(World(), 1))


def test_many_pointers_are_counted() -> None:
    """Of six pointers the newest four are drawn."""
    world = World()
    world.go(6)
    for slot in range(6):
        world.point(StackSlot(G, slot), StackSlot(G, 0))

    drawn = now(world)

    assert len(drawn.arrows) == ARROWS
    assert drawn.more == 2
    assert "2 more such pointers not shown" in stacks_svg.pointers(drawn)


def test_both_stacks_have_one_scale() -> None:
    """The larger one takes the whole height; a place is at the same height in both."""
    drawn = now(grown())
    assert drawn.stack is not None

    scale = scale_of(drawn, drawn.stack)

    assert scale.y(0) == TOP
    assert scale.y(4096) == TOP + HIGH
    assert scale.y(2048) == TOP + HIGH / 2


def test_the_part_in_use_can_be_drawn_large() -> None:
    """64 B of 2 048: 72 % of the height, the rest smaller; the drawing says so."""
    world = World()
    world.go(2)
    large = frame(world.snapshot(), G, zoom=True)
    assert large.stack is not None

    scale = scale_of(large, large.stack)

    assert scale.y(64) == pytest.approx(TOP + 0.72 * HIGH)
    assert scale.y(2048) == TOP + HIGH
    assert "drawn smaller" in stacks_svg.picture(large)
    assert "drawn smaller" not in stacks_svg.picture(frame(world.snapshot(), G))


def test_labels_lie_beside_each_other() -> None:
    """Four places at the foot: each a line from the next, in their order, none far below."""
    foot = float(TOP + HIGH)

    places = spread([TOP, foot - 3, foot - 2, foot])

    assert places[0] == TOP
    assert all(b - a >= LINE for a, b in pairwise(places))
    assert places[-1] <= foot + LINE


def test_a_deep_recursion_is_said_in_one_label() -> None:
    """Three thousand frames of 64 B: one run, one label, and no saved frame pointers drawn."""
    world = World()
    g = world.go(2)
    for _ in range(3000):
        g.call(64)

    drawn = now(world)

    assert drawn.links == ()
    assert "3\u202f000 × f, 64 B" in stacks_svg.picture(drawn)
    assert len(stacks_svg.picture(drawn)) < 20_000


def test_a_huge_stack_is_a_span_of_its_own() -> None:
    """A frame of 100 MB: 128 MiB, one cell in its strip, the last source's line."""
    world = World()
    world.go(2).call(100_000_000)

    drawn = now(world)

    assert drawn.own is not None
    assert [cell.owner for cell in drawn.own.cells] == ["G2"]
    assert (drawn.sources[-1].used, drawn.sources[-1].spans) == (1, 1)
    assert "1, a span each" in stacks_memory.picture(drawn)


def test_the_sources_say_who_has_the_stacks() -> None:
    """A span of 16: G2's one, seven in P0's cache, eight in the pool."""
    drawn = now(pointed())

    assert drawn.sources[0] == (2048, 1, 1, (7,), 8)
    assert drawn.own is not None
    assert [cell.owner for cell in drawn.own.cells].count("P0") == 7
    assert [cell.owner for cell in drawn.own.cells].count("G2") == 1
    assert "1 · 7 · 8   in 1 span of 16" in stacks_memory.picture(drawn)


def test_stacks_of_no_goroutine_count_as_used() -> None:
    """What stackalloc gave, as recordings do, belongs to nobody whom the picture knows."""
    world = World()
    world.stackalloc(4096)

    drawn = frame(world.snapshot(), 1, world.snapshot().spans.id[0])

    assert drawn.sources[1].used == 1
    assert drawn.picked is not None
    assert [cell.owner for cell in drawn.picked.cells].count("?") == 1


def test_a_large_stack_that_waits_for_the_end_of_the_cycle_is_told() -> None:
    """While a cycle marks, the old large stack is kept."""
    world = World()
    g = world.go(2)
    g.call(40_000)
    world.gc_start()
    g.call(80_000)

    assert "waiting for the end of the cycle" in stacks_memory.picture(now(world))


def test_another_stack_span_that_is_picked_is_shown_too() -> None:
    """Picking the span of the old stack shows it below; picking the stack's own span shows nothing twice."""
    world = grown()
    own = now(world).own
    assert own is not None
    other = next(span.span for span in world.snapshot().stacks.spans if span.span != own.span)

    assert now(world, pick=other).picked is not None
    assert now(world, pick=own.span).picked is None
    assert now(world, pick=10_000).picked is None


def test_goroutines_are_listed_few_by_name_many_by_size() -> None:
    """Eight have a line each; a thousand are two sums, which count those that no picture tells of."""
    world = World()
    world.go_many(ROWS - 1)
    few = now(world)
    world.go_many(1200, nbytes=3000)
    many = now(world)

    assert [one.name for one in few.listed] == [f"G{g}" for g in range(1, ROWS + 1)]
    assert [(one.name, one.size, one.stacks) for one in many.listed] == [("", 2048, 8), ("", 4096, 1200)]
    assert "1\u202f208 goroutines, by the size of their stacks" in stacks_memory.picture(many)
    assert "1\u202f200 stacks of 4\u202f096 B" in stacks_memory.spoken(many)


def test_more_sizes_than_lines_are_joined() -> None:
    """Ten sizes: seven lines and one for the larger ones."""
    snapshot = World().snapshot()
    sizes = tuple(StackSizeInfo(2048 << i, 5, 500) for i in range(10))
    drawn = frame(replace(snapshot, stacks=snapshot.stacks._replace(sizes=sizes, living=50)), 1)

    assert len(drawn.listed) == ROWS
    assert (drawn.listed[-1].stacks, drawn.listed[-1].used) == (15, 1500)
    assert "larger ones" in stacks_memory.picture(drawn)


def test_a_goroutine_that_is_not_alive_leaves_the_box() -> None:
    """G9 was never started: both halves say so, and the drawing is as high as ever."""
    drawn = now(World(), 9)

    assert sentence(drawn) == "G9 is not alive at this tick; choose another goroutine."
    assert "is not alive" in stacks_svg.picture(drawn)
    assert "not alive" in stacks_memory.picture(drawn)
    assert f'height="{TOP + HIGH + 20}"' in stacks_svg.picture(drawn)
    assert stacks_svg.pointers(drawn).count("gm-ptrs") == 1


def test_a_stack_that_came_with_the_process_is_in_no_span() -> None:
    """G1 of a fresh world: no strip, and the headline says why."""
    drawn = now(World(), 1)

    assert drawn.own is None
    assert sentence(drawn).endswith("It came with the process, outside this heap.")
    assert "outside this heap until it grows" in stacks_memory.picture(drawn)


def test_without_a_pick_the_view_goes_with_what_happens() -> None:
    """The goroutine of the newest event; in a quiet tick the one of before, or the last there is."""
    world = World()
    world.go(2)
    world.go(2)
    snapshot = world.snapshot()

    assert newest(snapshot.events, snapshot.stacks, 1) == 3
    assert newest((), snapshot.stacks, 2) == 2
    assert newest((), snapshot.stacks, 7) == 3


def test_the_guard_is_928_bytes_above_the_low_end() -> None:
    """Go's stackGuard."""
    stack = now(pointed()).stack

    assert stack is not None
    assert stack.size - guard_of(stack) == 928


def test_clicks_pick_goroutines_and_spans() -> None:
    """A line of the list picks its goroutine, a piece of the strip its span and its goroutine; elsewhere is nothing."""
    world = pointed()
    view = StacksView()
    view.update(world.snapshot())
    found = stacks_memory.targets(view.last) if view.last else []

    view._clicked(next(i for i, at in enumerate(found) if at.g == 1))
    assert view.last is not None
    assert view.last.g == 1
    found = stacks_memory.targets(view.last)
    view._clicked(len(found) + 5)
    view.choose(G)
    found = stacks_memory.targets(view.last)
    view._clicked(next(i for i, at in enumerate(found) if at.span >= 0 and at.g == G))

    assert view.last.g == G
    assert view.host.pick == view.last.own.span  # type: ignore[union-attr]
    assert any("free, in P0's cache" in at.tip for at in found)


def test_frames_travel_in_the_picture_right_after_the_tick_before() -> None:
    """One tick on, the copied frames come from the old stack; the first picture and one from far away do not."""
    view = StacksView()
    view.update(pointed().snapshot())
    view.host.tick = 1  # type: ignore[misc]
    view.update(grown().snapshot())
    assert "gm-move" in view.left.value

    far = StacksView()
    far.host.tick = 100  # type: ignore[misc]
    far.update(grown().snapshot())
    assert "gm-move" not in far.left.value


def test_the_view_is_one_file_and_closes_whole() -> None:
    """An SVG file has both halves; closing leaves no widget behind."""
    view = StacksView()
    view.redraw()
    view.turn(1)
    view.update(grown().snapshot())

    text = view.svg()
    widgets = list(under(view.body))
    view.close()

    assert "Old stack" in text
    assert "Where stacks come from" in text
    assert view.figures() == []
    assert all(widget.comm is None for widget in widgets)
