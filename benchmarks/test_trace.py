"""Reading execution traces: file to ordered columns, in events a second."""

import os
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from table import Row, Table, rate

from gomemlab.golang import trace
from gomemlab.recorded.recording import SHIPPED

GOAL = 2e6  # events a second
FEW = 20_000  # events; what has fewer is read in milliseconds, most of them for its tables
pytestmark = pytest.mark.benchmark(timer=process_time)


def recordings() -> list[Path]:
    """Return the traces that ship, and those below the folder that GOMEMLAB_RECORDINGS names."""
    named = os.environ.get("GOMEMLAB_RECORDINGS")
    folders = [SHIPPED, Path(named)] if named else [SHIPPED]
    return [path for folder in folders for path in sorted(folder.rglob("*.trace*"))]


@pytest.mark.parametrize("path", recordings(), ids=lambda path: path.name)
def test_trace_reading(benchmark: Any, table: Table, path: Path) -> None:
    """From the file, unpacking included."""
    events = len(benchmark.pedantic(trace.read, (path,), rounds=5, warmup_rounds=1))
    mine = benchmark.stats["median"]
    name = f"{path.name}{'' if SHIPPED in path.parents else ' (GOMEMLAB_RECORDINGS)'}"
    table.add(
        Row(
            f"reading {name}",
            f"{rate(events, mine)} (best {rate(events, benchmark.stats['min'])})",
            f"{events:,} events",
            "",
            "2.00 M/s",
            events / mine >= GOAL if events >= FEW else None,
        )
    )
