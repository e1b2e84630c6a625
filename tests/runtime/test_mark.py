"""Marking with either marker: what is reached is black in the end, and no more."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomemlab.runtime.gc.checkmark import reach, slot_of
from gomemlab.runtime.gc.greentea import GreenTea
from gomemlab.runtime.gc.mark import Marker
from gomemlab.runtime.gc.work import GCWork
from tests.graphs import Graph, bits, mark, marker

MARKERS = pytest.mark.parametrize("kind", [Marker, GreenTea])
SIZES = (8, 16, 24, 48, 96, 416, 512, 1024, 9000, 40_000, 300_000)  # bytes


@st.composite
def graphs(draw: Any) -> tuple[Graph, list[int]]:
    """Draw objects of all kinds, pointers between them, into their middles and past their ends, and some roots."""
    graph, rng = Graph(), draw(st.randoms(use_true_random=False))
    objects = []
    for _ in range(draw(st.integers(1, 60))):
        size = rng.choice(SIZES)
        objects.append((graph.new(size, rng.choice((0, 1, min(size // 8, 5), size // 8))), size))
    scan = [(address, size) for address, size in objects if graph.memory.slots(address, size // 8)]
    for address, size in scan:
        slots = list(bits(graph.memory.slots(address, size // 8)))
        for slot in rng.sample(slots, min(len(slots), rng.randrange(4))):
            target, length = rng.choice(objects)
            graph.link(address, slot, target + rng.choice((0, 0, length // 2, length - 1, 8192)))
    roots = [rng.choice(objects)[0] + rng.choice((0, 3)) for _ in range(rng.randrange(4))]
    return graph, roots


def reached(graph: Graph, roots: list[int]) -> set[tuple[int, int]]:
    """Return what a trace of its own finds."""
    starts = {slot_of(graph.heap, root) for root in roots} - {None}
    return reach(graph.heap, graph.memory, starts)  # type: ignore[arg-type]


@pytest.mark.slow
@given(drawn=graphs())
def test_both_markers_mark_what_can_be_reached(drawn: tuple[Graph, list[int]]) -> None:
    """Over random graphs of all sizes the classic marker, Green Tea and a plain trace agree."""
    graph, roots = drawn
    expected = reached(graph, roots)

    mark(graph, roots, Marker)
    classic = graph.marked()
    mark(graph, roots, GreenTea)

    assert classic == expected
    assert graph.marked() == expected


@pytest.mark.slow
@given(drawn=graphs())
def test_both_markers_do_the_same_work(drawn: tuple[Graph, list[int]]) -> None:
    """They scan as many objects, mark as many bytes and meet as many pointers; Green Tea in fewer visits or as many."""
    graph, roots = drawn

    classic = mark(graph, roots, Marker)
    green = mark(graph, roots, GreenTea)

    def work(gcw: GCWork) -> tuple[int, int, int, int]:
        return gcw.objects_scanned, gcw.bytes_marked, gcw.objects_marked, gcw.pointers_found

    assert work(classic) == work(green)
    assert green.span_visits <= sum(stats.objects for stats in green.stats.values())


@pytest.mark.slow
@given(drawn=graphs(), kind=st.sampled_from([Marker, GreenTea]), procs=st.integers(1, 4), seed=st.randoms())
def test_any_ps_in_any_order_mark_the_same(
    drawn: tuple[Graph, list[int]], kind: type[Marker], procs: int, seed: Any
) -> None:
    """Steps of several Ps that share, dispose and steal, in a random order, until none finds anything."""
    graph, roots = drawn
    full: list[list[int]] = []
    gcws = [GCWork(p, full) for p in range(procs)]
    worker = marker(graph, kind)
    for i, root in enumerate(roots):
        worker.shade([root], gcws[i % procs])

    idle = 0
    while idle < 50 or not all(gcw.empty() for gcw in gcws):
        gcw = seed.choice(gcws)
        done = worker.step(gcw, balance=seed.random() < 0.8) or worker.steal(gcw, gcws)
        idle = 0 if done else idle + 1
        if seed.random() < 0.1:
            gcw.dispose()
        for each in gcws:
            each.check()

    assert graph.marked() == reached(graph, roots)
    assert not worker.owned


@pytest.mark.slow
@given(drawn=graphs(), kind=st.sampled_from([Marker, GreenTea]))
def test_no_black_object_points_to_a_white_one(drawn: tuple[Graph, list[int]], kind: type[Marker]) -> None:
    """After every step; an object that is scanned in parts is left out, since parts of it may wait."""
    graph, roots = drawn
    worker, gcw = marker(graph, kind), GCWork(0, [])
    worker.shade(roots, gcw)

    while worker.step(gcw):
        grey = worker.grey([*gcw.queue(), *(obj for wbuf in gcw.full for obj in wbuf)])
        marked = graph.marked()
        black = {slot for slot in marked if graph.address(slot) not in grey and graph.heap.spans[slot[0]].npages < 16}
        assert targets(graph, black) <= marked


def targets(graph: Graph, objects: set[tuple[int, int]]) -> set[tuple[int, int] | None]:
    """Return what some objects point to."""
    found = set()
    for span_id, slot in objects:
        span = graph.heap.spans[span_id]
        for pointer in graph.memory.pointers(span.base + slot * span.elemsize, span.elemsize // 8):
            found.add(slot_of(graph.heap, pointer))
    return found - {None}


@pytest.mark.slow
@given(drawn=graphs(), kind=st.sampled_from([Marker, GreenTea]), steps=st.integers(0, 20))
def test_a_copy_in_the_middle_of_a_cycle_comes_to_the_same_end(
    drawn: tuple[Graph, list[int]], kind: type[Marker], steps: int
) -> None:
    """The copy marks on for itself, and its marks are no one else's."""
    graph, roots = drawn
    worker, gcw = marker(graph, kind), GCWork(0, [])
    worker.shade(roots, gcw)
    for _ in range(steps):
        worker.step(gcw)
    before = graph.marked()
    heap, other = graph.heap.copy(), gcw.copy([*gcw.full])

    worker.copy(heap, graph.memory.copy()).drain(other)

    assert graph.marked() == before
    worker.drain(gcw)
    assert {span.id: heap.marked(span) for span in heap.spans.values()} == {
        span.id: graph.heap.marked(span) for span in graph.heap.spans.values()
    }
    assert {sizeclass: stats.objects for sizeclass, stats in other.stats.items()} == {
        sizeclass: stats.objects for sizeclass, stats in gcw.stats.items()
    }


