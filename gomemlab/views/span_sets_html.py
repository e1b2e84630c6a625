"""The span sets as SVG and HTML: lanes, blocks, badges, mcaches, and the sweepgen above them.

A block is a span: the filled part of it is its taken slots, the hatched part of that will be freed by a sweep, and its
number stands below, where every colour lets it be read.

Go: runtime/mcentral.go, mcentral; runtime/mheap.go, mspan.
Left out: where in a span its dead slots lie; the span view has them.
"""

from collections.abc import Iterable, Iterator
from html import escape
from typing import NamedTuple

from gomemlab.views.mspan_fields import generation
from gomemlab.views.theme import hatched, swatch
from gomemlab.views.words import FAMILIES, count, thousands

GAP = 4.3  # pixels between blocks
HIGH, TALL = 25, 46  # of a block and of a lane, pixels
BACK = 4  # blocks of a long queue's end that are drawn behind "+ n"
ROOM = 2  # blocks whose room "+ n" takes
CELLS = 8  # mcaches that are drawn
WARN = ("var(--gm-warn-soft)", "var(--gm-warn)")
Sides = dict[int, tuple[float, float]]  # where each span's block is, by its id


class _Column(NamedTuple):
    """A column's measures in pixels."""

    width: int = 570
    left: int = 92  # where lanes begin
    first: int = 106  # where a lane's first block stands
    inner: int = 412  # what its blocks may take
    caches: int = 228  # where the mcaches begin
    head: int = 70  # what stands above the lanes


COLUMN = _Column()
TOPS = (0, 52, 114, 166)  # of the four lanes


class Block(NamedTuple):
    """One span."""

    span: int  # id
    taken: int  # slots
    dead: int  # of them


class Lane(NamedTuple):
    """One set, front first; of a long one only both ends are here."""

    name: str
    swept: bool
    blocks: tuple[Block, ...]
    total: int


class Cached(NamedTuple):
    """What one P's mcache holds of the class."""

    p: int
    block: Block | None
    sweepgen: int  # the span's


class Side(NamedTuple):
    """One moment."""

    sweepgen: int
    lanes: tuple[Lane, ...]  # partial[0], partial[1], full[0], full[1]
    cached: tuple[Cached, ...]  # by P
    wide: int  # pixels of a block
    stock: str  # the objects and spans in words
    words: str = ""  # what led here

    @property
    def swept_index(self) -> int:
        """Return which set of a pair is the swept one."""
        return self.sweepgen // 2 % 2


class Ends(NamedTuple):
    """How many blocks of a queue are drawn at its front and at its back."""

    front: int
    back: int


class Target(NamedTuple):
    """A block's middle in pixels of the lanes, and what hovering says."""

    span: int
    x: float
    y: float
    tip: str


def width_of(largest: int) -> int:
    """Return how wide blocks have to be for the largest number."""
    return {1: 16, 2: 16}.get(len(str(largest)), 1 + 7 * len(str(largest)))


