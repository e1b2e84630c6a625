"""Logs that come with the package, to try a question on: real Go services under GOGC=100 and no limit.

Each is the first of the repeats that the harness recorded; its program stands in gomemlab/data/services.

Go: runtime/extern.go (GODEBUG=gctrace=1).
Left out: the other settings; those are what predictions are measured against.
"""

import gzip
from pathlib import Path

from gomemlab.runtime.errors import MisuseError

FOLDER = Path(__file__).parent.parent / "data" / "logs"
SUFFIX = ".log.gz"
WORDS = {
    "buffers": "large buffers without pointers",
    "cache_churn": "a steady cache whose entries change",
    "json_decode": "JSON requests, decoded and dropped",
    "near_limit": "a service that needs most of its memory",
    "night_report": "a few cycles a run: too short to tell much",
    "trees": "trees that are built and dropped",
}


def names() -> tuple[str, ...]:
    """Return the names of the logs."""
    return tuple(sorted(path.name.removesuffix(SUFFIX) for path in FOLDER.glob(f"*{SUFFIX}")))


def path(name: str) -> Path:
    """Return where a log lies; raise MisuseError for a name that there is not."""
    if name not in names():
        raise MisuseError(f"there is no log {name!r}; there are {', '.join(names())}")
    return FOLDER / f"{name}{SUFFIX}"


def read(name: str) -> str:
    """Return a log's text; raise MisuseError for a name that there is not."""
    return gzip.decompress(path(name).read_bytes()).decode()
