"""What lesson 16 asks of the model and of real Go: ten MiB that nobody uses, a hundred readings, a profile, one line.

Go: runtime/mstats.go, ReadMemStats; runtime/metrics.go, readMetrics; runtime/mprof.go, MemProfileRate; runtime/mgc.go,
gcMarkTermination.
Left out: how long a reading takes in the model; that is measured on real Go.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from gomemlab.checks.numbers import count
from gomemlab.checks.pacerruns import goal
from gomemlab.commands import GC, Assign, Command, New, ReadMemStats
from gomemlab.gctrace import Cycle, parse
from gomemlab.pacing.run import Run
from gomemlab.pacing.simulate import simulate
from gomemlab.pacing.streams import unit
from gomemlab.pacing.workload import MIB, workload
from gomemlab.runtime.gc.roots import Global, StackSlot
from gomemlab.runtime.mstats import MemStats
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline

DATA = StackSlot(1, 0)  # the variable that holds the ten MiB
TEN = 10  # MiB
TURNS = 10  # buffers, one after the other
READS = 100
PROFILED, SIZE = 2_000, 1024  # objects, bytes of each
SEEDS = 10  # profiles
# Of a real service with thousands of goroutines: GOGC=100, GOMAXPROCS=2.
LINE = (
    "gc 30 @2.341s 1%: 0.58+10+0.004 ms clock, 1.1+0.27/0.39/19+0.008 ms cpu, 69->70->14 MB, 77 MB goal, "
    "47 MB stacks, 0 MB globals, 2 P"
)
NEXT_GOAL_MB = 77  # that the line of the next cycle has
REQUESTS, BUFFER = 1_600, 64 << 10  # requests, bytes of each one's buffer: whole pages
CACHED, ENTRY = 20_480, 1024  # objects that stay, bytes of each
TEN_HEAD = ("moment", "never used again: Alloc", "real Go", "used later: Alloc", "real Go", "TotalAlloc", "NumGC")
FIELDS_HEAD = ("MemStats", "runtime/metrics", "now")
READ_HEAD = ("how it is read", "calls", "the world was stopped", "one call took, on our machine")
FLUSH_HEAD = (f"{count(1_000)} objects of 48 B, and", "served without leaving the P", "spans fetched from mcentral")
PROFILE_HEAD = ("profile", "recorded by the model", "it says", "recorded by real Go", "it says")
SHARE_HEAD = ("cycle", "at, s", "its line says", "so far, %", "this cycle alone, %")


@cache
def real() -> dict[str, Any]:
    """Return what data/programs/measuring.go printed."""
    found: dict[str, Any] = json.loads(files("gomemlab").joinpath("data/measuring.json").read_text("utf-8"))
    return found


def ten_mebibytes() -> Timeline:
    """Return ten MiB that are made, used no more, and dropped, with a collection before each reading."""
    timeline = Timeline(World(paced=True))
    # The variable still has its name, but nobody reads it again: it is in no stack map from then on.
    unused = Assign(DATA, None)
    commands: tuple[Command, ...] = (GC(), ReadMemStats(), New(1, TEN * MIB, DATA), unused, GC(), ReadMemStats())
    for command in (*commands, GC(), ReadMemStats()):
        timeline.do(command)
    return timeline


def readings(*, used: bool) -> list[MemStats]:
    """Return the three readings of the program; `used` where the variable is read once more behind the second."""
    world = World(paced=True)
    found = [_collected(world)]
    world.new(1, TEN * MIB, into=DATA)
    if not used:
        world.assign(DATA, None)
    found.append(_collected(world))
    world.assign(DATA, None)
    return [*found, _collected(world)]


def _collected(world: World) -> MemStats:
    """Collect and read."""
    world.gc()
    return world.read_mem_stats()


def allocs(*, used: bool) -> tuple[int, ...]:
    """Return Alloc of the three readings, in whole MiB."""
    return tuple(stats.heap_alloc // MIB for stats in readings(used=used))


def ten() -> list[tuple[object, ...]]:
    """Return what the program prints, in the model and in real Go; MiB."""
    unused, used, go = readings(used=False), readings(used=True), real()
    moments = "before", "made", "dropped"
    return [
        (
            moment,
            unused[i].heap_alloc // MIB,
            go["unused"][i]["alloc"] // MIB,
            used[i].heap_alloc // MIB,
            go["used"][i]["alloc"] // MIB,
            unused[i].total_alloc // MIB,
            unused[i].num_gc,
        )
        for i, moment in enumerate(moments)
    ]


@cache
def turns() -> tuple[int, int]:
    """Return Alloc and TotalAlloc, in MiB, after ten buffers in one variable and a collection."""
    world = World(paced=True)
    for _ in range(TURNS):
        world.new(1, TEN * MIB, into=DATA)
    stats = _collected(world)
    return stats.heap_alloc // MIB, stats.total_alloc // MIB


def same_thing() -> list[tuple[str, str, object]]:
    """Return fields of MemStats beside the metrics that say the same, and one that no field says."""
    world = World(paced=True)
    for _ in range(3):
        world.new(1, TEN * MIB, into=DATA)
    world.gc()
    world.new(1, 1 * MIB, into=Global(0))
    stats, metrics = world.read_mem_stats(), world.metrics()
    total = "/memory/classes/"
    return [
        ("HeapAlloc, Alloc", f"`{total}heap/objects:bytes`", stats.heap_alloc),
        ("TotalAlloc", "`/gc/heap/allocs:bytes`", stats.total_alloc),
        ("HeapReleased", f"`{total}heap/released:bytes`", stats.heap_released),
        ("StackInuse", f"`{total}heap/stacks:bytes`", stats.stack_inuse),
        ("Sys", f"`{total}total:bytes`", stats.sys),
        ("NumGC", "`/gc/cycles/total:gc-cycles`", stats.num_gc),
        ("NextGC", "`/gc/heap/goal:bytes`", metrics["/gc/heap/goal:bytes"]),
        ("none", "`/gc/heap/live:bytes`", metrics["/gc/heap/live:bytes"]),
    ]


def stops_of(what: str) -> int:
    """Return how often a hundred readings stopped the real world."""
    return next(row["stops"] for row in real()["readings"] if row["what"] == what)


def costs_of_reading() -> list[tuple[object, ...]]:
    """Return what a hundred readings cost in real Go."""
    return [
        (f"`{row['what']}`", row["calls"], row["stops"], f"≈ {count(round(row['per_call_ns']))} ns")
        for row in real()["readings"]
    ]


def flushes() -> list[tuple[object, ...]]:
    """Return what a thousand allocations find in their mcache, by how often somebody reads the statistics."""
    return [(f"{count(reads)} readings" if reads else "no reading", *_served(reads)) for reads in (0, 10, READS, 1_000)]


def _served(reads: int) -> tuple[int, int]:
    """Return how many of 1,000 objects the mcache served, and how many spans it fetched."""
    world, objects = World(), 1_000
    world.malloc(48)
    before = world.snapshot().served
    for i in range(objects):
        if reads and i % (objects // reads) == 0:
            world.read_mem_stats()
        world.malloc(48)
    after = world.snapshot().served
    mcache = after.mcache - before.mcache
    return mcache, objects - mcache


def printed(line: str = LINE) -> Cycle:
    """Return what a line says."""
    return parse([line])[0]


def next_goal_mb(line: str = LINE) -> int:
    """Return the goal, in MiB, that the pacer computes from what a line prints."""
    cycle = printed(line)
    return goal(100, cycle.heap_live_mb, cycle.stacks_mb or 0, cycle.globals_mb or 0)


def stopped_us(line: str = LINE) -> int:
    """Return for how many microseconds the world stood still."""
    return round(printed(line).stw_ms * 1_000)


@cache
def busy_start() -> Run:
    """Return a service that fills its caches in its first second, and then has little to do."""
    return simulate(workload(8 * MIB + unit(400 * MIB), 40 * MIB, busy=1.0, name="a busy start"), seconds=60.0)


def shares() -> list[tuple[object, ...]]:
    """Return what the lines of the service say of GC's share, beside what each cycle took by itself."""
    run = busy_start()
    rows: list[tuple[object, ...]] = []
    spent = 0.0
    for i, cycle in enumerate(run.cycles):
        mine = cycle.assist_s + cycle.workers_s + run.procs * cycle.stw_s
        spent += mine
        said = printed(run.line(i))
        alone = 100 * mine / (run.procs * cycle.marking_s)
        whole = 100 * spent / (run.procs * cycle.end_s)
        rows.append((said.number, f"{said.at_s:.1f}", f"{said.gc_cpu_percent}%", f"{whole:.1f}", f"{alone:.0f}"))
    return [*rows[:3], *rows[6:-1:6], rows[-1]]


