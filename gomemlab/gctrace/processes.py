"""Which process of a log a cycle belongs to.

A log may hold a service that was started again, or several that wrote at once. Cycles of one process have numbers
that go up by one and times that go up; what does not fit begins another process.

Go: runtime/mstats.go, mstats (numgc).
Left out: telling apart two processes whose numbers happen to fit each other.
"""

import re

from gomemlab.gctrace.cycle import Cycle
from gomemlab.gctrace.problems import Problems

_AT_ONCE = 16  # processes of one name that may be writing; older ones are over
_NAMES = 1_000  # of processes that are remembered
_NAME = re.compile(r"([\w./-]+\[\d+\]):|^([\w./-]+) +\|")  # journald's name[pid]: and compose's name |


class Processes:
    """The processes met so far."""

    def __init__(self, problems: Problems) -> None:
        self.count = 0
        self.current = 0  # process of the last cycle
        self._problems = problems
        self._unnamed: list[Cycle] = []  # each process's last cycle, who wrote last at the end
        self._last: dict[str, list[Cycle]] = {}  # the same, by name

    def place(self, cycle: Cycle, prefix: str = "") -> Cycle | None:
        """Return the cycle with its process, or None where it only repeats the one before."""
        known = self._written_by(prefix) if prefix else self._unnamed
        if known and cycle[0] == known[-1][0] + 1 and cycle[1] >= known[-1][1] and cycle[21] == known[-1][21]:
            known[-1] = cycle  # nearly always: the next cycle of the process that wrote last
            return cycle
        found = self._find(cycle, known)
        if found is None:
            placed = self._begin(cycle)
        elif _same(found, cycle):
            self._say(cycle, "repeated", f"Cycle {cycle.number} stands here again.", "The copy was left out.")
            return None
        else:
            known.remove(found)
            self._compare(found, cycle)
            placed = cycle if cycle.process == found.process else cycle._replace(process=found.process)
        self.current = placed.process
        known.append(placed)
        del known[:-_AT_ONCE]
        return placed

    def _written_by(self, prefix: str) -> list[Cycle]:
        """Return the last cycles of the processes of the name that stands in front of the line."""
        named = _NAME.search(prefix) if "[" in prefix or "|" in prefix else None
        if named is None:
            return self._unnamed
        if len(self._last) > _NAMES:
            del self._last[next(iter(self._last))]
        return self._last.setdefault(named.group(0), [])

    def _find(self, cycle: Cycle, known: list[Cycle]) -> Cycle | None:
        """Return the last cycle of the process that this one goes on, None for a new process."""
        latest = known[::-1]
        follows = [last for last in latest if cycle.number == last.number + 1]
        later = [last for last in latest if cycle.number > last.number and cycle.at_s >= last.at_s]
        copies = [last for last in latest if _same(last, cycle)]
        in_order = [last for last in follows if cycle.at_s >= last.at_s]
        for found in (in_order, copies, follows, later):
            if found:
                return found[0]
        return None

    def _begin(self, cycle: Cycle) -> Cycle:
        """Return the first cycle of a new process."""
        index, self.count = self.count, self.count + 1
        if cycle.number > 1:
            what = f"{'A process' if index else 'The log'} begins with cycle {cycle.number:,}."
            self._say(cycle, "gap", what, "What came before is not known.")
        if index:
            what = f"Cycle {cycle.number:,} does not follow those before: another process."
            self._say(cycle, "restart", what, f"It was counted as process {index + 1:,}.")
        return cycle._replace(process=index)

    def _compare(self, last: Cycle, cycle: Cycle) -> None:
        """Note what is odd between two cycles of a process."""
        if cycle.number > last.number + 1:
            missing = cycle.number - last.number - 1
            are = "cycle is" if missing == 1 else "cycles are"
            self._say(cycle, "gap", f"{missing:,} {are} missing after cycle {last.number:,}.", "They were left out.")
        if cycle.at_s < last.at_s:
            what = f"The time went back from {last.at_s:g} s to {cycle.at_s:g} s."
            self._say(cycle, "clock", what, "The cycle was kept as it is.")

    def _say(self, cycle: Cycle, kind: str, what: str, done: str) -> None:
        """Add a problem."""
        self._problems.add(cycle.line, kind, what, done)


def _same(one: Cycle, other: Cycle) -> bool:
    """Return whether two lines print the same."""
    return one[:20] == other[:20]
