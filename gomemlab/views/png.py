"""Palette pictures: an arena's pages, or a span's slots, as one small PNG.

A heap map has 8192 tiles and changes many times a second; a picture of palette indices takes numpy a millisecond or
two and a few kilobytes, where a mark per page would take the browser a fifth of a second. Colour and texture both
carry the meaning. What is empty stays transparent, so the figure's own background shows and one picture serves the
light and the dark theme.

Go: none, this is a file format (PNG, RFC 2083).
Left out: every kind of PNG but 8-bit palette without filters.
"""

import struct
import zlib
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.views.words import CACHED, FAMILIES, IDLE, LARGE, PADDING, STACKS

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Draw = Callable[[Bytes, Mask, Bytes], NDArray[Any]]

SIDE = 4  # pixels of a page's tile, each way
DARK, LIGHT = 16, 32  # added to a family's index: its shade for marks on it
FULL, REST, EDGE = 10, 11, 12  # occupancy: the filled part, the rest; the outline of a free slot
WARN, WARN_SOFT, MARK = 13, 14, 15  # lines and ground of a dead slot's hatch; a mark bit
LATE_COLOUR = 1  # the first family's: amber
STATES = SWEPT, UNMARKED, MARKED, LATE, DEAD = range(5)  # of a span; LATE: unswept, with a mark; DEAD: without one
KINDS = NO_PAGE, IN_USE, RETAINED, RELEASED, UNTOUCHED, LAZY = range(6)  # of a page, to the operating system
WHITE = LIGHT + IDLE  # behind a mark: as good as white in both themes
EXTRA = {
    FULL: ("#1f86a0", 255),
    REST: ("#1f86a0", 80),
    EDGE: ("#7f8c98", 120),
    WARN: ("#b3361b", 255),
    WARN_SOFT: ("#fbe7e1", 255),
    MARK: ("#15181b", 255),
}


def _palette() -> tuple[bytes, bytes]:
    """Return the PLTE and tRNS chunks' bytes: 48 entries, 16 base colours, 16 darker, 16 lighter."""
    base = np.zeros((16, 3))
    alpha = np.full(48, 255, np.uint8)
    named = {f.index: (f.colour, 255) for f in FAMILIES} | EXTRA
    for index, (colour, opacity) in named.items():
        base[index] = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        alpha[index] = opacity
    alpha[IDLE] = 0
    rows = np.concatenate([base, base * 0.6, base + (255 - base) * 0.5])
    return rows.round().astype(np.uint8).tobytes(), alpha.tobytes()


PLTE, TRNS = _palette()


def _pattern(*rows: str) -> Mask:
    """Return a 4 x 4 mask that lines up with tiles: axes page row, y, page column, x."""
    return np.array([[c == "#" for c in row] for row in rows])[None, :, None, :]


DIAGONAL = _pattern("...#", "..#.", ".#..", "#...")
TWO_DOTS = _pattern("....", ".#..", "....", "...#")
BAR = _pattern("....", "..#.", "..#.", "....")
FRAME = _pattern("####", "#..#", "#..#", "####")
LEFT = _pattern("#...", "#...", "#...", "#...")
HEIGHT = np.arange(SIDE, 0, -1)[None, :, None, None]  # a tile's rows, counted from its foot


def encode(index: Bytes) -> bytes:
    """Return an 8-bit palette PNG of a picture of indices, with transparency."""
    height, width = index.shape
    raw = np.zeros((height, width + 1), np.uint8)  # each line opens with its filter, 0
    raw[:, 1:] = index
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = zlib.compress(raw.tobytes(), 1)
    chunks = ((b"IHDR", head), (b"PLTE", PLTE), (b"tRNS", TRNS), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(tag, data) for tag, data in chunks)


def _chunk(tag: bytes, data: bytes) -> bytes:
    """Return a PNG chunk: length, tag, data, checksum."""
    return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))


def classes(family: Bytes, starts: Mask, scan: Mask) -> Bytes:
    """Return pages' picture by family; the arguments are (rows, columns), the picture is four times that each way.

    A span's first page has a dark left edge, pages with pointers a light bar.
    """
    return _laid(_draw_classes, family, starts, scan.astype(np.uint8))


def occupancy(family: Bytes, starts: Mask, level: Bytes) -> Bytes:
    """Return pages' picture by how full spans are: each tile is filled to `level` quarters from its foot."""
    return _laid(_draw_occupancy, family, starts, level)


def collection(family: Bytes, starts: Mask, state: Bytes) -> Bytes:
    """Return pages' picture by what the collector did with their spans, an index of STATES.

    Swept is a tint. While marking, unmarked is hollow and marked is filled; afterwards, unswept is striped.
    """
    return _laid(_draw_collection, family, starts, state)


