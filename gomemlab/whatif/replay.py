"""The service again, under another setting: the real pacer says when to collect, the log what it then finds.

One step is one cycle. The pacer (runtime/gc/pacer.py, the one that worlds and simulations use) is told what was
marked and how long that took; it gives the trigger and the goal. What is alive there comes from the looks of the log
beside this point of work, one of the two by lot, because what is alive also has chance in it; several are drawn.

While a cycle marks, the program allocates on. Where nothing holds it back that is as much as in the log; the nearer
the goal, the more goroutines assist: the allocation stops short, and the CPU time of marking moves to them. The CPU
limiter (runtime/gc/limiter.py) may forbid that. What went beyond the goal in the log for no reason that the pacer knows
(a worker came late) goes beyond it again, by chance. Two things are so in recorded services: such cycles come in runs,
and the higher the goal, the further they go.

What advances is work. A service that waits for requests (its processors are idle while cycles mark) has the time of
the log, too: what it cannot do in it is not done.

Go: runtime/mgcpacer.go, gcControllerState; runtime/mgclimit.go, gcCPULimiterState; runtime/proc.go, forcegcperiod.
Left out: spans, so how much memory lies between objects is a share of the heap, fitted to recorded services.
"""

from dataclasses import dataclass
from random import Random

from gomemlab.gctrace.fits import HEAP_MINIMUM_MB
from gomemlab.runtime.gc.limiter import GCCPULimiter
from gomemlab.runtime.gc.pacer import MAX_OVERSHOOT, GCController
from gomemlab.runtime.pace import FORCE_GC_PERIOD
from gomemlab.whatif.service import FIRST_LIVE, KEPT, LEAST, SMALL, Look, Service
from gomemlab.whatif.setting import Setting

MIB = 1 << 20
MOST = 1 << 62  # bytes: no heap is larger
OVERHEAD = 4.75  # MiB that count for the limit and are neither heap nor stacks
BETWEEN = 0.13  # of what is marked: unused slots of spans, mark bits, the heap's own books
COPIES = 1.6  # of the stacks: one that was outgrown counts until the next cycle has ended
FORCED_GC_PERIOD = FORCE_GC_PERIOD / 1e9  # seconds
MOST_CYCLES = 6_000  # then the rest is taken to go on like that
STRETCH = 4  # looks on either side from which chance is drawn
FIRST_ASSISTS = 0.3  # of the assists of the log are paid before background workers have begun
SOFT = 4.0  # how sharply the goal stops what is allocated: assists begin before all of the room is used
OPEN = 0.5  # busy below this: the service waits for requests


@dataclass(slots=True)
class Outcome:
    """What a replay came to; MiB and seconds."""

    peak: float = FIRST_LIVE
    num_gc: float = 0
    paid: float = 0.0  # CPU seconds of collecting, idle workers left out
    idle: float = 0.0  # CPU seconds of idle workers
    limited: int = 0  # cycles whose goal the memory limit set
    throttled: int = 0  # cycles in which the CPU limiter forbade assists
    cut: bool = False  # the rest was extrapolated


@dataclass(slots=True)
class Marking:
    """What one cycle is going to be, in MiB and CPU seconds."""

    natural: float  # MiB that the program would allocate
    during: float  # MiB that it does
    cpu: float
    seconds: float
    assist: float
    idle: float

    @classmethod
    def of(cls, service: Service, look: Look, size: float, allowed: float) -> "Marking":
        """Return a cycle like that of a look, with so much more to mark, in which so many MiB may be allocated."""
        shares = service.shares
        cpu, natural = look.cpu * size, look.natural * size
        during = (natural**-SOFT + allowed**-SOFT) ** (-1 / SOFT)
        held = during / natural
        free = cpu / (shares.gc * service.procs)
        assist = max((1 - shares.gc) * cpu * (1 - held), FIRST_ASSISTS * shares.assist * cpu)
        return cls(
            natural=natural,
            during=during,
            cpu=cpu,
            seconds=free * (shares.gc + held * (1 - shares.gc)),
            assist=assist,
            idle=(cpu - assist) * shares.idle,
        )


