import random
from xml.etree import ElementTree as ET

from gomemlab import World, recorded
from gomemlab.costs import COST, mean_cost
from gomemlab.runtime.events import PageCacheFilled, PagesFromCache, RecordsTaken
from gomemlab.views import path
from gomemlab.views.path import (
    MCACHE,
    MHEAP,
    MISS,
    NOT_ASKED,
    PAGE_CACHE,
    RECORDS,
    REFILLED,
    SERVED,
    SKIPPED,
    PathView,
    frame,
)

STOPS = ("mcache", "mcentral", "page_cache", "mheap", "os")


def verdicts(world: World) -> list[str]:
    """Return what each stop answered to the world's last request."""
    return [stop.verdict for stop in frame(world.snapshot()).stops]


def test_the_first_request_falls_to_the_operating_system() -> None:
    """malloc(24) in an empty world: four misses, then 4 MiB are mapped."""
    world = World()

    world.malloc(24)

    assert verdicts(world) == ["", MISS, MISS, MISS, MISS, SERVED]
    assert "4 MiB" in frame(world.snapshot()).stops[5].detail


def test_a_second_request_is_served_by_the_mcache_without_a_lock() -> None:
    """malloc(24) again takes slot 1 of the same span; nobody else is asked."""
    world = World()
    world.malloc(24)

    address = world.malloc(24)

    shown = frame(world.snapshot())
    assert [stop.verdict for stop in shown.stops[MCACHE:]] == [SERVED] + [NOT_ASKED] * 4
    assert shown.address == f"0x{address:x}"
    assert "slot 1" in shown.headline


def test_each_request_raises_the_counter_of_the_stop_that_is_lit() -> None:
    """In 300 mixed requests the stop marked "served here" is always the one whose counter went up."""
    world, dice = World(procs=2), random.Random(7)
    before = world.snapshot().served

    for _ in range(300):
        world.malloc(int(2 ** dice.uniform(0, 18)), dice.random() < 0.5, p=dice.randrange(2))
        after = world.snapshot().served
        rose = [name for name in STOPS if getattr(after, name) > getattr(before, name)]
        assert [STOPS[path.reached(path.last_request(world.events)) - 1]] == rose
        before = after


def test_a_zero_size_request_ends_at_the_goroutine() -> None:
    """malloc(0) asks no stop and counts nowhere."""
    world = World()

    world.malloc(0)

    assert verdicts(world) == [SERVED] + [NOT_ASKED] * 5
    assert frame(world.snapshot()).stops[0].count == 0


def test_a_tiny_request_joins_the_block_and_uses_no_slot() -> None:
    """Of two requests for 3 B the second stands at offset 3 of the first one's block."""
    world = World()
    world.malloc(3)

    world.malloc(3)

    shown = frame(world.snapshot())
    assert "offset 3" in shown.headline
    assert shown.stops[MCACHE].verdict == SERVED
    assert "tiny" in shown.stops[0].detail


def test_a_tiny_object_of_unknown_size_joins_the_block_too() -> None:
    """A recording tells no more of it: the mcache served, and nobody knows the offset."""
    world = World()
    world.malloc(3)

    world.add_tiny()

    shown = frame(world.snapshot())
    assert verdicts(world) == ["", SERVED] + [NOT_ASKED] * 4
    assert shown.headline == "An object of unknown size joined P0’s tiny block; no slot was used."
    assert shown.stops[0].detail == "malloc(?), no pointers: tiny"
    assert shown.address == ""


def test_a_large_request_skips_what_holds_slots_and_short_runs() -> None:
    """200 000 B need 25 pages: too large for a slot and for a page cache, so mheap serves them."""
    world = World()
    world.malloc(24)

    world.malloc(200_000)

    assert verdicts(world) == ["", SKIPPED, SKIPPED, SKIPPED, SERVED, NOT_ASKED]


def test_a_large_request_below_16_pages_comes_from_the_page_cache() -> None:
    """40 000 B need 5 pages, which a filled page cache has."""
    world = World()
    world.malloc(24)
    world.malloc(1024)

    world.malloc(40_000)

    assert verdicts(world)[1:4] == [SKIPPED, SKIPPED, SERVED]


