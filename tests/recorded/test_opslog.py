"""Op logs: reading them, and finding their allocations among the events of a trace."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from gomemlab.recorded import opslog
from gomemlab.runtime.errors import MisuseError

HEAP = 0xC000400000


def write(path: Path, *ops: tuple[int, int, int]) -> Path:
    """Write an op log of (kind, size, address)."""
    path.write_bytes(b"".join(struct.pack("<3Q", *op) for op in ops))
    return path


def log(path: Path, *ids: int) -> opslog.OpsLog:
    """Return an op log of objects with these ids."""
    return opslog.read(write(path, *((1, 24, HEAP + 8 * number) for number in ids)))


def test_an_op_log_has_kind_size_and_address(tmp_path: Path) -> None:
    """Two allocations, the second with pointers."""
    result = opslog.read(write(tmp_path / "x.ops", (1, 24, HEAP), (2, 64, HEAP + 64)))

    assert len(result) == 2
    assert result.size.tolist() == [24, 64]
    assert result.pointers.tolist() == [False, True]


def test_gzip_is_seen_through(tmp_path: Path) -> None:
    """The same log, packed."""
    plain = write(tmp_path / "x.ops", (4, 8, HEAP))
    packed = tmp_path / "x.ops.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    assert opslog.read(packed).address.tolist() == [HEAP]


def test_half_an_allocation_is_refused(tmp_path: Path) -> None:
    """25 bytes."""
    path = tmp_path / "x.ops"
    path.write_bytes(bytes(25))

    with pytest.raises(MisuseError, match="it has 25 bytes, and 1 allocations of 24 make 24"):
        opslog.read(path)


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    """Kind 9 in allocation 1."""
    with pytest.raises(MisuseError, match="allocation 1 is of kind 9"):
        opslog.read(write(tmp_path / "x.ops", (1, 8, HEAP), (9, 8, HEAP)))


def test_damaged_gzip_is_refused(tmp_path: Path) -> None:
    """Cut off, garbled, or unpacking to more than the limit."""
    packed = gzip.compress(struct.pack("<3Q", 1, 8, HEAP) * 1000)
    path = tmp_path / "x.ops.gz"

    path.write_bytes(packed[:-9])
    with pytest.raises(MisuseError, match="is no op log: the gzip data ends too early"):
        opslog.read(path)
    path.write_bytes(packed[:12] + b"\xff\xff" + packed[14:])
    with pytest.raises(MisuseError, match="the gzip data is damaged"):
        opslog.read(path)
    path.write_bytes(packed)
    with pytest.raises(MisuseError, match="unpacks to more than 10000 bytes"):
        opslog.read(path, limit=10_000)


def test_objects_that_were_not_logged_lie_between(tmp_path: Path) -> None:
    """The log knows 3, 4 and 9 of seven objects."""
    objects = np.array([1, 2, 3, 4, 5, 6, 9], np.uint64)

    found = opslog.align(log(tmp_path / "x.ops", 3, 4, 9), objects, HEAP)

    assert found.tolist() == [2, 3, 6]


def test_long_logs_are_found_in_stretches(tmp_path: Path) -> None:
    """40,000 objects; every tenth was not logged."""
    objects = np.arange(40_000, dtype=np.uint64)
    logged = [number for number in range(40_000) if number % 10]

    found = opslog.align(log(tmp_path / "x.ops", *logged), objects, HEAP)

    assert found.tolist() == logged


def test_a_far_object_is_found(tmp_path: Path) -> None:
    """40,000 objects come before the first that was logged."""
    found = opslog.align(log(tmp_path / "x.ops", 39_999), np.arange(40_000, dtype=np.uint64), HEAP)

    assert found.tolist() == [39_999]


@pytest.mark.parametrize("ids", [(1, 7), (7,), (3, 2), (1, 2, 3, 4)])
def test_a_log_of_another_run_is_refused(tmp_path: Path, ids: tuple[int, ...]) -> None:
    """An object that is not there, or not in this order, or too many."""
    with pytest.raises(MisuseError, match="does not belong to this trace: its allocation"):
        opslog.align(log(tmp_path / "x.ops", *ids), np.array([1, 2, 3], np.uint64), HEAP)


def test_an_empty_log_matches_everything(tmp_path: Path) -> None:
    """Nothing was logged."""
    assert len(opslog.align(log(tmp_path / "x.ops"), np.array([], np.uint64), HEAP)) == 0
