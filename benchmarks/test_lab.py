"""A step in the browser: from the click to the painted frame, in a full lab and in a heap map alone.

The page measures itself. A click is a step's begin; the end is the first frame that was painted after the last change
of the page, when nothing else has changed for a quarter of a second. The way through JupyterLab's server to the kernel
and back is in it. Each step begins when the machine is idle.
"""

from collections.abc import Iterator
from statistics import median

import pytest
from idle import await_idle
from lab_browser import Watched, find_browser, running_lab, watched_page, write_notebook
from table import Row, Table, median_p95, p95

WARMUP, STEPS = 3, 30
LAB_GOAL = (0.05, 0.1)  # seconds: median, p95
MAP_GOAL = (0.035, 0.06)
STEP = """([button, root]) => new Promise(done => {
    root = document.querySelector(root);
    let waiting = false, painted = 0, quiet = 0, begin = 0;
    const observer = new MutationObserver(() => {
        clearTimeout(quiet);
        quiet = setTimeout(() => { observer.disconnect(); done((painted - begin) / 1000); }, 250);
        if (waiting) return;
        waiting = true;
        requestAnimationFrame(() => {
            const channel = new MessageChannel();  // its message comes right after the frame
            channel.port1.onmessage = () => { painted = performance.now(); waiting = false; };
            channel.port2.postMessage(0);
        });
    });
    observer.observe(root, {subtree: true, childList: true, attributes: true, characterData: true});
    begin = performance.now();
    button.click();
})"""
STEP_BUTTON = """
import ipywidgets
from gomemlab.commands import malloc
step = ipywidgets.Button(description="step")
step.on_click(lambda _: lab.do(malloc({size})))
step"""
FILLED = "lab = gomemlab.Lab()\nlab.do_all(WORKLOADS[{name!r}].commands(n=10_000))"
LABS = {
    "a fresh lab, 24 B": ("lab = gomemlab.Lab()", 24),
    "10,000 small objects, 24 B": (FILLED.format(name="small objects"), 24),
    "10,000 mixed sizes, a new span each": (FILLED.format(name="log-uniform"), 8192),
}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Serve JupyterLab and open a page of it."""
    browser = find_browser()
    if browser is None:
        pytest.skip("no Chromium found: name one in CHROMIUM")
    with running_lab(tmp_path_factory.mktemp("lab")) as server, watched_page(server, browser) as page:
        yield page


def steps(watched: Watched, table: Table, shown: str, make: str, size: int) -> list[float]:
    """Show a part of a lab in a notebook and return the seconds that each step takes."""
    setup = f"import gomemlab\nfrom gomemlab.workloads import WORKLOADS\n{make}"
    write_notebook(watched.server.folder / "bench.ipynb", setup, STEP_BUTTON.format(size=size), shown)
    watched.open("bench.ipynb")
    watched.run_all()
    root = ".jp-OutputArea-output .gm"
    watched.page.locator(f"{root} .gm-name").first.wait_for()
    watched.page.wait_for_timeout(1500)
    button = watched.page.get_by_role("button", name="step", exact=True).element_handle()
    times, busy = [], 0
    for _ in range(WARMUP + STEPS):
        busy += not await_idle()
        times.append(float(watched.page.evaluate(STEP, [button, root])))
    assert not watched.failed_cells()
    if busy:
        table.note(f"{busy} of {WARMUP + STEPS} steps were taken while the machine was busy with other work: {shown}")
    return times[WARMUP:]


@pytest.mark.parametrize("name", LABS)
def test_step_in_the_lab(watched: Watched, table: Table, name: str) -> None:
    """All views shown, 30 clicks."""
    add(table, f"step in the full lab: {name}", steps(watched, table, "lab", *LABS[name]), LAB_GOAL)


@pytest.mark.parametrize("name", [name for name in LABS if "new span" in name])
def test_step_in_the_heap_map(watched: Watched, table: Table, name: str) -> None:
    """The heap map alone, 30 clicks."""
    add(table, f"step in the heap map alone: {name}", steps(watched, table, "lab.heap_map()", *LABS[name]), MAP_GOAL)


def add(table: Table, what: str, times: list[float], goal: tuple[float, float]) -> None:
    """Add a row."""
    met = median(times) <= goal[0] and p95(times) <= goal[1]
    wanted = f"{goal[0] * 1e3:.0f} / {goal[1] * 1e3:.0f} ms"
    table.add(Row(what, f"median / p95 {median_p95(times)}", f"best {min(times) * 1e3:.1f} ms", "", wanted, met))
