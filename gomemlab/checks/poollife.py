"""Worlds with a pool: what it still has after some cycles, what its items keep alive, and what a Put costs.

Ten buffers are put; then cycles pass, with or without some use in between. Every figure is read from a world that did
it: which Get gave which buffer, how often New was called, what HeapAlloc and TotalAlloc said.

Go: sync/pool.go, (*Pool).Get, (*Pool).Put, poolCleanup; runtime/iface.go, convTslice.
Left out: what a buffer's bytes say. The model of the heap knows which words are pointers, and no other content.
"""

from collections.abc import Callable, Hashable, Iterable

from gomemlab.commands import GC, New
from gomemlab.poolcommands import PoolGet, PoolNew, PoolPut
from gomemlab.runtime.gc.roots import Field
from gomemlab.runtime.poolinfo import PoolInfo, ShardInfo
from gomemlab.runtime.pooling import SLICE_HEADER_SIZE, PoolHandle
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline

TEN = 10
USED, CYCLES = 4, 5  # buffers that a warmed pool is used with in each cycle, and for how many of them
BUFFER = 1 << 10  # bytes
BODY, PARTS = 4 << 10, 8  # bytes of what a slice points to, and how many of them
PUTS = 1000
HEADER = (0,)  # a slice header's pointer words
FATES_HEAD = ("after the Puts", "in the shard", "in the victim", "ten Gets gave", "New calls")
WARM_HEAD = ("GCs", "in the shard", "in the victim", "New calls so far")
STALE_HEAD = ("before each Put", "HeapAlloc, pool in use, B", "after one more GC without use, B")
PUTTING_HEAD = ("what is put", "objects made", "bytes made")

Way = Callable[[World, int], None]


def filled(world: World, p: int = 0) -> PoolHandle:
    """Return a pool of labels 1 to 10, which P p has put; New makes 1001, 1002 and so on."""
    pool = world.pool(new=lambda call: 1000 + call)
    for label in range(1, TEN + 1):
        pool.put(label, p)
    return pool


def ten_gets(pool: PoolHandle, p: int = 0) -> tuple[Hashable, ...]:
    """Return what ten Gets on a P give."""
    return tuple(pool.get(p) for _ in range(TEN))


def after(gcs: int) -> tuple[Hashable, ...]:
    """Return what ten Gets give when ten buffers were put and then so many GCs ran."""
    world = World()
    pool = filled(world)
    for _ in range(gcs):
        world.gc()
    return ten_gets(pool)


def is_new(item: Hashable) -> bool:
    """Say whether New made a label."""
    return isinstance(item, int) and item > TEN


def news(items: Iterable[Hashable]) -> int:
    """Return how many of the labels New made."""
    return sum(map(is_new, items))


def touched() -> tuple[Hashable, ...]:
    """Return what ten Gets give when one buffer was got and put back between two GCs."""
    world = World()
    pool = filled(world)
    world.gc()
    pool.put(pool.get())
    world.gc()
    return ten_gets(pool)


def from_another_p() -> tuple[Hashable, ...]:
    """Return what ten Gets on P0 give when P1 has put ten buffers."""
    return ten_gets(filled(World(procs=2), p=1))


def items(shards: Iterable[ShardInfo]) -> int:
    """Return how many items lie in shards."""
    return sum((shard.private is not None) + sum(len(ring.items) for ring in shard.shared) for shard in shards)


def info(world: World) -> PoolInfo:
    """Return how a world's first pool stands."""
    return world.snapshot().pools[0]


def fates() -> list[tuple[str, int, int, str, int]]:
    """Return where ten buffers are after no, one and two GCs, which ones ten Gets give, and how often New is called."""
    rows = []
    for gcs, name in enumerate(("no GC", "one GC", "two GCs")):
        world = World()
        pool = filled(world)
        for _ in range(gcs):
            world.gc()
        found = info(world)
        got = ten_gets(pool)
        told = " ".join(map(str, got)) if not news(got) else "what New made"
        rows.append((name, items(found.local), items(found.victim), told, pool.new_calls))
    return rows


def use(pool: PoolHandle, n: int) -> None:
    """Get n items, and put them back."""
    for item in [pool.get() for _ in range(n)]:
        pool.put(item)


def warmed() -> tuple[World, PoolHandle, list[tuple[int, int, int, int]]]:
    """Return a pool that had ten buffers when five cycles of four buffers in use began, and how it stood after each GC.

    The last entry is how it stands when the next ten Gets begin.
    """
    world = World()
    pool, rows = filled(world), list[tuple[int, int, int, int]]()
    for gcs in range(CYCLES + 1):
        if gcs:
            use(pool, USED)
            world.gc()
        found = info(world)
        rows.append((gcs, items(found.local), items(found.victim), pool.new_calls))
    return world, pool, rows


def warm_rows() -> list[tuple[int, int, int, int]]:
    """Return how a warmed pool stands after each GC."""
    return warmed()[2]


def burst() -> int:
    """Return how often New is called when ten buffers are asked for at once after those five cycles."""
    return news(ten_gets(warmed()[1]))


def six_gets() -> tuple[int, ...]:
    """Return what six Gets give when 1, 2 and 3 were put, a GC ran, and 4, 5 and 6 were put."""
    world = World()
    pool = world.pool()
    for label in (1, 2, 3):
        pool.put(label)
    world.gc()
    for label in (4, 5, 6):
        pool.put(label)
    return tuple(int(str(pool.get())) for _ in range(6))


