"""The span view as SVG and HTML: strip, slots, legend and fields.

Go: runtime/mheap.go, mspan.
Left out: the cells of the slots, which are a picture (png.py).
"""

from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from gomemlab.views import svg as drawing
from gomemlab.views.mspan_fields import Field
from gomemlab.views.theme import hatched, swatch
from gomemlab.views.words import FAMILIES, thousands

PAGES = 18  # of the strip
Outline = tuple[tuple[float, float], ...]  # its corners


class _Strip(NamedTuple):
    """The strip's measures in pixels: its SVG, and the pages inside it."""

    width: int = 588
    height: int = 64
    top: int = 14
    high: int = 27


STRIP = _Strip()


class Cell(NamedTuple):
    """Neighbouring pages of one span; span -1 is an idle page."""

    span: int
    pages: int
    family: int
    label: str
    tip: str
    pointers: bool
    here: bool


class Tail(NamedTuple):
    """What lies behind the last slot: its share of the span, and the sum in words."""

    share: float
    words: str


class Slots(NamedTuple):
    """The slots' picture and the marks on it, in pixels from the upper left corner."""

    picture: bytes  # PNG
    request: tuple[Outline, ...]  # around what this request took
    freeindex: tuple[float, float] | None  # where the triangle's tip points


def strip(first: int, cells: Iterable[Cell]) -> str:
    """Return the strip of pages with the picked span framed, and the wedge that leads to its slots."""
    wide, parts, frame, at = STRIP.width / PAGES, [], "", 0
    for cell in cells:
        x, w = at * wide, cell.pages * wide
        parts.append(_cell(cell, x, w))
        if cell.here:
            frame = _frame(x, w)
        at += cell.pages
    ends = (
        f'<text class="d" x="0" y="9">page {thousands(first)}</text>'
        f'<text class="d" x="{STRIP.width}" y="9" text-anchor="end">page {thousands(first + PAGES - 1)}</text>'
    )
    where = f'y="{STRIP.top}" width="{STRIP.width}" height="{STRIP.high}"'
    empty = f'<rect {where} fill="none" stroke="var(--gm-edge)" stroke-dasharray="4 3"/>'
    return (
        f'<svg width="{STRIP.width}" height="{STRIP.height}" viewBox="0 0 {STRIP.width} {STRIP.height}" role="img" '
        f'aria-label="the pages around the span">{ends if parts else empty}{"".join(parts)}{frame}</svg>'
    )


def _cell(cell: Cell, x: float, w: float) -> str:
    """Return one span of the strip."""
    top, high = STRIP.top, STRIP.high
    if cell.span < 0:
        where = f'x="{x + 0.5:.1f}" y="{top + 0.5}" width="{w - 1:.1f}" height="{high - 1}"'
        return f'<rect {where} fill="var(--gm-paper)" stroke="var(--gm-line)"/>'
    family = FAMILIES[cell.family]
    dot = f'<circle cx="{x + w - 5:.1f}" cy="{top + 5}" r="1.8" fill="{family.text}"/>' if cell.pointers else ""
    return (
        f'<rect x="{x + 0.5:.1f}" y="{top}" width="{w - 1:.1f}" height="{high}" fill="{family.colour}"/>{dot}'
        f'<text x="{x + w / 2:.1f}" y="{top + 18}" text-anchor="middle" style="fill:{family.text}">{cell.label}</text>'
    )


def _frame(x: float, w: float) -> str:
    """Return the frame around the picked span and the wedge below it."""
    top, high, foot = STRIP.top, STRIP.high, STRIP.height
    wedge = f"M{x:.1f} {top + high + 3}L0 {foot}H{STRIP.width}L{x + w:.1f} {top + high + 3}z"
    where = f'x="{x:.1f}" y="{top - 1.5}" width="{w:.1f}" height="{high + 3}"'
    return (
        f'<path d="{wedge}" fill="var(--gm-ink)" opacity=".07"/>'
        f'<rect {where} fill="none" stroke="var(--gm-ink)" stroke-width="2"/>'
    )


