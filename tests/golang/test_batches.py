"""A trace file, unpacked and cut into batches."""

import gzip
import os
from pathlib import Path

import pytest

from gomemlab.golang.batches import load, split, unpack
from gomemlab.golang.errors import TraceError
from gomemlab.golang.wire import Ev
from gomemlab.runtime.errors import MisuseError
from tests.golang.tracewriter import HEADER, batch, event, trace


def test_an_empty_file_is_no_trace(tmp_path: Path) -> None:
    """0 bytes."""
    path = tmp_path / "x.trace"
    path.touch()

    with pytest.raises(TraceError, match=r"the trace is empty \(byte 0\)"):
        load(path)


@pytest.mark.parametrize("data", [b"go", b"hello, world, this is text", b"go 1.26 trace\0\0"])
def test_a_file_with_another_beginning_is_no_trace(data: bytes) -> None:
    """Too short, or text."""
    with pytest.raises(MisuseError, match="no Go execution trace"):
        unpack(data)


@pytest.mark.parametrize("version", [11, 21, 27, 99])
def test_a_version_of_another_format_is_named(version: int) -> None:
    """Go 1.21 wrote another format; 1.27 is still called 1.26."""
    with pytest.raises(TraceError, match=f"format of Go 1.{version}; 1.22 to 1.26 can be read"):
        unpack(b"go 1.%d trace\0\0\0" % version)


def test_gzip_is_seen_through() -> None:
    """The same bytes, packed once or in two members."""
    data = trace(batch(event(Ev.PROC_STATUS, 0, 1)))

    assert unpack(gzip.compress(data)) == data
    assert unpack(gzip.compress(data[:20]) + gzip.compress(data[20:])) == data


def test_a_gzip_bomb_is_given_up_at_the_limit() -> None:
    """A gigabyte of zeroes is no trace, and behind a header it is too much."""
    with pytest.raises(TraceError, match="no Go execution trace"):
        unpack(gzip.compress(bytes(1 << 24), 1))
    with pytest.raises(TraceError, match="more than 1000000 bytes"):
        unpack(gzip.compress(HEADER + bytes(1 << 24), 1), limit=1_000_000)


def test_a_file_that_does_not_say_how_long_it_is_is_read_up_to_the_limit() -> None:
    """A device has no size and no end."""
    with pytest.raises(TraceError, match="larger than 100 bytes"):
        load(Path(os.devnull).with_name("zero"), limit=100)


def test_a_file_above_the_limit_is_refused() -> None:
    """The limit holds for unpacked files too."""
    with pytest.raises(TraceError, match="larger than 100 bytes"):
        unpack(HEADER + bytes(100), limit=100)


def test_damaged_gzip_says_where() -> None:
    """Cut off, or with a wrong byte in the middle."""
    packed = gzip.compress(HEADER + bytes(range(256)) * 40)

    with pytest.raises(TraceError, match="ends too early"):
        unpack(packed[:-30])
    with pytest.raises(TraceError, match="damaged"):
        unpack(packed[:40] + b"\xff\xff\xff" + packed[43:])


def test_a_batch_knows_its_thread_and_bytes() -> None:
    """One batch of thread 7 and the end of its generation."""
    payload = event(Ev.PROC_STATUS, 0, 1)
    data = trace(batch(payload, m=7, time=500))

    found, end = split(data)

    assert found is not None
    assert (found.m, found.time, found.gen, data[found.begin : found.end]) == (7, 500, 1, payload)
    assert end is None


def test_a_batch_cut_off_says_how_much_is_left() -> None:
    """The last 3 bytes are missing."""
    data = HEADER + batch(event(Ev.PROC_STATUS, 0, 1))

    with pytest.raises(TraceError, match="a batch of 4 bytes has only 1 left"):
        list(split(data[:-3]))


def test_a_batch_above_64_kib_is_refused() -> None:
    """Go never writes one, and a wrong size must not allocate."""
    with pytest.raises(TraceError, match="at most 65536"):
        list(split(HEADER + batch(bytes(65537))))


@pytest.mark.parametrize(("data", "message"), [(b"\x07", "expected a batch"), (b"\x31", "middle of a batch header")])
def test_bytes_between_batches_are_refused(data: bytes, message: str) -> None:
    """Neither a batch nor the end of a generation."""
    with pytest.raises(TraceError, match=message) as caught:
        list(split(HEADER + data))

    assert caught.value.offset == 16
