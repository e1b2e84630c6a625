"""Worlds that go through collections, as lesson 07 tells of them."""

from gomemlab.checks import cycles
from gomemlab.runtime.gcinfo import BLACK, GREY, WHITE


def test_an_object_goes_from_white_through_grey_to_black() -> None:
    """Seven of the tree's eight objects do, in their order; the eighth stays white and is freed."""
    timeline = cycles.tree()
    timeline.do(cycles.GCStart())
    start = len(timeline)
    cycles.to_the_end(timeline)
    seen: dict[int, list[str]] = {}
    for tick in range(start, len(timeline) + 1):
        gc = timeline.snapshot(tick).gc
        for one in gc.objects if gc.marking else ():
            colours = seen.setdefault(one.number, [])
            if colours[-1:] != [one.colour]:
                colours.append(one.colour)

    assert {number: colours for number, colours in seen.items() if number < 8} == {
        number: [WHITE, GREY, BLACK] for number in range(1, 8)
    }
    assert seen[8] == [WHITE]
    assert [one.freed for one in cycles.objects(timeline)] == [False] * 7 + [True]


def test_grey_objects_lie_on_a_pile() -> None:
    """The last pointer of an object is followed first, to its end."""
    assert cycles.order() == (1, 3, 7, 6, 2, 5, 4)


def test_five_are_white_half_way_and_one_of_them_is_dead() -> None:
    """When object 1 has been scanned."""
    assert cycles.half_way() == (5, 1)


def test_the_small_ring_lives_by_one_pointer() -> None:
    """As real Go frees 1000 objects of 72 KiB in a ring: here five, in the model."""
    timeline = cycles.ring()
    for to_drop in (False, True):
        if to_drop:
            timeline.do(cycles.Assign(cycles.FIRST, None))
        timeline.do(cycles.GCStart())
        cycles.to_the_end(timeline)

        assert [one.freed for one in cycles.objects(timeline)] == [to_drop] * 5


def test_a_large_ring_takes_nine_pages_an_object_and_leaves_nothing() -> None:
    """73 728 B each, 72 000 KiB in all: what a real program showed."""
    assert cycles.ring_bytes() == (73_728, 73_728_000, 0)


def test_survivors_keep_their_addresses_and_gaps_are_filled() -> None:
    """Four of eight live, and four new objects get the addresses of the dead."""
    rows = cycles.moved()

    assert [before for _, before, after, fate in rows if fate == "lives"] == [
        after for _, _, after, fate in rows if fate == "lives"
    ]
    assert sorted(before for _, before, _, fate in rows if fate == "freed") == sorted(
        after for _, _, after, fate in rows if fate == "made afterwards"
    )


def test_an_old_object_is_scanned_in_every_cycle() -> None:
    """Ten times a thousand."""
    assert cycles.old_tree() == [(number, 1000, 0) for number in range(1, 11)]


def test_the_cycle_that_is_shown_has_two_stops_and_a_background_sweep() -> None:
    """It is over at its end, and one object of four died in it."""
    timeline = cycles.one_cycle()
    gc = timeline.world.snapshot().gc

    assert (gc.cycle, gc.stops, gc.sweep.done, gc.marking) == (1, 2, True, False)
    assert [one.number for one in gc.objects if one.freed] == [4]
