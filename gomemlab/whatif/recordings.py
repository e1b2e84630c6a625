"""Recorded runs of one program: its gctrace under each setting, and the exact numbers it ended with.

A file `NAME.runs.gz` is a chain of gzip members, one a run: a line of JSON (what was asked, what came of it), then the
lines that Go wrote. A run is appended when it has ended, so a recording that was cut short goes on where it stopped.

Go: runtime/extern.go (GODEBUG=gctrace=1).
Left out: anything about how the numbers are used.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

SUFFIX = ".runs.gz"
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Recorded:
    """One run of one program under one setting."""

    program: str
    setting: str  # "gogc200", "limit0.8", "off1.2"
    repeat: int  # from 1
    gogc: int  # -1: off
    memory_limit: int | None  # bytes; None: no limit
    numbers: dict[str, Any] = field(default_factory=dict)  # what report.go writes
    log: str = ""  # the lines of gctrace

    @property
    def name(self) -> tuple[str, int]:
        """Return what tells this run from others of its program."""
        return self.setting, self.repeat


def read(path: Path) -> Iterator[Recorded]:
    """Yield the runs in a file; nothing where there is no file."""
    if not path.exists():
        return
    with gzip.open(path, "rt", encoding="utf-8") as text:
        head: dict[str, Any] | None = None
        lines: list[str] = []
        for line in text:
            if line.startswith("{"):
                if head is not None:
                    yield Recorded(**head, log="".join(lines))
                head, lines = json.loads(line), []
            else:
                lines.append(line)
        if head is not None:
            yield Recorded(**head, log="".join(lines))


def append(path: Path, run: Recorded) -> None:
    """Add one run to a file."""
    head = asdict(run)
    log = head.pop("log")
    text = json.dumps(head) + "\n" + log
    with path.open("ab") as file:
        file.write(gzip.compress(text.encode(), mtime=0))
