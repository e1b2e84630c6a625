"""A spanSet: the spans of one class in one condition, first in, first out.

Go: runtime/mspanset.go, spanSet.
Left out: the spine of 512-entry blocks and the atomic head and tail, which let Ps push and pop without a lock.
"""

from collections import deque
from typing import Protocol

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


class SpanSets(Protocol):
    """The sets of one span class: an mcentral, as far as sweeping knows it."""

    def partial_swept(self, sweepgen: int) -> SpanSet:
        """Return the swept spans with a free slot."""

    def partial_unswept(self, sweepgen: int) -> SpanSet:
        """Return the unswept spans with a free slot."""

    def full_swept(self, sweepgen: int) -> SpanSet:
        """Return the swept spans without one."""

    def full_unswept(self, sweepgen: int) -> SpanSet:
        """Return the unswept spans without one."""
