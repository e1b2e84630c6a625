"""compare: two histories, their counters at every moment, and a table to be quoted."""

from itertools import pairwise

import pytest

from gomemlab import Comparison, MisuseError, Timeline, World, compare
from gomemlab.commands import GC, Malloc
from gomemlab.comparing import Side
from gomemlab.comparing.table import amount
from gomemlab.costs import BESIDES, COST, total_cost
from gomemlab.pairs import PAIRS, Program
from gomemlab.workloads import WORKLOADS


def line_of(*sizes: int) -> Timeline:
    """Return a history of mallocs."""
    line = Timeline(World())
    line.extend(map(Malloc, sizes))
    return line


@pytest.mark.parametrize("name", PAIRS)
def test_every_reading_is_what_memstats_says(name: str) -> None:
    """At every 7th tick of both sides of each pair."""
    result = compare(name, n=40)

    for side in result.sides:
        for tick in range(0, len(side.line) + 1, 7):
            stats, read = side.line.at(tick).mstats(), side.at(tick)
            assert (read.mallocs, read.total_alloc, read.num_gc) == (stats.mallocs, stats.total_alloc, stats.num_gc)
            assert (read.heap_alloc, read.heap_inuse) == (stats.heap_alloc, stats.heap_inuse)


@pytest.mark.parametrize("name", WORKLOADS)
def test_peaks_and_counts_never_fall(name: str) -> None:
    """A peak is the highest reading so far; what is counted only grows."""
    side = compare(name, ("again", name, World(procs=2)), n=600).a

    for key in ("mallocs", "total_alloc", "spans", "heap_lock", "locks", "cost", "peak_alloc", "peak_inuse"):
        assert all(before <= after for before, after in pairwise(side.column(key)))
    assert max(side.column("heap_alloc")) == side.at(600).peak_alloc


def test_a_slot_that_is_added_costs_what_a_slot_that_is_read_costs() -> None:
    """The short way over a taken slot ends at the same numbers as the long one."""
    side = compare(line_of(*[24] * 300), line_of(8)).a
    served = side.line.snapshot(300).served

    read = side.at(300)

    stops = {stop: getattr(served, stop) for stop in COST}
    assert read.cost == pytest.approx(total_cost(stops | {"byte": read.total_alloc}))
    assert read.mallocs == 300


@pytest.mark.slow
def test_a_pool_saves_memory_and_collections() -> None:
    """The ready-made pair: a fifth of the bytes, one GC for seven; New made four buffers for 1,500 requests."""
    table = compare("pooled / not pooled").table()

    assert (table["TotalAlloc"].a, table["TotalAlloc"].b) == (6_209_808, 30_720_000)
    assert (table["NumGC"].a, table["NumGC"].b) == (1, 7)
    assert (table["pool Gets"].a, table["calls of New"].a) == (1500, 4)
    assert table["cost (cost model)"].ratio > 3


@pytest.mark.slow
def test_more_ps_take_more_spans_for_the_same_objects() -> None:
    """8 Ps: equally many objects and bytes, more spans and locks."""
    table = compare("1 P / 8 Ps", n=2000).table()

    assert table["Mallocs"].words()[3] == "equal"
    assert table["TotalAlloc"].ratio == 1
    assert table["spans made"].b > table["spans made"].a
    assert table["heap lock taken"].b > table["heap lock taken"].a


def test_counts_begin_where_the_run_begins() -> None:
    """A world that had allocated before: its objects are no part of the comparison, its heap is."""
    old = World()
    old.malloc(1024)

    result = compare(("old", [Malloc(24)], old), ("new", [Malloc(24)]))

    assert result.a.at(1).mallocs == result.b.at(1).mallocs == 1
    assert result.a.at(1).heap_alloc == 1024 + 24
    assert old.mstats().mallocs == 1


def test_requests_are_laid_side_by_side() -> None:
    """After 10 requests the two are at different ticks; by tick they are at the same."""
    result = compare("pooled / not pooled", n=40)

    assert result.axis == "request"
    assert result.length() == 40
    assert result.length("tick") == max(len(result.a.line), len(result.b.line))
    assert result.ticks(10) == (result.a.requests[9], result.b.requests[9])
    assert result.ticks(0) == (0, 0)
    assert result.ticks(10, "tick") == (10, 10)
    assert result.table(10)["pool Gets"].a == 10


def test_the_shorter_side_stays_at_its_end() -> None:
    """Two mallocs against five: at tick 4 the one has two, the other four."""
    result = compare(("short", line_of(8, 8)), ("long", line_of(*[24] * 5)))

    assert result.axis == "tick"
    assert result.ticks(4) == (2, 4)
    assert [row.a for row in result.table(4) if row.name == "Mallocs"] == [2]
    assert result.table()["Mallocs"].words() == ("Mallocs", "2", "5", "2.50×")


