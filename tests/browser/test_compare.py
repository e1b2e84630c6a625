"""Compare in a real browser: keys and buttons move both histories, the table can be copied, nothing is cut off."""

from collections.abc import Iterator

import pytest
from lab_browser import Watched, fill, press, write_notebook
from playwright.sync_api import Locator, expect

CELL = 'import gomemlab\ngomemlab.Compare("pooled / not pooled", n=300)'
WIDTHS = {712: 880, 880: 1050, 1180: 1400}  # of an output, at least so wide, and of the window that gives it


@pytest.fixture(scope="module")
def notebook(watched: Watched) -> Watched:
    """Open a notebook with a comparison."""
    write_notebook(watched.server.folder / "compare.ipynb", CELL)
    watched.page.set_viewport_size({"width": 1400, "height": 1200})
    watched.open("compare.ipynb")
    return watched


@pytest.fixture
def panel(notebook: Watched) -> Iterator[Locator]:
    """Run the cell anew and return the panel."""
    notebook.run_all()
    root = notebook.page.locator(".jp-OutputArea-output .gm").first
    root.locator(".gm-cmp td").first.wait_for()
    root.locator(".gm-plot .curve").first.wait_for(state="attached")
    yield root
    assert notebook.failed_cells() == []


def go(panel: Locator, place: int) -> None:
    """Type a place."""
    fill(panel, "gm-tick", place)


def head(panel: Locator) -> Locator:
    """Return the headline of the lines and the table."""
    return panel.locator(".gm-head", has_text="Compare")


def cells(panel: Locator, name: str) -> list[str]:
    """Return the numbers of a row of the table, with plain spaces."""
    row = panel.locator(f'.gm-cmp tr:has(th:text-is("{name}"))')
    return [" ".join(text.split()) for text in row.locator("td").all_inner_texts()]


def test_keys_move_both(notebook: Watched, panel: Locator) -> None:
    """Typing 100, then an arrow key on the scrubber: 100 and 101 Gets of the pool, on both sides."""
    go(panel, 100)
    expect(head(panel)).to_contain_text("after 100 of 300 requests")
    before = cells(panel, "pool Gets")

    panel.locator(".gm-scrub .noUi-handle").focus()
    notebook.page.keyboard.press("ArrowRight")

    expect(head(panel)).to_contain_text("after 101 of 300 requests")
    assert before[:2] == ["100", "0"]
    assert cells(panel, "pool Gets")[:2] == ["101", "0"]
    assert cells(panel, "Mallocs")[2:] == ["306", "600", "1.96×"]


def test_playing_goes_on_by_itself(panel: Locator) -> None:
    """From 0 one press of play moves the line until the next press."""
    go(panel, 0)
    expect(head(panel)).to_contain_text("after 0 of 300 requests")
    play = panel.get_by_title("play to the end, or pause")

    play.click()
    expect(head(panel)).not_to_contain_text("after 0 of 300 requests")
    play.click()

    expect(panel.locator(".gm-plot .curve")).to_have_count(3)


def test_the_axis_can_be_ticks(panel: Locator) -> None:
    """Pressed, tick names the axis, the field and the headline."""
    press(panel, "tick")

    expect(head(panel)).to_contain_text("ticks, HeapAlloc")
    expect(panel.locator(".gm-transport")).to_contain_text("tick")
    expect(panel.locator(".gm-plot")).to_contain_text("ticks")


def test_the_table_can_be_copied_as_markdown(panel: Locator) -> None:
    """The button opens a field with the table; pressed again, it closes it."""
    press = panel.get_by_role("button", name="Markdown")

    press.click()

    field = panel.locator("textarea")
    expect(field).to_be_visible()
    assert field.input_value().splitlines()[:2] == ["|  | pooled | not pooled | b / a |", "|---|--:|--:|--:|"]
    press.click()
    expect(field).to_be_hidden()


def test_both_show_the_same_view(notebook: Watched, panel: Locator) -> None:
    """A ledger of each, beside one another; going to 50 moves both."""
    panel.locator(".gm-cmprow select").select_option(label="ledger")
    halves = panel.locator(".gm-half")
    expect(halves).to_have_count(2)
    expect(halves.nth(1).locator(".gm-led").first).to_be_visible()
    before = [half.locator(".gm-led").first.inner_text() for half in halves.all()]

    go(panel, 50)
    expect(head(panel)).to_contain_text("after 50 of 300 requests")
    notebook.settle()

    boxes = [half.bounding_box() for half in halves.all()]
    assert all(
        old != half.locator(".gm-led").first.inner_text() for old, half in zip(before, halves.all(), strict=True)
    )
    assert boxes[0]["y"] == boxes[1]["y"]


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_nothing_is_cut_off(notebook: Watched, panel: Locator, theme: str) -> None:
    """At three widths and in both themes nothing scrolls sideways; in narrow cells one map stands below the other."""
    panel.locator(".gm-cmprow select").select_option(label="heap map")
    expect(panel.locator(".gm-half")).to_have_count(2)
    panel.locator(".gm-half .bqplot").nth(1).wait_for()
    go(panel, 200)
    notebook.theme(theme)
    tops = []
    for least, window in WIDTHS.items():
        notebook.page.set_viewport_size({"width": window, "height": 1200})
        notebook.page.wait_for_function(
            f"() => document.querySelector('.jp-OutputArea-output .gm').clientWidth >= {min(least, 1180)}"
        )
        notebook.settle()
        sizes = panel.evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert sizes[0] <= sizes[1]
        tops.append([half.bounding_box() for half in panel.locator(".gm-half").all()])
        notebook.shot(f"compare_{theme.lower()}_{least}", panel)

    assert [first["y"] < second["y"] for first, second in tops] == [True, True, False]
    notebook.theme("Light")
