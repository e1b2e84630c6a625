"""A spanSet: the spans of one class in one condition, first in, first out.

Go: runtime/mspanset.go, spanSet.
Left out: the spine of 512-entry blocks and the atomic head and tail, which let Ps push and pop without a lock.
"""

from collections import deque
from collections.abc import Callable, Iterator

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

    def copy(self, twin: Callable[[MSpan], MSpan]) -> "SpanSet":
        """Return the same set over other spans: twin gives each span's copy."""
        new = SpanSet()
        new._spans.extend(map(twin, self._spans))
        return new
