"""Questions in a real browser: answered with the keyboard alone, hints opened, cells run again and out of order."""

from lab_browser import Watched, write_notebook

PREDICT = 'from gomemlab import lesson_03 as lesson\nlesson.predict("request-505")'
EXERCISE = 'from gomemlab import lesson_01 as lesson\nlesson.exercise("objects-per-span")'


def test_a_prediction_is_answered_with_tab_and_enter(watched: Watched) -> None:
    """The notebook takes the arrow keys, so Tab must reach every option and the lock."""
    write_notebook(watched.server.folder / "predict.ipynb", PREDICT)
    watched.open("predict.ipynb")
    watched.run_all()
    page = watched.page
    options = page.locator(".gm-ask .widget-toggle-button")
    options.first.focus()

    for key in ("Tab", "Enter"):
        page.keyboard.press(key)
    page.locator(".gm-ask button.mod-primary:not([disabled])").wait_for()
    for key in ("Tab", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)

    page.get_by_text("✕ your answer").wait_for()
    assert page.get_by_text("✓ what the model did").is_visible()
    assert page.locator(".gm-opt").count() == 4
    page.get_by_role("button", name="show this moment").click()
    page.locator(".gm-predict .gm-path-box").wait_for()
    assert watched.failed_cells() == []


def test_an_exercise_is_answered_with_return_and_says_why(watched: Watched) -> None:
    """128 is told why, 126 is right; hint 2 opens after hint 1."""
    write_notebook(watched.server.folder / "exercise.ipynb", EXERCISE)
    watched.open("exercise.ipynb")
    watched.run_all()
    page = watched.page
    field = page.locator(".gm-ex input[type=text]")

    field.fill("128")
    field.press("Enter")
    page.get_by_text("128 is not right").wait_for()
    assert page.get_by_role("button", name="open").count() == 1
    page.get_by_role("button", name="open").click()
    page.get_by_text("A span of this class").wait_for()
    watched.shot("exercise_wrong")
    field.fill("126 objects")
    field.press("Enter")

    page.get_by_text("126 objects is right").wait_for()
    assert watched.failed_cells() == []


def test_cells_of_a_lesson_run_out_of_order_and_again(watched: Watched) -> None:
    """The last cells first, each twice, in a fresh kernel: no traceback, and one panel a cell."""
    write_notebook(watched.server.folder / "order.ipynb", EXERCISE, PREDICT)
    watched.open("order.ipynb")
    page = watched.page

    for index in (1, 0, 1, 0):
        page.locator(".jp-CodeCell").nth(index).locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        page.locator(".jp-CodeCell").nth(index).locator(".gm-q").wait_for()

    assert page.locator(".gm-q").count() == 2
    assert watched.failed_cells() == []


def test_slots_that_die_are_typed_and_sent_with_return(watched: Watched) -> None:
    """The words and the picture follow; what cannot be is said, and the picture stays."""
    write_notebook(
        watched.server.folder / "slots.ipynb", 'from gomemlab import lesson_06 as lesson\nlesson.slots("5, 9")'
    )
    watched.open("slots.ipynb")
    watched.run_all()
    page = watched.page
    field, picture = page.locator(".gm-tiny input[type=text]"), page.locator(".gm-reuse")

    field.fill("20, 3")
    field.press("Enter")
    page.get_by_text("got slots 3, 20").wait_for()
    before = picture.inner_html()
    field.fill("126")
    field.press("Enter")

    page.get_by_text("There is no slot 126").wait_for()
    assert picture.inner_html() == before
    assert picture.locator("svg").count() == 5
    assert watched.failed_cells() == []
