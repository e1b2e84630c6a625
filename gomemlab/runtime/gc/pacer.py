"""The pacer: how large the heap may get, and when to begin, so that marking ends just there.

The goal is what was alive after the last cycle, plus GOGC percent of all that had to be scanned: live heap, stacks and
globals; a memory limit may lower it. The trigger lies before the goal by the runway: as many bytes as the program is
going to allocate while a quarter of the processors marks. That is guessed from the last cycles (cons/mark: bytes
allocated for each byte scanned, each per CPU time). Where the guess was too low, goroutines that allocate pay by
scanning: the assist ratio, revised as the cycle goes on.

Go: runtime/mgcpacer.go, gcControllerState.
Left out: waking and preempting Ps so that they mark (enlistWorker); what each P keeps back before it counts.
"""

from dataclasses import dataclass, fields, replace
from typing import Final

from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.gc.gonumbers import MAX_INT64, MAX_UINT64, divide, int64, signed, uint64
from gomemlab.runtime.gc.markworkers import GC_BACKGROUND_UTILIZATION, MarkWorkers

GC_GOAL_UTILIZATION = GC_BACKGROUND_UTILIZATION  # of GOMAXPROCS: what marking may take, assists included
DEFAULT_HEAP_MINIMUM = 4 << 20  # bytes: the smallest goal with GOGC=100
MEMORY_LIMIT_MIN_HEAP_GOAL_HEADROOM = 1 << 20  # bytes that the limit's goal stays below the limit, at least
MEMORY_LIMIT_HEAP_GOAL_HEADROOM_PERCENT = 3
SWEEP_MIN_HEAP_DISTANCE = 1 << 20  # bytes of allocation that a sweep gets before the next cycle
MIN_RUNWAY = 64 << 10  # bytes from where a cycle began to its goal, at least
TRIGGER_RATIO_DEN = 64
MIN_TRIGGER_RATIO_NUM = 45  # the trigger is at least 45/64 of the way from the live heap to the goal
MAX_TRIGGER_RATIO_NUM = 61  # and, in small heaps, at most 61/64
MAX_OVERSHOOT = 1.1  # of a goal that was passed
FORCED_GC_PERCENT = 100_000  # stands for GOGC=off where a cycle runs all the same
MIN_SCAN_WORK = 1000  # bytes that are always taken to be left to scan
NOT_TRIGGERED: Final = MAX_UINT64
NO_LIMIT: Final = MAX_INT64
OFF: Final = -1


