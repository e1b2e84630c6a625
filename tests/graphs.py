"""Objects with pointers, on a heap of their own, and what marking them gives."""

from collections.abc import Iterable, Sequence

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, GO_1_27, PTR_SIZE
from gomemlab.runtime.gc.greentea import GreenTea
from gomemlab.runtime.gc.mark import Marker
from gomemlab.runtime.gc.memory import Memory
from gomemlab.runtime.gc.work import GCWork
from gomemlab.runtime.malloc import Allocator, P

Counts = tuple[int, int, int, int, int]  # as gctrace=2 prints them, in the order of scan_shapes.json


class Graph:
    """A heap to make objects on and to write pointers into."""

    def __init__(self) -> None:
        self.allocator, self.p, self.memory = Allocator(GO_1_27, DEFAULT_HEAP_BASE), P(0), Memory()

    @property
    def heap(self) -> MHeap:
        """Return the heap."""
        return self.allocator.heap

    def new(self, size: int, slots: int = 0) -> int:
        """Make an object whose first words are pointer slots, of a type without pointers where there is none."""
        address = self.allocator.mallocgc(size, bool(slots), self.p)
        if slots:
            self.memory.lay_out(address, -(-size // PTR_SIZE), (1 << slots) - 1)
        return address

    def link(self, source: int, slot: int, target: int) -> None:
        """Write a pointer into an object."""
        self.memory.store(source + slot * PTR_SIZE, target)

    def address(self, object_: tuple[int, int]) -> int:
        """Return where a slot of a span begins."""
        span = self.heap.spans[object_[0]]
        return span.base + object_[1] * span.elemsize

    def marked(self) -> set[tuple[int, int]]:
        """Return the marked slots, by span and index."""
        return {(span.id, i) for span in self.heap.spans.values() for i in bits(self.heap.marked(span))}


def bits(bitmap: int) -> Iterable[int]:
    """Yield the numbers of the set bits."""
    return (i for i in range(bitmap.bit_length()) if bitmap >> i & 1)


def marker(graph: Graph, kind: type[Marker] = GreenTea) -> Marker:
    """Return a marker that has begun a cycle."""
    made = kind(graph.heap, graph.memory)
    made.begin()
    return made


def mark(graph: Graph, roots: Sequence[int], kind: type[Marker] = GreenTea, gcw: GCWork | None = None) -> GCWork:
    """Mark all that can be reached on one P; return what it has counted."""
    gcw = gcw or GCWork(0, [])
    gcw.reset()
    made = marker(graph, kind)
    made.shade(roots, gcw)
    made.drain(gcw)
    return gcw


def counts(gcw: GCWork, sizeclass: int) -> Counts:
    """Return what gctrace=2 would say of a size class."""
    stats = gcw.stats_of(sizeclass)
    return (
        stats.sparse_objs_scanned,
        stats.span_objs_sparse_scanned,
        stats.span_objs_dense_scanned,
        stats.spans_sparse_scanned,
        stats.spans_dense_scanned,
    )
