"""Work: the grey objects, in buffers that Ps fill, empty and hand to each other.

A P pushes to and pops from its first buffer, so what was found last is scanned first. A full buffer goes to the list
that all Ps share, an empty one is exchanged for a full one from there; a second buffer keeps a P that stands between
the two from doing either each time.

Beside them stands the P's queue of spans, which only Green Tea uses (see greentea).

Go: runtime/mgcwork.go, gcWork, workbuf.
Left out: the memory of the buffers (spans of 32 KiB that the runtime manages by hand) and their list of empty ones; a
P that gave all its work away takes a full buffer as its second one as soon as it queues something.
"""

from dataclasses import dataclass, field, fields
from operator import attrgetter

from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.gc.spanqueue import ObjPtr, SpanQueue

WORKBUF_OBJECTS = 253  # of a buffer of 2048 B, 24 B of them a header
KEPT_FROM_BALANCE = 4  # a buffer with no more objects than this is not worth sharing

WorkBuf = list[int]  # addresses of grey objects, or of oblets; the last is taken first. Those in `full` never change


@dataclass(slots=True)
class ScanStats:
    """What was scanned of one size class in this cycle.

    Go: runtime/mgcmark_greenteagc.go, sizeClassScanStats.
    """

    spans_dense_scanned: int = 0  # visits of a span that scanned so much of it that vector instructions did it
    span_objs_dense_scanned: int = 0  # objects that those visits scanned
    spans_sparse_scanned: int = 0  # the other visits of a span with several marks
    span_objs_sparse_scanned: int = 0
    sparse_objs_scanned: int = 0  # objects and oblets that were scanned alone, out of a span with one mark too

    @property
    def objects(self) -> int:
        """Return all objects that were scanned."""
        return self.span_objs_dense_scanned + self.span_objs_sparse_scanned + self.sparse_objs_scanned

    @property
    def spans(self) -> int:
        """Return the visits that looked for several objects."""
        return self.spans_dense_scanned + self.spans_sparse_scanned

    def copy(self) -> "ScanStats":
        """Return an independent copy."""
        return ScanStats(*_counts(self))


_counts = attrgetter(*(f.name for f in fields(ScanStats)))


