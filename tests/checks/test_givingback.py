"""Worlds that drop what they had, as lesson 15 tells of them, beside what a real program did.

tests/data/go1.27.3_give_back.json, go1.27.3_give_back_slowly.json and go1.27.3_map_delete.json are what the programs of
these names in gomemlab/data/programs printed.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from gomemlab.checks import givingback
from gomemlab.checks.givingback import BLOCKS, MIB, SECOND
from gomemlab.commands import GC
from gomemlab.memcommands import Touch
from gomemlab.runtime.memevents import LIMIT, ScavengeEnded

DATA = Path(__file__).parent.parent / "data"
AT_ONCE = json.loads((DATA / "go1.27.3_give_back.json").read_text("utf-8"))
SLOWLY = json.loads((DATA / "go1.27.3_give_back_slowly.json").read_text("utf-8"))
MAP = json.loads((DATA / "go1.27.3_map_delete.json").read_text("utf-8"))


def slow(procs: int, step: str) -> list[dict[str, Any]]:
    """Return real Go's readings at a step, with so many Ps."""
    run = next(run for run in SLOWLY["runs"] if run["procs"] == procs)
    return [reading for reading in run["readings"] if reading["Step"] == step]


def test_the_steps_are_those_of_a_real_program() -> None:
    """HeapAlloc, HeapIdle, HeapReleased and Sys to a MiB; RSS but for the text and data of a real program."""
    real = {reading["Step"]: reading for reading in AT_ONCE["MADV_DONTNEED"]}
    moments = {
        "written": givingback.written,
        "GC": givingback.dropped,
        "FreeOSMemory": givingback.given_back,
        "GC again": givingback.with_c,
    }

    for step, build in moments.items():
        ours, theirs = [float(cell) for cell in givingback.reading(build().world)], real[step]
        counters = [theirs[name] / MIB for name in ("HeapAlloc", "HeapIdle", "HeapReleased", "Sys")]

        assert ours[:4] == pytest.approx(counters, abs=1), step
        assert ours[4] == pytest.approx(theirs["RSS"] / MIB, abs=4), step


