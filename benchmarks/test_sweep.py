"""Sweeping: spans swept a second, by what becomes of them."""

import gc
from statistics import median
from time import process_time

import pytest
from table import Row, Table

from gomemlab.runtime.alloc.mspan import SpanState
from gomemlab.runtime.world import World

SIZE, SPANS = 64, 20_000
ROUNDS = 3
KEPT = {"half of each span lives": 0x5555, "nothing lives: each span goes back to the heap": 0}


def swept_a_second(kept: int) -> float:
    """Sweep a heap of SPANS spans whose marks repeat a pattern of 16 slots; return spans a second."""
    world = World()
    world.malloc_run(SIZE, count=126 * SPANS)
    world.read_mem_stats()
    spans = world.allocator.heap.spans.values()
    pattern = int("".join(f"{kept:016b}" for _ in range(8)), 2)
    marks = {span.id: pattern & span.taken_bits() for span in spans if span.state is SpanState.IN_USE}
    world.sweep_begin(marks)
    gc.collect()
    begin = process_time()
    swept = world.sweep_all()
    return swept / (process_time() - begin)


@pytest.mark.parametrize("what", KEPT)
def test_spans_swept_a_second(table: Table, what: str) -> None:
    """One by one, as the background sweeper takes them."""
    rates = [swept_a_second(KEPT[what]) for _ in range(ROUNDS)]

    table.add(Row(f"sweep, {what}", f"{median(rates) / 1e3:.0f},000 spans/s"))
