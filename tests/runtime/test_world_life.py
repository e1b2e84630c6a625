"""Random life of worlds, of their copies and of copies of copies, beside a model too simple to be wrong."""

import os
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, PAGE_SIZE, ZERO_BASE
from gomemlab.runtime.world import World
from tests.naive import Naive
from tests.worlds import end_mark, state

FIRST_CHUNK = DEFAULT_HEAP_BASE + 3 * 512 * PAGE_SIZE
MAX_PROCS = 4
MAX_WORLDS = 5
MANY = 4 if os.environ.get("CI") else 1  # some 10,000 steps in CI, a quarter of them on a laptop

sizes = st.one_of(
    st.integers(0, 16),
    st.integers(16, 1100),
    st.sampled_from([6784, 8192, 10240, 32760, 32761]),
    st.integers(1100, 33_000),
    st.integers(33_000, 900_000),
)
ps = st.integers(0, MAX_PROCS - 1)


class WorldLife(RuleBasedStateMachine):
    """One world and the naive model of it: every address, every statistic, every span that must be cleared."""

    model: type[Naive] = Naive

    @initialize(procs=st.integers(1, MAX_PROCS), padding=st.sampled_from([0, 1, 63, 200, 511]))
    def begin(self, procs: int, padding: int) -> None:
        """Begin with an empty heap."""
        self.world = World(procs=procs, heap_base=FIRST_CHUNK + padding * PAGE_SIZE)
        self.naive = self.model(procs, padding)
        self.large: list[int] = []
        self.stacks: list[int] = []

    def p(self, p: int) -> int:
        """Return one of the Ps that are there."""
        return p % len(self.world.ps)

    @rule(size=sizes, pointers=st.booleans(), p=ps)
    def malloc(self, size: int, pointers: bool, p: int) -> None:
        """Allocate one object."""
        address = self.world.malloc(size, pointers, self.p(p))

        expected = self.naive.malloc(size, pointers, self.p(p))
        assert address == (FIRST_CHUNK + expected if expected >= 0 else ZERO_BASE)
        if size > 32760:
            self.large.append(address)

    @rule(size=sizes.filter(lambda size: size <= 8192), pointers=st.booleans(), count=st.integers(1, 120), p=ps)
    def malloc_run(self, size: int, pointers: bool, count: int, p: int) -> None:
        """Allocate many objects of one size."""
        runs = self.world.malloc_run(size, pointers, count, self.p(p))

        expected = [self.naive.malloc(size, pointers, self.p(p)) for _ in range(count)]
        addresses = [first + i * stride for first, n, stride in runs for i in range(n)]
        assert addresses == [FIRST_CHUNK + at if at >= 0 else ZERO_BASE for at in expected]

    @precondition(lambda self: self.large)
    @rule(data=st.data())
    def free_span(self, data: st.DataObject) -> None:
        """Free one of the large objects."""
        address = self.large.pop(data.draw(st.integers(0, len(self.large) - 1)))

        self.world.free_span(address)

        self.naive.free_large(address - FIRST_CHUNK)

    @rule(npages=st.integers(1, 40), p=st.integers(-1, MAX_PROCS - 1))
    def alloc_manual(self, npages: int, p: int) -> None:
        """Make a span for stacks."""
        p = self.p(p) if p >= 0 else p

        address = self.world.alloc_manual(npages, p)

        assert address == FIRST_CHUNK + self.naive.alloc_manual(npages, p)
        self.stacks.append(address)

    @precondition(lambda self: self.stacks)
    @rule(data=st.data(), p=st.integers(-1, MAX_PROCS - 1))
    def free_manual(self, data: st.DataObject, p: int) -> None:
        """Give back one of the stacks."""
        address, p = self.stacks.pop(data.draw(st.integers(0, len(self.stacks) - 1))), self.p(p) if p >= 0 else p

        self.world.free_manual(address, p)

        self.naive.free_manual(address - FIRST_CHUNK, p)

    @rule()
    def read_mem_stats(self) -> None:
        """Flush all caches."""
        self.world.read_mem_stats()

        self.naive.flush()

    @rule(n=st.integers(1, MAX_PROCS))
    def gomaxprocs(self, n: int) -> None:
        """Add or remove Ps."""
        self.world.gomaxprocs(n)

        self.naive.gomaxprocs(n)

    @rule()
    def go_on_with_a_copy(self) -> None:
        """Let a copy take the world's place, and the original live on otherwise."""
        original, self.world = self.world, self.world.copy()
        original.malloc_run(24, count=400)
        original.read_mem_stats()

    @invariant()
    def in_order(self) -> None:
        """Every check of the world's own holds, and the ledger adds up."""
        self.world.check()
        stats, ledger = self.world.mstats(), self.world.snapshot().ledger
        assert (ledger.heap_inuse, ledger.heap_idle) == (stats.heap_inuse, stats.heap_idle)
        assert ledger.heap_inuse + ledger.heap_idle + ledger.stacks == ledger.total == stats.heap_sys + stats.stack_sys
        assert min(ledger.requested, ledger.rounding, ledger.tails, ledger.free_cached, ledger.free_other) >= 0
        assert min(ledger.page_caches, ledger.idle) >= 0

    @invariant()
    def as_counted(self) -> None:
        """Compare the statistics with what the naive model counts."""
        stats = self.world.mstats()
        assert {name: getattr(stats, name) for name in self.naive.stats()} == self.naive.stats()
        assert [(row.size, row.mallocs, row.frees) for row in stats.by_size] == self.naive.by_size()

    @invariant()
    def as_it_lies(self) -> None:
        """Compare the spans and the page caches with the naive model's."""
        snapshot = self.world.snapshot()
        first = 3 * 512
        ours = zip(snapshot.spans.page, snapshot.spans.npages, snapshot.spans.needzero, strict=True)
        naive = sorted((span.page + first, span.npages, int(span.needzero)) for span in self.naive.spans)
        assert list(ours) == naive
        blocks = [[p.cache_page - first + i for i in range(64) if p.cache_bits >> i & 1] for p in snapshot.ps]
        assert blocks == [p.block for p in self.naive.ps]


