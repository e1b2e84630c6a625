"""How an answer reads: a sentence, a table, its warnings; and the same as plain values.

Go: none, this is about words.
Left out: colours, and anything that draws.
"""

from typing import TYPE_CHECKING

from gomemlab.whatif.setting import in_words

if TYPE_CHECKING:
    from gomemlab.whatif.estimate import Estimate
    from gomemlab.whatif.prediction import Prediction

MIB = 1 << 20
BASIS = 3  # cycles; fewer allow no prediction
SHORT = "The log holds {0}; with fewer than {1} much is left to chance."
ASSIST_BOUND = (
    "The log is assist-bound: goroutines paid {0:.0f} % of all marking. "
    "How fast they would have allocated unhindered is a guess."
)
TINY = "Half of the cycles found no more than {0} alive; a log of whole MiB tells little of that. Expect large errors."
RESIDUAL = "The log's own setting, replayed, comes to {0:+.0f} % cycles; expect errors of that size."
INFEASIBLE = (
    "Infeasible: live heap, stacks and the runtime's own need about {0}. "
    "Go would collect without pause, and still pass the limit."
)
THROTTLED = "The CPU limiter engages: it holds collecting to half of the CPU, and lets the heap grow past its goal."
CUT = "There would be more than {0:,} cycles; the rest was taken to go on like these."
ZERO = "With GOGC=0 the goal is 1 MiB above the live heap: Go collects as often as it can."
NEVER = "With GOGC=off and no memory limit Go never collects: the heap grows by all that is allocated."
NONE_NEEDED = "The log's work ends before the first cycle would begin."
HEAP_ALONE = (
    "The peak is the heap's, in whole MiB as gctrace has it. Sys comes to more: in eight of ten recorded runs by {0} "
    "to {1} MiB at the end, most heaps peaking at {2} to {3} MiB. RSS was not recorded."
)
ABOVE_THE_PEAK = (9, 21, 14, 216)  # MiB; tests/whatif counts it over all recordings
CPU = "GC CPU is counted since the program began, as Go does; idle workers take CPU that nobody else wanted."
SURVIVORS = (
    "One log cannot show memory whose life depends on how often Go collects: finalizers, cleanups, weak caches, pools."
)


def mib(nbytes: float) -> str:
    """Return bytes for people to read."""
    return in_words(nbytes).replace("iB", " iB").replace("M iB", " MiB").replace("G iB", " GiB")


def heap(nbytes: float) -> str:
    """Return a size of the heap as gctrace prints it: cut off to whole MiB."""
    return mib(nbytes // MIB * MIB)


def counted(cycles: float) -> str:
    """Return a number of cycles."""
    return "1 cycle" if round(cycles) == 1 else f"{cycles:,.0f} cycles"


def _times(now: float, before: float) -> str:
    """Return how many times as much it is."""
    return f"{now / before:.2f}×" if before else "–"


def sentence(p: "Prediction") -> str:
    """Return the answer in a sentence."""
    if p.observed.num_gc < BASIS:
        are = "is" if round(p.observed.num_gc) == 1 else "are"
        return f"{counted(p.observed.num_gc)} {are} no basis for a prediction; what follows for {p.setting} is a guess."
    if not p.repeats:
        return (
            f"This log, replayed under its own {p.log_setting}, does not come out as it was: no answer for {p.setting}."
        )
    if p.infeasible:
        return (
            f"{p.setting} is infeasible for this service: it needs about {mib(p.needed)}. "
            f"Expect cycle upon cycle, too many to foretell, and {100 * p.gc_cpu.value:.0f} % of the CPU for them."
        )
    return (
        f"With {p.setting} the heap would have peaked at {heap(p.peak_heap.value)} "
        f"({_times(p.peak_heap.value, p.observed.peak_heap)}), with {counted(p.num_gc.value)} "
        f"({_times(p.num_gc.value, p.observed.num_gc)}) and {100 * p.gc_cpu.value:.1f} % of the CPU for them "
        f"(in the log {100 * p.observed.gc_cpu:.1f} %)."
    )


def _share(share: float) -> str:
    """Return a share as a percentage."""
    return f"{100 * share:.1f} %"


def _rows(p: "Prediction") -> list[tuple[str, str, str, str]]:
    """Return the table: what, in the log, predicted, interval."""
    peak, cycles, cpu, was = p.peak_heap, p.num_gc, p.gc_cpu, p.observed
    if p.infeasible:  # how many depends on how fast a machine goes round
        told = ("many", f"{cycles.low:,.0f} or more")
    else:
        told = (f"{cycles.value:,.0f}", f"{cycles.low:,.0f} … {cycles.high:,.0f}")
    return [
        ("", f"log ({p.log_setting})", f"predicted ({p.setting})", "80 % interval"),
        ("peak heap", heap(was.peak_heap), heap(peak.value), f"{heap(peak.low)} … {heap(peak.high)}"),
        ("GC cycles", f"{was.num_gc:,.0f}", *told),
        (
            "GC CPU",
            f"{100 * was.gc_cpu:.1f} %",
            f"{100 * cpu.value:.1f} %",
            f"{100 * cpu.low:.1f} … {100 * cpu.high:.1f} %",
        ),
        ("idle workers", _share(was.gc_cpu_idle), _share(p.gc_cpu_idle), "not measured"),
    ]


def text(p: "Prediction") -> str:
    """Return sentence, table and warnings."""
    rows = _rows(p)
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    left = p.residual
    check = (
        f"The log's own setting, replayed, misses the log by {100 * left.peak_heap:+.0f} % of the peak, "
        f"{100 * left.num_gc:+.0f} % of the cycles, {100 * left.gc_cpu:+.1f} points of CPU."
    )
    checks = [check] if p.observed.num_gc >= BASIS else []
    notes = [*checks, HEAP_ALONE.format(*ABOVE_THE_PEAK), CPU]
    return "\n".join([sentence(p), "", *table, "", *notes, *(f"! {said}" for said in p.warnings)])


def as_dict(p: "Prediction") -> dict[str, object]:
    """Return an answer as plain values, units in the names."""

    def interval(of: "Estimate") -> dict[str, float]:
        return {"value": of.value, "low": of.low, "high": of.high}

    return {
        "setting": {"gogc": p.setting.gogc, "memory_limit_bytes": p.setting.memory_limit},
        "log_setting": {"gogc": p.log_setting.gogc, "memory_limit_bytes": p.log_setting.memory_limit},
        "observed": {
            "peak_heap_bytes": p.observed.peak_heap,
            "num_gc": p.observed.num_gc,
            "gc_cpu_share": p.observed.gc_cpu,
            "gc_cpu_idle_share": p.observed.gc_cpu_idle,
        },
        "peak_heap_bytes": interval(p.peak_heap),
        "num_gc": interval(p.num_gc),
        "gc_cpu_share": interval(p.gc_cpu),
        "gc_cpu_idle_share": p.gc_cpu_idle,
        "infeasible": p.infeasible,
        "needed_bytes": p.needed,
        "limited_share": p.limited,
        "kind": p.kind,
        "residual": {
            "peak_heap": p.residual.peak_heap,
            "num_gc": p.residual.num_gc,
            "gc_cpu_share": p.residual.gc_cpu,
        },
        "sentence": p.sentence,
        "warnings": list(p.warnings),
    }
