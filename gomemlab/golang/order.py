"""The events of all threads in one order: by time, as far as the scheduler's numbers allow.

Each thread wrote its own events in order. Among the first events of all threads the earliest is taken whose turn it
can be; most events need nobody's turn, so whole runs of them are taken at once, up to the moment of the next other
thread.

Go: internal/trace/reader.go, (*Reader).ReadEvent; internal/trace/order.go, (*ordering).Advance.
Left out: Go's heap of threads; there are few, and two equal times go to the thread that came first in the file.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.golang.batches import NO_THREAD
from gomemlab.golang.columns import Columns
from gomemlab.golang.errors import TraceError
from gomemlab.golang.sched import BINDING, Context, GarbledError, Running, Sched
from gomemlab.golang.wire import Ev

_BINDING = np.zeros(256, np.bool_)
_BINDING[list(BINDING)] = True
_WITH_THREAD = frozenset((int(Ev.GO_STATUS), int(Ev.GO_STATUS_STACK)))
_SIGNED = 1 << 63
_LONG = 64  # rows; copying them from where they lie is quicker than looking up each
_NAMED = 4  # threads in an error message


class Order(NamedTuple):
    """In which order the rows of Columns come, and what ran on the thread before each."""

    stretches: NDArray[np.int64]  # (stretches, 2): first row and the one behind the last
    m: NDArray[np.int64]
    p: NDArray[np.int64]
    g: NDArray[np.int64]

    def take(self, column: NDArray[Any]) -> NDArray[Any]:
        """Return a column, or several (the last axis counts), in this order."""
        if 0 < len(self.stretches) * _LONG <= len(self.m):
            parts = [column[..., begin:end] for begin, end in self.stretches.tolist()]
            return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
        begin, end = self.stretches.T
        n = end - begin
        return column.take(np.repeat(begin - (np.cumsum(n) - n), n) + np.arange(len(self.m)), axis=-1)


class _Run(NamedTuple):
    """Rows row .. row + n - 1, one after the other, in one context."""

    row: int
    n: int
    context: Context


@dataclass(slots=True)
class _Cursor:
    """A thread's place in its events."""

    m: int
    row: int
    end: int
    time: int
    binding: list[int]  # rows of its events that say who runs where, last one first
    types: list[int]  # of these events
    args: list[list[int]]  # of these events


@dataclass(slots=True)
class Ordering:
    """Puts generations in order, one after the other; who runs where carries over."""

    sched: Sched

    def order(self, columns: Columns, gen: int) -> Order:
        """Return the order of a generation's events; TraceError where no thread can go on."""
        cursors = [_cursor(columns, m, begin, end) for m, (begin, end) in columns.threads.items() if begin < end]
        latest = _latest(columns)
        runs: list[_Run] = []
        while cursors:
            cursors.sort(key=lambda cursor: cursor.time)
            cursor, run = self._next(cursors, columns, latest, gen)
            runs.append(run)
            cursor.row += run.n
            if cursor.row < cursor.end:
                cursor.time = columns.time.item(cursor.row)
            else:
                cursors.remove(cursor)
        return _expand(runs)

    def _next(
        self, cursors: list[_Cursor], columns: Columns, latest: NDArray[np.int64], gen: int
    ) -> tuple[_Cursor, _Run]:
        """Return the earliest thread that can go on and what it does, up to the first moment of any other."""
        for i, cursor in enumerate(cursors):
            until = cursors[1 if i == 0 else 0].time if len(cursors) > 1 else None
            run = self._take(cursor, until, columns, latest, gen)
            if run is not None:
                return cursor, run
        waiting = ", ".join(f"M{c.m} at {Ev(int(columns.typ[c.row])).name}" for c in cursors[:_NAMED])
        raise TraceError(f"no thread can go on, an event is missing: {waiting}", int(columns.at[cursors[0].row]))

    def _take(
        self, cursor: _Cursor, until: int | None, columns: Columns, latest: NDArray[np.int64], gen: int
    ) -> _Run | None:
        """Return the run that the thread can go on with, or None when it must wait for another."""
        row = cursor.row
        if cursor.binding and cursor.binding[-1] == row:
            context = self._advance(cursor, columns, gen)
            if context is None:
                return None
            for taken in (cursor.binding, cursor.types, cursor.args):
                taken.pop()
            return _Run(row, 1, context)
        running = Running() if cursor.m == NO_THREAD else self.sched.ms.setdefault(cursor.m, Running())
        end = cursor.binding[-1] if cursor.binding else cursor.end
        if until is not None and latest.item(end - 1) > until:
            end = row + max(1, int(np.searchsorted(latest[row:end], until, "right")))
        return _Run(row, end - row, Context(cursor.m, running.p, running.g))

    def _advance(self, cursor: _Cursor, columns: Columns, gen: int) -> Context | None:
        """Take the thread's next event, one that says who runs where, or return None when it must wait."""
        typ, args = cursor.types[-1], cursor.args[-1]
        if typ in _WITH_THREAD:
            args = [args[0], args[1] - 2 * (args[1] & _SIGNED), args[2]]  # the thread is signed
        try:
            return self.sched.advance(typ, cursor.m, args, gen)
        except GarbledError as error:
            raise TraceError(str(error), int(columns.at[cursor.row])) from None


def _cursor(columns: Columns, m: int, begin: int, end: int) -> _Cursor:
    """Return the cursor at the beginning of a thread's events."""
    binding = (np.flatnonzero(_BINDING.take(columns.typ[begin:end])) + begin)[::-1]
    types, args = columns.typ[binding].tolist(), columns.args[:, binding].T.tolist()
    return _Cursor(m, begin, end, columns.time.item(begin), binding.tolist(), types, args)


def _latest(columns: Columns) -> NDArray[np.int64]:
    """Return for each row the latest time of its thread so far.

    A burst of events is stamped one tick apart, ahead of the clock, and the next batch begins at the clock again.
    """
    latest = columns.time.copy()
    for begin, end in columns.threads.values():
        mine = latest[begin:end]
        falls = np.flatnonzero(mine[1:] < mine[:-1])  # the last events before it goes back
        if len(falls):
            behind = mine[falls[0] + 1 :]
            tops = np.maximum.accumulate(mine[falls])
            np.maximum(behind, np.repeat(tops, np.diff(falls, append=len(mine) - 1)), out=behind)
    return latest


def _expand(runs: list[_Run]) -> Order:
    """Return the runs row by row."""
    flat = np.fromiter((value for row, n, context in runs for value in (row, n, *context)), np.int64)
    first, n, m, p, g = flat.reshape(-1, 5).T
    end = first + n
    breaks = np.flatnonzero(first[1:] != end[:-1])
    stretches = np.stack([np.append(first[:1], first[breaks + 1]), np.append(end[breaks], end[-1:])], axis=1)
    return Order(stretches, np.repeat(m, n), np.repeat(p, n), np.repeat(g, n))
