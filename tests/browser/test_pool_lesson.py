"""The experiments of lesson 10, done in a real browser as a reader does them."""

import re

import pytest
from lab_browser import Watched, press
from lesson_browser import Cell, answered, opened, row
from playwright.sync_api import Locator, expect


@pytest.fixture(scope="module")
def lesson(watched: Watched) -> Cell:
    """Open lesson 10."""
    return opened(watched, "10_sync_pool.ipynb")


def counted(lab: Locator, words: str, number: int) -> None:
    """Wait until the counter with these words stands at a number."""
    counter = lab.locator(".gm-counters > div").filter(has_text=words)
    expect(counter.locator("b")).to_have_text(str(number))


def in_victim(lab: Locator, items: int) -> None:
    """Wait until so many items are in the victim."""
    expect(lab.locator("svg.gm-shard").nth(1)).to_have_attribute("aria-label", re.compile(rf"^victim: {items} items"))


def test_ten_buffers_are_gone_after_two_collections(lesson: Cell) -> None:
    """They become the victim, they are dropped, and New is called ten times."""
    asked = answered(lesson("ten-puts-two-gcs"), "a pool keeps what it was given")
    expect(asked).to_contain_text("a warmed pool stays warm")
    lab = lesson('scene="ten-buffers"')

    press(lab, "GC")
    in_victim(lab, 10)
    press(lab, "GC")
    in_victim(lab, 0)
    expect(lab).to_contain_text("10 items dropped")
    press(lab, "Get 10")

    counted(lab, "made by New", 10)


def test_a_warmed_pool_does_not_stay_warm(lesson: Cell) -> None:
    """Used with four at a time it has four, and a burst of ten calls New six times."""
    asked = answered(lesson("a-burst-after-five-cycles"), "in use all the time, so it stays warm")

    expect(asked).to_contain_text("a warmed pool stays warm")
    table = lesson("WARM_HEAD, warm_rows()")
    assert [row(table, gcs)[1:3] for gcs in ("0", "1", "2", "5")] == [["10", "0"], ["0", "10"], ["0", "4"], ["0", "4"]]
    press(asked, "▸ show this moment in the lab")
    counted(asked, "made by New", 1)


def test_nine_of_ten_are_stolen_and_the_private_one_is_not(lesson: Cell) -> None:
    """P0 gets 2 to 10 and a new one; then P1 has its own from its private slot."""
    lab = lesson('scene="two-ps"')

    press(lab, "Get 10")
    counted(lab, "stolen", 9)
    counted(lab, "made by New", 1)
    lab.locator(".widget-toggle-button", has_text="P1").first.click()
    press(lab, "Get")

    counted(lab, "from own private", 1)


def test_a_shorter_slice_clears_nothing(lesson: Cell) -> None:
    """HeapAlloc is the same with [:0] and without, and far less after clear."""
    asked = answered(lesson("cut-to-length-zero"), "the slices are empty now")

    expect(asked).to_contain_text("[:0] clears")
    table = lesson("STALE_HEAD, stale_rows()")
    cells = [row(table, name)[1] for name in ("nothing", "*s = (*s)[:0]", "clear(*s), then the same")]
    assert cells == ["329176", "329176", "1496"]


def test_what_is_reset_keeps_nothing_alive(lesson: Cell) -> None:
    """Five of the ten are reset and put; the five that waited still keep their 20 KiB, over a collection."""
    lab = lesson('scene="with-fields"')
    expect(lab).to_contain_text("5 waiting items keep 20")

    press(lab, "reset")
    for puts in range(16, 21):
        press(lab, "Put")
        expect(lab.locator(".gm-counters")).to_contain_text(f"{puts} Puts")
    press(lab, "GC")

    in_victim(lab, 10)
    expect(lab).to_contain_text("5 waiting items keep 20")


def test_a_slice_is_not_pooled_for_free(lesson: Cell) -> None:
    """Who says 0 B is told why; 24 B for each of a thousand Puts is right."""
    exercise = lesson("a-thousand-slices")
    field = exercise.locator("input[type=text]")

    field.fill("0")
    press(exercise, "Check")
    expect(exercise).to_contain_text("pooling []byte is free")
    field.fill("24000")
    press(exercise, "Check")

    expect(exercise).to_contain_text("is right")
    assert row(lesson("PUTTING_HEAD, putting()"), "pool.Put(p), p is the *[]byte that Get gave")[1:] == ["0", "0"]


def test_a_pool_pays_for_large_buffers_and_not_for_rare_ones(lesson: Cell) -> None:
    """One GC where there were seven; and a New for each Get of a job that comes too rarely."""
    table = lesson("PAYS_HEAD, pays()")

    steady = row(table, "the 16 KiB buffers, by a pointer")
    rare = row(table, "16 KiB buffers of a job that comes every second GC")

    assert steady[5:7] == ["7", "1"]
    assert rare[1] == rare[2] == "1000"


def test_two_handlers_are_compared_moment_by_moment(lesson: Cell) -> None:
    """At the end one GC stands beside seven; at the beginning there are none."""
    compared = lesson("lesson.compare(")
    gcs = compared.locator(".gm-cmp tbody tr").filter(has_text="NumGC")
    expect(gcs.locator("td").nth(0)).to_have_text("1")
    expect(gcs.locator("td").nth(1)).to_have_text("7")

    compared.locator(".gm-tick input").fill("0")
    compared.locator(".gm-tick input").press("Enter")

    expect(gcs.locator("td").nth(1)).to_have_text("0")
