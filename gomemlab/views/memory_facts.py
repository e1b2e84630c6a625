"""What the memory view says: levels from RSS to live bytes, the parts of each, and a sentence that answers why.

Each level is a bar. Its first part goes on below, where it is looked at more closely; the others end there. Two of the
steps are not only subtractions: pages that nobody wrote to are in Go's counters and not in RSS, pages that were given
back lazily are in RSS and not in Go's counters.

Go: runtime/mstats.go, MemStats; runtime/mgcscavenge.go, gcPaceScavenger.
Left out: nothing of the ledger; the amounts are its own.
"""

from dataclasses import dataclass
from typing import NamedTuple

from gomemlab.runtime.footprint import Footprint
from gomemlab.runtime.memevents import ScavengeEnded
from gomemlab.runtime.meminfo import MemoryInfo
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views.words import size, thousands

SMALL = 2 << 20  # bytes: less than that is no reason worth a sentence


class Part(NamedTuple):
    """A part of a level's bar."""

    key: str  # of its look, in memory.css
    name: str
    nbytes: int
    why: str  # what it is, in a few words


class Level(NamedTuple):
    """A bar: what it counts, and who counts so."""

    name: str
    by: str
    parts: tuple[Part, ...]  # the first one goes on below, unless this is the last level

    @property
    def nbytes(self) -> int:
        """Return its bytes."""
        return sum(part.nbytes for part in self.parts)


class Row(NamedTuple):
    """A row of the table: an account, its bytes, and what is left below it."""

    name: str
    nbytes: int
    left: int
    level: str  # Go's name for what is left, where there is one


@dataclass(frozen=True, slots=True)
class Frame:
    """What to draw."""

    levels: tuple[Level, ...]
    rows: tuple[Row, ...]
    rss: int
    sentence: str
    lines: tuple[str, ...]  # the scavenger, the profile, the address space


def frame(snapshot: Snapshot) -> Frame:
    """Return what to draw of a snapshot."""
    memory = snapshot.memory
    ledger = memory.ledger
    rows = [Row("RSS", ledger.rss, ledger.rss, "RSS")]
    rows += [Row(step.name, -step.nbytes, step.left, step.below) for step in ledger.steps()]
    vain = [f"{event.say()} " for event in snapshot.events if isinstance(event, ScavengeEnded) and event.vain]
    said = "".join(vain) + _sentence(ledger)
    return Frame(_levels(ledger), tuple(rows), ledger.rss, said, _lines(memory, snapshot.mstats.num_gc))


def _levels(ledger: Footprint) -> tuple[Level, ...]:
    """Return the bars from the kernel's count down to live bytes."""
    return (
        Level(
            "RSS",
            "what the kernel counts",
            (
                Part("ready", "heap in memory", ledger.heap_resident - ledger.lazy, "pages of the heap"),
                Part("lazy", "given back, not yet taken", ledger.lazy, "MADV_FREE: the kernel takes them when it must"),
                Part("own", "runtime’s records", ledger.off_heap_resident, "written part of what is not heap"),
                Part("c", "C memory", ledger.c_memory, "no counter of Go’s knows it"),
                Part("image", "text and data", ledger.image, "the program itself"),
            ),
        ),
        Level(
            "Sys",
            "what Go got from the kernel",
            (
                Part("ready", "heap ready, stacks too", ledger.heap_ready, "may be used without asking"),
                Part("own", "runtime’s records", ledger.off_heap_sys, "MSpanSys, GCSys and the others"),
                Part("released", "HeapReleased", ledger.released, "address space: never used, or given back"),
            ),
        ),
        Level(
            "heap ready",
            "HeapSys − HeapReleased + stacks",
            (
                Part("inuse", "HeapInuse", ledger.heap_inuse, "spans of objects"),
                Part("idle", "idle, not given back", ledger.idle, "HeapIdle − HeapReleased"),
                Part("stacks", "stacks", ledger.stacks, "StackInuse"),
            ),
        ),
        Level(
            "HeapInuse",
            "spans of objects",
            (
                Part("alloc", "HeapAlloc", ledger.heap_alloc, "slots that are taken"),
                Part("free", "free slots", ledger.free, "and ends of spans: fragmentation"),
            ),
        ),
        Level(
            "HeapAlloc",
            "objects",
            (
                Part("live", "live at the last mark", ledger.live, "what the last cycle marked"),
                Part("born", "born since", ledger.born, "nobody knows yet what of it lives"),
                Part("dead", "dead, not yet swept", ledger.dead, "counts until its span is swept"),
            ),
        ),
    )


def _sentence(ledger: Footprint) -> str:
    """Return why RSS is not HeapAlloc: the largest reason, and what is in HeapAlloc and not in RSS."""
    said = f"RSS is {size(ledger.rss)}, HeapAlloc {size(ledger.heap_alloc)}"
    reasons = {
        "idle and not given back": ledger.idle,
        "C memory, which Go cannot see": ledger.c_memory,
        "given back, but the kernel has not taken it": ledger.lazy,
        "free slots in spans": ledger.free,
        "stacks": ledger.stacks,
        "dead and not yet swept": ledger.dead,
    }
    why, nbytes = max(reasons.items(), key=lambda reason: reason[1])
    matters = max(ledger.rss // 10, SMALL)
    told = [f"{size(nbytes)} is {why}"] if nbytes >= matters else []
    told += [f"nobody wrote to {size(ledger.untouched)} yet"] if ledger.untouched >= matters else []
    return f"{said}: {', '.join(told)}" if told else f"{said}; the rest is the runtime and the program"


def _lines(memory: MemoryInfo, cycles: int) -> tuple[str, ...]:
    """Return the lines below the bars."""
    return _scavenger(memory), _profile(memory, cycles), _space(memory.ledger)


def _scavenger(memory: MemoryInfo) -> str:
    """Return what the scavenger wants and did."""
    goals = [
        f"heap down to {size(memory.gc_percent_goal)} (GOGC)" if memory.gc_percent_goal is not None else "",
        f"all down to {size(memory.memory_limit_goal)} (limit)" if memory.memory_limit_goal is not None else "",
    ]
    goal = " and ".join(filter(None, goals)) or "no goal, so all may stay"
    did = f"given back so far: {size(memory.released_bg)} slowly, {size(memory.released_eager)} by allocations"
    limit = "no memory limit" if memory.memory_limit is None else f"memory limit {size(memory.memory_limit)}"
    state = "waits for a sweep" if memory.parked else "works and sleeps in turn"
    return f"Scavenger: {goal}; it {state}; {did} · {limit} · {memory.advice}"


def _profile(memory: MemoryInfo, cycles: int) -> str:
    """Return what a heap profile would say."""
    profile = memory.profile()
    if not profile.live:
        return f"Heap profile: empty, {'the last cycle found nothing alive' if cycles else 'nothing was allocated'}."
    said = f"{size(profile.said)} from {thousands(profile.samples)} samples, one each 512 KiB"
    of = "what the last cycle marked" if cycles else "all there is, before a first cycle"
    return f"Heap profile of {of}: says {said}; true is {size(profile.live)}, ± {size(round(profile.error))}"


def _space(ledger: Footprint) -> str:
    """Return what is only address space."""
    return (
        f"Address space only: {size(ledger.reserved)} of arenas reserved, {size(ledger.released)} mapped and released; "
        f"never written to: {size(ledger.untouched)}"
    )
