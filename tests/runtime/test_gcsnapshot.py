"""What a picture shows of the collector: colours, queues, what is lost and what floats."""

import pytest

from gomemlab.runtime.gc import checkmark
from gomemlab.runtime.gc.phase import GCPhase
from gomemlab.runtime.gc.roots import Field, Global, StackSlot
from gomemlab.runtime.world import World


def colours(world: World) -> str:
    """Return the colours of all objects by number, as letters."""
    return "".join(obj.colour[0] for obj in world.snapshot().gc.objects)


@pytest.mark.parametrize("marker", ["classic", "greentea"])
def test_an_object_is_white_then_grey_then_black(marker: str) -> None:
    """Global 0 leads to the second object, and that to the first."""
    world = World(marker=marker)
    world.new(2, size=24, into=Global(0))
    world.new(2, size=24, into=Global(0), fields=(Global(0),))
    world.gc_start()

    seen = [colours(world)]
    while world.mark_step():
        seen.append(colours(world))

    assert seen == ["ww", "wg", "wg", "gb", "bb"]
    assert world.snapshot().gc.marking
    world.mark_done()
    assert not world.snapshot().gc.marking


def test_an_object_with_a_header_is_grey_too() -> None:
    """Its slot begins 8 B before it, and it is the slot that waits."""
    world = World()
    address = world.new(1, size=600, into=Global(0))
    world.gc_start()
    world.mark_root("globals")

    shot = world.snapshot().gc

    assert shot.objects[0].colour == "grey"
    assert shot.queue == (address,)


def test_what_waits_is_shown_in_the_order_in_which_p0_takes_it() -> None:
    """Work buffers from the top, and the spans of Green Tea from the front."""
    world = World(globals=4)
    big = [world.new(1, size=600, into=Global(0)), world.new(1, size=600, into=Global(1))]
    small = [world.new(2, size=16, into=Global(2)), world.new(3, size=24, into=Global(3))]
    world.gc_start()
    world.mark_root("globals")

    shot = world.snapshot()

    assert shot.gc.queue == tuple(reversed(big))
    assert shot.gc.span_queue == tuple(shot.span_at(address).id for address in small)
    assert shot.gc.jobs == ("G1's stack",)
    assert shot.gc.globals_scanned


def test_shared_buffers_come_behind_p0s_own() -> None:
    """And other Ps' behind those."""
    world = World(marker="classic", procs=2, globals=6)
    made = [world.new(1, into=Global(i)) for i in range(6)]
    world.gc_start()
    world.mark_root("globals")
    world.mark_root("G1's stack")
    world.mark_step()  # shares the older half, and scans the youngest

    assert world.snapshot().gc.queue == (made[4], made[3], made[2], made[1], made[0])


def test_the_barrier_buffers_are_shown_by_p() -> None:
    """With the nil that a store overwrote."""
    world = World(procs=2, goroutines=2)
    address = world.new(1, into=StackSlot(2, 0), g=2)
    world.gc_start()

    world.assign(Global(0), StackSlot(2, 0), g=2)

    assert world.snapshot().gc.wbbuf == ((), (address, 0))
    assert world.snapshot().gc.work.wb_entries == 2


def test_stacks_and_globals_have_names() -> None:
    """Frames are shown from the oldest."""
    world = World(goroutines=2, slots=1)
    world.call(2, 2, "main.serve")

    shot = world.snapshot().gc

    assert [(s.g, [(f.name, f.slots) for f in s.frames]) for s in shot.stacks] == [
        (1, [("main.main", (0,))]),
        (2, [("main.g2", (0,)), ("main.serve", (0, 0))]),
    ]
    assert shot.globals == (("main.v0", 0),)


def test_an_object_whose_pages_are_cut_otherwise_now_is_nowhere() -> None:
    """Slot 1 of 24 B died with its span; now its address lies inside a slot of 1 KiB, which is no object of 24 B."""
    world = World()
    world.new(1, 24, into=Global(0))
    gone = world.new(1, 24, into=Global(0))
    world.assign(Global(0), None)
    world.gc()
    while world.allocator.heap.span_of(gone) is None:
        world.malloc(1024)

    shown = world.snapshot().gc.objects[1]

    assert (shown.address, shown.span, shown.size, shown.freed) == (gone, -1, 0, True)


