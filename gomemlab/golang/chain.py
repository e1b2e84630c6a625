"""A chain of hops, followed in many places at once.

Each item says how many items further the next link lies; the links from the first item on are wanted. One after the
other that is a loop of Python for every link. So the items are cut into lanes, and numpy takes one step in all lanes
at a time. Where the chain comes into a lane is not known before; but chains that began at different items soon meet
and then stay together. So each lane's entry is guessed by a short run-up through the lane before. In the end every
guess is compared with where that lane was in fact left; what follows a wrong one is walked again, link by link.

Go: none; Go reads its events one by one.
Left out: nothing.
"""

from itertools import pairwise
from math import isqrt

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

LEAST = 2  # of a hop
MOST = 6
_RUN_UP = 32  # items; nine guesses of ten are right after four
_NARROW = 64  # items of a lane, at least


def chain(hops: NDArray[np.uint8]) -> Ints:
    """Return the links from item 0 on, where item i is followed by i + hops[i], and the first one behind the items.

    Every hop is LEAST to MOST.
    """
    n = len(hops)
    width = max(_NARROW, isqrt(n))
    lanes = np.full(((n + MOST) // width + 1, width), LEAST, np.uint8)  # room for the link behind the items, too
    lanes.ravel()[:n] = hops
    entries = _guess(lanes)
    links, leaves = _walk(lanes, entries)
    _mend(lanes, links, entries.tolist(), leaves.tolist())
    found: Ints = np.flatnonzero(links)
    return found[: int(np.searchsorted(found, n)) + 1]


def _guess(lanes: NDArray[np.uint8]) -> Ints:
    """Return for each lane at which of its items the chain may come in."""
    hops, width = lanes.ravel(), lanes.shape[1]
    begin = np.arange(len(lanes)) * width
    at = begin - _RUN_UP
    at[0] = 0
    for _ in range(_RUN_UP // LEAST):
        at += hops.take(at) * (at < begin)
    entries: Ints = at - begin
    return entries


def _walk(lanes: NDArray[np.uint8], entries: Ints) -> tuple[NDArray[np.bool_], Ints]:
    """Return which items of each lane are links when the chain comes in as guessed, and where it comes out.

    Behind each lane are items that lead to themselves, so that all lanes may take the same number of steps.
    """
    n, width = lanes.shape
    stride = width + MOST
    behind = np.arange(n * stride).reshape(n, stride)
    begin = behind[:, 0].copy()
    behind[:, :width] += lanes
    steps = np.empty((width // LEAST + 2, n), np.int64)
    np.add(begin, entries, out=steps[0])
    for before, after in pairwise(steps):
        behind.take(before, out=after, mode="clip")  # numpy copies `out` unless told what to do outside
    links = np.zeros(n * stride, np.bool_)
    links[steps] = True
    return links.reshape(n, stride)[:, :width], steps[-1] - begin - width


def _mend(lanes: NDArray[np.uint8], links: NDArray[np.bool_], entries: list[int], leaves: list[int]) -> None:
    """Walk again, one by one, where the chain did not come in as guessed, until it meets links that were found."""
    width = lanes.shape[1]
    for lane in range(1, len(lanes)):
        if leaves[lane - 1] == entries[lane]:
            continue
        at, hops, met, walked = leaves[lane - 1], lanes[lane].tobytes(), links[lane].tobytes(), []
        while at < width and not met[at]:
            walked.append(at)
            at += hops[at]
        links[lane, :at] = False
        links[lane, walked] = True
        if at >= width:
            leaves[lane] = at - width
