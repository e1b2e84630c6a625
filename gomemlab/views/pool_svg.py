"""A pool's two columns as SVG: boxes, rings, items, arrows, and where each item came from.

Go: none, this is how the picture looks.
Left out: what the frame does not say.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from gomemlab.views import pool_layout as at
from gomemlab.views.pool_facts import Ring, Row, Side
from gomemlab.views.pool_layout import DROPPED, HAND, LOCAL, VICTIM, Block, Box
from gomemlab.views.words import count, thousands

Came = Mapping[int, Block]  # where each item's block stood a picture ago


class Looks(NamedTuple):
    """What is said of single blocks."""

    wide: int
    new: str = ""  # number of the item that this step moved
    picked: int = 0
    came: Came = {}  # noqa: RUF012 (never changed)
    p: int = -1  # the P that the reader uses


def column(side: Side, where: str, blocks: Sequence[Block], strip: str, looks: Looks, label: str, extra: str) -> str:
    """Return a column; extra is drawn below the items."""
    high = at.height(side)
    victim = where == VICTIM
    parts = [_edge(side) if victim else "", _heads(), strip]
    if not any(row.there for row in side.rows):
        words = (
            "no victim: a GC makes one of the shards"
            if victim
            else "no shards: the next Put or Get makes one for each P"
        )
        parts.append(f'<text class="d" x="{at.PRIVATE}" y="{at.TOP + at.HIGH / 2 + 4}">{words}</text>')
    for i, row in enumerate(side.rows):
        parts.append(_row(row, at.row_top(i), looks, victim=victim))
    if side.more:
        y = at.row_top(len(side.rows)) + 10
        parts.append(f'<text class="d" x="0" y="{y}">{escape(side.more)}</text>')
    parts += [extra, *(_block(block, looks, high) for block in blocks)]
    return (
        f'<svg class="gm-shard" width="{at.WIDTH}" height="{high}" viewBox="0 0 {at.WIDTH} {high}" role="img" '
        f'aria-label="{escape(label, quote=True)}">{"".join(parts)}</svg>'
    )


def _edge(side: Side) -> str:
    """Return the dashed line around the victim."""
    high = at.height(side) - at.STRIP - 4
    line = f'x="-8" y="{at.STRIP + 3}" width="{at.WIDTH + 8}" height="{high}" rx="4"'
    return f'<rect {line} fill="none" stroke="var(--gm-edge)" stroke-dasharray="4 4"/>'


def _heads() -> str:
    """Return the words above the boxes."""
    y = at.TOP - 6
    words = ((at.PRIVATE, "private"), (at.SHARED, "shared: the owner at the head, thieves at the tail"))
    return "".join(f'<text class="d" x="{x}" y="{y}">{text}</text>' for x, text in words)


def strip(words: str, left_out: int, wide: int, empty: str) -> str:
    """Return the words of the strip above the rows, and "+ n" for what has no room."""
    y = at.STRIP / 2 + 2
    said = f'<text x="0" y="{y}" style="font-weight:600;font-size:12px">{words}</text>'
    if empty:
        said += f'<text class="d" x="{at.HANDS + at.PAD}" y="{y}">{empty}</text>'
    if left_out:
        x = at.HANDS + at.PAD + wide + at.GAP / 2
        said += f'<text class="d" x="{x:.1f}" y="{y}" text-anchor="middle">{thousands(left_out)} +</text>'
    return said


def _row(row: Row, top: int, looks: Looks, *, victim: bool) -> str:
    """Return one P: name, private, rings."""
    middle = top + at.HIGH / 2 + 5
    here = row.p == looks.p and not victim
    colour = "accent" if here else "ink"
    name = f'<text x="0" y="{middle}" style="font-weight:600;font-size:13px;fill:var(--gm-{colour})">P{row.p}</text>'
    if here:
        name += f'<path d="M0 {middle + 4}h{8 + 9 * len(str(row.p))}" stroke="var(--gm-accent)" stroke-width="2"/>'
    if row.gone:
        name += f'<text class="d" x="0" y="{middle + 15}">gone</text>'
    if not row.there:
        return name
    parts = [name, _box(at.PRIVATE, top, at.PRIVATE_WIDTH)]
    if row.private is None:
        x = at.PRIVATE + (at.PRIVATE_WIDTH - at.BLOCK) / 2 + 0.75
        parts.append(
            f'<rect x="{x}" y="{top + 4.75}" width="{at.BLOCK - 1.5}" height="{at.BLOCK - 1.5}" rx="6" '
            f'fill="none" stroke="var(--gm-line)" stroke-width="1.5"/>'
        )
    if not row.rings:
        parts.append(_box(at.SHARED, top, at.END - at.SHARED))
        parts.append(f'<text class="d" x="{at.SHARED + 10}" y="{middle - 1}">empty</text>')
    parts += [_ring(box, top, looks.wide) for box in at.frames(row, looks.wide)]
    return "".join(parts)


def _box(x: float, top: float, width: float) -> str:
    """Return the paper that items lie on."""
    return f'<rect x="{x:g}" y="{top}" width="{width:g}" height="{at.HIGH}" fill="var(--gm-paper)"/>'


def _ring(box: Box, top: int, wide: int) -> str:
    """Return a ring's box with head, slots and tail below it."""
    ring, x, end = box.ring, box.x, box.x + box.width
    paper = _box(x, top, box.width)
    if not ring.size:
        words = f"{count(ring.rings, 'ring')}, {count(ring.total, 'item')}"
        return f'{paper}<text class="d" x="{x + box.width / 2:g}" y="{top + 21}" text-anchor="middle">{words}</text>'
    y = top + at.HIGH + 12
    text = f'<text class="d" x="{x:g}" y="{y}">head {ring.head}</text>'
    text += f'<text class="d" x="{end:g}" y="{y}" text-anchor="end">tail {ring.tail}</text>'
    text += f'<text class="d" x="{(x + end) / 2:g}" y="{y}" text-anchor="middle">{ring.size} slots</text>'
    if not ring.total:
        text += f'<text class="d" x="{x + 10:g}" y="{top + 21}">empty</text>'
    return paper + text + _left_out(box, top, wide)


