"""An op log: what a recorded program asked for, in its own words.

The trace of a program knows where each object came to lie, and not how many bytes were asked for. So the recorder's
programs write a log beside it: for each allocation three little-endian uint64: its kind, the requested size in bytes,
the address.

An address belongs to one event of the trace; objects that were not logged (the runtime's own) lie between them.
Finding the events of a log is therefore finding one sequence inside another.

Go: runtime/malloc.go, mallocgc.
Left out: what type an object had; pointers or none is all that the allocator asks.
"""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gomemlab.golang import packed
from gomemlab.golang.errors import TraceError
from gomemlab.runtime.errors import MisuseError

NOSCAN = 1  # make([]byte, size)
POINTERS = 2  # make([]*T, size / 8), or any other object with pointers
TINY = 3  # pointer-free, below 16 bytes (16 now and then)
TYPE = 4  # new(T), pointer-free
KINDS = (NOSCAN, POINTERS, TINY, TYPE)

OP_SIZE = 24  # bytes
LIMIT = 512 << 20  # bytes of an unpacked log
OBJECT_SHIFT = 3  # ids of objects count 8 bytes
_STRETCH = 1 << 14  # events that one comparison looks at


@dataclass(frozen=True, slots=True)
class OpsLog:
    """The allocations that a program logged, in its order."""

    kind: NDArray[np.uint64]
    size: NDArray[np.uint64]  # bytes
    address: NDArray[np.uint64]  # absolute

    def __len__(self) -> int:
        """Return the number of allocations."""
        return len(self.kind)

    @property
    def pointers(self) -> NDArray[np.bool_]:
        """Return for each object whether it has pointers."""
        return np.equal(self.kind, POINTERS)


def read(path: str | PathLike[str], limit: int = LIMIT) -> OpsLog:
    """Return the op log at path, gzip or not; MisuseError where it is none, or has more than limit bytes unpacked."""
    try:
        raw = packed.load(Path(path), limit)
    except TraceError as error:
        raise MisuseError(f"{path} is no op log: {error}") from None
    if len(raw) % OP_SIZE:
        whole = len(raw) // OP_SIZE
        raise MisuseError(
            f"{path} is no op log: it has {len(raw)} bytes, and {whole} allocations of {OP_SIZE} make {whole * OP_SIZE}"
        )
    kind, size, address = np.frombuffer(raw, "<u8").reshape(-1, 3).T
    strange = np.flatnonzero(~np.isin(kind, KINDS))
    if len(strange):
        raise MisuseError(
            f"{path} is no op log: allocation {strange[0]} is of kind {kind[strange[0]]}; there are 1 (noscan), "
            "2 (pointers), 3 (tiny) and 4 (type)"
        )
    return OpsLog(kind, size, address)


def align(log: OpsLog, objects: NDArray[np.uint64], heap_min: int) -> NDArray[np.int64]:
    """Return for each of the log's allocations which of the objects (ids, in order) it is.

    Raises MisuseError where one is not among them, in their order: the log is of another run.
    """
    wanted = (log.address - np.uint64(heap_min)) >> np.uint64(OBJECT_SHIFT)
    found = np.empty(len(wanted), np.int64)
    done = at = 0
    while done < len(wanted):
        n = min(len(wanted) - done, len(objects) - at, _STRETCH)
        same = wanted[done : done + n] == objects[at : at + n]
        run = n if same.all() else int(np.argmin(same))
        found[done : done + run] = np.arange(at, at + run)
        done, at = done + run, at + run
        if done < len(wanted) and (run < n or at == len(objects)):
            at = _next(objects, at, wanted[done])
            if at < 0:
                raise MisuseError(_strange(log, done))
    return found


def _next(objects: NDArray[np.uint64], at: int, wanted: np.uint64) -> int:
    """Return the first place from `at` on where the wanted object stands, or -1."""
    while at < len(objects):
        hits = np.flatnonzero(objects[at : at + _STRETCH] == wanted)
        if len(hits):
            return at + int(hits[0])
        at += _STRETCH
    return -1


def _strange(log: OpsLog, i: int) -> str:
    """Return the sentence for an allocation that the trace does not have."""
    return (
        f"the op log does not belong to this trace: its allocation {i} ({log.size[i]} bytes at "
        f"{int(log.address[i]):#x}) is not in the trace; take the .ops file that the same run wrote"
    )
