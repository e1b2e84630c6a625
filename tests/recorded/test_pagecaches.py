"""What the Ps held in their page caches at the start."""

import numpy as np
import pytest

from gomemlab.golang.trace import parse
from gomemlab.golang.wire import Ev
from gomemlab.recorded.pagecaches import PageCacheAt, followed, page_caches
from gomemlab.recorded.start import build, find_start
from gomemlab.runtime.restore import MANUAL, StartSpan
from tests.golang import tracewriter as tw

SMALL = 7 << 2 | 2  # kind and class of 80 B noscan
SPANS = (StartSpan(3, 1, 15), StartSpan(5, 120, MANUAL))  # free below page 192: page 4, and 125 to 191
USUAL = PageCacheAt(0, 0, 1 << 4, usual=True)
FROM_125 = (1 << 64) - (1 << 61)  # pages 125 to 127 of the block at page 64


def made(page: int, npages: int = 1) -> bytes:
    """Return the event of a new span."""
    return tw.event(Ev.SPAN_ALLOC, page, npages, SMALL)


def caches(*batches: bytes, procs: int = 1) -> tuple[PageCacheAt, ...]:
    """Return the page caches for SPANS, with a trace of these batches behind the start."""
    return page_caches(parse(tw.trace(tw.info(), *batches)), 0, min(span.page for span in SPANS), SPANS, procs)


def on_p(*events: bytes) -> bytes:
    """Return a batch of events on P 0."""
    return tw.batch(tw.running() + b"".join(events))


def test_the_cache_holds_what_is_free_in_the_block_of_the_lowest_free_page() -> None:
    """Page 4 is the lowest free page; nothing else is free in its block."""
    assert caches(on_p()) == (USUAL,)
    assert caches(on_p(made(4))) == (USUAL,)


@pytest.mark.parametrize(
    ("events", "page", "free"),
    [
        ((made(125),), 64, FROM_125),  # page 4 was freed after the cache was filled
        ((made(126),), 64, FROM_125 - (1 << 61)),  # and page 125 too
        ((made(125, 2), made(127)), 64, FROM_125),  # a span of two pages came first
        ((made(127, 20), made(126)), 64, 0),  # a long one took pages of the block: the cache was empty
        ((tw.event(Ev.PROC_STOP), made(126, 2), tw.event(Ev.PROC_START, 0, 1), made(125)), 64, 0),  # or one without a P
        ((made(3),), 0, 0),  # a page that was freed behind the start: the cache was filled later
    ],
)
def test_the_first_span_of_one_page_gives_the_cache_away(events: tuple[bytes, ...], page: int, free: int) -> None:
    """Where it is not the lowest free page."""
    assert caches(on_p(*events)) == (PageCacheAt(0, page, free, usual=False),)


def test_a_second_p_whose_spans_are_not_seen_has_no_pages() -> None:
    """Two Ps, one of them idle."""
    assert caches(on_p(), procs=2) == (USUAL, USUAL._replace(p=1, free=0))


def test_two_ps_do_not_get_the_same_page() -> None:
    """Both made a span in the block of page 125 first: the first has its pages."""
    begin = tw.running() + tw.event(Ev.SPAN, 3, 1, SMALL) + tw.event(Ev.SPAN, 5, 120, 1)
    first = tw.batch(begin + made(125))
    second = tw.batch(tw.running(g=2, p=1, m=2) + made(126), m=2, time=2000)

    world = build(find_start(parse(tw.trace(tw.info(), first, second))))

    world.check()
    assert [p.pcache.cache for p in world.ps] == [FROM_125, 0]


def followed_to(*events: bytes, then: int = 125) -> list[int]:
    """Return which pages are in P 0's cache behind these events, which begin with SPANS; then one page is taken."""
    trace = parse(tw.trace(tw.info(), on_p(*events, made(then))))
    end = int(np.flatnonzero(trace.args[0] == then)[-1])
    (cache,) = followed(trace, 0, end, 3, SPANS, 1)
    return [cache.page + i for i in range(64) if cache.free >> i & 1]


def test_what_is_freed_does_not_come_into_the_cache() -> None:
    """The cache holds pages 125 to 127; pages 5 to 124 become idle and stay out of it."""
    assert followed_to(tw.event(Ev.SPAN_FREE, 5)) == [125, 126, 127]
    assert followed_to(tw.event(Ev.SPAN_FREE, 5), made(125, 2), then=127) == [127]


def test_what_the_cache_does_not_have_comes_from_the_heap() -> None:
    """Four pages are too many for it, 16 are not asked of it."""
    assert followed_to(tw.event(Ev.SPAN_FREE, 5), made(5, 4), made(9, 16)) == [125, 126, 127]


def test_an_empty_cache_is_filled_from_the_lowest_idle_pages() -> None:
    """Page 4 was all it had; then pages 5 to 63 are idle, and it takes them with the next span."""
    assert followed_to(made(4), tw.event(Ev.SPAN_FREE, 5), made(5)) == list(range(6, 64))
