"""What the recorded program's own runtime.ReadMemStats said, and how the model's statistics compare with it.

The recorder writes MemStats twice, at the start of the recording and at its end. Counters that only grow began before
the start, where the model knows nothing; so the model's growth is added to what Go had counted by then.

Go: runtime/mstats.go, MemStats, ReadMemStats. Left out: what depends on the operating system, on time, or on threads:
HeapSys, HeapReleased, StackInuse and Go's own tables.
"""

import json
import re
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from gomemlab.runtime.arch import GO_1_22, GO_1_27, Go
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.mstats import BySize, MemStats

GAUGES = ("heap_alloc", "heap_inuse", "heap_objects")  # what there is now
COUNTERS = ("mallocs", "frees", "total_alloc")  # what there ever was
_INLINE_MARK_BITS_SINCE = 26  # Go 1.26
_FIELDS = {
    "alloc": "Alloc",
    "total_alloc": "TotalAlloc",
    "sys": "Sys",
    "mallocs": "Mallocs",
    "frees": "Frees",
    "heap_alloc": "HeapAlloc",
    "heap_sys": "HeapSys",
    "heap_idle": "HeapIdle",
    "heap_inuse": "HeapInuse",
    "heap_released": "HeapReleased",
    "heap_objects": "HeapObjects",
    "stack_inuse": "StackInuse",
    "mspan_inuse": "MSpanInuse",
    "mcache_inuse": "MCacheInuse",
}


class Recorded(NamedTuple):
    """MemStats at the start and at the end of a recording."""

    before: MemStats
    after: MemStats
    go: str = ""  # the version of Go, as in "go1.27.3"; "" where the file does not say

    @property
    def policy(self) -> Go:
        """Return how that version lays out spans; the newest one's way where it is not known."""
        match = re.match(r"go1\.(\d+)", self.go)
        return GO_1_22 if match and int(match[1]) < _INLINE_MARK_BITS_SINCE else GO_1_27


class Difference(NamedTuple):
    """A number that the model and Go do not agree on."""

    name: str  # in Go's words
    model: int
    go: int


def read(path: str | PathLike[str]) -> Recorded:
    """Return what the recorder wrote at path; MisuseError where it is something else."""
    try:
        written = json.loads(Path(path).read_text(encoding="utf-8"))
        return Recorded(_mem_stats(written["before"]), _mem_stats(written["after"]), str(written.get("go", "")))
    except (KeyError, TypeError, ValueError) as error:
        raise MisuseError(f"{path} is no memstats.json of a recording: {error!r}") from None


def _mem_stats(written: dict[str, Any]) -> MemStats:
    """Return one MemStats from its JSON."""
    by_size = tuple(BySize(int(row["Size"]), int(row["Mallocs"]), int(row["Frees"])) for row in written["BySize"])
    return MemStats(**{name: int(written[go]) for name, go in _FIELDS.items()}, by_size=by_size)


def grown(model: MemStats, at_start: MemStats, recorded: Recorded | None) -> MemStats:
    """Return the model's statistics, its counters continued from what Go had counted at the start."""
    if recorded is None:
        return model
    before = recorded.before
    counters = {name: getattr(before, name) + getattr(model, name) - getattr(at_start, name) for name in COUNTERS}
    by_size = tuple(
        BySize(go.size, go.mallocs + now.mallocs - was.mallocs, go.frees + now.frees - was.frees)
        for go, now, was in zip(before.by_size, model.by_size, at_start.by_size, strict=True)
    )
    return replace(model, **counters, by_size=by_size)


def differences(model: MemStats, go: MemStats) -> list[Difference]:
    """Return every number that must be equal and is not."""
    found = [
        Difference(_FIELDS[name], getattr(model, name), getattr(go, name))
        for name in COUNTERS + GAUGES
        if getattr(model, name) != getattr(go, name)
    ]
    for here, there in zip(model.by_size, go.by_size, strict=True):
        found += [
            Difference(f"BySize[{there.size} B].{name.capitalize()}", getattr(here, name), getattr(there, name))
            for name in ("mallocs", "frees")
            if getattr(here, name) != getattr(there, name)
        ]
        if here.size != there.size:
            found.append(Difference("BySize.Size", here.size, there.size))
    return found


def compared(go: MemStats) -> int:
    """Return how many numbers `differences` looks at."""
    return len(COUNTERS + GAUGES) + 2 * len(go.by_size)
