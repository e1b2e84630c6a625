"""The collector's books: of the bytes in taken slots, how many are marked, float, are dead, or have been swept.

While a cycle marks, a slot without a mark may still get one. Afterwards it is dead, and stays taken until its span is
swept. What floats is marked although the program cannot reach it any more; only a small world is asked for that.

Go: runtime/mgc.go, gcMarkTermination; runtime/mgcsweep.go, (*sweepLocked).sweep; runtime/mstats.go, MemStats.
Left out: what floats in a world too large to walk through.
"""

from html import escape
from typing import NamedTuple

import numpy as np

from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views import words
from gomemlab.views.pages import UNSWEPT, column

KINDS: tuple[tuple[str, str, str], ...] = (
    ("marked", "marked", "reached in this cycle; kept when its span is swept"),
    ("floating", "floating", "marked, yet the program reaches it no more; the next cycle frees it"),
    ("unmarked", "no mark so far", "marking is not over; some of it may be reached yet"),
    ("dead", "dead, not swept", "no mark when marking ended; free once its span is swept"),
    ("swept", "swept or new", "in spans that this cycle has swept or that were made since"),
)


class Collected(NamedTuple):
    """Bytes of taken slots by what the collector knows of them; freed is the sum of all that was ever freed."""

    marked: int  # without what floats
    floating: int
    unmarked: int
    dead: int
    swept: int
    freed: int

    @property
    def taken(self) -> int:
        """Return the bytes of all taken slots."""
        return sum(self[: len(KINDS)])


def collected(snapshot: Snapshot) -> Collected | None:
    """Return the books of the collector, or None before its first cycle."""
    gc, spans = snapshot.gc, snapshot.spans
    if not gc.cycle:
        return None
    nbytes = column(spans.alloc_count) * column(spans.elemsize)
    late = np.isin(column(spans.sweepgen) - snapshot.sweepgen, UNSWEPT)
    taken, unswept = int(nbytes.sum()), int(nbytes[late].sum())
    elemsize = dict(zip(spans.id, spans.elemsize, strict=True))
    marked = sum(bits.bit_count() * elemsize.get(span, 0) for span, bits in _marks(snapshot).items())
    floating = sum(span.elemsize for span in map(snapshot.span_at, gc.floating) if span is not None)
    return Collected(
        marked=marked - floating,
        floating=floating,
        unmarked=taken - marked if gc.marking else 0,
        dead=0 if gc.marking else unswept - marked,
        swept=0 if gc.marking else taken - unswept,
        freed=snapshot.mstats.total_alloc - snapshot.mstats.heap_alloc,
    )


def _marks(snapshot: Snapshot) -> dict[int, int]:
    """Return the marked slots by span, wherever the marks lie."""
    marks = dict(snapshot.gc.marks)
    for span, bits in snapshot.gc.inline_marks.items():
        marks[span] = marks.get(span, 0) | bits
    return marks


def html(books: Collected | None) -> str:
    """Return the books as a thin bar with its amounts; nothing before the first cycle."""
    if books is None:
        return ""
    amounts = [(key, name, what, getattr(books, key)) for key, name, what in KINDS]
    bar = "".join(
        f'<i class="gc-{key}" style="flex:{nbytes}" title="{escape(name)}: {words.size(nbytes)}"></i>'
        for key, name, _, nbytes in amounts
        if nbytes
    )
    cells = "".join(_cell(*amount, books.taken) for amount in amounts)
    freed = f'<div class="n">freed so far</div><div class="b">{words.size(books.freed)}</div>'
    said = "; ".join(f"{name} {nbytes} B" for _, name, _, nbytes in amounts)
    return (
        f'<div class="gm-gcbooks"><div class="gm-t">what the collector knows of the taken slots</div>'
        f'<div class="gm-gcbar" role="img" aria-label="{escape(said)}; freed so far {books.freed} B">{bar}</div>'
        f'<div class="gm-led" style="--n:6">{cells}<div>{freed}</div></div></div>'
    )


def _cell(key: str, name: str, what: str, nbytes: int, taken: int) -> str:
    """Return one amount with its swatch and share."""
    share = f'<span class="gm-t">{escape(words.percent(nbytes, taken))}</span>'
    return (
        f'<div title="{escape(what)}: {words.thousands(nbytes)} B">'
        f'<div class="n"><i class="sw gc-{key}"></i>{name}</div><div class="b">{words.size(nbytes)} {share}</div></div>'
    )
