"""Strips drawn: memory to scale as a bar that stretches, with its words in HTML beside it.

The words are not in the SVG, because labels inside a scaled picture shrink below what can be read.

Go: none, this is about looks.
Left out: clicking. A strip explains; the lab's span view is where one clicks.
"""

from html import escape

from gomemlab.checks.strip import Part, Strip
from gomemlab.views.theme import hatched

WIDTH = 860  # SVG units; the bar stretches to the width there is
FILL = {
    "taken": "var(--gm-f2)",
    "large": "var(--gm-large)",
    "free": "var(--gm-paper)",
    "chosen": "var(--gm-accent)",
}


def draw(strip: Strip) -> str:
    """Return a strip as HTML; the whole of it is one picture with one text for a screen reader."""
    bars = "".join(_bar(part, WIDTH / strip.length) for part in strip.parts)
    above = f'<div class="gm-ends"><span></span><span>{escape(strip.above)}</span></div>' if strip.above else ""
    below = f'<div class="gm-ends"><span>{escape(strip.below)}</span></div>' if strip.below else ""
    return (
        f'<div class="gm-strip">{above}<svg viewBox="0 0 {WIDTH} 24" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(strip.label, quote=True)}">{bars}</svg>{_ticks(strip)}{below}</div>'
    )


def _ticks(strip: Strip) -> str:
    """Return the numbers below a strip, each centred under its place; those at the ends stay inside."""
    if not strip.ticks:
        return ""
    last, back = strip.length, {0: 0, strip.length: 100}  # percent of a number's own width
    places = "".join(
        f'<span style="left:{100 * tick / last:.2f}%;transform:translateX(-{back.get(tick, 50)}%)">{tick}</span>'
        for tick in strip.ticks
    )
    return f'<div class="gm-ticks" aria-hidden="true">{places}</div>'


def _bar(part: Part, scale: float) -> str:
    """Return one part as a rectangle; parts wide enough stand a hair apart."""
    width = part.length * scale
    gap = 0.8 if width > 3 else 0.0  # noqa: PLR2004 (a hair is a third of a bar no wider than this)
    edge = ' stroke="var(--gm-edge)" stroke-width="1"' if part.kind in ("free", "reserved") else ""
    if part.kind == "reserved":
        return hatched(part.start * scale, 1, width - gap, 22, edge)
    place = f'x="{part.start * scale:.2f}" y="1" width="{width - gap:.2f}" height="22"'
    return f'<rect {place} fill="{FILL[part.kind]}"{edge}/>'
