"""The object graph in a real browser: click a slot and an object, drag, and do the same by keyboard."""

from collections.abc import Iterator

import pytest
from lab_browser import Watched, press, write_notebook
from playwright.sync_api import Locator, expect

LAB = ".jp-OutputArea-output .gm:has(.gm-og)"
CELL = """import gomemlab
from gomemlab.commands import New
from gomemlab.runtime.gc.roots import Field, Global, StackSlot
line = gomemlab.Timeline(gomemlab.World(barrier="dijkstra", goroutines=2))
first = line.do(New(2, into=StackSlot(1, 0)))
line.do(New(1, into=Field(first, 0)))
cache = line.do(New(2, into=Global(0)))
line.do(New(1, into=Field(cache, 0)))
lab = gomemlab.Lab(line, views=("transport", "schedule", "object_graph", "work"))
lab"""


@pytest.fixture(scope="module")
def notebook(watched: Watched) -> Watched:
    """Open a notebook whose one cell shows a graph of four objects."""
    write_notebook(watched.server.folder / "graph.ipynb", CELL)
    watched.page.set_viewport_size({"width": 1400, "height": 1200})
    watched.open("graph.ipynb")
    return watched


@pytest.fixture
def lab(notebook: Watched) -> Iterator[Locator]:
    """Run the cell anew and return the lab."""
    notebook.run_all()
    root = notebook.page.locator(LAB).first
    root.locator(".gm-graph .dot").first.wait_for(state="attached")
    notebook.says(root.locator(".gm-transport"), "of 4")
    notebook.settle()
    yield root
    assert notebook.failed_cells() == []


def centre(lab: Locator, words: str) -> tuple[float, float]:
    """Return the middle of the graph's text that is just these words."""
    box = lab.locator("svg.gm-og").first.locator("text").get_by_text(words, exact=True).first.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def node(lab: Locator, number: int) -> tuple[float, float]:
    """Return the middle of an object's circle, which lies below its number."""
    texts = lab.locator("svg.gm-og").first.locator("text.n")
    box = texts.filter(has_text=str(number)).first.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] + 22


def ticks(notebook: Watched, lab: Locator, number: int) -> None:
    """Wait until the line has so many ticks."""
    notebook.says(lab.locator(".gm-transport"), f"of {number}")
    notebook.settle()


def graph(lab: Locator) -> Locator:
    """Return the graph's picture."""
    return lab.locator("svg.gm-og").first


def test_a_click_on_a_slot_and_one_on_an_object_write_a_pointer(notebook: Watched, lab: Locator) -> None:
    """main.main[1] = 4."""
    notebook.page.mouse.click(*centre(lab, "main.main[1]"))
    expect(graph(lab).locator(".slot.on")).to_have_count(1)

    notebook.page.mouse.click(*node(lab, 4))

    ticks(notebook, lab, 5)
    expect(graph(lab).locator("path.e.written")).to_have_count(1)
    expect(lab.locator(".gm-lines")).to_contain_text("main.main[1] = 4")


def test_an_object_can_be_dragged_and_stays_there(notebook: Watched, lab: Locator) -> None:
    """Two hundred pixels to the right, its arrow with it, also after the next step."""
    x, y = node(lab, 4)
    arrows = graph(lab).locator("path.e.written").get_attribute("d")
    notebook.page.mouse.move(x, y)
    notebook.page.mouse.down()
    notebook.page.mouse.move(x + 200, y + 10, steps=6)
    expect(graph(lab).locator("path.e.written")).not_to_have_attribute("d", arrows or "")
    notebook.page.mouse.up()
    notebook.page.wait_for_function(
        "([e, x]) => [...e.querySelectorAll('text.n')].some(t => t.textContent === '4' && "
        "Math.abs(t.getBoundingClientRect().x - x) < 12)",
        arg=[lab.element_handle(), x + 196],
    )

    press(lab, "Run step")
    ticks(notebook, lab, 5)

    assert abs(node(lab, 4)[0] - x - 200) < 4


def test_the_row_above_the_graph_does_the_same_by_keyboard(notebook: Watched, lab: Locator) -> None:
    """Set main.v0 to 1 on G1, then drop it."""
    lab.locator(".gm-place select").select_option(label="main.v0")
    lab.locator(".gm-target select").select_option(label="1")
    button = lab.get_by_role("button", name="Write", exact=True)
    button.focus()

    notebook.page.keyboard.press("Enter")
    ticks(notebook, lab, 5)
    expect(lab.locator(".gm-lines")).to_contain_text("main.v0 = 1, before 3")
    drop = lab.get_by_role("button", name="Drop", exact=True)
    drop.focus()
    notebook.page.keyboard.press("Enter")

    ticks(notebook, lab, 6)
    expect(lab.locator(".gm-lines")).to_contain_text("main.v0 = nil, before 1")


def test_stepping_the_worker_shows_colours_and_what_waits(notebook: Watched, lab: Locator) -> None:
    """A cycle begins, the globals are scanned: 3 is grey and its span waits."""
    for tick in (5, 6):
        press(lab, "Run step")
        ticks(notebook, lab, tick)

    expect(graph(lab).locator("circle.grey")).to_have_count(1)
    expect(lab.locator(".gm-work .row.next")).to_contain_text("span")
    expect(lab.locator(".gm-line-s")).to_contain_text("scans G1's stack")


def test_another_barrier_starts_over_with_the_graph_and_keeps_the_moves(notebook: Watched, lab: Locator) -> None:
    """Two steps under Dijkstra are a schedule under the hybrid."""
    for tick in (5, 6):
        press(lab, "Run step")
        ticks(notebook, lab, tick)

    press(lab, "hybrid")

    ticks(notebook, lab, 4)
    press(lab, "Next step")
    ticks(notebook, lab, 5)
    expect(lab.locator(".gm-player")).to_contain_text("1 of 2")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1400, 1000])
def test_no_words_lie_on_each_other_in_any_theme_and_width(
    notebook: Watched, lab: Locator, theme: str, width: int
) -> None:
    """No two texts of the graph overlap, none leaves the picture, none is below 11 px."""
    notebook.page.set_viewport_size({"width": width, "height": 1200})
    notebook.theme(theme)
    press(lab, "Pick 10")
    ticks(notebook, lab, 14)
    notebook.shot(f"graph_{theme.lower()}_{width}", lab)

    wrong = graph(lab).evaluate(
        """svg => {
            const texts = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim());
            const boxes = texts.map(t => [t.textContent, t.getBoundingClientRect()]);
            const whole = svg.getBoundingClientRect(), wrong = [];
            const size = t => parseFloat(getComputedStyle(t).fontSize);
            texts.forEach(t => { if (size(t) < 11) wrong.push('small ' + t.textContent); });
            boxes.forEach(([a, r], i) => {
                if (r.left < whole.left - 1 || r.right > whole.right + 1) wrong.push('outside ' + a);
                boxes.slice(i + 1).forEach(([b, s]) => {
                    const across = Math.min(r.right, s.right) - Math.max(r.left, s.left);
                    const down = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top);
                    if (across > 2 && down > 4) wrong.push(a + ' on ' + b);
                });
            });
            return wrong;
        }"""
    )

    assert wrong == []
    assert notebook.page.evaluate("e => e.scrollWidth <= e.clientWidth + 1", lab.element_handle())
    notebook.theme("Light")
    notebook.page.set_viewport_size({"width": 1400, "height": 1200})
