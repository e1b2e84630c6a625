"""A recorded cycle's dead objects made into the model's marks, and the sweeps that the model did.

What a trace gives is which objects were dead. Everything else of a sweep is the model's: in which order it takes the
spans, which slots become free, and which spans go back to the heap.

Go: runtime/mgc.go, gcMarkTermination, gcSweep; runtime/mgcsweep.go, sweepone.
Left out: marking; a trace does not hold the object graph.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.recorded.cycles import Cycle
from gomemlab.recorded.deadsets import AT_START, Dead
from gomemlab.recorded.turns import Turn
from gomemlab.runtime.alloc.heaparena import NO_SPAN
from gomemlab.runtime.alloc.mheap import MHeap
from gomemlab.runtime.alloc.mspan import SpanState
from gomemlab.runtime.arch import PAGE_SHIFT
from gomemlab.runtime.events import Entry, SpanFreed
from gomemlab.runtime.gc.sweep import likely_page_marks
from gomemlab.runtime.gcevents import SpanSwept

Ints = NDArray[np.int64]


class Sweep(NamedTuple):
    """One span swept in which something was dead."""

    cycle: int  # number in the recording
    page: int  # of the span, counted from the lowest heap address
    freed: int  # slots


def last_swept(heap: MHeap, heap_min: int, dead: Dead, turn: Turn, predicted: Ints) -> int:
    """Return the span in which the model has the last object that Go freed in a turn, NO_SPAN where it freed none."""
    i = int(np.searchsorted(dead.row, turn.end)) - 1
    if i < 0 or dead.row[i] < turn.begin:
        return NO_SPAN
    request = int(dead.request[i])
    address = dead.slot[i] if request == AT_START else predicted[request]
    return int(spans_at(heap, heap_min, np.array([address]))[0])


def of_cycle(dead: Dead, cycle: Cycle) -> slice:
    """Return which of the dead objects a cycle found."""
    return slice(*np.searchsorted(dead.row, (cycle.marked, cycle.end)).tolist())


def dead_addresses(dead: Dead, of: slice, predicted: Ints) -> Ints:
    """Return where the model has some of the dead objects, heap-relative."""
    request = dead.request[of]
    return np.where(request == AT_START, dead.slot[of], predicted[request])


def marks(heap: MHeap, heap_min: int, dead: Ints) -> dict[int, int]:
    """Return the marked slots by span id, given where the dead objects lie: all others are alive."""
    spans = [span for span in heap.spans.values() if span.state is SpanState.IN_USE]
    number = np.full(heap.next_span_id + 1, -1)  # of spans by id; the last id is that of none, NO_SPAN
    number[[span.id for span in spans]] = np.arange(len(spans))
    base, elemsize, nelems = np.array([(s.base, s.elemsize, s.nelems) for s in spans], np.int64).reshape(-1, 3).T
    at = np.cumsum(np.append(0, nelems + 7 >> 3))  # bytes from which on each span's slots have their bits
    of = number.take(spans_at(heap, heap_min, dead))
    dead, of = dead[of >= 0], of[of >= 0]
    slot = (dead + heap_min - base.take(of)) // elemsize.take(of)
    fits = slot < nelems.take(of)  # a damaged trace may free an object whose pages are another span's now
    bits = np.zeros(8 * int(at[-1]), np.bool_)
    bits[(8 * at.take(of) + slot)[fits]] = True
    packed = np.packbits(bits, bitorder="little").tobytes()
    return {
        span.id: span.taken_bits() & ~int.from_bytes(packed[begin:end], "little")
        for span, (begin, end) in zip(spans, pairwise(at.tolist()), strict=True)
    }


def page_marks(heap: MHeap, heap_min: int, alive: Mapping[int, int], black: Ints, reclaimed: Ints) -> tuple[int, ...]:
    """Return the ids of the spans with a page mark, given their marks and the objects that tell more of some spans.

    A span with an object that was allocated black has one; one that was swept by who looked for pages had none.
    """
    found = likely_page_marks(heap, alive) | set(spans_at(heap, heap_min, black).tolist())
    return tuple(sorted(found - set(spans_at(heap, heap_min, reclaimed).tolist())))


def spans_at(heap: MHeap, heap_min: int, addresses: Ints) -> Ints:
    """Return the ids of the spans at heap-relative addresses, NO_SPAN where there is none."""
    page_table = np.concatenate([np.frombuffer(arena.spans, np.int32) for arena in heap.arenas])
    ids: Ints = page_table[(addresses - (heap.arena_base - heap_min)) >> PAGE_SHIFT].astype(np.int64)
    return ids


def sweeps(heap: MHeap, heap_min: int, log: list[Entry], cycle: int) -> list[Sweep]:
    """Return the sweeps of spans with dead objects that a command's log tells of."""
    freed_spans = {entry[1]: entry[2] for entry in log if entry[0] is SpanFreed}
    offset = (heap.arena_base - heap_min) >> PAGE_SHIFT
    return [
        Sweep(cycle, offset + _page(heap, entry[1], freed_spans), entry[2])
        for entry in log
        if entry[0] is SpanSwept and entry[2]
    ]


def _page(heap: MHeap, span_id: int, freed: dict[int, int]) -> int:
    """Return the page of a span that may be there no more."""
    return freed[span_id] if span_id in freed else heap.page_of(heap.spans[span_id].base)
