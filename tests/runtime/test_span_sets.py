"""mcentral's sets through whole cycles: the traces that were read from Go 1.27.3, and what holds for every class.

The traces: one P, GOGC=off, class 49 without pointers, 6784 B, 6 slots in a span. An object lives until it is dropped.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomemlab.runtime.alloc.mcentral import MCentral
from gomemlab.runtime.alloc.sizeclasses import SizeClass, size_class
from gomemlab.runtime.gcevents import SpanSwept
from gomemlab.runtime.world import World

SIZE, SPANCLASS = 6784, 99

some_class = st.builds(
    size_class, st.sampled_from([24, 48, 100, 512, 900, 1500, 4096, 6784, 9000, 20_000]), st.booleans()
)
procs = st.integers(1, 4)


def made(world: World, at: SizeClass, n: int, p: int = 0) -> list[int]:
    """Allocate n objects of a class; return their addresses."""
    runs = world.malloc_run(at.size, not at.noscan, n, p) if n else []
    return [first + i * stride for first, count, stride in runs for i in range(count)]


def mark(world: World) -> None:
    """Run a cycle until marking has ended; nothing is swept yet."""
    world.gc_start()
    world.mark_all()
    assert world.mark_done()


def sets(world: World, spanclass: int = SPANCLASS) -> dict[str, int]:
    """Return the spans in partial[0], partial[1], full[0], full[1], where there are any."""
    one = world.allocator.central[spanclass]
    names = {"partial[0]": one.partial[0], "partial[1]": one.partial[1], "full[0]": one.full[0], "full[1]": one.full[1]}
    return {name: len(spans) for name, spans in names.items() if spans}


def lanes(world: World, spanclass: int = SPANCLASS) -> tuple[list[int], list[int], list[int], list[int]]:
    """Return the span ids of partialSwept, partialUnswept, fullSwept and fullUnswept."""
    one, h = world.allocator.central[spanclass], world.allocator.heap.sweepgen
    both = (MCentral.partial_swept, MCentral.partial_unswept, MCentral.full_swept, MCentral.full_unswept)
    first, second, third, fourth = ([span.id for span in lane(one, h)] for lane in both)
    return first, second, third, fourth


# Go's traces


def test_five_cycles_of_class_49() -> None:
    """Sixty-one objects, five of them dropped, one more, a whole span dropped, and a cycle for nothing."""
    world = World()
    objects = made(world, size_class(SIZE, pointers=False), 60)
    seen = [sets(world)]
    objects.append(world.malloc(SIZE))
    seen.append(sets(world))

    world.gc()
    seen.append(sets(world))
    world.drop(objects[0:30:6])
    world.gc()
    seen.append(sets(world))
    world.malloc(SIZE)
    seen.append(sets(world))
    world.drop(objects[30:36])
    world.gc()
    seen.append(sets(world))
    world.gc()
    seen.append(sets(world))

    assert seen == [
        {"full[0]": 9},
        {"full[0]": 10},
        {"partial[1]": 1, "full[1]": 10},
        {"partial[0]": 6, "full[0]": 5},
        {"partial[0]": 5, "full[0]": 5},
        {"partial[1]": 5, "full[1]": 5},
        {"partial[0]": 5, "full[0]": 5},
    ]
    assert world.allocator.heap.sweepgen == 8
    world.check()


def test_an_allocation_sweeps_what_it_needs_and_no_more() -> None:
    """20 full spans, ten with one dead object: 18 are left unswept, then 15, and a cycle sweeps the rest."""
    world = World()
    objects = made(world, size_class(SIZE, pointers=False), 120)
    start = sets(world)
    world.gc()
    collected = sets(world)
    world.drop(objects[0:60:6])

    mark(world)
    marked = lanes(world)
    world.malloc(SIZE)
    first = lanes(world)
    for _ in range(3):
        world.malloc(SIZE)
    fourth = lanes(world)
    world.gc()

    assert (start, collected) == ({"full[0]": 19}, {"full[1]": 20})
    assert list(map(len, marked)) == [0, 0, 0, 20]
    assert list(map(len, first)) == [0, 0, 1, 18]
    assert list(map(len, fourth)) == [0, 0, 4, 15]
    assert list(map(len, lanes(world))) == [6, 0, 14, 0]


def test_an_allocation_gives_up_after_101_spans() -> None:
    """150 full spans without a dead object: 101 are swept in vain, 49 stay unswept, the object gets a fresh span."""
    world = World()
    made(world, size_class(SIZE, pointers=False), 900)
    world.gc()
    mark(world)

    world.malloc(SIZE)

    assert list(map(len, lanes(world))) == [0, 0, 101, 49]
    assert world.ps[0].mcache.alloc[SPANCLASS].alloc_count == 1


def test_a_p_that_goes_leaves_its_span_to_the_others() -> None:
    """Two Ps have a span each with 5 of 6 slots free; GOMAXPROCS 2 to 1 puts P1's into partialSwept."""
    world = World(procs=2)
    world.malloc(SIZE)
    world.malloc(SIZE, p=1)
    mine, other = (world.ps[p].mcache.alloc[SPANCLASS] for p in range(2))

    world.gomaxprocs(1)

    assert (mine.alloc_count, other.alloc_count) == (1, 1)
    assert lanes(world) == ([other.id], [], [], [])


