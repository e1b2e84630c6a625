"""The experiments that settle a misconception in lesson 15, done in a real browser as a reader does them."""

import pytest
from lab_browser import Watched, press
from lesson_browser import Cell, answered, opened, row
from playwright.sync_api import Locator, expect


@pytest.fixture(scope="module")
def lesson_15(watched: Watched) -> Cell:
    """Open lesson 15."""
    return opened(watched, "15_giving_memory_back.ipynb")


def test_a_cycle_gives_nothing_back_and_free_os_memory_does(lesson_15: Cell) -> None:
    """Who thinks that GC returns memory is told; in the lab RSS stays after GC, and falls after FreeOSMemory."""
    asked = answered(lesson_15("after-the-drop"), "the collector returned what it freed")
    expect(asked).to_contain_text("GC returns memory to the OS")
    lab = lesson_15('scene="written"')

    press(lab, "drop all")
    press(lab, "GC")
    expect(lab).to_contain_text("RSS is 259 MiB")
    press(lab, "FreeOSMemory")

    expect(lab).to_contain_text("RSS is 2.6 MiB")


def test_what_is_idle_is_no_leak(lesson_15: Cell) -> None:
    """The second 256 MiB get the idle pages: Sys and RSS are as before."""
    asked = answered(lesson_15("another-two-hundred"), "what is idle is lost")

    expect(asked).to_contain_text("HeapIdle is a leak")
    table = lesson_15("STEPS_HEAD, steps()")
    assert row(table, "written")[1:] == row(table, "256 blocks once more")[1:]


def test_free_os_memory_frees_no_object(lesson_15: Cell) -> None:
    """Who thinks so is told what the name means."""
    asked = answered(lesson_15("a-pointer-that-one-has"), "its memory was freed")

    expect(asked).to_contain_text("FreeOSMemory frees objects")
    expect(asked).to_contain_text("The name means: free memory, to the OS.")


def test_no_cycle_is_fuller_than_another(lesson_15: Cell) -> None:
    """One that began by itself and runtime.GC leave the same."""
    asked = answered(lesson_15("a-full-collection"), "old garbage that other cycles leave")

    expect(asked).to_contain_text("runtime.GC is a full GC")
    table = lesson_15("CYCLES_HEAD, cycles()")
    assert row(table, "a cycle that began by itself")[3:] == row(table, "runtime.GC()")[3:]


def run_back(lab: Locator, tick: int) -> None:
    """Go to a moment of the past."""
    field = lab.locator(".gm-tick input")
    field.fill(str(tick))
    field.press("Enter")
    expect(field).to_have_value(str(tick))


def test_the_background_scavenger_waits_for_a_second_cycle(lesson_15: Cell) -> None:
    """After one cycle seconds change nothing; after another they do, be it one that came after two minutes."""
    lab = lesson_15('scene="idle-service"')
    expect(lab).to_contain_text("RSS is 258 MiB")

    press(lab, "1 s passes")
    expect(lab).to_contain_text("RSS is 258 MiB")
    press(lab, "GC")
    for _ in range(3):
        press(lab, "1 s passes")
    expect(lab).to_contain_text("RSS is 2.2 MiB")
    expect(lab.locator(".gm-tick input")).to_have_value("519")  # the last press, too, is on screen

    run_back(lab, 515)
    expect(lab).to_contain_text("RSS is 258 MiB")
    for _ in range(3):
        press(lab, "1 min passes")

    expect(lab).to_contain_text("RSS is 2.2 MiB")


def test_a_memory_limit_is_no_wall(lesson_15: Cell) -> None:
    """Who thinks that an allocation fails is told where 148 MiB are."""
    asked = answered(lesson_15("a-limit-and-holes"), "an allocation beyond it fails")

    expect(asked).to_contain_text("a memory limit is a hard limit")
    expect(asked).to_contain_text("the limit is soft")


def test_one_ledger_leads_from_rss_to_what_is_alive(lesson_15: Cell) -> None:
    """Four times HeapAlloc at the top, and the live bytes at the bottom."""
    table = lesson_15("ledger_of_a_service()")

    rss, alloc = (float(row(table, name)[2]) for name in ("RSS", "= HeapAlloc"))

    assert 3.9 <= rss / alloc <= 4.1
    assert float(row(table, "= live at the last mark")[2]) < alloc
