"""What if, in a real browser: a log is pasted, uploaded, refused; slider, keys and the map ask for a setting."""

import gzip
from collections.abc import Iterator

import pytest
from lab_browser import FITS, Watched, drag_slider, fill, press, says, write_notebook
from playwright.sync_api import Locator, expect

from gomemlab.gctrace import shipped

CELL = 'import gomemlab\ngomemlab.WhatIf("night_report")'
WIDTHS = {712: 880, 1180: 1400}  # of an output, at least so wide, and of the window that gives it
SECOND_ROW, THIRD_COLUMN = 1.5, 2.5  # in cells


@pytest.fixture(scope="module")
def notebook(watched: Watched) -> Watched:
    """Open a notebook with a log."""
    write_notebook(watched.server.folder / "whatif.ipynb", CELL)
    watched.page.set_viewport_size({"width": 1400, "height": 1400})
    watched.open("whatif.ipynb")
    return watched


@pytest.fixture
def panel(notebook: Watched) -> Iterator[Locator]:
    """Run the cell anew and return the panel with its map whole."""
    notebook.run_all()
    root = notebook.page.locator(".jp-OutputArea-output .gm").first
    root.locator(".gm-wi-signs .best").wait_for()
    root.locator(".gm-whatif-plots .curve").first.wait_for(state="attached")
    yield root
    assert notebook.failed_cells() == []


def answer(panel: Locator) -> Locator:
    """Return the headline."""
    return panel.locator(".gm-head", has_text="What if")


def paste(panel: Locator, text: str) -> None:
    """Open the field, type a log, and press Read."""
    if not panel.locator("textarea").is_visible():
        press(panel, "paste")
    panel.locator("textarea").fill(text)
    press(panel, "Read")


def test_a_slider_and_its_keys_ask_another_question(notebook: Watched, panel: Locator) -> None:
    """Dragged to its left end GOGC is 5; an arrow key makes it 10; the sign on the map goes along."""
    before = panel.locator(".gm-wi-signs .here").get_attribute("style")
    drag_slider(notebook.page, panel.locator(".gm-set-slide").first, 0.0)
    expect(answer(panel)).to_contain_text("With GOGC=5 the heap would have peaked")

    panel.locator(".gm-set-slide .noUi-handle").first.focus()
    notebook.page.keyboard.press("ArrowRight")

    expect(answer(panel)).to_contain_text("With GOGC=10 ")
    assert panel.locator(".gm-wi-signs .here").get_attribute("style") != before


def test_a_cell_of_the_map_is_clicked(notebook: Watched, panel: Locator) -> None:
    """The third cell of the second row: GOGC 20 with a limit; the arrows go on from there."""
    area = panel.locator(".gm-wi-field").bounding_box()
    wide = (area["width"] - 92) / 20
    notebook.page.mouse.click(area["x"] + 92 + wide * THIRD_COLUMN, area["y"] + 18 + 18 * SECOND_ROW)

    expect(panel.locator(".gm-pc-set .gm-set-number input")).to_have_value("20")
    expect(panel.locator(".gm-pc-set .gm-set-limit input")).not_to_have_value("none")
    panel.get_by_title("go right on the map").focus()
    notebook.page.keyboard.press("Enter")
    expect(panel.locator(".gm-pc-set .gm-set-number input")).to_have_value("25")


def test_a_log_is_pasted(panel: Locator) -> None:
    """Twenty lines of another service: so many cycles are read, and asked about."""
    paste(panel, "\n".join(shipped.read("trees").splitlines()[:20]))

    expect(panel.locator(".gm-wi-read")).to_contain_text("the pasted log: 20 cycles under GOGC=100")
    expect(panel.locator(".gm-whatif-plots .gm-leg")).to_contain_text("the log, 20")


