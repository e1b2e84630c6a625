"""The span: eighteen pages around the picked one, its slots to scale, its reserved tail, and every field of its mspan.

Go: runtime/mheap.go, mspan, (*mheap).initSpan; runtime/mbitmap.go, (*mspan).nextFreeIndex.
Left out: what the objects contain.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import bqplot as bq
import ipywidgets as ipw

from gomemlab.runtime.alloc.sizeclasses import class_table, label
from gomemlab.runtime.arch import PAGE_SIZE, PALLOC_CHUNK_PAGES
from gomemlab.runtime.events import Event, LargeMade, ManualMade, RunTaken, SlotTaken, TinyBlockTaken
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.runtime.spantable import SpanInfo
from gomemlab.views import png, span_html
from gomemlab.views.base import Host, View, button, html, put, svg_document
from gomemlab.views.marks import bits_of
from gomemlab.views.mspan_fields import Field, inline_fields, main_fields, other_fields
from gomemlab.views.pages import MANUAL
from gomemlab.views.picture import figure, scales_of, tip
from gomemlab.views.png import Marks
from gomemlab.views.span_html import PAGES, STRIP, Cell, Slots, Tail
from gomemlab.views.words import FAMILIES, STACKS, count, family_of, percent, thousands

WIDTH, HEIGHT = 588, 117  # of the slots, in pixels
TAKING = (SlotTaken, RunTaken, TinyBlockTaken)  # the events of a request that got slots


@dataclass(frozen=True, slots=True)
class Frame:
    """What to draw of a span; `span` is -1 when there is none to draw."""

    span: int
    family: int
    said: str
    first: int  # page of the strip
    strip: tuple[Cell, ...]
    slots: Slots
    tail: Tail
    freeindex: int
    fields: tuple[Field, ...]
    more: tuple[Field, ...]
    following: bool = True  # the pick goes with the newest request
    marks: tuple[int, ...] = ()  # slots marked, marked and waiting, dead; () before the first cycle


EMPTY = Frame(
    -1,
    0,
    "none picked: press malloc, or click a page on the heap map",
    0,
    (),
    Slots(png.encode(png.slots(0, 0, 0, 1)), (), None),
    Tail(0, ""),
    0,
    (),
    (),
)


def frame(snapshot: Snapshot, pick: int = -1, *, following: bool = True) -> Frame:
    """Return what to draw of the picked span; an empty frame when it does not exist at this moment."""
    row = snapshot.spans.row(pick) if pick >= 0 else -1
    if row < 0:
        said = f"span {pick} is not there at this moment" if pick >= 0 else EMPTY.said
        return replace(EMPTY, said=said, following=following)
    span = snapshot.spans.info(row)
    family = family_of(span.elemsize, span.spanclass, manual=span.state == MANUAL)
    first, strip = _strip(snapshot, span)
    marks = bits_of(snapshot, span)
    return Frame(
        span=span.id,
        family=family,
        said=_said(span) + _collected(marks, marking=snapshot.gc.marking),
        first=first,
        strip=strip,
        slots=_slots(span, family, taken_now(snapshot.events, span.id), marks),
        tail=_tail(snapshot, span),
        freeindex=span.freeindex,
        fields=main_fields(snapshot, span),
        more=(*other_fields(snapshot, span), *inline_fields(snapshot, span)),
        marks=tuple(bitmap.bit_count() for bitmap in marks) if snapshot.gc.cycle else (),
        following=following,
    )


def taken_now(events: Sequence[Event], span: int) -> tuple[tuple[int, int], ...]:
    """Return the runs of slots, (first, last), that this tick's request took in a span."""
    taken = [event for event in events if isinstance(event, TAKING) and event.span == span]
    # A tiny block is a slot first and a block then: the same slot twice.
    runs = {e.slot: e.slot + e.nobjects - 1 if isinstance(e, RunTaken) else e.slot for e in taken}
    return tuple(runs.items())


def newest_span(events: Sequence[Event]) -> int:
    """Return the id of the span that this tick's request ended in, or -1."""
    ends = [event.span for event in events if isinstance(event, (*TAKING, LargeMade, ManualMade))]
    return ends[-1] if ends else -1


