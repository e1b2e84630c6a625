"""Span sets: the four sets of one mcentral and what the mcaches hold of its class, now and at a moment before.

Two sets for spans with a free slot and two for full ones; which of each two is swept turns with sweepgen. When marking
ends, sweepgen grows by 2: every lane keeps its spans, and only the badges change. A span then travels when somebody
sweeps it, caches it or lets it go. A set is a queue: the front, which is taken next, is on the left.

Go: runtime/mcentral.go, mcentral; runtime/mspanset.go, spanSet; runtime/mcache.go, mcache.
Left out: the sets' spines and locks.
"""

from dataclasses import dataclass
from typing import Any

import bqplot as bq
import ipywidgets as ipw
import numpy as np

from gomemlab.runtime.alloc.sizeclasses import class_table, label
from gomemlab.runtime.events import Event, SpanCached, SpanFreed, SpanMade, SpanUncached
from gomemlab.runtime.gcevents import SpanSwept
from gomemlab.runtime.snapshot import CentralInfo, Snapshot
from gomemlab.views import marks, span_sets_html
from gomemlab.views.base import Host, View, box, button, html, put, svg_document
from gomemlab.views.picture import figure, scales_of, tip
from gomemlab.views.span_sets_html import COLUMN, Block, Cached, Lane, Side, Sides, drawn, height_of, width_of
from gomemlab.views.words import count, family_of, thousands

DEFAULT_CLASS = 99  # 6 784 B without pointers: six slots, so a lane fills quickly
MOVING = (SpanUncached, SpanCached, SpanSwept, SpanMade)  # events after which a span is somewhere else
NOTHING = CentralInfo((), (), (), ())
NEAR = 4  # ticks between two pictures that a span may be seen to travel


@dataclass(frozen=True, slots=True)
class Frame:
    """What to draw of one span class."""

    spanclass: int
    family: int
    nelems: int  # slots of a span
    now: Side
    before: Side | None  # None: there is nothing to compare with
    moved: tuple[int, ...] = ()  # ids of the spans that this tick moved
    picked: int = -1
    freed: tuple[int, ...] = ()  # ids of the spans that this tick gave back to the heap
    why: str = ""  # there is nothing to compare with

    @property
    def traded(self) -> bool:
        """Tell whether the lanes have other roles than before."""
        return self.before is not None and self.before.swept_index != self.now.swept_index


def frame(
    snapshot: Snapshot,
    spanclass: int,
    before: Snapshot | None = None,
    pick: int = -1,
    *,
    words: tuple[str, str] = ("", ""),
) -> Frame:
    """Return what to draw of a span class; `words` say what happened up to `before`, and from there up to now.

    Without a `before` the first of them says why.
    """
    table = class_table(snapshot.go)
    moved, freed = _moved(snapshot.events)
    elemsize = table.elemsize[spanclass >> 1]
    return Frame(
        spanclass=spanclass,
        family=family_of(elemsize, spanclass),
        nelems=table.nelems[spanclass],
        now=side(snapshot, spanclass, words[1]),
        before=None if before is None else side(before, spanclass, words[0]),
        moved=moved,
        picked=pick,
        freed=freed,
        why=words[0] if before is None else "",
    )


