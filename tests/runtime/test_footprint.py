"""From RSS to live bytes everything adds up, whatever a program and the collector do."""

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gomemlab.runtime.alloc.scavenging import heap_retained
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.world import World

MIB = 1 << 20


def world_with_all() -> World:
    """Return a world with an amount in each account."""
    world = World(heap_base=0xC000100000)
    world.set_madvdontneed(False)
    blocks = [world.malloc(MIB) for _ in range(8)]
    small = [world.malloc(500) for _ in range(100)]
    for block in blocks[:6]:
        world.touch(block)
    world.drop(blocks[:2])
    world.gc()
    world.free_os_memory()
    world.drop(blocks[2:4])
    world.gc()
    world.drop([*small[:50], blocks[4]])
    world.gc_start()
    world.mark_all()
    world.mark_done()
    world.alloc_manual(4)
    world.malloc(1000)
    world.c_malloc(5 * MIB)
    return world


def test_every_account_has_its_bytes() -> None:
    """A cycle is not swept, one object was born since, some pages are lazy, some untouched, some in C."""
    world = world_with_all()

    ledger = world.footprint()

    empty = [name for name in ledger.__slots__ if getattr(ledger, name) <= 0]
    assert empty == []
    ledger.check(world.mstats())
    assert ledger.live == ledger.marked
    assert ledger.c_memory == 5 * MIB
    world.check()


def test_the_steps_go_from_rss_to_live_bytes() -> None:
    """Each level is what Go calls so."""
    world = world_with_all()
    ledger, stats = world.footprint(), world.mstats()

    left = {step.below: step.left for step in ledger.steps() if step.below}

    assert left == {
        "heap resident": ledger.heap_resident,
        "heap ready": ledger.heap_ready,
        "heap retained": ledger.retained,
        "HeapInuse": stats.heap_inuse,
        "HeapAlloc": stats.heap_alloc,
        "live at the last mark": ledger.live,
    }
    assert ledger.retained == heap_retained(world.allocator.heap)
    assert ledger.mapped_ready == world.allocator.heap.mapped_ready() == stats.sys - stats.heap_released


def test_before_the_first_cycle_everything_is_newly_born() -> None:
    """Nothing was marked, so nothing is known to live."""
    world = World()
    world.malloc(100)

    ledger = world.footprint()

    assert (ledger.born, ledger.live, ledger.dead, ledger.marked) == (112, 0, 0, 0)


def test_what_is_freed_by_hand_is_taken_from_the_dead_then_the_marked_then_the_born() -> None:
    """Two large objects, one marked, one dead, and one born since; each is freed by hand, as a replay does."""
    world = World()
    marked, dead = world.malloc(MIB), world.malloc(2 * MIB)
    world.drop(dead)
    world.gc_start()
    world.mark_all()
    world.mark_done()
    seen = [world.footprint()]

    world.free_span(dead)
    seen.append(world.footprint())
    born = world.malloc(4 * MIB)
    for address in (marked, born):
        world.free_span(address)
        seen.append(world.footprint())
        world.check()

    assert [(at.dead // MIB, at.live // MIB, at.born // MIB) for at in seen] == [
        (2, 1, 0),
        (0, 1, 0),
        (0, 0, 4),
        (0, 0, 0),
    ]


def test_a_profile_shows_what_the_last_cycle_marked() -> None:
    """Before a cycle all there is; afterwards what it marked, and nothing that was born since."""
    world = World()
    world.malloc_run(64, False, 1000)
    block = world.malloc(3 * MIB)
    before = world.heap_profile(rate=1)

    world.drop(block)
    world.gc()
    world.malloc(MIB)

    assert before.live == before.said == 64_000 + 3 * MIB
    assert world.heap_profile(rate=1).said == 64_000 == world.footprint().marked
    assert world.snapshot().memory.profile(rate=1) == world.heap_profile(rate=1)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"image": -1}, "negative accounts: image"),
        ({"idle": 8192}, "heap_idle is"),
        ({"stacks": 8192, "off_heap_sys": 0}, "sys is"),
    ],
)
def test_check_finds_a_ledger_that_is_wrong(change: dict[str, int], why: str) -> None:
    """A negative account, a page too many, stacks that nobody has."""
    world = World()
    world.malloc(100)
    ledger = replace(world.footprint(), **change)

    with pytest.raises(ThrowError, match=why):
        ledger.check(world.mstats())


