"""Logs of which a part is missing, and logs of days."""

import pytest

from gomemlab.gctrace import parse
from gomemlab.whatif import what_if
from gomemlab.whatif.logs import MOST, source_of
from gomemlab.whatif.service import fit
from tests.whatif_logs import steady


def test_a_log_without_its_beginning_starts_at_its_first_cycle() -> None:
    """Cycles 51 to 100, five seconds into the program: what was before counts for nothing."""
    tail = "\n".join(steady(100).splitlines()[50:])
    service = fit(parse(tail).cycles)

    assert service.num_gc == 49
    assert service.seconds == pytest.approx(4.9, abs=0.2)
    assert service.start == pytest.approx(44, abs=0.6)
    assert service.looks[0].alone == pytest.approx(39, abs=1)


def test_a_log_without_its_beginning_gives_the_same_rates() -> None:
    """Twice the GOGC, half of its 49 cycles; and no ramp is replayed that the log does not hold."""
    tail = "\n".join(steady(100).splitlines()[50:])
    answer = what_if(tail, 200)

    assert abs(answer.residual.num_gc) < 0.05
    assert 20 <= answer.num_gc.value <= 26


def test_of_a_very_long_log_the_stretch_around_its_peak_is_replayed() -> None:
    """4,000 cycles: 3,000 are replayed, and the numbers are those of all."""
    log = steady(4000)
    source = source_of(log)
    answer = what_if(log, 200)

    assert len(source.cycles) == MOST
    assert source.total == 4000
    assert answer.observed.num_gc == pytest.approx(4000, rel=0.001)
    assert 1700 < answer.num_gc.value < 2100
    assert any("3,000 around the highest heap" in warning for warning in answer.warnings)


def test_a_clock_that_runs_back_is_survived() -> None:
    """Half of the lines carry an earlier time."""
    cycles = [c._replace(at_s=c.at_s - 3 * (c.number % 2)) for c in parse(steady(30))]
    service = fit(cycles)

    assert all(look.pause > 0 for look in service.looks)
    assert service.seconds > 0


def test_a_damaged_number_of_processors_is_survived() -> None:
    """0 P."""
    answer = what_if(steady(20).replace("2 P", "0 P"), 200)

    assert answer.num_gc.value > 0
