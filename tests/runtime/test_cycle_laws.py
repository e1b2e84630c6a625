"""What was read from Go 1.27.3 for one size and one P, for every size, marker, barrier and number of Ps.

The exact numbers stand in test_collecting and test_mutator, those of mcentral's sets in test_span_sets.
"""

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomemlab.runtime.gc.barrier import WB_BUF_ENTRIES
from gomemlab.runtime.gc.roots import Field, Global, Place, StackSlot
from gomemlab.runtime.world import World

few = settings(max_examples=40, deadline=None)
sizes = st.sampled_from([8, 16, 24, 64, 512, 520, 1024, 9000, 32_768, 40_000, 300_000])  # bytes
markers = st.sampled_from(["classic", "greentea"])


class Shape(NamedTuple):
    """How large a world is, and how it marks."""

    procs: int
    goroutines: int
    marker: str

    def world(self, barrier: str = "hybrid", nglobals: int = 2) -> World:
        """Return such a world."""
        return World(
            procs=self.procs, goroutines=self.goroutines, marker=self.marker, barrier=barrier, globals=nglobals
        )


shapes = st.builds(Shape, st.integers(1, 4), st.integers(1, 5), markers)


@few
@given(shapes, st.lists(st.sampled_from(["gc", "steps", "given"]), max_size=8), sizes)
def test_each_cycle_that_marks_stops_the_world_twice(shape: Shape, cycles: list[str], size: int) -> None:
    """Whether it runs at once or in steps; a cycle whose marks were given stops nobody here."""
    world = shape.world()
    for how in cycles:
        world.new(1, size, into=Global(0), fields=(Global(0),))
        if how == "gc":
            world.gc()
        elif how == "steps":
            world.gc_start()
            while world.mark_step(shape.procs - 1):
                pass
            assert world.mark_done()
        else:
            world.sweep_all()
            world.sweep_begin({span.id: span.taken_bits() for span in world.allocator.heap.spans.values()})

    marked = len(cycles) - cycles.count("given")
    assert (world.collector.stops, world.mstats().num_gc) == (2 * marked, len(cycles))
    assert world.mstats().num_forced_gc == cycles.count("gc")


@few
@given(shapes, sizes, st.integers(1, 40), st.integers(0, 9))
def test_what_is_made_while_marking_floats_until_the_next_cycle(
    shape: Shape, size: int, objects: int, steps: int
) -> None:
    """On any P, after any number of steps: nothing leads to them, this cycle keeps all, the next none."""
    world = shape.world()
    world.new(1, size, into=Global(0))
    world.gc_start()
    for _ in range(steps):
        world.mark_step(shape.procs - 1)

    born = [world.new(1, size, g=i % shape.goroutines + 1) for i in range(objects)]
    world.mark_all()
    floating = world.snapshot().gc.floating
    assert world.mark_done()
    world.sweep_all()
    kept = world.mstats().heap_objects
    world.gc()

    assert sorted(floating) == sorted(born)
    assert (kept, world.mstats().heap_objects) == (objects + 1, 1)
    world.check()


@few
@given(
    shapes,
    sizes,
    st.sampled_from(["none", "dijkstra", "yuasa", "published", "hybrid"]),
    st.booleans(),
    st.integers(1, 5),
)
def test_only_a_deletion_barrier_keeps_what_was_hidden_on_a_black_stack(
    shape: Shape, size: int, barrier: str, in_the_heap: bool, g: int
) -> None:
    """Its last pointer moves from a global, or from a field, to a stack that was scanned; the next cycle keeps it."""
    world, g = shape.world(barrier), min(g, shape.goroutines)
    home: Place = Global(0)
    if in_the_heap:
        home = Field(world.new(1, size, into=Global(0)), 0)
    hidden = world.new(1, size, into=home)
    world.gc_start()
    world.mark_root(f"G{g}'s stack")

    world.assign(StackSlot(g, 0), home, g)
    world.assign(home, None, g)
    world.mark_all()
    assert world.mark_done()

    lost = barrier in {"none", "dijkstra"}
    assert world.snapshot().gc.lost == ((hidden,) if lost else ())
    world.sweep_all()
    if not lost:
        world.gc()
        assert world.mstats().heap_objects == 1 + in_the_heap
        world.assign(StackSlot(g, 0), None, g)
        world.gc()
        assert world.mstats().heap_objects == int(in_the_heap)


@few
@given(shapes, st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=12), st.integers(1, 300))
def test_buffers_fill_by_what_each_store_queues_and_are_flushed_before_they_overflow(
    shape: Shape, stores: list[tuple[int, int]], times: int
) -> None:
    """Counted by hand: two entries for a store, one for nil, one for a fresh field, none on a stack."""
    world = shape.world()
    first = world.new(1, 64, into=Global(0))
    world.gc_start()
    filled, flushes = [0] * shape.procs, 0

    for who, kind in stores * times:
        g = who % shape.goroutines + 1
        entries, p = (2, 1, 1, 0)[kind], (g - 1) % shape.procs
        if kind == 0:
            world.assign(Field(first, 0), Global(0), g)
        elif kind == 1:
            world.assign(Global(1), None, g)
        elif kind == 2:
            world.new(1, 24, g=g, fields=(Global(0),))
        else:
            world.assign(StackSlot(g, 0), Global(0), g)
        if filled[p] + entries > WB_BUF_ENTRIES:
            filled[p], flushes = 0, flushes + 1
        filled[p] += entries

    gc = world.snapshot().gc
    assert [len(buffer) for buffer in gc.wbbuf] == filled
    assert (gc.work.wb_flushes, gc.work.wb_entries) == (
        flushes,
        sum((2, 1, 1, 0)[kind] for _, kind in stores) * times,
    )


@few
@given(shapes, st.data())
def test_the_last_pointer_overwritten_while_marking_keeps_its_object_for_one_cycle(
    shape: Shape, data: st.DataObject
) -> None:
    """A chain loses its head at any step of marking: the cycle ends with all of it, and the next frees all."""
    world, size, length = shape.world(), data.draw(sizes), data.draw(st.integers(1, 12))
    for _ in range(length):
        world.new(1, size, into=Global(0), fields=(Global(0),))
    world.gc_start()
    for _ in range(data.draw(st.integers(0, length + 2))):
        world.mark_step(data.draw(st.integers(0, shape.procs - 1)))

    world.assign(Global(0), None)
    world.mark_all()
    assert world.mark_done()
    world.sweep_all()
    after_this = world.mstats().heap_objects
    world.gc()

    assert (after_this, world.mstats().heap_objects) == (length, 0)
    world.check()


@pytest.mark.parametrize("marker", ["classic", "greentea"])
@few
@given(st.integers(1, 8), st.integers(0, 700))
def test_any_number_of_ps_marks_the_same(marker: str, procs: int, objects: int) -> None:
    """Workers that take turns find what one worker finds, and nobody scans an object twice."""
    world = World(procs=procs, marker=marker, globals=2)
    for _ in range(objects):
        world.new(2, 24, into=Global(0), fields=(Global(0), Global(1)))
        world.assign(Global(1), Global(0))
    world.gc_start()

    idle = 0
    while idle < procs:  # until each of them in turn found nothing
        idle = 0 if any(world.mark_step(p) for p in range(procs)) else procs
    assert world.mark_done()

    work = world.snapshot().gc.work
    assert (work.objects_marked, work.objects_scanned) == (objects, objects)
    assert world.collector.lost == ()
