"""The questions of lesson 04: pages, arenas, large objects, and where a free run is found.

Go: runtime/mpagealloc.go, (*pageAlloc).find; runtime/mheap.go, (*mheap).allocSpan, (*mheap).freeSpan;
runtime/mcache.go, (*mcache).allocLarge.
Left out: giving memory back to the OS.
"""

from typing import cast

from gomemlab.checks.numbers import count
from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.checks.strip import Kind, Part, Strip
from gomemlab.commands import FreeSpan, Malloc
from gomemlab.runtime.alloc.sizeclasses import SizeClass, size_class
from gomemlab.runtime.arch import (
    DEFAULT_HEAP_BASE,
    GO_1_27,
    HEAP_ARENA_BYTES,
    PAGE_CACHE_PAGES,
    PAGE_SIZE,
    PALLOC_CHUNK_PAGES,
)
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline

PAGES_A_MIB = (1 << 20) // PAGE_SIZE
OBJECTS, RUN = 12, 20  # large objects side by side, and the pages of each
FREED = (60, 80, 140)  # the first pages of those that are then freed


def holes() -> Timeline:
    """Return a heap of twelve objects of 20 pages of which three were freed: those at pages 60, 80 and 140."""
    timeline = Timeline(World())
    objects = [malloc(timeline, RUN) for _ in range(OBJECTS)]
    timeline.extend([FreeSpan(one) for one in objects if page(one) in FREED])
    return timeline


def malloc(timeline: Timeline, npages: int) -> int:
    """Make a large object of so many pages and return its address."""
    return cast("int", timeline.do(Malloc(npages * PAGE_SIZE)))


def page(address: int) -> int:
    """Return the heap page of an address in a world with the usual heap base."""
    return (address - DEFAULT_HEAP_BASE) // PAGE_SIZE


def placed(*npages: int) -> tuple[int, ...]:
    """Return the pages at which large objects of these many pages land among the holes, one after the other."""
    timeline = holes()
    return tuple(page(malloc(timeline, n)) for n in npages)


def twenty_pages() -> Prediction:
    """First fit, best fit, or the end of the heap."""
    end = OBJECTS * RUN
    return Prediction(
        f"The heap is full of objects of {RUN} pages each, side by side from page 0 to page {end}. Those at pages "
        f"{FREED[0]}, {FREED[1]} and {FREED[2]} have been freed. A new object needs {RUN} pages. At which page "
        f"does it start?",
        (
            Option(FREED[0], f"page {FREED[0]}: the lowest place where it fits"),
            Option(
                FREED[1],
                f"page {FREED[1]}: the middle of the heap is filled first",
                "A lower place is long enough, too.",
            ),
            Option(
                FREED[2],
                f"page {FREED[2]}: the hole that fits exactly",
                "That would be best fit: the shortest run that is long enough. Go searched like that up to 1.12.",
                "Go uses best fit",
            ),
            Option(
                end,
                f"page {end}: behind everything else",
                "Then holes would never be used again.",
                "the heap only grows at its end",
            ),
        ),
        placed(RUN)[0],
        f"The model took page {placed(RUN)[0]}: the lowest free run that is long enough. That is address-ordered "
        f"first fit; it keeps what is in use together at the low end.",
        scene=holes,
    )


def sixteen_pages() -> Prediction:
    """Where a smaller object goes once the long hole is used."""
    where = placed(2 * RUN, 16)
    end = OBJECTS * RUN
    return Prediction(
        f"The same holes. An object of {2 * RUN} pages comes first, then one of 16 pages. Where does the second "
        f"one start?",
        (
            Option(FREED[0], f"page {FREED[0]}", "The first of the two is already there."),
            Option(FREED[2], f"page {FREED[2]}"),
            Option(
                end - 16,
                f"page {end - 16}",
                "That place is taken: objects fill it to the end.",
            ),
            Option(
                end,
                f"page {end}: a hole of {RUN} pages is kept for an object of {RUN}",
                "A hole is cut as needed; its rest stays free.",
                "holes are reused only for the same size",
            ),
        ),
        where[1],
        f"A hole is cut as needed, and the lowest that is long enough is taken. The {2 * RUN} pages went to page "
        f"{where[0]}, and the 16 pages to page {where[1]}, the next run that is "
        f"long enough. "
        f"{RUN - 16} pages of that hole stay free.",
        scene=holes,
    )


def forty_pages() -> Exercise:
    """Neighbours that were freed one by one."""
    answer = placed(2 * RUN)[0]
    end = OBJECTS * RUN
    return Exercise(
        question=f"Pages {FREED[0]}–{FREED[0] + RUN - 1}, {FREED[1]}–{FREED[1] + RUN - 1} and "
        f"{FREED[2]}–{FREED[2] + RUN - 1} are "
        f"free; everything else below page {end} is taken. At which page does an object of {2 * RUN} pages start?",
        unit="",
        answer=answer,
        wrong=(
            Wrong(
                end,
                "that is behind everything",
                "That would be right if each freed span stayed a thing of its own. A free page is one bit; it does "
                "not know "
                "which span it was part of.",
                "freed neighbours have to be merged",
            ),
            Wrong(FREED[1], "only half of it would fit there", "The page behind that hole is taken."),
            Wrong(
                FREED[2], "only half of it would fit there", "The page behind that hole is taken.", "Go uses best fit"
            ),
            Wrong(answer * PAGE_SIZE, "that counts bytes", "Asked is the number of the page."),
            Wrong(PALLOC_CHUNK_PAGES, "that is the next chunk", "The heap grows only when no free run is long enough."),
        ),
        otherwise="Write down which pages are free, in order, and look for the first run that is long enough.",
        right=f"Pages {FREED[0]} to {FREED[1] + RUN - 1} are one free run of {2 * RUN}, whoever had them before. "
        f"Nothing was merged: "
        "in a bitmap, neighbours are neighbours.",
        hints=(
            "The page allocator keeps one bit a page, and nothing about who had the page before.",
            f"Where do {2 * RUN} free bits stand in a row?",
            "The lowest such run is taken; give the number of its first page.",
        ),
        strip=Strip(
            end,
            hole_parts(),
            "Pages 0 to 240: taken, with free holes at 60, 80 and 140.",
            above="page",
            ticks=tuple(range(0, end + 1, RUN)),
        ),
    )


