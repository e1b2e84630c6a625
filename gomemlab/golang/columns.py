"""The timed events of one generation as columns, decoded a megabyte at a time.

Nothing marks where an event begins. But a varint ends at each byte below 128, and so does a type byte below 128: cut
the bytes after every such byte, and each event is a known number of pieces, told by the first byte of its first
piece. One short loop hops from event to event over those numbers; everything else is numpy on whole columns.

Go: internal/trace/batchcursor.go, (*batchCursor).nextEvent.
Left out: nothing.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gomemlab.golang.batches import Batch
from gomemlab.golang.errors import TraceError
from gomemlab.golang.tables import Generation
from gomemlab.golang.wire import CONTINUES, MAX_ARGS, NARGS, uvarints

Ints = NDArray[np.int64]

_GROUP = 1 << 20  # bytes decoded at once: the columns of this many fit the processor's cache
_PADDING = 8  # bytes that uvarints may look at behind the last one
_MAX_VARINT = 10  # bytes
_MAX_DELTA = 1 << 40  # ticks, some 19 hours
_EXPERIMENTAL = 128  # event types from here on are no varints


def _pieces_table() -> bytes:
    """Return for each first byte how many pieces an event of that type has, 0 where it is none.

    A type below 128 is a piece of its own, one above is the beginning of the piece that holds its time.
    """
    types = np.arange(256)
    return np.where(NARGS < 0, 0, NARGS + 1 + (types < _EXPERIMENTAL)).astype(np.uint8).tobytes()


_PIECES = _pieces_table()


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
    parts = []
    for group in _groups(batches):
        parts.append(_decode_group(data, group, gen.ns_per_tick))
        progress(sum(batch.size for batch in group))
    counts = np.concatenate([part[4] for part in parts]) if parts else np.zeros(0, np.int64)
    first = np.concatenate(([0], np.cumsum(counts)))
    threads, row = {}, 0
    for m, of_thread in gen.batches.items():
        end = row + sum(1 for batch in of_thread if batch.size)
        threads[m] = int(first[row]), int(first[end])
        row = end
    if not parts:
        none = np.zeros(0, np.int64)
        return Columns(none.astype(np.uint8), none, np.zeros((MAX_ARGS, 0), np.uint64), none, threads)
    return Columns(
        np.concatenate([part[0] for part in parts]),
        np.concatenate([part[1] for part in parts]),
        np.concatenate([part[2] for part in parts], axis=1),
        np.concatenate([part[3] for part in parts]),
        threads,
    )


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


_Group = tuple[NDArray[np.uint8], Ints, NDArray[np.uint64], Ints, Ints]


def _decode_group(data: bytes, batches: list[Batch], ns_per_tick: float) -> _Group:
    """Return type, time, arguments and offset of every event in some batches, and how many events each batch has."""
    u8 = np.frombuffer(b"".join([*(data[b.begin : b.end] for b in batches), bytes(_PADDING)]), np.uint8)
    base = np.cumsum([0, *(b.size for b in batches)])  # where each batch begins in u8
    last = np.flatnonzero(u8[:-_PADDING] < CONTINUES)  # last byte of each piece
    begin = np.empty_like(last)
    begin[:1] = 0
    begin[1:] = last[:-1] + 1
    _check_numbers(begin, last, base, batches)
    starts, counts = _hop(u8[begin], begin, np.searchsorted(begin, base).tolist(), batches)
    byte = begin[starts]
    typ = u8[byte]
    to_file = np.repeat(np.array([b.begin for b in batches]) - base[:-1], counts)
    piece = starts + (typ < _EXPERIMENTAL)
    dt = uvarints(u8, byte + 1, last[piece])
    at = byte + to_file
    if len(dt) and int(dt.max()) >= _MAX_DELTA:
        i = int(np.argmax(dt >= _MAX_DELTA))
        raise TraceError(f"an event is {dt[i]} ticks after the one before it", int(at[i]))
    args = _arguments(u8, begin, last, piece, NARGS[typ])
    return typ, _times(dt, counts, batches, ns_per_tick), args, at, counts


def _check_numbers(begin: Ints, last: Ints, base: Ints, batches: list[Batch]) -> None:
    """Raise TraceError where a batch ends inside a number or a number is too long (a type byte before it allowed)."""
    ends_whole = np.isin(base[1:] - 1, last)
    if not ends_whole.all():
        batch = batches[int(np.argmin(ends_whole))]
        raise TraceError("a batch ends in the middle of a number", batch.end - 1)
    size = last - begin
    if len(size) and int(size.max()) > _MAX_VARINT:
        byte = int(begin[int(np.argmax(size))])
        which = int(np.searchsorted(base, byte, "right")) - 1
        raise TraceError("a number is longer than 10 bytes", byte - int(base[which]) + batches[which].begin)


def _hop(first: NDArray[np.uint8], begin: Ints, bounds: list[int], batches: list[Batch]) -> tuple[Ints, Ints]:
    """Return the pieces that begin an event, and how many events each batch has.

    first[i] is the first byte of piece i; batch k has the pieces bounds[k] to bounds[k + 1].
    """
    hops = np.frombuffer(_PIECES, np.uint8)[first].tobytes()
    starts: list[int] = []
    append = starts.append
    counts = []
    for batch, piece, end in zip(batches, bounds, bounds[1:], strict=False):
        before, at = len(starts), piece
        while at < end:
            append(at)
            hop = hops[at]
            if not hop:
                break
            at += hop
        if at != end:
            offset = batch.begin + int(begin[starts[-1]] - begin[piece])
            raise TraceError(_what_is_wrong(int(first[starts[-1]])), offset)
        counts.append(len(starts) - before)
    return np.array(starts, np.int64), np.array(counts, np.int64)


def _what_is_wrong(typ: int) -> str:
    """Return the sentence for an event that cannot be hopped over."""
    return f"an event of type {typ} is longer than its batch" if NARGS[typ] >= 0 else f"there is no event of type {typ}"


def _arguments(u8: NDArray[np.uint8], begin: Ints, last: Ints, piece: Ints, nargs: Ints) -> NDArray[np.uint64]:
    """Return the arguments of events whose times are the given pieces, 0 where an event has fewer."""
    args = np.zeros((MAX_ARGS, len(piece)), np.uint64)
    for i in range(MAX_ARGS):
        has = np.flatnonzero(nargs > i)
        if len(has):
            which = piece[has] + (i + 1)
            args[i, has] = uvarints(u8, begin[which], last[which])
    return args


def _times(dt: NDArray[np.uint64], counts: Ints, batches: list[Batch], ns_per_tick: float) -> Ints:
    """Return absolute times in ns. Every delta is rounded on its own, as Go does.

    Go: internal/trace/generation.go, frequency.
    """
    total = np.cumsum((dt.astype(np.float64) * ns_per_tick).astype(np.int64))
    first = np.cumsum(counts) - counts
    before = np.where(first > 0, total[np.maximum(first - 1, 0)], 0)
    begin = np.array([int(b.time * ns_per_tick) for b in batches], np.int64)
    return total + np.repeat(begin - before, counts)
