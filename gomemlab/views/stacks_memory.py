"""The right half of the stacks' picture: all goroutines, and where stack memory comes from.

A stack below 32 KiB is a piece of a span of 32 KiB; free pieces wait in the cache of a P, or in the pool of their size.
A larger stack is a span of its own. The strip at the foot is the span of the picked stack, piece by piece.

Go: runtime/stack.go, stackpool, stackLarge, stackalloc; runtime/mcache.go, mcache.stackcache.
Left out: which P's cache has how many, where there are more than two Ps.
"""

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from gomemlab.views.stacks_facts import ROWS, Cell, Frame, Listed, Numbers, Source, Strip
from gomemlab.views.svg import text
from gomemlab.views.theme import hatched, swatch
from gomemlab.views.words import count, percent, size, thousands

WIDTH, HEIGHT = 520, 430  # pixels
ROW, LISTED, SOURCES, STRIPS, STRIP = (
    18,
    20,
    196,
    328,
    26,
)  # pixels: of a line; where each part begins; a strip's height
BAR, WIDE = 126, 170  # where a line's bar begins, and how wide it is
POOL_ROW = 20  # pixels
LETTER = 7  # pixels that a letter takes, at most
SOURCE_BAR, SOURCE_WIDE = 76, 180
AMOUNTS = SOURCE_BAR + SOURCE_WIDE + 10  # where their numbers begin
FAR = -99.0  # pixels, where nothing is


class Target(NamedTuple):
    """A place that can be clicked: it picks a goroutine or a span."""

    x: float
    y: float
    tip: str
    g: int = 0
    span: int = -1


def picture(frame: Frame) -> str:
    """Return the list of goroutines, the sources and the strips."""
    label = escape(spoken(frame), quote=True)
    inner = "".join((*_list(frame), *_sources(frame), *_strips(frame)))
    return (
        f'<svg class="gm-stk" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{label}">{inner}</svg>'
    )


def _bold(x: float, y: float, words: str) -> str:
    return text(x, y, words, "font-weight:600;font-size:12px")


# The list


def _list(frame: Frame) -> Iterator[str]:
    """Yield the goroutines, or the sizes of their stacks."""
    many = bool(frame.listed) and not frame.listed[0].name
    how = ", by the size of their stacks" if many else ""
    yield _bold(0, 12, f"{count(frame.numbers.living, 'goroutine')}{how}")
    most = max((one.size * one.stacks if many else one.size for one in frame.listed), default=1)
    for i, one in enumerate(frame.listed):
        yield from _line(frame, one, LISTED + ROW * i, many, most)


def _line(frame: Frame, one: Listed, top: int, many: bool, most: int) -> Iterator[str]:
    """Yield one line: name, bar, bytes in use."""
    on = frame.stack is not None and (one.size == frame.stack.size if many else one.g == frame.g)
    whole = one.size * one.stacks or most
    wide = max(WIDE * whole / most, 3)
    filled = max(wide * one.used / whole, 1)
    mid = top + ROW - 5
    if on:
        yield f'<rect x="0" y="{top}" width="{WIDTH}" height="{ROW}" fill="var(--gm-accent-soft)"/>'
        yield text(2, mid, "▸", "fill:var(--gm-accent)")
    name = one.name if not many else f"{thousands(one.stacks)} × {size(one.size)}" if one.size else "larger ones"
    yield text(14, mid, name, "font-weight:600" if on else "")
    where = f'x="{BAR}" y="{top + 4}" height="{ROW - 8}"'
    yield f'<rect {where} width="{wide:.1f}" fill="var(--gm-bg)" stroke="var(--gm-edge)"/>'
    yield f'<rect {where} width="{filled:.1f}" fill="var(--gm-stack)"/>'
    used = f"{size(one.used)} of {size(whole)} in use" + (f", {percent(one.used, whole)}" if many else "")
    yield text(BAR + WIDE + 10, mid, used, "fill:var(--gm-ink2)")


# Sources


def _sources(frame: Frame) -> Iterator[str]:
    """Yield a line for each order, and one for large stacks."""
    yield _bold(0, SOURCES + 12, "Where stacks come from")
    yield text(AMOUNTS, SOURCES + 12, "in use · in a P's cache · free in the pool", "fill:var(--gm-ink2)")
    most = max((source.used + sum(source.cached) + source.free for source in frame.sources), default=0) or 1
    for i, source in enumerate(frame.sources):
        yield from _source(frame, source, SOURCES + 20 + POOL_ROW * i, most)


