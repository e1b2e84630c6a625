"""A P's queue of spans that wait to be scanned, first in, first out.

Work buffers hand out what came last; here what came first is next, so that a span waits long and gathers marks. In
front is a ring that only its P uses. Now and then some of it, and all that does not fit, spills into a chain of rings
that any P may take from; a P whose own ring is empty takes from its own chain like a stranger.

What waits is a span with one of its objects, the representative: where no other is marked in the meantime, only that
one is scanned.

Go: runtime/mgcmark_greenteagc.go, spanQueue, spanSPMC, objptr.
Left out: atomics; the mask of Ps that are worth a visit (work.spanqMask); freeing the rings of a chain.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from gomemlab.runtime.arch import PAGE_SIZE, PTR_SIZE
from gomemlab.runtime.errors import ThrowError

RING_SPANS = 256
SPILL_PERIOD = 64  # puts between two looks whether to spill
SPILL_MAX = 16  # spans that are spilled at once, at most
FEW_SPANS = 4  # no more than these are not worth spilling
FIRST_CHAINED = 1024  # spans in the first ring of a chain; each further one is twice as long
LAST_CHAINED = (1 << 20) // PTR_SIZE  # but never longer than this
MAX_STOLEN = RING_SPANS // 2
_INDEX = PAGE_SIZE - 1

ObjPtr = int  # the base of a span of one page | the index of an object in it


def span_base(objptr: ObjPtr) -> int:
    """Return the address of the span. Go: runtime/mgcmark_greenteagc.go, objptr.spanBase."""
    return objptr & ~_INDEX


def obj_index(objptr: ObjPtr) -> int:
    """Return the object's index in its span. Go: runtime/mgcmark_greenteagc.go, objptr.objIndex."""
    return objptr & _INDEX


@dataclass(slots=True, eq=False)
class SpanSPMC:
    """A ring in the chain: one P puts in, all may take out."""

    cap: int  # spans
    spans: deque[ObjPtr] = field(default_factory=deque)

    def copy(self) -> "SpanSPMC":
        """Return an independent copy."""
        return SpanSPMC(self.cap, self.spans.copy())


@dataclass(slots=True, eq=False)
class SpanQueue:
    """One P's queue."""

    ring: deque[ObjPtr] = field(default_factory=deque)
    chain: list[SpanSPMC] = field(default_factory=list)  # the first is taken from, the last is put to
    puts_since_drain: int = 0

    def __len__(self) -> int:
        return len(self.ring) + sum(len(r.spans) for r in self.chain)

    def put(self, objptr: ObjPtr) -> bool:
        """Queue a span; say whether any spilled, so that another P may come for it.

        Go: runtime/mgcmark_greenteagc.go, (*spanQueue).put.
        """
        if len(self.ring) == RING_SPANS:
            self.drain(RING_SPANS // 2)
            self.ring.append(objptr)
            return True
        self.ring.append(objptr)
        self.puts_since_drain += 1
        return self.puts_since_drain >= SPILL_PERIOD and self._spill()

    def _spill(self) -> bool:
        self.puts_since_drain = 0
        n = min(len(self.ring) // 2, SPILL_MAX)
        if n <= FEW_SPANS or not self.chain_empty():
            return False
        self.drain(n)
        return True

    def drain(self, n: int) -> None:
        """Move the n oldest spans of the P's ring to the chain.

        Go: runtime/mgcmark_greenteagc.go, (*spanQueue).drain.
        """
        self.puts_since_drain = 0
        if not self.chain:
            self.chain.append(SpanSPMC(FIRST_CHAINED))
        head = self.chain[-1]
        if len(head.spans) + n > head.cap:
            head = SpanSPMC(min(2 * head.cap, LAST_CHAINED))
            self.chain.append(head)
        head.spans.extend(self.ring.popleft() for _ in range(n))

    def flush(self) -> None:
        """Move all of the P's ring to the chain."""
        if self.ring:
            self.drain(len(self.ring))

    def empty(self) -> bool:
        """Say whether no span waits."""
        return not self.ring and self.chain_empty()

    def chain_empty(self) -> bool:
        """Say whether there is nothing for other Ps."""
        return not any(r.spans for r in self.chain)

    def try_get_fast(self) -> ObjPtr:
        """Take the next span of the P's ring, 0 where it is empty."""
        return self.ring.popleft() if self.ring else 0

    def steal(self, victim: "SpanQueue") -> ObjPtr:
        """Take the older half of the first ring with spans in a chain, which may be our own; return the first span.

        Returns 0 where the chain is empty. Go: runtime/mgcmark_greenteagc.go, (*spanQueue).steal.
        """
        chain = victim.chain
        while chain:
            if objptr := self._refill(chain[0]):
                return objptr
            if len(chain) == 1:  # empty now, but its P may still put into it
                break
            del chain[0]
        return 0

    def _refill(self, r: SpanSPMC) -> ObjPtr:
        """Take the older half of a ring. Go: runtime/mgcmark_greenteagc.go, (*spanQueue).refill."""
        if self.ring:
            raise ThrowError(f"steal with {len(self.ring)} spans at hand")
        n = min(len(r.spans) - len(r.spans) // 2, MAX_STOLEN)
        self.ring.extend(r.spans.popleft() for _ in range(n))
        return self.try_get_fast()

    def waiting(self) -> Iterator[ObjPtr]:
        """Yield what waits: the P's ring, then the chain, each from its oldest span on."""
        yield from self.ring
        for r in self.chain:
            yield from r.spans

    def next_spans(self, n: int) -> list[ObjPtr]:
        """Return the n spans that this P takes next, unless it gets work in between or another P is faster."""
        return list(islice(self.waiting(), n))

    def copy(self) -> "SpanQueue":
        """Return an independent copy."""
        return SpanQueue(self.ring.copy(), [r.copy() for r in self.chain], self.puts_since_drain)

    def check(self) -> None:
        """Raise ThrowError for more spans than fit and for a span that waits twice."""
        if len(self.ring) > RING_SPANS or any(len(r.spans) > r.cap for r in self.chain):
            raise ThrowError(f"a span queue with {len(self)} spans holds more than fits")
        bases = [span_base(objptr) for objptr in self.waiting()]
        if len(set(bases)) < len(bases):
            raise ThrowError("a span waits twice to be scanned")
