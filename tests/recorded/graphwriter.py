"""Graph logs, written by hand."""

import gzip
import json
import shutil
from pathlib import Path

import numpy as np

from gomemlab.recorded.graphlog import Op
from gomemlab.recorded.recording import SHIPPED

BEGIN = (Op.VERSION, 1, 0, 0)

Row = tuple[int, int, int, int]


def write(path: Path, *rows: Row) -> Path:
    """Write a graph log of operations (kind and three numbers), by columns."""
    path.write_bytes(np.array(rows, "<u8").T.tobytes())
    return path


def rows_of(path: Path) -> list[Row]:
    """Return the operations of a packed graph log."""
    columns = np.frombuffer(gzip.decompress(path.read_bytes()), "<u8").reshape(4, -1)
    return [(int(kind), int(a), int(b), int(c)) for kind, a, b, c in columns.T]


def copied(name: str, folder: Path) -> Path:
    """Copy a shipped graph recording to a folder and return its trace; its log is unpacked."""
    for ending in (".trace.gz", ".memstats.json"):
        shutil.copy(SHIPPED / f"{name}{ending}", folder)
    write(folder / f"{name}.graph", *rows_of(SHIPPED / f"{name}.graph.gz"))
    return folder / f"{name}.trace.gz"


def say(path: Path, **changes: object) -> None:
    """Change what the statistics beside a trace say; None takes a name away."""
    said = path.with_name(path.name.replace(".trace.gz", ".memstats.json"))
    written = {**json.loads(said.read_text()), **changes}
    said.write_text(json.dumps({name: value for name, value in written.items() if value is not None}))
