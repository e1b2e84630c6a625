"""The pool in a real browser: Put, Get and GC are pressed, items travel, one is picked by mouse and by keyboard."""

from collections.abc import Iterator

import pytest
from lab_browser import Watched, fill, press, says, write_notebook
from playwright.sync_api import Locator, expect

CELLS = ('import gomemlab\nlab = gomemlab.Lab(procs=2, views=("transport", "pool", "log"))\nlab', "lab.span()")
WRONG = """svgs => svgs.flatMap(svg => {
    const texts = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim());
    const boxes = texts.map(t => [t.textContent, t.getBoundingClientRect()]), wrong = [];
    const whole = svg.getBoundingClientRect();
    for (const [i, [a, p]] of boxes.entries()) {
        if (p.left < whole.left - 9 || p.right > whole.right + 1) wrong.push(`${a} is cut off`);
        if (parseFloat(getComputedStyle(texts[i]).fontSize) < 11) wrong.push(`${a} is small`);
        for (const [b, q] of boxes.slice(i + 1))
            if (p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 3 && q.top < p.bottom - 3)
                wrong.push(`${a} lies on ${b}`);
    }
    return wrong;
})"""


@pytest.fixture(scope="module")
def notebook(watched: Watched) -> Watched:
    """Open a notebook with a lab that shows a pool."""
    write_notebook(watched.server.folder / "pool.ipynb", *CELLS)
    watched.page.set_viewport_size({"width": 1400, "height": 1200})
    watched.open("pool.ipynb")
    return watched


@pytest.fixture
def pool(notebook: Watched) -> Iterator[Locator]:
    """Run the cells anew, make a pool and return the view."""
    notebook.run_all()
    root = notebook.page.locator(".jp-OutputArea-output .gm-view:has(.gm-poolsides)").first
    expect(root.locator(".gm-empty")).to_be_visible()
    press(root, "make pool")
    says(root, "The pool was declared")
    yield root
    assert notebook.failed_cells() == []


def column(pool: Locator, which: int) -> Locator:
    """Return the shards (0) or the victim (1)."""
    return pool.locator("svg.gm-shard").nth(which)


def counter(pool: Locator, words: str) -> Locator:
    """Return the counter with these words."""
    return pool.locator(".gm-counters > div").filter(has_text=words)


def test_ten_buffers_two_collections_and_where_each_went(notebook: Watched, pool: Locator) -> None:
    """Put 10, GC: they travel to the victim; GC: they are dropped, by number."""
    press(pool, "Put 10")
    expect(pool).to_contain_text("put since the last GC: 10 items")

    press(pool, "GC")

    says(pool, "nothing to drop, 10 items became the victim")
    expect(column(pool, 1)).to_have_attribute(
        "aria-label",
        "victim: 10 items; P0: private 1, shared 10 in 16 slots, "
        "then 9 8 7 6 5 4 3 2 in 8 slots; P1: private empty, shared empty",
    )
    expect(column(pool, 1).locator(".gm-move")).to_have_count(10)
    name = column(pool, 1).locator(".gm-move").first.evaluate("e => getComputedStyle(e).animationName")
    assert name == "gm-move"
    press(pool, "GC")
    says(pool, "10 items dropped")
    notebook.shot("pool_dropped", pool)
    assert column(pool, 1).locator("g:has(path[stroke*='warn'])").count() == 10


def test_p0_steals_from_the_tail_of_p1_before_it_looks_into_the_victim(notebook: Watched, pool: Locator) -> None:
    """The mock-up, pressed: ten from P0, GC, three from P1, Get on P0 returns 12."""
    press(pool, "Put 10")
    press(pool, "GC")
    press(pool, "P1")
    for i in range(3):
        press(pool, "Put")
        says(pool, f"P1 Put {11 + i}")
    press(pool, "P0")

    press(pool, "Get")

    says(pool, "P0 Get returned 12, stolen from the tail of P1: other Ps come before the victim.")
    expect(pool.locator(".gm-steps .done")).to_contain_text("steal from the tail of P1’s shared: 12")
    expect(counter(pool, "stolen").locator("b")).to_have_text("1")
    expect(pool.locator(".gm-counters")).to_contain_text("next Gets on P0: 13, then 1, 2, 3 … 10, then New")
    expect(column(pool, 0).locator(".gm-move").first).to_be_attached()
    notebook.shot("pool_stolen", pool)


