"""What if: a log's saw-tooth with the predicted one over it, the estimates beside, and a map of settings below.

The figure and the layer that catches clicks on the map are built once; everything written comes as HTML.

Go: runtime/mgcpacer.go, gcControllerState.
Left out: rings to drag; the map is where settings are chosen.
"""

from collections.abc import Callable
from typing import Any

import bqplot as bq
import numpy as np

from gomemlab.views import whatif_html as text
from gomemlab.views.base import box, headline, html, put
from gomemlab.views.pacer import HEIGHTS
from gomemlab.views.timeplot import Moved, figure, scale, ticks_along, ticks_up, time_axis, touch
from gomemlab.views.whatif_facts import MapFrame, WhatIfFrame

INK, INK2, ACCENT, AMBER, WARN = (f"var(--gm-{name})" for name in ("ink", "ink2", "accent", "amber", "warn"))
FOOT = 16  # pixels more for the words of the time axis


class WhatIfPlots:
    """The headline, the figure, what stands beside it, and the lines of both logs."""

    name = "What if"

    def __init__(self) -> None:
        """Build the figure once."""
        self.last: WhatIfFrame  # what is on screen
        self.lines = Moved()
        self.x, self.y = scale(1.0), scale(1.0)
        scales = {"x": self.x, "y": self.y}
        line: dict[str, Any] = {"scales": scales, "x": [0.0, 1.0], "y": [0.0, 0.0]}
        self.observed_goal = bq.Lines(**line, colors=[INK2], stroke_width=1.5, line_style="dotted")
        self.predicted_goal = bq.Lines(**line, colors=[AMBER], stroke_width=1.5, line_style="dashed")
        self.observed = bq.Lines(**line, colors=[INK], stroke_width=1.5)
        self.predicted = bq.Lines(**line, colors=[ACCENT], stroke_width=2, line_style="dashed")
        self.limit = bq.Lines(**line, colors=[WARN], stroke_width=2.5)
        self.axis_x = time_axis(self.x, labels=True)
        self.axis_y = bq.Axis(scale=self.y, side="left", tick_values=[0], tick_labels={"0": "0"})
        marks = [self.observed_goal, self.predicted_goal, self.observed, self.predicted, self.limit]
        self.figure = figure(marks, [self.axis_x, self.axis_y], HEIGHTS[0] + FOOT, 10, 6 + FOOT)
        self.head, self.unit, self.legend = html(), html("", "gm-pc-unit"), html()
        self.over, self.beside = html("", "gm-pc-over", "gm-wi-tags"), html("", "gm-whatif-side")
        self.both = html()
        plots = box([self.unit, box([self.figure, self.over], "gm-stack"), self.legend], "gm-whatif-plots")
        self.all = box([plots, self.beside], "gm-whatif-all")
        self.with_lines, self.first = False, 0

    def show(self, frame: WhatIfFrame) -> None:
        """Move everything to a frame."""
        axis, p = frame.axis, frame.prediction
        put(self.x, max=frame.seconds)
        put(self.y, max=float(axis.top))
        ticks_up(self.axis_y, axis)
        ticks_along(self.axis_x, (0.0, frame.seconds), labels=True)
        for mark, curve in (
            (self.observed_goal, frame.observed_goal),
            (self.predicted_goal, frame.predicted_goal),
            (self.observed, frame.observed),
            (self.predicted, frame.predicted),
        ):
            self.lines.move(mark, curve)
        limit = p.setting.memory_limit
        y = float(min(limit or 0, axis.top * 2))
        put(self.limit, x=np.array([0.0, frame.seconds]), y=np.array([y, y]), visible=limit is not None)
        put(self.head, value=headline(self.name, p.sentence))
        put(self.unit, value=axis.name)
        put(self.over, value=text.over(frame))
        put(self.legend, value=text.legend(frame))
        put(self.beside, value=text.beside(p))
        put(self.both, value=text.lines(frame, self.first) if self.with_lines else "")
        self.last = frame

    def refuse(self, why: str) -> None:
        """Say in the headline why something was not done; the picture stays."""
        put(self.head, value=headline(self.name, why, alert=True))


class MapView:
    """The map: cells as HTML, over them a layer that catches clicks, and the signs."""

    def __init__(self, on_pick: Callable[[int, int], None]) -> None:
        """Build it once; a click tells row and column."""
        self.last: MapFrame  # as it is drawn
        self.grid, self.signs, self.advice = html(), html("", "gm-wi-over"), html()
        self.x, self.y = scale(20.0), bq.LinearScale(min=0.0, max=20.0, reverse=True, allow_padding=False)
        self.touch = touch({"x": self.x, "y": self.y}, lambda x, y: on_pick(int(y), int(x)))
        self.figure = figure([self.touch], [], text.ROW * 20, 0, 0)
        self.figure.fig_margin = {"top": text.ROW, "bottom": 0, "left": text.HEAD, "right": 0}
        self.figure.add_class("gm-touch")
        self.field = box([self.grid, self.figure, self.signs], "gm-wi-field")

    def show(self, frame: MapFrame) -> None:
        """Show the cells, and the signs over them."""
        rows, columns = len(frame.limits), len(frame.gogcs)
        put(self.x, max=float(columns))
        put(self.y, max=float(rows))
        put(self.touch, x=np.array([0.0, float(columns)]), y=np.array([0.0, float(rows)]))
        put(self.figure.layout, height=f"{text.ROW * (rows + 1)}px")
        put(self.grid, value=text.grid(frame))
        put(self.signs, value=text.signs(frame))
        put(self.advice, value=text.advice(frame))
        self.last = frame
