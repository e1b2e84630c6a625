"""Several processes in one log."""

from gomemlab.gctrace import Log, parse
from tests.gctrace.logs import line


def numbers(log: Log) -> list[list[int]]:
    """Return the cycles' numbers, process by process."""
    return [[cycle.number for cycle in part] for part in log.split()]


def test_numbers_that_begin_again_are_another_process() -> None:
    """A service was started again after its third cycle."""
    log = parse([line(1), line(2), line(3), line(1), line(2)])

    assert numbers(log) == [[1, 2, 3], [1, 2]]
    assert log.problems.counts == {"restart": 1}
    assert log.processes == 2


def test_two_processes_at_once_are_told_apart() -> None:
    """One is in its hundreds, the other begins."""
    log = parse([line(100), line(1, 0.1), line(101), line(2, 0.2), line(3, 0.3), line(102)])

    assert numbers(log) == [[100, 101, 102], [1, 2, 3]]


def test_the_name_in_front_tells_processes_apart() -> None:
    """Both have the same numbers at the same times."""
    log = parse([f"host {name}[{pid}]: {line(n)}" for n in (1, 2) for name, pid in (("a", 7), ("a", 8))])

    assert numbers(log) == [[1, 2], [1, 2]]


def test_missing_cycles_are_counted() -> None:
    """Of 2 to 5 nothing is known, nor of those before 57."""
    log = parse([line(1), line(6), line(57, 0.1)])

    assert numbers(log) == [[1, 6], [57]]
    said = [(problem.kind, problem.what) for problem in log.problems]
    assert said[0] == ("gap", "4 cycles are missing after cycle 1.")
    assert said[1] == ("gap", "A process begins with cycle 57.")


def test_time_that_goes_back_is_said() -> None:
    """The cycle is kept."""
    log = parse([line(1, 5.0), line(2, 4.0), line(3, 4.5)])

    assert numbers(log) == [[1, 2, 3]]
    assert log.problems.counts == {"clock": 1}


def test_a_line_twice_is_one_cycle() -> None:
    """Two collectors of one log."""
    log = parse([line(1), line(1), line(2), line(2)])

    assert numbers(log) == [[1, 2]]
    assert log.problems.counts == {"repeated": 2}


def test_a_crash_loop_takes_little() -> None:
    """A thousand processes of one cycle each."""
    log = parse([line(1, number / 1000 + 0.001) for number in range(1_000)])

    assert log.processes == 1_000
    assert log.problems.counts == {"restart": 999}


def test_very_many_names_take_little() -> None:
    """Of 3,000 processes with names of their own the last ones are remembered."""
    lines = [f"h a[{pid}]: {line(1)}" for pid in range(3_000)]

    log = parse([*lines, f"h a[2999]: {line(2)}"])

    assert log.processes == 3_000
    assert log[-1].process == 2_999
