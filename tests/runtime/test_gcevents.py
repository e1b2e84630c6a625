"""Every event of sweeping says what happened in one sentence with its numbers."""

import pytest

from gomemlab.runtime import gcevents
from gomemlab.runtime.events import Event
from gomemlab.runtime.gcevents import (
    Reclaimed,
    SpanSwept,
    SweepBegan,
    SweepCredit,
    SweepDone,
    SweepOwed,
    SweepPaced,
    SweepTurn,
    ZombieFound,
)

ALL = {kind for kind in vars(gcevents).values() if isinstance(kind, type) and issubclass(kind, Event)} - {Event}
SENTENCES = [
    (SweepBegan(4, 11, 55), "sweepgen became 4: 11 spans turned unswept, untouched."),
    (SweepPaced(160, 8192), "160 pages must be swept within the next 8\u202f192 allocated bytes."),
    (SpanSwept(9, 1, 5, 6), "Sweeping span 9 freed 1 slot; 5 of 6 stay taken."),
    (SpanSwept(9, 1, 5, 6, "partialSwept", "GC"), "Sweeping span 9 freed 1 slot; 5 of 6 stay taken in partialSwept."),
    (
        SpanSwept(9, 1, 5, 6, "partialSwept", "flush"),
        "Sweeping span 9, which its P gave back, freed 1 slot; 5 of 6 stay taken in partialSwept.",
    ),
    (SpanSwept(9, 6, 0, 6, "heap", "reclaim"), "Sweeping span 9 freed 6 slots; 0 of 6 stay taken."),
    (
        ZombieFound(3, 5, 0xC000000078, 1),
        "Free slot 5 of span 3 at 0xc000000078 was marked: found pointer to free object.",
    ),
    (
        ZombieFound(3, 5, 0xC000000078, 2),
        "Free slot 5 of span 3 at 0xc000000078 was marked (2 in all): found pointer to free object.",
    ),
    (SweepTurn(10), "The background sweeper swept 10 spans and let others run."),
    (SweepCredit(1, 40, 12, 3), "Sweeping was 12 pages behind: P1 swept 3 spans before it allocated."),
    (SweepOwed(3), "3 pages will be swept before the next span is made or cached."),
    (Reclaimed(0, 12, 0, 2, 16), "P0 needed 12 pages, looked through 2 chunks and reclaimed 16 pages."),
    (Reclaimed(0, 7, 7, 0, 0), "P0 needed 7 pages; sweeping had freed as many before."),
    (Reclaimed(0, 7, 3, 0, 0), "P0 needed 7 pages; no chunk was left to reclaim some from."),
    (SweepDone(4, 55), "Nothing is left to sweep at sweepgen 4: the sweep covered 55 pages."),
]


@pytest.mark.parametrize(("event", "sentence"), SENTENCES)
def test_an_event_says_itself(event: Event, sentence: str) -> None:
    """SpanSwept(9, 1, 5, 6) says: Sweeping span 9 freed 1 slot; 5 of 6 stay taken."""
    assert event.say() == str(event) == sentence


def test_every_kind_of_event_has_a_sentence_here() -> None:
    """A new event needs a row above."""
    assert {type(event) for event, _ in SENTENCES} == ALL


@pytest.mark.parametrize(("event", "sentence"), SENTENCES)
def test_a_sentence_is_one_sentence_with_a_number(event: Event, sentence: str) -> None:
    """It ends with its only full stop, and names at least one number."""
    assert sentence.count(". ") == 0
    assert sentence.endswith(".")
    assert any(character.isdigit() for character in sentence)
    assert event.go.isascii()
