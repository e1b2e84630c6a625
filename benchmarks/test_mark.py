"""Marking: objects marked a second by either marker on a graph of a million objects, and the model's memory for it."""

import gc
import random
import tracemalloc
from collections.abc import Callable
from statistics import median
from time import process_time

import pytest
from table import Row, Table, rate

from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, GO_1_27, PTR_SIZE
from gomemlab.runtime.gc.greentea import GreenTea
from gomemlab.runtime.gc.mark import Marker
from gomemlab.runtime.gc.memory import Memory
from gomemlab.runtime.gc.work import GCWork
from gomemlab.runtime.malloc import Allocator, P

OBJECTS = 1_000_000
GOAL = 1e6  # objects a second
MEMORY_GOAL = 200  # bytes an object
ROUNDS = 5
SIZE, SLOTS = 32, 2  # bytes of an object, and its pointers


class Heap:
    """Objects of 32 B with two pointers."""

    def __init__(self) -> None:
        self.allocator, self.p, self.memory = Allocator(GO_1_27, DEFAULT_HEAP_BASE), P(0), Memory()

    def new(self) -> int:
        """Make an object."""
        address = self.allocator.mallocgc(SIZE, pointers=True, p=self.p)
        self.memory.lay_out(address, SIZE // PTR_SIZE, (1 << SLOTS) - 1)
        return address

    def mark(self, kind: type[Marker], root: int) -> tuple[float, GCWork]:
        """Mark all that the root reaches; return the seconds it took and what was counted."""
        marker, gcw = kind(self.allocator.heap, self.memory), GCWork(0, [])
        marker.begin()
        gc.collect()
        begin = process_time()
        marker.shade([root], gcw)
        marker.drain(gcw)
        return process_time() - begin, gcw


def tree() -> tuple[Heap, int]:
    """Make a binary tree, each level behind the one above it: neighbours in the tree are neighbours in memory."""
    heap = Heap()
    nodes = [heap.new() for _ in range(OBJECTS)]
    for i in range(1, OBJECTS):
        heap.memory.store(nodes[(i - 1) // 2] + (i - 1) % 2 * PTR_SIZE, nodes[i])
    return heap, nodes[0]


def deep_tree() -> tuple[Heap, int]:
    """Make a binary tree as a program does that descends before it goes on."""
    heap = Heap()

    def grow(depth: int) -> int:
        node = heap.new()
        if depth:
            heap.memory.store(node, grow(depth - 1))
            heap.memory.store(node + PTR_SIZE, grow(depth - 1))
        return node

    return heap, grow(OBJECTS.bit_length() - 1)


def random_graph() -> tuple[Heap, int]:
    """Make a graph whose pointers lead anywhere; from the first object four of five are reached."""
    heap, rng = Heap(), random.Random(1)
    nodes = [heap.new() for _ in range(OBJECTS * 5 // 4)]
    for node in nodes:
        heap.memory.store(node, nodes[rng.randrange(len(nodes))])
        heap.memory.store(node + PTR_SIZE, nodes[rng.randrange(len(nodes))])
    return heap, nodes[0]


GRAPHS = {"binary tree, level by level": tree, "binary tree, as it grows": deep_tree, "random graph": random_graph}


@pytest.mark.parametrize("name", GRAPHS)
def test_marking(table: Table, name: str) -> None:
    """Both markers in turns over the same graph."""
    heap, root = GRAPHS[name]()
    for kind in (Marker, GreenTea):
        times, gcw = [], GCWork(0, [])
        for _ in range(ROUNDS):
            seconds, gcw = heap.mark(kind, root)
            times.append(seconds)
        marked = gcw.objects_marked
        assert marked > OBJECTS * 0.99
        visits = f"{gcw.span_visits:,} spans visited" if gcw.span_visits else "one by one"
        table.add(
            Row(
                f"marking, {kind.name}, {name}",
                f"{rate(marked, median(times))} (best {rate(marked, min(times))})",
                f"{marked:,} objects of {SIZE} B, {visits}",
                "",
                rate(int(GOAL), 1),
                marked / median(times) >= GOAL,
            )
        )


@pytest.mark.parametrize("name", ["binary tree, level by level", "random graph"])
def test_memory_of_a_marked_graph(table: Table, name: str) -> None:
    """What the model holds for a million objects, pointers and marks: heap, memory, marker."""
    used = traced(GRAPHS[name]) / OBJECTS
    table.add(
        Row(
            f"memory, marked {name}",
            f"{used:.0f} B an object",
            f"of {SIZE} B",
            "",
            f"{MEMORY_GOAL} B an object",
            used <= MEMORY_GOAL,
        )
    )


def traced(make: Callable[[], tuple[Heap, int]]) -> int:
    """Return the bytes that a graph takes once it is marked, its maker's own lists gone."""
    gc.collect()
    tracemalloc.start()
    try:
        heap, root = make()
        marker, gcw = GreenTea(heap.allocator.heap, heap.memory), GCWork(0, [])
        marker.begin()
        marker.shade([root], gcw)
        marker.drain(gcw)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
