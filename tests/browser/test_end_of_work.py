"""Long work in a real browser: the picture goes along to the end, whatever the page's controls send back meanwhile."""

import pytest
from lab_browser import Watched, fill, press, write_notebook
from playwright.sync_api import Locator, expect

LAB = ".jp-OutputArea-output .gm:has(.gm-allocate)"
RECORDING = "real Go: mixed"


@pytest.fixture(scope="module")
def notebook(watched: Watched) -> Watched:
    """Open a notebook whose one cell shows a lab."""
    write_notebook(watched.server.folder / "work.ipynb", "import gomemlab\nlab = gomemlab.Lab()\nlab")
    watched.page.set_viewport_size({"width": 1400, "height": 1200})
    watched.open("work.ipynb")
    return watched


@pytest.fixture
def lab(notebook: Watched) -> Locator:
    """Run the cell anew and return the lab."""
    notebook.run_all()
    root = notebook.page.locator(LAB)
    root.locator(".gm-path .gm-stop").first.wait_for()
    return root


def run(watched: Watched, lab: Locator, title: str, total: str) -> None:
    """Run something from the menu, and wait until the line has so many ticks and no work runs."""
    lab.locator(".gm-workload select").select_option(label=title)
    press(lab, "Run")
    watched.says(lab.locator(".gm-transport"), f"of {total}")
    expect(lab.locator(".gm-job")).to_be_hidden(timeout=120_000)


def at_the_end(watched: Watched, lab: Locator, total: str) -> None:
    """Wait for the end of the line, let the page send back what it will, and still be there."""
    expect(lab.locator(".gm-tick input")).to_have_value(total.replace(" ", ""), timeout=60_000)
    watched.says(lab.locator(".gm-transport"), f"Tick {total} of {total}.")
    for _ in range(10):  # an echo comes after frames, not after time
        watched.settle()
    expect(lab.locator(".gm-tick input")).to_have_value(total.replace(" ", ""))


def test_every_run_ends_at_the_end_of_the_line(notebook: Watched, lab: Locator) -> None:
    """One size, 10 000 each time, four times: tick 40 000 of 40 000, and one line of history."""
    for total in ("10 000", "20 000", "30 000", "40 000"):
        run(notebook, lab, "one size: 24 B", total)

        at_the_end(notebook, lab, total)

    expect(lab.locator(".gm-note")).to_be_hidden()


def test_a_scrubber_in_use_does_not_fork_the_line(notebook: Watched, lab: Locator) -> None:
    """The handle was dragged and let go at the end by the keyboard; the next Run goes on from there."""
    run(notebook, lab, "one size: 24 B", "10 000")
    handle = lab.locator(".gm-scrub .noUi-handle").first
    handle.press("Home")
    expect(lab.locator(".gm-tick input")).to_have_value("0")
    handle.press("End")
    at_the_end(notebook, lab, "10 000")

    run(notebook, lab, "one size: 24 B", "20 000")

    at_the_end(notebook, lab, "20 000")
    expect(lab.locator(".gm-note")).to_be_hidden()


def test_a_recording_ends_at_its_end_and_plays_to_it(notebook: Watched, lab: Locator) -> None:
    """The shortest that ships: 20 005 requests; from tick 1 on, play at 4096x gets to the last again."""
    run(notebook, lab, RECORDING, "20 005")
    at_the_end(notebook, lab, "20 005")
    fill(lab, "gm-tick", 1)
    notebook.says(lab.locator(".gm-transport"), "Tick 1 of 20 005.")
    lab.locator(".gm-speed select").select_option(label="4096×")

    lab.get_by_title("play to the end, or pause").click()

    at_the_end(notebook, lab, "20 005")
