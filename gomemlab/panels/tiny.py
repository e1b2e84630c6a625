"""Tiny objects to play with: type a row of sizes and see the blocks they share.

Go: runtime/malloc.go, mallocgcTiny.
Left out: stepping; the row is placed anew in a fresh world each time.
"""

import warnings
from html import escape
from threading import RLock
from typing import Any

import ipywidgets as ipw

from gomemlab.checks.numbers import read_many
from gomemlab.checks.tiny import GIVE, Placed, TinyRun, run_tiny
from gomemlab.panels.guarded import guarded
from gomemlab.runtime.arch import MAX_TINY_SIZE
from gomemlab.runtime.errors import MisuseError
from gomemlab.views import theme
from gomemlab.views.base import box, close_all, html, put

CELL = 16  # SVG units a byte
SHORT = 24  # characters of what was typed that are quoted
ROOMY = 3  # bytes; an object of so many has room for its size
EXAMPLES = ("12, 8, 8", "1, 2, 4, 8", "6, 6, 6", "8, 15, 8", "1, 8, 1, 8")


class TinyPanel:
    """A field for sizes and a picture of the blocks; `run` is what the picture shows."""

    def __init__(self, sizes: str = EXAMPLES[0]) -> None:
        """Place the sizes at once, so that there is something to look at."""
        self.lock = RLock()
        self.run: TinyRun | None = None
        self.field = ipw.Text(value=sizes, placeholder=EXAMPLES[0])
        self.field.tooltip = f"Sizes of pointer-free objects, 1 to {MAX_TINY_SIZE - 1} B, in the order of the requests"
        self.button = ipw.Button(description="malloc", tooltip="Place these objects in a fresh world")
        self.button.add_class("mod-primary")
        self.examples = [ipw.Button(description=text, tooltip=f"Place {text}") for text in EXAMPLES]
        self.head = html()
        self.picture = html()
        self.button.on_click(guarded(self.head, lambda: self.place(self.field.value)))
        for button in self.examples:
            button.on_click(lambda clicked: self.place(clicked.description))
        with warnings.catch_warnings():  # only Return is to place; the advised observe() fires when focus leaves, too
            warnings.simplefilter("ignore", DeprecationWarning)
            self.field.on_submit(guarded(self.head, lambda: self.place(self.field.value)))
        row = box(
            [html("<b>Sizes</b>"), self.field, self.button, html('<span class="gm-s">or</span>'), *self.examples],
            "gm-row",
        )
        self.root = ipw.VBox([theme.style(), row, self.head, self.picture])
        self.root.add_class("gm")
        self.root.add_class("gm-tiny")
        self.place(sizes)

    def place(self, text: str) -> None:
        """Place the sizes in text; where they cannot be read or are not tiny, say so and keep the picture."""
        with self.lock:
            put(self.field, value=text)
            try:
                self.run = run_tiny(sizes_in(text))
            except MisuseError as refusal:
                put(self.head, value=_head(f"{refusal}.", alert=True))
                return
            put(self.head, value=_head(self.run.say()))
            put(self.picture, value=draw(self.run))

    def close(self) -> None:
        """Close every widget of the panel."""
        close_all(self.root)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return what a notebook shows when the panel is the value of a cell."""
        return self.root._repr_mimebundle_(**kwargs)


def sizes_in(text: str) -> tuple[int, ...]:
    """Return the sizes in text; raise MisuseError, which says what can be read here, where there are none."""
    try:
        return read_many(text, "B")
    except MisuseError as refusal:
        short = text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"
        raise MisuseError(f"“{short}” cannot be read; {GIVE}") from refusal


def draw(run: TinyRun) -> str:
    """Return the blocks as HTML, one picture each."""
    blocks = [[placed for placed in run.placed if placed.block == i] for i in range(run.blocks)]
    return f'<div class="gm-blocks">{"".join(_block(i, placed) for i, placed in enumerate(blocks))}</div>'


def _block(number: int, objects: list[Placed]) -> str:
    """Return one block: its objects to scale over a scale of bytes."""
    text = "; ".join(f"request {one.number}, {one.size} B at offset {one.offset}" for one in objects)
    ticks = "".join(
        f'<text class="d" x="{offset * CELL}" y="42" text-anchor="{anchor}">{offset}</text>'
        for offset, anchor in ((0, "start"), (4, "middle"), (8, "middle"), (12, "middle"), (MAX_TINY_SIZE, "end"))
    )
    used = sum(one.size for one in objects)
    frame = (
        f'<rect x="0.5" y="4.5" width="{MAX_TINY_SIZE * CELL - 1}" height="23" fill="none" stroke="var(--gm-edge)"/>'
    )
    return (
        f'<div class="gm-block"><span class="gm-t">block {number} · {used} of {MAX_TINY_SIZE} B used</span>'
        f'<svg viewBox="0 0 {MAX_TINY_SIZE * CELL} 44" role="img" aria-label="{escape(f"Block {number}: {text}")}">'
        f'<rect x="0" y="4" width="{MAX_TINY_SIZE * CELL}" height="24" fill="var(--gm-paper)"/>'
        f"{''.join(_object(one) for one in objects)}{frame}{ticks}</svg></div>"
    )


def _object(one: Placed) -> str:
    """Return one object in its block, with its number, and its size where there is room."""
    x, width = one.offset * CELL, one.size * CELL
    label = f"{one.number}: {one.size} B" if one.size >= ROOMY else str(one.number)
    name = f"<title>request {one.number}: {one.size} B at offset {one.offset}</title>"
    return (
        f'<g>{name}<rect x="{x + 0.5}" y="4.5" width="{width - 1}" height="23" fill="var(--gm-f1)"/>'
        f'<text x="{x + width / 2}" y="20" text-anchor="middle" style="fill:#111">{label}</text></g>'
    )


def _head(sentence: str, *, alert: bool = False) -> str:
    """Return the headline; a refusal is spoken at once."""
    role = "alert" if alert else "status"
    colour = ' style="color:var(--gm-warn)"' if alert else ""
    name = '<span class="gm-name" role="heading" aria-level="3">Tiny blocks</span>'
    return f'<div class="gm-head">{name}<span class="gm-s" role="{role}"{colour}>{escape(sentence)}</span></div>'
