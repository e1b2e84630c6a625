"""Processors in a real browser: Ps are scheduled, goroutines move, gates count, a span's owner is said."""

import re
from collections.abc import Iterator

import pytest
from lab_browser import Watched, fill, press, says, write_notebook
from playwright.sync_api import Locator, expect

CELLS = (
    'import gomemlab\nlab = gomemlab.Lab(procs=2, views=("transport", "processors", "log"))\nlab',
    "lab.heap_map()",
)
OVER = """e => [...e.querySelectorAll(`button, input, select, .gm-procs span, .gm-procs i, .gm-ptiles i, .gm-gates i,
        .gm-line :is(u, i)`)]
    .filter(x => x.offsetParent !== null && getComputedStyle(x).overflow !== 'hidden').flatMap(x => {
        const own = x.getBoundingClientRect(), cell = x.closest('[role=listitem] > div, [role=listitem]') || e;
        const wrong = [], edge = cell.getBoundingClientRect();
        if (own.right > edge.right + 1) wrong.push(`${x.textContent} leaves its cell`);
        if (own.right > e.getBoundingClientRect().right + 1) wrong.push(`${x.textContent} leaves the view`);
        if (parseFloat(getComputedStyle(x).fontSize) < 11) wrong.push(`${x.textContent} is small`);
        return wrong;
    })"""


@pytest.fixture(scope="module")
def notebook(watched: Watched) -> Watched:
    """Open a notebook with a lab that shows its processors."""
    write_notebook(watched.server.folder / "processors.ipynb", *CELLS)
    watched.page.set_viewport_size({"width": 1400, "height": 1200})
    watched.open("processors.ipynb")
    return watched


@pytest.fixture
def procs(notebook: Watched) -> Iterator[Locator]:
    """Run the cells anew, let the scheduler begin and return the view."""
    notebook.run_all()
    root = notebook.page.locator(".jp-OutputArea-output .gm-view:has(.gm-gates)").first
    root.locator(".gm-procs").wait_for()
    press(root, "begin")
    says(root, "The scheduler began with 2 Ps")
    yield root
    assert notebook.failed_cells() == []


def row(root: Locator, p: int) -> Locator:
    """Return the row of a P."""
    return root.locator(".gm-procs > [role=listitem]").nth(p)


def test_a_goroutine_starts_as_runnext_and_runs_after_a_park(procs: Locator) -> None:
    """G1 starts G2, which is next; G1 waits; schedule runs G2."""
    press(procs, "go")
    expect(row(procs, 0)).to_have_attribute("aria-label", "P0 runs G1, 1 wait in its queue")
    press(procs, "park")
    expect(procs.locator(".gm-pshared")).to_contain_text("chan receive: G1")

    press(procs, "schedule")

    says(procs, "P0 ran G2, its runnext")
    expect(row(procs, 0).locator(".gm-g.run")).to_have_text("G2")


def test_a_malloc_passes_the_heap_lock_once_per_span(procs: Locator) -> None:
    """The first takes pages and a span, the second only a slot."""
    gate = procs.locator(".gm-gates > [role=listitem]").first
    press(procs, "malloc")
    expect(gate).to_contain_text(re.compile(r"\+\d now by P0"))
    press(procs, "malloc")

    expect(gate).to_contain_text("not now")
    expect(procs.locator(".gm-powned")).to_contain_text("P0's alone")
    expect(procs.locator(".gm-powned")).to_contain_text("1 P without one")


def test_a_deadlock_is_said_in_gos_words_and_the_lab_lives_on(notebook: Watched, procs: Locator) -> None:
    """G1 waits and nobody else is there; the network wakes it."""
    press(procs, "park")
    press(procs, "schedule")
    expect(notebook.page.get_by_role("alert").first).to_contain_text("all goroutines are asleep - deadlock!")

    procs.locator(".gm-waker select").select_option("from the network")
    press(procs, "ready")

    says(procs, "A timer or the network woke G1")
    expect(notebook.page.get_by_role("alert")).to_have_count(0)


def test_a_line_shows_who_writes_which_word(procs: Locator) -> None:
    """Two shards of a pool lie on one line; with Go's padding each has lines of its own."""
    procs.locator(".gm-array select").select_option("a pool's shards (poolLocal), 32 B")

    bare, padded = procs.locator(".gm-clines [role=list]").all()
    expect(bare.locator(".gm-line")).to_have_attribute(
        "aria-label", "line 0: P0 4 words, P1 4 words; 2 Ps: ≈ 60 ns a write"
    )
    expect(padded.locator(".gm-line.shared")).to_have_count(0)
    expect(procs.locator(".gm-clines [role=status]")).to_contain_text("written by several of 2 Ps")


def test_everything_can_be_done_by_keyboard(procs: Locator) -> None:
    """Enter on the buttons and on the arrows that choose a P."""
    procs.get_by_role("button", name="go", exact=True).press("Enter")
    procs.get_by_title("choose the next P").press("Enter")
    expect(row(procs, 1)).to_have_class(re.compile(r"\bon\b"))
    procs.get_by_role("button", name="schedule", exact=True).press("Enter")

    says(procs, "G2")
    expect(row(procs, 1)).to_have_attribute("aria-label", re.compile("P1 runs G2"))


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1400, 880])
@pytest.mark.parametrize("n", [2, 8, 64])
def test_nothing_is_cut_in_any_theme_and_width(
    notebook: Watched, procs: Locator, theme: str, width: int, n: int
) -> None:
    """Few Ps and 64 after a run: all words lie within their cells, none is below 11 px."""
    fill(procs, "gm-gomaxprocs", n)
    press(procs, "set")
    fill(procs, "gm-steps-wanted", 400)
    press(procs, "run")
    expect(procs.locator(":is(.gm-procs, .gm-ptiles) > .run").nth(1)).to_be_visible()
    notebook.page.set_viewport_size({"width": width, "height": 1500})
    notebook.theme(theme)
    notebook.shot(f"processors_{n}_{theme.lower()}_{width}", procs)

    wrong = procs.evaluate(OVER)
    notebook.page.set_viewport_size({"width": 1400, "height": 1200})

    assert wrong == []
