"""Sentences and tables of a lesson with the model's values in them, as Markdown.

Values stand in bold, so that a reader can tell a computed number from a typed one. Markdown, and no widget, because
such a cell needs no kernel to be read again.

Go: none, this is about words.
Left out: anything that moves.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape
from string import Formatter
from typing import Any

from gomemlab.checks.numbers import count

MARKS = ((re.compile(r"`([^`]+)`"), r"<code>\1</code>"), (re.compile(r"\*\*([^*]+)\*\*"), r"<b>\1</b>"))
NUMBER = re.compile(r"[\d\u202f.,]+")


class Said:
    """A piece of Markdown; printed, it is its own text."""

    def __init__(self, markdown: str) -> None:
        """Keep the text."""
        self.markdown = markdown

    def _repr_markdown_(self) -> str:
        """Return what a notebook shows."""
        return self.markdown

    def __repr__(self) -> str:
        return self.markdown


def fill(text: str, values: dict[str, Any]) -> str:
    """Return text with {name} replaced by the values, numbers in bold, whole ones with thousands."""
    return "".join(_piece(literal, field, spec, values) for literal, field, spec, _ in Formatter().parse(text))


def prose(text: str) -> str:
    """Return a sentence as HTML: `code` in backticks, **bold** in stars, and no other marks."""
    safe = escape(text, quote=False)
    for mark, tag in MARKS:
        safe = mark.sub(tag, safe)
    return safe


def mistaken(misconception: str) -> str:
    """Return the name of a misconception as HTML, nothing where there is none."""
    return f'<p class="gm-mis">Misconception: <b>{prose(misconception)}</b></p>' if misconception else ""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Said:
    """Return a Markdown table, numbers to the right, words to the left."""
    shown = [[_shown(cell) for cell in row] for row in rows]
    words = [all(NUMBER.fullmatch(cell) is None for cell in column) for column in zip(*shown, strict=True)]
    sides = [":---" if left else "---:" for left in words] or ["---:"] * len(head)
    return Said("\n".join(map(_row, [head, sides, *shown])))


def _piece(literal: str, field: str | None, spec: str | None, values: dict[str, Any]) -> str:
    """Return literal text and the value after it."""
    if field is None:
        return literal
    value, _ = Formatter().get_field(field, (), values)
    if isinstance(value, str):
        return literal + value
    return f"{literal}**{format(value, spec) if spec else _shown(value)}**"


def _shown(value: object) -> str:
    """Return a value as it is printed."""
    return count(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _row(cells: Iterable[str]) -> str:
    """Return one row of a table."""
    return "| " + " | ".join(cells) + " |"
