"""Compare: the live heap of two histories as two lines, and below it their numbers now and at the end.

The lines are drawn once, with as many points as the eye can tell apart and no peak left out; what moves is a line at
the moment on screen, a dot on each curve, and the numbers.

Go: runtime/mstats.go, MemStats.
Left out: clicks on the plot; the scrubber goes where one would click, and has keys.
"""

from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any, Protocol

import bqplot as bq
import ipywidgets as ipw
import numpy as np
from numpy.typing import NDArray

from gomemlab.comparing import REQUEST, Comparison, Side
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views.base import Host, View, html, put
from gomemlab.views.picture import wide_figure
from gomemlab.views.words import size, thousands

A, B = "var(--gm-accent)", "var(--gm-amber)"  # the second line is dashed, too
BUCKETS = 400  # of a curve: each has its lowest and its highest moment
UNSEEN = 0.003  # of the highest point: half a pixel
PLACES = 8  # ticks of the axis that is common, at most
STEPS = 4  # ticks of the upright axis, about
LEFT, RIGHT, HEIGHT = 70, 22, 190
LINES = ('<line x1="0" y1="6" x2="22" y2="6" stroke="{}" stroke-width="2.5"{}/>', ("", ' stroke-dasharray="5 3"'))
Floats = NDArray[np.float64]


class Two(Protocol):
    """What the view asks of the stage that shows both."""

    comparison: Comparison
    by: str
    tick: int


@dataclass(frozen=True, slots=True)
class CompareFrame:
    """One place of the common axis."""

    place: int
    last: int
    by: str
    heaps: tuple[int, int]  # HeapAlloc of both, bytes
    head: tuple[str, str]  # titles
    rows: tuple[tuple[str, str, str, str, str, str], ...]  # name, both now, both at the end, b as a multiple of a


class CompareView(View[CompareFrame]):
    """The two lines and the table."""

    name = "Compare"
    spread = True  # headline and table travel together; the figure stands between them

    def __init__(self, two: Two, host: Host | None = None) -> None:
        """Build the figure once."""
        self.two = two
        self._by = ""
        super().__init__(host)
        self.body.add_class("gm-compare")

    def parts(self) -> list[ipw.Widget]:
        """Return legend, figure and table."""
        result = self.two.comparison
        top = max(max(side.column("heap_alloc")) for side in result.sides) * 1.06 or 1.0
        self.x, self.y = bq.LinearScale(min=0, max=1, allow_padding=False), bq.LinearScale(min=0, max=top)
        scales: dict[str, Any] = {"x": self.x, "y": self.y}
        line: dict[str, Any] = {"scales": scales, "x": [0.0, 1.0], "y": [0.0, 0.0]}
        self.curves = (
            bq.Lines(**line, colors=[A], stroke_width=2),
            bq.Lines(**line, colors=[B], stroke_width=2, line_style="dashed"),
        )
        self.now = bq.Lines(**{**line, "y": [0.0, top]}, colors=["var(--gm-ink)"], stroke_width=1)
        self.dots = bq.Scatter(
            **line, colors=[A, B], stroke="var(--gm-bg)", stroke_width=1.5, default_size=70, marker="circle"
        )
        marks = _marks_of(top)
        self.axis_x = bq.Axis(
            scale=self.x, label_location="end", label_offset="28px", grid_lines="none", tick_format="d"
        )
        axis_y = bq.Axis(scale=self.y, side="left", tick_values=[*map(float, marks)], tick_labels=marks)
        lines = [*self.curves, self.now, self.dots]
        axes = [self.axis_x, axis_y]
        self.figure = wide_figure(lines, axes, HEIGHT, top=8, bottom=38, left=LEFT, right=RIGHT)
        self.numbers = html()
        return [self.numbers, self.figure]

    def frame(self, snapshot: Snapshot) -> CompareFrame:  # noqa: ARG002 (both worlds' numbers are in the comparison)
        """Return the numbers at the place on screen, and at the end."""
        two, result = self.two, self.two.comparison
        now, end = result.table(two.tick, two.by), result.table()
        known = {row.name: row.words() for row in now}  # before a pool's first Get it has no row
        rows = []
        for row in end:
            name, a, b, ratio = row.words()
            rows.append((name, *known.get(name, (name, "0", "0", ""))[1:3], a, b, ratio))
        heaps = int(now["HeapAlloc"].a), int(now["HeapAlloc"].b)
        return CompareFrame(two.tick, result.length(two.by), two.by, heaps, (now.a, now.b), tuple(rows))

    def show(self, frame: CompareFrame) -> None:
        """Move the line, the dots and the numbers; the curves only where the axis is another."""
        if frame.by != self._by:
            self._by = frame.by
            for curve, side in zip(self.curves, self.two.comparison.sides, strict=True):
                xs, ys = corners(*envelope(*points(side, frame.by)))
                put(curve, x=xs, y=ys)
            put(self.x, min=0.0, max=float(max(frame.last, 1)))
            places = _even(max(frame.last, 1), PLACES)
            put(self.axis_x, label="requests" if frame.by == REQUEST else "ticks", tick_values=places)
        place = float(frame.place)
        put(self.now, x=[place, place])
        put(self.dots, x=[place, place], y=[float(heap) for heap in frame.heaps])
        put(self.numbers, value=_table(frame))

    def sentence(self, frame: CompareFrame) -> str:
        """Return where we are, and both heaps."""
        what = "requests" if frame.by == REQUEST else "ticks"
        where = f"after {thousands(frame.place)} of {thousands(frame.last)} {what}, HeapAlloc:"
        keys = [
            f'<svg class="gm-dash" viewBox="0 0 22 12" aria-hidden="true">{LINES[0].format(colour, dash)}</svg> '
            f"{escape(title)} <b>{size(heap)}</b>"
            for colour, dash, title, heap in zip((A, B), LINES[1], frame.head, frame.heaps, strict=True)
        ]
        return f"{where} {', '.join(keys)}"


