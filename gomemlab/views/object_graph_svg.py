"""The object graph as SVG: boxes of roots, arrows, nodes with their letters, and the band with a chosen object's slots.

Each string is made in one go, plain arrows as a single path, since two hundred nodes change with a step. Arrow heads
are drawn, not referred to: an id would be shared by all pictures of a page.

Go: none, this is how the picture looks.
Left out: what the frame does not say.
"""

from collections.abc import Sequence
from html import escape

from gomemlab.runtime.gcinfo import BLACK, GREY, WHITE
from gomemlab.views.object_graph_edges import Edge
from gomemlab.views.object_graph_frame import BAND, CHIP, FREED, HIDDEN, LOST, Frame, Node
from gomemlab.views.object_graph_layout import TIERS, WIDTH, Tier
from gomemlab.views.object_graph_roots import LEFT, RIGHT, TITLE, Group
from gomemlab.views.words import count

LETTERS = {WHITE: "W", GREY: "G", BLACK: "B"}
NOTE = 6  # pixels of a letter beside a node
CROSS = 5  # half of the cross on an erased pointer
MARK_WIDTH = {LOST: 56, HIDDEN: 62, FREED: 58}  # pixels of the pill
MARK_WORDS = {LOST: "✕ LOST", HIDDEN: "! HIDDEN", FREED: "✕ FREED"}
HINT = "Click a slot, then the object it should point to. Click an object to see its slots; drag it to move it."


def picture(frame: Frame) -> str:
    """Return the picture and the band below it."""
    parts = [
        *map(_group, frame.groups, [frame.marking] * len(frame.groups)),
        _edges(frame.edges),
        *(_node(node, frame.shape) for node in frame.nodes),
        _band(frame),
    ]
    high = frame.height + BAND
    label = "Object graph: roots at the left, objects with arrows to what they point to"
    fine = " fine" if frame.shape is TIERS[-1] else ""
    return (
        f'<svg class="gm-og{fine}" width="{WIDTH}" height="{high}" viewBox="0 0 {WIDTH} {high}" role="img" '
        f'aria-label="{label}">{"".join(parts)}</svg>'
    )


def _group(group: Group, marking: bool) -> str:
    """Return a box of slots with its title."""
    said = ""
    if marking:
        colour, words = (BLACK, "scanned") if group.scanned else (WHITE, "not scanned")
        middle = group.top + TITLE / 2 - 2
        said = f'<text class="d" x="{RIGHT - 24}" y="{middle + 4:.1f}" text-anchor="end">{words}</text>' + _ball(
            RIGHT - 10, middle, 9, colour
        )
    rows = "".join(
        f'<rect class="slot{" on" if row.picked else ""}" x="{LEFT + 0.5}" y="{row.y - group.row / 2 + 0.5:.1f}" '
        f'width="{RIGHT - LEFT - 1}" height="{group.row}"/>'
        f'<text class="m" x="{LEFT + 9}" y="{row.y + 4:.1f}">{escape(row.name)}</text>'
        f'<text class="{"v d" if row.value == "nil" else "v"}" x="{RIGHT - 10}" y="{row.y + 4.5:.1f}" '
        f'text-anchor="end">{escape(row.value)}</text>'
        for row in group.rows
    )
    more = ""
    if group.more:
        y = group.top + TITLE + (len(group.rows) + 0.5) * group.row
        more = f'<text class="d" x="{LEFT + 9}" y="{y + 4:.1f}">and {count(group.more, "older slot")}</text>'
    return f'<text class="t" x="{LEFT}" y="{group.top + TITLE - 10:.1f}">{escape(group.title)}</text>{said}{rows}{more}'


def _ball(x: float, y: float, r: float, colour: str, more: str = "") -> str:
    """Return a circle in a colour of marking, with its letter."""
    big = " big" if r > 13 else ""  # noqa: PLR2004 (a larger letter)
    return (
        f'<circle class="{colour}{more}" cx="{x:.1f}" cy="{y:.1f}" r="{r}"/>'
        f'<text class="l {colour}{big}" x="{x:.1f}" y="{y + (5 if big else 4):.1f}">{LETTERS[colour]}</text>'
    )


def _edges(edges: Sequence[Edge]) -> str:
    """Return all arrows: those of a kind together, the kinds that matter last."""
    drawn = []
    for kind in ("plain", "erased", "written", "dangling", "only"):
        of_kind = [edge for edge in edges if edge.kind == kind]
        if not of_kind:
            continue
        lines = "".join(edge.line for edge in of_kind)
        drawn.append(f'<path class="e {kind}" d="{lines}"/>')
        if kind == "erased":
            crosses = "".join(
                f"M{x - CROSS:.1f} {y - CROSS:.1f}l10 10m0 -10l-10 10" for x, y in (edge.middle for edge in of_kind)
            )
            drawn.append(f'<path class="x" d="{crosses}"/>')
        else:
            drawn.append(f'<path class="h {kind}" d="{"".join(edge.head for edge in of_kind)}"/>')
    return "".join(drawn)


