"""Worlds of several Ps, as lesson 11 tells of them."""

from pathlib import Path

import pytest

from gomemlab.checks import ownspans
from gomemlab.checks.lesson_11 import CHECKED
from gomemlab.checks.questions import Scene
from gomemlab.golang.trace import read
from gomemlab.recorded.scheduled import turns
from gomemlab.runtime.pooling import PoolHandle

DATA = Path(__file__).parent.parent / "data"


def test_a_busy_p_never_gets_a_span_that_another_has_cached() -> None:
    """It gets a new one, or what mcentral has; P1's 167 free slots stay, and no lock of the heap is taken."""
    nothing, partial, collected = ownspans.asks()

    assert (nothing.got, nothing.before, nothing.after) == ("a new span", 167, 167)
    assert (partial.got, partial.before, partial.after) == ("span 1, from mcentral", 167, 167)
    assert (collected.got, collected.before) == ("span 0, from mcentral (it was P1’s)", 0)
    assert [row.heap_lock for row in (nothing, partial, collected)] == [0, 0, 0]


def test_a_cache_keeps_its_surplus_until_everything_is_flushed() -> None:
    """Other sizes, another P's need and idleness change nothing; a collection, ReadMemStats and GOMAXPROCS do."""
    made, busy, needed, idle, collected, again, read_stats, gone = ownspans.leaves()

    assert [row.free for row in (made, busy, needed, idle)] == [167, 167, 167, 167]
    assert idle.what.endswith("and idles")
    assert [row.central for row in (collected, again, read_stats, gone)] == [1, 0, 1, 1]
    assert [row.spans for row in (collected, again, read_stats, gone)] == [0, 1, 0, 0]


def test_what_goes_away_with_a_p_is_what_the_table_asks_about() -> None:
    """A collection is the first of them."""
    assert ownspans.first_taken() == "a collection"


def test_a_thief_takes_goroutines_and_no_slots() -> None:
    """Four of the eight that wait behind runnext; then it allocates from a span of its own."""
    assert ownspans.taken() == (4, 0)
    assert ownspans.served_from() == "new"


def test_fewer_ps_give_back_and_more_ps_lose_the_pool() -> None:
    """Three spans come to mcentral; nine buffers stay within reach until P7 makes a new array of shards."""
    before, fewer, more, used = ownspans.resized()

    assert [row.central for row in (before, fewer, more, used)] == [0, 3, 3, 3]
    assert before.pages > fewer.pages
    assert [row.buffers for row in (before, fewer, more, used)] == [9, 9, 9, 0]
    assert ownspans.buffers_left() == 0


def test_after_gomaxprocs_pools_give_what_real_go_gives() -> None:
    """Go 1.27.3, goroutines pinned: 1, 3, 2 are P0's own; 5, 6, 8, 9, 11, 12 are stolen; three private ones are not.

    With more Ps it calls New eleven times, as P3 has made a new array.
    """
    world = ownspans.pooled_by_four().world
    pool = PoolHandle(world, ownspans.POOL)
    world.gomaxprocs(1)

    got = [pool.get() for _ in range(12)]

    assert got == [1, 3, 2, 5, 6, 8, 9, 11, 12, 1001, 1002, 1003]
    assert ownspans.after_more_ps().world.snapshot().pools[0].new_calls == 11


def test_counting_what_can_be_had_changes_nothing() -> None:
    """The Gets are a copy's."""
    world = ownspans.four_ps().world
    digest = world.digest()

    assert ownspans.to_be_had(world) == 9
    assert world.digest() == digest


@pytest.mark.parametrize("scene", [ownspans.two_caches, ownspans.one_more, ownspans.nine_goroutines, ownspans.four_ps])
def test_the_worlds_are_sound(scene: Scene) -> None:
    """check() finds nothing."""
    scene().world.check()


@pytest.mark.slow
@pytest.mark.parametrize("row", CHECKED, ids=lambda row: row[0].strip("`"))
def test_the_recordings_start_goroutines_as_the_lesson_says(row: tuple[str, str, int, int, int, int]) -> None:
    """956 of 956 on one P, 954 of 955 on two."""
    name, _, ps, starts, foretold, stolen = row

    result = turns(read(DATA / "schedules" / f"{name.strip('`')}.trace.gz"))

    assert (len(result.ticks), result.total, result.exact) == (ps, starts, foretold)
    assert result.why.get("stolen", 0) == stolen
