"""What a run of the aggregate mode came to: its cycles, and what happened inside each.

A run is read like a gctrace log, only that nothing is rounded: one record a cycle, in bytes and seconds. Between the
end of one cycle and the start of the next the live heap grows from `live` to `heap_start`; while the next one marks it
grows on to `heap_end`, and then falls to what was marked. So the records alone are the saw-tooth.

Go: runtime/mgc.go, gcMarkTermination (what it prints); runtime/mgcpacer.go, gcControllerState.
Left out: what a cycle frees, span by span; which goroutine pays.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from gomemlab.gctrace.line import Exact, line
from gomemlab.pacing.workload import Workload
from gomemlab.runtime.gc.pacer import NO_LIMIT, OFF

Reason = Literal["heap", "time", "forced"]


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that is changed while the program runs, as debug.SetGCPercent and debug.SetMemoryLimit do.

    Go: runtime/mgcpacer.go, setGCPercent, setMemoryLimit.
    """

    at_s: float  # seconds since the start
    gogc: int | None = None  # percent, OFF for off; None leaves it as it is
    memory_limit: int | None = None  # bytes, NO_LIMIT for none; None leaves it as it is


class Sample(NamedTuple):
    """A moment while a cycle marks; the first is its start, the last its end."""

    at_s: float  # seconds since the start of the run
    heap_live: int  # bytes: as last marked, and all that was allocated since
    goal: int  # bytes: what the pacer wants heap_live to be when marking ends
    scanned: int  # bytes of heap, stacks and globals that were scanned in this cycle until now
    assist_ratio: float  # bytes to scan for each byte that is allocated
    workers: float  # Ps that dedicated and fractional workers had since the sample before, on average
    assists: float  # Ps whose goroutines assisted instead of running
    idle: float  # Ps that had nothing to run and marked
    limiting: bool  # the CPU limiter kept goroutines from assisting


@dataclass(frozen=True, slots=True)
class PacedCycle:
    """One cycle of the collector, from the moment it was triggered to the end of its marking."""

    number: int  # from 1
    reason: Reason  # why it started: the heap reached its trigger, two minutes had passed, or runtime.GC
    start_s: float  # seconds since the start of the run
    end_s: float
    gogc: int  # percent when it ended, OFF for off
    memory_limit: int  # bytes when it ended, NO_LIMIT for none
    live_before: int  # bytes that the cycle before had marked: where the heap started to grow
    trigger: int  # bytes of heap_live at which the pacer wanted it to start
    goal: int  # bytes of heap_live at which it was to end, as last computed
    gogc_goal: int  # bytes: the goal that GOGC alone would have set
    limited: bool  # the memory limit set the goal, not GOGC
    heap_start: int  # bytes of heap_live when it started (gctrace's first number)
    heap_end: int  # bytes of heap_live when marking ended (gctrace's second)
    live: int  # bytes that it marked (gctrace's third), objects born while it marked among them
    stacks: int  # bytes of stacks that it scanned
    globals: int  # bytes of global variables that it scanned
    scanned: int  # bytes that it scanned in all: pointer-free objects are marked, not scanned
    memory_peak: int  # bytes of all memory that counts for the limit, at most since the cycle before
    assist_s: float  # CPU seconds of goroutines that assisted
    workers_s: float  # CPU seconds of dedicated and fractional workers
    idle_s: float  # CPU seconds of idle workers
    sweep_term_s: float  # seconds of the first stop
    mark_term_s: float  # seconds of the second stop
    before: tuple[
        tuple[float, int], ...
    ]  # (s, heap_live) between the cycle before and this one, where the rate changed
    inside: tuple[Sample, ...]

    @property
    def peak(self) -> int:
        """Return the most bytes that the live heap had since the cycle before."""
        return max(self.heap_start, self.heap_end)

    @property
    def stw_s(self) -> float:
        """Return the seconds in which the world was stopped."""
        return self.sweep_term_s + self.mark_term_s

    @property
    def marking_s(self) -> float:
        """Return the seconds from its start to its end."""
        return self.end_s - self.start_s

    def gc_s(self, procs: int) -> float:
        """Return the CPU seconds of workers, assists and stops; a stop costs every P its time."""
        return self.assist_s + self.workers_s + self.stw_s * procs

    def exact(self, procs: int, gc_cpu: float) -> Exact:
        """Return what its gctrace line is printed from; gc_cpu: the share of all CPU time, since the start."""
        return Exact(
            number=self.number,
            at_ns=_ns(self.start_s),
            gc_cpu_fraction=gc_cpu,
            clock_sweep_term_ns=_ns(self.sweep_term_s),
            clock_mark_ns=_ns(self.marking_s - self.stw_s),
            clock_mark_term_ns=_ns(self.mark_term_s),
            cpu_assist_ns=_ns(self.assist_s),
            cpu_background_ns=_ns(self.workers_s),
            cpu_idle_ns=_ns(self.idle_s),
            heap_start=self.heap_start,
            heap_end=self.heap_end,
            heap_live=self.live,
            heap_goal=self.goal,
            stacks=self.stacks,
            globals=self.globals,
            procs=procs,
            forced=self.reason == "forced",
        )

    @property
    def goal_ratio(self) -> float:
        """Return where it ended, as a share of its goal: 1 is what the pacer aims at."""
        return self.heap_end / self.goal if self.goal else 1.0

    @property
    def window(self) -> float:
        """Return how far between live_before and goal it was triggered; Go keeps to 45/64 … 61/64 of a small heap."""
        room = self.goal - self.live_before
        return (self.trigger - self.live_before) / room if room > 0 else 1.0


