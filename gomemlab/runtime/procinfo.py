"""What Ps, queues and locks look like at one moment, for those who look and do not touch.

A P is what it runs, who waits for it, and what it keeps to itself so that it needs no lock: spans, pages, a shard of
each pool, a barrier buffer, stacks.

Go: runtime/runtime2.go, p, schedt.
Left out: goroutines beyond the first thousand of those that wait, or are in the global queue.
"""

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from gomemlab.runtime.alloc.locks import LOCKS, Locks
from gomemlab.runtime.alloc.mspan import EMPTY_SPAN
from gomemlab.runtime.arch import MAX_TINY_SIZE
from gomemlab.runtime.malloc import Allocator, P
from gomemlab.runtime.pool import Pool, Pools
from gomemlab.runtime.proc import Proc, Sched
from gomemlab.runtime.stack import Stacks

RUNNING, LOOKING, SPINNING, IDLE = "running", "looking", "spinning", "idle"  # what a P does; "": nobody schedules
MAX_QUEUE = 1000  # goroutines of a queue that a picture shows


class ShardSummary(NamedTuple):
    """What a P has of a pool."""

    pool: int  # id
    private: int  # items, 0 or 1
    shared: int  # items


class CacheSummary(NamedTuple):
    """What a P's mcache and page cache hold."""

    spans: int
    free_slots: int  # of them
    free_bytes: int
    tiny: int  # bytes left in the tiny block
    pages: int  # free ones of the page cache


class ProcInfo(NamedTuple):
    """A P."""

    id: int
    status: str  # RUNNING to IDLE, or ""
    g: int  # the goroutine that runs, 0 for none
    runnext: int  # goroutine, 0 for none
    runq: tuple[int, ...]  # goroutines, the next first
    schedtick: int
    cache: CacheSummary
    shards: tuple[ShardSummary, ...]
    wbbuf: int  # pointers in the barrier buffer
    stacks: tuple[int, ...]  # free stacks by order: 2, 4, 8 and 16 KiB
    dead_gs: int  # to be used again
    locks: tuple[tuple[str, int], ...]  # times that this P took each lock, those it never took left out


class SchedInfo(NamedTuple):
    """What all Ps share of the scheduler."""

    runq: tuple[int, ...]  # the global queue, the next first
    more: int  # goroutines that are not listed
    waiting: tuple[tuple[int, str], ...]  # goroutine, and what it waits for
    idle: tuple[int, ...]  # Ps, the next to be woken last


def lock_totals(locks: Locks) -> tuple[tuple[str, int], ...]:
    """Return how often each lock was taken, by whichever P."""
    return tuple((name, locks.total(name)) for name in LOCKS)


def sched_info(sched: Sched | None) -> SchedInfo | None:
    """Return the shared part of the scheduler, None where there is none."""
    if sched is None:
        return None
    runq = tuple(islice(sched.runq, MAX_QUEUE))
    waiting = tuple(islice(sorted(sched.reasons.items()), MAX_QUEUE))
    return SchedInfo(runq, len(sched.runq) - len(runq), waiting, tuple(sched.idle))


def proc_infos(
    allocator: Allocator, ps: Sequence[P], pools: Pools, stacks: Stacks, sched: Sched | None
) -> tuple[ProcInfo, ...]:
    """Return what there is to see of each P."""
    procs = [Proc(p.id) for p in ps] if sched is None else sched.procs
    return tuple(_proc(allocator, p, pools, stacks, proc, sched) for p, proc in zip(ps, procs, strict=True))


def _proc(allocator: Allocator, p: P, pools: Pools, stacks: Stacks, proc: Proc, sched: Sched | None) -> ProcInfo:
    return ProcInfo(
        id=p.id,
        status="" if sched is None else _status(proc),
        g=proc.current,
        runnext=proc.queue.runnext,
        runq=tuple(proc.queue.ring),
        schedtick=proc.schedtick,
        cache=_cache(p),
        shards=tuple(_shard(pool, p.id) for pool in pools.pools if p.id < len(pool.local)),
        wbbuf=len(allocator.collector.wbufs[p.id].entries),
        stacks=tuple(map(len, stacks.memory.caches[p.id])),
        dead_gs=len(stacks.gfree.local[p.id]),
        locks=tuple(allocator.heap.locks.of(p.id).items()),
    )


def _shard(pool: Pool, p: int) -> ShardSummary:
    shard = pool.local[p]
    return ShardSummary(pool.id, int(shard.private is not None), sum(map(len, shard.shared.dequeues)))


def _status(proc: Proc) -> str:
    if proc.current:
        return RUNNING
    return IDLE if proc.idle else SPINNING if proc.spinning else LOOKING


def _cache(p: P) -> CacheSummary:
    spans = [span for span in p.mcache.alloc if span is not EMPTY_SPAN]
    free = [span.nelems - span.alloc_count for span in spans]
    nbytes = sum(n * span.elemsize for n, span in zip(free, spans, strict=True))
    tiny = MAX_TINY_SIZE - p.mcache.tiny_offset if p.mcache.tiny else 0
    return CacheSummary(len(spans), sum(free), nbytes, tiny, p.pcache.cache.bit_count())
