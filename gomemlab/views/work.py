"""Work: what the marker has still to do, and in which order it will.

Grey objects wait in a work buffer, last in, first out. With Green Tea small objects wait by the span, in a queue that
is first in, first out, so that more of a span's objects gather before it is visited. What the write barrier has seen
waits in a buffer of each P until that is flushed.

Go: runtime/mgcwork.go, gcWork; runtime/mgcmark_greenteagc.go, spanQueue; runtime/mwbbuf.go, wbBuf.
Left out: which of a P's two work buffers an object is in.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from ipywidgets import Widget

from gomemlab.runtime import markevents
from gomemlab.runtime.events import Event, SpanFreed
from gomemlab.runtime.gc.barrier import WB_BUF_ENTRIES
from gomemlab.runtime.gcevents import SpanSwept
from gomemlab.runtime.gcinfo import GREY, WHITE, GCInfo
from gomemlab.runtime.markevents import MarkEnded
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views.base import View, html, put, svg_document
from gomemlab.views.object_graph_facts import Graph, slot_names
from gomemlab.views.object_graph_words import listed, ordinal
from gomemlab.views.words import count, thousands

ROWS = 4  # objects and spans that are shown
EVENTS = 5  # of what happened
ASKED = 40  # events to choose from: the end of a cycle flushes and sweeps
POINTERS = 6  # of a barrier buffer
GREEN_TEA = "greentea"
ADDRESS = re.compile(r"0x[0-9a-f]+")
STACK = re.compile(r"G(\d+)\.stack\[(\d+)\]")
GLOBAL = re.compile(r"global\[(\d+)\]")
TWICE = re.compile(r"(object (\d+)) at \2\b")  # "object 8 at 8"


class Item(NamedTuple):
    """One thing that waits: an object or a span."""

    name: str
    note: str


class Buffer(NamedTuple):
    """One P's write barrier buffer."""

    p: int
    filled: int  # entries
    pointers: tuple[str, ...]  # names of the newest, oldest first


class Line(NamedTuple):
    """One thing that happened."""

    tick: int
    words: str
    now: bool
    bad: bool  # something was lost


class WorkFrame(NamedTuple):
    """Everything that waits."""

    marking: bool
    green_tea: bool
    jobs: tuple[str, ...]
    objects: tuple[Item, ...]
    more_objects: int
    spans: tuple[Item, ...]
    more_spans: int
    buffers: tuple[Buffer, ...]
    lines: tuple[Line, ...]
    said: str


def frame(snapshot: Snapshot, recent: Iterable[tuple[int, Event]], tick: int) -> WorkFrame:
    """Return what waits at this moment; recent has (tick, event), newest first."""
    gc = snapshot.gc
    graph = Graph(gc)
    sizes = {row.id: row.elemsize for row in map(snapshot.spans.info, map(snapshot.spans.row, gc.span_queue[:ROWS]))}
    objects = tuple(_object(graph, address, place) for place, address in enumerate(gc.queue[:ROWS]))
    return WorkFrame(
        marking=gc.marking,
        green_tea=gc.marker == GREEN_TEA,
        jobs=gc.jobs,
        objects=objects,
        more_objects=len(gc.queue) - len(objects),
        spans=tuple(_span(gc, span, sizes.get(span, 0), place) for place, span in enumerate(gc.span_queue[:ROWS])),
        more_spans=max(len(gc.span_queue) - ROWS, 0),
        buffers=tuple(_buffer(graph, p, entries) for p, entries in enumerate(gc.wbbuf)),
        lines=tuple(_lines(graph, recent, tick)),
        said=said(graph),
    )


def _object(graph: Graph, address: int, place: int) -> Item:
    """Return a grey object: "2", "next: 32 B, 1 pointer slot"."""
    obj = graph.find(address)
    what = "" if obj is None else f"{obj.size} B, {count(len(obj.slots), 'slot')}"
    return Item(graph.name(address), f"{_turn(place)}{': ' if what else ''}{what}")


