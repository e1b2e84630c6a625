"""The alphabet of an execution trace: event types, their arguments, and varints one at a time or by the million.

A trace is made of bytes and varints: seven bits a byte, the lowest first, the top bit set on every byte but the last.
A timed event is one raw type byte, a varint with the ticks since the event before it, and a fixed number of varints
that its type gives. The types of the alloc/free experiment are 128 and up, and still one raw byte: read as a varint
they would swallow the next byte.

To decode millions of varints, four bytes are taken at once from where each begins, what lies behind its end is
masked off, and two shifts close the gaps between the seven-bit groups; for a longer one it is eight bytes, and three.

Go: internal/trace/tracev2/events.go, EvEventBatch, MaxBatchSize, MaxFramesPerStack, MaxEventTrailerDataSize.
Left out: names for arguments that nothing here reads.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from gomemlab.golang.errors import TraceError

MAX_BATCH_SIZE = 64 << 10  # bytes
MAX_STRING_SIZE = 1 << 10  # bytes
MAX_FRAMES = 128  # of a stack
CONTINUES = 0x80  # a byte with this bit is not a number's last
MAX_ARGS = 4  # of a timed event, the time not counted

_VARINT_BYTES = 10  # of a uint64 at most
_WORD_BYTES = 8
_HALF_BYTES = 4
_UINT64 = (1 << 64) - 1


class Ev(IntEnum):
    """Event types, with Go's numbers and Go's names."""

    EVENT_BATCH = 1
    STACKS = 2
    STACK = 3
    STRINGS = 4
    STRING = 5
    CPU_SAMPLES = 6
    FREQUENCY = 8
    PROCS_CHANGE = 9
    PROC_START = 10
    PROC_STOP = 11
    PROC_STEAL = 12
    PROC_STATUS = 13
    GO_CREATE = 14
    GO_CREATE_SYSCALL = 15
    GO_START = 16
    GO_DESTROY = 17
    GO_DESTROY_SYSCALL = 18
    GO_STOP = 19
    GO_BLOCK = 20
    GO_UNBLOCK = 21
    GO_SYSCALL_BEGIN = 22
    GO_SYSCALL_END = 23
    GO_SYSCALL_END_BLOCKED = 24
    GO_STATUS = 25
    STW_BEGIN = 26
    STW_END = 27
    GC_ACTIVE = 28
    GC_BEGIN = 29
    GC_END = 30
    GC_SWEEP_ACTIVE = 31
    GC_SWEEP_BEGIN = 32
    GC_SWEEP_END = 33
    GC_MARK_ASSIST_ACTIVE = 34
    GC_MARK_ASSIST_BEGIN = 35
    GC_MARK_ASSIST_END = 36
    HEAP_ALLOC = 37
    HEAP_GOAL = 38
    GO_LABEL = 39
    USER_TASK_BEGIN = 40
    USER_TASK_END = 41
    USER_REGION_BEGIN = 42
    USER_REGION_END = 43
    USER_LOG = 44
    GO_SWITCH = 45
    GO_SWITCH_DESTROY = 46
    GO_CREATE_BLOCKED = 47
    GO_STATUS_STACK = 48
    EXPERIMENTAL_BATCH = 49
    SYNC = 50
    CLOCK_SNAPSHOT = 51
    END_OF_GENERATION = 52
    SPAN = 128  # id, npages, kind and class: a span that exists at the start
    SPAN_ALLOC = 129
    SPAN_FREE = 130  # id
    HEAP_OBJECT = 131  # id, type
    HEAP_OBJECT_ALLOC = 132
    HEAP_OBJECT_FREE = 133
    GOROUTINE_STACK = 134  # id, order
    GOROUTINE_STACK_ALLOC = 135
    GOROUTINE_STACK_FREE = 136


_NARGS = {
    0: "PROC_STOP GO_DESTROY GO_DESTROY_SYSCALL GO_SYSCALL_END GO_SYSCALL_END_BLOCKED STW_END GC_MARK_ASSIST_END",
    1: "GO_CREATE_SYSCALL GC_ACTIVE GC_END GC_SWEEP_ACTIVE GC_SWEEP_BEGIN GC_MARK_ASSIST_ACTIVE GC_MARK_ASSIST_BEGIN "
    "HEAP_ALLOC HEAP_GOAL GO_LABEL SPAN_FREE HEAP_OBJECT_FREE GOROUTINE_STACK_FREE",
    2: "PROCS_CHANGE PROC_START PROC_STATUS GO_START GO_STOP GO_BLOCK GO_SYSCALL_BEGIN STW_BEGIN GC_BEGIN GC_SWEEP_END "
    "USER_TASK_END GO_SWITCH GO_SWITCH_DESTROY HEAP_OBJECT HEAP_OBJECT_ALLOC GOROUTINE_STACK GOROUTINE_STACK_ALLOC",
    3: "PROC_STEAL GO_CREATE GO_UNBLOCK GO_STATUS USER_REGION_BEGIN USER_REGION_END GO_CREATE_BLOCKED SPAN SPAN_ALLOC",
    4: "USER_TASK_BEGIN USER_LOG GO_STATUS_STACK",
}


def _nargs_table() -> NDArray[np.int64]:
    """Return for each byte how many arguments follow the time of a timed event of that type, -1 where it is none."""
    table = np.full(256, -1, np.int64)
    for nargs, names in _NARGS.items():
        table[[Ev[name] for name in names.split()]] = nargs
    return table


NARGS = _nargs_table()


def uvarint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return the varint that begins at byte `at` and the byte after it; TraceError where it does not end before `end`.

    Go: internal/trace/batchcursor.go, readTimedBaseEvent.
    """
    value = 0
    stop = min(at + _VARINT_BYTES, end)
    for i in range(at, stop):
        value |= (data[i] & 0x7F) << 7 * (i - at)
        if data[i] < CONTINUES:
            return value & _UINT64, i + 1
    if stop == end:
        raise TraceError("the file ends in the middle of a number", at)
    raise TraceError("a number is longer than 10 bytes", at)


