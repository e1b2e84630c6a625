"""Lines that other output split: the pieces are put together where only one way fits.

A gctrace line is some forty writes. A thread that prints meanwhile gets its text between two of them, mostly with a
line end, so that the rest of the gctrace line begins a line of its own. The beginning is kept, with each place where it
may have been cut, until a later line goes on with just what is missing. A number is one write: pieces of a number are
never joined.

Go: runtime/print.go, printlock, gwrite.
Left out: lines of Go before 1.18; a cut inside a write.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gomemlab.gctrace.grammar import LINE, TOKENS, plausible

PATIENCE = 64  # lines; what did not go on by then is lost
_NEXT = 8  # cycles; a number so much higher is another process's
_MOST = 12  # ways to go on, of one line
_STRONG = 8  # missing writes; so many are found anywhere in a line, fewer only where the message begins
_LAST = len(TOKENS)
_ENDS = re.compile(r"(?<![0-9.])[0-9]{1,9} P(?: \(forced\))?\W*$")  # a whole line, whatever stands before
_DATE = re.compile(r"(?:19|20)[0-9]{2}[-/][0-9]{2}")
_AFTER_NUMBER = re.compile(r"[A-Za-z\[{(<\"'*=~|]")  # a text that cannot be part of the number before it
_PATTERNS = [re.compile(token.pattern) for token in TOKENS]
_REST = [re.compile("".join(token.group for token in TOKENS[at:]) + r"(?![0-9A-Za-z_])") for at in range(_LAST)]
_LAST_WRITE = [re.compile(f"(?:{TOKENS[at - 1].pattern})$") for at in range(_LAST)]
_SHORTEST = 4  # characters of a text that is taken out of a line
_OTHERS = re.compile(r".*[A-Za-z].*[^0-9.]")
_DIGITS = re.compile(r"[0-9]+")


class Cut(NamedTuple):
    """A beginning of a line, cut in front of a write."""

    text: str
    at: int  # index of the write that comes next


@dataclass
class Torn:
    """A line of which the end is missing."""

    cuts: list[Cut]
    line: int
    prefix: str  # what the log puts in front of each line
    text: str  # of the log, for the problem

    @property
    def number(self) -> int:
        """Return the cycle's number."""
        return number_of(self.cuts[-1].text)

    def ended(self, text: str) -> bool:
        """Return whether a line that begins there is of one of the next cycles: Go has written this one, then."""
        return 0 < number_of(text) - self.number <= _NEXT

    def go_on(self, line: str) -> list[re.Match[str]]:
        """Return the whole lines that this line may complete; where it holds only a piece, wait for more."""
        whole: dict[tuple[str | None, ...], re.Match[str]] = {}
        more: list[Cut] = []
        begins = self._begins(line)
        for cut in self.cuts:
            for joined in _completed(cut, line, begins):
                whole.setdefault(joined.groups(), joined)
            for begin in begins:
                more += [Cut(cut.text + piece, at) for piece, at in cuts(line[begin:], cut.at) if at > cut.at]
        self.cuts = (self.cuts + more)[:_MOST]
        return list(whole.values())

    def _begins(self, line: str) -> set[int]:
        """Return where a message may begin in a line: at its start, or behind a prefix like that of the beginning."""
        shape = _DIGITS.sub("0", self.prefix)
        for end in range(max(0, len(self.prefix) - 4), min(len(line), len(self.prefix) + 4) + 1):
            if _DIGITS.sub("0", line[:end]) == shape:
                return {0, end}
        return {0}


def number_of(text: str) -> int:
    """Return the number of the cycle whose line begins a text."""
    return int(text[3:].partition(" ")[0])


def _completed(cut: Cut, line: str, begins: Collection[int], after: int = 0) -> Iterator[re.Match[str]]:
    """Yield the whole lines that a beginning and some part of this line make."""
    for rest in _REST[cut.at].finditer(line, after):
        begin = rest.start()
        if begin not in begins and _LAST_WRITE[cut.at].search(line, 0, begin):
            continue  # the write before it is there as well: this is the rest of another line
        strong = _LAST - cut.at >= _STRONG and (not TOKENS[cut.at].number or line[begin - 1] in " \t\"'")
        joined = LINE.fullmatch(cut.text + rest.group()) if begin in begins or strong else None
        if joined and plausible(joined):
            yield joined


def within(text: str, begin: int) -> re.Match[str] | None:
    """Return the whole line that is left when a text in its middle is taken out, where just one is."""
    whole: dict[tuple[str | None, ...], re.Match[str]] = {}
    for cut in _places(text, begin):
        after = begin + len(cut.text)
        for joined in _completed(cut, text, (), after + _SHORTEST):
            if not _OTHERS.fullmatch(text, after, len(text) - len(joined.group()) + len(cut.text)):
                continue
            whole.setdefault(joined.groups(), joined)
    return next(iter(whole.values())) if len(whole) == 1 else None


def cuts(text: str, at: int = 0) -> list[Cut]:
    """Return the places where text, which goes on with write number `at`, may have been cut: the longest first."""
    end, places = 0, []
    while at < _LAST:
        match = _PATTERNS[at].match(text, end)
        if match is None and TOKENS[at].optional:
            at += 1
            continue
        if match is None:
            break
        dated = _dated(text, end) if TOKENS[at].number else None
        end, at = dated or match.end(), at + 1
        if at < _LAST and (dated or not TOKENS[at - 1].number or _AFTER_NUMBER.match(text, end)):
            places.append(Cut(text[:end], at))
        if dated:
            break
    return places[::-1]


def _dated(text: str, begin: int) -> int | None:
    """Return where a number ends that a date was printed right behind: 0.362026/11/21 is 0.36 and a date."""
    run = re.compile(r"[0-9.]+").match(text, begin)
    date = _DATE.search(text, max(begin + 1, run.end() - 4)) if run else None
    return date.start() if run and date and date.start() == run.end() - 4 else None


def torn(text: str, where: tuple[int, int], line: int, prefix: str) -> Torn | None:
    """Return the beginning of a line that stands there, None where the line is over and so only damaged."""
    begin, end = where
    places = _places(text, begin)
    if not places or _ENDS.search(text, begin, end):
        return None
    return Torn(places[:_MOST], line, prefix, text)


def _places(text: str, begin: int) -> list[Cut]:
    """Return where a line may have been cut; nobody would know one cut in front of its " @"."""
    return [cut for cut in cuts(text[begin:]) if cut.at >= _HEAD]


_HEAD = 3  # "gc ", a number, " @"
