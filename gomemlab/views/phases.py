"""Phases: one cycle of the collector as a timeline of steps: two stops, root jobs, marking, the program, sweeping.

Each row is somebody who does something. What lies in one row at neighbouring steps is one bar; a tick that did many
things is divided among them. The x axis counts ticks, which are steps of this model and say nothing of time.

Go: runtime/mgc.go, gcStart, gcMarkDone, gcMarkTermination; runtime/mgcmark.go, gcDrain; runtime/mgcsweep.go, bgsweep.
Left out: assists, which the model does not have yet; time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import bqplot as bq
import ipywidgets as ipw
import numpy as np

from gomemlab.runtime import gcevents as swept
from gomemlab.runtime import markevents as mark
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views import svg as drawing
from gomemlab.views.base import Host, View, button, html, put, svg_document
from gomemlab.views.phase_bars import KINDS, PHASE, Bar, Moment, bars_of, cycle_of, phases, placed_in, rows_of
from gomemlab.views.picture import tip, wide_figure
from gomemlab.views.words import count, thousands

HIGH, WIDE, LEFT, FOOT = 22, 1180, 132, 34  # of a row; of the figure and its margins, pixels
NEAR = 1 / 300  # of the width: bars of one row that are nearer are one
SHOWN = 400  # bars at most
TOLD = 3  # sentences of a tick
MOST_TICKS = 12  # numbers on the axis


@dataclass(frozen=True, slots=True)
class Frame:
    """One cycle up to now."""

    cycle: int  # 0: none has begun
    cycles: int
    rows: tuple[str, ...]  # from the top
    bars: tuple[Bar, ...]
    first: int  # ticks at the ends of the axis
    last: int
    now: int
    said: str
    here: tuple[str, ...] = ()  # what happened at this tick, the first few
    more: int = 0  # how much else happened


def frame(history: Iterable[Moment], cycle: int, cycles: int, now: int, procs: int = 1) -> Frame:
    """Return what to draw of a cycle; `history` has at least its events up to now, oldest first."""
    rows, moments = rows_of(procs), cycle_of(history, cycle)
    if not moments:
        said = "no cycle has begun: press GC, or start one" if not cycles else f"cycle {cycle} is not in sight"
        return Frame(0, cycles, rows, (), max(now - 1, 0), max(now, 1), now, said)
    placed = placed_in(moments)
    done = any(isinstance(event, swept.SweepDone) for _, event in moments)
    first = moments[0][0] - 1
    reached = moments[-1][0] if done or cycle < cycles else now
    last = reached if done or cycle < cycles else first + _round(reached - first)
    bars = [*phases(placed, reached, done=done), *bars_of(placed, (last - first) * NEAR)]
    here = [event for tick, event in moments if tick == now]
    told = tuple(event.say() for event in here[:TOLD])
    more = len(here) - len(told)
    return Frame(cycle, cycles, rows, tuple(bars[:SHOWN]), first, last, now, _said(moments, cycle), told, more)


def _round(ticks: int) -> int:
    """Return a length of the axis that does not change at each tick: 10, 20, 50, 100, ..."""
    scale = 10
    while True:
        for length in (scale, 2 * scale, 5 * scale):
            if ticks <= length:
                return length
        scale *= 10


def _said(moments: Sequence[Moment], cycle: int) -> str:
    """Return the headline: where the cycle is, and what it took."""
    kinds = [type(event) for _, event in moments]
    events = [event for _, event in moments]
    stops, spans = kinds.count(mark.WorldStopped), kinds.count(swept.SpanSwept)
    began = next((e for e in events if isinstance(e, mark.MarkBegan)), None)
    if began is None:
        over = "is over: its" if swept.SweepDone in kinds else "sweeps: its"
        return f"cycle {cycle} {over} marking is not in sight, {count(spans, 'span')} swept"
    jobs = began.jobs
    roots = f"{kinds.count(mark.RootScanned)} of {count(jobs, 'root job')}"
    if swept.SweepBegan not in kinds:
        scanned = kinds.count(mark.ObjectScanned)
        scanned += sum(e.nobjects for e in events if isinstance(e, mark.SpanScanned))
        return f"cycle {cycle} marks: {count(stops, 'stop')}, {roots}, {count(scanned, 'object')} scanned by steps"
    if swept.SweepDone not in kinds:
        return f"cycle {cycle} sweeps: {count(stops, 'stop')}, {roots}, {count(spans, 'span')} swept so far"
    return f"cycle {cycle} is over: {count(stops, 'stop')}, {roots}, {count(spans, 'span')} swept"


class PhasesView(View[Frame]):
    """The rows as one figure; a line below says what happened at this tick."""

    name = "Phases"

    def __init__(self, host: Host | None = None) -> None:
        """Build the view; it follows the newest cycle until another is chosen."""
        self.cycle: int | None = None
        self._snapshot: Snapshot | None = None
        super().__init__(host)

    def parts(self) -> list[ipw.Widget]:
        """Return the figure and the words below it."""
        self.scales = {
            "x": bq.LinearScale(min=0, max=1, allow_padding=False),
            "y": bq.LinearScale(min=0, max=1, allow_padding=False),
        }
        nothing = np.zeros((1, 5))
        self.bars = bq.Lines(
            x=nothing,
            y=nothing,
            scales=self.scales,
            fill="inside",
            close_path=True,
            fill_colors=["var(--gm-paper)"],
            stroke_width=0,
            labels=[""],
            tooltip=tip(),
        )
        ink = ["var(--gm-ink)"]
        self.here = bq.Lines(x=[0, 0], y=[0, 1], scales=self.scales, colors=ink, stroke_width=1, line_style="dashed")
        self.words = bq.Label(
            x=[0], y=[0], text=[""], scales=self.scales, colors=ink, default_size=11, align="middle", y_offset=0
        )
        self.ticks = bq.Axis(
            scale=self.scales["x"], label="tick: a step, not time", label_offset="34px", grid_lines="none"
        )
        self.names = bq.Axis(scale=self.scales["y"], orientation="vertical", grid_lines="none")
        marks, axes = [self.bars, self.here, self.words], [self.ticks, self.names]
        self.figure = wide_figure(marks, axes, 220, "gm-phases", top=2, bottom=FOOT + 6, left=LEFT, right=24)
        self.below = html()
        return [self.figure, self.below]

    def tools(self) -> list[ipw.Widget]:
        """Return the buttons that choose a cycle."""
        self.before = button(self.host, "", "the cycle before", lambda: self.move(-1), icon="chevron-left")
        self.after = button(self.host, "", "the cycle after", lambda: self.move(1), icon="chevron-right")
        return [self.before, self.after]

    def move(self, by: int) -> None:
        """Show the cycle `by` further on; the newest one is followed again."""
        if self._last is None or not self._last.cycles:
            return
        newest = self._last.cycles
        cycle = min(max((self.cycle or newest) + by, 1), newest)
        self.cycle = None if cycle == newest else cycle
        if self._snapshot is not None:
            self.update(self._snapshot)

    def history(self, cycle: int) -> Iterable[Moment]:  # noqa: ARG002 (for those with a past of their own)
        """Return the events of a cycle, oldest first; of the host's newest, what belongs here."""
        recent = self.host.recent(SHOWN * 8)
        return [(tick, event) for tick, event in reversed(recent) if isinstance(event, KINDS)]

    def frame(self, snapshot: Snapshot) -> Frame:
        """Return the chosen cycle, or the newest."""
        self._snapshot = snapshot
        cycles = snapshot.gc.cycle
        cycle = cycles if self.cycle is None else min(self.cycle, cycles)
        return frame(self.history(cycle) if cycle else (), cycle, cycles, self.host.tick, len(snapshot.ps))

    def show(self, frame: Frame) -> None:
        """Move bars, line and axis."""
        rows = len(frame.rows)
        put(self.figure.layout, height=f"{rows * HIGH + FOOT + 8}px")
        put(self.scales["y"], max=float(rows))
        put(self.scales["x"], min=float(frame.first), max=float(frame.last))
        place = {row: rows - i for i, row in enumerate(frame.rows)}  # upper edge
        labels = {str(top - 0.5): row for row, top in place.items()}
        put(self.names, tick_values=[float(at) for at in labels], tick_labels=labels)
        put(self.ticks, tick_values=_ticks(frame.first, frame.last))
        boxes = [_box(bar, place[bar.row]) for bar in frame.bars] or [((0.0,) * 5, (0.0,) * 5)]
        put(
            self.bars,
            x=np.array([x for x, _ in boxes]),
            y=np.array([y for _, y in boxes]),
            fill_colors=[bar.colour for bar in frame.bars] or ["var(--gm-paper)"],
            labels=[bar.tip for bar in frame.bars] or [""],
        )
        inside = frame.first <= frame.now <= frame.last
        put(self.here, x=[frame.now, frame.now], y=[0, rows], visible=inside and bool(frame.bars))
        self._show_words(frame, place)
        put(self.below, value=_below(frame))

    def _show_words(self, frame: Frame, place: dict[str, int]) -> None:
        """Write the phases' names into their bars, where there is room."""
        room = (frame.last - frame.first) / 14
        named = [bar for bar in frame.bars if bar.row == PHASE and bar.end - bar.start > room]
        put(
            self.words,
            x=[(bar.start + bar.end) / 2 for bar in named] or [0.0],
            y=[place[bar.row] - 0.5 for bar in named] or [0.0],
            text=[bar.tip.split(":")[0] for bar in named] or [""],
        )

    def sentence(self, frame: Frame) -> str:
        """Return where the cycle is, and which of how many it is."""
        which = f" · {frame.cycle} of {count(frame.cycles, 'cycle')}" if frame.cycle else ""
        return escape(frame.said + which)

    def svg(self) -> str:
        """Return the timeline as an SVG file."""
        inner = _svg(self._last) if self._last is not None else ""
        return svg_document(self.head.value + inner + self.below.value, WIDE, 340)


