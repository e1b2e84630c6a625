"""What the pacer view draws: a run of the pacer as one frame of plain values.

The frame has the whole run, or close up the neighbours of one cycle. One cycle is picked, and of this one the frame has
all numbers: between which triggers the pacer had to choose, and how the goal came about. Two handles stand in the
picture: GOGC's at the goal that it asks for in the picked cycle, the limit's at the right end.

Go: runtime/mgcpacer.go, (*gcControllerState).commit, (*gcControllerState).trigger,
(*gcControllerState).memoryLimitHeapGoal.
Left out: what is between two cycles, apart from the line.
"""

from dataclasses import dataclass
from typing import NamedTuple

from gomemlab.pacing.run import NO_LIMIT, OFF, PacedCycle, Run
from gomemlab.runtime.gc.pacer import DEFAULT_HEAP_MINIMUM, GCController
from gomemlab.views import pacer_curves as curves
from gomemlab.views.pacer_curves import Curve
from gomemlab.views.words import GIB, KIB, MIB

STEPS = 5  # between the lines of the upright axis, at most
FAR = 1.6  # a limit so many times above everything else is not in the picture
ABOVE = 1.03  # of the highest value: the picture ends no lower
NEIGHBOURS = 1.5  # close up: how much of the time of the picked cycle stands on either side
EVERY_P = 100.0  # percent
USUAL = 50.0  # percent of all Ps: the limiter's line, and the top of the lower picture as long as it holds


class Axis(NamedTuple):
    """The upright axis: from 0 to `top`, with a line at each step, in a unit."""

    top: int  # bytes
    step: int  # bytes
    unit: int  # bytes

    @property
    def name(self) -> str:
        """Return the unit's name."""
        return {KIB: "KiB", MIB: "MiB", GIB: "GiB"}[self.unit]


class Handle(NamedTuple):
    """Where a ring stands, and what it says."""

    x: float  # seconds
    y: float  # bytes, at most the top of the picture
    words: str


@dataclass(frozen=True, slots=True)
class Picked:
    """All about one cycle."""

    cycle: PacedCycle
    since_s: float  # when the one before it ended
    window: tuple[int, int]  # bytes: between which triggers the pacer had to choose
    base: int  # bytes that GOGC counts: live, stacks and globals
    extra: tuple[int, int]  # bytes of stacks and of globals in that
    minimum: bool  # GOGC's goal would have been below the smallest goal that there is

    @property
    def rule(self) -> str:
        """Return what set the goal: "limit", "live" where the limit leaves no more, "nearest", "minimum" or "gogc"."""
        if self.cycle.limited:
            return "live" if hopeless(self.cycle) else "limit"
        if nearest(self.cycle):
            return "nearest"
        return "minimum" if self.minimum else "gogc"


@dataclass(frozen=True, slots=True)
class PacerFrame:
    """One run on screen."""

    run: Run
    gogc: int  # percent at the end of the run
    memory_limit: int  # bytes at the end of the run
    window: tuple[float, float]  # seconds on screen
    axis: Axis
    cpu_top: float  # percent
    heap: Curve
    marking: Curve
    goal: Curve
    trigger: Curve
    live: Curve
    workers: Curve
    both: Curve
    picked: Picked | None
    last: PacedCycle | None  # the last cycle on screen
    since: PacedCycle | None  # the first cycle of those, up to the last, whose goal the limit set
    overrun: PacedCycle | None  # the first cycle for which the limit left no room above what is live
    each: int  # cycles that a tooth stands for
    held_back: int  # cycles in which the limiter kept goroutines from assisting

    @property
    def close(self) -> bool:
        """Tell whether only a part is on screen."""
        return self.window != (0.0, self.run.seconds)

    @property
    def no_limit(self) -> bool:
        """Tell whether there is no memory limit."""
        return self.memory_limit == NO_LIMIT

    @property
    def limit_ring(self) -> Handle:
        """Return the limit's handle; without one it waits at the top."""
        y = float(min(self.memory_limit, self.axis.top))
        return Handle(self.window[1], y, "no limit" if self.no_limit else "limit")

    @property
    def gogc_ring(self) -> Handle:
        """Return GOGC's handle, at the goal that it asks for in the picked cycle; off, it waits at the top."""
        picked = self.picked
        if picked is None:
            asked, x = DEFAULT_HEAP_MINIMUM * max(self.gogc, 0) // 100, self.run.seconds / 2
        else:
            asked = picked.cycle.gogc_goal
            x = (max(picked.since_s, self.window[0]) + min(picked.cycle.end_s, self.window[1])) / 2
        off = self.gogc == OFF
        return Handle(x, float(self.axis.top if off else min(asked, self.axis.top)), gogc_words(self.gogc))


