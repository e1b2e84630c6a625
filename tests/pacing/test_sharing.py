"""How the Ps of a moment are divided between running, assisting and idle marking."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomemlab.pacing.sharing import Demand, Share, share


def demand(**parts: float) -> Demand:
    """Return 8 Ps of which 2 mark; each scans 1000 B a second, and the program wants all and allocates 100."""
    usual = {"procs": 8, "workers": 2, "most_idle": 6, "wanted": 8, "allocation": 100, "scan": 1000}
    return Demand(**{**usual, **parts})


def test_workers_that_keep_up_let_the_program_run() -> None:
    """3 B owed for each of 600 B: 1800, and the two workers scan 2000."""
    assert share(demand(), 3.0, 0.0) == Share(6, 0, 0)


def test_what_workers_cannot_do_is_assisted() -> None:
    """10 B owed for each byte: what is scanned is just what is owed."""
    running, assists, idle = share(demand(), 10.0, 0.0)

    assert assists > 0
    assert running + assists == pytest.approx(6)
    assert idle == 0
    assert 10 * 100 * running == pytest.approx(1000 * (2 + assists))


def test_credit_pays_first() -> None:
    """With 4000 B of it a second, nobody assists for what would else cost two Ps."""
    assert share(demand(), 10.0, 4000.0) == Share(6, 0, 0)


def test_idle_ps_mark() -> None:
    """A program that wants one P leaves five to idle workers."""
    assert share(demand(wanted=1), 10.0, 0.0) == Share(1, 0, 5)


def test_who_assists_takes_idle_ps_where_idle_workers_may_not_start() -> None:
    """A cycle of the two-minute kind has none: an assist waits for no P."""
    assert share(demand(wanted=1, most_idle=0), 30.0, 0.0) == Share(1, 1, 0)


def test_while_the_limiter_limits_nobody_assists() -> None:
    """A ratio of 0."""
    assert share(demand(), 0.0, 0.0).assists == 0


rates = st.floats(1, 1e10)


@given(st.integers(1, 64), st.floats(0, 1), st.floats(0, 1), rates, rates, st.floats(0, 1e10), st.floats(0, 1e10))
@settings(max_examples=200, deadline=None)
def test_no_p_is_given_twice(
    procs: int, busy: float, idle: float, allocation: float, scan: float, ratio: float, credit: float
) -> None:
    """Whatever is asked for, shares are 0 or more, and no more than there is."""
    given_ps = share(Demand(procs, procs / 4, idle * procs, busy * procs, allocation, scan), ratio, credit)

    assert min(given_ps) >= -1e-9
    assert sum(given_ps) <= procs * 0.75 * (1 + 1e-9)
    assert given_ps.running <= busy * procs + 1e-9