def _source(frame: Frame, source: Source, top: int, most: int) -> Iterator[str]:
    mid, name = top + POOL_ROW - 6, size(source.nbytes) if source.nbytes else "≥ 32 KiB"
    if frame.modelled and frame.own is not None and _is_from(frame.own, source):
        yield f'<rect x="0" y="{top}" width="{WIDTH}" height="{POOL_ROW}" fill="var(--gm-accent-soft)"/>'
        yield text(2, mid, "▸", "fill:var(--gm-accent)")
    yield text(14, mid, name)
    x, unit = float(SOURCE_BAR), SOURCE_WIDE / max(most, 16)
    for number, look in ((source.used, "used"), (sum(source.cached), "cached"), (source.free, "free")):
        if number:
            wide = max(number * unit, 2)
            yield _piece(x, top + 4, wide, POOL_ROW - 8, look)
            x += wide
    if not source.spans:
        yield text(SOURCE_BAR, mid, "none", "fill:var(--gm-ink2)")
        return
    yield text(AMOUNTS, mid, _amounts(source), "fill:var(--gm-ink2)")


def _is_from(strip: Strip, source: Source) -> bool:
    return strip.nbytes == source.nbytes or (not source.nbytes and len(strip.cells) == 1)


def _amounts(source: Source) -> str:
    """Return "12 · 4 (P0 4) · 0, in 2 spans"."""
    if not source.nbytes:
        waiting = f", {thousands(source.free)} waiting for the end of the cycle" if source.free else ""
        return f"{thousands(source.used)}, a span each{waiting}"
    parts = (thousands(source.used), thousands(sum(source.cached)), thousands(source.free))
    each = 32768 // source.nbytes
    return f"{' · '.join(parts)}   in {count(source.spans, 'span')} of {each}"


def _piece(x: float, y: float, wide: float, high: float, look: str) -> str:
    """Return stacks in use (filled), in a cache (hatched) or free (hollow)."""
    if look == "cached":
        return hatched(round(x, 1), y, round(wide, 1), high, ' stroke="var(--gm-edge)"', CACHED, 5)
    fill = "var(--gm-stack)" if look == "used" else "var(--gm-bg)"
    where = f'x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{high}"'
    return f'<rect {where} fill="{fill}" stroke="var(--gm-edge)"/>'


CACHED = ("var(--gm-bg)", "var(--gm-stack)")


# Strips


def _strips(frame: Frame) -> Iterator[str]:
    """Yield the span of the picked stack, and another one that is picked on the heap map."""
    if frame.own is not None:
        yield from _strip(frame, frame.own, STRIPS, f"G{frame.g}'s stack")
    else:
        words = "came with the process: outside this heap until it grows" if frame.stack is not None else "not alive"
        yield _bold(0, STRIPS + 12, f"G{frame.g}'s stack")
        yield text(92, STRIPS + 12, words, "fill:var(--gm-ink2)")
        yield _empty(STRIPS + 18)
    if frame.picked is not None:
        yield from _strip(frame, frame.picked, STRIPS + 54, "Picked")
    else:
        yield text(0, STRIPS + 66, "Another stack span, picked on the heap map, is shown here.", "fill:var(--gm-ink2)")
        yield _empty(STRIPS + 72)


def _empty(top: int) -> str:
    where = f'x="0.5" y="{top}" width="{WIDTH - 1}" height="{STRIP}"'
    return f'<rect {where} fill="none" stroke="var(--gm-edge)" stroke-dasharray="4 4"/>'


def _strip(frame: Frame, strip: Strip, top: int, name: str) -> Iterator[str]:
    yield _bold(0, top + 12, name)
    yield text(92, top + 12, strip_words(strip), "fill:var(--gm-ink2)")
    wide = (WIDTH - 1) / len(strip.cells)
    for i, cell in enumerate(strip.cells):
        x = 0.5 + i * wide
        look = "free" if not cell.owner else "cached" if cell.owner[0] == "P" else "used"
        yield _piece(x, top + 18, wide, STRIP, look)
        if cell.owner and cell.owner != "?" and LETTER * len(cell.owner) < wide:
            colour = "#111" if look == "used" else "var(--gm-ink)"
            ground = ";paint-order:stroke;stroke:var(--gm-bg);stroke-width:3px" if look == "cached" else ""
            yield text(x + wide / 2, top + 18 + STRIP / 2 + 4, cell.owner, f"fill:{colour}{ground}", "middle")
        if cell.g == frame.g and cell.g:
            where = f'x="{x + 3:.1f}" y="{top + 21}" width="{wide - 6:.1f}" height="{STRIP - 6}"'
            yield f'<rect {where} fill="none" stroke="#111" stroke-width="2"/>'


