"""The experiment with 256 MiB that are dropped and given back: real Go's numbers, and the model beside them.

tests/data/go1.27.3_give_back.json is what gomemlab/data/programs/give_back.go printed.
"""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.runtime.mstats import MemStats
from gomemlab.runtime.world import World

RECORDED = json.loads((Path(__file__).parent.parent / "data" / "go1.27.3_give_back.json").read_text(encoding="utf-8"))
ADVICE = ("MADV_DONTNEED", "MADV_FREE")
MIB = 1 << 20


def readings(advice: str) -> dict[str, dict[str, Any]]:
    """Return real Go's readings by step."""
    return {reading["Step"]: reading for reading in RECORDED[advice]}


def model(advice: str) -> dict[str, tuple[MemStats, int]]:
    """Return the model's MemStats and RSS at the same steps; kept is an object that stays."""
    world, found = World(), {}
    world.set_madvdontneed(advice == "MADV_DONTNEED")
    kept = world.malloc(10)

    def read(step: str) -> None:
        found[step] = world.mstats(), world.footprint().rss
        world.check()

    read("start")
    blocks = [world.malloc(MIB) for _ in range(256)]
    read("256 MiB made")
    for block in blocks:
        world.touch(block)
    read("written")
    world.drop(blocks)
    read("dropped")
    world.gc()
    read("GC")
    world.free_os_memory()
    read("FreeOSMemory")
    in_c = world.c_malloc(64 * MIB)
    read("C.malloc of 64 MiB")
    world.gc()
    read("GC again")
    world.c_free(in_c)
    read("C.free")
    world.drop(kept)  # it can be dropped, so it was there all the time
    return found


@pytest.mark.parametrize("advice", ADVICE)
def test_real_go_keeps_what_a_cycle_freed_until_it_is_told(advice: str) -> None:
    """HeapAlloc is near nothing after the cycle, HeapReleased and RSS are as before, and the kept pointer stays."""
    real = readings(advice)
    before, after, freed = real["written"], real["GC"], real["FreeOSMemory"]

    assert after["HeapAlloc"] < 0.001 * before["HeapAlloc"]
    assert abs(after["HeapReleased"] - before["HeapReleased"]) < MIB
    assert abs(after["RSS"] - before["RSS"]) < MIB
    # What the one P has in its page cache is idle and never given back: at most 64 pages.
    assert 0 <= freed["HeapIdle"] - freed["HeapReleased"] <= 64 * PAGE_SIZE
    assert (freed["RSS"] < 8 * MIB) is (advice == "MADV_DONTNEED")
    assert all(reading["Kept"] for reading in real.values())
    assert [real[step]["NumForcedGC"] for step in ("GC", "FreeOSMemory", "GC again")] == [1, 2, 3]


@pytest.mark.parametrize("advice", ADVICE)
def test_no_counter_of_real_go_knows_c_memory(advice: str) -> None:
    """64 MiB of C.malloc: RSS has them, Sys and the heap do not, and a cycle does not free them."""
    real = readings(advice)
    before, inside, after = real["FreeOSMemory"], real["C.malloc of 64 MiB"], real["GC again"]

    assert abs(inside["RSS"] - before["RSS"] - 64 * MIB) < MIB
    assert (inside["Sys"], inside["HeapSys"]) == (before["Sys"], before["HeapSys"])
    assert inside["HeapAlloc"] - before["HeapAlloc"] < 64 << 10
    assert after["RSS"] > inside["RSS"] - MIB


@pytest.mark.parametrize("advice", ADVICE)
def test_the_model_goes_the_same_way(advice: str) -> None:
    """From step to step RSS, HeapAlloc, HeapReleased and Sys change as in real Go, to a MiB of 256.

    Real Go's own 4 MiB of heap and its goroutines are not in the model, and the kernel tells RSS in batches of pages.
    """
    real, ours = readings(advice), model(advice)
    steps = list(real)

    for last, step in pairwise(steps):
        (stats_before, rss_before), (stats, rss) = ours[last], ours[step]
        changes = {
            "RSS": rss - rss_before,
            "HeapAlloc": stats.heap_alloc - stats_before.heap_alloc,
            "HeapReleased": stats.heap_released - stats_before.heap_released,
        }
        for name, change in changes.items():
            # Real Go began with 4 MiB of heap, which the first growth of ours has to add.
            room = 4 * MIB if (step, name) == ("256 MiB made", "HeapReleased") else MIB
            assert abs(change - (real[step][name] - real[last][name])) < room, (step, name)
    assert abs(ours["written"][0].sys - ours["start"][0].sys - (268 * MIB - 4 * MIB)) < 8 * MIB


def test_free_os_memory_gives_back_all_that_is_idle() -> None:
    """HeapReleased is HeapIdle, but for pages that were used and lie in the P's page cache."""
    world = World()
    blocks = [world.malloc(size) for size in (10, MIB, 5 * MIB, 3000)]
    world.drop(blocks[1:])

    world.free_os_memory()

    stats, cache = world.mstats(), world.ps[0].pcache
    assert stats.heap_idle - stats.heap_released == (cache.cache & ~cache.scav).bit_count() * PAGE_SIZE
    assert (stats.num_gc, stats.num_forced_gc, stats.heap_alloc) == (1, 1, 16)
    world.drop(blocks[0])
