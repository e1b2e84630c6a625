"""A cycle, all at once and step by step: what it stops, what it keeps, what it frees."""

import pytest

from gomemlab.runtime.arch import GO_1_22
from gomemlab.runtime.errors import MisuseError, ThrowError
from gomemlab.runtime.gc import checkmark
from gomemlab.runtime.gc.phase import GCPhase
from gomemlab.runtime.gc.roots import Field, Global, StackSlot
from gomemlab.runtime.markevents import (
    BadPointerFound,
    MarkEnded,
    MarkResumed,
    ObjectScanned,
    SpanScanned,
    StacksRescanned,
)
from gomemlab.runtime.world import World

MARKERS = ("classic", "greentea")


def ring(world: World, n: int, size: int | None = None) -> list[int]:
    """Make a ring of n objects that global 0 leads into; return their addresses."""
    addresses = [world.new(1, size, into=Global(0))]
    addresses += [world.new(1, size, into=Global(0), fields=(Global(0),)) for _ in range(n - 1)]
    world.write(Field(addresses[0], 0), addresses[-1])
    return addresses


def objects(world: World) -> int:
    """Return how many objects are there."""
    return world.mstats().heap_objects


def test_ten_cycles_stop_the_world_twenty_times() -> None:
    """Once for sweep termination and once for mark termination, each time."""
    world = World()
    ring(world, 5)

    for _ in range(10):
        world.gc()

    assert (world.collector.cycles, world.collector.stops) == (10, 20)
    assert (world.mstats().num_gc, world.mstats().num_forced_gc) == (10, 10)


@pytest.mark.parametrize("marker", MARKERS)
def test_a_ring_that_nothing_leads_into_is_freed(marker: str) -> None:
    """Objects that point to each other keep nobody alive: pointers from roots do."""
    world = World(marker=marker)
    ring(world, 1000, 40)

    world.gc()
    kept = objects(world)
    world.assign(Global(0), None)
    world.gc()

    assert (kept, objects(world)) == (1000, 0)


@pytest.mark.parametrize("size", [8, 24, 512, 640, 32_760, 65_544, 300_000])
@pytest.mark.parametrize("marker", MARKERS)
def test_objects_of_every_kind_of_span_survive_when_reached(marker: str, size: int) -> None:
    """Small with heap bits, with a header, large, and larger than an oblet."""
    world = World(marker=marker)
    ring(world, 5, size)

    world.gc()
    world.check()

    assert objects(world) == 5


def test_an_object_larger_than_128_kib_is_scanned_in_oblets() -> None:
    """300,000 B take 303,104 B of pages: three oblets, the last of 40,960 B."""
    world = World(marker="classic")
    world.new(37_500, into=Global(0))

    world.gc_start()
    world.mark_all()

    gcw = world.collector.gcws[0]
    assert (gcw.objects_scanned, gcw.bytes_marked) == (3, 303_104)


def test_an_oblet_finds_the_pointer_in_it() -> None:
    """The only pointer is in the last word of 300,000 B."""
    world = World(marker="classic")
    big = world.new(37_500, into=Global(0))
    world.new(1, into=StackSlot(1, 0))
    world.assign(Field(big, 37_499), StackSlot(1, 0))
    world.assign(StackSlot(1, 0), None)

    world.gc()

    assert objects(world) == 2


def test_an_interior_pointer_keeps_the_whole_object() -> None:
    """A pointer to the third word."""
    world = World()
    address = world.new(4, into=Global(0))

    world.write(Global(0), address + 16)
    world.gc()

    assert objects(world) == 1


@pytest.mark.parametrize("marker", MARKERS)
def test_a_thousand_objects_made_while_marking_survive_this_cycle_and_not_the_next(marker: str) -> None:
    """They are born black, though nobody holds them: floating garbage."""
    world = World(marker=marker)
    world.gc_start()
    for _ in range(1000):
        world.new(2)
    world.mark_all()
    floating = len(world.snapshot().gc.floating)
    assert world.mark_done()

    world.sweep_all()
    kept = objects(world)
    world.gc()

    assert (floating, kept, objects(world)) == (1000, 1000, 0)


def test_with_white_allocation_an_object_that_is_made_is_lost() -> None:
    """The stack was scanned before, so nobody finds it."""
    world = World(marker="classic")
    world.collector.allocates_black = False
    world.gc_start()
    world.mark_all()

    world.new(1, into=StackSlot(1, 0))
    world.mark_done()

    assert len(world.collector.lost) == 1