def _ns(seconds: float) -> int:
    """Return seconds in nanoseconds."""
    return round(seconds * 1e9)


@dataclass(frozen=True, slots=True)
class Run:
    """A workload under one setting: all its cycles, and what is computed of them."""

    workload: Workload
    procs: int
    gogc: int  # percent at the start, OFF for off
    memory_limit: int  # bytes at the start, NO_LIMIT for none
    changes: tuple[Change, ...]
    seconds: float  # how long it was
    cycles: tuple[PacedCycle, ...]
    after: tuple[tuple[float, int], ...]  # (s, heap_live) behind the last cycle, the end of the run last
    memory_peak: int  # bytes of all memory that counts for the limit, at most
    allocated: int  # bytes in all
    program_s: float  # CPU seconds that the program itself ran

    @property
    def num_gc(self) -> int:
        """Return how many cycles ended."""
        return len(self.cycles)

    @property
    def end_live(self) -> int:
        """Return the bytes of heap_live when it ended."""
        return self.after[-1][1]

    @property
    def peak_heap(self) -> int:
        """Return the most bytes that the live heap ever had."""
        return max([live for _, live in self.after] + [cycle.peak for cycle in self.cycles])

    @property
    def gc_cpu(self) -> float:
        """Return the share of all Ps' time that the collector took, as MemStats.GCCPUFraction says it.

        Idle workers took what nobody wanted, and are left out, as gctrace leaves them out of its percentage.
        """
        return self.gc_s / (self.seconds * self.procs) if self.seconds else 0.0

    def line(self, i: int) -> str:
        """Return what Go 1.27 would have printed for cycles[i] with GODEBUG=gctrace=1."""
        return self.lines()[i]

    def lines(self) -> list[str]:
        """Return the gctrace line of each cycle; parse() reads them as it reads a service's.

        Go: runtime/mgc.go, gcMarkTermination.
        """
        printed, gc_s = [], 0.0
        for cycle in self.cycles:
            gc_s += cycle.gc_s(self.procs)
            printed.append(line(cycle.exact(self.procs, gc_s / (cycle.end_s * self.procs))))
        return printed

    @property
    def gc_s(self) -> float:
        """Return the CPU seconds of workers, assists and stops; a stop costs every P its time."""
        return sum(cycle.gc_s(self.procs) for cycle in self.cycles)

    @property
    def utilisations(self) -> tuple[float, ...]:
        """Return for each cycle the share of all Ps' time that workers and assists had while it marked."""
        return tuple(
            (cycle.assist_s + cycle.workers_s) / ((cycle.marking_s - cycle.stw_s) * self.procs)
            if cycle.marking_s > cycle.stw_s
            else 0.0
            for cycle in self.cycles
        )

    @property
    def limited(self) -> int:
        """Return how many cycles had their goal set by the memory limit."""
        return sum(cycle.limited for cycle in self.cycles)


__all__ = ["NO_LIMIT", "OFF", "Change", "PacedCycle", "Reason", "Run", "Sample"]
