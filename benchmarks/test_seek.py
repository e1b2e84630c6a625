"""Going to a random tick of a timeline of 100,000 commands, for each workload, and the memory that takes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from table import Row, Table, median_p95, p95

from gomemlab.workloads import WORKLOADS

COMMANDS = 100_000
SEEKS = 200
SECONDS_GOAL = 0.05
BYTES_GOAL = 300e6
PROGRAM = Path(__file__).parent / "seek.py"


@pytest.mark.parametrize("name", WORKLOADS)
def test_seek(table: Table, name: str) -> None:
    """200 seeks of each kind in a fresh process."""
    line = [sys.executable, str(PROGRAM), name, str(COMMANDS), str(SEEKS)]
    said = json.loads(subprocess.run(line, check=True, capture_output=True).stdout)

    there, drawn, peak = said["there"], said["drawn"], said["peak"]
    table.add(
        Row(
            f"seek in 100,000 commands, {name}",
            f"median / p95 {median_p95(there)}",
            f"to its snapshot {median_p95(drawn)}; built in {said['built']:.1f} s",
            f"{peak / 1e6:.0f} MB",
            "p95 50 ms, 300 MB",
            p95(there) <= SECONDS_GOAL and peak < BYTES_GOAL,
        )
    )
