"""The table of costs: round nanoseconds of the right order, of which every clock and every comparison is made.

Counts, bytes and addresses in this package are modelled exactly; time is not. Whoever shows one of these numbers, or
what was computed from them, says "≈" and "cost model" beside it.

Go: runtime/malloc.go, mallocgc; runtime/mcentral.go, (*mcentral).cacheSpan; runtime/mheap.go, (*mheap).allocSpan,
(*mheap).grow; runtime/mgc.go, gcStart.
Left out: cache misses; copying.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gomemlab.runtime.alloc.locks import ALL_POOLS_MU, ALLG, GFREE, HEAP, SCHED, SPINE, STACK_LARGE, STACKPOOL

COST: Final[Mapping[str, int]] = MappingProxyType(
    {
        "mcache": 15,  # ns: the slot was in this P's own span
        "mcentral": 300,  # ns: a span came from the shared lists
        "page_cache": 800,  # ns: a new span was cut from this P's own pages
        "mheap": 2000,  # ns: the page allocator searched under the heap lock
        "os": 9000,  # ns: the heap grew by a system call
    }
)
BESIDES: Final[Mapping[str, float]] = MappingProxyType(
    {
        "byte": 1 / 32,  # ns: a byte was cleared, by Go or, in fresh pages, by the kernel
        "pool": 5,  # ns: a Put, or a Get that the P's own shard served
        "steal": 60,  # ns: a Get that looked at other Ps' shards
        "cycle": 50_000,  # ns: a cycle stopped the world twice and woke its workers
        "mark": 20,  # ns: an object was found alive
        "scan": 1,  # ns: a byte was searched for pointers
        "sweep": 150,  # ns: a span was swept
    }
)
HELD: Final[Mapping[str, int]] = MappingProxyType(
    {
        HEAP: 1000,  # ns that a P keeps the lock, each time
        SPINE: 400,
        STACKPOOL: 300,
        STACK_LARGE: 200,
        SCHED: 50,
        GFREE: 150,
        ALLG: 30,
        ALL_POOLS_MU: 1500,  # an array of shards is made meanwhile
    }
)
HANDOVER: Final = 100  # ns from one P's unlock to the next one's lock
LINE_OWN: Final = 1  # ns: a write to a cache line that this P wrote last
LINE_OTHER: Final = 60  # ns: the line has to come from another core's cache first
