"""One generation of a trace: its string and type tables, its clock, and its batches of events by thread.

About once a second, and whenever a trace is flushed, the runtime starts a new generation. Strings and types are
numbered anew in each. The alloc/free experiment adds the lowest heap address (once, in the first generation: every id
counts from it) and the types.

Go: internal/trace/generation.go, processBatch; runtime/traceallocfree.go, traceSnapshotMemory; runtime/tracetype.go.
Left out: files and lines of stacks; CPU samples, whose batches are skipped unread.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from gomemlab.golang.batches import Batch
from gomemlab.golang.errors import TraceError
from gomemlab.golang.wire import MAX_FRAMES, MAX_STRING_SIZE, Ev, uvarint

NS_PER_TICK = 64.0  # on linux/amd64, unless the generation says otherwise
MAX_THREADS = 10_000  # Go's own limit
ALLOC_FREE = 1  # the experiment's number
_TYPES_BATCH = 0
_INFO_BATCH = 1
_MAX_TICKS = 1 << 56


class Info(NamedTuple):
    """What the ids of the alloc/free experiment count from and in."""

    heap_min: int  # lowest heap address
    page_size: int  # bytes; a span's id counts pages
    heap_align: int  # bytes; an object's id counts these
    stack_align: int  # bytes; a stack's id counts these


class TypeInfo(NamedTuple):
    """A Go type as the trace knows it."""

    address: int
    size: int  # bytes
    ptrdata: int  # bytes at its beginning that can hold pointers, 0 for none
    name: str


@dataclass
class Generation:
    """The batches and tables of one generation."""

    gen: int
    at: int  # byte offset of its first batch
    ns_per_tick: float = NS_PER_TICK
    strings: dict[int, str] = field(default_factory=dict)
    types: dict[int, TypeInfo] = field(default_factory=dict)
    info: Info | None = None
    stacks: dict[int, tuple[int, ...]] = field(default_factory=dict)  # names of the functions, innermost first
    batches: dict[int, list[Batch]] = field(default_factory=dict)  # by thread, in the order of their first batches
    _functions: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def functions(self, stack: int) -> tuple[str, ...]:
        """Return the names of a stack's functions, innermost first; many events have the same stack."""
        known = self._functions.get(stack)
        if known is None:
            known = tuple(self.strings.get(name, "") for name in self.stacks.get(stack, ()))
            self._functions[stack] = known
        return known


def generations(data: bytes, batches: Iterable[Batch | None]) -> list[Generation]:
    """Return the generations of a trace; TraceError where batches of two are mixed or a table is damaged."""
    done: list[Generation] = []
    current: Generation | None = None
    for batch in batches:
        if batch is None:
            current = None
            continue
        if current is None or current.gen != batch.gen:
            _check_order(done, batch)
            current = Generation(batch.gen, batch.at)
            done.append(current)
        _add(current, batch, data)
    return done


def _check_order(done: list[Generation], batch: Batch) -> None:
    """Raise TraceError where a generation comes that does not follow the last one."""
    if batch.gen == 0:
        raise TraceError("a batch is of generation 0, which Go never writes", batch.at)
    if done and batch.gen <= done[-1].gen:
        raise TraceError(f"generation {batch.gen} comes after generation {done[-1].gen}", batch.at)


def _add(gen: Generation, batch: Batch, data: bytes) -> None:
    """File one batch under its generation: a table is read, a batch of events is kept for later.

    Go: internal/trace/generation.go, processBatch.
    """
    if batch.time >= _MAX_TICKS:
        raise TraceError(f"a batch begins at tick {batch.time}, which no clock has reached", batch.at)
    if batch.exp:
        _experiment(gen, batch, data)
    elif batch.kind == Ev.STRINGS:
        _strings(gen, batch, data)
    elif batch.kind in (Ev.SYNC, Ev.FREQUENCY):
        _sync(gen, batch, data)
    elif batch.kind == Ev.STACKS:
        _stacks(gen, batch, data)
    elif batch.kind != Ev.CPU_SAMPLES:
        gen.batches.setdefault(batch.m, []).append(batch)
        if len(gen.batches) > MAX_THREADS:
            raise TraceError(f"the trace has more than {MAX_THREADS} threads, more than Go allows", batch.at)