def drawn(spans: int, wide: int) -> Ends:
    """Return which blocks of a queue are drawn: all, or both ends around a "+ n"."""
    most = int((COLUMN.inner + GAP) // (wide + GAP))
    return Ends(spans, 0) if spans <= most else Ends(most - ROOM - BACK, BACK)


def height_of(procs: int) -> int:
    """Return the height of the lanes and mcaches in pixels."""
    rows = 1 if procs == 1 else -(-min(procs, CELLS) // 2)
    return COLUMN.caches + rows * (TALL + 6) - 2


def _lane_places(lane: Lane, top: float, wide: int) -> Iterator[tuple[Block, float, float]]:
    """Yield the blocks of a lane with their upper left corners."""
    ends = drawn(lane.total, wide)
    for i, block in enumerate(lane.blocks):
        place = i if i < ends.front else i + ROOM
        yield block, COLUMN.first + place * (wide + GAP), top + 4


def _cell(i: int, procs: int) -> tuple[float, float, float]:
    """Return an mcache's left edge, top and width."""
    inner = COLUMN.width - COLUMN.left
    if procs == 1:
        return float(COLUMN.left), float(COLUMN.caches), float(inner)
    half = (inner - 6) / 2
    return COLUMN.left + i % 2 * (half + 6), COLUMN.caches + i // 2 * (TALL + 6), half


def _placed(side: Side) -> Iterator[tuple[Block, float, float]]:
    """Yield every block of a side with its upper left corner."""
    for lane, top in zip(side.lanes, TOPS, strict=True):
        yield from _lane_places(lane, top, side.wide)
    for i, cached in enumerate(side.cached[:CELLS]):
        if cached.block is not None:
            left, upper, _ = _cell(i, len(side.cached))
            yield cached.block, left + 12, upper + 4


def places(side: Side) -> Sides:
    """Return where each span's block stands."""
    return {block.span: (x, y) for block, x, y in _placed(side)}


def targets(side: Side, nelems: int) -> list[Target]:
    """Return the places where a pointer finds a span."""
    found = []
    for block, x, y in _placed(side):
        taken = f"{block.taken} of {count(nelems, 'slot')} taken" + (f", {block.dead} dead" if block.dead else "")
        found.append(Target(block.span, x + side.wide / 2, y + HIGH / 2, f"span {block.span}: {taken}"))
    return found


def before(side: Side | None, now: Side, family: int, nelems: int, why: str = "") -> str:
    """Return the left column; without an earlier moment it says why there is none."""
    if side is None:
        words = escape(why or "There is no earlier moment to compare with.")
        empty = f'<div class="gm-empty" style="height:{height_of(len(now.cached)) + COLUMN.head}px">{words}</div>'
        return f'<div class="gm-side">{empty}</div>'
    return _column("Before", side, family, nelems, _arrow(side, now))


def now(
    side: Side,
    family: int,
    nelems: int,
    moved: Iterable[int] = (),
    picked: int = -1,
    came: Sides | None = None,
    traded: bool = False,
) -> str:
    """Return the right column: `came` is where the blocks stood a picture ago, `traded` that roles changed since."""
    marks = _Marks(frozenset(moved), picked, came or {}, traded)
    return _column("Now", side, family, nelems, "", marks)


class _Marks(NamedTuple):
    """What the right column has beyond the left one."""

    moved: frozenset[int] = frozenset()
    picked: int = -1
    came: Sides = {}  # noqa: RUF012 (never changed)
    traded: bool = False


def _column(name: str, side: Side, family: int, nelems: int, arrow: str, marks: _Marks | None = None) -> str:
    """Return one column: sweepgen, caption, lanes, mcaches."""
    new = marks is not None
    marks = marks or _Marks()
    high = height_of(len(side.cached))
    lanes = "".join(_lane(lane, top, side, family, nelems, marks) for lane, top in zip(side.lanes, TOPS, strict=True))
    cells = "".join(_cached(i, side, family, nelems, marks) for i in range(min(len(side.cached), CELLS)))
    label = escape(f"{name}: {_spoken(side)}", quote=True)
    return (
        f'<div class="gm-side">{_generation(side, arrow, new=new)}'
        f'<div class="gm-setcap"><b>{name}</b> {escape("; ".join(filter(None, (side.words, side.stock))))}</div>'
        f'<svg width="{COLUMN.width}" height="{high}" viewBox="0 0 {COLUMN.width} {high}" role="img" '
        f'aria-label="{label}">{lanes}{_caches_name(side)}{cells}</svg></div>'
    )


def _generation(side: Side, arrow: str, *, new: bool) -> str:
    """Return the box with sweepgen, and which index it makes the swept one."""
    i = side.swept_index
    return (
        f'<div class="gm-gen"><b>sweepgen h</b><i class="{"new" if new else ""}">{side.sweepgen}</i>'
        f"<span>h/2 % 2 = {i}: index {i} is swept,<br>index {1 - i} unswept</span>{arrow}</div>"
    )


def _arrow(side: Side, now: Side) -> str:
    """Return the arrow from one sweepgen to the other, with what it means."""
    cycles = (now.sweepgen - side.sweepgen) // 2
    if cycles <= 0:
        return '<span class="gm-arrow gm-same"><span>h is the same</span><i></i><span>no role changed</span></span>'
    grown = "mark ends: h += 2" if cycles == 1 else f"{thousands(cycles)} cycles: h += {2 * cycles}"
    means = "the roles trade, no span moves" if cycles % 2 else "the roles trade, and trade back"
    return f'<span class="gm-arrow"><b>{grown}</b><i></i><span>{means}</span></span>'


def _lane(lane: Lane, top: int, side: Side, family: int, nelems: int, marks: _Marks) -> str:
    """Return one set: name, badge, edge, blocks from the front on, and how many there are."""
    left, inner = COLUMN.left, COLUMN.width - COLUMN.left
    traded = " gm-traded" if marks.traded else ""
    colour, role = ("accent", "swept") if lane.swept else ("amber", "unswept")
    edge = f'stroke="var(--gm-{colour})" stroke-width="4"' + ("" if lane.swept else ' stroke-dasharray="4 4"')
    parts = [
        f'<rect x="{left}" y="{top}" width="{inner}" height="{TALL}" fill="var(--gm-paper)"/>',
        f'<path class="gm-edge{traded}" d="M{left + 2} {top}v{TALL}" {edge}/>',
        f'<text class="m" x="0" y="{top + 20}" style="font-size:12px">{lane.name}</text>',
        f'<g class="gm-badge{traded}" transform="translate(0,{top + 25})">{_badge(role, colour)}</g>',
    ]
    for block, x, y in _lane_places(lane, top, side.wide):
        parts.append(_block(block, x, y, side.wide, family, nelems, marks))
    if lane.total:
        end = COLUMN.width - 8
        parts.append(
            f'<text x="{end}" y="{top + 28}" text-anchor="end" style="font-size:13px;font-weight:600">'
            f"{thousands(lane.total)}</text>"
        )
    else:
        parts.append(f'<text class="d" x="{COLUMN.first}" y="{top + 27}">empty</text>')
    return "".join(parts) + _more(lane, top, side.wide)


def _more(lane: Lane, top: int, wide: int) -> str:
    """Return "+ n" between the ends of a long queue."""
    ends = drawn(lane.total, wide)
    if not ends.back:
        return ""
    x = COLUMN.first + ends.front * (wide + GAP) + wide
    return (
        f'<text class="d" x="{x:.1f}" y="{top + 21}" text-anchor="middle">+ {thousands(lane.total - sum(ends))}</text>'
    )


def _badge(role: str, colour: str) -> str:
    """Return a role as a pill: a sign and a word."""
    wide = 66 if role == "swept" else 80
    sign = "M6 9l3 3 5-7" if role == "swept" else "M10 3v6M10 11.5v2"
    return (
        f'<rect width="{wide}" height="17" rx="8.5" fill="var(--gm-{colour}-soft)"/>'
        f'<path d="{sign}" fill="none" stroke="var(--gm-{colour})" stroke-width="2"/>'
        f'<text x="19" y="12.5" style="fill:var(--gm-{colour});font-weight:600">{role}</text>'
    )


def _block(block: Block, x: float, y: float, wide: int, family: int, nelems: int, marks: _Marks) -> str:
    """Return a span: outline, taken slots, dead ones, number; one that moved comes from where it was."""
    middle = f'x="{x + wide / 2:.1f}" y="{y + HIGH + 12}" text-anchor="middle" style="font-weight:600"'
    box = f'x="{x + 0.5:.1f}" y="{y + 0.5}" width="{wide - 1}" height="{HIGH - 1}"'
    full = (HIGH - 2) * block.taken / nelems if nelems else 0
    dead = max((HIGH - 2) * block.dead / nelems, 5.0) if block.dead else 0.0
    top = y + HIGH - 1 - max(full, dead)
    filled = f'x="{x + 1:.1f}" y="{top:.1f}" width="{wide - 2}" height="{max(full, dead):.1f}"'
    parts = [
        f'<rect {box} fill="var(--gm-bg)" stroke="var(--gm-edge)"/>',
        f'<rect {filled} fill="{FAMILIES[family].key}"/>',
    ]
    if dead:
        parts.append(hatched(x + 1, round(top, 1), wide - 2, round(dead, 1), colours=WARN, step=5))
    parts.append(f"<text {middle}>{block.span}</text>")
    if block.span in marks.moved:
        where = f'x="{x - 2.5:.1f}" y="{y - 2.5}" width="{wide + 5}" height="{HIGH + 17.5}"'
        parts.append(f'<rect {where} fill="none" stroke="var(--gm-accent)" stroke-width="2.5"/>')
    if block.span == marks.picked:
        parts.append(f'<rect {box} fill="none" stroke="var(--gm-ink)" stroke-width="2"/>')
        parts.append(f'<path d="M{x:.1f} {y + HIGH + 14.5}h{wide}" stroke="var(--gm-ink)" stroke-width="2"/>')
    return f"<g{_travel(block, x, y, marks.came)}>{''.join(parts)}</g>"


def _travel(block: Block, x: float, y: float, came: Sides) -> str:
    """Return what lets a block come from where it was."""
    then = came.get(block.span)
    if then is None or (abs(then[0] - x) < 1 and abs(then[1] - y) < 1):
        return ""
    return f' class="gm-move" style="--dx:{then[0] - x:.1f}px;--dy:{then[1] - y:.1f}px"'


def _caches_name(side: Side) -> str:
    """Return the words left of the mcaches."""
    name = "P0’s mcache" if len(side.cached) == 1 else "mcaches"
    behind = len(side.cached) - CELLS
    more = f'<text class="d" x="0" y="{COLUMN.caches + 36}">+ {count(behind, "P")}</text>' if behind > 0 else ""
    return f'<text x="0" y="{COLUMN.caches + 20}" style="font-weight:600">{name}</text>{more}'


def _cached(i: int, side: Side, family: int, nelems: int, marks: _Marks) -> str:
    """Return what one mcache holds: its span and what the span's sweepgen says."""
    cached, alone = side.cached[i], len(side.cached) == 1
    left, top, wide = _cell(i, len(side.cached))
    frame = (
        f'<rect x="{left:.1f}" y="{top}" width="{wide - 0.5:.1f}" height="{TALL}" fill="none" stroke="var(--gm-line)"/>'
    )
    name = "" if alone else f"P{cached.p}: "
    if cached.block is None:
        return f'{frame}<text class="d" x="{left + 14:.1f}" y="{top + 27}">{name}no span of this class</text>'
    x, block = left + 22 + side.wide, cached.block
    taken = f"{thousands(block.taken)} of {thousands(nelems)}" + (" slots taken" if alone else " taken")
    says = generation(cached.sweepgen, side.sweepgen).removeprefix("= ")
    lead = f"sweepgen {cached.sweepgen} = " if alone else ""
    return (
        f"{frame}{_block(block, left + 12, top + 4, side.wide, family, nelems, marks)}"
        f'<text x="{x:.1f}" y="{top + 19}">{name}span {block.span}, {taken}</text>'
        f'<text class="d" x="{x:.1f}" y="{top + 35}">{lead}{says}</text>'
    )


def legend(family: int, nelems: int) -> str:
    """Return what fill, frame and hatch are."""
    colour = FAMILIES[family].key
    edge = '<rect x=".5" y=".5" width="11" height="11" fill="var(--gm-bg)" stroke="var(--gm-edge)"/>'
    fill = f'{edge}<rect x=".5" y="5" width="11" height="7" fill="{colour}"/>'
    moved = '<rect x="1" y="1" width="10" height="10" fill="none" stroke="var(--gm-accent)" stroke-width="2"/>'
    picked = '<path d="M1 1h10v8H1zM0 11.5h12" fill="none" stroke="var(--gm-ink)" stroke-width="1.5"/>'
    items = (
        swatch("none", fill) + f"a span with its number; filled: its taken slots, of {thousands(nelems)}",
        swatch(colour, hatched(0, 0, 12, 6, colours=WARN, step=5)) + "dead: sweeping will free it",
        swatch("none", moved) + "moved in this step",
        swatch("none", picked) + "picked",
        "the front of each queue is on the left",
    )
    return '<div class="gm-leg">' + "".join(f"<span>{item}</span>" for item in items) + "</div>"


def sentence(now: Side, before: Side | None, name: str, freed: Iterable[int] = ()) -> str:
    """Return the headline: whether roles were traded, and how many spans each lane holds."""
    counts = ", ".join(_amounts(now)) or "no span"
    held = sum(cached.block is not None for cached in now.cached)
    said = f"{counts}, {held} cached" if held else counts
    went = [f"span {span} went back to the heap" for span in freed]
    said = "; ".join([said, *went[:1]])
    if before is not None and before.sweepgen != now.sweepgen:
        said = f"h went from {before.sweepgen} to {now.sweepgen}: index {now.swept_index} is now swept. {said}"
    return escape(f"{name}: {said}")


def _amounts(side: Side) -> list[str]:
    """Return "full swept 4" for each lane that holds a span."""
    return [
        f"{lane.name.split('[')[0]} {'swept' if lane.swept else 'unswept'} {thousands(lane.total)}"
        for lane in side.lanes
        if lane.total
    ]


def _spoken(side: Side) -> str:
    """Return a side as one line for a screen reader: each set with its spans, each mcache with its own."""
    said = [f"sweepgen {side.sweepgen}"]
    for lane in side.lanes:
        spans = " ".join(str(block.span) for block in lane.blocks)
        role = "swept" if lane.swept else "unswept"
        said.append(f"{lane.name}, {role}: {count(lane.total, 'span')}" + (f", {spans}" if spans else ""))
    said += [f"P{c.p}'s mcache: span {c.block.span}" for c in side.cached if c.block is not None]
    return "; ".join(said)
