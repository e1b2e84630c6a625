"""The span view: slots to scale, the tail in words, every field with its value."""

import gzip
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

from gomemlab.runtime.snapshot import Snapshot
from gomemlab.runtime.world import World
from gomemlab.views import png
from gomemlab.views.mspan_fields import alloc_cache, main_fields, other_fields
from gomemlab.views.span import EMPTY, SpanView, frame, newest_span
from gomemlab.views.words import THIN


def snapshot_after(*sizes: int, pointers: bool = False) -> Snapshot:
    """Return the picture of a fresh world after some requests."""
    world = World()
    for size in sizes:
        world.malloc(size, pointers)
    return world.snapshot()


def plain(text: str) -> str:
    """Return text with ordinary spaces."""
    return text.replace(THIN, " ")


def test_without_a_pick_the_view_says_what_fills_it() -> None:
    """Nothing picked, and a span that is not alive, are empty frames with a reason each."""
    snapshot = snapshot_after(24)

    assert frame(snapshot) == EMPTY
    assert frame(snapshot, 99).said == "span 99 is not there at this moment"


def test_the_headline_counts_slots_and_names_the_cache() -> None:
    """Three objects of 24 B: 3 of 336 slots, in P0's mcache."""
    drawn = frame(snapshot_after(24, 24, 24), 0)

    assert plain(drawn.said) == "24 B, no pointers: 3 of 336 slots taken, in P0’s mcache"
    assert drawn.freeindex == 3


def test_this_request_and_freeindex_stand_on_the_grid() -> None:
    """Slot 2 of 42 columns has the outline, the triangle points at slot 3."""
    slots = frame(snapshot_after(24, 24, 24), 0).slots

    assert slots.request == (((28, 0), (41, 0), (41, 13.625), (28, 13.625)),)
    assert slots.freeindex == pytest.approx((49, 7.3125))


def test_a_run_of_equal_requests_is_framed_as_a_whole() -> None:
    """Slots 2 to 101 of 42 columns: from the third place of row 0 to the 18th of row 2, with a step at either end."""
    world = World()
    world.malloc_run(24, count=2)
    world.malloc_run(24, count=100)

    (outline,) = frame(world.snapshot(), 0).slots.request

    wide, high = 14, 14.625
    assert outline == (
        (2 * wide, 0),
        (588 - 1, 0),
        (588 - 1, 2 * high - 1),
        (18 * wide - 1, 2 * high - 1),
        (18 * wide - 1, 3 * high - 1),
        (0, 3 * high - 1),
        (0, high),
        (2 * wide, high),
    )


def test_a_run_whose_two_rows_do_not_touch_has_two_frames() -> None:
    """Slots 40 to 45 of 42 columns: two at the end of row 0, four at the start of row 1; full rows are one box."""
    world = World()
    world.malloc_run(24, count=40)
    world.malloc_run(24, count=6)

    assert len(frame(world.snapshot(), 0).slots.request) == 2
    world.malloc_run(24, count=38)
    world.malloc_run(24, count=84)
    assert [len(outline) for outline in frame(world.snapshot(), 0).slots.request] == [4]


def test_a_tiny_block_is_framed_once() -> None:
    """Its slot is taken, then it becomes the block: one place."""
    assert len(frame(snapshot_after(5), 0).slots.request) == 1


def test_a_full_span_has_no_triangle() -> None:
    """Two slots of 4096 B taken: freeindex is nelems, and the field says so."""
    drawn = frame(snapshot_after(4096, 4096), 0)

    assert drawn.slots.freeindex is None
    assert ("freeindex", "2", "= nelems") in drawn.fields


@pytest.mark.parametrize(
    ("size", "pointers", "words"),
    [
        (24, False, "128 B reserved for inline mark bits: 336 × 24 B + 128 B = 8 192 B, one page"),
        (
            16,
            True,
            ("128 B inline mark bits + 128 B heap bits: 496 × 16 B + 256 B = 8 192 B"),
        ),
        (1152, False, "128 B too short for a slot: 7 × 1 152 B + 128 B = 8 192 B, one page"),
        (1024, False, "no tail: 8 × 1 024 B = 8 192 B, one page"),
    ],
)
def test_the_tail_says_where_its_bytes_go(size: int, pointers: bool, words: str) -> None:
    """Reserved for bits, too short for a slot, or none at all; the sum is the span."""
    assert plain(frame(snapshot_after(size, pointers=pointers), 0).tail.words) == words


def test_the_strip_joins_the_pages_of_a_span() -> None:
    """A 10 240 B span has five pages: one cell of five, framed; the strip has eighteen pages."""
    drawn = frame(snapshot_after(24, 10_240), 1)

    assert sum(cell.pages for cell in drawn.strip) == 18
    assert [(cell.pages, cell.label) for cell in drawn.strip if cell.here] == [(5, "10240")]


