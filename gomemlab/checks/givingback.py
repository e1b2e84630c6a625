"""Worlds that drop what they had, as lesson 15 tells of them: what stays in the process, and who gives it back when.

Go: runtime/mgcscavenge.go, gcPaceScavenger, bgscavenge; runtime/debug/garbage.go, FreeOSMemory; runtime/mstats.go,
MemStats.
Left out: huge pages, and most of what a small process has from its start (a quarter of a MiB of stacks, and 30 objects
stand for it in the experiment with 256 MiB).
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Final, cast

from gomemlab.commands import GC, AllocManual, Drop, GCStart, Malloc, MarkAll, MarkDone, SweepAll
from gomemlab.memcommands import CMalloc, FreeOSMemory, MAdvise, MemoryPressure, Touch
from gomemlab.pacecommands import Advance
from gomemlab.runtime.footprint import Footprint
from gomemlab.runtime.gc.roots import STACK_TOP
from gomemlab.runtime.world import World
from gomemlab.stackcommands import GoMany
from gomemlab.timeline import Timeline

MIB: Final = 1 << 20
SECOND: Final = 1_000_000_000
BLOCKS: Final = 256  # of a MiB each
IN_C: Final = 64  # MiB
PROCS: Final = 4
FIRST, STAYS = 256, 80  # blocks made, and kept, in the exercise about what the scavenger leaves
LIMIT, HOLES, LARGER = 128, 48, 50  # MiB; holes of a MiB; blocks of two MiB
SLOT, SLOTS = 2048, 64 * MIB // 2048  # bytes of a small object, four in a span; objects
CHUNK: Final = 4 * MIB // SLOT  # objects in a chunk of 4 MiB
STEPS_HEAD = ("moment", "HeapAlloc", "HeapIdle", "HeapReleased", "Sys", "RSS")
CYCLES_HEAD = ("who collects", "NumGC", "NumForcedGC", "HeapAlloc", "HeapInuse", "HeapReleased", "RSS")
SPARSE_HEAD = ("kept", "HeapAlloc", "HeapInuse", "HeapIdle", "scavenger gives back", "FreeOSMemory gives back")
SLOWLY_HEAD = ("idle, MiB", "Ps", "nine tenths given back after ≈, s", "the scavenger worked ≈, ms", "of all Ps, %")
ADVICE_HEAD = ("moment", "MADV_DONTNEED: HeapReleased", "RSS", "MADV_FREE: HeapReleased", "RSS")
LEDGER_HEAD = ("from RSS down", "MiB", "left", "where to see it", "what helps")
# Where a program finds each account of the ledger, and what makes it smaller.
HELP: Final = {
    "program's text and data": ("RssFile", "nothing; small"),
    "C memory": ("RSS − (Sys − HeapReleased)", "C.free; ask the C library"),
    "runtime's own records": ("MSpanSys, GCSys, OtherSys …", "fewer goroutines and spans"),
    "given back, not yet taken": ("LazyFree in smaps", "nothing; the kernel takes it"),
    "never written to": ("no counter", "nothing; costs nothing"),
    "stacks": ("StackInuse", "fewer, shallower goroutines"),
    "idle, not given back": ("HeapIdle − HeapReleased", "time, GOMEMLIMIT, FreeOSMemory"),
    "free slots and ends of spans": ("HeapInuse − HeapAlloc", "fewer long-lived objects among short-lived"),
    "dead, not yet swept": ("part of HeapAlloc", "nothing; soon swept"),
    "born since the last mark": ("HeapAlloc − /gc/heap/live", "a lower GOGC"),
}


def mib(nbytes: int) -> str:
    """Return bytes as MiB with one digit behind the point."""
    return f"{nbytes / MIB:.1f}"


def blocks(timeline: Timeline, n: int, size: int = MIB) -> list[int]:
    """Make large objects and write to all of them; return their addresses."""
    made = [cast("int", timeline.do(Malloc(size))) for _ in range(n)]
    timeline.extend(map(Touch, made))
    return made


# The experiment with 256 MiB


def written() -> Timeline:
    """Return a world with what a small process has from its start, and 256 blocks, all written to."""
    timeline = Timeline(World())
    timeline.extend([AllocManual(32), *[Malloc(10_000)] * 30])
    blocks(timeline, BLOCKS)
    return timeline


def addresses(timeline: Timeline) -> tuple[int, ...]:
    """Return the addresses of a timeline's blocks, in the order of their making."""
    return tuple(command.address for command in timeline.commands if isinstance(command, Touch))


