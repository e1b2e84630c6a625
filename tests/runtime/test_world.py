"""A world does what it is asked, or refuses and is as before; its copies are worlds of their own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomemlab.runtime import arch
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, GO_1_21, HEAP_ARENA_BYTES, PAGE_SIZE, ZERO_BASE
from gomemlab.runtime.errors import MisuseError, ThrowError
from gomemlab.runtime.events import CacheFlushed, HeapGrown, PageCacheFlushed, RunTaken, SpanMade, TinyAdded
from gomemlab.runtime.restore import StartSpan, restore
from gomemlab.runtime.world import World
from tests.worlds import end_mark, state

BASE = DEFAULT_HEAP_BASE
MIB = 1 << 20


def lived_in() -> World:
    """Return a world of two Ps with small, tiny and large objects, a stack and events of its last command."""
    world = World(procs=2)
    for size in (24, 3, 8, 100, 6784, 40_000):
        world.malloc(size)
        world.malloc(size, pointers=True, p=1)
    world.alloc_manual(4)
    world.malloc(48)
    return world


# Refusals


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda w: w.malloc(-1), "size -1 is negative"),
        (lambda w: w.malloc(2.5), "size 2.5 is not a whole number"),
        (lambda w: w.malloc(True), "size True is not a whole number"),
        (lambda w: w.malloc("24"), "size '24' is not a whole number"),
        (lambda w: w.malloc(1 << 63), "more than the 48-bit address space holds"),
        (lambda w: w.malloc(1 << 47), r"the heap would grow to \d+ MiB; this world holds 65536 MiB"),
        (lambda w: w.malloc(1 << 47, pointers=True), "the heap would grow"),
        (lambda w: w.malloc(24, p=2), "there is no P2: this world has P0 to P1"),
        (lambda w: w.malloc(24, p=-1), "there is no P-1"),
        (lambda w: w.malloc(24, p=1.0), "there is no P1.0"),
        (lambda w: w.malloc(24, p=True), "there is no PTrue"),
        (lambda w: w.malloc(24, p=False), "there is no PFalse"),
        (lambda w: w.malloc(24, p=0.0), "there is no P0.0"),
        (lambda w: w.malloc(24, pointers="no"), "pointers 'no' is neither True nor False"),
        (lambda w: w.malloc(24, pointers=[]), "is neither True nor False; say whether"),
        (lambda w: w.malloc_run(24, pointers=2), "pointers 2 is neither True nor False"),
        (lambda w: w.add_tiny(p=7), "there is no P7"),
        (lambda w: w.malloc_run(-1), "size -1 is negative"),
        (lambda w: w.malloc_run(24, count=0), "count 0 is below 1; ask for 1 or more"),
        (lambda w: w.malloc_run(24, count=1.5), "count 1.5 is not a whole number; ask for 1 or more"),
        (lambda w: w.malloc_run(24, count=True), "count True is not a whole number; ask for 1 or more"),
        (lambda w: w.malloc_run(24, count=1 << 60), "times 24 B are more than the 65536 MiB"),
        (lambda w: w.malloc_run(24, p=9), "there is no P9"),
        (lambda w: w.alloc_run(1, 1), "there is no span class 1 of small objects"),
        (lambda w: w.alloc_run(136, 1), "there is no span class 136 of small objects"),
        (lambda w: w.alloc_run(7, 0), "n 0 is below 1; ask for 1 slot or more"),
        (lambda w: w.alloc_run(7, 2.5), "n 2.5 is not a whole number"),
        (lambda w: w.alloc_run(7.0, 1), "span class 7.0 is not a whole number"),
        (lambda w: w.alloc_run(7, 1, p=-1), "there is no P-1"),
        (lambda w: w.tiny_run([]), "no run of tiny objects"),
        (lambda w: w.tiny_run([3, 17]), "no run of tiny objects"),
        (lambda w: w.tiny_run([0]), "no run of tiny objects"),
        (lambda w: w.tiny_run([1.5]), "no run of tiny objects"),
        (lambda w: w.tiny_run(["a"]), "no run of tiny objects"),
        (lambda w: w.tiny_run([3], p=5), "there is no P5"),
        (lambda w: w.book_requested(7, 24, p=5), "there is no P5"),
        (lambda w: w.book_requested(500, 3), "there is no span class 500 of small objects"),
        (lambda w: w.book_requested(7, -3), "nbytes -3 is below 0"),
        (lambda w: w.alloc_manual(0), "npages 0 is below 1; ask for 1 page or more"),
        (lambda w: w.alloc_manual("4"), "npages '4' is not a whole number; ask for 1 page or more"),
        (lambda w: w.alloc_manual(4, p=7), "there is no P7"),
        (lambda w: w.alloc_manual(1 << 30), "the heap would grow"),
        (lambda w: w.free_span(BASE), "holds small objects or stacks; only a large object can be freed alone"),
        (lambda w: w.free_span(BASE + 1), f"no span begins at {BASE + 1:#x}"),
        (lambda w: w.free_span(2.5), "no span begins at 2.5; give the address that malloc"),
        (lambda w: w.free_span(0), "no span begins at 0x0"),
        (lambda w: w.free_span(ZERO_BASE), "no span begins at"),
        (lambda w: w.free_manual(BASE), "holds objects, not stacks; sweeping frees it"),
        (lambda w: w.free_manual(-1), "no span begins at -0x1"),
        (lambda w: w.free_manual(stack(w), p=4), "there is no P4"),
        (lambda w: w.free_span(stack(w)), "only a large object can be freed alone"),
        (lambda w: w.gomaxprocs(0), "0 Ps are not possible here; give 1 to 64"),
        (lambda w: w.gomaxprocs(65), "65 Ps are not possible here"),
        (lambda w: w.gomaxprocs(True), "True Ps are not possible here"),
        (lambda w: w.gomaxprocs("2"), "'2' Ps are not possible here"),
    ],
)
def test_a_refused_command_changes_nothing(ask: Callable[[World], object], why: str) -> None:
    """malloc(-1) raises; digest, events and all that no view shows are as before."""
    world = lived_in()
    before, digest = state(world), world.digest()

    with pytest.raises(MisuseError, match=why):
        ask(world)

    assert world.digest() == digest
    assert state(world) == before


@pytest.mark.parametrize(
    ("given_as", "why"),
    [
        ({"go": "1.21"}, "'1.21' is no Go version; give one of GO_VERSIONS"),
        ({"gogc": -5}, "gogc -5 is below -1; give percent, or -1 for off"),
        ({"gogc": "a"}, "gogc 'a' is not a whole number"),
        ({"memory_limit": "x"}, "memory_limit 'x' is not a whole number"),
        ({"memory_limit": -1}, "memory_limit -1 is below 0"),
        ({"gogc": 1 << 31}, "gogc 2147483648 is no int32"),
        ({"memory_limit": 1 << 63}, "memory_limit 9223372036854775808 is no int64"),
        ({"paced": "no"}, "paced 'no' is neither True nor False; say whether it has a clock"),
    ],
)
def test_an_impossible_world_is_refused(given_as: dict[str, Any], why: str) -> None:
    """World(gogc=-5) says: give percent, or -1 for off."""
    with pytest.raises(MisuseError, match=why):
        World(**given_as)


def test_a_size_of_numpys_is_a_size() -> None:
    """malloc(numpy.int64(24)) is malloc(24), and no number of numpy's stays in the world."""
    world, other = World(), World()

    world.malloc(np.int64(24), pointers=True, p=np.int64(0))
    other.malloc(24, pointers=True, p=0)

    assert world.digest() == other.digest()


