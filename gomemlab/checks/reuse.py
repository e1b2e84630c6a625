"""Slots that died, and the order in which the next requests get them: one span, swept once, read from the model.

The span is full of objects of 64 B without pointers. Some of them die, one after the other; a collection marks; then
the program asks for as many objects as died.

Go: runtime/malloc.go, nextFreeFast; runtime/mbitmap.go, (*mspan).nextFreeIndex; runtime/mgcsweep.go,
(*sweepLocked).sweep.
Left out: a span in which everything died; its pages go back to the heap.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gomemlab.runtime.alloc.sizeclasses import size_class
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.world import World

SIZE = 64  # bytes
SLOTS = size_class(SIZE).nelems
HOLES = (5, 9, 70, 71, 100)  # slots whose order of reuse was read from real Go
MOST = SLOTS - 1  # slots that die; one keeps the span
NAMED = 9  # slots that a sentence names
GIVE = f"give different slots from 0 to {SLOTS - 1}, such as {', '.join(map(str, HOLES))}"


@dataclass(frozen=True, slots=True)
class Reuse:
    """One span before its sweep, after it, and after the requests that came then."""

    dead: tuple[int, ...]  # slots, in the order in which they died
    given: tuple[int, ...]  # slots, in the order in which they were given again
    freeindex: tuple[int, ...]  # after each of these requests
    before: int  # allocBits before the sweep; bit i: slot i
    marks: int  # what marking had set
    swept: int  # allocBits after the sweep
    after: int  # allocBits after the requests

    def say(self) -> str:
        """Return the run as a sentence."""
        first, last = self.given[:-1], self.given[-1]
        got = ", ".join(map(str, self.given))
        if len(self.given) > NAMED:
            got = f"{', '.join(map(str, first[: NAMED - 2]))}, … and {last}"
        many = "the next request got slot" if self.given[1:] == () else f"the next {len(self.given)} requests got slots"
        return f"The sweep freed {len(self.dead)} of {SLOTS} slots; {many} {got}."


def run_reuse(dead: Sequence[int]) -> Reuse:
    """Return what happens to a full span in which these slots die; raise MisuseError where that cannot be shown."""
    wrong = [slot for slot in dead if not 0 <= slot < SLOTS]
    if wrong:
        raise MisuseError(f"there is no slot {wrong[0]}; {GIVE}")
    if len(set(dead)) != len(dead):
        twice = next(slot for slot in dead if list(dead).count(slot) > 1)
        raise MisuseError(f"slot {twice} can die only once; {GIVE}")
    if len(dead) > MOST:
        raise MisuseError(f"a span in which all {SLOTS} slots die goes back to the heap, and none is reused; {GIVE}")
    if not dead:
        raise MisuseError(f"0 slots are too few; {GIVE}")
    world, objects = full_span()
    for slot in dead:
        world.drop(objects[slot])
    world.gc_start()
    world.mark_all()
    world.mark_done()
    heap = world.allocator.heap
    span = heap.span_of(objects[0])
    assert span is not None  # noqa: S101 - the objects live in it
    before, marks = span.alloc_bits, heap.marked(span)
    world.sweep_one()
    swept = heap.spans[span.id].alloc_bits
    given, freeindex = [], []
    for _ in dead:
        given.append((world.malloc(SIZE) - objects[0]) // SIZE)
        freeindex.append(world.ps[0].mcache.alloc[span.spanclass].freeindex)
    after = heap.spans[span.id].alloc_bits
    return Reuse(tuple(dead), tuple(given), tuple(freeindex), before, marks, swept, after)


def full_span() -> tuple[World, list[int]]:
    """Return a world with one full span that has lived through a collection, and the addresses of its objects."""
    world = World()
    objects = [world.malloc(SIZE) for _ in range(SLOTS)]
    world.gc()
    return world, objects
