"""The experiments of lesson 16, done in a real browser as a reader does them."""

import pytest
from lab_browser import Watched, press
from lesson_browser import Cell, answered, opened, row
from playwright.sync_api import Locator, expect

SAYS = ".gm-gcl-say:visible"


@pytest.fixture(scope="module")
def lesson(watched: Watched) -> Cell:
    """Open lesson 16."""
    return opened(watched, "16_measuring.ipynb")


@pytest.fixture
def line(lesson: Cell) -> Locator:
    """Return the line that can be taken apart."""
    return lesson("lesson.gcline()")


def test_an_unused_variable_holds_nothing(lesson: Cell) -> None:
    """0, 0, 0 beside 0, 10, 0, in the model and in real Go."""
    asked = answered(lesson("three-lines"), "it is there until it is dropped")
    expect(asked).to_contain_text("a variable keeps its object until the function ends")

    assert row(lesson("TEN_HEAD, ten"), "made")[1:] == ["0", "0", "10", "10", "10", "3"]


def test_reading_stops_the_world_and_empties_caches(lesson: Cell) -> None:
    """A hundred stops for a hundred readings; ten readings cost ten spans."""
    asked = answered(lesson("a-hundred-reads"), "never")
    expect(asked).to_contain_text("ReadMemStats is free")

    assert row(lesson("READ_HEAD, costs_of_reading"), "runtime.ReadMemStats")[1:3] == ["100", "100"]
    assert row(lesson("FLUSH_HEAD, flushes"), "10 readings")[1:] == ["985", "15"]


def test_each_number_of_a_line_is_explained_to_mouse_and_keyboard(line: Locator) -> None:
    """Pointing at the first stop, then Tab to the marking."""
    line.locator(".gm-gcl-part").nth(3).hover()
    expect(line.locator(SAYS)).to_contain_text("First stop")

    line.page.mouse.move(0, 0)
    line.locator(".gm-gcl-part").nth(3).focus()
    line.page.keyboard.press("Tab")

    expect(line.locator(SAYS)).to_have_count(1)
    expect(line.locator(SAYS)).to_contain_text("Marking took so long; the program ran beside it.")
    line.locator("summary").click()
    expect(line.locator("details table")).to_contain_text("/gc/heap/live:bytes")


def test_another_line_is_pressed_and_pasted(line: Locator) -> None:
    """GOGC=off has no goal; what is no line is answered; markup stays text."""
    press(line, "runtime.GC, GOGC=off")
    expect(line).to_contain_text("Cycle 24, because the program asked for it,")

    field = line.locator("input[type=text]")
    field.fill("<b>hello</b>")
    field.press("Enter")

    expect(line).to_contain_text("Paste one line that begins like gc 30")
    expect(line.locator(".gm-gcl")).to_contain_text("gc 24")


def test_the_percentage_and_profiles(lesson: Cell, watched: Watched) -> None:
    """Answered wrongly on purpose; then all cells have run, without a failure."""
    expect(answered(lesson("the-percentage"), "during this cycle")).to_contain_text("the percentage is this cycle's")
    expect(answered(lesson("two-thousand-objects"), "it counts them")).to_contain_text("a profile counts")

    assert watched.failed_cells() == []
