"""A row of numbers to type, and what the model makes of it: a field, examples to press, a sentence and a picture.

A row is put into a fresh world each time, so whatever was typed before plays no part. What cannot be read, or cannot
be done, is said in the headline, and the picture of before stays.

Go: none, this is about widgets.
Left out: stepping; a lab is for that.
"""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from threading import RLock
from typing import Generic, Protocol, TypeVar

import ipywidgets as ipw

from gomemlab.checks.numbers import read_many
from gomemlab.panels.guarded import guarded
from gomemlab.panels.panel import Panel
from gomemlab.runtime.errors import MisuseError
from gomemlab.views.base import box, headline, html, put
from gomemlab.views.words import quoted


class Run(Protocol):
    """What the model made of a row."""

    def say(self) -> str:
        """Return it as a sentence."""


R = TypeVar("R", bound=Run)


class TypedPanel(Panel, ABC, Generic[R]):
    """A field, its button, examples, and the picture of `run`."""

    name: str  # of the panel
    row: str  # what is typed: "Sizes"
    advice: str  # what can be typed
    unit: str  # of the numbers
    what: tuple[str, str]  # what pressing the button does, and pressing an example
    press: str  # what stands on the button

    def __init__(self, text: str, examples: Sequence[str], tooltip: str) -> None:
        """Place the text at once, so that there is something to look at."""
        self.lock = RLock()
        self.run: R | None = None
        self.shown = ""  # the row that the picture is of
        self.field = ipw.Text(value=text, placeholder=examples[0])
        self.field.tooltip = tooltip
        self.button = ipw.Button(description=self.press, tooltip=self.what[0])
        self.button.add_class("mod-primary")
        self.examples = [ipw.Button(description=row, tooltip=self.what[1].format(row)) for row in examples]
        self.head, self.picture = html(), html()
        typed = guarded(self.head, lambda: self.place(self.field.value))
        self.button.on_click(typed)
        for button in self.examples:
            button.on_click(guarded(self.head, partial(self.place, button.description)))
        with warnings.catch_warnings():  # only Return is to place; the advised observe() fires when focus leaves, too
            warnings.simplefilter("ignore", DeprecationWarning)
            self.field.on_submit(typed)
        words = html(f"<b>{self.row}</b>"), html('<span class="gm-s">or</span>')
        controls = box([words[0], self.field, self.button, words[1], *self.examples], "gm-row")
        super().__init__([controls, self.head, self.picture], "gm-tiny")
        self.place(text)

    def place(self, text: str) -> None:
        """Do what the row in text asks for; where that cannot be, say why and keep the picture."""
        with self.lock:
            put(self.field, value=text)
            try:
                self.run = self.made(self._read(text))
            except MisuseError as refusal:
                why = f"{refusal}." + (f" The picture is still that of {self.shown}." if self.shown else "")
                put(self.head, value=headline(self.name, why[:1].upper() + why[1:], alert=True))
                return
            self.shown = text
            put(self.head, value=headline(self.name, self.run.say()))
            put(self.picture, value=self.draw(self.run))

    @abstractmethod
    def made(self, numbers: tuple[int, ...]) -> R:
        """Return what the model makes of a row; raise MisuseError where it cannot be."""

    @abstractmethod
    def draw(self, run: R) -> str:
        """Return a run as HTML."""

    def _read(self, text: str) -> tuple[int, ...]:
        """Return the numbers in text; raise MisuseError, which says what can be read here, where there are none."""
        try:
            return read_many(text, self.unit)
        except MisuseError as refusal:
            raise MisuseError(f"{quoted(text)} cannot be read; {self.advice}") from refusal
