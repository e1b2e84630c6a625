"""The span sets that lesson 05 shows: their counts are those of real Go, their trades and locks what the sets do."""

from gomemlab.checks.lesson_05 import marking_ended, sixty_one
from gomemlab.checks.spansets import BLOCK, LOCKS_HEAD, TRADES_HEAD, Traffic, arrays, locks, trades


def test_the_sets_after_a_collection_are_those_of_real_go() -> None:
    """Read from Go 1.27.3: 61 objects and a cycle leave 10 spans in full[1] and one in partial[1]."""
    found = arrays(sixty_one().world.snapshot())

    assert found == {"partial[0]": 0, "partial[1]": 1, "full[0]": 0, "full[1]": 10}


def test_the_end_of_marking_changes_the_roles_and_moves_no_full_span() -> None:
    """In the rows of the table, full[0] keeps its ten while the index of the swept goes from 0 to 1."""
    first, marked, swept, *_ = trades()

    assert (first[2], marked[2]) == ("[0]", "[1]")
    assert first[-2:] == marked[-2:] == (10, 0)
    assert swept[-2:] == (0, 10)
    assert len(first) == len(TRADES_HEAD)


def test_a_lock_is_taken_for_each_block_of_entries() -> None:
    """512 spans pushed take the lock once, the next one again."""
    traffic = Traffic()
    counts = []
    for spans in (BLOCK, 1):
        traffic.make(spans * 6)
        counts.append(traffic.row("")[1:])

    # The last span is still cached, and the first of the next 6 objects pushes it out.
    assert counts == [(BLOCK - 1, 0, 1), (BLOCK, 0, 1)]
    traffic.make(6)
    assert traffic.row("")[1:] == (BLOCK + 1, 0, 2)


def test_spans_go_in_and_out_thousands_of_times_for_a_few_locks() -> None:
    """The last row, of four Ps: 6392 in, 4796 out, 16 locks."""
    rows = locks()

    assert rows[-1][1:] == (6392, 4796, 16)
    assert {len(row) for row in rows} == {len(LOCKS_HEAD)}


def test_what_sweeping_took_out_and_put_back_is_in_a_set() -> None:
    """Pushes less pops are the spans that the four sets hold."""
    traffic = Traffic()
    addresses = traffic.make(100)
    traffic.world.drop(addresses[3:60:6])
    traffic.collect()
    traffic.make(30)

    _, pushed, popped, _ = traffic.row("")
    assert pushed - popped == sum(arrays(traffic.world.snapshot()).values())


def test_the_span_at_the_front_has_nothing_dead() -> None:
    """As the third exercise says: the one that was cached comes first, then ten with a hole."""
    snapshot = marking_ended().world.snapshot()
    order = snapshot.central[99].full_unswept
    dead = [6 - snapshot.gc.marks[span].bit_count() for span in order]

    assert dead == [0, *[1] * 10, *[0] * 9]