def _node(node: Node, tier: Tier) -> str:
    """Return one object: halo, second ring of a grey one, circle with letter, number, and what is wrong with it."""
    x, y, r = node.x, node.y, tier.radius
    parts = []
    if node.mark in {LOST, HIDDEN}:
        parts.append(f'<circle class="halo" cx="{x:.1f}" cy="{y:.1f}" r="{r + (8 if r > 10 else 5)}"/>')  # noqa: PLR2004 (the finest grid)
    if node.chosen:
        parts.append(f'<circle class="chosen" cx="{x:.1f}" cy="{y:.1f}" r="{r + 5}"/>')
    if node.colour == GREY:
        parts.append(f'<circle class="second" cx="{x:.1f}" cy="{y:.1f}" r="{r + (4 if r > 10 else 3)}"/>')  # noqa: PLR2004 (the same)
    more = (" gm-flash" if node.flash else "") + ("" if node.used else " unused")
    if node.freed:
        parts.append(f'<circle class="freed" cx="{x:.1f}" cy="{y:.1f}" r="{r}"/>')
        parts.append(f'<text class="l freed" x="{x:.1f}" y="{y + 4:.1f}">F</text>')
    else:
        parts.append(_ball(x, y, r, node.colour, more))
    top = y - r - (8 if r > 13 else 6 if r > 10 else 3)  # noqa: PLR2004 (the three grids)
    top -= 4 if node.mark in {LOST, HIDDEN} and r > 10 else 0  # noqa: PLR2004 (above the halo)
    size = "n" if r > 13 else "s"  # noqa: PLR2004 (the coarsest grid)
    parts.append(f'<text class="{size}" x="{x:.1f}" y="{top:.1f}">{node.number}</text>')
    if node.note and r > 10:  # noqa: PLR2004 (on the finest grid there is no room)
        left = x + 4 + 4 * len(str(node.number))
        look = "a" if node.note == "buffered" else "d"
        wide = NOTE * len(node.note)
        parts.append(f'<rect class="behind" x="{left - 1:.1f}" y="{top - 10:.1f}" width="{wide}" height="13"/>')
        parts.append(f'<text class="{look}" x="{left:.1f}" y="{top:.1f}">{escape(node.note)}</text>')
    return "".join(parts) + _mark(node, tier)


def _mark(node: Node, tier: Tier) -> str:
    """Return the pill below an object that is lost, hidden or freed; on the finest grid only lost ones have one."""
    if not node.mark or (tier.radius <= 10 and node.mark != LOST):  # noqa: PLR2004 (the finest grid)
        return ""
    wide = MARK_WIDTH[node.mark]
    x = min(max(node.x - wide / 2, RIGHT + 4), WIDTH - wide - 2)
    y = node.y + tier.radius + 10
    return (
        f'<rect class="pill {node.mark}" x="{x:.1f}" y="{y:.1f}" width="{wide}" height="17" rx="8.5"/>'
        f'<text class="p {node.mark}" x="{x + wide / 2:.1f}" y="{y + 12.5:.1f}">{MARK_WORDS[node.mark]}</text>'
    )


def _band(frame: Frame) -> str:
    """Return the line below the picture: a chosen object's slots, or what one can do."""
    top = frame.height + 6
    obj = frame.chosen
    if obj is None:
        words = f"{frame.picked_name} is picked: click the object it should point to." if frame.picked else HINT
        return f'<text class="{"a" if frame.picked else "d"}" x="{LEFT}" y="{top + 15}">{escape(words)}</text>'
    drawn = [f'<text class="t" x="{LEFT}" y="{top + 16}">{obj.number}: {obj.size} B, {_slots(len(obj.slots))}</text>']
    for chip in frame.chips:
        on = " on" if chip.place == frame.picked else ""
        drawn.append(
            f'<rect class="slot{on}" x="{chip.x + 0.5}" y="{top + 0.5}" width="{CHIP}" height="23"/>'
            f'<text class="m" x="{chip.x + 8}" y="{top + 16}">{chip.name}</text>'
            f'<text class="{"v d" if chip.value == "nil" else "v"}" x="{chip.x + CHIP - 8}" y="{top + 16.5}" '
            f'text-anchor="end">{escape(chip.value)}</text>'
        )
    return "".join(drawn)


def _slots(n: int) -> str:
    """Return how many slots an object has."""
    return count(n, "pointer slot") if n else "no pointers"


def legend(*, marking: bool) -> str:
    """Return what colours and lines mean."""

    def ball(colour: str, words: str) -> str:
        return (
            f'<span><svg class="gm-og" viewBox="0 0 16 16" style="width:16px;height:16px" aria-hidden="true">'
            f"{_ball(8, 8, 7, colour)}</svg>{words}</span>"
        )

    def line(kind: str, words: str) -> str:
        return (
            f'<span><svg class="gm-og" viewBox="0 0 24 12" style="width:24px" aria-hidden="true">'
            f'<path class="e {kind}" d="M0 6h24"/></svg>{words}</span>'
        )

    white = "white: not reached yet" if marking else "white: no mark"
    ring = '<svg class="gm-og" viewBox="0 0 16 16" style="width:16px;height:16px" aria-hidden="true">'
    ring += '<circle class="unused" cx="8" cy="8" r="6.5" style="fill:none"/></svg>'
    parts = [
        ball(WHITE, white),
        ball(GREY, "grey: reached, waits to be scanned"),
        ball(BLACK, "black: marked and scanned"),
        f"<span>{ring}dotted: unreachable</span>",
        line("written", "written now"),
        line("erased", "erased now"),
        line("dangling", "dangling"),
    ]
    return f'<div class="gm-leg">{"".join(parts)}</div>'