@pytest.mark.parametrize("marker", MARKERS)
def test_the_deletion_barrier_keeps_what_lost_its_last_pointer(marker: str) -> None:
    """holder.p = nil while marking: X is alive when the cycle ends, and gone after the next."""
    world = World(marker=marker)
    holder = world.new(1, into=Global(0))
    x = world.new(1, into=StackSlot(1, 0))
    world.assign(Field(holder, 0), StackSlot(1, 0))
    world.assign(StackSlot(1, 0), None)
    world.gc_start()

    world.assign(Field(holder, 0), None)
    world.mark_all()
    marked = world.snapshot().gc.floating == (x,)
    world.mark_done()
    world.sweep_all()
    kept = objects(world)
    world.gc()

    assert (marked, kept, objects(world)) == (True, 2, 1)


def hide(world: World) -> int:
    """Hide an object: its only pointer moves from a global to a stack that was scanned already."""
    address = world.new(1, into=Global(0))
    world.gc_start()
    world.mark_root("G1's stack")
    world.assign(StackSlot(1, 0), Global(0))
    world.assign(Global(0), None)
    return address


@pytest.mark.parametrize(("barrier", "lost"), [("none", 1), ("dijkstra", 1), ("yuasa", 0), ("hybrid", 0)])
def test_a_pointer_hidden_on_a_black_stack_is_lost_without_the_deletion_barrier(barrier: str, lost: int) -> None:
    """Dijkstra alone does not help: the store that matters is one of nil."""
    world = World(barrier=barrier)
    hide(world)
    seen_before_the_end = len(world.snapshot().gc.lost)

    world.mark_all()
    world.mark_done()

    assert (seen_before_the_end, len(world.collector.lost)) == (lost, lost)


def test_scanning_the_stacks_again_saves_what_dijkstra_alone_loses() -> None:
    """Go 1.5 to 1.7 did so, with the world stopped."""
    world = World(barrier="dijkstra", rescan=True)
    hide(world)

    world.mark_all()
    world.mark_done()

    assert world.collector.lost == ()
    assert [event.greyed for event in world.events if isinstance(event, StacksRescanned)] == [1]


def test_a_flush_makes_what_a_store_queued_grey() -> None:
    """Until then the hidden object is white, and only the buffer has it."""
    world = World(marker="classic")
    hidden = hide(world)
    white = world.snapshot().gc

    greyed = world.flush_barrier()

    assert white.objects[0].colour == "white"
    assert hidden in white.wbbuf[0]
    assert (greyed, world.snapshot().gc.queue, world.flush_barrier()) == (1, (hidden,), 0)


def test_a_step_that_flushes_first_tells_only_of_the_object_it_scanned() -> None:
    """The object's own field is nil: no pointer was found in it, whatever the flush made grey."""
    world = World(marker="classic")
    world.new(1, into=Global(0))
    holder = world.load(Global(0))
    world.new(1, into=Field(holder, 0))
    world.gc_start()
    world.mark_root("globals")
    world.assign(Field(holder, 0), None)
    world.mark_root("G1's stack")
    world.mark_step()

    world.mark_step()

    [told] = [event for event in world.events if isinstance(event, ObjectScanned)]
    assert (told.pointers, told.greyed) == (0, 0)


def test_a_flush_needs_a_cycle_that_marks() -> None:
    """There is nothing in the buffer otherwise."""
    with pytest.raises(MisuseError, match="flush_barrier needs a cycle that marks"):
        World().flush_barrier()


def test_an_end_that_forgets_the_buffers_loses_what_only_they_had() -> None:
    """Go flushes every buffer before marking may end; a copy of a world that does not is like it."""
    world = World(slots=1)
    world.collector.flushes_at_end = False
    hidden = hide(world)
    world = world.copy()
    world.mark_root("globals")

    assert world.mark_done()
    assert world.collector.lost == (hidden,)


def test_a_lost_object_leaves_a_dangling_pointer_and_later_a_zombie() -> None:
    """The slot is free while a stack still points to it; the next cycle marks a free slot, for which Go throws."""
    world = World(barrier="none", slots=2)
    lost = hide(world)
    world.new(1, into=StackSlot(1, 1))  # so that the span stays
    world.mark_all()
    world.mark_done()

    world.sweep_all()
    after = world.snapshot().gc
    world.gc()

    assert after.lost == (lost,)
    assert after.dangling == (StackSlot(1, 0),)
    assert after.objects[0].freed
    assert any("found pointer to free object" in str(event) for event in world.events)
    world.check()


