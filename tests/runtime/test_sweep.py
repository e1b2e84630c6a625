"""The sweeper: which span is next, what becomes of it, and who else sweeps."""

from collections.abc import Callable

import pytest

from gomemlab.runtime.alloc.mspan import MSpan
from gomemlab.runtime.arch import GO_1_22, PAGE_SIZE
from gomemlab.runtime.errors import MisuseError, ThrowError
from gomemlab.runtime.events import SpanFreed
from gomemlab.runtime.gc.sweep import bytes_marked, likely_page_marks
from gomemlab.runtime.gcevents import (
    Reclaimed,
    SpanSwept,
    SweepBegan,
    SweepCredit,
    SweepDone,
    SweepOwed,
    SweepPaced,
    SweepTurn,
    ZombieFound,
)
from gomemlab.runtime.markevents import MarkEnded
from gomemlab.runtime.world import World
from tests.worlds import state

MIB = 1 << 20
CHUNK = 512  # pages


def end_mark(world: World, dead: dict[int, int] | None = None, trigger: int | None = None) -> None:
    """End a mark phase after which all live but the dead slots, bitmaps by span id; -1 for all slots."""
    spans = {i: span for i, span in world.allocator.heap.spans.items() if span.nelems}
    world.sweep_begin({i: s.taken_bits() & ~(dead or {}).get(i, 0) for i, s in spans.items()}, trigger)


def swept(world: World) -> list[int]:
    """Return the ids of the spans that the last command swept, in order."""
    return [event.span for event in world.events if isinstance(event, SpanSwept)]


def spans(world: World) -> dict[int, MSpan]:
    """Return the world's spans."""
    return world.allocator.heap.spans


def unswept(world: World) -> list[int]:
    """Return the ids of the spans that nobody has swept yet."""
    return [i for i, span in spans(world).items() if span.nelems and world.allocator.heap.unswept(span)]


def large(*npages: int) -> World:
    """Return a world with pointer-free large objects of so many pages, in spans 0, 1, and so on."""
    world = World()
    for n in npages:
        world.malloc(n * PAGE_SIZE)
    return world


def without_page_marks(world: World, dead: dict[int, int]) -> World:
    """End a mark phase in which no span got a page mark, and return the world."""
    alive = {i: s.taken_bits() & ~dead.get(i, 0) for i, s in spans(world).items()}
    world.sweep_begin(alive, page_marks=())
    return world


# One span at a time


def test_sweeping_goes_by_span_class_the_full_sets_first() -> None:
    """Class 9 (32 B) has a full and a partial span, class 7 (24 B) a partial one, and there is a large object."""
    world = World()
    world.malloc_run(32, count=253)
    world.malloc(24)
    world.malloc(40_000)
    world.read_mem_stats()
    end_mark(world)

    order = []
    while world.sweep_one() is not None:
        order += swept(world)

    assert [spans(world)[i].spanclass for i in order] == [1, 7, 9, 9]
    assert [spans(world)[i].alloc_count for i in order] == [1, 1, 252, 1]
    world.check()


def test_a_span_is_swept_only_once() -> None:
    """Two objects in one span: the first step sweeps it, the second finds nothing and says that it is all done."""
    world = World()
    world.malloc_run(24, count=2)
    world.read_mem_stats()
    end_mark(world, {0: 0b01})

    first, second, third = world.sweep_one(), world.sweep_one(), world.sweep_one()

    assert (first, second, third) == (0, None, None)
    assert world.events == ()
    assert spans(world)[0].alloc_bits == 0b10


def test_a_swept_span_says_where_it_went() -> None:
    """Of two full spans one keeps 5 objects of 6, the other 6; a third has none left and is no span any more."""
    world = World()
    world.malloc_run(6784, count=19)
    world.read_mem_stats()
    end_mark(world, {1: 0b000010, 2: -1})

    world.sweep_all()

    assert [event for event in world.events if isinstance(event, SpanSwept)] == [
        SpanSwept(0, 0, 6, 6, "fullSwept", "GC"),
        SpanSwept(1, 1, 5, 6, "partialSwept", "GC"),
        SpanSwept(2, 6, 0, 6, "heap", "GC"),
        SpanSwept(3, 0, 1, 6, "partialSwept", "GC"),
    ]
    assert [event.span for event in world.events if isinstance(event, SpanFreed)] == [2]
    assert 2 not in spans(world)
    world.check()


