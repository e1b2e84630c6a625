"""Reading a log, line by line: whoever wants all cycles at once takes parse, whoever has gigabytes takes stream.

Go: runtime/mgc.go, gcMarkTermination.
Left out: nothing.
"""

from collections.abc import Iterable, Iterator

from gomemlab.gctrace.cycle import Cycle
from gomemlab.gctrace.grammar import HEAD, LINE, cycle_of
from gomemlab.gctrace.log import Log
from gomemlab.gctrace.problems import Problems


class Reader:
    """Cycles as they are read; iterate once."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.problems = Problems()
        self.lines = 0  # read so far
        self._source = lines

    def __iter__(self) -> Iterator[Cycle]:
        search = LINE.search
        for number, line in enumerate(self._source, 1):
            self.lines = number
            match = search(line)
            if match:
                yield cycle_of(match, number)
            elif HEAD.search(line):
                self.problems.add(number, "damaged", "A gctrace line could not be read.", "It was left out.", line)


def parse(lines: Iterable[str]) -> Log:
    """Read a whole log."""
    reader = Reader(lines)
    cycles = list(reader)
    return Log(cycles, reader.problems, reader.lines)
