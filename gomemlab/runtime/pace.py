"""Pace: a process's clock, and what is to be known of a cycle that takes time.

The clock is made of costs: each command takes the nanoseconds that the cost model has for it, and all Ps that run the
program do so side by side. Pacer and CPU limiter live by this clock, and so do cycles: when each began and why, how
long the world stood, what workers and assists took.

Go: runtime/mgc.go, gcStart, gcMarkDone, gcMarkTermination; runtime/mgclimit.go, gcCPULimiterState.
Left out: when a second of the clock begins; what the stops of a real machine are made of.
"""

from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from gomemlab.runtime.costs import BESIDES
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.gc.assist import GC_ASSIST_TIME_SLACK, Assists
from gomemlab.runtime.gc.limiter import GCCPULimiter
from gomemlab.runtime.gc.markworkers import WorkerMode
from gomemlab.runtime.gc.pacer import GCController

TIME_SLICE: Final = 10_000_000  # ns that a goroutine runs at most. Go: forcePreemptNS
SLICE: Final = 10_000  # ns that a worker marks before others have their turn
FORCE_GC_PERIOD: Final = 120_000_000_000  # ns after the last cycle at which one begins in any case
STOP: Final = int(BESIDES["cycle"]) // 2  # ns that the world stands, twice in a cycle
HISTORY: Final = 1000  # cycles that are remembered
PAUSES: Final = 256  # pauses that MemStats remembers
HEAP, TIME, FORCED = "heap", "time", "forced"  # why a cycle begins


class PacedCycle(NamedTuple):
    """One cycle that ended: its sizes in bytes, its times in ns of the cost model."""

    number: int  # from 1
    reason: str  # HEAP, TIME or FORCED
    start_ns: int
    end_ns: int
    gogc: int  # percent when it ended, -1 for off
    memory_limit: int
    live_before: int  # marked by the cycle before
    trigger: int
    goal: int  # when it ended
    limited: bool  # the memory limit set the goal
    heap_start: int  # heap_live when it began
    heap_end: int  # heap_live when marking ended
    live: int  # marked
    stacks: int  # scanned
    globals: int
    scanned: int  # in all
    assist_ns: int
    workers_ns: int  # dedicated and fractional
    idle_ns: int
    stw_ns: int  # that the world stood, in two stops
    procs: int
    gc_cpu_fraction: float  # of all CPU time until it ended, what collecting took


@dataclass(slots=True)
class Worker:
    """What a P does for the collector."""

    mode: WorkerMode | None = None  # None: it runs the program, or idles
    since: int = 0  # ns, when it began
    owed: int = 0  # ns that its last step took longer than there was time
    fractional: int = 0  # ns as a fractional worker in this cycle
    seen: int = 0  # bytes it scanned that the pacer knows of
    assist: int = 0  # ns of assists that the pacer does not know of
    scan_alloc: int = 0  # scannable bytes allocated here that the pacer does not know of
    marked_as: WorkerMode = WorkerMode.IDLE  # what it was when it did what follows
    objects: int = 0  # marked in this command
    nbytes: int = 0  # scanned
    ran: int = 0  # ns


