"""One cycle of the aggregate mode, moment by moment: what is scanned, what is allocated meanwhile, who assists.

A cycle has globals, stacks and the scannable part of what is reachable to scan. In each moment the pacer's assist ratio
divides the Ps; then the pacer hears what was scanned and allocated, and revises the ratio. A moment is a small part of
the cycle, and never longer than until something changes.

Go: runtime/mgc.go, gcStart, gcMarkDone, gcMarkTermination; runtime/mgcpacer.go, (*gcControllerState).revise.
Left out: waves of work and their ends: all workers scan at the same rate until nothing is left.
"""

import math
from typing import Final

from gomemlab.costs import BESIDES
from gomemlab.pacing.accounts import Accounts
from gomemlab.pacing.moment import Moment
from gomemlab.pacing.run import PacedCycle, Reason, Sample
from gomemlab.pacing.settings import Settings
from gomemlab.pacing.sharing import Demand, share
from gomemlab.runtime.gc.limiter import GC_CPU_LIMITER_UPDATE_PERIOD, GCCPULimiter
from gomemlab.runtime.gc.markworkers import GC_BACKGROUND_UTILIZATION
from gomemlab.runtime.gc.pacer import GCController

STOP: Final = BESIDES["cycle"] / 2 / 1e9  # seconds that one stop of the world takes (cost model)
LEAST_MOMENT: Final = 20e-6  # seconds
TICK: Final = 1e-6  # seconds: no moment is shorter
LIMITER_PERIOD: Final = GC_CPU_LIMITER_UPDATE_PERIOD / 1e9  # seconds


