"""The object graph: what is drawn where, and what it says."""

import re

import pytest

from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.phase import GCPhase
from gomemlab.runtime.gc.roots import Field, Global, StackSlot
from gomemlab.runtime.gcinfo import BLACK, GREY, WHITE, FrameInfo, GCInfo, GlobalInfo, ObjectInfo, StackInfo
from gomemlab.runtime.world import World
from gomemlab.views.base import under
from gomemlab.views.object_graph import ObjectGraph
from gomemlab.views.object_graph_events import Happened
from gomemlab.views.object_graph_facts import Graph
from gomemlab.views.object_graph_frame import FREED, HIDDEN, LOST, Frame, Pick, frame
from gomemlab.views.object_graph_layout import MOST, TIERS
from gomemlab.views.object_graph_svg import picture


def at(number: int) -> int:
    """Return the address of an object of these tests."""
    return 0xC000010000 + 64 * number if number else 0


def obj(number: int, *to: int, colour: str = WHITE, freed: bool = False) -> ObjectInfo:
    """Return an object that points to others by their numbers."""
    return ObjectInfo(number, at(number), 3, number, 64, tuple(map(at, to)), colour, freed)


def stack(*to: int, g: int = 1, scanned: bool = False) -> StackInfo:
    """Return a stack with one frame."""
    return StackInfo(g, (FrameInfo("main.f", tuple(map(at, to))),), scanned)


def moment(*objects: ObjectInfo, **more: object) -> GCInfo:
    """Return a moment at which a cycle marks, with 1 on G1's stack."""
    return GCInfo(phase=GCPhase.MARK, objects=objects)._replace(**({"stacks": (stack(1),)} | more))


def chain(length: int) -> GCInfo:
    """Return a list of objects, each pointing to the next."""
    return moment(*(obj(n, n + 1 if n < length else 0) for n in range(1, length + 1)))


def tree(size: int) -> GCInfo:
    """Return a binary tree."""
    return moment(*(obj(n, *(k for k in (2 * n, 2 * n + 1) if k <= size)) for n in range(1, size + 1)))


def kinds(drawn: Frame) -> list[str]:
    """Return the kinds of all arrows."""
    return sorted(edge.kind for edge in drawn.edges)


def test_objects_stand_in_columns_by_their_distance_from_the_roots() -> None:
    """1 beside the stack, 2 right of it, 3 right of that."""
    drawn = frame(chain(3))

    assert [node.x for node in drawn.nodes] == [292, 388, 484]
    assert len({node.y for node in drawn.nodes}) == 1


def test_a_small_tree_is_drawn_as_a_tree() -> None:
    """Seven objects: one, two and four in a column, and its four leaves have a row each."""
    spots = frame(tree(7)).spots

    columns = [spots[number][0] for number in range(1, 8)]
    assert columns == [columns[0], *[columns[1]] * 2, *[columns[3]] * 4]
    assert columns[0] < columns[1] < columns[3]
    assert [spots[number][1] for number in (4, 5, 6, 7)] == sorted({spots[number][1] for number in (4, 5, 6, 7)})


@pytest.mark.parametrize("size", [1, 14, 15, 40, 41, 200])
def test_no_two_objects_share_a_place(size: int) -> None:
    """On each grid, also when it is full."""
    drawn = frame(tree(size))
    spots = set(drawn.spots.values())

    assert len(spots) == size
    assert all(y + drawn.shape.radius + 27 <= drawn.height for _, y in spots)


def test_objects_keep_their_places_when_the_graph_changes() -> None:
    """Another object, another pointer: the ten that were there stay."""
    before = frame(tree(10))
    changed = moment(*tree(10).objects[:-1], obj(10, 11, 1), obj(11))

    after = frame(changed, kept=before.spots, tier=before.tier)

    assert {n: spot for n, spot in after.spots.items() if n <= 10} == before.spots
    assert 11 in after.spots


def test_the_grid_gets_finer_but_never_coarser() -> None:
    """Fifteen objects need the second grid; with one left it stays."""
    fine = frame(tree(15))

    assert (fine.tier, frame(tree(1), kept=fine.spots, tier=fine.tier).tier) == (1, 1)


def test_of_more_objects_two_hundred_are_drawn() -> None:
    """Of 207 seven are counted."""
    drawn = frame(chain(MOST + 7))

    assert (len(drawn.nodes), drawn.undrawn) == (MOST, 7)


def test_the_same_moment_gives_the_same_picture() -> None:
    """Drawn again from where everything stands."""
    first = frame(tree(30))

    assert picture(frame(tree(30), kept=first.spots, tier=first.tier)) == picture(first)


def test_a_pointer_into_an_object_leads_to_the_object() -> None:
    """16 bytes behind its start; one byte behind its end leads nowhere."""
    graph = Graph(moment(obj(1), obj(3)))

    assert graph.name(at(1) + 16) == "1"
    assert graph.find(at(1) + 64) is None
    assert graph.name(0) == "nil"


