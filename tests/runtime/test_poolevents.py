"""Each event of a pool says itself in one short sentence."""

import pytest

from gomemlab.runtime.events import Event
from gomemlab.runtime.poolevents import (
    PRIVATE,
    SHARED,
    STOLEN,
    VICTIM_PRIVATE,
    VICTIM_SHARED,
    DequeueAdded,
    DequeueDropped,
    HeaderBoxed,
    ItemGot,
    ItemPut,
    LocalMade,
    NewCalled,
    NilGot,
    NilPut,
    PoolAged,
    PoolListGrown,
    PoolMade,
    PutDropped,
    VictimEmpty,
)

SENTENCES = [
    (PoolMade(1, "objects of 64 B"), "Pool 1 was declared, whose New makes objects of 64 B."),
    (PoolMade(2, ""), "Pool 2 was declared, without a New."),
    (
        LocalMade(1, 0, 2, 0xC000000000, 256, 0),
        "P0 had no shard of pool 1: a new array of 2 shards, 256 B at 0xc000000000.",
    ),
    (
        LocalMade(1, 3, 4, 0xC000000000, 512, 1),
        "P3 had no shard of pool 1: a new array of 4 shards, 512 B at 0xc000000000; the old one's 1 item got lost.",
    ),
    (PoolListGrown(1, 0xC000000008), "The list of pools in use got a new array, for 1 pool, at 0xc000000008."),
    (ItemPut(1, 0, 0xC000000400, PRIVATE), "P0 put 0xc000000400 into its private slot of pool 1."),
    (ItemPut(1, 0, 0xC000000400, PRIVATE, 7), "P0 put item 7 (0xc000000400) into its private slot of pool 1."),
    (ItemPut(1, 1, "a", SHARED), "P1 put a into the head of its queue in pool 1."),
    (NilPut(1, 0), "P0 put nil into pool 1, which takes no notice."),
    (PutDropped(1, 0, 7), "Under -race, one Put in four is dropped: P0's 7 was."),
    (
        HeaderBoxed(0, 0xC000000018, 24),
        "P0 boxed a slice header: 24 B at 0xc000000018; a pointer to it needs no box.",
    ),
    (
        DequeueAdded(1, 0, 16, 0xC000000030, 0xC000000100),
        "P0's queue in pool 1 got a ring of 16 slots, 256 B at 0xc000000100.",
    ),
    (DequeueDropped(1, 2, 1), "1 drained ring left the tail of P2's queue in pool 1."),
    (ItemGot(1, 0, 3, PRIVATE, 0), "P0 got 3 from its private slot of pool 1."),
    (ItemGot(1, 0, 0xC000000400, PRIVATE, 0, 7), "P0 got item 7 (0xc000000400) from its private slot of pool 1."),
    (ItemGot(1, 0, 3, SHARED, 0), "P0 got 3 from the head of its queue in pool 1."),
    (ItemGot(1, 0, 3, STOLEN, 1), "P0 stole 3 from the tail of P1's queue in pool 1."),
    (ItemGot(1, 0, 3, VICTIM_PRIVATE, 0), "P0 got 3 from its private slot in the victim of pool 1."),
    (ItemGot(1, 0, 3, VICTIM_SHARED, 1), "P0 got 3 from the tail of P1's queue in the victim of pool 1."),
    (VictimEmpty(1, 0, 0), "P0 found nothing in the victim of pool 1: nobody looks there again."),
    (
        VictimEmpty(1, 0, 2),
        "P0 found nothing in the victim of pool 1: nobody looks there again; other Ps' private slots keep 2 items.",
    ),
    (NewCalled(1, 0, 0xC000000400, 3), "Pool 1 had nothing for P0: New made 0xc000000400 (call 3)."),
    (NilGot(1, 0), "Pool 1 had nothing for P0, and has no New: nil."),
    (PoolAged(1, 0, 1), "Pool 1 had no victim to drop; 1 item became the victim."),
    (PoolAged(1, 2, 0), "Pool 1 dropped its victim with 2 items; nothing moved there."),
]


@pytest.mark.parametrize(("event", "sentence"), SENTENCES)
def test_an_event_says_itself(event: Event, sentence: str) -> None:
    """Who, what, where, with the numbers."""
    assert event.say() == str(event) == sentence
