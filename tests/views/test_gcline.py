"""One gctrace line in parts."""

import re

import pytest

from gomemlab.checks.measuring import LINE
from gomemlab.gctrace import Cycle
from gomemlab.views.gcline import MEANS, NUMBERS, draw, frame


def test_every_number_of_a_line_is_a_part_with_a_meaning() -> None:
    """18 of them, in the order of a cycle's fields; put together they are the line."""
    shown = frame(LINE)

    assert [part.name for part in shown.fields] == list(Cycle._fields[:NUMBERS]) == list(MEANS)
    assert "".join(part.text for part in shown.parts) == LINE
    assert all(part.means for part in shown.fields)
    assert shown.sentence == "Cycle 30 stopped the world for 0.584 ms in all, marked for 10 ms, and left 14 MiB alive."


def test_a_part_says_between_which_values_the_true_one_lies() -> None:
    """14 MB are 14 up to 15 MiB, 0.58 ms up to 0.59; 2 P are 2."""
    found = {part.name: part.between for part in frame(LINE).fields}

    assert found["heap_live_mb"] == "14 up to 15 MiB"
    assert found["clock_sweep_term_ms"] == "0.58 up to 0.59 ms"
    assert found["cpu_background_ms"] == "0.39 up to 0.40 ms"
    assert found["gc_cpu_percent"] == "1 up to 2 %"
    assert found["at_s"] == "2.341 up to 2.342 s"
    assert found["procs"] == "2"


@pytest.mark.parametrize(
    ("line", "name", "words"),
    [
        (LINE + " (forced)", "forced", "The program itself called runtime.GC."),
        (LINE.replace("1%:", "1% (checking for goroutine leaks):"), "leak_check", "leaked goroutines"),
        (LINE.replace("77 MB goal", "8532210231535 MB goal"), "heap_goal_mb", "GOGC=off"),
        (LINE.replace("69->70->14", "69->72->14"), "heap_end_mb", "3 MiB were allocated meanwhile"),
    ],
)
def test_what_is_special_about_a_line_is_said(line: str, name: str, words: str) -> None:
    """Remarks in parentheses, a goal of exabytes."""
    [part] = [part for part in frame(line).fields if part.name == name]

    assert words in part.means


def test_an_older_line_has_fewer_parts() -> None:
    """Go 1.17 told nothing of stacks and globals."""
    shown = frame("x: " + LINE.replace("47 MB stacks, 0 MB globals, ", ""))

    assert len(shown.fields) == 16
    assert shown.fields[-1].name == "procs"


def test_of_several_lines_the_first_is_shown() -> None:
    """And it is said that there were more."""
    shown = frame(f"hello\n{LINE} (forced)\n{LINE.replace('gc 30', 'gc 31')}\n")

    assert "Cycle 30, because the program asked for it," in shown.sentence
    assert shown.sentence.endswith("(The first of 2 lines.)")


@pytest.mark.parametrize("text", ["", "hello", "gc 7 @", LINE[:60], "<script>alert(1)</script>"])
def test_what_is_no_line_is_answered_with_what_is(text: str) -> None:
    """No picture, one sentence."""
    shown = frame(text)

    assert not shown.parts
    assert "Paste one line that begins like gc 30 @2.341s." in shown.sentence
    assert draw(shown) == ""


def test_the_picture_can_be_walked_through_without_a_mouse() -> None:
    """Each part takes the focus and has its words beside it; a table has all of them."""
    picture = draw(frame(LINE))

    assert picture.count('tabindex="0"') == picture.count('role="note"') == 18
    assert picture.count("<tr>") == 19
    assert "<b>10</b> Marking took so long; the program ran beside it. It stands for 10 up to 11 ms." in picture


def test_text_of_a_log_never_becomes_markup() -> None:
    """Only what is a gctrace line is drawn, escaped."""
    picture = draw(frame(f"<img src=x onerror=alert(1)> {LINE}<b>x</b>"))

    assert "onerror" not in picture
    assert "&gt;" in picture
    assert set(re.findall(r"<(\w+)", picture)) <= {
        "div",
        "span",
        "b",
        "code",
        "details",
        "summary",
        "table",
        "tr",
        "th",
        "td",
    }
