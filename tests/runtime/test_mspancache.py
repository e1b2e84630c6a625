"""Span records: a P takes 64 at once and keeps up to 128."""

import pytest

from gomemlab.runtime.alloc.mspancache import CAPACITY, NO_P, REFILL, MSpanCache
from gomemlab.runtime.errors import ThrowError


def used(n: int, p: int = 0) -> MSpanCache:
    """Return records after n spans were made on P p."""
    records = MSpanCache()
    for _ in range(n):
        records.alloc(p)
    return records


@pytest.mark.parametrize(("spans", "inuse"), [(1, 64), (64, 64), (65, 128), (128, 128), (129, 192)])
def test_records_come_by_64(spans: int, inuse: int) -> None:
    """The 65th span is what the second 64 are for."""
    assert used(spans).inuse == inuse


def test_each_p_keeps_its_own() -> None:
    """One span on P0 and one on P1: 128 records."""
    records = used(1)

    records.alloc(1)

    assert (records.inuse, records.ready) == (128, {0: 63, 1: 63})


def test_without_a_p_a_record_is_made_and_dropped_alone() -> None:
    """A thread without a P keeps none."""
    records = used(1, NO_P)

    inuse = [records.inuse]
    records.free(NO_P)

    assert [*inuse, records.inuse, records.ready] == [1, 0, {}]


def test_a_p_keeps_no_more_than_128() -> None:
    """200 spans took 256 records, 56 are ready; of 200 given back 72 are kept."""
    records = used(200)

    for _ in range(200):
        records.free(0)

    assert (records.inuse, records.ready) == (CAPACITY, {0: CAPACITY})


def test_a_p_that_goes_away_gives_back_what_it_kept() -> None:
    """One span in use stays, 63 go; a P that never had any gives none."""
    records = used(1, p=1)

    records.drop(1)
    records.drop(2)

    assert (records.inuse, records.ready) == (1, {})


def test_a_copy_is_its_own() -> None:
    """A span on the copy is none on the original."""
    records = used(1)

    records.copy().alloc(0)

    assert records == MSpanCache(REFILL, {0: REFILL - 1}, REFILL)


def test_check_counts() -> None:
    """One span and 63 ready are 64; two spans would be one too many."""
    records = used(1)

    records.check(spans=1)
    with pytest.raises(ThrowError, match="64 span records for 2 spans"):
        records.check(spans=2)
