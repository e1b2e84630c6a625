"""Two markers side by side: how fast visits get through the objects, and how many objects a visit scans.

On the left each marker is a curve: visits to the right, objects scanned upwards. Object by object it is a straight
line; the sooner Green Tea's curve reaches the top, the more its visits gathered. On the right Green Tea's objects, by
how many were scanned in the same visit. Both figures are built once and then moved.

Go: runtime/mgcmark_greenteagc.go, scanSpan.
Left out: time. A visit is counted, not measured.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple

import bqplot as bq
import numpy as np

from gomemlab.views import base
from gomemlab.views.picture import wide_figure
from gomemlab.views.words import count, thousands

INK, INK2, EDGE, ACCENT, FILL = (f"var(--gm-{name})" for name in ("ink", "ink2", "edge", "accent", "fill"))
POINTS = 200  # of a curve, about
ROOM = 0.14  # of an axis above the highest value, for its label
ALMOST = 0.6  # of the one marker's visits: from here on the other's label would run into its label
BAR = 0.42  # half a bar's width, in bars
BUCKETS = ("1", "2+", "4+", "8+", "16+", "32+", "64+", "128+", "256+")  # each up to the next: short, to stand apart


class Curve(NamedTuple):
    """A marker's way: after so many visits so many objects were scanned."""

    visits: tuple[int, ...]
    objects: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class VisitsFrame:
    """What to draw."""

    objects: int  # scanned, by either marker
    classic: Curve
    greentea: Curve
    shares: tuple[float, ...]  # percent of Green Tea's objects, by BUCKETS


def frame(classic: Sequence[int], greentea: Sequence[int]) -> VisitsFrame:
    """Return what to draw of the objects that each visit scanned, for both markers."""
    return VisitsFrame(sum(classic), curve(classic), curve(greentea), tuple(shares(greentea)))


