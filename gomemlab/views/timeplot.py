"""Plots over time: figures as wide as their column, an axis of seconds, an axis of bytes, lines that move.

The margins are known to the style sheet, too: what is written over a plot area is placed in percent of it.

Go: none, this is about figures.
Left out: zooming; who looks closer sets the scale.
"""

from base64 import b64decode
from collections.abc import Callable
from typing import Any

import bqplot as bq
import ipywidgets as ipw
import numpy as np
from numpy.typing import NDArray

from gomemlab.views.base import put
from gomemlab.views.pacer_curves import Curve
from gomemlab.views.pacer_facts import Axis
from gomemlab.views.picture import wide_figure
from gomemlab.views.words import thousands

LEFT, RIGHT = 44, 112  # pixels beside the plot area; pacer.css has them, too
GRAIN = {"x": 4000, "y": 1600}  # steps of a plot: less than half a pixel
TICKS = 8  # of the time axis, at most
Points = NDArray[np.float64]  # (2, n): x and y
DOT = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII=")


class Moved:
    """Lines, and where they are: a line is sent only when the eye could tell that it moved.

    Two runs of one simulation, cruder and finer, are mostly one picture; each picture costs the browser far more than
    the comparison.
    """

    def __init__(self) -> None:
        """Begin with lines that are nowhere."""
        self._drawn: dict[int, Points] = {}

    def move(self, mark: Any, curve: Curve) -> None:
        """Move a line to its points, rounded to fractions of a pixel, unless it is there already."""
        points = np.array(curve, float).reshape(2, -1)
        for row, (axis, steps) in zip(points, GRAIN.items(), strict=True):
            along = mark.scales[axis]
            grain = ((along.max - along.min) or 1.0) / steps
            row[:] = np.round(row / grain) * grain
        old = self._drawn.get(id(mark))
        if old is not None and np.array_equal(old, points, equal_nan=True):
            return
        self._drawn[id(mark)] = points
        with mark.hold_sync():
            mark.visible = bool(curve.xs)
            if curve.xs:
                mark.x, mark.y = points


def touch(scales: dict[str, Any], on_click: Callable[[float, float], None]) -> Any:
    """Return an image of one clear pixel that catches clicks anywhere, and tells where."""
    clear = bq.Image(image=ipw.Image(value=DOT, format="png"), scales=scales, x=[0.0, 1.0], y=[0.0, 1.0])
    clear.on_element_click(lambda _, event: on_click(float(event["data"]["click_x"]), float(event["data"]["click_y"])))
    return clear


def scale(high: float) -> bq.LinearScale:
    """Return a scale from 0 that keeps to what it is told."""
    return bq.LinearScale(min=0.0, max=high, allow_padding=False)


def time_axis(along: bq.LinearScale, *, labels: bool) -> bq.Axis:
    """Return the axis of seconds, with or without words."""
    return bq.Axis(scale=along, grid_lines="none", tick_values=[0], tick_labels={"0": "0 s" if labels else ""})


def figure(marks: list[Any], axes: list[Any], height: int, top: int, bottom: int) -> Any:
    """Return a figure as wide as its column, with this view's edges."""
    return wide_figure(marks, axes, height, top=top, bottom=bottom, left=LEFT, right=RIGHT)


def ticks_up(axis: bq.Axis, shown: Axis) -> None:
    """Put a tick at each step of the upright axis; labels first, else bqplot draws new places with old labels."""
    places = list(range(0, shown.top + 1, shown.step))
    put(axis, tick_labels={f"{at}": f"{at / shown.unit:g}" for at in places})
    # As floats: whole numbers reach the page with 32 bits, and 2 GiB would be below 0.
    put(axis, tick_values=[float(at) for at in places])


def ticks_along(axis: bq.Axis, window: tuple[float, float], *, labels: bool) -> None:
    """Put ticks at round times; the labels' keys are the places as bqplot writes them."""
    first, last = window
    step = next(n * 10.0**p for p in range(-6, 9) for n in (1, 2, 5) if n * 10.0**p * TICKS >= last - first)
    places = [round(k * step, 6) for k in range(int(-(-first // step)), int(last // step) + 1)]
    digits = max(-int(np.floor(np.log10(step))), 0)
    words = {_key(at): f"{thousands(round(at)) if not digits else f'{at:.{digits}f}'} s" for at in places}
    put(axis, tick_labels=words if labels else dict.fromkeys(words, ""))
    put(axis, tick_values=[int(at) if at == int(at) else at for at in places])


def _key(at: float) -> str:
    """Return a place as JavaScript writes it."""
    return f"{int(at)}" if at == int(at) else f"{at:g}" if abs(at) >= 1e-4 else f"{at}"  # noqa: PLR2004 (then 1e-5)
