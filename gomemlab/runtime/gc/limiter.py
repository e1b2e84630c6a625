"""The CPU limiter: a bucket that the collector fills and the program drains, so that collecting takes half at most.

Each ns of collecting pours one in, each ns of the program takes one out, and it holds one CPU second for each P. While
it is full nobody assists: memory may then grow beyond every goal, but the program gets on. Without it a heap that comes
close to its memory limit would spend all time collecting: the death spiral.

Go: runtime/mgclimit.go.
Left out: the lock, and what each P is doing at the moment of an update (time is added as it passes).
"""

from dataclasses import dataclass, replace

from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.gc.gonumbers import int64
from gomemlab.runtime.gc.markworkers import GC_BACKGROUND_UTILIZATION

CAPACITY_PER_PROC = 1_000_000_000  # ns
GC_CPU_LIMITER_UPDATE_PERIOD = 10_000_000  # ns


@dataclass(slots=True)
class GCCPULimiter:
    """The limiter of a process with so many Ps, from the time `last_update` on.

    Go: runtime/mgclimit.go, gcCPULimiterState.
    """

    last_update: int = 0  # ns, the clock at the last update
    nprocs: int = 1
    fill: int = 0  # ns of CPU in the bucket
    capacity: int = -1  # of the bucket, ns of CPU; -1 at first: what nprocs gives
    overflow: int = 0  # ns of CPU that did not fit, since the beginning
    enabled: bool = False  # the bucket is full: do not assist
    gc_enabled: bool = False  # a cycle marks: a quarter of all time is the collector's
    transitioning: bool = False  # the world stands
    assist_time_pool: int = 0  # ns since the last update
    idle_time_pool: int = 0  # ns of idle Ps and of idle workers since the last update
    num_gc: int = 0  # cycles that ended; who owns the limiter says so
    last_enabled_cycle: int = 0

    def __post_init__(self) -> None:
        """Size the bucket of a new limiter."""
        if self.capacity < 0:
            self.capacity = self.nprocs * CAPACITY_PER_PROC

    def limiting(self) -> bool:
        """Say whether the collector has to hold back."""
        return self.enabled

    def start_gc_transition(self, enable_gc: bool, now: int) -> None:
        """Book what passed until the world stopped at `now`, to switch marking on or off.

        Go: runtime/mgclimit.go, (*gcCPULimiterState).startGCTransition.
        """
        if self.transitioning or self.gc_enabled == enable_gc:
            raise ThrowError("transitioning GC to the same state as before?")
        self._update(now)
        self.gc_enabled, self.transitioning = enable_gc, True

    def finish_gc_transition(self, now: int) -> None:
        """Book the stop, which is the collector's on every P, when the world starts again.

        Go: runtime/mgclimit.go, (*gcCPULimiterState).finishGCTransition.
        """
        if not self.transitioning:
            raise ThrowError("finishGCTransition called without starting one?")
        if now >= self.last_update:
            self._accumulate(0, (now - self.last_update) * self.nprocs)
        self.last_update, self.transitioning = now, False

    def need_update(self, now: int) -> bool:
        """Say whether the last update is too long ago."""
        return now - self.last_update > GC_CPU_LIMITER_UPDATE_PERIOD

    def add_assist_time(self, t: int) -> None:
        """Count ns that goroutines assisted; the next update books them."""
        self.assist_time_pool += t

    def add_idle_time(self, t: int) -> None:
        """Count ns that Ps were idle, or marked because they were; the next update takes them off."""
        self.idle_time_pool += t

    def update(self, now: int) -> None:
        """Book what passed since the last update. Go: runtime/mgclimit.go, (*gcCPULimiterState).update."""
        if self.transitioning:
            raise ThrowError("update during transition")
        self._update(now)

    def _update(self, now: int) -> None:
        """Book what passed. Go: runtime/mgclimit.go, (*gcCPULimiterState).updateLocked."""
        if now < self.last_update:
            return
        total = (now - self.last_update) * self.nprocs
        self.last_update = now
        gc_time, idle = self.assist_time_pool, self.idle_time_pool
        self.assist_time_pool = self.idle_time_pool = 0
        if self.gc_enabled:
            gc_time += int64(total * GC_BACKGROUND_UTILIZATION)
        # Only now: workers take a quarter of all time, also of that in which the program was idle.
        self._accumulate(total - idle - gc_time, gc_time)

    def _accumulate(self, mutator_time: int, gc_time: int) -> None:
        """Fill or drain the bucket. Go: runtime/mgclimit.go, (*gcCPULimiterState).accumulate."""
        headroom = self.capacity - self.fill
        was_full = headroom == 0
        change = gc_time - mutator_time
        if change > 0 and headroom <= change:
            self.overflow += change - headroom
            self.fill = self.capacity
            if not was_full:
                self._enable()
            return
        self.fill = max(self.fill + change, 0)
        if change and was_full:
            self.enabled = False

    def _enable(self) -> None:
        self.enabled, self.last_enabled_cycle = True, self.num_gc + 1

    def reset_capacity(self, now: int, nprocs: int) -> None:
        """Let the bucket hold what so many Ps may spend.

        Go: runtime/mgclimit.go, (*gcCPULimiterState).resetCapacity.
        """
        if self.transitioning:
            raise ThrowError("failed to acquire lock to reset capacity")
        self._update(now)
        self.nprocs, self.capacity = nprocs, nprocs * CAPACITY_PER_PROC
        if self.fill > self.capacity:
            self.fill = self.capacity
            self._enable()
        elif self.fill < self.capacity:
            self.enabled = False

    def copy(self) -> "GCCPULimiter":
        """Return an independent copy."""
        return replace(self)

    def check(self) -> None:
        """Raise ThrowError where the bucket holds what it cannot."""
        if not 0 <= self.fill <= self.capacity:
            raise ThrowError(f"a bucket of {self.capacity} ns holds {self.fill}")
        if self.enabled and self.fill < self.capacity:
            raise ThrowError("the limiter limits, but its bucket is not full")
