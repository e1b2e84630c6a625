"""Each event of the scheduler says itself in one short sentence."""

import pytest

from gomemlab.runtime.events import Event
from gomemlab.runtime.schedevents import (
    BY_HAND,
    GLOBAL,
    GLOBAL_TURN,
    LOCAL,
    RUNNEXT,
    STOLEN,
    STOLEN_NEXT,
    GMoved,
    GParked,
    GPicked,
    GQueued,
    GReadied,
    GYielded,
    PIdled,
    PWoken,
    QueueHandedOver,
    QueueOverflowed,
    SchedulerBegan,
)

SENTENCES = [
    (SchedulerBegan(2, 3), "The scheduler began with 2 Ps: G1 runs on P0, 3 others can run."),
    (GQueued(2, 0, RUNNEXT, 0), "G2 will be next on P0 (runnext)."),
    (GQueued(3, 0, RUNNEXT, 2), "G3 will be next on P0 (runnext); G2, which was, went to the end of its queue."),
    (GQueued(3, 1, LOCAL, 0), "G3 went to the end of P1's queue."),
    (GQueued(3, -1, GLOBAL, 0), "G3 went to the end of the global queue."),
    (
        QueueOverflowed(0, 129),
        "P0's queue of 256 was full: 129 goroutines, half of it and the newest, became global.",
    ),
    (GPicked(0, 5, RUNNEXT, 12), "P0 ran G5, its runnext, in what was left of the time slice: still tick 12."),
    (GPicked(0, 5, LOCAL, 13), "P0 ran G5, the first of its queue: tick 13."),
    (GPicked(0, 7, GLOBAL, 13, 3), "P0 had none, and took 3 goroutines from the global queue: G7 ran, tick 13."),
    (GPicked(0, 7, GLOBAL_TURN, 62), "P0's tick 61 can be divided by 61: G7 from the global queue ran first."),
    (GPicked(1, 5, STOLEN, 1, 3, 2), "P1 stole 3 goroutines, half of P2's queue, and ran the last of them, G5."),
    (
        GPicked(1, 5, STOLEN_NEXT, 1, 1, 2),
        "P1 found nothing to steal but P2's runnext, at its fourth try: G5 ran.",
    ),
    (GPicked(1, 5, BY_HAND, 1), "P1 ran G5, as it was told; its queues had no say."),
    (GYielded(1, 0, preempted=False), "G1 called Gosched on P0, and went to the end of the global queue."),
    (GYielded(1, 0, preempted=True), "G1 was preempted on P0, and went to the end of the global queue."),
    (GParked(1, 0, "chan receive"), "G1 let P0 go, and waits: chan receive."),
    (GReadied(2, 1, 0, "sleep"), "G1 woke G2, which waited: sleep."),
    (GReadied(2, 0, 3, "sleep"), "A timer or the network on P3 woke G2, which waited: sleep."),
    (GReadied(2, 0, -1, "IO wait"), "A timer or the network woke G2, which waited: IO wait."),
    (PWoken(3), "P3 was idle, and was woken to look for work."),
    (PIdled(1, others=False), "P1 found nothing to run anywhere, and became idle."),
    (PIdled(1, others=True), "P1 left stealing to those who look already, and became idle."),
    (QueueHandedOver(3, 1), "P3 went away: 1 goroutine of its queue became the first global ones."),
    (GMoved(4, 3, 0), "G4, which set GOMAXPROCS, went on from P3 to P0."),
]


@pytest.mark.parametrize(("event", "sentence"), SENTENCES)
def test_an_event_says_what_happened(event: Event, sentence: str) -> None:
    """With its numbers, in at most 20 words."""
    assert str(event) == sentence
    assert len(sentence.split()) <= 20
    assert event.go
