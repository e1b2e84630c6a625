"""A prediction in a notebook: options, a button that locks the choice, and then what the model did.

Nothing of the answer is sent to the browser before the choice is locked in.

Go: none, this is how a lesson asks.
Left out: changing one's mind. Running the cell again asks anew.
"""

from collections.abc import Callable
from html import escape
from typing import Any, Protocol

import ipywidgets as ipw

from gomemlab.checks.questions import Prediction, Verdict
from gomemlab.panels.cells import Closable
from gomemlab.panels.guarded import guarded
from gomemlab.panels.panel import Panel
from gomemlab.panels.said import mistaken, prose
from gomemlab.views.base import box, close_all, headed, html, put


class Opened(Closable, Protocol):
    """Something that a prediction opens below itself."""

    root: ipw.Widget


Opener = Callable[[Any, tuple[str, ...]], Opened]


class PredictPanel(Panel):
    """The widgets of one prediction; `root` is what the cell shows."""

    def __init__(self, prediction: Prediction, opener: Opener | None = None) -> None:
        """Build the question; `opener` makes a lab of a timeline and views' names, for "show this in the lab"."""
        self.prediction = prediction
        self.opener = opener
        self.opened: Opened | None = None
        self.head = html(_head("you see the answer after you lock yours in"))
        # Not RadioButtons: the notebook takes the arrow keys, so only what Tab reaches can be chosen by keyboard.
        self.options = ipw.ToggleButtons(
            options=[(option.text, i) for i, option in enumerate(prediction.options)], index=None
        )
        self.chosen = html('<div role="status"></div>', "gm-hidden")
        self.lock = ipw.Button(description="Lock in", button_style="primary", disabled=True)
        self.lock.add_class("mod-primary")
        self.lock.tooltip = "Choose an answer first"
        self.reveal = html('<div role="status"></div>')
        self.show_lab = ipw.Button(description="▸ show this moment in the lab")
        self.options.observe(self._chosen, "index")
        self.lock.on_click(guarded(self.reveal, self._lock))
        self.show_lab.on_click(guarded(self.reveal, self._open))
        self.offer = box([self.show_lab], "gm-row")
        self.ask = box([self.options, self.chosen, box([self.lock], "gm-row")], "gm-ask")
        self.body = ipw.VBox(
            [self.head, html(f'<div class="gm-q">{prose(prediction.question)}</div>'), self.ask, self.reveal]
        )
        super().__init__([self.body], "gm-predict")

    @property
    def verdict(self) -> Verdict | None:
        """Return the verdict on the locked choice, or None before there is one."""
        locked = self.ask not in self.body.children
        return self.prediction.check(self.options.index) if locked else None

    def close(self) -> None:
        """Close every widget of the panel, and the lab it opened."""
        if self.opened is not None:
            self.opened.close()
        for widget in (self.root, self.ask, self.offer):
            close_all(widget)

    def _chosen(self, _change: object) -> None:
        """Let a choice be locked in."""
        if self.options.index is None:
            return
        put(self.lock, disabled=False, tooltip="Lock this answer in and see what the model does")
        text = escape(self.prediction.options[self.options.index].text)
        put(self.chosen, value=f'<div role="status">Chosen: {text}</div>')

    def _lock(self) -> None:
        """Take the choice away and show what the model did beside it."""
        if self.options.index is None or self.ask not in self.body.children:
            return
        verdict = self.prediction.check(self.options.index)
        put(self.reveal, value=reveal(self.prediction, self.options.index, verdict))
        put(self.head, value=_head("locked in; run the cell again to be asked anew"))
        more = [self.offer] if self.prediction.scene and self.opener else []
        self.body.children = [child for child in self.body.children if child is not self.ask] + more

    def _open(self) -> None:
        """Open the lab on the world in which it happened, once."""
        if self.opened is None and self.prediction.scene and self.opener:
            self.opened = self.opener(self.prediction.scene(), self.prediction.views)
            kept = [child for child in self.body.children if child is not self.offer]
            self.body.children = [*kept, self.opened.root]


def reveal(prediction: Prediction, mine: int, verdict: Verdict) -> str:
    """Return the options with the chosen and the right one marked, and the reason, as HTML."""
    rows = "".join(_row(prediction, i, mine) for i in range(len(prediction.options)))
    name = mistaken(verdict.misconception)
    spoken = f'<span class="gm-hidden">{escape(_spoken(prediction, mine))}</span>'
    why = f'<div class="gm-say" role="status">{spoken}<p>{prose(verdict.why)}</p>{name}</div>'
    return f'<ul class="gm-opts">{rows}</ul>{why}'


def _row(prediction: Prediction, i: int, mine: int) -> str:
    """Return one option of the reveal."""
    text, right, who = prediction.options[i].text, prediction.index, prediction.who
    classes = [
        "gm-opt",
        *(["gm-mine"] if i == mine else []),
        *(["gm-yes"] if i == right else ["gm-no"] if i == mine else []),
    ]
    notes = {True: f"✓ what {who} did", False: "✕ your answer" if i == mine else ""}
    note = f"✓ your answer, and what {who} did" if i == mine == right else notes[i == right]
    mark = f'<span class="gm-r">{note}</span>' if note else ""
    return f'<li class="{" ".join(classes)}"><i aria-hidden="true"></i>{prose(text)}{mark}</li>'


def _spoken(prediction: Prediction, mine: int) -> str:
    """Return the outcome as a sentence for a screen reader."""
    right = prediction.options[prediction.index].text
    return f"Your answer: {prediction.options[mine].text}. {prediction.name}: {right}. "


def _head(note: str) -> str:
    """Return the headline."""
    return headed("Predict", f'<span class="gm-s">{note}</span>')
