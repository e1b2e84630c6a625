"""Allocate: the controls agree, and the promise comes true."""

import pytest

from gomemlab import Lab
from gomemlab.commands import Gomaxprocs, malloc
from gomemlab.panels.allocate import SIZES, promise
from gomemlab.runtime.alloc.sizeclasses import size_class
from gomemlab.views.words import THIN


def test_slider_and_number_follow_each_other() -> None:
    """Typing 1000 moves the slider near it and keeps 1000; moving the slider sets the number."""
    panel = Lab().allocate()

    panel.number.value = "1000"
    near = SIZES[panel.slider.value]
    kept = panel.number.value
    panel.slider.value = 0

    assert abs(near - 1000) < 50
    assert kept == "1000"
    assert (panel.number.value, SIZES[0]) == ("1", 1)


def test_the_slider_has_one_more_than_a_power_of_two() -> None:
    """Else the browser's slider rounds a value down and sends it back."""
    steps = len(SIZES) - 1

    assert steps & (steps - 1) == 0
    assert (SIZES[0], SIZES[-1]) == (1, 1 << 20)
    assert 24 in SIZES


@pytest.mark.parametrize(
    ("size", "pointers", "said"),
    [
        (24, False, "class 3: a 24 B slot, nothing wasted · span class 7 · 336 slots in a span of 1 page"),
        (1025, False, "class 33: a 1 152 B slot, 127 B wasted · span class 67 · 7 slots in a span of 1 page"),
        (1024, True, "class 33: a 1 152 B slot, 128 B wasted, 8 B of it the header"),
        (5, False, "tiny: a share of a 16 B block · span class 5"),
        (5, True, "class 1: a 8 B slot, 3 B wasted"),
        (0, False, "the one address zerobase"),
        (40_000, False, "large: a span of its own, 5 pages, 960 B wasted"),
        (-8, False, "✕ size -8 is negative; ask for 0 bytes or more"),
    ],
)
def test_the_line_says_what_a_request_would_get(size: int, pointers: bool, said: str) -> None:
    """Class, slot and waste before anything is pressed; an impossible size says why."""
    assert said in promise(size, pointers).replace(THIN, " ")


@pytest.mark.parametrize("size", [24, 100, 1025, 20_000, 100_000])
def test_the_promise_comes_true(size: int) -> None:
    """The span that a request ends in has the slot size that the line named."""
    lab = Lab()
    panel = lab.allocate()
    panel.number.value = str(size)

    panel.press.click()

    span = lab.snapshot.spans.info(lab.snapshot.spans.row(lab.pick))
    assert span.elemsize == size_class(size).elemsize


def test_times_are_commands() -> None:
    """Seven times is seven ticks."""
    lab = Lab()
    panel = lab.allocate()
    panel.count.value = 7

    panel.press.click()

    assert len(lab.timeline) == 7


def test_very_many_times_run_as_work_that_can_be_stopped() -> None:
    """5000 times goes through a job, and all are done."""
    lab = Lab()
    panel = lab.allocate()
    panel.count.value = 5000

    panel.press.click()
    done = lab.wait()

    assert done == len(lab.timeline) == 5000


def test_the_ps_on_offer_are_those_of_the_moment() -> None:
    """After GOMAXPROCS = 3 there are three; a step back, one again, and P0 is chosen."""
    lab = Lab()
    lab.painter.pace = 0
    panel = lab.allocate()

    lab.do(Gomaxprocs(3))
    panel.p.value = 2
    three = len(panel.p.options)
    lab.tick = 0

    assert three == 3
    assert (len(panel.p.options), panel.p.value) == (1, 0)


@pytest.mark.parametrize("times", [-3, 0, 1_000_001])
def test_times_that_cannot_be_done_are_refused_as_typed(times: int) -> None:
    """-3 does not become 1."""
    lab = Lab()
    panel = lab.allocate()
    panel.count.value = times

    panel.press.click()

    assert panel.count.value == times
    assert "times cannot be done; ask for 1 to 1 000 000 times" in str(lab.error).replace(THIN, " ")
    assert len(lab.timeline) == 0


@pytest.mark.parametrize(("typed", "size"), [("1 MiB", 1 << 20), ("1 024", 1024), ("2k", 2048), (" 7 ", 7), ("0", 0)])
def test_a_size_is_read_as_people_write_it(typed: str, size: int) -> None:
    """1 MiB is a mebibyte, not 1 B."""
    lab = Lab()
    panel = lab.allocate()

    panel.number.value = typed
    panel.press.click()

    assert lab.error is None
    assert lab.timeline.commands[-1] == malloc(size, False, 0)


@pytest.mark.parametrize("typed", ["", "abc", "1.5", "1 2", "--1", "1 MB", "2kb", "x" * 300])
def test_what_is_no_size_is_refused_and_stays_as_typed(typed: str) -> None:
    """The line and the banner say what can be written."""
    lab = Lab()
    panel = lab.allocate()

    panel.number.value = typed
    panel.press.click()

    assert "is no size; write bytes, such as 24 or 1 KiB" in panel.line.value
    assert "is no size; write bytes, such as 24 or 1 KiB" in str(lab.error)
    assert (panel.number.value, len(lab.timeline)) == (typed, 0)