class Marking:
    """A cycle that marks."""

    __slots__ = (
        "_accounts",
        "_cycles",
        "_first",
        "_limiter",
        "_moment",
        "_pacer",
        "_procs",
        "_settings",
        "assist_s",
        "black",
        "heap_end",
        "heap_start",
        "idle_s",
        "inside",
        "left",
        "reachable",
        "reason",
        "start_s",
        "workers",
        "workers_s",
    )

    def __init__(
        self,
        pacer: GCController,
        limiter: GCCPULimiter | None,
        moment: Moment,
        accounts: Accounts,
        settings: Settings,
        procs: int,
        cycles: int,
    ) -> None:
        self._pacer, self._limiter, self._moment = pacer, limiter, moment
        self._accounts, self._settings, self._procs, self._cycles = accounts, settings, procs, cycles
        self.inside: list[Sample] = []
        self.assist_s = self.workers_s = self.idle_s = 0.0
        self.black = 0  # bytes allocated since it began
        self.heap_start = self.heap_end = pacer.heap_live

    def begin(self, reason: Reason, old: int) -> None:
        """Stop the world, plan the workers, see what there is to scan; old: what was reachable at the last cycle."""
        pacer, moment = self._pacer, self._moment
        self.reason, self.start_s = reason, moment.now
        self.reachable = moment.reachable(pacer.heap_live, old, first=not self._cycles)
        self.left = [pacer.globals_scan, moment.stacks, int(self.reachable * moment.scannable)]
        self._stop(enable_gc=True)
        pacer.start_cycle(moment.ns, self._procs, periodic=reason == "time")
        rest = pacer.fractional_utilization_goal * self._procs
        self.workers = pacer.dedicated_mark_workers_needed + rest
        self._note(0.0, 0.0)

    def _stop(self, *, enable_gc: bool) -> None:
        """Let the world stand for a moment, with the limiter's knowledge."""
        moment = self._moment
        if self._limiter:
            self._limiter.start_gc_transition(enable_gc, moment.ns)
        moment.pass_time(moment.now + STOP, 0.0, 0)
        if self._limiter:
            self._limiter.finish_gc_transition(moment.ns)

    @property
    def _limiting(self) -> bool:
        return bool(self._limiter and self._limiter.limiting())

    def _note(self, assists: float, idle: float) -> None:
        """Take a sample."""
        pacer = self._pacer
        self.inside.append(
            Sample(
                self._moment.now,
                pacer.heap_live,
                pacer.heap_goal(),
                pacer.scan_work,
                pacer.assist_work_per_byte,
                self.workers,
                assists,
                idle,
                self._limiting,
            )
        )

    def run(self, moments: int) -> None:
        """Mark until nothing is left to scan; in so many moments if it goes as planned."""
        planned = sum(self.left) / (self._moment.scan * self.workers)
        length = max(planned / moments, LEAST_MOMENT)
        while sum(self.left) > 0:
            self._moment.refresh(self._cycles)
            self._settings.apply(self._moment.now, self._pacer, self._accounts, is_sweep_done=True)
            self._pass(self._length(length))

    def _length(self, length: float) -> float:
        """Return how long the next moment may be."""
        now = self._moment.now
        if self._limiter and self._limiter.fill:
            length = min(length, LIMITER_PERIOD + TICK)
        return max(min(length, self._moment.until - now, self._settings.next_at - now), TICK)

    def _pass(self, length: float) -> None:
        """Divide the Ps for a moment, and tell the pacer what came of it."""
        pacer, moment = self._pacer, self._moment
        demand = Demand(
            self._procs,
            self.workers,
            pacer.max_idle_mark_workers,
            moment.running,
            moment.allocation,
            moment.scan,
        )
        ratio = 0.0 if self._limiting else pacer.assist_work_per_byte
        running, assists, idle = share(demand, ratio, pacer.bg_scan_credit / length)
        scanning = moment.scan * (self.workers + assists + idle)
        length = min(length, sum(self.left) / scanning, self._until_full(assists))
        grown = int(moment.allocation * running * length)
        scanned = self._scan(scanning * length)
        by_assists = int(scanned * moment.scan * assists / scanning)
        pacer.bg_scan_credit += scanned - by_assists
        pacer.bg_scan_credit -= min(max(int(ratio * grown) - by_assists, 0), pacer.bg_scan_credit)
        moment.pass_time(moment.now + length, running, grown)
        self.black += grown
        self._book(length, running, assists, idle)
        pacer.update(grown, 0)
        self._note(assists, idle)

    def _until_full(self, assists: float) -> float:
        """Return after how many seconds of assists the limiter's bucket is full."""
        limiter = self._limiter
        if not limiter or not assists or limiter.enabled:
            return math.inf
        filling = 2 * (assists + self._procs * GC_BACKGROUND_UTILIZATION) - self._procs  # nobody is idle
        return (limiter.capacity - limiter.fill) / filling / 1e9 + TICK if filling > 0 else math.inf

    def _book(self, length: float, running: float, assists: float, idle: float) -> None:
        """Book the time that the Ps spent in a moment."""
        pacer, limiter, now = self._pacer, self._limiter, self._moment.ns
        self.workers_s += self.workers * length
        self.assist_s += assists * length
        self.idle_s += idle * length
        pacer.assist_time = int(self.assist_s * 1e9)
        pacer.idle_mark_time = int(self.idle_s * 1e9)
        self._accounts.book(pacer)
        if limiter:
            limiter.add_assist_time(int(assists * length * 1e9))
            limiter.add_idle_time(int((self._procs - self.workers - running - assists) * length * 1e9))
            if assists or limiter.need_update(now):  # who assists lets the limiter know every few microseconds
                limiter.update(now)

    def _scan(self, nbytes: float) -> int:
        """Scan globals, then stacks, then heap; return how much that was."""
        pacer, most = self._pacer, max(int(nbytes), 1)
        done = []
        for n, left in enumerate(self.left):
            done.append(min(left, most))
            most -= done[-1]
            self.left[n] = left - done[-1]
        pacer.globals_scan_work += done[0]
        pacer.stack_scan_work += done[1]
        pacer.heap_scan_work += done[2]
        return sum(done)

    def end(self, trigger: int, live_before: int, before: tuple[tuple[float, int], ...]) -> PacedCycle:
        """Stop the world again, let the pacer learn, and return the cycle."""
        pacer, moment, accounts = self._pacer, self._moment, self._accounts
        self.heap_end, goal = pacer.heap_live, pacer.heap_goal()
        gogc_goal, limited, scanned = pacer.gc_percent_heap_goal, pacer.limited, pacer.scan_work
        pacer.end_cycle(moment.ns, self._procs)
        self._stop(enable_gc=False)
        accounts.scavenge(goal)
        pacer.reset_live(self.reachable + self.black)
        accounts.book(pacer)
        pacer.commit(is_sweep_done=False)
        if self._limiter:
            self._limiter.num_gc = self._cycles + 1
        return PacedCycle(
            number=self._cycles + 1,
            reason=self.reason,
            start_s=self.start_s,
            end_s=moment.now,
            gogc=pacer.gc_percent,
            memory_limit=pacer.memory_limit,
            live_before=live_before,
            trigger=trigger,
            goal=goal,
            gogc_goal=gogc_goal,
            limited=limited,
            heap_start=self.heap_start,
            heap_end=self.heap_end,
            live=pacer.heap_marked,
            stacks=pacer.last_stack_scan,
            globals=pacer.globals_scan,
            scanned=scanned,
            memory_peak=accounts.take_peak(),
            assist_s=self.assist_s,
            workers_s=self.workers_s,
            idle_s=self.idle_s,
            sweep_term_s=STOP,
            mark_term_s=STOP,
            before=before,
            inside=tuple(self.inside),
        )
