"""The experiments of lesson 11, done in a real browser as a reader does them."""

import pytest
from lab_browser import Watched, press
from lesson_browser import Cell, answered, opened, row
from playwright.sync_api import Locator, expect


@pytest.fixture(scope="module")
def lesson(watched: Watched) -> Cell:
    """Open lesson 11."""
    return opened(watched, "11_processors_and_locks.ipynb")


def chosen(lab: Locator, p: str) -> None:
    """Choose a P."""
    lab.locator(".gm-proc select").select_option(p)


def test_an_idle_p_does_not_help_a_busy_one_with_spans(lesson: Cell) -> None:
    """P0's malloc makes a new span, and P1's 167 slots stay its own."""
    asked = answered(lesson("a-full-span-and-an-idle-p"), "P1 does not need it now")
    expect(asked).to_contain_text("an idle P helps a busy one with spans")
    lab = lesson('scene="two-caches"')

    press(lab, "malloc")
    expect(lab).to_contain_text("167 free slots of span 2 are P0's alone")
    press(lab, "next P's span")

    expect(lab).to_contain_text("167 free slots of span 0 are P1's alone")
    assert row(lesson("ASKS_HEAD, asks()"), "nothing")[1:] == ["a new span", "167", "167", "0"]


def test_caches_do_not_return_their_surplus(lesson: Cell) -> None:
    """Ten thousand other objects, another P's need and rest change nothing; a collection does."""
    asked = answered(lesson("what-empties-a-cache"), "P1 keeps a few slots")
    expect(asked).to_contain_text("caches return their surplus")
    table = lesson("LEAVES_HEAD, leaves()")

    assert row(table, "P1 has nothing to run, and idles")[1:] == ["2", "167", "0"]
    assert row(table, "a collection")[1:] == ["0", "0", "1"]


def test_a_malloc_takes_no_lock(lesson: Cell) -> None:
    """Ten thousand take the heap lock five times."""
    asked = answered(lesson("ten-thousand-mallocs"), "so each malloc locks it")
    expect(asked).to_contain_text("every malloc takes a lock")
    expect(asked).to_contain_text("The model counted 5 times")

    assert row(lesson("TAKES_HEAD, takes()"), "malloc of 64 B, its span has room")[1] == "none"


def test_a_thief_takes_goroutines(lesson: Cell) -> None:
    """P1 steals four of nine, and allocates from a span of its own."""
    lab = lesson('scene="nine-goroutines"')

    chosen(lab, "P1")
    press(lab, "schedule")
    expect(lab).to_contain_text("P1 stole 4 goroutines")
    press(lab, "malloc")

    expect(lab).to_contain_text("167 free slots of span 8 are P1's alone")


def test_every_cell_runs_and_what_is_asked_is_answered(lesson: Cell, watched: Watched) -> None:
    """No cell fails, run once or again."""
    expect(answered(lesson("more-ps"), "are added to the two")).to_contain_text("They got none of them")

    assert watched.failed_cells() == []
