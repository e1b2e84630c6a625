"""runtime/metrics: all of Go's names, and values that agree with MemStats."""

import json
from pathlib import Path

import pytest

from gomemlab.runtime.alloc.scavenging import NO_LIMIT, work_ns
from gomemlab.runtime.pace import HISTORY, STOP
from gomemlab.runtime.world import World

ALL = json.loads((Path(__file__).parent.parent / "data" / "go1.27.3_metrics.json").read_text(encoding="utf-8"))
MIB = 1 << 20


def lived(**options: object) -> World:
    """Return a world with small, tiny and large objects, a cycle, and a stack that grew."""
    world = World(procs=2, **options)  # type: ignore[arg-type]
    world.malloc_run(64, False, 500)
    world.malloc(3)
    block = world.malloc(MIB)
    world.drop(block)
    world.alloc_manual(4)
    world.gc()
    world.read_mem_stats()
    return world


def test_the_names_are_gos() -> None:
    """All 108 of them, in the order of metrics.All()."""
    assert list(World().metrics()) == ALL


def test_the_memory_classes_are_sys() -> None:
    """They add up to their total, and that is MemStats.Sys."""
    world = lived()

    classes = {name: value for name, value in world.metrics().items() if name.startswith("/memory/classes/")}

    total = classes.pop("/memory/classes/total:bytes")
    assert sum(value for value in classes.values() if isinstance(value, int)) == total == world.mstats().sys


def test_after_a_flush_the_heap_is_what_mem_stats_says() -> None:
    """ReadMemStats flushes the mcaches; only then reading metrics gives the same numbers."""
    world = lived()
    metrics, stats = world.metrics(), world.mstats()

    tiny = metrics["/gc/heap/tiny/allocs:objects"]
    assert isinstance(tiny, int)
    assert metrics["/gc/heap/allocs:bytes"] == stats.total_alloc
    assert metrics["/gc/heap/allocs:objects"] == stats.mallocs - tiny
    assert metrics["/gc/heap/objects:objects"] == stats.heap_objects
    assert metrics["/memory/classes/heap/objects:bytes"] == stats.heap_alloc
    assert metrics["/memory/classes/heap/unused:bytes"] == stats.heap_inuse - stats.heap_alloc
    assert metrics["/memory/classes/heap/released:bytes"] == stats.heap_released
    assert metrics["/memory/classes/metadata/mspan/inuse:bytes"] == stats.mspan_inuse
    assert metrics["/gc/heap/live:bytes"] == world.footprint().marked


def test_without_a_flush_metrics_lag_behind() -> None:
    """100 objects of a span that is cached: MemStats would flush them, metrics do not see them yet."""
    world = World()
    world.malloc_run(64, False, 100)

    assert (world.metrics()["/gc/heap/allocs:objects"], world.mstats().mallocs) == (0, 100)


def test_objects_by_size_end_with_large_ones() -> None:
    """500 objects of 64 B, one large one; the histogram has 67 classes and what is above."""
    by_size = lived().metrics()["/gc/heap/allocs-by-size:bytes"]

    assert isinstance(by_size, tuple)
    assert len(by_size) == 68
    assert dict(by_size)[64.0] == 500
    assert by_size[-1] == (float("inf"), 1)


def test_settings_and_cycles() -> None:
    """Off is shown as an unsigned number, no limit as the largest signed one."""
    metrics, off = lived(memory_limit=5 * MIB).metrics(), World(gogc=-1).metrics()

    assert metrics["/gc/gomemlimit:bytes"] == 5 * MIB
    assert (off["/gc/gogc:percent"], off["/gc/gomemlimit:bytes"]) == ((1 << 64) - 1, NO_LIMIT)
    cycles = [metrics[f"/gc/cycles/{kind}:gc-cycles"] for kind in ("automatic", "forced", "total")]
    assert cycles == [0, 1, 1]


def test_who_runs_is_known_where_somebody_schedules() -> None:
    """G1 runs, G2 waits for its turn, G3 has ended."""
    world = World(procs=2)
    assert world.metrics()["/sched/goroutines/running:goroutines"] is None
    world.schedinit()
    world.go()
    world.go()

    metrics = world.metrics()

    states = [metrics[f"/sched/goroutines/{state}:goroutines"] for state in ("running", "runnable", "waiting")]
    assert sum(state for state in states if isinstance(state, int)) == metrics["/sched/goroutines:goroutines"] == 3
    assert metrics["/sched/gomaxprocs:threads"] == 2


def test_what_the_model_does_not_know_is_none() -> None:
    """Threads, mutexes, GODEBUG, histograms of times; without a clock CPU time and the goal."""
    unknown = {name for name, value in World().metrics().items() if value is None}

    assert {"/sched/threads/total:threads", "/sync/mutex/wait/total:seconds", "/gc/pauses:seconds"} < unknown
    assert {"/gc/heap/goal:bytes", "/cpu/classes/gc/mark/assist:cpu-seconds"} < unknown
    assert "/godebug/non-default-behavior/panicnil:events" in unknown


def test_a_paced_world_knows_its_goal_and_its_time() -> None:
    """16 MiB of allocations: cycles begin by themselves, and take CPU time of the cost model."""
    world = World(procs=2, paced=True)
    for _ in range(16):
        world.malloc(MIB)

    metrics = world.metrics()

    classes = ("gc/mark/assist", "gc/mark/dedicated", "gc/mark/idle", "gc/pause")
    parts = [metrics[f"/cpu/classes/{name}:cpu-seconds"] for name in classes]
    assert metrics["/gc/heap/goal:bytes"] == world.mstats().next_gc
    total = metrics["/cpu/classes/gc/total:cpu-seconds"]
    assert isinstance(total, float)
    assert total == pytest.approx(sum(part for part in parts if isinstance(part, float)))
    assert total > 0
    assert metrics["/cpu/classes/scavenge/total:cpu-seconds"] == 0


def test_a_paced_world_knows_what_giving_back_took() -> None:
    """16 MiB are dropped, and a second cycle lets the background scavenger have them."""
    world = World(procs=2, paced=True)
    world.drop([world.malloc(MIB) for _ in range(16)])
    world.gc()
    world.gc()
    world.allocator.heap.scavenging.gc_percent_goal = 0

    released = world.scavenge_background()

    metrics = world.metrics()
    assert released > 0
    assert metrics["/cpu/classes/scavenge/background:cpu-seconds"] == work_ns(released) / 1e9
    assert metrics["/cpu/classes/scavenge/assist:cpu-seconds"] == 0


def test_cpu_time_is_counted_from_the_beginning() -> None:
    """After more cycles than a world remembers, each of two stops on two Ps."""
    world = World(procs=2, paced=True)

    for _ in range(HISTORY + 5):
        world.gc()

    assert world.pace is not None
    assert len(world.pace.history) == HISTORY
    assert world.metrics()["/cpu/classes/gc/pause:cpu-seconds"] == (HISTORY + 5) * 2 * 2 * STOP / 1e9


def test_a_cycle_that_marks_counts_as_far_as_it_is_known() -> None:
    """Assists of a cycle that is not over are in the CPU time."""
    world = World(procs=1, paced=True)
    world.gc_start()
    assert world.pace is not None
    world.pace.controller.assist_time = 7_000_000

    assert world.metrics()["/cpu/classes/gc/mark/assist:cpu-seconds"] == 0.007