# The same for every class, size and number of Ps


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(some_class, st.lists(st.integers(0, 40), min_size=1, max_size=4))
def test_lanes_trade_roles_and_keep_their_spans(at: SizeClass, per_p: list[int]) -> None:
    """Each P fills as many spans as its objects need; a cycle turns swept into unswept and no span moves."""
    world = World(procs=len(per_p))
    for p, n in enumerate(per_p):
        made(world, at, n, p)
    world.gc()
    before = lanes(world, at.spanclass)

    mark(world)
    marked = lanes(world, at.spanclass)
    world.sweep_all()

    partial = sum(n % at.nelems > 0 for n in per_p)
    assert (len(before[0]), len(before[2])) == (partial, sum(n // at.nelems for n in per_p))
    assert marked == ([], before[0], [], before[2])
    assert lanes(world, at.spanclass) == before
    world.check()


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(some_class, st.lists(st.booleans(), min_size=1, max_size=30), st.integers(1, 8), procs)
def test_lazy_sweeping_passes_full_spans_and_stops_at_a_hole(
    at: SizeClass, holes: list[bool], asked: int, ps: int
) -> None:
    """Of full spans in a row, each allocation sweeps those without a hole, and the next that has one."""
    world = World(procs=ps)
    objects = made(world, at, at.nelems * len(holes))
    world.gc()
    # The last span was cached, so it was flushed first and lies in front of the others.
    order = [len(holes) - 1, *range(len(holes) - 1)]
    world.drop([objects[i * at.nelems] for i, hole in enumerate(holes) if hole and at.nelems > 1])
    mark(world)
    row = [holes[i] and at.nelems > 1 for i in order]

    for n in range(1, asked + 1):
        world.malloc(at.size, not at.noscan, n % ps)
        world.check()

    left = len(lanes(world, at.spanclass)[3])
    given_holes = min(asked, sum(row))
    swept = [i for i, hole in enumerate(row) if hole][given_holes - 1] + 1 if given_holes else 0
    # Who finds no hole left has swept to the end of the row.
    assert left == (len(row) - swept if asked <= sum(row) else 0)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(some_class.filter(lambda at: at.nelems < 50), st.integers(1, 230), procs)
def test_the_budget_is_101_spans_for_every_class(at: SizeClass, spans: int, ps: int) -> None:
    """Full spans without a dead object: 101 of them are swept in vain, or all where there are fewer."""
    world = World(procs=ps)
    made(world, at, at.nelems * spans)
    world.gc()
    mark(world)

    world.malloc(at.size, not at.noscan, ps - 1)

    swept = [event for event in world.events if isinstance(event, SpanSwept)]
    assert len(swept) == min(spans, 101)
    assert len(lanes(world, at.spanclass)[3]) == spans - len(swept)
    assert world.ps[ps - 1].mcache.alloc[at.spanclass].alloc_count == 1


@settings(max_examples=40, deadline=None)
@given(some_class, st.integers(2, 6), st.data())
def test_every_p_has_a_span_of_its_own_and_leaves_it_when_it_goes(at: SizeClass, ps: int, data: st.DataObject) -> None:
    """No P takes a slot of another's cached span; those of Ps that go away are partialSwept, in the order of the Ps."""
    world, stay = World(procs=ps), data.draw(st.integers(1, ps - 1))
    for p in range(ps):
        world.malloc(at.size, not at.noscan, p)
    cached = [world.ps[p].mcache.alloc[at.spanclass].id for p in range(ps)]

    world.gomaxprocs(stay)

    gone = lanes(world, at.spanclass)[0 if at.nelems > 1 else 2]
    assert len(set(cached)) == ps
    assert gone == cached[stay:]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(some_class.filter(lambda at: at.nelems > 1), st.data())
def test_holes_are_given_again_in_the_order_of_addresses(at: SizeClass, data: st.DataObject) -> None:
    """Whatever died in a full span, the next objects lie there from the lowest address on."""
    world = World()
    objects = made(world, at, at.nelems)
    dead = sorted(data.draw(st.sets(st.sampled_from(objects), min_size=1, max_size=at.nelems - 1)))
    world.gc()
    world.drop(dead)
    mark(world)

    assert made(world, at, len(dead)) == dead
    assert len(world.allocator.heap.spans) == 1
    world.check()