def _span(gc: GCInfo, span: int, elemsize: int, place: int) -> Item:
    """Return a span that waits, with the objects that a visit would scan now."""
    waiting = gc.inline_marks.get(span, 0) & ~gc.inline_scans.get(span, 0)
    known = listed(str(obj.number) for obj in gc.objects if obj.span == span and waiting >> obj.slot & 1)
    what = f"{waiting.bit_count()} to scan" + (f" ({known})" if known else "")
    each = f", {elemsize} B each" if elemsize else ""
    return Item(f"span {span}", f"{_turn(place)}: {what}{each}")


def _turn(place: int) -> str:
    """Return "next", "2nd"."""
    return "next" if place == 0 else ordinal(place + 1)


def _buffer(graph: Graph, p: int, entries: Sequence[int]) -> Buffer:
    """Return a barrier buffer with its newest pointers."""
    return Buffer(p, len(entries), tuple(_waits(graph, pointer) for pointer in entries[-POINTERS:]))


def _waits(graph: Graph, pointer: int) -> str:
    """Return a pointer's name, with a star where flushing it will turn a white object grey."""
    obj = graph.find(pointer)
    return graph.name(pointer) + ("*" if obj is not None and obj.colour == WHITE and not obj.freed else "")


def _lines(graph: Graph, recent: Iterable[tuple[int, Event]], tick: int) -> Iterable[Line]:
    """Yield the newest events of marking and of freeing, newest first, with objects by their numbers."""
    for when, event in list(filter(lambda told: _tells(told[1]), recent))[:EVENTS]:
        bad = isinstance(event, MarkEnded) and event.lost > 0
        yield Line(when, by_number(graph, event.say()), when == tick, bad)


def _tells(event: Event) -> bool:
    """Say whether an event is about marking, or about an object that a sweep freed."""
    freed = isinstance(event, SpanSwept) and event.freed > 0
    return freed or isinstance(event, SpanFreed) or type(event).__module__ == markevents.__name__


def by_number(graph: Graph, words: str) -> str:
    """Return a sentence in which objects and places have the names that the graph shows."""
    stacks = {stack.g: slot_names(stack) for stack in graph.gc.stacks}

    def stack_slot(found: re.Match[str]) -> str:
        names, slot = stacks.get(int(found[1]), []), int(found[2])
        return names[slot] if slot < len(names) else found[0]

    def global_(found: re.Match[str]) -> str:
        index = int(found[1])
        return graph.gc.globals[index].name if index < len(graph.gc.globals) else found[0]

    words = GLOBAL.sub(global_, STACK.sub(stack_slot, words))
    words = ADDRESS.sub(lambda found: graph.name(int(found[0], 16)), words)
    return TWICE.sub(r"\1", words)


def said(graph: Graph) -> str:
    """Return what the worker does next, as one sentence."""
    gc = graph.gc
    if not gc.marking:
        return "Nothing waits: no cycle marks now."
    if gc.jobs:
        return f"The worker’s next root job was {escape(gc.jobs[0])}; {count(len(gc.jobs), 'job')} left."
    if gc.queue:
        return f"Object {escape(graph.name(gc.queue[0]))} came next, the one queued last."
    if gc.span_queue:
        return f"Span {gc.span_queue[0]} came next, the one that waited longest."
    waiting = sum(map(len, gc.wbbuf))
    if waiting:
        return f"Only the barrier buffers held anything: {count(waiting, 'pointer')}."
    greys = sum(obj.colour == GREY for obj in gc.objects)
    return f"{count(greys, 'grey object')} left." if greys else "Nothing was grey any more: marking could end."


