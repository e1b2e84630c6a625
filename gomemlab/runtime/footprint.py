"""The footprint: one ledger from what the kernel says a process has, down to the bytes that are alive.

RSS is the program's own text and data, memory of C code, the runtime's own records, and those pages of the heap that
are resident. Of the heap's pages, some are ready and nobody wrote to them yet (in Go's counters, not in RSS), some were
given back and the kernel has not taken them yet (in RSS, not in Go's counters). What is ready is stacks, idle pages,
and spans of objects; these have free slots and objects; and of the objects some are dead and not yet swept, some
were born since the last mark, and the rest was alive then. Every step adds up, always.

Go: runtime/mstats.go, MemStats, readmemstats_m; runtime/mgcscavenge.go, heapRetained.
Left out: pages of 4 KiB and huge pages (see osmem), and what the kernel itself needs for a process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.alloc.mspan import SpanState
from gomemlab.runtime.alloc.offheap import IMAGE_RESIDENT
from gomemlab.runtime.arch import HEAP_ARENA_BYTES
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.malloc import P
from gomemlab.runtime.mstats import MemStats, heap_totals, small_alloc_counts


class Step(NamedTuple):
    """One account between two levels of the ledger."""

    name: str
    nbytes: int  # negative: it is added on the way down
    below: str  # the level that is left when it is taken off
    left: int  # bytes at that level


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes by where they are, from RSS to live objects."""

    image: int  # the program's text and data, resident
    c_memory: int  # that C code has, resident
    off_heap_resident: int  # of the runtime's own records
    off_heap_sys: int  # of these, got from the operating system
    lazy: int  # pages that were given back and that the kernel has not taken (MADV_FREE)
    untouched: int  # pages that are ready, and nobody wrote to them yet
    reserved: int  # address space of arenas that is not mapped yet
    released: int  # mapped, but not backed by memory: never used, or given back
    stacks: int  # spans of stacks
    idle: int  # pages that no span has, and that were not given back
    free: int  # in spans of objects: free slots, and ends that are no slot
    dead: int  # objects that the last cycle left unmarked and nobody has swept
    born: int  # objects allocated since the last mark phase ended; all of them where none did
    live: int  # objects that the last mark phase found, as far as nobody freed them by hand
    marked: int  # bytes that the last mark phase found; 0 before there was one

    @property
    def heap_alloc(self) -> int:
        """Return MemStats.HeapAlloc."""
        return self.dead + self.born + self.live

    @property
    def heap_inuse(self) -> int:
        """Return MemStats.HeapInuse."""
        return self.heap_alloc + self.free

    @property
    def heap_idle(self) -> int:
        """Return MemStats.HeapIdle."""
        return self.idle + self.released

    @property
    def heap_sys(self) -> int:
        """Return MemStats.HeapSys."""
        return self.heap_inuse + self.heap_idle

    @property
    def sys(self) -> int:
        """Return MemStats.Sys."""
        return self.heap_sys + self.stacks + self.off_heap_sys

    @property
    def retained(self) -> int:
        """Return what Go believes to be the heap's part of RSS. Go: runtime/mgcscavenge.go, heapRetained."""
        return self.heap_inuse + self.idle

    @property
    def heap_ready(self) -> int:
        """Return the heap's pages, with stacks, that may be used without asking the kernel."""
        return self.retained + self.stacks

    @property
    def mapped_ready(self) -> int:
        """Return what the memory limit is compared with. Go: runtime/mgcpacer.go, gcControllerState."""
        return self.heap_ready + self.off_heap_sys

    @property
    def heap_resident(self) -> int:
        """Return the heap's pages, with stacks, that are in memory."""
        return self.heap_ready - self.untouched + self.lazy

    @property
    def rss(self) -> int:
        """Return the process's resident set."""
        return self.image + self.c_memory + self.off_heap_resident + self.heap_resident

    def steps(self) -> tuple[Step, ...]:
        """Return the way from RSS down to live bytes, one account after the other."""
        left, found = self.rss, list[Step]()
        for name, nbytes, below in (
            ("program's text and data", self.image, ""),
            ("C memory", self.c_memory, ""),
            ("runtime's own records", self.off_heap_resident, "heap resident"),
            ("given back, not yet taken", self.lazy, ""),
            ("never written to", -self.untouched, "heap ready"),
            ("stacks", self.stacks, "heap retained"),
            ("idle, not given back", self.idle, "HeapInuse"),
            ("free slots and ends of spans", self.free, "HeapAlloc"),
            ("dead, not yet swept", self.dead, ""),
            ("born since the last mark", self.born, "live at the last mark"),
        ):
            left -= nbytes
            found.append(Step(name, nbytes, below, left))
        return tuple(found)

    def check(self, stats: MemStats) -> None:
        """Raise ThrowError unless the ledger adds up, has no negative account, and is what MemStats says."""
        negative = [name for name in self.__slots__ if getattr(self, name) < 0]
        if negative:
            raise ThrowError(f"the ledger has negative accounts: {', '.join(negative)}")
        if self.steps()[-1].left != self.live:
            raise ThrowError(f"the steps from RSS end at {self.steps()[-1].left} B, and {self.live} B are alive")
        for name in ("heap_alloc", "heap_inuse", "heap_idle", "heap_sys", "sys"):
            if getattr(self, name) != getattr(stats, name):
                raise ThrowError(
                    f"{name} is {getattr(stats, name)} B, but the ledger's accounts are {getattr(self, name)}"
                )
        if (self.released, self.stacks) != (stats.heap_released, stats.stack_sys):
            raise ThrowError(f"released and stacks are {self.released} and {self.stacks} B, not what MemStats says")


