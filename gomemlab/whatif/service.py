"""What one log tells of the service that wrote it, apart from the setting it ran under.

Every cycle of the log is a look at the service: so much had been allocated by then (its *work*), so much was alive,
marking that cost so much CPU time, and meanwhile it went on allocating. Another setting collects at other moments, but
the service does the same work; so these looks, laid along the work done, are all that a replay needs.

gctrace cuts every number off. Each stands for an interval, here for its middle. Two are known better: what was marked,
for with GOGC the next goal repeats it; and what was allocated while a cycle marked, for the program's pace is known,
and the whole log says how much of it is left while cycles mark.

Go: runtime/mgc.go, gcMarkTermination (what is printed); runtime/mgcpacer.go, (*gcControllerState).commit (the goal).
Left out: which of the bytes hold pointers: the CPU time of marking says what matters of it.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import median

from gomemlab.gctrace import Cycle
from gomemlab.gctrace.fits import HEAP_MINIMUM_MB
from gomemlab.runtime.gc.markworkers import GC_BACKGROUND_UTILIZATION

HALF = 0.5  # MiB: the middle of what a whole number of MiB stands for
FIRST_LIVE = 0.3  # MiB that a Go program has when it starts
SMALL = 0.05  # MiB of stacks or globals where the log says 0
LEAST = 0.15  # MiB: a P takes whole spans
MARKING = 0.02  # MiB that are allocated while the shortest cycle marks
KEPT = 0.02  # of what is marked is counted again when the free slots of its spans are handed out
ASSISTED = 0.62  # of the assists would not have been, had background marking had its time
WAITING = 0.3  # of all Ps idle while a cycle marks, workers counted: then the program does not wait for Ps


@dataclass(frozen=True, slots=True)
class Look:
    """One cycle of the log, in MiB and seconds."""

    work: float  # MiB allocated since the program began, when the cycle began
    at: float  # seconds since the program began
    pause: float  # seconds from the end of the cycle before to its start
    alone: float  # MiB allocated in that time
    reached: float  # MiB that the program could reach when the cycle began
    during: float  # MiB allocated while it marked
    natural: float  # MiB that would have been, had nobody had to assist, the excess left out
    excess: float  # MiB beyond the goal, for no reason that the pacer knows: a worker came late, a thread was held up
    marking: float  # seconds
    stopped: float  # seconds of both stops
    cpu: float  # CPU seconds of marking: assists, background and idle workers
    idle: float  # of these, idle workers'
    stacks: float  # MiB that were scanned
    globals: float  # MiB
    forced: bool


@dataclass(frozen=True, slots=True)
class Shares:
    """How the processors' time went while cycles marked."""

    gc: float  # of all Ps, what background and idle workers had; at least a quarter
    idle: float  # of these two, idle workers'
    assist: float  # of all marking, what goroutines paid
    busy: float  # 1: the program could have used every P; 0: it waited, and more collecting costs it no time


@dataclass(frozen=True, slots=True)
class Service:
    """A program, as its log shows it."""

    looks: tuple[Look, ...]
    works: tuple[float, ...]  # of the looks, for searching
    alone: tuple[float, ...]  # seconds until each look, those of marking left out
    procs: int
    gogc: int | None  # that the log was written under; None: not known, or a memory limit set goals
    shares: Shares
    start: float  # MiB that were alive before the first look
    work: float  # MiB allocated until the program ended, half a cycle guessed
    seconds: float  # until then
    fastest: float  # MiB a second: what it allocates where it does not wait
    peak: float  # MiB
    gc_cpu: float  # share of all Ps' time that collecting took, idle workers left out
    idle_cpu: float  # share of all Ps' time that idle workers took

    @property
    def num_gc(self) -> int:
        """Return how many cycles the log holds."""
        return len(self.looks)

    @property
    def live(self) -> float:
        """Return the most MiB that the program could reach."""
        return max(look.reached for look in self.looks)

    @property
    def usual(self) -> float:
        """Return MiB that the program could reach in the middle of its cycles."""
        return median(look.reached for look in self.looks)

    @property
    def stacks(self) -> float:
        """Return the most MiB of stacks."""
        return max(look.stacks for look in self.looks)

    def seconds_to(self, work: float) -> float:
        """Return the seconds that the program alone took until a point of work."""
        before, behind, near = self.beside(work)
        if before < behind:
            return self.alone[before] * (1 - near) + self.alone[behind] * near
        look = self.looks[behind]
        return max(self.alone[behind] + (work - look.work) * look.pause / look.alone, 0.0)

    def beside(self, work: float) -> tuple[int, int, float]:
        """Return the looks before and behind a point of work, and how near it is to the second, 0 to 1."""
        at = bisect_left(self.works, work)
        if at == 0:
            return 0, 0, 1.0
        if at == len(self.works):
            return at - 1, at - 1, 1.0
        before, behind = self.works[at - 1], self.works[at]
        return at - 1, at, (work - before) / max(behind - before, 1e-9)


