"""Files that may be packed with gzip, read with a limit: a small file may unpack to anything.

Go: none; traces and op logs are packed by those who keep them.
Left out: every other format of packing.
"""

import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from gomemlab.golang.errors import TraceError

LIMIT = 256 << 20  # bytes unpacked, unless the caller allows more

_GZIP = b"\x1f\x8b"
_PIECE = 1 << 20

Check = Callable[[bytes], object]


def load(path: Path, limit: int = LIMIT, check: Check = bool) -> bytes:
    """Return the bytes of a file, unpacked where it is gzip; TraceError as in `unpack`."""
    with path.open("rb") as file:
        expected = min(os.fstat(file.fileno()).st_size, limit)
        raw = file.read(expected + 1)
        if len(raw) > expected:  # it is no file, or one that grows
            raw += file.read(limit - expected)
    return unpack(raw, limit, check)


def unpack(raw: bytes, limit: int = LIMIT, check: Check = bool) -> bytes:
    """Return raw, or what it holds where it is gzip.

    check is called with the beginning and may raise; what is something else is not unpacked any further. Raises
    TraceError where the gzip data is damaged or there are more than limit bytes.
    """
    if raw.startswith(_GZIP):
        return b"".join(_inflate(raw, limit, check))
    if len(raw) > limit:
        raise TraceError(f"the file is larger than {limit} bytes; pass limit= to allow more", limit)
    check(raw)
    return raw


def _inflate(raw: bytes, limit: int, check: Check) -> Iterator[bytes]:
    """Yield the pieces that raw unpacks to, and give up a piece after limit."""
    total = 0
    while raw.startswith(_GZIP):
        machine = zlib.decompressobj(wbits=31)
        while not machine.eof:
            try:
                piece = machine.decompress(raw, _PIECE)
            except zlib.error as error:
                raise TraceError(f"the gzip data is damaged: {error}", total) from None
            if total == 0:
                check(piece)
            total += len(piece)
            if total > limit:
                raise TraceError(f"the gzip data unpacks to more than {limit} bytes; pass limit= to allow more", limit)
            yield piece
            raw = machine.unconsumed_tail
            if not raw and not piece and not machine.eof:
                raise TraceError("the gzip data ends too early", total)
        raw = machine.unused_data
