"""The memory that counts for the limit: the heap, what spans hold besides objects, stacks, the runtime's own.

The memory limit is about all memory that the runtime has from the operating system and has not given back. The pacer
turns it into a goal for the heap by taking off what is not heap; so these books decide how much the limit leaves.

Pages that became free are kept for the next cycle, a tenth beyond its goal; but where the limit comes close, allocating
gives free pages back first, so that they never count against it.

Go: runtime/mgcpacer.go, (*gcControllerState).memoryLimitHeapGoal; runtime/mgcscavenge.go, gcPaceScavenger;
runtime/mheap.go, (*mheap).allocSpan.
Left out: that giving back takes time (1 % of the CPU); garbage that is not swept yet.
"""

from gomemlab.pacing.workload import Overhead
from gomemlab.runtime.alloc.scavenging import RETAIN_EXTRA_PERCENT  # of the goal: free pages that are kept
from gomemlab.runtime.gc.pacer import GCController


class Accounts:
    """The books of one process; they write what the pacer reads into it."""

    __slots__ = ("_held_most", "overhead", "peak", "stacks")

    def __init__(self, overhead: Overhead) -> None:
        self.overhead = overhead
        self.stacks = 0  # bytes
        self.peak = 0  # bytes of all memory, at most since it was last asked for
        self._held_most = 0  # bytes of spans in use and free pages that were kept

    def book(self, pacer: GCController) -> None:
        """Write heap_free, mapped_ready and the bytes of objects into the pacer, for its heap_live now."""
        held = pacer.heap_live + int(pacer.heap_marked * self.overhead.fragmentation)
        rest = self.overhead.fixed + self.stacks
        self._held_most = max(self._held_most, held)
        free = min(self._held_most - held, max(pacer.memory_limit - held - rest, 0))
        pacer.total_alloc, pacer.total_free = pacer.heap_live, 0
        pacer.heap_free, pacer.mapped_ready = free, held + free + rest
        self.peak = max(self.peak, pacer.mapped_ready)

    def scavenge(self, goal: int) -> None:
        """Give back free pages beyond a tenth above the goal; book() follows."""
        self._held_most = min(self._held_most, goal + goal * RETAIN_EXTRA_PERCENT // 100)

    def take_peak(self) -> int:
        """Return the most memory since the last call."""
        peak, self.peak = self.peak, 0
        return peak
