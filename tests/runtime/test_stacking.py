"""Goroutines start, call, return and end; their gs are used again and never freed."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gomemlab.runtime.allgs import G_SIZE
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.events import SlotTaken
from gomemlab.runtime.gc.roots import StackSlot
from gomemlab.runtime.gfree import G, GFree
from gomemlab.runtime.markevents import GoroutineStarted
from gomemlab.runtime.stack import ROOM
from gomemlab.runtime.stackevents import (
    AllgsGrown,
    DeadStacksFreed,
    GMade,
    GoroutineEnded,
    GReused,
    StackCacheFlushed,
    StackSpansFreed,
)
from gomemlab.runtime.stacking import MAX_GOROUTINES, Goroutine, StackNow
from gomemlab.runtime.world import World
from tests.worlds import state


def test_a_goroutine_gets_a_g_and_a_stack_of_2_kib() -> None:
    """A g has 456 B, which take a slot of 480; the list of all gs grows as append does."""
    world = World()

    goroutine = world.go()

    made = next(event for event in world.events if isinstance(event, GMade))
    slot = next(event for event in world.events if isinstance(event, SlotTaken))
    assert (slot.size, slot.elemsize) == (G_SIZE, 480)
    assert made.record == slot.address
    assert (goroutine.stack.size, goroutine.stack.lo) == (made.size, made.stack) == (2048, goroutine.stack.lo)
    assert [e.gs for e in world.events if isinstance(e, AllgsGrown)] == [1]
    assert goroutine.stack.used == 32 + 16 + 8


def test_a_handle_is_the_number() -> None:
    """It can stand wherever a goroutine is named."""
    world = World()
    goroutine = world.go(slots=2)

    assert goroutine == 2
    assert hash(goroutine) == hash(2)
    assert f"{goroutine}" == "2"
    world.call(goroutine, 1, "g")
    world.new(1, into=StackSlot(goroutine, 0), g=goroutine)
    goroutine.call(64, slots=2, name="h")
    goroutine.ret()
    assert [frame.name for frame in goroutine.stack.info.frames] == ["go f", "g"]
    goroutine.exit()
    with pytest.raises(MisuseError, match="G2 has ended, and does nothing any more; start another one with go"):
        goroutine.call(64)


def test_a_stack_says_what_it_is() -> None:
    """In a notebook it is the last value of a cell; that of a copy's G1 may lie outside the heap."""
    world = World()
    goroutine = world.go()

    came = StackNow(world.collector.roots.stacks[0])

    assert repr(goroutine.stack) == f"a stack of 2,048 B at {goroutine.stack.lo:#x}, 56 B in use"
    assert repr(came) == "a stack of 2,048 B that came with the process, 64 B in use"


def test_a_goroutine_runs_on_the_p_it_was_started_on() -> None:
    """Its memory comes from that P's caches; without a P, from its creator's."""
    world = World(procs=2)

    world.go(p=1)
    assert world.ps[1].mcache.alloc[50].nelems
    on_own = world.go(g=2)

    caches = world.stacks.memory.caches
    assert [len(caches[p][0]) for p in (0, 1)] == [0, 6]
    assert world._p_of(2) is world.ps[1]
    assert world._p_of(on_own) is world.ps[0]
    world.gomaxprocs(1)
    assert world._p_of(2) is world.ps[0]
    world.check()


def test_a_dead_goroutines_g_is_used_again_with_its_stack() -> None:
    """Both at the same addresses; no new g is made."""
    world = World()
    first = world.go()
    info = first.stack.info
    first.exit()
    ended = next(event for event in world.events if isinstance(event, GoroutineEnded))

    second = world.go()

    reused = next(event for event in world.events if isinstance(event, GReused))
    assert (ended.kept, reused.kept) == (True, True)
    assert (second, second.stack.info.record, second.stack.lo) == (3, info.record, info.lo)
    assert world.collector.roots.gs == 1
    world.check()