def test_a_large_object_is_one_slot() -> None:
    """100 000 B on 13 pages: large, one object, no grid of slots."""
    drawn = frame(snapshot_after(100_000), 0)

    assert plain(drawn.said) == "large, no pointers: one object of 100 000 B on 13 pages"


def test_a_stack_span_has_no_slots() -> None:
    """A span of four pages managed by hand says so."""
    world = World()
    world.alloc_manual(4)
    snapshot = world.snapshot()

    drawn = frame(snapshot, snapshot.spans.id[0])

    assert drawn.said == "4 pages managed by hand, for stacks"


def fields_of(snapshot: Snapshot, row: int = 0) -> dict[str, str]:
    """Return all fields of a row's span, value by name."""
    span = snapshot.spans.info(row)
    return {f.name: f.value for f in (*main_fields(snapshot, span), *other_fields(snapshot, span))}


def test_all_fields_of_mspan_are_listed() -> None:
    """Twelve on screen, the others on demand: the fields that Go 1.27.3 declares, each once and with a value."""
    packed = Path(__file__).parents[1] / "data" / "go1.27.3_symbols.txt.gz"
    symbols = gzip.decompress(packed.read_bytes()).decode().split()
    declared = sorted(name.removeprefix("mspan.") for name in symbols if name.startswith("mspan."))
    snapshot = snapshot_after(24, 24)

    values = fields_of(snapshot)

    listed = sorted(name for field in values for name in field.split(", "))
    assert listed == [name for name in declared if name != "_"]
    assert len(main_fields(snapshot, snapshot.spans.info(0))) == 12
    assert all(values.values())


@pytest.mark.parametrize(
    ("taken", "cache"),
    [
        (1, "0x7fffffffffffffff"),
        (63, "0x0000000000000001"),
        (64, "0xffffffffffffffff"),
        (65, "0x7fffffffffffffff"),
        (335, "0x0001ffffffffffff"),
        (336, "0x0000ffffffffffff"),
    ],
)
def test_alloc_cache_is_shifted_and_read_anew_at_multiples_of_64(taken: int, cache: str) -> None:
    """After one slot of 24 B a bit is gone; at 64 the next window is read; bits behind slot 335 mean nothing."""
    snapshot = snapshot_after(*[24] * taken)

    assert fields_of(snapshot)["allocCache"] == cache


def windows(nelems: int, alloc_bits: int) -> Iterator[tuple[int, int]]:
    """Yield (freeindex, allocCache) before and after each slot that Go gives, written as Go does it."""
    freeindex, cache = 0, ~alloc_bits & (1 << 64) - 1
    yield freeindex, cache
    while freeindex < nelems:
        while not cache:
            freeindex = (freeindex + 64) // 64 * 64
            if freeindex >= nelems:
                break
            cache = ~(alloc_bits >> freeindex) & (1 << 64) - 1
        slot = freeindex + (cache & -cache).bit_length() - 1
        if not cache or slot >= nelems:
            yield nelems, cache
            return
        cache >>= slot - freeindex + 1
        freeindex = slot + 1
        if freeindex % 64 == 0 and freeindex != nelems:
            cache = ~(alloc_bits >> freeindex) & (1 << 64) - 1
        yield freeindex, cache


@pytest.mark.parametrize(("size", "nelems"), [(8, 1008), (24, 336), (32, 252), (128, 63), (112, 72), (8192, 1)])
@pytest.mark.parametrize("seed", range(4))
def test_alloc_cache_is_right_where_objects_lived_through_a_sweep(size: int, nelems: int, seed: int) -> None:
    """With a random allocBits, or with the last slots alive, every slot that malloc takes leaves Go's window."""
    rng = random.Random(seed)
    alive = rng.getrandbits(nelems) & rng.getrandbits(nelems) | (0, 0, 0b11 << nelems >> 2, 1 << nelems >> 1)[seed]
    span = snapshot_after(size).spans.info(0)._replace(alloc_bits=alive, nelems=nelems)

    wrong = [
        (freeindex, cache)
        for freeindex, cache in windows(nelems, alive)
        if alloc_cache(span._replace(freeindex=freeindex)) != cache
    ]

    assert not wrong


def test_limit_and_multiplier_of_a_span_with_slots() -> None:
    """336 slots of 24 B end where the mark bits begin; 2^32 / 24 rounded up divides by 24."""
    snapshot = snapshot_after(24)

    fields = fields_of(snapshot)

    assert fields["divMul"] == "178956971"
    assert fields["limit"] == hex(snapshot.arena_base + 336 * 24)


