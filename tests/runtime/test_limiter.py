"""The limiter's bucket fills and drains as Go's does, and never lies about being full."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.gc.limiter import CAPACITY_PER_PROC, GC_CPU_LIMITER_UPDATE_PERIOD, GCCPULimiter
from tests.vectors_io import report, vectors

SECOND = 1_000_000_000


def play(limiter: GCCPULimiter, op: list[Any]) -> int:
    """Do one recorded operation and compare; return how many numbers were compared."""
    name, *rest = op
    seen: list[Any] = []
    if name == "assist":
        limiter.add_assist_time(*rest)
        return 0
    if name == "gc":
        enable, start, finish, *told = rest
        limiter.start_gc_transition(enable, start)
        limiter.finish_gc_transition(finish)
    elif name == "update":
        now, *told = rest
        limiter.update(now)
    else:
        now, procs, *told = rest
        limiter.reset_capacity(now, procs)
        seen.append(limiter.capacity)
    seen += [limiter.fill, limiter.overflow, limiter.limiting()]
    assert seen == told[-len(seen) :]
    limiter.check()
    return len(seen)


def test_every_recorded_operation_leaves_gos_bucket() -> None:
    """Fill, capacity, overflow and whether it limits, after each operation of the real limiter."""
    compared = 0
    for sequence in vectors("cpu_limiter", "sequences"):
        limiter = GCCPULimiter(sequence["start"], sequence["procs"])
        compared += sum(play(limiter, op) for op in sequence["ops"])

    report("cpu_limiter", compared, "numbers")


def collecting(procs: int = 2) -> GCCPULimiter:
    """Return a limiter in a cycle that began at 0."""
    limiter = GCCPULimiter(0, procs)
    limiter.start_gc_transition(enable_gc=True, now=0)
    limiter.finish_gc_transition(0)
    return limiter


def test_half_of_all_time_keeps_the_bucket_as_it_is() -> None:
    """2 Ps for 4 s: workers took a quarter, assists another; the program the rest."""
    limiter = collecting()

    limiter.add_assist_time(2 * SECOND)
    limiter.update(4 * SECOND)

    assert (limiter.fill, limiter.limiting()) == (0, False)


def test_a_full_bucket_limits_until_it_drains() -> None:
    """2 Ps hold 2 s: 8 CPU-s with 5 of assists and 2 of workers fill it; a little program empties it a little."""
    limiter = collecting()
    limiter.num_gc = 6

    limiter.add_assist_time(5 * SECOND)
    limiter.update(4 * SECOND)
    full = limiter.fill, limiter.overflow, limiter.limiting(), limiter.last_enabled_cycle
    limiter.update(4 * SECOND + 10)

    assert full == (2 * SECOND, 4 * SECOND, True, 7)
    assert (limiter.fill, limiter.limiting()) == (2 * SECOND - 10, False)


def test_idle_time_is_nobodys() -> None:
    """Of 2 CPU-s one was idle: a half went to workers, so a half is the program's, and nothing changes."""
    limiter = collecting()

    limiter.add_idle_time(SECOND)
    limiter.update(SECOND)

    assert limiter.fill == 0


def test_a_stop_belongs_to_the_collector_on_every_p() -> None:
    """A stop of 1 ms with 8 Ps pours 8 ms in."""
    limiter = GCCPULimiter(0, 8)

    limiter.start_gc_transition(enable_gc=True, now=5)
    limiter.finish_gc_transition(1_000_005)

    assert limiter.fill == 8_000_000


def test_a_clock_that_runs_back_changes_nothing() -> None:
    """Neither an update nor the end of a stop."""
    limiter = collecting()
    limiter.update(100)
    before = limiter.copy()

    limiter.update(50)
    same = limiter == before
    limiter.start_gc_transition(enable_gc=False, now=100)
    limiter.finish_gc_transition(60)

    assert same
    assert (limiter.fill, limiter.last_update) == (before.fill, 60)


def test_fewer_ps_may_find_the_bucket_too_full() -> None:
    """3 s in a bucket for 4 Ps: with 2 it is full and limits, with 4 again it does not."""
    limiter = GCCPULimiter(0, 4)
    limiter.add_assist_time(3 * SECOND)
    limiter.update(3 * SECOND // 4)

    limiter.reset_capacity(3 * SECOND // 4, 2)
    limits = limiter.limiting(), limiter.fill
    limiter.reset_capacity(3 * SECOND // 4, 2)
    still = limiter.limiting()
    limiter.reset_capacity(3 * SECOND // 4, 4)

    assert limits == (True, 2 * CAPACITY_PER_PROC)
    assert still
    assert not limiter.limiting()


def test_an_update_is_due_after_10_ms() -> None:
    """More than the period, not the period itself."""
    limiter = GCCPULimiter(7, 1)

    assert not limiter.need_update(7 + GC_CPU_LIMITER_UPDATE_PERIOD)
    assert limiter.need_update(8 + GC_CPU_LIMITER_UPDATE_PERIOD)


def test_transitions_that_cannot_be_are_ours() -> None:
    """Go throws at each of them."""
    limiter, stopped = GCCPULimiter(), GCCPULimiter()
    stopped.start_gc_transition(enable_gc=True, now=0)

    with pytest.raises(ThrowError, match="same state"):
        limiter.start_gc_transition(enable_gc=False, now=0)
    with pytest.raises(ThrowError, match="without starting"):
        limiter.finish_gc_transition(0)
    with pytest.raises(ThrowError, match="during transition"):
        stopped.update(0)
    with pytest.raises(ThrowError, match="acquire lock"):
        stopped.reset_capacity(0, 2)


def test_check_finds_a_bucket_that_cannot_be() -> None:
    """Too full, or limiting with room left."""
    with pytest.raises(ThrowError, match="holds"):
        GCCPULimiter(fill=2 * SECOND).check()
    with pytest.raises(ThrowError, match="not full"):
        GCCPULimiter(enabled=True).check()


class Life(RuleBasedStateMachine):
    """Any life of a limiter."""

    @initialize(procs=st.integers(1, 64))
    def begin(self, procs: int) -> None:
        """Begin a process."""
        self.limiter, self.now = GCCPULimiter(0, procs), 0

    @rule(ns=st.integers(0, 10 * SECOND), assist=st.floats(0, 2), idle=st.floats(0, 1))
    def go_on(self, ns: int, assist: float, idle: float) -> None:
        """Let time pass, some of it in assists."""
        self.now += ns
        self.limiter.add_assist_time(int(ns * self.limiter.nprocs * assist))
        self.limiter.add_idle_time(int(ns * self.limiter.nprocs * idle))
        self.limiter.update(self.now)

    @rule(ns=st.integers(0, SECOND))
    def stop(self, ns: int) -> None:
        """Stop the world and switch marking on or off."""
        self.limiter.start_gc_transition(not self.limiter.gc_enabled, self.now)
        self.now += ns
        self.limiter.finish_gc_transition(self.now)

    @precondition(lambda self: not self.limiter.gc_enabled)
    @rule(procs=st.integers(1, 64))
    def resize(self, procs: int) -> None:
        """Change GOMAXPROCS."""
        self.limiter.reset_capacity(self.now, procs)

    @invariant()
    def sound(self) -> None:
        """Check that the bucket is between empty and full, and limits only when it is full."""
        if hasattr(self, "limiter"):
            self.limiter.check()
            assert self.limiter.copy() == self.limiter


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestLife = Life.TestCase