def _box(bar: Bar, top: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return a bar's corners."""
    foot, head = top - 0.86, top - 0.14
    return (bar.start, bar.end, bar.end, bar.start, bar.start), (foot, foot, head, head, foot)


def _ticks(first: int, last: int) -> list[float]:
    """Return whole ticks for the axis: as many as have room."""
    steps = (n * 10**scale for scale in range(12) for n in (1, 2, 5))
    every = next(step for step in steps if last - first <= MOST_TICKS * step)
    return [float(tick) for tick in range(first + (-first) % every, last + 1, every)]


def _below(frame: Frame) -> str:
    """Return what happened at this tick, and for a screen reader what lies in each row."""
    here = " ".join(frame.here) + (f" And {thousands(frame.more)} more." if frame.more else "")
    words = here or ("Nothing of this cycle happened at this tick." if frame.cycle else "A cycle’s steps stand here.")
    rows = [(row, sum(bar.steps for bar in frame.bars if bar.row == row)) for row in frame.rows if row != PHASE]
    table = "".join(f'<tr><th scope="row">{row}</th><td>{count(steps, "step")}</td></tr>' for row, steps in rows)
    tick = f"<b>tick {thousands(frame.now)}</b> "
    return (
        f'<div class="gm-s gm-step">{tick}{escape(words)}</div>'
        f'<table class="gm-hidden"><caption>Steps of the cycle by who took them</caption>{table}</table>'
    )


def _svg(frame: Frame) -> str:
    """Return the bars of a frame with their rows' names."""
    scale = (WIDE - LEFT - 12) / max(frame.last - frame.first, 1)
    parts = [drawing.text(-8, i * HIGH + 15, row, anchor="end") for i, row in enumerate(frame.rows)]
    for bar in frame.bars:
        x, y = (bar.start - frame.first) * scale, frame.rows.index(bar.row) * HIGH + 3
        where = f'x="{x:.1f}" y="{y}" width="{(bar.end - bar.start) * scale:.1f}" height="{HIGH - 6}"'
        parts.append(f'<rect {where} style="fill:{bar.colour}"/>')
    high = len(frame.rows) * HIGH
    parts += [
        drawing.text((tick - frame.first) * scale, high + 16, thousands(int(tick)), anchor="middle")
        for tick in _ticks(frame.first, frame.last)
    ]
    return drawing.drawing(WIDE, high + FOOT, *parts, left=LEFT, top=0)
