"""The bars of the phases view: which events belong to a cycle, in which row each lies, and what is one bar.

Go: runtime/mgc.go, gcStart, gcMarkTermination; runtime/mgcsweep.go, bgsweep.
Left out: assists, which the model does not have yet.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from gomemlab.runtime import gcevents as swept
from gomemlab.runtime import markevents as mark
from gomemlab.runtime.events import Event
from gomemlab.views.words import count, thousands

Moment = tuple[int, Event]  # (tick, what happened)
WORKERS = 8  # Ps with a row of their own
PHASE, STOPS, ROOTS, WORK, PROGRAM = "phase", "stop the world", "root jobs", "mark", "program"
ALLOCATION, BACKGROUND, FORCED = "sweep: allocation", "sweep: background", "sweep: GC"
BY = {swept.BACKGROUND: BACKGROUND, swept.GC: FORCED, swept.FLUSH: FORCED}  # the others sweep for an allocation
BEGAN = "sweep termination"  # why the world stops when a cycle begins
PROGRAMS = (
    mark.PointerWritten,
    mark.BarrierQueued,
    mark.ObjectMade,
    mark.FrameEntered,
    mark.FrameLeft,
    mark.GoroutineStarted,
    mark.ObjectsDropped,
)
KINDS = (
    mark.WorldStopped,
    mark.MarkBegan,
    mark.RootScanned,
    mark.ObjectScanned,
    mark.SpanScanned,
    mark.BarrierFlushed,
    mark.StacksRescanned,
    mark.MarkResumed,
    mark.MarkEnded,
    swept.SweepBegan,
    swept.SpanSwept,
    swept.SweepDone,
    *PROGRAMS,
)
COLOURS = {
    "off": "var(--gm-line)",
    "marking": "var(--gm-accent-soft)",
    "sweeping": "var(--gm-amber-soft)",
    STOPS: "var(--gm-warn)",
    ROOTS: "var(--gm-accent)",
    WORK: "var(--gm-ink)",
    PROGRAM: "var(--gm-edge)",
    "sweep": "var(--gm-amber)",
}


class Bar(NamedTuple):
    """Something that went on in a row, from step to step."""

    row: str
    start: float  # ticks
    end: float
    steps: int
    tip: str

    @property
    def colour(self) -> str:
        """Return its colour: of the phase, or of the row."""
        if self.row == PHASE:
            return COLOURS[self.tip.split(":")[0]]
        return COLOURS.get(self.row) or COLOURS["sweep" if self.row.startswith("sweep") else WORK]


def rows_of(procs: int) -> tuple[str, ...]:
    """Return the rows from the top; each P has a worker, beyond eight they share the last row."""
    return (PHASE, STOPS, ROOTS, *map(_worker, range(min(procs, WORKERS))), PROGRAM, ALLOCATION, BACKGROUND, FORCED)


def _worker(p: int) -> str:
    """Return the row of a P's worker."""
    return f"{WORK}: P{min(p, WORKERS - 1)}"


def row_of(event: Event) -> str | None:
    """Return the row that an event belongs to; None for those that only end or begin a phase."""
    if isinstance(event, mark.WorldStopped | mark.StacksRescanned):
        return STOPS
    if isinstance(event, mark.RootScanned):
        return ROOTS
    if isinstance(event, mark.ObjectScanned | mark.SpanScanned | mark.BarrierFlushed):
        return _worker(event.p)
    if isinstance(event, swept.SpanSwept):
        return BY.get(event.by, ALLOCATION)
    return PROGRAM if isinstance(event, PROGRAMS) else None


def cycle_of(history: Iterable[Moment], cycle: int) -> list[Moment]:
    """Return what belongs to one cycle, from its first stop to the next cycle's; `history` is oldest first.

    Of a recorded cycle nobody saw the marking: it begins with its end.
    """
    found: list[Moment] = []
    number = 0  # of the cycle that `found` belongs to, as far as it was said
    for tick, event in history:
        unseen = isinstance(event, mark.MarkEnded) and event.cycle != number
        if unseen or (isinstance(event, mark.WorldStopped) and event.reason == BEGAN):
            if number == cycle:
                break
            found.clear()
        found.append((tick, event))
        if isinstance(event, mark.MarkBegan | mark.MarkEnded):
            number = event.cycle
    return found if number == cycle else []


def placed_in(moments: Sequence[Moment]) -> list[tuple[float, float, Event]]:
    """Return (start, end, event): what happened in a tick shares it, in order."""
    placed = []
    for tick, group in groupby(moments, key=itemgetter(0)):
        events = [event for _, event in group]
        placed += [(tick - 1 + i / len(events), tick - 1 + (i + 1) / len(events), e) for i, e in enumerate(events)]
    return placed


def phases(placed: Sequence[tuple[float, float, Event]], reached: int, *, done: bool) -> list[Bar]:
    """Return the phases of a cycle: marking, sweeping, and off where all is swept."""
    starts = {type(event): start for start, _, event in reversed(placed)}
    began = placed[0][0]
    ended = starts.get(swept.SweepBegan, float(reached))
    over = next((end for _, end, event in placed if isinstance(event, swept.SweepDone)), float(reached))
    bars = []
    if mark.MarkBegan in starts:
        bars.append(Bar(PHASE, began, ended, 1, "marking: the write barrier is on"))
    if swept.SweepBegan in starts:
        bars.append(Bar(PHASE, ended, over, 1, "sweeping: the write barrier is off, spans wait to be swept"))
    if done and over < reached:
        bars.append(Bar(PHASE, over, reached, 1, "off: all is swept"))
    return bars


def bars_of(placed: Sequence[tuple[float, float, Event]], near: float) -> list[Bar]:
    """Return the bars of all other rows; neighbours are joined."""
    open_bars: dict[str, Bar] = {}
    bars: list[Bar] = []
    for start, end, event in placed:
        row = row_of(event)
        if row is None:
            continue
        last = open_bars.get(row)
        if last is not None and start - last.end <= near:
            steps = last.steps + 1
            open_bars[row] = last._replace(end=end, steps=steps, tip=_tip(row, last.start, end, steps))
        else:
            if last is not None:
                bars.append(last)
            open_bars[row] = Bar(row, start, end, 1, f"{_at(start, end)}: {event.say()}")
    return sorted([*bars, *open_bars.values()], key=lambda bar: bar.start)


def _tip(row: str, start: float, end: float, steps: int) -> str:
    """Return what hovering says of several steps in a row."""
    return f"{row}, {_at(start, end)}: {count(steps, 'step')}"


def _at(start: float, end: float) -> str:
    """Return the ticks of a bar."""
    first, last = int(start) + 1, max(math.ceil(end - 1e-9), int(start) + 1)
    return f"tick {thousands(first)}" if first == last else f"ticks {thousands(first)} to {thousands(last)}"
