"""The stacks in a real browser: recursion copies the stack, pointers move along, clicks pick, a limit is said."""

import re
from collections.abc import Iterator

import pytest
from lab_browser import Watched, fill, press, says, write_notebook
from playwright.sync_api import Locator, expect

CELLS = (
    "import gomemlab\nlab = gomemlab.Lab(procs=2)\nlab.stacks()",
    "lab.heap_map()",
    "lab.span()",
    'gomemlab.Lab(views=("transport", "stacks"))',
)


@pytest.fixture(scope="module")
def notebook(watched: Watched) -> Watched:
    """Open a notebook with the stacks, the heap map and the span."""
    write_notebook(watched.server.folder / "stacks.ipynb", *CELLS)
    watched.page.set_viewport_size({"width": 1400, "height": 1400})
    watched.open("stacks.ipynb")
    return watched


@pytest.fixture
def stacks(notebook: Watched) -> Iterator[Locator]:
    """Run the cells anew and return the stacks of the first."""
    notebook.run_all()
    root = notebook.page.locator(".jp-OutputArea-output .gm-view:has(.gm-stacks)").first
    root.locator(".gm-stk").first.wait_for()
    root.scroll_into_view_if_needed()
    yield root
    assert notebook.failed_cells() == []


def started(stacks: Locator) -> None:
    """Start G2 and let it call f four times."""
    press(stacks, "go")
    expect(stacks.locator(".gm-name").filter(has_text="Stack of G2")).to_be_visible()
    fill(stacks, "gm-times", 4)
    press(stacks, "call")
    says(stacks, "by 5 frames")
    fill(stacks, "gm-times", 1)


def test_a_call_too_many_copies_the_stack_and_its_pointers(stacks: Locator) -> None:
    """Point at the first frame, one call more: the old stack beside the new one, the pointer adjusted."""
    started(stacks)
    press(stacks, "Point")
    expect(stacks.locator(".gm-ptrs")).to_contain_text("f#4[0]")

    press(stacks, "call")

    says(stacks, "The stack grew from 2 048 to 4 096 B: 1 096 B copied, 5 pointers adjusted.")
    drawing = stacks.locator(".gm-stk").first
    expect(drawing).to_contain_text("Old stack, free")
    expect(stacks.locator(".gm-ptrs")).to_contain_text("64 B below hi adjusted")
    name = drawing.locator(".gm-move").first.evaluate("e => getComputedStyle(e).animationName")
    assert name == "gm-move"


def test_a_collection_halves_a_stack_that_is_nearly_empty(stacks: Locator) -> None:
    """Grown to 4 096 B, returned, collected: 2 048 B again; the buttons go back to the growth."""
    started(stacks)
    press(stacks, "call")
    expect(stacks.locator(".gm-stk").first).to_have_attribute("aria-label", re.compile("stack of 4\u202f096 B"))
    press(stacks, "return all")
    says(stacks, "by 1 frame,")

    press(stacks, "GC")

    says(stacks, "The stack shrank from 4 096 to 2 048 B")
    stacks.get_by_title("go to the stack's previous move").press("Enter")
    says(stacks, "The stack grew from 2 048 to 4 096 B")


def test_a_click_on_a_piece_picks_its_span(notebook: Watched, stacks: Locator) -> None:
    """G2's piece of the strip: the span view follows; the button does the same by keyboard."""
    press(stacks, "go")
    says(stacks, "by 1 frame")
    piece = stacks.locator(".gm-stkright .gm-stk text").filter(has_text="G2").last
    where = piece.bounding_box()
    assert where

    notebook.page.mouse.click(where["x"] + where["width"] / 2, where["y"] + where["height"] / 2)

    span = notebook.page.locator('.gm-view:has(.gm-name:text-matches("^Span [0-9]"))').first
    expect(span.get_by_role("status").first).to_contain_text("for stacks")
    press(stacks, "its span")
    expect(span.get_by_role("status").first).to_contain_text("for stacks")


def test_a_click_and_the_keys_choose_a_goroutine(notebook: Watched, stacks: Locator) -> None:
    """A click on G1's line; then next by keyboard; then the number."""
    press(stacks, "go")
    press(stacks, "go")
    expect(stacks.locator(".gm-name").filter(has_text="Stack of G3")).to_be_visible()
    line = stacks.locator(".gm-stkright .gm-stk text").filter(has_text="G1").first
    where = line.bounding_box()
    assert where

    notebook.page.mouse.click(where["x"] + 6, where["y"] + where["height"] / 2)
    expect(stacks.locator(".gm-name").filter(has_text="Stack of G1")).to_be_visible()
    stacks.get_by_title("show the next goroutine").press("Enter")
    expect(stacks.locator(".gm-name").filter(has_text="Stack of G2")).to_be_visible()
    fill(stacks, "gm-gnum", 3)
    expect(stacks.locator(".gm-name").filter(has_text="Stack of G3")).to_be_visible()


def test_a_stack_beyond_the_limit_is_an_alert_and_the_lab_lives_on(stacks: Locator) -> None:
    """Frames of 100 MB: Go's sentence; return all works."""
    press(stacks, "go")
    says(stacks, "by 1 frame")
    fill(stacks, "gm-bytes", 100_000_000)
    fill(stacks, "gm-times", 20)

    press(stacks, "call")

    expect(stacks.get_by_role("alert").first).to_contain_text("goroutine stack exceeds 1000000000-byte limit")
    press(stacks, "return all")
    says(stacks, "by 1 frame,")


def test_thousands_of_goroutines_are_summed_by_size(stacks: Locator) -> None:
    """Three thousand more: one line, and the number field still chooses one."""
    fill(stacks, "gm-count:not(.gm-times)", 3000)
    press(stacks, "go")

    expect(stacks.locator(".gm-stkright .gm-stk")).to_contain_text("3\u202f001 goroutines, by the size", timeout=60_000)
    fill(stacks, "gm-gnum", 500)
    expect(stacks.locator(".gm-name").filter(has_text="Stack of G500")).to_be_visible()


@pytest.mark.parametrize("width", [1400, 880])
def test_nothing_scrolls_sideways(notebook: Watched, stacks: Locator, width: int) -> None:
    """In a wide and a narrow window every row and both drawings lie within the cell."""
    notebook.page.set_viewport_size({"width": width, "height": 1400})
    started(stacks)
    press(stacks, "call")
    expect(stacks.locator(".gm-stk").first).to_contain_text("Old stack, free")

    over = stacks.evaluate(
        "e => [...e.querySelectorAll('.gm-stk text, button, input, select')].filter("
        "x => x.offsetParent !== null || x.tagName === 'text').map("
        "x => x.getBoundingClientRect().right - e.getBoundingClientRect().right).filter(x => x > 1).length"
    )

    assert over == 0
    notebook.page.set_viewport_size({"width": 1400, "height": 1400})
