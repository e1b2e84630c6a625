"""Pages as arrays: what family each page of the heap has, where spans begin, how full they are.

The model keeps spans in parallel columns, ordered by page; numpy spreads them over the pages in a few operations,
however many spans there are.

Go: runtime/mheap.go, heapArena; runtime/mpagecache.go, pageCache; runtime/mpagealloc.go, pageAlloc.
Left out: which pages were returned to the OS (scavenging is not drawn here).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gomemlab.runtime.arch import PAGE_CACHE_PAGES, PAGE_SIZE, PAGES_PER_ARENA, PALLOC_CHUNK_PAGES
from gomemlab.views.png import COLUMNS, ROWS, Bytes, Mask, bits
from gomemlab.views.words import CACHED, LARGE, STACKS

CHUNKS_PER_ARENA = PAGES_PER_ARENA // PALLOC_CHUNK_PAGES
MANUAL = 2  # state of a span that holds a stack


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
    small = 1 + np.searchsorted([16, 128, 512, 8192], elemsize, side="left")
    return np.select([state == MANUAL, spanclass < 2], [STACKS, LARGE], small).astype(np.uint8)  # noqa: PLR2004


def pages_of(snapshot: Any, total: int) -> Pages:
    """Return the columns of pages 0 to total - 1 of the heap."""
    spans = snapshot.spans
    page, npages = column(spans.page), column(spans.npages)
    spanclass, nelems = column(spans.spanclass), column(spans.nelems)
    family = families(column(spans.elemsize), spanclass, column(spans.state))
    share = column(spans.alloc_count) / np.maximum(nelems, 1)
    level = np.where(share > 0, np.clip(np.floor(4 * share), 1, 4), 0).astype(np.uint8)
    where = np.repeat(page - (np.cumsum(npages) - npages), npages) + np.arange(npages.sum())
    out = Pages(np.zeros(total, np.uint8), np.zeros(total, bool), np.zeros(total, bool), np.zeros(total, np.uint8))
    out.family[where] = np.repeat(family, npages)
    out.level[where] = np.repeat(np.where(family >= LARGE, 4, level), npages)
    out.scan[where] = np.repeat(spanclass & 1 == 0, npages)
    out.starts[page] = True
    _page_caches(snapshot, out.family)
    return out


def _page_caches(snapshot: Any, family: Bytes) -> None:
    """Mark the pages that Ps hold in their page caches."""
    for p in snapshot.ps:
        if p.cache_bits:
            at = p.cache_page + np.flatnonzero(bits(p.cache_bits, PAGE_CACHE_PAGES))
            family[at[at < len(family)]] = CACHED


def mapped_pages(snapshot: Any) -> dict[int, int]:
    """Return, for each arena index, how many of its pages are mapped."""
    mapped = {arena.index: 0 for arena in snapshot.arenas}
    for chunk in snapshot.chunks:
        arena = chunk // CHUNKS_PER_ARENA
        mapped[arena] = mapped.get(arena, 0) + PALLOC_CHUNK_PAGES
    return mapped


def arena_columns(pages: Pages, index: int) -> Pages:
    """Return the columns of one arena, each of shape (64, 128)."""
    part = slice(index * PAGES_PER_ARENA, (index + 1) * PAGES_PER_ARENA)
    shape = (ROWS, COLUMNS)
    return Pages(
        pages.family[part].reshape(shape),
        pages.starts[part].reshape(shape),
        pages.scan[part].reshape(shape),
        pages.level[part].reshape(shape),
    )


def address_of(snapshot: Any, page: int) -> int:
    """Return the address at which a page of the heap begins."""
    return int(snapshot.heap_base + page * PAGE_SIZE)