def test_a_new_object_at_a_lost_ones_address_is_not_lost() -> None:
    """The slot has another owner."""
    world = World(barrier="none")
    lost = hide(world)
    world.mark_all()
    world.mark_done()
    world.sweep_all()

    again = world.new(1, into=Global(0))

    assert again == lost
    assert world.snapshot().gc.lost == ()


def test_marking_goes_on_where_the_last_buffers_hold_a_white_object() -> None:
    """mark_done flushes them and finds more to do, so it is asked twice."""
    world = World(marker="classic")
    a = world.new(1, into=Global(0))
    b = world.new(1, into=StackSlot(1, 0), fields=(Global(0),))
    world.gc_start()
    world.mark_root("globals")
    world.mark_root("G1's stack")
    while world.mark_step():
        pass
    world.write(Global(0), 0)
    world.collector.wbufs[0].entries.append(world.malloc(8, pointers=True))
    world.collector.heap.gcmark_bits.clear()

    over = world.mark_done()

    assert not over
    assert any(isinstance(event, MarkResumed) for event in world.events)
    assert a != b


def test_steps_are_root_jobs_then_objects_then_nothing() -> None:
    """A worker says what it did each time."""
    world = World(marker="classic", slots=1)
    ring(world, 2)
    world.gc_start()

    said = []
    while world.mark_step():
        said.append(str(world.events[0]))

    assert said == [
        "P0's worker scanned globals: 1 pointer, 1 object newly reached.",
        "P0's worker scanned G1's stack: 0 pointers, 0 objects newly reached.",
        "P0's worker scanned 0xc000000008: 1 pointer, 1 object newly reached.",
        "P0's worker scanned 0xc000000000: 1 pointer, 0 objects newly reached.",
    ]
    assert str(world.events[0]) == "P0's worker found no grey object left."


def test_green_tea_visits_spans_and_the_classic_marker_objects() -> None:
    """The same graph, the same marks, other steps."""
    kinds = {}
    for marker in MARKERS:
        world = World(marker=marker)
        ring(world, 3, 24)
        world.gc_start()
        seen = []
        while world.mark_step():
            seen.append(type(world.events[-1]))
        kinds[marker] = set(seen[2:])

    assert kinds == {"classic": {ObjectScanned}, "greentea": {SpanScanned}}


def test_any_grey_object_may_be_scanned_next() -> None:
    """mark_object takes it out of its turn."""
    world = World(marker="classic", globals=2)
    first, second = world.new(1, into=Global(0)), world.new(1, into=Global(1))
    world.gc_start()
    world.mark_root("globals")

    world.mark_object(first)

    assert world.snapshot().gc.queue == (second,)
    assert [obj.colour for obj in world.snapshot().gc.objects] == ["black", "grey"]


def test_an_object_in_a_shared_buffer_may_be_scanned_next_too() -> None:
    """Other Ps' buffers and the shared list are searched."""
    world = World(marker="classic", globals=9)
    made = [world.new(1, into=Global(i)) for i in range(9)]
    world.gc_start()
    world.mark_root("globals")
    world.mark_root("G1's stack")
    world.mark_step()  # balance shares a half of the buffer
    shared = sum(map(len, world.collector.full))

    for address in made[:-1]:
        world.mark_object(address)

    assert shared == 5  # the older half, rounded up
    assert not world.mark_step()


def test_a_second_p_helps() -> None:
    """P1 takes what P0 shared."""
    world = World(procs=2, marker="classic", globals=9)
    for i in range(9):
        world.new(1, into=Global(i))
    world.gc_start()
    world.mark_root("globals")
    world.mark_root("G1's stack")
    world.mark_step(0)

    helped = world.mark_step(1)

    assert helped
    world.check()


def test_runtime_gc_finishes_a_cycle_that_marks_before_its_own() -> None:
    """Two cycles end, and one of them was asked for by the program."""
    world = World()
    ring(world, 3)
    world.gc_start()

    world.gc()

    assert (world.mstats().num_gc, world.mstats().num_forced_gc) == (2, 1)
    assert [event.cycle for event in world.events if isinstance(event, MarkEnded)] == [1, 2]


def test_a_cycle_that_begins_by_hand_may_count_as_the_programs() -> None:
    """runtime.GC in parts: one cycle of two was forced."""
    world = World()
    for forced in (True, False):
        world.gc_start(forced)
        world.mark_all()
        world.mark_done()

    assert (world.mstats().num_gc, world.mstats().num_forced_gc) == (2, 1)


def test_tiny_blocks_are_grey_from_the_beginning() -> None:
    """A P goes on filling its block while marking, so the block must not die."""
    world = World()
    world.new(0, size=4)

    world.gc_start()

    assert world.allocator.heap.marked(world.ps[0].mcache.alloc[5]) == 1