def test_an_object_that_marking_would_miss_is_hidden_and_the_sentence_says_why() -> None:
    """A scanned stack points to 2, and nothing grey does."""
    gc = moment(obj(1, colour=BLACK), obj(2), stacks=(stack(1, 2, scanned=True),), lost=(at(2),))

    drawn = frame(gc)

    assert [node.mark for node in drawn.nodes] == ["", HIDDEN]
    assert "2 is hidden" in drawn.said
    assert "G1’s scanned stack points to it" in drawn.said
    assert kinds(drawn) == ["only", "plain"]
    assert "! HIDDEN" in picture(drawn)


def test_an_object_that_was_freed_in_use_is_lost_and_its_pointer_dangles() -> None:
    """After the cycle: ✕ LOST, a dashed arrow, and what happened in words."""
    gc = moment(obj(1), obj(2, freed=True), stacks=(stack(1, 2),), lost=(at(2),), dangling=(StackSlot(1, 1),))

    drawn = frame(gc._replace(phase=GCPhase.OFF))

    assert [node.mark for node in drawn.nodes] == ["", LOST]
    assert "2 is lost" in drawn.said
    assert "was freed" in drawn.said
    assert kinds(drawn) == ["dangling", "plain"]
    assert "✕ LOST" in picture(drawn)


def test_a_freed_object_is_drawn_only_while_something_points_to_it() -> None:
    """2 is still in a slot of 1; 3 is gone."""
    drawn = frame(moment(obj(1, 2), obj(2, freed=True), obj(3, freed=True)))

    assert [(node.number, node.mark) for node in drawn.nodes] == [(1, ""), (2, FREED)]


def test_a_slot_that_was_freed_and_given_away_again_shows_the_new_object() -> None:
    """Two objects at one address: the pointer leads to the younger."""
    old, new = obj(2, freed=True), obj(2)._replace(number=7)

    assert Graph(moment(obj(1, 2), old, new)).find(at(2)) == new


def test_the_start_of_a_slot_leads_to_the_object_behind_its_header() -> None:
    """Objects of 1 KiB with pointers begin 8 B into their slots; the worker scans slots, the picture shows objects."""
    world = World(slots=3)
    addresses = [world.new(2, 1016, StackSlot(1, i)) for i in range(3)]
    graph = Graph(world.snapshot().gc)

    named = [[graph.name(address + offset) for offset in (-8, 0, 8, 1008)] for address in addresses]

    assert named == [["1", "1", "1", "1"], ["2", "2", "2", "2"], ["3", "3", "3", "3"]]


def test_what_comes_next_stands_beside_the_number() -> None:
    """The queue's first and second, one in a barrier buffer, one whose span waits."""
    objects = obj(1, colour=GREY), obj(2, colour=GREY), obj(3), obj(4, colour=GREY)._replace(span=9)
    gc = moment(*objects, queue=(at(2), at(1)), wbbuf=((0, at(3)),), span_queue=(9,))

    assert [node.note for node in frame(gc).nodes] == ["2nd", "next", "buffered", "span 9"]


def test_written_and_erased_pointers_of_a_step_are_shown() -> None:
    """1.slot[0] went from 2 to 3; 3 was shaded."""
    happened = Happened(frozenset({Field(at(1), 0)}), ((Field(at(1), 0), at(2)),), frozenset({at(3)}))

    drawn = frame(moment(obj(1, 3), obj(2), obj(3)), happened)

    assert kinds(drawn) == ["erased", "plain", "written"]
    assert [node.flash for node in drawn.nodes] == [False, False, True]
    assert "Shaded in this step: 3." in drawn.said
    assert picture(drawn).count("gm-flash") == 1


def test_what_the_program_cannot_reach_is_marked_without_colour() -> None:
    """Nothing points to 2: its outline is dotted."""
    drawn = frame(moment(obj(1), obj(2, 1)))

    assert [node.used for node in drawn.nodes] == [True, False]
    assert picture(drawn).count("unused") == 1


def test_a_chosen_object_shows_its_slots_and_a_picked_one_is_lit() -> None:
    """1.slot[1] of two."""
    drawn = frame(moment(obj(1, 0, 2), obj(2)), pick=Pick(Field(at(1), 1), 1))

    assert [(chip.name, chip.value) for chip in drawn.chips] == [("[0]", "nil"), ("[1]", "2")]
    assert drawn.picked_name == "1.slot[1]"
    assert picture(drawn).count('class="slot on"') == 1


def test_a_picked_place_that_is_gone_is_picked_no_longer() -> None:
    """The frame with slot 3 returned."""
    assert frame(moment(obj(1)), pick=Pick(StackSlot(1, 3))).picked is None


def test_arrows_go_around_what_stands_in_their_way() -> None:
    """1 points to 2 and, past it, to 3."""
    drawn = frame(moment(obj(1, 2, 3), obj(2), obj(3)), kept={1: (296, 134), 2: (408, 134), 3: (520, 134)})

    assert sorted("Q" in edge.line for edge in drawn.edges) == [False, False, True]


