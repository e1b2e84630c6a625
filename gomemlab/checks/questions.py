"""Predictions and exercises: a question, the model's answer, and why the usual wrong answers fail.

A prediction is asked before anything is shown and is right or wrong once. An exercise may be tried as often as one
likes. Every wrong answer that a known way of thinking leads to is met by that thinking's name and by the reason why it
fails; no text that can be seen before the right answer contains it.

Go: none, this is how a lesson asks.
Left out: marks and time limits. A lesson teaches; it does not examine.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gomemlab.checks.numbers import count, how_read, read_grouped, read_many, read_one
from gomemlab.checks.strip import Strip
from gomemlab.runtime.errors import MisuseError, ThrowError

if TYPE_CHECKING:
    from gomemlab.timeline import Timeline

Value = int | tuple[int, ...]
Scene = Callable[[], "Timeline"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said to one answer."""

    state: Literal["right", "wrong", "unread"]
    heading: str
    why: str
    misconception: str = ""  # by its name, where the answer gives one away
    strip: Strip | None = None

    def say(self) -> str:
        """Return the verdict as one line of plain text, for a screen reader."""
        name = f" Misconception: {self.misconception}." if self.misconception else ""
        return f"{self.heading}. {self.why}{name}"


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong answer that a known way of thinking leads to."""

    value: Value
    how: str  # what the number is: "it is 8192 / 64"
    why: str  # why that fails, without the right answer
    misconception: str = ""


@dataclass(frozen=True, slots=True)
class Exercise:
    """A question with a number, or a row of numbers, for an answer."""

    question: str
    unit: str
    answer: Value
    wrong: tuple[Wrong, ...]
    otherwise: str  # said to any other wrong answer: what to look at
    right: str  # said to the right answer
    hints: tuple[str, ...]
    strip: Strip | None = None  # drawn under a wrong answer; does not give the answer away
    example: str = ""  # what an answer looks like, where its form is not obvious
    as_many: bool = True  # the question says how many numbers it wants; else that is a part of the answer

    def __post_init__(self) -> None:
        """Raise ThrowError where a wrong answer is right, stands there twice, or can never be read as one."""
        values = [wrong.value for wrong in self.wrong]
        if self.answer in values or len(set(values)) != len(values):
            raise ThrowError(
                f"the wrong answers {values} to “{self.question}” must differ from each other and from the right one"
            )
        if {isinstance(value, tuple) for value in [self.answer, *values]} != {isinstance(self.answer, tuple)}:
            raise ThrowError(f"the wrong answers {values} to “{self.question}” must be of the form of the right one")

    def check(self, text: str) -> Verdict:
        """Return the verdict on an answer as it was typed; text that cannot be read is no wrong answer."""
        try:
            value = self.read(text)
        except MisuseError as refusal:
            why = f"{refusal}."
            return Verdict("unread", "I could not read that", why[:1].upper() + why[1:])
        if value == self.answer:
            return Verdict("right", f"{show(value)} {self.unit}".rstrip() + " is right", self.right)
        what = f"{show(value)}{how_read(text)} is not right"
        for wrong in self.wrong:
            if wrong.value == value:
                return Verdict("wrong", f"{what}: {wrong.how}", wrong.why, wrong.misconception, self.strip)
        return Verdict("wrong", what, self.otherwise)

    def read(self, text: str) -> Value:
        """Return the number or numbers in text; raise MisuseError where they cannot be read, or are too few or many."""
        if not text.strip():
            raise MisuseError("the answer is empty; write a number and press Check")
        if not isinstance(self.answer, tuple):
            return read_one(text, self.unit)
        wanted, values, grouped = len(self.answer), read_many(text, self.unit), read_grouped(text, self.unit)
        found = grouped if len(values) != wanted == len(grouped) else values
        if self.as_many and len(found) != wanted and found not in [wrong.value for wrong in self.wrong]:
            many = f"{len(found)} number" + ("" if len(found) == 1 else "s")
            raise MisuseError(f"that is {many}; the question asks for {wanted}, with commas between them")
        return found


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a prediction."""

    value: object  # what the model would have to do for this option to be the right one
    text: str
    why: str = ""  # said to who chose it, wrongly
    misconception: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A question asked before anything is shown."""

    question: str
    options: tuple[Option, ...]
    answer: object  # what the model, or who is named below, did: the value of exactly one option
    because: str  # the model's own account of it
    scene: Scene | None = None  # the world in which it happened, to be opened in the lab
    views: tuple[str, ...] = ("transport", "path", "log")  # of that lab
    who: str = "the model"  # whose doing is asked about; "Go" where the numbers are recorded ones

    def __post_init__(self) -> None:
        """Raise ThrowError unless exactly one option is what the model did."""
        if [option.value for option in self.options].count(self.answer) != 1:
            raise ThrowError(
                f"the model's answer {self.answer!r} to “{self.question}” must be exactly one of the options"
            )

    @property
    def index(self) -> int:
        """Return the place of the right option."""
        return [option.value for option in self.options].index(self.answer)

    @property
    def name(self) -> str:
        """Return who it is, at the start of a sentence."""
        return self.who[:1].upper() + self.who[1:]

    def check(self, index: int) -> Verdict:
        """Return the verdict on the option at index; raise MisuseError where there is none."""
        if not 0 <= index < len(self.options):
            raise MisuseError(f"there is no option {index}; choose one from 0 to {len(self.options) - 1}")
        if index == self.index:
            return Verdict("right", f"{self.name} did the same", self.because)
        chosen = self.options[index]
        why = f"{chosen.why} {self.because}" if chosen.why else self.because
        return Verdict("wrong", f"{self.name} did something else", why, chosen.misconception)


def show(value: Value) -> str:
    """Return a number or a row of numbers as it is printed."""
    return ", ".join(count(one) for one in value) if isinstance(value, tuple) else count(value)