@dataclass(slots=True)
class Pace:
    """Clock, pacer, limiter, debts and workers of one process."""

    controller: GCController
    limiter: GCCPULimiter
    workers: list[Worker]  # by P
    assists: Assists = field(default_factory=Assists)
    now: int = 1  # ns since the process began; 0 would be "never"
    uncleared: int = 0  # bytes that were too few to cost a ns
    carry: int = 0  # ns of CPU that are less than one of the clock
    unworked: int = 0  # ns that passed, and workers did not use yet
    slice_end: int = TIME_SLICE  # when time slices end next
    busy: set[int] = field(default_factory=set)  # Ps that run the program
    fresh: set[int] = field(default_factory=set)  # of them, those that did so in this slice
    books: tuple[int, ...] = (0, 0, 0, 0)  # paid for: refills; spans from a page cache, the heap, the system
    worked: bool = False  # a worker did something that no event tells of yet
    cpu: int = 0  # ns that all Ps had
    stop_cpu: int = 0  # of them, those in which the world stood
    assist_cpu: int = 0  # and those of assists, of cycles that ended
    workers_cpu: int = 0  # of dedicated and fractional workers
    idle_cpu: int = 0  # of idle workers
    last_gc: int = 0  # when the last cycle ended; 0: none did
    reason: str = FORCED  # why the cycle that begins does
    begun: tuple[str, int, int, int] = (FORCED, 0, 0, 0)  # of the cycle that marks: reason, ns, trigger, live before
    stopped: int = 0  # ns that the world stood in this cycle
    pauses: tuple[tuple[int, int], ...] = ()  # (end, length) of the last cycles' pauses, ns
    pause_total: int = 0  # ns
    history: tuple[PacedCycle, ...] = ()  # the last cycles

    @property
    def due(self) -> int:
        """Return when a cycle begins in any case, 0 for never. Go: runtime/mgc.go, gcTrigger.test."""
        return self.last_gc + FORCE_GC_PERIOD + 1 if self.last_gc and self.controller.gc_percent >= 0 else 0

    @property
    def gc_cpu(self) -> int:
        """Return the ns of CPU that collecting took, but for idle workers."""
        return self.stop_cpu + self.assist_cpu + self.workers_cpu

    @property
    def running(self) -> int:
        """Return how many Ps the program has."""
        if len(self.busy) == 1:
            return 1
        dedicated = sum(worker.mode is WorkerMode.DEDICATED for worker in self.workers)
        return max(min(len(self.busy), len(self.workers) - dedicated), 1)

    def resize(self, procs: int) -> None:
        """Have so many Ps; no cycle marks. Go: runtime/proc.go, procresize."""
        del self.workers[procs:]
        self.workers += [Worker() for _ in range(len(self.workers), procs)]
        self.busy = {p for p in self.busy if p < procs}
        self.fresh = {p for p in self.fresh if p < procs}
        self.limiter.reset_capacity(self.now, procs)

    # A cycle

    def start(self) -> None:
        """Begin a cycle, while the world stands. Go: runtime/mgc.go, gcStart."""
        c = self.controller
        self.begun = self.reason, self.now, c.trigger()[0], c.heap_marked
        self.assists.reset()
        for worker in self.workers:
            worker.fractional = worker.seen = worker.assist = worker.owed = 0
        c.start_cycle(self.now, len(self.workers), periodic=self.reason == TIME)
        self.limiter.start_gc_transition(enable_gc=True, now=self.now)
        self.stopped = self.unworked = 0
        self._stop()

    def _stop(self) -> None:
        """Let the world stand. Go: runtime/mgclimit.go, (*gcCPULimiterState).finishGCTransition."""
        self.tick(STOP, idle=0)
        self.stopped += STOP
        self.stop_cpu += STOP * len(self.workers)
        self.limiter.finish_gc_transition(self.now)

    def tick(self, ns: int, *, idle: int) -> None:
        """Let the clock go on, while so many Ps idle."""
        self.now += ns
        self.cpu += ns * len(self.workers)
        self.limiter.add_idle_time(ns * idle)

    def finish(self, scanned: tuple[int, int], bytes_marked: int, number: int) -> list[int]:
        """End a cycle, while the world stands; return who waits no more.

        scanned is what was scanned in all: bytes of heap, bytes of stacks. Go: runtime/mgc.go, gcMarkDone.
        """
        c, limiter = self.controller, self.limiter
        limiter.num_gc = number - 1
        limiter.start_gc_transition(enable_gc=False, now=self.now)
        woken = self.assists.wake_all()
        for worker in self.workers:
            self.stop_worker(worker)
        c.heap_scan_work, c.stack_scan_work = scanned
        c.globals_scan_work = c.globals_scan
        before = c.triggered, c.heap_live, c.limited
        c.end_cycle(self.now, len(self.workers))
        c.reset_live(bytes_marked)
        self.unworked = 0
        self._stop()
        self._remember(number, *before)
        return woken

    def _remember(self, number: int, heap_start: int, heap_end: int, limited: bool) -> None:
        """Book a cycle that ended. Go: runtime/mgc.go, gcMarkTermination."""
        c = self.controller
        reason, start, trigger, live_before = self.begun
        workers = c.dedicated_mark_time + c.fractional_mark_time
        self.assist_cpu += c.assist_time
        self.workers_cpu += workers
        self.idle_cpu += c.idle_mark_time
        self.last_gc = self.now
        self.pauses = (*self.pauses, (self.now, self.stopped))[-PAUSES:]
        self.pause_total += self.stopped
        cycle = PacedCycle(
            number=number,
            reason=reason,
            start_ns=start,
            end_ns=self.now,
            gogc=c.gc_percent,
            memory_limit=c.memory_limit,
            live_before=live_before,
            trigger=trigger,
            goal=c.last_heap_goal,
            limited=limited,
            heap_start=heap_start,
            heap_end=heap_end,
            live=c.heap_marked,
            stacks=c.last_stack_scan,
            globals=c.globals_scan,
            scanned=c.scan_work,
            assist_ns=c.assist_time,
            workers_ns=workers,
            idle_ns=c.idle_mark_time,
            stw_ns=self.stopped,
            procs=len(self.workers),
            gc_cpu_fraction=self.gc_cpu / self.cpu,
        )
        self.history = (*self.history, cycle)[-HISTORY:]

    def stop_worker(self, worker: Worker) -> None:
        """Let a P mark no more. Go: runtime/mgcpacer.go, (*gcControllerState).markWorkerStop."""
        if worker.mode is None:
            return
        ns = self.now - worker.since
        if worker.mode is WorkerMode.FRACTIONAL:
            worker.fractional += ns
        elif worker.mode is WorkerMode.IDLE:
            self.limiter.add_idle_time(ns)
        self.controller.mark_worker_stop(worker.mode, ns)
        worker.mode, worker.owed = None, 0

    def add_assist_time(self, p: int, ns: int) -> bool:
        """Book ns of an assist on P p; say whether that changed the CPU limiter.

        Go: runtime/mgcmark.go, gcAssistAlloc1.
        """
        worker, was = self.workers[p], self.limiter.limiting()
        worker.assist += ns
        self.limiter.add_assist_time(ns)
        if worker.assist > GC_ASSIST_TIME_SLACK:
            self.controller.assist_time += worker.assist
            worker.assist = 0
            self.limiter.update(self.now)
        return was != self.limiter.limiting()

    @property
    def gc_cpu_fraction(self) -> float:
        """Return the part of all CPU time that collecting took until the last cycle ended; 0 where none did."""
        return self.history[-1].gc_cpu_fraction if self.history else 0.0

    # The value

    def copy(self) -> "Pace":
        """Return an independent copy."""
        return replace(
            self,
            controller=self.controller.copy(),
            limiter=self.limiter.copy(),
            workers=[replace(worker) for worker in self.workers],
            assists=self.assists.copy(),
            busy=self.busy.copy(),
            fresh=self.fresh.copy(),
        )

    def check(self, procs: int, *, marking: bool) -> None:
        """Raise ThrowError where pace, pacer and collector disagree."""
        self.controller.check()
        self.limiter.check()
        self.assists.check()
        if self.controller.marking != marking:
            raise ThrowError(f"the collector says marking is {marking}, the pacer says {self.controller.marking}")
        if len(self.workers) != procs or not self.busy <= set(range(procs)):
            raise ThrowError(f"{procs} Ps, but {len(self.workers)} workers, and {sorted(self.busy)} are busy")
        idle = sum(worker.mode is WorkerMode.IDLE for worker in self.workers)
        if idle != self.controller.idle_mark_workers:
            raise ThrowError(f"{idle} idle workers, but the pacer knows of {self.controller.idle_mark_workers}")
        if not marking and any(worker.mode for worker in self.workers):
            raise ThrowError("a P marks, and no cycle does")
