"""The ways of a step in a pool's picture: from where an item was to the program, and from the shards to the victim.

Ways run in the gutters: between private and shared, right of the left column, and between the columns.

Go: sync/pool.go, (*Pool).Get, poolCleanup.
Left out: the way of a Put, whose item is seen to travel.
"""

from collections.abc import Sequence

from gomemlab.runtime.poolevents import PRIVATE, SHARED, STOLEN, VICTIM_PRIVATE, VICTIM_SHARED
from gomemlab.views import pool_layout as at
from gomemlab.views.pool_facts import Side
from gomemlab.views.pool_layout import HAND, Block
from gomemlab.views.pool_svg import arrow, ghost, moved
from gomemlab.views.pool_words import Deed

INNER = (at.PRIVATE + at.PRIVATE_WIDTH + at.SHARED) / 2  # the gutter between private and shared
OUTER = at.WIDTH + 10  # right of the left column
MIDDLE = (at.WIDTH + at.ACROSS) / 2 + 4  # between the columns


def arrows(local: Side, victim: Side, deed: Deed, blocks: Sequence[Block], wide: int) -> tuple[str, str]:
    """Return the arrows of a step as SVG, those of the left column and of the right one; blocks are the left one's."""
    if deed.where == "aged":
        return moved(victim), ""
    got = next((b for b in blocks if b.where == HAND and str(b.item.number) == deed.number), None)
    if got is None or deed.where not in {PRIVATE, SHARED, STOLEN, VICTIM_PRIVATE, VICTIM_SHARED}:
        return "", ""
    across = deed.where in {VICTIM_PRIVATE, VICTIM_SHARED}
    side = victim if across else local
    row = next((i for i, row in enumerate(side.rows) if row.p == deed.owner), None)
    if row is None:
        return "", ""
    gutter = MIDDLE - at.ACROSS if across else OUTER if deed.where == STOLEN else INNER
    x, left = _from(side, row, deed.where, wide), at.ACROSS if across else 0
    top, foot, middle = at.row_top(row), at.STRIP + 3, got.x + wide / 2 - left
    start, lift = x + wide / 2, top - 3
    points = [(start, top + 2), (start, lift), (gutter, lift), (gutter, foot), (middle, foot)]
    drawn = arrow([*points, (middle, got.y + at.BLOCK + 9)])
    # At the head of a chain the others have moved up: no place is left empty.
    left_empty = "" if deed.where == SHARED else ghost(x, top + (at.HIGH - at.BLOCK) / 2, wide)
    return ("", f'<g class="gm-across">{drawn}</g>{left_empty}') if across else (drawn + left_empty, "")


def _from(side: Side, row: int, where: str, wide: int) -> float:
    """Return where in a row an item's block began: in the private slot, at the head of the chain or at its tail."""
    if where in {PRIVATE, VICTIM_PRIVATE}:
        return at.PRIVATE + (at.PRIVATE_WIDTH - wide) / 2
    boxes = at.frames(side.rows[row], wide)
    if not boxes:
        return float(at.SHARED + at.PAD)
    if where == SHARED:
        return next((box.x for box in boxes if box.ring.total), boxes[0].x) + at.PAD
    last = boxes[-1]
    shown = at.ends(last, wide)
    places = len(shown.front) + len(shown.back) + (at.room_of_more(wide) if shown.back else 0)
    return min(last.x + at.PAD + places * (wide + at.GAP), last.x + last.width - wide)
