"""Where everything of a pool's picture stands, in pixels: two columns, the shards and the victim, a row for each P.

Go: none, this is about room on the screen.
Left out: how things look; see pool_svg.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gomemlab.views.pool_facts import Item, Ring, Row, Side

WIDTH = 570  # of a column
END = 564  # of its boxes
ACROSS = 610  # pixels from the left column's edge to the right one's
CAPTION = 24  # above a column
STRIP = 40  # above the rows: what the program has, what was dropped
TOP = 66  # of the first row
PITCH, HIGH = 54, 34  # from row to row, of a row's boxes
BLOCK, GAP, PAD = 26, 6, 6  # of an item, between two, beside them
PRIVATE, PRIVATE_WIDTH = 40, 46
SHARED = 102
RING, BETWEEN = 148, 8  # least width of a ring: its words have to fit; between two rings
HANDS = 96  # where the strip's items begin
MORE = 22  # of the line that sums Ps
SIX, NARROW = 6, 30  # blocks with room for two of the tail; pixels of a block of two digits at most
LOCAL, VICTIM, HAND, DROPPED = "local", "victim", "hand", "dropped"


class Block(NamedTuple):
    """An item at its place."""

    item: Item
    where: str  # LOCAL, VICTIM, HAND or DROPPED
    x: float
    y: float

    @property
    def column(self) -> int:
        """Return 0 for the left column, 1 for the right one."""
        return int(self.where in {VICTIM, DROPPED})


class Box(NamedTuple):
    """A ring's box."""

    ring: Ring
    x: float
    width: float


def wide(largest: int) -> int:
    """Return how wide blocks have to be for the largest number."""
    return max(BLOCK, 8 + 8 * len(str(largest)))


def height(side: Side) -> int:
    """Return the height of a column."""
    return TOP + max(len(side.rows), 1) * PITCH + (MORE if side.more else 0)


def row_top(i: int) -> int:
    """Return where a row's boxes begin."""
    return TOP + i * PITCH


def fits(width: float, block: int) -> int:
    """Return how many blocks have room in a box."""
    return max(int((width - 2 * PAD + GAP) // (block + GAP)), 0)


def frames(row: Row, block: int) -> list[Box]:
    """Return the boxes of a row's rings: each as wide as its items want, none so wide that another has no room."""
    wants = [max(RING, 2 * PAD + ring.total * (block + GAP) - GAP) for ring in row.rings]
    room, widths = END - SHARED - BETWEEN * (len(wants) - 1), [0] * len(wants)
    for done, i in enumerate(sorted(range(len(wants)), key=wants.__getitem__)):
        widths[i] = min(wants[i], room // (len(wants) - done))
        room -= widths[i]
    boxes, x = list[Box](), float(SHARED)
    for ring, width in zip(row.rings, widths, strict=True):
        boxes.append(Box(ring, x, width))
        x += width + BETWEEN
    return boxes


class Ends(NamedTuple):
    """Which items of a ring are drawn: at the head, then "+ n" where some are left out, then at the tail."""

    front: tuple[Item, ...]
    left_out: int
    back: tuple[Item, ...]


def ends(box: Box, block: int) -> Ends:
    """Return the items that have room in a ring's box."""
    ring, room = box.ring, fits(box.width, block)
    if ring.total <= min(room, len(ring.front)):
        return Ends(ring.front, 0, ())
    listed = (*ring.front, *ring.back)
    last = listed[-1:] if room < SIX else listed[-2:]
    first = ring.front[: max(room - room_of_more(block) - len(last), 0)]
    return Ends(first, ring.total - len(first) - len(last), last)


def room_of_more(block: int) -> int:
    """Return how many blocks' room a "+ n" takes."""
    return 2 if block < NARROW else 1


def gap_of(box: Box, shown: Ends, block: int) -> float:
    """Return the middle of the "+ n" in a box."""
    room = room_of_more(block) * (block + GAP) - GAP
    return box.x + PAD + len(shown.front) * (block + GAP) + room / 2


def in_side(side: Side, where: str, block: int) -> Iterator[Block]:
    """Yield the blocks of a column's rows."""
    for i, row in enumerate(side.rows):
        y = row_top(i) + (HIGH - BLOCK) / 2
        if row.private is not None:
            yield Block(row.private, where, PRIVATE + (PRIVATE_WIDTH - block) / 2, y)
        for box in frames(row, block):
            shown = ends(box, block)
            for place, item in enumerate(shown.front):
                yield Block(item, where, box.x + PAD + place * (block + GAP), y)
            for place, item in enumerate(shown.back, len(shown.front) + room_of_more(block)):
                yield Block(item, where, box.x + PAD + place * (block + GAP), y)


def in_strip(items: Sequence[Item], where: str, block: int) -> tuple[list[Block], int]:
    """Return the blocks of the strip above the rows, the newest last, and how many have no room."""
    room = fits(WIDTH - HANDS, block)
    left_out = 0 if len(items) <= room else len(items) - room + 2
    first = 2 if left_out else 0
    y = (STRIP - BLOCK) / 2 - 2
    places = enumerate(items[left_out:], first)
    return [Block(item, where, HANDS + PAD + i * (block + GAP), y) for i, item in places], left_out
