"""Whose a span is: what each P holds of the picked span's class, and what mcentral has left of it.

A span in an mcache belongs to its P, which takes slots from it without a lock; so nobody else can take any.

Go: runtime/mcache.go, (*mcache).refill; runtime/mcentral.go, (*mcentral).cacheSpan.
Left out: what lies in the slots; the span view has that.
"""

from typing import NamedTuple

from gomemlab.runtime.alloc.sizeclasses import label
from gomemlab.runtime.snapshot import CentralInfo, Snapshot
from gomemlab.runtime.spantable import SpanInfo
from gomemlab.views.words import count, noun

NONE = CentralInfo((), (), (), ())


class Holder(NamedTuple):
    """What a P's mcache holds of the class."""

    p: int
    span: int  # id
    free: int  # slots


class Owned(NamedTuple):
    """Who has which span of a class."""

    title: str
    picked: int  # span
    holders: tuple[Holder, ...]
    without: int  # Ps that hold none
    central: str  # the rest
    why: str


NOBODY = Owned("", -1, (), 0, "", "Pick a span in the heap map, or press malloc: here one sees whose it is.")


def owned(snapshot: Snapshot, pick: int) -> Owned:
    """Return who holds what of the picked span's class."""
    row = snapshot.spans.row(pick) if pick >= 0 else -1
    if row < 0:
        return NOBODY
    span = snapshot.spans.info(row)
    if span.state != 1 or span.spanclass < 2:  # noqa: PLR2004 (size class 0 is for large objects)
        kind = "for stacks" if span.state != 1 else "one large object"
        return NOBODY._replace(picked=pick, why=f"Span {pick} is {kind}: it never is in an mcache, and no P owns it.")
    holders = _holders(snapshot, span.spanclass)
    central = snapshot.central.get(span.spanclass, NONE)
    return Owned(
        title=f"{label(span.spanclass)}, class {span.spanclass}",
        picked=pick,
        holders=holders,
        without=len(snapshot.ps) - len(holders),
        central=_rest(central),
        why=_why(span, holders, central),
    )


def _holders(snapshot: Snapshot, spanclass: int) -> tuple[Holder, ...]:
    found = []
    for p in snapshot.ps:
        row = snapshot.spans.row(p.alloc[spanclass]) if p.alloc[spanclass] >= 0 else -1
        if row >= 0:
            info = snapshot.spans.info(row)
            found.append(Holder(p.id, info.id, info.nelems - info.alloc_count))
    return tuple(found)


def _rest(central: CentralInfo) -> str:
    """Return what mcentral has of a class."""
    partial = len(central.partial_swept) + len(central.partial_unswept)
    full = len(central.full_swept) + len(central.full_unswept)
    late = len(central.partial_unswept) + len(central.full_unswept)
    unswept = f", {late} of them to be swept first" if late else ""
    return f"{partial} with free slots, {full} full{unswept}"


def _why(span: SpanInfo, holders: tuple[Holder, ...], central: CentralInfo) -> str:
    """Return why a span can be taken, or cannot."""
    own = next((holder for holder in holders if holder.span == span.id), None)
    if own is None:
        if span.id in (*central.partial_swept, *central.partial_unswept):
            return f"Span {span.id} is in mcentral: the first P that runs out of slots takes the set's first span."
        return f"Span {span.id} is full, and no P holds it: only a sweep can make slots free in it."
    if not own.free:
        return f"Span {span.id} is P{own.p}'s, and full: with its next malloc of this class P{own.p} lets it go."
    slots = f"{count(own.free, 'free slot')} of span {span.id} {noun(own.free, 'is', 'are')} P{own.p}'s alone"
    if central.partial_swept or central.partial_unswept:
        other = "another P takes a span from mcentral"
    elif central.full_unswept:
        other = "another P sweeps full spans for one, or takes a new one from the heap"
    else:
        other = "mcentral has none, so another P takes a new span from the heap"
    return f"{slots}: it allocates there without a lock, so no other P may touch it; {other}."
