"""Marking in time: the workers on the Ps, and goroutines that assist, each a slice of time after the other.

An idle P becomes a worker at once. A P that runs the program becomes one where a dedicated worker is missing, and else
when its time slice of 10 ms ends. A worker takes step after step until its time is used up or nothing is left to do;
what it scans is credit for those who allocate.

Go: runtime/mgcpacer.go, (*gcControllerState).findRunnableGCWorker; runtime/mgc.go, gcBgMarkWorker,
gcShouldScheduleWorker; runtime/mgcmark.go, gcDrain, gcDrainN.
Left out: that a goroutine whose P became a worker is stolen by another P (here it goes on, and all get slower); how
long it takes to wake a worker; events of single steps, of which there are too many.
"""

from typing import Final, Protocol

from gomemlab.runtime.costs import BESIDES
from gomemlab.runtime.events import Entry
from gomemlab.runtime.gc.assist import GC_CREDIT_SLACK
from gomemlab.runtime.gc.cycle import Collector
from gomemlab.runtime.gc.markworkers import WorkerMode
from gomemlab.runtime.markevents import NoWorkLeft, ObjectScanned, SpanScanned
from gomemlab.runtime.pace import Pace, Worker
from gomemlab.runtime.pacerevents import WorkerMarked, WorkerStarted

STEP: Final = 5  # ns that it takes to find the next thing to scan
QUIET: Final = frozenset({ObjectScanned, SpanScanned, NoWorkLeft})  # events of single steps


class Scanned(Protocol):
    """How much of stacks was scanned."""

    @property
    def nbytes(self) -> int:
        """Return the bytes of this cycle."""


class StackMemory(Protocol):
    """The stacks, as far as marking in time needs them."""

    @property
    def scanned(self) -> Scanned:
        """Return how much of them was scanned."""


