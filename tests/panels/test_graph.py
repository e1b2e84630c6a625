"""The graph's controls: what a goroutine can reach it can store, and nothing else."""

from collections.abc import Iterator

import pytest

from gomemlab.commands import Assign, New, Write
from gomemlab.panels.graph import GraphPanel
from gomemlab.panels.lab import Lab
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.roots import Field, Global, StackSlot
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Return a lab: 1 on G1's stack points to 2, 3 is on G2's stack, 4 in the global."""
    line = Timeline(World(goroutines=2))
    first = line.do(New(2, into=StackSlot(1, 0)))
    assert isinstance(first, int)
    for into, g in ((Field(first, 0), 1), (StackSlot(2, 0), 2), (Global(0), 1)):
        line.do(New(1, into=into, g=g))
    made = Lab(line)
    yield made
    made.close()


@pytest.fixture
def panel(lab: Lab) -> GraphPanel:
    """Return the graph of that lab."""
    return lab.object_graph()


def last(lab: Lab) -> object:
    """Return the newest command."""
    lab.settle()
    return lab.timeline.commands[-1]


def test_the_menus_offer_what_the_goroutine_can_reach(panel: GraphPanel) -> None:
    """G1 reaches 1, 2 and 4; G2 reaches 3 and 4."""
    assert [number for _, number in panel.target.options] == [1, 2, 4]

    panel.g.value = 2

    assert [number for _, number in panel.target.options] == [3, 4]
    assert [words for words, _ in panel.place.options][:2] == ["main.g2[0]", "main.g2[1]"]


def test_write_stores_what_the_row_says(lab: Lab, panel: GraphPanel) -> None:
    """On G1 set 1.slot[1] to 4."""
    first = lab.snapshot.gc.objects[0].address
    panel.place.value = Field(first, 1)
    panel.target.value = 4

    panel.write()

    assert last(lab) == Write(Field(first, 1), lab.snapshot.gc.objects[3].address, 1)


def test_a_slot_and_then_an_object_do_the_same(lab: Lab, panel: GraphPanel) -> None:
    """A click on G2's second slot chooses G2; one on 4 stores it; then nothing is picked."""
    panel.pick(StackSlot(2, 1))
    panel.choose(4)

    assert last(lab) == Write(StackSlot(2, 1), lab.snapshot.gc.objects[3].address, 2)
    assert panel.g.value == 2
    assert panel.pick_.place is None


def test_drop_stores_nil(lab: Lab, panel: GraphPanel) -> None:
    """In the picked slot."""
    panel.pick(Global(0))

    panel.drop()

    assert last(lab) == Assign(Global(0), None, 1)


def test_new_makes_an_object_in_the_chosen_slot(lab: Lab, panel: GraphPanel) -> None:
    """With three pointer slots."""
    panel.pick(StackSlot(1, 1))
    panel.new_slots.value = 3

    panel.new()

    assert last(lab) == New(3, None, StackSlot(1, 1), 1)
    assert len(lab.snapshot.gc.objects[4].slots) == 3


def test_the_row_says_where_a_new_object_goes(panel: GraphPanel) -> None:
    """Into the slot of the row above, or the one that was clicked: what it points to now may die."""
    first = panel.into.value

    panel.pick(Global(0))

    assert (first, panel.into.value) == ("into main.main[0]", "into main.v0")


@pytest.mark.parametrize(
    ("place", "number", "words"), [(Global(0), 3, "cannot reach object 3"), (StackSlot(1, 9), 1, "no pointer leads")]
)
def test_what_cannot_be_reached_is_refused_and_nothing_changes(
    lab: Lab, panel: GraphPanel, place: StackSlot | Global, number: int, words: str
) -> None:
    """G1 stores a pointer that only G2 has, or into a slot that is not there."""
    before = len(lab.timeline)
    panel.pick_ = panel.pick_._replace(place=place)

    with pytest.raises(MisuseError, match=words):
        panel.choose(number)

    assert len(lab.timeline) == before


def test_a_refusal_of_a_button_becomes_the_banner(panel: GraphPanel) -> None:
    """A click on 3, which G1 cannot reach."""
    panel.pick(Global(0))

    panel._on_node(2)

    assert panel.notices is not None
    assert "cannot reach object 3" in panel.notices.banner.words.value


def test_a_world_without_objects_has_nothing_to_point_to() -> None:
    """Write says what is missing; New with a slot works."""
    empty = Lab(World())
    panel = empty.object_graph()

    with pytest.raises(MisuseError, match="make one with New"):
        panel.write()
    panel.new()

    assert [obj.number for obj in empty.snapshot.gc.objects] == [1]
    empty.close()


def test_a_lab_shows_the_views_it_is_asked_for() -> None:
    """Graph and work side by side; an unknown name is refused with those there are."""
    shown = Lab(World(), views=("schedule", "object_graph", "work"))

    shown._repr_mimebundle_()

    assert shown.room is not None
    assert list(shown.room.shown) == ["schedule", "object_graph", "work"]
    with pytest.raises(MisuseError, match="object_graph"):
        Lab(views=("graph",))
    shown.leave(shown.room)
