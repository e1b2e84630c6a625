"""Mutators, markers and sweepers take turns at random, and nothing that the program reaches is ever lost."""

import os

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gomemlab.runtime.gc.checkmark import reachable, slot_of
from gomemlab.runtime.gc.cycle import Collector
from gomemlab.runtime.gc.roots import Field, Global, Place, StackSlot
from gomemlab.runtime.world import World

GOROUTINES, GLOBALS = 2, 2
ps = st.integers(0, 3)
SIZES = st.sampled_from([8, 16, 24, 64, 512, 600, 2048, 40_000, 200_000])


class Life(RuleBasedStateMachine):
    """A program of two goroutines with a collector that somebody drives by hand."""

    marker = "greentea"

    def __init__(self) -> None:
        super().__init__()
        self.world = World(procs=2, marker=self.marker, goroutines=GOROUTINES, slots=3, globals=GLOBALS)
        self.born: dict[int, int] = {}  # address -> slots, of what the program can reach
        self.made: set[int] = set()  # addresses of all that was born
        self.held: list[int] = []  # plain objects

    def p(self, n: int) -> int:
        """Return a P that the world has now."""
        return n % len(self.world.ps)

    @property
    def collector(self) -> Collector:
        """Return the world's collector."""
        return self.world.collector

    def places(self) -> list[Place]:
        """Return all places that a program can name: its roots, and the slots of what it reaches."""
        roots = self.collector.roots
        places = [Global(i) for i in range(GLOBALS)]
        places += [StackSlot(s.g, i) for s in roots.stacks for i in range(s.nslots)]
        return places + [Field(address, i) for address, slots in self.born.items() for i in range(slots)]

    @rule(data=st.data(), size=SIZES, g=st.integers(1, GOROUTINES))
    def new(self, data: st.DataObject, size: int, g: int) -> None:
        """Make an object that a place the program can reach points to."""
        into = data.draw(st.sampled_from([p for p in self.places() if not isinstance(p, StackSlot) or p.g == g]))
        slots = data.draw(st.integers(1, min(size // 8, 3)))
        address = self.world.new(slots, size, into, g)
        self.born[address] = slots
        self.made.add(address)

    @rule(data=st.data(), g=st.integers(1, GOROUTINES))
    def assign(self, data: st.DataObject, g: int) -> None:
        """Copy a pointer, or nil, between places that the program can reach."""
        mine = [p for p in self.places() if not isinstance(p, StackSlot) or p.g == g]
        to, source = data.draw(st.sampled_from(mine)), data.draw(st.sampled_from([None, *mine]))
        self.world.assign(to, source, g)

    @rule(size=st.integers(1, 16) | st.integers(1, 5000) | st.just(70_000), pointers=st.booleans(), p=ps)
    def malloc(self, size: int, pointers: bool, p: int) -> None:
        """Get a plain object, which the program holds."""
        self.held.append(self.world.malloc(size, pointers, self.p(p)))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        """Forget a plain object, with all that share its tiny block."""
        gone = data.draw(st.sampled_from(self.held))
        self.world.drop(gone)
        span = self.world.allocator.heap.span_of(gone)
        assert span is not None
        slot = (gone - span.base) // span.elemsize
        low, high = span.base + slot * span.elemsize, span.base + (slot + 1) * span.elemsize
        self.held = [address for address in self.held if not low <= address < high]

    @precondition(lambda self: len(self.collector.roots.stacks) < 5)
    @rule(data=st.data(), g=st.integers(1, GOROUTINES))
    def go(self, data: st.DataObject, g: int) -> None:
        """Start a goroutine with a pointer."""
        have = self.collector.roots.stacks[g - 1].nslots
        self.world.go(2, (StackSlot(g, data.draw(st.integers(0, have - 1))),), g)

    @rule(data=st.data())
    def send(self, data: st.DataObject) -> None:
        """Send a pointer from stack to stack."""
        slots = [StackSlot(s.g, i) for s in self.collector.roots.stacks for i in range(s.nslots)]
        source = data.draw(st.sampled_from(slots))
        self.world.send(data.draw(st.sampled_from([to for to in slots if to.g != source.g])), source)

    @rule(g=st.integers(1, GOROUTINES), slots=st.integers(0, 2))
    def call(self, g: int, slots: int) -> None:
        """Call a function."""
        if len(self.collector.roots.stacks[g - 1].frames) < 4:
            self.world.call(g, slots)

    @rule(g=st.integers(1, GOROUTINES))
    def ret(self, g: int) -> None:
        """Return from one."""
        if len(self.collector.roots.stacks[g - 1].frames) > 1:
            self.world.ret(g)

    @precondition(lambda self: not self.collector.marking)
    @rule()
    def start(self) -> None:
        """Begin a cycle."""
        self.world.gc_start()

    @precondition(lambda self: self.collector.marking)
    @rule(p=ps, steps=st.integers(1, 5))
    def mark(self, p: int, steps: int) -> None:
        """Let a worker take some steps."""
        for _ in range(steps):
            self.world.mark_step(self.p(p))

    @precondition(lambda self: self.collector.marking)
    @rule(p=ps)
    def flush(self, p: int) -> None:
        """Flush a barrier buffer."""
        self.world.flush_barrier(self.p(p))

    @precondition(lambda self: self.world.snapshot().gc.queue)
    @rule(data=st.data(), p=ps)
    def out_of_turn(self, data: st.DataObject, p: int) -> None:
        """Scan any grey object of a work buffer; an oblet waits for its turn."""
        whole = [a for a in self.world.snapshot().gc.queue if a in self.made or a in self.held]
        if whole:
            self.world.mark_object(data.draw(st.sampled_from(whole)), self.p(p))

    @rule()
    def read_mem_stats(self) -> None:
        """Flush every mcache, at any moment."""
        assert self.world.read_mem_stats() == self.world.mstats()

    @precondition(lambda self: not self.collector.marking)
    @rule(n=st.integers(1, 4))
    def gomaxprocs(self, n: int) -> None:
        """Change the number of Ps."""
        self.world.gomaxprocs(n)

    @precondition(lambda self: self.collector.jobs)
    @rule(data=st.data())
    def root(self, data: st.DataObject) -> None:
        """Do any of the root jobs."""
        self.world.mark_root(str(data.draw(st.sampled_from(self.collector.jobs))))

    @precondition(lambda self: self.collector.marking)
    @rule()
    def end(self) -> None:
        """Mark what is left, and end marking."""
        self.world.mark_all()
        while not self.world.mark_done():
            self.world.mark_all()
        assert self.collector.lost == ()

    @rule(p=ps)
    def sweep(self, p: int) -> None:
        """Give the background sweeper a turn."""
        self.world.sweep_turn(self.p(p))

    @rule()
    def collect(self) -> None:
        """Run a whole cycle: what is left is what can be reached, and the tiny blocks that the Ps had."""
        if self.collector.marking:
            self.end()
        heap = self.world.allocator.heap
        blocks = {slot_of(heap, p.mcache.tiny) for p in self.world.ps if p.mcache.tiny}
        self.world.gc()
        left = {(i, slot) for i, span in heap.spans.items() for slot in range(span.nelems) if not span.is_free(slot)}
        assert left == reachable(heap, self.collector.memory, self.collector.roots) | blocks

    @rule()
    def copy(self) -> None:
        """Go on with a copy of the world."""
        digest = self.world.digest()
        self.world = self.world.copy()
        assert self.world.digest() == digest

    @invariant()
    def what_is_lost_has_no_name(self) -> None:
        """Forget what the program cannot reach: it never will again, and the address may become another object's."""
        heap = self.world.allocator.heap
        alive = reachable(heap, self.collector.memory, self.collector.roots)
        self.born = {address: slots for address, slots in self.born.items() if slot_of(heap, address) in alive}

    @invariant()
    def sound(self) -> None:
        """All invariants of the model hold."""
        self.world.check()

    @invariant()
    def nothing_dangles(self) -> None:
        """No place that the program reaches points to freed memory."""
        assert self.world.snapshot().gc.dangling == ()
        assert self.world.snapshot().gc.lost == ()


class ClassicLife(Life):
    """The same with the classic marker, on one P."""

    marker = "classic"


MANY = 4 if os.environ.get("CI") else 1  # some 10,000 steps in CI, a quarter of them on a laptop

TestLife = Life.TestCase
TestLife.settings = settings(max_examples=15 * MANY, stateful_step_count=50, deadline=None)
TestClassicLife = ClassicLife.TestCase
TestClassicLife.settings = settings(max_examples=15 * MANY, stateful_step_count=50, deadline=None)