def curve(visits: Sequence[int]) -> Curve:
    """Return a marker's curve, thinned out where it has too many points to be seen."""
    total = [0, *accumulate(visits)]
    step = -(-len(total) // POINTS)
    at = sorted({*range(0, len(total), step), len(visits)})
    return Curve(tuple(at), tuple(total[i] for i in at))


def shares(visits: Sequence[int]) -> Iterator[float]:
    """Yield the percent of all objects that were scanned together with so many, for each of BUCKETS."""
    objects = [0] * len(BUCKETS)
    for n in visits:
        objects[min(n.bit_length(), len(BUCKETS)) - 1] += n
    for n in objects:
        yield 100 * n / max(sum(objects), 1)


def percent(share: float) -> str:
    """Return a bar's label: "97 %", "<1 %", or nothing where there is no bar."""
    if not share:
        return ""
    return f"{share:.0f}\u202f%" if share >= 1 else "<1\u202f%"


class VisitPlots:
    """The two figures."""

    def __init__(self) -> None:
        """Build them, empty."""
        self.left, self.right = self._curves(), self._bars()
        self.figures = [self.left, self.right]

    def show(self, frame: VisitsFrame) -> None:
        """Move both figures to a frame."""
        self._show_curves(frame)
        tops = np.array([[0.0, share, share, 0.0] for share in frame.shares])
        base.put(self.bars, y=tops)
        base.put(self.shares, y=list(frame.shares), text=[percent(share) for share in frame.shares])

    def _show_curves(self, frame: VisitsFrame) -> None:
        one, many = frame.classic, frame.greentea
        most = max(one.visits[-1], many.visits[-1], 1)
        base.put(self.x, max=float(most))
        base.put(self.y, max=max(frame.objects, 1) * (1 + ROOM))
        for mark, line in ((self.classic, one), (self.greentea, many)):
            base.put(mark, x=np.array(line.visits, float), y=np.array(line.objects, float))
        ends = [one.visits[-1], many.visits[-1]]
        base.put(self.ends, x=ends, y=[frame.objects] * 2)
        equal = ends[0] == ends[1]
        first = "both: " if equal else "object by object: "
        near = many.visits[-1] > ALMOST * most
        base.put(self.one, x=[ends[0]], y=[frame.objects], text=[first + count(ends[0], "visit")])
        base.put(
            self.many, x=[ends[1]], y=[frame.objects], text=["" if equal else f"Green Tea: {count(ends[1], 'visit')}"],
            align="end" if near else "start", x_offset=-8 if near else 8, y_offset=20,
        )  # fmt: skip
        ticks(self.axis_x, most)
        ticks(self.axis_y, frame.objects)

    def _curves(self) -> Any:
        self.x, self.y = bq.LinearScale(min=0.0, max=1.0), bq.LinearScale(min=0.0, max=1.0)
        scales = {"x": self.x, "y": self.y}
        line: dict[str, Any] = {"scales": scales, "x": [0.0, 1.0], "y": [0.0, 1.0]}
        self.classic = bq.Lines(**line, colors=[INK2], stroke_width=2, line_style="dashed")
        self.greentea = bq.Lines(**line, colors=[ACCENT], stroke_width=3)
        self.ends = bq.Scatter(
            scales=scales, x=[0.0, 0.0], y=[0.0, 0.0], colors=[INK2, ACCENT], default_size=50, display_names=False
        )
        text: dict[str, Any] = {"scales": scales, "x": [0.0], "y": [0.0], "text": [""], "default_size": 12}
        self.one = bq.Label(**text, align="end", colors=[INK2], y_offset=-10, apply_clip=False)
        self.many = bq.Label(**text, align="start", colors=[ACCENT], x_offset=8, apply_clip=False)
        self.axis_x = bq.Axis(
            scale=self.x, label="visits", label_location="end", label_offset="30px", grid_lines="none"
        )
        self.axis_y = bq.Axis(scale=self.y, side="left", grid_lines="none")
        marks = [self.classic, self.greentea, self.ends, self.one, self.many]
        return _figure(marks, [self.axis_x, self.axis_y])

    def _bars(self) -> Any:
        places = range(len(BUCKETS))
        scales = {
            "x": bq.LinearScale(min=-0.6, max=len(BUCKETS) - 0.4, allow_padding=False),
            "y": bq.LinearScale(min=0.0, max=100 * (1 + ROOM), allow_padding=False),
        }
        self.bars = bq.Lines(
            x=np.array([[i - BAR, i - BAR, i + BAR, i + BAR] for i in places]),
            y=np.zeros((len(BUCKETS), 4)),
            scales=scales, fill="inside", close_path=True, colors=[FILL], stroke_width=0,
            fill_colors=[FILL] * len(BUCKETS), fill_opacities=[1.0] * len(BUCKETS),
        )  # fmt: skip
        self.shares = bq.Label(
            x=list(places), y=[0.0] * len(BUCKETS), text=[""] * len(BUCKETS), scales=scales,
            align="middle", colors=[INK], default_size=11, y_offset=-6, font_weight="normal",
        )  # fmt: skip
        names = {str(i): name for i, name in enumerate(BUCKETS)}
        axes = [
            bq.Axis(scale=scales["x"], tick_values=list(places), tick_labels=names, grid_lines="none",
                    label="objects scanned in the same visit (8+: 8 to 15)", label_location="end", label_offset="30px"),
            bq.Axis(scale=scales["y"], side="left", tick_values=[0, 50, 100], grid_lines="none",
                    tick_labels={"0": "0", "50": "50 %", "100": "100 %"}),
        ]  # fmt: skip
        return _figure([self.bars, self.shares], axes)


def ticks(axis: Any, most: int) -> None:
    """Put ticks at nothing, half and all; small axes have whole numbers."""
    places = sorted({0, most // 2, most})
    base.put(axis, tick_labels={str(place): thousands(place) for place in places})
    base.put(axis, tick_values=[float(place) for place in places])


def _figure(marks: list[Any], axes: list[Any]) -> Any:
    """Return a figure with the edges that both plots have."""
    return wide_figure(marks, axes, 250, top=8, bottom=44, left=58, right=24)
