"""The order in which the spans were made that a trace lists at its begin.

It lists them in the order of their records' addresses. Before the Ps exist, each span takes a record of its own, and
lies behind the span before it. From then on a P gets 64 records at a time and uses the last one first: so every 64
spans stand in the list the wrong way round.

Go: runtime/mheap.go, recordspan, (*mheap).tryAllocMSpan, (*mheap).allocMSpanLocked.
Left out: records that were given back and used again; they stay where they were.
"""

from collections.abc import Sequence

import numpy as np

from gomemlab.golang.trace import Trace
from gomemlab.golang.wire import Ev
from gomemlab.runtime.alloc.mspancache import REFILL
from gomemlab.runtime.restore import StartSpan


def as_made(trace: Trace, row: int, spans: Sequence[StartSpan]) -> tuple[StartSpan, ...]:
    """Return the spans that exist before event `row` in the order in which they were made, with one P."""
    listed = trace.rows(Ev.SPAN, end=row)
    pages, npages = (trace.args[i, listed].astype(np.int64) for i in (0, 1))
    gap = np.flatnonzero(pages[1:] != pages[:-1] + npages[:-1])
    of_no_p = int(gap[0]) + 1 if len(gap) else len(pages)
    made = pages[:of_no_p].tolist()
    for first in range(of_no_p, len(pages), REFILL):
        made += pages[first : first + REFILL][::-1].tolist()
    freed = set(trace.args[0, trace.rows(Ev.SPAN_FREE, end=row)].tolist())
    rank = {page: i for i, page in enumerate(made) if page not in freed}
    return tuple(sorted(spans, key=lambda span: rank.get(span.page, len(made))))
