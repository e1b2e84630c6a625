"""The panel of lesson 06 in which slots die."""

from collections.abc import Iterator

import pytest

from gomemlab.panels.reuse import EXAMPLES, ReusePanel


@pytest.fixture
def panel() -> Iterator[ReusePanel]:
    """Return the panel with five slots dead."""
    own = ReusePanel()
    yield own
    own.close()


def test_the_panel_opens_with_something_to_look_at(panel: ReusePanel) -> None:
    """The order of reuse in words, in the grid's label and in its cells; four bitmaps."""
    assert "the next 5 requests got slots 5, 9, 70, 71, 100" in panel.head.value
    assert "request 1 got slot 5; request 2 got slot 9" in panel.picture.value
    assert panel.picture.value.count('aria-label="') == 5
    assert "allocBits after the requests: 121 set" in panel.picture.value


def test_other_slots_are_typed_and_given_again(panel: ReusePanel) -> None:
    """A row in words, with a word that is no number left out."""
    panel.field.value = "slots 20, 3"
    panel.button.click()

    assert panel.run is not None
    assert panel.run.given == (3, 20)
    assert "slot 3: died, and was given to request 1" in panel.picture.value


def test_an_example_is_one_press(panel: ReusePanel) -> None:
    """The second: four slots at the front."""
    panel.examples[1].click()

    assert panel.field.value == EXAMPLES[1]
    assert panel.run is not None
    assert panel.run.freeindex == (1, 2, 3, 4)


@pytest.mark.parametrize(
    "text", ["", "-3", "abc", "126", "5, 5", "1 KiB", "x" * 300, ", ".join(map(str, range(126))), "1e3"]
)
def test_whatever_is_no_row_of_slots_is_told_what_is(panel: ReusePanel, text: str) -> None:
    """The picture of before stays, and the words say whose it is."""
    picture = panel.picture.value

    panel.place(text)

    assert 'role="alert"' in panel.head.value
    assert "from 0 to 125, such as 5, 9, 70, 71, 100" in panel.head.value
    assert f"The picture is still that of {EXAMPLES[0]}." in panel.head.value
    assert panel.picture.value == picture
