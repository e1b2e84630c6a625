"""The span sets and the phases in a real browser: press through a cycle, see roles trade, spans travel, bars grow."""

from collections.abc import Iterator

import pytest
from lab_browser import Watched, fill, press, says, write_notebook
from playwright.sync_api import Locator, expect

CELLS = (
    "import gomemlab\nfrom gomemlab.commands import *\nlab = gomemlab.Lab()\nlab.span_sets(99)",
    "lab.phases()",
    'lab.heap_map("collection")',
    "lab.ledger()",
    "lab.span()",
)


@pytest.fixture(scope="module")
def notebook(watched: Watched) -> Watched:
    """Open a notebook with a lab's views of the collector, one a cell."""
    write_notebook(watched.server.folder / "sets.ipynb", *CELLS)
    watched.page.set_viewport_size({"width": 1400, "height": 1200})
    watched.open("sets.ipynb")
    return watched


@pytest.fixture
def sets(notebook: Watched) -> Iterator[Locator]:
    """Run the cells anew and return the span sets."""
    notebook.run_all()
    root = notebook.page.locator(".jp-OutputArea-output .gm-view:has(.gm-sides)")
    root.locator(".gm-side svg").first.wait_for()
    yield root
    assert notebook.failed_cells() == []


def view(notebook: Watched, name: str) -> Locator:
    """Return the view of that name, in sight: bqplot draws nothing that is out of it."""
    found = notebook.page.locator(f'.gm-view:has(.gm-name:text-matches("^{name}"))').last
    found.scroll_into_view_if_needed()
    return found


def allocate(notebook: Watched, sets: Locator, objects: int) -> None:
    """Allocate so many objects at one press."""
    fill(sets, "gm-setrow .gm-count", objects)
    notebook.changes(sets.locator(".gm-sides"), lambda: press(sets, "malloc"))


def lanes(sets: Locator) -> str:
    """Return what a screen reader hears of the right column."""
    return str(sets.locator(".gm-side svg").last.get_attribute("aria-label"))


def test_a_cycle_trades_the_roles_and_moves_no_span(notebook: Watched, sets: Locator) -> None:
    """Twenty full spans: after mark ends the badges have traded, every block stands where it stood."""
    allocate(notebook, sets, 120)
    press(sets, "GC")
    says(sets, "full swept 20")
    before = sets.locator(".gm-side").last.locator("svg text").all_text_contents()

    press(sets, "mark ends")

    says(sets, "h went from 2 to 4: index 0 is now swept. full unswept 20")
    after = sets.locator(".gm-side").last.locator("svg text").all_text_contents()
    assert [text for text in before if text.isdigit()] == [text for text in after if text.isdigit()]
    assert before != after
    assert "full[1], unswept: 20 spans, 19 0 1 2" in lanes(sets)


def test_a_swept_span_travels_to_another_lane(notebook: Watched, sets: Locator) -> None:
    """Dropped, marked, one swept: the front of full unswept goes to a swept set, and the browser animates that."""
    allocate(notebook, sets, 120)
    press(sets, "GC")
    says(sets, "full swept 20")
    press(sets, "drop objects")
    press(sets, "mark ends")
    says(sets, "full unswept 20")

    notebook.changes(sets.locator(".gm-sides"), lambda: press(sets, "sweep one"))

    expect(sets.locator(".gm-side").last.locator(".gm-move").first).to_be_attached()
    says(sets, "full unswept 19")
    name = sets.locator(".gm-side").last.locator(".gm-move").first.evaluate("e => getComputedStyle(e).animationName")
    assert name == "gm-move"


def test_a_click_on_a_block_picks_its_span(notebook: Watched, sets: Locator) -> None:
    """The third block of the front lane: the span view follows; the buttons do the same by keyboard."""
    allocate(notebook, sets, 120)
    says(sets, "full swept 19")
    block = sets.locator(".gm-side").last.locator("svg g:not(.gm-badge)").nth(2)
    where = block.bounding_box()
    assert where

    notebook.page.mouse.click(where["x"] + where["width"] / 2, where["y"] + 12)

    expect(view(notebook, "Span [0-9]").locator(".gm-name").first).to_have_text("Span 2")
    sets.scroll_into_view_if_needed()
    sets.get_by_title("pick the next span of this class").press("Enter")
    expect(view(notebook, "Span [0-9]").locator(".gm-name").first).to_have_text("Span 3")


def test_the_moment_to_compare_with_is_chosen(notebook: Watched, sets: Locator) -> None:
    """Before any cycle the left column says why it is empty; the previous step fills it."""
    allocate(notebook, sets, 7)
    expect(sets.locator(".gm-side").first).to_contain_text("No cycle has ended marking yet")

    sets.locator(".gm-compare select").select_option("previous step")

    expect(sets.locator(".gm-side").first).to_contain_text("tick 6")


def test_a_refusal_is_an_alert(notebook: Watched, sets: Locator) -> None:
    """Nothing to drop: the banner says what to do first."""
    press(sets, "drop objects")

    expect(notebook.page.get_by_role("alert").first).to_contain_text("press malloc first")


def test_the_phases_name_the_step_under_the_pointer(notebook: Watched, sets: Locator) -> None:
    """A cycle: bars in the rows, hovering over the sweep says whose it is, the line below says what this tick did."""
    allocate(notebook, sets, 120)
    press(sets, "mark ends")
    says(sets, "unswept")
    press(sets, "sweep one")
    phases = view(notebook, "Phases")
    says(phases, "cycle 1 sweeps: 2 stops")
    expect(phases.locator(".gm-step")).to_contain_text("Sweeping span")
    expect(phases.locator(".gm-phases .curve path").first).to_be_attached()
    box = phases.locator(".gm-phases").bounding_box()
    assert box
    notebook.page.mouse.move(box["x"] + 140, box["y"] + 35)
    notebook.page.mouse.move(box["x"] + 142, box["y"] + 36)

    tip = notebook.page.locator(".bqplot_mark_tooltip:visible").first
    expect(tip).to_contain_text("Stop 1 of the world")
    expect(tip).to_have_css("border-radius", "4px")  # tooltip.css reaches it, outside of all views


def test_map_ledger_and_span_follow_the_cycle(notebook: Watched, sets: Locator) -> None:
    """Unswept pages in the map, dead bytes in the ledger, dead slots in the span; both themes, and in a narrow cell."""
    allocate(notebook, sets, 120)
    press(sets, "GC")
    press(sets, "drop objects")
    press(sets, "mark ends")

    expect(view(notebook, "Heap map").locator(".gm-mapleg")).to_contain_text("unswept, has marks 100")
    expect(view(notebook, "Ledger").locator(".gm-gcbooks")).to_contain_text("dead, not swept")
    expect(view(notebook, "Span [0-9]").locator(".gm-leg").first).to_contain_text("dead: a sweep frees")
    for theme in ("Dark", "Light"):
        notebook.theme(theme)
        notebook.shot(f"span_sets_{theme}", sets)
    notebook.page.set_viewport_size({"width": 800, "height": 1200})
    notebook.settle()
    wide = sets.evaluate("e => [e.scrollWidth, e.clientWidth]")
    notebook.page.set_viewport_size({"width": 1400, "height": 1200})
    assert wide[0] <= wide[1] + 1