def uvarints(data: NDArray[np.uint8], begin: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the values of the varints data[begin[i]..last[i]], both ends included, modulo 2**64.

    The caller keeps at least eight bytes behind the last varint in `data`.
    """
    return uvarints_of(data, begin, last - begin)


def uvarints_of(data: NDArray[np.uint8], begin: NDArray[np.int64], more: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return what uvarints does, given how many bytes each varint has behind its first one."""
    value = _short(data, begin, more).astype(np.uint64)
    longer = np.flatnonzero(more >= _HALF_BYTES)
    if len(longer):
        value[longer] = _long(data, begin[longer], more[longer] + 1)
    return value


def _short(data: NDArray[np.uint8], begin: NDArray[np.int64], more: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return the values of varints of at most four bytes, as nearly all are; of others anything."""
    words = np.ndarray((len(data) - _HALF_BYTES + 1,), "<u4", data, strides=(1,))
    u = np.uint32
    x = words.take(begin)
    x &= _KEEP.take(more, mode="clip")
    high = x & u(0x7F007F00)
    x &= u(0x007F007F)
    x |= np.right_shift(high, u(1), out=high)
    np.bitwise_and(x, u(0x3FFF0000), out=high)
    x &= u(0x00003FFF)
    x |= np.right_shift(high, u(2), out=high)
    return x


_KEEP = np.array([0x7F, 0x7FFF, 0x7FFFFF, 0x7FFFFFFF], np.uint32)  # of four bytes, by how many follow the first one


def _long(data: NDArray[np.uint8], begin: NDArray[np.int64], nbytes: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the values of varints of any length."""
    words = np.ndarray((len(data) - _WORD_BYTES + 1,), "<u8", data, strides=(1,))
    value = words[begin]
    value &= np.left_shift(np.uint64(1), np.minimum(8 * nbytes, 63).astype(np.uint64)) - np.uint64(1)
    value = _close_gaps(value)
    for i in np.flatnonzero(nbytes >= _WORD_BYTES).tolist():
        one = data[begin[i] : begin[i] + nbytes[i]].tolist()
        value[i] = sum((byte & 0x7F) << 7 * k for k, byte in enumerate(one)) & _UINT64
    return value


def _close_gaps(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return x with the top bit of each byte dropped and the rest pushed together."""
    u = np.uint64
    x = (x & u(0x007F007F007F007F)) | ((x & u(0x7F007F007F007F00)) >> u(1))
    x = (x & u(0x00003FFF00003FFF)) | ((x & u(0x3FFF00003FFF0000)) >> u(2))
    return (x & u(0x000000000FFFFFFF)) | ((x & u(0x0FFFFFFF00000000)) >> u(4))