def test_a_bad_log_is_refused_and_nothing_is_lost(panel: Locator) -> None:
    """The parser's sentence; picture and what was pasted stay."""
    table = panel.locator(".gm-wi-est").inner_text()

    paste(panel, "nothing of the kind\nhere")

    expect(panel.get_by_role("alert").first).to_contain_text("There is no gctrace line in")
    assert panel.locator(".gm-wi-est").inner_text() == table
    assert panel.locator("textarea").input_value().startswith("nothing of the kind")


def test_html_in_a_log_is_shown_as_text(notebook: Watched, panel: Locator) -> None:
    """An image with a handler in a line: no image, no handler, the words with their brackets."""
    lines = shipped.read("night_report").splitlines()
    paste(panel, "\n".join([lines[0] + " <img src=x onerror='window.broken = 1'>", *lines[1:]]))
    expect(panel.locator(".gm-wi-read")).to_contain_text("the pasted log")
    panel.get_by_role("button", name="show", exact=True).click()

    expect(panel.locator(".gm-wi-lines")).to_contain_text("<img src=x")
    assert panel.locator("img[src=x]").count() == 0
    assert notebook.page.evaluate("window.broken") is None


def test_a_file_is_uploaded(notebook: Watched, panel: Locator) -> None:
    """A packed log: its name and its cycles."""
    content = gzip.compress(shipped.read("near_limit").encode())

    with notebook.page.expect_file_chooser() as chosen:
        panel.get_by_role("button", name="upload").click()
    chosen.value.set_files({"name": "service.log.gz", "mimeType": "application/gzip", "buffer": content})

    expect(panel.locator(".gm-wi-read")).to_contain_text("service.log.gz: 43 cycles")


def test_model_and_real_go_stand_on_one_axis(panel: Locator) -> None:
    """The log's own setting: both saw-teeth, and the lines of both under one another."""
    press(panel, "as in the log")
    press(panel, "show")

    expect(answer(panel)).to_contain_text("With GOGC=100 ")
    expect(panel.locator(".gm-wi-lines tbody").first).to_contain_text("Go")
    expect(panel.locator(".gm-wi-lines .model").first).to_contain_text("gc 1 @")


def test_the_map_can_show_gc_cpu_and_the_memory_can_be_given(panel: Locator) -> None:
    """The other number in the cells; with 15 MiB another recommendation."""
    cell = panel.locator(".gm-wi-grid .r").nth(1).locator("span").nth(1)
    before = cell.inner_text()

    press(panel, "GC CPU, percent of all Ps")
    expect(cell).not_to_have_text(before)
    fill(panel, "gm-wi-steer .gm-set-limit", "15MiB")

    expect(panel.locator(".gm-wi-map")).to_contain_text("15 MiB")


def test_a_limit_too_low_is_said(panel: Locator) -> None:
    """2 MiB: infeasible, in words."""
    fill(panel, "gm-pc-set .gm-set-limit", "2MiB")

    expect(answer(panel)).to_contain_text("is infeasible for this service")
    says(panel.locator(".gm-head", has_text="What if"), "infeasible")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_nothing_is_cut_off(notebook: Watched, panel: Locator, width: int, theme: str) -> None:
    """At both widths no text leaves the panel."""
    notebook.page.set_viewport_size({"width": WIDTHS[width], "height": 1700})
    notebook.theme(theme)
    notebook.page.wait_for_function(FITS, arg=panel.locator(".gm-plot").first.element_handle())
    notebook.settle()

    wide = panel.bounding_box()
    outside = panel.locator(".gm-pc-area b, .gm-wi-est td, .gm-head, .gm-wi-grid span").evaluate_all(
        "(all, right) => all.filter(e => e.getBoundingClientRect().right > right + 1).map(e => e.textContent)",
        wide["x"] + wide["width"],
    )

    notebook.shot(f"whatif_{theme.lower()}_{WIDTHS[width]}", panel)
    assert wide["width"] >= width
    assert outside == []
    notebook.page.set_viewport_size({"width": 1400, "height": 1400})
    notebook.theme("Light")