def test_the_pages_of_an_empty_span_are_idle_again() -> None:
    """One object of 5 pages died: sweeping its span returns 5, and an object of another class gets the pages."""
    world = World()
    first = world.malloc(6784)
    world.read_mem_stats()
    end_mark(world, {0: -1})

    given = world.sweep_one()
    world.sweep_all()

    assert (given, world.mstats().heap_inuse, world.mstats().heap_alloc) == (5, 0, 0)
    assert world.malloc(40_960) == first


def test_a_large_object_lives_or_dies_as_a_whole() -> None:
    """Of two large objects one is marked: its span goes to fullSwept, the other's pages to the heap."""
    world = large(6, 7)
    end_mark(world, {1: 1})

    given = [world.sweep_one(), world.sweep_one()]

    stats, central = world.mstats(), world.allocator.central[1]
    assert given == [0, 7]
    assert [span.id for span in central.full_swept(2)] == [0]
    assert (stats.frees, stats.heap_alloc, stats.heap_objects) == (1, 6 * PAGE_SIZE, 1)
    world.check()


def test_frees_are_counted_by_size_class() -> None:
    """Three of five objects of 24 B died, and one of 6784 B."""
    world = World()
    world.malloc_run(24, count=5)
    world.malloc(6784)
    world.read_mem_stats()
    end_mark(world, {0: 0b10110, 1: 1})

    world.sweep_all()

    stats = world.mstats()
    assert (stats.mallocs, stats.frees, stats.heap_objects, stats.heap_alloc) == (6, 4, 2, 48)
    assert {row.size: row.frees for row in stats.by_size if row.frees} == {24: 3, 6784: 1}


def test_the_background_sweeper_sweeps_ten_spans_a_turn() -> None:
    """Of 13 spans: ten, then three, then none."""
    world = large(*[5] * 13)
    end_mark(world)

    turns, told = [], []
    for _ in range(3):
        turns.append(world.sweep_turn())
        told += [event for event in world.events if isinstance(event, SweepTurn)]

    assert turns == [10, 3, 0]
    assert told == [SweepTurn(10), SweepTurn(3), SweepTurn(0)]


# Beginning


def test_a_sweep_begins_without_touching_a_span() -> None:
    """sweepgen grows by 2; the two spans at rest are the same objects, unswept by that alone. It counts as a cycle."""
    world = large(5, 6)
    before = dict(spans(world))

    end_mark(world)

    assert world.events[:2] == (MarkEnded(1, 2, 0), SweepBegan(2, 2, 11))
    assert world.snapshot().gc.cycle == 1
    assert world.allocator.heap.sweepgen == 2
    assert all(spans(world)[i] is before[i] for i in before)
    assert unswept(world) == [0, 1]


def test_cached_spans_are_swept_as_the_sweep_begins() -> None:
    """Each of two Ps has a span; no set holds them, so the flush sweeps them."""
    world = World(procs=2)
    world.malloc(24)
    world.malloc(24, p=1)

    end_mark(world, {1: -1})

    assert swept(world) == [0, 1]
    assert [event.by for event in world.events if isinstance(event, SpanSwept)] == ["flush", "flush"]
    assert (list(spans(world)), unswept(world)) == ([0], [])
    world.check()


def test_new_marks_wait_until_the_old_ones_are_used() -> None:
    """A sweep that has spans left refuses to begin again, and says what to do."""
    world = large(5)
    end_mark(world)
    before = state(world)

    with pytest.raises(MisuseError, match=r"sweepgen 2 is not swept to its end; sweep_all\(\) before new marks"):
        world.sweep_begin({})
    assert state(world) == before
    with pytest.raises(ThrowError, match="a sweep begins at sweepgen 2, but the last one is not over"):
        world.allocator.sweeper.start(world.allocator.heap)


def test_given_marks_do_not_end_a_cycle_that_marks() -> None:
    """Whose marks would count? The refusal says what ends the cycle."""
    world = large(5)
    world.gc_start()
    before = state(world)

    with pytest.raises(MisuseError, match="cycle 1 is marking; end it with mark_done"):
        world.sweep_begin({})

    assert state(world) == before