def _said(span: SpanInfo) -> str:
    """Return the headline's words."""
    if span.state == MANUAL:
        return f"{count(span.npages, 'page')} managed by hand, for stacks"
    kind = "no pointers" if span.spanclass & 1 else "pointers"
    place = f", in P{span.cached_by}’s mcache" if span.cached_by >= 0 else ""
    if span.spanclass < 2:  # noqa: PLR2004 (size class 0)
        return f"large, {kind}: one object of {thousands(span.requested)} B on {count(span.npages, 'page')}"
    taken = f"{thousands(span.alloc_count)} of {count(span.nelems, 'slot')} taken"
    return f"{thousands(span.elemsize)} B, {kind}: {taken}{place}"


def _collected(marks: Marks, *, marking: bool) -> str:
    """Return what the collector knows of the span, for the headline."""
    if marking:
        return f", {thousands(marks.marked.bit_count())} marked"
    return f", {thousands(marks.dead.bit_count())} dead until it is swept" if marks.dead else ""


def _strip(snapshot: Snapshot, span: SpanInfo) -> tuple[int, tuple[Cell, ...]]:
    """Return the strip's first page and its cells, pages of one span joined."""
    total = max((PALLOC_CHUNK_PAGES * (chunk + 1) for chunk in snapshot.chunks), default=PAGES)
    first = max(0, min(span.page - (PAGES - min(span.npages, PAGES)) // 2, total - PAGES))
    cells: list[Cell] = []
    for page in range(first, first + PAGES):
        row = snapshot.spans.at_page(page)
        cell = _cell(snapshot, page, row, span.id)
        if cells and row >= 0 and cells[-1].span == cell.span:
            cells[-1] = cells[-1]._replace(pages=cells[-1].pages + 1)
        else:
            cells.append(cell)
    return first, tuple(cells)


def _cell(snapshot: Snapshot, page: int, row: int, picked: int) -> Cell:
    """Return a cell of one page."""
    if row < 0:
        return Cell(-1, 1, 0, "", "", pointers=False, here=False)
    other = snapshot.spans.info(row)
    family = family_of(other.elemsize, other.spanclass, manual=other.state == MANUAL)
    words = "stack" if family == STACKS else "large" if other.spanclass >> 1 == 0 else str(other.elemsize)
    kind = "stack" if family == STACKS else label(other.spanclass)
    tip = f"span {other.id}, page {thousands(page)}: {kind}"
    return Cell(
        other.id, 1, family, words, tip, pointers=other.spanclass & 1 == 0 and family != STACKS, here=other.id == picked
    )


def _slots(span: SpanInfo, family: int, taken: tuple[tuple[int, int], ...], marks: Marks) -> Slots:
    """Return the slots' picture and marks."""
    cells = max(span.nelems, 1)
    bitmap = span.taken_bits() if span.nelems else 1
    columns, rows = png.grid(cells, WIDTH, HEIGHT)
    wide, high = WIDTH / columns, HEIGHT / rows
    tip = None
    if span.freeindex < span.nelems:
        y, x = divmod(span.freeindex, columns)
        tip = ((x + 0.5) * wide, (y + 0.5) * high)
    request = tuple(
        tuple((x * wide - right, y * high - foot) for x, y, right, foot in corners)
        for run in taken
        for corners in _outlines(*run, columns)
    )
    return Slots(_encoded(family, bitmap, span.alloc_bits, cells, marks), request, tip)


def _outlines(first: int, last: int, columns: int) -> list[list[tuple[int, int, int, int]]]:
    """Return the corners around slots first .. last in reading order: one outline, or two where they do not touch.

    A corner is (column, row, 1 at a right edge, 1 at a lower edge); those edges lie a pixel inside, before the gap.
    """
    top, left = divmod(first, columns)
    foot, right = divmod(last, columns)
    if foot == top + 1 and right < left:
        return [*_outlines(first, foot * columns - 1, columns), *_outlines(foot * columns, last, columns)]
    corners = [(left, top, 0, 0)]
    if right < columns - 1 and foot > top:  # the last row ends early
        corners += [(columns, top, 1, 0), (columns, foot, 1, 1), (right + 1, foot, 1, 1)]
    else:
        corners.append((right + 1, top, 1, 0))
    corners.append((right + 1, foot + 1, 1, 1))
    if left and foot > top:  # the first row begins late
        corners += [(0, foot + 1, 0, 1), (0, top + 1, 0, 0), (left, top + 1, 0, 0)]
    else:
        corners.append((left, foot + 1, 0, 1))
    return [corners]


@lru_cache(maxsize=64)
def _encoded(family: int, taken: int, old: int, cells: int, marks: Marks) -> bytes:
    """Return the slots' PNG."""
    return png.encode(png.slots(family, taken, old, cells, WIDTH, HEIGHT, marks))


def _tail(snapshot: Snapshot, span: SpanInfo) -> Tail:
    """Return the bytes behind the last slot and why they are there."""
    nbytes = span.npages * PAGE_SIZE
    pages = "one page" if span.npages == 1 else f"{span.npages} pages"
    if span.state == MANUAL:
        cut = next((one for one in snapshot.stacks.spans if one.span == span.id), None)
        how = f"cut into {cut.stacks} stacks of {thousands(cut.nbytes)} B" if cut else "not cut into slots"
        return Tail(0, f"{thousands(nbytes)} B for stacks, {how}")
    left = nbytes - span.nelems * span.elemsize
    if span.spanclass < 2 or not left:  # noqa: PLR2004 (size class 0)
        return Tail(
            0, f"no tail: {thousands(span.nelems)} × {thousands(span.elemsize)} B = {thousands(nbytes)} B, {pages}"
        )
    table = class_table(snapshot.go)
    marks, heap = table.inline_mark_bits[span.spanclass >> 1], table.heap_bits[span.spanclass]
    rest = left - marks - heap
    reasons = ((marks, "inline mark bits"), (heap, "heap bits"), (rest, "too short for a slot"))
    parts = [f"{thousands(n)} B {why}" for n, why in reasons if n]
    if len(parts) == 1 and not rest:
        parts = [parts[0].replace(" B ", " B reserved for ")]
    used = f"{thousands(span.nelems)} × {thousands(span.elemsize)} B"
    total = f"{thousands(nbytes)} B" + (f", {pages}" if len(parts) == 1 else "")
    return Tail(left / nbytes, f"{' + '.join(parts)}: {used} + {thousands(left)} B = {total}")


class SpanView(View[Frame]):
    """The span as widgets: strip and fields as HTML, slots as a figure."""

    name = "Span"
    css = "gm-narrow"
    spread = True  # the touch layer lies over what is drawn below the headline

    def __init__(self, host: Host | None = None) -> None:
        """Build the view; which span it shows is the host's pick."""
        self._snapshot: Snapshot | None = None
        super().__init__(host)

    def parts(self) -> list[ipw.Widget]:
        """Return the drawing with its touch layer, and the table of all fields."""
        self.drawing, self.more = html(), html()
        self.all = ipw.ToggleButton(
            description="all fields of mspan", icon="caret-right", tooltip="with what each is for"
        )
        self.all.add_class("gm-all")
        self.all.observe(lambda _: self.host.guard(self._open), "value")
        return [self.drawing, self._touch(), self.all, self.more]

    def _touch(self) -> Any:
        """Return the invisible layer over the strip: hover says what a page is, click picks its span."""
        self.targets = bq.Scatter(
            x=[i + 0.5 for i in range(PAGES)],
            y=[0.5] * PAGES,
            names=[""] * PAGES,
            display_names=False,
            scales=scales_of(0, PAGES, 0, 1),
            marker="square",
            default_size=28 * 28,
            opacities=[0],
            tooltip=tip(),
        )
        self.targets.on_element_click(self._clicked)
        below = STRIP.height - STRIP.top - STRIP.high
        touch = figure([self.targets], [], STRIP.width, STRIP.height, top=STRIP.top, bottom=below)
        touch.add_class("gm-touch")
        return touch

    def tools(self) -> list[ipw.Widget]:
        """Return the keyboard's twin of a click: the span before and after in address order."""
        left, right = "chevron-left", "chevron-right"
        self.before = button(self.host, "", "previous span by address", lambda: self.move(-1), icon=left)
        self.after = button(self.host, "", "next span by address", lambda: self.move(1), icon=right)
        self.follow = ipw.ToggleButton(description="follow", value=True, tooltip="pick the newest request's span")
        self.follow.observe(self._followed, "value")
        return [self.follow, self.before, self.after]

    def _followed(self, change: dict[str, Any]) -> None:
        """Follow the newest request, or stay."""
        if change["new"] != self.host.following:
            self.host.guard(lambda: self.host.follow(on=change["new"]))

    def move(self, by: int) -> None:
        """Pick the span `by` places further in address order."""
        spans = self._snapshot.spans if self._snapshot is not None else None
        if spans is None or not len(spans.id):
            return
        row = spans.row(self.host.pick) if self.host.pick >= 0 else -1
        self.host.choose(spans.id[max(0, min(row + by, len(spans.id) - 1))])

    def frame(self, snapshot: Snapshot) -> Frame:
        """Return what to draw of the host's pick."""
        self._snapshot = snapshot
        return frame(snapshot, self.host.pick, following=self.host.following)

    def show(self, frame: Frame) -> None:
        """Draw strip, slots, tail and fields: one message, however much of it changed."""
        put(self.follow, value=frame.following)
        names = [cell.tip for cell in frame.strip for _ in range(cell.pages)]
        put(self.targets, names=names or [""] * PAGES)
        strip = span_html.strip(frame.first, frame.strip)
        slots = span_html.slots(frame.slots, WIDTH, HEIGHT)
        colour = FAMILIES[frame.family].colour
        below = span_html.below(colour, frame.tail, frame.freeindex, frame.marks, empty=frame.span < 0)
        drawn = strip + slots + below + span_html.fields(frame.fields)
        put(self.drawing, value=f'<div class="gm-drawn">{drawn}</div>')
        self._show_all(frame)

    def _show_all(self, frame: Frame) -> None:
        """Show the table of all fields where it is open."""
        shown = self.all.value and frame.span >= 0
        put(self.more, value=span_html.table((*frame.fields, *frame.more)) if shown else "")

    def _open(self) -> None:
        """Open or close the table of all fields."""
        put(self.all, icon="caret-down" if self.all.value else "caret-right")
        if self._last is not None:
            self._show_all(self._last)

    def title(self, frame: Frame | None) -> str:
        """Return "Span 4133"."""
        return self.name if frame is None or frame.span < 0 else f"Span {frame.span}"

    def sentence(self, frame: Frame) -> str:
        """Return slots taken, and where the span is."""
        return frame.said

    def figures(self) -> list[Any]:
        """Return nothing: the layer over the strip has nothing to see."""
        return []

    def svg(self) -> str:
        """Return the span as an SVG file: strip, slots with their marks, tail, fields, and the table if it is open."""
        parts = ("" if self._last else self.head.value, self.drawing.value, self.more.value)
        return svg_document("".join(parts), STRIP.width, 1280 if self.more.value else 460)

    def save(self, filename: str) -> None:
        """Write the view as `.svg`, or the slots' picture as `.png`."""
        if filename.endswith(".png") and self._last is not None:
            Path(filename).write_bytes(self._last.slots.picture)
        else:
            super().save(filename)

    def _clicked(self, _mark: Any, message: dict[str, Any]) -> None:
        """Pick the span under the pointer."""
        if self._last is None:
            return
        spans = [cell.span for cell in self._last.strip for _ in range(cell.pages)]
        at = message["data"]["index"]
        if 0 <= at < len(spans) and spans[at] >= 0:
            self.host.guard(lambda: self.host.choose(spans[at]))


__all__ = ["Frame", "SpanView", "frame", "newest_span", "percent", "taken_now"]
