"""Releasing: memory on its way between the program, the runtime and the operating system.

A program can force what the runtime does of itself: FreeOSMemory runs a cycle and gives everything back that no span
has. It also has memory that the runtime knows nothing of, in C, and memory that it never wrote to. The kernel's part is
a command, too: it takes what was given back lazily when it needs it.

Go: runtime/debug/garbage.go, FreeOSMemory; runtime/mheap.go, (*mheap).scavengeAll; runtime/mgc.go, gcMarkTermination.
Left out: a change of GODEBUG while a process runs has no effect in Go; here it is for comparing.
"""

from typing import TYPE_CHECKING

from gomemlab.runtime.alloc.heapstats import LastMark
from gomemlab.runtime.alloc.scavenging import ALL, NO_LIMIT, scavenge
from gomemlab.runtime.alloc.sizeclasses import whole
from gomemlab.runtime.arch import MAX_MODEL_HEAP, PAGE_SIZE
from gomemlab.runtime.collecting import Collecting
from gomemlab.runtime.errors import MisuseError, ThrowError
from gomemlab.runtime.footprint import Footprint, footprint, profiled
from gomemlab.runtime.gc.gonumbers import MAX_INT64
from gomemlab.runtime.gc.sweep import marked_objects
from gomemlab.runtime.heapprofile import RATE, HeapProfile, heap_profile
from gomemlab.runtime.memevents import (
    BY_HAND,
    FREE_OS_MEMORY,
    CAllocated,
    CFreed,
    KernelReclaimed,
    MemoryTouched,
    ScavengeEnded,
)
from gomemlab.runtime.metrics import Value, read_metrics
from gomemlab.runtime.mstats import heap_totals, mstats
from gomemlab.runtime.scavenger import SCAVENGE_QUANTUM, Scavenger
from gomemlab.runtime.settings import check_memory_limit, check_switch, limit_or_none

if TYPE_CHECKING:
    from gomemlab.runtime.pace import Pace
    from gomemlab.runtime.proc import Sched
    from gomemlab.runtime.stack import Stacks

MAX_C_MEMORY = MAX_MODEL_HEAP


