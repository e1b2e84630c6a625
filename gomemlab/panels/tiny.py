"""Tiny objects to play with: type a row of sizes and see the blocks they share.

Go: runtime/malloc.go, mallocgcTiny.
Left out: stepping; the row is placed anew in a fresh world each time.
"""

from html import escape

from gomemlab.checks.tiny import GIVE, Placed, TinyRun, run_tiny
from gomemlab.panels.typed import TypedPanel
from gomemlab.runtime.arch import MAX_TINY_SIZE

CELL = 16  # SVG units a byte
ROOMY = 3  # bytes; an object of so many has room for its size
EXAMPLES = ("12, 8, 8", "1, 2, 4, 8", "6, 6, 6", "8, 15, 8", "1, 8, 1, 8")
TYPED = f"Sizes of pointer-free objects, 1 to {MAX_TINY_SIZE - 1} B, in the order of the requests"


class TinyPanel(TypedPanel[TinyRun]):
    """A field for sizes and a picture of the blocks; `run` is what the picture shows."""

    name, row, unit, advice = "Tiny blocks", "Sizes", "B", GIVE
    press, what = "malloc", ("Place these objects in a fresh world", "Place {}")

    def __init__(self, sizes: str = EXAMPLES[0]) -> None:
        """Place the sizes at once."""
        super().__init__(sizes, EXAMPLES, TYPED)

    def made(self, numbers: tuple[int, ...]) -> TinyRun:
        """Place objects of these sizes."""
        return run_tiny(numbers)

    def draw(self, run: TinyRun) -> str:
        """Draw the blocks."""
        return draw(run)


def draw(run: TinyRun) -> str:
    """Return the blocks as HTML, one picture each."""
    blocks = [[placed for placed in run.placed if placed.block == i] for i in range(run.blocks)]
    return f'<div class="gm-blocks">{"".join(_block(i, placed) for i, placed in enumerate(blocks))}</div>'


def _block(number: int, objects: list[Placed]) -> str:
    """Return one block: its objects to scale over a scale of bytes."""
    text = "; ".join(f"request {one.number}, {one.size} B at offset {one.offset}" for one in objects)
    ticks = "".join(
        f'<text class="d" x="{offset * CELL}" y="42" text-anchor="{anchor}">{offset}</text>'
        for offset, anchor in ((0, "start"), (4, "middle"), (8, "middle"), (12, "middle"), (MAX_TINY_SIZE, "end"))
    )
    used = sum(one.size for one in objects)
    frame = (
        f'<rect x="0.5" y="4.5" width="{MAX_TINY_SIZE * CELL - 1}" height="23" fill="none" stroke="var(--gm-edge)"/>'
    )
    return (
        f'<div class="gm-block"><span class="gm-t">block {number} · {used} of {MAX_TINY_SIZE} B used</span>'
        f'<svg viewBox="0 0 {MAX_TINY_SIZE * CELL} 44" role="img" aria-label="{escape(f"Block {number}: {text}")}">'
        f'<rect x="0" y="4" width="{MAX_TINY_SIZE * CELL}" height="24" fill="var(--gm-paper)"/>'
        f"{''.join(_object(one) for one in objects)}{frame}{ticks}</svg></div>"
    )


def _object(one: Placed) -> str:
    """Return one object in its block, with its number, and its size where there is room."""
    x, width = one.offset * CELL, one.size * CELL
    label = f"{one.number}: {one.size} B" if one.size >= ROOMY else str(one.number)
    name = f"<title>request {one.number}: {one.size} B at offset {one.offset}</title>"
    return (
        f'<g>{name}<rect x="{x + 0.5}" y="4.5" width="{width - 1}" height="23" fill="var(--gm-f1)"/>'
        f'<text x="{x + width / 2}" y="20" text-anchor="middle" style="fill:#111">{label}</text></g>'
    )
