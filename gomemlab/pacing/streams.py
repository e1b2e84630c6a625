"""A quantity that changes: an allocation rate, a live heap, composed by its reader in one line.

A stream is a pure function of x, which is seconds or a cycle's number, whichever its workload counts in. So it can be
asked twice, in any order, and gives the same; chance is seeded. `constant(33) + ramp(66, 1).delay(50)` reads as it is:
33, and from 50 on 66 more.

Each stream also knows where it next may jump, so that whoever integrates it never steps across an edge.

Go: none; the pacer's own tests are fed by streams, and these have their vocabulary.
Left out: streams that remember what they gave before.
"""

import math
import random as chance
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, SupportsFloat

from gomemlab.runtime.alloc.sizeclasses import whole
from gomemlab.runtime.errors import MisuseError

SMOOTH: Final = 32  # steps in which a slope, or a period of a wave, is followed


class Stream(ABC):
    """A function of x that can be added, multiplied, delayed and limited."""

    __slots__ = ()

    @abstractmethod
    def at(self, x: float) -> float:
        """Return the value at x, which is 0 or more."""

    @abstractmethod
    def next_change(self, x: float) -> float:
        """Return an x behind the given one up to which the value at x serves; infinity if it never changes."""

    def delay(self, by: float) -> "Stream":
        """Return this stream, begun later: it is 0 until then."""
        return Delayed(self, finite(by, "by"))

    def limit(self, low: float, high: float = math.inf) -> "Stream":
        """Return this stream, held between two values."""
        if low > high:
            raise MisuseError(f"a stream cannot lie above {low} and below {high}; give the smaller one first")
        return Limited(self, low, high)

    def __add__(self, other: "Stream | float") -> "Stream":
        return Joined("+", self, stream(other))

    def __radd__(self, other: float) -> "Stream":
        return Joined("+", stream(other), self)

    def __sub__(self, other: "Stream | float") -> "Stream":
        return Joined("+", self, stream(other) * -1)

    def __mul__(self, other: "Stream | float") -> "Stream":
        return Joined("*", self, stream(other))

    def __rmul__(self, other: float) -> "Stream":
        return Joined("*", stream(other), self)


@dataclass(frozen=True, slots=True)
class Constant(Stream):
    """Always the same."""

    value: float

    def at(self, x: float) -> float:  # noqa: ARG002 - the same at every x
        """Return the value."""
        return self.value

    def next_change(self, x: float) -> float:  # noqa: ARG002
        """Return infinity."""
        return math.inf


@dataclass(frozen=True, slots=True)
class Ramp(Stream):
    """From 0 to a height in a straight line, and then level."""

    height: float
    over: float

    def at(self, x: float) -> float:
        """Return how high it is."""
        return self.height * min(x / self.over, 1.0)

    def next_change(self, x: float) -> float:
        """Return the next of its small steps, or infinity on the level."""
        return min(x + self.over / SMOOTH, self.over) if x < self.over else math.inf


@dataclass(frozen=True, slots=True)
class Unit(Stream):
    """A height for a while from 0 on, and then 0."""

    height: float
    length: float

    def at(self, x: float) -> float:
        """Return the height or 0."""
        return self.height if 0 <= x < self.length else 0.0

    def next_change(self, x: float) -> float:
        """Return its end, or infinity behind it."""
        return self.length if x < self.length else math.inf


@dataclass(frozen=True, slots=True)
class Spikes(Stream):
    """A height for the first part of each period, and 0 for the rest."""

    height: float
    every: float
    length: float

    def at(self, x: float) -> float:
        """Return the height or 0."""
        return self.height if math.fmod(x, self.every) < self.length else 0.0

    def next_change(self, x: float) -> float:
        """Return the next edge."""
        period = math.floor(x / self.every) * self.every
        edge = period + self.length if x < period + self.length else period + self.every
        return edge if edge > x else math.nextafter(x, math.inf)


@dataclass(frozen=True, slots=True)
class Wave(Stream):
    """A sine."""

    height: float
    period: float
    phase: float

    def at(self, x: float) -> float:
        """Return its height, between -height and height."""
        return self.height * math.sin(math.tau * x / self.period + self.phase)

    def next_change(self, x: float) -> float:
        """Return the next of its small steps."""
        return x + self.period / SMOOTH


