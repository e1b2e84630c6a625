"""Workloads: named streams of commands to fill a heap with.

Each is a function of a seed and a length, so that the same workload is the same on every machine. The random numbers
are a xorshift64* of integers alone: no float, no version of Python, can change them.

Go: runtime/malloc.go, mallocgc.
Left out: objects that die; that needs a collector.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gomemlab.commands import Command, malloc

WORD = (1 << 64) - 1


class Rng:
    """xorshift64*: small, seeded, the same everywhere."""

    __slots__ = ("state",)

    def __init__(self, seed: int) -> None:
        self.state = (seed * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03) & WORD or 1

    def below(self, n: int) -> int:
        """Return the next number of 0 .. n - 1."""
        x = self.state
        x ^= x >> 12
        x ^= x << 25 & WORD
        x ^= x >> 27
        self.state = x
        return ((x * 0x2545F4914F6CDD1D & WORD) >> 11) % n

    def log_uniform(self, low_bits: int, high_bits: int) -> int:
        """Return a size of 2^low_bits .. 2^high_bits - 1, each octave as likely as any other."""
        octave = low_bits + self.below(high_bits - low_bits)
        return (1 << octave) + self.below(1 << octave)


@dataclass(frozen=True, slots=True)
class Workload:
    """A named stream of commands."""

    name: str
    title: str  # for a menu
    procs: int  # Ps that the world must have at least
    stream: Callable[[Rng, int], Iterator[Command]]

    def commands(self, seed: int = 1, n: int = 10_000) -> Iterator[Command]:
        """Yield n commands, the same for the same seed."""
        return self.stream(Rng(seed), n)


def _one_size(_: Rng, n: int) -> Iterator[Command]:
    return (malloc(24) for _ in range(n))


def _log_uniform(rng: Rng, n: int) -> Iterator[Command]:
    return (malloc(rng.log_uniform(3, 15), bool(rng.below(2))) for _ in range(n))


def _small_objects(rng: Rng, n: int) -> Iterator[Command]:
    return (malloc(rng.log_uniform(3, 10), bool(rng.below(2))) for _ in range(n))


def _tiny_strings(rng: Rng, n: int) -> Iterator[Command]:
    return (malloc(1 + rng.below(15)) for _ in range(n))


def _big_buffers(rng: Rng, n: int) -> Iterator[Command]:
    # One buffer in eight is large: more than 32,760 B, a span of its own.
    return (malloc(rng.log_uniform(15, 18) if rng.below(8) == 0 else rng.log_uniform(10, 15)) for _ in range(n))


def _two_ps(rng: Rng, n: int) -> Iterator[Command]:
    return (malloc(rng.log_uniform(3, 12), bool(rng.below(2)), rng.below(2)) for _ in range(n))


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("one size", "one size: 24 B", 1, _one_size),
        Workload("small objects", "small objects: 8 B to 1 KiB", 1, _small_objects),
        Workload("log-uniform", "mixed sizes: 8 B to 32 KiB", 1, _log_uniform),
        Workload("tiny strings", "tiny strings: 1 to 15 B", 1, _tiny_strings),
        Workload("big buffers", "big buffers: 1 to 256 KiB", 1, _big_buffers),
        Workload("two Ps", "mixed sizes, two Ps", 2, _two_ps),
    )
}
