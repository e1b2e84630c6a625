"""The shapes of lesson 09 in a real browser: pick a heap, read both counts, find what there is to find."""

from collections.abc import Iterator

import pytest
from lab_browser import Watched, press, write_notebook
from playwright.sync_api import Locator, expect

CELL = 'from gomemlab import lesson_09 as lesson\n\nlesson.shapes("graph", 48)'


@pytest.fixture(scope="module")
def notebook(watched: Watched) -> Watched:
    """Open a notebook with the panel in it."""
    write_notebook(watched.server.folder / "shapes.ipynb", CELL)
    watched.page.set_viewport_size({"width": 1400, "height": 1000})
    watched.open("shapes.ipynb")
    return watched


@pytest.fixture
def panel(notebook: Watched) -> Iterator[Locator]:
    """Run the cell anew and return its panel."""
    notebook.run_all()
    root = notebook.page.locator(".jp-OutputArea-output .gm-shapes")
    root.locator(".gm-counts").wait_for()
    yield root
    assert notebook.failed_cells() == []


def choose(panel: Locator, shape: str) -> None:
    """Choose a shape by its title, as the keyboard would."""
    panel.locator("select").select_option(label=shape)


def test_both_goals_are_found(panel: Locator) -> None:
    """A slice of pointers for Green Tea, a list against it; what was found stays, and is named."""
    goals = panel.locator(".gm-goals")
    expect(goals).to_contain_text("○ a heap with a visit for every object")

    choose(panel, "slice of pointers")
    expect(goals).to_contain_text("✓ a heap with less than one visit in a hundred objects: slice of pointers, 48 B")
    choose(panel, "list, shuffled")
    expect(goals).to_contain_text("✓ a heap with a visit for every object: list, shuffled, 48 B")

    expect(panel.locator(".gm-head")).to_contain_text("as many visits as it takes object by object: 10\u202f000")


def test_a_size_is_a_button_and_the_counts_follow(panel: Locator) -> None:
    """At 1024 B no visit is to a span."""
    press(panel, "1024")

    row = panel.locator(".gm-counts tr", has_text="of these to a span")
    expect(row.locator("td")).to_have_text(["of these to a span", "0", "0"])


@pytest.mark.parametrize("width", [1400, 880])
def test_each_plot_stands_below_its_caption(notebook: Watched, panel: Locator, width: int) -> None:
    """Side by side where there is room, one below the other where there is not; nothing leaves the cell."""
    notebook.page.set_viewport_size({"width": width, "height": 1000})
    notebook.settle()

    captions, plots = (
        panel.locator(selector).evaluate_all("all => all.map(e => e.getBoundingClientRect().toJSON())")
        for selector in (".gm-visits .gm-cap", ".gm-visits .bqplot.figure")
    )

    assert len(captions) == len(plots) == 2
    for caption, plot in zip(captions, plots, strict=True):
        assert 0 <= plot["top"] - caption["bottom"] < 40
        assert abs(plot["left"] - caption["left"]) < 40
    assert panel.evaluate("e => e.scrollWidth <= e.clientWidth")
    notebook.shot(f"shapes_{width}", panel)
