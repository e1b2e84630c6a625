"""Worlds in which the spans of one class go through collections, and what mcentral's four sets hold at each moment.

The class is 49 without pointers: 6784 B, six slots in a span, few enough to count. An object lives until it is dropped.

Go: runtime/mcentral.go, mcentral; runtime/mspanset.go, spanSet, spanSetBlockEntries.
Left out: the sets of other classes, which behave alike.
"""

from collections import Counter
from functools import cache
from typing import cast

from gomemlab.checks.numbers import count
from gomemlab.commands import GC, GCStart, MarkAll, MarkDone, SweepAll, malloc
from gomemlab.runtime.events import SpanCached, SpanUncached
from gomemlab.runtime.gcevents import ALLOCATION, FLUSH, SpanSwept
from gomemlab.runtime.snapshot import CentralInfo, Snapshot
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline

SIZE, SPANCLASS, SLOTS = 6784, 99, 6
PROCS, EACH = 4, 2400  # Ps that share an mcentral, and the objects that each of them makes: 400 spans
BLOCK = 512  # spans of a spanSet's block; only a push that needs a new one takes a lock. Go: spanSetBlockEntries
ARRAYS = ("partial[0]", "partial[1]", "full[0]", "full[1]")
TRADES_HEAD = ("moment", "sweepgen", "swept are", "unswept are", *ARRAYS)
LOCKS_HEAD = ("what the program did", "spans put into a set", "spans taken out of one", "times a set's lock was taken")
NOTHING = CentralInfo((), (), (), ())


def made(n: int, size: int = SIZE) -> tuple[Timeline, list[int]]:
    """Return a world whose P0 has made n objects without pointers, and their addresses."""
    timeline = Timeline(World())
    return timeline, more(timeline, n, size)


def more(timeline: Timeline, n: int, size: int = SIZE) -> list[int]:
    """Make n more objects and return their addresses."""
    return [cast("int", timeline.do(malloc(size))) for _ in range(n)]


def mark_ends(timeline: Timeline) -> None:
    """Begin a collection and mark to the end; nothing is swept yet."""
    timeline.extend([GCStart(), MarkAll(), MarkDone()])


def all_full(spans: int, size: int = SIZE, slots: int = SLOTS) -> tuple[Timeline, list[int]]:
    """Return a world with so many full spans, none of them cached, and the addresses of its objects."""
    timeline, objects = made(spans * slots, size)
    timeline.do(GC())
    return timeline, objects


def arrays(snapshot: Snapshot, spanclass: int = SPANCLASS) -> dict[str, int]:
    """Return how many spans lie in each of the four arrays' sets."""
    found = snapshot.central.get(spanclass, NOTHING)
    partial, full = [found.partial_swept, found.partial_unswept], [found.full_swept, found.full_unswept]
    if swept_index(snapshot):
        partial.reverse()
        full.reverse()
    return dict(zip(ARRAYS, map(len, (*partial, *full)), strict=True))


def swept_index(snapshot: Snapshot) -> int:
    """Return which of each two arrays holds the swept spans. Go: runtime/mcentral.go, (*mcentral).partialSwept."""
    return snapshot.sweepgen // 2 % 2


def trades() -> list[tuple[object, ...]]:
    """Return the rows of two collections that free nothing: the sets before, when marking has ended, and swept."""
    timeline, _ = made(61)
    rows = [_row("61 objects made", timeline)]
    for number in ("first", "second"):
        mark_ends(timeline)
        rows.append(_row(f"{number} collection: marking has ended", timeline))
        timeline.do(SweepAll())
        rows.append(_row(f"{number} collection: everything is swept", timeline))
    return rows


def _row(moment: str, timeline: Timeline) -> tuple[object, ...]:
    """Return one row of the table of trades."""
    snapshot = timeline.world.snapshot()
    i = swept_index(snapshot)
    return (moment, snapshot.sweepgen, f"[{i}]", f"[{1 - i}]", *arrays(snapshot).values())


class Traffic:
    """A world, and how often its spans went into a set and out of one, counted from events."""

    def __init__(self, procs: int = 1) -> None:
        """Begin with a fresh world and nothing counted."""
        self.world = World(procs=procs)
        self.pushed: Counter[tuple[str, int]] = Counter()  # by set and sweepgen
        self.taken = 0

    def make(self, n: int, p: int = 0) -> list[int]:
        """Let a P make n objects and return their addresses."""
        addresses = []
        for _ in range(n):
            addresses.append(self.world.malloc(SIZE, p=p))
            self._count()
        return addresses

    def collect(self) -> None:
        """Run a whole collection."""
        self.world.gc()
        self._count()

    def _count(self) -> None:
        """Count what the world's last command moved."""
        sweepgen = self.world.allocator.heap.sweepgen
        for event in self.world.events:
            home = ""
            if isinstance(event, SpanUncached):
                home = event.to
            elif isinstance(event, SpanCached):
                self.taken += event.source == "partialSwept"
            elif isinstance(event, SpanSwept):
                self.taken += event.by != FLUSH  # what an mcache gives back was in no set
                in_vain = event.by == ALLOCATION and event.alloc_count == event.nelems
                home = "fullSwept" if in_vain else event.home
            if home.endswith("Swept"):
                self.pushed[home, sweepgen] += 1

    def row(self, what: str) -> tuple[str, int, int, int]:
        """Return what was counted up to now: pushes, pops, and pushes that had to add a block, which take the lock.

        A set that was emptied gives its block back, so each begins anew after a collection.
        """
        return what, self.pushed.total(), self.taken, sum(-(-n // BLOCK) for n in self.pushed.values())


@cache
def locks() -> tuple[tuple[str, int, int, int], ...]:
    """Return the rows of Ps that fill spans, collect, drop one object of each span, collect, and make more."""
    traffic = Traffic(PROCS)
    made = [traffic.make(EACH, p) for p in range(PROCS)]
    rows = [traffic.row(f"{PROCS} Ps made {count(EACH)} objects of {count(SIZE)} B each")]
    traffic.collect()
    rows.append(traffic.row("a collection ran, and freed nothing"))
    traffic.world.drop([address for objects in made for address in objects[::SLOTS]])
    traffic.collect()
    rows.append(traffic.row("an object of each span was dropped, another collection ran"))
    for p, objects in enumerate(made):
        traffic.make(len(objects[::SLOTS]), p)
    rows.append(traffic.row("the Ps made as many new objects as were dropped"))
    return tuple(rows)