def dropped() -> Timeline:
    """Return the same world when the blocks were dropped and a cycle is over."""
    timeline = written()
    timeline.extend([Drop(addresses(timeline)), GC()])
    return timeline


def given_back() -> Timeline:
    """Return the same world after FreeOSMemory."""
    timeline = dropped()
    timeline.do(FreeOSMemory())
    return timeline


def again() -> Timeline:
    """Return the dropped world when 256 blocks were made anew."""
    timeline = dropped()
    blocks(timeline, BLOCKS)
    return timeline


def with_c() -> Timeline:
    """Return the given-back world when C code took memory, and a cycle came by."""
    timeline = given_back()
    timeline.extend([CMalloc(IN_C * MIB), GC()])
    return timeline


def released(timeline: Timeline) -> int:
    """Return HeapReleased at a timeline's end, in MiB."""
    return timeline.world.mstats().heap_released // MIB


def reused() -> str:
    """Say where the second 256 MiB were put: "idle" where addresses, Sys and RSS are as before, else "rss" or "new"."""
    before, after = dropped(), again()
    if after.world.mstats().sys != before.world.mstats().sys or {*addresses(after)} != {*addresses(before)}:
        return "new"
    return "idle" if after.world.footprint().rss == before.world.footprint().rss else "rss"


def pointer_after() -> str:
    """Say what FreeOSMemory did to an object that the program has: "stays", "moved" or "freed"."""
    timeline = dropped()
    before = set(timeline.world.allocator.heap.spans), timeline.world.mstats().heap_objects
    timeline.do(FreeOSMemory())
    after = set(timeline.world.allocator.heap.spans), timeline.world.mstats().heap_objects
    return "stays" if before == after else "freed" if after[1] < before[1] else "moved"


def moved_by_c() -> str:
    """Say who notices C.malloc: "rss" where no number of MemStats moves but what a cycle itself changes."""
    before, after = given_back(), given_back()
    after.do(CMalloc(IN_C * MIB))
    if before.world.mstats() != after.world.mstats():
        return "sys"
    return "rss" if after.world.footprint().rss - before.world.footprint().rss == IN_C * MIB else "none"


def steps() -> list[tuple[str, ...]]:
    """Return the rows of the experiment, in MiB."""
    moments = (
        ("written", written),
        ("dropped, and a cycle", dropped),
        ("256 blocks once more", again),
        ("instead: FreeOSMemory", given_back),
        (f"then C.malloc of {IN_C} MiB, and a cycle", with_c),
    )
    return [(moment, *reading(build().world)) for moment, build in moments]


def reading(world: World) -> tuple[str, ...]:
    """Return HeapAlloc, HeapIdle, HeapReleased, Sys and RSS in MiB."""
    stats = world.mstats()
    return (*map(mib, (stats.heap_alloc, stats.heap_idle, stats.heap_released, stats.sys, world.footprint().rss)),)


# One cycle like another


def small(keep: Callable[[int], bool]) -> World:
    """Return a world with 64 MiB of small objects, of which those that keep says are held, and the rest dropped."""
    return _small(keep).copy()


@cache
def _small(keep: Callable[[int], bool]) -> World:
    world = World()
    runs = world.malloc_run(SLOT, count=SLOTS)
    made = [base + SLOT * i for base, n, _ in runs for i in range(n)]
    world.drop([address for i, address in enumerate(made) if not keep(i)])
    return world


def one_in_each(i: int) -> bool:
    """Keep one of the four objects of each span."""
    return i % 4 == 0


def every_fourth(i: int) -> bool:
    """Keep all four objects of every fourth span."""
    return i % 16 < 4  # noqa: PLR2004


def one_span(i: int) -> bool:
    """Keep one span in each chunk of 4 MiB."""
    return i % CHUNK < 4  # noqa: PLR2004


def all_but_some(i: int) -> bool:
    """Drop eight spans of the 512 of each chunk."""
    return i % CHUNK >= 32  # noqa: PLR2004


