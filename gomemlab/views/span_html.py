"""The parts of the span view that are text: strip, legend and fields as SVG and HTML.

Go: runtime/mheap.go, mspan.
Left out: the slots, which are a picture (png.py).
"""

from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from gomemlab.views.mspan_fields import Field
from gomemlab.views.theme import hatches, swatch
from gomemlab.views.words import FAMILIES, thousands

PAGES = 18


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
    empty = f'<rect y="{STRIP.top}" width="{STRIP.width}" height="{STRIP.high}" fill="none" stroke="var(--gm-edge)" stroke-dasharray="4 3"/>'
    return (
        f'<svg width="{STRIP.width}" height="{STRIP.height}" viewBox="0 0 {STRIP.width} {STRIP.height}" role="img" '
        f'aria-label="the pages around the span">{ends if parts else empty}{"".join(parts)}{frame}</svg>'
    )


def _cell(cell: Cell, x: float, w: float) -> str:
    """Return one span of the strip."""
    top, high = STRIP.top, STRIP.high
    if cell.span < 0:
        return f'<rect x="{x + 0.5:.1f}" y="{top + 0.5}" width="{w - 1:.1f}" height="{high - 1}" fill="var(--gm-paper)" stroke="var(--gm-line)"/>'
    family = FAMILIES[cell.family]
    dot = f'<circle cx="{x + w - 5:.1f}" cy="{top + 5}" r="1.8" fill="{family.text}"/>' if cell.pointers else ""
    return (
        f'<rect x="{x + 0.5:.1f}" y="{top}" width="{w - 1:.1f}" height="{high}" fill="{family.colour}"/>{dot}'
        f'<text x="{x + w / 2:.1f}" y="{top + 18}" text-anchor="middle" style="fill:{family.text}">{cell.label}</text>'
    )


def _frame(x: float, w: float) -> str:
    """Return the frame around the picked span and the wedge below it."""
    top, high, foot = STRIP.top, STRIP.high, STRIP.height
    return (
        f'<path d="M{x:.1f} {top + high + 3}L0 {foot}H{STRIP.width}L{x + w:.1f} {top + high + 3}z" fill="var(--gm-ink)" opacity=".07"/>'
        f'<rect x="{x:.1f}" y="{top - 1.5}" width="{w:.1f}" height="{high + 3}" fill="none" stroke="var(--gm-ink)" stroke-width="2"/>'
    )


def below(colour: str, tail: Tail, freeindex: int, *, empty: bool) -> str:
    """Return the tail to scale and the legend of the slots."""
    if empty:
        return '<div class="gm-t">A span’s slots stand here once there is one.</div>'
    wide = max(tail.share * STRIP.width, 24) if tail.share else 0
    bar = (
        f'<svg class="gm-tail" width="{wide:.0f}" height="12" aria-hidden="true">{hatches("hatch")}<rect width="{wide:.0f}" height="12" fill="url(#gm-hatch)" stroke="var(--gm-edge)"/></svg>'
        if wide
        else ""
    )
    hollow = '<rect x=".5" y=".5" width="11" height="11" fill="none" stroke="{}" stroke-width="{}"/>'
    items = (
        swatch(colour) + "taken since the sweep",
        swatch(colour, '<rect x="3" y="5" width="6" height="2" fill="#000" opacity=".6"/>')
        + "allocBits 1: lived through it",
        swatch("none", hollow.format("var(--gm-edge)", 1)) + "free",
        swatch(
            "none", '<rect x="1" y="1" width="10" height="10" fill="none" stroke="var(--gm-accent)" stroke-width="2"/>'
        )
        + "this request",
        f'<svg viewBox="0 0 12 12" aria-hidden="true"><path d="M6 1l6 10H0z" fill="var(--gm-accent)"/></svg>freeindex {thousands(freeindex)}',
    )
    legend = "".join(f"<span>{item}</span>" for item in items)
    return f'<div class="gm-tailrow">{bar}<span class="gm-t">{escape(tail.words)}</span></div><div class="gm-leg">{legend}</div>'


def fields(shown: Iterable[Field]) -> str:
    """Return the grid of the fields that are always shown."""
    cells = "".join(
        f'<div><div class="k">{field.name}</div><div class="v">{escape(field.value)} <small>{escape(field.words)}</small></div></div>'
        for field in shown
    )
    return f'<div class="gm-fields">{cells}</div>'


def table(shown: Iterable[Field]) -> str:
    """Return all fields as a table: name, value, what it is for."""
    rows = "".join(
        f"<tr><td><code>{field.name}</code></td><td><code>{escape(field.value)}</code></td><td>{escape(field.words)}</td></tr>"
        for field in shown
    )
    return f'<table class="gm-mspan"><tbody>{rows}</tbody></table>'
