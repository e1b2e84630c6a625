"""Objects that the model put elsewhere than Go, each with its cause.

The model is never put right, so one miss may bring many. A miss follows from an earlier one where one of the pages it
is about, the model's or Go's, was in that one too. Whatever is left began something, and has a cause of its own.

Go: runtime/mcentral.go, (*mcentral).cacheSpan.
Left out: which of several earlier misses it was; the first one is named.
"""

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from gomemlab.recorded.start import Start
from gomemlab.runtime.arch import PAGE_SHIFT


class Cause(Enum):
    """Why an address differs, as words."""

    FOLLOWS = "it follows from an earlier one"
    OLD_SPANS = "in which order spans lay in their sets at the start is not in the trace"
    CACHES = "what the caches held at the start is not in the trace"
    PROCS = "which of two Ps came first is not always in the trace"
    MODEL = "the model chose otherwise than Go"


HIDDEN = frozenset({Cause.OLD_SPANS, Cause.CACHES})  # state at the start that no trace shows


class Miss(NamedTuple):
    """One object that the model put elsewhere; addresses are heap-relative."""

    object: int  # number among the objects compared
    predicted: int
    actual: int
    cause: Cause
    origin: int  # number of the object with which it began: itself, but where it follows
    hidden: bool  # whether it began with state at the start that no trace shows


def find_misses(wrong: Iterable[tuple[int, int, int]], start: Start) -> tuple[Miss, ...]:
    """Return the misses, given (object, predicted, actual) of each in their order."""
    old = {page for span in start.spans for page in range(span.page, span.page + span.npages)}
    began: dict[int, Miss] = {}  # by page: the miss with which it came into doubt
    misses = []
    for number, predicted, actual in wrong:
        pages = predicted >> PAGE_SHIFT, actual >> PAGE_SHIFT
        first = next((began[page] for page in pages if page in began), None)
        if first is None:
            cause = _cause(start, old.issuperset(pages))
            miss = first = Miss(number, predicted, actual, cause, number, cause in HIDDEN)
        else:
            miss = Miss(number, predicted, actual, Cause.FOLLOWS, first.object, first.hidden)
        for page in pages:
            began.setdefault(page, first)
        misses.append(miss)
    return tuple(misses)


def _cause(start: Start, among_old: bool) -> Cause:
    """Return why a miss began; among_old: both spans were there at the start."""
    if start.procs > 1:
        return Cause.PROCS
    if not start.flushed:
        return Cause.CACHES
    return Cause.OLD_SPANS if among_old else Cause.MODEL
