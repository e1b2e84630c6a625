"""The panel of lesson 16 that takes one gctrace line apart."""

from collections.abc import Iterator

import pytest
from ipywidgets.widgets import widget

from gomemlab.checks.measuring import LINE
from gomemlab.panels.gcline import EXAMPLES, GCLinePanel


@pytest.fixture
def panel() -> Iterator[GCLinePanel]:
    """Return the panel on its first line."""
    own = GCLinePanel()
    yield own
    own.close()


def test_the_panel_opens_with_a_line(panel: GCLinePanel) -> None:
    """That of the service with many goroutines."""
    assert panel.field.value == LINE
    assert "Cycle 30 stopped the world" in panel.head.value
    assert len(panel.last.fields) == 18


def test_examples_are_pressed(panel: GCLinePanel) -> None:
    """Each is a line that can be read."""
    for button in panel.examples:
        button.click()

        assert panel.field.value == EXAMPLES[button.description]
        assert 'role="status"' in panel.head.value
    assert len(panel.last.fields) == 16


def test_a_line_is_typed(panel: GCLinePanel) -> None:
    """With a prefix before it."""
    panel.field.value = "host a[1]: " + LINE.replace("gc 30", "gc 7")

    assert panel.last.fields[0].text == "7"
    assert "Cycle 7 stopped" in panel.head.value


def test_what_is_no_line_leaves_the_picture(panel: GCLinePanel) -> None:
    """And is answered aloud; markup stays text."""
    picture = panel.picture.value

    panel.field.value = "<b>hello</b>"

    assert 'role="alert"' in panel.head.value
    assert "no gctrace line" in panel.head.value
    assert panel.picture.value == picture


def test_closing_leaves_no_widget() -> None:
    """Nor does showing another line make any."""
    before = len(widget._instances)
    panel = GCLinePanel()
    made = len(widget._instances)
    panel.show(EXAMPLES["assists"])

    assert len(widget._instances) == made
    panel.close()
    assert len(widget._instances) == before