@dataclass(slots=True)
class GCController(MarkWorkers):
    """All that the pacer knows; bytes are uint64, as in Go.

    Go: runtime/mgcpacer.go, gcControllerState.
    """

    gc_percent: int = 100  # -1: GOGC=off
    memory_limit: int = NO_LIMIT  # bytes
    heap_minimum: int = DEFAULT_HEAP_MINIMUM
    runway: int = 0  # bytes that the program may allocate while the collector marks
    cons_mark: float = 0.0
    last_cons_mark: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)  # as measured, the last one last
    gc_percent_heap_goal: int = 0
    sweep_dist_min_trigger: int = 0
    triggered: int = NOT_TRIGGERED  # live heap at which the cycle that marks now began
    last_heap_goal: int = 0  # when the last cycle ended
    heap_live: int = 0  # bytes: marked by the last cycle, and whole spans taken since then
    heap_scan: int = 0  # of those, what has to be searched for pointers
    last_heap_scan: int = 0  # searched in the last cycle
    last_stack_scan: int = 0
    max_stack_scan: int = 0  # allocated stacks, as far as Ps have told of them
    globals_scan: int = 0
    heap_marked: int = 0  # by the last cycle
    heap_scan_work: int = 0  # searched in this cycle
    stack_scan_work: int = 0
    globals_scan_work: int = 0
    bg_scan_credit: int = 0  # bytes that background workers searched, for assists to take
    assist_time: int = 0  # ns in this cycle
    assist_work_per_byte: float = 0.0  # what a goroutine owes for each byte
    assist_bytes_per_work: float = 0.0
    # The heap's books, which the memory limit needs:
    heap_free: int = 0  # bytes in no span that the operating system still counts
    total_alloc: int = 0
    total_free: int = 0
    mapped_ready: int = 0  # all bytes of the runtime that the operating system counts

    @classmethod
    def init(cls, gc_percent: int = 100, memory_limit: int = NO_LIMIT) -> "GCController":
        """Return the pacer of a new process. Go: runtime/mgcpacer.go, (*gcControllerState).init."""
        new = cls()
        new.set_gc_percent(gc_percent)
        new.set_memory_limit(memory_limit)
        new.commit(is_sweep_done=True)
        return new

    @property
    def marking(self) -> bool:
        """Say whether a cycle marks."""
        return self.triggered != NOT_TRIGGERED

    @property
    def scan_work(self) -> int:
        """Return the bytes searched in this cycle."""
        return self.heap_scan_work + self.stack_scan_work + self.globals_scan_work

    # A cycle

    def start_cycle(self, now: int, procs: int, *, periodic: bool = False, stop_the_world: bool = False) -> None:
        """Begin a cycle at the time `now` (ns): plan its workers, and what allocating costs from here on.

        periodic: it begins because none did for two minutes. stop_the_world: GODEBUG=gcstoptheworld.
        Go: runtime/mgcpacer.go, (*gcControllerState).startCycle.
        """
        self.heap_scan_work = self.stack_scan_work = self.globals_scan_work = 0
        self.bg_scan_credit = self.assist_time = 0
        self.triggered = self.heap_live
        self._plan_workers(now, procs, periodic=periodic, stop_the_world=stop_the_world)
        self.revise()

    def revise(self) -> None:
        """Compute anew how much is to be scanned for each allocated byte, so that marking ends at the goal.

        Go: runtime/mgcpacer.go, (*gcControllerState).revise.
        """
        heap_goal, expected = self._pace_against()
        remaining = max(signed(expected - self.scan_work), MIN_SCAN_WORK)
        heap_remaining = signed(heap_goal - self.heap_live)
        if heap_remaining <= 0:
            heap_remaining = 1
        self.assist_work_per_byte = float(remaining) / float(heap_remaining)
        self.assist_bytes_per_work = float(heap_remaining) / float(remaining)

    def _pace_against(self) -> tuple[int, int]:
        """Return the goal that this cycle works towards, and how much it expects to scan by then."""
        gc_percent = FORCED_GC_PERCENT if self.gc_percent < 0 else self.gc_percent
        heap_goal = signed(self.heap_goal())
        expected = signed(self.last_heap_scan + self.last_stack_scan + self.globals_scan)
        most = signed(self.heap_scan + self.max_stack_scan + self.globals_scan)
        if self.scan_work > expected:
            # The heap grows: keep the pace, and let the goal recede, no further than the next cycle's would be.
            runway = divide(float(signed(heap_goal - self.triggered)), float(expected))
            extended = signed(int64(runway * float(most)) + self.triggered)
            hard = int64((1.0 + gc_percent / 100.0) * float(heap_goal))
            heap_goal, expected = min(extended, hard), most
        if self.heap_live > heap_goal:
            heap_goal, expected = int64(float(heap_goal) * MAX_OVERSHOOT), most
        return heap_goal, expected

    def end_cycle(self, now: int, procs: int) -> None:
        """Measure what this cycle tells of the program's rate, when marking ends at the time `now`.

        Go: runtime/mgcpacer.go, (*gcControllerState).endCycle.
        """
        self.last_heap_goal = self.heap_goal()
        cpu_time = float((now - self.mark_start_time) * procs)
        utilization, idle = GC_BACKGROUND_UTILIZATION, 0.0
        if now > self.mark_start_time:
            utilization += self.assist_time / cpu_time
            idle = self.idle_mark_time / cpu_time
        if self.heap_live <= self.triggered:
            return  # too short to learn from
        current = divide(
            float(self.heap_live - self.triggered) * (utilization + idle), float(self.scan_work) * (1 - utilization)
        )
        self.cons_mark = current
        for last in self.last_cons_mark:
            self.cons_mark = max(self.cons_mark, last)
        _, second, third, fourth = self.last_cons_mark
        self.last_cons_mark = second, third, fourth, current

    def reset_live(self, bytes_marked: int) -> None:
        """Take what was marked as the live heap; commit follows.

        Go: runtime/mgcpacer.go, (*gcControllerState).resetLive.
        """
        self.heap_marked = self.heap_live = bytes_marked
        self.heap_scan = self.last_heap_scan = self.heap_scan_work
        self.last_stack_scan = self.stack_scan_work
        self.triggered = NOT_TRIGGERED

    # What it is told

    def update(self, d_heap_live: int, d_heap_scan: int) -> None:
        """Count bytes that the live heap, and the part of it to search, grew by.

        Go: runtime/mgcpacer.go, (*gcControllerState).update.
        """
        self.heap_live += d_heap_live
        if self.marking:
            self.revise()
        else:
            self.heap_scan += d_heap_scan

    def add_scannable_stack(self, amount: int) -> None:
        """Count bytes of stacks that were allocated, or freed where it is negative.

        Go: runtime/mgcpacer.go, (*gcControllerState).addScannableStack.
        """
        self.max_stack_scan += amount

    def add_globals(self, amount: int) -> None:
        """Count bytes of globals with pointers. Go: runtime/mgcpacer.go, (*gcControllerState).addGlobals."""
        self.globals_scan += amount

    def set_gc_percent(self, gc_percent: int) -> int:
        """Set GOGC, negative for off; return what it was; commit follows.

        Go: runtime/mgcpacer.go, (*gcControllerState).setGCPercent.
        """
        old, self.gc_percent = self.gc_percent, max(gc_percent, OFF)
        self.heap_minimum = (DEFAULT_HEAP_MINIMUM * (self.gc_percent & MAX_UINT64) & MAX_UINT64) // 100
        return old

    def set_memory_limit(self, nbytes: int) -> int:
        """Set the memory limit, unless it is negative; return what it was; commit follows.

        Go: runtime/mgcpacer.go, (*gcControllerState).setMemoryLimit.
        """
        old = self.memory_limit
        if nbytes >= 0:
            self.memory_limit = nbytes
        return old

    # Goal and trigger

    def commit(self, *, is_sweep_done: bool) -> None:
        """Compute the goal that GOGC gives, and the runway; while a cycle marks, revise follows.

        Go: runtime/mgcpacer.go, (*gcControllerState).commit.
        """
        self.sweep_dist_min_trigger = 0 if is_sweep_done else self.heap_live + SWEEP_MIN_HEAP_DISTANCE
        goal = MAX_UINT64
        if self.gc_percent >= 0:
            scannable = self.heap_marked + self.last_stack_scan + self.globals_scan
            goal = self.heap_marked + (scannable * self.gc_percent & MAX_UINT64) // 100 & MAX_UINT64
        self.gc_percent_heap_goal = max(goal, self.heap_minimum)
        work = float(self.last_heap_scan + self.last_stack_scan + self.globals_scan)
        self.runway = uint64((self.cons_mark * (1 - GC_GOAL_UTILIZATION) / GC_GOAL_UTILIZATION) * work)

    def heap_goal(self) -> int:
        """Return how large the heap may be when marking ends.

        Go: runtime/mgcpacer.go, (*gcControllerState).heapGoal.
        """
        return self._heap_goal()[0]

    def _heap_goal(self) -> tuple[int, int]:
        """Return the goal, and the least trigger that leaves the sweep its time.

        Go: runtime/mgcpacer.go, (*gcControllerState).heapGoalInternal.
        """
        limited = self.memory_limit_heap_goal()
        if limited < self.gc_percent_heap_goal:
            return limited, 0
        goal = max(self.gc_percent_heap_goal, self.sweep_dist_min_trigger)
        if self.marking and goal < self.triggered + MIN_RUNWAY:
            goal = self.triggered + MIN_RUNWAY
        return goal, self.sweep_dist_min_trigger

    @property
    def limited(self) -> bool:
        """Say whether the memory limit, and not GOGC, sets the goal."""
        return self.memory_limit_heap_goal() < self.gc_percent_heap_goal

    def memory_limit_heap_goal(self) -> int:
        """Return the goal that the memory limit leaves, once all that is not heap, and what is over it, is taken off.

        Go: runtime/mgcpacer.go, (*gcControllerState).memoryLimitHeapGoal.
        """
        heap_alloc = self.total_alloc - self.total_free
        if self.heap_free + heap_alloc > self.mapped_ready:
            raise ThrowError(f"{self.heap_free} B free and {heap_alloc} B of objects, {self.mapped_ready} B mapped")
        taken = self.mapped_ready - self.heap_free - heap_alloc + max(self.mapped_ready - self.memory_limit, 0)
        if taken >= self.memory_limit:
            return self.heap_marked  # hopeless: collect all the time, as far as the limiter lets it
        goal = self.memory_limit - taken
        headroom = goal // 100 * MEMORY_LIMIT_HEAP_GOAL_HEADROOM_PERCENT
        headroom = max(headroom, MEMORY_LIMIT_MIN_HEAP_GOAL_HEADROOM)
        return max(headroom, goal - headroom, self.heap_marked)

    def trigger(self) -> tuple[int, int]:
        """Return the live heap at which the next cycle begins, and its goal.

        Go: runtime/mgcpacer.go, (*gcControllerState).trigger.
        """
        goal, min_trigger = self._heap_goal()
        marked = self.heap_marked
        if marked >= goal:
            return goal, goal
        step = (goal - marked) // TRIGGER_RATIO_DEN
        min_trigger = max(min_trigger, marked, step * MIN_TRIGGER_RATIO_NUM + marked)
        # A large heap with little to scan needs no more runway than the smallest heap has.
        max_trigger = max(step * MAX_TRIGGER_RATIO_NUM + marked, goal - DEFAULT_HEAP_MINIMUM, min_trigger)
        trigger = min_trigger if self.runway > goal else goal - self.runway
        trigger = min(max(trigger, min_trigger), max_trigger)
        if trigger > goal:
            raise ThrowError(f"produced a trigger greater than the heap goal: {trigger} > {goal}")
        return trigger, goal

    # The value

    def copy(self) -> "GCController":
        """Return an independent copy."""
        return replace(self)

    def check(self) -> None:
        """Raise ThrowError where a number contradicts another."""
        trigger, goal = self.trigger()
        if not 0 <= trigger <= goal:
            raise ThrowError(f"trigger {trigger}, goal {goal}")
        if self.marking and not self.assist_work_per_byte > 0:
            raise ThrowError(f"a cycle marks, and {self.assist_work_per_byte} B are owed for a byte")
        negative = [f.name for f in fields(self) if f.name not in SIGNED and getattr(self, f.name) < 0]
        if negative:
            raise ThrowError(f"below 0: {', '.join(negative)}")


# Stacks: one P may have told that its goroutines' are gone before another one told that they came.
SIGNED = {"gc_percent", "mark_start_time", "cons_mark", "last_cons_mark", "max_stack_scan"}
