"""Runs of the pacer made by hand: cycles with round numbers, as tests of views want them."""

from gomemlab.pacing.run import NO_LIMIT, PacedCycle, Run, Sample
from gomemlab.pacing.workload import MIB, workload


def cycle(number: int, *, limited: bool = False, live: int = 40, goal: int = 80, **parts: object) -> PacedCycle:
    """Return the cycle that marks in the last fifth of second `number`; sizes in MiB."""
    end = float(number)
    inside = (
        Sample(end - 0.2, 70 * MIB, goal * MIB, 0, 8.0, 1.0, 0.0, 0.0, limiting=False),
        Sample(end - 0.1, 75 * MIB, goal * MIB, 20 * MIB, 8.0, 1.0, 0.0, 0.0, limiting=False),
        Sample(end, 80 * MIB, goal * MIB, 43 * MIB, 8.0, 1.0, 0.8, 0.0, limiting=False),
    )
    usual: dict[str, object] = {
        "number": number, "reason": "heap", "start_s": end - 0.2, "end_s": end, "gogc": 100,
        "memory_limit": 100 * MIB if limited else NO_LIMIT, "live_before": live * MIB, "trigger": 70 * MIB,
        "goal": goal * MIB, "gogc_goal": (2 * live + 3) * MIB, "limited": limited, "heap_start": 70 * MIB,
        "heap_end": 80 * MIB, "live": live * MIB, "stacks": 2 * MIB, "globals": 1 * MIB, "scanned": 43 * MIB,
        "memory_peak": 90 * MIB, "assist_s": 0.08, "workers_s": 0.2, "idle_s": 0.0, "sweep_term_s": 0.0,
        "mark_term_s": 0.0, "before": (), "inside": inside,
    }  # fmt: skip
    return PacedCycle(**{**usual, **parts})  # type: ignore[arg-type]


def run(*cycles: PacedCycle, seconds: float = 0.0, end_live: int = 50, **parts: object) -> Run:
    """Return a run of four Ps with these cycles, half a second longer than the last."""
    seconds = seconds or (cycles[-1].end_s + 0.5 if cycles else 10.0)
    last = cycles[-1] if cycles else None
    usual: dict[str, object] = {
        "workload": workload(40 * MIB, 40 * MIB), "procs": 4, "gogc": last.gogc if last else 100,
        "memory_limit": last.memory_limit if last else NO_LIMIT, "changes": (), "seconds": seconds, "cycles": cycles,
        "after": ((seconds, end_live * MIB),), "memory_peak": 95 * MIB, "allocated": 400 * MIB, "program_s": 30.0,
    }  # fmt: skip
    return Run(**{**usual, **parts})  # type: ignore[arg-type]
