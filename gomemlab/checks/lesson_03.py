"""The questions of lesson 03: one malloc, level by level.

Go: runtime/malloc.go, mallocgc; runtime/mcache.go, (*mcache).refill; runtime/mcentral.go, (*mcentral).cacheSpan;
runtime/mheap.go, (*mheap).alloc, (*mheap).grow; runtime/mpagecache.go, pageCache.
Left out: spans that a collection has partly freed; the lesson on mcentral has them.
"""

from gomemlab.checks.levels import deepest, got_new_span, story
from gomemlab.checks.numbers import count
from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.commands import Gomaxprocs, Malloc
from gomemlab.runtime.alloc.sizeclasses import size_class
from gomemlab.runtime.arch import GO_1_21, HEAP_ARENA_BYTES, PAGE_CACHE_PAGES, PAGE_SIZE, PALLOC_CHUNK_PAGES
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline

SIZE = 16  # bytes, without pointers
SHARED = 6784  # bytes; six slots a span, few enough to count


def one_span_full() -> Timeline:
    """Return a world in which P0 has filled its first span of 16 B slots and asked once more."""
    timeline = Timeline(World())
    timeline.extend([Malloc(SIZE)] * (size_class(SIZE).nelems + 1))
    return timeline


def two_ps() -> Timeline:
    """Return a world in which P0 has used one slot of a span, and P1 then asks for the same size."""
    timeline = Timeline(World(procs=2))
    timeline.extend([Malloc(SHARED, p=0), Malloc(SHARED, p=1)])
    return timeline


def p1_leaves() -> Timeline:
    """Return a world in which P1 has used one slot of a span and then goes away."""
    timeline = Timeline(World(procs=2))
    timeline.extend([Malloc(SHARED, p=1), Gomaxprocs(1)])
    return timeline


def p0_asks() -> Timeline:
    """Return the same world after P0 has asked for the size of P1's span."""
    timeline = p1_leaves()
    timeline.do(Malloc(SHARED))
    return timeline


def first_request() -> Timeline:
    """Return a world after its very first request."""
    timeline = Timeline(World())
    timeline.do(Malloc(SIZE))
    return timeline


def request_505() -> Prediction:
    """Who serves when a span has just become full."""
    slots = size_class(SIZE).nelems
    events = one_span_full().events(slots + 1)
    return Prediction(
        f"P0 has made {slots} objects of {SIZE} B without pointers, all in one span. Who serves the next one?",
        (
            Option(
                "mcache",
                "mcache: it always has a free slot",
                "It holds one span of each class, and a span has a last slot.",
                "mcache never runs out",
            ),
            Option(
                "mcentral",
                "mcentral: it keeps spans with free slots",
                "It keeps what others have given back, and nobody has.",
                "mcentral has a stock of spans",
            ),
            Option("page cache", "the page cache: a new span has to be made"),
            Option(
                "OS",
                "the OS: the heap has to grow",
                "The heap grew at the first request, by far more than one span.",
                "each new span asks the OS",
            ),
        ),
        deepest(events),
        "mcache holds one span of a class and mcentral had none, so a span had to be made, of pages. The P's page "
        "cache was empty and was first refilled under the heap lock; the pages it has now will cost no lock. "
        f"What happened: {story(events)}",
        scene=one_span_full,
    )


def five_free_slots() -> Prediction:
    """Whether one P may use another's cached span."""
    slots = size_class(SHARED).nelems
    events = two_ps().events(2)
    return Prediction(
        f"P0 has a span of {count(SHARED)} B slots in its mcache; {slots - 1} of {slots} slots are free. Now P1 "
        f"asks for "
        f"{count(SHARED)} B. What does it get?",
        (
            Option(
                "shared",
                "a slot of P0's span",
                "A cached span has one owner; that is why its owner needs no lock.",
                "Ps share spans",
            ),
            Option(
                "moved",
                "P0's span, which moves to P1",
                "A span leaves an mcache when it is full, and with all others when sweeping begins, when "
                "runtime.ReadMemStats is called, and when the P goes.",
                "caches balance their load",
            ),
            Option("new", f"a new span of its own; P0's {slots - 1} slots stay free"),
        ),
        "new" if got_new_span(events) else "shared",
        "A P needs no lock for its mcache because no other P may touch it; so P1 cannot take P0's span, and mcentral "
        f"has none to give. What happened: {story(events)}",
        scene=two_ps,
    )