def test_a_dead_goroutine_gives_up_a_stack_that_has_grown() -> None:
    """The next one that gets its g begins with another."""
    world = World()
    first = world.go()
    first.call(3000)
    first.exit()
    ended = next(event for event in world.events if isinstance(event, GoroutineEnded))

    second = world.go()

    assert (ended.size, ended.kept) == (4096, False)
    assert not next(event for event in world.events if isinstance(event, GReused)).kept
    assert second.stack.size == 2048


def test_a_kept_stack_of_a_size_that_is_no_longer_usual_is_exchanged() -> None:
    """It was 2 KiB when the goroutine ended; since the last cycle others begin with 4 KiB."""
    world = World()
    dead, deep = world.go(), world.go()
    deep.call(5000)
    dead.exit()
    world.gc()

    again = world.go()

    assert world.stacks.starting_size == again.stack.size == 4096
    assert not next(event for event in world.events if isinstance(event, GReused)).kept
    world.check()


def test_a_p_with_64_dead_gs_shares_33_and_takes_32_when_it_has_none() -> None:
    """Those with a stack first."""
    gfree = GFree()
    gfree.resize(2)
    for i in range(64):
        gfree.put(G(i, 8 * i * (i % 2), 2048 * (i % 2)), 0)

    assert len(gfree.local[0]) == 31
    assert (len(gfree.stack), len(gfree.no_stack), gfree.with_stack, len(gfree)) == (17, 16, 32, 64)
    taken = gfree.get(1)
    assert taken is not None
    assert len(gfree.local[1]) == 31
    assert (gfree.stack, len(gfree.no_stack)) == ([], 1)
    gfree.resize(1)
    assert (len(gfree.local), len(gfree)) == (1, 63)
    assert all(gfree.get(0) for _ in range(63))
    assert gfree.get(0) is None


def test_a_collection_frees_the_stacks_of_dead_gs_that_no_p_keeps() -> None:
    """Of 100, those of the 64 that P0 gave away."""
    world = World()
    goroutines = [world.go() for _ in range(100)]
    for goroutine in goroutines:
        goroutine.exit()
    assert world.mstats().stack_inuse == 7 * 32768

    world.gc_start()
    assert world.snapshot().gc.jobs[0] == "dead stacks"
    world.mark_step()
    freed = next(event for event in world.events if isinstance(event, DeadStacksFreed)).stacks
    world.gc()
    info = world.snapshot().stacks

    assert freed == 66
    assert (info.dead, info.dead_with_stack, info.gs) == (100, 34, 100)
    assert world.mstats().stack_inuse < 7 * 32768
    world.check()


def test_gs_are_never_freed() -> None:
    """A thousand goroutines end: their gs stay on the heap, whatever is collected."""
    world = World()
    world.go_many(1000)
    for g in range(2, 1002):
        world.goexit(g)

    world.gc()
    world.gc()

    assert sum(row.mallocs - row.frees for row in world.mstats().by_size if row.size == 480) == 1000
    assert world.collector.lost == ()


def test_a_g_made_while_marking_is_black() -> None:
    """So is the list's new array; the old array is garbage that the next cycle finds."""
    world = World()
    world.go()
    world.gc_start()
    world.mark_all()

    world.go_many(3)
    world.gc()
    world.gc()

    assert world.collector.lost == ()
    assert len(world.snapshot().gc.stacks) == 5
    world.check()


def test_a_goroutine_that_ends_while_its_stack_waits_to_be_scanned_is_passed_over() -> None:
    """The job is done, and finds nothing."""
    world = World(goroutines=2)
    world.new(1, into=StackSlot(2, 0), g=2)
    world.gc_start()

    world.goexit(2)
    world.mark_all()
    world.mark_done()

    assert world.stacks.scanned.stacks == 0
    assert world.collector.lost == ()
    world.sweep_all()
    world.check()


