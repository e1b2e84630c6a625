"""Pages as arrays: what family each page of the heap has, where spans begin, how full they are.

The model keeps spans in parallel columns, ordered by page; numpy spreads them over the pages in a few operations,
however many spans there are.

Go: runtime/mheap.go, heapArena; runtime/mpagecache.go, pageCache; runtime/mpagealloc.go, pageAlloc.
Left out: pages of 4 KiB.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.runtime.arch import PAGE_CACHE_PAGES, PAGES_PER_ARENA, PALLOC_CHUNK_PAGES
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views.png import (
    DEAD,
    IN_USE,
    LATE,
    LAZY,
    MARKED,
    RELEASED,
    RETAINED,
    SWEPT,
    UNMARKED,
    UNTOUCHED,
    Bytes,
    Mask,
    bits,
)
from gomemlab.views.words import CACHED, FAMILY_ENDS, LARGE, PADDING, STACKS

CHUNKS_PER_ARENA = PAGES_PER_ARENA // PALLOC_CHUNK_PAGES
MANUAL = 2  # state of a span that holds a stack
UNSWEPT = (-2, 1)  # sweepgen less the heap's: not swept, and cached since before the sweep began


@dataclass(frozen=True)
class Pages:
    """Columns over the pages of a range; `family` as in words.py, `level` in quarters."""

    family: Bytes
    starts: Mask
    scan: Mask
    level: Bytes


def column(values: Any, dtype: Any = np.int64) -> NDArray[Any]:
    """Return a snapshot's column as a numpy array."""
    return np.asarray(values, dtype)


def families(elemsize: NDArray[Any], spanclass: NDArray[Any], state: NDArray[Any]) -> Bytes:
    """Return the family (1 to 7) of each span; the array twin of words.family_of."""
    small = 1 + np.searchsorted(FAMILY_ENDS, elemsize, side="left")
    return np.select([state == MANUAL, spanclass >> 1 == 0], [STACKS, LARGE], small).astype(np.uint8)


def pages_of(snapshot: Snapshot, total: int) -> Pages:
    """Return the columns of pages 0 to total - 1 of the heap."""
    spans = snapshot.spans
    page, npages = column(spans.page), column(spans.npages)
    spanclass, nelems = column(spans.spanclass), column(spans.nelems)
    family = families(column(spans.elemsize), spanclass, column(spans.state))
    share = column(spans.alloc_count) / np.maximum(nelems, 1)
    level = np.where(share > 0, np.clip(np.floor(4 * share), 1, 4), 0).astype(np.uint8)
    where = _places(page, npages)
    out = Pages(np.zeros(total, np.uint8), np.zeros(total, bool), np.zeros(total, bool), np.zeros(total, np.uint8))
    out.family[where] = np.repeat(family, npages)
    out.level[where] = np.repeat(np.where(family >= LARGE, 4, level), npages)
    out.scan[where] = np.repeat(spanclass & 1 == 0, npages)
    out.starts[page] = True
    _page_caches(snapshot, out.family)
    if snapshot.padding_pages:
        low = min(snapshot.chunks) * PALLOC_CHUNK_PAGES
        out.family[low : low + snapshot.padding_pages] = PADDING
    return out


def _places(page: NDArray[Any], npages: NDArray[Any]) -> NDArray[Any]:
    """Return the pages of all spans, one span after the other."""
    places: NDArray[Any] = np.repeat(page - (np.cumsum(npages) - npages), npages) + np.arange(npages.sum())
    return places


def collected(snapshot: Snapshot, total: int) -> Bytes:
    """Return where the collector is with the span of each page: an index of STATES; 0 also where there is none."""
    spans, gc = snapshot.spans, snapshot.gc
    page, npages = column(spans.page), column(spans.npages)
    has_mark = np.isin(column(spans.id), [*gc.marks, *gc.inline_marks])
    late = np.isin(column(spans.sweepgen) - snapshot.sweepgen, UNSWEPT)
    during = np.where(has_mark, MARKED, UNMARKED) if gc.marking else np.full(len(page), SWEPT)
    state = np.where(late, np.where(has_mark, LATE, DEAD), during)
    out = np.zeros(total, np.uint8)
    out[_places(page, npages)] = np.repeat(state, npages)
    return out


def resident(snapshot: Snapshot, total: int) -> Bytes:
    """Return what the operating system knows of each page: an index of KINDS."""
    out = np.zeros(total, np.uint8)
    memory = snapshot.memory
    for chunk, (_, scavenged) in snapshot.chunks.items():
        part = out[chunk * PALLOC_CHUNK_PAGES : (chunk + 1) * PALLOC_CHUNK_PAGES]
        part[:] = np.where(bits(scavenged, PALLOC_CHUNK_PAGES), RELEASED, RETAINED)
    for p in snapshot.ps:
        held = p.cache_bits & p.cache_scav
        out[p.cache_page + np.flatnonzero(bits(held, PAGE_CACHE_PAGES))] = RELEASED
    out[_places(column(snapshot.spans.page), column(snapshot.spans.npages))] = IN_USE
    for kind, bitmaps in ((UNTOUCHED, memory.untouched), (LAZY, memory.lazy)):
        for chunk, bitmap in bitmaps.items():
            out[chunk * PALLOC_CHUNK_PAGES + np.flatnonzero(bits(bitmap, PALLOC_CHUNK_PAGES))] = kind
    return out


def _page_caches(snapshot: Snapshot, family: Bytes) -> None:
    """Mark the pages that Ps hold in their page caches."""
    for p in snapshot.ps:
        if p.cache_bits:
            at = p.cache_page + np.flatnonzero(bits(p.cache_bits, PAGE_CACHE_PAGES))
            family[at[at < len(family)]] = CACHED


def mapped_span(snapshot: Snapshot, arena: int) -> tuple[int, int]:
    """Return (first page, end page) of what is mapped in an arena; the heap grows upward without gaps."""
    low = arena * CHUNKS_PER_ARENA
    chunks = [chunk for chunk in snapshot.chunks if low <= chunk < low + CHUNKS_PER_ARENA]
    if not chunks:
        return arena * PAGES_PER_ARENA, arena * PAGES_PER_ARENA
    return min(chunks) * PALLOC_CHUNK_PAGES, (max(chunks) + 1) * PALLOC_CHUNK_PAGES


class Window(NamedTuple):
    """A rectangle of pages in reading order."""

    first: int
    columns: int
    rows: int


ARENA = Window(0, 128, 64)
CHUNK = Window(0, 32, 16)


def window_of(arena: int, page: int = 0, *, zoom: bool = False) -> Window:
    """Return the window on an arena, or on the chunk of one of its pages."""
    if zoom:
        return CHUNK._replace(first=page - page % PALLOC_CHUNK_PAGES)
    return ARENA._replace(first=arena * PAGES_PER_ARENA)


def cut(pages: Pages, window: Window) -> Pages:
    """Return the columns of a window, each of shape (rows, columns)."""
    shape = (window.rows, window.columns)
    part = slice(window.first, window.first + window.columns * window.rows)
    return Pages(
        pages.family[part].reshape(shape),
        pages.starts[part].reshape(shape),
        pages.scan[part].reshape(shape),
        pages.level[part].reshape(shape),
    )