def stack(world: World) -> int:
    """Return the address of the world's stack span."""
    table = world.snapshot().spans
    return BASE + table.page[table.state.index(2)] * PAGE_SIZE


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a world of 4 MiB whose pages are all taken, with a tiny block, a full span and an event."""
    monkeypatch.setattr(arch, "MAX_MODEL_HEAP", 4 * MIB)
    world = World()
    for _ in range(6):
        world.malloc(6784)
    world.malloc(5)
    world.malloc_run(16, count=503)
    world.malloc(448 * PAGE_SIZE)  # all but the page cache's block
    while world.mstats().heap_idle:
        world.alloc_manual(1)
    world.malloc(5)
    return world


@pytest.mark.parametrize(
    "ask",
    [
        lambda w: w.malloc(6784),
        lambda w: w.malloc(24),
        lambda w: w.malloc(11),
        lambda w: w.malloc(40_000),
        lambda w: w.malloc_run(24, count=10),
        lambda w: w.malloc_run(11, count=2),
        lambda w: w.alloc_run(99, 3),
        lambda w: w.tiny_run([11, 1]),
        lambda w: w.alloc_manual(1),
    ],
)
def test_a_full_world_refuses_and_stays(full: World, ask: Callable[[World], object]) -> None:
    """No page is left in 4 MiB: each way of asking for one more leaves the world as it was."""
    before, digest = state(full), full.digest()

    with pytest.raises(MisuseError, match="the heap would grow to 8 MiB; this world holds 4 MiB"):
        ask(full)

    assert (full.digest(), state(full)) == (digest, before)


def test_a_full_world_serves_what_needs_no_page(full: World) -> None:
    """The tiny block has 6 B left, and a freed large object's pages are there again."""
    tiny = full.malloc(6)
    full.free_span(BASE + 64 * PAGE_SIZE)

    assert tiny % 16 == 10
    assert full.malloc(24) == BASE + 64 * PAGE_SIZE
    full.check()


