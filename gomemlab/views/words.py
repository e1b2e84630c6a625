"""How numbers, sizes and places are said: one spelling for every view.

Thousands are set apart by a narrow no-break space (254 308), so that a number never breaks across lines; sizes are
whole bytes as long as they read well, then KiB and MiB; a page has the family of the span it belongs to, and the
family has one colour, one texture and one name everywhere.

Go: runtime/mheap.go, spanClass; internal/runtime/gc/sizeclasses.go, SizeClassToSize.
Left out: other languages than English.
"""

from dataclasses import dataclass
from html import escape

from gomemlab.runtime import phrases
from gomemlab.runtime.phrases import NARROW_SPACE

THIN = NARROW_SPACE
noun = phrases.noun
KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30
FAMILY_ENDS = (16, 128, 512, 8192)  # bytes, the largest slot of families 1 to 4
QUOTED = 24  # characters of what was typed that are quoted
IDLE, LARGE, STACKS, CACHED, PADDING = 0, 6, 7, 8, 9


@dataclass(frozen=True, slots=True)
class Family:
    """A group of pages that share a colour; `text` is the colour of words on it, `key` its CSS variable."""

    index: int
    name: str
    colour: str
    text: str
    key: str


FAMILIES: tuple[Family, ...] = (
    Family(IDLE, "idle", "#f3f6f8", "#17212b", "var(--gm-paper)"),
    Family(1, "8–16 B", "#dba23a", "#111", "var(--gm-f1)"),
    Family(2, "24–128 B", "#d8520f", "#111", "var(--gm-f2)"),
    Family(3, "144–512 B", "#a96b94", "#111", "var(--gm-f3)"),
    Family(4, "576 B–8 KiB", "#8268ea", "#111", "var(--gm-f4)"),
    Family(5, "9.25–32 KiB", "#0b57a1", "#fff", "var(--gm-f5)"),
    Family(LARGE, "large", "#57544a", "#fff", "var(--gm-large)"),
    Family(STACKS, "stacks", "#35b6b4", "#111", "var(--gm-stack)"),
    Family(CACHED, "in a page cache", "#7f8c98", "#111", "var(--gm-edge)"),
    Family(PADDING, "given up", "#7f8c98", "#111", "var(--gm-edge)"),
)


def family_of(elemsize: int, spanclass: int, *, manual: bool = False) -> int:
    """Return the family (1 to 7) of a span: by slot size, or large (size class 0), or stacks (a manual span)."""
    if manual:
        return STACKS
    if spanclass >> 1 == 0:
        return LARGE
    return 1 + sum(elemsize > limit for limit in FAMILY_ENDS)


def thousands(number: int) -> str:
    """Return 254308 as "254 308", with narrow no-break spaces and a real minus sign."""
    return phrases.thousands(number).replace("-", "−")


def size(nbytes: int) -> str:
    """Return a size in words: bytes below 10 000, then KiB, MiB, GiB; one decimal unless it comes out even."""
    if abs(nbytes) < 10_000:  # noqa: PLR2004 (four digits read well as bytes)
        return f"{thousands(nbytes)} B"
    unit, name = next((u, n) for u, n in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")) if abs(nbytes) >= u)
    whole, rest = divmod(nbytes, unit)
    if not rest:
        return f"{thousands(whole)} {name}"
    value = nbytes / unit
    return f"{thousands(round(value))} {name}" if value >= 100 else f"{value:.1f} {name}"  # noqa: PLR2004 (three digits)


def percent(part: int, whole: int) -> str:
    """Return a share as "95.9 %"; below one percent two decimals, so that rare is not shown as never."""
    if not whole or not part:
        return "0 %"
    share = 100 * part / whole
    if share < 0.01:  # noqa: PLR2004 (two decimals would say 0)
        return "< 0.01 %"
    return "100 %" if part == whole else f"{share:.2f} %" if share < 1 else f"{min(share, 99.9):.1f} %"


def nanoseconds(ns: float) -> str:
    """Return a cost of the cost model, always with ≈: "≈ 15 ns", "≈ 0.3 µs"."""
    return f"≈ {ns:g} ns" if ns < 100 else f"≈ {ns / 1000:g} µs"  # noqa: PLR2004 (two digits)


def address(value: int) -> str:
    """Return an address as Go prints it."""
    return f"0x{value:x}"


def count(number: int, one: str, many: str = "") -> str:
    """Return "1 slot" or "336 slots"."""
    return f"{thousands(number)} {noun(number, one, many)}"


def quoted(text: str) -> str:
    """Return what somebody typed in quotation marks, cut where it is long."""
    return f"“{text if len(text) <= QUOTED else f'{text[: QUOTED - 1]}…'}”"


def code(text: str) -> str:
    """Return text as HTML in the code font."""
    return f"<code>{escape(text)}</code>"
