"""Every g that was ever made: records on the heap, in a list that only grows.

A goroutine's record is an object like others, but the list leads to it for ever, so it is never freed. The list is a
slice: when its array is full, the next g moves it to a larger one, and the old array is garbage.

Go: runtime/proc.go, allgs, allgadd, malg; runtime/slice.go, growslice.
Left out: the gs that a process begins with, which lie outside this heap; the barrier that growslice has for each g it
copies (the barrier of the slice's own pointer shades the old array, and so all of them).
"""

from gomemlab.runtime.alloc.locks import ALLG
from gomemlab.runtime.arch import PTR_SIZE
from gomemlab.runtime.slices import growslice
from gomemlab.runtime.stackevents import AllgsGrown
from gomemlab.runtime.words import Words

G_SIZE = 456  # bytes
G_POINTERS = (32, 40, 48, 80, 136, 232, 296, 320, 328, 352, 360, 384, 392)  # bytes into a g
G_SLOTS = sum(1 << at // PTR_SIZE for at in G_POINTERS)


def new_g(words: Words, p: int) -> int:
    """Make a g on P p and return its address. Go: runtime/proc.go, malg."""
    return words.allocate(G_SIZE, G_SLOTS, p)


def add(words: Words, record: int, p: int) -> None:
    """Add a g to the list. Go: runtime/proc.go, allgadd."""
    collector = words.allocator.collector
    roots = collector.roots
    words.allocator.heap.locks.take(ALLG, p)
    if roots.gs == roots.allgs_room:
        _grow(words, p)
    words.write(roots.allgs + roots.gs * PTR_SIZE, record, p)
    roots.gs += 1


def _grow(words: Words, p: int) -> None:
    """Move the list to a larger array. Go: runtime/slice.go, growslice."""
    allocator = words.allocator
    collector, roots = allocator.collector, allocator.collector.roots
    room = growslice(roots.allgs_room, roots.allgs_room + 1, PTR_SIZE, pointers=True, go=allocator.heap.go)
    array = words.make(room, -1, p)
    for i in range(roots.gs):
        collector.memory.store(array + i * PTR_SIZE, collector.memory.load(roots.allgs + i * PTR_SIZE))
    if collector.marking:
        collector.write_barrier(array, roots.allgs, p, 1, on_global=True)
    roots.allgs, roots.allgs_room = array, room
    allocator.log.append((AllgsGrown, room, array))
