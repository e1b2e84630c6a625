"""The logs of real services under real settings, read: as many cycles as Go counted, goals as GOGC asks, lines again.

tests/data/services has what gomemlab/data/services/*.go printed: for each run a line of JSON with its settings and with
what runtime.MemStats said at its end, then its gctrace lines.
"""

import gzip
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from gomemlab.gctrace import Cycle, Exact, Log, line, parse

SERVICES = Path(__file__).parent.parent / "data" / "services"
MIB = 1 << 20
MORE = 2  # cycles that may run between the reading of NumGC and the end; a hopeless limit makes 15,000 a second
PRODUCTS = {"cpu_sweep_term_ms", "cpu_mark_term_ms"}  # of exact numbers: not known from what was cut off


class ServiceRun(NamedTuple):
    """One run: its settings and counts, and its log."""

    head: dict[str, Any]
    log: Log


class Counts(NamedTuple):
    """How many of what were as they should be."""

    programs: int
    runs: int
    cycles: int
    counted: tuple[int, int]  # runs with as many cycles as NumGC, of those in which it was read
    goals: tuple[int, int]  # goals that are GOGC's, of those without a memory limit
    lines: tuple[int, int]  # lines that come out again from the numbers they stand for
    problems: int


def runs() -> Iterator[ServiceRun]:
    """Yield every recorded run."""
    for path in sorted(SERVICES.rglob("*.runs.gz")):
        head: dict[str, Any] = {}
        lines: list[str] = []
        for text in gzip.decompress(path.read_bytes()).decode().splitlines():
            if text.startswith("{"):
                if head:
                    yield ServiceRun(head, parse(lines))
                head, lines = json.loads(text), []
            else:
                lines.append(text)
        yield ServiceRun(head, parse(lines))


def counts() -> Counts:
    """Return how all runs came out."""
    names, cycles, problems, many = set(), 0, 0, 0
    counted, goals, lines = [], [], []
    for head, log in runs():
        names.add(head["program"])
        many, cycles, problems = many + 1, cycles + len(log), problems + log.problems.counts.total()
        if "num_gc" in head["numbers"]:
            counted.append(0 <= len(log) - head["numbers"]["num_gc"] <= MORE)
        if head["memory_limit"] is None:
            goals += [goal_fits(*both, head["gogc"]) for both in pairwise(log)]
        lines += [again(cycle) for cycle in log]
    return Counts(len(names), many, cycles, _of(counted), _of(goals), _of(lines), problems)


def _of(right: list[bool]) -> tuple[int, int]:
    """Return how many are right, of how many."""
    return sum(right), len(right)


def goal_fits(before: Cycle, cycle: Cycle, gogc: int) -> bool:
    """Return whether a goal may be what GOGC makes of what the cycle before marked; each number is cut off.

    A cycle that began past that goal, on a busy machine, has the point where it began and 64 KiB; the line's first
    size was read a little earlier, before the world was stopped.
    Go: runtime/mgcpacer.go, (*gcControllerState).heapGoalInternal.
    """
    lows, highs = zip(*map(before.interval, ("heap_live_mb", "stacks_mb", "globals_mb")), strict=True)
    low, high = (
        max(4 * gogc / 100, live + (live + stacks + rest) * gogc / 100) for live, stacks, rest in (lows, highs)
    )
    began_past = high < cycle.heap_goal_mb and cycle.heap_start_mb <= cycle.heap_goal_mb <= cycle.heap_end_mb + 1
    return began_past or (low < cycle.heap_goal_mb + 1 and cycle.heap_goal_mb <= high)


def exact(cycle: Cycle) -> Exact:
    """Return exact numbers that print as this cycle's: the lowest of each interval."""
    low: dict[str, Any] = {name: cycle.interval(name)[0] for name in Cycle._fields[:18]}
    clocks = ("clock_sweep_term", "clock_mark", "clock_mark_term", "cpu_assist", "cpu_background", "cpu_idle")
    return Exact(
        number=cycle.number,
        at_ns=round(cycle.at_s * 1e9),
        gc_cpu_fraction=(cycle.gc_cpu_percent + 0.5) / 100,
        **{f"{name}_ns": round(low[f"{name}_ms"] * 1e6) for name in clocks},
        **{f"heap_{name}": low[f"heap_{name}_mb"] * MIB for name in ("start", "end", "live", "goal")},
        stacks=low["stacks_mb"] * MIB,
        globals=low["globals_mb"] * MIB,
        procs=cycle.procs,
        forced=cycle.forced,
        leak_check=cycle.leak_check,
    )


def again(cycle: Cycle) -> bool:
    """Return whether a cycle's line, printed from its numbers, says the same."""
    [printed] = parse([line(exact(cycle))])
    told = zip(Cycle._fields[:20], printed, cycle, strict=False)
    return all(one == other or name in PRODUCTS for name, one, other in told)
