"""Green Tea: who waits by the span, how long, and how a visit is counted."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomemlab.runtime.alloc.mspan import MSpan
from gomemlab.runtime.gc.spanqueue import obj_index, span_base
from gomemlab.runtime.gc.work import GCWork
from tests.graphs import Graph, counts, mark, marker


def spans(graph: Graph, n: int, size: int = 48, slots: int = 2) -> list[tuple[MSpan, list[int]]]:
    """Return n spans that are full of objects of a size, with their objects."""
    found: dict[int, list[int]] = {}
    while len(found) <= n:
        address = graph.new(size, slots)
        span = graph.heap.span_of(address)
        assert span is not None
        found.setdefault(span.id, []).append(address)
    return [(graph.heap.spans[span_id], objects) for span_id, objects in list(found.items())[:n]]


def waiting(gcw: GCWork) -> list[int]:
    """Return the representatives of the spans that wait, next first."""
    return [obj_index(objptr) for objptr in gcw.spanq.waiting()]


@pytest.mark.parametrize(
    ("size", "by_span"), [(8, False), (16, True), (48, True), (512, True), (513, False), (1024, False), (40_000, False)]
)
def test_objects_of_16_to_512_bytes_wait_by_the_span(size: int, by_span: bool) -> None:
    """The smallest class and all with a header wait one by one."""
    graph, gcw = Graph(), GCWork(0, [])

    marker(graph).shade([graph.new(size, 1)], gcw)

    assert (len(gcw.spanq), len(gcw.queue())) == (int(by_span), int(not by_span))
    assert bool(graph.heap.inline_marks) is by_span
    assert bool(graph.heap.gcmark_bits) is not by_span


def test_a_span_waits_once_however_many_marks_it_gathers() -> None:
    """The first of three marked objects stands for it; one visit scans all three."""
    graph, gcw = Graph(), GCWork(0, [])
    [(span, objects)] = spans(graph, 1)
    tea = marker(graph)

    tea.shade([objects[9], objects[4], objects[9], objects[7]], gcw)
    waited = waiting(gcw)
    first, second = tea.step(gcw), tea.step(gcw)

    assert (waited, first, second) == ([9], objects[9], 0)
    assert graph.heap.inline_scans == graph.heap.inline_marks == {span.id: 1 << 9 | 1 << 7 | 1 << 4}
    assert (gcw.span_visits, counts(gcw, 5)) == (1, (0, 3, 0, 1, 0))


def test_one_mark_is_scanned_alone_and_leaves_no_page_mark() -> None:
    """A visit with one mark counts as an object alone; one with two sets the page mark, too."""
    graph, gcw = Graph(), GCWork(0, [])
    (one, ones), (two, twos) = spans(graph, 2)
    tea = marker(graph)

    tea.shade([ones[3], twos[0], twos[1]], gcw)
    tea.drain(gcw)

    assert counts(gcw, 5) == (1, 2, 0, 1, 0)
    assert graph.heap.page_marks == {two.id}
    assert graph.heap.inline_scans[one.id] == 1 << 3


def test_an_object_without_pointers_leaves_no_page_mark_either() -> None:
    """Its mark is in the span, and the span never waits."""
    graph, gcw = Graph(), GCWork(0, [])
    address = graph.new(48)

    marker(graph).shade([address, address], gcw)

    assert (len(gcw.spanq), graph.heap.page_marks, graph.heap.inline_scans) == (0, set(), {})
    assert (gcw.bytes_marked, len(graph.marked())) == (48, 1)


@given(n=st.integers(2, 165))
def test_a_visit_is_dense_from_an_eighth_of_the_slots_on(n: int) -> None:
    """Of 165 slots 20 are enough; a sparse visit searches less of each object."""
    graph, gcw = Graph(), GCWork(0, [])
    [(_, objects)] = spans(graph, 1)
    tea = marker(graph)

    tea.shade(objects[:n], gcw)
    tea.drain(gcw)

    dense = n >= 20
    assert counts(gcw, 5) == ((0, 0, n, 0, 1) if dense else (0, n, 0, 1, 0))
    assert gcw.heap_scan_work == n * (48 if dense else 16)


def test_a_span_that_points_into_itself_waits_again() -> None:
    """A chain within one span takes a visit for each link."""
    graph, gcw = Graph(), GCWork(0, [])
    [(_, objects)] = spans(graph, 1)
    for left, right in pairwise(objects[:5]):
        graph.link(left, 0, right)
    tea = marker(graph)
    tea.shade([objects[0]], gcw)

    steps = [tea.step(gcw) for _ in range(6)]

    assert steps == [*objects[:5], 0]
    assert (gcw.longest, gcw.span_visits) == (1, 5)


def test_spans_are_visited_in_the_order_they_came() -> None:
    """First in, first out; what is marked in a span that waits does not change its turn."""
    graph, gcw = Graph(), GCWork(0, [])
    (_, a), (_, b), (_, c) = spans(graph, 3)
    graph.link(a[0], 0, c[1])
    graph.link(a[0], 1, a[1])
    tea = marker(graph)
    tea.shade([a[0], b[0], c[0]], gcw)

    assert [tea.step(gcw) for _ in range(5)] == [a[0], b[0], c[0], a[1], 0]
    assert gcw.longest == 3


def test_single_objects_come_before_spans() -> None:
    """Two of 1,024 B and a span: the span is visited last, so that it may gather more."""
    graph, gcw = Graph(), GCWork(0, [])
    small, first, second = graph.new(48, 1), graph.new(1024, 1), graph.new(1024, 1)
    tea = marker(graph)
    tea.shade([small, first, second], gcw)

    steps = [tea.step(gcw) for _ in range(3)]

    assert steps == [second - 8, first - 8, small]  # the object begins behind its header


def test_a_ps_own_spans_come_before_shared_objects() -> None:
    """P1 has a span; P0 has shared five objects of 8 B. P1 takes them when its ring is empty."""
    graph, full = Graph(), list[list[int]]()
    gcws = [GCWork(0, full), GCWork(1, full)]
    objects, small = [graph.new(8, 1) for _ in range(5)], graph.new(48, 1)
    tea = marker(graph)
    tea.shade(objects, gcws[0])
    gcws[0].dispose()
    tea.shade([small], gcws[1])

    assert [tea.step(gcws[1]) for _ in range(2)] == [small, objects[4]]


def test_without_balance_nothing_is_shared() -> None:
    """The second look of a P, after its barrier buffer, takes one of nine objects and keeps the others."""
    graph = Graph()
    objects = [graph.new(8, 1) for _ in range(9)]
    tea = marker(graph)
    keeps, shares = GCWork(0, []), GCWork(0, [])
    tea.shade(objects, keeps)
    other = keeps.copy(shares.full)

    tea.step(keeps, balance=False)
    tea.step(other)

    assert ([len(wbuf) for wbuf in keeps.full], [len(wbuf) for wbuf in other.full]) == ([], [5])


def test_a_p_without_work_takes_spans_from_the_next_p_that_shares() -> None:
    """P2 asks P0 and then P1, and scans the first span that it gets; P0 shares nothing, P1 four."""
    graph = Graph()
    filled = spans(graph, 5)
    gcws = [GCWork(p, []) for p in range(3)]
    tea = marker(graph)
    tea.shade([filled[0][1][0]], gcws[0])
    tea.shade([objects[2] for _, objects in filled[1:]], gcws[1])
    gcws[1].spanq.flush()

    taken = tea.steal(gcws[2], gcws)

    assert taken == filled[1][1][2]
    assert [span_base(objptr) for objptr in gcws[2].spanq.ring] == [filled[2][0].base]
    assert tea.steal(gcws[0], gcws[:1]) == 0


def test_new_objects_are_marked_and_scanned() -> None:
    """So a pointer to one queues nothing."""
    graph, gcw = Graph(), GCWork(0, [])
    [(span, objects)] = spans(graph, 1)
    tea = marker(graph)

    tea.mark_new(span.id, 48, 0b110, gcw)
    tea.shade([objects[1]], gcw)

    assert (graph.heap.inline_marks, graph.heap.inline_scans) == ({span.id: 6}, {span.id: 6})
    assert gcw.empty()


def test_a_slot_that_is_taken_while_it_waits_is_not_scanned() -> None:
    """Only a dangling pointer can do that: it marks a free slot, and then an object is made there."""
    graph, gcw = Graph(), GCWork(0, [])
    [(span, objects)] = spans(graph, 1)
    tea = marker(graph)

    tea.shade([objects[5]], gcw)
    tea.mark_new(span.id, 48, 1 << 5, gcw)

    assert tea.step(gcw) == objects[5]
    assert (gcw.objects_scanned, gcw.span_visits) == (0, 1)


def test_objects_nobody_wrote_a_pointer_to_are_scanned_too() -> None:
    """There is no word in memory, yet each slot up to the last pointer counts as looked at."""
    graph = Graph()

    sparse = mark(graph, [graph.new(96, 12)])
    [(_, objects)] = spans(graph, 1, 24, 3)
    dense = mark(graph, objects)

    assert (sparse.heap_scan_work, sparse.pointers_found) == (96, 1)
    assert (dense.heap_scan_work, dense.pointers_found) == (len(objects) * 24, len(objects))