def test_a_tiny_object_of_a_recording_counts_and_moves_nothing() -> None:
    """Neither its size nor its place is known: one object more, no byte and no slot."""
    world = World()
    world.malloc(3)
    before, block = world.mstats(), world.ps[0].mcache.tiny_offset

    world.add_tiny()

    after = world.mstats()
    assert (after.mallocs, after.total_alloc) == (before.mallocs + 1, before.total_alloc)
    assert (world.ps[0].mcache.tiny_offset, world.events) == (block, (TinyAdded(0),))


def test_a_tiny_run_goes_on_behind_objects_that_live() -> None:
    """Of six 16 B objects two died: the next ones get their slots, then the rest of the span, in one run."""
    world = World()
    first = world.tiny_run([16] * 6)[0]
    end_mark(world, dead={0: 0b010010})

    addresses = world.tiny_run([16] * 4)

    assert [address - first for address in addresses] == [16, 64, 96, 112]
    world.check()


def test_a_refusal_leaves_a_span_whose_holes_are_used_up() -> None:
    """A cached span with its last slots alive since a sweep: the search went to its end and comes back."""
    world = World()
    for _ in range(6):
        world.malloc(6784)
    end_mark(world, dead={0: 0b000011})
    world.malloc(6784)
    world.malloc(6784)
    world.allocator.heap.limit = 0
    world.malloc(448 * PAGE_SIZE)
    while world.mstats().heap_idle:
        world.alloc_manual(1)
    before = state(world)

    with pytest.raises(MisuseError):
        world.malloc(6784)

    assert state(world) == before


def test_a_run_is_refused_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 600 pages with an 8 KiB object each, 512 would fit."""
    monkeypatch.setattr(arch, "MAX_MODEL_HEAP", 4 * MIB)
    world = World()
    before = state(world)

    with pytest.raises(MisuseError, match="are more than the 4 MiB"):
        world.malloc_run(8192, count=600)
    with pytest.raises(MisuseError, match="the heap would grow to 8 MiB"):
        world.malloc_run(7000, count=520)

    assert state(world) == before
    assert len(world.malloc_run(7000, count=512)) == 512


def test_a_partial_span_needs_no_room(full: World) -> None:
    """At the limit, too, mcentral's spans with a free slot can be cached."""
    full.free_span(BASE + 64 * PAGE_SIZE)
    full.malloc(24)
    full.alloc_manual(384)
    while full.mstats().heap_idle:
        full.alloc_manual(1)
    full.read_mem_stats()

    assert full.malloc(24) == BASE + 64 * PAGE_SIZE + 24
    full.check()


