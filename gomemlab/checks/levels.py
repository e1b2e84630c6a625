"""How far a request fell: the deepest level that its events name.

Go: runtime/malloc.go, nextFreeFast; runtime/mcache.go, (*mcache).refill; runtime/mcentral.go, (*mcentral).cacheSpan;
runtime/mpagecache.go, (*pageCache).alloc; runtime/mheap.go, (*mheap).allocSpan, (*mheap).grow.
Left out: what a level costs, which is the cost model's business.
"""

from collections.abc import Iterable

from gomemlab.runtime.events import (
    CacheMissed,
    CentralEmpty,
    Event,
    HeapGrown,
    PageCacheFilled,
    PagesFound,
    PagesFromCache,
    SpanCached,
)

LEVELS = ("mcache", "mcentral", "page cache", "mheap", "OS")
# Where the way of a request goes on; a page cache that is refilled is one, since that takes the heap lock.
TURNS = (CacheMissed, CentralEmpty, PageCacheFilled, PagesFromCache, PagesFound, HeapGrown)
NAMES = {CacheMissed: "mcentral", PagesFromCache: "page cache", PagesFound: "mheap", HeapGrown: "OS"}


def deepest(events: Iterable[Event]) -> str:
    """Return the deepest level that a command's events reached; "mcache" where nothing missed."""
    reached = [NAMES[type(event)] for event in events if type(event) in NAMES]
    return max(reached, key=LEVELS.index, default="mcache")


def story(events: Iterable[Event]) -> str:
    """Return the turns of a request's way in the events' own sentences; where it took none, its end."""
    told = list(events)
    return " ".join(event.say() for event in told if isinstance(event, TURNS)) or told[-1].say()


def got_new_span(events: Iterable[Event]) -> bool:
    """Say whether the request was given a span that was made for it."""
    return any(isinstance(event, SpanCached) and event.source == "new" for event in events)