def test_a_dead_object_is_white_until_it_is_swept_and_then_freed() -> None:
    """mark_done leaves it in its slot; the sweep frees that."""
    world = World(globals=2)
    world.new(1, into=Global(0))
    world.new(1, into=Global(1))
    world.gc()
    world.assign(Global(0), None)
    world.gc_start()
    world.mark_all()
    world.mark_done()

    before = world.snapshot().gc
    world.sweep_all()
    after = world.snapshot().gc

    assert [(obj.colour, obj.freed) for obj in before.objects] == [("white", False), ("black", False)]
    assert [obj.freed for obj in after.objects] == [True, False]
    assert (before.sweep.done, before.sweep.unswept_spans) == (False, 1)
    assert after.sweep.done
    assert after.phase is GCPhase.OFF


def test_a_dead_object_that_waits_for_its_sweep_dangles_nowhere() -> None:
    """What it points to was swept before it, in a span that a P had cached; the program can reach neither."""
    world = World(marker="classic")
    holder = world.new(1, size=600, into=Global(0))
    world.new(1, size=8, into=Field(holder, 0))
    world.read_mem_stats()  # no P has the holder's span now
    world.new(1, size=8)  # and P0 has the other's again
    world.assign(Global(0), None)
    world.gc_start()
    world.mark_all()
    world.mark_done()

    shot = world.snapshot().gc

    assert [obj.freed for obj in shot.objects] == [False, True, True]
    assert shot.dangling == ()


def test_a_dangling_field_is_named() -> None:
    """A living object points to what a broken barrier lost."""
    world = World(barrier="none", globals=2)
    holder = world.new(1, into=Global(1))
    world.new(1, size=64, into=Global(0))
    world.gc_start()
    world.mark_root("globals")
    world.mark_step()
    world.mark_step()
    world.mark_step()
    lost = world.new(1, size=32)
    world.allocator.heap.inline_marks.clear()
    world.allocator.heap.inline_scans.clear()
    world.write(Field(holder, 0), lost)
    world.mark_done()
    world.sweep_all()

    shot = world.snapshot().gc

    assert Field(holder, 0) in shot.dangling


def test_held_objects_are_still_to_come_while_their_job_waits() -> None:
    """A pointer in a plain object's words protects what it leads to, as long as the object was not scanned."""
    world = World()
    plain = world.malloc(16, pointers=True)
    address = world.new(1, into=Global(0))
    world.collector.memory.store(plain, address)
    world.gc_start()
    world.mark_root("globals")
    world.mark_root("G1's stack")

    shot = world.snapshot().gc

    assert shot.jobs == ("held",)
    assert shot.lost == ()


def test_what_floats_between_two_sweeps_is_known() -> None:
    """An object that died after it was marked is marked, and nobody reaches it."""
    world = World()
    address = world.new(1, into=Global(0))
    world.read_mem_stats()  # the span is in no mcache, so the flush at the end of marking does not sweep it
    world.gc_start()
    world.mark_all()
    world.assign(Global(0), None)
    world.mark_done()

    shot = world.snapshot().gc

    assert shot.floating == (address,)
    assert shot.lost == ()


def test_a_large_heap_is_not_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lost and floating objects are asked for in small worlds alone."""
    monkeypatch.setattr(checkmark, "MAX_WALK", 3)
    world = World()
    for _ in range(5):
        world.new(1)
    world.gc_start()
    world.mark_all()

    assert world.snapshot().gc.floating == ()


def test_only_the_first_thousand_objects_are_named() -> None:
    """The others are there all the same."""
    world = World()
    for _ in range(1001):
        world.new(1, into=Global(0), fields=(Global(0),))

    world.gc()

    assert len(world.snapshot().gc.objects) == 1000
    assert world.mstats().heap_objects == 1001
