"""The bulk path: a plan of 200,000 requests through the model, beside real Go allocating the same sizes."""

import os
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from conftest import SideBySide
from table import Row, Table, rate
from workload import log_uniform

from gomemlab import World
from gomemlab.recorded import bulk
from gomemlab.recorded.plan import Act, Plan
from gomemlab.recorded.recording import load
from gomemlab.recorded.replay import replay
from gomemlab.runtime.alloc.sizeclasses import class_table
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, MAX_TINY_SIZE

ROUNDS = 7
GOAL = 1 / 2  # at least; to be as fast as Go would be 1
pytestmark = pytest.mark.benchmark(timer=process_time)
OBJECT_ACTS = (Act.SMALL, Act.TINY, Act.ADDED, Act.LARGE)


def plan_of(sizes: list[int]) -> Plan:
    """Return a plan that asks P0 for pointer-free objects of these sizes."""
    n, size = len(sizes), np.array(sizes, np.int64)
    act = np.where(size < MAX_TINY_SIZE, Act.TINY, Act.SMALL).astype(np.int8)
    spanclass = np.array(class_table().spanclass[0], np.int64)[size]
    rows, zeros = np.arange(n, dtype=np.int64), np.zeros(n, np.int64)
    return Plan(rows, act, spanclass, size, zeros, zeros, np.ones(n, np.bool_), n, False)  # noqa: FBT003 - a column's worth


def test_bulk_log_uniform(side_by_side: SideBySide) -> None:
    """Sizes of 8 to 1023 bytes; those below 16 are tiny objects, asked for one by one."""
    sizes = log_uniform()
    plan = plan_of(sizes)
    side_by_side("bulk replay, 8-1024 B", sizes, World, lambda world: bulk.run(plan, world, DEFAULT_HEAP_BASE), GOAL)


def test_bulk_small_log_uniform(side_by_side: SideBySide) -> None:
    """The same without the tiny objects: sizes of 16 to 1023 bytes."""
    sizes = [size for size in log_uniform(234_000) if size >= MAX_TINY_SIZE]
    plan = plan_of(sizes)
    side_by_side("bulk replay, 16-1024 B", sizes, World, lambda world: bulk.run(plan, world, DEFAULT_HEAP_BASE), GOAL)


def test_bulk_seq24(side_by_side: SideBySide) -> None:
    """The recording of 200,000 objects of 24 bytes, from its own start."""
    recording = load("seq24")
    sizes = recording.plan.size[np.isin(recording.plan.act, OBJECT_ACTS)].tolist()
    start = recording.start.heap_min
    side_by_side(
        "bulk replay, seq24", sizes, recording.world, lambda world: bulk.run(recording.plan, world, start), GOAL
    )


def test_whole_replay(table: Table) -> None:
    """`replay("seq24")`: reading the trace and the op log, planning, the run, the comparison."""
    times = []
    for _ in range(ROUNDS):
        begin = process_time()
        done = replay("seq24")
        assert done.ok
        times.append(process_time() - begin)
    table.add(
        Row(
            'the whole `replay("seq24")`',
            f"{min(times):.2f} s",
            f"{done.total:,} objects",
            rate(done.total, min(times)),
        )
    )


def test_whole_replay_with_collections(table: Table) -> None:
    """A recording with collections, read, planned, run and compared, beside what the program took under the tracer.

    bintrees_gc_stw where the folder GOMEMLAB_RECORDINGS has it, else the one that ships.
    """
    folder = Path(os.environ.get("GOMEMLAB_RECORDINGS", ""), "bintrees_gc_stw")
    recording = load(folder if folder.is_dir() else "churn")
    real = int(recording.trace.time[-1] - recording.trace.time[0]) / 1e9
    reading, running = [], []
    for _ in range(ROUNDS):
        begin = process_time()
        recording = load(recording.path)
        reading.append(process_time() - begin)
        done = replay(recording)
        assert done.ok
        running.append(process_time() - begin - reading[-1])
    for what, times, goal in (("run", running, ""), ("read and run", np.add(reading, running).tolist(), "1")):
        table.add(
            Row(
                f"{recording.name} with {len(done.cycles)} collections, {what}",
                f"{min(times) * 1e3:.0f} ms",
                f"{real * 1e3:.0f} ms traced",
                f"{real / min(times):.2f}",
                goal,
                min(times) <= real if goal else None,
            )
        )
