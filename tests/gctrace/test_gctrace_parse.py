"""Lines of every version and in every wrapping."""

import pytest

import gomemlab
from gomemlab.gctrace import Cycle, Log, grammar, parse, stream
from gomemlab.gctrace.extras import PacerEnd, PacerStart, Scan, Scavenge
from tests.gctrace.logs import LINE, line


def test_every_field_of_a_line_is_read() -> None:
    """A line of Go 1.27."""
    assert list(parse([LINE + "\n"])) == [
        Cycle(4, 0.04, 5, 0.052, 17, 0.009, 0.052, 0.99, 0.4, 2.1, 0.009, 9, 10, 5, 10, 1, 2, 4, False, False, 1)
    ]


def test_the_top_package_has_it() -> None:
    """gomemlab.gctrace.parse needs no import of its own."""
    assert gomemlab.gctrace.parse is parse


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        (LINE + " (forced)", "forced", True),
        (LINE.replace("5%:", "5% (checking for goroutine leaks):"), "leak_check", True),
        (LINE.replace("1 MB stacks, 2 MB globals, ", ""), "stacks_mb", None),
        (LINE.replace("10 MB goal", "8532210231535 MB goal"), "heap_goal_mb", 8_532_210_231_535),
        (LINE.replace("gc 4", "gc 1").replace("5%", "100%"), "gc_cpu_percent", 100),
    ],
)
def test_versions_differ_in_some_fields(text: str, field: str, value: object) -> None:
    """Go 1.26 may check for leaks, Go 1.17 told nothing of stacks, GOGC=off has a goal of exabytes."""
    [cycle] = parse([text])

    assert getattr(cycle, field) == value


@pytest.mark.parametrize(
    "wrapped",
    [
        "Nov 21 20:00:56 host service[123]: {}",
        "2026-11-21T20:00:56.123456789Z stderr F {}",
        "service-1  | {}",
        "I1121 20:00:56.000000       1 main.go:7] {}",
        '{{"log":"{}\\n","stream":"stderr","time":"2026-11-21T20:00:56Z"}}',
        '{{"MESSAGE":"{}","_PID":"123"}}',
        "<p>{}</p>",
        "{}\r",
        "\x1b[31m{}\x1b[0m",
    ],
)
def test_what_stands_around_a_line_does_not_matter(wrapped: str) -> None:
    """Systemd, Kubernetes, compose, docker's JSON, a web page, Windows."""
    log = parse(wrapped.format(LINE))

    assert [cycle[:20] for cycle in log] == [parse([LINE])[0][:20]]
    assert set(log.problems.counts) <= {"gap", "tail"}


@pytest.mark.parametrize("arrow", ["-\\u003e", "-&gt;"])
def test_an_arrow_that_json_or_html_has_changed_is_one(arrow: str) -> None:
    """Docker writes > as an escape."""
    [cycle] = parse([LINE.replace("->", arrow)])

    assert (cycle.heap_start_mb, cycle.heap_end_mb, cycle.heap_live_mb) == (9, 10, 5)


def test_html_stays_text() -> None:
    """A script in a log is a character string in a problem, and nothing else."""
    log = parse([LINE + "<script>alert(1)</script>", "<script>gc 5 @1.0s oh</script>"])

    assert len(log) == 1
    assert log.problems[-1].text == "<script>gc 5 @1.0s oh</script>"


def test_other_output_is_no_problem() -> None:
    """A thousand lines of a service between two of Go's."""
    log = parse([line(1), *["2026/11/21 20:00:00 request 7 took 3 ms"] * 1_000, line(2)])

    assert [cycle.line for cycle in log] == [1, 1_002]
    assert not log.problems
    assert log.lines == 1_002


def test_a_line_with_unknown_fields_gives_what_is_known() -> None:
    """A Go to come may tell of arenas."""
    later = LINE.replace("4 P", "7 MB arenas, 4 P")

    log = parse([later])

    assert log[0][:20] == parse([LINE])[0][:20]
    assert log.problems.counts["version"] == 1


def test_a_line_of_go_1_5_is_named_as_one() -> None:
    """Gc #8 @1.0s: five phases."""
    log = parse(["gc #8 @1.011s 5%: 0.042+0.54+0.9+0.5+0.3 ms clock, 4->4->1 MB, 4 MB goal, 4 P"])

    assert not log
    assert log.problems.counts == {"version": 1, "empty": 1}


def test_a_damaged_line_is_kept_as_a_problem() -> None:
    """A letter where a number should be."""
    log = parse([line(1), LINE.replace("17+", "1x7+"), line(5)])

    assert [cycle.number for cycle in log] == [1, 5]
    assert [(problem.line, problem.kind) for problem in log.problems] == [(2, "damaged"), (3, "gap")]
    assert log.problems[0].text == LINE.replace("17+", "1x7+")


def test_numbers_too_long_to_be_any_are_damage() -> None:
    """Python would refuse to read 5,000 digits."""
    log = parse([LINE.replace("17+", "1" * 5_000 + "+"), "gc " + "1" * 5_000 + " @1.0s"])

    assert not log
    assert log.problems.counts["damaged"] == 1


