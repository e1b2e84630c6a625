"""Lines that other output has split."""

import random
import re

import pytest

from gomemlab.gctrace import parse
from gomemlab.gctrace.grammar import TOKENS
from tests.gctrace.logs import DATA, LINE, line

LOG = "2026/11/21 20:00:00 a request"


def writes(text: str) -> list[str]:
    """Return a line as the writes that Go makes."""
    found, end = [], 0
    for token in TOKENS:
        match = re.compile(token.pattern).match(text, end)
        if match:
            found.append(match.group())
            end = match.end()
    return found


PIECES = writes(LINE)


def test_a_line_is_some_forty_writes() -> None:
    """38, two for what may stand in parentheses, and the line end."""
    assert len(PIECES) == len(TOKENS) - 2 == 38
    assert "".join(PIECES) == LINE


@pytest.mark.parametrize("at", range(3, len(PIECES)))
@pytest.mark.parametrize("other", [LOG, "hello from a thread", '{"level":"info","n":7}', "panic: 3 items", "[x] 1"])
def test_a_line_split_anywhere_is_rejoined(at: int, other: str) -> None:
    """Another thread's line comes between two writes; its line end parts the rest."""
    head, rest = "".join(PIECES[:at]), "".join(PIECES[at:])

    log = parse([line(3), head + other, rest, line(5)])

    assert [cycle.number for cycle in log] == [3, 4, 5]
    assert log[1][:20] == parse([LINE])[0][:20]
    assert log[1].rejoined
    assert log[1].line == 2
    assert log.problems.counts["torn"] == 1


@pytest.mark.parametrize("prefix", ["Nov 21 20:00:{:02} host service[1]: ", "2026-11-21T20:00:{:02}Z stderr F "])
def test_the_rest_may_have_a_prefix(prefix: str) -> None:
    """Each line got its time in front."""
    for at in range(3, len(PIECES)):
        texts = ["".join(PIECES[:at]) + LOG, "more of it", "".join(PIECES[at:]), line(5)]

        log = parse([prefix.format(n) + text for n, text in enumerate(texts)])

        assert [cycle.number for cycle in log] == [4, 5], at
        assert log[0][:20] == parse([LINE])[0][:20]


@pytest.mark.parametrize("at", range(3, len(PIECES)))
def test_behind_a_number_anything_may_stand(at: int) -> None:
    """An empty line may be "1" and a line end, when the number before it looks longer: that line is given up."""
    log = parse(["".join(PIECES[:at]), "".join(PIECES[at:])])

    whole = [parse([LINE])[0][:20]]
    assert [cycle[:20] for cycle in log] == ([] if re.search("[0-9]$", "".join(PIECES[:at])) else whole)


def test_a_line_in_three_pieces_is_rejoined() -> None:
    """Two threads wrote; in between stand whole lines of others."""
    first, second, third = "".join(PIECES[:9]), "".join(PIECES[9:21]), "".join(PIECES[21:])

    log = parse([first + LOG, LOG, second + LOG, "", third + " (forced)"])

    assert [cycle[:18] for cycle in log] == [parse([LINE])[0][:18]]
    assert log[0].forced


def test_text_without_a_line_end_is_taken_out() -> None:
    """fmt.Fprint(os.Stderr, "waiting ... ") inside a line."""
    log = parse(["".join(PIECES[:9]) + "waiting ... " + "".join(PIECES[9:])])

    assert [cycle[:20] for cycle in log] == [parse([LINE])[0][:20]]
    assert log.problems.counts["torn"] == 1


def test_a_line_of_another_process_may_stand_inside() -> None:
    """Each is read, with its own numbers."""
    other = line(77, 9.0, live=50)

    log = parse(["".join(PIECES[:9]) + other, "".join(PIECES[9:])])

    assert sorted((cycle.number, cycle.heap_live_mb) for cycle in log) == [(4, 5), (77, 50)]


def test_forced_may_come_after_other_output() -> None:
    """The last write but one is " (forced)"."""
    log = parse([LINE + LOG, " (forced)", line(5) + LOG, "", line(6) + LOG])

    assert [(cycle.number, cycle.forced) for cycle in log] == [(4, True), (5, False), (6, False)]
    assert log.problems.counts["tail"] == 3


def test_a_rest_that_fits_two_beginnings_is_given_to_neither() -> None:
    """Two processes were interrupted at the same place."""
    head = "".join(PIECES[:9])

    log = parse([head + LOG, head.replace("gc 4", "gc 99") + LOG, "".join(PIECES[9:])])

    assert not log
    assert log.problems.counts["lost"] == 2


def test_a_rest_that_never_comes_is_said() -> None:
    """A hundred lines later it is given up; at the end of the file the line was cut off."""
    log = parse(["".join(PIECES[:9]) + LOG, *[LOG] * 100, line(5), "".join(PIECES[:9])])

    assert [cycle.number for cycle in log] == [5]
    assert [(problem.line, problem.kind) for problem in log.problems] == [(1, "lost"), (102, "gap"), (103, "file")]


def test_the_next_cycle_ends_the_wait_for_the_rest() -> None:
    """Go prints one line after the other: what comes behind gc 5 is not gc 4's."""
    head = "".join(PIECES[:9])

    log = parse([head + LOG, head.replace("gc 4", "gc 5") + LOG, "".join(PIECES[9:])])

    assert [cycle.number for cycle in log] == [5]
    assert log.problems[0][:2] == (1, "lost")


def test_halves_of_two_cycles_are_not_one() -> None:
    """The processor time of a stop is its clock times the processors: 0.052 and 0.21 ms, 0.009 and 0.009 do not fit."""
    rest = "".join(PIECES[11:]).replace("0.052+0.99", "0.21+0.99")

    log = parse(["".join(PIECES[:11]) + LOG, rest])

    assert not log


def test_real_logs_torn_at_random_keep_their_cycles() -> None:
    """More than half of all lines are torn, some often: what is read is what was written, and it is most of it."""
    rng = random.Random(5)
    others = [LOG, "GET /items 200 17", "{}", "goroutine 7 [running]:", "x=1 y=2.5", "3 done", "17", "100%", "4 MB"]
    truth = parse(DATA / "said.log")
    lines = (DATA / "said.log").read_text().splitlines()
    lost = 0
    for _ in range(40):
        text = ""
        for one in lines:
            for piece in [*writes(one), "\n"]:
                text += piece + (rng.choice(others) + "\n") * (rng.random() < 0.02)
        log = parse(text.splitlines())
        found = [cycle[:20] for cycle in log]
        assert set(found) <= {cycle[:20] for cycle in truth} | {cycle._replace(forced=False)[:20] for cycle in truth}
        assert len(found) == len(set(found))
        lost += len(truth) - len(found)
    assert lost < 0.2 * 40 * len(truth)
