"""The logs of real services."""

from functools import cache

import pytest

from tests.gctrace.services import Counts, counts


@cache
def found() -> Counts:
    """Return how they came out."""
    return counts()


@pytest.mark.slow
def test_every_line_is_read_and_as_many_cycles_as_go_counted() -> None:
    """Fifteen programs and more under eight settings, some times each; no problem in any log."""
    assert found().programs >= 15
    assert found().cycles > 10_000
    assert found().problems == 0
    assert found().counted[0] == found().counted[1] > 300


@pytest.mark.slow
def test_every_goal_without_a_limit_is_gogcs() -> None:
    """live + (live + stacks + globals) × GOGC / 100, at least 4 MiB × GOGC / 100; all of them cut off."""
    assert found().goals[0] == found().goals[1] > 10_000


@pytest.mark.slow
def test_every_line_can_be_printed_again() -> None:
    """All but the products of two exact numbers."""
    assert found().lines[0] == found().lines[1] == found().cycles
