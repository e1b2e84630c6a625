"""Stacks double when a frame does not fit, halve when a collection finds them empty, and move each time."""

import json
import re
from pathlib import Path

import pytest

from gomemlab.runtime.errors import MisuseError, ThrowError
from gomemlab.runtime.gc.roots import PROCESS_STACKS, Field, Frame, Global, Stack, StackSlot
from gomemlab.runtime.stack import MAX_STACK_SCAN_SLACK, STACK_GUARD
from gomemlab.runtime.stackevents import LocalPointed, StackGrown, StackShrunk, StackSpanKept, StartSizeSet
from gomemlab.runtime.stacking import Goroutine
from gomemlab.runtime.world import World
from tests.worlds import state

DATA = Path(__file__).parent.parent / "data"
REAL = json.loads((DATA / "go1.27.3_stacks.json").read_text(encoding="utf-8"))


def started(world: World) -> Goroutine:
    """Return a goroutine whose stack is in the heap."""
    return world.go(slots=0)


def recurse(goroutine: Goroutine, calls: int, nbytes: int = 144) -> list[int]:
    """Let a goroutine call so deep; return the sizes that its stack had."""
    sizes = [goroutine.stack.size]
    for _ in range(calls):
        goroutine.call(nbytes)
        if goroutine.stack.size != sizes[-1]:
            sizes.append(goroutine.stack.size)
    return sizes


@pytest.mark.slow
def test_a_recursion_of_20000_doubles_the_stack_as_real_go_does() -> None:
    """2 KiB, 4 KiB, up to 4 MiB; and when it has returned, half of it with each collection, down to 4 KiB."""
    world = World()
    goroutine = started(world)

    grown = recurse(goroutine, 20_000)
    for _ in range(19_998):
        goroutine.ret()
    shrunk = [goroutine.stack.size]
    for _ in range(12):
        world.gc()
        shrunk.append(goroutine.stack.size)
    world.check()

    assert grown == REAL["growth"]
    assert shrunk == [*REAL["shrinking"], 4096, 4096]


@pytest.mark.parametrize(("nbytes", "grew_at"), REAL["depths"]["grew_at"].items())
def test_a_stack_grows_at_the_very_call_at_which_real_gos_does(nbytes: str, grew_at: list[int]) -> None:
    """Four hundred calls with frames of 40 B: the 27th, 78th, 181st and 385th find the guard."""
    world = World()
    goroutine = world.go(slots=0, nbytes=REAL["depths"]["first_frame"])

    grown = []
    for call in range(1, 401):
        goroutine.call(int(nbytes))
        grown += [call] if any(isinstance(event, StackGrown) for event in world.events) else []

    assert grown == grew_at


@pytest.mark.slow
def test_500_deep_goroutines_make_the_next_ones_begin_with_16_kib() -> None:
    """Those that are used again: a new g always begins with 2 KiB. Two collections later it is 2 KiB once more."""
    world = World()
    deep = [started(world) for _ in range(500)]
    for goroutine in deep:
        recurse(goroutine, 52)

    world.gc()
    adaptive = next(event for event in world.events if isinstance(event, StartSizeSet))
    new = started(world).stack.size
    for goroutine in deep:
        goroutine.exit()
    used_again = started(world).stack.size
    world.gc()

    assert 7400 < adaptive.average < 7600
    assert adaptive.size == used_again == REAL["adaptive"]
    assert new == 2048
    assert world.stacks.starting_size == 2048
    assert started(world).stack.size == 2048
    world.check()


@pytest.mark.slow
def test_100000_goroutines_have_as_many_bytes_of_stack_as_in_real_go() -> None:
    """2 KiB each; and 525 B of heap each, to which a sudog (112 B) and a closure (16 B) make Go's 653."""
    world = World()

    numbers = world.go_many(100_000)
    stats = world.mstats()

    assert numbers == range(2, 100_002)
    assert stats.stack_inuse == stats.stack_sys == REAL["goroutines"]["stack"]
    assert round(stats.heap_alloc / 100_000 + 112 + 16) == REAL["goroutines"]["heap_each"]
    assert world.snapshot().stacks.living == 100_001


