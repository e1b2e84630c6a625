"""The experiments that settle a misconception in lessons 13 and 14, done in a real browser as a reader does them."""

import pytest
from lab_browser import Watched, fill, press, says
from lesson_browser import Cell, answered, opened, row
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def lesson_13(watched: Watched) -> Cell:
    """Open lesson 13."""
    return opened(watched, "13_pacer.ipynb")


@pytest.fixture(scope="module")
def lesson_14(watched: Watched, lesson_13: Cell) -> Cell:  # noqa: ARG001 (the page is the other lesson's until then)
    """Open lesson 14."""
    return opened(watched, "14_memory_limit.ipynb")


def test_the_goal_is_not_twice_the_heap(lesson_13: Cell) -> None:
    """Who thinks so is told what GOGC adds; stacks and globals are in the table's goals."""
    asked = answered(lesson_13("forty-two-eight"), "twice what is alive")

    expect(asked).to_contain_text("trigger = heap × (1 + GOGC/100)")
    expect(asked).to_contain_text("40 + (40 + 2 + 8) × 100 / 100")
    assert row(lesson_13("GOALS_HEAD, goals()"), "200") == ["200", "40", "2", "8", "140", "20"]


def test_the_trigger_is_not_the_goal(lesson_13: Cell) -> None:
    """It lies before it, the further the faster the program allocates, and marking ends at the goal."""
    asked = answered(lesson_13("where-it-starts"), "at the goal")

    expect(asked).to_contain_text("the trigger is the goal")
    table = lesson_13("TRIGGERS_HEAD, triggers()")
    assert (row(table, "2")[3], row(table, "400")[3]) == ("61", "45")


def test_the_goal_follows_gogc_in_the_panel(lesson_13: Cell) -> None:
    """With 50 in the field there are more cycles than with 100."""
    panel = lesson_13('lesson.pacer("ramp")')
    says(panel, "16 cycles")

    fill(panel, "gm-set-number", "50")

    says(panel, "31 cycles")


def test_the_floor_is_not_always_4_mib(lesson_13: Cell) -> None:
    """With GOGC=50 it is 2 MiB."""
    asked = answered(lesson_13("the-first-collection"), "smaller no heap is ever collected")

    expect(asked).to_contain_text("the floor is always 4 MiB")
    assert row(lesson_13("FIRST_HEAD, first_goals()"), "50")[1] == "2097152"


def test_collections_do_not_come_every_two_minutes(lesson_13: Cell) -> None:
    """An idle program that never collected does not begin to."""
    asked = answered(lesson_13("ten-idle-minutes"), "one every two minutes")

    expect(asked).to_contain_text("GC runs every two minutes")
    table = lesson_13("IDLE_HEAD, idle()")
    assert row(table, "idle, never collected")[1:] == ["0", "0", "0", "0"]
    assert row(table, "idle, collected once")[1:] == ["5", "1", "4", "0"]


def test_a_low_gogc_does_not_shorten_pauses(lesson_13: Cell) -> None:
    """Real programs stopped as long with each, and the more often the lower."""
    asked = answered(lesson_13("shorter-pauses"), "a small heap is done sooner")

    expect(asked).to_contain_text("a low GOGC means short pauses")
    expect(lesson_13("STOPS_HEAD, stops()")).to_contain_text("cache_churn")


def test_a_memory_limit_is_no_hard_limit(lesson_14: Cell) -> None:
    """A service with more alive than allowed runs on; in the panel the heap ends above the limit."""
    asked = answered(lesson_14("more-alive-than-allowed"), "out of memory")
    expect(asked).to_contain_text("a memory limit is a hard limit")
    panel = lesson_14('lesson.pacer("ramp", limit="112 MiB")')

    fill(panel, "gm-set-limit", "40MiB")

    expect(panel.locator(".gm-pc-area .limit")).to_contain_text("limit 40")
    says(panel, "the limit")


def test_a_far_limit_does_not_let_the_heap_grow(lesson_14: Cell) -> None:
    """Who thinks that the heap grows up to it is told; the table's rows are equal."""
    asked = answered(lesson_14("a-limit-far-away"), "it uses more memory, up to 200 MiB")

    expect(asked).to_contain_text("with a limit the heap grows up to it")
    lines = lesson_14("SETTINGS_HEAD, settings()").locator("tbody tr").all_inner_texts()
    assert lines[0].split("\t")[2:] == lines[2].split("\t")[2:]


def test_the_death_spiral_stops_at_half(lesson_14: Cell) -> None:
    """With the limiter the program gets more done than without."""
    asked = answered(lesson_14("the-worst-minute"), "the program stands still")

    expect(asked).to_contain_text("the collector takes all the time it needs")
    table = lesson_14("LIMITER_HEAD, limiter_rows()")
    with_it, without = row(table, "as Go does it"), row(table, "without the CPU limiter")
    assert float(with_it[2]) < 52
    assert float(without[2]) > 65
    assert float(with_it[4]) > float(without[4])


def test_without_a_limit_the_spiral_is_gone(lesson_14: Cell) -> None:
    """Pressing none in the last lab: GOGC alone sets the goals again."""
    panel = lesson_14('limit="128 MiB"')
    says(panel, "the CPU limiter stopped assists")

    press(panel, "none")

    says(panel, "GOGC set every goal")
