"""Reading a log, line by line: parse keeps all cycles, stream hands them on and keeps none.

Nearly every line is either a whole gctrace line or none, and both are known at once. Only the others take the long
way: lines with something in front or behind, torn lines and what came right after them.

Go: runtime/mgc.go, gcMarkTermination.
Left out: nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from gomemlab.gctrace.cycle import Cycle
from gomemlab.gctrace.extras import MARKS, Extra, extra, periodic
from gomemlab.gctrace.grammar import EARLIER, HEAD, LATER, LINE, cycle_of
from gomemlab.gctrace.log import Log
from gomemlab.gctrace.problems import Problems
from gomemlab.gctrace.processes import Processes
from gomemlab.gctrace.source import Progress, Source, batches
from gomemlab.gctrace.torn import PATIENCE, Torn, torn, within

HOW = "Start the program with GODEBUG=gctrace=1 and keep its stderr: GODEBUG=gctrace=1 ./service 2> gc.log"
_USUAL = 118  # characters; in a longer line a duration may be one that cannot be
_ABSURD_MS = 1e12  # 31 years; a negative duration is printed so
_BEHIND = re.compile(r"\s*$|\\[nr]|[\"'<}\]]")  # what may stand behind a line: nothing, or what JSON and HTML close
_FORCED = re.compile(r"^\W*\(forced\)\W*$")


def parse(source: Source, *, progress: Progress | None = None, stop: Callable[[], bool] | None = None) -> Log:
    """Read a whole log: a path (packed with gzip or not), an open file, a text, or its lines.

    Everything odd is in the log's problems. progress hears the bytes read and how many there are; stop is asked now
    and then. Raises MisuseError only where there is nothing to read.
    """
    extras: list[Extra] = []
    reader = Reader(source, progress, stop, extras.append)
    cycles = list(reader)
    return Log(cycles, reader.problems, reader.lines, extras)


def stream(
    source: Source,
    *,
    progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
    extras: Callable[[Extra], object] = lambda _: None,
) -> "Reader":
    """Return an iterator over the cycles of a log of any size; extras hears the scavenger's and the pacer's lines."""
    return Reader(source, progress, stop, extras)


def _clean(match: re.Match[str], line: str) -> bool:
    """Return whether there is just this one gctrace line, with nothing of another program's behind it."""
    end = match.end()
    return end == len(line) or (line.count(" @") == 1 and _BEHIND.match(line, end) is not None)


