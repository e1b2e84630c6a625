"""What was wrong with a log: each place, what was wrong there and what was done about it.

Nothing is lost silently and nothing stops the reading. The first places are kept one by one, the rest is counted.

Go: none, this is about logs.
Left out: nothing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple, overload

MOST_KEPT = 1_000  # of each kind: a broken log of gigabytes must not fill the memory
_LONGEST = 200  # characters of the log's text that a problem shows


class Problem(NamedTuple):
    """One place."""

    line: int  # in the log, from 1; 0 where it is about the whole log
    kind: str  # one of KINDS
    what: str  # what was wrong, a sentence
    done: str  # what was done about it, a sentence
    text: str = ""  # the line itself, or its beginning: plain text, never markup

    def __str__(self) -> str:
        """Say it in one line."""
        return f"line {self.line:,}: {self.what} {self.done}" if self.line else f"{self.what} {self.done}"


KINDS = (
    "empty",  # no gctrace line at all
    "damaged",  # began like a gctrace line, and could not be read
    "torn",  # split by other output, and put together again
    "lost",  # split by other output, and the rest never came
    "version",  # fields that are not known, or a line of a Go too old
    "tail",  # other text stands right behind the line
    "gap",  # the cycles between are not in the log
    "restart",  # the numbers begin again: another process
    "clock",  # the time runs back
    "duration",  # a duration that cannot be: the clock ran back inside the cycle
    "repeated",  # the same line twice
    "text",  # bytes that are not text, or a line too long to be one
    "file",  # the file ends in the middle, or cannot be read on
)


class Problems(Sequence[Problem]):
    """The problems of one log, in the order they were met."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()  # all of them, by kind
        self._kept: list[Problem] = []

    def add(self, line: int, kind: str, what: str, done: str, text: str = "") -> None:
        """Keep a problem, or count it where there are very many of its kind."""
        self.counts[kind] += 1
        if self.counts[kind] <= MOST_KEPT:
            self._kept.append(Problem(line, kind, what, done, text[:_LONGEST]))

    @property
    def left_out(self) -> int:
        """Return how many were only counted."""
        return self.counts.total() - len(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._kept)

    @overload
    def __getitem__(self, index: int) -> Problem: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Problem]: ...
    def __getitem__(self, index: int | slice) -> Problem | Sequence[Problem]:
        return self._kept[index]
