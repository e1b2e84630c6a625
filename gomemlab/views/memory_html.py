"""The memory view as HTML: bars of one scale, ribbons from each to the next, amounts in words, and a table.

The ribbon below a bar begins under its first part and ends as wide as the next bar, so what goes on can be followed
down. Amounts stand below the bars as text: a part of a few KiB is no wider than a pixel.

Go: none, this is how the ledger is drawn.
Left out: ticks; every part has its bytes in words.
"""

from html import escape

from gomemlab.views.memory_facts import Frame, Level
from gomemlab.views.words import size, thousands

RIBBON = 14  # pixels high


def flow(frame: Frame) -> str:
    """Return the bars with their ribbons."""
    whole = max(*(level.nbytes for level in frame.levels), 1)
    parts = []
    for i, level in enumerate(frame.levels):
        parts.append(_bar(level, whole, last=i == len(frame.levels) - 1))
        if i + 1 < len(frame.levels):
            parts.append(_ribbon(_going_on(frame, i), _end(frame, i), whole))
    said = "".join(f"<div>{escape(line)}</div>" for line in frame.lines)
    return f'<div class="gm-mem">{"".join(parts)}</div><div class="gm-s gm-memlines">{said}</div>'


def _going_on(frame: Frame, i: int) -> int:
    """Return the bytes of a level that go on below."""
    return frame.levels[i].parts[0].nbytes


def _end(frame: Frame, i: int) -> int:
    """Return how wide they are below: RSS's heap is part of Sys's first part, any other is the whole next bar."""
    return frame.levels[i + 1].parts[0].nbytes if i == 0 else frame.levels[i + 1].nbytes


def _bar(level: Level, whole: int, *, last: bool) -> str:
    """Return a level's name, its bar and its amounts."""
    shown = [part for part in level.parts if part.nbytes or part is level.parts[0]]
    boxes = "".join(
        f'<i class="m-{part.key}" style="width:{100 * part.nbytes / whole:.3f}%" '
        f'title="{escape(part.name)}: {thousands(part.nbytes)} B"></i>'
        for part in shown
        if part.nbytes
    )
    words = "".join(
        f'<span title="{escape(part.why)}: {thousands(part.nbytes)} B"><i class="sw m-{part.key}"></i>'
        f"{escape(part.name)} <b>{size(part.nbytes)}</b>{'' if i or last else ' ↓'}</span>"
        for i, part in enumerate(shown)
    )
    name = f'<b>{escape(level.name)}</b> <b class="gm-memsum">{size(level.nbytes)}</b> {escape(level.by)}'
    return (
        f'<div class="gm-memlevel" aria-hidden="true"><div class="gm-memname">{name}</div>'
        f'<div class="gm-membar">{boxes}</div><div class="gm-memparts">{words}</div></div>'
    )


def _ribbon(above: int, below: int, whole: int) -> str:
    """Return the ribbon from the first part of a bar to the next bar."""
    a, b = 100 * above / whole, 100 * below / whole
    return (
        f'<svg class="gm-memribbon" viewBox="0 0 100 {RIBBON}" preserveAspectRatio="none" aria-hidden="true">'
        f'<path d="M0 0H{a:.3f}L{b:.3f} {RIBBON}H0Z"/></svg>'
    )


def table(frame: Frame, *, seen: bool) -> str:
    """Return every account as a table; for those who hear the page it is always there."""
    rows = "".join(
        f'<tr><th scope="row">{escape(row.name)}</th><td>{thousands(row.nbytes)} B</td><td>{thousands(row.left)} B</td>'
        f"<td>{escape(row.level)}</td></tr>"
        for row in frame.rows
    )
    levels = "".join(
        f'<tr><th scope="row">{escape(level.name)}: {escape(part.name)}</th><td>{thousands(part.nbytes)} B</td>'
        f"<td>{thousands(level.nbytes)} B</td><td>{escape(part.why)}</td></tr>"
        for level in frame.levels
        for part in level.parts
    )
    look = "gm-memtable" if seen else "gm-hidden"
    return (
        f'<div class="{look}"><table><caption>From RSS to live bytes, account by account</caption>'
        f"<tr><th>account</th><th>bytes</th><th>left</th><th>which is</th></tr>{rows}</table>"
        "<table><caption>The bars, part by part</caption>"
        f"<tr><th>part</th><th>bytes</th><th>of</th><th>what it is</th></tr>{levels}</table></div>"
    )
