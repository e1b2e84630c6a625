"""A lesson in the browser, as its tests read it: what a cell shows, a question answered, steps run, a table's row."""

import re
from collections.abc import Callable

from lab_browser import Watched, press
from playwright.sync_api import Locator, expect

Cell = Callable[[str], Locator]
REVEALED = re.compile("what (the model|Go) did")


def opened(watched: Watched, name: str) -> Cell:
    """Open a lesson, run all of it, and return a function that finds what the cell with some words shows."""
    watched.page.set_viewport_size({"width": 1400, "height": 1000})
    watched.open(name)
    watched.run_all()

    def cell(words: str) -> Locator:
        source = watched.page.locator(".jp-InputArea", has_text=words)
        shown = watched.page.locator(".jp-CodeCell").filter(has=source).locator(".jp-OutputArea-output").last
        shown.scroll_into_view_if_needed()
        return shown

    return cell


def answered(cell: Locator, words: str) -> Locator:
    """Lock in the answer that has these words, and return the cell."""
    cell.locator(".widget-toggle-button", has_text=words).click()
    cell.get_by_role("button", name="Lock in").click()
    cell.get_by_text(REVEALED).first.wait_for()
    return cell


def run_steps(cell: Locator, steps: int, words: str) -> None:
    """Run so many steps, each when the one before is on the screen, and wait until a view says these words."""
    tick = cell.locator(".gm-tick input")
    for _ in range(steps):
        now = int(tick.input_value())
        press(cell, "Run step")
        expect(tick).to_have_value(str(now + 1))
    expect(cell).to_contain_text(words)


def row(cell: Locator, first: str) -> list[str]:
    """Return the cells of a table's row, thousands joined."""
    found = cell.locator("tr", has=cell.page.get_by_role("cell", name=first, exact=True))
    return [text.replace("\u202f", "") for text in found.locator("td").all_inner_texts()]
