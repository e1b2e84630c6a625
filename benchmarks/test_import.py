"""`import gomemlab.runtime` in a fresh Python, beside a Python that does nothing."""

import subprocess
import sys
from time import perf_counter
from typing import Any

from table import Row, Table, ms

GOAL = 0.1  # seconds


def start(code: str) -> None:
    """Run a line of Python in a process of its own."""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_import(benchmark: Any, table: Table) -> None:
    """The best of 15, in turns."""
    nothing: list[float] = []

    def setup() -> None:
        begin = perf_counter()
        start("pass")
        nothing.append(perf_counter() - begin)

    benchmark.pedantic(start, ("import gomemlab.runtime",), setup=setup, rounds=15, warmup_rounds=1)
    best, bare = benchmark.stats["min"], min(nothing)
    cost = best - bare
    table.add(
        Row(
            "`import gomemlab.runtime`",
            f"{ms(best)} with Python's start",
            f"`python -c pass` {ms(bare)}",
            f"×{best / bare:.2f}, so {ms(cost)} for us",
            ms(GOAL),
            best <= GOAL,
        )
    )
