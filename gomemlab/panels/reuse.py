"""Slots that die, to play with: type which, and see what the sweep does to the bitmaps and who is reused when.

Go: runtime/malloc.go, nextFreeFast; runtime/mgcsweep.go, (*sweepLocked).sweep.
Left out: stepping; the span is filled anew in a fresh world each time.
"""

from html import escape

from gomemlab.checks.reuse import GIVE, SLOTS, Reuse, run_reuse
from gomemlab.panels.typed import TypedPanel

EXAMPLES = ("100, 5, 71, 9, 70", "0, 1, 2, 3", "125, 63, 64", "90, 60, 30")
TYPED = f"Slots that die, 0 to {SLOTS - 1}, in the order in which they die"
COLUMNS, WIDE, HIGH = 21, 40, 34  # the grid's cells, in SVG units
BIT, LINE = 6, 14  # a bit of a bitmap


class ReusePanel(TypedPanel[Reuse]):
    """A field for the slots that die, the span as a grid, and its bitmaps; `run` is what they show."""

    name, row, unit, advice = "Slots", "Slots that die", "slots", GIVE
    press, what = "drop, GC, malloc", ("Let these slots die, sweep, and ask anew", "Let {} die")

    def __init__(self, dead: str = EXAMPLES[0]) -> None:
        """Let these slots die at once."""
        super().__init__(dead, EXAMPLES, TYPED)

    def made(self, numbers: tuple[int, ...]) -> Reuse:
        """Let these slots die."""
        return run_reuse(numbers)

    def draw(self, run: Reuse) -> str:
        """Draw the span and its bitmaps."""
        return draw(run)


def draw(run: Reuse) -> str:
    """Return the span and its bitmaps as HTML."""
    rows = (
        ("allocBits before the sweep", run.before),
        ("gcmarkBits, when marking has ended", run.marks),
        ("allocBits after the sweep", run.swept),
        ("allocBits after the requests", run.after),
    )
    legend = "ringed: the slot died; the bold number says which of the next requests got it"
    return (
        f'<div class="gm-reuse">{_grid(run)}<p class="gm-t">{legend}</p>'
        f'<div class="gm-bits">{"".join(_bitmap(name, bits) for name, bits in rows)}</div>'
        '<p class="gm-t">one bit for each slot, slot 0 on the left; high: the bit is set; low: it is not</p></div>'
    )


def _grid(run: Reuse) -> str:
    """Return the slots as a grid; those that died bear the number of the request that got them."""
    turn = {slot: number for number, slot in enumerate(run.given, start=1)}
    cells = "".join(_cell(slot, turn.get(slot, 0)) for slot in range(SLOTS))
    label = "; ".join(f"request {number} got slot {slot}" for slot, number in turn.items())
    rows = -(-SLOTS // COLUMNS)
    return (
        f'<svg class="gm-slots" viewBox="0 0 {COLUMNS * WIDE} {rows * HIGH}" role="img" '
        f'aria-label="{escape(label)}">{cells}</svg>'
    )


def _cell(slot: int, turn: int) -> str:
    """Return one slot, by its number, or by the request that got it."""
    y, x = divmod(slot, COLUMNS)
    left, top = x * WIDE, y * HIGH
    frame = f'x="{left + 1}" y="{top + 1}" width="{WIDE - 2}" height="{HIGH - 2}"'
    if not turn:
        place = f'x="{left + WIDE / 2}" y="{top + 21}" text-anchor="middle"'
        number = f'<text class="d" {place} style="fill:#111">{slot}</text>'
        return f'<g><title>slot {slot}: alive</title><rect {frame} fill="var(--gm-f2)"/>{number}</g>'
    name = f"<title>slot {slot}: died, and was given to request {turn}</title>"
    ring = f'<rect {frame} fill="var(--gm-accent-soft)" stroke="var(--gm-accent)" stroke-width="2"/>'
    first = f'<text class="d" x="{left + 5}" y="{top + 13}">{slot}</text>'
    order = f'<text x="{left + WIDE - 6}" y="{top + 26}" text-anchor="end" style="font-weight:600">{turn}</text>'
    return f"<g>{name}{ring}{first}{order}</g>"


def _bitmap(name: str, bits: int) -> str:
    """Return a bitmap as a row: its name, its bits, how many are set."""
    marks = "".join(
        f'<rect x="{slot * BIT + 0.5}" y="1" width="{BIT - 1.5}" height="{LINE - 2}" fill="var(--gm-fill)"/>'
        if bits >> slot & 1
        else f'<rect x="{slot * BIT + 0.5}" y="{LINE - 4}" width="{BIT - 1.5}" height="3" fill="var(--gm-warn)"/>'
        for slot in range(SLOTS)
    )
    text = f"{bits.bit_count()} set"
    box = f'viewBox="0 0 {SLOTS * BIT} {LINE}" preserveAspectRatio="none"'  # narrower bits, never lower ones
    return (
        f'<span class="gm-s">{name}</span><svg {box} role="img" aria-label="{escape(name)}: {text}">{marks}</svg>'
        f'<span class="gm-s">{text}</span>'
    )