@pytest.mark.parametrize("n", [1, 3])
def test_the_number_of_ps_stays_while_marking(n: int) -> None:
    """GOMAXPROCS(1) of 2 waits in Go until marking is over, so here it is refused; the same number is no change."""
    world = World(procs=2, goroutines=2, globals=3)
    ring(world, 4)
    world.gc_start()
    before = world.digest()

    with pytest.raises(MisuseError, match=rf"cycle 1 is marking, and GOMAXPROCS\({n}\) waits"):
        world.gomaxprocs(n)

    assert world.digest() == before
    world.gomaxprocs(2)
    world.mark_all()
    world.mark_done()
    world.gomaxprocs(n)
    assert (len(world.ps), len(world.collector.gcws)) == (n, n)


def test_the_work_that_a_last_flush_makes_is_for_any_p() -> None:
    """P1's buffer makes an object grey when marking is about to end; P0's worker finds it."""
    world = World(procs=2, goroutines=2, slots=1)
    hidden = world.new(1, 1024, into=Global(0))
    world.gc_start()
    world.collector.jobs.clear()
    world.assign(StackSlot(2, 0), Global(0), g=2)
    world.assign(Global(0), None, g=2)

    over = world.mark_done()

    assert (over, world.mark_step(0), world.mark_done()) == (False, True, True)
    assert world.snapshot().gc.lost == () != (hidden,)


def test_a_flush_in_a_step_is_followed_by_no_sharing() -> None:
    """Ten objects come out of the barrier's buffer: one is scanned, and none is given to the shared list."""
    world = World(marker="classic", globals=10)
    for i in range(10):
        world.new(1, into=Global(i))
    world.gc_start()
    world.collector.jobs.clear()
    for i in range(10):
        world.assign(Global(i), None)

    world.mark_step()

    assert (len(world.collector.gcws[0].queue()), world.collector.full) == (9, [])


def test_a_grey_object_with_a_header_is_known_by_its_own_address() -> None:
    """Work buffers hold slots; an object above 512 B with pointers begins 8 B behind its slot."""
    world = World()
    address = world.new(100, into=Global(0))
    world.gc_start()
    world.mark_root("globals")

    queue = world.snapshot().gc.queue
    world.mark_object(address)

    assert queue == (address,)
    assert world.snapshot().gc.objects[0].colour == "black"


def test_an_object_that_waits_with_its_span_is_not_scanned_alone() -> None:
    """Green Tea queues spans: the refusal says that the object is grey, and what scans it."""
    world = World()
    address = world.new(1, 64, into=Global(0))
    world.gc_start()
    world.mark_root("globals")
    before = world.digest()

    with pytest.raises(MisuseError, match="waits with all of span 0; mark_step"):
        world.mark_object(address)

    assert world.digest() == before


def test_a_large_heap_is_not_traced_again_when_marking_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """With more than so many objects nobody asks which are lost."""
    world = World(barrier="none")
    hide(world)
    world.mark_all()
    monkeypatch.setattr(checkmark, "MAX_WALK", 0)

    world.mark_done()

    assert world.collector.lost == ()


@pytest.mark.parametrize("marker", MARKERS)
def test_a_pointer_to_a_span_that_was_freed_is_told_of_once_in_a_cycle(marker: str) -> None:
    """A global and a field lead to a large object that was freed by hand; Go would throw."""
    world = World(marker=marker, globals=2)
    large = world.new(1, 1 << 20, into=Global(0))
    world.new(1, 24, into=Global(1), fields=(Global(0),))
    world.free_span(large)

    told = []
    for _ in range(2):
        world.gc_start()
        world.mark_all()
        told.append([event for event in world.events if isinstance(event, BadPointerFound)])
        assert world.copy().collector.marker.bad_pointer == large
        world.mark_done()
        world.sweep_all()

    assert told == [[BadPointerFound(large)]] * 2
    world.check()


def test_a_pointer_to_a_stack_is_no_bad_pointer() -> None:
    """Stacks lie in spans of their own, and marking passes them over."""
    world = World()
    stack = world.alloc_manual(4)
    world.collector.roots.globals[0] = stack

    world.gc()

    assert not any(isinstance(event, BadPointerFound) for event in world.events)


def test_nothing_is_freed_by_hand_while_marking() -> None:
    """A large object may wait in a work buffer; between two cycles nobody waits for it."""
    world = World()
    large = world.new(1, 1 << 20, into=StackSlot(1, 0))
    world.gc_start()
    world.mark_root("G1's stack")
    before = world.digest()

    with pytest.raises(MisuseError, match="cycle 1 is marking, and nothing is freed before it is swept"):
        world.free_span(large)

    assert world.digest() == before
    world.mark_all()
    world.mark_done()
    world.free_span(large)
    world.check()


