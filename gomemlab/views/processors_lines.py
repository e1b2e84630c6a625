"""False sharing, drawn: the cache lines of an array with an element for each P, and who writes which word of them.

A line belongs to the core that wrote it last. Where words of several Ps lie on one, each write takes it from another,
although nobody looks at what the others wrote; padding gives each P lines of its own. What that costs is the cost
model's.

Go: sync/pool.go, poolLocal; runtime/mheap.go, mheap.
Left out: lines that are only read.
"""

from html import escape
from itertools import groupby
from typing import NamedTuple

from gomemlab.contention import COUNTER, LAYOUTS, MCENTRAL, NOBODY, POOL_LOCAL, a_write, share, words
from gomemlab.views.words import count, nanoseconds, noun, size, thousands

FIRST = 6  # lines that are drawn of each array
TITLES = {
    COUNTER.name: ("a counter for each P, 8 B", "padded by the program"),
    POOL_LOCAL.name: ("a pool's shards (poolLocal), 32 B", "as in Go"),
    MCENTRAL.name: ("mcentrals, each P busy with another class, 168 B", "as in Go"),
}


class Run(NamedTuple):
    """Neighbouring words of one line that the same P writes."""

    p: int  # or NOBODY
    words: int


class Strip(NamedTuple):
    """A cache line."""

    number: int
    runs: tuple[Run, ...]
    writers: tuple[int, ...]
    ns: int  # of a write, by the cost model

    @property
    def said(self) -> str:
        """Return who writes it, and what a write costs."""
        if not self.writers:
            return "padding"
        who = count(len(self.writers), "P") if len(self.writers) > 1 else f"P{self.writers[0]} alone"
        return f"{who}: {nanoseconds(self.ns)} a write"


class Side(NamedTuple):
    """An array in one of its two layouts."""

    title: str
    nbytes: int
    shared: int  # lines that several Ps write
    ns: int  # if each P writes its element once
    strips: tuple[Strip, ...]  # the first ones
    more: int  # lines that are not drawn


class Lines(NamedTuple):
    """What to draw: the array without padding and with it."""

    title: str
    sides: tuple[Side, Side]
    sentence: str


def lines_of(name: str, ps: int) -> Lines:
    """Return the two layouts of an array by its name, for so many Ps."""
    title, padded = TITLES[name]
    bare, wide = _side(name, ps, "without padding", padding=False), _side(name, ps, padded, padding=True)
    return Lines(title, (bare, wide), _sentence(bare, wide, ps))


def _side(name: str, ps: int, title: str, *, padding: bool) -> Side:
    found = share(LAYOUTS[name], ps, padding=padding)
    drawn = words(LAYOUTS[name], ps, padding)[:FIRST]
    strips = tuple(
        Strip(i, tuple(Run(p, len(list(run))) for p, run in groupby(line)), found.writers[i], a_write(found.writers[i]))
        for i, line in enumerate(drawn)
    )
    return Side(title, found.nbytes, found.shared, found.ns, strips, len(found.writers) - len(strips))


def _sentence(bare: Side, wide: Side, ps: int) -> str:
    """Return what padding does here, in words."""
    if not bare.shared:
        return "One P alone shares no line: padding would only take room."
    with_several = f"{count(bare.shared, 'line')} {noun(bare.shared, 'is', 'are')} written by several of {ps} Ps:"
    costs = f"{nanoseconds(bare.ns)} for a write of each; padded {nanoseconds(wide.ns)}"
    return f"{with_several} {costs}, for {size(wide.nbytes - bare.nbytes)} more."


def drawn(lines: Lines) -> str:
    """Return the picture: two columns of lines, word by word."""
    sides = "".join(_column(side) for side in lines.sides)
    return f'<div class="gm-clines"><div>{sides}</div><div role="status">{escape(lines.sentence)}</div></div>'


def _column(side: Side) -> str:
    shared = f"{count(side.shared, 'line')} shared" if side.shared else "no line shared"
    head = f"<b>{escape(side.title)}</b> <i>{size(side.nbytes)}, {shared}, {nanoseconds(side.ns)}</i>"
    more = f'<div class="gm-s">and {thousands(side.more)} lines more</div>' if side.more else ""
    return f'<div role="list"><div>{head}</div>{"".join(map(_strip, side.strips))}{more}</div>'


def _strip(strip: Strip) -> str:
    """Return a line as its eight words; one that Ps share has a thick edge and says so."""
    cells = "".join(_cell(run) for run in strip.runs)
    shared = " shared" if len(strip.writers) > 1 else ""
    words = ", ".join(f"{_who(run.p)} {count(run.words, 'word')}" for run in strip.runs)
    said = f"line {strip.number}: {words}; {strip.said}"
    return f'<div role="listitem" class="gm-line{shared}" aria-label="{said}"><p>{cells}</p><i>{strip.said}</i></div>'


def _cell(run: Run) -> str:
    name = "pad" if run.p == NOBODY else ""
    return f'<u class="{name}" style="grid-column:span {run.words}">{"" if run.p == NOBODY else _who(run.p)}</u>'


def _who(p: int) -> str:
    return "nobody" if p == NOBODY else f"P{p}"