def _moved(events: tuple[Event, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the spans that a tick moved, and those that it gave back to the heap."""
    moved = {event.span for event in events if isinstance(event, MOVING)}
    freed = {event.span for event in events if isinstance(event, SpanFreed)}
    return tuple(sorted(moved - freed)), tuple(sorted(freed))


def side(snapshot: Snapshot, spanclass: int, words: str = "") -> Side:
    """Return the sets and mcaches of a class at one moment."""
    central = snapshot.central.get(spanclass, NOTHING)
    index = snapshot.sweepgen // 2 % 2
    rows = _rows(snapshot, spanclass)
    wide = width_of(max(rows, default=0))
    lanes = []
    for name, swept, unswept in (
        ("partial", central.partial_swept, central.partial_unswept),
        ("full", central.full_swept, central.full_unswept),
    ):
        for i in (0, 1):
            spans = swept if i == index else unswept
            ends = drawn(len(spans), wide)
            shown = [*spans[: ends.front], *spans[len(spans) - ends.back :]]
            blocks = tuple(_block(snapshot, rows[span]) for span in shown)
            lanes.append(Lane(f"{name}[{i}]", i == index, blocks, len(spans)))
    cached = _cached(snapshot, rows, spanclass)
    return Side(snapshot.sweepgen, tuple(lanes), cached, wide, _stock(snapshot, rows), words)


def _rows(snapshot: Snapshot, spanclass: int) -> dict[int, int]:
    """Return the row of each span of a class, by its id."""
    spans = snapshot.spans
    rows = np.flatnonzero((np.asarray(spans.spanclass) == spanclass) & (np.asarray(spans.state) == 1))
    return dict(zip(np.asarray(spans.id)[rows].tolist(), rows.tolist(), strict=True))


def _block(snapshot: Snapshot, row: int) -> Block:
    """Return a span as a block."""
    info = snapshot.spans.info(row)
    return Block(info.id, info.alloc_count, marks.bits_of(snapshot, info).dead.bit_count())


def _cached(snapshot: Snapshot, rows: dict[int, int], spanclass: int) -> tuple[Cached, ...]:
    """Return what each P's mcache holds of a class."""
    held = []
    for p in snapshot.ps:
        span = p.alloc[spanclass]
        generation = snapshot.spans.sweepgen[rows[span]] if span in rows else 0
        held.append(Cached(p.id, _block(snapshot, rows[span]) if span in rows else None, generation))
    return tuple(held)


def _stock(snapshot: Snapshot, rows: dict[int, int]) -> str:
    """Return how many objects a class has, how many of them are dead, and whether all is swept."""
    taken, sweepgen = snapshot.spans.alloc_count, snapshot.spans.sweepgen
    objects = sum(taken[row] for row in rows.values())
    late = {span: row for span, row in rows.items() if marks.unswept(sweepgen[row], snapshot.sweepgen)}
    dead = sum(taken[row] - marks.marked(snapshot, span).bit_count() for span, row in late.items())
    parts = [count(objects, "object") + (f", {thousands(dead)} of them dead" if dead else "")]
    parts.append(f"{count(len(late), 'span')} to sweep" if late else "all swept")
    return "; ".join(parts) if rows else "no span of this class"


class SpanSetsView(View[Frame]):
    """Two columns of lanes, before and now, over a layer that catches clicks."""

    name = "Span sets"

    def __init__(self, host: Host | None = None, spanclass: int | None = None) -> None:
        """Build the view; without a span class it shows that of the picked span."""
        self.spanclass = spanclass
        self._at = (0, 0)  # ticks of the last picture and of this one
        self._seen = DEFAULT_CLASS
        self._spans: set[int] = set()  # of the class, by id
        super().__init__(host)

    def parts(self) -> list[ipw.Widget]:
        """Return the two columns and the legend."""
        self.drawings = (html(), html())
        self.touches = (self._touch(), self._touch())
        pairs = zip(self.drawings, self.touches, strict=True)
        columns = [box([drawing, layer], "gm-stack", "gm-lanes") for drawing, (_, layer) in pairs]
        self.legend = html()
        return [box(columns, "gm-sides"), self.legend]

    def _touch(self) -> tuple[Any, Any]:
        """Return the invisible layer over a column, targets and figure: hover tells of a span, click picks it."""
        targets = bq.Scatter(
            x=[0.0],
            y=[-99.0],
            names=[""],
            display_names=False,
            scales=scales_of(0, COLUMN.width, 0, height_of(1)),
            marker="square",
            default_size=26 * 26,
            opacities=[0],
            tooltip=tip(),
        )
        layer = figure([targets], [], COLUMN.width, height_of(1))
        layer.add_class("gm-touch")
        number = len(self.extra)
        self.extra.append(targets)
        targets.on_element_click(lambda _mark, message: self._clicked(number, message))
        return targets, layer

    def tools(self) -> list[ipw.Widget]:
        """Return the keyboard's twin of a click: the class's span before and after, by number."""
        left, right = "chevron-left", "chevron-right"
        self.earlier = button(self.host, "", "pick the previous span of this class", lambda: self.move(-1), icon=left)
        self.later = button(self.host, "", "pick the next span of this class", lambda: self.move(1), icon=right)
        return [self.earlier, self.later]

    def move(self, by: int) -> None:
        """Pick the span of this class that is `by` places further on, by number."""
        spans = sorted(self._spans)
        if spans:
            here = self.host.pick
            at = spans.index(here) + by if here in self._spans else 0 if by > 0 else len(spans) - 1
            self.host.choose(spans[max(0, min(at, len(spans) - 1))])

    def past(self, snapshot: Snapshot) -> tuple[Snapshot | None, tuple[str, str]]:  # noqa: ARG002 (for those with a past)
        """Return the moment to compare with, or None, and what happened up to it and since; alone, there is none."""
        return None, ("", "")

    def class_of(self, snapshot: Snapshot) -> int:
        """Return the span class to show: the chosen one, or the picked span's while it has one."""
        if self.spanclass is not None:
            return self.spanclass
        row = snapshot.spans.row(self.host.pick) if self.host.pick >= 0 else -1
        if row >= 0 and snapshot.spans.state[row] == 1:
            self._seen = snapshot.spans.spanclass[row]
        return self._seen

    def frame(self, snapshot: Snapshot) -> Frame:
        """Return what to draw of the chosen class."""
        spanclass = self.class_of(snapshot)
        self._spans = set(_rows(snapshot, spanclass))
        self._at = (self._at[1], self.host.tick)
        before, words = self.past(snapshot)
        return frame(snapshot, spanclass, before, self.host.pick, words=words)

    def show(self, frame: Frame) -> None:
        """Draw both columns; spans that changed place travel, unless many ticks were passed over."""
        came: Sides = {}
        last = self._last
        if last is not None and last.spanclass == frame.spanclass and abs(self._at[1] - self._at[0]) <= NEAR:
            came = span_sets_html.places(last.now)
        traded = bool(came) and last is not None and last.now.swept_index != frame.now.swept_index
        left = span_sets_html.before(frame.before, frame.now, frame.family, frame.nelems, frame.why)
        put(self.drawings[0], value=left)
        put(
            self.drawings[1],
            value=span_sets_html.now(frame.now, frame.family, frame.nelems, frame.moved, frame.picked, came, traded),
        )
        put(self.legend, value=span_sets_html.legend(frame.family, frame.nelems))
        for touch, shown in zip(self.touches, (frame.before, frame.now), strict=True):
            self._aim(*touch, shown, frame.nelems)

    def _aim(self, targets: Any, layer: Any, shown: Side | None, nelems: int) -> None:
        """Lay the targets over the blocks of a side; y goes up, pixels go down."""
        found = span_sets_html.targets(shown, nelems) if shown is not None else []
        high = height_of(len(shown.cached) if shown is not None else 1)
        put(layer.layout, height=f"{high}px")
        put(targets.scales["y"], max=float(high))
        x, y = [at.x for at in found] or [0.0], [high - at.y for at in found] or [-99.0]
        put(targets, x=np.array(x), y=np.array(y), names=np.array([at.tip for at in found] or [""]))

    def sentence(self, frame: Frame) -> str:
        """Return what each lane holds, and whether the roles were traded."""
        return span_sets_html.sentence(frame.now, frame.before, label(frame.spanclass), frame.freed)

    def title(self, frame: Frame | None) -> str:
        """Return the name with the span class."""
        return self.name if frame is None else f"{self.name} of span class {frame.spanclass}"

    def figures(self) -> list[Any]:
        """Return nothing: the layers over the lanes have nothing to see."""
        return []

    def svg(self) -> str:
        """Return the lanes as an SVG file."""
        inner = "".join(f"<div>{drawing.value}</div>" for drawing in self.drawings)
        sides = f'<div class="gm-sides">{inner}</div>'
        return svg_document(self.head.value + sides + self.legend.value, 1180, 520)

    def _clicked(self, column: int, message: dict[str, Any]) -> None:
        """Pick the span under the pointer."""
        last = self._last
        shown = None if last is None else (last.before, last.now)[column]
        if last is None or shown is None:
            return
        found, at = span_sets_html.targets(shown, last.nelems), message["data"]["index"]
        if 0 <= at < len(found) and found[at].span in self._spans:
            self.host.guard(lambda: self.host.choose(found[at].span))
