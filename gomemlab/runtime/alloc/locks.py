"""Locks: how often each of them was taken, and by which P.

Most requests take none. A lock is counted where the runtime takes it, which always is a place that is slow anyhow: a
span is made or freed, a page cache is filled, a set of spans gets a new block, a stack comes from the pool.

A set of spans takes its lock only when it needs a new block, every 512 spans that were pushed since the sets changed
their roles; mcentral has no lock beside that.

Go: runtime/lockrank.go; runtime/mspanset.go, (*spanSet).push.
Left out: locks that no choice of the model depends on (timers, channels, tracing), and who had to wait: see the cost
model.
"""

from dataclasses import dataclass, field

HEAP = "heap"  # mheap.lock
SPINE = "spanSetSpine"  # spanSet.spineLock
STACKPOOL = "stackpool"  # stackpool[order].item.mu
STACK_LARGE = "stackLarge"  # stackLarge.lock
SCHED = "sched"  # sched.lock
GFREE = "gFree"  # sched.gFree.lock
ALLG = "allg"  # allglock
ALL_POOLS_MU = "allPools"  # sync.allPoolsMu
LOCKS = (HEAP, SPINE, STACKPOOL, STACK_LARGE, SCHED, GFREE, ALLG, ALL_POOLS_MU)

SPINE_BLOCK = 512  # spans. Go: runtime/mspanset.go, spanSetBlockEntries


@dataclass(slots=True)
class Locks:
    """The locks of a world, as far as they were taken."""

    taken: dict[tuple[str, int], int] = field(default_factory=dict)  # times, by lock and P (-1: no P)
    pushed: dict[int, int] = field(default_factory=dict)  # spans, by spanclass << 1 | full, since the sets turned
    sweepgen: int = 0  # of the heap when `pushed` was begun

    def take(self, lock: str, p: int, times: int = 1) -> None:
        """Count that P p took a lock."""
        at = lock, p
        self.taken[at] = self.taken.get(at, 0) + times

    def push(self, spanclass: int, sweepgen: int, p: int, full: bool) -> None:
        """Count a span that P p pushed to a set. Go: runtime/mspanset.go, (*spanSet).push."""
        if sweepgen != self.sweepgen:
            self.sweepgen = sweepgen
            self.pushed.clear()  # sets that were empty when they became the swept ones
        counts, key = self.pushed, spanclass << 1 | full
        counts[key] = pushed = counts.get(key, 0) + 1
        if pushed % SPINE_BLOCK == 1:
            self.take(SPINE, p)

    def total(self, lock: str) -> int:
        """Return how often a lock was taken."""
        return sum(times for (name, _), times in self.taken.items() if name == lock)

    def of(self, p: int) -> dict[str, int]:
        """Return how often P p took each lock, those that it never took left out."""
        return {name: times for name in LOCKS if (times := self.taken.get((name, p), 0))}

    def copy(self) -> "Locks":
        """Return an independent copy."""
        return Locks(self.taken.copy(), self.pushed.copy(), self.sweepgen)