def test_a_click_picks_an_item_and_says_what_it_keeps_alive(notebook: Watched, pool: Locator) -> None:
    """Get, fill, Put: a stale item; a click on it tells of 4 096 B, and the span's view follows."""
    press(pool, "Get")
    says(pool, "New made 1")
    press(pool, "fill")
    press(pool, "Put")
    says(pool, "P0 Put 1")
    expect(pool.locator(".gm-counters")).to_contain_text("1 waiting item keeps")
    column(pool, 0).evaluate("e => Promise.all(e.getAnimations({subtree: true}).map(a => a.finished))")
    where = column(pool, 0).get_by_text("1", exact=True).bounding_box()
    assert where

    notebook.page.mouse.click(where["x"] + where["width"] / 2, where["y"] + where["height"] / 2)

    told = pool.locator(".gm-pooltold")
    expect(told).to_contain_text("It still points to 4\u202f096 B at 0x")
    expect(told).to_contain_text("it keeps 1 object, 4\u202f096 B alive")
    expect(pool.locator(".gm-which-item select")).to_have_value("item 1")
    span = notebook.page.locator('.gm-view:has(.gm-name:text-matches("^Span [0-9]"))').last
    expect(span.locator(".gm-name").first).to_have_text(f"Span {told.inner_text().split('span ')[1].split()[0]}")


def test_everything_can_be_done_by_keyboard(pool: Locator) -> None:
    """Enter on Put, on Get, on the button that picks the next item; the menu lets it go."""
    for words in ("Put", "Put", "Get"):
        pool.get_by_role("button", name=words, exact=True).press("Enter")
    says(pool, "P0 Get returned 1, from its private slot")
    later = pool.get_by_title("pick the next item")
    later.press("Enter")
    expect(pool.locator(".gm-pooltold")).to_contain_text("Item 1 is with the program")
    later.press("Enter")

    expect(pool.locator(".gm-pooltold")).to_contain_text("Item 2 is in P0’s shared chain, slot 0 of a ring of 8")
    pool.locator(".gm-which-item select").select_option("no item")
    expect(pool.locator(".gm-pooltold")).to_contain_text("Click an item, or choose one above")


def test_refusals_are_alerts(notebook: Watched, pool: Locator) -> None:
    """0 Ps; the world is as before, and the next press takes the banner away."""
    fill(pool, "gm-poolrow .gm-count", 0)
    press(pool, "set")
    expect(notebook.page.get_by_role("alert").first).to_contain_text("0 Ps are not possible here; give 1 to 64")

    press(pool, "Put")

    says(pool, "P0 Put 1")
    expect(notebook.page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1400, 1056, 880])
@pytest.mark.parametrize("procs", [2, 64])
def test_no_words_lie_on_each_other_in_any_theme_and_width(
    notebook: Watched, pool: Locator, theme: str, width: int, procs: int
) -> None:
    """Two Ps and 64: no two texts overlap, none is cut off or below 11 px, and nothing scrolls sideways."""
    fill(pool, "gm-poolrow .gm-count", procs)
    press(pool, "set")
    press(pool, "Put 10")
    press(pool, "Put 10")
    press(pool, "GC")
    press(pool, "Put 10")
    press(pool, "Get")
    says(pool, "P0 Get returned")
    notebook.page.set_viewport_size({"width": width, "height": 1200})
    notebook.theme(theme)
    notebook.shot(f"pool_{procs}_{theme.lower()}_{width}", pool)

    wrong = pool.locator("svg.gm-shard").evaluate_all(WRONG)
    wide = pool.evaluate("e => [e.scrollWidth, e.clientWidth]")
    notebook.page.set_viewport_size({"width": 1400, "height": 1200})

    assert wrong == []
    assert wide[0] <= wide[1] + 1
