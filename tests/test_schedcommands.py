"""Commands for the scheduler do what the world's methods do, and say what they ask."""

from gomemlab.runtime.world import World
from gomemlab.schedcommands import Execute, Gopark, Goready, Gosched, SchedInit, Schedule
from gomemlab.timeline import Timeline


def test_a_history_of_turns_can_be_played_again() -> None:
    """Two goroutines take turns on one P; the timeline's world is the one that methods give."""
    by_hand = World(goroutines=2)
    by_hand.schedinit(7)
    by_hand.gopark(1)
    assert by_hand.schedule(0) == 2
    by_hand.goready(1)
    by_hand.gosched(2)
    by_hand.execute(1)
    timeline = Timeline(World(goroutines=2))

    results = [
        timeline.do(command) for command in (SchedInit(7), Gopark(1), Schedule(0), Goready(1), Gosched(2), Execute(1))
    ]

    assert results[2] == 2
    assert timeline.world.digest() == by_hand.digest()


def test_each_command_says_itself() -> None:
    """As the log shows them."""
    said = [
        str(command)
        for command in (
            SchedInit(),
            Schedule(),
            Schedule(1),
            Execute(2, 1),
            Gosched(1),
            Gosched(1, preempted=True),
            Gopark(1, "sleep"),
            Goready(1),
            Goready(1, -1),
        )
    ]

    assert said == [
        "the scheduler begins, seed 1",
        "some P looks for work",
        "P1 looks for work",
        "P1 runs G2",
        "G1 calls Gosched",
        "G1 is preempted",
        "G1 waits: sleep",
        "P0 wakes G1",
        "the network wakes G1",
    ]