def whose_share() -> str:
    """Say what the printed percentage is a share of: this cycle's time, or all time since the start."""
    rows = shares()
    start = all(abs(int(str(row[2])[:-1]) - float(str(row[3]))) <= 1 for row in rows)
    alone = all(abs(int(str(row[2])[:-1]) - float(str(row[4]))) <= 1 for row in rows)
    return "start" if start else "cycle" if alone else "neither"


def profiles() -> list[tuple[object, ...]]:
    """Return what ten profiles say of 2,000 objects of 1 KiB, in the model and in real Go."""
    world = World()
    for _ in range(PROFILED):
        world.malloc(SIZE)
    rows: list[tuple[object, ...]] = []
    for seed, go in enumerate(real()["profiles"], start=1):
        profile = world.heap_profile(seed=seed)
        said = sum(group.objects_said for group in profile.groups)
        rows.append((seed, profile.samples, said, go["samples"], go["said"]))
    return rows


def exactly() -> str:
    """Say what the profiles of objects that were counted do: all the count, all nothing, or each something else."""
    said = {row[2] for row in profiles()} | {row[4] for row in profiles()}
    return "exact" if said == {PROFILED} else "nothing" if said == {0} else "about"


@cache
def encode() -> tuple[int, int]:
    """Return what -inuse_space and -alloc_space say of a function whose buffers all died, MiB, were all recorded."""
    world = World(paced=True)
    for _ in range(CACHED):
        world.malloc(ENTRY)
    before = world.read_mem_stats().total_alloc
    for _ in range(REQUESTS):
        world.new(1, BUFFER, into=DATA)
    world.assign(DATA, None)
    world.gc()
    made = world.read_mem_stats().total_alloc - before
    profile = world.heap_profile(rate=1)
    inuse = sum(group.nbytes for group in profile.groups if group.size >= BUFFER)
    return inuse // MIB, made // MIB
