"""The snapshot shows each P with what it runs, who waits, and what it keeps to itself."""

from gomemlab.runtime.gc.roots import Global
from gomemlab.runtime.procinfo import IDLE, LOOKING, RUNNING, SPINNING, CacheSummary, SchedInfo, ShardSummary
from gomemlab.runtime.world import World


def test_without_a_scheduler_a_p_shows_its_caches_alone() -> None:
    """P0 has as many spans as its mcache shows, and 8 B left in its tiny block; P1 has nothing."""
    world = World(procs=2)
    world.malloc(24)
    world.malloc(8)

    snapshot = world.snapshot()

    assert snapshot.sched is None
    assert [(proc.status, proc.g, proc.runq) for proc in snapshot.procs] == [("", 0, ())] * 2
    spans = {*snapshot.ps[0].alloc} - {-1}
    cache = snapshot.procs[0].cache
    assert (cache.spans, cache.tiny) == (len(spans), 8)
    assert snapshot.procs[1].cache == CacheSummary(0, 0, 0, 0, 0)


def test_a_p_runs_looks_spins_or_idles() -> None:
    """P0 runs G1 with two behind it, P3 was woken; then P0 looks, while P1 and P2 idle."""
    world = World(procs=4)
    world.schedinit()
    world.go()
    world.go()
    first = world.snapshot()

    world.gopark(1, "sleep")
    second = world.snapshot()

    assert [proc.status for proc in first.procs] == [RUNNING, IDLE, IDLE, SPINNING]
    assert (first.procs[0].g, first.procs[0].runnext, first.procs[0].runq) == (1, 3, (2,))
    assert second.procs[0].status == LOOKING
    assert second.sched == SchedInfo((), 0, ((1, "sleep"),), (1, 2))


def test_a_p_shows_its_shard_its_stacks_and_its_locks() -> None:
    """P1 has put two items, started and lost a goroutine; P2 has done nothing."""
    world = World(procs=2)
    pool = world.pool()
    pool.put("a", p=1)
    pool.put("b", p=1)
    world.goexit(world.go(p=1))
    world.gomaxprocs(3)

    _, one, two = world.snapshot().procs

    assert one.shards == (ShardSummary(1, 1, 1),)
    assert two.shards == ()
    assert (one.stacks, one.dead_gs) == ((7, 0, 0, 0), 1)
    assert dict(one.locks)["heap"] > 0
    assert two.locks == ()


def test_the_barrier_buffer_is_counted() -> None:
    """While a cycle marks, P0 stored a pointer over nil: one entry at least."""
    world = World()
    address = world.new(1)
    world.gc_start()

    world.write(Global(0), address)

    assert world.snapshot().procs[0].wbbuf == len(world.snapshot().gc.wbbuf[0]) > 0
