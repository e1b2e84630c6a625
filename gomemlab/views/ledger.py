"""Ledger: where every byte of the heap is, in one bar that adds up exactly.

A program asks for some bytes; the heap holds more. The rest is the rounding up to a slot, the end of a span that is no
slot, slots nobody took yet, and pages nobody made a span of. The bar has them in that order, so that its left part is
Go's HeapInuse and its right part HeapIdle.

Go: runtime/mstats.go, MemStats.
Left out: what the runtime keeps outside the heap (span records, mcaches, summaries of the page allocator).
"""

from dataclasses import dataclass
from html import escape

import bqplot as bq
import numpy as np
from ipywidgets import Widget

from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views import base, collected, words
from gomemlab.views import svg as drawing
from gomemlab.views.picture import tip, wide_figure

GAP = 0.0013  # of the bar: 1.5 px between neighbours
INUSE, IDLE, STACKS = "HeapInuse", "HeapIdle", "stacks"
# Field of the Ledger, name, what it is, the brace it stands under; the colours are in ledger.css.
KINDS: tuple[tuple[str, str, str, str], ...] = (
    ("requested", "requested", "bytes that were asked for", INUSE),
    ("rounding", "rounding up", "rest of the taken slots, headers among them", INUSE),
    ("tails", "span tails", "ends of spans that are no slot: mark bits, heap bits, what is left over", INUSE),
    ("free_cached", "free, cached spans", "free slots of spans in an mcache", INUSE),
    ("free_other", "free, other spans", "free slots of all other spans", INUSE),
    ("page_caches", "in page caches", "pages a P holds without a span", IDLE),
    ("idle", "idle pages", "pages that nobody holds", IDLE),
    ("padding", "padding", "pages below a random heap base, never used", IDLE),
    ("stacks", "stacks", "spans of goroutine stacks", STACKS),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of byte; start and end are shares of the bar, 0 to 1."""

    key: str
    name: str
    what: str
    under: str  # the brace: INUSE, IDLE or STACKS
    nbytes: int
    share: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class LedgerFrame:
    """The bar's cells in order; their bytes add up to total."""

    cells: tuple[Cell, ...]
    total: int  # bytes
    heap_alloc: int  # bytes in taken slots
    books: collected.Collected | None = None  # the collector's; None before its first cycle

    @property
    def shown(self) -> tuple[Cell, ...]:
        """Return the cells without padding where there is none, as by default."""
        return tuple(cell for cell in self.cells if cell.nbytes or cell.key != "padding")

    def under(self, brace: str) -> int:
        """Return the bytes below one brace."""
        return sum(cell.nbytes for cell in self.cells if cell.under == brace)


def frame(snapshot: Snapshot) -> LedgerFrame:
    """Return the ledger's cells with their places in the bar."""
    ledger = snapshot.ledger
    total = sum(getattr(ledger, kind[0]) for kind in KINDS)
    cells, before = [], 0
    for key, name, what, under in KINDS:
        nbytes = getattr(ledger, key)
        ends = ((before + part) / total if total else 0.0 for part in (0, nbytes))
        cells.append(Cell(key, name, what, under, nbytes, words.percent(nbytes, total), *ends))
        before += nbytes
    return LedgerFrame(tuple(cells), total, snapshot.mstats.heap_alloc, collected.collected(snapshot))


def _bar() -> tuple[bq.Figure, bq.Lines]:
    """Return the bar: one figure whose closed lines are its cells."""
    scales = {
        "x": bq.LinearScale(min=0, max=1, allow_padding=False),
        "y": bq.LinearScale(min=0, max=1, allow_padding=False),
    }
    cells = bq.Lines(
        x=np.zeros((len(KINDS), 5)),
        y=np.zeros((len(KINDS), 5)),
        scales=scales,
        fill="inside",
        close_path=True,
        fill_colors=[f"var(--gm-led-{kind[0]})" for kind in KINDS],
        stroke_width=0,
        labels=[kind[1] for kind in KINDS],
        tooltip=tip(),
    )
    return wide_figure([cells], [], 24, "gm-led-bar"), cells


class LedgerView(base.View[LedgerFrame]):
    """The bar with its braces above and its amounts below."""

    name = "Ledger"
    spread = True  # braces above the bar, amounts below it

    def parts(self) -> list[Widget]:
        """Return the braces with the amounts, and the bar."""
        self.cells = base.html()
        self.figure, self.bar = _bar()
        return [self.cells, self.figure]

    def frame(self, snapshot: Snapshot) -> LedgerFrame:
        """Return the ledger of a snapshot."""
        return frame(snapshot)

    def show(self, frame: LedgerFrame) -> None:
        """Move the bar and write the amounts."""
        # To a tenth of a pixel: a 24 B object then moves nothing, and nothing is sent.
        gaps = [GAP * (0 < cell.start < cell.end - 4 * GAP) for cell in frame.cells]
        corners = [(round(c.start + gap, 4), round(c.end, 4)) for c, gap in zip(frame.cells, gaps, strict=True)]
        base.put(
            self.bar,
            x=np.array([(a, b, b, a, a) for a, b in corners]),
            y=np.array([(0, 0, 1, 1, 0) if b > a else (0, 0, 0, 0, 0) for a, b in corners], dtype=float),
            labels=[f"{cell.name}: {words.size(cell.nbytes)}, {cell.share}" for cell in frame.cells],
        )
        base.put(self.cells, value=_braces_html(frame) + _cells_html(frame) + collected.html(frame.books))

    def sentence(self, frame: LedgerFrame) -> str:
        """Return how much there is, and that it adds up."""
        if not frame.total:
            return "no heap yet: the first malloc maps 4 MiB"
        exact = f"{words.thousands(frame.total)} B"
        return f"where all {words.size(frame.total)} of the heap are; adds up to the byte: {exact}"

    def svg(self) -> str:
        """Return the ledger as an SVG file, with the bar drawn as boxes."""
        last, inner = self.last, self.head.value
        if last is not None:
            bar = drawing.ledger_bar(last.cells)
            inner = self.summary + _braces_html(last) + bar + _cells_html(last) + collected.html(last.books)
        return base.svg_document(inner, 1180, 180 if last is not None and last.books else 120)


def _braces_html(frame: LedgerFrame) -> str:
    """Return the two braces above the bar; words that need more room than their brace push the next ones on."""
    if not frame.total:
        return '<div class="gm-braces"></div>'
    inuse, idle = frame.under(INUSE), frame.under(IDLE)
    at = 100 * inuse / frame.total
    wide = 100 * idle / frame.total
    alloc = f", of it HeapAlloc {words.size(frame.heap_alloc)}"
    return (
        f'<div class="gm-braces">{_brace(0, at)}{_brace(at, wide)}'
        f'<span style="min-width:min({at:.2f}%, calc(100% - 130px))">HeapInuse {words.size(inuse)}{alloc}</span>'
        f"<span>HeapIdle {words.size(idle)}</span></div>"
    )


def _brace(left: float, width: float) -> str:
    """Return one brace, or nothing for one that would hold no byte; both in percent of the bar."""
    return f'<i style="left:{left:.2f}%;width:calc({width:.2f}% - 2px)"></i>' if width else ""


def _cells_html(frame: LedgerFrame) -> str:
    """Return the amounts, and the same as a table for screen readers with the sum below."""
    cells = "".join(
        f'<div title="{escape(cell.what)}: {words.thousands(cell.nbytes)} B"><div class="n">'
        f'<i class="sw {cell.key}"></i>{cell.name}</div>'
        f'<div class="b">{words.size(cell.nbytes)} <span class="gm-t">{escape(cell.share)}</span></div></div>'
        for cell in frame.shown
    )
    rows = "".join(
        f'<tr><th scope="row">{cell.name}</th><td>{cell.nbytes} B</td><td>{escape(cell.share)}</td></tr>'
        for cell in frame.cells
    )
    return (
        f'<div class="gm-led" aria-hidden="true" style="--n:{len(frame.shown)}">{cells}</div>'
        f'<table class="gm-hidden"><caption>Ledger, adds up to {frame.total} B</caption>{rows}</table>'
    )
