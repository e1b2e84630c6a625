"""Pools, Ps, objects and collections in any order: always what a naive pool says, and what is put is not lost."""

import os
from collections.abc import Hashable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gomemlab.runtime.pooling import PoolHandle
from gomemlab.runtime.world import World

MAX_PS = 4
MANY = 2 if os.environ.get("CI") else 1  # more of it in CI than on a laptop


class Shard:
    """A private item, and a list whose end the owner takes from."""

    def __init__(self) -> None:
        self.private: Hashable = None
        self.queue: list[Hashable] = []

    def items(self) -> list[Hashable]:
        """Return all items."""
        return [item for item in (self.private, *self.queue) if item is not None]


class NaivePool:
    """What sync/pool.go says, with plain lists."""

    def __init__(self) -> None:
        self.local: list[Shard] = []
        self.victim: list[Shard] = []
        self.open = False  # whether Gets look into the victim

    def pin(self, p: int, procs: int) -> Shard:
        """Return a P's shard; where there is none, all are new."""
        if p >= len(self.local):
            self.local = [Shard() for _ in range(procs)]
        return self.local[p]

    def put(self, item: Hashable, p: int, procs: int) -> None:
        """Put an item."""
        shard = self.pin(p, procs)
        if shard.private is None:
            shard.private = item
        else:
            shard.queue.append(item)

    def get(self, p: int, procs: int) -> Hashable:
        """Return an item, or None."""
        shard = self.pin(p, procs)
        if shard.private is not None:
            item, shard.private = shard.private, None
            return item
        if shard.queue:
            return shard.queue.pop()
        turns = [self.local[(p + 1 + i) % len(self.local)].queue for i in range(len(self.local))]
        if self.open and p < len(self.victim):
            mine = self.victim[p]
            if not any(turns) and mine.private is not None:
                item, mine.private = mine.private, None
                return item
            turns += [self.victim[(p + i) % len(self.victim)].queue for i in range(len(self.victim))]
        found = next((queue for queue in turns if queue), None)
        if found is None:
            self.open = self.open and p >= len(self.victim)
            return None
        return found.pop(0)

    def age(self) -> None:
        """Begin a cycle."""
        self.victim, self.local = self.local, []
        self.open = bool(self.victim)


class Life(RuleBasedStateMachine):
    """A program with two pools, one of objects and one of labels, on one to four Ps."""

    marker = "greentea"

    @initialize(procs=st.integers(1, MAX_PS))
    def begin(self, procs: int) -> None:
        """Make the world."""
        self.world = World(procs=procs, marker=self.marker, goroutines=2)
        self.naive = [NaivePool(), NaivePool()]
        self.objects, self.labels = self.world.pool(new=48, slots=2).id, self.world.pool().id
        self.mine: list[Hashable] = []  # objects in the program's hands
        self.labelled = 0

    @property
    def procs(self) -> int:
        """Return the number of Ps."""
        return len(self.world.ps)

    @rule(p=st.integers(0, MAX_PS - 1), n=st.integers(1, 12))
    def get(self, p: int, n: int) -> None:
        """Get objects."""
        pool, p = PoolHandle(self.world, self.objects), p % self.procs
        for _ in range(n):
            expected, calls = self.naive[0].get(p, self.procs), pool.new_calls
            item = pool.get(p)
            assert pool.new_calls - calls == (expected is None)
            assert expected in {None, item}
            self.mine.append(item)

    @precondition(lambda self: self.mine)
    @rule(p=st.integers(0, MAX_PS - 1), n=st.integers(1, 12), which=st.integers(0, 50), boxed=st.booleans())
    def put(self, p: int, n: int, which: int, boxed: bool) -> None:
        """Put objects back."""
        pool, p = PoolHandle(self.world, self.objects), p % self.procs
        for _ in range(min(n, len(self.mine))):
            item = self.mine.pop(which % len(self.mine))
            pool.put(item, p, boxed)
            self.naive[0].put(item, p, self.procs)

    @rule(p=st.integers(0, MAX_PS - 1), n=st.integers(0, 30))
    def label(self, p: int, n: int) -> None:
        """Put n labels and get one."""
        pool, p = PoolHandle(self.world, self.labels), p % self.procs
        for _ in range(n):
            self.labelled += 1
            pool.put(self.labelled, p)
            self.naive[1].put(self.labelled, p, self.procs)
        assert pool.get((p + n) % self.procs) == self.naive[1].get((p + n) % self.procs, self.procs)

    @rule(p=st.integers(0, MAX_PS - 1))
    def malloc(self, p: int) -> None:
        """Get a plain object, which may go into the pool later."""
        self.mine.append(self.world.malloc(64, pointers=True, p=p % self.procs))

    @precondition(lambda self: self.mine)
    @rule(which=st.integers(0, 50))
    def drop(self, which: int) -> None:
        """Forget an object."""
        self.world.drop(self.mine.pop(which % len(self.mine)))  # type: ignore[arg-type]

    @precondition(lambda self: not self.world.collector.marking)
    @rule(procs=st.integers(1, MAX_PS))
    def gomaxprocs(self, procs: int) -> None:
        """Change the number of Ps."""
        self.world.gomaxprocs(procs)

    @precondition(lambda self: not self.world.collector.marking)
    @rule()
    def start(self) -> None:
        """Begin a cycle, which ages the pools."""
        self.world.gc_start()
        self._age()

    @precondition(lambda self: self.world.collector.marking)
    @rule(p=st.integers(0, MAX_PS - 1), steps=st.integers(1, 6))
    def mark(self, p: int, steps: int) -> None:
        """Mark a little."""
        for _ in range(steps):
            self.world.mark_step(p % self.procs)

    @precondition(lambda self: self.world.collector.marking)
    @rule()
    def end(self) -> None:
        """Mark the rest, and sweep a little."""
        self.world.mark_all()
        assert self.world.mark_done()
        assert self.world.collector.lost == ()
        self.world.sweep_turn()

    @rule()
    def collect(self) -> None:
        """Run a whole cycle: exactly what the pools have and the program holds is left."""
        self.world.gc()
        self._age()
        for item in (*self.mine, *self._in_pool()):
            self.world._slot_at(item)

    @rule()
    def copy(self) -> None:
        """Go on with a copy; what the original does then is nothing to it."""
        original, self.world = self.world, self.world.copy()
        assert original.digest() == self.world.digest()
        original.pool_get(self.objects)
        original.pool_put(self.labels, "never seen")

    def _age(self) -> None:
        for pool in self.naive:
            pool.age()

    def _in_pool(self) -> list[Hashable]:
        pool = self.naive[0]
        return [item for shard in (*pool.local, *pool.victim) for item in shard.items()]

    @invariant()
    def sound(self) -> None:
        """Compare what the pools have; all invariants of the world hold."""
        self.world.check()
        for state, naive in zip(self.world.pools.pools, self.naive, strict=True):
            for shards, expected in ((state.local, naive.local), (state.victim, naive.victim)):
                assert [[item.value for item in shard.items()] for shard in shards] == [s.items() for s in expected]
            assert bool(state.victim_size) == naive.open

    @invariant()
    def nothing_dangles(self) -> None:
        """Look at the picture: nothing is lost, and no place leads to freed memory."""
        assert self.world.snapshot().gc.dangling == ()
        assert self.world.snapshot().gc.lost == ()


class ClassicLife(Life):
    """The same with the classic marker."""

    marker = "classic"


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=15 * MANY, stateful_step_count=40, deadline=None)
TestClassicLife = ClassicLife.TestCase
TestClassicLife.settings = settings(max_examples=8 * MANY, stateful_step_count=40, deadline=None)