@pytest.mark.parametrize("heap_base", [0, BASE + 1, -PAGE_SIZE, 1 << 47, 4096, 2.5, "0xc000000000"])
def test_an_impossible_heap_base_is_refused(heap_base: int) -> None:
    """Not a page, not in the first 47 bits, or in the first 64 MiB."""
    with pytest.raises(MisuseError, match="is no page address of a 47-bit address space; try 0xc000000000"):
        World(heap_base=heap_base)


@pytest.mark.parametrize("procs", [0, 65, -1, True, 1.0])
def test_an_impossible_number_of_ps_is_refused(procs: int) -> None:
    """1 to 64."""
    with pytest.raises(MisuseError, match="Ps are not possible here; give 1 to 64"):
        World(procs=procs)


# Runs


@pytest.mark.slow
@settings(max_examples=60)
@given(
    before=st.lists(st.tuples(st.integers(0, 2000), st.booleans(), st.integers(0, 1)), max_size=20),
    size=st.one_of(st.integers(0, 24), st.integers(0, 2000), st.integers(32_000, 50_000)),
    pointers=st.booleans(),
    count=st.integers(1, 40),
    p=st.integers(0, 1),
    flush=st.booleans(),
)
def test_a_run_equals_as_many_mallocs(
    before: list[tuple[int, bool, int]], size: int, pointers: bool, count: int, p: int, flush: bool
) -> None:
    """Forty objects of 100 B: the same addresses, and a world that differs in nothing but its events."""
    world = World(procs=2)
    for ask in before:
        world.malloc(*ask)
    if flush:
        world.read_mem_stats()
    twin = world.copy()

    runs = world.malloc_run(size, pointers, count, p)
    one_by_one = [twin.malloc(size, pointers, p) for _ in range(count)]

    assert [first + i * stride for first, n, stride in runs for i in range(n)] == one_by_one
    world.check()
    twin.check()
    for one in (world, twin):
        one.allocator.begin()
    assert state(world) == state(twin)


def test_a_long_run_is_cut_at_spans_and_holes() -> None:
    """700 objects of 24 B: 336 and 336 fill two spans, 28 begin a third."""
    world = World()

    runs = world.malloc_run(24, count=700)

    assert [(n, stride) for _, n, stride in runs] == [(336, 24), (336, 24), (28, 24)]


def test_a_run_tells_all_that_happened() -> None:
    """Three spans were made for 700 objects of 24 B, and the events of all three are there."""
    world = World()

    world.malloc_run(24, count=700)

    assert [event.nobjects for event in world.events if isinstance(event, RunTaken)] == [336, 336, 28]
    assert sum(isinstance(event, SpanMade) for event in world.events) == 3
    assert sum(isinstance(event, HeapGrown) for event in world.events) == 1


def test_alloc_run_does_one_refill_at_most() -> None:
    """1000 slots asked: 336 of a fresh span; then, with 10 taken singly, the next 326."""
    world = World()

    first = world.alloc_run(7, 1000)
    for _ in range(10):
        world.malloc(24)
    second = world.alloc_run(7, 1000)

    assert first == (BASE, 336, 24)
    assert second == (BASE + PAGE_SIZE + 240, 326, 24)


def test_alloc_run_points_behind_the_header() -> None:
    """Span class 54, 576 B with pointers."""
    assert World().alloc_run(54, 3) == (BASE + 8, 3, 576)