class MarkTime:
    """A collector whose work takes time."""

    __slots__ = ("collector", "pace", "stacks")

    def __init__(self, pace: Pace, collector: Collector, stacks: StackMemory) -> None:
        self.pace, self.collector, self.stacks = pace, collector, stacks

    def work(self, ns: int) -> None:
        """Let all workers mark for so many ns, which have just passed."""
        self.place()
        for p, worker in enumerate(self.pace.workers):
            if worker.mode is not None:
                self._run(p, worker, worker.mode, ns)

    # Who marks

    def place(self) -> None:
        """Find the Ps that become workers now. Go: runtime/proc.go, findRunnable."""
        pace, c = self.pace, self.pace.controller
        for p, worker in enumerate(pace.workers):
            if worker.mode is WorkerMode.IDLE and p in pace.busy:
                pace.stop_worker(worker)
            if worker.mode is None and p not in pace.busy and self.useful(p):
                mode = c.assign_worker(pace.now, worker.fractional)
                self._become(p, mode or (WorkerMode.IDLE if c.add_idle_mark_worker() else None))
        for p in sorted(pace.busy, reverse=True):
            if c.dedicated_mark_workers_needed > 0 and pace.workers[p].mode is None and self.useful(p):
                self._become(p, c.assign_worker(pace.now))

    def useful(self, p: int) -> bool:
        """Say whether a worker on P p would find something to do: what other Ps keep to themselves is not for it.

        Go: runtime/mgc.go, gcShouldScheduleWorker.
        """
        return not self.collector.gcws[p].empty() or self.available()

    def available(self) -> bool:
        """Say whether there is something to do for any P. Go: runtime/mgc.go, gcMarkWorkAvailable."""
        collector = self.collector
        return bool(collector.jobs or collector.full) or not all(gcw.spanq.chain_empty() for gcw in collector.gcws)

    def preempt(self) -> None:
        """End the time slices of goroutines: their Ps may owe the collector its share."""
        pace = self.pace
        for p in sorted(pace.busy):
            worker = pace.workers[p]
            if worker.mode is None and self.useful(p):
                self._become(p, pace.controller.assign_worker(pace.now, worker.fractional))

    def _become(self, p: int, mode: WorkerMode | None) -> None:
        """Let a P be a worker. Go: runtime/mgc.go, gcBgMarkWorker."""
        if mode is None:
            return
        worker = self.pace.workers[p]
        worker.mode, worker.since = mode, self.pace.now
        self._tell(p)  # what an assist scanned here is nobody's credit
        if mode is not WorkerMode.IDLE:  # those come and go
            self.collector.heap.log.append((WorkerStarted, p, mode.value))

    # What they do

    def _run(self, p: int, worker: Worker, mode: WorkerMode, ns: int) -> None:
        """Let a worker use its time. Go: runtime/mgcmark.go, gcDrain."""
        left, worker.owed = ns - worker.owed, 0
        gcw = self.collector.gcws[p]
        marked, scanned = gcw.objects_marked, gcw.heap_scan_work
        while left > 0:
            took = self.step(p)
            if not took:
                break
            left -= took
            self._tell(p, GC_CREDIT_SLACK, credit=True)
        self._tell(p, credit=True)
        worker.owed = max(-left, 0)
        worker.objects += gcw.objects_marked - marked
        worker.nbytes += gcw.heap_scan_work - scanned
        worker.ran += ns - max(left, 0)
        worker.marked_as, self.pace.worked = mode, True
        if left > 0 or (mode is WorkerMode.FRACTIONAL and self._had_share(worker)):
            self.pace.stop_worker(worker)

    def _had_share(self, worker: Worker) -> bool:
        pace = self.pace
        return pace.controller.poll_fractional_worker_exit(pace.now, worker.fractional + pace.now - worker.since)

    def step(self, p: int, *, roots_first: bool = True) -> int:
        """Let P p take one step of marking; return the ns it took, 0 where there was nothing to do.

        Go: runtime/mgcmark.go, gcDrain, gcDrainN.
        """
        collector, log, c = self.collector, self.collector.heap.log, self.pace.controller
        gcw, jobs, n = collector.gcws[p], collector.jobs, len(log)
        marked, heap, stacks = gcw.objects_marked, gcw.heap_scan_work, self.stacks.scanned.nbytes
        had_globals = collector.roots.globals_scanned
        if not roots_first:
            collector.jobs = []
        did = collector.step(p)
        collector.jobs = jobs
        if not did and jobs:
            collector.mark_root(jobs[0], p)
            did = True
        log[n:] = [entry for entry in log[n:] if entry[0] not in QUIET]
        roots = self.stacks.scanned.nbytes - stacks
        c.stack_scan_work += roots
        if collector.roots.globals_scanned and not had_globals:
            c.globals_scan_work += c.globals_scan
            roots += c.globals_scan
        if roots and self.pace.workers[p].mode is not None:
            self.pace.assists.flush_bg_credit(c, roots)
        scanned = gcw.heap_scan_work - heap + roots
        cost = STEP + BESIDES["mark"] * (gcw.objects_marked - marked) + BESIDES["scan"] * scanned
        return int(cost) if did else 0

    def _tell(self, p: int, least: int = 1, *, credit: bool = False) -> None:
        """Tell the pacer of what P p scanned, if it is so much; with credit, others may allocate for it."""
        pace, worker = self.pace, self.pace.workers[p]
        untold = self.collector.gcws[p].heap_scan_work - worker.seen
        if untold < least:
            return
        worker.seen += untold
        pace.controller.heap_scan_work += untold
        if credit:
            pace.assists.flush_bg_credit(pace.controller, untold)

    def drain_n(self, p: int, scan_work: int, most: int) -> tuple[int, int]:
        """Let a goroutine on P p scan so many bytes, if there are so many, for `most` ns; return (bytes, ns).

        Go: runtime/mgcmark.go, gcDrainN.
        """
        c, gcw, ns = self.pace.controller, self.collector.gcws[p], 0
        start, roots = gcw.heap_scan_work, c.stack_scan_work + c.globals_scan_work
        done = 0
        while done < scan_work and ns < most:
            took = self.step(p, roots_first=False)
            if not took:
                break
            ns += took
            self._tell(p, GC_CREDIT_SLACK)
            done = gcw.heap_scan_work - start + c.stack_scan_work + c.globals_scan_work - roots
        return done, ns

    def said(self) -> list[Entry]:
        """Return what the workers did since this was asked last."""
        entries = list[Entry]()
        self.pace.worked = False
        for p, worker in enumerate(self.pace.workers):
            if worker.ran:
                mode = worker.marked_as.value
                entries.append((WorkerMarked, p, mode, worker.objects, worker.nbytes, worker.ran))
                worker.objects = worker.nbytes = worker.ran = 0
        return entries
