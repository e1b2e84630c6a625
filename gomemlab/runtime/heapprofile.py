"""A heap profile: what pprof says of the heap, from a few sampled objects.

Go does not record every allocation. It draws a distance in bytes at random, 512 KiB in the mean, and the object in
which that distance ends is recorded; then it draws the next. So an object of S bytes is in the profile with probability
1 - exp(-S / rate), and pprof divides what it counted by that: right in the mean, and off by more, the fewer were
sampled.

Objects here go by the bytes of their slots, one line of the program for each. Where a cycle has ended the profile shows
what that cycle marked, as Go's does; before that it shows all there is.

Go: runtime/pprof/protomem.go, scaleHeapSample; runtime/malloc.go, nextSample, profilealloc; runtime/mprof.go,
mProf_NextCycle.
Left out: stacks of calls. The order of allocations is not known here, so the samples are drawn group by group.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

RATE = 524288  # bytes between two samples, in the mean. Go: runtime/mprof.go, MemProfileRate


class Sampled(NamedTuple):
    """What the profile has of objects of one size."""

    size: int  # bytes of a slot
    objects: int  # that are alive
    sampled: int  # of them, recorded
    objects_said: int  # what pprof makes of that
    bytes_said: int

    @property
    def nbytes(self) -> int:
        """Return the bytes that are alive."""
        return self.size * self.objects


@dataclass(frozen=True, slots=True)
class HeapProfile:
    """A profile beside the truth."""

    rate: int  # bytes; 1: all are recorded
    groups: tuple[Sampled, ...]

    @property
    def live(self) -> int:
        """Return the bytes that are alive."""
        return sum(group.nbytes for group in self.groups)

    @property
    def said(self) -> int:
        """Return the bytes that pprof shows."""
        return sum(group.bytes_said for group in self.groups)

    @property
    def samples(self) -> int:
        """Return how many objects were recorded."""
        return sum(group.sampled for group in self.groups)

    @property
    def error(self) -> float:
        """Return the standard deviation of what pprof shows, in bytes: two of three profiles are nearer than this."""
        return math.sqrt(sum(group.objects * group.size**2 * _odds(group.size, self.rate) for group in self.groups))


def probability(size: int, rate: int = RATE) -> float:
    """Return how likely an object of so many bytes is recorded."""
    return 1.0 if rate <= 1 else -math.expm1(-size / rate)  # never 0, however large the rate


def _odds(size: int, rate: int) -> float:
    """Return (1 - p) / p of an object: its part in the variance, for each byte squared."""
    found = probability(size, rate)
    return (1 - found) / found


def scale_heap_sample(sampled: int, size: int, rate: int = RATE) -> tuple[int, int]:
    """Return (objects, bytes) that pprof makes of so many recorded objects of a size.

    Go: runtime/pprof/protomem.go, scaleHeapSample.
    """
    if not sampled or not size:
        return 0, 0
    if rate <= 1:
        return sampled, sampled * size
    scale = 1 / (1 - math.exp(-size / rate))
    return int(sampled * scale), int(sampled * size * scale)


def heap_profile(groups: Iterable[tuple[int, int]], rate: int = RATE, seed: int = 1) -> HeapProfile:
    """Return a profile of (bytes of a slot, objects) groups; the seed says which objects were recorded."""
    random, left, found = Random(seed), 0.0, []
    left = _next_sample(random, rate)
    for size, objects in groups:
        sampled, at = 0, 0
        while at < objects:
            # How many objects go by until the distance ends inside one.
            passed = int(left // size)
            if at + passed >= objects:
                left -= (objects - at) * size
                break
            at += passed + 1
            sampled += 1
            left = _next_sample(random, rate)
        found.append(Sampled(size, objects, sampled, *scale_heap_sample(sampled, size, rate)))
    return HeapProfile(rate, tuple(found))


def _next_sample(random: Random, rate: int) -> float:
    """Return the bytes until the next sample. Go: runtime/malloc.go, nextSample."""
    return 0.0 if rate <= 1 else random.expovariate(1 / rate)
