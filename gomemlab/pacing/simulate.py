"""The aggregate mode: the pacer's life over minutes and hours, without a heap.

Between two cycles the live heap grows at the workload's rate until the trigger, or until two minutes have passed, or
the program calls runtime.GC. Then the pacer starts a cycle, and from moment to moment is told what was allocated and
scanned; it revises what allocating costs, and that divides the Ps of the next moment. At the end it is told what was
marked. Every decision is made by the pacer and the CPU limiter of the stepped world; here is only arithmetic.

Beside the stepped world, at the same rates, goals and ends of cycles and the time between them differ by less than 3 %
where dedicated workers mark, and the CPU time of marking by less than 7 %. On a single P with a heap of 15 MiB it is
up to 18 % and 24 %: there what a goroutine pays ahead is a large part of marking (tests/pacing/test_agreement.py). An
hour of a service takes about half a second.

    run = simulate(named("ramp: 24 to 60 MiB live"), gogc=100, memory_limit=112 << 20)

Go: runtime/mgc.go, gcStart, gcMarkDone, gcMarkTermination, gcTrigger; runtime/proc.go, forcegcperiod.
Left out: spans, and with them that a trigger is noticed only when one is taken; that idle Ps take time to wake.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Final

from gomemlab.costs import BESIDES
from gomemlab.pacing.accounts import Accounts
from gomemlab.pacing.marking import Marking
from gomemlab.pacing.moment import Moment
from gomemlab.pacing.run import Change, PacedCycle, Reason, Run
from gomemlab.pacing.settings import Settings
from gomemlab.pacing.streams import finite
from gomemlab.pacing.workload import Workload
from gomemlab.runtime.alloc.sizeclasses import whole
from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.limiter import GCCPULimiter
from gomemlab.runtime.gc.pacer import OFF, GCController
from gomemlab.runtime.pace import FORCE_GC_PERIOD
from gomemlab.runtime.settings import check_gogc, check_memory_limit

PERIOD: Final = FORCE_GC_PERIOD / 1e9  # seconds without a cycle, after which one is started
SWEEP: Final = BESIDES["sweep"] / 1e9 / PAGE_SIZE  # seconds for each byte of heap: a cycle waits for the sweep
MOST_CYCLES: Final = 1_000_000
MOMENTS: Final = 12  # parts that a cycle is followed in, if it goes as planned; 400 change a result by a millionth


def simulate(
    workload: Workload,
    gogc: int | None = 100,
    memory_limit: int | None = None,
    procs: int = 4,
    seconds: float = 12.0,
    *,
    cycles: int = MOST_CYCLES,
    changes: Iterable[Change] = (),
    limiter: bool = True,
    moments: int = MOMENTS,
) -> Run:
    """Return the cycles of a workload in so many seconds, or so many cycles if these are over before.

    gogc None (or -1) is off, memory_limit None is none. changes are settings changed on the way. Without the limiter,
    which Go always has, one sees what it is good for. Fewer moments a cycle are faster, and cruder where much is
    assisted. Raise MisuseError for settings that there cannot be.
    """
    gogc, memory_limit = OFF if gogc is None else check_gogc(gogc), check_memory_limit(memory_limit)
    if gogc < OFF:
        raise MisuseError(f"GOGC={gogc} cannot be set; give 0 or more, or None for off")
    if memory_limit < 0:
        raise MisuseError(f"a memory limit of {memory_limit} B cannot be set; give 0 or more, or None for none")
    _check_run(workload, seconds, {"Ps": procs, "cycles": cycles, "moments a cycle": moments})
    ordered = tuple(sorted(changes, key=_when))
    life = Life(workload, gogc, memory_limit, procs, ordered, limiter=limiter)
    done = life.run(float(seconds), cycles, moments)
    return Run(
        workload=workload,
        procs=procs,
        gogc=gogc,
        memory_limit=memory_limit,
        changes=ordered,
        seconds=life.moment.now,
        cycles=done,
        after=tuple(life.points),
        memory_peak=max([life.accounts.take_peak(), *(cycle.memory_peak for cycle in done)]),
        allocated=life.moment.allocated,
        program_s=life.moment.program_s,
    )


def _check_run(workload: object, seconds: object, counts: Mapping[str, object]) -> None:
    """Raise MisuseError for what is no workload, for no time, and for none of something."""
    if not isinstance(workload, Workload):
        raise MisuseError(f"{workload!r} is no workload; give workload(...), or named(...) for one of the menu")
    least = min(whole(count, name, "give 1 or more") for name, count in counts.items())
    if least < 1 or finite(seconds, "seconds") <= 0:
        asked = ", ".join(f"{count} {name}" for name, count in counts.items())
        raise MisuseError(f"{asked}, {seconds} s cannot be; give 1 or more of each, and some seconds")


def _when(change: object) -> float:
    """Return the time of a change; raise MisuseError for one that cannot be."""
    if not isinstance(change, Change):
        raise MisuseError(f"{change!r} is no change of a setting; give Change(at_s, gogc, memory_limit)")
    bad_gogc = change.gogc is not None and check_gogc(change.gogc) < OFF
    bad_limit = change.memory_limit is not None and check_memory_limit(change.memory_limit) < 0
    if finite(change.at_s, "at_s") < 0 or bad_gogc or bad_limit:
        raise MisuseError(f"{change} cannot be; give a time of 0 or more, GOGC from -1 on, a limit from 0 on")
    return change.at_s


class Life:
    """A process under a workload, at a moment."""

    __slots__ = (
        "_black",
        "_cycles",
        "_ideal",
        "_last_gc",
        "_limiter",
        "_pacer",
        "_procs",
        "_settings",
        "_swept",
        "accounts",
        "moment",
        "points",
    )

    def __init__(
        self, workload: Workload, gogc: int, limit: int, procs: int, changes: tuple[Change, ...], *, limiter: bool
    ) -> None:
        self._procs = procs
        self._ideal = workload.per == "cycle"  # the clock and the sweep do not matter
        self._pacer = GCController.init(gogc, limit)
        self._pacer.add_globals(workload.globals)
        self._pacer.commit(is_sweep_done=True)  # Go counts them before it computes the first goal
        self._limiter = GCCPULimiter(nprocs=procs) if limiter else None
        self.accounts = Accounts(workload.overhead)
        self.moment = Moment(workload, procs)
        self._settings = Settings(changes)
        self._cycles: list[PacedCycle] = []
        self.points: list[tuple[float, int]] = [(0.0, 0)]  # (s, heap_live) since the last cycle
        self._black = 0  # bytes that were born while the last cycle marked
        self._last_gc = self._swept = 0.0  # seconds: when the last cycle ended, when it was swept

    def run(self, seconds: float, cycles: int, moments: int) -> tuple[PacedCycle, ...]:
        """Live so long; return the cycles."""
        while len(self._cycles) < cycles:
            reason = self._grow(seconds)
            if reason is None:
                break
            self._collect(reason, moments)
        self.accounts.book(self._pacer)  # what the end holds may be the most
        return tuple(self._cycles)

    # Between cycles

    def _grow(self, end: float) -> Reason | None:
        """Let the heap grow until a cycle has to start; return why, or None at the end of the run."""
        moment, pacer = self.moment, self._pacer
        while moment.now < end:
            self._look()
            start_at = self._start_at()
            reason = self._triggered(start_at)
            if reason is not None:
                return reason
            event, rate = self._next_event(end), moment.growth
            reached = moment.now + (start_at - pacer.heap_live) / rate if rate > 0 else math.inf
            if moment.now < reached <= event:
                self._let_pass(reached, start_at - pacer.heap_live)
            else:
                until = max(event, math.nextafter(moment.now, math.inf))
                self._let_pass(until, int(rate * (until - moment.now)))
                self.points.append((moment.now, pacer.heap_live))
        return None

    def _look(self) -> None:
        """Take note of what has changed by now: streams, settings, the books."""
        moment, pacer, accounts = self.moment, self._pacer, self.accounts
        moment.refresh(len(self._cycles))
        pacer.add_scannable_stack(moment.stacks - accounts.stacks)
        accounts.stacks = moment.stacks
        accounts.book(pacer)
        self._settings.apply(moment.now, pacer, accounts, is_sweep_done=moment.now >= self._swept)

    def _let_pass(self, until: float, grown: int) -> None:
        """Let the program run until then, and allocate so much."""
        moment, length = self.moment, until - self.moment.now
        if self._limiter:
            self._limiter.add_idle_time(int((self._procs - moment.running) * length * 1e9))
        moment.pass_time(until, moment.running, grown)
        self._pacer.update(grown, int(grown * moment.scannable))

    def _start_at(self) -> int:
        """Return the live heap at which a cycle starts: at the trigger, yet not before a span was taken."""
        trigger, _ = self._pacer.trigger()
        return max(trigger, self._pacer.heap_marked + (0 if self._ideal else PAGE_SIZE))

    def _triggered(self, start_at: int) -> Reason | None:
        """Say why a cycle starts now. Go: runtime/mgc.go, gcTrigger."""
        now = self.moment.now
        if self.moment.forced_due():
            return "forced"
        if self._pacer.heap_live >= start_at and now >= self._swept:
            return "heap"
        return "time" if now >= self._periodic() else None

    def _periodic(self) -> float:
        """Return when the last cycle is two minutes old; infinity before the first, and with GOGC=off."""
        never = not self._cycles or self._pacer.gc_percent < 0 or self._ideal
        return math.inf if never else self._last_gc + PERIOD

    def _next_event(self, end: float) -> float:
        """Return when something else than the trigger may happen next."""
        moment = self.moment
        swept = self._swept if self._swept > moment.now else math.inf
        return min(end, moment.until, moment.next_forced, self._settings.next_at, swept, self._periodic())

    # A cycle

    def _collect(self, reason: Reason, moments: int) -> None:
        """Run a cycle."""
        pacer, moment = self._pacer, self.moment
        trigger, live_before = pacer.trigger()[0], pacer.heap_marked
        marking = Marking(pacer, self._limiter, moment, self.accounts, self._settings, self._procs, len(self._cycles))
        marking.begin(reason, old=live_before - self._black)
        marking.run(moments)
        self._cycles.append(marking.end(trigger, live_before, tuple(self.points)))
        self._black, self._last_gc = marking.black, moment.now
        self.points = [(moment.now, pacer.heap_live)]
        self._swept = moment.now + (0.0 if self._ideal else SWEEP * marking.heap_end)