class Reader:
    """Cycles while they are read: iterate once. Its problems and its count of lines grow meanwhile."""

    def __init__(
        self,
        source: Source,
        progress: Progress | None,
        stop: Callable[[], bool] | None,
        extras: Callable[[Extra], object],
    ) -> None:
        self.problems = Problems()
        self.processes = Processes(self.problems)
        self.lines = 0  # read
        self.cycles = 0  # read
        self._batches = batches(source, self.problems, progress)
        self._stop = stop
        self._extras = extras
        self._torn: list[Torn] = []  # lines of which the end is missing
        self._held: tuple[Cycle, str] | None = None  # a cycle whose "(forced)" may come on the next line, its prefix
        self._waiting = False  # one of the two above or the one below
        self._periodic = False  # Go said that the next cycle begins because there was none for two minutes

    def __iter__(self) -> Iterator[Cycle]:
        """Yield each cycle."""
        for batch in self._batches:
            if self._stop and self._stop():
                self.problems.add(self.lines, "file", "Reading was stopped here.", "The rest was not read.")
                break
            for cycle in self._batch(batch):
                self.cycles += 1
                yield cycle
        for cycle in self._end():
            self.cycles += 1
            yield cycle

    def _batch(self, lines: list[str]) -> Iterator[Cycle]:
        """Yield the cycles of some lines."""
        match_line, search_line, processes, first = LINE.match, LINE.search, self.processes, self.lines + 1
        for number, line in enumerate(lines, first):
            match = match_line(line) or (search_line(line) if line.count(" @") == 1 else None)
            if match and not self._waiting and _clean(match, line):
                placed = processes.place(cycle_of(match, number, processes.current), line[: match.start()])
                if placed:
                    if len(line) > _USUAL:
                        self._durations(placed)
                    yield placed
            elif self._waiting or "gc " in line:
                yield from self._long_way(line, number)
            elif "GC forced" in line or any(mark in line for mark in MARKS):
                self._other(line, number)
        self.lines += len(lines)

    def _other(self, line: str, number: int) -> None:
        """Take what else the runtime prints."""
        if periodic(line):
            self._periodic = self._waiting = True
        elif found := extra(line, number):
            self._extras(found)

    def _long_way(self, line: str, number: int) -> Iterator[Cycle]:
        """Yield the cycles of a line that is not just one gctrace line, or that something waits for."""
        heads = [match.start() for match in HEAD.finditer(line)]
        prefix = line[: heads[0]] if heads else line
        yield from self._release(line)
        if self._torn:
            yield from self._go_on(prefix, number)
        if not heads and "GC forced" not in line:
            self._no_head(line, number)
        elif not heads:
            self._other(line, number)
        for begin, end in pairwise([*heads, len(line)]):
            yield from self._segment(line, (begin, end), number, prefix)
        self._waiting = bool(self._torn or self._held or self._periodic)

    def _no_head(self, line: str, number: int) -> None:
        """Take a line without the beginning of a gctrace line."""
        if EARLIER.search(line):
            what = "This is a line of Go 1.5 or before, which tells other things."
            self.problems.add(number, "version", what, "It was left out.", line)
        else:
            self._other(line, number)

    def _segment(self, line: str, where: tuple[int, int], number: int, prefix: str) -> Iterator[Cycle]:
        """Yield the cycle of a part of a line, or keep its beginning until the rest comes."""
        yield from self._release()
        begin, end = where
        text = line[:end]
        self._lose([kept for kept in self._torn if kept.ended(text[begin:])], "The rest never came.")
        match = LINE.match(text, begin) or within(text, begin)
        if match is None and (match := LATER.match(text, begin)):
            what = "The line has fields that are not known: a later Go?"
            self.problems.add(number, "version", what, "They were left out.", text)
        if match is None:
            self._keep(line, where, number, prefix)
            return
        joined = match.string is not text
        if joined:
            self._say_joined(number, number, text)
        behind = "" if joined else text[match.end() :]
        cycle = cycle_of(match, number, rejoined=joined)
        if _BEHIND.match(behind):
            yield from self._take(cycle, prefix)
        else:
            self.problems.add(number, "tail", "Other text stands right behind the line.", "It was left out.", behind)
            self._held = cycle, prefix

    def _keep(self, line: str, where: tuple[int, int], number: int, prefix: str) -> None:
        """Keep the beginning of a line, or say that it cannot be read."""
        found = torn(line, where, number, prefix)
        if found:
            self._torn.append(found)
        else:
            self.problems.add(number, "damaged", "A gctrace line cannot be read.", "It was left out.", line[where[0] :])

    def _go_on(self, line: str, number: int) -> Iterator[Cycle]:
        """Yield the cycle that this line completes, where there is just one."""
        found = [(kept, match) for kept in self._torn for match in kept.go_on(line)]
        if len(found) == 1:
            [(kept, match)] = found
            self._torn.remove(kept)
            self._say_joined(kept.line, number, kept.text)
            yield from self._take(cycle_of(match, kept.line, rejoined=True), kept.prefix)
        elif found:
            self._lose({kept.line: kept for kept, _ in found}.values(), "The rest fits in more than one way.")
        self._lose([kept for kept in self._torn if number - kept.line >= PATIENCE], "The rest never came.")

    def _lose(self, lost: Iterable[Torn], why: str) -> None:
        """Give torn lines up."""
        for kept in list(lost):
            self._torn.remove(kept)
            what = f"Other output split the line. {why}"
            self.problems.add(kept.line, "lost", what, "The cycle was left out.", kept.text)

    def _say_joined(self, begin: int, end: int, text: str) -> None:
        """Note that a line was put together."""
        where = "here" if begin == end else f"on line {end:,}"
        self.problems.add(begin, "torn", f"Other output split the line; it ends {where}.", "It was rejoined.", text)

    def _release(self, line: str = "") -> Iterator[Cycle]:
        """Yield the cycle that was held back; "(forced)" on the next line belongs to it."""
        if self._held:
            (cycle, prefix), self._held = self._held, None
            yield from self._take(cycle._replace(forced=True) if _FORCED.match(line) else cycle, prefix)

    def _take(self, cycle: Cycle, prefix: str) -> Iterator[Cycle]:
        """Yield a cycle with its process; nothing for a copy."""
        if self._periodic:
            cycle, self._periodic = cycle._replace(periodic=True), False
        placed = self.processes.place(cycle, prefix)
        if placed:
            self._durations(placed)
            yield placed

    def _durations(self, cycle: Cycle) -> None:
        """Note durations that cannot be.

        Go: fmtNSAsMS (a negative duration is printed as a huge one).
        """
        longest = max(cycle[3:11])
        if longest > _ABSURD_MS:
            what = f"A duration of {longest:.0f} ms cannot be: the clock ran back in this cycle."
            self.problems.add(cycle.line, "duration", what, "The cycle was kept as it is.")

    def _end(self) -> Iterator[Cycle]:
        """Yield what was held back, and say what is missing."""
        yield from self._release()
        for kept in self._torn:
            if kept.line >= self.lines:
                self.problems.add(
                    kept.line, "file", "The log ends inside a line.", "The cycle was left out.", kept.text
                )
        self._lose([kept for kept in self._torn if kept.line < self.lines], "The rest never came.")
        if not self.cycles:
            lines = "1 line" if self.lines == 1 else f"{self.lines:,} lines"
            self.problems.add(0, "empty", f"There is no gctrace line in {lines}.", HOW)