def slots(shown: Slots, width: int, height: int) -> str:
    """Return the slots, the outline around what this request took, and freeindex's triangle."""
    parts = [drawing.picture(shown.picture, width, height)]
    accent = "fill:none;stroke:var(--gm-accent);stroke-width:2.5"
    parts += [drawing.outline(corners, accent) for corners in shown.request]
    if shown.freeindex is not None:
        x, y = shown.freeindex
        mark = f"M{x:.1f} {y - 2:.1f}l-6 8h12z"
        parts.append(f'<path d="{mark}" fill="var(--gm-accent)" stroke="var(--gm-bg)" stroke-width="1.5"/>')
    label = 'role="img" aria-label="the slots of the span"'
    return f'<svg class="gm-slots" width="{width}" height="{height + 8}" {label}>{"".join(parts)}</svg>'


FREE = '<rect x=".5" y=".5" width="11" height="11" fill="none" stroke="var(--gm-edge)"/>'
DASH = '<rect x="3" y="5" width="6" height="2" fill="#000" opacity=".6"/>'
REQUEST = '<rect x="1" y="1" width="10" height="10" fill="none" stroke="var(--gm-accent)" stroke-width="2"/>'
MARKED = '<rect x="2" y="2" width="8" height="8" fill="#fff"/><rect x="3" y="3" width="6" height="6" fill="#15181b"/>'
WAITING = MARKED + '<rect x="5" y="5" width="2" height="2" fill="#fff"/>'
HATCH = '<rect width="12" height="12" fill="#fbe7e1"/><path d="M0 6l6-6M0 12L12 0M6 12l6-6" stroke="#b3361b"/>'
TRIANGLE = '<svg viewBox="0 0 12 12" aria-hidden="true"><path d="M6 1l6 10H0z" fill="var(--gm-accent)"/></svg>'


def below(colour: str, tail: Tail, freeindex: int, marks: tuple[int, ...] = (), *, empty: bool) -> str:
    """Return the tail to scale and the legend of the slots; with `marks`, how many are marked, waiting, dead."""
    if empty:
        return '<div class="gm-t">A span’s slots stand here once there is one.</div>'
    items = [
        swatch(colour) + "taken since the sweep",
        swatch(colour, DASH) + "allocBits 1: lived through it",
        swatch("none", FREE) + "free",
        swatch("none", REQUEST) + "this request",
        f"{TRIANGLE}freeindex {thousands(freeindex)}",
    ]
    if marks:
        marked, waiting, dead = map(thousands, marks)
        items += [
            swatch(colour, MARKED) + f"marked <b>{marked}</b>",
            swatch(colour, WAITING) + f"of them to be scanned <b>{waiting}</b>",
            swatch("none", HATCH) + f"dead: a sweep frees <b>{dead}</b>",
        ]
    legend = "".join(f"<span>{item}</span>" for item in items)
    words = f'<span class="gm-t">{escape(tail.words)}</span>'
    return f'<div class="gm-tailrow">{_hatched(tail.share)}{words}</div><div class="gm-leg">{legend}</div>'


def _hatched(share: float) -> str:
    """Return a hatched bar for a share of the span, at least wide enough to be seen."""
    if not share:
        return ""
    width = round(max(share * STRIP.width, 24))
    bar = hatched(0, 0, width, 12, ' stroke="var(--gm-edge)"')
    return f'<svg class="gm-tail" width="{width}" height="12" aria-hidden="true">{bar}</svg>'


def fields(shown: Iterable[Field]) -> str:
    """Return the grid of the fields that are always shown."""
    return f'<div class="gm-fields">{"".join(map(_field, shown))}</div>'


def _field(field: Field) -> str:
    """Return one field of the grid."""
    value = f'<div class="v">{escape(field.value)} <small>{escape(field.words)}</small></div>'
    return f'<div><div class="k">{field.name}</div>{value}</div>'


def table(shown: Iterable[Field]) -> str:
    """Return all fields as a table: name, value, what it is for."""
    return f'<table class="gm-mspan"><tbody>{"".join(map(_row, shown))}</tbody></table>'


def _row(field: Field) -> str:
    """Return one row of the table."""
    cells = (f"<code>{field.name}</code>", f"<code>{escape(field.value)}</code>", escape(field.words))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
