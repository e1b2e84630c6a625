"""The cost model: what a request costs, by the deepest stop it reached, and what is to be paid for it besides.

Counts, bytes and addresses in this package are modelled exactly; time is not. These are round nanoseconds of the right
order on a machine of today, there to compare the ways with one another: falling one stop further costs about as much as
many hits before it. Whoever shows one of them says "≈" and "cost model" beside it.

Go: runtime/malloc.go, mallocgc; runtime/mcentral.go, (*mcentral).cacheSpan; runtime/mheap.go, (*mheap).allocSpan,
(*mheap).grow.
Left out: cache misses and contention, but for what contention.py asks for; copying; that a cycle runs beside the
program.
"""

from collections.abc import Mapping

from gomemlab.runtime.costs import BESIDES, COST, HANDOVER, HELD, LINE_OTHER, LINE_OWN

__all__ = ["BESIDES", "COST", "HANDOVER", "HELD", "LINE_OTHER", "LINE_OWN", "mean_cost", "total_cost"]


def total_cost(counts: Mapping[str, float]) -> float:
    """Return the nanoseconds of all that is counted, by the names of COST and BESIDES."""
    prices = {**COST, **BESIDES}
    return sum(prices[name] * count for name, count in counts.items())


def mean_cost(counts: Mapping[str, int]) -> float:
    """Return the nanoseconds a request costs on average when `counts[stop]` requests were served at each stop."""
    served = sum(counts.values())
    return sum(COST[stop] * count for stop, count in counts.items()) / served if served else 0.0