def by_itself(world: World) -> None:
    """Run a cycle as Go runs it when the heap has reached its trigger, and sweep."""
    for command in (GCStart(), MarkAll(), MarkDone(), SweepAll()):
        command.apply(world)


def cycles() -> list[tuple[object, ...]]:
    """Return the rows of the same heap, collected by the trigger, by runtime.GC and by FreeOSMemory."""
    rows = []
    for name, collect in (
        ("nobody yet", lambda _: None),
        ("a cycle that began by itself", by_itself),
        ("runtime.GC()", World.gc),
        ("debug.FreeOSMemory()", World.free_os_memory),
    ):
        world = small(every_fourth)
        collect(world)
        stats = world.mstats()
        numbers = stats.heap_alloc, stats.heap_inuse, stats.heap_released, world.footprint().rss
        rows.append((name, stats.num_gc, stats.num_forced_gc, *map(mib, numbers)))
    return rows


def inuse_after(keep: Callable[[int], bool]) -> int:
    """Return HeapInuse in MiB after FreeOSMemory."""
    world = small(keep)
    world.free_os_memory()
    return world.mstats().heap_inuse // MIB


def full() -> str:
    """Say what runtime.GC does to a sparse heap that another cycle has not done: "same", "compacts" or "frees more"."""
    ordinary, forced = small(one_in_each), small(one_in_each)
    by_itself(ordinary)
    forced.gc()
    before, after = ordinary.mstats(), forced.mstats()
    if after.heap_alloc < before.heap_alloc:
        return "frees more"
    return "same" if after.heap_inuse == before.heap_inuse else "compacts"


def sparse() -> list[tuple[str, ...]]:
    """Return the rows of what is kept where, and what can be given back then."""
    kept: tuple[tuple[str, Callable[[int], bool]], ...] = (
        ("one object in each span", one_in_each),
        ("every fourth span", every_fourth),
        ("one span in each 4 MiB", one_span),
        ("all but 8 of the 512 spans in each 4 MiB", all_but_some),
    )
    rows = []
    for name, keep in kept:
        world = small(keep)
        world.gc()
        world.gc()  # what was freed in one cycle may be taken after the next
        stats, slowly = world.mstats(), world.copy()
        slowly.allocator.heap.scavenging.gc_percent_goal = 0
        gave = sum(iter(slowly.scavenge_background, 0))
        at_once = world.free_os_memory()
        rows.append((name, *map(mib, (stats.heap_alloc, stats.heap_inuse, stats.heap_idle, gave, at_once))))
    return rows


# The background scavenger


def paced(n: int, keep: Callable[[int], bool] = lambda _: False, procs: int = PROCS) -> Timeline:
    """Return a world with a clock in which some of n blocks are kept, and one cycle has seen that."""
    timeline = Timeline(World(procs=procs, paced=True))
    made = blocks(timeline, n)
    timeline.extend([Drop(tuple(address for i, address in enumerate(made) if not keep(i))), GC()])
    return timeline


def idle_service() -> Timeline:
    """Return a service that dropped 256 MiB, collected once, and now waits for its next request."""
    return paced(BLOCKS)


@cache
def seconds_until_given_back() -> int:
    """Return after how many seconds that service has given back nine tenths, all by itself."""
    world, seconds = idle_service().world.copy(), 0
    while world.mstats().heap_released < BLOCKS * MIB * 9 // 10:
        world.advance(SECOND)
        seconds += 1
    return seconds


def when() -> str:
    """Say when: "at once", "within seconds", "next cycle" (which is two minutes later) or "never"."""
    seconds = seconds_until_given_back()
    return "at once" if not seconds else "within seconds" if seconds < 60 else "next cycle"  # noqa: PLR2004


