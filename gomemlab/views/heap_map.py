"""The heap map: every page of an arena, 64 rows of 1 MiB, coloured by span class or by how full its span is.

One arena is shown large and can be clicked; further arenas stand below it at a quarter of the size. Each is one
palette picture, and only an arena that changed is drawn again.

Go: runtime/mheap.go, heapArena; runtime/mpagealloc.go, pageAlloc.
Left out: addresses between arenas that Go never reserved.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import bqplot as bq
import ipywidgets as ipw
import numpy as np

from gomemlab.runtime.alloc.sizeclasses import label
from gomemlab.runtime.arch import PAGE_SIZE, PAGES_PER_ARENA
from gomemlab.views import png
from gomemlab.views.base import Host, View, box, html, put
from gomemlab.views.pages import MANUAL, Pages, arena_columns, mapped_pages, pages_of
from gomemlab.views.picture import Picture, figure, scales_of
from gomemlab.views.png import COLUMNS, ROWS
from gomemlab.views.theme import swatch
from gomemlab.views.words import CACHED, FAMILIES, IDLE, LARGE, STACKS, size, thousands

MODES = ("span class", "occupancy")
TICKS = {64: "0", 48: "16", 32: "32", 16: "48"}  # rows run down, the axis runs up
OVER = {  # what the legend draws over a family's colour
    LARGE: '<path d="M0 12L12 0" stroke="#9b9890" stroke-width="2"/>',
    STACKS: '<path d="M3 3h2v2h-2zM8 8h2v2h-2z" fill="#185351"/>',
}

POINTERS = '<rect x="4" y="3" width="3" height="6" fill="#d8b9cd"/>'
HALF = '<rect width="12" height="6" fill="var(--gm-bg)" opacity=".65"/>'
HOLLOW = '<rect x=".5" y=".5" width="11" height="11" fill="none" stroke="var(--gm-line)"/>'
DOT = '<rect x="4" y="4" width="4" height="4" fill="#7f8c98"/>'


@dataclass(frozen=True, slots=True)
class Small:
    """A further arena: its picture, a pixel a page, and its size in words."""

    arena: int
    picture: bytes
    words: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What to draw: one arena large, the others small."""

    arena: int
    mode: str
    picture: bytes
    mapped: int  # pages
    pages: tuple[int, ...]  # by family
    ring: tuple[int, int] | None  # column and row of the picked span's first page
    picked: str
    smalls: tuple[Small, ...]


def frame(snapshot: Any, pick: int = -1, mode: str = MODES[0], arena: int | None = None) -> Frame:
    """Return what to draw; without an arena, the one that holds the pick."""
    mapped = mapped_pages(snapshot)
    pages = pages_of(snapshot, (max(mapped, default=0) + 1) * PAGES_PER_ARENA)
    row = snapshot.spans.row(pick) if pick >= 0 else -1
    page = snapshot.spans.page[row] if row >= 0 else -1
    here = page // PAGES_PER_ARENA if page >= 0 else 0
    shown = here if arena is None or arena not in mapped else arena
    columns = arena_columns(pages, shown)
    others = sorted(mapped) if len(mapped) > 1 else []
    return Frame(
        arena=shown,
        mode=mode,
        picture=_picture(columns, mode),
        mapped=mapped.get(shown, 0),
        pages=_counts(columns, mapped.get(shown, 0)),
        ring=_ring(page) if page >= 0 and here == shown else None,
        picked=_picked(snapshot, row) if row >= 0 else "",
        smalls=tuple(_small(pages, index, mapped[index]) for index in others),
    )


def _counts(columns: Pages, mapped: int) -> tuple[int, ...]:
    """Return the mapped pages by family."""
    counts = np.bincount(columns.family.ravel(), minlength=len(FAMILIES)).tolist()
    counts[IDLE] = mapped - sum(counts[1:])
    return tuple(counts)


def _ring(page: int) -> tuple[int, int]:
    """Return the column and row of a page in its arena."""
    row, column = divmod(page % PAGES_PER_ARENA, COLUMNS)
    return column, row


def _picked(snapshot: Any, row: int) -> str:
    """Return the picked span in words."""
    span = snapshot.spans.info(row)
    what = "stack" if span.state == MANUAL else label(span.spanclass)
    return f"Picked: page {thousands(span.page)}, span {span.id}, {what}."


