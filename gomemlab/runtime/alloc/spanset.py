"""A spanSet: the spans of one class in one condition, first in, first out.

Go: runtime/mspanset.go, spanSet.
Left out: the spine of 512-entry blocks and the atomic head and tail, which let Ps push and pop without a lock.
"""

from collections import deque

from gomemlab.runtime.alloc.mspan import MSpan


class SpanSet(deque[MSpan]):
    """Spans in the order in which they were pushed.

    Go: runtime/mspanset.go, (*spanSet).push, (*spanSet).pop.
    """

    push = deque.append

    def take(self) -> MSpan | None:
        """Remove the span that was pushed first and return it, or None when the set is empty.

        Go: runtime/mspanset.go, (*spanSet).pop.
        """
        return self.popleft() if self else None