@dataclass(frozen=True, slots=True)
class Noise(Stream):
    """Another value for each stretch of x, evenly between -height and height; the same for the same seed."""

    height: float
    seed: int
    every: float

    def at(self, x: float) -> float:
        """Return the value of the stretch that x lies in."""
        stretch = math.floor(x / self.every)
        return self.height * (2 * chance.Random(self.seed * 1_000_003 + stretch).random() - 1)

    def next_change(self, x: float) -> float:
        """Return the end of the stretch."""
        edge = (math.floor(x / self.every) + 1) * self.every
        return edge if edge > x else math.nextafter(x, math.inf)


@dataclass(frozen=True, slots=True)
class Delayed(Stream):
    """Another stream, begun later."""

    inner: Stream
    by: float

    def at(self, x: float) -> float:
        """Return 0 before its start."""
        return self.inner.at(x - self.by) if x >= self.by else 0.0

    def next_change(self, x: float) -> float:
        """Return its start, or what the other stream says."""
        if x < self.by:
            return self.by
        edge = self.inner.next_change(x - self.by) + self.by
        return edge if edge > x else math.nextafter(x, math.inf)


@dataclass(frozen=True, slots=True)
class Limited(Stream):
    """Another stream, held between two values."""

    inner: Stream
    low: float
    high: float

    def at(self, x: float) -> float:
        """Return the other stream's value, or the bound that it passed."""
        return min(max(self.inner.at(x), self.low), self.high)

    def next_change(self, x: float) -> float:
        """Return what the other stream says."""
        return self.inner.next_change(x)


_JOIN: Final[dict[str, Callable[[float, float], float]]] = {"+": lambda a, b: a + b, "*": lambda a, b: a * b}


@dataclass(frozen=True, slots=True)
class Joined(Stream):
    """The sum or the product of two."""

    sign: str  # "+" or "*"
    a: Stream
    b: Stream

    def at(self, x: float) -> float:
        """Return the sum or the product."""
        return _JOIN[self.sign](self.a.at(x), self.b.at(x))

    def next_change(self, x: float) -> float:
        """Return whichever of the two changes first."""
        return min(self.a.next_change(x), self.b.next_change(x))


def stream(value: "Stream | float") -> Stream:
    """Return a stream as it is, and a number as a constant one."""
    return value if isinstance(value, Stream) else constant(value)


def constant(value: float) -> Stream:
    """Return a stream that never changes."""
    return Constant(finite(value, "a stream's value"))


def ramp(height: float, over: float) -> Stream:
    """Return a stream that rises (or falls) from 0 to `height` by x = `over`, and stays there."""
    return Ramp(finite(height, "height"), _positive(over, "over"))


def step(height: float, at: float) -> Stream:
    """Return a stream that is 0 until x = `at`, and `height` from there on."""
    return constant(height).delay(at)


def unit(height: float, length: float = 1.0) -> Stream:
    """Return a stream with one peak at its beginning; delay() moves it."""
    return Unit(finite(height, "height"), _positive(length, "length"))


def spikes(height: float, every: float, length: float) -> Stream:
    """Return a stream that alternates: `height` for `length`, then 0 until `every` has passed, and again."""
    if _positive(length, "length") > _positive(every, "every"):
        raise MisuseError(f"a spike of {length} does not fit into a period of {every}; give a shorter one")
    return Spikes(finite(height, "height"), float(every), float(length))


def oscillate(height: float, period: float, phase: float = 0.0) -> Stream:
    """Return a sine between -`height` and `height`."""
    return Wave(finite(height, "height"), _positive(period, "period"), finite(phase, "phase"))


def random(height: float, seed: int, every: float = 1.0) -> Stream:
    """Return chance between -`height` and `height`, another value after each `every`; the seed says which."""
    return Noise(finite(height, "height"), whole(seed, "seed", "give a number"), _positive(every, "every"))


def jitter(middle: float, share: float, seed: int, every: float = 1.0) -> Stream:
    """Return a value that jumps about `middle` by up to that share of it."""
    return constant(middle) + random(middle * share, seed, every)


def finite(value: object, name: str) -> float:
    """Return a number; raise MisuseError for what is none, or not finite."""
    if not isinstance(value, SupportsFloat) or not math.isfinite(value):
        raise MisuseError(f"{name} is {value!r}; give a finite number")
    return float(value)


def _positive(value: float, name: str) -> float:
    """Return a length; raise MisuseError unless it is above 0."""
    if finite(value, name) <= 0:
        raise MisuseError(f"{name} is {value}; give a length above 0")
    return float(value)