def test_a_cycle_gives_back_nothing_and_free_os_memory_all() -> None:
    """HeapReleased in MiB, as a real program read it: 3, 3, 259."""
    real = {reading["Step"]: reading["HeapReleased"] // MIB for reading in AT_ONCE["MADV_DONTNEED"]}
    worlds = givingback.written(), givingback.dropped(), givingback.given_back()

    assert [*map(givingback.released, worlds)] == [3, 3, 259]
    assert [real[step] for step in ("written", "GC", "FreeOSMemory")] == [3, 3, 259]


@pytest.mark.slow
def test_what_is_idle_is_used_again() -> None:
    """256 blocks more have the addresses of the first ones, and neither Sys nor RSS moves."""
    timeline = givingback.again()

    addresses = givingback.addresses(timeline)

    assert len(addresses) == 2 * len(set(addresses)) == 2 * BLOCKS
    assert givingback.reused() == "idle"


def test_free_os_memory_leaves_what_the_program_has() -> None:
    """Spans and objects are the same ones; in a real program the pointer and the value were."""
    assert givingback.pointer_after() == "stays"
    assert all(reading["Kept"] for way in ("MADV_DONTNEED", "MADV_FREE") for reading in AT_ONCE[way])


def test_c_memory_is_in_rss_alone() -> None:
    """Not one field of MemStats differs."""
    assert givingback.moved_by_c() == "rss"


@pytest.mark.slow
def test_all_cycles_free_the_same() -> None:
    """Begun by itself, by runtime.GC, by FreeOSMemory: HeapAlloc and HeapInuse are equal, only the last gives back."""
    _, *rows = givingback.cycles()

    assert len({row[3:5] for row in rows}) == 1
    assert [row[2] for row in rows] == [0, 1, 1]
    assert [row[5] for row in rows] == ["0.0", "0.0", "48.0"]
    assert givingback.full() == "same"


@pytest.mark.slow
def test_one_object_keeps_a_span_as_in_real_go() -> None:
    """64 MiB in use where one object of each span lives, 16 where every fourth span does; real Go with one P, too."""
    for step, keep in (
        ("one object in each span", givingback.one_in_each),
        ("every fourth span", givingback.every_fourth),
        ("one span in each chunk", givingback.one_span),
    ):
        (real,) = slow(1, step + ", after FreeOSMemory")
        assert 0 <= real["HeapInuse"] / MIB - givingback.inuse_after(keep) < 1, step


@pytest.mark.slow
def test_what_a_sparse_heap_can_give_back() -> None:
    """Nothing where a span each has an object; a nearly full chunk is left to FreeOSMemory."""
    gave = [row[-2:] for row in givingback.sparse()]

    assert gave == [("0.0", "0.0"), ("48.0", "48.0"), ("63.9", "63.9"), ("0.0", "1.0")]


@pytest.mark.parametrize("procs", [1, 4])
def test_the_scavenger_leaves_full_chunks_alone_until_the_second_cycle(procs: int) -> None:
    """In two seconds after one cycle nothing; after a second cycle 250 MiB and more within ten seconds."""
    timeline = givingback.paced(BLOCKS, procs=procs)
    world = timeline.world.copy()
    before = world.mstats().heap_released

    world.advance(2 * SECOND)
    one_cycle = world.mstats().heap_released - before
    world.gc()
    world.advance(10 * SECOND)

    real_one, real_two = slow(procs, "one cycle"), slow(procs, "two cycles")
    assert one_cycle == 0
    assert abs(real_one[-1]["HeapReleased"] - real_one[0]["HeapReleased"]) < MIB
    assert real_one[-1]["Ms"] >= 2000
    assert world.mstats().heap_released - before > 250 * MIB
    assert real_two[-1]["HeapReleased"] - real_two[0]["HeapReleased"] > 250 * MIB


def test_an_idle_service_gives_back_after_two_minutes() -> None:
    """In the cycle that comes because there was none for so long."""
    assert 120 <= givingback.seconds_until_given_back() < 130
    assert givingback.when() == "next cycle"


def test_the_scavenger_stops_a_tenth_above_what_is_in_use() -> None:
    """80 MiB in use: 88 may stay, and a huge page less than that is left at most."""
    memory = givingback.smaller().world.snapshot().memory

    assert memory.gc_percent_goal == 88 * MIB
    assert 86 * MIB <= memory.ledger.retained <= 88 * MIB


@pytest.mark.slow
def test_the_scavenger_works_about_one_percent() -> None:
    """Of the time of all Ps, as long as it takes to give back nine tenths."""
    assert all(float(row[-1]) <= 1.1 for row in givingback.slowly())


def test_lazily_given_pages_stay_in_rss_until_the_kernel_needs_them() -> None:
    """HeapReleased is the same both ways; with MADV_FREE RSS follows later, as in real Go."""
    before, given, pressed = givingback.advice()
    real = {reading["Step"]: reading["RSS"] for reading in AT_ONCE["MADV_FREE"]}

    assert given[1] == given[3] != before[1]
    assert given[4] == before[4]
    assert pressed[2] == pressed[4] == given[2]
    assert real["FreeOSMemory"] > real["written"] - MIB


def test_near_the_limit_allocations_give_back_first() -> None:
    """All holes went back, on the account of allocations, and the limit is crossed all the same."""
    timeline = givingback.over_the_limit()
    given = [
        event.released
        for tick in range(1, len(timeline) + 1)
        for event in timeline.events(tick)
        if isinstance(event, ScavengeEnded) and event.by == LIMIT
    ]

    assert sum(given) > 39 * MIB
    assert givingback.holes_given_back() == "over"


@pytest.mark.slow
def test_the_service_of_the_title_has_four_times_its_heap_alloc() -> None:
    """And its ledger's last line is what is alive."""
    ledger = givingback.a_service().world.footprint()
    rows = givingback.ledger_of_a_service()

    assert 3.9 <= ledger.rss / ledger.heap_alloc <= 4.1
    assert rows[0][2] == givingback.mib(ledger.rss)
    assert rows[-1][:3] == ("= live at the last mark", "", givingback.mib(ledger.live))
    assert {step.name for step in ledger.steps()} == set(givingback.HELP)


@pytest.mark.slow
def test_every_scene_is_sound() -> None:
    """Each world's books add up, and one more cycle changes that not."""
    scenes = (
        givingback.written,
        givingback.again,
        givingback.with_c,
        givingback.idle_service,
        givingback.smaller,
        givingback.over_the_limit,
        givingback.a_service,
    )
    for build in scenes:
        timeline = build()
        timeline.world.check()
        timeline.do(GC())
        timeline.world.check()
    assert any(isinstance(command, Touch) for command in timeline.commands)


def test_a_map_of_real_go_keeps_its_memory_when_its_keys_are_deleted() -> None:
    """2.3 MiB with 100,000 keys and with none; nothing once the map is let go of."""
    start, filled, deleted, let_go = (reading["HeapAlloc"] for reading in MAP["readings"])

    assert 0 <= deleted - filled < 4096
    assert filled - start > 2 * MIB
    assert let_go - start < 4096
