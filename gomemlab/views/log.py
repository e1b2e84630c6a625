"""Log: what the model last decided, as the sentences that its events say about themselves.

Nothing here is written by hand: an event knows its numbers, its sentence and the Go function that decides there. The
log keeps the newest few in sight, newest first.

Go: none, the events name their functions.
Left out: hits in an mcache, which are many and alike, and of older requests all but the most telling event.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from operator import itemgetter

from ipywidgets import Widget

from gomemlab.runtime import events as ev
from gomemlab.runtime.events import Event
from gomemlab.runtime.markevents import MarkEnded
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views import base, words

ROWS = 4
ASKED = 8 * ROWS  # events to choose from: a request that fell far makes about eight
# Of an older request one event stands for all: the first of these kinds that it made, or else its newest. Of this one
# it is always among the rows.
TELLING = (MarkEnded, ev.HeapGrown, ev.LargeMade, ev.SpanCached, ev.CacheFlushed)
EMPTY = '<span></span><span class="m">Nothing happened yet: press malloc, or run a workload.</span><span></span>'


@dataclass(frozen=True, slots=True)
class Row:
    """One event in words."""

    tick: int
    sentence: str
    function: str  # Go's
    now: bool  # it happened at the tick on screen


@dataclass(frozen=True, slots=True)
class LogFrame:
    """The newest rows, newest first."""

    rows: tuple[Row, ...]


def frame(recent: Iterable[tuple[int, Event]], tick: int, rows: int = ROWS) -> LogFrame:
    """Return the newest rows of (tick, event) pairs that come newest first: all of this tick, one of each before."""
    chosen: list[tuple[int, Event]] = []
    for when, events in groupby(recent, key=itemgetter(0)):
        made = [event for _, event in events]
        chosen += [(when, event) for event in (newest(made, rows) if when == tick else [telling(made)])]
    return LogFrame(tuple(Row(when, event.say(), event.go, when == tick) for when, event in chosen[:rows]))


def telling(made: Sequence[Event]) -> Event:
    """Return the event that says most about a request, whose events come newest first."""
    return next((event for kind in TELLING for event in made if isinstance(event, kind)), made[0])


def newest(made: Sequence[Event], rows: int) -> list[Event]:
    """Return as many of a request's events, which come newest first; the last is the one that says most, if need be."""
    most, shown = telling(made), list(made[:rows])
    return shown if most in shown else [*shown[:-1], most]


class LogView(base.View[LogFrame]):
    """Four rows: tick, sentence, Go function."""

    name = "Log"

    def parts(self) -> list[Widget]:
        """Return the one widget that holds the rows."""
        self.grid = base.html("", "gm-log-box")
        return [self.grid]

    def frame(self, snapshot: Snapshot) -> LogFrame:
        """Return the host's newest events, or a snapshot's own where there is no host with a past."""
        tick = self.host.tick
        recent = self.host.recent(ASKED) or [(tick, event) for event in reversed(snapshot.events)]
        return frame(recent, tick)

    def show(self, frame: LogFrame) -> None:
        """Write the rows; the box keeps its height however many there are."""
        rows = "".join(_row_html(row) for row in frame.rows)
        missing = "<span>\u00a0</span><span></span><span></span>" * (ROWS - max(len(frame.rows), 1))
        base.put(self.grid, value=f'<div class="gm-log">{rows or EMPTY}{missing}</div>')

    def sentence(self, frame: LogFrame) -> str:
        """Return what the columns are, and to a screen reader the newest sentence."""
        newest = escape(frame.rows[0].sentence) if frame.rows else "Nothing happened yet."
        return (
            '<span aria-hidden="true">newest first; the right column names the Go function</span>'
            f'<span class="gm-hidden">{newest}</span>'
        )

    def svg(self) -> str:
        """Return the log as an SVG file."""
        return base.svg_document(self.head.value + self.grid.value, 1180, 120)


def _row_html(row: Row) -> str:
    """Return one row as three cells."""
    mark, now = ("▸ ", " now") if row.now else ("", "")
    say = escape(row.sentence)
    return (
        f'<span class="k{now}">{mark}{words.thousands(row.tick)}</span>'
        f'<span class="m{now}" title="{say}">{say}</span><span class="f">{escape(row.function)}</span>'
    )