def test_check_finds_released_bytes_that_mem_stats_does_not_have() -> None:
    """The sums are right, but idle and released are not what they are called."""
    world = World()
    world.malloc(100)
    ledger = world.footprint()
    wrong = replace(ledger, released=ledger.released - 8192, idle=ledger.idle + 8192)

    with pytest.raises(ThrowError, match="released and stacks"):
        wrong.check(world.mstats())


@settings(max_examples=25, stateful_step_count=30, deadline=None)
class Memory(RuleBasedStateMachine):
    """A program that allocates, drops, writes, calls C, collects and gives back; check() after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(procs=2, memory_limit=24 * MIB)
        self.held: list[int] = []
        self.in_c: list[int] = []

    @rule(size=st.sampled_from([8, 500, 9000, 40_000, MIB]), count=st.integers(1, 6), p=st.integers(0, 1))
    def allocate(self, size: int, count: int, p: int) -> None:
        """Ask for some objects."""
        self.held += [self.world.malloc(size, False, p) for _ in range(count)]

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def touch(self, data: st.DataObject) -> None:
        """Write to one of them."""
        self.world.touch(data.draw(st.sampled_from(self.held)), 1)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        """Forget the oldest ones; two of one tiny block go together, so only one of each block."""
        some = self.held[: data.draw(st.integers(1, len(self.held)))]
        self.world.drop({address & -16: address for address in some}.values())
        gone = {address & -16 for address in some}
        self.held = [address for address in self.held if address & -16 not in gone]

    @rule()
    def collect(self) -> None:
        """Run a whole cycle; one that marks is finished first."""
        self.world.gc()

    @rule()
    def half_a_cycle(self) -> None:
        """Mark, and do not sweep."""
        if not self.world.collector.marking:
            self.world.gc_start()
        self.world.mark_all()
        self.world.mark_done()

    @rule(nbytes=st.integers(1, 4 * MIB), force=st.booleans())
    def scavenge(self, nbytes: int, force: bool) -> None:
        """Give some pages back."""
        assert self.world.scavenge(nbytes, force) >= 0

    @rule()
    def free_os_memory(self) -> None:
        """Give all pages back, but those in page caches."""
        self.world.free_os_memory()
        stats = self.world.mstats()
        cached = sum((p.pcache.cache & ~p.pcache.scav).bit_count() * 8192 for p in self.world.ps)
        assert stats.heap_idle - stats.heap_released == cached

    @rule()
    def background(self) -> None:
        """Let the background scavenger work, where the limit gives it a goal."""
        self.world.scavenge_background()

    @rule(dontneed=st.booleans())
    def advise(self, dontneed: bool) -> None:
        """Set GODEBUG."""
        self.world.set_madvdontneed(dontneed)

    @rule()
    def pressure(self) -> None:
        """Let the kernel need memory."""
        self.world.memory_pressure()

    @rule(nbytes=st.integers(1, MIB))
    def c_malloc(self, nbytes: int) -> None:
        """Let C have some."""
        self.in_c.append(self.world.c_malloc(nbytes))

    @precondition(lambda self: self.in_c)
    @rule()
    def c_free(self) -> None:
        """Let C give its first block back."""
        self.world.c_free(self.in_c.pop(0))

    @invariant()
    def adds_up(self) -> None:
        """Check the world, and its ledger with it; a copy has the same one."""
        self.world.check()
        assert self.world.copy().footprint() == self.world.footprint() == self.world.snapshot().memory.ledger


TestMemory = pytest.mark.slow(Memory.TestCase)
