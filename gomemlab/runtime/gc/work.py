"""Work: the grey objects, in buffers that Ps fill, empty and hand to each other.

A P pushes to and pops from its first buffer, so what was found last is scanned first. A full buffer goes to the list
that all Ps share, an empty one is exchanged for a full one from there; a second buffer keeps a P that stands between
the two from doing either each time.

Go: runtime/mgcwork.go, gcWork, workbuf.
Left out: the memory of the buffers (spans of 32 KiB that the runtime manages by hand) and their list of empty ones.
"""

from copy import copy
from dataclasses import dataclass, field

from gomemlab.runtime.errors import ThrowError

WORKBUF_OBJECTS = 253  # of a buffer of 2048 B, 24 B of them a header
KEPT_FROM_BALANCE = 4  # a buffer with no more objects than this is not worth sharing

WorkBuf = list[int]  # addresses of grey objects, or of oblets; the last is taken first


@dataclass(slots=True)
class ScanStats:
    """What was scanned of one size class in this cycle.

    Go: runtime/mgcmark_greenteagc.go, sizeClassScanStats.
    """

    spans_sparse_scanned: int = 0  # visits of a span that found several objects to scan
    span_objs_sparse_scanned: int = 0  # objects that those visits scanned
    sparse_objs_scanned: int = 0  # objects that were scanned one by one


@dataclass(slots=True, eq=False)
class GCWork:
    """One P's share of the marking."""

    p: int  # the P's number
    full: list[WorkBuf]  # the full buffers that all Ps share; the last is taken first
    wbuf1: WorkBuf = field(default_factory=list)
    wbuf2: WorkBuf = field(default_factory=list)
    bytes_marked: int = 0  # in slots that turned black
    heap_scan_work: int = 0  # bytes of heap that were searched for pointers
    objects_marked: int = 0
    objects_scanned: int = 0  # and oblets
    pointers_found: int = 0  # in scanned objects, without nil ones
    span_visits: int = 0  # spans taken from the span queue
    stats: dict[int, ScanStats] = field(default_factory=dict)  # by size class, those with work

    def reset(self) -> None:
        """Begin a cycle with all counts at 0."""
        self.bytes_marked = self.heap_scan_work = 0
        self.objects_marked = self.objects_scanned = self.pointers_found = self.span_visits = 0
        self.stats = {}

    def put_obj(self, obj: int) -> None:
        """Queue a grey object. Go: runtime/mgcwork.go, (*gcWork).putObj."""
        if len(self.wbuf1) == WORKBUF_OBJECTS:
            self.wbuf1, self.wbuf2 = self.wbuf2, self.wbuf1
            if len(self.wbuf1) == WORKBUF_OBJECTS:
                self.full.append(self.wbuf1)
                self.wbuf1 = []
        self.wbuf1.append(obj)

    def try_get_obj(self) -> int:
        """Take the grey object that was queued last; 0 when this P and the shared list have none.

        Go: runtime/mgcwork.go, (*gcWork).tryGetObj.
        """
        if not self.wbuf1:
            self.wbuf1, self.wbuf2 = self.wbuf2, self.wbuf1
            if not self.wbuf1:
                if not self.full:
                    return 0
                self.wbuf1 = self.full.pop()
        return self.wbuf1.pop()

    def balance(self) -> None:
        """Share some work where the shared list has none. Go: runtime/mgcwork.go, (*gcWork).balance, handoff."""
        if self.full:
            return
        if self.wbuf2:
            self.full.append(self.wbuf2)
            self.wbuf2 = []
        elif len(self.wbuf1) > KEPT_FROM_BALANCE:
            keep = len(self.wbuf1) - len(self.wbuf1) // 2
            self.full.append(self.wbuf1[:keep])
            self.wbuf1 = self.wbuf1[keep:]

    def dispose(self) -> bool:
        """Give all buffers to the shared list; say whether there was anything in them.

        Go: runtime/mgcwork.go, (*gcWork).dispose.
        """
        had = [wbuf for wbuf in (self.wbuf1, self.wbuf2) if wbuf]
        self.full.extend(had)
        self.wbuf1, self.wbuf2 = [], []
        return bool(had)

    def empty(self) -> bool:
        """Say whether this P has no grey object. Go: runtime/mgcwork.go, (*gcWork).empty."""
        return not self.wbuf1 and not self.wbuf2

    def queue(self) -> list[int]:
        """Return the P's grey objects, the one that is taken next first."""
        return [*reversed(self.wbuf1), *reversed(self.wbuf2)]

    def copy(self, full: list[WorkBuf]) -> "GCWork":
        """Return an independent copy on another shared list."""
        new = copy(self)
        new.full, new.wbuf1, new.wbuf2 = full, self.wbuf1.copy(), self.wbuf2.copy()
        new.stats = {sizeclass: copy(counts) for sizeclass, counts in self.stats.items()}
        return new

    def check(self) -> None:
        """Raise ThrowError for a buffer that holds more than fits."""
        for wbuf in (self.wbuf1, self.wbuf2, *self.full):
            if len(wbuf) > WORKBUF_OBJECTS:
                raise ThrowError(f"a work buffer of P{self.p} holds {len(wbuf)} objects; {WORKBUF_OBJECTS} fit")
