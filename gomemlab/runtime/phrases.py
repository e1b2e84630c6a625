"""Numbers and names as events say them, and every view with them.

Go: runtime/mheap.go, spanClass.
Left out: sizes in KiB and MiB; a sentence of the model gives bytes.
"""

NARROW_SPACE = "\u202f"  # between thousands


def thousands(n: int) -> str:
    """Return 254308 as "254 308"; the space is narrow, and no line breaks there."""
    return f"{n:,}".replace(",", NARROW_SPACE)


def count(n: int, one: str, many: str = "") -> str:
    """Return "1 page", "2 pages", "10 000 slots"."""
    return f"{thousands(n)} {noun(n, one, many)}"


def noun(n: int, one: str, many: str = "") -> str:
    """Return "slot" for one of them, "slots" for any other number; many is the plural where it is more than an s."""
    return one if n == 1 else many or one + "s"


def slot_name(spanclass: int, elemsize: int) -> str:
    """Return "24 B noscan", or "large scan" for span classes 0 and 1."""
    kind = "noscan" if spanclass & 1 else "scan"
    return f"{elemsize} B {kind}" if spanclass > 1 else f"large {kind}"
