"""The result of a comparison: both sides, what they can be laid side by side by, and their table at any moment.

Go: runtime/mstats.go, MemStats.
Left out: more than two.
"""

from dataclasses import dataclass

from gomemlab.comparing.side import Side
from gomemlab.comparing.table import Table, table
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.phrases import count, thousands

TICK, REQUEST = "tick", "request"


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two sides; as the value of a cell it is a sentence, `table()` has the numbers."""

    a: Side
    b: Side

    @property
    def sides(self) -> tuple[Side, Side]:
        """Return both."""
        return self.a, self.b

    @property
    def axis(self) -> str:
        """Return what they are compared by unless asked: "request" where both know theirs, else "tick"."""
        return REQUEST if self.a.requests and self.b.requests else TICK

    def table(self, place: int | None = None, by: str = "") -> Table:
        """Return the numbers of both at their ends, or after `place` requests, or commands (by="tick").

        Raises MisuseError for a place that neither has.
        """
        a, b = (side.at(tick) for side, tick in zip(self.sides, self.ticks(place, by), strict=True))
        return table((self.a.title, self.b.title), a, b)

    def ticks(self, place: int | None = None, by: str = "") -> tuple[int, int]:
        """Return the tick of each side at a place; a side that is over stays at its end."""
        if place is None:
            return len(self.a.line), len(self.b.line)
        by = self.check_axis(by)
        last = self.length(by)
        if type(place) is not int or not 0 <= place <= last:
            raise MisuseError(f"{by} {place!r} is not in this comparison; it goes from 0 to {last}")
        return self.a.tick(place, by_request=by == REQUEST), self.b.tick(place, by_request=by == REQUEST)

    def length(self, by: str = "") -> int:
        """Return the last place: the most requests of the two, or the most commands."""
        if self.check_axis(by) == REQUEST:
            return max(len(side.requests) for side in self.sides)
        return max(len(side.line) for side in self.sides)

    def check_axis(self, by: str) -> str:
        """Return the axis, the best one for ""; raise MisuseError for one that these two do not have."""
        if by not in ("", TICK, REQUEST):
            raise MisuseError(f'they cannot be compared by {by!r}; choose "tick" or "request"')
        if by == REQUEST and self.axis == TICK:
            side = next(side for side in self.sides if not side.requests)
            raise MisuseError(f"nobody knows where the requests of {side.title!r} end; compare them by tick")
        return by or self.axis

    def __repr__(self) -> str:
        said = [
            f"{side.title}: {count(end.mallocs, 'malloc')}, {thousands(end.total_alloc)} B, {count(end.num_gc, 'GC')}, "
            f"peak HeapAlloc {thousands(end.peak_alloc)} B"
            for side, end in ((side, side.at(len(side.line))) for side in self.sides)
        ]
        return f"{said[0]}; {said[1]}."
