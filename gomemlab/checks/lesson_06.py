"""The questions of lesson 06: a span's two bitmaps, what a sweep does with them, and who gets a freed slot.

Go: runtime/mheap.go, mspan, newMarkBits; runtime/mbitmap.go, (*mspan).nextFreeIndex; runtime/mgcsweep.go,
(*sweepLocked).sweep, bgsweep.
Left out: which spans are swept when; lesson 05 has it.
"""

from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.checks.reuse import HOLES, SIZE, SLOTS, run_reuse
from gomemlab.checks.spansets import all_full, made, mark_ends, more
from gomemlab.commands import GC, Drop, SweepAll, SweepTurn
from gomemlab.runtime.alloc.sizeclasses import size_class
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.timeline import Timeline

SPANCLASS = size_class(SIZE).spanclass
DIED = (100, 5, 71, 9, 70)  # the same five slots, in the order in which they die
SPANS = 10
LARGE = 1 << 20  # bytes
TURN_SPANS, TURN_DEAD = 25, 40  # unswept spans, and the dead objects in each of them
FIRST, LATER = 40, 10  # objects made before a collection, and after it
SHOWN = ("transport", "span", "log")  # what a prediction opens in the lab


def five_holes() -> Timeline:
    """Return a world with one full span in which five objects died, when marking has ended: it is unswept."""
    timeline, objects = all_full(1, SIZE, SLOTS)
    for slot in DIED:
        timeline.do(Drop((objects[slot],)))
    mark_ends(timeline)
    return timeline


def five_given() -> Timeline:
    """Return the same world after five requests."""
    timeline = five_holes()
    more(timeline, len(DIED), SIZE)
    return timeline


def forty_and_ten() -> Timeline:
    """Return a world in which 40 objects lived through a collection, and ten more were made after it."""
    timeline, _ = made(FIRST, SIZE)
    timeline.do(GC())
    more(timeline, LATER, SIZE)
    return timeline


def every_second() -> Timeline:
    """Return a world of ten full spans in which every second object was dropped, and a collection ran."""
    timeline, objects = all_full(SPANS, SIZE, SLOTS)
    timeline.extend([Drop(tuple(objects[::2])), GC()])
    return timeline