def _left_out(box: Box, top: int, wide: int) -> str:
    """Return "+ n" between the ends of a full ring."""
    shown = at.ends(box, wide)
    if not shown.left_out:
        return ""
    x = at.gap_of(box, shown, wide)
    return f'<text class="d" x="{x:.1f}" y="{top + 21}" text-anchor="middle">+ {thousands(shown.left_out)}</text>'


STYLE = {
    LOCAL: 'fill="var(--gm-bg)" stroke="var(--gm-ink)"',
    VICTIM: 'fill="var(--gm-bg)" stroke="var(--gm-edge)" stroke-dasharray="3 2"',
    HAND: 'fill="var(--gm-accent-soft)" stroke="var(--gm-accent)"',
    DROPPED: 'fill="var(--gm-warn-soft)" stroke="var(--gm-warn)" stroke-dasharray="3 2"',
}


def _block(block: Block, looks: Looks, high: int) -> str:
    """Return an item: outline, number, a tail where it still points to something; a moved one travels."""
    x, y, wide, item = block.x, block.y, looks.wide, block.item
    new = looks.new == str(item.number)
    style, ink = STYLE[block.where], "var(--gm-ink)"
    if new and block.where == HAND:
        style, ink = 'fill="var(--gm-accent)" stroke="var(--gm-accent)"', "var(--gm-on-accent)"
    inner = f'x="{x + 0.75:.1f}" y="{y + 0.75:.1f}" width="{wide - 1.5}" height="{at.BLOCK - 1.5}" rx="6"'
    parts = [f'<rect {inner} {style} stroke-width="1.5"/>']
    if new and block.where in {LOCAL, VICTIM}:
        parts.append(_ringed(x, y, wide, 1.5, "accent"))
    if item.number == looks.picked:
        parts.append(_ringed(x, y, wide, 3.5, "ink"))
    if block.where == DROPPED:
        parts.append(
            f'<path d="M{x + 4:.1f} {y + at.BLOCK - 4:.1f}l{wide - 8} {8 - at.BLOCK}" stroke="var(--gm-warn)" '
            f'stroke-width="1.5"/>'
        )
    middle = f'x="{x + wide / 2:.1f}" y="{y + 17.5:.1f}" text-anchor="middle"'
    parts.append(f'<text {middle} style="font-size:12px;font-weight:600;fill:{ink}">{item.number}</text>')
    if item.holds:
        parts.append(tail(x + wide / 2, y + at.BLOCK - 3))
    return f"<g{_travel(block, looks.came, high)}>{''.join(parts)}</g>"


