"""A graph log: all that a recorded program did with its objects, in its own words.

A program that imports gomemlab/graph logs each object with its size and its type's pointer slots, each pointer that it
writes into an object or a root, and each collection. So the log holds the whole object graph at any moment, and what a
collection frees follows from it.

The program tells objects apart by their addresses, and addresses are used again. Here an object is its number, in the
order of birth: what was asked does not show where anything lies. Addresses stand apart, to be compared with.

Go: runtime/malloc.go, newobject, makeslicecopy.
Left out: pointers into the middle of an object, which gomemlab/graph does not write.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gomemlab.golang import packed
from gomemlab.golang.errors import TraceError
from gomemlab.runtime.arch import PTR_SIZE
from gomemlab.runtime.errors import MisuseError

VERSION = 1
OP_SIZE = 32  # bytes
LIMIT = 512 << 20  # bytes of an unpacked log

NOSCAN = 0  # types that need no description
POINTERS = 1


class Op(IntEnum):
    """What an operation of the file is; three numbers follow."""

    VERSION = 0  # of the format, 0, 0
    TYPE = 1  # number, size, how many slots follow
    SLOT = 2  # type, offset, 0
    ALLOC = 3  # type, size, address
    WRITE = 4  # address of the object, offset, address that is written
    ROOT = 5  # address of the root, address that is written, 0
    COLLECT = 6  # number, 0, 0


class New(NamedTuple):
    """An object was made; it is the next in the order of birth."""

    slots: int | tuple[int, ...]  # how many words from the first on are pointer slots, or which words are
    size: int  # bytes


class Write(NamedTuple):
    """A pointer was written into an object."""

    of: int  # the object's number
    slot: int  # word
    to: int | None  # object, None: nil


class WriteRoot(NamedTuple):
    """A pointer was written into a root."""

    root: int  # its number, in the order of their first use
    to: int | None


class Collect(NamedTuple):
    """runtime.GC was called, and runtime.ReadMemStats after it."""

    number: int


Operation = New | Write | WriteRoot | Collect


@dataclass(slots=True)
class GraphLog:
    """What a program did."""

    operations: list[Operation] = field(default_factory=list)
    addresses: list[int] = field(default_factory=list)  # where Go put each object, by number
    roots: int = 0
    collections: int = 0


def read(path: str | PathLike[str], limit: int = LIMIT) -> GraphLog:
    """Return the graph log at path, gzip or not; MisuseError where it is none."""
    try:
        raw = packed.load(Path(path), limit)
    except TraceError as error:
        raise MisuseError(f"{path} is no graph log: {error}") from None
    if len(raw) % OP_SIZE or not raw:
        raise MisuseError(f"{path} is no graph log: it has {len(raw)} bytes, not some operations of {OP_SIZE}")
    rows = np.frombuffer(raw, "<u8").reshape(4, -1).T.tolist()
    if rows[0][:2] != [Op.VERSION, VERSION]:
        raise MisuseError(f"{path} is no graph log of version {VERSION}: it begins with {rows[0]}")
    reader = _Reader()
    for number, row in enumerate(rows[1:], 1):
        try:
            reader.take(*row)
        except (KeyError, ValueError) as error:
            raise MisuseError(f"{path} is no graph log: operation {number}, {row}: {_why(error)}") from None
    return reader.log


def _why(error: Exception) -> str:
    """Return what is wrong with an operation."""
    if isinstance(error, KeyError):
        return f"{error.args[0]:#x} is no type or object that the log has"
    return str(error)


class _Reader:
    """Turns addresses into numbers of objects."""

    def __init__(self) -> None:
        self.log = GraphLog()
        self._slots: dict[int, list[int]] = {}  # words by type
        self._object: dict[int, int | None] = {0: None}  # by address, the newest
        self._root: dict[int, int] = {}  # by address

    def take(self, kind: int, a: int, b: int, c: int) -> None:
        """Take one operation; KeyError for an unknown address or type, ValueError for another contradiction."""
        log = self.log
        if kind == Op.ALLOC:
            log.operations.append(New(self._shape(a, b), b))
            self._object[c] = len(log.addresses)
            log.addresses.append(c)
        elif kind == Op.WRITE:
            log.operations.append(Write(self._known(a), b // PTR_SIZE, self._object[c]))
        elif kind == Op.ROOT:
            index = self._root.setdefault(a, len(self._root))
            log.operations.append(WriteRoot(index, self._object[b]))
            log.roots = len(self._root)
        elif kind == Op.COLLECT:
            log.operations.append(Collect(log.collections))
            log.collections += 1
        elif kind == Op.TYPE:
            self._slots[a] = []
        elif kind == Op.SLOT:
            self._slots[a].append(b // PTR_SIZE)
        else:
            raise ValueError("there is no such kind of operation")

    def _known(self, address: int) -> int:
        number = self._object[address]
        if number is None:
            raise KeyError(address)
        return number

    def _shape(self, number: int, size: int) -> int | tuple[int, ...]:
        if size < 1:
            raise ValueError("an object of 0 bytes is none")
        if number == POINTERS:
            return size // PTR_SIZE
        return 0 if number == NOSCAN else tuple(self._slots[number])