def test_a_copy_in_the_middle_of_a_cycle_goes_its_own_way() -> None:
    """What is marked, queued and buffered is copied."""
    world = World()
    ring(world, 50, 24)
    world.gc_start()
    world.mark_step()
    world.assign(Global(0), None)

    other = world.copy()
    world.gc()

    assert other.snapshot().gc.phase is GCPhase.MARK
    other.mark_all()
    other.mark_done()
    other.sweep_all()
    assert objects(other) == 50
    other.check()


def test_another_policy_is_another_world() -> None:
    """The copy has the barrier that was named; the world keeps its own."""
    world = World(barrier="hybrid")
    ring(world, 2)

    other = world.with_policy("dijkstra", rescan=True, marker="classic")

    assert (other.snapshot().gc.barrier, other.snapshot().gc.rescan, other.snapshot().gc.marker) == (
        "dijkstra",
        True,
        "classic",
    )
    assert world.snapshot().gc.barrier == "hybrid"
    assert objects(other) == 2


REFUSALS = {
    "mark_step needs a cycle that marks": lambda w: w.mark_step(),
    "mark_all needs a cycle": lambda w: w.mark_all(),
    "mark_done needs a cycle": lambda w: w.mark_done(),
    "mark_object needs a cycle": lambda w: w.mark_object(0),
    "address 'a' is not a whole number": lambda w: w.mark_object("a"),
    "mark_root needs a cycle": lambda w: w.mark_root("globals"),
    "there is no barrier 'steele'": lambda w: w.with_policy("steele"),
    "there is no P1": lambda w: w.sweep_one(1),
}


@pytest.mark.parametrize("words", REFUSALS)
def test_a_refused_step_says_why_and_changes_nothing(words: str) -> None:
    """Marking where no cycle marks, and names that are unknown."""
    world = World()
    ring(world, 2)
    before = world.digest()

    with pytest.raises(MisuseError, match=words):
        REFUSALS[words](world)

    assert world.digest() == before


MARKING_REFUSALS = {
    "cycle 1 is marking; end it": lambda w: w.gc_start(),
    "marking is not over: 2 root jobs and 0 grey": lambda w: w.mark_done(),
    "cycle 1 is marking; another barrier": lambda w: w.with_policy("none"),
    "no grey object at": lambda w: w.mark_object(w.load(Global(0))),
    "left are: globals, G1's stack": lambda w: w.mark_root("G2's stack"),
}


@pytest.mark.parametrize("words", MARKING_REFUSALS)
def test_a_cycle_inside_a_cycle_is_refused(words: str) -> None:
    """And so is an end before everything is black."""
    world = World()
    ring(world, 2)
    world.gc_start()
    before = world.digest()

    with pytest.raises(MisuseError, match=words):
        MARKING_REFUSALS[words](world)

    assert world.digest() == before


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"marker": "blue"}, "there is no marker 'blue'"),
        ({"barrier": "blue"}, "there is no barrier 'blue'"),
        ({"rescan": 1}, "neither True nor False"),
        ({"marker": "greentea", "go": GO_1_22}, "Green Tea cannot run"),
    ],
)
def test_a_policy_go_could_not_run_is_refused(policy: dict[str, object], words: str) -> None:
    """The sentence names what there is."""
    with pytest.raises(MisuseError, match=words):
        World(**policy)


def test_an_older_go_marks_in_the_classic_way() -> None:
    """Nobody has to say so."""
    assert World(go=GO_1_22).snapshot().gc.marker == "classic"


def test_work_outside_marking_is_found_by_check() -> None:
    """A pointer in a barrier buffer while the barrier is off."""
    world = World()
    world.collector.wbufs[0].entries.append(0xC000000000)

    with pytest.raises(ThrowError, match="marking work in phase OFF"):
        world.check()


def test_ending_with_grey_objects_is_an_error_of_the_model() -> None:
    """Nobody but the collector itself could do it."""
    world = World(marker="classic")
    ring(world, 2)
    world.gc_start()

    with pytest.raises(ThrowError, match="grey objects left"):
        world.collector.end_mark()


def test_a_buffer_with_too_many_entries_is_found_by_check() -> None:
    """512 fit."""
    world = World()
    world.gc_start()
    world.collector.wbufs[0].entries += [0] * 513

    with pytest.raises(ThrowError, match="512 fit"):
        world.check()
