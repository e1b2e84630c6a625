"""The panel in which a heap's shape is chosen and marked in two ways."""

from collections.abc import Iterator

import pytest

from gomemlab.panels.shapes import GOALS, ShapesPanel, counts, draw


@pytest.fixture
def panel() -> Iterator[ShapesPanel]:
    """Return a panel on a hundred nodes of a random graph."""
    made = ShapesPanel("graph", 48, 100)
    yield made
    made.close()


def test_a_choice_is_marked_at_once(panel: ShapesPanel) -> None:
    """A list of a hundred nodes takes a hundred visits, with either marker."""
    panel.shape.value = "list"

    assert "as many visits as it takes object by object: 100." in panel.head.value
    assert "each node points to the one made next" in panel.words.value
    assert panel.plots.one.text[0] == "both: 100 visits"


def test_size_and_number_are_chosen_too(panel: ShapesPanel) -> None:
    """1000 nodes of 96 B."""
    panel.size.value = 96
    panel.number.value = 1000

    assert (panel.pair.size, panel.pair.n) == (96, 1000)


def test_what_differs_stands_out(panel: ShapesPanel) -> None:
    """Marks are equal; visits are not."""
    rows = {name: (left, right) for name, left, right in counts(panel.pair)}
    table = draw(panel.pair)

    assert rows["objects marked"][0] == rows["objects marked"][1]
    assert "<tr><td>objects marked" in table
    assert "<tr class=on><td>visits" in table
    assert "Both marked the same" in table


@pytest.mark.slow
def test_a_goal_that_was_reached_stays_reached(panel: ShapesPanel) -> None:
    """A list, then a slice of ten thousand pointers: both are found, and named; the first find counts."""
    assert panel.goals.value.count("○") == len(GOALS)

    panel.shape.value = "list"
    panel.number.value = 10_000
    panel.shape.value = "array"
    panel.shape.value = "shuffled"

    assert panel.found == ["slice of pointers, 48 B", "list, in order, 48 B"]
    assert panel.goals.value.count("✓") == len(GOALS)
    assert "○" not in panel.goals.value
