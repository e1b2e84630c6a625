"""The cost model: what a request costs, by the deepest stop it reached.

Counts, bytes and addresses in this package are modelled exactly; time is not. These are round nanoseconds of the right
order on a machine of today, there to compare the ways with one another: falling one stop further costs about as much as
many hits before it. Whoever shows one of them says "≈" and "cost model" beside it.

Go: runtime/malloc.go, mallocgc; runtime/mcentral.go, (*mcentral).cacheSpan; runtime/mheap.go, (*mheap).allocSpan,
(*mheap).grow.
Left out: zeroing, cache misses, contention for the heap lock, and the time of the garbage collector.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

COST: Final[Mapping[str, int]] = MappingProxyType(
    {
        "mcache": 15,  # ns: the slot was in this P's own span
        "mcentral": 300,  # ns: a span came from the shared lists
        "page_cache": 800,  # ns: a new span was cut from this P's own pages
        "mheap": 2000,  # ns: the page allocator searched under the heap lock
        "os": 9000,  # ns: the heap grew by a system call
    }
)


def mean_cost(counts: Mapping[str, int]) -> float:
    """Return the nanoseconds a request costs on average when `counts[stop]` requests were served at each stop."""
    served = sum(counts.values())
    return sum(COST[stop] * count for stop, count in counts.items()) / served if served else 0.0