def test_a_frame_that_needs_more_than_double_gets_it() -> None:
    """A frame of 10,000 B on a stack of 2 KiB: 16 KiB, in one step."""
    goroutine = started(World())

    goroutine.call(10_000)

    event = next(e for e in goroutine.world.events if isinstance(e, StackGrown))
    assert (event.old_size, event.size) == (2048, 16384)
    assert event.used == 2 * 8 + 32 + 8  # the first frame, what lies above it, and the call's return address


@pytest.mark.parametrize(("nbytes", "size"), [(16, 2048), (128, 2048), (136, 2048), (144, 4096), (1000, 4096)])
def test_a_small_frame_may_go_128_bytes_below_the_guard(nbytes: int, size: int) -> None:
    """With 8 B above the guard a frame of up to 128 B fits, beside its return address."""
    world = World()
    goroutine = started(world)
    goroutine.call(2048 - STACK_GUARD - goroutine.stack.used - 8 - 1 + 1 - 8)  # one word above the guard is left

    goroutine.call(nbytes)

    assert goroutine.stack.size == size


def test_pointers_into_the_stack_move_with_it() -> None:
    """A slot of the newest frame points to one of the first; so do all saved frame pointers."""
    world = World()
    g = world.go(slots=2)
    world.call(g, 1)
    local, pointer = StackSlot(g, 1), StackSlot(g, 2)
    world.point(pointer, local)
    pointed = world.events[0]
    stack = world.collector.roots.stacks[g - 1]
    before, lo = world.load(pointer), stack.lo
    assert before == stack.address_of(1)

    g.call(2000)

    grown = next(event for event in world.events if isinstance(event, StackGrown))
    frames = g.stack.info.frames
    assert isinstance(pointed, LocalPointed)
    assert pointed.address == before
    assert world.load(pointer) == stack.address_of(1) == before + (stack.hi - (lo + 2048))
    assert grown.adjusted == 2
    assert [frame.saved_bp for frame in frames] == [0, frames[0].bp, frames[1].bp]
    assert frames[1].locals == (0,)
    assert stack.frame_at(stack.address_of(2)) == 1


def test_the_collector_does_not_follow_pointers_into_the_stack() -> None:
    """Nor do they dangle."""
    world = World()
    g = world.go(slots=2)
    world.point(StackSlot(g, 0), StackSlot(g, 1))

    world.gc()

    assert world.snapshot().gc.dangling == ()
    assert world.collector.lost == ()
    world.check()


def test_a_pointer_into_a_stack_goes_nowhere_where_it_could_outlive_it() -> None:
    """To newer frames it may be copied; not to older ones, the heap, a global, or another goroutine."""
    world = World(goroutines=2)
    world.call(1, 2)
    world.new(1, into=StackSlot(2, 0), g=2)
    obj = world.new(1, into=StackSlot(1, 0))
    pointer = StackSlot(1, 3)
    world.point(pointer, StackSlot(1, 2))
    refused = {
        "cannot go to the heap": lambda: world.assign(Field(obj, 0), pointer),
        "a global": lambda: world.assign(Global(0), pointer),
        "cannot go to an older frame": lambda: world.assign(StackSlot(1, 1), pointer),
        "another stack": lambda: world.send(StackSlot(2, 0), pointer),
        "use new": lambda: world.go(1, (pointer,)),
        "into G1's own stack": lambda: world.new(1, fields=(pointer,)),
        "may outlive": lambda: world.point(StackSlot(1, 0), StackSlot(1, 2)),
        "let a newer frame of G1": lambda: world.point(StackSlot(2, 0), StackSlot(1, 0)),
        "is no slot of a stack": lambda: world.point(StackSlot(1, 0), Global(0)),  # type: ignore[arg-type]
        "has slots 0 to 3": lambda: world.point(StackSlot(1, 9), StackSlot(1, 0)),
    }
    before = world.digest()

    for words, command in refused.items():
        with pytest.raises(MisuseError, match=words):
            command()
    assert world.digest() == before

    world.call(1, 1)
    world.assign(StackSlot(1, 4), pointer)
    assert world.load(StackSlot(1, 4)) == world.load(pointer)