@dataclass(slots=True, eq=False)
class GCWork:
    """One P's share of the marking."""

    p: int  # the P's number
    full: list[WorkBuf]  # the full buffers that all Ps share; the last is taken first
    wbuf1: WorkBuf = field(default_factory=list)
    wbuf2: WorkBuf = field(default_factory=list)
    spanq: SpanQueue = field(default_factory=SpanQueue)
    taken: int = 0  # address of the object that was taken last, or of the one that stood for a span
    # In this cycle:
    bytes_marked: int = 0  # in slots that turned black
    heap_scan_work: int = 0  # bytes of heap that were searched for pointers
    objects_marked: int = 0
    pointers_found: int = 0  # in scanned objects, without nil ones
    span_visits: int = 0  # spans taken from a span queue
    shared: int = 0  # buffers on the shared list when this P put one there, at most
    longest: int = 0  # spans that waited at once when this P queued one, on all Ps, at most
    stats: dict[int, ScanStats] = field(default_factory=dict)  # by size class (0: large), those with work

    @property
    def objects_scanned(self) -> int:
        """Return the objects, and oblets, that this P scanned in this cycle."""
        return sum(stats.objects for stats in self.stats.values())

    def stats_of(self, sizeclass: int) -> ScanStats:
        """Return the counters of a size class."""
        return self.stats.get(sizeclass) or self.stats.setdefault(sizeclass, ScanStats())

    def reset(self) -> None:
        """Begin a cycle with all counts at 0."""
        self.bytes_marked = self.heap_scan_work = 0
        self.objects_marked = self.pointers_found = self.span_visits = self.longest = self.shared = 0
        self.stats = {}

    def put_obj(self, obj: int) -> None:
        """Queue a grey object. Go: runtime/mgcwork.go, (*gcWork).putObj."""
        if len(self.wbuf1) == WORKBUF_OBJECTS:
            self.wbuf1, self.wbuf2 = self.wbuf2, self.wbuf1
            if len(self.wbuf1) == WORKBUF_OBJECTS:
                self._put_full(self.wbuf1)
                self.wbuf1 = []
        self.wbuf1.append(obj)

    def put_obj_batch(self, objs: WorkBuf) -> None:
        """Queue grey objects together: a full buffer is shared at once, unlike with put_obj.

        Go: runtime/mgcwork.go, (*gcWork).putObjBatch.
        """
        while objs:
            if len(self.wbuf1) == WORKBUF_OBJECTS:
                self._put_full(self.wbuf1)
                self.wbuf1, self.wbuf2 = self.wbuf2, []
                continue
            room = WORKBUF_OBJECTS - len(self.wbuf1)
            self.wbuf1 += objs[:room]
            objs = objs[room:]

    def _put_full(self, wbuf: WorkBuf) -> None:
        """Put a buffer on the shared list. Go: runtime/mgcwork.go, putfull."""
        self.full.append(wbuf)
        self.shared = max(self.shared, len(self.full))

    def put_span(self, objptr: ObjPtr, waiting: int) -> None:
        """Queue a span; with it so many wait, on all Ps."""
        self.spanq.put(objptr)
        if waiting > self.longest:  # noqa: PLR1730 - max() takes longer than the rest of this
            self.longest = waiting

    def try_get_obj(self) -> int:
        """Take the grey object that was queued last; 0 when this P and the shared list have none.

        Go: runtime/mgcwork.go, (*gcWork).tryGetObj.
        """
        if not self.wbuf1:
            self.wbuf1, self.wbuf2 = self.wbuf2, self.wbuf1
            if not self.wbuf1:
                if not self.full:
                    return 0
                self.wbuf1 = self.full.pop().copy()  # another copy of the world may have the same
        return self.wbuf1.pop()

    def balance(self) -> None:
        """Share some work where the shared list has none. Go: runtime/mgcwork.go, (*gcWork).balance, handoff."""
        if self.full:
            return
        if self.wbuf2:
            self._put_full(self.wbuf2)
            self.wbuf2 = []
        elif len(self.wbuf1) > KEPT_FROM_BALANCE:
            keep = len(self.wbuf1) - len(self.wbuf1) // 2
            self._put_full(self.wbuf1[:keep])
            self.wbuf1 = self.wbuf1[keep:]

    def dispose(self) -> bool:
        """Make all work visible to other Ps; say whether there was any.

        Go: runtime/mgcwork.go, (*gcWork).dispose.
        """
        had = not self.empty()
        for wbuf in filter(None, (self.wbuf1, self.wbuf2)):
            self._put_full(wbuf)
        self.wbuf1, self.wbuf2 = [], []
        self.spanq.flush()
        return had

    def empty(self) -> bool:
        """Say whether this P has nothing grey. Go: runtime/mgcwork.go, (*gcWork).empty."""
        return not self.wbuf1 and not self.wbuf2 and self.spanq.empty()

    def waiting(self) -> int:
        """Return how many objects and spans wait here."""
        return len(self.wbuf1) + len(self.wbuf2) + sum(1 for _ in self.spanq.waiting())

    def queue(self) -> list[int]:
        """Return the P's grey objects, the one that is taken next first."""
        return [*reversed(self.wbuf1), *reversed(self.wbuf2)]

    def copy(self, full: list[WorkBuf]) -> "GCWork":
        """Return an independent copy on another shared list."""
        new = GCWork(self.p, full, self.wbuf1.copy(), self.wbuf2.copy(), self.spanq.copy())
        new.taken = self.taken
        new.bytes_marked, new.heap_scan_work = self.bytes_marked, self.heap_scan_work
        new.objects_marked, new.pointers_found = self.objects_marked, self.pointers_found
        new.span_visits, new.longest, new.shared = self.span_visits, self.longest, self.shared
        new.stats = {sizeclass: stats.copy() for sizeclass, stats in self.stats.items()}
        return new

    def check(self) -> None:
        """Raise ThrowError for a buffer or a queue that holds more than fits."""
        self.spanq.check()
        for wbuf in (self.wbuf1, self.wbuf2, *self.full):
            if len(wbuf) > WORKBUF_OBJECTS:
                raise ThrowError(f"a work buffer of P{self.p} holds {len(wbuf)} objects; {WORKBUF_OBJECTS} fit")
