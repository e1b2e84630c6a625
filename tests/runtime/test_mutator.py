"""What a program does with pointers, and what the write barrier makes of it."""

import numpy as np
import pytest

from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.roots import Field, Global, StackSlot
from gomemlab.runtime.markevents import BarrierFlushed, BarrierQueued, GoroutineStarted, ObjectMade, PointerWritten
from gomemlab.runtime.world import World


def entries(world: World) -> int:
    """Return how many pointers the last command queued."""
    return sum(event.entries for event in world.events if isinstance(event, BarrierQueued))


def marking(**policy: object) -> World:
    """Return a world that marks: objects a and b in global 0 and 1, a.slot[0] points to b."""
    world = World(slots=3, globals=2, **policy)
    a = world.new(2, into=Global(0))
    world.new(2, into=Global(1))
    world.assign(Field(a, 0), Global(1))
    world.gc_start()
    return world


def test_an_object_is_reached_through_the_place_it_was_put_into() -> None:
    """new(2, into=global) writes the address into the global and says so."""
    world = World()

    address = world.new(2, into=Global(0))

    assert world.load(Global(0)) == address
    assert [type(event) for event in world.events][-2:] == [ObjectMade, PointerWritten]


def test_a_literal_fills_the_first_slots() -> None:
    """new(3, fields=(a, nil)) makes an object that points to a from its first slot."""
    world = World()
    a = world.new(1, into=Global(0))

    b = world.new(3, into=StackSlot(1, 0), fields=(Global(0), None))

    assert [world.load(Field(b, i)) for i in range(3)] == [a, 0, 0]


def test_words_may_be_named_one_by_one() -> None:
    """Of an object of 40 B only words 0 and 3 are pointer slots."""
    world = World()

    address = world.new([0, 3], size=40, into=Global(0))

    world.write(Field(address, 3), address)
    with pytest.raises(MisuseError, match=r"slot 1 of .* holds no pointer; its pointer slots: 0, 3"):
        world.write(Field(address, 1), address)


def test_a_reused_slot_begins_with_nil() -> None:
    """The pointers of who was there before are gone, in a new object and in a plain one."""
    world = World()
    old = world.new(2, into=Global(0))
    world.new(2, into=StackSlot(1, 0))
    world.write(Field(old, 0), old)
    world.write(Field(old, 1), old)
    world.assign(Global(0), None)
    world.gc()

    again = world.malloc(16, pointers=True)

    assert again == old
    assert world.collector.memory.pointers(again, 2) == []


@pytest.mark.parametrize(
    ("to", "source", "expected"),
    [
        ("field", Global(1), 2),  # new and old
        ("field", None, 1),  # the compiler sees the nil: old alone
        (Global(0), Global(1), 2),
        (Global(0), None, 1),
        (StackSlot(1, 0), Global(1), 0),
    ],
)
def test_each_kind_of_store_queues_what_go_queues(to: object, source: object, expected: int) -> None:
    """Facts of go1.27.3: heap store 2, nil store 1, global 2, stack 0."""
    world = marking()
    place = Field(world.load(Global(0)), 0) if to == "field" else to

    world.assign(place, source)

    assert entries(world) == expected


def test_a_fresh_object_queues_only_the_new_pointer() -> None:
    """There is nothing to overwrite in a field of a composite literal."""
    world = marking()

    world.new(2, into=StackSlot(1, 0), fields=(Global(0),))

    assert entries(world) == 1


def test_the_same_pointer_again_is_queued_again() -> None:
    """The barrier does not look whether anything changes."""
    world = marking()

    world.assign(Field(world.load(Global(0)), 0), Global(1))

    assert entries(world) == 2


def test_outside_marking_a_store_queues_nothing() -> None:
    """The barrier is off."""
    world = World()
    a = world.new(1, into=Global(0))

    world.assign(Field(a, 0), Global(0))

    assert entries(world) == 0
    assert "no cycle marks, so no barrier ran" in str(world.events[-1])


@pytest.mark.parametrize(
    ("barrier", "expected"), [("none", 0), ("dijkstra", 1), ("yuasa", 1), ("hybrid", 2), ("published", 2)]
)
def test_a_policy_queues_its_share(barrier: str, expected: int) -> None:
    """A heap store with an old and a new pointer, the stack still grey."""
    world = marking(barrier=barrier)

    world.assign(Field(world.load(Global(0)), 0), Global(0))

    assert entries(world) == expected


def test_the_published_hybrid_leaves_the_new_pointer_out_once_the_stack_is_black() -> None:
    """Then only the old one is queued."""
    world = marking(barrier="published")
    world.mark_root("G1's stack")

    world.assign(Field(world.load(Global(0)), 0), Global(0))

    assert entries(world) == 1


