"""Heaps of different shapes, marked object by object and by Green Tea."""

import pytest

from gomemlab.checks.shapes import CLASSIC, GREEN_TEA, LISTS, SHAPES, SIZES, Pair, build, pair, random_below, scan
from gomemlab.runtime.errors import MisuseError

N = 100


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [16, 512, 1024])
def test_both_markers_leave_the_same_marks(shape: str, size: int) -> None:
    """Each shape, at the smallest and the largest size of Green Tea, and beyond it."""
    one = pair(shape, size, N)

    assert one.same
    assert one.classic.scanned == one.greentea.scanned
    assert one.classic.each == one.classic.visits.count(1) / max(len(one.classic.visits), 1)


@pytest.mark.parametrize(("shape", "visits"), [("list", 100), ("shuffled", 100), ("array", 2), ("noscan", 1)])
def test_a_list_needs_a_visit_for_each_node_and_a_slice_one_for_each_span(shape: str, visits: int) -> None:
    """The slice itself, then a span of all its objects; objects without pointers are not visited."""
    assert len(pair(shape, 24, N).greentea.visits) == visits


def test_a_tree_is_scanned_level_by_level() -> None:
    """Of 100 nodes in one span: 1, 2, 4, ... and what is left."""
    assert pair("tree", 24, N).greentea.visits == (1, 2, 4, 8, 16, 32, 37)


def test_objects_above_512_bytes_are_scanned_as_ever() -> None:
    """No visit is to a span."""
    tea = pair("graph", 1024, N).greentea

    assert (tea.span_visits, tea.longest) == (0, 0)
    assert tea.alone == len(tea.visits)


def test_lists_that_grow_in_turn_are_scanned_side_by_side() -> None:
    """64 lists of 100 nodes: after the slice of their heads one visit for 64 nodes, one for the rest."""
    assert pair("lists", 48, N).greentea.visits == (1, LISTS, N - LISTS)


def test_a_visit_to_the_same_page_is_no_move() -> None:
    """The nodes of a short list lie in one page; those of a shuffled one, too."""
    assert pair("list", 24, N).classic.moves == 0
    assert pair("shuffled", 512, N).classic.moves > N // 2


def test_survivors_are_one_in_a_hundred() -> None:
    """Of 1000 objects ten live, and the slice that holds them."""
    one = pair("survivors", 48, 1000)

    assert one.greentea.marked == 11
    assert one.n == 1000


def test_nodes_of_mixed_sizes_reach_up_to_the_chosen_one() -> None:
    """The random graph up to 48 B has nodes of 16, 24 and 48 B."""
    sizes = {span.elemsize for span in build("mixed", 48, N).allocator.heap.spans.values()}

    assert {16, 24, 48} <= sizes
    assert max(sizes & set(SIZES)) == 48


def test_spans_on_a_pile_need_more_visits_than_in_line() -> None:
    """What waits gathers."""
    world = build("graph", 48, 1000)

    line, pile = scan(world, GREEN_TEA), scan(world, GREEN_TEA, pile=True)

    assert len(pile.visits) > len(line.visits)
    assert pile.marks == line.marks


def test_a_heap_is_marked_on_a_copy() -> None:
    """The world that was built has no cycle behind it."""
    world = build("tree", 24, N)
    before = world.digest()

    scan(world, CLASSIC)

    assert world.digest() == before


def reached(one: Pair) -> tuple[bool, bool]:
    """Return which of the two goals a heap reaches."""
    return one.gathers, one.gains_nothing


@pytest.mark.slow
def test_there_are_heaps_for_it_and_heaps_against_it() -> None:
    """A slice of pointers gathers hundreds, a list nothing; a few survivors are neither."""
    found = [reached(pair(shape, 24, 10_000)) for shape in ("array", "list", "survivors", "noscan")]

    assert found == [(True, False), (False, True), (False, False), (False, False)]


def test_the_outcome_is_said_in_a_sentence() -> None:
    """As many, or fewer."""
    assert pair("list", 24, N).say() == "Green Tea needed as many visits as it takes object by object: 100."
    assert pair("tree", 24, N).say() == "Green Tea needed 7 visits; object by object it takes 100."


@pytest.mark.parametrize(
    ("shape", "size", "n", "complaint"),
    [
        ("ring", 48, N, "no shape 'ring'; there are: list, shuffled"),
        ("list", 8, N, "give a multiple of 8, 16 to 1024"),
        ("list", 20, N, "give a multiple of 8"),
        ("list", 2048, N, "give a multiple of 8"),
        ("list", 48, 10, "give 64 to 10000"),
        ("list", 48, 10_001, "give 64 to 10000"),
    ],
)
def test_a_heap_that_cannot_be_is_refused(shape: str, size: int, n: int, complaint: str) -> None:
    """With what can be."""
    with pytest.raises(MisuseError, match=complaint):
        pair(shape, size, n)


def test_random_numbers_are_the_same_each_time() -> None:
    """They are those of the recorded Go program: below n, and with one seed."""
    draw, again = random_below(1000), random_below(1000)

    numbers = [next(draw) for _ in range(50)]

    assert numbers == [next(again) for _ in range(50)]
    assert all(0 <= number < 1000 for number in numbers)
    assert len(set(numbers)) > 40
