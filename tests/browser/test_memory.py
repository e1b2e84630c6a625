"""The memory view in a real browser: the experiment with its buttons, the table, two widths, light and dark."""

from collections.abc import Iterator

import pytest
from lab_browser import Watched, press, says, write_notebook
from playwright.sync_api import Locator, expect

CELL = 'import gomemlab\nlab = gomemlab.Lab(views=("memory", "heap_map"))\nlab'
WIDTHS = {712: 880, 1180: 1400}  # of an output, at least so wide, and of the window that gives it


@pytest.fixture(scope="module")
def notebook(watched: Watched) -> Watched:
    """Open a notebook with the view."""
    write_notebook(watched.server.folder / "memory.ipynb", CELL)
    watched.page.set_viewport_size({"width": 1400, "height": 1100})
    watched.open("memory.ipynb")
    return watched


@pytest.fixture
def lab(notebook: Watched) -> Iterator[Locator]:
    """Run the cell anew and return the page of the lab."""
    notebook.run_all()
    root = notebook.page.locator(".jp-OutputArea-output .gm").first
    root.locator(".gm-membar").first.wait_for()
    yield root
    assert notebook.failed_cells() == []


def amount(lab: Locator, level: str) -> Locator:
    """Return the bytes that stand beside a level's name."""
    return lab.locator(f'.gm-memname:has(b:text-is("{level}")) .gm-memsum')


def test_the_experiment_is_done_with_the_buttons(lab: Locator) -> None:
    """64 MiB dropped and collected stay in RSS; FreeOSMemory gives them back; C memory is in RSS alone."""
    press(lab, "allocate")
    expect(amount(lab, "HeapAlloc")).to_have_text("64 MiB")
    expect(amount(lab, "RSS")).to_have_text("66.0 MiB")
    press(lab, "drop all")
    press(lab, "GC")
    expect(amount(lab, "HeapAlloc")).to_have_text("0 B")
    expect(amount(lab, "RSS")).to_have_text("66.0 MiB")
    says(lab, "64 MiB is idle and not given back")

    press(lab, "FreeOSMemory")
    expect(amount(lab, "RSS")).to_have_text("2.0 MiB")
    press(lab, "C.malloc 64 MiB")

    expect(amount(lab, "RSS")).to_have_text("66.0 MiB")
    expect(amount(lab, "Sys")).to_have_text("67.2 MiB")
    says(lab, "C memory, which Go cannot see")


def test_the_keyboard_reaches_every_button_and_the_table(lab: Locator, notebook: Watched) -> None:
    """Allocate with the space bar; the table opens with it, too."""
    allocate = lab.get_by_role("button", name="allocate", exact=True)
    allocate.focus()
    notebook.page.keyboard.press("Space")
    expect(amount(lab, "HeapAlloc")).to_have_text("64 MiB")

    lab.get_by_role("button", name="table", exact=True).focus()
    notebook.page.keyboard.press("Space")

    expect(lab.locator(".gm-memtable")).to_be_visible()
    expect(lab.locator(".gm-memtable caption").first).to_have_text("From RSS to live bytes, account by account")


def test_the_map_shows_pages_that_went_back(lab: Locator) -> None:
    """In the mode "memory" the legend counts them."""
    press(lab, "allocate")
    press(lab, "drop all")
    press(lab, "FreeOSMemory")

    press(lab, "memory")

    expect(lab.locator(".gm-mapleg")).to_contain_text("released: never used, or given back 8\u202f192")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut_off(lab: Locator, notebook: Watched, width: int, theme: str) -> None:
    """At both widths and in both themes the view is as wide as its cell, and no wider."""
    notebook.page.set_viewport_size({"width": WIDTHS[width], "height": 1100})
    notebook.theme(theme)
    press(lab, "allocate")
    press(lab, "C.malloc 64 MiB")
    press(lab, "table")
    expect(amount(lab, "HeapAlloc")).to_have_text("64 MiB")

    wide, needs = lab.evaluate("e => [e.clientWidth, e.scrollWidth]")

    assert wide >= width
    assert needs <= wide
    notebook.shot(f"memory-{width}-{theme.lower()}")
    notebook.theme("Light")
