"""Pacer: the live heap as a saw-tooth between what was marked and the goal, and below it what collecting cost.

Two rings can be dragged up and down: GOGC's on the goal of the picked cycle, and the limit's at the right end. The
plots are built once; a frame moves their lines. While a ring is dragged it belongs to the mouse, and the axis stays.

Go: runtime/mgcpacer.go, gcControllerState.
Left out: dragging in time; a click picks a cycle, and close up shows it larger.
"""

from base64 import b64decode
from collections.abc import Callable
from typing import Any

import bqplot as bq
import ipywidgets as ipw
import numpy as np

from gomemlab.views import pacer_html as text
from gomemlab.views import theme
from gomemlab.views.base import box, close_all, headline, html, put, svg_document
from gomemlab.views.pacer_curves import Curve
from gomemlab.views.pacer_facts import Axis, PacerFrame
from gomemlab.views.pacer_words import said, table
from gomemlab.views.words import thousands

INK, INK2, ACCENT, AMBER, WARN, FILL = (f"var(--gm-{n})" for n in ("ink", "ink2", "accent", "amber", "warn", "fill"))
BACK = "var(--gm-bg)"
LEFT, RIGHT = 44, 112  # pixels beside the plot area; pacer.css has them, too
HEIGHTS = (298, 96)  # pixels of both figures
DENSE = 120  # cycles: from here on the lines are thinner
TICKS = 8  # of the time axis, at most
DOT = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII=")

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
        self._drawn: dict[int, Curve] = {}
        self.x, self.y = _scale(1.0), _scale(1.0)
        self.cpu_y = _scale(50.0)
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
        picture = ipw.Image(value=DOT, format="png")
        self.touch = bq.Image(image=picture, scales=scales, x=[0.0, 1.0], y=[0.0, 1.0])
        self.touch.on_element_click(lambda _, event: self.on_pick(float(event["data"]["click_x"])))
        self.rings = {"gogc": self._ring("gogc", AMBER), "limit": self._ring("limit", WARN)}
        self.axis_x = _time_axis(self.x, labels=False)
        self.axis_y = bq.Axis(scale=self.y, side="left", tick_values=[0], tick_labels={"0": "0"})
        marks = [self.live, self.trigger, self.goal, self.heap, self.marking, self.limit, self.touch,
                 *self.rings.values()]  # fmt: skip
        return _figure(marks, [self.axis_x, self.axis_y], HEIGHTS[0], 10, 6)

    def _cpu(self) -> Any:
        """Return the figure of GC CPU."""
        scales = {"x": self.x, "y": self.cpu_y}
        area: dict[str, Any] = {"scales": scales, "x": [0.0, 1.0], "y": [0.0, 0.0], "fill": "bottom"}
        self.both = bq.Lines(**area, colors=[WARN], stroke_width=0.5, fill_colors=[WARN])
        self.workers = bq.Lines(**area, colors=[FILL], stroke_width=0.5, fill_colors=[FILL])
        self.cpu_axis_x = _time_axis(self.x, labels=True)
        self.cpu_axis_y = bq.Axis(scale=self.cpu_y, side="left", tick_values=[0, 25, 50])
        self.cpu_axis_y.tick_format = "d"
        return _figure([self.both, self.workers], [self.cpu_axis_x, self.cpu_axis_y], HEIGHTS[1], 8, 22)

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
        _ticks_up(self.axis_y, axis)
        for each in (self.axis_x, self.cpu_axis_x):
            _ticks_along(each, frame.window, labels=each is self.cpu_axis_x)
        put(self.cpu_axis_y, tick_values=[0, 25, 50] if frame.cpu_top <= 50 else [0, 50, 100])  # noqa: PLR2004 (percent)
        dense = len(run.cycles) > DENSE and not frame.close
        put(self.heap, stroke_width=1.0 if dense else 2.0)
        put(self.marking, stroke_width=2.0 if dense else 5.0)
        put(self.goal, stroke_width=1.5 if dense else 2.0)
        for mark, curve in self._lines(frame):
            self._line(mark, curve)
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

    def _line(self, mark: Any, curve: Curve) -> None:
        """Move a line unless it is there already; NaN equals nothing, so that `put` could not tell."""
        if self._drawn.get(id(mark)) == curve:
            return
        self._drawn[id(mark)] = curve
        with mark.hold_sync():
            mark.visible = bool(curve.xs)
            if curve.xs:
                mark.x, mark.y = np.array(curve.xs), np.array(curve.ys)

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


def alone(plots: PacerPlots) -> ipw.VBox:
    """Return the plots with their style sheet."""
    root = ipw.VBox([theme.style(), plots.body])
    root.add_class("gm")
    return root


def _scale(high: float) -> bq.LinearScale:
    """Return a scale from 0 that keeps to what it is told."""
    return bq.LinearScale(min=0.0, max=high, allow_padding=False)


def _time_axis(scale: bq.LinearScale, *, labels: bool) -> bq.Axis:
    """Return the axis of seconds, with or without words."""
    return bq.Axis(scale=scale, grid_lines="none", tick_values=[0], tick_labels={"0": "0 s" if labels else ""})


def _figure(marks: list[Any], axes: list[Any], height: int, top: int, bottom: int) -> bq.Figure:
    """Return a figure as wide as its column."""
    figure = bq.Figure(
        marks=marks,
        axes=axes,
        fig_margin={"top": top, "bottom": bottom, "left": LEFT, "right": RIGHT},
        padding_x=0,
        padding_y=0,
        min_aspect_ratio=0.01,
        max_aspect_ratio=100,
        display_toolbar=False,
        animation_duration=0,
        layout=ipw.Layout(width="100%", height=f"{height}px", min_width="0"),
    )
    figure.add_class("gm-plot")
    return figure


def _ticks_up(axis: bq.Axis, shown: Axis) -> None:
    """Put a tick at each step of the upright axis; labels first, else bqplot draws new places with old labels."""
    places = list(range(0, shown.top + 1, shown.step))
    put(axis, tick_labels={f"{at}": f"{at / shown.unit:g}" for at in places})
    put(axis, tick_values=places)


def _ticks_along(axis: bq.Axis, window: tuple[float, float], *, labels: bool) -> None:
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
