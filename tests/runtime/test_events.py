"""Every event says what happened in one sentence with its numbers."""

from dataclasses import FrozenInstanceError, fields

import pytest

from gomemlab.runtime import events
from gomemlab.runtime.events import (
    ArenaReserved,
    CacheFlushed,
    CacheMissed,
    CentralEmpty,
    Event,
    HeapGrown,
    LargeMade,
    ManualMade,
    PageCacheFilled,
    PageCacheFlushed,
    PagesFound,
    PagesFromCache,
    RecordsTaken,
    RunTaken,
    SlotTaken,
    SpanCached,
    SpanFreed,
    SpanMade,
    SpanUncached,
    TinyAdded,
    TinyBlockTaken,
    TinyPlaced,
    ZeroSized,
    told,
)
from gomemlab.runtime.phrases import count, slot_name
from gomemlab.runtime.world import World

ALL = {kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event)} - {Event}
PLACE = "slot 2 of span 4 at 0xc000000020"
SENTENCES = [
    (ZeroSized(1), "P1 asked for 0 B and got zerobase, as every such request does; nothing was allocated."),
    (
        TinyPlaced(0, 5, 0xC000000010, 3),
        "5 B fitted into P0's tiny block at 0xc000000010, at offset 3; no slot was used.",
    ),
    (TinyAdded(1), "An object of unknown size fitted into P1's tiny block; no slot was used."),
    (
        TinyBlockTaken(0, 15, 0xC000000020, 4, 2, kept=True, first=False),
        f"15 B did not fit P0's tiny block: {PLACE}; the old block has at least as much room and stays current.",
    ),
    (
        TinyBlockTaken(0, 6, 0xC000000020, 4, 2, kept=False, first=False),
        f"6 B did not fit P0's tiny block: {PLACE}; it is now the tiny block.",
    ),
    (
        TinyBlockTaken(0, 6, 0xC000000020, 4, 2, kept=False, first=True),
        f"P0 had no tiny block: 6 B got {PLACE}; it is now the tiny block.",
    ),
    (
        SlotTaken(2, 20, 7, 24, 3, 5, 0xC000000078),
        "20 B got slot 5 of P2's span 3 (24 B noscan), at 0xc000000078.",
    ),
    (RunTaken(0, 336, 7, 24, 3, 0, 0xC000000000), "336 objects got slots 0 to 335 of P0's span 3 (24 B noscan)."),
    (RunTaken(0, 1, 6, 24, 3, 7, 0xC000000000), "1 object got slot 7 of P0's span 3 (24 B scan)."),
    (CacheMissed(0, 7, 24, -1, 0), "P0's mcache had no span for 24 B noscan."),
    (CacheMissed(0, 7, 24, 3, 336), "P0's span 3 for 24 B noscan was full: 336 of 336 slots taken."),
    (
        SpanUncached(1, 3, 7, "fullSwept", 336, 336),
        "P1 gave span 3 back to mcentral's fullSwept: 336 of 336 slots taken.",
    ),
    (SpanCached(0, 9, 99, 6784, "new", 0, 6), "P0 cached new span 9 for 6784 B noscan: 0 of 6 slots taken."),
    (
        SpanCached(0, 9, 99, 6784, "partialSwept", 5, 6),
        "mcentral gave P0 span 9 from partialSwept: 5 of 6 slots taken.",
    ),
    (CentralEmpty(99, 6784, 0), "mcentral found no span with a free 6784 B noscan slot."),
    (
        CentralEmpty(99, 6784, 101),
        "mcentral found no span with a free 6784 B noscan slot after sweeping 101 full spans.",
    ),
    (PageCacheFilled(0, 0, 0), "P0's page cache was empty and the heap had no free page for it."),
    (PageCacheFilled(0, 64, 1), "P0's page cache was empty and took 1 free page of the 64 from page 64."),
    (PagesFromCache(1, 70, 2), "P1's page cache gave 2 pages at page 70, with no lock."),
    (RecordsTaken(1, 64), "P1 had no span record ready and took 64, under the heap lock."),
    (PagesFound(60, 20), "The first free run of 20 pages began at page 60."),
    (ArenaReserved(0, 1, 0xC000000000), "The heap reserved 1 arena of 64 MiB from 0xc000000000."),
    (HeapGrown(1, 512, 1024), "No free run of 1 page: the heap grew by 512 pages, 4 MiB, from page 1024."),
    (SpanMade(3, 0, 1, 7, 24, 336, needzero=False), "New span 3 for 24 B noscan: 1 page at page 0, 336 slots."),
    (
        SpanMade(3, 8, 1, 7, 24, 336, needzero=True),
        "New span 3 for 24 B noscan: 1 page at page 8, 336 slots; used before, so clear before use.",
    ),
    (
        LargeMade(0, 1_048_577, 129, 3, 0xC000000000, pointers=False),
        "1\u202f048\u202f577 bytes are large: P0 got span 3 of 129 pages at 0xc000000000.",
    ),
    (ManualMade(3, 64, 4), "Span 3 for stacks: 4 pages at page 64."),
    (SpanFreed(3, 60, 20), "Span 3 was freed: 20 pages from page 60 are idle again."),
    (CacheFlushed(0, 3), "P0's mcache gave back 3 spans and forgot its tiny block."),
    (PageCacheFlushed(1, 61), "P1's page cache gave 61 pages back to the heap."),
    (PageCacheFlushed(1, 0), "P1's page cache had no pages to give back to the heap."),
]


