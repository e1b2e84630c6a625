"""Each event between Go and the operating system says itself in one short sentence."""

import pytest

from gomemlab.runtime.events import Event
from gomemlab.runtime.memevents import (
    BACKGROUND,
    BY_HAND,
    FREE_OS_MEMORY,
    GROWTH,
    LIMIT,
    CAllocated,
    CFreed,
    KernelReclaimed,
    MemoryTouched,
    PagesScavenged,
    ScavengeEnded,
    ScavengerPaced,
    ScavengerParked,
    ScavengerSlept,
)

SENTENCES = [
    (PagesScavenged(128, 1, "MADV_FREE"), "1 free page from page 128 went back to the system (MADV_FREE)."),
    (ScavengeEnded(FREE_OS_MEMORY, -1, 8192), "FreeOSMemory gave 8 192 B back."),
    (ScavengeEnded(BACKGROUND, -1, 65536), "The background scavenger gave 65 536 B back."),
    (ScavengeEnded(GROWTH, 8192, 0), "An allocation that grew the heap gave 0 B back of 8 192 B wanted."),
    (ScavengeEnded(LIMIT, 1, 8192), "An allocation near the memory limit gave 8 192 B back of 1 B wanted."),
    (ScavengeEnded(BY_HAND, 9, 8192), "The scavenger gave 8 192 B back of 9 B wanted."),
    (ScavengeEnded(BY_HAND, 65536, 0), "The scavenger gave nothing back: no page is left that it may take."),
    (ScavengeEnded(FREE_OS_MEMORY, -1, 0), "FreeOSMemory gave nothing back: no page is left that it may take."),
    (ScavengerSlept(1_500_000, 150_000_000), "The scavenger worked 1.50 ms and sleeps 150 ms (cost model)."),
    (ScavengerParked(goals_met=True), "The background scavenger waits: both goals are met."),
    (ScavengerParked(goals_met=False), "The background scavenger waits: no page is left that it may take."),
    (MemoryTouched(0xC0, 9000, 2), "The program wrote 9 000 B at 0xc0: 2 pages became resident."),
    (MemoryTouched(0xC0, 1, 0), "The program wrote 1 B at 0xc0: all of it was resident already."),
    (CAllocated(0x7F, 64), "C.malloc took 64 B outside Go: only RSS can show them."),
    (CFreed(0x7F, 64), "C.free gave 64 B back; the collector never does that."),
    (KernelReclaimed(2), "The kernel needed memory and took 16 384 B that were marked MADV_FREE."),
    (ScavengerPaced(4096, -1), "The scavenger may leave 4 096 B of heap for GOGC."),
    (ScavengerPaced(4096, 95), "The scavenger may leave 4 096 B of heap for GOGC and 95 B in all for the limit."),
    (ScavengerPaced(-1, -1), "The scavenger has no goal: all may stay."),
]


@pytest.mark.parametrize(("event", "sentence"), SENTENCES, ids=lambda value: type(value).__name__)
def test_an_event_says_itself(event: Event, sentence: str) -> None:
    """In the past tense, with its numbers; spaces between thousands are narrow."""
    assert str(event).replace("\u202f", " ") == sentence
