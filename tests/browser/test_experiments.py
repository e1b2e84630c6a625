"""The experiments that settle a misconception in lessons 05 to 07, done in a real browser as a reader does them."""

import pytest
from lab_browser import Watched, press
from lesson_browser import Cell, answered, opened, row, run_steps
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def lesson_05(watched: Watched) -> Cell:
    """Open lesson 05."""
    return opened(watched, "05_mcentral_span_sets.ipynb")


@pytest.fixture(scope="module")
def lesson_06(watched: Watched) -> Cell:
    """Open lesson 06."""
    return opened(watched, "06_bitmaps_and_sweeping.ipynb")


@pytest.fixture(scope="module")
def lesson_07(watched: Watched) -> Cell:
    """Open lesson 07."""
    return opened(watched, "07_tri_colour_marking.ipynb")


def test_two_arrays_are_not_for_concurrency(lesson_05: Cell) -> None:
    """Who thinks so is told, and the lab opens on ten spans that went over, each swept."""
    asked = answered(lesson_05("where-ten-full-spans-go"), "two Ps can work at the same time")

    expect(asked).to_contain_text("two arrays are for concurrency")
    press(asked, "▸ show this moment in the lab")
    expect(asked.get_by_role("status").filter(has_text="index 1 is now swept")).to_contain_text("full swept 10")


def test_full_spans_are_swept_by_a_request_and_not_by_the_collector(lesson_05: Cell) -> None:
    """Twenty are unswept when marking has ended; one malloc sweeps two of them, and the log says so."""
    lab = lesson_05('scene="marking-ended"')
    expect(lab).to_contain_text("full unswept 20")

    press(lab, "malloc")

    expect(lab).to_contain_text("full swept 1, full unswept 18, 1 cached")
    expect(lab.locator(".gm-log")).to_contain_text("Sweeping span 0 freed 1 slot")
    expect(lab.locator(".gm-log")).to_contain_text("(*sweepLocked).sweep")


def test_an_mcentral_takes_no_lock_for_a_span(lesson_05: Cell) -> None:
    """More than eleven thousand spans went in and out, and 16 locks were taken."""
    asked = answered(lesson_05("a-lock-for-each-span"), "once for each span that goes in or out")

    expect(asked).to_contain_text("mcentral takes a lock for every span")
    assert row(lesson_05("LOCKS_HEAD, locks()"), "the Ps made as many new objects as were dropped")[1:] == [
        "6392",
        "4796",
        "16",
    ]


def test_survivors_keep_their_spans(lesson_06: Cell) -> None:
    """Half of the objects died, and HeapInuse is what it was."""
    asked = answered(lesson_06("every-second-object"), "half of the memory is free")

    expect(asked).to_contain_text("the collector compacts the heap")
    table = lesson_06("HALVES_HEAD, halves()")
    before, after = row(table, "nothing"), row(table, "every second object")
    assert int(after[2]) * 2 == int(before[2])
    assert after[3] == before[3]


def test_the_lowest_hole_is_filled_first(lesson_06: Cell) -> None:
    """Swept, then one malloc: freeindex jumps over five slots to the first hole."""
    lab = lesson_06('scene="five-holes"')
    press(lab, "sweep one")
    expect(lab).to_contain_text("121 of 126 slots taken")

    press(lab, "malloc")

    expect(lab).to_contain_text("122 of 126 slots taken")
    expect(lab).to_contain_text("freeindex 6")


def test_stacks_are_scanned_between_two_stops(lesson_07: Cell) -> None:
    """One cycle has two stops and three root jobs; who thinks of a third stop is told."""
    asked = answered(lesson_07("when-is-a-stack-scanned"), "in a stop of its own")

    expect(asked).to_contain_text("three stops a cycle")
    expect(lesson_07('scene="one-cycle"')).to_contain_text("2 stops, 3 of 3 root jobs")


def test_white_means_dead_when_marking_is_over_and_not_before(lesson_07: Cell) -> None:
    """Step by step: five are white half way, one at the end, and that one is freed by the sweep."""
    tree = lesson_07('scene="tree"')
    run_steps(tree, 3, "5 white, 1 black")
    run_steps(tree, 6, "1 white, 7 black")
    run_steps(tree, 1, "Marking is over: what is white and unreachable is dead")
    expect(tree.locator(".gm-og text.n")).to_have_count(8)

    run_steps(tree, 1, "No cycle marks now: 7 objects, all reachable.")

    expect(tree.locator(".gm-og text.n")).to_have_count(7)


def test_a_ring_is_freed_when_no_root_leads_into_it(lesson_07: Cell) -> None:
    """Drop the one pointer and run a cycle: nothing of the five is left."""
    ring = lesson_07('scene="ring"')
    press(ring, "Drop")
    expect(ring).to_contain_text("5 objects, 5 of them unreachable")

    run_steps(ring, 3, "Marking is over")
    expect(ring.locator(".gm-og text.n")).to_have_count(5)
    run_steps(ring, 1, "No cycle marks now")

    expect(ring.locator(".gm-og text.n")).to_have_count(0)


def test_survivors_are_not_moved(lesson_07: Cell) -> None:
    """Every object that lives has the address it had."""
    answered(lesson_07("where-survivors-are"), "the gaps are closed")

    cells = [row(lesson_07("MOVED_HEAD, moved()"), str(number)) for number in (1, 3, 5, 7)]
    assert [before == after for _, before, after, _ in cells] == [True] * 4


def test_an_old_object_is_scanned_like_any_other(lesson_07: Cell) -> None:
    """The tenth collection scans a thousand objects, as the first did."""
    asked = answered(lesson_07("the-tenth-collection"), "old objects are looked at rarely")

    expect(asked).to_contain_text("the collector is generational")
    table = lesson_07("OLD_HEAD, old_tree()")
    assert row(table, "1")[1] == row(table, "10")[1] == "1000"
