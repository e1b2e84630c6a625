"""Workloads: those of the menu, and those that a reader makes."""

import pytest

from gomemlab.pacing.simulate import simulate
from gomemlab.pacing.streams import constant, ramp
from gomemlab.pacing.workload import MIB, Growth, Overhead, menu, named, workload
from gomemlab.runtime.errors import MisuseError


def test_a_workload_is_one_line() -> None:
    """24 MiB, and 36 more within ten seconds."""
    one = workload(allocation=200 * MIB, live=24 * MIB + ramp(36 * MIB, over=10))

    assert one.live.at(20) == 60 * MIB
    assert one.allocation == constant(200 * MIB)
    assert len(one.streams()) == 6


def test_parts_are_replaced() -> None:
    """Another rate; the rest stays."""
    one = workload(allocation=1, live=2)
    other = one.with_(allocation=3, globals=4, forced_s=(2, 1))

    assert (other.allocation.at(0), other.live, other.globals, other.forced_s) == (3, one.live, 4, (1, 2))


def test_growth_has_a_stream_of_its_own() -> None:
    """A factor instead of bytes."""
    assert workload(1, Growth(constant(2)), per="cycle").streams()[2] == constant(2)


@pytest.mark.parametrize("name", list(menu()))
def test_every_name_of_the_menu_runs(name: str) -> None:
    """A second and a half of each, with its name."""
    run = simulate(named(name), seconds=1.5)

    assert run.workload.name == name
    assert run.seconds == pytest.approx(1.5, abs=1)
    assert all(cycle.heap_end >= cycle.heap_start for cycle in run.cycles)


def test_a_name_that_is_not_there_is_refused() -> None:
    """And those that are there are named."""
    with pytest.raises(MisuseError, match="steady: 40 MiB live"):
        named("stedy")


@pytest.mark.parametrize("parts", [{"globals_": -1}, {"globals_": 1.5}, {"per": "hour"}, {"forced_s": ("x",)}])
def test_parts_that_cannot_be_are_refused(parts: dict[str, object]) -> None:
    """Less than nothing, no number, an unknown clock, a time that is none."""
    with pytest.raises(MisuseError):
        workload(1, 1, **parts)  # type: ignore[arg-type]


def test_an_overhead_is_not_negative() -> None:
    """Nor is its fragmentation."""
    with pytest.raises(MisuseError, match="less than nothing"):
        Overhead(fixed=-1)
