"""mallocgc: a request takes one of five ways, and comes back with Go's address."""

import json
from pathlib import Path
from typing import Any

import pytest

from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, GO_1_21, GO_1_22, GO_1_27, PAGE_SIZE, ZERO_BASE, Go
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.events import LargeMade, SlotTaken, TinyBlockTaken, TinyPlaced, ZeroSized
from gomemlab.runtime.malloc import tiny_offset
from gomemlab.runtime.world import World

BASE = DEFAULT_HEAP_BASE
TINY = json.loads((Path(__file__).parent.parent / "data" / "go1.27.3_tiny.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("pointers", [False, True])
def test_nothing_asked_is_zerobase(pointers: bool) -> None:
    """malloc(0) gives one and the same address outside the heap, and maps nothing."""
    world = World()

    addresses = {world.malloc(0, pointers), world.malloc(0, pointers)}

    assert addresses == {ZERO_BASE}
    assert world.events == (ZeroSized(0),)
    assert (world.mstats().mallocs, world.mstats().heap_sys) == (0, 0)


@pytest.mark.parametrize("pointers", [False, True])
def test_a_run_of_nothing_is_zerobase_too(pointers: bool) -> None:
    """malloc_run(0, count=3): three times zerobase."""
    world = World()

    assert world.malloc_run(0, pointers, count=3) == [(ZERO_BASE, 1, 0)] * 3
    world.check()


@pytest.mark.parametrize("case", TINY["sequences"], ids=lambda case: ",".join(map(str, case["sizes"])))
def test_tiny_objects_share_blocks_as_in_go(case: dict[str, Any]) -> None:
    """8, 15, 8: the 15 B object gets a block of its own, the second 8 B object goes back to the first block."""
    world = World()

    addresses = [world.malloc(size) - BASE for size in case["sizes"]]

    assert addresses == [16 * b + offset for b, offset in zip(case["block"], case["offsets"], strict=True)]


def test_five_tiny_objects_cost_one_slot() -> None:
    """3, 3, 3, 3, 3: Mallocs + 5, TotalAlloc + 16, and one living object."""
    world = World()

    for _ in range(5):
        world.malloc(3)

    stats = world.mstats()
    assert (stats.mallocs, stats.total_alloc, stats.heap_objects) == (5, 16, 1)


def test_sixteen_bytes_never_share() -> None:
    """1 B, 16 B, 1 B: blocks 0, 1 and again 0."""
    world = World()

    assert [world.malloc(size) - BASE for size in (1, 16, 1)] == [0, 16, 1]


def test_pointers_are_never_tiny() -> None:
    """8 B with pointers get an 8 B slot, 8 B without go into a block."""
    world = World()

    scan, noscan = world.malloc(8, pointers=True), world.malloc(8)

    assert (scan, noscan) == (BASE, BASE + PAGE_SIZE)
    assert [span.elemsize for span in map(world.snapshot().span_at, (scan, noscan)) if span] == [8, 16]


def test_each_p_has_its_tiny_block() -> None:
    """1 B on P0, P1, P0: two blocks."""
    world = World(procs=2)

    assert [world.malloc(1, p=p) - BASE for p in (0, 1, 0)] == [0, PAGE_SIZE, 1]


def test_the_tiny_block_is_forgotten_with_the_caches() -> None:
    """After ReadMemStats the next byte starts a block."""
    world = World()
    world.malloc(1)

    world.read_mem_stats()

    assert world.malloc(1) == BASE + 16


@pytest.mark.parametrize(
    ("offset", "size", "at"),
    [(1, 8, 8), (1, 4, 4), (5, 2, 6), (5, 6, 6), (5, 12, 8), (5, 3, 5), (5, 7, 5), (0, 15, 0), (8, 8, 8)],
)
def test_a_tiny_object_is_aligned_as_its_size_suggests(offset: int, size: int, at: int) -> None:
    """12 B are a multiple of 4, so they start at a multiple of 4."""
    assert tiny_offset(offset, size) == at


def test_a_tiny_object_says_where_it_went() -> None:
    """A block is taken, then shared, then kept in favour of its room."""
    world = World()

    events = []
    for size in (8, 1, 15):
        world.malloc(size)
        events.append(world.events[-1])

    assert events == [
        TinyBlockTaken(0, 8, BASE, span=0, slot=0, kept=False, first=True),
        TinyPlaced(0, 1, BASE, offset=8),
        TinyBlockTaken(0, 15, BASE + 16, span=0, slot=1, kept=True, first=False),
    ]


@pytest.mark.parametrize(
    ("size", "pointers", "go", "stride", "header"),
    [
        (24, False, GO_1_27, 24, 0),
        (24, True, GO_1_27, 24, 0),
        (512, True, GO_1_27, 512, 0),
        (513, True, GO_1_27, 576, 8),
        (513, True, GO_1_22, 576, 8),
        (513, True, GO_1_21, 576, 0),
        (513, False, GO_1_27, 576, 0),
    ],
)
def test_objects_stand_one_slot_apart(size: int, pointers: bool, go: Go, stride: int, header: int) -> None:
    """513 B with pointers: every 576 B, each 8 B behind its header since 1.22."""
    world = World(go=go)

    addresses = [world.malloc(size, pointers) - BASE for _ in range(3)]

    assert addresses == [header, header + stride, header + 2 * stride]


def test_a_hit_is_one_event() -> None:
    """The second 24 B: slot 1, no miss."""
    world = World()
    world.malloc(24)

    address = world.malloc(20, p=0)

    assert world.events == (SlotTaken(0, 20, 7, 24, span=0, slot=1, address=address),)


@pytest.mark.parametrize(
    ("size", "npages"),
    [(32761, 4), (32768, 4), (32769, 5), (40961, 6), (65537, 9), (1 << 20, 128), ((1 << 20) + 1, 129)],
)
@pytest.mark.parametrize("pointers", [False, True])
def test_a_large_object_has_a_span_of_its_own(size: int, npages: int, pointers: bool) -> None:
    """32,761 B: 4 pages, one slot, and no header even with pointers."""
    world = World()

    address = world.malloc(size, pointers)

    span = world.snapshot().span_at(address)
    assert span is not None
    assert (address, span.npages, span.nelems, span.alloc_count) == (BASE, npages, 1, 1)
    assert (span.elemsize, span.spanclass, span.requested) == (npages * PAGE_SIZE, int(not pointers), size)
    assert world.events[-1] == LargeMade(0, size, npages, span.id, address, pointers)


def test_before_headers_32768_bytes_were_small() -> None:
    """Go 1.21: class 67; 1.22: a large object."""
    spanclasses = []
    for go in (GO_1_21, GO_1_22):
        world = World(go=go)
        world.malloc(32768)
        spanclasses += world.snapshot().spans.spanclass

    assert spanclasses == [135, 1]


def test_a_mcentral_in_the_wrong_place_is_a_defect() -> None:
    """Span class 7's mcentral where that of 6 belongs."""
    world = World()
    central = world.allocator.central

    central[6] = central[7]

    with pytest.raises(ThrowError, match="mcentral 6 is for span class 7"):
        world.check()


def test_a_new_tiny_block_with_no_more_room_does_not_replace_the_old() -> None:
    """12, 12, 4: the second block has no more room than the first, so the 4 B go back to the first."""
    world = World()

    addresses = [world.malloc(size) for size in (12, 12, 4)]

    assert addresses == [BASE, BASE + 16, BASE + 12]
