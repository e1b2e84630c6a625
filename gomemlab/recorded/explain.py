"""Why the model chose another address than Go: the first difference, in the words of its events.

Go: runtime/malloc.go, mallocgc.
Left out: every later difference; it may only be a consequence of the first.
"""

import numpy as np

from gomemlab.recorded import bulk
from gomemlab.recorded.plan import Act, Plan
from gomemlab.recorded.replay import Replay
from gomemlab.recorded.stacks import MOMENT
from gomemlab.runtime.alloc.sizeclasses import class_table, label
from gomemlab.runtime.arch import PAGE_SIZE


def explain(replay: Replay) -> list[str]:
    """Return sentences on the first object or span that the model put elsewhere; [] where there is none.

    The requests before it are run through a new world, and that one is taken as a single step, so that its events tell.
    """
    request = first_difference(replay)
    if request is None:
        return []
    plan, start = replay.plan, replay.recording.start
    run = bulk.run(plan, replay.recording.world(), start.heap_min, end=request)
    chosen = bulk.take_one(plan, request, run) - start.heap_min
    actual = int(plan.actual[request])
    offset = int(replay.recording.trace.at[plan.row[request]])
    return [
        f"Request {request:,} (event at byte {offset:,}): {_asked(plan, request)}.",
        f"Go chose {_place(actual)}, the model {_place(chosen)}. The model's reasons:",
        *(f"  {event.say()}" for event in run.world.events),
    ]


def first_difference(replay: Replay) -> int | None:
    """Return the number of the first request, object, stack or span of the runtime's, that the model put elsewhere."""
    candidates = []
    if replay.first_miss is not None:
        candidates.append(int(replay.objects[replay.first_miss]))
    plan, run = replay.plan, replay.run
    manual = np.flatnonzero(np.isin(plan.act[: run.done], (Act.MANUAL, Act.STACK)))
    candidates += manual[run.predicted[manual] != plan.actual[manual]][:1].tolist()
    return min(candidates, default=None)


def _asked(plan: Plan, request: int) -> str:
    """Return what was asked, in words."""
    act, spanclass, size, p = (int(column[request]) for column in (plan.act, plan.spanclass, plan.size, plan.p))
    if act == Act.MANUAL:
        return f"a span of {size} pages for the runtime's own use, on P{p}"
    if act == Act.STACK:
        return f"a stack of {size & ~MOMENT:,} bytes on P{p}"
    if act == Act.LARGE:
        return f"a large object of {size:,} bytes on P{p}"
    if plan.logged[request]:
        return f"{size:,} bytes on P{p} ({label(spanclass)})"
    return (
        f"an object of {class_table().elemsize[spanclass >> 1]} B slots on P{p} ({label(spanclass)}, size not logged)"
    )


def _place(address: int) -> str:
    """Return a heap-relative address in words."""
    page, offset = divmod(address, PAGE_SIZE)
    return f"page {page:,} + {offset} bytes (heap + {address:#x})"