@pytest.mark.parametrize("marks", [{9: 1}, {0: 0b10}, {0: -1}])
def test_marks_of_no_slot_are_refused(marks: dict[int, int]) -> None:
    """There is no span 9; span 0 has one slot; a bitmap is no negative number."""
    world = large(5)
    before = state(world)

    with pytest.raises(MisuseError, match="has no slots for the marks"):
        world.sweep_begin(marks)

    assert state(world) == before


def test_marks_of_all_kinds_count_once() -> None:
    """A slot may be marked in the span and beside it: 24 B each, for three slots."""
    world = World()
    world.malloc_run(24, count=4)
    heap = world.allocator.heap
    heap.gcmark_bits, heap.inline_marks, heap.inline_scans = {0: 0b0011}, {0: 0b0110}, {0: 0b0010}
    heap.check()

    assert heap.marked(spans(world)[0]) == 0b0111
    assert bytes_marked(heap) == 72


def test_marks_in_the_span_are_used_and_cleared_too() -> None:
    """Slot 1 is marked in the span, slot 2 beside it: slots 0 and 3 are freed."""
    world = World()
    world.malloc_run(24, count=4)
    heap = world.allocator.heap
    heap.gcmark_bits, heap.inline_marks, heap.inline_scans = {0: 0b0100}, {0: 0b0010}, {0: 0b0010}

    world.allocator.sweeper.start(heap)
    world.read_mem_stats()

    assert spans(world)[0].alloc_bits == 0b0110
    assert (heap.gcmark_bits, heap.inline_marks, heap.inline_scans) == ({}, {}, {})


def test_a_marked_free_slot_is_a_zombie() -> None:
    """Go would stop with "found pointer to free object"; here the slot stays free and an event tells."""
    world = World()
    world.malloc_run(24, count=3)
    world.read_mem_stats()

    world.sweep_begin({0: 0b111001})
    world.sweep_all()

    address = spans(world)[0].base + 3 * 24
    assert [event for event in world.events if isinstance(event, ZombieFound)] == [ZombieFound(0, 3, address, 3)]
    assert spans(world)[0].alloc_bits == 0b000001
    world.check()


# What allocation sweeps: its pace


def test_the_pace_spreads_the_pages_over_the_way_to_the_trigger() -> None:
    """10 objects of 16 pages live; the next cycle begins 2 MiB later, the last MiB of which is margin."""
    world = large(*[16] * 10)

    end_mark(world, trigger=160 * PAGE_SIZE + 2 * MIB)

    sweeper = world.allocator.sweeper
    assert SweepPaced(160, MIB) in world.events
    assert sweeper.sweep_pages_per_byte == 160 / MIB
    assert sweeper.sweep_heap_live_basis == 160 * PAGE_SIZE


@pytest.mark.parametrize(("trigger", "distance"), [(0, PAGE_SIZE), (MIB + 160 * PAGE_SIZE + PAGE_SIZE + 1, 8193)])
def test_the_way_is_never_shorter_than_a_page(trigger: int, distance: int) -> None:
    """A trigger that is near, or behind already, makes the first allocation sweep everything."""
    world = large(*[16] * 10)

    end_mark(world, trigger=trigger)

    assert SweepPaced(160, distance) in world.events


def test_a_heap_without_spans_needs_no_pace() -> None:
    """Nothing is there to sweep."""
    world = World()

    world.sweep_begin({}, trigger=4 * MIB)

    assert world.allocator.sweeper.sweep_pages_per_byte == 0
    assert world.sweep_one() is None


def test_an_allocation_sweeps_what_it_owes_first() -> None:
    """A page of sweeping for every 8 KiB: a span of 5 pages for 6784 B owes 5 pages, so one span of 16 is swept."""
    world = large(*[16] * 10)
    end_mark(world, trigger=160 * PAGE_SIZE + MIB + 160 * PAGE_SIZE)

    world.malloc(6784)

    assert [(event.span, event.by) for event in world.events if isinstance(event, SpanSwept)] == [(0, "credit")]
    assert [event for event in world.events if isinstance(event, SweepCredit)] == [SweepCredit(0, 5, 5, 1)]