def test_a_refilled_page_cache_lights_the_heap_lock_too() -> None:
    """The second new span finds the page cache empty: mheap refills it, and the page cache serves."""
    world = World()
    world.malloc(24)

    world.malloc(1024)

    shown = frame(world.snapshot())
    assert shown.stops[PAGE_CACHE].verdict == SERVED
    assert shown.stops[MHEAP].verdict == REFILLED
    assert shown.stops[PAGE_CACHE].lit


def test_a_command_that_requests_nothing_lights_nothing() -> None:
    """Reading MemStats flushes the mcaches; the path says so and every stop is "not asked"."""
    world = World()
    world.malloc(24)

    world.read_mem_stats()

    assert verdicts(world) == [NOT_ASKED] * 6
    assert frame(world.snapshot()).headline == world.events[0].say()


def test_the_heap_lock_is_lit_when_it_was_taken() -> None:
    """The first new span fetches pages and records; the second comes from what is there, so the lock is dark."""
    world, view, lit = World(), PathView(), 'class="gate lock"'
    world.malloc(24)
    world.malloc(48)
    view.update(world.snapshot())
    filled = lit in view.grid.value

    world.malloc(64)
    view.update(world.snapshot())

    assert (filled, lit in view.grid.value) == (True, False)


def test_a_record_for_a_span_costs_the_lock() -> None:
    """Pages were in the page cache, but no span record was ready: mheap gave some, and the way leads there."""
    world = World()
    for size in range(2048, 32768, 64):
        world.malloc(size)
        kinds = {type(event) for event in world.events}
        if RecordsTaken in kinds and PagesFromCache in kinds and PageCacheFilled not in kinds:
            break

    shown = frame(world.snapshot())

    assert shown.stops[MHEAP].verdict == RECORDS
    assert "under the heap lock" in shown.stops[MHEAP].detail
    assert shown.stops[PAGE_CACHE].lit


def test_one_request_is_one() -> None:
    """1 request, 2 requests."""
    world, view, said = World(), PathView(), []

    for _ in range(2):
        world.malloc(24)
        view.update(world.snapshot())
        said.append("<span>request</span>" in view.grid.value)

    assert said == [True, False]


def test_a_recording_before_its_first_request_says_press_play() -> None:
    """There are spans already, and maybe no button malloc."""
    shown = frame(recorded.load("mixed").world().snapshot())

    assert shown.headline == "Before the first recorded request: press play."


def test_an_empty_world_says_what_to_do() -> None:
    """Before the first request there are no shares and no cost, but a hint."""
    shown = frame(World().snapshot())

    assert "press malloc" in shown.headline
    assert not shown.mean


def test_the_mean_cost_weighs_each_stop_by_its_requests() -> None:
    """99 hits and one request that mapped memory cost about 105 ns each."""
    counts = {"mcache": 99, "os": 1}

    mean = mean_cost(counts)

    assert mean == (99 * COST["mcache"] + COST["os"]) / 100
    assert mean_cost({}) == 0


def test_the_view_speaks_its_shares_and_marks_one_stop_as_served() -> None:
    """The status text holds every share; the drawing has exactly one tick."""
    world = World()
    world.malloc(24)
    view = PathView()

    view.update(world.snapshot())

    assert 'role="status"' in view.summary
    assert "OS 100 %" in view.summary
    assert view.grid.value.count("served here") == 1
    view.close()


def test_the_exported_file_is_well_formed() -> None:
    """An SVG file is XML, and it holds the six stops."""
    world = World()
    world.malloc(24)
    view = PathView()
    view.update(world.snapshot())

    root = ET.fromstring(view.svg())  # noqa: S314 (our own file)

    assert sum("gm-stop" in element.attrib.get("class", "") for element in root.iter()) == 6
    view.close()


def test_a_run_of_equal_requests_is_shown_by_its_last_span() -> None:
    """1 000 objects of 24 B fill two spans and 328 slots of a third; the way of that one is lit."""
    world = World()

    world.malloc_run(24, count=1000)

    shown = frame(world.snapshot())
    assert "slots 0 to 327 of span 2" in shown.headline
    assert shown.stops[0].count == 1000
