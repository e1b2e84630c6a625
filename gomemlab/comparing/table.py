"""The table: what two histories came to, line by line, to be quoted.

Go: runtime/mstats.go, MemStats.
Left out: rounding; a byte is a byte, and only the cost model's numbers have a ≈.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gomemlab.comparing.side import Reading
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.phrases import thousands

ALIGN = "|---|--:|--:|--:|"
ROWS = (
    ("Mallocs", "mallocs", ""),
    ("TotalAlloc", "total_alloc", "B"),
    ("NumGC", "num_gc", ""),
    ("HeapAlloc", "heap_alloc", "B"),
    ("peak HeapAlloc", "peak_alloc", "B"),
    ("peak HeapInuse", "peak_inuse", "B"),
    ("spans made", "spans", ""),
    ("heap lock taken", "heap_lock", ""),
    ("all locks taken", "locks", ""),
    ("pool Gets", "gets", ""),
    ("calls of New", "new_calls", ""),
    ("cost (cost model)", "cost", "ns"),
)
OF_POOLS = {"gets", "new_calls"}  # told only where there is a pool


class Row(NamedTuple):
    """One line of the table."""

    name: str
    a: float
    b: float
    unit: str  # "", "B" or "ns"

    @property
    def ratio(self) -> float | None:
        """Return b as a multiple of a; None where a is 0."""
        return self.b / self.a if self.a else None

    def words(self) -> tuple[str, str, str, str]:
        """Return name, a, b and ratio as they are printed."""
        ratio = "equal" if self.a == self.b else "–" if self.ratio is None else times(self.ratio)
        return self.name, amount(self.a, self.unit), amount(self.b, self.unit), ratio


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that a reader can quote: print(table) in columns, table.markdown() for a page."""

    a: str  # title
    b: str
    rows: tuple[Row, ...]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __getitem__(self, name: str) -> Row:
        found = next((row for row in self.rows if row.name == name), None)
        if found is None:
            raise MisuseError(f"there is no row {name!r}; choose one of {', '.join(row.name for row in self.rows)}")
        return found

    def cells(self) -> list[tuple[str, str, str, str]]:
        """Return the head and all rows in words."""
        return [("", self.a, self.b, "b / a"), *(row.words() for row in self.rows)]

    def markdown(self) -> str:
        """Return the table in Markdown."""
        lines = [[cell.replace("|", "\\|") for cell in row] for row in self.cells()]
        head, *rows = [f"| {' | '.join(line)} |" for line in lines]
        return "\n".join([head, ALIGN, *rows])

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def __repr__(self) -> str:
        cells = self.cells()
        wide = [max(len(row[i]) for row in cells) for i in range(4)]
        lines = [[row[0].ljust(wide[0]), *(row[i].rjust(wide[i]) for i in (1, 2, 3))] for row in cells]
        return "\n".join("  ".join(line).rstrip() for line in lines)


def table(titles: tuple[str, str], a: Reading, b: Reading) -> Table:
    """Return the table of two moments."""
    pools = bool(a.gets or b.gets)
    shown = [row for row in ROWS if pools or row[1] not in OF_POOLS]
    return Table(*titles, tuple(Row(name, getattr(a, key), getattr(b, key), unit) for name, key, unit in shown))


def times(ratio: float) -> str:
    """Return a multiple with two decimals where they can be seen: "1.00×" is nearly equal."""
    digits = 2 if 0.1 <= ratio < 10 else 1 if 10 <= ratio < 100 else 0  # noqa: PLR2004 (three digits)
    return f"{ratio:.{digits}f}×" if not 0 < ratio < 0.1 else f"{ratio:.2g}×"  # noqa: PLR2004 (the same)


def amount(number: float, unit: str) -> str:
    """Return a number with its unit; a cost has a ≈ and three digits."""
    if unit != "ns":
        return f"{thousands(round(number))} {unit}".rstrip()
    for limit, name in ((1e6, "ms"), (1e3, "µs")):
        if number >= limit:
            return f"≈ {number / limit:.3g} {name}"
    return f"≈ {number:.3g} ns"