@pytest.mark.parametrize(
    ("pages", "last", "taken"), [(1, -1, [0]), (17, -1, [0, 1]), (1, 2, [0, 1, 2]), (999, -1, [0, 1, 2, 3]), (0, 9, [])]
)
def test_a_debt_that_was_said_is_paid_by_the_next_span(pages: int, last: int, taken: list[int]) -> None:
    """Spans of 16 pages: one page owes one span, 17 two; or as many as it takes to come to span 2; then it is paid."""
    world = large(*[16] * 4)
    end_mark(world)
    world.sweep_debt(pages, last)
    said = world.events

    world.malloc(6784)

    assert said == (SweepOwed(pages),)
    assert swept(world) == taken
    assert SweepCredit(0, pages, pages, len(taken)) in world.events
    world.malloc(24)
    assert swept(world) == []


def test_nothing_is_owed_where_all_is_swept() -> None:
    """A debt of before does not wait for the next cycle's spans, either."""
    world = large(16, 16)
    world.sweep_debt(5)
    end_mark(world)
    world.sweep_debt(5)
    world.sweep_all()
    end_mark(world)

    world.malloc(6784)

    assert world.allocator.sweeper.debt is None
    assert swept(world) == []


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (lambda w: w.sweep_debt(-1), "pages -1 is negative; give 0 or more"),
        (lambda w: w.sweep_debt(1.5), "pages 1.5 is not a whole number"),
        (lambda w: w.sweep_debt(1, "a"), "last 'a' is not a whole number"),
        (lambda w: w.sweep_turn(0, -1), "spans -1 is negative"),
        (lambda w: w.sweep_turn(0, 1, None), "last None is not a whole number"),
    ],
)
def test_a_turn_or_a_debt_that_cannot_be_is_refused(refused: Callable[[World], object], words: str) -> None:
    """The value, what would be right, and a world as before."""
    world = large(5)
    end_mark(world)
    before = state(world)

    with pytest.raises(MisuseError, match=words):
        refused(world)

    assert state(world) == before


def test_a_turn_may_be_longer_or_shorter() -> None:
    """One span; then as many as it takes until the fourth is swept."""
    world = large(*[5] * 5)
    end_mark(world)

    turns = [world.sweep_turn(0, 1), world.sweep_turn(0, 1, last=3)]

    assert turns == [1, 3]


def test_what_was_swept_ahead_is_owed_no_more() -> None:
    """The sweeper's turn has swept all 160 pages but none too many: the next allocation sweeps nothing."""
    world = large(*[16] * 11)
    end_mark(world, trigger=176 * PAGE_SIZE + MIB + 176 * PAGE_SIZE)
    world.sweep_turn()

    world.malloc(6784)

    assert swept(world) == []
    assert not any(isinstance(event, SweepCredit) for event in world.events)


def test_a_large_object_may_leave_its_own_pages_to_reclaim() -> None:
    """A page of sweeping for every 8 KiB: 40 pages owe 40 less 40, so nothing is swept for the pace."""
    world = large(*[16] * 10)
    end_mark(world, trigger=160 * PAGE_SIZE + MIB + 160 * PAGE_SIZE)

    world.malloc(40 * PAGE_SIZE)

    assert not any(isinstance(event, SweepCredit) for event in world.events)


def test_a_debt_ends_with_the_last_span() -> None:
    """The trigger is behind: 12 pages a byte would be owed; all is swept, and nothing is owed after that."""
    world = large(*[16] * 3)
    end_mark(world, trigger=0)

    world.malloc(6784)

    sweeper = world.allocator.sweeper
    assert swept(world) == [0, 1, 2]
    assert SweepDone(2, 48) in world.events
    assert (sweeper.sweep_pages_per_byte, world.allocator.heap.sweeping) == (0, None)


# What allocation sweeps: its pages


def test_a_span_is_made_of_reclaimed_pages() -> None:
    """Spans 0 and 2 are dead, 8 pages each: an object of 12 pages finds both in the first chunk; 4 pages are left."""
    world = without_page_marks(large(8, 8, 8, CHUNK), {0: 1, 2: 1})
    world.allocator.heap.page_marks.add(1)

    world.malloc(12 * PAGE_SIZE)

    # A chunk is searched to its end: span 3 begins there too, lives, and has no page mark.
    assert swept(world) == [0, 2, 3]
    assert world.allocator.sweeper.reclaim_credit == 4
    assert [event for event in world.events if isinstance(event, Reclaimed)] == [Reclaimed(0, 12, 0, 1, 16)]


