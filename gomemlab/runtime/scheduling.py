"""Scheduling: goroutines take turns on the Ps, for whoever wants that.

A world begins without a scheduler: every goroutine can do something at any time, and what is said about who runs when
is the caller's. From schedinit on there is one: a goroutine does something only while it runs on a P. It leaves the P
(gosched, gopark, goexit), then the P takes the next one (schedule) or the one that the caller names (execute).

Commands that name a P and no goroutine, such as malloc and those of pools, are not asked who runs there.

Go: runtime/proc.go, schedinit, schedule, goschedImpl, gopark, goready, goexit0, newproc.
Left out: that a goroutine which leaves its P calls schedule at once (here it is a command of its own).
"""

from collections.abc import Sequence

from gomemlab.runtime.alloc.locks import HEAP
from gomemlab.runtime.alloc.sizeclasses import whole
from gomemlab.runtime.errors import MisuseError, ThrowError
from gomemlab.runtime.events import PageCacheFlushed
from gomemlab.runtime.gc.roots import StackSlot
from gomemlab.runtime.malloc import P
from gomemlab.runtime.pooling import Pooling
from gomemlab.runtime.proc import GStatus, Pick, Proc, Sched
from gomemlab.runtime.runq import cheaprand
from gomemlab.runtime.schedevents import BY_HAND, GLOBAL, NO_P, GParked, GQueued, GReadied, GYielded, SchedulerBegan
from gomemlab.runtime.stacking import Goroutine

OUTSIDE = ("sleep", "IO wait")  # what a timer or the network ends, so that waiting for it is no deadlock
REASONS = (  # Go: runtime/runtime2.go, waitReasonStrings
    *OUTSIDE,
    "chan receive",
    "chan send",
    "chan receive (nil chan)",
    "chan send (nil chan)",
    "select",
    "select (no cases)",
    "semacquire",
    "sync.Cond.Wait",
    "sync.Mutex.Lock",
    "sync.RWMutex.RLock",
    "sync.RWMutex.Lock",
    "sync.WaitGroup.Wait",
)
DEADLOCK = "fatal error: all goroutines are asleep - deadlock!"