def test_a_large_object_ends_where_it_was_asked_to() -> None:
    """100 000 B of pointers: limit is not the end of the 13th page, and the span knows the type."""
    snapshot = snapshot_after(100_000, pointers=True)

    fields = fields_of(snapshot)

    assert fields["limit"] == hex(snapshot.arena_base + 100_000)
    assert fields["allocCache"] == "0xffffffffffffffff"
    assert (fields["divMul"], fields["largeType"]) == ("0", "set")


def test_a_stack_span_has_neither_type_nor_cache() -> None:
    """Managed by hand: limit is the end of its pages."""
    world = World()
    world.alloc_manual(4)
    snapshot = world.snapshot()

    fields = fields_of(snapshot)

    assert fields["limit"] == hex(snapshot.arena_base + 4 * 8192)
    assert (fields["allocCache"], fields["largeType"]) == ("unused", "nil")


def test_alloc_count_before_cache_is_what_the_p_found() -> None:
    """Three objects, the mcache flushed, a fourth: the span was cached again with three."""
    world = World()
    for _ in range(3):
        world.malloc(24)
    world.read_mem_stats()
    world.malloc(24)

    fields = fields_of(world.snapshot())

    assert (fields["allocCount"], fields["allocCountBeforeCache"]) == ("4", "3")


def test_newest_span_is_the_one_the_request_ended_in() -> None:
    """A slot, a large object and a tiny object each name a span; a zero-sized one names none; a run its last."""
    world = World()
    world.malloc_run(24, count=700)

    newest = [newest_span(snapshot_after(24, size).events) for size in (24, 100_000, 5, 0)]

    assert newest == [0, 1, 1, -1]
    assert newest_span(world.events) == 2


@pytest.mark.parametrize("count", [1, 2, 7, 15, 63, 336, 1008, 1024])
def test_every_slot_has_its_own_cell(count: int) -> None:
    """Filling slot by slot paints a new part of the picture each time."""
    one = png.slots(2, 1 << count - 1, 0, count)
    every = png.slots(2, (1 << count) - 1, 0, count)

    assert one.shape == every.shape == (117, 588)
    assert 0 < (one == 2).sum() <= (every == 2).sum()
    assert (every == png.EDGE).sum() == 0


def test_a_slot_that_lived_has_a_dash() -> None:
    """allocBits 1: the darker shade in the middle; taken since the sweep: plain."""
    picture = png.slots(2, 0b11, 0b01, 2)

    assert (picture[:, :294] == 2 + png.DARK).any()
    assert not (picture[:, 294:] == 2 + png.DARK).any()


def test_bits_unpack_lowest_first() -> None:
    """0b1101 over six slots."""
    assert np.array_equal(png.bits(0b1101, 6), [True, False, True, True, False, False])


def test_the_keyboard_goes_from_span_to_span() -> None:
    """Next and previous walk in address order and stop at the ends."""
    view = SpanView()
    view.update(snapshot_after(24, 48, 64))
    seen = []

    for by in (1, 1, 1, 1, -1, -1, -1):
        view.move(by)
        seen.append(view.host.pick)

    assert seen == [0, 1, 2, 2, 1, 0, 0]
    view.close()


def test_the_table_of_all_fields_is_written_when_opened() -> None:
    """Closed it costs nothing; open it has divMul."""
    view = SpanView()
    snapshot = snapshot_after(24)
    view.host.choose(0)
    view.update(snapshot)
    closed = view.more.value

    view.all.value = True

    assert closed == ""
    assert "divMul" in view.more.value
    view.close()


def test_close_takes_every_widget() -> None:
    """A span view shown for ten picks and closed leaves nothing."""
    before = len(_instances)
    view = SpanView()
    for snapshot in (snapshot_after(24, 48, size) for size in range(64, 704, 64)):
        view.host.choose(2)
        view.update(snapshot)

    view.close()

    assert len(_instances) == before


def test_a_span_of_stacks_says_how_it_is_cut() -> None:
    """G2's stack lies in a span of sixteen; the free list leads to the next free one. A large one is not cut."""
    world = World()
    stack = world.go(1).stack
    snapshot = world.snapshot()
    around = snapshot.span_at(stack.lo)
    assert around is not None

    fields = {field.name: field.value for field in other_fields(snapshot, around)}
    shown = frame(snapshot, around.id)
    world.call(2, 0, "f", 40_000)
    large = frame(world.snapshot(), world.snapshot().span_at(stack.lo).id)  # type: ignore[union-attr]

    assert fields["manualFreeList"] == hex(snapshot.stacks.spans[0].free[0])
    assert "cut into 16 stacks of 2\u202f048 B" in shown.tail.words
    assert "not cut into slots" in large.tail.words
