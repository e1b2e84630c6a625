"""One cycle, and the line that Go prints for exact numbers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomemlab.gctrace import Exact, line, parse
from gomemlab.gctrace.line import fmt_ns_as_ms, itoa_div
from gomemlab.runtime.errors import MisuseError
from tests.gctrace.logs import LINE

NS = st.integers(0, 10**13)
BYTES = st.integers(0, 1 << 45)
EXACT = st.builds(
    Exact,
    number=st.integers(1, 2**32 - 1),
    at_ns=st.integers(0, 10**17),
    gc_cpu_fraction=st.floats(0, 1),
    clock_sweep_term_ns=NS,
    clock_mark_ns=NS,
    clock_mark_term_ns=NS,
    cpu_assist_ns=NS,
    cpu_background_ns=NS,
    cpu_idle_ns=NS,
    heap_start=BYTES,
    heap_end=BYTES,
    heap_live=BYTES,
    heap_goal=st.integers(0, 2**64 - 1),
    stacks=BYTES,
    globals=BYTES,
    procs=st.integers(1, 1_024),
    forced=st.booleans(),
    leak_check=st.booleans(),
)


@given(EXACT)
def test_what_was_printed_for_exact_numbers_contains_them(exact: Exact) -> None:
    """8,254,321 ns are printed as 8.2 ms, and 8.2 ms stands for 8.2 up to 8.3."""
    [cycle] = parse([line(exact)])

    truth = {
        "number": exact.number,
        "at_s": exact.at_ns / 1e9,
        "gc_cpu_percent": exact.gc_cpu_fraction * 100,
        "heap_goal_mb": Fraction(exact.heap_goal, 2**20),
        "stacks_mb": Fraction(exact.stacks, 2**20),
        "globals_mb": Fraction(exact.globals, 2**20),
        "procs": exact.procs,
    }
    clocks = ("sweep_term", "mark", "mark_term")
    cpus = ("sweep_term", "assist", "background", "idle", "mark_term")
    truth |= {f"clock_{name}_ms": ns / 1e6 for name, ns in zip(clocks, exact.clocks_ns, strict=True)}
    truth |= {f"cpu_{name}_ms": ns / 1e6 for name, ns in zip(cpus, exact.cpus_ns, strict=True)}
    truth |= {f"heap_{name}_mb": Fraction(getattr(exact, f"heap_{name}"), 2**20) for name in ("start", "end", "live")}
    for field, value in truth.items():
        low, high = cycle.interval(field)
        assert low <= value < high or low == value == high, field
    assert (cycle.forced, cycle.leak_check) == (exact.forced, exact.leak_check)


@pytest.mark.parametrize(
    ("ns", "printed"),
    [
        (0, "0"),
        (999, "0"),
        (1_000, "0.001"),
        (99_999, "0.099"),
        (100_000, "0.10"),
        (999_999, "0.99"),
        (1_000_000, "1.0"),
        (9_999_999, "9.9"),
        (10_000_000, "10"),
        (-1, "18446744073709"),
    ],
)
def test_milliseconds_have_two_digits_below_ten(ns: int, printed: str) -> None:
    """9,999,999 ns are 9.9 ms; a negative duration comes out huge, as in Go."""
    assert fmt_ns_as_ms(ns) == printed


def test_numbers_are_divided_by_powers_of_ten_in_their_digits() -> None:
    """7 / 10^3 is 0.007."""
    assert (itoa_div(7, 3), itoa_div(1_234, 3), itoa_div(12, 0)) == ("0.007", "1.234", "12")


def test_each_number_says_what_it_stands_for() -> None:
    """5 MB are 5 to 6 MiB, 17 ms 17 to 18, 2.1 ms 2.1 to 2.2, 0.40 ms 0.40 to 0.41, 0.052 ms 0.052 to 0.053."""
    [cycle] = parse([LINE])

    assert cycle.interval("heap_live_mb") == (5, 6)
    assert cycle.interval("clock_mark_ms") == (17, 18)
    assert cycle.interval("cpu_idle_ms") == (2.1, 2.2)
    assert cycle.interval("cpu_background_ms") == (0.4, 0.41)
    assert cycle.interval("clock_sweep_term_ms") == (0.052, 0.053)
    assert cycle.interval("gc_cpu_percent") == (5, 6)
    assert cycle.interval("at_s") == (0.04, 0.041)
    assert cycle.interval("procs") == (4, 4)


def test_what_is_no_number_has_no_interval() -> None:
    """`forced` is yes or no, and a line of Go 1.17 tells nothing of stacks."""
    [cycle] = parse([LINE.replace("1 MB stacks, 2 MB globals, ", "")])

    for field in ("forced", "stacks_mb", "no_such_field", "line"):
        with pytest.raises(MisuseError, match=field):
            cycle.interval(field)


def test_sums_are_those_of_the_fields() -> None:
    """0.052 + 0.009 ms stopped; 3.551 ms of processor time."""
    [cycle] = parse([LINE])

    assert round(cycle.stw_ms, 3) == 0.061
    assert round(cycle.clock_ms, 3) == 17.061
    assert round(cycle.cpu_ms, 3) == 3.551
    assert not cycle.no_goal
    assert cycle._replace(heap_goal_mb=8_532_210_231_535).no_goal


def test_a_size_below_zero_is_refused() -> None:
    """Exact(heap_live=-1) says so."""
    [printed] = parse([LINE])
    numbers = dict.fromkeys(Exact.__slots__, 1) | {"heap_live": -1}

    with pytest.raises(MisuseError, match="heap_live is -1"):
        Exact(**numbers)
    assert printed.number == 4
