import gc

import numpy as np

import gomemlab
from gomemlab import World
from gomemlab.recorded import bulk
from gomemlab.recorded.plan import Act, Plan
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE

OF_24, OF_48, OF_LARGE = 7, 11, 1  # span classes


def plan_of(*requests: tuple[int, Act, int, int]) -> Plan:
    """Return a plan for P0 of requests that are (how many, act, span class, bytes)."""
    n = sum(many for many, *_ in requests)
    act, spanclass, size = (np.repeat([r[i] for r in requests], [r[0] for r in requests]) for i in (1, 2, 3))
    zeros = np.zeros(n, np.int64)
    return Plan(np.arange(n), act.astype(np.int8), spanclass, size, zeros, zeros, np.ones(n, np.bool_), n, False)


def test_a_run_leaves_pythons_collector_as_it_was() -> None:
    """On stays on, and off stays off."""
    gomemlab.replay("mixed")
    on = gc.isenabled()
    gc.disable()

    try:
        gomemlab.replay("mixed")
        off = gc.isenabled()
    finally:
        gc.enable()

    assert on
    assert not off


def test_what_the_last_turn_of_a_run_did_is_told() -> None:
    """Ten objects of 48 B, then 3,000 of 24 B: the events are those of the last of nine runs, asked for by hand."""
    world, by_hand, left = World(), World(), 3000

    bulk.run(plan_of((10, Act.SMALL, OF_48, 48), (3000, Act.SMALL, OF_24, 24)), world, DEFAULT_HEAP_BASE)

    by_hand.alloc_run(OF_48, 10)
    while left:
        left -= by_hand.alloc_run(OF_24, left)[1]
    assert world.events == by_hand.events
    assert world.allocator.heap.tells


def test_a_run_that_is_refused_leaves_no_half_told_events() -> None:
    """A terabyte behind 400 objects of each of two classes, as many of which wait behind it."""
    world = World()
    objects = (400, Act.SMALL, OF_48, 48), (400, Act.SMALL, OF_24, 24)

    result = bulk.run(plan_of(*objects, (1, Act.LARGE, OF_LARGE, 1 << 40), *objects), world, DEFAULT_HEAP_BASE)

    assert "MiB" in result.refused
    assert world.events == ()
    assert world.allocator.heap.tells