def test_credit_is_used_before_chunks_are_searched() -> None:
    """Reclaim gave 16 pages for 12; of the next 7 only 3 are searched for, in vain, in the arena's 15 other chunks."""
    world = without_page_marks(large(8, 8, CHUNK), {0: 1, 1: 1})
    world.malloc(12 * PAGE_SIZE)

    world.malloc(9000)

    assert [event for event in world.events if isinstance(event, Reclaimed)] == [Reclaimed(0, 7, 4, 15, 0)]
    assert world.allocator.sweeper.reclaim_credit == 0


def test_what_the_sweeper_frees_is_credit() -> None:
    """Sweeping freed a span of 8 pages: a span of 7 pages asks for no more."""
    world = large(8, 8, 8)
    end_mark(world, {0: 1})
    world.sweep_one()

    world.malloc(9000)

    assert [event for event in world.events if isinstance(event, Reclaimed)] == [Reclaimed(0, 7, 7, 0, 0)]
    assert (swept(world), world.allocator.sweeper.reclaim_credit) == ([], 1)


def test_reclaim_passes_over_spans_with_a_page_mark() -> None:
    """All live, and marking has said so for their pages: 16 chunks are searched, nothing is swept, and never again."""
    world = large(8, 8, 8)
    end_mark(world)

    world.malloc(12 * PAGE_SIZE)
    first = world.events
    world.malloc(12 * PAGE_SIZE)

    assert [event for event in first if isinstance(event, Reclaimed)] == [Reclaimed(0, 12, 0, 16, 0)]
    assert not any(isinstance(event, Reclaimed) for event in world.events)
    assert unswept(world) == [0, 1, 2]


def test_reclaim_sweeps_living_spans_that_have_no_page_mark() -> None:
    """Spans of small pointer-free objects get none: each is swept for nothing, and stays."""
    world = World()
    world.malloc_run(64, count=3 * 126)
    world.alloc_manual(1)
    world.read_mem_stats()
    end_mark(world)

    world.malloc(12 * PAGE_SIZE)

    assert [event.home for event in world.events if isinstance(event, SpanSwept)] == ["fullSwept"] * 3
    assert unswept(world) == []
    world.check()


def test_reclaim_starts_a_span_only_in_the_chunk_that_it_begins_in() -> None:
    """A dead span reaches into the next chunk: it is found once, where it begins."""
    world = without_page_marks(large(500, 100, 10), {1: 1})
    world.allocator.heap.page_marks |= {0, 2}
    sweeper, heap = world.allocator.sweeper, world.allocator.heap
    sweeper.reclaim_index = CHUNK

    sweeper.reclaim(heap, 10, 0)
    late = unswept(world)
    sweeper.reclaim_index = 0
    sweeper.reclaim(heap, 10, 0)

    assert (late, unswept(world)) == ([0, 1, 2], [0, 2])


def test_reclaim_ends_with_the_arenas_that_were_there() -> None:
    """An arena that was added since the sweep began has only swept spans."""
    world = large(5)
    end_mark(world)
    world.malloc(70 * MIB)

    world.malloc(12 * PAGE_SIZE)

    assert world.allocator.sweeper.reclaim_index == 1 << 63
    assert world.allocator.sweeper.sweep_arenas == 1 < len(world.allocator.heap.arenas)


@pytest.mark.parametrize(
    ("size", "pointers", "objects", "marked"),
    [
        (24, False, 3, False),
        (24, True, 1, False),
        (24, True, 2, True),
        (8, True, 1, True),
        (600, False, 1, True),
        (600, True, 1, True),
        (40_000, False, 1, True),
    ],
)
def test_page_marks_follow_from_how_a_span_was_marked(size: int, pointers: bool, objects: int, marked: bool) -> None:
    """A span with marks inside gets its page mark when it is scanned: not without pointers, not for one object."""
    world = World()
    world.malloc_run(size, pointers, objects)

    found = likely_page_marks(world.allocator.heap, {0: (1 << objects) - 1})

    assert found == ({0} if marked else set())


def test_without_marks_in_spans_every_mark_is_a_page_mark() -> None:
    """Go 1.22 knew no Green Tea."""
    world = World(go=GO_1_22)
    world.malloc(24)

    assert likely_page_marks(world.allocator.heap, {0: 1}) == {0}


# The live heap


