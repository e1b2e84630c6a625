"""`gomemlab replay` of a graph recording: what was foretold, and the first difference, as text or as JSON.

Go: runtime/mgc.go, GC; runtime/mstats.go, ReadMemStats.
Left out: pictures; the lab draws them.
"""

from typing import Any

from gomemlab.recorded.comparison import counted, of
from gomemlab.recorded.graph import Cycle, Prediction, explain

_SHOWN = 8  # differences of MemStats


def text(result: Prediction) -> str:
    """Return the report as lines of text."""
    recording, cycles = result.recording, result.cycles
    operations = recording.log.operations
    freed = sum(len(cycle.freed_by_go) for cycle in cycles)
    wrong = sum(len(cycle.freed ^ cycle.freed_by_go) for cycle in cycles)
    foretold = sum(len(cycle.freed & cycle.freed_by_go) for cycle in cycles)
    compared = sum(cycle.compared for cycle in cycles)
    equal = compared - sum(len(cycle.differences) for cycle in cycles)
    given = f"the start and a graph log of {counted(len(operations), 'operation')}"
    dead = f"{of(foretold, freed)} foretold, {wrong - (freed - foretold):,} foretold that lived on"
    lines = [
        f"{recording.name}: {len(recording.trace):,} events of a real Go run, {counted(recording.start.procs, 'P')}",
        f"  predicted from {given}",
        f"  {'object addresses':<18}{of(result.exact, result.total)} equal real Go",
        f"  {'freed slots':<18}{dead}; in {counted(len(cycles), 'collection')}",
        f"  {'MemStats':<18}{of(equal, compared)} numbers equal to the byte, behind each collection",
    ]
    if result.done < len(operations):
        why = result.refused or "stopped on request"
        lines.append(f"  ended after {of(result.done, len(operations))} operations: {why}")
    lines += [line for cycle in cycles if not cycle.ok for line in _wrong(cycle)]
    lines += [f"  note: {note}" for note in notes(result)]
    lines += [f"  {line}" for line in explain(result)]
    return "\n".join(lines)


def _wrong(cycle: Cycle) -> list[str]:
    """Return what is wrong with one collection."""
    lines = [f"  collection {cycle.number + 1}:"]
    for slots, said in (
        (cycle.freed_by_go - cycle.freed, "freed by Go alone"),
        (cycle.freed - cycle.freed_by_go, "freed by the model alone"),
    ):
        if slots:
            lines.append(f"    {counted(len(slots), 'slot')} {said}, the first at heap + {min(slots):#x}")
    lines += [f"    {d.name}: model {d.model:,}, Go {d.go:,}" for d in cycle.differences[:_SHOWN]]
    return lines


def notes(result: Prediction) -> list[str]:
    """Return what cannot be promised for this recording, and why, as sentences."""
    recording, found = result.recording, []
    if recording.start.procs > 1:
        found.append(
            f"It was recorded with {recording.start.procs} Ps; which of them a program ran on is not in its log, and "
            "no promise is made."
        )
    if recording.unlogged:
        found.append(
            f"{counted(recording.unlogged, 'object')} that the program did not log came to lie between its own; the "
            "model knows nothing of them."
        )
    return found


def as_json(result: Prediction) -> dict[str, Any]:
    """Return the report as a value that json can write."""
    recording = result.recording
    return {
        "name": recording.name,
        "path": str(recording.path),
        "events": len(recording.trace),
        "procs": recording.start.procs,
        "ok": result.ok,
        "addresses": {"equal": result.exact, "total": result.total, "first_miss": result.first_miss},
        "operations": {
            "done": result.done,
            "total": len(recording.log.operations),
            "refused": result.refused or None,
        },
        "collections": [_cycle_json(cycle) for cycle in result.cycles],
        "notes": notes(result),
        "reason": explain(result),
    }


def _cycle_json(cycle: Cycle) -> dict[str, Any]:
    """Return one collection as a value that json can write."""
    return {
        "ok": cycle.ok,
        "freed": len(cycle.freed_by_go),
        "missed": len(cycle.freed_by_go - cycle.freed),
        "wrongly": len(cycle.freed - cycle.freed_by_go),
        "compared": cycle.compared,
        "differences": [difference._asdict() for difference in cycle.differences],
    }
