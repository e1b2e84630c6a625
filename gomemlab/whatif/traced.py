"""One replay, cycle by cycle: for the saw-tooth beside the log's, and for gctrace lines beside the real ones.

An answer is the middle of several replays; what is drawn is one of them, the one whose peak is in the middle.

Go: runtime/mgc.go, gcMarkTermination.
Left out: the stops one by one; a cycle has those of the look that it was drawn from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gomemlab.gctrace import Cycle, Exact, line
from gomemlab.whatif.replay import MIB, MOST, Marking, Replay
from gomemlab.whatif.service import Service
from gomemlab.whatif.setting import Setting

DRAWS = 5
MOST_CYCLES = 1_500


@dataclass(frozen=True, slots=True)
class Tooth:
    """One cycle, of a log or of a replay; bytes and seconds since the program began."""

    start_s: float
    end_s: float
    heap_start: int
    heap_end: int
    live: int
    goal: int  # MOST where there is none
    limited: bool  # the memory limit set the goal
    line: str  # as gctrace prints it; of a log as it stands there, where it is known

    @property
    def peak(self) -> int:
        """Return the most that the heap had."""
        return max(self.heap_start, self.heap_end)


class Traced(Replay):
    """A replay that keeps its cycles."""

    def __init__(self, service: Service, setting: Setting, seed: int = 0, most_cycles: int = MOST_CYCLES) -> None:
        super().__init__(service, setting, seed, most_cycles)
        self.teeth: list[Tooth] = []
        self.collecting = 0.0  # CPU seconds until now

    def _tell(self, found: int, mark: Marking) -> None:
        """End the cycle, and note it."""
        pacer, look, procs = self.pacer, self.look, self.service.procs
        end, goal, limited = pacer.heap_live, min(pacer.heap_goal(), MOST), pacer.limited
        began = self.now - mark.seconds - look.stopped
        super()._tell(found, mark)
        self.collecting += mark.cpu - mark.idle + look.stopped * procs
        exact = Exact(
            number=len(self.teeth) + 1,
            at_ns=max(int(began * 1e9), 0),
            gc_cpu_fraction=self.collecting / max(self.now * procs, 1e-9),
            clock_sweep_term_ns=int(look.stopped * 5e8),
            clock_mark_ns=int(mark.seconds * 1e9),
            clock_mark_term_ns=int(look.stopped * 5e8),
            cpu_assist_ns=int(mark.assist * 1e9),
            cpu_background_ns=int(max(mark.cpu - mark.assist - mark.idle, 0.0) * 1e9),
            cpu_idle_ns=int(mark.idle * 1e9),
            heap_start=max(end - int(mark.during * MIB), 0),
            heap_end=end,
            heap_live=pacer.heap_marked,
            heap_goal=goal,
            stacks=int(look.stacks * MIB),
            globals=pacer.globals_scan,
            procs=procs,
            forced=look.forced,
        )
        self.teeth.append(
            Tooth(began, self.now, exact.heap_start, end, pacer.heap_marked, goal, bool(limited), line(exact))
        )


def traced(service: Service, setting: Setting) -> tuple[Tooth, ...]:
    """Return the cycles of the replay whose peak is in the middle of several."""
    runs = []
    for seed in range(DRAWS):
        replay = Traced(service, setting, seed)
        replay.run()
        runs.append((replay.out.peak, seed, replay.teeth))
    runs.sort()
    return tuple(runs[DRAWS // 2][2])


def observed(cycles: Sequence[Cycle], lines: Sequence[str] = ()) -> tuple[Tooth, ...]:
    """Return the cycles of a log; a size that it cut off is taken half a MiB higher."""

    def middle(mb: int) -> int:
        return (2 * mb + 1) * MIB // 2

    return tuple(
        Tooth(
            cycle.at_s,
            cycle.at_s + cycle.clock_ms / 1000,
            middle(cycle.heap_start_mb),
            middle(cycle.heap_end_mb),
            middle(cycle.heap_live_mb),
            MOST if cycle.no_goal else middle(cycle.heap_goal_mb),
            limited=False,
            line=lines[cycle.line - 1].strip() if 0 < cycle.line <= len(lines) else "",
        )
        for cycle in cycles
    )
