"""Workloads: named, seeded, the same on every machine."""

from collections import Counter
from itertools import islice

import pytest

from gomemlab.commands import Malloc
from gomemlab.runtime.world import World
from gomemlab.workloads import WORKLOADS, Rng, Workload

NAMES = ["one size", "small objects", "log-uniform", "tiny strings", "big buffers", "two Ps"]


def sizes(name: str, n: int = 4000, seed: int = 1) -> list[int]:
    """Return the sizes that a workload asks for."""
    return [command.size for command in WORKLOADS[name].commands(seed, n) if isinstance(command, Malloc)]


def test_there_are_six() -> None:
    """In the order of the menu, each with its own title."""
    assert list(WORKLOADS) == NAMES
    assert len({workload.title for workload in WORKLOADS.values()}) == 6


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=NAMES)
def test_a_seed_is_a_stream(workload: Workload) -> None:
    """The same seed twice is the same stream, and a longer one begins with the shorter."""
    short, again = list(workload.commands(7, 300)), list(workload.commands(7, 300))

    assert short == again == list(islice(workload.commands(7, 1000), 300))
    assert len(short) == 300


@pytest.mark.parametrize("name", NAMES[1:])
def test_another_seed_is_another_stream(name: str) -> None:
    """But for the workload of one size."""
    assert list(WORKLOADS[name].commands(1, 50)) != list(WORKLOADS[name].commands(2, 50))


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("one size", 24, 24),
        ("small objects", 8, 1023),
        ("log-uniform", 8, 32_767),
        ("tiny strings", 1, 15),
        ("big buffers", 1024, (256 << 10) - 1),
        ("two Ps", 8, 4095),
    ],
)
def test_sizes_are_as_the_title_says(name: str, least: int, most: int) -> None:
    """Tiny strings have 1 to 15 B, all lengths among them."""
    asked = sizes(name)

    assert least <= min(asked) <= least * 1.1
    assert most * 0.9 <= max(asked) <= most


def test_log_uniform_sizes_favour_no_octave() -> None:
    """12 octaves from 8 B on: each has a twelfth of 12,000 sizes, give or take four standard deviations."""
    octaves = Counter(size.bit_length() for size in sizes("log-uniform", 12_000))

    assert set(octaves) == set(range(4, 16))
    # A count of 12,000 with chance 1/12 has a standard deviation of 30.
    assert all(abs(n - 1000) < 120 for n in octaves.values())


def test_one_buffer_in_eight_is_large() -> None:
    """Of 4000 some 500 have a span of their own, and half of them all are above 8 KiB."""
    asked = sizes("big buffers")

    # The standard deviation is 21.
    assert abs(sum(size >= 32_768 for size in asked) - 500) < 84


@pytest.mark.parametrize("name", ["log-uniform", "small objects", "two Ps"])
def test_half_of_the_objects_have_pointers(name: str) -> None:
    """As often as a coin says."""
    pointers = sum(getattr(command, "pointers", False) for command in WORKLOADS[name].commands(1, 4000))

    assert abs(pointers - 2000) < 126  # four standard deviations of 31.6


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=NAMES)
def test_a_workload_runs_on_the_ps_it_asks_for(workload: Workload) -> None:
    """Two Ps need two; each of them allocates."""
    world = World(procs=workload.procs)

    for command in workload.commands(3, 500):
        command.apply(world)

    world.check()
    assert all(set(p.alloc) != {-1} for p in world.snapshot().ps)


def test_random_numbers_are_integers_of_64_bits() -> None:
    """The first numbers of seed 1, on every machine."""
    rng = Rng(1)

    assert [rng.below(1000) for _ in range(8)] == [340, 609, 201, 161, 826, 223, 532, 549]
    assert all(0 <= rng.below(7) < 7 for _ in range(100))


def test_the_zero_state_is_left_out() -> None:
    """A xorshift of 0 stays 0 for ever: the seed that leads there begins with 1."""
    seed = -0xD1B54A32D192ED03 * pow(0x9E3779B97F4A7C15, -1, 1 << 64) % (1 << 64)

    rng = Rng(seed)

    assert rng.state == 1
    assert len({rng.below(1 << 30) for _ in range(50)}) == 50


def test_octaves_have_their_bounds() -> None:
    """2^3 to 2^4 - 1: 8 to 15, all of them."""
    rng = Rng(5)

    assert {rng.log_uniform(3, 4) for _ in range(300)} == set(range(8, 16))
