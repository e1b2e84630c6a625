"""Which objects each collection found dead, told by who asked for them and not by where Go had put them.

A trace names a dead object by its slot. The last request before, of those that Go answered with this slot, is the
object's; where there is none, it was there at the start. So the model frees the same object, wherever it has put it,
and a wrong prediction is never put right.

Go: runtime/mgcsweep.go, (*sweepLocked).sweep; runtime/traceallocfree.go, traceLocker.HeapObjectFree.
Left out: what keeps an object alive.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.golang.trace import Trace
from gomemlab.golang.wire import Ev
from gomemlab.recorded.opslog import OBJECT_SHIFT
from gomemlab.recorded.spansof import SpanEvents, look_up
from gomemlab.runtime.alloc.sizeclasses import class_table
from gomemlab.runtime.arch import MAX_MODEL_HEAP, MAX_TINY_SIZE, PAGE_SHIFT, TINY_SPAN_CLASS, Go

Ints = NDArray[np.int64]

_FAR = np.uint64(MAX_MODEL_HEAP)  # so far that no key overflows
AT_START = -1  # instead of a request: the object was there


class Asked(NamedTuple):
    """The requests for objects, in their order."""

    request: Ints  # number in the plan
    when: Ints  # row of the trace before which it was asked
    slot: Ints  # heap-relative address of the slot where Go put it


class Freed(NamedTuple):
    """What sweeping freed, in Go's order."""

    row: Ints  # of the trace
    slot: Ints  # heap-relative address
    span: Ints  # number of the slot's span among the events of spans


class Dead(NamedTuple):
    """The objects that sweeping freed, in Go's order."""

    row: Ints  # of the trace
    request: Ints  # number of the request in the plan, or AT_START
    slot: Ints  # heap-relative address of the slot where Go had it
    page: Ints  # of the span where Go had it, counted from the lowest heap address


NOTHING_DEAD = Dead(*np.zeros((4, 0), np.int64))


def slots(actual: Ints, spanclass: Ints, go: Go) -> Ints:
    """Return the slots of objects at heap-relative addresses: without the header, of a tiny one its block."""
    header = np.array(class_table(go).header, np.int64).take(spanclass)
    return np.where(spanclass == TINY_SPAN_CLASS, actual & -MAX_TINY_SIZE, actual - header)


def find_freed(trace: Trace, spans: SpanEvents, begin: int, end: int) -> Freed:
    """Return what was freed from row `begin` up to row `end`.

    Raises TraceError where something is freed that lies in no span.
    """
    rows = trace.rows(Ev.HEAP_OBJECT_FREE, begin=begin, end=end)
    slot = np.minimum(trace.args[0].take(rows), _FAR).view(np.int64) << OBJECT_SHIFT
    return Freed(rows, slot, look_up(trace, spans, rows, slot >> PAGE_SHIFT, rows))


def find_dead(freed: Freed, spans: SpanEvents, asked: Asked, moments: int) -> Dead:
    """Return whose objects were freed; every row is less than `moments`."""
    # One more in front, so that there always is one before.
    slot, request = (np.concatenate([[AT_START], column]) for column in (asked.slot, asked.request))
    key = slot * moments + np.concatenate([[0], asked.when])
    order = np.argsort(key, kind="stable")
    of = order[np.searchsorted(key[order], freed.slot * moments + freed.row, "right") - 1]
    request = np.where(slot[of] == freed.slot, request[of], AT_START)
    return Dead(freed.row, request, freed.slot, spans.page.take(freed.span))
