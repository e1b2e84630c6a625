"""Numbers as a trace writes them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomemlab.golang.errors import TraceError
from gomemlab.golang.wire import NARGS, Ev, uvarint, uvarints
from tests.golang.tracewriter import number


def test_a_varint_ends_at_the_first_byte_below_128() -> None:
    """0xac 0x02 is 300, and the next byte is none of its business."""
    value, end = uvarint(b"\xac\x02\x07", 0, 3)

    assert (value, end) == (300, 2)


def test_a_varint_cut_off_is_refused_at_its_first_byte() -> None:
    """Two bytes that both say "more follows"."""
    with pytest.raises(TraceError, match=r"middle of a number \(byte 1\)") as caught:
        uvarint(b"\x01\x80\x80", 1, 3)

    assert caught.value.offset == 1


def test_a_varint_of_eleven_bytes_is_refused() -> None:
    """A uint64 has at most ten."""
    with pytest.raises(TraceError, match="longer than 10 bytes"):
        uvarint(b"\xff" * 11 + b"\1", 0, 12)


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1))
def test_many_varints_are_decoded_as_one_by_one(values: list[int]) -> None:
    """Any uint64s, written one after the other."""
    written = [number(value) for value in values]
    last = np.cumsum([len(one) for one in written]) - 1
    begin = np.concatenate(([0], last[:-1] + 1))
    data = np.frombuffer(b"".join(written) + bytes(8), np.uint8)

    decoded = uvarints(data, begin, last)

    assert decoded.tolist() == values


def test_structural_events_have_no_arguments() -> None:
    """A batch inside a batch is no event."""
    assert NARGS[Ev.EVENT_BATCH] == NARGS[Ev.STRINGS] == NARGS[200] == -1
    assert NARGS[Ev.HEAP_OBJECT_ALLOC] == 2