@MARKERS
def test_an_object_is_kept_by_a_pointer_into_its_middle(kind: type[Marker]) -> None:
    """The last byte of a 48 B object will do; the byte behind the last slot of a span keeps nothing."""
    graph = Graph()
    address = graph.new(48, 1)
    span = graph.heap.span_of(address)
    assert span is not None

    mark(graph, [address + 47, span.limit], kind)

    assert graph.marked() == {(span.id, 0)}


@MARKERS
@pytest.mark.parametrize("pointer", [0, 8, 0xC000000000 + (1 << 26), 0x7F0000000000])
def test_pointers_to_no_object_are_passed_over(kind: type[Marker], pointer: int) -> None:
    """Nil, the first page, an address behind the heap, and one of a thread's stack."""
    graph = Graph()
    graph.new(48, 1)

    gcw = mark(graph, [pointer], kind)

    assert graph.marked() == set()
    assert (gcw.objects_marked, gcw.pointers_found) == (0, int(bool(pointer)))


@MARKERS
def test_an_object_without_pointers_is_black_at_once(kind: type[Marker]) -> None:
    """It is marked, its bytes count, and nothing waits or is scanned."""
    graph, gcw = Graph(), GCWork(0, [])
    roots = [graph.new(48), graph.new(1024)]
    worker = marker(graph, kind)

    worker.shade(roots, gcw)

    assert gcw.empty()
    assert (gcw.bytes_marked, gcw.objects_marked, gcw.objects_scanned) == (48 + 1024, 2, 0)


@MARKERS
def test_a_large_object_is_scanned_in_parts(kind: type[Marker]) -> None:
    """One of 300,000 B has pages for 303,104: three parts, the last of them first after the one at its beginning."""
    graph, gcw = Graph(), GCWork(0, [])
    address = graph.new(300_000, 37_500)
    worker = marker(graph, kind)
    worker.shade([address], gcw)

    parts = [worker.step(gcw) for _ in range(4)]

    assert parts == [address, address + (256 << 10), address + (128 << 10), 0]
    assert (gcw.bytes_marked, gcw.heap_scan_work) == (303_104, 300_000)
    assert gcw.stats_of(0).sparse_objs_scanned == 3