def test_a_log_without_a_line_says_what_to_do() -> None:
    """GODEBUG=gctrace=1 ./service 2> gc.log."""
    log = parse(["hello", "world"])

    assert "no gctrace line in 2 lines" in log.problems[0].what
    assert "GODEBUG=gctrace=1 ./service 2> gc.log" in log.problems[0].done
    assert "no gctrace line in 1 line." in parse(["hello"]).problems[0].what
    assert str(parse("").problems[0]).startswith("There is no gctrace line in 0 lines.")


def test_a_duration_that_cannot_be_is_said() -> None:
    """The clock ran back inside the cycle: Go prints 18446744073709 ms."""
    log = parse([LINE.replace("17+", "18446744073709+").replace("gc 4", "gc 1")])

    assert log[0].clock_mark_ms == 18_446_744_073_709
    assert log.problems.counts == {"duration": 1}


def test_a_cycle_that_go_began_after_two_minutes_is_marked() -> None:
    """A line "GC forced" stands on a line before it; "(forced)" at the end means runtime.GC."""
    log = parse([line(1), "GC forced", line(2), line(3) + " (forced)"])

    assert [(cycle.periodic, cycle.forced) for cycle in log] == [(False, False), (True, False), (False, True)]


def test_the_scavenger_and_the_pacer_are_read_too() -> None:
    """scavtrace=1, gcpacertrace=1, gctrace=2; of several versions."""
    log = parse(
        [
            "scav 12 KiB work (bg), 3 KiB work (eager), 2776 KiB now, 94% util (forced)",
            "scav 12 KiB work, 2776 KiB total, 94% util",
            "pacer: assist ratio=+7.06e-001 (scan 0 MB in 1->4 MB) workers=1+0.25",
            "pacer: assist ratio=+Inf (scan 0 MB in 1->4 MB) workers=1+NaN",
            "pacer: 25% CPU (25 exp.) for 1+2+3 B work (6 B exp.) in 7 B -> 8 B (∆goal -9, cons/mark +1.5e+000)",
            "pacer: sweep done at heap size 0MB; allocated 0MB during sweep; swept 121 pages at 5.1e-05 pages/byte",
            "pacer: assist ratio=1.2.3 (scan 0 MB in 1->4 MB) workers=1+0",
            "scan: total 29+35+15=79 objs, 8+2=10 spans",
            "scan: class 16B 5 objs",
            line(1),
        ]
    )

    assert log.extras[:3] == [
        Scavenge(1, 12, 3, 2_776, 94, True),
        Scavenge(2, None, None, 2_776, 94, False),
        PacerStart(3, 0.706, 0, 1, 4, 1, 0.25),
    ]
    assert log.extras[4] == PacerEnd(5, 25, 25, 1, 2, 3, 6, 7, 8, -9, 1.5)
    assert log.extras[6:] == [Scan(8, "total", 29, 35, 15, 8, 2), Scan(9, "16B", 5, 0, 0, 0, 0)]
    assert len(log) == 1


def test_a_stream_hands_cycles_on_as_they_come() -> None:
    """The second line was not read when the first cycle is there."""
    given = iter([LINE, *["x"] * 5_000])
    heard: list[object] = []

    reader = stream(given, extras=heard.append)
    first = next(iter(reader))

    assert first.number == 4
    assert next(given) == "x"
    assert reader.cycles == 1


def test_reading_can_be_stopped() -> None:
    """`stop` is asked before each batch."""
    log = parse((line(number) for number in range(1, 10_000)), stop=lambda: True)

    assert not log
    assert "stopped" in log.problems[0].what


def test_a_log_is_a_sequence_with_a_table() -> None:
    """log[0], log[-2:], len(log), log.frame()."""
    log = parse([line(1), line(2), "gc 3 @1.0s"])

    frame = log.frame()

    assert isinstance(log, Log)
    assert [cycle.number for cycle in log[-2:]] == [1, 2]
    assert list(frame.columns) == list(Cycle._fields)
    assert frame.heap_goal_mb.tolist() == [10, 10]
    assert repr(log) == "<gctrace log: 2 cycles of 1 process, 1 problem>"
    assert len(log.problems[:1]) == 1


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((), "0 cycles of 0 processes"),
        ((1,), "1 cycle of 1 process, 0 problems"),
        ((1, 2, 1), "3 cycles of 2 processes"),
    ],
)
def test_a_log_says_how_many_it_has(numbers: tuple[int, ...], said: str) -> None:
    """One process, two processes."""
    assert said in repr(parse([line(number) for number in numbers]))


def test_of_very_many_problems_the_first_are_kept_and_all_counted() -> None:
    """3,000 damaged lines; numbers of a hundred thousand kinds are read without remembering them all."""
    log = parse([LINE.replace("17+", "x+").replace("52", str(n)) for n in range(3_000)])

    assert len(log.problems) == 1_001  # and that the log is empty
    assert log.problems.left_out == 2_000
    assert log.problems.counts["damaged"] == 3_000


def test_numbers_never_seen_before_are_read_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many are remembered."""
    monkeypatch.setattr(grammar._Numbers, "MOST", 0)

    assert parse([LINE.replace("9->", "987654->")])[0].heap_start_mb == 987_654
