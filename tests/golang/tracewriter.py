"""Small traces made by hand, byte by byte, for tests of the reader and of what follows it."""

from gomemlab.golang.wire import Ev

HEADER = b"go 1.26 trace\0\0\0"
HEAP_MIN = 0xC000400000
NO_THREAD = (1 << 64) - 1
END = bytes([Ev.END_OF_GENERATION])


def number(value: int) -> bytes:
    """Return a varint."""
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def event(typ: int, *args: int, dt: int = 1) -> bytes:
    """Return a timed event."""
    return bytes([typ]) + b"".join(number(value) for value in (dt, *args))


def batch(payload: bytes, m: int = 1, time: int = 1000, gen: int = 1) -> bytes:
    """Return a batch of a thread."""
    head = b"".join(number(value) for value in (gen, m, time, len(payload)))
    return bytes([Ev.EVENT_BATCH]) + head + payload


def experiment(payload: bytes, gen: int = 1) -> bytes:
    """Return a batch of the alloc/free experiment."""
    head = b"".join(number(value) for value in (gen, 1, 1000, len(payload)))
    return bytes([Ev.EXPERIMENTAL_BATCH, 1]) + head + payload


def info(heap_min: int = HEAP_MIN) -> bytes:
    """Return the batch that ids count from."""
    return experiment(bytes([1]) + b"".join(number(value) for value in (heap_min, 8192, 8, 2048)))


def strings(table: dict[int, str]) -> bytes:
    """Return a string table."""
    rows = (bytes([Ev.STRING]) + number(k) + number(len(text)) + text.encode() for k, text in table.items())
    return batch(bytes([Ev.STRINGS]) + b"".join(rows))


def stacks(table: dict[int, tuple[int, ...]]) -> bytes:
    """Return a stack table; each stack is the names of its functions, innermost first."""
    rows = (
        bytes([Ev.STACK]) + number(k) + number(len(names)) + b"".join(number(1) + number(f) + b"\1\1" for f in names)
        for k, names in table.items()
    )
    return batch(bytes([Ev.STACKS]) + b"".join(rows))


def trace(*batches: bytes) -> bytes:
    """Return a trace of one generation."""
    return HEADER + b"".join(batches) + END


def running(g: int = 1, p: int = 0, m: int = 1) -> bytes:
    """Return the events that say that a goroutine runs on a P."""
    return event(Ev.PROC_STATUS, p, 1) + event(Ev.GO_STATUS, g, m, 2)
