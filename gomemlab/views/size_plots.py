"""The two plots of the size classes: seven steps of the staircase, and the waste of all classes below.

Both are bqplot figures that are built once and then moved. The staircase has bytes on both axes, so the distance from a
step down to the diagonal is exactly what is wasted; the ticks of its upright axis name the classes.

Go: none, the numbers come from staircase.py.
Left out: a legend inside the plot; it stands in HTML beside it.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import bqplot as bq
import numpy as np
from bqplot.interacts import PanZoom

from gomemlab.runtime.alloc.sizeclasses import class_table
from gomemlab.runtime.arch import Go
from gomemlab.views import base, words
from gomemlab.views.picture import tip, wide_figure
from gomemlab.views.staircase import SHOWN, SizeFrame, Step, number, small_steps, waste_curve

INK, INK2, EDGE, ACCENT = "var(--gm-ink)", "var(--gm-ink2)", "var(--gm-edge)", "var(--gm-accent)"
AMBER, BACK = "var(--gm-amber)", "var(--gm-bg)"
LEFT, RIGHT = 62, 22  # margins of both figures in pixels, so that they stand in line
ROOM = 0.06  # of the upright axis above the last step, for its label
GAP = 0.06  # of an axis, the least distance between two ticks
FAMILY_ENDS = (8, *words.FAMILY_ENDS, 32768)  # bytes


def apart(places: Iterable[float], gap: float, keep: float) -> list[float]:
    """Return the places that stand at least gap from each other and from `keep`, which is left out."""
    kept: list[float] = []
    for place in places:
        if abs(place - keep) >= gap and (not kept or place - kept[-1] >= gap):
            kept.append(place)
    return kept


def stairs(steps: Iterable[Step], low: float) -> tuple[list[float], list[float]]:
    """Return the x and y of the corners of a staircase that begins at `low`."""
    xs: list[float] = []
    ys: list[float] = []
    for step in steps:
        if step.used:
            xs += [max(step.first - 1, low), step.last]
            ys += [step.slot, step.slot]
    return xs, ys


def _teeth(steps: Iterable[Step], low: float) -> tuple[np.ndarray, np.ndarray]:
    """Return closed triangles, one a step, between the step and the diagonal; shapes (steps, 4)."""
    corners = [(max(s.first - 1, low), s.last, s.slot) if s.used else (s.slot, s.slot, s.slot) for s in steps]
    xs = [(a, b, b, a) for a, b, _ in corners]
    return np.array(xs, float), np.array([(slot, slot, b, a) for a, b, slot in corners], float)


class Staircase:
    """The figure of seven steps; `on_pick` hears the size that was clicked or dragged to."""

    def __init__(self, on_pick: Callable[[int], None]) -> None:
        """Build the figure once."""
        self.on_pick = on_pick
        self.x, self.y = bq.LinearScale(), bq.LinearScale()
        scales = {"x": self.x, "y": self.y}
        line: dict[str, Any] = {"scales": scales, "x": [0.0, 1.0], "y": [0.0, 1.0]}
        teeth = np.zeros((SHOWN, 4))
        self.teeth = bq.Lines(
            x=teeth,
            y=teeth,
            scales=scales,
            fill="inside",
            close_path=True,
            colors=["transparent"],
            fill_colors=[EDGE] * SHOWN,
            fill_opacities=[0.22] * SHOWN,
        )
        self.diagonal = bq.Lines(**line, colors=[EDGE], stroke_width=1.5)
        self.scan = bq.Lines(**line, colors=[AMBER], stroke_width=2, line_style="dashed")
        self.noscan = bq.Lines(**line, colors=[INK], stroke_width=2.5)
        self.way = bq.Lines(**line, colors=[ACCENT], stroke_width=2)
        self.level = bq.Lines(**line, colors=[ACCENT], stroke_width=1.5, line_style="dashed")
        self.step = bq.Lines(**line, colors=[ACCENT], stroke_width=4)
        self.gauge = bq.Lines(**line, colors=[INK], stroke_width=1.5)
        text: dict[str, Any] = {"scales": scales, "x": [0.0], "y": [0.0], "text": [""], "default_size": 11}
        self.slots = bq.Label(**text, align="end", colors=[INK], y_offset=-9, x_offset=-8, font_weight="normal")
        self.chosen = bq.Label(**{**text, "default_size": 13}, align="end", colors=[ACCENT], y_offset=-11, x_offset=-8)
        self.lost = bq.Label(**{**text, "default_size": 13}, colors=[INK], y_offset=18, x_offset=12)
        self.tag_x = bq.Label(**text, align="middle", colors=[ACCENT], y_offset=17, apply_clip=False)
        self.tag_y = bq.Label(**text, align="end", colors=[ACCENT], y_offset=4, x_offset=-9, apply_clip=False)
        dot: dict[str, Any] = {"scales": scales, "x": [0.0], "y": [0.0], "tooltip": tip()}
        self.corners = bq.Scatter(**dot, colors=[INK], stroke=BACK, default_size=36, display_names=False)
        self.dot = bq.Scatter(
            **{**dot, "tooltip": None}, colors=[ACCENT], stroke=BACK, stroke_width=2, default_size=130,
            enable_move=True, restrict_x=True, update_on_move=False,
        )  # fmt: skip
        self.corners.on_element_click(self._clicked)
        self.dot.on_drag_end(self._dragged)
        self.axis_x = bq.Axis(
            scale=self.x, label="requested bytes", label_location="end", label_offset="30px", grid_lines="none"
        )
        self.axis_y = bq.Axis(scale=self.y, side="left", grid_lines="none")
        marks = [
            self.teeth, self.diagonal, self.scan, self.noscan, self.way, self.level, self.step, self.gauge,
            self.slots, self.chosen, self.lost, self.tag_x, self.tag_y, self.corners, self.dot,
        ]  # fmt: skip
        self.figure = wide_figure(marks, [self.axis_x, self.axis_y], 356, top=14, bottom=42, left=LEFT, right=RIGHT)
        self.pan_zoom = PanZoom(scales={"x": [self.x], "y": [self.y]})

    def zoom(self, on: bool) -> None:
        """Let the mouse pan and zoom, or give clicks and drags back to the marks."""
        self.figure.interaction = self.pan_zoom if on else None
        if on:
            self._free_axes()

    def _free_axes(self) -> None:
        """Let the axes choose their ticks, in bytes: those of the steps would stay behind when the range moves."""
        for axis in (self.axis_x, self.axis_y):
            base.put(axis, tick_values=[], tick_labels={})
        for tag in (self.tag_x, self.tag_y):
            base.put(tag, visible=False)

    def show(self, frame: SizeFrame) -> None:
        """Move the figure to a frame."""
        low, high = float(frame.low), float(frame.high)
        span = high - low
        base.put(self.x, min=low, max=high)
        base.put(self.y, min=low, max=high + ROOM * span)
        picked = frame.steps[frame.pick]
        self._show_lines(frame, picked, low)
        self._show_labels(frame, picked, low, span)
        used = [step for step in frame.steps if step.used]
        names = [f"{_name(step)}: {step.first} to {step.last} B get {step.slot} B" for step in used]
        base.put(self.corners, x=[step.first for step in used], y=[step.slot for step in used], names=names)
        base.put(self.dot, x=[frame.size], y=[picked.slot])
        if self.figure.interaction is not None:
            self._free_axes()

    def _show_lines(self, frame: SizeFrame, picked: Step, low: float) -> None:
        teeth = _teeth(frame.steps, low)
        base.put(self.teeth, x=teeth[0], y=teeth[1])
        base.put(self.diagonal, x=[low, float(frame.high)], y=[low, float(frame.high)])
        for mark, steps in ((self.noscan, frame.noscan), (self.scan, frame.scan)):
            xs, ys = stairs(steps, low)
            base.put(mark, x=xs, y=ys)
        base.put(self.step, x=[max(picked.first - 1, low), picked.last], y=[picked.slot] * 2)
        base.put(self.way, x=[frame.size] * 2, y=[low, picked.slot])
        base.put(self.level, x=[low, frame.size], y=[picked.slot] * 2)
        aside = frame.size + 0.013 * (frame.high - low)
        base.put(self.gauge, x=[aside, aside], y=[frame.size, picked.slot], visible=frame.landing.waste > 0)

    def _show_labels(self, frame: SizeFrame, picked: Step, low: float, span: float) -> None:
        # Class 67 and a large object of 4 pages share a slot size; the class names the tick.
        used = {float(step.slot): step for step in reversed(frame.steps) if step.used}
        used = dict(sorted(used.items()))
        wide = [y for y, step in used.items() if step.last - low > ROOM * 1.2 * span]
        others = [used[y] for y in apart(wide, 0.045 * span, picked.slot)]
        base.put(
            self.slots,
            x=[step.last for step in others],
            y=[step.slot for step in others],
            text=[f"{number(step.slot)} B" for step in others],
        )
        base.put(self.chosen, x=[picked.last], y=[picked.slot], text=[f"{number(picked.slot)} B"])
        lost = f"{number(frame.landing.waste)} B wasted" if frame.landing.waste else "nothing wasted"
        lost = "shares its slot" if frame.tiny else lost
        base.put(self.lost, x=[frame.size], y=[frame.size], text=["no slot" if not frame.size else lost])
        base.put(self.tag_x, x=[frame.size], y=[low], text=[number(frame.size)], visible=True)
        base.put(self.tag_y, x=[low], y=[picked.slot], text=[_tick(picked)], visible=True)
        ends = apart([low, *used], GAP * span, frame.size)
        levels = apart(used, 0.045 * span, picked.slot)
        _ticks(self.axis_x, {v: number(int(v)) for v in ends})
        _ticks(self.axis_y, {v: _tick(used[v]) for v in levels})

    def _clicked(self, _mark: object, event: dict[str, Any]) -> None:
        self.on_pick(int(event["data"]["x"]))

    def _dragged(self, _mark: object, event: dict[str, Any]) -> None:
        self.on_pick(max(0, round(event["point"]["x"])))


def _ticks(axis: bq.Axis, labels: dict[float, str]) -> None:
    """Set the places of an axis' ticks and their labels."""
    # Two messages, labels first: in one, bqplot would draw the new places with the old labels.
    base.put(axis, tick_labels={f"{int(place)}": label for place, label in labels.items()})
    base.put(axis, tick_values=list(labels))


