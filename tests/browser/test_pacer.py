"""The pacer in a real browser: rings that are dragged, sliders and keys that do the same, a cycle that is picked."""

import re
from collections.abc import Callable, Iterator

import pytest
from lab_browser import FITS, Watched, drag_slider, fill, press, says, write_notebook
from playwright.sync_api import Locator, Page, expect

CELL = 'import gomemlab\ngomemlab.Pacer("ramp", memory_limit="112 MiB")'
WIDTHS = {712: 880, 1180: 1400}  # of an output, at least so wide, and of the window that gives it
TOP, HIGH = 128, 282  # MiB and pixels of the saw-tooth's plot


@pytest.fixture(scope="module")
def notebook(watched: Watched) -> Watched:
    """Open a notebook with a pacer."""
    write_notebook(watched.server.folder / "pacer.ipynb", CELL)
    watched.page.set_viewport_size({"width": 1400, "height": 1000})
    watched.open("pacer.ipynb")
    return watched


@pytest.fixture
def panel(notebook: Watched) -> Iterator[Locator]:
    """Run the cell anew and return the panel."""
    notebook.run_all()
    root = notebook.page.locator(".jp-OutputArea-output .gm").first
    root.locator(".gm-pc-bar").wait_for()
    root.locator(".gm-pacer-plots .object_grp").nth(1).wait_for()
    yield root
    assert notebook.failed_cells() == []


def field(panel: Locator, name: str) -> str:
    """Return what stands in a field."""
    return panel.locator(f".{name} input").first.input_value()


def drag(page: Page, ring: Locator, up: float) -> Callable[[], None]:
    """Take a ring, move it so many pixels up, and return what lets it go."""
    ring.scroll_into_view_if_needed()
    box = ring.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - up, steps=6)
    return page.mouse.up


def test_the_limit_is_dragged_on_the_chart(notebook: Watched, panel: Locator) -> None:
    """From 112 MiB down by a quarter of the chart: 80 MiB, in the field, at the ring, and as the label."""
    let_go = drag(notebook.page, panel.locator(".object_grp").nth(1), -HIGH / 4)
    expect(panel.locator(".gm-pc-area .limit")).to_contain_text(
        re.compile("limit (79|80|81)")
    )  # before the mouse lets go
    let_go()

    expect(panel.locator(".gm-pc-area .sign")).to_have_count(2)  # the mouse has let go
    limit = float(field(panel, "gm-set-limit").removesuffix("MiB"))
    assert limit == pytest.approx(112 - TOP / 4, abs=1.5)
    says(panel, "the limit set")


def test_gogc_is_dragged_on_the_chart(notebook: Watched, panel: Locator) -> None:
    """The ring on the goal of the picked cycle, moved down, halves GOGC or so; the chart follows."""
    before = panel.locator(".gm-head").first.inner_text()

    let_go = drag(notebook.page, panel.locator(".object_grp").nth(0), -40)
    let_go()

    expect(panel.locator(".gm-head").first).not_to_have_text(before)
    expect(panel.locator(".gm-set-number input")).to_have_value(re.compile("^([3-6][0-9]|70)$"))
    expect(panel.locator(".gm-pc-area .sign")).to_have_count(2)  # the mouse has let go
    expect(panel.locator(".gm-pc-area .ring")).to_have_text(f"GOGC {field(panel, 'gm-set-number')}")


def test_keys_on_the_sliders_do_the_same(notebook: Watched, panel: Locator) -> None:
    """An arrow key on GOGC's slider is the next round value; on the limit's a little more."""
    panel.locator(".gm-set-slide .noUi-handle").nth(0).focus()
    notebook.page.keyboard.press("ArrowRight")
    expect(panel.locator(".gm-pc-area .ring")).to_have_text("GOGC 110")

    panel.locator(".gm-set-slide .noUi-handle").nth(1).focus()
    notebook.page.keyboard.press("ArrowRight")

    expect(panel.locator(".gm-pc-area .limit")).not_to_have_text("limit 112 MiB")


