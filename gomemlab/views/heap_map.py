"""The heap map: every page of an arena, 64 rows of 1 MiB, by span class, by fill, by collection, or by memory.

One arena is shown large and can be clicked; further arenas stand below it at a quarter of the size. Zoomed, the map
shows the 4 MiB chunk of the picked page, four times as large. Each is one palette picture, and only what changed is
drawn again.

Go: runtime/mheap.go, heapArena; runtime/mpagealloc.go, pageAlloc.
Left out: addresses between arenas that Go never reserved.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import bqplot as bq
import ipywidgets as ipw
import numpy as np

from gomemlab.runtime.alloc.sizeclasses import label
from gomemlab.runtime.arch import PAGE_SIZE, PAGES_PER_ARENA
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views import png
from gomemlab.views import svg as drawing
from gomemlab.views.base import Host, View, box, button, html, put, svg_document
from gomemlab.views.heap_legend import CLASSES, COLLECTION, MEMORY, MODES, OCCUPANCY, Counts, legend
from gomemlab.views.heap_svg import HEIGHT, RING, WIDTH, map_svg, reserved, small_svg, ticks
from gomemlab.views.pages import (
    ARENA,
    MANUAL,
    Pages,
    Window,
    collected,
    cut,
    mapped_span,
    pages_of,
    resident,
    window_of,
)
from gomemlab.views.picture import Picture, figure, scales_of
from gomemlab.views.words import FAMILIES, IDLE, STACKS, size, thousands


@dataclass(frozen=True, slots=True)
class Small:
    """A further arena: its picture, a pixel a page, and its size in words."""

    arena: int
    picture: bytes
    words: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What to draw: a window on one arena, the other arenas small."""

    arena: int
    window: Window
    mode: str
    picture: bytes
    unmapped: tuple[tuple[int, int], ...]  # rows (from, to) of the window that are not mapped
    mapped: int  # pages of the arena
    counts: Counts  # pages of the arena by family
    ring: tuple[int, int] | None  # column and row of the picked span's first page
    picked: str
    smalls: tuple[Small, ...]
    asked: str = ""  # what a page is that was clicked and belongs to no span
    states: Counts = ()  # pages of the arena by the collector's state of their span, or by KINDS, in those modes


STATES_OF = {COLLECTION: collected, MEMORY: resident}
DRAWN = {OCCUPANCY: png.occupancy, COLLECTION: png.collection, MEMORY: png.memory}


