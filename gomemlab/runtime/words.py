"""Words: the heap as pools and the list of gs use it, which are written in Go themselves.

They make objects that live by pointers alone, nobody's variable holds them; and they write pointers into these, with
the barrier while a cycle marks.

Go: runtime/malloc.go, newobject; runtime/mbarrier.go.
Left out: which goroutine writes, where several may run on a P.
"""

from dataclasses import dataclass

from gomemlab.runtime.arch import PTR_SIZE, TINY_SPAN_CLASS
from gomemlab.runtime.gc.phase import GCPhase
from gomemlab.runtime.malloc import Allocator, P


@dataclass(slots=True, eq=False)
class Words:
    """The heap as the runtime's own structures use it, by P."""

    allocator: Allocator
    ps: list[P]

    def make(self, nwords: int, slots: int, p: int) -> int:
        """Return the address of a new object of nwords words on P p that lives by pointers alone."""
        return self.allocate(nwords * PTR_SIZE, slots & (1 << nwords) - 1, p)

    def allocate(self, nbytes: int, slots: int, p: int) -> int:
        """Return the address of a new object on P p; bit i of slots: its word i is a pointer.

        Go: runtime/malloc.go, newobject.
        """
        allocator = self.allocator
        said = allocator.entries()
        address = allocator.mallocgc(nbytes, slots != 0, self.ps[p])
        allocator.settle()
        allocator.log[:0] = said
        self.release(address)
        if slots:
            span = allocator.heap.span_of(address)
            allocator.watched = True
            allocator.collector.memory.lay_out(address, 0 if span is None else allocator.words_of(span), slots)
        return address

    def release(self, address: int) -> None:
        """Let an object live by pointers alone; not in a tiny block, where others may be held."""
        span = self.allocator.heap.span_of(address)
        if span is not None and span.spanclass != TINY_SPAN_CLASS:
            self.allocator.collector.roots.link(span.id, (address - span.base) // span.elemsize)

    def write(self, address: int, pointer: int, p: int) -> None:
        """Let P p write a pointer, or 0, into a word, with the barrier while a cycle marks."""
        collector = self.allocator.collector
        if collector.phase is GCPhase.MARK:
            collector.write_barrier(pointer or None, collector.memory.load(address), p, self._goroutine(p))
        collector.memory.store(address, pointer)

    def set_var(self, index: int, pointer: int, p: int) -> None:
        """Let P p write a pointer, or 0, into one of the variables that lead to pools."""
        collector = self.allocator.collector
        if collector.marking:
            old = collector.roots.pool_vars[index]
            collector.write_barrier(pointer, old, p, self._goroutine(p), on_global=True)
        collector.roots.pool_vars[index] = pointer

    def _goroutine(self, p: int) -> int:
        """Return a goroutine that may run on a P."""
        return p + 1 if p < len(self.allocator.collector.roots.stacks) else 1
