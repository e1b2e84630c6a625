"""The runtime's own memory: lists of records take 16 KiB at once, and MemStats counts all of it."""

import pytest

from gomemlab.runtime.alloc.offheap import HEAP_ARENA_SIZE, PALLOC_DATA_BYTES, fix_alloc_sys, off_heap
from gomemlab.runtime.arch import MCACHE_SIZE, MSPAN_SIZE


@pytest.mark.parametrize(
    ("size", "most", "sys"),
    [
        (MSPAN_SIZE, 0, 0),
        (MSPAN_SIZE, 84, 16320),  # MSpanInuse 13440: a Go program's start
        (MSPAN_SIZE, 148, 32640),  # 23680
        (MSPAN_SIZE, 340, 65280),  # 54400
        (MCACHE_SIZE, 1, 16072),
        (MCACHE_SIZE, 7, 16072),
        (MCACHE_SIZE, 8, 32144),
    ],
)
def test_lists_of_records_take_what_gos_take(size: int, most: int, sys: int) -> None:
    """MSpanSys and MCacheSys of a real Go 1.27, for the records that it had in use."""
    assert fix_alloc_sys(size, most) == sys


def test_each_further_arena_adds_its_record() -> None:
    """One arena is in what a program has at its start; 513 of them need a second MiB of bitmaps."""
    few, more, many = off_heap(0, 1, 1), off_heap(0, 1, 5), off_heap(0, 1, 513)

    assert off_heap(0, 1, 0).gc_sys == few.gc_sys
    assert more.gc_sys - few.gc_sys == more.resident - few.resident == 4 * HEAP_ARENA_SIZE
    assert many.gc_sys - few.gc_sys == 512 * HEAP_ARENA_SIZE + PALLOC_DATA_BYTES
    assert few.total == few.mspan_sys + few.mcache_sys + few.buck_hash_sys + few.gc_sys + few.other_sys