def _small(pages: Pages, index: int, mapped: int) -> Small:
    """Return a further arena."""
    family = arena_columns(pages, index).family
    return Small(index, _encoded_small(family.tobytes()), size(mapped * PAGE_SIZE))


def _picture(columns: Pages, mode: str) -> bytes:
    """Return an arena's PNG; an arena that looks the same is not drawn twice."""
    marks = columns.scan if mode == MODES[0] else columns.level
    return _encoded(columns.family.tobytes(), columns.starts.tobytes(), marks.tobytes(), mode)


@lru_cache(maxsize=64)
def _encoded(family: bytes, starts: bytes, marks: bytes, mode: str) -> bytes:
    """Return an arena's PNG from its columns' bytes."""
    f = np.frombuffer(family, np.uint8).reshape(ROWS, COLUMNS)
    s = np.frombuffer(starts, bool).reshape(ROWS, COLUMNS)
    if mode == MODES[0]:
        return png.encode(png.classes(f, s, np.frombuffer(marks, bool).reshape(ROWS, COLUMNS)))
    return png.encode(png.occupancy(f, s, np.frombuffer(marks, np.uint8).reshape(ROWS, COLUMNS)))


@lru_cache(maxsize=256)
def _encoded_small(family: bytes) -> bytes:
    """Return an arena's small PNG, a pixel a page."""
    return png.encode(np.frombuffer(family, np.uint8).reshape(ROWS, COLUMNS))