@pytest.mark.parametrize(
    ("event", "sentence"), SENTENCES, ids=lambda v: type(v).__name__ if isinstance(v, Event) else ""
)
def test_an_event_says_itself(event: Event, sentence: str) -> None:
    """ZeroSized(1) says: P1 asked for 0 B and got zerobase, ..."""
    assert event.say() == str(event) == sentence


def test_every_kind_of_event_has_a_sentence_here() -> None:
    """A new event needs a row above."""
    assert {type(event) for event, _ in SENTENCES} == ALL


@pytest.mark.parametrize(
    ("event", "sentence"), SENTENCES, ids=lambda v: type(v).__name__ if isinstance(v, Event) else ""
)
def test_a_sentence_is_one_sentence_with_a_number(event: Event, sentence: str) -> None:
    """It ends with its only full stop, and names at least one number."""
    assert sentence.count(". ") == 0
    assert sentence.endswith(".")
    assert any(character.isdigit() for character in sentence)
    assert event.go.isascii()


@pytest.mark.parametrize("kind", sorted(ALL, key=lambda kind: kind.__name__))
def test_an_event_is_a_frozen_value(kind: type[Event]) -> None:
    """What happened does not change."""
    event = next(event for event, _ in SENTENCES if type(event) is kind)
    name = fields(event)[0].name  # type: ignore[arg-type]

    with pytest.raises(FrozenInstanceError):
        setattr(event, name, 1)


def test_an_event_without_a_sentence_is_not_finished() -> None:
    """The base class says nothing."""
    with pytest.raises(NotImplementedError):
        Event().say()


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "0 slots"),
        (1, "1 slot"),
        (2, "2 slots"),
        (1000, "1\u202f000 slots"),
        (12_345_678, "12\u202f345\u202f678 slots"),
    ],
)
def test_a_count_is_in_words(n: int, words: str) -> None:
    """One slot, two slots; thousands are parted."""
    assert count(n, "slot") == words


@pytest.mark.parametrize(
    ("spanclass", "elemsize", "name"),
    [(7, 24, "24 B noscan"), (6, 24, "24 B scan"), (0, 0, "large scan"), (1, 8192, "large noscan")],
)
def test_a_slot_has_a_name(spanclass: int, elemsize: int, name: str) -> None:
    """A large object's slot is as large as it is, so its name says only "large"."""
    assert slot_name(spanclass, elemsize) == name


def test_entries_become_events() -> None:
    """A log's entry is an event's class and fields."""
    assert told([(PagesFound, 60, 20), (ZeroSized, 0)]) == (PagesFound(60, 20), ZeroSized(0))


def test_a_life_tells_only_of_what_there_is() -> None:
    """Every span, slot and page that the events of a long life name existed then."""
    world = World(procs=2)
    for i in range(600):
        address = world.malloc(i * 37 % 40_000, pointers=i % 3 == 0, p=i % 2)
        spans = world.allocator.heap.spans
        for event in world.events:
            assert event.say().endswith(".")
            if isinstance(event, SlotTaken):
                assert spans[event.span].base <= event.address < spans[event.span].limit
                assert address == event.address
            if isinstance(event, SpanMade):
                assert world.allocator.heap.page_of(spans[event.span].base) == event.page