def test_256_stores_fill_the_buffer_and_the_257th_flushes_it() -> None:
    """511 + 2 entries do not fit either: the buffer is flushed before."""
    world = marking()
    place = Field(world.load(Global(0)), 0)
    for _ in range(256):
        world.assign(place, Global(1))
    full = len(world.collector.wbufs[0].entries)

    world.assign(place, Global(1))

    assert full == 512
    assert any(isinstance(event, BarrierFlushed) and event.entries == 512 for event in world.events)
    assert len(world.collector.wbufs[0].entries) == 2


def test_511_entries_and_2_flush_first() -> None:
    """A store's entries are never split over two buffers."""
    world = marking()
    place = Field(world.load(Global(0)), 0)
    world.assign(place, None)
    for _ in range(255):
        world.assign(place, Global(1))
    assert len(world.collector.wbufs[0].entries) == 511

    world.assign(place, Global(1))

    assert len(world.collector.wbufs[0].entries) == 2


def test_goroutines_use_the_buffer_of_their_p() -> None:
    """G2 runs on P1."""
    world = World(procs=2, goroutines=2)
    a = world.new(1, into=Global(0))
    world.gc_start()

    world.assign(Field(a, 0), Global(0), g=2)

    assert [len(wbuf.entries) for wbuf in world.collector.wbufs] == [0, 2]


def test_a_frame_takes_its_pointers_with_it() -> None:
    """After the return nothing holds the object."""
    world = World(slots=0)
    world.call(1, 2, "f")
    world.new(1, into=StackSlot(1, 1))

    world.ret(1)
    world.gc()

    assert world.mstats().heap_objects == 0


def test_a_plain_object_lives_until_it_is_dropped() -> None:
    """malloc's objects are held; drop lets go of them, the next cycle frees them."""
    world = World()
    kept, gone = world.malloc(64), world.malloc(64)

    world.drop(gone)
    world.gc()

    assert world.mstats().heap_objects == 1
    with pytest.raises(MisuseError, match="which is free; give a living object"):
        world.drop([gone])
    world.drop([kept])
    world.gc()
    assert world.mstats().heap_objects == 0


def test_a_tiny_block_is_held_as_long_as_a_plain_object_is_in_it() -> None:
    """A tiny object of new and one of malloc share 16 B: both stay."""
    world = World()
    world.new(0, size=4, into=Global(0))
    plain = world.malloc(4)
    world.assign(Global(0), None)

    world.gc()

    assert world.snapshot().span_at(plain).alloc_count == 1


@pytest.mark.parametrize("first", ["new", "drop", "malloc"])
def test_a_plain_object_in_a_tiny_block_is_held_whoever_was_there_before(first: str) -> None:
    """Before it came a new object, or a plain one that was dropped; or a new one came after it."""
    world = World()
    if first == "new":
        world.new(0, size=4)
    elif first == "drop":
        world.drop(world.malloc(4))
    plain = world.malloc(4)
    if first == "malloc":
        world.new(0, size=4)

    world.gc()
    world.gc()  # the first cycle keeps every P's current block

    assert world.snapshot().span_at(plain).alloc_count == 1


def test_what_a_cycle_did_not_reach_cannot_be_dropped_again() -> None:
    """Its slot waits to be swept; who gets it next is held."""
    world = World()
    gone, *_ = [world.malloc(4096) for _ in range(4)]
    world.drop(gone)
    world.gc_start()
    world.mark_all()
    world.mark_done()

    with pytest.raises(MisuseError, match=r"no plain object at .* is held"):
        world.drop(gone)

    world.sweep_all()
    assert world.malloc(4096) == gone
    world.gc()
    assert world.mstats().heap_objects == 4


def test_a_nil_found_when_the_program_runs_is_queued() -> None:
    """x = nil queues the old pointer alone, x = y with a nil y queues both: the compiler cannot know."""
    world = marking()

    world.assign(Global(0), None)
    known = entries(world)
    world.assign(Global(1), StackSlot(1, 2))

    assert (known, entries(world)) == (1, 2)


def test_a_pointer_that_only_the_deletion_barrier_queues_is_called_the_old_one() -> None:
    """With Yuasa's barrier the same pointer is stored again: one entry, and it is the old one."""
    world = marking(barrier="yuasa")

    world.assign(Global(0), Global(0))

    queued = [event for event in world.events if isinstance(event, BarrierQueued)]
    assert [(event.new, event.old, event.entries) for event in queued] == [(0, world.load(Global(0)), 1)]


def test_sending_shades_what_is_sent() -> None:
    """A store on another goroutine's stack is the one store on a stack with a barrier."""
    world = World(goroutines=2)
    world.new(1, into=StackSlot(1, 0))
    world.gc_start()

    world.send(StackSlot(2, 0), StackSlot(1, 0))

    assert entries(world) == 1 + 1  # the new pointer, and a nil that is only seen when the program runs
    assert world.load(StackSlot(2, 0)) == world.load(StackSlot(1, 0))