class CopyLife(RuleBasedStateMachine):
    """Several worlds, each a copy of another: a command to one is none to the others, not even after sweeping."""

    @initialize()
    def begin(self) -> None:
        """Begin with one world, and what was asked of it."""
        self.worlds = [World(procs=2)]
        self.asked: list[list[tuple[str, tuple[Any, ...]]]] = [[]]
        self.states = [state(self.worlds[0])]

    def ask(self, which: int, name: str, *args: Any) -> None:
        """Do something to one of the worlds."""
        which %= len(self.worlds)
        answer(self.worlds[which], name, args)
        self.asked[which].append((name, args))
        self.worlds[which].check()
        self.states[which] = state(self.worlds[which])

    @rule(
        which=st.integers(0, MAX_WORLDS - 1),
        size=sizes,
        pointers=st.booleans(),
        p=st.integers(0, 1),
        n=st.integers(1, 30),
    )
    def malloc(self, which: int, size: int, pointers: bool, p: int, n: int) -> None:
        """Allocate up to 30 objects of one size."""
        self.ask(which, "malloc_run", size, pointers, min(n, 1 + 100_000 // (size + 1)), p)

    @rule(which=st.integers(0, MAX_WORLDS - 1))
    def flush(self, which: int) -> None:
        """Put every cached span to rest."""
        self.ask(which, "read_mem_stats")

    @rule(which=st.integers(0, MAX_WORLDS - 1), npages=st.integers(1, 20))
    def stack(self, which: int, npages: int) -> None:
        """Make a stack."""
        self.ask(which, "alloc_manual", npages)

    @rule(which=st.integers(0, MAX_WORLDS - 1), index=st.integers(0, 30))
    def free(self, which: int, index: int) -> None:
        """Free one of the large objects or stacks, if there is any."""
        self.ask(which, "free", index)

    @rule(which=st.integers(0, MAX_WORLDS - 1), dead=st.integers(0, (1 << 64) - 1))
    def collect(self, which: int, dead: int) -> None:
        """End a mark phase with some of each span's first 64 objects dead."""
        self.ask(which, "end_mark", dead)

    @precondition(lambda self: len(self.worlds) < MAX_WORLDS)
    @rule(which=st.integers(0, MAX_WORLDS - 1))
    def copy(self, which: int) -> None:
        """Copy one of the worlds."""
        which %= len(self.worlds)
        self.worlds.append(self.worlds[which].copy())
        self.asked.append(self.asked[which].copy())
        self.states.append(state(self.worlds[-1]))
        assert self.states[-1] == self.states[which]

    @invariant()
    def untouched(self) -> None:
        """No world differs from what it was after its own last command."""
        for world, before in zip(self.worlds, self.states, strict=True):
            assert state(world) == before

    def teardown(self) -> None:
        """Each world is what the same commands make of a fresh one."""
        for world, asked in zip(getattr(self, "worlds", []), getattr(self, "asked", []), strict=True):
            fresh = World(procs=2)
            for name, args in asked:
                answer(fresh, name, args)
            assert state(world) == state(fresh)


def answer(world: World, name: str, args: tuple[Any, ...]) -> None:
    """Do one of CopyLife's commands."""
    if name == "free":
        table = world.snapshot().spans
        rows = [row for row in range(len(table)) if table.state[row] == 2 or table.spanclass[row] < 2]
        if rows:
            row = rows[args[0] % len(rows)]
            address = world.allocator.heap.arena_base + table.page[row] * PAGE_SIZE
            (world.free_manual if table.state[row] == 2 else world.free_span)(address)
    elif name == "end_mark":
        end_mark(world, dead=dict.fromkeys(world.allocator.heap.spans, args[0]))
    else:
        getattr(world, name)(*args)


WorldLife.TestCase.settings = settings(max_examples=30 * MANY, stateful_step_count=60)
test_random_life_equals_the_naive_model = pytest.mark.slow(WorldLife.TestCase)

CopyLife.TestCase.settings = settings(max_examples=20 * MANY, stateful_step_count=36)
test_copies_never_touch_each_other = pytest.mark.slow(CopyLife.TestCase)
