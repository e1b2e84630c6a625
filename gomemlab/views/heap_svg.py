"""The heap map for a file: the picture with its axis, the ring around the pick, and the rows that are not mapped.

Go: runtime/mheap.go, heapArena.
Left out: what a figure of bqplot has besides: hover and zoom.
"""

from typing import TYPE_CHECKING

from gomemlab.runtime.arch import PAGE_SIZE, PAGES_PER_ARENA
from gomemlab.views import svg as drawing
from gomemlab.views.pages import Window
from gomemlab.views.words import size, thousands

if TYPE_CHECKING:
    from gomemlab.views.heap_map import Frame, Small

WIDTH, HEIGHT = 512, 256  # pixels of the picture, whatever it shows
RING = 6  # pixels between a page and the ring around it
TICKS = 4  # labels on the axis, in MiB from the arena's base


def map_svg(frame: "Frame") -> str:
    """Return the picture of a frame and what stands on it."""
    window = frame.window
    tile = WIDTH / window.columns
    parts = [drawing.picture(frame.picture, WIDTH, HEIGHT)]
    for top, foot in frame.unmapped:
        box = [(0, top * tile), (WIDTH, top * tile), (WIDTH, foot * tile), (0, foot * tile)]
        parts.append(drawing.outline(box, "fill:var(--gm-bg);stroke:var(--gm-edge);stroke-dasharray:6 4"))
    if frame.unmapped:
        top, foot = max(frame.unmapped, key=lambda run: run[1] - run[0])
        words = reserved((foot - top) * window.columns, frame.mapped)
        parts.append(drawing.text(WIDTH / 2, (top + foot) / 2 * tile + 4, words, "fill:var(--gm-ink2)", "middle"))
    if frame.ring is not None:
        x, y, half = (frame.ring[0] + 0.5) * tile, (frame.ring[1] + 0.5) * tile, tile / 2 + RING
        corners = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
        parts.append(drawing.outline(corners, "fill:none;stroke:var(--gm-ink);stroke-width:2"))
    parts += [drawing.text(-8, at * tile + 4, label, anchor="end") for at, label in ticks(window)]
    return drawing.drawing(WIDTH + 44, HEIGHT + 16, *parts, left=34, top=8)


def small_svg(small: "Small") -> str:
    """Return the picture of a further arena."""
    return drawing.picture(small.picture, 128, 64)


def ticks(window: Window) -> list[tuple[int, str]]:
    """Return the axis: row of the window, and its MiB from the arena's base."""
    every = window.rows // TICKS
    first = window.first % PAGES_PER_ARENA
    return [(row, str((first + row * window.columns) * PAGE_SIZE >> 20)) for row in range(0, window.rows, every)]


def reserved(pages: int, mapped: int) -> str:
    """Return what stands in the part of the arena that is not mapped."""
    if not mapped:
        return "nothing mapped yet: press malloc, or run a workload"
    return f"{thousands(pages)} pages reserved, not mapped: {size(pages * PAGE_SIZE)}" if pages else ""
