"""Other lines that the runtime prints: the scavenger's, the pacer's, and what gctrace=2 adds.

Go: runtime/mgcscavenge.go, printScavTrace; runtime/mgcpacer.go, (*gcControllerState).startCycle,
(*gcControllerState).endCycle; runtime/mgcmark_greenteagc.go, dumpScanStats; runtime/proc.go, forcegchelper.
Left out: schedtrace, inittrace, allocfreetrace.
"""

import re
from collections.abc import Callable
from typing import NamedTuple


class Scavenge(NamedTuple):
    """scavtrace=1: what was given back to the OS since the last such line."""

    line: int
    background_kib: int | None  # None before Go 1.20: one number for both
    eager_kib: int | None
    released_kib: int  # given back now
    in_use_percent: int  # of the heap's memory that the OS has not got back
    forced: bool  # debug.FreeOSMemory


class PacerStart(NamedTuple):
    """gcpacertrace=1, when a cycle begins."""

    line: int
    assist_ratio: float
    scan_mb: int
    heap_live_mb: int
    heap_goal_mb: int
    dedicated_workers: int
    fractional_goal: float


class PacerEnd(NamedTuple):
    """gcpacertrace=1, when marking is over."""

    line: int
    cpu_percent: int  # of GOMAXPROCS, while marking
    goal_percent: int
    heap_work: int  # bytes
    stack_work: int  # bytes
    globals_work: int  # bytes
    expected_work: int  # bytes
    triggered: int  # bytes
    heap_live: int  # bytes
    over_goal: int  # bytes; negative below it
    cons_mark: float  # before the cycle


class Scan(NamedTuple):
    """gctrace=2 of Go 1.26 and later: what a cycle scanned; one line for all, one for each size class."""

    line: int
    size_class: str  # "total", "L" for large objects, or the slot's size, "16B"
    alone: int  # objects scanned one by one
    sparse: int  # objects scanned with their span, few of them
    dense: int  # objects scanned with their span, many of them
    sparse_spans: int
    dense_spans: int


Extra = Scavenge | PacerStart | PacerEnd | Scan

_FLOAT = r"([+-]?(?:[0-9.]{1,20}(?:e[+-][0-9]{1,4})?|Inf|NaN))"
_INT = r"(-?[0-9]{1,20})"
_SCAV = re.compile(
    rf"scav {_INT} KiB work \(bg\), {_INT} KiB work \(eager\), {_INT} KiB now, {_INT}% util( \(forced\))?"
)
_SCAV_OLD = re.compile(rf"scav {_INT} KiB work, {_INT} KiB total, {_INT}% util( \(forced\))?")
_START = re.compile(rf"pacer: assist ratio={_FLOAT} \(scan {_INT} MB in {_INT}->{_INT} MB\) workers={_INT}\+{_FLOAT}")
_END = re.compile(
    rf"pacer: {_INT}% CPU \({_INT} exp\.\) for {_INT}\+{_INT}\+{_INT} B work \({_INT} B exp\.\) "
    rf"in {_INT} B -> {_INT} B \(.{{1,6}}goal {_INT}, cons/mark {_FLOAT}\)"
)
_SCAN = re.compile(
    rf"scan: (?:class )?(total|L|[0-9]{{1,20}}B) {_INT}\+{_INT}\+{_INT}={_INT} objs, {_INT}\+{_INT}={_INT} spans"
)
_SCAN_PLAIN = re.compile(rf"scan: (?:class )?(total|L|[0-9]{{1,20}}B) {_INT} objs")
_PERIODIC = re.compile(r"GC forced\s*(?:$|\\n|\")")
MARKS = ("scav ", "pacer: ", "scan: ")  # a line without one of these has nothing of them


def periodic(text: str) -> bool:
    """Return whether the runtime says that it begins a cycle because there was none for two minutes.

    Go: forcegchelper.
    """
    return _PERIODIC.search(text) is not None


def extra(text: str, line: int) -> Extra | None:
    """Return what one of these lines says, None for any other."""
    for pattern, read in _READERS:
        match = pattern.search(text)
        if match:
            return read(line, match.groups())
    return None


Groups = tuple[str | None, ...]


def _ints(groups: Groups) -> list[int]:
    """Return groups as numbers."""
    return [int(group or 0) for group in groups]


def _scav(line: int, found: Groups) -> Scavenge:
    """Read a line of the scavenger."""
    background, eager, now, used = _ints(found[:4])
    return Scavenge(line, background, eager, now, used, found[4] is not None)


def _scav_old(line: int, found: Groups) -> Scavenge:
    """Read one of Go 1.19 or before."""
    _, now, used = _ints(found[:3])
    return Scavenge(line, None, None, now, used, found[3] is not None)


def _start(line: int, found: Groups) -> PacerStart:
    """Read the pacer's line of a cycle's beginning."""
    scan, live, goal, workers = _ints(found[1:5])
    return PacerStart(line, _float(found[0]), scan, live, goal, workers, _float(found[5]))


def _end(line: int, found: Groups) -> PacerEnd:
    """Read the pacer's line of a cycle's end."""
    cpu, goal, heap, stack, globals_, expected, triggered, live, over = _ints(found[:9])
    return PacerEnd(line, cpu, goal, heap, stack, globals_, expected, triggered, live, over, _float(found[9]))


def _float(text: str | None) -> float:
    """Return a float that print wrote; NaN where it is none."""
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")


def _scan(line: int, found: Groups) -> Scan:
    """Read a line of gctrace=2."""
    alone, sparse, dense, _, sparse_spans, dense_spans, _ = _ints(found[1:])
    return Scan(line, str(found[0]), alone, sparse, dense, sparse_spans, dense_spans)


def _scan_plain(line: int, found: Groups) -> Scan:
    """Read one of a Go that was built without Green Tea."""
    return Scan(line, str(found[0]), int(found[1] or 0), 0, 0, 0, 0)


_READERS: tuple[tuple[re.Pattern[str], Callable[[int, Groups], Extra]], ...] = (
    (_SCAV, _scav),
    (_SCAV_OLD, _scav_old),
    (_START, _start),
    (_END, _end),
    (_SCAN, _scan),
    (_SCAN_PLAIN, _scan_plain),
)
