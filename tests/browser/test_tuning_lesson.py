"""The experiments of lesson 17, done in a real browser as a reader does them."""

import gzip

import pytest
from lab_browser import Watched, fill, press
from lesson_browser import Cell, answered, opened, row
from playwright.sync_api import Locator, expect

from gomemlab.checks.tuning import DASH
from gomemlab.gctrace import shipped


@pytest.fixture(scope="module")
def lesson(watched: Watched) -> Cell:
    """Open lesson 17."""
    return opened(watched, "17_tune_your_service.ipynb")


@pytest.fixture
def panel(lesson: Cell) -> Locator:
    """Return the panel on the lesson's service, its map whole."""
    found = lesson('lesson.what_if("cache_churn")')
    found.locator(".gm-wi-signs .best").wait_for()
    return found


def head(panel: Locator) -> Locator:
    """Return the answer in a sentence."""
    return panel.locator(".gm-head", has_text="What if")


def solved(cell: Locator, *answers: str) -> Locator:
    """Type answers one after the other, and return the cell."""
    for answer in answers:
        cell.locator("input[type=text]").fill(answer)
        press(cell, "Check")
        expect(cell).to_contain_text(answer.split(",")[0])
    return cell


def test_twice_the_gogc_is_neither_twice_nor_half(lesson: Cell, panel: Locator) -> None:
    """Who thinks so is told; the panel opens on that question, and the table has real Go's runs."""
    expect(answered(lesson("twice-the-gogc"), "twice as high")).to_contain_text("doubling GOGC doubles the memory")
    expect(answered(lesson("half-the-cycles"), "half of it")).to_contain_text("doubling GOGC halves the cost")

    expect(head(panel)).to_contain_text("With GOGC=200 the heap would have peaked at 341 MiB (1.60×)")
    assert row(lesson("DOUBLED_HEAD, doubled"), "cache_churn")[1:3] == ["1.60", f"1.44{DASH}1.77"]


def test_half_the_gogc_is_asked_and_answered(lesson: Cell, panel: Locator) -> None:
    """50 in the panel's field; the number from its table is the exercise's answer."""
    fill(panel, "gm-pc-set .gm-set-number", 50)
    expect(head(panel)).to_contain_text("with 90 cycles")

    asked = solved(lesson("cycles-at-fifty"), "82", "90")

    expect(asked).to_contain_text("90 cycles is right")


def test_intervals_are_read_to_their_upper_end(lesson: Cell) -> None:
    """350 keeps to the budget by its value only; 250 up to the end of its interval."""
    expect(answered(lesson("eight-in-ten"), "always, or nearly")).to_contain_text("a prediction is a number")
    asked = lesson("half-a-gibibyte")

    expect(solved(asked, "350")).to_contain_text("its value is below, its interval is not")
    expect(solved(asked, "250")).to_contain_text("250 is right")


def test_a_limit_too_low_is_refused_by_the_panel_and_by_real_go(lesson: Cell, panel: Locator) -> None:
    """64 MiB holds what is alive and is infeasible; a container as large as the limit is left."""
    fill(panel, "gm-pc-set .gm-set-limit", "64MiB")
    expect(head(panel)).to_contain_text("is infeasible for this service")

    expect(solved(lesson("too-low"), "48", "48, 64")).to_contain_text("48, 64 MiB is right")
    asked = answered(lesson("as-much-as-allowed"), "below the limit")
    expect(asked).to_contain_text("the limit protects from the OOM killer")


def test_errors_and_their_causes_are_in_the_lesson(lesson: Cell) -> None:
    """Every setting for each of the three numbers; the weak cache among the misses, with its cause."""
    assert lesson("ERRORS_HEAD, errors").locator("tbody tr").count() == 24
    expect(lesson("MISSES_HEAD, misses")).to_contain_text("which one log cannot show")
    expect(lesson("TRUE_HEAD, came_true")).to_contain_text("GOGC=off GOMEMLIMIT=256MiB")


def test_a_log_of_ones_own_is_uploaded(lesson: Cell, watched: Watched) -> None:
    """In the second panel; its service is asked at once, and all cells have run without a failure."""
    own = lesson('lesson.what_if("json_decode")')
    content = gzip.compress(shipped.read("trees").encode())

    with watched.page.expect_file_chooser() as chosen:
        own.get_by_role("button", name="upload").click()
    chosen.value.set_files({"name": "gc.log.gz", "mimeType": "application/gzip", "buffer": content})

    expect(own.locator(".gm-wi-read")).to_contain_text("gc.log.gz: 65 cycles under GOGC=100")
    expect(lesson("from gomemlab import what_if")).to_contain_text("With GOGC=200 GOMEMLIMIT=900MiB")
    assert watched.failed_cells() == []
