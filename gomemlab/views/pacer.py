"""Pacer: the live heap as a saw-tooth between what was marked and the goal, and below it what collecting cost.

Two rings can be dragged up and down: GOGC's on the goal of the picked cycle, and the limit's at the right end. The
plots are built once; a frame moves their lines. While a ring is dragged it belongs to the mouse, and the axis stays.

Go: runtime/mgcpacer.go, gcControllerState.
Left out: dragging in time; a click picks a cycle, and close up shows it larger.
"""

from collections.abc import Callable
from typing import Any

import bqplot as bq
import ipywidgets as ipw
import numpy as np

from gomemlab.views import pacer_html as text
from gomemlab.views.base import box, close_all, headline, html, put, svg_document
from gomemlab.views.pacer_curves import Curve
from gomemlab.views.pacer_facts import PacerFrame
from gomemlab.views.pacer_words import said, table
from gomemlab.views.timeplot import Moved, figure, scale, ticks_along, ticks_up, time_axis, touch

INK, INK2, ACCENT, AMBER, WARN, FILL = (f"var(--gm-{n})" for n in ("ink", "ink2", "accent", "amber", "warn", "fill"))
BACK = "var(--gm-bg)"
HEIGHTS = (298, 96)  # pixels of both figures
DENSE = 120  # cycles: from here on the lines are thinner

OnDrag = Callable[[str, float], None]  # which ring, bytes


