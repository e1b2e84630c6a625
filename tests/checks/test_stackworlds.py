"""Worlds of goroutines that call deep, return and end, as lesson 12 tells of them."""

import pytest

from gomemlab.checks import stackworlds
from gomemlab.commands import GC, Return
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.roots import STACK_TOP
from gomemlab.runtime.world import World
from gomemlab.stackcommands import CallFrame

SIZES = [2048 << k for k in range(12)]  # as a real program saw them, twenty thousand calls deep


def test_a_deep_recursion_takes_every_size_and_copies_less_than_the_last_has() -> None:
    """From 2048 to 4194304 B in 11 moves."""
    rows = stackworlds.growth()

    assert [row[0] for row in rows] == SIZES[:-1]
    assert [row[1] for row in rows] == SIZES[1:]
    assert rows[-1][-1] == sum(row[2] for row in rows) < SIZES[-1]
    assert stackworlds.how_it_grew() == "moved"


def test_the_scene_of_the_recursion_ends_where_the_rows_end() -> None:
    """Twenty thousand calls of 200 B."""
    info = stackworlds.of_g2(stackworlds.twenty_thousand())

    assert (info.size, info.used) == (SIZES[-1], 56 + 20_000 * 200)


def test_the_next_call_of_the_first_lab_moves_the_stack_and_its_pointer() -> None:
    """Four calls fit into 2 KiB, the fifth does not; f#1[0] is adjusted."""
    timeline = stackworlds.first_calls()
    before = stackworlds.of_g2(timeline)

    timeline.do(CallFrame(stackworlds.G, stackworlds.SHORT_FRAME, 2))

    after = stackworlds.of_g2(timeline)
    assert (before.size, after.size, len(before.frames)) == (2048, 4096, 5)
    assert before.hi - before.frames[1].slots[0] == after.hi - after.frames[1].slots[0] > 0
    assert before.frames[1].slots[0] != after.frames[1].slots[0]


def test_a_pointer_to_a_local_follows_it() -> None:
    """In the tick before the move and after it p holds the address of x."""
    timeline = stackworlds.pointed()

    (p, x), (moved_p, moved_x) = (stackworlds.p_and_x(timeline, len(timeline) + by) for by in (-1, 0))

    assert p == x != moved_p == moved_x


def test_a_stack_that_is_nearly_empty_halves_with_each_collection() -> None:
    """Eleven collections from 4 MiB to 2 KiB; the next one leaves it."""
    timeline = stackworlds.come_back()
    sizes = [stackworlds.of_g2(timeline).size]
    for _ in range(12):
        timeline.do(GC())
        sizes.append(stackworlds.of_g2(timeline).size)

    assert sizes == [*SIZES[::-1], 2048]


def test_halving_ends_where_bytes_in_use_and_800_more_are_a_quarter() -> None:
    """A thousand goroutines of a real program, with some 600 B in use: 65536, 32768, …, 4096, 4096."""
    info = stackworlds.of_g2(stackworlds.waiting())

    assert (info.size, info.used) == (65_536, 600)
    assert [stackworlds.after_collections(n) for n in range(6)] == [65_536, 32_768, 16_384, 8192, 4096, 4096]


def test_reused_gs_begin_with_what_goroutines_needed_and_new_ones_with_2_kib() -> None:
    """16384 B after five hundred that were 7.5 KiB deep, and 2048 B again after shallow ones."""
    rows = stackworlds.starts()

    assert [row[2:] for row in rows] == [("none", 2048), (16_384, 2048), (2048, 2048)]
    assert stackworlds.next_size(stackworlds.after_a_crowd()) == 16_384


def test_stack_memory_is_cut_as_go_cuts_it() -> None:
    """16 stacks of 2 KiB in a span of four pages, of which a P takes 8 at a time."""
    assert stackworlds.sources() == [
        (2048, 16, 4, 8),
        (4096, 8, 4, 4),
        (8192, 4, 4, 2),
        (16_384, 2, 4, 1),
        (32_768, 1, 4, "no cache"),
        (65_536, 1, 8, "no cache"),
    ]


def test_ten_goroutines_have_stacks_of_five_sizes_on_two_ps() -> None:
    """2, 4, 8, 16 and 64 KiB."""
    stacks = stackworlds.ten_goroutines().world.snapshot().stacks

    assert {size.nbytes for size in stacks.sizes} == {2048, 4096, 8192, 16_384, 65_536}
    assert [bool(of_p[0]) for of_p in stacks.caches] == [True, True]


def test_deep_stacks_are_scanned_and_lift_the_goal() -> None:
    """The goal of ten thousand deep goroutines is higher by what is in use on their stacks."""
    few, shallow, deep = stackworlds.costs()

    assert few[-1] == 4 << 20
    assert deep[3] - shallow[3] == 10_000 * (deep[1] - shallow[1]) == deep[5] - shallow[5]
    assert shallow[5] == 2 * shallow[4] + shallow[3]


@pytest.mark.slow
def test_a_hundred_thousand_goroutines_take_the_bytes_of_real_go() -> None:
    """204 800 000 B: ten times what ten thousand take."""
    world = World()

    world.go_many(100_000, 0, nbytes=stackworlds.IDLE - STACK_TOP)

    assert world.mstats().stack_inuse == stackworlds.many() == 204_800_000


def test_gs_stay_when_goroutines_end() -> None:
    """Ten thousand gs on the heap after collections; five thousand new goroutines need no others."""
    rows = stackworlds.gs()
    gs, inuse, alloc = ([row[column] for row in rows] for column in (2, 3, 4))

    assert gs == [0, *[10_000] * 5]
    assert inuse[1] == inuse[2] == 20_480_000 > 100 * inuse[3]
    assert alloc[3] == alloc[4] == alloc[5] > 10_000 * 480


def test_the_next_call_at_the_limit_is_refused_in_gos_words_and_the_world_lives_on() -> None:
    """A stack of 512 MiB; one more frame of 256 B would make it 1 GiB."""
    timeline = stackworlds.near_the_limit()
    full = stackworlds.of_g2(timeline)

    with pytest.raises(MisuseError, match="goroutine stack exceeds 1000000000-byte limit"):
        timeline.do(CallFrame(stackworlds.G, stackworlds.SHORT_FRAME, 2))

    assert stackworlds.of_g2(timeline) == full
    assert stackworlds.without_end()[0] == full.size == 1 << 29
    timeline.do(Return(stackworlds.G))
    assert stackworlds.of_g2(timeline).used < full.used
