"""Exercises and predictions, by small examples of their own."""

from dataclasses import replace

import pytest

from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.checks.strip import Part, Strip
from gomemlab.runtime.errors import MisuseError, ThrowError

FIT = Exercise(
    question="How many slots?",
    unit="slots",
    answer=126,
    wrong=(Wrong(128, "it is 8192 / 64", "Not all bytes are slots.", "a span holds span bytes / size objects"),),
    otherwise="Count the bytes.",
    right="8064 / 64.",
    hints=("A page.",),
    strip=Strip(4, (Part(0, 3, "taken"), Part(3, 1, "reserved")), "a span"),
)
GUESS = Prediction(
    "Which?",
    (Option("a", "the first", "It is not.", "first is best"), Option("b", "the second")),
    "b",
    "The model took b.",
)


def test_a_right_answer_is_told_why_it_is_right() -> None:
    """126 slots, however it is typed."""
    verdict = FIT.check("126 slots")

    assert (verdict.state, verdict.heading, verdict.why) == ("right", "126 slots is right", "8064 / 64.")


def test_a_known_wrong_answer_is_met_by_its_misconception() -> None:
    """128 comes from dividing the whole span."""
    verdict = FIT.check("128")

    assert verdict.state == "wrong"
    assert verdict.misconception == "a span holds span bytes / size objects"
    assert verdict.strip is FIT.strip
    assert verdict.say() == (
        "128 is not right: it is 8192 / 64. Not all bytes are slots. "
        "Misconception: a span holds span bytes / size objects."
    )


def test_any_other_wrong_answer_is_told_what_to_look_at() -> None:
    """No known way of thinking leads to 99."""
    verdict = FIT.check("99")

    assert (verdict.state, verdict.why, verdict.misconception) == ("wrong", "Count the bytes.", "")


def test_a_wrong_answer_in_kb_is_told_how_it_was_read() -> None:
    """A thousand or 1,024: only the reader knows."""
    bytes_ = replace(FIT, unit="B")

    assert bytes_.check("5 KB").heading == "5\u202f120 (KB is read as 1024 B) is not right"


@pytest.mark.parametrize("text", ["", "   ", "many", "-1"])
def test_what_cannot_be_read_is_no_wrong_answer(text: str) -> None:
    """An empty field is not a mistake about Go."""
    assert FIT.check(text).state == "unread"


def test_a_row_of_numbers_must_agree_in_order() -> None:
    """0, 2 is right where 2, 0 is not."""
    row = replace(FIT, answer=(0, 2), wrong=(Wrong((0, 1), "no gap", "There is one."),))

    states = [row.check(text).state for text in ("0, 2", "2, 0", "0 1")]

    assert states == ["right", "wrong", "wrong"]
    assert row.check("0, 2").heading == "0, 2 slots is right"


def test_half_of_an_answer_is_no_wrong_answer() -> None:
    """Who types the first of two numbers is asked for the second, unless some thinking leads to just that one."""
    row = replace(FIT, answer=(0, 2), wrong=(Wrong((7,), "one thing", "There are two."),))

    assert row.check("0").state == row.check("0, 2, 4").state == "unread"
    assert row.check("0").why == "That is 1 number; the question asks for 2, with commas between them."
    assert row.check("7").why == "There are two."
    assert replace(row, as_many=False).check("0").why == row.otherwise


def test_thousands_may_be_grouped_in_a_row_of_numbers() -> None:
    """1 000, 0 are two numbers, and 1 100 are two where two are asked for."""
    row = replace(FIT, unit="", answer=(1000, 0), wrong=(Wrong((1, 100), "small", "Larger."),))

    states = [row.check(text).state for text in ("1000, 0", "1 000, 0", "1\u202f000, 0", "1,000 and 0")]

    assert states == ["right"] * 4
    assert row.check("1 100").why == "Larger."


@pytest.mark.parametrize("value", [126, 128])
def test_an_exercise_refuses_a_wrong_answer_that_is_right_or_doubled(value: int) -> None:
    """If the model changes, a lesson must not call the truth a misconception."""
    with pytest.raises(ThrowError, match="must differ"):
        replace(FIT, wrong=(*FIT.wrong, Wrong(value, "", "")))


def test_an_exercise_refuses_a_wrong_answer_that_nobody_can_give() -> None:
    """7 typed as the answer to a row of numbers is read as a row of one."""
    with pytest.raises(ThrowError, match="of the form of the right one"):
        replace(FIT, answer=(1, 2), wrong=(Wrong(7, "", ""),))


def test_a_prediction_says_what_the_model_did() -> None:
    """The second option is what the model did."""
    right, wrong = GUESS.check(1), GUESS.check(0)

    assert (right.state, right.why) == ("right", "The model took b.")
    assert (wrong.state, wrong.why) == ("wrong", "It is not. The model took b.")
    assert wrong.misconception == "first is best"


def test_a_prediction_about_recordings_says_what_go_did() -> None:
    """Four real programs ran: the right answer is Go's, not the model's."""
    recorded = replace(GUESS, who="Go")

    assert GUESS.check(1).heading == "The model did the same"
    assert recorded.check(1).heading == "Go did the same"
    assert recorded.check(0).heading == "Go did something else"


def test_a_prediction_needs_the_models_answer_among_its_options_once() -> None:
    """A model that does c has no option here."""
    with pytest.raises(ThrowError, match="exactly one"):
        replace(GUESS, answer="c")


def test_an_option_that_does_not_exist_is_refused() -> None:
    """There are options 0 and 1."""
    with pytest.raises(MisuseError, match="no option 2"):
        GUESS.check(2)


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        ((Part(0, 2, "taken"), Part(1, 1, "free")), "overlaps"),
        ((Part(0, 0, "taken"),), "overlaps"),
        ((Part(0, 5, "taken"),), "beyond"),
    ],
)
def test_a_strip_refuses_parts_that_cannot_be_drawn(parts: tuple[Part, ...], complaint: str) -> None:
    """Two parts in one place, an empty one, and one beyond the end."""
    with pytest.raises(ThrowError, match=complaint):
        Strip(4, parts, "broken")