def ten_buffers(p: int = 0, procs: int = 1) -> Timeline:
    """Return a world in which ten buffers with a pointer field were made and put by P p."""
    timeline = Timeline(World(procs=procs))
    timeline.do(PoolNew(BUFFER, HEADER))
    made = [timeline.do(New(HEADER, BUFFER)) for _ in range(TEN)]
    timeline.extend(PoolPut(1, item, p) for item in made)
    return timeline


def two_gcs() -> Timeline:
    """Return that world after two GCs and ten Gets."""
    timeline = ten_buffers()
    timeline.extend([GC(), GC(), *[PoolGet(1)] * TEN])
    return timeline


def two_ps() -> Timeline:
    """Return a world of two Ps, in which P1 has put ten buffers."""
    return ten_buffers(1, 2)


def last_of_ten() -> Timeline:
    """Return the world of two Ps after ten Gets on P0."""
    timeline = two_ps()
    timeline.extend([PoolGet(1)] * TEN)
    return timeline


def after_the_burst() -> Timeline:
    """Return a world whose pool was warmed with ten, had four in use for five cycles, and then gave five at once."""
    timeline = ten_buffers()
    for _ in range(CYCLES):
        got = [timeline.do(PoolGet(1)) for _ in range(USED)]
        timeline.extend([*(PoolPut(1, item) for item in got), GC()])
    timeline.extend([PoolGet(1)] * (USED + 1))
    return timeline


def with_fields() -> Timeline:
    """Return ten buffers, each with a field that points to 4 KiB, of which the pool has five and the program five."""
    timeline = ten_buffers()
    got = [timeline.do(PoolGet(1)) for _ in range(TEN)]
    for item in got:
        assert isinstance(item, int)  # noqa: S101 - tells mypy what New makes
        timeline.do(New(0, BODY, Field(item, 0)))
    timeline.extend(PoolPut(1, item) for item in got[: TEN // 2])
    return timeline


def as_it_is(_world: World, _header: int) -> None:
    """Put a slice as the request left it."""


def cut(_world: World, _header: int) -> None:
    """Do `*s = (*s)[:0]`: a new length, which is no pointer, so nothing that the collector reads has changed."""


def cleared(world: World, header: int) -> None:
    """Do `clear(*s)` and then cut."""
    array = world.load(Field(header, 0))
    for i in range(PARTS):
        world.assign(Field(array, i), None)
    cut(world, header)


WAYS: tuple[tuple[str, Way], ...] = (
    ("nothing", as_it_is),
    ("`*s = (*s)[:0]`", cut),
    ("`clear(*s)`, then the same", cleared),
)


def full_slices(world: World, pool: PoolHandle, way: Way) -> None:
    """Put ten slices of eight pointers to 4 KiB each, treated in one way before the Put."""
    for _ in range(TEN):
        header = world.new(HEADER, SLICE_HEADER_SIZE)
        array = world.new(PARTS, into=Field(header, 0))
        for i in range(PARTS):
            world.new(0, BODY, into=Field(array, i))
        way(world, header)
        pool.put(header)


def alive(way: Way) -> tuple[int, int]:
    """Return HeapAlloc when ten such slices were used in each of five cycles, and after one more GC without use."""
    world = World(slots=1)
    pool = world.pool()
    full_slices(world, pool, way)
    for _ in range(CYCLES):
        use(pool, TEN)
        world.gc()
    before = world.mstats().heap_alloc
    world.gc()
    return before, world.mstats().heap_alloc


def stale_rows() -> list[tuple[str, int, int]]:
    """Return what ten slices in a pool keep alive, for each way to treat them before the Put."""
    return [(name, *alive(way)) for name, way in WAYS]


def stale_bytes() -> int:
    """Return how much less a pool in use keeps alive when its slices were cleared."""
    return alive(cut)[0] - alive(cleared)[0]


def put_slice(pool: PoolHandle) -> None:
    """Get a []byte, and put it."""
    pool.put(pool.get(), boxed=True)


def put_pointer(pool: PoolHandle) -> None:
    """Get a *[]byte, and put it."""
    pool.put(pool.get())


def put_local(pool: PoolHandle) -> None:
    """Get a *[]byte, copy the slice into a local variable b, and put &b: b escapes, so it is made on the heap."""
    header = pool.get()
    assert isinstance(header, int)  # noqa: S101 - tells mypy what New makes
    fresh = pool.world.new(HEADER, SLICE_HEADER_SIZE, fields=(Field(header, 0),))
    pool.world.drop(header)
    pool.put(fresh)


KINDS = (
    ("`pool.Put(b)`, b is a []byte", BUFFER, 0, put_slice),
    ("`pool.Put(p)`, p is the *[]byte that Get gave", SLICE_HEADER_SIZE, HEADER, put_pointer),
    ("`pool.Put(&b)`, b is a local copy of the slice", SLICE_HEADER_SIZE, HEADER, put_local),
    ("`pool.Put(s)`, s is a pointer to a struct", 64, HEADER, put_pointer),
)


def made_by(size: int, slots: int | tuple[int, ...], turn: Callable[[PoolHandle], None]) -> tuple[int, int]:
    """Return how many objects and bytes a thousand turns of Get and Put make, when the pool is warm."""
    world = World(slots=1)
    pool = world.pool(new=size, slots=slots)
    use(pool, 1)
    before = world.mstats()
    for _ in range(PUTS):
        turn(pool)
    now = world.mstats()
    return now.mallocs - before.mallocs, now.total_alloc - before.total_alloc


def putting() -> list[tuple[str, int, int]]:
    """Return, for each kind of item, what a thousand turns of Get and Put make on the heap."""
    return [(name, *made_by(size, slots, turn)) for name, size, slots, turn in KINDS]


def boxes() -> int:
    """Return the bytes that a thousand Puts of a []byte make."""
    return putting()[0][2]