class PacerPlots:
    """The two figures, the labels over them, the headline above, and the column beside."""

    name = "Pacer"

    def __init__(self, on_pick: Callable[[float], None], on_drag: OnDrag) -> None:
        """Build the figures once; a click tells the time, a drag which ring went where.

        While the mouse has a ring, `dragging` is its name.
        """
        self.on_pick, self.on_drag = on_pick, on_drag
        self.dragging = ""  # the ring that is being dragged
        self.last: PacerFrame  # what is on screen
        self.lines = Moved()
        self.x, self.y = scale(1.0), scale(1.0)
        self.cpu_y = scale(50.0)
        self.saw, self.cpu = self._saw(), self._cpu()
        self.head, self.over, self.beside, self.legend = html(), html("", "gm-pc-over"), html("", "gm-pc-side"), html()
        self.unit = html("", "gm-pc-unit")
        self.table = html("", "gm-pc-tablebox")
        stack = box([self.saw, self.over], "gm-stack")
        plots = box([self.unit, stack, html(text.CPU_CAPTION), self.cpu, self.legend], "gm-pacer-plots")
        self.body = ipw.VBox([self.head, box([plots, self.beside], "gm-pacer-all"), self.table])
        self.body.add_class("gm-view")
        self.with_table = False

    def _saw(self) -> Any:
        """Return the figure of the heap."""
        scales = {"x": self.x, "y": self.y}
        line: dict[str, Any] = {"scales": scales, "x": [0.0, 1.0], "y": [0.0, 0.0]}
        self.live = bq.Lines(
            **line, colors=[ACCENT], stroke_width=2, fill="bottom", fill_colors=["var(--gm-accent-soft)"]
        )
        self.goal = bq.Lines(**line, colors=[AMBER], stroke_width=2, line_style="dashed")
        self.trigger = bq.Lines(**line, colors=[INK2], stroke_width=1.5, line_style="dotted")
        self.heap = bq.Lines(**line, colors=[INK], stroke_width=2)
        self.marking = bq.Lines(**line, colors=[INK], stroke_width=5)
        self.limit = bq.Lines(**line, colors=[WARN], stroke_width=2.5)
        self.touch = touch(scales, lambda x, _: self.on_pick(x))
        self.rings = {"gogc": self._ring("gogc", AMBER), "limit": self._ring("limit", WARN)}
        self.axis_x = time_axis(self.x, labels=False)
        self.axis_y = bq.Axis(scale=self.y, side="left", tick_values=[0], tick_labels={"0": "0"})
        marks = [self.live, self.trigger, self.goal, self.heap, self.marking, self.limit, self.touch,
                 *self.rings.values()]  # fmt: skip
        return figure(marks, [self.axis_x, self.axis_y], HEIGHTS[0], 10, 6)

    def _cpu(self) -> Any:
        """Return the figure of GC CPU."""
        scales = {"x": self.x, "y": self.cpu_y}
        area: dict[str, Any] = {"scales": scales, "x": [0.0, 1.0], "y": [0.0, 0.0], "fill": "bottom"}
        self.both = bq.Lines(**area, colors=[WARN], stroke_width=0.5, fill_colors=[WARN])
        self.workers = bq.Lines(**area, colors=[FILL], stroke_width=0.5, fill_colors=[FILL])
        self.cpu_axis_x = time_axis(self.x, labels=True)
        self.cpu_axis_y = bq.Axis(scale=self.cpu_y, side="left", tick_values=[0, 25, 50])
        self.cpu_axis_y.tick_format = "d"
        return figure([self.both, self.workers], [self.cpu_axis_x, self.cpu_axis_y], HEIGHTS[1], 8, 22)

    def _ring(self, name: str, colour: str) -> Any:
        """Return a handle that can be dragged up and down."""
        ring = bq.Scatter(
            scales={"x": self.x, "y": self.y}, x=[0.5], y=[0.5], marker="circle", colors=[BACK], stroke=colour,
            stroke_width=2.5, default_size=200, drag_size=1.0, enable_move=True, restrict_y=True, update_on_move=True,
            display_names=False, apply_clip=False,
        )  # fmt: skip
        ring.on_drag_start(lambda _, _event: self._begin(name))
        ring.on_drag_end(lambda _, event: self._drop(name, float(event["point"]["y"])))
        ring.observe(lambda change: self._moved(name, change["new"]), "y")
        return ring

    def _begin(self, name: str) -> None:
        """Let a ring belong to the mouse."""
        self.dragging = name

    def _moved(self, name: str, new: Any) -> None:
        """Tell where the mouse has a ring; what a frame moved is no news."""
        if self.dragging == name:
            self.on_drag(name, float(np.asarray(new).ravel()[0]))

    def _drop(self, name: str, y: float) -> None:
        """Take a ring back from the mouse."""
        self.dragging = ""
        self.on_drag(name, y)

    def show(self, frame: PacerFrame) -> None:
        """Move everything to a frame."""
        axis, run = frame.axis, frame.run
        put(self.x, min=frame.window[0], max=frame.window[1])
        put(self.y, max=float(axis.top))
        put(self.cpu_y, max=frame.cpu_top)
        put(self.touch, x=np.array(frame.window), y=np.array([0.0, float(axis.top)]))
        ticks_up(self.axis_y, axis)
        for each in (self.axis_x, self.cpu_axis_x):
            ticks_along(each, frame.window, labels=each is self.cpu_axis_x)
        put(self.cpu_axis_y, tick_values=[0, 25, 50] if frame.cpu_top <= 50 else [0, 50, 100])  # noqa: PLR2004 (percent)
        dense = len(run.cycles) > DENSE and not frame.close
        put(self.heap, stroke_width=1.0 if dense else 2.0)
        put(self.marking, stroke_width=2.0 if dense else 5.0)
        put(self.goal, stroke_width=1.5 if dense else 2.0)
        for mark, curve in self._lines(frame):
            self.lines.move(mark, curve)
        limit = float(min(frame.memory_limit, axis.top * 2))
        put(self.limit, x=np.array(frame.window), y=np.array([limit, limit]), visible=not frame.no_limit)
        for name, ring in (("gogc", frame.gogc_ring), ("limit", frame.limit_ring)):
            if self.dragging != name:
                put(self.rings[name], x=np.array([ring.x]), y=np.array([ring.y]))
        self._show_text(frame)
        self.last = frame

    def _lines(self, frame: PacerFrame) -> list[tuple[Any, Curve]]:
        """Return each line with its points."""
        return [
            (self.live, frame.live),
            (self.trigger, frame.trigger),
            (self.goal, frame.goal),
            (self.heap, frame.heap),
            (self.marking, frame.marking),
            (self.both, frame.both),
            (self.workers, frame.workers),
        ]

    def _show_text(self, frame: PacerFrame) -> None:
        """Write what stands around the lines."""
        put(self.head, value=headline(self.name, said(frame)))
        put(self.unit, value=frame.axis.name)
        put(self.over, value=text.over(frame, dragging=bool(self.dragging)))
        put(self.beside, value=text.beside(frame))
        put(self.legend, value=text.legend(frame))
        put(self.table, value=table(frame) if self.with_table else "")

    def refuse(self, why: str) -> None:
        """Say in the headline why something was not done; the picture stays."""
        put(self.head, value=headline(self.name, why, alert=True))

    def svg(self) -> str:
        """Return the headline and the column as an SVG file; the figures export themselves."""
        return svg_document(self.head.value + self.beside.value, 1180, 420)

    def close(self) -> None:
        """Close every widget."""
        close_all(self.body)
