"""The records of spans: how many the runtime holds, in use or kept ready by a P.

A P that needs a record and has none takes 64 at once; one that gives records back keeps up to 128. So MSpanInuse runs
ahead of the spans that exist.

Go: runtime/mheap.go, (*mheap).allocMSpanLocked, (*mheap).freeMSpanLocked.
Left out: the memory that the records lie in.
"""

from dataclasses import dataclass, field

from gomemlab.runtime.errors import ThrowError

CAPACITY = 128  # records that a P keeps at most
REFILL = CAPACITY // 2
NO_P = -1  # a thread without a P


@dataclass(slots=True)
class MSpanCache:
    """Counts of span records; which record is whose does not matter here."""

    inuse: int = 0  # records that exist
    ready: dict[int, int] = field(default_factory=dict)  # records kept ready, by P
    most: int = 0  # records that ever existed at once

    def alloc(self, p: int) -> int:
        """Use a record for a new span, on P p; return how many records P p took for that, 0 where it had one ready."""
        ready = self.ready.get(p, 0)
        if ready:
            self.ready[p] = ready - 1
            return 0
        if p == NO_P:
            self.add(1)
            return 0
        self.ready[p] = REFILL - 1
        self.add(REFILL)
        return REFILL

    def add(self, records: int) -> None:
        """Count more records. Go: runtime/mfixalloc.go, (*fixalloc).alloc."""
        self.inuse += records
        self.most = max(self.most, self.inuse)

    def free(self, p: int) -> None:
        """Give the record of a dead span back, on P p."""
        ready = self.ready.get(p, 0)
        if p == NO_P or ready == CAPACITY:
            self.inuse -= 1
        else:
            self.ready[p] = ready + 1

    def drop(self, p: int) -> None:
        """Give back all that P p keeps ready, because it goes away. Go: runtime/proc.go, (*p).destroy."""
        self.inuse -= self.ready.pop(p, 0)

    def copy(self) -> "MSpanCache":
        """Return an independent copy."""
        return MSpanCache(self.inuse, self.ready.copy(), self.most)

    def check(self, spans: int) -> None:
        """Raise ThrowError unless the records are those of the living spans and those kept ready."""
        if self.inuse != spans + sum(self.ready.values()):
            raise ThrowError(f"{self.inuse} span records for {spans} spans and {self.ready} kept ready")
