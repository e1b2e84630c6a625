"""Every lesson, opened in JupyterLab and run from top to bottom, as a reader would first see it."""

import pytest
from lab_browser import Watched

from gomemlab import labserver

LESSONS = sorted(path.name for path in labserver.lessons().glob("*.ipynb"))
INTERACTIVE = ".jp-OutputArea-output .gm"
CONTROLS = ":is(button, input, select, .noUi-handle)"
FOOT = "() => Math.ceil([...document.querySelectorAll('.jp-Cell')].at(-1).getBoundingClientRect().bottom)"


@pytest.fixture(params=LESSONS)
def lesson(request: pytest.FixtureRequest, watched: Watched) -> tuple[Watched, str]:
    """Open a lesson and run all of it."""
    watched.page.set_viewport_size({"width": 1400, "height": 1000})
    watched.open(request.param)
    watched.run_all()
    return watched, request.param.removesuffix(".ipynb")


def test_a_lesson_runs_and_there_is_something_to_play_with(lesson: tuple[Watched, str]) -> None:
    """No traceback, no error in the console, nothing asked for off this machine; controls on the page."""
    watched, name = lesson
    watched.page.locator(f"{INTERACTIVE} {CONTROLS} >> visible=true").first.wait_for()

    watched.page.evaluate("() => document.querySelector('.jp-WindowedPanel-outer').scrollTo(0, 0)")
    watched.page.set_viewport_size({"width": 1400, "height": min(watched.page.evaluate(FOOT) + 60, 16_000)})
    for theme in ("Dark", "Light"):
        watched.theme(theme)
        watched.shot(f"{name}_{theme.lower()}")

    assert watched.failed_cells() == []
    assert watched.page.locator(".jp-mod-noOutputs.jp-CodeCell .jp-InputPrompt", has_text="[ ]").count() == 0
    assert watched.page.get_by_text("Error displaying widget").count() == 0


def test_the_lab_opens_on_the_first_lesson(watched: Watched) -> None:
    """The address that `gomemlab lab` hands to the browser leads to lesson 00."""
    watched.page.goto(f"{watched.server.base}/?token={watched.server.token}")

    watched.page.wait_for_selector(f'.lm-TabBar-tab.lm-mod-current:has-text("{labserver.FIRST}")')
    watched.page.wait_for_selector(".jp-NotebookPanel .jp-Cell")


def test_the_first_lesson_answers_a_press(watched: Watched) -> None:
    """In lesson 00 a press on malloc moves the path."""
    watched.page.set_viewport_size({"width": 1400, "height": 1000})
    watched.open(labserver.FIRST)
    watched.run_all()
    lab = watched.page.locator(INTERACTIVE, has=watched.page.locator(".gm-path")).first

    malloc = lab.get_by_role("button", name="malloc", exact=True).first

    watched.changes(lab.locator(".gm-path-box").first, malloc.click)