def test_a_tiny_run_equals_as_many_mallocs_up_to_a_refill() -> None:
    """900 objects of 7, 9 and 16 B: the run ends before the object that needs a second span."""
    world, twin = World(), World()
    sizes = [7, 9, 16] * 300

    addresses = world.tiny_run(sizes)
    one_by_one = [twin.malloc(size) for size in sizes[: len(addresses)]]

    assert addresses == one_by_one
    assert 504 <= len(addresses) < 900
    assert world.mstats() == twin.mstats()
    assert world.tiny_run(sizes[len(addresses) :])[0] == twin.malloc(sizes[len(addresses)])


def test_booking_what_a_run_asked_for_is_for_the_ledger_alone() -> None:
    """Ten slots of 24 B for objects of 20 B: 200 B requested, 40 B rounded up."""
    world = World()
    world.alloc_run(7, 10)
    stats = world.mstats()

    world.book_requested(7, 200)

    assert world.mstats() == stats
    assert (world.snapshot().ledger.requested, world.snapshot().ledger.rounding) == (200, 40)


# Ps


def test_reading_the_statistics_flushes_every_cache() -> None:
    """Two Ps with a span each: both go to mcentral, both tiny blocks are forgotten."""
    world = World(procs=2)
    world.malloc(24)
    world.malloc(3, p=1)

    world.read_mem_stats()

    assert [event for event in world.events if isinstance(event, CacheFlushed)] == [
        CacheFlushed(0, 1),
        CacheFlushed(1, 1),
    ]
    assert [set(p.alloc) for p in world.snapshot().ps] == [{-1}, {-1}]
    assert world.snapshot().ps[1].tiny == 0


def test_reading_the_statistics_changes_none_of_them() -> None:
    """The pure mstats before, what ReadMemStats returns, and mstats afterwards."""
    world = lived_in()

    before = world.mstats()

    assert world.read_mem_stats() == before == world.mstats()


def test_a_p_that_goes_away_leaves_nothing_behind() -> None:
    """GOMAXPROCS 2 to 1: P1's pages, spans and records go back; 2 again: it begins empty."""
    world = World(procs=2)
    world.malloc(24)
    world.malloc(24, p=1)
    world.malloc(32, p=1)

    world.gomaxprocs(1)
    events = world.events
    world.gomaxprocs(2)

    assert events[0] == PageCacheFlushed(1, 61)
    assert [p.cache_bits for p in world.snapshot().ps] == [0, 0]
    assert set(world.snapshot().ps[1].alloc) == {-1}
    assert world.mstats().mspan_inuse == (64 + 2) * 160
    world.check()


def test_more_ps_say_nothing() -> None:
    """A P that begins empty is no event."""
    world = lived_in()

    world.gomaxprocs(4)

    assert world.events == ()
    assert [p.id for p in world.snapshot().ps] == [0, 1, 2, 3]


# Copies


def test_a_copy_is_the_same_world() -> None:
    """The same in everything, its last events included."""
    world = lived_in()

    twin = world.copy()

    assert state(twin) == state(world)
    assert (twin.digest(), twin.events) == (world.digest(), world.events)
    twin.check()


@pytest.mark.parametrize(
    "change",
    [
        lambda w: w.malloc(24),
        lambda w: w.malloc(3),
        lambda w: w.malloc(6784),
        lambda w: [w.malloc(6784) for _ in range(12)],
        lambda w: w.malloc(40_000),
        lambda w: w.malloc(0),
        lambda w: w.malloc_run(8, count=2000),
        lambda w: w.tiny_run([3, 5, 16]),
        lambda w: w.book_requested(7, 5),
        lambda w: w.alloc_manual(3),
        lambda w: w.free_manual(stack(w)),
        lambda w: w.free_span(large(w)),
        lambda w: w.read_mem_stats(),
        lambda w: (w.read_mem_stats(), w.malloc(24), w.malloc(24)),
        lambda w: w.gomaxprocs(1),
        lambda w: w.gomaxprocs(3),
        lambda w: end_mark(w, dead={0: 1, 1: 1}),
        lambda w: (end_mark(w, dead={0: 1, 1: 1}), w.malloc(24), w.malloc(3), w.malloc(6784)),
    ],
)
def test_a_copy_and_its_original_never_touch_each_other(change: Callable[[World], object]) -> None:
    """Whatever happens to the copy, the original is as before; and the other way round."""
    world = lived_in()
    before = state(world)
    twin = world.copy()

    change(twin)
    original = state(world)
    untouched = world.copy()
    change(world)

    assert original == before
    assert state(untouched) == before
    assert state(twin) == state(world)