REFUSED = {
    "G1 is the last goroutine: fatal error: no goroutines": lambda w: w.goexit(1),
    "there is no goroutine 2": lambda w: w.goexit(2),
    "there is no goroutine True": lambda w: w.call(True, 1),
    "a frame of 16 B is too small: two links and 1 slots take 24 B": lambda w: w.call(1, 1, nbytes=16),
    "the bytes of a frame '9' is not a whole number": lambda w: w.call(1, 0, nbytes="9"),
    "-1 is no possible number of slots of a frame": lambda w: w.go(-1),
    "there is no P1": lambda w: w.go(p=1),
    "stack exceeds 1000000000-byte limit": lambda w: w.go(nbytes=1 << 30),
    "0 is no possible number of goroutines": lambda w: w.go_many(0),
    "are too many here": lambda w: w.go_many(MAX_GOROUTINES),
    "fatal error: stack overflow": lambda w: w.go_many(1, nbytes=600_000_000),
    "have no room in this world; start fewer": lambda w: w.go_many(100_000, nbytes=1 << 20),
    "no stack has 2000 B; give a power of two from 2048": lambda w: w.stackalloc(2000),
    "no stack has 1073741824 B": lambda w: w.stackalloc(1 << 30),
    "4096 is no stack that stackalloc gave": lambda w: w.stackfree(4096),
    "free each of them once": lambda w: w.stackfree([4096]),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_is_refused_with_nothing_changed(words: str) -> None:
    """The value, and what would be right."""
    world = World()
    before = state(world)

    with pytest.raises(MisuseError, match=words):
        REFUSED[words](world)

    assert state(world) == before


def test_many_start_though_the_first_goroutine_has_ended() -> None:
    """Go's main may call Goexit while others go on; it is one of those that starts two more."""
    world = World()
    world.go()
    world.goexit(1)

    started = world.go_many(2)

    assert list(started) == [3, 4]
    world.check()


def test_one_starts_though_the_first_goroutine_has_ended() -> None:
    """On a P that is named, by the first that lives; who is named itself must live."""
    world = World(procs=2, goroutines=2)
    world.goexit(1)

    started = world.go(p=1)

    assert [event.by for event in world.events if isinstance(event, GoroutineStarted)] == [2]
    assert world.collector.roots.stacks[started - 1].p == 1
    for command in (world.go, lambda: world.go(g=1, p=1)):
        with pytest.raises(MisuseError, match="G1 has ended"):
            command()


def test_what_marking_kept_is_freed_before_the_caches_are_emptied() -> None:
    """A stack that grew to 64 KiB while a cycle marked left one of 32 KiB; its span goes before small ones."""
    world = World()
    goroutine = world.go()
    goroutine.call(20_000)
    world.gc_start()
    goroutine.call(30_000)
    world.mark_all()
    world.mark_done()

    said = [type(event) for event in world.events if isinstance(event, StackSpansFreed | StackCacheFlushed)]
    assert said == [StackSpansFreed, StackCacheFlushed]


def test_stacks_are_flushed_by_hand_only_when_no_cycle_marks() -> None:
    """The end of a cycle does it."""
    world = World()
    world.stackfree(world.stackalloc(2048))
    world.gc_start()

    with pytest.raises(MisuseError, match="cycle 1 is marking; stacks are flushed when it is over"):
        world.flush_stacks()

    world.gc()
    world.stackfree(world.stackalloc(2048))
    world.flush_stacks()
    assert world.mstats().stack_inuse == 0


def test_near_the_heaps_limit_a_start_is_tried_on_a_copy() -> None:
    """It is done where it fits, and else refused with nothing changed."""
    world = World()
    world.malloc(8)
    heap = world.allocator.heap
    heap.limit = heap.stats.mapped + ROOM // 8

    goroutine = world.go(nbytes=4000)
    heap.limit = heap.stats.mapped
    before = world.digest()
    with pytest.raises(MisuseError, match="the heap would grow"):
        world.go(nbytes=8 << 20)

    assert goroutine.stack.size == 8192
    assert world.digest() == before
    world.check()


def test_a_world_holds_so_many_goroutines() -> None:
    """The next one is refused."""
    world = World()
    world.collector.roots.stacks *= MAX_GOROUTINES

    with pytest.raises(MisuseError, match="this world had 1048576 goroutines, and holds no more"):
        world.go()


def test_a_copy_of_a_world_has_its_own_stacks() -> None:
    """What happens in one does not happen in the other."""
    world = World(procs=2)
    goroutine = world.go()
    world.go().exit()
    world.gc_start()
    world.stackfree(world.stackalloc(65536))

    copy = world.copy()
    before = state(world)
    assert state(copy) == before
    copy.call(goroutine, 0, nbytes=5000)
    copy.gc()
    copy.go()

    assert state(world) == before
    assert goroutine.stack.size == 2048
    copy.check()


class Life(RuleBasedStateMachine):
    """Any order of starts, calls, returns, ends and collections keeps the stacks in order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(procs=2, goroutines=2)
        self.world.goexit(2)
        self.living: list[Goroutine | int] = [1]
        self.loose: list[int] = []

    @rule(p=st.integers(0, 1), nbytes=st.sampled_from([None, 100, 3000, 50_000]))
    def start(self, p: int, nbytes: int | None) -> None:
        """Start one."""
        if p < len(self.world.ps):
            self.living.append(self.world.go(p=p, nbytes=nbytes))

    @rule(count=st.integers(30, 70))
    def start_many(self, count: int) -> None:
        """Start enough for lists to overflow when they end."""
        self.living += self.world.go_many(count)

    @rule(data=st.data(), nbytes=st.sampled_from([24, 500, 2000, 9000, 70_000]))
    def call(self, data: st.DataObject, nbytes: int) -> None:
        """Call, and point to the new frame's slot from itself."""
        g = data.draw(st.sampled_from(self.living))
        self.world.call(g, 1, nbytes=nbytes)
        slot = self.world.collector.roots.stacks[g - 1].nslots - 1
        self.world.point(StackSlot(int(g), slot), StackSlot(int(g), 0 if slot else slot))

    @rule(data=st.data())
    def ret(self, data: st.DataObject) -> None:
        """Return, where there is somewhere to return to."""
        g = data.draw(st.sampled_from(self.living))
        if len(self.world.collector.roots.stacks[g - 1].frames) > 1:
            self.world.ret(g)

    @precondition(lambda self: len(self.living) > 1)
    @rule(data=st.data(), count=st.integers(1, 70))
    def end(self, data: st.DataObject, count: int) -> None:
        """End some."""
        for _ in range(min(count, len(self.living) - 1)):
            g = self.living.pop(data.draw(st.integers(0, len(self.living) - 1)) if count == 1 else -1)
            self.world.goexit(g)

    @rule(nbytes=st.sampled_from([2048, 16384, 65536]))
    def take(self, nbytes: int) -> None:
        """Take a stack for nobody."""
        self.loose.append(self.world.stackalloc(nbytes))

    @precondition(lambda self: self.loose)
    @rule(p=st.integers(-1, 0), pooled=st.booleans())
    def give(self, p: int, pooled: bool) -> None:
        """Give it back."""
        self.world.stackfree(self.loose.pop(), p, pooled=pooled)

    @rule(step=st.sampled_from(["gc", "begin", "step", "read", "procs"]))
    def collect(self, step: str) -> None:
        """Collect, all at once or by steps; flush; change GOMAXPROCS."""
        world = self.world
        marking = world.collector.marking
        if step == "gc":
            world.gc()
        elif step == "begin" and not marking:
            world.gc_start()
        elif step == "step" and marking:
            world.mark_step()
        elif step == "read":
            world.read_mem_stats()
        elif step == "procs" and not marking:
            world.gomaxprocs(3 - len(world.ps))

    @invariant()
    def in_order(self) -> None:
        """Check everything; pointers into a stack still lead to the slot."""
        self.world.check()
        for g in self.living:
            stack = self.world.collector.roots.stacks[g - 1]
            inside = [p for frame in stack.frames for p in frame.slots if stack.holds(p)]
            assert set(inside) <= {stack.address_of(slot) for slot in range(stack.nslots)}


Life.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestLife = Life.TestCase