class Work(View[WorkFrame]):
    """The work buffers, the span queue, the barrier buffers and what happened, as one HTML widget."""

    name = "Work"

    def parts(self) -> list[Widget]:
        """Return the widget."""
        self.grid = html("", "gm-work-box")
        return [self.grid]

    def frame(self, snapshot: Snapshot) -> WorkFrame:
        """Return what waits, with the host's newest events."""
        tick = self.host.tick
        recent = self.host.recent(ASKED) or [(tick, event) for event in reversed(snapshot.events)]
        return frame(snapshot, recent, tick)

    def show(self, frame: WorkFrame) -> None:
        """Write the sections."""
        put(self.grid, value=f'<div class="gm-work">{"".join(_sections(frame))}</div>')

    def sentence(self, frame: WorkFrame) -> str:
        """Return what comes next."""
        return frame.said

    def svg(self) -> str:
        """Return the view as an SVG file."""
        return svg_document(self.head.value + self.grid.value, 1180, 420)


def _sections(frame: WorkFrame) -> Iterable[str]:
    """Yield the sections as HTML."""
    jobs = ", ".join(map(escape, frame.jobs[:ROWS])) or ("all done" if frame.marking else "set out when a cycle begins")
    more = f" and {len(frame.jobs) - ROWS} more" if len(frame.jobs) > ROWS else ""
    yield _section(
        "Work buffer",
        "last in, first out; the worker takes the top",
        f'<div class="gm-s">root jobs: {jobs}{more}</div>'
        + _rows(frame.objects, frame.more_objects, "No grey object is in a work buffer."),
    )
    if frame.green_tea:
        empty = "No span waits; it holds small objects of up to 512 B."
        body = _rows(frame.spans, frame.more_spans, empty)
        yield _section("Span queue", "first in, first out; Green Tea visits the span at the top", body)
    yield _section(
        "Write barrier buffer",
        "nobody looks at it until it is flushed",
        "".join(map(_buffer_html, frame.buffers)) + '<div class="gm-t">* white: flushing will shade it</div>',
    )
    yield _section("What happened", "newest first", _happened(frame.lines))


def _section(title: str, words: str, body: str) -> str:
    """Return a section with its heading."""
    return f'<section><h4>{title} <span class="gm-s">{words}</span></h4>{body}</section>'


def _rows(items: Sequence[Item], more: int, empty: str) -> str:
    """Return the items, the next on top, in a box that keeps its height."""
    rows = "".join(
        f'<div class="row{" next" if i == 0 else ""}"><span class="ball" aria-hidden="true">G</span>'
        f"<b>{escape(item.name)}</b><span>{escape(item.note)}</span></div>"
        for i, item in enumerate(items)
    )
    last = f'<div class="gm-t">and {thousands(more)} more</div>' if more > 0 else ""
    nothing = "" if rows else f'<div class="gm-s">{empty}</div>'
    return f'<div class="rows">{rows}{nothing}{last}</div>'


def _buffer_html(buffer: Buffer) -> str:
    """Return a bar with the pointers below."""
    share = 100 * buffer.filled / WB_BUF_ENTRIES
    pointers = ", ".join(map(escape, buffer.pointers)) or "empty"
    before = "… " if buffer.filled > len(buffer.pointers) else ""
    return (
        f'<div class="buf"><div class="gm-s">P{buffer.p}: <b>{buffer.filled}</b> of {WB_BUF_ENTRIES}</div>'
        f'<div class="bar" aria-hidden="true"><i style="width:{share:.2f}%"></i></div>'
        f'<div class="gm-s">{before}{pointers}</div></div>'
    )


def _happened(lines: Sequence[Line]) -> str:
    """Return the events."""
    if not lines:
        return '<div class="gm-s">Nothing happened yet.</div>'
    rows = "".join(map(_line, lines))
    return f'<div class="gm-lines">{rows}</div>'


def _line(line: Line) -> str:
    """Return one event."""
    look = "bad" if line.bad else "now" if line.now else ""
    words = ("✕ " if line.bad else "") + escape(line.words)
    return f'<span class="k">{thousands(line.tick)}</span><span class="{look}">{words}</span>'