class Replay:
    """One run of a service under a setting."""

    def __init__(self, service: Service, setting: Setting, seed: int = 0, most_cycles: int = MOST_CYCLES) -> None:
        self.service, self.most_cycles = service, most_cycles
        self.random = Random(seed)
        self.pacer = GCController.init(setting.gogc, setting.limit)
        self.pacer.globals_scan = int(service.looks[0].globals * MIB)
        self._start(service.start)
        self.limiter = GCCPULimiter(nprocs=service.procs)
        self.has_limit = setting.memory_limit is not None
        self.look = service.looks[0]
        self.forced = [look.work for look in service.looks if look.forced]
        self.work, self.now, self.last_gc = FIRST_LIVE, 0.0, 0.0
        self.luck = len(service.looks)  # which look's chance came last
        self.out = Outcome()

    def _start(self, live: float) -> None:
        """Begin with the program, or, where the log begins later, with what was alive then."""
        if live > FIRST_LIVE:
            self.pacer.heap_scan_work = int(live * MIB)
            self.pacer.reset_live(int(live * MIB))
            self.pacer.commit(is_sweep_done=True)
        self.pacer.heap_live = int(live * MIB)

    def run(self) -> Outcome:
        """Replay the log's work and return what came of it."""
        while self._grow():
            self._collect()
            if self.out.num_gc >= self.most_cycles:
                self._extrapolate()
                break
        return self.out

    # Between cycles

    def _grow(self) -> bool:
        """Allocate until the next cycle begins; say whether one does before the work is done."""
        pacer = self.pacer
        self._books()
        trigger, _ = pacer.trigger()
        need, then = self._until_forced(max((min(trigger, MOST) - pacer.heap_live) / MIB, LEAST))
        counted_again = KEPT * pacer.heap_marked / MIB
        left = self.service.work - self.work
        if need - counted_again >= left:
            self.out.peak = max(self.out.peak, pacer.heap_live / MIB + max(left, 0.0))
            return False
        pacer.heap_live += int(need * MIB)
        self.work, self.now = self.work + max(need - counted_again, LEAST), then
        return self.service.shares.busy >= OPEN or self.now <= self.service.seconds

    def _books(self) -> None:
        """Tell the pacer what counts for the limit and is no heap; what lies free is given back in time."""
        if not self.has_limit:
            return
        pacer, stacks = self.pacer, self.look.stacks
        pacer.total_alloc = pacer.heap_live
        beside = OVERHEAD + (COPIES * stacks if stacks > SMALL else 0.0)
        pacer.mapped_ready = pacer.heap_live + int(beside * MIB + BETWEEN * pacer.heap_live)

    def _until_forced(self, need: float) -> tuple[float, float]:
        """Return MiB until the next cycle, and when that is; runtime.GC or two minutes without one may come first."""
        while self.forced and self.forced[0] <= self.work:
            self.forced.pop(0)
        if self.forced:
            need = min(need, max(self.forced[0] - self.work, LEAST))
        due, then = self.last_gc + FORCED_GC_PERIOD, self._time_of(need)
        if then > due > self.now and self.pacer.gc_percent >= 0:
            need = max(need * (due - self.now) / (then - self.now), LEAST)
            then = self._time_of(need)
        return need, then

    def _time_of(self, need: float) -> float:
        """Return when so much will have been allocated."""
        service = self.service
        if service.shares.busy >= OPEN:
            return self.now + service.seconds_to(self.work + need) - service.seconds_to(self.work)
        before, behind, near = service.beside(self.work + need)
        first, second = service.looks[before], service.looks[behind]
        return max(self.now + need / service.fastest, first.at + (second.at - first.at) * near)

    # A cycle

    def _draw(self) -> tuple[Look, float, float]:
        """Return the look that is found here, MiB that can be reached, and MiB of chance beyond the goal."""
        service = self.service
        before, behind, near = service.beside(self.work)
        looks = service.looks
        at = behind if self.random.random() < near else before
        smooth = looks[before].reached * (1 - near) + looks[behind].reached * near
        return looks[at], min((looks[at].reached + smooth) / 2, self.pacer.heap_live / MIB), self._chance(at).excess

    def _chance(self, at: int) -> Look:
        """Return the look whose chance comes now: the next in the log, for a while, then another one near by."""
        looks = self.service.looks
        self.luck += 1
        if self.luck >= len(looks) or self.random.random() < 1 / STRETCH or abs(self.luck - at) > STRETCH:
            self.luck = self.random.randrange(max(0, at - STRETCH), min(at + STRETCH, len(looks)))
        return looks[self.luck]

    def _allowed(self, found: int) -> float:
        """Return MiB that may be allocated before goroutines have to assist, where so many bytes are alive."""
        pacer = self.pacer
        goal, start = min(pacer.heap_goal(), MOST) / MIB, pacer.heap_live / MIB
        expected = pacer.last_heap_scan + pacer.last_stack_scan + pacer.globals_scan
        growth = (found + pacer.max_stack_scan + pacer.globals_scan) / max(expected, 1)
        room = (goal - start) * min(max(growth, 1.0), 2.0)
        return max(room if goal > start else MAX_OVERSHOOT * goal - start, LEAST)

    def _higher(self) -> float:
        """Return how many times as high the goal is as the log's would be, a heap of few MiB left as it is."""
        logged, gogc, live = self.service.gogc, self.pacer.gc_percent, self.pacer.heap_marked / MIB
        if logged is None or logged < 0:
            return 1.0
        small = HEAP_MINIMUM_MB  # there a late worker costs whole spans, whatever the goal is
        goal = live * (1 + (logged if gogc < 0 else gogc) / 100)
        if self.pacer.limited:
            goal = min(goal, self.pacer.heap_goal() / MIB)
        return (small + goal) / (small + live * (1 + logged / 100))

    def _collect(self) -> None:
        """Mark, and tell the pacer of it."""
        pacer, service = self.pacer, self.service
        self.look, reached, excess = self._draw()
        found = int(reached * MIB)
        pacer.heap_scan, pacer.max_stack_scan = pacer.heap_live, int(self.look.stacks * MIB)
        pacer.start_cycle(0, service.procs)
        self.out.limited += pacer.limited
        allowed = self._allowed(found)
        if self.limiter.limiting():
            allowed, self.out.throttled = float(MOST), self.out.throttled + 1
        mark = Marking.of(service, self.look, (reached + 1) / (self.look.reached + 1), allowed)
        mark.during += excess * self._higher()
        pacer.heap_live += int(mark.during * MIB)
        self._count(mark)
        self._tell(found, mark)
        self.work += mark.during

    def _count(self, mark: Marking) -> None:
        """Add a cycle to the outcome, to the clock and to the limiter's bucket."""
        out, look, limiter = self.out, self.look, self.limiter
        out.peak = max(out.peak, self.pacer.heap_live / MIB)
        out.num_gc += 1
        idle = mark.cpu * look.idle / max(look.cpu, 1e-9)
        out.paid += mark.cpu - idle + look.stopped * self.service.procs
        out.idle += idle
        start, self.now = int(self.now * 1e9), self.now + mark.seconds + look.stopped
        end = max(int(self.now * 1e9), start + 1)
        limiter.start_gc_transition(enable_gc=True, now=start)
        limiter.finish_gc_transition(start)
        limiter.add_assist_time(int(mark.assist * 1e9))
        limiter.add_idle_time(int(mark.idle * 1e9))
        limiter.start_gc_transition(enable_gc=False, now=end)
        limiter.finish_gc_transition(end)
        self.last_gc = self.now

    def _tell(self, found: int, mark: Marking) -> None:
        """End the pacer's cycle: what was scanned, who did it, what is alive."""
        pacer, stacks = self.pacer, self.pacer.max_stack_scan
        pacer.heap_scan_work, pacer.stack_scan_work, pacer.globals_scan_work = found, stacks, pacer.globals_scan
        pacer.assist_time, pacer.idle_mark_time = int(mark.assist * 1e9), int(mark.idle * 1e9)
        pacer.end_cycle(max(int(mark.seconds * 1e9), 1000), self.service.procs)
        pacer.reset_live(found + int(mark.during * MIB))  # what is born while a cycle marks is kept by it
        pacer.commit(is_sweep_done=False)

    def _extrapolate(self) -> None:
        """Take what is left of the work to go on like what was done; a service that waits has only its time."""
        out, service = self.out, self.service
        rest = max(service.work / max(self.work, LEAST), 1.0)
        if service.shares.busy < OPEN:
            rest = min(rest, max(service.seconds / max(self.now, 1e-9), 1.0))
        out.num_gc, out.paid, out.idle, out.cut = out.num_gc * rest, out.paid * rest, out.idle * rest, rest > 1
