"""What the Ps held in their page caches at the start, which no trace shows.

A P fills its cache with the free pages of the block of 64 that holds the lowest free page. So most often the cache is
what is still free there. But where spans below it were freed since, the lowest free page is not in it. Then the trace
gives it away: the first span of one page that the P makes comes from its cache, and is the lowest page there.

Where spans were made and freed between a trace's begin and its start, the caches are followed from the one to the
other: what is freed goes to the heap and not into a cache.

Go: runtime/mpagecache.go, (*pageCache).alloc, (*pageAlloc).allocToCache; runtime/mheap.go, (*mheap).allocSpan.
Left out: a cache whose P makes no span of one page: nothing about it shows.
"""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.golang.trace import Trace
from gomemlab.golang.wire import Ev
from gomemlab.runtime.arch import PAGE_CACHE_MAX_RUN, PAGE_CACHE_PAGES
from gomemlab.runtime.restore import StartSpan

Pages = NDArray[np.bool_]  # by page, counted from the lowest heap address


class PageCacheAt(NamedTuple):
    """The page cache of a P at the start."""

    p: int
    page: int  # of the block's first page, counted from the lowest heap address
    free: int  # bit i set: page i of the block is in the cache
    usual: bool  # whether it is simply what is free in the block of the lowest free page


class _Made(NamedTuple):
    """A span that was made behind the start."""

    page: int
    npages: int
    p: int


def page_caches(
    trace: Trace, row: int, first: int, spans: Collection[StartSpan], procs: int
) -> tuple[PageCacheAt, ...]:
    """Return the page cache of each P at event `row`, at which these spans exist; no page below `first` is used."""
    free = _free_at(first, spans)
    made = _made(trace, row)
    return tuple(_page_cache(p, made, free) for p in range(procs))


def _free_at(first: int, spans: Collection[StartSpan]) -> Pages:
    """Return which pages are in no span."""
    top = max(span.page + span.npages for span in spans)
    free = np.ones(top + 2 * PAGE_CACHE_PAGES, np.bool_)
    free[:first] = False  # padding, never used
    for span in spans:
        free[span.page : span.page + span.npages] = False
    return free


def _made(trace: Trace, row: int) -> list[_Made]:
    """Return the spans that were made from event `row` on."""
    rows = trace.rows(Ev.SPAN_ALLOC, begin=row)
    columns = trace.args[0, rows].tolist(), trace.args[1, rows].tolist(), trace.p[rows].tolist()
    return [_Made(*values) for values in zip(*columns, strict=True)]


def _page_cache(p: int, made: list[_Made], free_at_start: Pages) -> PageCacheAt:
    """Return P p's cache, given which pages are in no span."""
    lowest = int(np.argmax(free_at_start))
    block = lowest - lowest % PAGE_CACHE_PAGES
    usual = PageCacheAt(p, block, _free_pages(block, free_at_start, 0), usual=True)
    one = next((i for i, span in enumerate(made) if span.p == p and span.npages == 1), None)
    if one is None:
        return usual if p == 0 else usual._replace(free=0)
    page = made[one].page
    if not free_at_start[page : page + 1].any():  # freed or mapped behind the start, so the cache was filled later
        return usual._replace(free=0, usual=False)
    block = page - page % PAGE_CACHE_PAGES
    pages = range(block, block + PAGE_CACHE_PAGES)
    small = [span.page for span in made[: one + 1] if span.p == p and span.npages < PAGE_CACHE_MAX_RUN]
    free = _free_pages(block, free_at_start, min(first for first in small if first in pages))
    if any(_overlaps(span, block, free) for span in made[:one] if span.npages >= PAGE_CACHE_MAX_RUN or span.p < 0):
        free = 0  # what came from the heap itself was not in the cache
    return PageCacheAt(p, block, free, usual=(block, free) == (usual.page, usual.free))


def _free_pages(block: int, free_at_start: Pages, first: int) -> int:
    """Return which pages of a block, from page `first` on, are in no span."""
    pages = enumerate(free_at_start[block : block + PAGE_CACHE_PAGES].tolist())
    return sum(1 << i for i, free in pages if free and block + i >= first)


def _overlaps(span: _Made, block: int, free: int) -> bool:
    """Return whether a span lies on one of a block's free pages."""
    return any(free >> i & 1 for i in range(PAGE_CACHE_PAGES) if span.page <= block + i < span.page + span.npages)


def followed(
    trace: Trace, begin: int, end: int, first: int, spans: Collection[StartSpan], procs: int
) -> tuple[PageCacheAt, ...]:
    """Return the page cache of each P at event `end`, given the spans that existed at event `begin`."""
    caches = list(page_caches(trace, begin, first, spans, procs))
    rows = trace.rows(Ev.SPAN_ALLOC, Ev.SPAN_FREE, begin=begin, end=end)
    top = int((trace.args[0, rows] + trace.args[1, rows]).max(initial=0))
    idle = np.concatenate([_free_at(first, spans), np.ones(top, np.bool_)])  # in no span and no cache
    for cache in caches:
        idle[_pages_of(cache)] = False
    npages = {span.page: span.npages for span in spans}
    for row in rows.tolist():
        page, count, p = int(trace.args[0, row]), int(trace.args[1, row]), int(trace.p[row])
        if trace.typ[row] == Ev.SPAN_FREE:
            idle[page : page + npages.pop(page, 0)] = True
            continue
        npages[page] = count
        if count < PAGE_CACHE_MAX_RUN and p >= 0:
            caches[p] = _taken_from(caches[p], range(page, page + count), idle)
        idle[page : page + count] = False
    return tuple(caches)


def _pages_of(cache: PageCacheAt) -> list[int]:
    """Return the pages in a cache."""
    return [cache.page + i for i in range(PAGE_CACHE_PAGES) if cache.free >> i & 1]


def _taken_from(cache: PageCacheAt, pages: range, idle: Pages) -> PageCacheAt:
    """Return a P's cache behind a small span that it made; where it was empty, it is filled first. idle changes."""
    if not cache.free:
        block = int(np.argmax(idle)) // PAGE_CACHE_PAGES * PAGE_CACHE_PAGES
        cache = PageCacheAt(cache.p, block, _free_pages(block, idle, 0), usual=False)
        idle[_pages_of(cache)] = False
    taken = sum(1 << page - cache.page for page in pages if 0 <= page - cache.page < PAGE_CACHE_PAGES)
    # A run that the cache does not have comes from the heap, and leaves it as it is.
    return cache._replace(free=cache.free & ~taken) if cache.free & taken == taken else cache