@MARKERS
@pytest.mark.parametrize(("size", "slots", "work"), [(48, 1, 8), (48, 6, 48), (1024, 100, 808), (9000, 1, 16)])
def test_scan_work_ends_with_the_last_pointer_slot(kind: type[Marker], size: int, slots: int, work: int) -> None:
    """The words behind it are not looked at; in front of an object of more than 512 B there is a header of 8 B."""
    graph = Graph()
    address = graph.new(size, slots)

    assert mark(graph, [address], kind).heap_scan_work == work


@MARKERS
def test_new_objects_are_black(kind: type[Marker]) -> None:
    """Nothing waits for them, and their bytes count."""
    graph, gcw = Graph(), GCWork(0, [])
    small, large = (graph.heap.span_of(graph.new(size, 2)) for size in (48, 1024))
    assert small is not None
    assert large is not None
    worker = marker(graph, kind)

    worker.mark_new(small.id, small.elemsize, 0b111, gcw)
    worker.mark_new(large.id, large.elemsize, 0b1, gcw)
    worker.shade([small.base + 48, large.base], gcw)

    assert gcw.empty()
    assert graph.marked() == {(small.id, 0), (small.id, 1), (small.id, 2), (large.id, 0)}
    assert graph.heap.page_marks == {small.id, large.id}
    assert (gcw.objects_marked, gcw.bytes_marked) == (4, 3 * 48 + 1152)
    graph.heap.check()


@MARKERS
def test_a_cycle_begins_without_marks(kind: type[Marker]) -> None:
    """What an earlier one marked is white again."""
    graph = Graph()
    roots = [graph.new(48, 1), graph.new(1024, 1), graph.new(16)]
    mark(graph, roots, kind)
    before = graph.marked()

    marker(graph, kind)

    assert (len(before), graph.marked(), graph.heap.page_marks) == (3, set(), set())


@MARKERS
def test_a_span_that_is_made_while_marking_is_found(kind: type[Marker]) -> None:
    """A pointer to its page was passed over before; now there is an object."""
    graph, gcw = Graph(), GCWork(0, [])
    first = graph.new(48, 1)
    worker = marker(graph, kind)
    worker.shade([first + 8192], gcw)

    second = graph.new(96, 1)
    worker.shade([second], gcw)

    assert second >> 13 == (first + 8192) >> 13
    assert len(graph.marked()) == 1


def test_the_classic_marker_visits_depth_first() -> None:
    """Two children each: what was found last is scanned next."""
    graph, gcw = Graph(), GCWork(0, [])
    root, left, right, below = (graph.new(48, 2) for _ in range(4))
    graph.link(root, 0, left)
    graph.link(root, 1, right)
    graph.link(right, 0, below)
    worker = marker(graph, Marker)
    worker.shade([root], gcw)

    assert [worker.step(gcw) for _ in range(5)] == [root, right, below, left, 0]
    assert worker.steal(gcw, [gcw]) == 0


def test_a_full_buffer_is_shared_while_marking() -> None:
    """600 objects in the roots: 253 go to the shared list."""
    graph, gcw = Graph(), GCWork(0, [])
    roots = [graph.new(8, 1) for _ in range(600)]

    marker(graph).shade(roots, gcw)

    assert [len(wbuf) for wbuf in gcw.full] == [253]
    assert gcw.queue() == [*reversed(roots[506:]), *reversed(roots[253:506])]


@pytest.mark.parametrize("kind", [Marker, GreenTea])
def test_what_a_barrier_buffer_held_is_queued_together(kind: type[Marker]) -> None:
    """300 white objects, each twice: 253 are for all Ps at once, and with the other marker 64 B wait by the span."""
    graph, gcw = Graph(), GCWork(0, [])
    roots = [graph.new(8, 1) for _ in range(300)] + [graph.new(64, 1)]
    small = [roots[-1]] if kind is Marker else []

    marker(graph, kind).flush(roots + roots, gcw)

    assert gcw.full == [roots[:253]]
    assert gcw.wbuf1 == roots[253:300] + small
    assert (gcw.objects_marked, len(gcw.spanq)) == (301, 1 - len(small))
