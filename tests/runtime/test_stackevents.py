"""Each event of a stack says itself in one short sentence."""

import pytest

from gomemlab.runtime.events import Event
from gomemlab.runtime.stackevents import (
    AllgsGrown,
    DeadStacksFreed,
    GMade,
    GoroutineEnded,
    GReused,
    LocalPointed,
    StackCacheFlushed,
    StackCacheRefilled,
    StackCacheReleased,
    StackGrown,
    StackShrunk,
    StackSpanCut,
    StackSpanKept,
    StackSpansFreed,
    StartSizeSet,
)

AT = 0xC000008000
SENTENCES = [
    (StackSpanCut(3, 16, 2048), "Span 3 was cut into 16 stacks of 2 048 B."),
    (StackCacheRefilled(0, 8, 2048), "P0's stack cache took 8 stacks of 2 048 B from the pool."),
    (StackCacheReleased(1, 4, 4096), "P1's stack cache gave 4 stacks of 4 096 B to the pool."),
    (StackCacheFlushed(0, 1), "P0's stack cache was flushed: 1 free stack went to the pool."),
    (StackSpanKept(7, 65536), "Span 7 has no stack any more; the heap does not get it before the cycle is over."),
    (StackSpansFreed(1, 1), "The cycle is over, so 2 empty stack spans went back to the heap."),
    (
        StackGrown(2, AT, 2048, AT + 8192, 4096, 1128, 1),
        "G2's stack grew from 2 048 to 4 096 B: 1 128 B copied, 1 pointer adjusted.",
    ),
    (
        StackShrunk(2, AT, 8192, AT + 8192, 4096, 400, 3),
        "G2's stack shrank from 8 192 to 4 096 B: 400 B copied, 3 pointers adjusted.",
    ),
    (GMade(2, AT, AT + 8192, 2048), "G2 got a new g at 0xc000008000 and a stack of 2 048 B at 0xc00000a000."),
    (GReused(3, AT, AT, 2048, kept=True), "G3 got a dead goroutine's g with its stack of 2 048 B at 0xc000008000."),
    (GReused(3, AT, AT, 4096, kept=False), "G3 got a dead goroutine's g with a new stack of 4 096 B at 0xc000008000."),
    (AllgsGrown(2, AT), "The list of all gs got a new array, for 2 gs, at 0xc000008000."),
    (GoroutineEnded(2, 2048, kept=True), "G2 ended; its g, free now, keeps its stack of 2 048 B."),
    (GoroutineEnded(2, 8192, kept=False), "G2 ended; its g, free now, gave back its stack of 8 192 B."),
    (DeadStacksFreed(33), "33 stacks of dead gs were freed: no P keeps those gs."),
    (
        StartSizeSet(16384, 7500, 500),
        "500 scanned stacks had 7 500 B in use on average: reused gs now begin with 16 384 B.",
    ),
    (
        LocalPointed(1, "G1.stack[2]", "G1.stack[0]", AT),
        "G1 wrote G1.stack[2] = &G1.stack[0], 0xc000008000: a pointer into its own stack.",
    ),
]


@pytest.mark.parametrize(("event", "sentence"), SENTENCES, ids=lambda value: type(value).__name__)
def test_a_stack_event_says_itself(event: Event, sentence: str) -> None:
    """Past tense, with its numbers."""
    assert event.say().replace("\u202f", " ") == sentence
