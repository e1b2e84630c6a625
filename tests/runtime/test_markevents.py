"""Every event of marking says what happened in one sentence with its numbers."""

import pytest

from gomemlab.runtime import markevents
from gomemlab.runtime.events import Event
from gomemlab.runtime.markevents import (
    BadPointerFound,
    BarrierFlushed,
    BarrierQueued,
    FrameEntered,
    FrameLeft,
    GoroutineStarted,
    MarkBegan,
    MarkEnded,
    MarkResumed,
    NoWorkLeft,
    ObjectMade,
    ObjectScanned,
    ObjectsDropped,
    PointerWritten,
    RootScanned,
    SpanScanned,
    StacksRescanned,
    WorldStopped,
)

ALL = {kind for kind in vars(markevents).values() if isinstance(kind, type) and issubclass(kind, Event)} - {Event}
A, B = 0xC000000010, 0xC000000020
SENTENCES = [
    (WorldStopped(3, "mark termination"), "Stop 3 of the world, for mark termination."),
    (
        MarkBegan(1, 3, "greentea", "hybrid"),
        "Cycle 1 began to mark: greentea marker, hybrid barrier, 3 root jobs.",
    ),
    (RootScanned(0, "G1's stack", 2, 1), "P0's worker scanned G1's stack: 2 pointers, 1 object newly reached."),
    (ObjectScanned(1, A, 1, 0), "P1's worker scanned 0xc000000010: 1 pointer, 0 objects newly reached."),
    (SpanScanned(0, 7, 5, 2), "P0's worker visited span 7: scanned 5 objects there, 2 objects newly reached."),
    (BadPointerFound(A), "A pointer led to 0xc000000010, where no span is: found bad pointer in Go heap."),
    (NoWorkLeft(0), "P0's worker found no grey object left."),
    (
        PointerWritten(1, "global[0]", A, 0, marking=True, on_stack=False),
        "G1: global[0] = nil, before 0xc000000010.",
    ),
    (
        PointerWritten(1, "G1.stack[0]", 0, A, marking=True, on_stack=True),
        "G1: G1.stack[0] = 0xc000000010, before nil; a store on the stack has no barrier.",
    ),
    (
        PointerWritten(2, "global[0]", A, B, marking=False, on_stack=False),
        "G2: global[0] = 0xc000000020, before 0xc000000010; no cycle marks, so no barrier ran.",
    ),
    (
        PointerWritten(1, "G1.stack[0]", 0, A, marking=False, on_stack=True),
        "G1: G1.stack[0] = 0xc000000010, before nil; a store on the stack has no barrier.",
    ),
    (
        BarrierQueued(0, A, B, 2, 4, "hybrid"),
        "The hybrid barrier queued 2 entries, new 0xc000000010 and old 0xc000000020; P0's buffer holds 4 of 512.",
    ),
    (BarrierQueued(0, 0, 0, 1, 1, "yuasa"), "The yuasa barrier queued 1 entry, nil; P0's buffer holds 1 of 512."),
    (BarrierQueued(0, 0, 0, 0, 0, "dijkstra"), "The dijkstra barrier queued nothing for this store."),
    (BarrierFlushed(1, 512, 1), "P1's barrier buffer was flushed: 512 entries, 1 object newly reached."),
    (
        ObjectMade(1, 4, A, 2, black=True),
        "G1 made object 4 at 0xc000000010 with 2 pointer slots, black from birth.",
    ),
    (ObjectMade(1, 4, A, 1, black=False), "G1 made object 4 at 0xc000000010 with 1 pointer slot."),
    (ObjectsDropped(2), "The program dropped 2 objects; the next cycle will not reach them."),
    (FrameEntered(2, "main.serve", 1), "G2 called main.serve, whose frame has 1 pointer slot."),
    (FrameLeft(2, "main.serve"), "G2 returned from main.serve; the pointers in its frame are gone."),
    (GoroutineStarted(3, 1, 2), "G1 started G3; the barrier queued 2 arguments."),
    (GoroutineStarted(3, 1, 0), "G1 started G3."),
    (
        StacksRescanned(2, 1),
        "With the world stopped, the collector scanned 2 stacks once more: 1 object newly reached.",
    ),
    (MarkResumed(1), "The last barrier buffers made 1 object grey, so marking goes on."),
    (MarkEnded(1, 10, 0), "Cycle 1 ended marking with a mark on 10 objects."),
    (
        MarkEnded(1, 10, 1),
        "Cycle 1 ended marking with a mark on 10 objects; 1 living object without one counted as dead.",
    ),
]


@pytest.mark.parametrize(("event", "sentence"), SENTENCES, ids=lambda x: type(x).__name__)
def test_an_event_says_itself(event: Event, sentence: str) -> None:
    """With its numbers, in the past tense."""
    assert str(event) == sentence


def test_every_event_has_a_sentence_here() -> None:
    """A new event needs one."""
    assert {type(event) for event, _ in SENTENCES} == ALL