def gogc_words(gogc: int) -> str:
    """Return "GOGC 100" or "GOGC off"."""
    return f"GOGC {'off' if gogc == OFF else gogc}"


def frame(run: Run, at_s: float | None = None, *, close: bool = False, axis: Axis | None = None) -> PacerFrame:
    """Return what to draw of a run; the cycle at `at_s` is picked. An axis that is given stays as it is."""
    number = cycle_at(run, at_s if at_s is not None else run.seconds * 0.45)
    picked = _picked(run, number) if number is not None else None
    window = _window(run, picked) if close and picked is not None else (0.0, run.seconds)
    shown = list(run.cycles) if window == (0.0, run.seconds) else curves.within(run.cycles, *window)
    whole = len(shown) == len(run.cycles)
    teeth = curves.teeth(shown)
    if teeth and not whole and shown[0].number > 1:
        teeth = [teeth[0]._replace(since_s=_end_before(run, shown[0])), *teeth[1:]]
    begin = (teeth[0].since_s, teeth[0].cycle.live_before if shown[0].number > 1 else 0) if teeth else (0.0, 0)
    to_the_end = not shown or shown[-1] is run.cycles[-1]
    axis = axis or _axis(shown, run)
    workers, both = curves.cpu(teeth, run.procs)
    high = max([*both.ys, 0.0])
    far = axis.top * 1.2
    last = run.cycles[-1] if run.cycles else None
    live = curves.steps(teeth, lambda cycle: cycle.live_before, far)
    if last is not None and to_the_end:
        live = Curve((*live.xs, last.end_s, run.seconds), (*live.ys, last.live, last.live))
    return PacerFrame(
        run=run,
        gogc=next((change.gogc for change in reversed(run.changes) if change.gogc is not None), run.gogc),
        memory_limit=next(
            (c.memory_limit for c in reversed(run.changes) if c.memory_limit is not None), run.memory_limit
        ),
        window=window,
        axis=axis,
        cpu_top=USUAL if high <= USUAL else EVERY_P,
        heap=curves.heap(teeth, begin, (run.seconds, run.end_live) if to_the_end else None),
        marking=curves.marking(teeth),
        goal=curves.steps(teeth, lambda cycle: cycle.goal, far),
        trigger=curves.steps(teeth, lambda cycle: cycle.trigger, far),
        live=live,
        workers=workers,
        both=both,
        picked=picked,
        last=next((cycle for cycle in reversed(shown) if cycle.end_s <= window[1]), last),
        since=_since(run),
        overrun=next((cycle for cycle in run.cycles if hopeless(cycle)), None),
        each=-(-len(shown) // max(len(teeth), 1)) if teeth else 1,
        held_back=sum(any(sample.limiting for sample in cycle.inside) for cycle in run.cycles),
    )


def hopeless(cycle: PacedCycle) -> bool:
    """Tell whether the limit left a cycle no room above what is live.

    Go: runtime/mgcpacer.go, (*gcControllerState).memoryLimitHeapGoal.
    """
    return cycle.limited and cycle.goal <= cycle.live_before


def nearest(cycle: PacedCycle) -> bool:
    """Tell whether GOGC asked for a goal so near that Go moved it away, since sweeping and marking need some room.

    Go: runtime/mgcpacer.go, (*gcControllerState).heapGoalInternal.
    """
    return not cycle.limited and cycle.goal > cycle.gogc_goal


def cycle_at(run: Run, at_s: float) -> int | None:
    """Return the index of the cycle to which a moment belongs: until its end, from the end of the one before."""
    for index, cycle in enumerate(run.cycles):
        if at_s <= cycle.end_s:
            return index
    return len(run.cycles) - 1 if run.cycles else None


def _end_before(run: Run, cycle: PacedCycle) -> float:
    """Return when the cycle before one ended."""
    return run.cycles[cycle.number - 2].end_s


def _picked(run: Run, index: int) -> Picked:
    """Return all about a cycle of a run."""
    cycle = run.cycles[index]
    before = run.cycles[index - 1] if index else None
    stacks, data = (before.stacks, before.globals) if before is not None else (0, cycle.globals)
    base = cycle.live_before + stacks + data
    minimum = cycle.gogc != OFF and cycle.gogc_goal > goal_of(cycle.gogc, cycle.live_before, base)
    return Picked(
        cycle,
        before.end_s if before is not None else 0.0,
        triggers(cycle.live_before, cycle.goal),
        base,
        (stacks, data),
        minimum,
    )


def triggers(live: int, goal: int) -> tuple[int, int]:
    """Return the lowest and the highest trigger that the pacer may choose below a goal.

    Go: runtime/mgcpacer.go, (*gcControllerState).trigger.
    """
    long, none = (GCController(heap_marked=live, gc_percent_heap_goal=goal, runway=way) for way in (goal + 1, 0))
    return long.trigger()[0], none.trigger()[0]


def goal_of(gogc: int, live: int, base: int) -> int:
    """Return the goal that GOGC sets, without the smallest there is: live + (live + stacks + globals) GOGC/100."""
    return live + base * max(gogc, 0) // 100


def gogc_for(picked: Picked, goal: float) -> int:
    """Return the GOGC with which a cycle would have had this goal, at least 1."""
    by_live = (goal - picked.cycle.live_before) / max(picked.base, 1)
    return max(round(100 * min(by_live, goal / DEFAULT_HEAP_MINIMUM)), 1)


def _window(run: Run, picked: Picked) -> tuple[float, float]:
    """Return the time around a cycle that is looked at close up."""
    took = picked.cycle.end_s - picked.since_s
    return max(picked.since_s - NEIGHBOURS * took, 0.0), min(picked.cycle.end_s + NEIGHBOURS * took, run.seconds)


def _since(run: Run) -> PacedCycle | None:
    """Return the first of the last cycles without a break whose goal the limit set; None where the last was GOGC's."""
    found = None
    for cycle in reversed(run.cycles):
        if not cycle.limited:
            break
        found = cycle
    return found


def _axis(shown: list[PacedCycle], run: Run) -> Axis:
    """Return an axis with room for everything in the picture, and for the limit where it is not far above."""
    goals = [cycle.goal for cycle in shown if cycle.goal < FAR * max(cycle.peak, 1)]
    highest = max([1, run.end_live if not shown or shown[-1] is run.cycles[-1] else 1, *goals,
                   *(cycle.peak for cycle in shown)])  # fmt: skip
    limits = [limit for limit in (run.memory_limit, *(cycle.memory_limit for cycle in shown)) if limit < FAR * highest]
    highest = max([highest, *limits])
    return axis_for(highest)


def axis_for(highest: float) -> Axis:
    """Return an axis of a few even steps that has room for a value."""
    step = KIB
    while step * STEPS < highest * ABOVE:
        step *= 2
    top = -(-int(highest * ABOVE) // step) * step
    unit = next(unit for unit in (GIB, MIB, KIB) if top >= 2 * unit or unit == KIB)
    return Axis(max(top, step), step, unit)
