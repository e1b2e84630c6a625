"""What the recorded program's own runtime.ReadMemStats said, and how the model's statistics compare with it.

The recorder writes MemStats twice, at the start of the recording and at its end. Counters that only grow began before
the start, where the model knows nothing; so the model's growth is added to what Go had counted by then.

Most numbers are computed from what the trace shows. HIDDEN are those that also depend on something at the start that it
does not show: idle pages above the highest span, pages that were freed and not yet given back to the operating system,
stacks beside other memory of the runtime, span records kept ready. They are compared where the model had them right at
the start. With one P and no collection before, that is everywhere; a collection hides some again (unseen).

Go: runtime/mstats.go, MemStats, ReadMemStats.
Left out: Sys and the XxxSys, which count the runtime's own tables and what the tracer needs; Lookups, always 0; Alloc,
which is HeapAlloc again; and all that only a collection changes: NextGC, LastGC, pauses, GCSys.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from gomemlab.runtime.alloc.mspancache import CAPACITY
from gomemlab.runtime.arch import GO_1_22, GO_1_27, MSPAN_SIZE, Go
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.mstats import BySize, MemStats

GAUGES = ("heap_alloc", "heap_inuse", "heap_objects")  # what there is now
COUNTERS = ("mallocs", "frees", "total_alloc", "num_gc")  # what there ever was
HIDDEN = ("heap_sys", "heap_idle", "heap_released", "stack_inuse", "mspan_inuse", "mcache_inuse")  # gauges, too
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
    "num_gc": "NumGC",
    "num_forced_gc": "NumForcedGC",
}
_OWN = {  # of the runtime's own memory; short recordings do without
    "lookups": "Lookups",
    "mspan_sys": "MSpanSys",
    "mcache_sys": "MCacheSys",
    "buck_hash_sys": "BuckHashSys",
    "gc_sys": "GCSys",
    "other_sys": "OtherSys",
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

    def span_records(self, spans: int) -> int | None:
        """Return how many records of spans Go held at the start, where there were so many spans; None: not known.

        Those without a span are kept ready by a P. Another version's records may have another size.
        """
        records, rest = divmod(self.before.mspan_inuse, MSPAN_SIZE)
        return records if rest == 0 and 0 <= records - spans <= CAPACITY else None


class Difference(NamedTuple):
    """A number that the model and Go do not agree on."""

    name: str  # in Go's words
    model: int
    go: int


def read(path: str | PathLike[str]) -> Recorded:
    """Return what the recorder wrote at path; MisuseError where it is something else."""
    try:
        written = json.loads(Path(path).read_text(encoding="utf-8"))
        return Recorded(from_json(written["before"]), from_json(written["after"]), str(written.get("go", "")))
    except (KeyError, TypeError, ValueError) as error:
        raise MisuseError(f"{path} is no memstats.json of a recording: {error!r}") from None


def from_json(written: dict[str, Any]) -> MemStats:
    """Return one MemStats from its JSON."""
    by_size = tuple(BySize(int(row["Size"]), int(row["Mallocs"]), int(row["Frees"])) for row in written["BySize"])
    numbers: dict[str, Any] = {name: int(written[go]) for name, go in _FIELDS.items()}
    numbers |= {name: int(written.get(go, 0)) for name, go in _OWN.items()}
    return MemStats(**numbers, by_size=by_size)


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


def names(at_start: MemStats, before: MemStats) -> tuple[str, ...]:
    """Return which numbers can be compared, but for BySize, given the model's and Go's at the start."""
    return COUNTERS + GAUGES + tuple(name for name in HIDDEN if getattr(at_start, name) == getattr(before, name))


def unseen(*, cycles: bool, beside: bool) -> tuple[str, ...]:
    """Return which numbers a trace does not tell behind collections; beside: swept beside the program, not in a pause.

    They wake the scavenger, and no event says which pages it gives back. And spans with the marker's work look like
    those of stacks: all are freed by a sweep in the pause, but else some stay.
    """
    return ("heap_released",) * cycles + ("stack_inuse",) * beside


def differences(model: MemStats, go: MemStats, compared: Sequence[str]) -> list[Difference]:
    """Return every number that must be equal and is not: of those named, and of BySize."""
    found = [
        Difference(_FIELDS[name], getattr(model, name), getattr(go, name))
        for name in compared
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


def in_go(compared: Sequence[str]) -> list[str]:
    """Return the names of numbers in Go's words."""
    return [_FIELDS[name] for name in compared]