def footprint(heap: MHeap, ps: Sequence[P], stats: MemStats) -> Footprint:
    """Return the ledger of a heap with these statistics."""
    off_heap, os = heap.off_heap(), heap.os
    dead, born, live = _objects(heap, ps, stats)
    return Footprint(
        image=IMAGE_RESIDENT,
        c_memory=os.c_bytes,
        off_heap_resident=off_heap.resident,
        off_heap_sys=off_heap.total,
        lazy=os.lazy_bytes,
        untouched=os.untouched_bytes,
        reserved=len(heap.arenas) * HEAP_ARENA_BYTES - (heap.cur_arena - heap.arena_base) if heap.arenas else 0,
        released=stats.heap_released,
        stacks=stats.stack_sys,
        idle=stats.heap_idle - stats.heap_released,
        free=stats.heap_inuse - stats.heap_alloc,
        dead=dead,
        born=born,
        live=live,
        marked=heap.last_mark.live,
    )


def _objects(heap: MHeap, ps: Sequence[P], stats: MemStats) -> tuple[int, int, int]:
    """Return the bytes of objects that are dead and not swept, born since the last mark, and alive then."""
    mark = heap.last_mark
    freed = heap_totals(heap, ps)[3] - mark.total_free
    left = mark.heap_alloc - mark.live - freed
    # Objects that somebody frees by hand count as dead ones as long as there are any, then as marked ones.
    over = max(-left, 0)
    born = stats.total_alloc - mark.total_alloc
    return max(left, 0), born - max(over - mark.live, 0), max(mark.live - over, 0)


def profiled(heap: MHeap, ps: Sequence[P]) -> tuple[tuple[int, int], ...]:
    """Return what a heap profile would be taken of, as (bytes of a slot, objects): what the last cycle marked.

    Before there was one, all there is. Go: runtime/mprof.go, memProfileInternal.
    """
    if heap.last_mark.cycle:
        return heap.last_mark.marked
    allocs, frees = small_alloc_counts(heap, ps), heap.stats.small_free_count
    sizes = zip(heap.classes.elemsize, allocs, frees, strict=True)
    found = {size: allocated - freed for size, allocated, freed in sizes if allocated > freed}
    large = heap.stats.large_alloc_count - heap.stats.large_free_count
    for span in heap.spans.values() if large else ():
        if span.state is SpanState.IN_USE and span.spanclass <= 1:
            found[span.nbytes] = found.get(span.nbytes, 0) + 1
    return tuple(sorted(found.items()))
