"""The gctrace line as Go writes it: some forty writes, one after another, and one pattern for them all.

TOKENS are the writes in their order. Reading a torn line needs them one by one, because other output can only come
between two of them; a whole line is read with the one pattern that they make together.

Go: runtime/mgc.go, gcMarkTermination.
Left out: lines of Go 1.5 and before, which had other fields.
"""

import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from gomemlab.gctrace.cycle import Cycle

# Longer runs of digits are damage: uint64 has 20 digits at most.
WHOLE = r"[0-9]{1,20}"
REAL = r"[0-9]{1,20}(?:\.[0-9]{1,3})?"
ARROW = r"-(?:>|\\u003e|&gt;)"  # JSON and HTML may have changed >


class Token(NamedTuple):
    """One write of Go's, as a pattern."""

    pattern: str
    number: bool = False  # a number; everything else stands in each line in the same words
    optional: bool = False

    @property
    def group(self) -> str:
        """Return the pattern, with a group where something is to be kept."""
        if self.optional:
            return f"({self.pattern})?"
        return f"({self.pattern})" if self.number else self.pattern


def _numbers(pattern: str, *between: str) -> list[Token]:
    """Return the writes of numbers with something between each two."""
    tokens = [Token(pattern, number=True)]
    for text in between:
        tokens += [Token(ARROW if text == "->" else re.escape(text)), Token(pattern, number=True)]
    return tokens


TOKENS: tuple[Token, ...] = (
    Token("gc "),
    *_numbers(WHOLE),
    Token(" @"),
    *_numbers(REAL),
    Token("s "),
    *_numbers(WHOLE),
    Token("%"),
    Token(r" \(checking for goroutine leaks\)", optional=True),
    Token(": "),
    *_numbers(REAL, "+", "+"),
    Token(" ms clock, "),
    *_numbers(REAL, "+", "/", "/", "+"),
    Token(" ms cpu, "),
    *_numbers(WHOLE, "->", "->"),
    Token(" MB, "),
    *_numbers(WHOLE),
    Token(" MB goal, "),
    *_numbers(WHOLE),
    Token(" MB stacks, "),
    *_numbers(WHOLE),
    Token(" MB globals, "),
    *_numbers(WHOLE),
    Token(" P"),
    Token(r" \(forced\)", optional=True),
)
_STACKS = next(at for at, token in enumerate(TOKENS) if "goal" in token.pattern) + 1  # where Go 1.18 put two fields in


def _pattern(unknown: str = "", remark: str = "") -> str:
    """Return one line of any version: Go before 1.18 told nothing of stacks and globals.

    unknown is what may stand between the known fields, remark what may stand in parentheses.
    """
    leaks = next(at for at, token in enumerate(TOKENS) if token.optional) + 1
    parts = TOKENS[:leaks], TOKENS[leaks:_STACKS], TOKENS[_STACKS : _STACKS + 4], TOKENS[_STACKS + 4 :]
    head, times, extra, tail = ("".join(token.group for token in part) for part in parts)
    return f"{head}{remark}{times}{unknown}(?:{extra})?{unknown}{tail}{remark}"


_ALL = 100  # percent
HEAD = re.compile(r"gc [0-9]{1,20} @")  # where a line begins
LINE = re.compile(_pattern())
# A line of a version that tells more: what is known is taken.
LATER = re.compile(_pattern(r"(?:[0-9.]{1,20} [A-Za-z][A-Za-z ]{0,30}, ){0,6}?", r"(?: \([^()]{1,60}\))?"))
_CANONICAL = re.compile(r"0|0\.0[0-9]{2}|0\.[1-9][0-9]|[1-9]\.[0-9]|[1-9][0-9]+")  # milliseconds as Go prints them
EARLIER = re.compile(r"gc #[0-9]+ @")  # Go 1.5


def plausible(match: re.Match[str]) -> bool:
    """Return whether the numbers of a line that was put together can be one cycle's.

    Milliseconds have Go's digits, a share is at most all, what lives was in the heap, and the processor time of each
    stop is its clock times the same number of processors.
    """
    kept = match.groups()
    if any(_CANONICAL.fullmatch(text) is None for text in kept[4:12]):
        return False
    cycle = cycle_of(match, 0)
    counts = _stopped(cycle, "sweep_term"), _stopped(cycle, "mark_term")
    least, most = max(counts[0][0], counts[1][0]), min(counts[0][1], counts[1][1], cycle.procs)
    return cycle.gc_cpu_percent <= _ALL and cycle.heap_live_mb <= cycle.heap_end_mb + 1 and math.ceil(least) <= most


def _stopped(cycle: Cycle, stop: str) -> tuple[float, float]:
    """Return between which numbers of processors a stop's processor time divided by its clock lies."""
    clock, cpu = cycle.interval(f"clock_{stop}_ms"), cycle.interval(f"cpu_{stop}_ms")
    return cpu[0] / clock[1], cpu[1] / clock[0] if clock[0] else math.inf


class _Numbers(dict[str | None, Any]):
    """What printed numbers mean, remembered: a log repeats few different ones."""

    MOST = 50_000

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Any:
        value = self._read(text)
        if len(self) < self.MOST:
            self[text] = value
        return value


_real = _Numbers(float).__getitem__
_wholes = _Numbers(int)
_wholes[None] = None  # a field that the version does not print
_whole = _wholes.__getitem__
_new = tuple.__new__  # Cycle(...) by name takes twice as long


def cycle_of(match: re.Match[str], line: int, process: int = 0, rejoined: bool = False) -> Cycle:
    """Return what a match of LINE says."""
    kept = match.groups()
    return _new(
        Cycle,
        (
            int(kept[0]),
            float(kept[1]),
            _whole(kept[2]),
            *map(_real, kept[4:12]),
            *map(_whole, kept[12:19]),
            kept[19] is not None,
            kept[3] is not None,
            line,
            process,
            rejoined,
            False,
        ),
    )