def memory(family: Bytes, starts: Mask, kind: Bytes) -> Bytes:
    """Return pages' picture by what the operating system knows of them, an index of KINDS.

    What is in memory has a ground: full where a span has it, pale with dots where it is idle. What is not has none:
    slanted lines where it was given back, an outline where nobody wrote to it yet.
    """
    return _laid(_draw_memory, family, starts, kind)


def _laid(draw: Draw, family: Bytes, starts: Mask, more: Bytes) -> Bytes:
    """Return a picture laid out of a set of tiles: thousands of pages, but few that look different."""
    rows, columns = family.shape
    tiles = _tile_set(draw)[family << 4 | starts.astype(np.uint8) << 3 | more]
    return tiles.transpose(0, 2, 1, 3).reshape(rows * SIDE, columns * SIDE)


@cache
def _tile_set(draw: Draw) -> Bytes:
    """Return each tile that can be: shape (256, 4, 4), by family * 16 + starts * 8 + scan or level."""
    kind = np.arange(256, dtype=np.uint8)[None, :]
    family, starts, more = (bits.astype(np.uint8) for bits in (kind >> 4, kind >> 3 & 1, kind & 7))
    picture = draw(family, starts > 0, more).astype(np.uint8)
    return picture[0].transpose(1, 0, 2)


def _draw_classes(family: Bytes, starts: Mask, scan: Bytes) -> NDArray[Any]:
    """Return tiles by family; axes page row, y, page column, x."""
    f = family[:, None, :, None]
    span = (f > IDLE) & (f < CACHED)
    light = ((f == LARGE) & DIAGONAL) | ((f < LARGE) & span & (scan[:, None, :, None] > 0) & BAR)
    dark = ((f == STACKS) & TWO_DOTS) | (span & starts[:, None, :, None] & LEFT)
    tiles: NDArray[Any] = np.where(_hollow(f), IDLE, f) + dark * DARK + (light & ~dark) * LIGHT
    return tiles


def _draw_occupancy(family: Bytes, starts: Mask, level: Bytes) -> NDArray[Any]:
    """Return tiles by how full the span is; axes as above."""
    f = family[:, None, :, None]
    filled = level[:, None, :, None] >= HEIGHT
    used = np.where(filled, FULL, REST) + (starts[:, None, :, None] & LEFT & filled) * DARK
    tiles: NDArray[Any] = np.where((f > IDLE) & (f < STACKS), used, np.where(_hollow(f), IDLE, f))
    return tiles + ((f == STACKS) & TWO_DOTS) * DARK


def _draw_collection(family: Bytes, starts: Mask, state: Bytes) -> NDArray[Any]:
    """Return tiles by the collector's state of the span; axes as above."""
    f, s = family[:, None, :, None], state[:, None, :, None]
    looks: dict[int, Any] = {
        SWEPT: REST,
        UNMARKED: np.where(FRAME, FULL, IDLE),
        MARKED: FULL,
        LATE: np.where(DIAGONAL, LATE_COLOUR + DARK, LATE_COLOUR),
        DEAD: np.where(DIAGONAL, WARN, WARN_SOFT),
    }
    tiles: NDArray[Any] = np.select([s == kind for kind in looks], list(looks.values()))
    plain = (tiles == FULL) | (tiles == REST) | (tiles == LATE_COLOUR)
    tiles = tiles + (starts[:, None, :, None] & LEFT & plain) * DARK
    used: NDArray[Any] = np.where((f > IDLE) & (f < STACKS), tiles, np.where(_hollow(f), IDLE, f))
    stacks: NDArray[Any] = ((f == STACKS) & TWO_DOTS) * DARK
    return used + stacks


def _draw_memory(family: Bytes, starts: Mask, kind: Bytes) -> NDArray[Any]:
    """Return tiles by what the operating system knows; axes as above. Stacks keep the dots they have everywhere."""
    f, k = family[:, None, :, None], kind[:, None, :, None]
    looks: dict[int, Any] = {
        IN_USE: np.where(f == STACKS, STACKS, FULL),
        RETAINED: np.where(TWO_DOTS, FULL, REST),
        RELEASED: np.where(DIAGONAL, EDGE, IDLE),
        UNTOUCHED: np.where(FRAME, FULL, IDLE),
        LAZY: np.where(DIAGONAL, FULL + DARK, REST),
    }
    tiles: NDArray[Any] = np.select([k == which for which in looks], list(looks.values()), IDLE)
    stacks = ((f == STACKS) & TWO_DOTS) | ((f != STACKS) & (k == IN_USE) & starts[:, None, :, None] & LEFT)
    return tiles + stacks * DARK


def _hollow(f: Bytes) -> Mask:
    """Return where a tile stays empty: around a page cache's dot, beside the stroke of what was given up."""
    empty: Mask = ((f == CACHED) & FRAME) | ((f == PADDING) & ~DIAGONAL)
    return empty


