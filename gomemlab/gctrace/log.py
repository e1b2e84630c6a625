"""A log that was read: its cycles, what was wrong with it, and its tables.

Go: none, this is about logs.
Left out: nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, overload

from gomemlab.gctrace.cycle import Cycle
from gomemlab.gctrace.extras import Extra
from gomemlab.gctrace.problems import Problems
from gomemlab.runtime.phrases import noun

if TYPE_CHECKING:
    import pandas as pd


class Log(Sequence[Cycle]):
    """The cycles of a log, in the order they stand there."""

    def __init__(
        self, cycles: Iterable[Cycle], problems: Problems | None = None, lines: int = 0, extras: Iterable[Extra] = ()
    ) -> None:
        self.cycles: list[Cycle] = list(cycles)
        self.problems = Problems() if problems is None else problems
        self.lines = lines  # of the log, other output included
        self.extras: list[Extra] = list(extras)  # what the scavenger and the pacer printed

    def __len__(self) -> int:
        return len(self.cycles)

    def __iter__(self) -> Iterator[Cycle]:
        return iter(self.cycles)

    @overload
    def __getitem__(self, index: int) -> Cycle: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Cycle]: ...
    def __getitem__(self, index: int | slice) -> Cycle | Sequence[Cycle]:
        return self.cycles[index]

    def __repr__(self) -> str:
        """Say how many there are."""
        cycles, processes, wrong = len(self), self.processes, self.problems.counts.total()
        of = f"{cycles:,} {noun(cycles, 'cycle')} of {processes:,} {noun(processes, 'process', 'processes')}"
        return f"<gctrace log: {of}, {wrong:,} {noun(wrong, 'problem')}>"

    @property
    def processes(self) -> int:
        """Return how many processes wrote the log."""
        return len({cycle.process for cycle in self.cycles})

    def split(self) -> tuple["Log", ...]:
        """Return one log for each process, in order; they share the problems and extras."""
        parts: dict[int, list[Cycle]] = {}
        for cycle in self.cycles:
            parts.setdefault(cycle.process, []).append(cycle)
        return tuple(Log(part, self.problems, self.lines, self.extras) for part in parts.values())

    def frame(self) -> "pd.DataFrame":
        """Return a pandas table with a row for each cycle and the fields of Cycle as columns, units in their names."""
        import pandas as pd  # noqa: PLC0415  who only reads a log needs no pandas

        return pd.DataFrame.from_records(self.cycles, columns=list(Cycle._fields))
