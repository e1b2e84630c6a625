"""What the pacer view says: the headline, numbers with two digits, and the table for those who read instead of look.

Go: runtime/mgcpacer.go, gcControllerState; runtime/mgclimit.go, gcCPULimiterState.
Left out: advice; the what-if panel gives that, for a log of the reader's own.
"""

from html import escape

from gomemlab.pacing.run import OFF, PacedCycle
from gomemlab.views.pacer_facts import PacerFrame, Picked, nearest
from gomemlab.views.words import GIB, KIB, MIB, count, size, thousands

ROWS = 60  # of the table, around the picked cycle
REASONS = {
    "heap": "the heap reached the trigger",
    "time": "two minutes had passed without a cycle",
    "forced": "the program called runtime.GC",
}
HEAD = ("cycle", "began", "because of", "live", "trigger", "goal", "peak", "took", "goal set by")


def amount(nbytes: float, unit: int) -> str:
    """Return bytes as a number of a unit: two digits below 100, one below 1000."""
    value = nbytes / unit
    if abs(value) >= 1000:  # noqa: PLR2004 (four digits are enough)
        return thousands(round(value))
    return f"{value:.2f}" if abs(value) < 100 else f"{value:.1f}"  # noqa: PLR2004 (the same)


def unit_of(nbytes: int) -> int:
    """Return the unit in which the numbers of one cycle are said."""
    return next(unit for unit in (GIB, MIB, KIB) if nbytes >= 2 * unit or unit == KIB)


def unit_name(unit: int) -> str:
    """Return a unit's name."""
    return {GIB: "GiB", MIB: "MiB", KIB: "KiB"}[unit]


def seconds(at_s: float) -> str:
    """Return a time in seconds, with as many digits as a cycle needs."""
    return f"{at_s:.2f} s" if at_s < 100 else f"{thousands(round(at_s))} s"  # noqa: PLR2004 (four digits)


def took(for_s: float) -> str:
    """Return how long something took, in milliseconds below a second."""
    return f"{1000 * for_s:.1f} ms" if for_s < 1 else f"{for_s:.2f} s"


def said(frame: PacerFrame) -> str:
    """Return the run as one sentence."""
    run = frame.run
    if not run.cycles:
        return f"No cycle in {seconds(run.seconds)}: {_why_none(frame)}, and the heap grew to {size(run.end_live)}."
    words = f"{count(run.num_gc, 'cycle')}, peak {size(run.peak_heap)}, {100 * run.gc_cpu:.1f} % GC CPU"
    if frame.held_back:
        held = "1 cycle" if frame.held_back == 1 else count(frame.held_back, "cycle")
        return f"{words}; in {held} the CPU limiter stopped assists, and the heap outgrew its goal."
    if frame.overrun is not None:
        return f"{words}; from cycle {frame.overrun.number} on the limit left no room above what is live."
    if frame.since is None:
        return f"{words}; {_who(frame)}."
    if frame.since.number == 1:
        return f"{words}; the limit set every goal, not GOGC."
    return f"{words}; from cycle {frame.since.number} on the limit set the goal, not GOGC."


def _who(frame: PacerFrame) -> str:
    """Return what set the goals of a run whose last was not the limit's."""
    limited = frame.run.limited
    if limited:
        return f"the limit set the goal of {count(limited, 'cycle')}, GOGC the last"
    near = sum(nearest(cycle) for cycle in frame.run.cycles)
    if near:
        return f"GOGC asked {count(near, 'cycle')} for a goal nearer than there is"
    return "the limit never mattered" if not frame.no_limit else "GOGC set every goal"


def _why_none(frame: PacerFrame) -> str:
    """Return why there was no cycle."""
    if frame.run.gogc == OFF:
        return "GOGC was off" if frame.no_limit else "GOGC was off, the limit was not near"
    return "the heap stayed below its smallest goal"