def stacks_of(cycle: Cycle) -> float:
    """Return MiB of stacks."""
    return cycle.stacks_mb + HALF if cycle.stacks_mb else SMALL


def globals_of(cycle: Cycle) -> float:
    """Return MiB of globals."""
    return cycle.globals_mb + HALF if cycle.globals_mb else 2 * SMALL


def marked(cycle: Cycle, following: Cycle | None, gogc: int | None) -> float:
    """Return MiB that a cycle marked: the middle of what its own line and the next goal leave."""
    low, high = float(cycle.heap_live_mb), cycle.heap_live_mb + 1.0
    if following is None or gogc is None or gogc <= 0 or following.heap_goal_mb <= HEAP_MINIMUM_MB * gogc / 100 + HALF:
        return low + HALF
    factor, roots = gogc / 100, stacks_of(cycle) + globals_of(cycle)
    below = max(low, (following.heap_goal_mb - roots * factor) / (1 + factor))
    above = min(high, (following.heap_goal_mb + 1 - roots * factor) / (1 + factor))
    return (below + above) / 2 if below < above else low + HALF


def shares_of(cycles: Sequence[Cycle]) -> Shares:
    """Return how the processors' time went while these cycles marked."""
    assist = sum(c.cpu_assist_ms for c in cycles)
    background = sum(c.cpu_background_ms for c in cycles)
    idle = sum(c.cpu_idle_ms for c in cycles)
    capacity = sum(c.clock_mark_ms * c.procs for c in cycles) + 1e-6
    left = 1 - min(1.0, (assist + background + idle) / capacity)
    return Shares(
        gc=min(0.95, max(GC_BACKGROUND_UTILIZATION, (background + idle) / capacity)),
        idle=idle / max(background + idle, 1e-9),
        assist=assist / max(assist + background + idle, 1e-9),
        busy=min(1.0, left / WAITING),
    )