def _strings(gen: Generation, batch: Batch, data: bytes) -> None:
    """Read a string table."""
    at = batch.begin + 1
    while at < batch.end:
        if data[at] != Ev.STRING:
            raise TraceError(f"expected a string and got a byte {data[at]}", at)
        number, at = uvarint(data, at + 1, batch.end)
        gen.strings[number], at = _text(data, at, batch.end)


def _text(data: bytes, at: int, end: int) -> tuple[str, int]:
    """Return the text whose length stands at byte `at`, and the byte after it."""
    size, begin = uvarint(data, at, end)
    if size > min(MAX_STRING_SIZE, end - begin):
        raise TraceError(f"a string says it has {size} bytes, {min(MAX_STRING_SIZE, end - begin)} are possible", at)
    return data[begin : begin + size].decode("utf-8", "replace"), begin + size


def _stacks(gen: Generation, batch: Batch, data: bytes) -> None:
    """Read a stack table: for each frame a program counter, a function, a file and a line."""
    at = batch.begin + 1
    while at < batch.end:
        if data[at] != Ev.STACK:
            raise TraceError(f"expected a stack and got a byte {data[at]}", at)
        number, at = uvarint(data, at + 1, batch.end)
        size, at = uvarint(data, at, batch.end)
        if size > MAX_FRAMES:
            raise TraceError(f"a stack says it has {size} frames, at most {MAX_FRAMES} are possible", at)
        functions = []
        for _ in range(size):
            _, at = uvarint(data, at, batch.end)
            function, at = uvarint(data, at, batch.end)
            _, at = uvarint(data, at, batch.end)
            _, at = uvarint(data, at, batch.end)
            functions.append(function)
        gen.stacks[number] = tuple(functions)


def _sync(gen: Generation, batch: Batch, data: bytes) -> None:
    """Read a sync batch for the clock's frequency; the wall clock in it is of no use here."""
    at = batch.begin + (data[batch.begin] == Ev.SYNC)
    while at < batch.end:
        kind = data[at]
        at += 1
        if kind == Ev.FREQUENCY:
            frequency, at = uvarint(data, at, batch.end)
            if not 1 <= frequency <= 10**12:
                raise TraceError(f"the clock runs at {frequency} ticks a second, 1 to 10^12 are possible", at)
            gen.ns_per_tick = 1.0 / (frequency / 1e9)
        elif kind == Ev.CLOCK_SNAPSHOT:
            for _ in range(4):
                _, at = uvarint(data, at, batch.end)
        else:
            raise TraceError(f"expected a clock and got a byte {kind}", at - 1)


def _experiment(gen: Generation, batch: Batch, data: bytes) -> None:
    """Read a batch of the alloc/free experiment; those of any other are skipped."""
    if batch.exp != ALLOC_FREE or not batch.size:
        return
    kind = data[batch.begin]
    if kind == _INFO_BATCH:
        numbers, at = [], batch.begin + 1
        for _ in Info._fields:
            number, at = uvarint(data, at, batch.end)
            numbers.append(number)
        gen.info = Info(*numbers)
    elif kind == _TYPES_BATCH:
        _types(gen, batch, data)
    else:
        raise TraceError(f"a batch of the alloc/free experiment has the unknown kind {kind}", batch.begin)


def _types(gen: Generation, batch: Batch, data: bytes) -> None:
    """Read a type table."""
    at = batch.begin + 1
    while at < batch.end:
        number, at = uvarint(data, at, batch.end)
        address, at = uvarint(data, at, batch.end)
        size, at = uvarint(data, at, batch.end)
        ptrdata, at = uvarint(data, at, batch.end)
        name, at = _text(data, at, batch.end)
        gen.types[number] = TypeInfo(address, size, ptrdata, name)
