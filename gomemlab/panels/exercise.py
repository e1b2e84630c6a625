"""An exercise in a notebook: a question, a field, Check, the verdict with its reason, and hints that open one by one.

The answer itself stays in the kernel until it has been found. Return in the field does what Check does.

Go: none, this is how a lesson asks.
Left out: keeping answers between sessions; a notebook that is opened again starts afresh.
"""

import warnings
from collections.abc import Callable

import ipywidgets as ipw

from gomemlab.checks.questions import Exercise, Verdict
from gomemlab.panels.guarded import guarded
from gomemlab.panels.panel import Panel
from gomemlab.panels.said import mistaken, prose
from gomemlab.panels.strips import draw
from gomemlab.views.base import box, close_all, headed, html, put

SIGN = {"right": "✓ ", "wrong": "✕ ", "unread": ""}
EMPTY = '<div role="status"></div>'


class ExercisePanel(Panel):
    """The widgets of one exercise; `root` is what the cell shows."""

    def __init__(self, exercise: Exercise, number: int = 1, dots: Callable[[int, str], str] | None = None) -> None:
        """Build the question; `dots` draws the progress of the lesson around exercise `number`."""
        self.exercise = exercise
        self.number = number
        self.dots = dots or (lambda _number, _state: "")
        self.solved: Callable[[], None] = lambda: None  # called once the answer is right
        self.verdict: Verdict | None = None
        self.head = html()
        self.field = ipw.Text(placeholder=exercise.example or "a number", continuous_update=True)
        self.field.tooltip = f"Your answer, in {exercise.unit}" if exercise.unit else "Your answer"
        self.button = ipw.Button(description="Check", tooltip="Compare your answer with the model's")
        self.button.add_class("mod-primary")
        self.result = html(EMPTY)
        self.hints = [Hint(text, i, self.opened) for i, text in enumerate(exercise.hints)]
        if self.hints:
            self.hints[0].offer()
        self.button.on_click(guarded(self.result, self.check))
        with (
            warnings.catch_warnings()
        ):  # Return alone is what we want; the advised observe() also fires when focus leaves
            warnings.simplefilter("ignore", DeprecationWarning)
            self.field.on_submit(guarded(self.result, self.check))
        self.body = ipw.VBox(
            [self.head, html(f'<div class="gm-q">{prose(exercise.question)}</div>'), self._row(), self.result]
        )
        self.body.children = [*self.body.children, *(hint.root for hint in self.hints)]
        self.body.add_class("gm-ex")
        if isinstance(exercise.answer, tuple):
            self.body.add_class("gm-long")
        super().__init__([self.body])
        self.refresh()

    def _row(self) -> ipw.Box:
        """Return the field with its unit and button."""
        unit = html(f'<span class="gm-s">{self.exercise.unit}</span>')
        often = html('<span class="gm-t">try as often as you like</span>')
        return box([self.field, unit, self.button, often], "gm-row")

    def check(self) -> None:
        """Judge what stands in the field and say why."""
        verdict = self.exercise.check(self.field.value)
        self.verdict = verdict
        put(self.result, value=say(verdict))
        self.body.remove_class("gm-isno")
        self.body.remove_class("gm-isyes")
        if verdict.state != "unread":
            self.body.add_class("gm-isyes" if verdict.state == "right" else "gm-isno")
        if verdict.state == "right":
            self.solved()
        self.refresh()

    def opened(self, index: int) -> None:
        """Offer the hint after the one that was opened."""
        if index + 1 < len(self.hints):
            self.hints[index + 1].offer()

    def refresh(self) -> None:
        """Redraw the headline with the lesson's progress."""
        dots = self.dots(self.number, self.verdict.state if self.verdict else "")
        put(self.head, value=headed("Exercise", dots))

    def close(self) -> None:
        """Close every widget of the panel."""
        for hint in self.hints:
            hint.close()
        super().close()


class Hint:
    """One hint: first closed, then offered as a button, then open."""

    def __init__(self, text: str, index: int, opened: Callable[[int], None]) -> None:
        """Build the closed hint."""
        self.text = text
        self.index = index
        self.is_open = False
        self._opened = opened
        self.label = html(f'<span class="gm-s">Hint {index + 1}</span>')
        self.words = html(f'<span class="gm-s">opens after hint {index}</span>' if index else "")
        self.button = ipw.Button(description="open", tooltip=f"Open hint {index + 1}")
        self.button.on_click(lambda _button: self.open())
        self.root = box([self.label, self.words], "gm-hint")

    def offer(self) -> None:
        """Put the button where the words will be."""
        self.root.children = [self.label, self.button]

    def open(self) -> None:
        """Show the words and tell the panel."""
        if self.is_open:
            return
        self.is_open = True
        put(self.words, value=f'<span role="status">{prose(self.text)}</span>')
        self.root.children = [self.label, self.words]
        self._opened(self.index)

    def close(self) -> None:
        """Close the hint's widgets, shown or not."""
        for widget in (self.root, self.words, self.button):
            close_all(widget)


def say(verdict: Verdict) -> str:
    """Return a verdict as HTML that a screen reader speaks."""
    kind = {"right": " gm-right", "unread": " gm-unread", "wrong": ""}[verdict.state]
    name = mistaken(verdict.misconception)
    picture = draw(verdict.strip) if verdict.strip else ""
    heading = f'<div class="gm-v">{SIGN[verdict.state]}{prose(verdict.heading)}</div>'
    return f'<div class="gm-why{kind}" role="status">{heading}<p>{prose(verdict.why)}</p>{name}{picture}</div>'