def test_recursion_without_end_is_refused_in_gos_words_and_the_world_goes_on() -> None:
    """The largest stack has 512 MiB; what would need 1 GiB is not called."""
    world = World()
    goroutine = started(world)
    while goroutine.stack.size < 512 << 20:
        goroutine.call(64 << 20)
    while goroutine.stack.used < 448 << 20:
        goroutine.call(64 << 20)
    before = state(world)

    with pytest.raises(MisuseError) as refusal:
        goroutine.call(64 << 20)

    lines = str(refusal.value).splitlines()
    assert lines[0] == "runtime: goroutine stack exceeds 1000000000-byte limit"
    assert re.fullmatch(r"runtime: sp=0x[0-9a-f]+ stack=\[0x[0-9a-f]+, 0x[0-9a-f]+\]", lines[1])
    assert lines[2] == "fatal error: stack overflow"
    assert "let it return" in lines[3]
    assert state(world) == before
    goroutine.ret()
    world.gc()
    world.check()


def test_a_goroutine_of_the_process_has_no_modelled_stack_until_it_grows() -> None:
    """G1 begins outside the heap; then its stack is a stack like others."""
    world = World()
    stack = world.collector.roots.stacks[0]

    assert world.mstats().stack_inuse == 0
    assert stack.lo >= PROCESS_STACKS
    assert not stack.modelled
    world.call(1, 0, nbytes=2000)

    assert stack.modelled
    assert stack.size == 4096
    assert world.mstats().stack_inuse == 32768
    world.check()


def test_a_large_first_frame_came_with_the_process() -> None:
    """A thousand slots need 16 KiB, which nobody counts and no collection halves."""
    world = World(slots=1000)

    world.gc()

    assert world.collector.roots.stacks[0].size == 16384
    assert world.mstats().stack_inuse == 0


def test_a_stack_shrinks_only_if_less_than_a_quarter_with_800_bytes_more_is_in_use() -> None:
    """Of 8 KiB in use less than 1248 B: then it is copied to 4 KiB, by the job that scans it."""
    world = World()
    goroutine = started(world)
    goroutine.call(1200)
    goroutine.call(3000)
    assert goroutine.stack.size == 8192
    goroutine.ret()

    world.gc()  # 1248 B in use
    stayed = goroutine.stack.size
    goroutine.ret()
    goroutine.call(1184)
    world.gc_start()
    world.mark_root("G2's stack")

    shrunk = next(event for event in world.events if isinstance(event, StackShrunk))
    assert stayed == 8192
    assert (shrunk.old_size, shrunk.size, shrunk.used) == (8192, 4096, 1232)
    world.check()


def test_an_old_stack_waits_in_its_span_while_a_cycle_marks() -> None:
    """A stack of 64 KiB is left for one of 32 KiB, and its span goes back when the cycle is over."""
    world = World()
    goroutine = started(world)
    goroutine.call(40_000)
    goroutine.ret()
    world.gc_start()

    world.mark_root("G2's stack")
    kept = [event for event in world.events if isinstance(event, StackSpanKept)]
    during = world.mstats().stack_inuse
    world.gc()

    assert len(kept) == 1
    assert during == (32 + 64 + 32) * 1024  # the span that G2 began in, the old stack, the new one
    assert goroutine.stack.size == 16384