class Scheduling(Pooling):
    """The scheduler's side of a World."""

    __slots__ = ("sched",)
    sched: Sched | None  # None: whoever is asked to do something does it

    def schedinit(self, seed: int = 1) -> None:
        """Begin to schedule: G1 runs on P0, and all other goroutines wait for the P that they were on.

        seed is where the random order begins in which Ps look for work. Raises MisuseError where G1 has ended, and in
        a world that has a scheduler.
        """
        if self.sched is not None:
            raise MisuseError("this world has a scheduler; schedule(p) lets a P run what is next")
        seed = whole(seed, "seed", "give a whole number")
        stacks = self.collector.roots.stacks
        homes = [0 if stack.dead else self._p_of(stack.g).id for stack in stacks]
        if stacks[0].dead:
            raise MisuseError("G1 has ended, so nobody runs; begin with schedinit before it does")
        self.allocator.begin()
        heap = self.allocator.heap
        sched = self.sched = Sched(heap.log, heap.locks, seed & 0xFFFFFFFF, [Proc(i) for i in range(len(self.ps))])
        sched.status = [GStatus.DEAD if stack.dead else GStatus.RUNNABLE for stack in stacks]
        living = [stack.g for stack in stacks[1:] if not stack.dead]
        self._log(SchedulerBegan, len(self.ps), len(living))
        sched.procs[0].current, sched.procs[0].schedtick, sched.status[0] = 1, 1, GStatus.RUNNING
        for g in living:
            sched.put(g, homes[g - 1], runnext=False)
        sched.find_idle()

    def schedule(self, p: int | None = None) -> int:
        """Let P p run the goroutine that is next there, and return its number; 0 where it found none, and idles.

        Where p is left out, one of the Ps that look for work is taken, at random by the seed.
        Raises MisuseError where P p runs one, and where all goroutines wait for each other: Go would end there.
        Go: runtime/proc.go, schedule, findRunnable, checkdead.
        """
        sched = self._scheduler()
        if p is None:
            free = [proc.id for proc in sched.procs if not proc.current and not proc.idle]
            if not free:
                self._check_asleep(sched)
                raise MisuseError("no P looks for work: each runs a goroutine or idles; name one, or gosched first")
            rand, number = cheaprand(sched.rand)
            p = free[number % len(free)]
        else:
            rand, p = sched.rand, self._free_p(p, sched).id
        self._check_asleep(sched)
        self.allocator.begin()
        sched.rand = rand
        return sched.schedule(p)

    def execute(self, g: int, p: int = 0) -> None:
        """Let P p run a goroutine that can run, whatever is next there. Go has no such command.

        Raises MisuseError where P p runs one, and for a goroutine that runs or waits.
        """
        sched = self._scheduler()
        proc = self._free_p(p, sched)
        number = self._check_g(g).g
        if sched.status[number - 1] is not GStatus.RUNNABLE:
            raise MisuseError(f"G{number} {self._doing(number, sched)}; name a goroutine that waits for a P")
        self.allocator.begin()
        sched.rouse(proc)
        sched.pull(number)
        sched.execute(proc.id, Pick(number, BY_HAND))

    def gosched(self, g: int, preempted: bool = False) -> None:
        """Let goroutine g give its P up, though it could go on; it goes to the end of the global queue.

        preempted: it was made to, because it had the P for 10 ms. Go: runtime/proc.go, goschedImpl.
        """
        sched, p = self._scheduler(), self._p_of(g).id
        self.allocator.begin()
        self._log(GYielded, int(g), p, bool(preempted))
        sched.let_go(g, GStatus.RUNNABLE)
        sched.put_global([int(g)], p)
        sched.wakep(p)

    def gopark(self, g: int, reason: str = "chan receive") -> None:
        """Let goroutine g wait until goready; reason is one of Go's. Go: runtime/proc.go, gopark."""
        sched, p = self._scheduler(), self._p_of(g).id
        if reason not in REASONS:
            raise MisuseError(f"{reason!r} is nothing that a goroutine waits for; give one of {', '.join(REASONS)}")
        self.allocator.begin()
        sched.let_go(g, GStatus.WAITING)
        sched.reasons[int(g)] = reason
        self._log(GParked, int(g), p, reason)

    def goready(self, g: int, p: int = 0) -> None:
        """Wake goroutine g from P p, where it will be next: by the goroutine that runs there, else by a timer.

        p = -1: it is woken without a P, by the network poller, and goes to the global queue.
        Raises MisuseError for a goroutine that does not wait, and for an idle P.
        Go: runtime/proc.go, goready, injectglist.
        """
        sched, number = self._scheduler(), self._check_g(g).g
        by = None if p == NO_P else sched.procs[self._check_p(p)]
        if by is not None and by.idle:
            raise MisuseError(f"P{by.id} idles, and wakes nobody; name a P that does not, or -1 for the network")
        if number not in sched.reasons:
            raise MisuseError(f"G{number} {self._doing(number, sched)}; only one that waits can be woken")
        self.allocator.begin()
        self._log(GReadied, number, by.current if by else 0, p if by else NO_P, sched.reasons.pop(number))
        if by:
            sched.put(number, by.id)
            sched.wakep(by.id)
        else:
            sched.status[number - 1] = GStatus.RUNNABLE
            sched.put_global([number], NO_P)
            self._log(GQueued, number, NO_P, GLOBAL, 0)
            sched.start_idle()

    # What goroutines do besides

    def go(
        self,
        slots: int = 1,
        args: Sequence[StackSlot] = (),
        g: int | None = None,
        shade: bool = True,
        p: int | None = None,
        nbytes: int | None = None,
    ) -> Goroutine:
        """Let goroutine g start another; with a scheduler that will be the next on g's P. Go: runtime/proc.go, newproc.

        With a scheduler, p instead of g means the goroutine that runs on P p. Raises MisuseError as without one, and
        where nobody runs there.
        """
        sched = self.sched
        if sched is not None and p is not None:
            g = self._current(p, sched)
        goroutine = super().go(slots, args, g, shade, p, nbytes)
        if sched is not None:
            self._newproc(sched, goroutine, self._p_of(1 if g is None else g).id)
        return goroutine

    def go_many(self, count: int, slots: int = 1, p: int = 0, nbytes: int | None = None) -> range:
        """Start so many goroutines on P p at once; with a scheduler, each is the next there until another is.

        Raises MisuseError as without a scheduler, and for a P on which nobody runs.
        """
        numbers = super().go_many(count, slots, p, nbytes)
        if self.sched is not None:
            for g in numbers:
                self.allocator.log.clear()
                self._newproc(self.sched, g, self._check_p(p))
        return numbers

    def goexit(self, g: int) -> None:
        """Let goroutine g end; with a scheduler its P is free then. Go: runtime/proc.go, goexit0, gdestroy."""
        super().goexit(g)
        if self.sched is not None:
            self.sched.let_go(g, GStatus.DEAD)

    # Inside

    def _start_sweep(self, trigger: int | None) -> None:
        """Begin to sweep; idle Ps lose the pages of their caches, too. Go: runtime/mgc.go, gcMarkTermination."""
        super()._start_sweep(trigger)
        heap = self.allocator.heap
        for p in self.sched.idle if self.sched is not None else ():
            pcache = self.ps[p].pcache
            self._log(PageCacheFlushed, p, pcache.cache.bit_count())
            pcache.flush(heap.pages)
            heap.locks.take(HEAP, p)

    def _starter(self, p: int) -> int:
        return super()._starter(p) if self.sched is None else self._current(p, self.sched)

    def _current(self, p: int, sched: Sched) -> int:
        """Return the goroutine that runs on a P; raise MisuseError where none does."""
        g = sched.procs[self._check_p(p)].current
        if not g:
            raise MisuseError(f"nobody runs on P{p}, so nobody starts a goroutine there; schedule({p}) first")
        return g

    def _newproc(self, sched: Sched, g: int, p: int) -> None:
        sched.status.append(GStatus.RUNNABLE)
        sched.put(int(g), p)
        sched.wakep(p)

    def _p_of(self, g: object) -> P:
        """Return the P that a goroutine runs on. Raises MisuseError where there is a scheduler and it does not run."""
        sched = self.sched
        if sched is None:
            return super()._p_of(g)
        number = self._check_g(g).g
        p = sched.running_on(number)
        if p == NO_P:
            remedy = "goready wakes it" if number in sched.reasons else f"schedule a P, or execute({number}, p)"
            raise MisuseError(f"G{number} {self._doing(number, sched)}, and can do nothing until it runs; {remedy}")
        return self.ps[p]

    def _doing(self, g: int, sched: Sched) -> str:
        """Return what a goroutine does, as the middle of a sentence."""
        if g in sched.reasons:
            return f"waits ({sched.reasons[g]})"
        p = sched.running_on(g)
        return f"runs on P{p}" if p != NO_P else "can run, but no P runs it"

    def _scheduler(self) -> Sched:
        if self.sched is None:
            raise MisuseError("this world has no scheduler: all goroutines can do something at any time; schedinit()")
        return self.sched

    def _free_p(self, p: object, sched: Sched) -> Proc:
        proc = sched.procs[self._check_p(p)]
        if proc.current:
            raise MisuseError(f"P{proc.id} runs G{proc.current}; let that go first: gosched, gopark or goexit")
        return proc

    def _check_asleep(self, sched: Sched) -> None:
        """Raise MisuseError where all goroutines wait for one another. Go: runtime/proc.go, checkdead."""
        if sched.asleep() and not any(reason in OUTSIDE for reason in sched.reasons.values()):
            waiting = ", ".join(f"G{g}: {reason}" for g, reason in sorted(sched.reasons.items())[:8])
            raise MisuseError(
                f"{DEADLOCK}\n{waiting}\n"
                "(Go ends here. This world goes on: wake one from the network, as goready(g, -1) does.)"
            )

    def _resize_sched(self, procs: int) -> None:
        if self.sched is not None:
            self.sched.resize(procs)

    def _check_sched(self) -> None:
        """Raise ThrowError where scheduler, Ps and stacks disagree."""
        if self.sched is None:
            return
        self.sched.check()
        dead = [stack.dead for stack in self.collector.roots.stacks]
        if dead != [status is GStatus.DEAD for status in self.sched.status] or len(self.ps) != len(self.sched.procs):
            raise ThrowError("the scheduler knows other goroutines or Ps than there are")
