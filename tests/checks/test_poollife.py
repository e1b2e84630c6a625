"""Worlds with a pool, as lesson 10 tells of them, beside what real Go 1.27.3 did."""

import json
from pathlib import Path

import pytest

from gomemlab.checks import poollife
from gomemlab.checks.lesson_10 import CHECKED
from gomemlab.golang.trace import read
from gomemlab.golang.wire import Ev
from gomemlab.runtime.poolevents import PRIVATE, STOLEN, ItemGot, NewCalled

DATA = Path(__file__).parent.parent / "data"
GOLDEN = json.loads((DATA / "go1.27.3_sync_pool.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("gcs", "key"), [(0, "put10_get10"), (1, "after_1_gc")])
def test_ten_gets_give_what_real_go_gives(gcs: int, key: str) -> None:
    """1, 10, 9, …, 2 without a GC; 1, 2, …, 10 after one."""
    assert list(poollife.after(gcs)) == GOLDEN[key]


def test_the_second_gc_drops_what_nobody_took() -> None:
    """All ten without use; nine where one was touched in between."""
    assert poollife.news(poollife.after(2)) == GOLDEN["after_2_gc_new_calls"]
    assert poollife.news(poollife.touched()) == GOLDEN["touch_one_between_gcs_new_calls"]


def test_another_p_steals_the_oldest_first_and_never_the_private_one() -> None:
    """2, 3, …, 10 and then New."""
    assert list(poollife.from_another_p()) == GOLDEN["steal_from_other_P"]


def test_a_warmed_pool_shrinks_to_its_use() -> None:
    """Ten, then four from the second GC on; no New meanwhile, and six of ten in a burst."""
    golden = GOLDEN["warm10_use4_5cycles"]

    rows = poollife.warm_rows()

    assert [victim for _, _, victim, _ in rows] == [0, 10, 4, 4, 4, 4]
    assert rows[-1][-1] == golden["new_during"]
    assert poollife.burst() == golden["then_get10_new"]


def test_the_table_of_fates_adds_up() -> None:
    """Ten buffers are in the shard, in the victim, or made anew."""
    assert [(local + victim + new, new) for _, local, victim, _, new in poollife.fates()] == [
        (10, 0),
        (10, 0),
        (10, 10),
    ]


def test_only_clearing_lets_go_of_what_a_slice_points_to() -> None:
    """329,176 B with and without [:0], 1,496 B with clear: to the byte what a program on Go 1.27.3 freed by GCs."""
    assert [row[1:] for row in poollife.stale_rows()] == [(329_176, 0), (329_176, 0), (1_496, 0)]
    assert poollife.stale_bytes() == poollife.TEN * poollife.PARTS * poollife.BODY


def test_a_put_makes_what_real_go_makes() -> None:
    """B/op of benchmarks on Go 1.27.3: a []byte 24, the *[]byte of the Get 0, a new *[]byte 24, a struct 0."""
    assert [row[1:] for row in poollife.putting()] == [(1000, 24_000), (0, 0), (1000, 24_000), (0, 0)]


def test_from_the_shard_first_then_from_the_victim() -> None:
    """Real Go says the same: 4, 6, 5, and then 1, 2, 3."""
    assert poollife.six_gets() == (4, 6, 5, 1, 2, 3)


def test_the_moments_to_show_are_those_that_were_asked_for() -> None:
    """A Get after two GCs calls New, the tenth theft is none, and the fifth of a burst calls New."""
    two, last, burst = poollife.two_gcs(), poollife.last_of_ten(), poollife.after_the_burst()

    for line in (two, last, burst):
        assert any(isinstance(event, NewCalled) for event in line.events(len(line)))
    got = [event for event in last.events(len(last) - 1) if isinstance(event, ItemGot)]
    assert [(event.where, event.p, event.owner) for event in got] == [(STOLEN, 0, 1)]
    assert poollife.info(two.world).private == 0
    assert poollife.info(burst.world).private > 0, PRIVATE


def test_ten_buffers_with_fields_are_parted_between_pool_and_program() -> None:
    """Five wait in the pool, each pointing to 4 KiB, and five are with the program."""
    pool = poollife.info(poollife.with_fields().world)

    assert poollife.items(pool.local) == 5
    assert len(pool.out) == 5
    assert all(len(item.pointers) == 1 for item in pool.out)


def test_the_recordings_have_as_many_gets_as_the_lesson_says() -> None:
    """2463, 640 and 841; tests/recorded/test_pooled.py compares each of them with the model's."""
    for name, _, gets, _, _ in CHECKED:
        trace = read(DATA / "recordings" / f"{name.strip('`')}.trace.gz")
        logged = [trace.string(row, 1) for row in trace.rows(Ev.USER_LOG).tolist()]

        assert sum(one.partition(" ")[0] == "got" for one in logged) == gets