def strip_words(strip: Strip) -> str:
    """Return "span 3: 32 KiB cut into 8 stacks of 4 096 B"."""
    if len(strip.cells) == 1:
        return f"span {strip.span}: one stack of {size(strip.nbytes)}"
    return f"span {strip.span}: 32 KiB cut into {len(strip.cells)} stacks of {size(strip.nbytes)}"


# What can be clicked


def targets(frame: Frame) -> list[Target]:
    """Return the places where a click picks a goroutine or a span."""
    found = []
    for i, one in enumerate(frame.listed):
        tip = f"{one.name or count(one.stacks, 'stack')}: {size(one.used)} in use"
        y = LISTED + ROW * i + ROW / 2
        found += [Target(x, y, tip, one.g) for x in (20, 60, BAR + 20, BAR + 90, BAR + 160) if one.g]
    for strip, top in ((frame.own, STRIPS), (frame.picked, STRIPS + 54)):
        if strip is not None:
            wide = (WIDTH - 1) / len(strip.cells)
            found += [_cell(strip, cell, wide * (i + 0.5), top + 18 + STRIP / 2) for i, cell in enumerate(strip.cells)]
    return found


def _cell(strip: Strip, cell: Cell, x: float, y: float) -> Target:
    whose = {"": "free, in the pool", "?": "in use"}.get(cell.owner, f"{cell.owner}'s")
    if cell.owner.startswith("P"):
        whose = f"free, in {cell.owner}'s cache"
    return Target(x, y, f"stack of {size(strip.nbytes)} in span {strip.span}: {whose}", cell.g, strip.span)


# Words


def numbers(sums: Numbers) -> str:
    """Return the sums as cells: StackInuse, start size, limit, moves, gs."""
    moves = f"{thousands(sums.grown)} grown, {thousands(sums.shrunk)} shrunk"
    cells = [
        ("StackInuse", size(sums.inuse), "spans that stacks are in"),
        ("reused gs begin with", size(sums.start), "startingStackSize; new gs: 2 048 B"),
        ("a stack may have", f"{thousands(sums.limit)} B", "maxstacksize: Go ends beyond it"),
        ("stacks moved", moves, f"{size(sums.copied)} copied"),
        ("gs but for G1's", thousands(sums.gs), f"{thousands(sums.dead)} wait to be used again; none is freed"),
    ]
    inner = "".join(f"<div><span>{name}</span><b>{value}</b><i>{note}</i></div>" for name, value, note in cells)
    return f'<div class="gm-stknums">{inner}</div>'


def legend() -> str:
    """Return what fill, hatch and frame are."""
    edge = '<rect x=".5" y=".5" width="11" height="11" fill="var(--gm-bg)" stroke="var(--gm-edge)"/>'
    parts = [
        swatch("var(--gm-stack)") + "in use",
        swatch("none", hatched(0, 0, 12, 12, colours=CACHED, step=5)) + "free, in a P's cache (P0: whose)",
        swatch("none", edge) + "free, in the pool",
        "▸ the picked goroutine's",
    ]
    return '<div class="gm-leg">' + "".join(f"<span>{part}</span>" for part in parts) + "</div>"


def spoken(frame: Frame) -> str:
    """Return the right half as text for a screen reader."""
    said = []
    for one in frame.listed[:ROWS]:
        name = one.name or f"{thousands(one.stacks)} stacks of {size(one.size)}"
        said.append(f"{name}: {size(one.used)} in use of {size(one.size * one.stacks)}")
    for source in frame.sources:
        if source.spans:
            what = size(source.nbytes) if source.nbytes else "large"
            cached = sum(source.cached)
            said.append(f"{what} stacks: {source.used} in use, {cached} in caches, {source.free} free")
    if frame.own is not None:
        said.append(f"G{frame.g}'s stack: {strip_words(frame.own)}")
    return "; ".join(said)
