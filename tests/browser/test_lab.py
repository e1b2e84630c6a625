"""The lab in a real browser: press, drag, step back, pick, and see the page change."""

from collections.abc import Iterator

import pytest
from lab_browser import Watched, drag_slider, fill, press, write_notebook
from playwright.sync_api import Locator, expect

LAB = ".jp-OutputArea-output .gm:has(.gm-allocate)"


@pytest.fixture(scope="module")
def notebook(watched: Watched) -> Watched:
    """Open a notebook whose one cell shows a lab."""
    write_notebook(watched.server.folder / "lab.ipynb", "import gomemlab\nlab = gomemlab.Lab(procs=2)\nlab")
    watched.page.set_viewport_size({"width": 1400, "height": 1200})
    watched.open("lab.ipynb")
    return watched


@pytest.fixture
def lab(notebook: Watched) -> Iterator[Locator]:
    """Run the cell anew, so that each test has a fresh lab, and return it."""
    notebook.run_all()
    root = notebook.page.locator(LAB)
    root.locator(".gm-path .gm-stop").first.wait_for()
    yield root
    assert notebook.failed_cells() == []


def view(lab: Locator, name: str) -> Locator:
    """Return the view whose name begins so."""
    return lab.locator(f'.gm-view:has(.gm-name:text-matches("^{name}"))').last


def run_workload(watched: Watched, lab: Locator, title: str, length: str) -> None:
    """Choose a workload and wait until all of it is on the timeline."""
    lab.locator(".gm-workload select").select_option(label=title)
    lab.locator(".gm-length select").select_option(label=length)
    press(lab, "Run")
    expect(lab.locator(".gm-tick input")).to_have_value(length.replace(" ", ""), timeout=60_000)
    watched.says(lab.locator(".gm-transport"), f"of {length}")
    watched.settle()


def test_every_view_is_there_and_speaks(notebook: Watched, lab: Locator) -> None:
    """Path, heap map, span, ledger and log each have a sentence for a screen reader."""
    for name in ("Path", "Heap map", "Span", "Ledger", "Log"):
        expect(view(lab, name).get_by_role("status").first).not_to_be_empty()
    notebook.count(f"{LAB} .gm-path .gm-stop", 6)


def test_malloc_lights_the_way_of_the_request(notebook: Watched, lab: Locator) -> None:
    """The first malloc of a world goes down to the OS; the path says so and the log tells it."""
    before = view(lab, "Log").inner_text()

    notebook.changes(view(lab, "Path"), lambda: press(lab, "malloc"))

    expect(lab.locator(".gm-stop.served")).to_contain_text("OS")
    assert view(lab, "Log").inner_text() != before


def test_dragging_the_size_changes_the_promise(notebook: Watched, lab: Locator) -> None:
    """At four fifths of the slider the line below names another class."""
    line = lab.locator(".gm-line")

    notebook.changes(line, lambda: drag_slider(notebook.page, lab.locator(".gm-size"), 0.8))

    assert lab.locator(".gm-bytes input").input_value() != "24"


def test_stepping_back_shows_the_moment_before(notebook: Watched, lab: Locator) -> None:
    """After two mallocs and one step back the lab shows tick 1 of 2."""
    press(lab, "malloc")
    notebook.says(lab.locator(".gm-transport"), "of 1")
    press(lab, "malloc")
    notebook.says(lab.locator(".gm-transport"), "of 2")

    notebook.changes(view(lab, "Path"), lambda: lab.get_by_title("one tick back").click())

    expect(lab.locator(".gm-tick input")).to_have_value("1")
    notebook.says(lab.locator(".gm-transport"), "of 2")


def test_a_click_on_the_heap_map_picks_a_span(notebook: Watched, lab: Locator) -> None:
    """A page is a dot of four pixels: 22 pixels from the left lies page 5, which is span 5; the span view follows."""
    run_workload(notebook, lab, "small objects: 8 B to 1 KiB", "10 000")
    span, picture = view(lab, "Span"), view(lab, "Heap map").locator("image").first

    notebook.changes(span, lambda: picture.click(position={"x": 22, "y": 2}, force=True))

    expect(span.locator(".gm-name").first).to_have_text("Span 5")


def test_the_next_span_is_one_press_away(notebook: Watched, lab: Locator) -> None:
    """What a click on the map does, the keyboard does too."""
    run_workload(notebook, lab, "small objects: 8 B to 1 KiB", "10 000")

    notebook.changes(view(lab, "Span"), lambda: lab.get_by_title("previous span").press("Enter"))


def test_jumping_finds_the_next_new_span(notebook: Watched, lab: Locator) -> None:
    """From the start of a workload, the first new span comes with the first command."""
    run_workload(notebook, lab, "one size: 24 B", "1 000")
    fill(lab, "gm-tick", 1)
    expect(lab.locator(".gm-tick input")).to_have_value("1")

    press(lab, "new span")

    expect(lab.locator(".gm-tick input")).to_have_value("337")


def test_a_refused_size_is_an_alert_and_the_lab_goes_on(notebook: Watched, lab: Locator) -> None:
    """-1 bytes: a sentence in the banner; the next malloc works."""
    fill(lab, "gm-bytes", -1)
    press(lab, "malloc")
    expect(lab.get_by_role("alert").first).to_contain_text("-1")

    fill(lab, "gm-bytes", 100)
    press(lab, "malloc")

    notebook.says(lab.locator(".gm-transport"), "of 1")
    expect(lab.get_by_role("alert").first).to_be_hidden()


def test_fifty_clicks_in_a_second_are_fifty_mallocs(notebook: Watched, lab: Locator) -> None:
    """None is lost, none is counted twice."""
    lab.get_by_role("button", name="malloc", exact=True).evaluate("b => { for (let i = 0; i < 50; i++) b.click() }")

    notebook.says(lab.locator(".gm-transport"), "of 50")
    expect(lab.locator(".gm-tick input")).to_have_value("50")


def test_running_the_cell_again_leaves_one_lab(notebook: Watched, lab: Locator) -> None:
    """The page holds one lab, and it works."""
    notebook.run_all()
    notebook.count(LAB, 1)

    notebook.changes(view(lab, "Path"), lambda: press(lab, "malloc"))


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_the_lab_in_both_themes(notebook: Watched, lab: Locator, theme: str) -> None:
    """Two pictures to look at (the light one is the README's), and ink that differs from its paper."""
    run_workload(notebook, lab, "small objects: 8 B to 1 KiB", "100 000")
    lab.get_by_role("button", name="pointers", exact=True).click()
    press(lab, "malloc")
    notebook.says(lab.locator(".gm-transport"), "of 100 001")
    notebook.theme(theme)

    notebook.shot(f"lab_{theme.lower()}", lab)

    ink, paper = lab.evaluate("e => [getComputedStyle(e).color, getComputedStyle(document.body).backgroundColor]")
    notebook.theme("Light")
    assert ink != paper


def test_nothing_scrolls_sideways_in_a_narrow_cell(notebook: Watched, lab: Locator) -> None:
    """At 800 px the rows wrap instead."""
    run_workload(notebook, lab, "small objects: 8 B to 1 KiB", "10 000")
    notebook.page.set_viewport_size({"width": 1000, "height": 2000})
    notebook.shot("lab_narrow", lab)

    excess = lab.evaluate("e => e.scrollWidth - e.clientWidth")

    notebook.page.set_viewport_size({"width": 1400, "height": 1200})
    assert excess <= 0