def large(world: World) -> int:
    """Return the address of a large object."""
    table = world.snapshot().spans
    return BASE + table.page[table.spanclass.index(1)] * PAGE_SIZE


def test_copies_share_spans_at_rest() -> None:
    """A copy of 1000 spans makes new ones only of those in the mcaches."""
    world = World()
    world.malloc_run(8192, count=100)
    world.malloc(24)

    twin = world.copy()

    ours, theirs = world.allocator.heap.spans, twin.allocator.heap.spans
    assert [i for i in ours if ours[i] is not theirs[i]] == [99, 100]


def test_a_span_that_both_cache_is_taken_by_each() -> None:
    """A span at rest is cached by the original and by its copy: each allocates from its own."""
    world = World()
    world.malloc(24)
    world.read_mem_stats()
    twin = world.copy()

    addresses = world.malloc(24), twin.malloc(24), twin.malloc(24), world.malloc(24)

    assert addresses == (BASE + 24, BASE + 24, BASE + 48, BASE + 48)
    world.check()
    twin.check()


# Digest


def test_equal_worlds_have_equal_digests() -> None:
    """The same calls give the same world."""
    assert lived_in().digest() == lived_in().digest()


@pytest.mark.parametrize(
    "other",
    [World(procs=2), World(heap_base=BASE + HEAP_ARENA_BYTES), World(go=GO_1_21)],
    ids=["procs", "heap_base", "go"],
)
def test_other_worlds_have_other_digests(other: World) -> None:
    """Another number of Ps, another address, another version."""
    assert other.digest() != World().digest()


# Checking


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (lambda w: setattr(w.ps[1].mcache, "alloc", w.ps[0].mcache.alloc), r"span \d+ is cached by P0 and P1"),
        (
            lambda w: w.ps[0].mcache.alloc.__setitem__(7, w.ps[0].mcache.alloc[99]),
            "caches span 6 of span class 99 for 7",
        ),
        (lambda w: setattr(w.ps[0].mcache.alloc[7], "sweepgen", 0), "P0's cached span 0 has sweepgen 0, the heap 0"),
        (lambda w: w.allocator.central[1].full[0].clear(), "spans with one home each"),
        (lambda w: setattr(w.ps[0].pcache, "cache", 0), "pages are taken, but spans have"),
        (lambda w: setattr(w.allocator.heap.stats, "released", 0), "pages are scavenged, the books say 0 bytes"),
        (lambda w: w.allocator.heap.records.alloc(-1), "span records for"),
    ],
)
def test_check_finds_a_broken_world(broken: Callable[[World], None], why: str) -> None:
    """Two Ps with one span, a span of another class, an unswept one, a lost one; lost pages, wrong books."""
    world = lived_in()
    world.check()

    broken(world)

    with pytest.raises(ThrowError, match=why):
        world.check()


def test_check_counts_scavenged_padding_once() -> None:
    """A page cache whose block begins in the padding holds scavenged bits of pages that are not its own."""
    world = World(heap_base=BASE + 40 * PAGE_SIZE)
    world.malloc(24)

    world.malloc(32)

    pcache = world.ps[0].pcache
    assert pcache.scav & ~pcache.cache
    world.check()


def test_a_restored_world_can_be_copied() -> None:
    """A world that begins with a span of three objects; its copy goes on alone."""
    world = restore([StartSpan(0, 1, 7, 0b10101)], BASE, 512)
    before = state(world)

    world.copy().malloc(24)

    assert state(world) == before
