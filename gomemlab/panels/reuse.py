"""Slots that die, to play with: type which, and see what the sweep does to the bitmaps and who is reused when.

Go: runtime/malloc.go, nextFreeFast; runtime/mgcsweep.go, (*sweepLocked).sweep.
Left out: stepping; the span is filled anew in a fresh world each time.
"""

import warnings
from html import escape
from threading import RLock
from typing import Any

import ipywidgets as ipw

from gomemlab.checks.numbers import read_many
from gomemlab.checks.reuse import GIVE, SLOTS, Reuse, run_reuse
from gomemlab.panels.guarded import guarded
from gomemlab.runtime.errors import MisuseError
from gomemlab.views import theme
from gomemlab.views.base import box, close_all, html, put

EXAMPLES = ("100, 5, 71, 9, 70", "0, 1, 2, 3", "125, 63, 64", "90, 60, 30")
COLUMNS, WIDE, HIGH = 21, 40, 34  # the grid's cells, in SVG units
BIT, LINE = 6, 14  # a bit of a bitmap
SHORT = 24  # characters of what was typed that are quoted


class ReusePanel:
    """A field for the slots that die, the span as a grid, and its bitmaps; `run` is what they show."""

    def __init__(self, dead: str = EXAMPLES[0]) -> None:
        """Let these slots die at once, so that there is something to look at."""
        self.lock = RLock()
        self.run: Reuse | None = None
        self.field = ipw.Text(value=dead, placeholder=EXAMPLES[0])
        self.field.tooltip = f"Slots that die, 0 to {SLOTS - 1}, in the order in which they die"
        self.button = ipw.Button(description="drop, GC, malloc", tooltip="Let these slots die, sweep, and ask anew")
        self.button.add_class("mod-primary")
        self.examples = [ipw.Button(description=text, tooltip=f"Let {text} die") for text in EXAMPLES]
        self.head, self.picture = html(), html()
        self.button.on_click(guarded(self.head, lambda: self.place(self.field.value)))
        for button in self.examples:
            button.on_click(lambda clicked: self.place(clicked.description))
        with warnings.catch_warnings():  # only Return is to place; the advised observe() fires when focus leaves, too
            warnings.simplefilter("ignore", DeprecationWarning)
            self.field.on_submit(guarded(self.head, lambda: self.place(self.field.value)))
        words = [html("<b>Slots that die</b>"), html('<span class="gm-s">or</span>')]
        row = box([words[0], self.field, self.button, words[1], *self.examples], "gm-row")
        self.root = ipw.VBox([theme.style(), row, self.head, self.picture])
        self.root.add_class("gm")
        self.root.add_class("gm-tiny")
        self.place(dead)

    def place(self, text: str) -> None:
        """Let the slots in text die; where they cannot be read or do not exist, say so and keep the picture."""
        with self.lock:
            put(self.field, value=text)
            try:
                self.run = run_reuse(slots_in(text))
            except MisuseError as refusal:
                why = f"{refusal}."
                put(self.head, value=_head(why[:1].upper() + why[1:], alert=True))
                return
            put(self.head, value=_head(self.run.say()))
            put(self.picture, value=draw(self.run))

    def close(self) -> None:
        """Close every widget of the panel."""
        close_all(self.root)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return what a notebook shows when the panel is the value of a cell."""
        return self.root._repr_mimebundle_(**kwargs)


def slots_in(text: str) -> tuple[int, ...]:
    """Return the slots in text; raise MisuseError, which says what can be read here, where there are none."""
    try:
        return read_many(text, "slots")
    except MisuseError as refusal:
        short = text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"
        raise MisuseError(f"“{short}” cannot be read; {GIVE}") from refusal


def draw(run: Reuse) -> str:
    """Return the span and its bitmaps as HTML."""
    rows = (
        ("allocBits before the sweep", run.before),
        ("gcmarkBits, when marking has ended", run.marks),
        ("allocBits after the sweep", run.swept),
        ("allocBits after the requests", run.after),
    )
    legend = "ringed: the slot died; the bold number says which of the next requests got it"
    return (
        f'<div class="gm-reuse">{_grid(run)}<p class="gm-t">{legend}</p>'
        f'<div class="gm-bits">{"".join(_bitmap(name, bits) for name, bits in rows)}</div>'
        '<p class="gm-t">one bit for each slot, slot 0 on the left; filled: the bit is set</p></div>'
    )


def _grid(run: Reuse) -> str:
    """Return the slots as a grid; those that died bear the number of the request that got them."""
    turn = {slot: number for number, slot in enumerate(run.given, start=1)}
    cells = "".join(_cell(slot, turn.get(slot, 0)) for slot in range(SLOTS))
    label = "; ".join(f"request {number} got slot {slot}" for slot, number in turn.items())
    rows = -(-SLOTS // COLUMNS)
    return (
        f'<svg class="gm-slots" viewBox="0 0 {COLUMNS * WIDE} {rows * HIGH}" role="img" '
        f'aria-label="{escape(label)}">{cells}</svg>'
    )


def _cell(slot: int, turn: int) -> str:
    """Return one slot, by its number, or by the request that got it."""
    y, x = divmod(slot, COLUMNS)
    left, top = x * WIDE, y * HIGH
    frame = f'x="{left + 1}" y="{top + 1}" width="{WIDE - 2}" height="{HIGH - 2}"'
    if not turn:
        place = f'x="{left + WIDE / 2}" y="{top + 21}" text-anchor="middle"'
        number = f'<text class="d" {place} style="fill:#111">{slot}</text>'
        return f'<g><title>slot {slot}: alive</title><rect {frame} fill="var(--gm-f2)"/>{number}</g>'
    name = f"<title>slot {slot}: died, and was given to request {turn}</title>"
    ring = f'<rect {frame} fill="var(--gm-accent-soft)" stroke="var(--gm-accent)" stroke-width="2"/>'
    first = f'<text class="d" x="{left + 5}" y="{top + 13}">{slot}</text>'
    order = f'<text x="{left + 26}" y="{top + 26}" text-anchor="middle" style="font-weight:600">{turn}</text>'
    return f"<g>{name}{ring}{first}{order}</g>"


def _bitmap(name: str, bits: int) -> str:
    """Return a bitmap as a row: its name, its bits, how many are set."""
    marks = "".join(
        f'<rect x="{slot * BIT + 0.5}" y="1" width="{BIT - 1.5}" height="{LINE - 2}" fill="var(--gm-fill)"/>'
        if bits >> slot & 1
        else f'<rect x="{slot * BIT + 1}" y="1.5" width="{BIT - 2.5}" height="{LINE - 3}" fill="none" '
        'stroke="var(--gm-edge)"/>'
        for slot in range(SLOTS)
    )
    text = f"{bits.bit_count()} set"
    return (
        f'<span class="gm-s">{name}</span><svg viewBox="0 0 {SLOTS * BIT} {LINE}" role="img" '
        f'aria-label="{escape(name)}: {text}">{marks}</svg><span class="gm-s">{text}</span>'
    )


def _head(sentence: str, *, alert: bool = False) -> str:
    """Return the headline; a refusal is spoken at once."""
    role = "alert" if alert else "status"
    colour = ' style="color:var(--gm-warn)"' if alert else ""
    name = '<span class="gm-name" role="heading" aria-level="3">Slots</span>'
    return f'<div class="gm-head">{name}<span class="gm-s" role="{role}"{colour}>{escape(sentence)}</span></div>'