def _ringed(x: float, y: float, wide: int, by: float, colour: str) -> str:
    """Return an outline around a block."""
    return (
        f'<rect x="{x - by:.1f}" y="{y - by:.1f}" width="{wide + 2 * by}" height="{at.BLOCK + 2 * by}" rx="7" '
        f'fill="none" stroke="var(--gm-{colour})" stroke-width="2"/>'
    )


def tail(x: float, y: float) -> str:
    """Return the sign of an item that still points to something: a small arrow out of it."""
    return (
        f'<path d="M{x:.1f} {y:.1f}v4" stroke="var(--gm-amber)" stroke-width="2" fill="none"/>'
        f'<path d="M{x - 4:.1f} {y + 3:.1f}h8l-4 5z" fill="var(--gm-amber)"/>'
    )


def _travel(block: Block, came: Came, high: int) -> str:
    """Return what lets a block come from where it was; the columns stand beside or below each other."""
    then = came.get(block.item.number)
    if then is None or block.where == DROPPED:
        return ""
    dx, dy, over = then.x - block.x, then.y - block.y, then.column - block.column
    if not over and abs(dx) < 1 and abs(dy) < 1:
        return ""
    across = f"calc({dx:.1f}px + {over * at.ACROSS}px * var(--gm-beside))"
    down = f"calc({dy:.1f}px + {over * (high + at.CAPTION + 12)}px * (1 - var(--gm-beside)))"
    return f' class="gm-move" style="--dx:{across};--dy:{down}"'


def ghost(x: float, y: float, wide: int) -> str:
    """Return the place that an item left."""
    inner = f'x="{x + 1:.1f}" y="{y + 1:.1f}" width="{wide - 2}" height="{at.BLOCK - 2}" rx="6"'
    return f'<rect {inner} fill="none" stroke="var(--gm-accent)" stroke-width="2" stroke-dasharray="3 3"/>'


def arrow(points: Sequence[tuple[float, float]]) -> str:
    """Return a thick way from where an item was up to where it is; the last point is the head of the arrow."""
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<path d="{path}" stroke="var(--gm-accent)" stroke-width="2.5" fill="none" stroke-linejoin="round"/>'
        f'<path d="M{x - 6:.1f} {y:.1f}h12l-6-9z" fill="var(--gm-accent)"/>'
    )


def moved(victim: Side) -> str:
    """Return the arrows of a cycle, which makes victims of the shards: one for each P that had an item."""
    arrows = []
    for i, row in enumerate(victim.rows):
        if row.private is not None or any(ring.total for ring in row.rings):
            y = at.row_top(i) + at.HIGH / 2
            arrows.append(
                f'<path d="M{at.WIDTH + 4} {y}h14" stroke="var(--gm-accent)" stroke-width="3"/>'
                f'<path d="M{at.WIDTH + 17} {y - 7}v14l10-7z" fill="var(--gm-accent)"/>'
            )
    return f'<g class="gm-across">{"".join(arrows)}</g>'


def spoken(name: str, side: Side) -> str:
    """Return a column as one line for a screen reader."""
    said = [f"P{row.p}: {_said(row)}" for row in side.rows if row.there]
    return "; ".join([f"{name}: {count(side.total, 'item')}", *said, *([side.more] if side.more else [])])


def _said(row: Row) -> str:
    """Return what a P has."""
    private = f"private {row.private.number}" if row.private is not None else "private empty"
    return f"{private}, shared {', then '.join(map(_ring_said, row.rings)) or 'empty'}"


def _ring_said(ring: Ring) -> str:
    """Return a ring from its head on."""
    numbers = " ".join(str(item.number) for item in ring.front)
    left = ring.total - len(ring.front) - len(ring.back)
    rest = " ".join(str(item.number) for item in ring.back)
    middle = f"{left} more" if left else ""
    words = " ".join(filter(None, (numbers, middle, rest))) or "nothing"
    return f"{words} in {count(ring.size, 'slot')}" if ring.size else words
