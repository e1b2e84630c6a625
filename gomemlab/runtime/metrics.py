"""runtime/metrics: every name that Go 1.27 has, with the value that the model has for it.

A metric is a name with a unit and a number, or a histogram. The heap's metrics are read without stopping the world and
without flushing the mcaches, so they lag behind MemStats by what the cached spans handed out; MemStats' fields are sums
of them. None says that the model does not know: what hangs on threads, timers, mutexes, cleanups or GODEBUG, and
histograms of times.

Go: runtime/metrics.go, initMetrics, heapStatsAggregate, sysStatsAggregate, gcStatsAggregate, schedStatsAggregate,
cpuStatsAggregate.
Left out: CPU time of a world that is not paced (there is no clock); in a paced one it is the cost model's.
"""

from collections.abc import Sequence
from typing import Final

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.arch import MCACHE_SIZE, MSPAN_SIZE
from gomemlab.runtime.malloc import P
from gomemlab.runtime.metricnames import ALL
from gomemlab.runtime.pace import Pace
from gomemlab.runtime.proc import GStatus, Sched
from gomemlab.runtime.stack import Stacks

Histogram = tuple[tuple[float, int], ...]  # (the largest value of a bucket, counts), ascending
Value = int | float | Histogram | None  # None: the model does not know

UINT64: Final = (1 << 64) - 1


def read_metrics(
    heap: MHeap, ps: Sequence[P], stacks: Stacks, sched: Sched | None, pace: Pace | None, gogc: int
) -> dict[str, Value]:
    """Return the value of every metric, sorted by name as metrics.All has them; None where the model does not know.

    Go: runtime/metrics.go, readMetricsLocked.
    """
    found: dict[str, Value] = dict.fromkeys(ALL)
    for group in (
        _heap(heap),
        _system(heap, ps),
        _cycles(heap, gogc),
        _goroutines(ps, stacks, sched),
        {} if pace is None else _paced(pace, heap),
    ):
        found.update(group)
    return found


def _heap(heap: MHeap) -> dict[str, Value]:
    """Return the metrics of objects and of the heap's pages. Go: runtime/metrics.go, heapStatsAggregate."""
    stats, sizes = heap.stats, heap.classes.elemsize
    allocs, frees = stats.small_alloc_count, stats.small_free_count
    allocated, freed = stats.slot_bytes(sizes)
    made, gone = stats.large_alloc_count + sum(allocs), stats.large_free_count + sum(frees)
    return {
        "/gc/heap/allocs-by-size:bytes": _by_size(sizes, allocs, stats.large_alloc_count),
        "/gc/heap/allocs:bytes": allocated,
        "/gc/heap/allocs:objects": made,
        "/gc/heap/frees-by-size:bytes": _by_size(sizes, frees, stats.large_free_count),
        "/gc/heap/frees:bytes": freed,
        "/gc/heap/frees:objects": gone,
        "/gc/heap/objects:objects": made - gone,
        "/gc/heap/tiny/allocs:objects": stats.tiny_alloc_count,
        "/memory/classes/heap/free:bytes": stats.mapped - stats.released - stats.in_heap - stats.in_manual,
        "/memory/classes/heap/objects:bytes": allocated - freed,
        "/memory/classes/heap/released:bytes": stats.released,
        "/memory/classes/heap/stacks:bytes": stats.in_manual,
        "/memory/classes/heap/unused:bytes": stats.in_heap - (allocated - freed),
    }


def _by_size(sizes: Sequence[int], counts: Sequence[int], large: int) -> Histogram:
    """Return the counts of small objects by the bytes of their slots, and of large ones behind them."""
    return (*((float(size), n) for size, n in zip(sizes[1:], counts[1:], strict=False)), (float("inf"), large))


