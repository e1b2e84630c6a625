"""Drawings for files: what bqplot shows on screen, once more as plain SVG.

A figure of bqplot lives in the browser, so the kernel cannot read its picture. An exported file draws the same frame
with the same colours; it needs no browser and no widget. A palette picture is put into the file whole.

Go: none, this is how frames are written to files.
Left out: ticks between the steps, hover, and the waste of all classes.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from typing import Protocol

from gomemlab.views.staircase import SizeFrame, Step, number

WIDE, HIGH, LEFT, FOOT, TOP = 724, 350, 62, 30, 16  # pixels


class Part(Protocol):
    """A part of a bar: its colour's key, and where it is, as shares of the bar from 0 to 1."""

    @property
    def key(self) -> str:
        """Return the last part of the colour's CSS variable."""

    @property
    def start(self) -> float:
        """Return the left end."""

    @property
    def end(self) -> float:
        """Return the right end."""


def ledger_bar(parts: Iterable[Part]) -> str:
    """Return a bar of 1180 x 24 pixels whose parts have the ledger's colours."""
    boxes = "".join(
        f'<rect x="{1180 * part.start:.2f}" width="{1180 * (part.end - part.start):.2f}" height="24" '
        f'style="fill:var(--gm-led-{part.key});stroke:var(--gm-bg)"/>'
        for part in parts
        if part.end > part.start
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="1180" height="24">{boxes}</svg>'


def line(points: Sequence[tuple[float, float]], style: str) -> str:
    """Return an open line through points in pixels."""
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="{path}" style="fill:none;{style}"/>'


def outline(points: Sequence[tuple[float, float]], style: str) -> str:
    """Return a closed line through points in pixels."""
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="{path}Z" style="{style}"/>'


def picture(png: bytes, width: float, height: float) -> str:
    """Return a PNG from the upper left corner on, over what a figure has below it: its pixels stay squares."""
    data = b64encode(png).decode()
    return (
        f'<rect width="{width}" height="{height}" style="fill:var(--gm-paper)"/>'
        f'<image href="data:image/png;base64,{data}" width="{width}" height="{height}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated"/>'
    )


def drawing(width: float, height: float, *parts: str, left: float = 0, top: float = 0) -> str:
    """Return parts as one SVG; their origin lies so many pixels inside its upper left corner."""
    where = f'width="{width}" height="{height}" viewBox="{-left} {-top} {width} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {where}>{"".join(parts)}</svg>'


def text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> str:
    """Return words at a place in pixels."""
    look = f"font-size:11px;fill:var(--gm-ink);{style}"
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="{look}">{escape(words)}</text>'


def staircase(frame: SizeFrame) -> str:
    """Return the seven steps around the picked size, with the way to its slot."""

    def at(x: float, y: float) -> tuple[float, float]:
        """Return bytes as pixels."""
        unit = 1 / (frame.high - frame.low)
        return LEFT + (WIDE - LEFT) * (x - frame.low) * unit, HIGH - FOOT - (HIGH - FOOT - TOP) * (y - frame.low) * unit

    def corners(steps: Iterable[Step]) -> list[tuple[float, float]]:
        """Return the corners of a staircase in pixels."""
        used = [step for step in steps if step.used]
        return [at(x, s.slot) for s in used for x in (max(s.first - 1, frame.low), s.last)]

    picked, ink, accent = frame.steps[frame.pick], "stroke:var(--gm-ink);", "stroke:var(--gm-accent);"
    drawn = [
        line([at(frame.low, frame.low), at(frame.high, frame.high)], "stroke:var(--gm-edge)"),
        line(corners(frame.scan), "stroke:var(--gm-amber);stroke-width:2;stroke-dasharray:4 3"),
        line(corners(frame.noscan), ink + "stroke-width:2.5"),
        line([at(frame.low, picked.slot), at(frame.size, picked.slot)], accent + "stroke-dasharray:4 3"),
        line([at(frame.size, picked.slot), at(frame.size, frame.low)], accent + "stroke-width:2"),
        line(corners([picked]), accent + "stroke-width:4"),
    ]
    for step in (step for step in frame.steps if step.used):
        x, y = at(step.last, step.slot)
        name = str(step.index) if step.index else f"{step.npages} pages"
        drawn += [text(x - 8, y - 5, f"{number(step.slot)} B", anchor="end"), text(LEFT - 8, y + 4, name, anchor="end")]
    x, y = at(frame.size, frame.low)
    drawn.append(text(x, y + 16, number(frame.size), "fill:var(--gm-accent);font-weight:600", "middle"))
    inner = "".join(drawn)
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}" height="{HIGH}">{inner}</svg>'