def test_a_stack_stays_where_the_heap_has_no_room_for_a_smaller_one() -> None:
    """Go would throw; here the next collection tries again."""
    world = World()
    goroutine = started(world)
    goroutine.call(200_000)
    goroutine.ret()
    world.allocator.heap.limit = world.allocator.heap.stats.mapped
    while world.allocator.heap.pages.alloc(16)[0]:
        pass

    world.gc_start()
    world.mark_root("G2's stack")

    assert goroutine.stack.size == 262144


def test_of_two_stacks_that_shrink_the_second_finds_a_stack_in_the_cache() -> None:
    """The first refill brought four of 4 KiB."""
    world = World()
    goroutines = [started(world), started(world)]
    for goroutine in goroutines:
        goroutine.call(5000)
        goroutine.ret()
    world.stackalloc(4096, p=-1)

    world.gc()

    assert [goroutine.stack.size for goroutine in goroutines] == [4096, 4096]
    assert [goroutine.stack.info.free for goroutine in goroutines] == [4096 - STACK_GUARD - 48] * 2
    assert world.stacks.shrunk == 2
    world.check()


def test_growth_without_room_is_refused() -> None:
    """With nothing changed."""
    world = World()
    goroutine = started(world)
    world.allocator.heap.limit = world.allocator.heap.stats.mapped
    before = world.digest()

    with pytest.raises(MisuseError, match="the heap would grow"):
        goroutine.call(16 << 20)

    assert world.digest() == before


def test_the_pacer_hears_of_stacks_8_kib_at_a_time() -> None:
    """Four of 2 KiB, and what G1 came with."""
    world = World()

    told = [world.stacks.max_stack_scan]
    for _ in range(5):
        started(world)
        told.append(world.stacks.max_stack_scan)

    assert told == [2048, 2048, 2048, 2048, 2048 + MAX_STACK_SCAN_SLACK, 2048 + MAX_STACK_SCAN_SLACK]


def test_bytes_scanned_are_those_in_use() -> None:
    """Not those of the stacks."""
    world = World()
    goroutine = started(world)
    goroutine.call(1000)

    world.gc()
    first = world.snapshot().stacks.last_stack_scan
    goroutine.ret()
    world.gc()

    assert first == 1000 + 48 + 64
    assert world.snapshot().stacks.last_stack_scan == 48 + 64
    assert world.stacks.scanned.ever == 48 + 64 + 1000 + 48 + (32 + 16 + 16)  # G2's, and what G1 has of two slots
    assert world.snapshot().stacks.bytes_scanned == world.stacks.scanned.ever


def test_check_finds_a_stack_that_does_not_fit_its_frames() -> None:
    """Bytes in use that no frame has, and too many for the stack."""
    world = World()
    started(world)
    world.collector.roots.stacks[1].used += 8

    with pytest.raises(ThrowError, match="G2's stack of 2048 B has 56 B in use; its frames 48"):
        world.check()


def test_what_a_p_has_not_told_the_pacer_is_not_lost_when_the_p_goes() -> None:
    """A stack of 2 KiB on P1: Go keeps the p, and what it owes, until there are two again."""
    world = World(procs=2)
    world.go(p=1)

    world.gomaxprocs(1)

    world.check()
    world.gomaxprocs(2)
    assert world.stacks.deltas == [0, 2048]
    world.stacks.deltas[1] = 0
    with pytest.raises(ThrowError, match="the pacer knows of 2048 B of stacks, and those of goroutines have 4096 B"):
        world.check()


def test_slots_that_are_on_no_frame_are_errors() -> None:
    """A stack knows its slots and the addresses of its frames."""
    stack = Stack(1, [Frame("f", [0], 24)], used=56)

    for question, answer in ((stack.frame_of, 1), (stack.address_of, 1), (stack.frame_at, stack.lo)):
        with pytest.raises(IndexError):
            question(answer)
    assert stack.frame_of(0) == stack.frame_at(stack.address_of(0)) == 0