def requests_until_the_miss() -> Exercise:
    """How often mcache alone is enough."""
    size = 32
    slot = size_class(size)
    old = size_class(size, go=GO_1_21).nelems
    timeline = Timeline(World())
    timeline.extend([Malloc(size)] * (slot.nelems + 1))
    # The first request misses, too: it finds no span at all.
    served = next(tick for tick in range(2, len(timeline) + 1) if deepest(timeline.events(tick)) != "mcache") - 1
    scan = size_class(size, pointers=True).nelems
    return Exercise(
        question=f"A fresh P makes object after object of {size} B without pointers. How many does it make before "
        f"it needs "
        f"a second span?",
        unit="objects",
        answer=served,
        wrong=(
            Wrong(
                old,
                f"it is {PAGE_SIZE} / {size}",
                "The end of the span is no slot: since Go 1.26 it holds the span’s mark bits.",
                "a span holds span bytes / size objects",
            ),
            Wrong(
                scan,
                "that is a span with pointers",
                "These objects have none, so their span needs no map of pointers.",
                "every span has a pointer bitmap",
            ),
            Wrong(served + 1, "that one is the first to miss", "Asked is how many are served before."),
            Wrong(served - 1, "one more still fits", "Count the first request, too: it got the first slot."),
            Wrong(1, "only the first request needed more than mcache", "One refill brings a whole span of slots."),
            Wrong(
                size_class(SIZE).nelems,
                f"that is a span of {SIZE} B slots",
                f"Slots of {size} B are larger, so fewer of them fit a span.",
            ),
        ),
        otherwise="How many slots has a span of this class? Lesson 01 counts them; the lab shows them.",
        right=f"The span has {slot.nelems} slots. Request {served + 1} fell through to the page cache; the ones in "
        f"between "
        "took a slot with no lock.",
        hints=(
            "mcache holds one span of this class at a time. It is asked again when that span is full.",
            f"A span of {size} B slots is {slot.npages} page, {count(PAGE_SIZE)} B.",
            f"Take {slot.inline_mark_bits} B for inline mark bits from the page, then divide by {size}.",
        ),
    )


def pages_left_in_the_cache() -> Exercise:
    """Why a P is slow once and then fast for a while."""
    world = one_span_full().world
    left = world.ps[0].pcache.cache.bit_count()
    grown = world.mstats().heap_sys // PAGE_SIZE
    return Exercise(
        question=f"A fresh P fills its first span of {SIZE} B slots and has just been given a second one. How many "
        f"free pages "
        "does its page cache hold now?",
        unit="pages",
        answer=left,
        wrong=(
            Wrong(
                PAGE_CACHE_PAGES,
                "that is a full page cache",
                "It was empty, and was filled because the second span was needed. Where does that span lie?",
            ),
            Wrong(
                left + 1,
                "that is what the page cache took",
                "It took every free page of one block, and then gave some of them away at once.",
            ),
            Wrong(
                grown - 2,
                "that is what the whole heap has left",
                "A P takes only one aligned block of pages for itself; the others belong to everyone.",
                "the heap's free pages are in the page cache",
            ),
            Wrong(grown, "that is by how much the heap grew", "A P takes only a part of it for itself."),
            Wrong(
                0,
                "that is an empty cache",
                "A P that goes under the heap lock for pages takes more than one, so as not to come back soon.",
                "each span asks mheap",
            ),
            Wrong(1, "that is the page of the new span", "Asked are the pages that are still free."),
        ),
        otherwise="Read the list above: two of its lines are about the page cache.",
        right=f"A page cache covers one aligned block of {PAGE_CACHE_PAGES} pages. The first span had one of them "
        f"already, so "
        f"{left + 1} were free; the second span took one more. The {left} left are as many spans without the heap "
        f"lock.",
        hints=(
            f"A page cache covers one aligned block of {PAGE_CACHE_PAGES} pages, and takes those that are free.",
            f"A span of {SIZE} B slots has {size_class(SIZE).npages} page. The first span lies in that block, too.",
            "Take away the page of the first span, and then the page of the second.",
        ),
    )


def first_growth() -> Exercise:
    """How much one small request makes the heap grow."""
    grown = first_request().at(1).mstats().heap_sys
    return Exercise(
        question=f"The very first object of a program has {SIZE} B. By how many bytes does the heap grow for it?",
        unit="B",
        answer=grown,
        wrong=(
            Wrong(SIZE, "that is what was asked", "Nobody asks the OS for a single object.", "malloc is a system call"),
            Wrong(
                PAGE_SIZE,
                "that is one page, one span",
                "A system call for each span would be far too dear.",
                "each new span asks the OS",
            ),
            Wrong(
                PAGE_CACHE_PAGES * PAGE_SIZE,
                "that is what a page cache holds",
                "The page cache takes its part from what the heap has; the heap grows in larger steps.",
            ),
            Wrong(
                HEAP_ARENA_BYTES,
                "that is an arena",
                "An arena is reserved address space; only part of it is made usable.",
                "the heap grows by arenas",
            ),
            Wrong(4096, "that is a page of the OS", "Go’s page has twice that, and the heap grows by many of them."),
            Wrong(
                1 << 20,
                "a comment in Go's own source says so",
                "The comment is older than the page allocator of Go 1.14; the code rounds up to more.",
            ),
        ),
        otherwise="Go back to tick 1 of the first lab above: its log says what the heap did for the first request.",
        right=f"{count(grown)} B, {grown >> 20} MiB: {PALLOC_CHUNK_PAGES} pages, the smallest step in which the "
        f"heap grows. "
        "The next few hundred spans need no system call.",
        hints=(
            "The heap grows in whole chunks, the unit in which the page allocator keeps its bitmaps.",
            f"A chunk has {PALLOC_CHUNK_PAGES} pages.",
            f"Multiply by the {count(PAGE_SIZE)} B of a page.",
        ),
    )


PLAN = Plan(
    "03_one_malloc",
    "One malloc, level by level",
    predictions=(request_505, five_free_slots),
    exercises=(requests_until_the_miss, pages_left_in_the_cache, first_growth),
    scenes=(first_request, one_span_full, two_ps, p1_leaves, p0_asks),
)
