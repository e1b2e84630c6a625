"""What the pacer decided is told in sentences of the reader's language, with the numbers."""

import pytest

from gomemlab.runtime.events import Event
from gomemlab.runtime.pacerevents import (
    AssistPaid,
    AssistParked,
    AssistSkipped,
    CycleTriggered,
    GoalSet,
    LimiterChanged,
    SettingChanged,
    TimePassed,
    WorkerMarked,
    WorkerStarted,
)

NONE = (1 << 63) - 1


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (
            CycleTriggered(3, "heap", 4_000_000, 3_997_696, 4_194_304, limited=False),
            "Cycle 3 began: 4 000 000 B live reached the trigger 3 997 696 B; the goal 4 194 304 B.",
        ),
        (
            CycleTriggered(3, "heap", 40, 30, 50, limited=True),
            "Cycle 3 began: 40 B live reached the trigger 30 B; the goal 50 B, set by the memory limit.",
        ),
        (
            CycleTriggered(2, "time", 40, 30, 50, limited=False),
            "Cycle 2 began: the last one ended more than two minutes ago.",
        ),
        (CycleTriggered(1, "forced", 40, 30, NONE, limited=True), "Cycle 1 began: the program asked for it."),
        (GoalSet(10, 20, 30, limited=False), "10 B were found alive: the next trigger is 20 B, the goal 30 B."),
        (
            GoalSet(10, 20, 30, limited=True),
            "10 B were found alive: the next trigger is 20 B, the goal 30 B by the memory limit.",
        ),
        (
            GoalSet(10, NONE, NONE, limited=True),
            "10 B were found alive; with GOGC=off nothing triggers the next cycle.",
        ),
        (SettingChanged("GOGC", "100", "off", NONE, NONE), "GOGC went from 100 to off: nothing triggers a cycle."),
        (
            SettingChanged("GOMEMLIMIT", "off", "64 B", 50, 60),
            "GOMEMLIMIT went from off to 64 B: trigger 50 B, the goal 60 B.",
        ),
        (WorkerStarted(2, "dedicated"), "P2 became a dedicated worker."),
        (WorkerStarted(2, "idle"), "P2 became an idle worker."),
        (
            WorkerMarked(1, "fractional", 1, 640, 10_000),
            "P1's fractional worker marked 1 object and scanned 640 B in ≈ 10 000 ns.",
        ),
        (AssistPaid(1, 0, 64, 0, 65_536, 9), "G1 owed for 64 B allocated: it scanned 65 536 B itself."),
        (AssistPaid(1, 0, 64, 65_536, 0, 0), "G1 owed for 64 B allocated: it took credit for 65 536 B."),
        (
            AssistPaid(1, 0, 64, 100, 50, 9),
            "G1 owed for 64 B allocated: it took credit for 100 B and scanned 50 B itself.",
        ),
        (AssistParked(2, 64, 20_000), "G2 still owed for 64 B and waited ≈ 20 000 ns in the assist queue."),
        (AssistSkipped(2, 64), "G2 owed for 64 B, but the CPU limiter let it go on."),
        (LimiterChanged(on=True, fill=1000), "The CPU limiter engaged: 1 000 ns of collecting filled its bucket."),
        (LimiterChanged(on=False, fill=900), "The CPU limiter let go: the program drained its bucket."),
        (TimePassed(1000, 2000, 2), "≈ 1 000 ns passed, in which 2 Ps computed."),
        (TimePassed(1000, 2000, 0), "≈ 1 000 ns passed, in which the program slept."),
    ],
)
def test_each_event_says_what_happened(event: Event, sentence: str) -> None:
    """Thousands are parted by a narrow space."""
    assert str(event).replace("\u202f", " ") == sentence