def _system(heap: MHeap, ps: Sequence[P]) -> dict[str, Value]:
    """Return the metrics of the runtime's own memory. Go: runtime/metrics.go, sysStatsAggregate."""
    off_heap, spans, mcaches = heap.off_heap(), heap.records.inuse * MSPAN_SIZE, len(ps) * MCACHE_SIZE
    return {
        "/memory/classes/metadata/mcache/free:bytes": off_heap.mcache_sys - mcaches,
        "/memory/classes/metadata/mcache/inuse:bytes": mcaches,
        "/memory/classes/metadata/mspan/free:bytes": off_heap.mspan_sys - spans,
        "/memory/classes/metadata/mspan/inuse:bytes": spans,
        "/memory/classes/metadata/other:bytes": off_heap.gc_sys,
        "/memory/classes/os-stacks:bytes": 0,  # without cgo
        "/memory/classes/other:bytes": off_heap.other_sys,
        "/memory/classes/profiling/buckets:bytes": off_heap.buck_hash_sys,
        "/memory/classes/total:bytes": heap.stats.mapped + off_heap.total,
    }


def _cycles(heap: MHeap, gogc: int) -> dict[str, Value]:
    """Return the metrics of cycles and of the two settings."""
    stats = heap.stats
    return {
        "/gc/cycles/automatic:gc-cycles": stats.num_gc - stats.num_forced_gc,
        "/gc/cycles/forced:gc-cycles": stats.num_forced_gc,
        "/gc/cycles/total:gc-cycles": stats.num_gc,
        "/gc/gogc:percent": gogc & UINT64,  # off, -1, is shown as an unsigned number
        "/gc/gomemlimit:bytes": heap.scavenging.memory_limit,
        "/gc/heap/live:bytes": heap.last_mark.live,
    }


def _goroutines(ps: Sequence[P], stacks: Stacks, sched: Sched | None) -> dict[str, Value]:
    """Return the metrics of goroutines; who runs and who waits is known where somebody schedules.

    Go: runtime/metrics.go, schedStatsAggregate.
    """
    every = stacks.allocator.collector.roots.stacks
    living = [stack.g for stack in every if not stack.dead]
    found: dict[str, Value] = {
        "/gc/scan/stack:bytes": stacks.scanned.last,
        "/gc/stack/starting-size:bytes": stacks.starting_size,
        "/sched/gomaxprocs:threads": len(ps),
        "/sched/goroutines-created:goroutines": len(every),
        "/sched/goroutines:goroutines": len(living),
    }
    if sched is not None:
        found["/sched/goroutines/not-in-go:goroutines"] = 0
        for name, status in (
            ("running", GStatus.RUNNING),
            ("runnable", GStatus.RUNNABLE),
            ("waiting", GStatus.WAITING),
        ):
            found[f"/sched/goroutines/{name}:goroutines"] = sum(sched.status[g - 1] is status for g in living)
    return found


def _paced(pace: Pace, heap: MHeap) -> dict[str, Value]:
    """Return what only a world with a clock and a pacer knows. Go: runtime/metrics.go, cpuStatsAggregate."""
    c = pace.controller
    eager, slowly = heap.scavenging.assist_ns / 1e9, heap.scavenging.background_ns / 1e9
    # A cycle that marks counts as far as its workers and assists have told of their time.
    now = (c.assist_time, c.dedicated_mark_time + c.fractional_mark_time, c.idle_mark_time) if c.marking else (0, 0, 0)
    assist, workers = (pace.assist_cpu + now[0]) / 1e9, (pace.workers_cpu + now[1]) / 1e9
    idle, pause = (pace.idle_cpu + now[2]) / 1e9, pace.stop_cpu / 1e9
    return {
        "/cpu/classes/gc/mark/assist:cpu-seconds": assist,
        "/cpu/classes/gc/mark/dedicated:cpu-seconds": workers,
        "/cpu/classes/gc/mark/idle:cpu-seconds": idle,
        "/cpu/classes/gc/pause:cpu-seconds": pause,
        "/cpu/classes/gc/total:cpu-seconds": assist + workers + idle + pause,
        "/cpu/classes/scavenge/assist:cpu-seconds": eager,
        "/cpu/classes/scavenge/background:cpu-seconds": slowly,
        "/cpu/classes/scavenge/total:cpu-seconds": eager + slowly,
        "/gc/heap/goal:bytes": c.heap_goal(),
        "/gc/scan/globals:bytes": c.globals_scan,
        "/gc/scan/heap:bytes": c.heap_scan,
        "/gc/scan/total:bytes": c.heap_scan + c.last_stack_scan + c.globals_scan,
    }