def test_sending_without_a_barrier_queues_nothing() -> None:
    """The switch for an experiment."""
    world = World(goroutines=2)
    world.new(1, into=StackSlot(1, 0))
    world.gc_start()

    world.send(StackSlot(2, 0), StackSlot(1, 0), shade=False)

    assert entries(world) == 0


def test_a_goroutine_that_starts_while_marking_is_black_and_its_arguments_are_shaded() -> None:
    """It has no root job, so nobody would look at its stack."""
    world = marking()

    g = world.go(2, (StackSlot(1, 0),))
    world.assign(StackSlot(1, 0), Global(0))
    other = world.go(2, (StackSlot(1, 0),))

    assert world.collector.roots.stacks[g - 1].scanned
    assert [event.queued for event in world.events if isinstance(event, GoroutineStarted)] == [1]
    assert world.collector.wbufs[0].entries.count(world.load(Global(0))) == 1  # beside stores of the runtime's own
    assert world.load(StackSlot(other, 0)) == world.load(Global(0))


REFUSALS = {
    "there is no goroutine 3": lambda w: w.new(1, g=3),
    "there is no goroutine '1'": lambda w: w.call("1", 1),
    "stack has slots 0 to 1, not 7": lambda w: w.assign(StackSlot(1, 7), None),
    "stack has slots 0 to 1, not -1": lambda w: w.assign(StackSlot(1, -1), None),
    "there is no global 4": lambda w: w.assign(Global(4), None),
    "is no place": lambda w: w.assign("stack", None),
    "no object begins at": lambda w: w.assign(Field(w.load(Global(0)) + 8, 0), None),
    "holds no pointer; its pointer slots: 0, 1": lambda w: w.assign(Field(w.load(Global(0)), 2), None),
    "lies in no object of this heap": lambda w: w.write(Global(0), 0x1234),
    "which is free": lambda w: w.write(Global(0), w.load(Global(0)) + 16),
    "not a whole number": lambda w: w.write(Global(0), 1.5),
    "None is no address": lambda w: w.drop([None]),
    "1.5 is no address": lambda w: w.drop(1.5),
    "is held; drop what malloc returned": lambda w: w.drop(w.load(Global(0))),
    "is named twice; drop what malloc returned, once": lambda w: w.drop([w.load(Global(0))] * 2),
    "no pointer slot can be in word -1": lambda w: w.new([-1]),
    "G1 cannot touch G2's stack": lambda w: w.assign(StackSlot(2, 0), None),
    "G2 cannot touch G1's stack": lambda w: w.new(1, into=StackSlot(1, 0), g=2),
    "let G1 do it": lambda w: w.new(1, fields=(StackSlot(1, 0),), g=2),
    "or send the pointer": lambda w: w.go(1, (StackSlot(2, 0),)),
    "size 0 B makes no object": lambda w: w.new(0, size=0),
    "cannot receive what it sends itself": lambda w: w.send(StackSlot(1, 0), StackSlot(1, 1)),
    "only its first frame": lambda w: w.ret(1),
    "-1 is no possible number of slots of a frame; give 0 to 1048576": lambda w: w.call(1, -1),
    "arguments for a frame of 0 slots": lambda w: w.go(0, (StackSlot(1, 0),)),
    "too small for an object": lambda w: w.new(4, size=8),
    "is negative": lambda w: w.new(0, size=-8),
    "not in order": lambda w: w.new([3, 1]),
    "fields for an object": lambda w: w.new(0, size=8, fields=(Global(0),)),
    "there is no P9": lambda w: w.mark_root("globals", 9),
}


@pytest.mark.parametrize("words", REFUSALS)
def test_a_refused_command_says_why_and_changes_nothing(words: str) -> None:
    """Bad places, bad shapes, dangling and foreign pointers."""
    world = World(goroutines=2)
    world.new(2, into=Global(0))
    before = world.digest()

    with pytest.raises(MisuseError, match=words):
        REFUSALS[words](world)

    assert world.digest() == before


@pytest.mark.parametrize("shape", [{"goroutines": 0}, {"slots": -1}, {"globals": 1 << 30}, {"goroutines": "two"}])
def test_a_world_no_program_has_is_refused(shape: dict[str, object]) -> None:
    """At least one goroutine, and numbers that can be."""
    with pytest.raises(MisuseError):
        World(**shape)


def test_addresses_of_numpys_are_addresses() -> None:
    """drop(numpy.array of addresses) is drop of a list, and what is named twice is told by its number."""
    world = World()
    addresses = [world.malloc(1024) for _ in range(3)]

    world.drop(np.array(addresses))

    with pytest.raises(MisuseError, match="is held"):
        world.drop(np.uint64(addresses[0]))
    with pytest.raises(MisuseError, match=f"{addresses[1]:#x} is named twice"):
        world.drop(np.array([addresses[0], addresses[1], addresses[1]]))