class Releasing(Collecting):
    """A World's dealings with the operating system."""

    __slots__ = ("memory_limit", "scavenger")
    memory_limit: int | None  # bytes
    scavenger: Scavenger
    if TYPE_CHECKING:
        gogc: int
        stacks: Stacks
        sched: Sched | None
        pace: Pace | None

        def set_memory_limit(self, nbytes: int | None) -> int:
            """Set the limit of a paced world."""

        def _scavenge_goals(self) -> tuple[int, int]: ...

    def free_os_memory(self) -> int:
        """Run a whole cycle, then give back every page that no span and no P has; return the bytes.

        Go: runtime/debug/garbage.go, FreeOSMemory; runtime/mheap.go, (*mheap).scavengeAll.
        """
        self.gc()
        return self._scavenge(ALL, FREE_OS_MEMORY, force=True)

    def scavenge(self, nbytes: int = SCAVENGE_QUANTUM, force: bool = False) -> int:
        """Give back so many bytes of free pages, the highest first, or as many as there are; return the bytes.

        A huge page (2 MiB) that is free as a whole goes as a whole. force takes from chunks that are, or just
        were, dense, too. Go: runtime/mgcscavenge.go, (*pageAlloc).scavenge.
        """
        nbytes = _positive(nbytes, "bytes to give back")
        self.allocator.begin()
        return self._scavenge(nbytes, BY_HAND, force=bool(force))

    def _scavenge(self, nbytes: int, by: str, *, force: bool) -> int:
        heap = self.allocator.heap
        released = scavenge(heap, nbytes, force=force)
        heap.log.append((ScavengeEnded, by, nbytes, released))
        return released

    def scavenge_background(self) -> int:
        """Let the background scavenger work once, as after a sleep; return the bytes that it gave back.

        It does nothing where both goals are met. Go: runtime/mgcscavenge.go, (*scavengerState).run.
        """
        self.allocator.begin()
        return self.scavenger.run(self.allocator.heap)[0]

    def _scavenge_until(self, since: int, now: int) -> int:
        """Let the background scavenger work and sleep while the clock goes from one ns to another.

        Go: runtime/mgcscavenge.go, bgscavenge.
        """
        heap = self.allocator.heap
        if heap.scavenging.ready:
            heap.scavenging.ready = False
            self.scavenger.wake(since)
        return self.scavenger.until(heap, now, len(self.ps))

    def touch(self, address: int, nbytes: int | None = None) -> int:
        """Let the program write to the object at an address, all of it or nbytes; return pages that became resident.

        Only a large object can have pages that nobody wrote to. Raises MisuseError for what lies in no object.
        """
        span, slot = self._slot_at(address)
        room = span.base + (slot + 1) * span.elemsize - address
        nbytes = room if nbytes is None else _positive(nbytes, "bytes to write")
        if nbytes > room:
            raise MisuseError(f"{nbytes} B from {address:#x} on leave the object, which has {room} B there; write less")
        self.allocator.begin()
        pages = self.allocator.heap.os.touch(address, nbytes)
        self._log(MemoryTouched, address, nbytes, pages)
        return pages

    def c_malloc(self, nbytes: int) -> int:
        """Let C code have memory, which it writes to; return its address. No counter of Go's moves."""
        nbytes, os = _positive(nbytes, "bytes of C memory"), self.allocator.heap.os
        if os.c_bytes + nbytes > MAX_C_MEMORY:
            raise MisuseError(f"C code would have more than {MAX_C_MEMORY >> 30} GiB; ask for less")
        self.allocator.begin()
        address = os.c_malloc(nbytes)
        self._log(CAllocated, address, nbytes)
        return address

    def c_free(self, address: object) -> None:
        """Let C code give back what c_malloc returned. Raises MisuseError where C code has nothing."""
        blocks = self.allocator.heap.os.c_blocks
        if not isinstance(address, int) or address not in blocks:
            raise MisuseError(f"C code has nothing at {address!r}; free what c_malloc returned, once")
        self.allocator.begin()
        self._log(CFreed, address, blocks.pop(address))

    def memory_pressure(self) -> int:
        """Let the kernel be short of memory: it takes the pages that were given back lazily; return the bytes."""
        self.allocator.begin()
        pages = self.allocator.heap.os.pressure()
        self._log(KernelReclaimed, pages)
        return pages * PAGE_SIZE

    def set_madvdontneed(self, on: bool) -> None:
        """Give pages back with MADV_DONTNEED, or with MADV_FREE (GODEBUG=madvdontneed=0)."""
        on = check_switch(on, "madvdontneed", "say whether pages go at once")
        self.allocator.begin()
        self.allocator.heap.os.madvdontneed = on

    def limit_memory(self, nbytes: int | None) -> None:
        """Set the memory limit, None for none; a negative one changes nothing.

        Where the world is not paced only the scavenger heeds it.

        Go: runtime/mgcpacer.go, setMemoryLimit.
        """
        if self.pace is not None:
            self.set_memory_limit(nbytes)
            return
        limit, heap = check_memory_limit(nbytes), self.allocator.heap
        self.allocator.begin()
        if limit >= 0:
            self.memory_limit, heap.scavenging.memory_limit = limit_or_none(limit), limit
            heap.scavenging.pace(heap)

    # Looking at it

    def footprint(self) -> Footprint:
        """Return the ledger from RSS down to live bytes."""
        heap = self.allocator.heap
        return footprint(heap, self.ps, mstats(heap, self.ps))

    def heap_profile(self, rate: int = RATE, seed: int = 1) -> HeapProfile:
        """Return what a heap profile would say, with the truth beside it. The seed says what was sampled."""
        rate, seed = _positive(rate, "bytes between samples"), whole(seed, "seed", "give a number")
        if rate > MAX_INT64:
            raise MisuseError(f"{rate} bytes between samples are no int64; give at most {MAX_INT64}")
        return heap_profile(profiled(self.allocator.heap, self.ps), rate, seed)

    def metrics(self) -> dict[str, Value]:
        """Return runtime/metrics: the value of each of Go's names, None where the model does not know.

        Go: runtime/metrics.go, readMetrics.
        """
        return read_metrics(self.allocator.heap, self.ps, self.stacks, self.sched, self.pace, self.gogc)

    # Inside

    def _tell_heap(self, procs: int) -> None:
        """Tell the heap of the Ps and of the memory limit that the world begins with."""
        heap = self.allocator.heap
        heap.mcaches = procs
        heap.scavenging.memory_limit = NO_LIMIT if self.memory_limit is None else self.memory_limit

    def _start_sweep(self, trigger: int | None) -> None:
        """Remember what was marked, and let the scavenger look again. Go: runtime/mgc.go, gcMarkTermination."""
        heap = self.allocator.heap
        _, _, total_alloc, total_free = heap_totals(heap, self.ps)
        marked = tuple(sorted(marked_objects(heap).items()))
        heap.last_mark = LastMark(heap.stats.num_gc, marked, total_alloc - total_free, total_alloc, total_free)
        heap.scavenging.last_heap_inuse = heap.stats.in_heap
        super()._start_sweep(trigger)
        heap.pages.scav.next_gen()
        heap.scavenging.pace(heap, *self._scavenge_goals())

    def _check_memory(self) -> None:
        """Raise ThrowError where the footprint does not add up, or the kernel and the page allocator disagree."""
        heap = self.allocator.heap
        stats = mstats(heap, self.ps)
        footprint(heap, self.ps, stats).check(stats)
        if heap.stats.mapped != heap.pages.in_use.total_bytes:
            raise ThrowError(f"{heap.pages.in_use.total_bytes} bytes were grown, the books say {heap.stats.mapped}")
        heap.os.check(self._scavenged())
        self.scavenger.check()

    def _scavenged(self) -> dict[int, int]:
        """Return the bitmaps of scavenged pages by chunk index, with those that the page caches have."""
        found = self.allocator.heap.pages.scavenged.copy()
        for p in self.ps:
            ci, page = divmod(p.pcache.base // PAGE_SIZE, 512)
            if p.pcache.cache:
                found[ci] |= (p.pcache.scav & p.pcache.cache) << page
        return found


def _positive(n: object, what: str) -> int:
    number = whole(n, what, "give 1 or more")
    if number < 1:
        raise MisuseError(f"{what}: {number} is too few; give 1 or more")
    return number