def frame(
    snapshot: Snapshot,
    pick: int = -1,
    mode: str = MODES[0],
    arena: int | None = None,
    *,
    zoom: bool = False,
    asked: int = -1,
) -> Frame:
    """Return what to draw; without an arena, the one that holds the pick. `asked` is a page to be told about."""
    arenas = [info.index for info in snapshot.arenas]
    total = (max(arenas, default=0) + 1) * PAGES_PER_ARENA
    pages = pages_of(snapshot, total)
    if mode in STATES_OF:  # they take the place of how full spans are
        pages = replace(pages, level=STATES_OF[mode](snapshot, total))
    row = snapshot.spans.row(pick) if pick >= 0 else -1
    page = snapshot.spans.page[row] if row >= 0 else -1
    shown = arena if arena is not None and arena in arenas else max(page, 0) // PAGES_PER_ARENA
    first, end = mapped_span(snapshot, shown)
    window = window_of(shown, page if page // PAGES_PER_ARENA == shown else first, zoom=zoom)
    others = arenas if len(arenas) > 1 else []
    whole = cut(pages, window_of(shown))
    return Frame(
        arena=shown,
        window=window,
        mode=mode,
        picture=_picture(cut(pages, window), window, mode),
        unmapped=_unmapped(window, first, end),
        mapped=end - first,
        counts=_counts(whole, end - first),
        ring=_ring(window, page),
        picked=_picked(snapshot, row) if row >= 0 else "",
        smalls=tuple(_small(snapshot, pages, index) for index in others),
        asked=_asked(snapshot, pages, asked) if asked >= 0 else "",
        states=_states(whole, mode) if mode in STATES_OF else (),
    )


def _asked(snapshot: Snapshot, pages: Pages, page: int) -> str:
    """Return what a page without a span is: "page 55: idle"."""
    first, end = mapped_span(snapshot, page // PAGES_PER_ARENA)
    what = FAMILIES[pages.family[page]].name if first <= page < end else "reserved, not mapped"
    return f"page {thousands(page)}: {what}"


def _counts(columns: Pages, mapped: int) -> Counts:
    """Return the mapped pages by family."""
    counts = np.bincount(columns.family.ravel(), minlength=len(FAMILIES)).tolist()
    counts[IDLE] = mapped - sum(counts[1:])
    return tuple(counts)


def _states(columns: Pages, mode: str) -> Counts:
    """Return the pages of object spans by the collector's state, or all by what the operating system knows."""
    if mode == MEMORY:
        return tuple(np.bincount(columns.level.ravel(), minlength=len(png.KINDS)).tolist())
    used = (columns.family > IDLE) & (columns.family < STACKS)
    return tuple(np.bincount(columns.level[used], minlength=len(png.STATES)).tolist())


def _unmapped(window: Window, first: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return the runs of whole rows of a window that are not mapped: before and after the mapped pages."""
    top = min(max((first - window.first) // window.columns, 0), window.rows)
    foot = min(max((end - window.first) // window.columns, 0), window.rows)
    return tuple((a, b) for a, b in ((0, top), (foot, window.rows)) if a < b)


def _ring(window: Window, page: int) -> tuple[int, int] | None:
    """Return the column and row of a page in a window, or None when it is not there."""
    if not window.first <= page < window.first + window.columns * window.rows:
        return None
    row, column = divmod(page - window.first, window.columns)
    return column, row


def _picked(snapshot: Snapshot, row: int) -> str:
    """Return the picked span in words."""
    span = snapshot.spans.info(row)
    what = "stack" if span.state == MANUAL else label(span.spanclass)
    return f"Picked: page {thousands(span.page)}, span {span.id}, {what}."


def _small(snapshot: Snapshot, pages: Pages, index: int) -> Small:
    """Return a further arena."""
    first, end = mapped_span(snapshot, index)
    family = cut(pages, window_of(index)).family
    return Small(index, _encoded_small(family.tobytes()), size((end - first) * PAGE_SIZE))


def _picture(columns: Pages, window: Window, mode: str) -> bytes:
    """Return a window's PNG; what looks the same is not drawn twice."""
    marks = columns.scan if mode == CLASSES else columns.level
    shape = (window.rows, window.columns)
    return _encoded(columns.family.tobytes(), columns.starts.tobytes(), marks.tobytes(), mode, shape)


@lru_cache(maxsize=64)
def _encoded(family: bytes, starts: bytes, marks: bytes, mode: str, shape: tuple[int, int]) -> bytes:
    """Return a window's PNG from its columns' bytes."""
    f = np.frombuffer(family, np.uint8).reshape(shape)
    s = np.frombuffer(starts, bool).reshape(shape)
    if mode == CLASSES:
        return png.encode(png.classes(f, s, np.frombuffer(marks, bool).reshape(shape)))
    return png.encode(DRAWN[mode](f, s, np.frombuffer(marks, np.uint8).reshape(shape)))


@lru_cache(maxsize=256)
def _encoded_small(family: bytes) -> bytes:
    """Return an arena's small PNG, a pixel a page."""
    return png.encode(np.frombuffer(family, np.uint8).reshape(ARENA.rows, ARENA.columns))


class HeapMap(View[Frame]):
    """The map as widgets: one figure, a legend, and a button for each further arena."""

    name = "Heap map"
    css = "gm-narrow"
    spread = True  # headline above the figure, legend below it

    def __init__(self, host: Host | None = None, mode: str = MODES[0], *, zoom: bool = False) -> None:
        """Build the map; `mode` is "span class", "occupancy", "collection" or "memory", else MisuseError."""
        self.mode = _known(mode)
        self.zoom = zoom
        self.arena: int | None = None  # None: the arena of the pick
        self._snapshot: Snapshot | None = None
        self._asked = -1  # the page that was clicked, if no span has it
        self._smalls: dict[int, tuple[ipw.Image, ipw.Button]] = {}
        super().__init__(host)

    def parts(self) -> list[ipw.Widget]:
        """Return legend, figure and the row of further arenas."""
        self.scales = scales_of(0, ARENA.columns, 0, ARENA.rows)
        self.picture = Picture([0, ARENA.columns], [0, ARENA.rows], self.scales)
        self.extra += self.picture.pair
        self.picture.mark.on_element_click(self._clicked)
        self.empty = [_dashed(self.scales), _dashed(self.scales)]
        ink = ["var(--gm-ink)"] * 2
        self.ring = bq.Lines(x=[0, 0], y=[0, 0], scales=self.scales, colors=ink, stroke_width=2)
        self.words = bq.Label(
            x=[0],
            y=[0],
            text=[""],
            scales=self.scales,
            colors=["var(--gm-ink2)"],
            default_size=11,
            align="middle",
            font_weight="normal",
        )
        self.axis = bq.Axis(scale=self.scales["y"], orientation="vertical", grid_lines="none")
        marks = [self.picture.mark, *self.empty, self.ring, self.words]
        self.figure = figure(marks, [self.axis], WIDTH + 44, HEIGHT + 16, top=8, bottom=8, left=34, right=10)
        self.figure.add_class("gm-map")
        self.legend = html()
        self.others = box([], "gm-arenas")
        return [self.legend, self.figure, self.others]

    def tools(self) -> list[ipw.Widget]:
        """Return zoom and the choice of mode."""
        self.zoomed = ipw.ToggleButton(
            description="zoom", value=self.zoom, tooltip="show the 4 MiB around the pick, four times as large"
        )
        self.zoomed.observe(lambda change: self.host.guard(lambda: self.turn(zoom=change["new"])), "value")
        tips = [
            "colour: the family of the span's slots",
            "height of the fill: how many slots are taken",
            "what the collector knows: marked, unmarked, unswept",
            "what the operating system knows: in memory, given back, never written to",
        ]
        self.choice = ipw.ToggleButtons(options=MODES, value=self.mode, tooltips=tips)
        self.choice.observe(lambda change: self.host.guard(lambda: self.turn(mode=change["new"])), "value")
        return [self.zoomed, self.choice]

    def frame(self, snapshot: Snapshot) -> Frame:
        """Return what to draw, by the view's mode, arena, zoom and the host's pick."""
        if snapshot is not self._snapshot:
            self._snapshot, self._asked = snapshot, -1
        return frame(snapshot, self.host.pick, self.mode, self.arena, zoom=self.zoom, asked=self._asked)

    def turn(self, *, mode: str | None = None, zoom: bool | None = None) -> None:
        """Show in another mode; the arena or the chunk."""
        self.mode = self.mode if mode is None else _known(mode)
        self.zoom = self.zoom if zoom is None else zoom
        self._again()

    def show_arena(self, index: int | None) -> None:
        """Show an arena large; None follows the pick."""
        self.arena = index
        self._again()

    def show(self, frame: Frame) -> None:
        """Move picture, ring, words and legend."""
        self._show_window(frame.window)
        self.picture.show(frame.picture)
        self._show_unmapped(frame)
        self._show_ring(frame)
        put(self.legend, value=legend(frame.mode, frame.counts, frame.window, frame.states))
        self._show_smalls(frame)

    def _show_window(self, window: Window) -> None:
        """Let the scales span a window, and the axis say its MiB."""
        put(self.scales["x"], max=float(window.columns))
        put(self.scales["y"], max=float(window.rows))
        put(self.picture.mark, x=[0, window.columns], y=[0, window.rows])
        labels = {str(window.rows - row): mib for row, mib in ticks(window)}
        put(self.axis, tick_values=[float(at) for at in labels], tick_labels=labels)

    def _show_unmapped(self, frame: Frame) -> None:
        """Show the rows that are not mapped as dashed boxes, the larger one with its size in words."""
        wide, high = frame.window.columns, frame.window.rows
        runs = [*frame.unmapped, *[(0, 0)] * 2][:2]
        for mark, (top, foot) in zip(self.empty, runs, strict=True):
            y = [high - top, high - top, high - foot, high - foot]
            put(mark, x=[0, wide, wide, 0], y=y, visible=top < foot)
        top, foot = max(runs, key=lambda run: run[1] - run[0])
        words = reserved((foot - top) * wide, frame.mapped)
        put(self.words, x=[wide / 2], y=[high - (top + foot) / 2], text=[words])

    def _show_ring(self, frame: Frame) -> None:
        """Move the ring around the pick, and the line from it to the right edge; the style sheet dots the line."""
        if frame.ring is None:
            put(self.ring, visible=False)
            return
        wide = frame.window.columns
        x, y = frame.ring[0] + 0.5, frame.window.rows - frame.ring[1] - 0.5
        half = 0.5 + RING * wide / WIDTH
        box_x, box_y = (
            [x - half, x + half, x + half, x - half, x - half],
            [y + half, y + half, y - half, y - half, y + half],
        )
        line_x = [min(x + half, wide), *[float(wide)] * 4]
        put(self.ring, x=np.array([box_x, line_x]), y=np.array([box_y, [y] * 5]), visible=True)

    def _show_smalls(self, frame: Frame) -> None:
        """Show the further arenas; new ones get widgets, known ones keep theirs."""
        for small in frame.smalls:
            if small.arena not in self._smalls:
                self._smalls[small.arena] = self._new_small(small.arena)
            image, button = self._smalls[small.arena]
            put(image, value=small.picture)
            put(button, description=f"arena {small.arena} · {small.words}")
            (button.add_class if small.arena == frame.arena else button.remove_class)("mod-active")
        shown = [self._smalls[small.arena] for small in frame.smalls]
        if len(self.others.children) != len(shown):
            former = self.others.children
            self.others.children = [ipw.VBox(list(pair)) for pair in shown]
            for column in former:
                column.layout.close()
                column.close()

    def _new_small(self, index: int) -> tuple[ipw.Image, ipw.Button]:
        """Return the image of a further arena and the button that shows it large."""
        image = ipw.Image(format="png", layout=ipw.Layout(width="128px", height="64px"))
        opens = button(self.host, "", f"show arena {index} large", lambda: self.show_arena(index))
        self.extra += [image, opens]
        return image, opens

    def sentence(self, frame: Frame) -> str:
        """Return the mapped and idle pages, and the pick for the ear."""
        seen = f"arena {frame.arena}: {thousands(frame.mapped)} pages, {thousands(frame.counts[IDLE])} idle"
        seen += f" · <b>{frame.asked}</b>" if frame.asked else ""
        return f'{seen}<span class="gm-hidden">, of {thousands(PAGES_PER_ARENA)}. {frame.picked}</span>'

    def svg(self) -> str:
        """Return the map as an SVG file: the picture with axis, pick and unmapped rows, legend, further arenas."""
        if self._last is None:
            return svg_document(self.legend.value or self.head.value, WIDTH + 44, 60)
        smalls = "".join(
            f'<div class="gm-t">arena {small.arena} · {small.words}{drawing.drawing(128, 64, small_svg(small))}</div>'
            for small in self._last.smalls
        )
        others = f'<div class="gm-leg">{smalls}</div>'
        last = self._last
        inner = self.summary + map_svg(last) + legend(last.mode, last.counts, last.window) + others
        return svg_document(inner, WIDTH + 44, 460)

    def _clicked(self, _mark: Any, message: dict[str, Any]) -> None:
        """Pick the span under the pointer; where there is none, say what the page is."""
        last, snapshot = self._last, self._snapshot
        if last is None or snapshot is None:
            return
        data, window = message["data"], last.window
        column, row = int(data["click_x"]), window.rows - 1 - int(data["click_y"])
        if 0 <= column < window.columns and 0 <= row < window.rows:
            page = window.first + row * window.columns + column
            at = snapshot.spans.at_page(page)
            self._asked = page if at < 0 else -1
            self.host.guard(self._again if at < 0 else lambda: self.host.choose(snapshot.spans.id[at]))

    def _again(self) -> None:
        """Draw the same moment anew."""
        if self._snapshot is not None:
            self.update(self._snapshot)


def _known(mode: str) -> str:
    """Return a mode; raise MisuseError where there is none of that name."""
    if mode not in MODES:
        raise MisuseError(f"the heap map has no mode {mode!r}; choose one of {', '.join(MODES)}")
    return mode


def _dashed(scales: dict[str, Any]) -> Any:
    """Return a box of page colour with a dashed outline."""
    return bq.Lines(
        x=[0, 0],
        y=[0, 0],
        scales=scales,
        close_path=True,
        fill="inside",
        fill_colors=["var(--gm-bg)"],
        fill_opacities=[1],
        colors=["var(--gm-edge)"],
        line_style="dashed",
        stroke_width=1,
    )