def _tick(step: Step) -> str:
    """Return what the upright axis says at a step: its class, or its pages."""
    return str(step.index) if step.index else words.count(step.npages, "page")


def _name(step: Step) -> str:
    """Return a step's name for a tooltip."""
    return f"class {step.index}" if step.index else f"large, {words.count(step.npages, 'page')}"


class Waste:
    """The figure of the waste of all classes, with a window on what the staircase shows."""

    def __init__(self, on_pick: Callable[[int], None]) -> None:
        """Build the figure once."""
        self.on_pick = on_pick
        x, y = bq.LogScale(min=8, max=32768), bq.LinearScale(min=-5, max=56)
        scales = {"x": x, "y": y}
        line: dict[str, Any] = {"scales": scales, "x": [8.0, 16.0], "y": [0.0, 0.0]}
        self.curve = bq.Lines(
            **line, colors=[INK2], stroke_width=1, fill="bottom", fill_colors=[EDGE], fill_opacities=[0.28]
        )
        families = bq.Lines(
            x=np.array(list(pairwise(FAMILY_ENDS)), float),
            y=np.full((5, 2), -3.0),
            scales=scales,
            colors=[family.key for family in words.FAMILIES[1:6]],
            stroke_width=4,
        )
        self.window = bq.Lines(**line, colors=[ACCENT], stroke_width=2, close_path=True)
        self.tiny = bq.Label(
            x=[8.3], y=[24], text=["tiny"], scales=scales, default_size=11, colors=[INK2], font_weight="normal"
        )
        self.peaks = bq.Scatter(
            x=[16.0],
            y=[0.0],
            scales=scales,
            colors=["transparent"],
            default_size=60,
            display_names=False,
            tooltip=tip(),
        )
        self.dot = bq.Scatter(x=[16.0], y=[0.0], scales=scales, colors=[ACCENT], stroke=BACK, default_size=70)
        self.peaks.on_element_click(lambda _mark, event: self.on_pick(int(event["data"]["x"])))
        octaves = [2.0**k for k in range(3, 16)]
        labels = {f"{v:g}": f"{v:g}" if v < 1024 else f"{v / 1024:g}K" for v in octaves}  # noqa: PLR2004 (KiB)
        axes = [
            bq.Axis(scale=x, tick_values=octaves, tick_labels=labels, grid_lines="none"),
            bq.Axis(scale=y, side="left", tick_values=[0, 50], tick_labels={"0": "0", "50": "50 %"},
                    grid_lines="none"),
        ]  # fmt: skip
        marks = [self.curve, families, self.window, self.tiny, self.peaks, self.dot]
        self.figure = wide_figure(marks, axes, 104, top=6, bottom=24, left=LEFT, right=RIGHT)

    def show(self, frame: SizeFrame, go: Go) -> None:
        """Move the curve, the window and the dot to a frame."""
        points = np.array(list(waste_curve(frame.pointers, go)))
        base.put(self.curve, x=points[:, 0], y=100 * points[:, 1])
        base.put(self.tiny, text=["" if frame.pointers else "tiny"])
        steps = [s for s in small_steps(frame.pointers, go) if s.used and s.slot > 8]  # noqa: PLR2004 (the axis begins there)
        base.put(
            self.peaks,
            x=[max(s.first, 16) for s in steps],
            y=[100 * (s.slot - max(s.first, 16)) / s.slot for s in steps],
            names=[f"class {s.index}, {s.slot} B: at worst {words.percent(s.slot - s.first, s.slot)}" for s in steps],
        )
        low, high = max(frame.low, 8.0), min(float(frame.high), 32768.0)
        base.put(self.window, x=[low, high, high, low], y=[-1, -1, 55, 55], visible=low < high)
        share = 100 * frame.landing.waste / frame.landing.elemsize if frame.landing.elemsize else 0.0
        on = frame.landing.index > 0 and frame.size >= class_table(go).elemsize[1] and not frame.tiny
        base.put(self.dot, x=[max(frame.size, 8)], y=[share], visible=on)
