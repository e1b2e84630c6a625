"""A trace file cut into batches: who wrote them, in which generation, and where their bytes lie.

A file is a 16-byte header and then batches. Each was filled by one thread (an M) and holds at most 64 KiB: a byte
that says batch (or batch of an experiment, followed by the experiment's number), then generation, thread, time in
ticks and size as varints. A lone byte ends a generation; the string tables and the clock of one generation mean
nothing in another.

Go: internal/trace/batch.go, readBatch; internal/trace/generation.go, readGeneration; internal/trace/reader.go.
Left out: traces older than Go 1.22, whose format is another one.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gomemlab.golang import packed
from gomemlab.golang.errors import TraceError
from gomemlab.golang.packed import LIMIT
from gomemlab.golang.wire import MAX_BATCH_SIZE, Ev, uvarint

HEADER_SIZE = 16  # bytes
OLDEST = 22  # Go 1.22 changed the format
NEWEST = 26  # Go 1.27 still writes "go 1.26 trace"
NO_THREAD = -1

_NO_THREAD_ON_WIRE = 0xFFFF_FFFF_FFFF_FFFF
_HEADER = re.compile(rb"go 1\.(\d+) trace\0+")


class Batch(NamedTuple):
    """One batch; its payload is data[begin:end]."""

    at: int  # byte offset of its header
    gen: int
    m: int  # id of the thread that wrote it, NO_THREAD where none did
    time: int  # ticks
    begin: int
    end: int
    exp: int  # experiment, 0 for none
    kind: int  # first byte of the payload, 0 for none

    @property
    def size(self) -> int:
        """Return the payload's bytes."""
        return self.end - self.begin


def load(path: Path, limit: int = LIMIT) -> bytes:
    """Return the bytes of the trace at path, unpacked where it is gzip.

    Raises TraceError where it is empty, no trace at all, or would unpack to more than limit bytes.
    """
    return packed.load(path, limit, check_version)


def unpack(raw: bytes, limit: int = LIMIT) -> bytes:
    """Return raw, or what it holds where it is gzip; TraceError as in `load`."""
    return packed.unpack(raw, limit, check_version)


def check_version(data: bytes) -> int:
    """Return the minor version in the header; TraceError where it is none or one that cannot be read."""
    if not data:
        raise TraceError("the trace is empty", 0)
    match = _HEADER.fullmatch(data[:HEADER_SIZE])
    if match is None or len(data) < HEADER_SIZE:
        raise TraceError("this is no Go execution trace: it does not begin with 'go 1.N trace'", 0)
    version = int(match[1])
    if not OLDEST <= version <= NEWEST:
        raise TraceError(
            f"the trace is in the format of Go 1.{version}; 1.{OLDEST} to 1.{NEWEST} can be read (Go 1.27 writes 1.26)",
            0,
        )
    return version


def split(data: bytes) -> Iterator[Batch | None]:
    """Yield the batches of a trace in file order, and None where a generation ends.

    Go: internal/trace/batch.go, readBatch.
    """
    at = HEADER_SIZE
    while at < len(data):
        if data[at] == Ev.END_OF_GENERATION:
            yield None
            at += 1
            continue
        batch = _read_batch(data, at)
        yield batch
        at = batch.end


def _read_batch(data: bytes, at: int) -> Batch:
    """Return the batch whose header begins at byte `at`."""
    if data[at] not in (Ev.EVENT_BATCH, Ev.EXPERIMENTAL_BATCH):
        raise TraceError(f"expected a batch and got a byte {data[at]}", at)
    end = len(data)
    body, exp = at + 1, 0
    if data[at] == Ev.EXPERIMENTAL_BATCH:
        if body == end:
            raise TraceError("the file ends in the middle of a batch header", at)
        body, exp = body + 1, data[body]
    gen, body = uvarint(data, body, end)
    m, body = uvarint(data, body, end)
    time, body = uvarint(data, body, end)
    size, body = uvarint(data, body, end)
    if size > MAX_BATCH_SIZE:
        raise TraceError(f"a batch says it has {size} bytes, at most {MAX_BATCH_SIZE} are possible", at)
    if body + size > end:
        raise TraceError(f"the file is cut off: a batch of {size} bytes has only {end - body} left", at)
    m = NO_THREAD if m == _NO_THREAD_ON_WIRE else m
    return Batch(at, gen, m, time, body, body + size, exp, data[body] if size and not exp else 0)
