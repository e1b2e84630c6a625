"""A spanSet: the spans of one class in one condition, first in, first out.

Go: runtime/mspanset.go, spanSet.
Left out: the spine of 512-entry blocks and the atomic head and tail, which let Ps push and pop without a lock.
"""

from collections import deque
from collections.abc import Iterator

from gomemlab.runtime.alloc.mspan import MSpan


class SpanSet:
    """Spans in the order in which they were pushed."""

    __slots__ = ("_spans",)

    def __init__(self) -> None:
        self._spans: deque[MSpan] = deque()

    def push(self, span: MSpan) -> None:
        """Add a span at the tail.

        Go: runtime/mspanset.go, (*spanSet).push.
        """
        self._spans.append(span)

    def pop(self) -> MSpan | None:
        """Remove the span at the head and return it, or None when the set is empty.

        Go: runtime/mspanset.go, (*spanSet).pop.
        """
        return self._spans.popleft() if self._spans else None

    def __len__(self) -> int:
        return len(self._spans)

    def __iter__(self) -> Iterator[MSpan]:
        return iter(self._spans)

    def remove(self, span: MSpan) -> None:
        """Take a span out of the middle; raises ValueError where it is not in the set.

        Go never does: a sweeper pops the spans one by one. Here a single span can be freed for a lesson.
        """
        self._spans.remove(span)

    def copy(self) -> "SpanSet":
        """Return an independent set of the same spans."""
        new = SpanSet()
        new._spans = self._spans.copy()
        return new
