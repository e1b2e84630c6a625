"""A Go execution trace as columns of numpy arrays, in the order in which things happened.

Go: internal/trace/reader.go, (*Reader).ReadEvent.
Left out: CPU samples, wall-clock times.
"""

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gomemlab.golang import batches
from gomemlab.golang.columns import Columns, decode
from gomemlab.golang.errors import TraceError
from gomemlab.golang.order import Order, Ordering
from gomemlab.golang.packed import LIMIT
from gomemlab.golang.sched import Sched
from gomemlab.golang.select import one_of
from gomemlab.golang.tables import Generation, Info, TypeInfo, generations

Progress = Callable[[int, int], object]  # bytes decoded, of how many


@dataclass(frozen=True, slots=True)
class Trace:
    """The timed events of a trace, one row each, in their order.

    With one P the order is exact. With more, events of two Ps between which nothing was handed over stand in the
    order of their clocks, which tick every 64 ns and run ahead in a burst.
    """

    version: int  # N of the "go 1.N trace" in the header
    size: int  # bytes, unpacked
    typ: NDArray[np.uint8]  # event type, see wire.Ev
    time: NDArray[np.int64]  # ns
    m: NDArray[np.int64]  # thread
    p: NDArray[np.int64]  # P that the thread had before the event, -1 for none
    g: NDArray[np.int64]  # goroutine that it ran before the event, -1 for none
    gen: NDArray[np.int32]  # index into generations
    args: NDArray[np.uint64]  # (4, rows): the arguments after the time
    at: NDArray[np.int64]  # byte offset in the unpacked trace
    generations: tuple[Generation, ...]

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.typ)

    @property
    def info(self) -> Info | None:
        """Return what the ids of the alloc/free experiment count from, None in a trace without it."""
        return next((generation.info for generation in self.generations if generation.info), None)

    def rows(self, *kinds: int, begin: int = 0, end: int | None = None) -> NDArray[np.int64]:
        """Return which events from row begin up to row end are of one of some kinds."""
        rows: NDArray[np.int64] = np.flatnonzero(one_of(self.typ[begin:end], *kinds))
        rows += begin
        return rows

    def string(self, row: int, arg: int = 0) -> str:
        """Return the string that an argument of an event stands for, "" where the trace does not have it."""
        return self.generations[int(self.gen[row])].strings.get(int(self.args[arg, row]), "")

    def stack(self, row: int, arg: int) -> tuple[str, ...]:
        """Return the functions of the stack that an argument stands for, innermost first; () where there is none."""
        return self.generations[int(self.gen[row])].functions(int(self.args[arg, row]))

    def type_info(self, row: int, arg: int = 1) -> TypeInfo | None:
        """Return the type that an argument of an event stands for, None where the trace does not have it."""
        return self.generations[int(self.gen[row])].types.get(int(self.args[arg, row]))


def read(path: str | PathLike[str], limit: int = LIMIT, progress: Progress | None = None) -> Trace:
    """Return the trace at path, gzip or not; TraceError (with a byte offset) where it cannot be read.

    progress is called now and then with the bytes read and how many there are.
    """
    return parse(batches.load(Path(path), limit), progress)


def parse(data: bytes, progress: Progress | None = None) -> Trace:
    """Return the trace that data holds, not gzip; TraceError where it cannot be read."""
    version = batches.check_version(data)
    gens = generations(data, batches.split(data))
    if not gens:
        raise TraceError("the trace ends after its header: nothing was recorded", len(data))
    total = sum(batch.size for gen in gens for of_thread in gen.batches.values() for batch in of_thread)
    done = 0

    def told(nbytes: int) -> None:
        nonlocal done
        done += nbytes
        if progress:
            progress(done, total)

    ordering = Ordering(Sched())
    parts: list[tuple[Columns, Order]] = []
    for gen in gens:
        columns = decode(data, gen, told)
        parts.append((columns, ordering.order(columns, gen.gen)))
    return Trace(
        version=version,
        size=len(data),
        typ=_joined([o.take(c.typ) for c, o in parts]),
        time=_joined([o.take(c.time) for c, o in parts]),
        m=_joined([o.m for _, o in parts]),
        p=_joined([o.p for _, o in parts]),
        g=_joined([o.g for _, o in parts]),
        gen=_joined([np.broadcast_to(np.int32(i), o.m.shape) for i, (_, o) in enumerate(parts)]),
        args=_joined([o.take(c.args) for c, o in parts]),
        at=_joined([o.take(c.at) for c, o in parts]),
        generations=tuple(gens),
    )


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    """Return the generations' parts of a column one after the other; the only one is not copied."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