def hole_parts() -> tuple[Part, ...]:
    """Return the parts of the strip of holes, as the model's bitmap has them."""
    world = holes().at(OBJECTS + len(FREED))
    spans = world.snapshot().spans
    parts: list[Part] = []
    for start in range(0, OBJECTS * RUN, RUN):
        kind: Kind = "free" if spans.at_page(start) < 0 else "large"
        parts.append(Part(start, RUN, kind))
    return tuple(parts)


def _wrong_bytes(slot: SizeClass) -> tuple[Wrong, ...]:
    """Return what other ideas of a large object would add to HeapAlloc."""
    size = slot.size
    return (
        Wrong(
            size,
            "that is what was asked",
            "A large object has whole pages to itself.",
            "malloc gives exactly what was asked",
        ),
        Wrong(size - 1, "that is the largest slot", "The request is one byte larger than that."),
        Wrong(2 * (size - 1), "that is the next power of two", "Pages are added one by one.", "sizes double"),
        Wrong(
            9 * 4096,
            "that rounds up to 4096 B",
            "Those are pages of the OS. Go’s page is larger.",
            "Go's page is the OS's page",
        ),
        Wrong(HEAP_ARENA_BYTES, "that is an arena", "An arena holds thousands of spans.", "large objects get an arena"),
        Wrong(
            slot.waste,
            "that is what stays unused",
            "The object takes its pages whole, and HeapAlloc counts all of them, used or not.",
        ),
        Wrong(
            1,
            "that is the one byte above 32 KiB",
            "HeapAlloc counts everything that the object takes, not what it has more than the largest slot.",
        ),
        Wrong(
            PALLOC_CHUNK_PAGES * PAGE_SIZE,
            "that is by how much the heap grows",
            "HeapSys grows by that. HeapAlloc counts what objects take.",
        ),
    )


def one_byte_more() -> Exercise:
    """How much a large object takes."""
    size = 32769
    slot = size_class(size)
    world = World()
    world.malloc(size)
    return Exercise(
        question=f"You ask for {count(size)} B. By how many bytes does HeapAlloc grow?",
        unit="B",
        answer=world.mstats().heap_alloc,
        wrong=_wrong_bytes(slot),
        otherwise="A large object takes whole pages. How many does it need, and how large is one?",
        right=f"{slot.npages} pages of {count(PAGE_SIZE)} B. {count(slot.waste)} B of them, "
        f"{100 * slot.waste / slot.elemsize:.1f} %, are rounding: the price of one byte too many.",
        hints=(
            f"Above {count(GO_1_27.max_small)} B there are no size classes any more: a request gets whole pages.",
            f"A page has {count(PAGE_SIZE)} B.",
            f"How many pages hold {count(size)} B? Multiply again.",
        ),
    )


def pages_of_an_arena() -> Exercise:
    """How many pages an arena has."""
    arena = holes().at(1).snapshot()
    answer = HEAP_ARENA_BYTES // PAGE_SIZE
    return Exercise(
        question=f"On linux/amd64 an arena is {HEAP_ARENA_BYTES >> 20} MiB. How many of Go’s pages is that?",
        unit="pages",
        answer=answer,
        wrong=(
            Wrong(
                HEAP_ARENA_BYTES // 4096,
                "that counts pages of 4096 B",
                "Those are the OS’s. Go’s page is larger.",
                "Go's page is the OS's page",
            ),
            Wrong(
                len(arena.chunks) * PALLOC_CHUNK_PAGES,
                "that is what the heap of this lesson has mapped",
                "An arena is reserved whole and mapped bit by bit.",
                "an arena is mapped at once",
            ),
            Wrong(PAGE_CACHE_PAGES, "that is its size in MiB, or a page cache", "A page is much smaller than a MiB."),
        ),
        otherwise="Divide the arena by the page.",
        right=f"{count(answer)} pages of {count(PAGE_SIZE)} B: the whole heap map, {HEAP_ARENA_BYTES >> 20} rows of "
        f"{PAGES_A_MIB} dots; a dot is a page, a row is a MiB.",
        hints=(
            "Both are powers of two.",
            "A page is 8 KiB. How many make a MiB?",
            f"Multiply by the {HEAP_ARENA_BYTES >> 20} MiB of an arena.",
        ),
    )


PLAN = Plan(
    "04_pages_and_arenas",
    "Pages, arenas, large objects",
    predictions=(twenty_pages, sixteen_pages),
    exercises=(forty_pages, one_byte_more, pages_of_an_arena),
    scenes=(holes,),
)