def half_of_the_spans() -> Timeline:
    """Return the same world where the objects of five whole spans were dropped instead."""
    timeline, objects = all_full(SPANS, SIZE, SLOTS)
    timeline.extend([Drop(tuple(objects[: len(objects) // 2])), GC()])
    return timeline


def sweeping() -> Timeline:
    """Return a world of 25 full, unswept spans with 40 dead objects in each."""
    timeline, objects = all_full(TURN_SPANS, SIZE, SLOTS)
    timeline.do(Drop(tuple(objects[at + i] for at in range(0, len(objects), SLOTS) for i in range(TURN_DEAD))))
    mark_ends(timeline)
    return timeline


def spans_of(snapshot: Snapshot) -> int:
    """Return how many spans of the class there are."""
    return sum(spanclass == SPANCLASS for spanclass in snapshot.spans.spanclass)


HALVES_HEAD = ("what was dropped", "objects left", "HeapAlloc, B", "HeapInuse, B", "spans left", "bytes idle again")


def halves() -> list[tuple[object, ...]]:
    """Return the rows of three worlds: nothing dropped, every second object, all objects of every second span."""
    before = all_full(SPANS, SIZE, SLOTS)[0].world.mstats()
    rows: list[tuple[object, ...]] = []
    for what, timeline in (
        ("nothing", all_full(SPANS, SIZE, SLOTS)[0]),
        ("every second object", every_second()),
        ("all objects of five spans", half_of_the_spans()),
    ):
        snapshot = timeline.world.snapshot()
        stats = snapshot.mstats
        idle = stats.heap_idle - before.heap_idle
        rows.append((what, stats.heap_objects, stats.heap_alloc, stats.heap_inuse, spans_of(snapshot), idle))
    return rows


NEEDZERO_HEAD = ("a span", "needzero", "a request for one of its slots")


def needzero() -> list[tuple[str, int, str]]:
    """Return the rows of spans with different pasts: must their free slots be cleared before use."""
    swept = five_holes()
    swept.do(SweepAll())
    again, objects = made(1, LARGE)
    again.extend([Drop(tuple(objects)), GC()])
    more(again, 1, LARGE)
    pasts = (
        ("on pages that are fresh from the OS", made(1, SIZE)[0]),
        ("that was swept, and nothing was dead", all_full(1, SIZE, SLOTS)[0]),
        ("that was swept, and lost objects", swept),
        ("on pages that another span had before", again),
    )
    told = ("finds zeros", "clears it first")
    found = [(past, int(line.world.snapshot().spans.info(0).needzero)) for past, line in pasts]
    return [(past, bit, told[bit]) for past, bit in found]


def which_slots_next() -> Prediction:
    """In which order freed slots are given again."""
    run = run_reuse(DIED)
    return Prediction(
        f"A span of {SLOTS} slots is full. Five of its objects die, in this order: those in slots "
        f"{', '.join(map(str, DIED[:-1]))} and {DIED[-1]}. A collection runs. Which slots do the next five objects "
        "of this size get, and in which order?",
        (
            Option(
                DIED[::-1],
                f"{', '.join(map(str, DIED[::-1]))}: what died last is given first",
                "That is a list of free slots with its newest entry in front, as many allocators have it. Go has none.",
                "freed slots are reused in LIFO order",
            ),
            Option(
                DIED,
                f"{', '.join(map(str, DIED))}: what has been free longest is given first",
                "Nobody notes when an object died; all five were found dead by one collection.",
                "free slots wait in a queue",
            ),
            Option(HOLES, f"{', '.join(map(str, HOLES))}: from the lowest slot up"),
            Option(
                (),
                "none of these: new objects are put behind the last one",
                "Behind the last slot the span ends; then nothing would ever be reused.",
                "malloc is a bump pointer",
            ),
        ),
        run.given,
        "The model went through the span from its first slot to its last, and took each one that was free. There is no "
        "list of free slots: there is one bit for each, and a search for the next one.",
        scene=five_given,
        views=SHOWN,
    )


def bits_set() -> Prediction:
    """Whether malloc writes allocBits."""
    snapshot = forty_and_ten().world.snapshot()
    row = snapshot.spans.spanclass.index(SPANCLASS)
    span = snapshot.spans.info(row)
    answer = span.alloc_bits.bit_count()
    return Prediction(
        f"A P makes {FIRST} objects in a fresh span. runtime.GC() runs; nothing is dead. The P makes {LATER} more in "
        "the same span. How many bits of the span's allocBits are set now?",
        (
            Option(
                FIRST + LATER,
                f"{FIRST + LATER}: one for each object",
                "Then every request would have to write a bit.",
                "malloc writes allocBits",
            ),
            Option(FIRST, f"{FIRST}: one for each object that the collection found alive"),
            Option(
                LATER,
                f"{LATER}: one for each object since the collection",
                "It is the other way round: what came since is not in the bitmap.",
            ),
            Option(
                SLOTS - FIRST - LATER,
                f"{SLOTS - FIRST - LATER}: one for each free slot",
                "A set bit means: lived through the last collection.",
                "a set bit is a free slot",
            ),
        ),
        answer,
        f"The model has {answer} bits set and freeindex {span.freeindex}. malloc only moved freeindex on. Every slot "
        "below it is taken, and of those above it the bits tell which lived through the last sweep.",
        scene=forty_and_ten,
        views=SHOWN,
    )


def every_second_object() -> Prediction:
    """Whether half of the objects are half of the memory."""
    before = spans_of(all_full(SPANS, SIZE, SLOTS)[0].world.snapshot())
    freed = before - spans_of(every_second().world.snapshot())
    return Prediction(
        f"{SPANS} full spans of {SLOTS} slots. The program drops every second object, and runtime.GC() runs to its "
        "end. How many spans go back to the heap, so that any other size could use their pages?",
        (
            Option(
                SPANS // 2,
                f"{SPANS // 2}: half of the memory is free",
                "It is free in slots. For that, the objects that live would have to be moved together.",
                "the collector compacts the heap",
            ),
            Option(0, "none: there is somebody alive in each of them"),
            Option(
                SPANS,
                f"{SPANS}: a span with free slots is given back, and its survivors stay where they are",
                "Pages with a living object cannot be given to anybody else.",
            ),
        ),
        freed,
        f"The model gave {freed} spans back. A span returns to the heap when a sweep finds no mark in it at all. One "
        "survivor keeps all its pages for this one size.",
        scene=every_second,
        views=("transport", "span", "ledger"),
    )


def bytes_of_a_bitmap() -> Exercise:
    """How large a bitmap is."""
    words = -(-SLOTS // 64)
    answer = 8 * words
    slot = size_class(SIZE)
    return Exercise(
        question=f"A span of {SIZE} B slots has {SLOTS} of them. How many bytes does its allocBits take?",
        unit="B",
        answer=answer,
        wrong=(
            Wrong(SLOTS, "that is a byte for each slot", "A slot is free or not: one bit says it."),
            Wrong(
                SLOTS // 8,
                f"that is {SLOTS} / 8, rounded down",
                "The last slots would have no bit. And the search reads the bits in larger pieces than bytes.",
                "a bitmap is as long as it has to be",
            ),
            Wrong(8, "that is one word", "A word has bits for 64 slots only."),
            Wrong(words, "that counts the words", "Asked are bytes."),
            Wrong(
                slot.inline_mark_bits,
                "that is the reserve at the end of the span",
                "There Green Tea keeps marks and scans while a collection runs. allocBits lies outside the span.",
                "allocBits lies in the span",
            ),
        ),
        otherwise="One bit for each slot, in whole words.",
        right=f"{words} words of 8 B: 64 bits at a time is how Go searches for a free slot. "
        "gcmarkBits takes as much again, and both lie outside the span.",
        hints=(
            "A slot needs one bit.",
            "Go looks at 64 bits at a time, and makes bitmaps of whole words.",
            f"How many words of 64 bits does it take to have {SLOTS} bits? A word is 8 bytes.",
        ),
    )


def freeindex_after_three() -> Exercise:
    """Whether freeindex counts objects."""
    dead, asked = (3, 20, 21, 90), 3
    run = run_reuse(dead)
    answer = run.freeindex[asked - 1]
    return Exercise(
        question=f"In a full span of {SLOTS} slots, those numbered {', '.join(map(str, dead[:-1]))} and {dead[-1]} "
        f"became free in a sweep. The next {asked} requests came from this span. What is its freeindex now?",
        unit="",
        answer=answer,
        wrong=(
            Wrong(asked, "that counts the requests", "freeindex is a place in the span.", "freeindex counts objects"),
            Wrong(
                run.given[asked - 1],
                "that is the slot of the last request",
                "freeindex stands where the next search begins. That slot is taken.",
            ),
            Wrong(
                dead[-1],
                "that is the next free slot",
                "Nobody has looked for it yet: the search begins with the next request.",
                "freeindex is the next free slot",
            ),
            Wrong(SLOTS, "that is a full span", "One slot is still free in it."),
            Wrong(
                SLOTS - 1,
                "that counts the taken slots",
                "That is allocCount. freeindex says how far the search has come.",
                "freeindex counts objects",
            ),
            Wrong(0, "that is a span that was just swept", "Each request moves freeindex on."),
        ),
        otherwise="Which slot did the last of the three get? And where does the search for the next one begin?",
        right=f"The requests got slots {', '.join(map(str, run.given[:asked]))}; freeindex stands behind the last of "
        f"them. The next request searches from {answer} on, passes over slots that are taken, and finds {dead[-1]}.",
        hints=(
            "A sweep sets freeindex to 0; requests then get the free slots from the lowest up.",
            "Everything below freeindex is taken.",
            "It stands directly behind the slot that was given last.",
        ),
    )


def a_turn_of_the_sweeper() -> Exercise:
    """How much the background sweeper does at a time."""
    timeline = sweeping()
    before = timeline.world.mstats()
    timeline.do(SweepTurn())
    freed = before.heap_objects - timeline.world.mstats().heap_objects
    spans = freed // TURN_DEAD
    return Exercise(
        question=f"{TURN_SPANS} full spans of {SLOTS} slots are unswept, with {TURN_DEAD} dead objects in each. The "
        "background sweeper gets one turn. How many slots does it free?",
        unit="slots",
        answer=freed,
        wrong=(
            Wrong(
                TURN_DEAD,
                "that is one span",
                "It does several before it lets others run.",
                "the background sweeper sweeps one span at a time",
            ),
            Wrong(
                TURN_SPANS * TURN_DEAD,
                "that is all of them",
                "Then a large heap would keep it busy for long, and a P with it.",
                "a collection is swept in one go",
            ),
            Wrong(0, "that is a turn without a sweep", "There is enough to sweep, and sweeping is all that it does."),
            Wrong(spans, "that counts the spans", "Asked are the slots that became free in them."),
            Wrong(
                spans * SLOTS,
                "that is every slot of those spans",
                "Objects with a mark stay where they are.",
                "a sweep empties a span",
            ),
        ),
        otherwise="How many spans does it sweep in a turn, and how many slots does each of them give?",
        right=f"{spans} spans in a turn, {TURN_DEAD} dead objects in each. Then it lets other goroutines run, "
        "where the processors are busy, and goes on later.",
        hints=(
            "The background sweeper sweeps a fixed number of spans and then yields.",
            f"Go calls that number sweepBatchSize; it is less than half of {TURN_SPANS}, and round.",
            f"Each span gives {TURN_DEAD} slots.",
        ),
    )


PLAN = Plan(
    "06_bitmaps_and_sweeping",
    "Bitmaps and sweeping",
    predictions=(which_slots_next, bits_set, every_second_object),
    exercises=(bytes_of_a_bitmap, freeindex_after_three, a_turn_of_the_sweeper),
    scenes=(five_holes, five_given, forty_and_ten, every_second, half_of_the_spans, sweeping),
)
