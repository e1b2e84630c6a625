"""Compare while it plays: how long the kernel works on a picture, and how many moments a second the browser shows.

The page counts itself: every moment has its number in the headline, and a frame in which another one stands there is a
picture. Lines and table alone, and with a heap map of both sides.
"""

import time
from collections.abc import Iterator

import pytest
from idle import await_idle
from lab_browser import Watched, find_browser, running_lab, watched_page, write_notebook
from table import Row, Table

from gomemlab import Compare

PAIR = "pooled / not pooled"
GOAL = 30  # pictures a second
SECONDS = 5
COUNT = """async seconds => {
    const head = [...document.querySelectorAll('.gm .gm-view')].find(e => e.textContent.includes('HeapAlloc:'));
    const seen = new Set(), end = performance.now() + 1000 * seconds;
    while (performance.now() < end) {
        seen.add(head.querySelector('.gm-head').textContent);
        await new Promise(requestAnimationFrame);
    }
    return seen.size - 1;
}"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Serve JupyterLab and open a page of it."""
    browser = find_browser()
    if browser is None:
        pytest.skip("no Chromium found: name one in CHROMIUM")
    with running_lab(tmp_path_factory.mktemp("lab")) as server, watched_page(server, browser) as page:
        yield page


@pytest.mark.parametrize("views", [(), ("heap_map",)], ids=["lines and table", "with two heap maps"])
def test_a_picture_in_the_kernel(table: Table, views: tuple[str, ...]) -> None:
    """300 neighbouring requests, one after the other."""
    panel = Compare(PAIR, views=views)
    panel.duo.painter.pace = 0
    panel.duo.settle()
    times = []
    for place in range(300):
        begin = time.perf_counter()
        panel.place = place
        panel.duo.settle()
        times.append(time.perf_counter() - begin)
    panel.close()
    middle, slow = sorted(times)[150], sorted(times)[285]
    what = f"compare, a picture in the kernel: {views or 'lines and table'}"
    table.add(Row(what, f"{1000 * middle:.1f} ms (p95 {1000 * slow:.1f} ms)", "", "", "33 ms", middle < 1 / GOAL))


@pytest.mark.parametrize("views", [(), ("heap_map",)], ids=["lines and table", "with two heap maps"])
def test_pictures_a_second_in_the_browser(watched: Watched, table: Table, views: tuple[str, ...]) -> None:
    """Five seconds of playing at 1×."""
    shown = f"import gomemlab\npanel = gomemlab.Compare({PAIR!r}, views={views!r})\npanel.place = 0\npanel"
    write_notebook(watched.server.folder / "bench.ipynb", shown)
    watched.open("bench.ipynb")
    watched.run_all()
    watched.page.locator(".gm-cmp td").first.wait_for()
    watched.page.wait_for_timeout(1500)
    if not await_idle():
        table.note(f"the machine was busy with other work while a comparison played ({views or 'lines and table'})")
    watched.page.get_by_title("play to the end, or pause").click()
    pictures = watched.page.evaluate(COUNT, SECONDS) / SECONDS
    assert not watched.failed_cells()
    what = f"compare, pictures a second in the browser: {views or 'lines and table'}"
    table.add(Row(what, f"{pictures:.0f}", "", "", f"{GOAL}", pictures >= GOAL))