@dataclass(frozen=True, slots=True)
class Start:
    """Where a log begins: with the program, or, where its first lines are missing, at the end of its first cycle."""

    live: float = FIRST_LIVE  # MiB
    at: float = 0.0  # seconds since the program began

    @classmethod
    def of(cls, cycles: Sequence[Cycle], gogc: int | None) -> "tuple[Start, Sequence[Cycle]]":
        """Return where a log begins, and the cycles behind it."""
        if cycles[0].number <= 1 or len(cycles) == 1:
            return cls(), cycles
        first = cycles[0]
        return cls(marked(first, cycles[1], gogc), first.at_s + first.clock_ms / 1e3), cycles[1:]


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time from the end of one cycle to the end of the next, MiB and seconds."""

    cycle: Cycle
    before: float  # MiB marked by the cycle before
    now: float  # by this one
    pause: float
    alone: float  # MiB allocated in the pause

    @property
    def expected(self) -> float:
        """Return MiB that would have been allocated while it marked, had nothing held the program back."""
        return self.alone / self.pause * self.cycle.clock_mark_ms / 1e3

    def during(self, left: float) -> float:
        """Return MiB allocated while it marked, where cycles leave a program this share of its pace.

        Both sizes are cut off, so their difference is known to a MiB on either side; of a short mark that is all.
        """
        printed = max(self.cycle.heap_end_mb - self.cycle.heap_start_mb, 0)
        return max(min(max(left * self.expected, printed - 1), printed + 1), MARKING)


def stretches_of(cycles: Sequence[Cycle], start: Start, gogc: int | None) -> Iterator[Stretch]:
    """Yield the stretches of a log, time counted from its start."""
    before, ended = start.live, 0.0
    for logged, following in zip(cycles, [*cycles[1:], None], strict=True):
        cycle = logged._replace(at_s=max(logged.at_s - start.at, ended))  # clocks may run back
        now = marked(cycle, following, gogc)
        pause = max(cycle.at_s - ended, 1e-5)
        yield Stretch(cycle, before, now, pause, max(cycle.heap_start_mb + HALF - before, LEAST))
        before, ended = now, cycle.at_s + cycle.clock_ms / 1e3


def left_of(stretches: Sequence[Stretch]) -> float:
    """Return the share of its pace that a program has while cycles mark: over the whole log what is cut off cancels."""
    stretches = stretches[1:] or stretches  # how a program starts is not its pace
    allocated = sum(max(part.cycle.heap_end_mb - part.cycle.heap_start_mb, 0) for part in stretches)
    return allocated / max(sum(part.expected for part in stretches), 1e-9)


def _look(part: Stretch, last: Look | None, during: float, slowed: float) -> Look:
    """Return what a cycle shows that so many MiB were allocated in."""
    cycle, start = part.cycle, part.cycle.heap_start_mb + HALF
    reached = min(max(part.now - during, SMALL), start)
    growth = max(1.0, reached / max(last.reached, 1.0)) if last else 1.0  # the goal recedes where more is found alive
    room = max(cycle.heap_goal_mb + HALF - start, 0.0) * growth
    excess = max(during - room, 0.0)
    return Look(
        work=(last.work + last.during if last else FIRST_LIVE) + max(part.alone - KEPT * part.before, LEAST),
        at=cycle.at_s,
        pause=part.pause,
        alone=part.alone,
        reached=reached,
        during=during,
        natural=max(during - excess, MARKING) / slowed,
        excess=excess,
        marking=cycle.clock_mark_ms / 1e3,
        stopped=cycle.stw_ms / 1e3,
        cpu=(cycle.cpu_assist_ms + cycle.cpu_background_ms + cycle.cpu_idle_ms) / 1e3,
        idle=cycle.cpu_idle_ms / 1e3,
        stacks=stacks_of(cycle),
        globals=globals_of(cycle),
        forced=cycle.forced,
    )


def looks_of(cycles: Sequence[Cycle], start: Start, gogc: int | None, slowed: float) -> tuple[Look, ...]:
    """Return the looks of all cycles; slowed: the share of what it would allocate that assists leave a program."""
    stretches = list(stretches_of(cycles, start, gogc))
    left = left_of(stretches)
    looks: list[Look] = []
    for part in stretches:
        looks.append(_look(part, looks[-1] if looks else None, part.during(left), slowed))
    return tuple(looks)


def fit(cycles: Sequence[Cycle], gogc: int | None = 100) -> Service:
    """Return the service behind the cycles of one process, which ran at this GOGC (None: not known)."""
    shares, procs = shares_of(cycles), max(cycles[-1].procs, 1)
    start, cycles = Start.of(cycles, gogc)
    slowed = max(0.25, 1 - ASSISTED * min(1.0, shares.assist / (1 - shares.gc)))
    looks = looks_of(cycles, start, gogc, slowed)
    last, tail = looks[-1], looks[-5:]
    speeds = sorted(look.alone / look.pause for look in looks)
    ended = last.at + last.marking + last.stopped
    seconds = ended + HALF * median(look.pause + look.marking for look in tail)
    paid = sum(look.cpu - look.idle + look.stopped * procs for look in looks) / max(ended * procs, 1e-9)
    printed = cycles[-1].gc_cpu_percent / 100  # what Go itself counted, cut off; our sum takes stops for too much
    if start.at:
        printed = paid  # it counts since the program began
    return Service(
        looks=looks,
        works=tuple(look.work for look in looks),
        alone=tuple(accumulate(look.pause for look in looks)),
        procs=procs,
        gogc=gogc,
        shares=shares,
        start=start.live,
        work=last.work + last.during + HALF * median(look.alone + look.during for look in tail),
        seconds=seconds,
        fastest=speeds[int(0.9 * (len(speeds) - 1))],
        peak=max(max(cycle.heap_end_mb, cycle.heap_start_mb) for cycle in cycles) + HALF,
        gc_cpu=min(max(paid, printed), printed + 0.01),
        idle_cpu=sum(look.idle for look in looks) / max(ended * procs, 1e-9),
    )
