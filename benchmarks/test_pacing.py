"""The aggregate mode: how long an hour of a service's collections takes, and 500 cycles of a moved slider.

    python -m pytest benchmarks/test_pacing.py

The aim for the hour is 1 s.
"""

from pytest_benchmark.fixture import BenchmarkFixture

from gomemlab.pacing.simulate import simulate
from gomemlab.pacing.streams import jitter, oscillate
from gomemlab.pacing.workload import MIB, Overhead, named, workload

HOUR = 3600
SERVICE = workload(
    allocation=20 * MIB,
    live=60 * MIB + 20 * MIB * oscillate(1, period=600),
    scan=800 * MIB,
    stacks=4 * MIB,
    busy=jitter(0.5, 0.3, seed=3, every=5),
    overhead=Overhead(fixed=6 * MIB, fragmentation=0.02),
    name="a service whose live heap breathes and whose load jitters",
)


def test_an_hour_of_a_service(benchmark: BenchmarkFixture) -> None:
    """Some 2300 cycles on 4 Ps, each followed in 12 moments."""
    run = benchmark(simulate, SERVICE, seconds=HOUR)

    assert 2000 < run.num_gc < 3000
    assert run.seconds >= HOUR


def test_an_hour_at_its_limit(benchmark: BenchmarkFixture) -> None:
    """The same with a memory limit that its largest live heap reaches."""
    run = benchmark(simulate, SERVICE, memory_limit=120 * MIB, seconds=HOUR)

    assert run.limited > 0


def test_five_hundred_cycles_of_a_slider(benchmark: BenchmarkFixture) -> None:
    """What a view draws anew when GOGC is moved."""
    run = benchmark(simulate, named("ramp: 24 to 60 MiB live"), memory_limit=112 * MIB, seconds=1e9, cycles=500)

    assert run.num_gc == 500