def test_it_says_itself_in_a_sentence() -> None:
    """Title, objects, bytes, GCs, peak; the table in columns and in Markdown."""
    result = compare(("one", [Malloc(24)]), ("a|b", [Malloc(24), GC()]))

    assert isinstance(result, Comparison)
    assert isinstance(result.a, Side)
    assert repr(result) == (
        "one: 1 malloc, 24 B, 0 GCs, peak HeapAlloc 24 B; a|b: 1 malloc, 24 B, 1 GC, peak HeapAlloc 24 B."
    )
    assert repr(result.table()).splitlines()[1].split() == ["Mallocs", "1", "1", "equal"]
    assert result.table().markdown().splitlines()[:4] == [
        "|  | one | a\\|b | b / a |",
        "|---|--:|--:|--:|",
        "| Mallocs | 1 | 1 | equal |",
        "| TotalAlloc | 24 B | 24 B | equal |",
    ]
    assert result.table()["NumGC"].words() == ("NumGC", "0", "1", "–")
    assert result.table()._repr_markdown_() == result.table().markdown()
    with pytest.raises(MisuseError, match="there is no row 'Malloc'; choose one of Mallocs, TotalAlloc"):
        _ = result.table()["Malloc"]


def test_a_cost_has_a_sign_and_three_digits() -> None:
    """≈ says that it is the cost model's."""
    costs = [amount(n, "ns") for n in (15.4, 15_400, 15_432_000)]

    assert costs == ["≈ 15.4 ns", "≈ 15.4 µs", "≈ 15.4 ms"]
    assert total_cost({"mcache": 2, "cycle": 1}) == 2 * COST["mcache"] + BESIDES["cycle"]


def test_progress_is_told() -> None:
    """The commands of each side, in batches, and at the end."""
    heard: list[int] = []

    compare(line_of(*[8] * 600), line_of(8), progress=heard.append)

    assert heard == [0, 512, 600, 0, 1]


def test_titles_come_from_what_is_compared() -> None:
    """A program and a workload have one; a pair of your own takes it from you."""
    result = compare(PAIRS["prealloc / append"].a, WORKLOADS["one size"], n=5)
    named = compare(("mine", WORKLOADS["one size"]), PAIRS["1 P / 8 Ps"].a, n=5)

    assert (result.a.title, result.b.title) == ("prealloc", "one size: 24 B")
    assert (named.a.title, named.b.title) == ("mine", "1 P")


def test_a_program_runs_in_a_world_that_is_given() -> None:
    """The 1-P program in a world of two Ps, a thousand requests unless said."""
    result = compare(("two", PAIRS["1 P / 8 Ps"].a, World(procs=2)), line_of(8))

    assert len(result.a.line.world.ps) == 2
    assert len(result.a.requests) == 1000


LINE = line_of(8)


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        (LINE, LINE, "both sides are the same history, so nothing can differ; give two"),
        (Timeline(World()), LINE, "the history of 'a' is empty, so there is nothing to compare"),
        (LINE, ("none", []), "the history of 'none' is empty"),
        (LINE, World(), "'b' is a World, and what it did is not known; give a Timeline"),
        (LINE, 7, "7 has no history; give a Timeline, a Program"),
        (LINE, None, "None has no history"),
        (LINE, ("x", "no workload"), "'no workload' has no history"),
        ("no pair", None, "there is no pair 'no pair'; choose one of pooled / not pooled, "),
        (LINE, ("x", [Malloc(8), 3]), "3 is no command; give some of gomemlab.commands"),
        (LINE, ("x", [Malloc(8)], 2), "2 is no World; give 'x' one"),
        (LINE, ("x", line_of(8), World()), "'x' is a Timeline, which has its own world"),
        (LINE, ("x", PAIRS["1 P / 8 Ps"].b, World()), "'x' needs 8 Ps, and its world has 1; give World"),
        (LINE, ("x", [Malloc(8, p=3)]), "P3|p 3|3"),
    ],
)
def test_what_cannot_be_compared_is_refused(a: object, b: object, why: str) -> None:
    """Each refusal gives the value and what would be right."""
    with pytest.raises(MisuseError, match=why):
        compare(a, b)


@pytest.mark.parametrize("n", [0, -3, 1.5, True, "9"])
def test_a_number_of_requests_is_one_or_more(n: object) -> None:
    """n=0 is none."""
    with pytest.raises(MisuseError, match="requests cannot be compared; ask for 1 or more"):
        compare("pooled / not pooled", n=n)


def test_a_place_is_on_the_axis() -> None:
    """From 0 to the longer one's end, by something that both know."""
    result = compare(("short", line_of(8, 8)), ("long", Program("p", 1, PAIRS["1 P / 8 Ps"].a.steps)), n=3)

    with pytest.raises(MisuseError, match="tick 99 is not in this comparison; it goes from 0 to 6"):
        result.table(99)
    with pytest.raises(MisuseError, match="nobody knows where the requests of 'short' end; compare them by tick"):
        result.table(1, "request")
    with pytest.raises(MisuseError, match='they cannot be compared by \'second\'; choose "tick" or "request"'):
        result.length("second")
