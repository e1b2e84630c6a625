"""Goroutines, Ps and cycles in any order: nobody is lost, and each P runs whom Go's rules name."""

import os

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.proc import GStatus, Sched
from gomemlab.runtime.scheduling import OUTSIDE, REASONS
from gomemlab.runtime.world import World

MAX_PS = 5
MAX_GS = 40
MANY = 2 if os.environ.get("CI") else 1  # more of it in CI than on a laptop


class Life(RuleBasedStateMachine):
    """A world with a scheduler."""

    world: World

    @property
    def sched(self) -> Sched:
        """Return its scheduler."""
        assert self.world.sched is not None
        return self.world.sched

    def gs(self, status: GStatus) -> list[int]:
        """Return the goroutines with a status."""
        return [g for g, is_ in enumerate(self.sched.status, 1) if is_ is status]

    def allowed(self, p: int) -> set[int]:
        """Return whom Go's rules let P p run next, 0 for nobody."""
        proc, runq = self.sched.procs[p], self.sched.runq
        if proc.schedtick % 61 == 0 and runq:
            return {runq[0]}
        own = list(proc.queue) or list(runq)
        if own:
            return {own[0]}
        others = [other for other in self.sched.procs if other.id != p and not other.idle]
        halves = {list(other.queue.ring)[(len(other.queue.ring) - 1) // 2] for other in others if other.queue.ring}
        nexts = {other.queue.runnext for other in others if other.queue.runnext}
        spinning = sum(other.spinning for other in self.sched.procs)
        busy = len(self.sched.procs) - len(self.sched.idle) + proc.idle
        if not proc.spinning and 2 * spinning >= busy and not self.sched.needspinning:
            return {0}
        return halves or nexts or {0}

    @initialize(procs=st.integers(1, MAX_PS), seed=st.integers(0, 99), more=st.integers(1, 6))
    def begin(self, procs: int, seed: int, more: int) -> None:
        """Begin with some goroutines."""
        self.world = World(procs=procs, goroutines=more)
        self.world.schedinit(seed)

    @precondition(lambda self: len(self.sched.status) < MAX_GS and self.gs(GStatus.RUNNING))
    @rule(data=st.data(), count=st.integers(1, 3))
    def go(self, data: st.DataObject, count: int) -> None:
        """Let a goroutine start others; the last of them is next."""
        g = data.draw(st.sampled_from(self.gs(GStatus.RUNNING)))
        made = [int(self.world.go(g=g)) for _ in range(count)]

        assert self.sched.procs[self.sched.running_on(g)].queue.runnext == made[-1]

    @rule(data=st.data())
    def schedule(self, data: st.DataObject) -> None:
        """Let a P take the next, or say why it cannot."""
        p = data.draw(st.integers(0, len(self.sched.procs) - 1))
        busy, allowed = self.sched.procs[p].current, self.allowed(p)
        asleep = not self.gs(GStatus.RUNNING) and not self.gs(GStatus.RUNNABLE)
        if busy or (asleep and not set(OUTSIDE) & set(self.sched.reasons.values())):
            with pytest.raises(MisuseError, match="let that go first" if busy else "all goroutines are asleep"):
                self.world.schedule(p)
            return

        found = self.world.schedule(p)

        assert found in allowed
        assert self.sched.procs[p].current == found

    @precondition(lambda self: self.gs(GStatus.RUNNING))
    @rule(data=st.data(), reason=st.sampled_from(REASONS), preempted=st.booleans(), parks=st.booleans())
    def leave(self, data: st.DataObject, reason: str, preempted: bool, parks: bool) -> None:
        """Let a goroutine yield or wait."""
        g = data.draw(st.sampled_from(self.gs(GStatus.RUNNING)))
        if parks:
            self.world.gopark(g, reason)
        else:
            self.world.gosched(g, preempted)

        assert (g in self.sched.reasons, g in self.sched.runq) == (parks, not parks)

    @precondition(lambda self: len(self.gs(GStatus.RUNNING) + self.gs(GStatus.RUNNABLE) + list(self.sched.reasons)) > 1)
    @rule(data=st.data())
    def goexit(self, data: st.DataObject) -> None:
        """Let a goroutine end, if one runs."""
        if running := self.gs(GStatus.RUNNING):
            self.world.goexit(data.draw(st.sampled_from(running)))

    @precondition(lambda self: self.sched.reasons)
    @rule(data=st.data())
    def goready(self, data: st.DataObject) -> None:
        """Wake one that waits."""
        g = data.draw(st.sampled_from(sorted(self.sched.reasons)))
        p = data.draw(st.sampled_from([-1, *(proc.id for proc in self.sched.procs if not proc.idle)]))
        self.world.goready(g, p)

        assert self.sched.status[g - 1] is GStatus.RUNNABLE

    @precondition(lambda self: self.gs(GStatus.RUNNABLE))
    @rule(data=st.data())
    def execute(self, data: st.DataObject) -> None:
        """Let a free P run whom it is told."""
        g = data.draw(st.sampled_from(self.gs(GStatus.RUNNABLE)))
        for p in (proc.id for proc in self.sched.procs if not proc.current):
            self.world.execute(g, p)
            assert self.sched.running_on(g) == p
            return

    @rule(n=st.integers(1, MAX_PS))
    def gomaxprocs(self, n: int) -> None:
        """Change the number of Ps, unless a cycle marks; who could run can run."""
        could = sorted(self.gs(GStatus.RUNNABLE) + self.gs(GStatus.RUNNING))
        try:
            self.world.gomaxprocs(n)
        except MisuseError:
            assert self.world.collector.marking

        assert sorted(self.gs(GStatus.RUNNABLE) + self.gs(GStatus.RUNNING)) == could

    @precondition(lambda self: self.gs(GStatus.RUNNING))
    @rule(data=st.data(), slots=st.integers(0, 3))
    def new(self, data: st.DataObject, slots: int) -> None:
        """Let a goroutine make an object, from the P that runs it."""
        self.world.new(slots, g=data.draw(st.sampled_from(self.gs(GStatus.RUNNING))))

    @rule()
    def collect(self) -> None:
        """Begin a cycle, or end it."""
        if self.world.collector.marking:
            self.world.mark_all()
            self.world.mark_done()
        else:
            self.world.gc_start()

    @invariant()
    def holds(self) -> None:
        """Check everything, and that a copy is the same."""
        self.world.check()
        if len(self.sched.status) % 7 == 0:
            twin = self.world.copy()
            twin.check()
            assert twin.digest() == self.world.digest()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=20 * MANY, stateful_step_count=40, deadline=None)
