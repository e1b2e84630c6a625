"""A picture on a bqplot figure that can change sixty times a second.

bqplot's Image mark looks at its image widget once and ignores a new value in it. Two image widgets that take turns are
seen each time, and a step sends one picture and one reference.

Go: none, this is how bqplot 0.13 draws.
Left out: pictures from files or addresses.
"""

from typing import Any

import bqplot as bq
import ipywidgets as ipw
import numpy as np

from gomemlab.views.png import encode

NOTHING = encode(np.zeros((1, 1), np.uint8))


class Picture:
    """A bqplot Image mark fed by two image widgets in turn."""

    def __init__(self, x: list[float], y: list[float], scales: dict[str, Any]) -> None:
        """Make the mark over the given range of data units, empty."""
        self.pair = [ipw.Image(value=NOTHING, format="png"), ipw.Image(value=NOTHING, format="png")]
        self.now = NOTHING
        self.mark = bq.Image(image=self.pair[0], x=x, y=y, scales=scales, pixelated=True)

    def show(self, png: bytes) -> None:
        """Show a picture, unless it is the one on screen."""
        if png == self.now:
            return
        self.pair.reverse()
        self.pair[0].value = png
        self.mark.image = self.pair[0]
        self.now = png


def scales_of(left: float, right: float, foot: float, top: float) -> dict[str, Any]:
    """Return fixed scales that marks cannot widen: by default a marker's size would shrink the picture beside it."""
    x = bq.LinearScale(min=left, max=right, allow_padding=False)
    y = bq.LinearScale(min=foot, max=top, allow_padding=False)
    return {"x": x, "y": y}


def tip() -> Any:
    """Return a tooltip that says the mark's name under the pointer."""
    made = bq.Tooltip(fields=["name"], labels=[""], show_labels=False)
    made.add_class("gm-tip")
    return made


def figure(marks: list[Any], axes: list[Any], width: int, height: int, **margin: int) -> Any:
    """Return a figure of a fixed size without toolbar, legend or title."""
    return _bare(marks, axes, margin, {"width": f"{width}px", "height": f"{height}px", "flex": "none"})


def wide_figure(marks: list[Any], axes: list[Any], height: int, look: str = "gm-plot", **margin: int) -> Any:
    """Return such a figure as wide as its column, whatever shape that gives it; look is its CSS class."""
    size = {"width": "100%", "height": f"{height}px"}
    made = _bare(marks, axes, margin, size, min_aspect_ratio=0.01, max_aspect_ratio=1000)
    made.add_class(look)
    return made


def _bare(marks: list[Any], axes: list[Any], margin: dict[str, int], size: dict[str, str], **shape: float) -> Any:
    """Return a figure that is nothing but its marks and axes."""
    return bq.Figure(
        marks=marks,
        axes=axes,
        fig_margin={"top": 0, "bottom": 0, "left": 0, "right": 0} | margin,
        padding_x=0,
        padding_y=0,
        display_toolbar=False,
        layout=ipw.Layout(min_width="0", **size),
        **shape,
    )