def test_a_slider_is_dragged_with_the_mouse(notebook: Watched, panel: Locator) -> None:
    """To the right end: GOGC 10 000; the limit then sets the goals."""
    drag_slider(notebook.page, panel.locator(".gm-set-slide").first, 1.0)

    expect(panel.locator(".gm-set-number input")).to_have_value("10000")
    says(panel, "the limit set")


def test_off_and_none_start_nothing(panel: Locator) -> None:
    """GOGC=off without a limit: no cycle, and the headline says why; a number switches both on again."""
    press(panel, "off")
    press(panel, "none")

    says(panel, "No cycle in 14.00 s: GOGC was off")
    assert (field(panel, "gm-set-number"), field(panel, "gm-set-limit")) == ("off", "none")

    fill(panel, "gm-set-number", 50)
    says(panel, "GOGC set every goal")


def test_what_cannot_be_read_is_refused_in_words(panel: Locator) -> None:
    """A limit of "much" there is none: the headline says what is, the field and the picture stay."""
    fill(panel, "gm-set-limit", "much")

    expect(panel.get_by_role("alert")).to_contain_text("“much” is no size as Go spells it; write a size such as 112MiB")
    assert field(panel, "gm-set-limit") == "112MiB"
    expect(panel.locator(".gm-pc-area .limit")).to_have_text("limit 112 MiB")


def test_a_cycle_is_picked_by_click_and_by_button(notebook: Watched, panel: Locator) -> None:
    """A click at a quarter of the chart looks into another cycle; the buttons go on and back."""
    title = panel.locator(".gm-pc-side h4")
    area = panel.locator(".gm-pc-area").bounding_box()

    notebook.page.mouse.click(area["x"] + area["width"] / 4, area["y"] + 20)
    expect(title).not_to_have_text("Inside cycle 11")
    number = int(re.findall(r"\d+", title.inner_text())[0])
    panel.get_by_title("pick the cycle after").click()

    expect(title).to_have_text(f"Inside cycle {number + 1}")
    fill(panel, "gm-tick", 3)
    expect(title).to_have_text("Inside cycle 3")
    expect(panel.get_by_title("pick the cycle before")).to_be_enabled()


def test_close_up_and_table(panel: Locator) -> None:
    """Close up the time axis has tenths; the table has the picked cycle marked."""
    press(panel, "close up")
    expect(panel.locator(".gm-pacer-plots .gm-leg")).to_contain_text("close up:")

    press(panel, "table")

    expect(panel.locator(".gm-pc-table tr[aria-current] th")).to_have_text("11")


def test_another_workload(panel: Locator) -> None:
    """The menu has big stacks: more to scan, more cycles."""
    press(panel, "none")
    panel.locator(".gm-workload select").select_option(label="big stacks: 64 MiB to scan besides")

    expect(panel.locator(".gm-pc-rule")).to_contain_text("64.00")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_nothing_is_cut_off(notebook: Watched, panel: Locator, width: int, theme: str) -> None:
    """At both widths no text leaves the panel, and nothing scrolls sideways."""
    notebook.page.set_viewport_size({"width": WIDTHS[width], "height": 1000})
    notebook.theme(theme)
    notebook.page.wait_for_function(FITS, arg=panel.locator(".gm-plot").first.element_handle())
    notebook.settle()

    wide = panel.bounding_box()
    outside = panel.locator(".gm-pc-area b, .gm-pc-side b, .gm-head").evaluate_all(
        "(all, right) => all.filter(e => e.getBoundingClientRect().right > right + 1).map(e => e.textContent)",
        wide["x"] + wide["width"],
    )

    notebook.shot(f"pacer_{theme.lower()}_{WIDTHS[width]}", panel)
    assert wide["width"] >= width
    assert outside == []
    assert panel.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
    notebook.page.set_viewport_size({"width": 1400, "height": 1000})
    notebook.theme("Light")
