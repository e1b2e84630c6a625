"""The timed events of one generation as columns, decoded a megabyte at a time.

Nothing marks where an event begins. But a varint ends at each byte below 128, and so does a type byte below 128: cut
the bytes after every such byte, and each event is a known number of pieces, told by the first byte of its first
piece. Which pieces begin an event is the matter of chain; everything else is numpy on whole columns: all pieces are
read as numbers at once, and an event's time and arguments picked from them.

Go: internal/trace/batchcursor.go, (*batchCursor).nextEvent.
Left out: nothing.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.golang.batches import Batch
from gomemlab.golang.chain import LEAST, chain
from gomemlab.golang.errors import TraceError
from gomemlab.golang.tables import Generation
from gomemlab.golang.wire import CONTINUES, MAX_ARGS, NARGS, uvarints, uvarints_of

Ints = NDArray[np.int64]

_GROUP = 1 << 19  # bytes decoded at once: the columns of this many fit the processor's cache
_PADDING = 8  # bytes that uvarints may look at behind the last one
_MAX_VARINT = 10  # bytes
_MAX_EXACT = 9  # bytes of a number that keeps all its bits in 64
_MAX_DELTA = 1 << 40  # ticks, some 19 hours
_EXPERIMENTAL = 128  # event types from here on are no varints
_TYPE_BITS = 7  # that the type of such an event adds to its time, read as one number

# For each first byte, how many pieces an event of that type has: a type below 128 is a piece of its own, one above is
# the beginning of the piece that holds its time. Where there is no such type, any number will do: it is refused.
_PIECES = np.where(NARGS < 0, LEAST, NARGS + 1 + (np.arange(256) < _EXPERIMENTAL)).astype(np.uint8)
_NARGS = NARGS.astype(np.int8)
_IS_NONE = NARGS < 0


class Columns(NamedTuple):
    """Timed events, one row each; those of a thread stand together in the order in which it wrote them."""

    typ: NDArray[np.uint8]
    time: Ints  # ns
    args: NDArray[np.uint64]  # (MAX_ARGS, rows)
    at: Ints  # byte offset in the unpacked trace
    threads: dict[int, tuple[int, int]]  # thread -> first row and the one after its last


def decode(data: bytes, gen: Generation, progress: Callable[[int], object]) -> Columns:
    """Return the events of one generation; TraceError where a batch is not a row of whole events.

    progress is called now and then with the bytes decoded since the last time.
    """
    batches = [batch for of_thread in gen.batches.values() for batch in of_thread if batch.size]
    columns = _room(data, batches)
    counts = [np.zeros(1, np.int64)]
    row = 0
    for group in _groups(batches):
        counts.append(_decode_group(data, group, gen.ns_per_tick, _from(columns, row)))
        row += int(counts[-1].sum())
        progress(sum(batch.size for batch in group))
    first = np.cumsum(np.concatenate(counts)).tolist()
    done = 0
    for m, of_thread in gen.batches.items():
        end = done + sum(1 for batch in of_thread if batch.size)
        columns.threads[m] = first[done], first[end]
        done = end
    return Columns(columns.typ[:row], columns.time[:row], columns.args[:, :row], columns.at[:row], columns.threads)


def _room(data: bytes, batches: list[Batch]) -> Columns:
    """Return columns with at least as many rows as the batches can have events; what is never written costs nothing."""
    u8 = np.frombuffer(data, np.uint8)
    rows = sum(int(np.count_nonzero(u8[batch.begin : batch.end] < CONTINUES)) for batch in batches) // LEAST
    args = np.zeros((MAX_ARGS, rows), np.uint64)
    return Columns(np.empty(rows, np.uint8), np.empty(rows, np.int64), args, np.empty(rows, np.int64), {})


def _from(columns: Columns, row: int) -> Columns:
    """Return the columns without the rows before one."""
    return Columns(columns.typ[row:], columns.time[row:], columns.args[:, row:], columns.at[row:], columns.threads)


def _groups(batches: list[Batch]) -> Iterator[list[Batch]]:
    """Yield the batches in runs of about _GROUP bytes."""
    group: list[Batch] = []
    size = 0
    for batch in batches:
        if group and size + batch.size > _GROUP:
            yield group
            group, size = [], 0
        group.append(batch)
        size += batch.size
    if group:
        yield group


class _Pieces(NamedTuple):
    """The pieces of some batches."""

    u8: NDArray[np.uint8]  # the bytes of the batches, and padding
    begin: Ints  # first byte of each piece
    more: Ints  # how many bytes it has behind that
    longest: int  # of these numbers
    first: NDArray[np.uint8]  # what its first byte is
    bounds: Ints  # batch k has the pieces bounds[k] to bounds[k + 1]


def _decode_group(data: bytes, batches: list[Batch], ns_per_tick: float, into: Columns) -> Ints:
    """Write type, time, arguments and offset of every event in some batches; return how many events each batch has."""
    pieces = _cut(data, batches)
    starts, typ, counts = _events(pieces, batches)
    rows = len(starts)
    into.typ[:rows] = typ
    to_file = np.array([b.begin for b in batches]) - pieces.begin[pieces.bounds[:-1]]
    byte = pieces.begin.take(starts)
    at = np.add(byte, np.repeat(to_file, counts), out=into.at[:rows])
    numbers = uvarints_of(pieces.u8, pieces.begin, pieces.more)
    time_piece = starts + (typ < _EXPERIMENTAL)
    dt = _deltas(pieces, numbers, typ, byte, time_piece)
    if rows and int(dt.max()) >= _MAX_DELTA:
        i = int(np.argmax(dt >= _MAX_DELTA))
        raise TraceError(f"an event is {dt[i]} ticks after the one before it", int(at[i]))
    into.time[:rows] = _times(dt, counts, batches, ns_per_tick)
    nargs = _NARGS.take(typ)
    for arg, has in zip(into.args, (nargs > i for i in range(MAX_ARGS)), strict=True):
        time_piece += 1
        if 2 * int(np.count_nonzero(has)) > rows:
            np.multiply(numbers.take(time_piece, mode="clip"), has, out=arg[:rows])
        else:
            some = np.flatnonzero(has)
            arg[some] = numbers.take(time_piece.take(some))
    return counts


def _cut(data: bytes, batches: list[Batch]) -> _Pieces:
    """Return the pieces of some batches.

    Raises TraceError where a batch ends inside a number or a number is too long (a type byte before it allowed).
    """
    u8 = np.frombuffer(b"".join([*(data[b.begin : b.end] for b in batches), bytes(_PADDING)]), np.uint8)
    base = np.cumsum([0, *(b.size for b in batches)])  # where each batch begins in u8
    ends_whole = u8[base[1:] - 1] < CONTINUES
    if not ends_whole.all():
        raise TraceError("a batch ends in the middle of a number", batches[int(np.argmin(ends_whole))].end - 1)
    last = np.flatnonzero(u8[:-_PADDING] < CONTINUES)
    begin = np.empty_like(last)
    begin[0] = 0
    np.add(last[:-1], 1, out=begin[1:])
    more = last - begin
    longest = int(more.max())
    if longest > _MAX_VARINT:
        byte = int(begin[int(np.argmax(more))])
        which = int(np.searchsorted(base, byte, "right")) - 1
        raise TraceError("a number is longer than 10 bytes", byte - int(base[which]) + batches[which].begin)
    return _Pieces(u8, begin, more, longest, u8.take(begin), np.searchsorted(begin, base))


def _events(pieces: _Pieces, batches: list[Batch]) -> tuple[Ints, NDArray[np.uint8], Ints]:
    """Return the pieces that begin an event, the events' types, and how many events each batch has.

    Raises TraceError at the first event that is none or does not end within its batch.
    """
    begin, first, bounds = pieces.begin, pieces.first, pieces.bounds
    starts = chain(_PIECES.take(first))
    at = np.searchsorted(starts, bounds)
    missed = np.flatnonzero(starts[at] != bounds)
    wrong = [int(at[k]) - 1 for k in missed[:1]]
    typ = first.take(starts[:-1])
    wrong += np.flatnonzero(_IS_NONE.take(typ))[:1].tolist()
    if wrong:
        piece = int(starts[min(wrong)])
        which = int(np.searchsorted(bounds, piece, "right")) - 1
        offset = batches[which].begin + int(begin[piece] - begin[bounds[which]])
        raise TraceError(_what_is_wrong(int(first[piece])), offset)
    return starts[:-1], typ, np.diff(at)


def _what_is_wrong(typ: int) -> str:
    """Return the sentence for an event that cannot be hopped over."""
    return f"an event of type {typ} is longer than its batch" if NARGS[typ] >= 0 else f"there is no event of type {typ}"


def _deltas(
    pieces: _Pieces, numbers: NDArray[np.uint64], typ: NDArray[np.uint8], byte: Ints, time_piece: Ints
) -> NDArray[np.uint64]:
    """Return the ticks of events that begin at some bytes, given the number that each of their pieces is."""
    dt = numbers.take(time_piece)
    dt >>= (typ >= _EXPERIMENTAL) * np.uint8(_TYPE_BITS)
    if pieces.longest >= _MAX_EXACT:  # the type counts as the first byte
        last = (pieces.begin + pieces.more).take(time_piece)
        wide = np.flatnonzero(last - byte >= _MAX_EXACT)  # shifting lost bits of these, or may have
        dt[wide] = uvarints(pieces.u8, byte[wide] + 1, last[wide])
    return dt


def _times(dt: NDArray[np.uint64], counts: Ints, batches: list[Batch], ns_per_tick: float) -> Ints:
    """Return absolute times in ns. Every delta is rounded on its own, as Go does.

    Go: internal/trace/generation.go, frequency.
    """
    total = np.cumsum((dt.astype(np.float64) * ns_per_tick).astype(np.int64))
    first = np.cumsum(counts) - counts
    before = np.where(first > 0, total[np.maximum(first - 1, 0)], 0)
    begin = np.array([int(b.time * ns_per_tick) for b in batches], np.int64)
    return total + np.repeat(begin - before, counts)
