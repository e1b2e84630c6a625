"""What a program does to the pacer: how fast it allocates, how much stays alive, how much there is to scan.

These few numbers are all that the pacer ever sees of a program. A workload gives each as a stream, so that a service
under a changing load is one line. The streams count in seconds; or in cycles, as the published scenarios do, which ask
nothing but what the pacer does: then a cycle starts just at its trigger, swept or not, and none because of the time.

`live` is what the program can reach: a stream of bytes, or a Growth, which says how many times as much is alive after
each cycle as before. Objects born while a cycle marks are kept by it, too; the model adds these itself.

Go: runtime/mgcpacer.go, gcControllerState (its inputs).
Left out: sizes and ages of objects; which goroutine allocates; that a stop slows requests that wait for one another.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal

from gomemlab.pacing.streams import Stream, finite, jitter, ramp, spikes, step, stream, unit
from gomemlab.runtime.alloc.sizeclasses import whole
from gomemlab.runtime.errors import MisuseError

KIB: Final = 1 << 10
MIB: Final = 1 << 20
FIRST_LIVE: Final = 256 * KIB  # bytes that are alive after the first cycle of a Growth


@dataclass(frozen=True, slots=True)
class Growth:
    """After each cycle so many times as much is alive as after the one before."""

    factor: Stream
    first: int = FIRST_LIVE  # bytes after the first cycle


@dataclass(frozen=True, slots=True)
class Overhead:
    """Memory that counts for the limit and holds no objects.

    Go: runtime/mgcpacer.go, (*gcControllerState).memoryLimitHeapGoal.
    """

    fixed: int = 0  # bytes: the runtime's own structures
    fragmentation: float = 0.0  # bytes of spans in use without an object, as a share of those with one

    def __post_init__(self) -> None:
        """Raise MisuseError for less than nothing."""
        if self.fixed < 0 or self.fragmentation < 0:
            raise MisuseError(f"{self} holds less than nothing; give 0 or more of each")


@dataclass(frozen=True, slots=True)
class Workload:
    """What a program does, as the pacer sees it."""

    name: str
    allocation: Stream  # bytes that a CPU second of the program allocates
    scan: Stream  # bytes that a CPU second of marking scans
    live: Stream | Growth  # bytes that the program can reach, or how they grow
    scannable: Stream  # share of the heap that may hold pointers, 0 … 1
    stacks: Stream  # bytes of stacks
    globals: int  # bytes of global variables that may hold pointers
    busy: Stream  # share of all Ps that the program wants, 0 … 1
    per: Literal["second", "cycle"]  # what the streams count in
    overhead: Overhead
    forced_s: tuple[float, ...]  # seconds at which the program calls runtime.GC

    def streams(self) -> tuple[Stream, ...]:
        """Return all its streams."""
        live = self.live.factor if isinstance(self.live, Growth) else self.live
        return self.allocation, self.scan, live, self.scannable, self.stacks, self.busy

    def with_(self, **parts: Any) -> "Workload":
        """Return this workload with some of its parts replaced; numbers stand for constant streams."""
        return replace(self, **{name: _part(name, value) for name, value in parts.items()})


STREAMS: Final = frozenset({"allocation", "scan", "live", "scannable", "stacks", "busy"})


def _part(name: str, value: Any) -> Any:
    """Return a part as it is kept; raise MisuseError for one that there cannot be."""
    if name == "globals" and whole(value, "bytes of globals", "give 0 or more") < 0:
        raise MisuseError(f"{value} bytes of globals are less than nothing; give 0 or more")
    if name == "per" and value not in ("second", "cycle"):
        raise MisuseError(f"streams cannot count in {value!r}; say 'second' or 'cycle'")
    if name == "forced_s":
        return tuple(sorted(finite(at, "a time of runtime.GC") for at in value))
    return value if isinstance(value, Growth) or name not in STREAMS else stream(value)


def workload(
    allocation: Stream | float,
    live: Stream | Growth | float,
    *,
    scan: Stream | float = 1000 * MIB,
    scannable: Stream | float = 1.0,
    stacks: Stream | float = 64 * KIB,
    globals_: int = 256 * KIB,
    busy: Stream | float = 1.0,
    per: Literal["second", "cycle"] = "second",
    overhead: Overhead = Overhead(),
    forced_s: tuple[float, ...] = (),
    name: str = "own",
) -> Workload:
    """Return a workload of numbers and streams; all but the first two have a usual value.

    `workload(allocation=200 * MIB, live=24 * MIB + ramp(36 * MIB, over=10))` is a program that allocates 200 MiB in
    each CPU second, while what it keeps grows from 24 to 60 MiB in ten seconds.
    """
    parts = {
        "allocation": allocation,
        "scan": scan,
        "live": live,
        "scannable": scannable,
        "stacks": stacks,
        "globals": globals_,
        "busy": busy,
        "per": per,
        "overhead": overhead,
        "forced_s": forced_s,
    }
    return Workload(name, **{part: _part(part, value) for part, value in parts.items()})


def _ready(name: str, allocation: Stream | float, live: Stream | float, **parts: Any) -> Workload:
    """Return a workload of the menu: a small service, with what its runtime needs besides."""
    overhead = Overhead(fixed=6 * MIB, fragmentation=0.02)
    parts = {"scan": 800 * MIB, "stacks": 2 * MIB, "globals_": 1 * MIB, "overhead": overhead, **parts}
    return workload(allocation * MIB, live * MIB, name=name, **parts)


_MENU: Final[tuple[Callable[[], Workload], ...]] = (
    lambda: _ready("ramp: 24 to 60 MiB live", 11, 24 + ramp(36, over=5).delay(4), scan=500 * MIB),
    lambda: _ready("steady: 40 MiB live", 20, 40),
    lambda: _ready("step: allocates three times as fast from 6 s on", 20 + step(40, at=6), 40),
    lambda: _ready("heavy step: ten times as fast from 6 s on", 20 + step(180, at=6), 40),
    lambda: _ready("jitter: another rate each half second", jitter(30, 0.6, seed=7, every=0.5), 40),
    lambda: _ready("spikes: a burst every 3 s", 4 + spikes(80, every=3, length=0.6), 40),
    lambda: _ready("big stacks: 64 MiB to scan besides", 20, 24, stacks=64 * MIB),
    lambda: _ready("few pointers: a tenth of 160 MiB to scan", 40, 160, scannable=0.1),
    lambda: _ready("quiet: idle after its first second", 4 / KIB + unit(200), 2, busy=0.01),
    lambda: _ready("over the limit: 24 to 140 MiB live", 30, 24 + ramp(116, over=12)),
)


def menu() -> Mapping[str, Workload]:
    """Return the ready workloads by their names, in the order of the menu."""
    made = [make() for make in _MENU]
    return MappingProxyType({one.name: one for one in made})


def named(name: str) -> Workload:
    """Return a ready workload; raise MisuseError for a name that the menu does not have."""
    ready = menu()
    if name not in ready:
        raise MisuseError(f"no workload is called {name!r}; there are {', '.join(map(repr, ready))}")
    return ready[name]