def test_the_live_heap_counts_a_cached_span_as_full() -> None:
    """One object of 6784 B in a cached span of 40960 B: 40960, until the span goes back with 5 free slots."""
    world = World()
    world.malloc(6784)
    cached = world.allocator.heap.stats.heap_live

    world.read_mem_stats()

    # The 256 bytes behind the last slot stay counted, in Go as well.
    assert (cached, world.allocator.heap.stats.heap_live) == (40960, 6784 + 256)


def test_the_live_heap_is_what_was_marked() -> None:
    """Two objects of 6784 B, one dead, and 6 pages: marking sets the number, and freeing leaves it."""
    world = large(6)
    world.malloc_run(6784, count=2)

    end_mark(world, {1: 0b01})
    live = world.allocator.heap.stats.heap_live
    world.sweep_all()

    assert live == world.allocator.heap.stats.heap_live == 6784 + 6 * PAGE_SIZE


# What was asked for


def test_survivors_keep_their_share_of_what_was_asked_for() -> None:
    """Four objects of 20 B in slots of 24 B; one dies, and 60 B are left; the ledger adds up."""
    world = World()
    world.malloc_run(20, count=4)
    end_mark(world, {0: 0b0001})

    ledger = world.snapshot().ledger
    assert (ledger.requested, ledger.rounding) == (60, 12)
    assert ledger.heap_inuse == world.mstats().heap_inuse


def test_tiny_objects_die_with_their_blocks() -> None:
    """Four of 5 B in two blocks: 20 B asked for; a block dies, and 10 are left."""
    world = World()
    for _ in range(4):
        world.malloc(5)
    before = world.snapshot().ledger.requested

    end_mark(world, {0: 0b01})

    assert (before, world.snapshot().ledger.requested) == (20, 10)
    assert world.mstats().heap_objects == 1


# Freeing by hand


@pytest.mark.parametrize("sweeping", [False, True])
def test_a_large_object_can_be_freed_whether_swept_or_not(sweeping: bool) -> None:
    """FreeSpan takes the span out of the set it is in, and its mark with it."""
    world = large(5, 6)
    if sweeping:
        end_mark(world)

    world.free_span(spans(world)[0].base)

    assert list(spans(world)) == [1]
    assert world.mstats().frees == 1
    world.check()
    world.sweep_all()
    world.check()


# Defects


def test_a_swept_span_is_not_swept_again() -> None:
    """Its marks are those of the last cycle."""
    world = large(5)

    with pytest.raises(ThrowError, match="bad span 0 to sweep: IN_USE, sweepgen 0 with the heap at 0"):
        world.allocator.heap.sweep(spans(world)[0], 0, "GC", preserve=False)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (lambda w: setattr(w.allocator.heap, "sweeping", None), "1 spans keep marks that were swept"),
        (
            lambda w: (setattr(w.allocator.heap, "sweeping", None), w.allocator.heap.gcmark_bits.clear()),
            "a span of class 1 is unswept, but sweeping is past it",
        ),
        (lambda w: setattr(w.allocator.sweeper, "central_index", 3), "a span of class 1 is unswept, but sweeping is"),
        (lambda w: setattr(w.allocator.heap, "sweeping", World().allocator.sweeper), "another world's sweeper"),
        (lambda w: w.allocator.heap.gcmark_bits.update({7: 1}), "1 marks for span 7, which has no such slots"),
        (lambda w: w.allocator.heap.inline_marks.update({0: 0b10}), "1 marks for span 0, which has no such slots"),
        (lambda w: w.allocator.heap.inline_scans.update({0: 1}), "span 0 has slots that were scanned without a mark"),
        (lambda w: setattr(spans(w)[0], "sweepgen", 2), "is in an unswept set with sweepgen 2, the heap's is 2"),
    ],
)
def test_check_finds_a_broken_sweep(broken: Callable[[World], None], why: str) -> None:
    """Done too early, past a span, another's; marks of nothing; a swept span among the unswept."""
    world = large(5)
    end_mark(world)
    world.check()

    broken(world)

    with pytest.raises(ThrowError, match=why):
        world.check()


def test_a_copy_goes_on_sweeping_by_itself() -> None:
    """Copied in the middle of a sweep, both finish it, and neither sees the other do so."""
    world = large(5, 6, 7)
    end_mark(world, {1: 1})
    world.sweep_one()
    twin = world.copy()

    world.sweep_all()
    before = state(world)
    rest = twin.sweep_all()

    assert rest == 2
    assert state(world) == before == state(twin)
    twin.check()
