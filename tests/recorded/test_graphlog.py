"""Graph logs: what a program did with its objects, told by the objects' numbers."""

import gzip
from pathlib import Path

import pytest

from gomemlab.recorded import graphlog
from gomemlab.recorded.graphlog import Collect, New, Op, Write, WriteRoot
from gomemlab.runtime.errors import MisuseError
from tests.recorded.graphwriter import BEGIN, Row, write

HEAP = 0xC000400000
CELL = ((Op.TYPE, 2, 40, 2), (Op.SLOT, 2, 8, 0), (Op.SLOT, 2, 16, 0))
MADE = (Op.ALLOC, 2, 40, HEAP)


def test_objects_have_numbers_and_their_types_slots(tmp_path: Path) -> None:
    """A cell with pointers at 8 and 16, bytes, and three pointers."""
    rows = (*CELL, MADE, (Op.ALLOC, 0, 100, HEAP + 112), (Op.ALLOC, 1, 24, HEAP + 224))

    log = graphlog.read(write(tmp_path / "x.graph", BEGIN, *rows))

    assert log.operations == [New((1, 2), 40), New(0, 100), New(3, 24)]
    assert log.addresses == [HEAP, HEAP + 112, HEAP + 224]


def test_an_address_means_the_newest_object_there(tmp_path: Path) -> None:
    """The same slot twice; a pointer to itself, nil, two roots, a collection."""
    rows = (
        *CELL,
        MADE,
        (Op.ROOT, 0x5000, HEAP, 0),
        (Op.COLLECT, 0, 0, 0),
        MADE,
        (Op.WRITE, HEAP, 16, HEAP),
        (Op.WRITE, HEAP, 8, 0),
        (Op.ROOT, 0x5008, HEAP, 0),
        (Op.ROOT, 0x5000, 0, 0),
    )
    path = write(tmp_path / "x.graph", BEGIN, *rows)
    path.write_bytes(gzip.compress(path.read_bytes()))

    log = graphlog.read(path)

    shape = New((1, 2), 40)
    before = [shape, WriteRoot(0, 0), Collect(0), shape]
    assert log.operations == [*before, Write(1, 2, 1), Write(1, 1, None), WriteRoot(1, 1), WriteRoot(0, None)]
    assert (log.roots, log.collections) == (2, 1)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((), "it has 0 bytes"),
        (((1, 1, 0, 0),), "of version 1: it begins with"),
        (((Op.VERSION, 2, 0, 0),), "of version 1: it begins with"),
        ((BEGIN, (9, 0, 0, 0)), r"operation 1, \[9, 0, 0, 0\]: there is no such kind"),
        ((BEGIN, MADE), "0x2 is no type or object"),
        ((BEGIN, (Op.SLOT, 7, 0, 0)), "0x7 is no type or object"),
        ((BEGIN, (Op.ALLOC, 0, 0, HEAP)), "an object of 0 bytes is none"),
        ((BEGIN, *CELL, MADE, (Op.WRITE, HEAP + 8, 8, 0)), "operation 5, .* is no type or object"),
        ((BEGIN, *CELL, MADE, (Op.WRITE, HEAP, 8, 1)), "0x1 is no type or object"),
        ((BEGIN, (Op.WRITE, 0, 8, 0)), "0x0 is no type or object"),
        ((BEGIN, (Op.ROOT, 0x5000, HEAP, 0)), "is no type or object"),
    ],
)
def test_what_no_program_writes_is_refused(tmp_path: Path, rows: tuple[Row, ...], message: str) -> None:
    """Nothing, another version, unknown kinds, types and addresses."""
    with pytest.raises(MisuseError, match=message):
        graphlog.read(write(tmp_path / "x.graph", *rows))


def test_other_files_are_refused(tmp_path: Path) -> None:
    """Half an operation; damaged gzip."""
    (tmp_path / "half.graph").write_bytes(bytes(48))
    (tmp_path / "broken.graph.gz").write_bytes(b"\x1f\x8bnonsense")

    with pytest.raises(MisuseError, match="it has 48 bytes"):
        graphlog.read(tmp_path / "half.graph")
    with pytest.raises(MisuseError, match="is no graph log: the gzip data"):
        graphlog.read(tmp_path / "broken.graph.gz")