def points(side: Side, by: str) -> tuple[Floats, Floats]:
    """Return the places of a side's ticks on an axis, and HeapAlloc at each."""
    ticks = np.arange(len(side.line) + 1, dtype=float)
    if by == REQUEST:
        ticks = np.interp(ticks, [0, *side.requests], np.arange(len(side.requests) + 1))
    return ticks, np.asarray(side.column("heap_alloc"))


def envelope(xs: Floats, ys: Floats, buckets: int = BUCKETS) -> tuple[Floats, Floats]:
    """Return fewer points of a curve: the lowest and the highest of each bucket, both ends, in order."""
    if len(xs) <= 2 * buckets:
        return xs, ys
    edges = np.linspace(0, len(ys), buckets + 1).astype(int)
    kept = {0, len(ys) - 1}
    for start, end in pairwise(edges):
        kept |= {start + int(ys[start:end].argmin()), start + int(ys[start:end].argmax())}
    order = sorted(kept)
    return xs[order], ys[order]


def corners(xs: Floats, ys: Floats) -> tuple[Floats, Floats]:
    """Return the points without which the curve would look different; each picture paints all of them again."""
    far = ys.max() * UNSEEN
    kept, waiting = {0, len(xs) - 1}, [(0, len(xs) - 1)]
    while waiting:
        start, end = waiting.pop()
        line = np.interp(xs[start : end + 1], xs[[start, end]], ys[[start, end]])
        off = np.abs(ys[start : end + 1] - line)
        middle = start + int(off.argmax())
        if off.max() > far and start < middle < end:
            kept.add(middle)
            waiting += [(start, middle), (middle, end)]
    order = sorted(kept)
    return xs[order], ys[order]


def _even(last: int, most: int) -> list[int]:
    """Return 0 and at most so many places after it, evenly, at round numbers."""
    step = next(n * 10**power for power in range(20) for n in (1, 2, 5) if n * 10**power * most >= last)
    return list(range(0, last + 1, step))


def _marks_of(top: float) -> dict[str, str]:
    """Return about four even amounts of bytes from 0 up to the top, and their words."""
    step = 1
    while step * STEPS < top:
        step *= 2
    return {f"{mark}": size(mark) for mark in range(0, int(top) + 1, step)}


def _table(frame: CompareFrame) -> str:
    """Return the numbers as HTML; plain text of it can be copied."""
    a, b = (f'<th scope="col">{escape(title)}</th>' for title in frame.head)
    ratio = '<th scope="col" title="the second as a multiple of the first">b / a</th>'
    what = "requests" if frame.by == REQUEST else "ticks"
    over = [(2, f"after {thousands(frame.place)} {what}"), (3, "at the end")]
    groups = "".join(f'<th colspan="{wide}" scope="colgroup">{words}</th>' for wide, words in over)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'
        for name, *cells in frame.rows
    )
    return (
        f'<div class="gm-cmp"><table><thead><tr><td></td>{groups}</tr><tr><td></td>{a}{b}{a}{b}{ratio}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