def grid(count: int, width: int, height: int) -> tuple[int, int]:
    """Return (columns, rows) for `count` cells in a picture: nearly square cells, few left over."""

    def cost(rows: int) -> float:
        columns = -(-count // rows)
        return float(abs(np.log(width * rows / (columns * height))) + (columns * rows - count) / count)

    rows = min(range(1, min(count, height // 4) + 1), key=cost)
    columns = -(-count // rows)
    return columns, -(-count // columns)


@lru_cache(maxsize=32)
def _cells(count: int, width: int, height: int) -> tuple[NDArray[np.intp], Mask, Mask, Mask]:
    """Return, for each pixel: its cell, and whether it is a gap, the cell's outline, or the dash in its middle."""
    columns, rows = grid(count, width, height)
    x, y = np.arange(width), np.arange(height)
    column, row = x * columns // width, y * rows // height
    left, top = -(-column * width // columns), -(-row * height // rows)
    right, bottom = -(-(column + 1) * width // columns), -(-(row + 1) * height // rows)
    cell = row[:, None] * columns + column[None, :]
    gap = (x == right - 1)[None, :] | (y == bottom - 1)[:, None]
    edge = ((x == left) | (x >= right - 2))[None, :] | ((y == top) | (y >= bottom - 2))[:, None]
    third = np.maximum((right - left) // 3, 1)
    across = (x >= left + third) & (x < right - third - 1)
    middle = (top + bottom - 1) // 2
    down = (y == middle) | (y == middle - (bottom - top > 8))  # noqa: PLR2004 (two lines where there is room)
    return cell, gap, edge & ~gap, down[:, None] & across[None, :]


@lru_cache(maxsize=32)
def _corners(count: int, width: int, height: int) -> tuple[Mask, Mask, Mask]:
    """Return the pixels of a mark in its cell's upper left corner: its white ground, the mark, the hole of a ring."""
    columns, rows = grid(count, width, height)
    x, y = np.arange(width), np.arange(height)
    column, row = x * columns // width, y * rows // height
    dx, dy = x - -(-column * width // columns), y - -(-row * height // rows)
    side = max(min(width // columns, height // rows, 24) // 3, 3)

    def square(first: int, end: int) -> Mask:
        """Return the square from one pixel to another of each cell."""
        return ((dy >= first) & (dy < end))[:, None] & ((dx >= first) & (dx < end))[None, :]

    return square(0, side + 2), square(1, side + 1), square(2, side)


class Marks(NamedTuple):
    """Bitmaps over the slots of a span: marked, marked and waiting to be scanned, dead."""

    marked: int = 0
    waiting: int = 0
    dead: int = 0


NO_MARKS = Marks()


def slots(
    family: int, taken: int, old: int, count: int, width: int = 588, height: int = 117, marks: Marks = NO_MARKS
) -> Bytes:
    """Return a span's slots in reading order: bit i of `taken` fills slot i, bit i of `old` puts a dash in it.

    A marked slot has a square in its corner, one that waits to be scanned a ring; a dead one is hatched.
    """
    columns, rows = grid(count, width, height)
    cell, gap, edge, dash = _cells(count, width, height)
    state = np.zeros(columns * rows, np.uint8)
    lived = np.zeros(columns * rows, bool)
    state[:count] = np.where(bits(taken, count), family, EDGE)
    lived[:count] = bits(old, count)
    here, dashed = state[cell], lived[cell] & dash
    picture = np.where(here == EDGE, np.where(edge, EDGE, IDLE), here + dashed * np.uint8(DARK))
    picture = np.where(gap | (here == IDLE), IDLE, picture).astype(np.uint8)
    return _marked(picture, cell, marks, count, columns * rows) if any(marks) else picture


def _marked(picture: Bytes, cell: NDArray[np.intp], marks: Marks, count: int, cells: int) -> Bytes:
    """Return a picture of slots with marks and hatches."""

    def of(bitmap: int) -> Mask:
        """Return the pixels of the slots of a bitmap."""
        chosen = np.zeros(cells, bool)
        chosen[:count] = bits(bitmap, count)
        return chosen[cell]

    height, width = picture.shape
    ground, mark, hole = _corners(count, width, height)
    lines = (np.arange(width)[None, :] + np.arange(height)[:, None]) % SIDE == 0
    dead, marked = of(marks.dead) & (picture != IDLE), of(marks.marked)
    picture = np.where(dead, np.where(lines, WARN, WARN_SOFT), picture)
    picture = np.where(marked & ground, WHITE, picture)
    picture = np.where(marked & mark, MARK, picture)
    return np.where(of(marks.waiting) & hole, WHITE, picture).astype(np.uint8)


def bits(bitmap: int, count: int) -> Mask:
    """Return the low `count` bits of an int as truth values, bit 0 first."""
    low = bitmap & ((1 << count) - 1)
    raw = np.frombuffer(low.to_bytes(-(-count // 8), "little"), np.uint8)
    return np.unpackbits(raw, count=count, bitorder="little").astype(bool)