class HeapMap(View[Frame]):
    """The map as widgets: one figure, a legend, and a button for each further arena."""

    name = "Heap map"

    def __init__(self, host: Host | None = None, mode: str = MODES[0]) -> None:
        """Build the map; `mode` is "span class" or "occupancy"."""
        self.mode = mode
        self.arena: int | None = None  # None: the arena of the pick
        self._snapshot: Any = None
        self._smalls: dict[int, tuple[ipw.Image, ipw.Button]] = {}
        super().__init__(host)

    def parts(self) -> list[ipw.Widget]:
        """Return figure, legend and the row of further arenas."""
        scales = scales_of(0, COLUMNS, 0, ROWS)
        self.picture = Picture([0, COLUMNS], [0, ROWS], scales)
        self.extra += self.picture.pair
        self.picture.mark.on_element_click(self._clicked)
        self.unmapped = bq.Lines(
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
        self.guide = bq.Lines(
            x=[0, 0], y=[0, 0], scales=scales, colors=["var(--gm-ink)"], line_style="dotted", stroke_width=1
        )
        self.ring = _square(scales, 256)
        self.words = bq.Label(
            x=[COLUMNS / 2],
            y=[0],
            text=[""],
            scales=scales,
            colors=["var(--gm-ink2)"],
            default_size=11,
            align="middle",
            font_weight="normal",
        )
        axis = bq.Axis(
            scale=scales["y"], orientation="vertical", tick_values=list(TICKS), tick_style={}, grid_lines="none"
        )
        axis.tick_labels = {str(at): words for at, words in TICKS.items()}
        marks = [self.picture.mark, self.unmapped, self.guide, self.ring, self.words]
        self.figure = figure(marks, [axis], 556, 272, top=8, bottom=8, left=34, right=10)
        self.figure.add_class("gm-map")
        self.legend = html()
        self.others = box([], "gm-arenas")
        return [self.figure, self.legend, self.others]

    def tools(self) -> list[ipw.Widget]:
        """Return the choice of mode."""
        self.choice = ipw.ToggleButtons(
            options=MODES,
            value=self.mode,
            tooltips=["colour: the family of the span's slots", "height of the fill: how many slots are taken"],
        )
        self.choice.observe(lambda change: self.host.guard(lambda: self.turn(change["new"])), "value")
        return [self.choice]

    def frame(self, snapshot: Any) -> Frame:
        """Return what to draw, by the view's mode, arena and pick."""
        self._snapshot = snapshot
        return frame(snapshot, self.host.pick, self.mode, self.arena)

    def turn(self, mode: str) -> None:
        """Show by span class or by occupancy."""
        self.mode = mode
        self._again()

    def show_arena(self, index: int | None) -> None:
        """Show an arena large; None follows the pick."""
        self.arena = index
        self._again()

    def show(self, frame: Frame) -> None:
        """Move picture, ring, words and legend."""
        self.picture.show(frame.picture)
        left = ROWS - frame.mapped / COLUMNS  # rows from the foot that are not mapped
        put(self.unmapped, x=[0, COLUMNS, COLUMNS, 0], y=[0, 0, left, left], visible=left > 0)
        put(self.words, y=[left / 2 - 0.9], text=[_unmapped(frame.mapped)])
        self._show_ring(frame.ring)
        put(self.legend, value=_legend(frame))
        self._show_smalls(frame)

    def _show_ring(self, ring: tuple[int, int] | None) -> None:
        """Move the pick's ring and its guide to the right edge."""
        for mark in (self.ring, self.guide):
            put(mark, visible=ring is not None)
        if ring is not None:
            x, y = ring[0] + 0.5, ROWS - ring[1] - 0.5
            put(self.ring, x=[x], y=[y])
            put(self.guide, x=[min(x + 2, COLUMNS), COLUMNS], y=[y, y])

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
            self.others.children = [ipw.VBox(list(pair)) for pair in shown]

    def _new_small(self, index: int) -> tuple[ipw.Image, ipw.Button]:
        """Return the image of a further arena and the button that shows it large."""
        image = ipw.Image(format="png", layout=ipw.Layout(width="128px", height="64px"))
        button = ipw.Button(tooltip=f"show arena {index} large")
        button.on_click(lambda _: self.host.guard(lambda: self.show_arena(index)))
        return image, button

    def sentence(self, frame: Frame) -> str:
        """Return the mapped and idle pages, and the pick for the ear."""
        mapped, idle = thousands(frame.mapped), thousands(frame.pages[IDLE])
        said = f"arena {frame.arena}: {mapped} of {thousands(PAGES_PER_ARENA)} pages mapped, {idle} idle"
        return f'{said}<span class="gm-hidden">. {frame.picked}</span>'

    def _clicked(self, _mark: Any, message: dict[str, Any]) -> None:
        """Pick the span under the pointer."""
        data = message["data"]
        column, row = int(data["click_x"]), ROWS - 1 - int(data["click_y"])
        if self._last is None or self._snapshot is None or not (0 <= column < COLUMNS and 0 <= row < ROWS):
            return
        page = self._last.arena * PAGES_PER_ARENA + row * COLUMNS + column
        at = self._snapshot.spans.at_page(page)
        if at >= 0:
            self.host.guard(lambda: self.host.choose(self._snapshot.spans.id[at]))

    def _again(self) -> None:
        """Draw the same moment anew."""
        if self._snapshot is not None:
            self.update(self._snapshot)


def _square(scales: dict[str, Any], area: int) -> Any:
    """Return a hollow square of a size in square pixels; the style sheet gives it a halo."""
    return bq.Scatter(
        x=[0],
        y=[0],
        scales=scales,
        marker="square",
        default_size=area,
        fill=False,
        colors=["var(--gm-ink)"],
        stroke="var(--gm-ink)",
        stroke_width=2,
        visible=False,
    )


def _unmapped(mapped: int) -> str:
    """Return what stands in the part of the arena that is not mapped."""
    left = PAGES_PER_ARENA - mapped
    if not mapped:
        return "nothing mapped yet: press malloc, or run a workload"
    return f"{thousands(left)} pages reserved, not mapped: {size(left * PAGE_SIZE)}" if left else ""


def _legend(frame: Frame) -> str:
    """Return the legend with the page counts."""
    by_class = frame.mode == MODES[0]
    items = ["a dot is a page of 8 KiB, a row is 1 MiB"]
    if by_class:
        items += [
            _item(FAMILIES[f].colour, OVER.get(f, ""), FAMILIES[f].name, frame.pages[f]) for f in range(1, CACHED)
        ]
        items.append(swatch(FAMILIES[3].colour, POINTERS) + "light mark: has pointers")
    else:
        full = "height: share of slots taken; full dot: full span"
        items.append(_item("#1f86a0", HALF, full, sum(frame.pages[1:STACKS])))
        items.append(_item(FAMILIES[STACKS].colour, OVER[STACKS], "stacks", frame.pages[STACKS]))
    items.append(_item("var(--gm-paper)", HOLLOW + DOT, "in a page cache", frame.pages[CACHED]))
    items.append(_item("var(--gm-paper)", HOLLOW, "idle", frame.pages[IDLE]))
    return '<div class="gm-leg gm-mapleg">' + "".join(f"<span>{item}</span>" for item in items) + "</div>"


def _item(colour: str, over: str, words: str, pages: int) -> str:
    """Return one entry of the legend."""
    return f"{swatch(colour, over)}{words} <b>{thousands(pages)}</b>"