def why(picked: Picked) -> str:
    """Return why the picked cycle began, and where it ended."""
    cycle = picked.cycle
    over = cycle.heap_end / cycle.goal if cycle.goal else 1.0
    return (
        f"Began since {REASONS[cycle.reason]}; marked for {took(cycle.marking_s)}, "
        f"and ended at {100 * over:.1f} % of the goal."
    )


def rule(picked: Picked) -> tuple[str, str]:
    """Return how the goal of a cycle came about: the rule, and the rule with this cycle's numbers."""
    cycle = picked.cycle
    unit = unit_of(cycle.goal)

    def n(nbytes: int) -> str:
        return amount(nbytes, unit)

    name = unit_name(unit)
    if picked.rule == "limit":
        asked = "GOGC is off" if cycle.gogc == OFF else f"GOGC {cycle.gogc} asked for {n(cycle.gogc_goal)} {name}"
        limit = cycle.memory_limit
        return (
            "goal = limit − all that is no object − 3 % head-room, at least 1 MiB, and no less than live",
            f"{n(cycle.goal)} = {n(limit)} − {n(limit - cycle.goal)} {name}; {asked}",
        )
    if picked.rule == "live":
        return (
            "goal = live: what is live, and what is no object, is more than the limit",
            f"{n(cycle.goal)} {name} with a limit of {n(cycle.memory_limit)}: it is collected all the time",
        )
    if picked.rule == "nearest":
        return (
            "goal = the nearest there is: 1 MiB for sweeping, 64 KiB for marking",
            f"{n(cycle.goal)} {name}; GOGC {cycle.gogc} asked for {n(cycle.gogc_goal)}",
        )
    if picked.rule == "minimum":
        return (
            "goal = 4 MiB × GOGC / 100: no goal is smaller",
            f"{n(cycle.goal)} {name}; live and GOGC would give less",
        )
    stacks, data = picked.extra
    factor = f"{cycle.gogc / 100:g}"
    sum_ = f"{n(cycle.live_before)} + {n(stacks)} + {n(data)}"
    formula = "goal = live + (live + stacks + globals) × GOGC / 100"
    return formula, f"{n(cycle.gogc_goal)} = {n(cycle.live_before)} + ({sum_}) × {factor}"


def table(frame: PacerFrame) -> str:
    """Return the cycles around the picked one as an HTML table."""
    cycles = frame.run.cycles
    at = frame.picked.cycle.number - 1 if frame.picked is not None else 0
    first = max(min(at - ROWS // 2, len(cycles) - ROWS), 0)
    rows = "".join(_row(cycle, picked=cycle.number == at + 1) for cycle in cycles[first : first + ROWS])
    head = "".join(f'<th scope="col">{name}</th>' for name in HEAD)
    part = f"Cycles {first + 1} to {min(first + ROWS, len(cycles))} of {thousands(len(cycles))}"
    note = f'<p class="gm-s">{part}; the table follows the picked cycle.</p>' if len(cycles) > ROWS else ""
    return f'<table class="gm-table gm-pc-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}'


def _row(cycle: PacedCycle, *, picked: bool) -> str:
    """Return a cycle's row."""
    cells = (
        seconds(cycle.start_s),
        {"heap": "heap", "time": "2 minutes", "forced": "runtime.GC"}[cycle.reason],
        size(cycle.live_before),
        size(cycle.trigger),
        size(cycle.goal),
        size(cycle.peak),
        took(cycle.marking_s),
        "limit" if cycle.limited else gogc_rule(cycle),
    )
    inner = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    mark = ' aria-current="true"' if picked else ""
    return f'<tr{mark}><th scope="row">{thousands(cycle.number)}</th>{inner}</tr>'


def gogc_rule(cycle: PacedCycle) -> str:
    """Return which setting gave a goal that the limit did not."""
    return "nothing" if cycle.gogc == OFF else f"GOGC {cycle.gogc}"
