"""The experiments that settle a misconception in lesson 12, done in a real browser as a reader does them."""

import pytest
from lab_browser import Watched, press
from lesson_browser import Cell, answered, opened, row
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def lesson_12(watched: Watched) -> Cell:
    """Open lesson 12."""
    return opened(watched, "12_stacks.ipynb")


def test_a_stack_that_is_full_moves_and_its_pointers_with_it(lesson_12: Cell) -> None:
    """Who thinks that it grows where it is is told; one call, and the old stack stands beside the new one."""
    asked = answered(lesson_12("twenty-thousand-deep"), "the operating system adds pages below it")
    expect(asked).to_contain_text("a stack grows where it is")
    lab = lesson_12('scene="first-calls"')

    press(lab, "call")

    expect(lab).to_contain_text("The stack grew from 2 048 to 4 096 B: 1 088 B copied, 5 pointers adjusted.")
    expect(lab).to_contain_text("Old stack, free")


def test_a_pointer_to_a_local_is_adjusted(lesson_12: Cell) -> None:
    """Who thinks that it dangles is told both addresses."""
    asked = answered(lesson_12("a-pointer-to-a-local"), "Go must not use it any more")

    expect(asked).to_contain_text("pointers to locals dangle")
    expect(asked).to_contain_text("moved by as much as the stack itself")


def test_stacks_do_not_shrink_at_once(lesson_12: Cell) -> None:
    """4 MiB after all returns; a collection takes one half, the next one half of that."""
    asked = answered(lesson_12("after-one-collection"), "it shrank when the functions returned")
    expect(asked).to_contain_text("stacks shrink at once")
    lab = lesson_12('scene="come-back"')
    expect(lab).to_contain_text("4 194 304 B, 56 B in use by 1 frame")

    press(lab, "GC")
    expect(lab).to_contain_text("The stack shrank from 4 194 304 to 2 097 152 B")
    press(lab, "GC")

    expect(lab).to_contain_text("The stack shrank from 2 097 152 to 1 048 576 B")


def test_not_every_goroutine_begins_with_2_kib(lesson_12: Cell) -> None:
    """Those that get a dead one's g begin with what the last collection found in use."""
    asked = answered(lesson_12("the-next-five-hundred"), "every goroutine begins with that")

    expect(asked).to_contain_text("every goroutine begins with 2 KiB")
    table = lesson_12("START_HEAD, starts()")
    assert row(table, "500 deep goroutines were scanned")[2:] == ["16384", "2048"]
    assert row(table, "500 shallow goroutines were scanned")[2:] == ["2048", "2048"]


def test_the_picked_stack_is_picked_on_the_heap_map(lesson_12: Cell) -> None:
    """Stack memory is a span among the others."""
    lab = lesson_12('scene="ten-goroutines"')

    press(lab, "its span")

    expect(lab.locator(".gm-heap, .gm-map").first).to_be_visible()
    expect(lab).to_contain_text("stacks 24")


def test_gs_stay_when_their_goroutines_ended(lesson_12: Cell) -> None:
    """Stacks went back, and HeapAlloc stayed."""
    table = lesson_12("GS_HEAD, gs()")

    waiting, later = row(table, "10 000 wait"), row(table, "another collection")

    assert waiting[2] == later[2] == "10000"
    assert int(later[3]) * 100 < int(waiting[3])


def test_the_limit_is_gos_own(lesson_12: Cell) -> None:
    """Who thinks of the OS is told; the call is refused in Go's words, and the lab lives on."""
    asked = answered(lesson_12("without-an-end"), "more the operating system does not allow")
    expect(asked).to_contain_text("the OS limits the stack")
    lab = lesson_12('scene="near-the-limit"')

    press(lab, "call")
    expect(lab).to_contain_text("goroutine stack exceeds 1000000000-byte limit")
    expect(lab).to_contain_text("fatal error: stack overflow")
    press(lab, "return")

    expect(lab).to_contain_text("in use by 4 frames")