def smaller() -> Timeline:
    """Return a service that keeps 80 of 256 blocks, after two cycles that saw it, and ten seconds."""
    timeline = paced(FIRST, lambda i: i % 16 < STAYS // 16)
    timeline.extend([GC(), Advance(10 * SECOND)])
    return timeline


@cache
def slowly() -> tuple[tuple[int | str, ...], ...]:
    """Return the rows of how long it takes after the second cycle (cost model)."""
    rows = list[tuple[int | str, ...]]()
    for n, procs in ((64, 4), (256, 4), (1024, 4), (256, 1), (1024, 1)):
        timeline = paced(n, procs=procs)
        timeline.do(GC())
        world = timeline.world.copy()
        began, scavenging = world.snapshot().pacer, world.allocator.heap.scavenging
        assert began is not None  # noqa: S101 - the world is paced
        while world.mstats().heap_released < n * MIB * 9 // 10:
            world.advance(SECOND // 100)
        now = world.snapshot().pacer
        assert now is not None  # noqa: S101
        passed, worked = now.now_ns - began.now_ns, scavenging.background_ns
        rows.append((n, procs, f"{passed / SECOND:.1f}", f"{worked / 1e6:.0f}", f"{100 * worked / passed / procs:.1f}"))
    return tuple(rows)


# The kernel, and the limit


def advised(*, dontneed: bool) -> Timeline:
    """Return the dropped world, given back with MADV_DONTNEED or with MADV_FREE."""
    timeline = dropped()
    timeline.extend([MAdvise(dontneed), FreeOSMemory()])
    return timeline


def advice() -> list[tuple[str, ...]]:
    """Return the rows of both ways to give back, before and after, and when the kernel needs memory."""
    worlds = [[dropped().world] * 2, [advised(dontneed=True).world, advised(dontneed=False).world]]
    worlds.append([pressed(world) for world in worlds[-1]])
    moments = "dropped, and a cycle", "FreeOSMemory", "the kernel needs memory"
    pairs = [[(mib(w.mstats().heap_released), mib(w.footprint().rss)) for w in both] for both in worlds]
    return [(moment, *one, *other) for moment, (one, other) in zip(moments, pairs, strict=True)]


def pressed(world: World) -> World:
    """Return a world's copy after the kernel was short of memory."""
    copy = world.copy()
    MemoryPressure().apply(copy)
    return copy


def over_the_limit() -> Timeline:
    """Return a world under a limit that has holes of a MiB, and needs more than the limit for larger blocks."""
    timeline = Timeline(World(procs=PROCS, paced=True, memory_limit=LIMIT * MIB))
    made = blocks(timeline, 2 * HOLES)
    timeline.extend([Drop(tuple(made[::2])), GC()])
    for _ in range(LARGER):
        blocks(timeline, 1, 2 * MIB)
    return timeline


def holes_given_back() -> str:
    """Say how that ended: "over" with all holes given back, "holes" with holes in RSS, "kept" within the limit."""
    ledger = over_the_limit().world.footprint()
    if ledger.mapped_ready <= LIMIT * MIB:
        return "kept"
    return "over" if ledger.idle < MIB else "holes"


# The title's question


def a_service() -> Timeline:
    """Return a service soon after its peak: RSS is about four times HeapAlloc, for six reasons."""
    timeline = Timeline(World(procs=PROCS, paced=True))
    timeline.do(CMalloc(24 * MIB))
    timeline.do(GoMany(2000, 0, 0, 6000 - STACK_TOP))
    made = blocks(timeline, 76)
    buffers = [cast("int", timeline.do(Malloc(14_000))) for _ in range(3000)]
    timeline.do(Drop((*made[12:], *[address for i, address in enumerate(buffers) if i % 4])))
    timeline.do(GC())
    blocks(timeline, 16)
    return timeline


def ledger_rows(ledger: Footprint) -> Iterable[tuple[str, ...]]:
    """Return the way from RSS down to live bytes, with where to look and what helps."""
    yield "RSS", "", mib(ledger.rss), "VmRSS", ""
    for step in ledger.steps():
        name = step.name
        if step.nbytes:
            yield "− " + name, mib(step.nbytes), mib(step.left), *HELP[name]
        if step.below:
            yield f"= {step.below}", "", mib(step.left), "", ""


def ledger_of_a_service() -> list[tuple[str, ...]]:
    """Return these rows for the service of the title."""
    return list(ledger_rows(a_service().world.footprint()))


def times() -> str:
    """Return how many times HeapAlloc that service's RSS is."""
    ledger = a_service().world.footprint()
    return f"{ledger.rss / ledger.heap_alloc:.1f}"
