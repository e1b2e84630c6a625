"""Mark workers: a quarter of the processors marks in the background, and idle ones may help.

A dedicated worker keeps its P until marking is over. Where a whole number of Ps is too far from a quarter, a fractional
worker takes turns with the program on each other P. A P that has nothing else to do becomes an idle worker.

Go: runtime/mgcpacer.go, (*gcControllerState).startCycle, (*gcControllerState).assignWaitingGCWorker,
(*gcControllerState).markWorkerStop, (*gcControllerState).addIdleMarkWorker; runtime/mgc.go, gcMarkWorkerMode.
Left out: the pool of worker goroutines, of which each P has one, so that none is ever missing.
"""

from dataclasses import dataclass
from enum import Enum

from gomemlab.runtime.errors import ThrowError

GC_BACKGROUND_UTILIZATION = 0.25  # of GOMAXPROCS: what marks in the background
MAX_UTIL_ERROR = 0.3  # a rounding that is further off needs fractional workers
FRACTIONAL_OVERRUN = 1.2  # a fractional worker goes on until it is this far above its share


class WorkerMode(Enum):
    """How a P marks. Go: runtime/mgc.go, gcMarkWorkerMode."""

    DEDICATED = "dedicated"  # until marking is over
    FRACTIONAL = "fractional"  # until it has had its share
    IDLE = "idle"  # until there is something else to do


@dataclass(slots=True)
class MarkWorkers:
    """How many workers a cycle needs, has, and how long they worked."""

    dedicated_mark_workers_needed: int = 0  # still to be started
    fractional_utilization_goal: float = 0.0  # of the time, on each P without a dedicated worker
    idle_mark_workers: int = 0  # at work
    max_idle_mark_workers: int = 0
    mark_start_time: int = 0  # ns
    dedicated_mark_time: int = 0  # ns in this cycle
    fractional_mark_time: int = 0
    idle_mark_time: int = 0

    def _plan_workers(self, now: int, procs: int, *, periodic: bool, stop_the_world: bool) -> None:
        """Compute how many workers a cycle gets. Go: runtime/mgcpacer.go, (*gcControllerState).startCycle."""
        self.dedicated_mark_time = self.fractional_mark_time = self.idle_mark_time = 0
        self.mark_start_time = now
        goal = procs * GC_BACKGROUND_UTILIZATION
        needed = int(goal + 0.5)
        self.fractional_utilization_goal = 0.0
        if not -MAX_UTIL_ERROR <= needed / goal - 1 <= MAX_UTIL_ERROR:
            needed -= needed > goal
            self.fractional_utilization_goal = (goal - needed) / procs
        if stop_the_world:
            needed, self.fractional_utilization_goal = procs, 0.0
        # A periodic cycle runs because little goes on: no need to wake everybody.
        self.set_max_idle_mark_workers((0 if needed > 0 else 1) if periodic else procs - needed)
        self.dedicated_mark_workers_needed = needed

    def assign_worker(self, now: int, fractional_time: int = 0) -> WorkerMode | None:
        """Say as what a P begins to mark now, and count it; None where it goes on with the program.

        fractional_time is how long, in ns, this P was a fractional worker in this cycle.
        Go: runtime/mgcpacer.go, (*gcControllerState).assignWaitingGCWorker.
        """
        if self.dedicated_mark_workers_needed > 0:
            self.dedicated_mark_workers_needed -= 1
            return WorkerMode.DEDICATED
        if not self.fractional_utilization_goal or self.ahead(now, fractional_time):
            return None
        return WorkerMode.FRACTIONAL

    def ahead(self, now: int, fractional_time: int, overrun: float = 1.0) -> bool:
        """Say whether a P was a fractional worker for longer than its share, times overrun.

        Go: runtime/mgc.go, pollFractionalWorkerExit.
        """
        delta = now - self.mark_start_time
        return delta > 0 and fractional_time / delta > overrun * self.fractional_utilization_goal

    def poll_fractional_worker_exit(self, now: int, fractional_time: int) -> bool:
        """Say whether a fractional worker has had its share by now; fractional_time includes this turn.

        Go: runtime/mgc.go, pollFractionalWorkerExit.
        """
        return now <= self.mark_start_time or self.ahead(now, fractional_time, FRACTIONAL_OVERRUN)

    def mark_worker_stop(self, mode: WorkerMode, duration: int) -> None:
        """Book that a worker stops after so many ns. Go: runtime/mgcpacer.go, (*gcControllerState).markWorkerStop."""
        if mode is WorkerMode.DEDICATED:
            self.dedicated_mark_time += duration
            self.dedicated_mark_workers_needed += 1
        elif mode is WorkerMode.FRACTIONAL:
            self.fractional_mark_time += duration
        else:
            self.idle_mark_time += duration
            self.remove_idle_mark_worker()

    # Idle workers

    def need_idle_mark_worker(self) -> bool:
        """Say whether one more idle worker may start."""
        return self.idle_mark_workers < self.max_idle_mark_workers

    def add_idle_mark_worker(self) -> bool:
        """Count an idle worker that starts; False where there are enough."""
        if not self.need_idle_mark_worker():
            return False
        self.idle_mark_workers += 1
        return True

    def remove_idle_mark_worker(self) -> None:
        """Count an idle worker that stops."""
        if not self.idle_mark_workers:
            raise ThrowError("negative idle mark workers")
        self.idle_mark_workers -= 1

    def set_max_idle_mark_workers(self, most: int) -> None:
        """Allow so many idle workers; more that work already go on."""
        self.max_idle_mark_workers = most
