"""The table at the end of a run, in Markdown, ready to be pasted."""

import os
import platform
from dataclasses import dataclass, field
from statistics import median, quantiles

HEAD = ("what", "here", "beside it", "ratio", "goal", "")


@dataclass(frozen=True)
class Row:
    """One number: what was measured, what stands beside it, and whether the goal is reached (None: there is none)."""

    what: str
    here: str
    beside: str = ""
    ratio: str = ""
    goal: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """Return the row as text."""
        verdict = {True: "met", False: "SHORT", None: ""}[self.met]
        return (self.what, self.here, self.beside, self.ratio, self.goal, verdict)


@dataclass
class Table:
    """The rows of a run, in the order in which they were measured."""

    rows: list[Row] = field(default_factory=list)
    load: float = field(default_factory=lambda: os.getloadavg()[0])  # processes that wanted to run when we began
    notes: list[str] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Add a row."""
        self.rows.append(row)

    def note(self, text: str) -> None:
        """Add a sentence below the table, once."""
        if text not in self.notes:
            self.notes.append(text)

    def markdown(self) -> list[str]:
        """Return the lines, the columns under one another."""
        cells = [HEAD, *(row.cells() for row in self.rows)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(HEAD))]
        lines = ["| " + " | ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)) + " |" for row in cells]
        lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
        machine = f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.machine()}"
        busy = f"load average {self.load:.1f} at the beginning, {os.getloadavg()[0]:.1f} at the end (1.0 is ours)"
        return [*lines, "", *(f"- {note}" for note in [f"{machine}; {busy}", *self.notes])]


def rate(objects: int, seconds: float) -> str:
    """Return objects a second in words."""
    return f"{objects / seconds / 1e6:.2f} M/s"


def ms(seconds: float) -> str:
    """Return a time in words."""
    return f"{seconds * 1e3:.1f} ms"


def p95(values: list[float]) -> float:
    """Return the value that 95 % lie below."""
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def median_p95(values: list[float]) -> str:
    """Return a median and a 95th percentile of seconds, in words."""
    return f"{median(values) * 1e3:.1f} / {p95(values) * 1e3:.1f} ms"