def test_an_object_may_point_to_itself() -> None:
    """An arrow that goes round."""
    drawn = frame(moment(obj(1, 1)))

    assert any("C" in edge.line for edge in drawn.edges)


def test_deep_stacks_show_their_newest_slots_and_say_how_many_more() -> None:
    """Of a hundred slots, as many as fit."""
    group = frame(moment(obj(1), stacks=(stack(*[1] * 100),))).groups[0]

    assert group.more == 100 - len(group.rows)
    assert group.rows[-1].name == "main.f[99]"
    assert group.more > 0


def test_many_stacks_make_the_picture_higher() -> None:
    """Forty goroutines with a slot each."""
    drawn = frame(moment(obj(1), stacks=tuple(stack(1, g=g) for g in range(1, 41))))

    last = drawn.groups[-1].rows[-1]
    assert drawn.height >= last.y + 9


def test_texts_carry_every_colour_as_a_letter() -> None:
    """W, G and B."""
    gc = moment(obj(1, colour=BLACK), obj(2, colour=GREY), obj(3), globals=(GlobalInfo("v", at(2)),))

    drawn = picture(frame(gc))

    for letter in "WGB":
        assert f">{letter}</text>" in drawn
    assert "id=" not in drawn


def test_between_marking_and_sweeping_white_is_dead() -> None:
    """Of two objects with a span each one is dead; it is drawn until its span is swept."""
    world = World(marker="classic")
    for place in (StackSlot(1, 0), StackSlot(1, 1)):
        world.new(1, 40_000, into=place)
    world.assign(StackSlot(1, 1), None)
    world.gc_start()
    world.mark_all()
    world.mark_done()

    before = frame(world.snapshot().gc)
    world.sweep_all()
    after = frame(world.snapshot().gc)

    assert before.said == "Marking is over: what is white and unreachable is dead, and 2 spans wait to be swept."
    assert [(node.number, node.colour) for node in before.nodes] == [(1, BLACK), (2, WHITE)]
    assert after.said == "No cycle marks now: 1 object, all reachable."


def test_an_empty_world_says_what_fills_it() -> None:
    """No objects."""
    assert "No objects yet" in frame(GCInfo()).said


def test_no_text_is_smaller_than_eleven_pixels() -> None:
    """The style sheet is the only place that gives sizes."""
    sizes = [float(size) for size in re.findall(r"font-size[:=]\"?(\d+)", picture(frame(tree(200))))]

    assert all(size >= 11 for size in sizes)


def test_a_world_is_drawn_and_a_dragged_object_stays_where_it_was_put() -> None:
    """Two objects, one moved, then one more made."""
    world = World(goroutines=2)
    first = world.new(2, into=StackSlot(1, 0))
    world.new(1, into=Field(first, 0))
    view = ObjectGraph()
    view.update(world.snapshot())

    view.move(2, 600.0, 300.0)
    world.new(0, 16, into=Field(first, 1))
    view.update(world.snapshot())

    assert view.last is not None
    assert view.last.spots[2] == (600.0, 300.0)
    assert sorted(view.last.spots) == [1, 2, 3]
    view.close()


def test_arrows_follow_an_object_while_it_is_dragged() -> None:
    """The picture changes with the mouse, the touch layer does not; back at its old place, all is as before."""
    world = World()
    first = world.new(1, into=Global(0))
    world.new(1, into=Field(first, 0))
    view = ObjectGraph()
    view.update(world.snapshot())
    assert view.last is not None
    (x, y), drawn, touched = view.last.spots[2], view.drawing.value, list(view.balls.x)

    view._dragged({"index": 1, "point": {"x": 600.0, "y": 300.0}})
    dragged = view.drawing.value
    view._dropped({"index": 1, "point": {"x": x, "y": y}})

    assert 'cx="600.0" cy="300.0"' in dragged
    assert list(view.balls.x) == touched
    assert view.drawing.value == drawn
    view.close()


def test_the_keyboard_chooses_and_moves_an_object() -> None:
    """The menu and the arrows do what click and drag do."""
    world = World()
    world.new(1, into=Global(0))
    view = ObjectGraph()
    view.update(world.snapshot())
    assert view.last is not None
    x, y = view.last.spots[1]

    with pytest.raises(MisuseError, match="no object is chosen"):
        view.nudge(1, 0)
    view.which.value = 1
    view.nudge(1, 0)

    assert view.last.chosen is not None
    assert view.last.spots[1] == (x + TIERS[0].dx / 2, y)
    view.close()


def test_a_repaint_of_the_same_graph_builds_no_widgets() -> None:
    """Ten steps leave as many widgets as one."""
    world = World()
    view = ObjectGraph()
    view.update(world.snapshot())
    before = len(list(under(view.body)))

    for _ in range(10):
        world.new(1, into=Global(0))
        view.update(world.snapshot())

    assert len(list(under(view.body))) == before
    view.close()
