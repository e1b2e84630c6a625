"""Checkmark: a second trace of a world that stands still, which knows nothing of the first.

It follows every pointer from every root with a plain stack and sets of addresses, so it shares no line with marking.
What it finds is what the program can reach: whatever lacks a mark when marking is over is lost.

Go: runtime/mcheckmark.go.
Left out: nothing; Go's own second trace runs the marker again with other bits.
"""

from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.alloc.mspan import SpanState
from gomemlab.runtime.arch import PTR_SIZE
from gomemlab.runtime.gc.memory import Memory
from gomemlab.runtime.gc.roots import Roots

MAX_WALK = 20_000  # objects of a heap that is traced again unasked
Slot = tuple[int, int]  # span id, slot


def walkable(heap: MHeap) -> bool:
    """Say whether a heap is small enough to be traced for a picture."""
    return sum(span.alloc_count for span in heap.spans.values()) <= MAX_WALK


def slot_of(heap: MHeap, pointer: int) -> Slot | None:
    """Return the slot that a pointer leads into, or None where there is no object.

    Go: runtime/mbitmap.go, findObject.
    """
    span = heap.span_of(pointer)
    if span is None or span.state is not SpanState.IN_USE or pointer >= span.limit:
        return None
    return span.id, (pointer - span.base) // span.elemsize


def root_pointers(roots: Roots) -> list[int]:
    """Return every pointer on a stack, in a global, in a variable of the runtime's, and what pools gave the program."""
    in_globals = [pointer for pointer in (*roots.globals, roots.allgs, *roots.pool_vars) if pointer]
    return [*in_globals, *roots.got, *(p for stack in roots.stacks for p in stack.pointers())]


def held_slots(heap: MHeap, roots: Roots) -> set[Slot]:
    """Return the slots of plain objects that the program holds."""
    held = set()
    for span in heap.spans.values():
        bits = roots.held(span.id, span.taken_bits())
        held |= {(span.id, i) for i in range(bits.bit_length()) if bits >> i & 1}
    return held


def reach(heap: MHeap, memory: Memory, start: set[Slot]) -> set[Slot]:
    """Return the slots that can be reached from some slots, with those."""
    seen, waiting = set(start), list(start)
    while waiting:
        span_id, slot = waiting.pop()
        span = heap.spans[span_id]
        if span.spanclass & 1:
            continue
        address = span.base + slot * span.elemsize
        for word in range(span.elemsize // PTR_SIZE):
            pointer = memory.load(address + word * PTR_SIZE)
            target = slot_of(heap, pointer) if pointer else None
            if target is not None and target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


def reachable(heap: MHeap, memory: Memory, roots: Roots) -> set[Slot]:
    """Return every slot that the program can reach."""
    start = {slot for slot in (slot_of(heap, p) for p in root_pointers(roots)) if slot is not None}
    return reach(heap, memory, start | held_slots(heap, roots))


def unmarked(heap: MHeap, slots: set[Slot]) -> list[int]:
    """Return where the objects begin that have no mark, of those in some slots, in order."""
    return addresses(heap, {(i, slot) for i, slot in slots if not heap.marked(heap.spans[i]) >> slot & 1})


def addresses(heap: MHeap, slots: set[Slot]) -> list[int]:
    """Return where the objects in some slots begin, behind their headers, in order."""
    where = ((heap.spans[i], slot) for i, slot in slots)
    header = heap.classes.header
    return sorted(span.base + slot * span.elemsize + header[span.spanclass] for span, slot in where)
