"""The questions of lesson 05: mcentral's four span sets, and who sweeps a span.

Go: runtime/mcentral.go, (*mcentral).cacheSpan, (*mcentral).uncacheSpan; runtime/mgc.go, gcMarkTermination, gcSweep;
runtime/mgcsweep.go, (*sweepLocked).sweep.
Left out: what a sweep does to the bitmaps of a span; lesson 06 has it.
"""

from gomemlab.checks.numbers import count
from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.checks.spansets import (
    ARRAYS,
    BLOCK,
    EACH,
    PROCS,
    SIZE,
    SLOTS,
    SPANCLASS,
    all_full,
    arrays,
    locks,
    made,
    mark_ends,
    more,
)
from gomemlab.commands import GC, Drop
from gomemlab.runtime.alloc.mcentral import SPAN_BUDGET
from gomemlab.runtime.gcevents import SpanSwept
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.timeline import Timeline

OBJECTS = 61  # ten full spans, and one more object
SPANS, HOLES = 20, 10  # full spans, and those of them in which an object was dropped
MANY = 150  # full spans, more than one request is ready to sweep
SETS = ("transport", "span_sets", "log")  # what a prediction opens in the lab
CLEANED = "full spans are cleaned by the collector itself"


def marking_ended() -> Timeline:
    """Return a world of 20 full spans, ten with a dropped object, at the end of marking: all are unswept."""
    timeline, objects = all_full(SPANS)
    timeline.do(Drop(tuple(objects[: SLOTS * HOLES : SLOTS])))
    mark_ends(timeline)
    return timeline


def first_request() -> Timeline:
    """Return the same world after the program has asked for one object."""
    timeline = marking_ended()
    more(timeline, 1)
    return timeline


def sixty_one() -> Timeline:
    """Return a world after 61 objects and a collection that freed nothing."""
    timeline, _ = made(OBJECTS)
    timeline.do(GC())
    return timeline


def nothing_dead() -> Timeline:
    """Return a world of 150 full, unswept spans without a dead object, after one more request."""
    timeline, _ = all_full(MANY)
    mark_ends(timeline)
    more(timeline, 1)
    return timeline


def free_slots(snapshot: Snapshot) -> int:
    """Return the free slots of all spans of the class."""
    spans = snapshot.spans
    rows = [row for row, spanclass in enumerate(spans.spanclass) if spanclass == SPANCLASS]
    return sum(SLOTS - spans.info(row).alloc_count for row in rows)


def free_when_marking_ends() -> Prediction:
    """Whether marking frees anything."""
    snapshot = marking_ended().world.snapshot()
    unswept = len(snapshot.central[SPANCLASS].full_unswept)
    return Prediction(
        f"A program holds {SPANS * SLOTS} objects of one size in {SPANS} spans of {SLOTS} slots: every slot is taken. "
        f"It forgets {HOLES} of them, each in a different span. A collection runs, and its marking has just ended. How "
        "many slots are free now?",
        (
            Option(
                HOLES,
                f"{HOLES}: a collection ends by freeing what is dead",
                "Marking finds out who is alive. It touches no span, dead object or not.",
                CLEANED,
            ),
            Option(0, "none: knowing who is dead is one thing, freeing is another"),
            Option(
                HOLES * SLOTS,
                f"{HOLES * SLOTS}: what lives in those spans is moved together, and they become empty",
                "Go never moves an object of the heap.",
                "the collector compacts the heap",
            ),
        ),
        free_slots(snapshot),
        f"The model has {unswept} spans to sweep at this moment, and {free_slots(snapshot)} free slots in them. What "
        "is dead becomes free when its span is swept, and that is left for later, one span at a time.",
        scene=marking_ended,
        views=SETS,
    )


def where_ten_full_spans_go() -> Prediction:
    """Which array holds full spans after a collection."""
    before = arrays(made(OBJECTS)[0].world.snapshot())
    after = arrays(sixty_one().world.snapshot())
    full = before["full[0]"]
    return Prediction(
        f"Full spans, {full} of them, lie in full[0]; sweepgen is 0. runtime.GC() runs to its end and finds nothing "
        "dead. Where do they lie now?",
        (
            Option(
                ("full[0]",),
                "in full[0]: nothing about them has changed",
                "Their neighbourhood has: full[0] is now the set of what is unswept, and runtime.GC empties it.",
            ),
            Option(("full[1]",), "in full[1]: each was swept, and put into the other array"),
            Option(
                ("full[0]", "full[1]"),
                "half of them in each: two arrays, so that two Ps can work at the same time",
                "Each array alone is safe for any number of Ps at once.",
                "two arrays are for concurrency",
            ),
            Option(
                ("partial[0]",),
                "in partial[0]: after a collection every span has room",
                "Where nothing was dead, there is no room.",
            ),
        ),
        tuple(name for name in ARRAYS if after[name] == full),
        f"The model has {after['full[1]']} spans in full[1] and {after['full[0]']} in full[0]. When marking ended, "
        "sweepgen became 2 and the arrays traded their roles; then every span was swept, and who sweeps a span takes "
        "it out of one array and puts it into the other.",
        scene=sixty_one,
        views=SETS,
    )


def one_hundred_and_fifty() -> Prediction:
    """How many spans one request is ready to sweep."""
    line = nothing_dead()
    swept = sum(isinstance(event, SpanSwept) for event in line.events(len(line)))
    unswept = len(line.world.snapshot().central[SPANCLASS].full_unswept)
    return Prediction(
        f"{MANY} full spans are unswept, and nothing in them is dead; but nobody knows that yet. The program asks for "
        "one object. How many spans does this one request sweep?",
        (
            Option(
                0,
                "none: full spans are the background sweeper's business",
                "A request that finds no room looks for some, and full spans may have room by now.",
                "only the sweeper sweeps",
            ),
            Option(
                1,
                "one: each request pays with one span",
                "That one is as full as it was, and the request still has no slot.",
                "a request sweeps one span",
            ),
            Option(SPAN_BUDGET + 1, "about a hundred: then it has looked long enough"),
            Option(
                MANY,
                f"all {MANY}: as long as there is a chance, no new memory is taken",
                "In a large heap one unlucky request would then wait for a whole sweep.",
                "a request sweeps until it finds room",
            ),
        ),
        swept,
        f"It swept {swept} spans in vain and left {unswept} to others; then it was given a fresh span. Go counts down "
        f"from {SPAN_BUDGET} and goes on while the count is not negative, which makes one more. The spans in vain are "
        "not lost work: they lie in the set of swept ones now, and nobody looks at them again in this cycle.",
        scene=nothing_dead,
        views=SETS,
    )


def a_lock_for_each_span() -> Prediction:
    """How often an mcentral is locked."""
    _, pushed, taken, answer = locks()[-1]
    return Prediction(
        f"{PROCS} Ps share an mcentral. They make {count(PROCS * EACH)} objects, two collections run, and they make "
        f"more. In all, a span is put into one of its sets {count(pushed)} times, and taken out of one {count(taken)} "
        "times. How many times is a lock of the mcentral taken?",
        (
            Option(
                pushed + taken,
                f"{count(pushed + taken)}: once for each span that goes in or out",
                "Two Ps that come at once each claim an index by one atomic step, and what lies there is theirs.",
                "mcentral takes a lock for every span",
            ),
            Option(
                pushed,
                f"{count(pushed)}: only taking one out needs no lock",
                "Putting one in is an atomic step, too: it claims the next free entry.",
                "mcentral takes a lock for every span",
            ),
            Option(answer, "fewer than twenty times: now and then a set needs more room"),
            Option(
                0,
                "never: nothing in it needs a lock",
                "Spans do not, but a set grows, and two Ps must not make it grow twice.",
                "a queue without locks for its entries has no lock",
            ),
        ),
        answer,
        f"The model took a lock {answer} times. A set keeps its spans in blocks of {BLOCK} entries, and only who needs "
        "a new block takes the lock of that set. Every other step claims an entry by one atomic step on an index.",
    )


def sixty_one_objects() -> Exercise:
    """Where the spans are that a program has filled."""
    world = made(OBJECTS)[0].world
    full, cached = arrays(world.snapshot())["full[0]"], world.ps[0].mcache.alloc[SPANCLASS]
    free = cached.nelems - cached.alloc_count
    return Exercise(
        question=f"A fresh P makes {OBJECTS} objects of {count(SIZE)} B without pointers, {SLOTS} to a span. How many "
        "spans lie in mcentral's full set then, and how many slots of the cached span are free?",
        unit="",
        answer=(full, free),
        wrong=(
            Wrong(
                (full + 1, free),
                "the last span is one too many",
                "It is in the mcache. A cached span lies in none of the four sets.",
                "mcentral holds every span of its class",
            ),
            Wrong(
                (full, OBJECTS % SLOTS),
                "the second number counts the taken slots",
                "Asked are those that are still free.",
            ),
            Wrong(
                (full, SLOTS),
                "the cached span is not empty",
                "The last object made the mcache ask for it, and lies in it.",
            ),
            Wrong(
                (full - 1, 0),
                "that is one object earlier",
                f"After {OBJECTS - 1} objects the span in the mcache was full, and stayed. One more pushed it out.",
                "a span leaves the mcache when it becomes full",
            ),
            Wrong((0, free), "that is a full set without the full spans", "A full span is given back to mcentral."),
        ),
        otherwise="Count the spans that were given back, and then look at the one in the mcache.",
        right=f"A full span stays in the mcache until the next request needs another. Object {OBJECTS} did: it pushed "
        f"out span {full} and was the first in a new one, which no set holds while it is cached.",
        hints=(
            f"{SLOTS} objects fill a span. Divide, and see what is left over.",
            "A span that has become full is exchanged when the next request finds no slot.",
            "What is left over lies in the cached span, and a cached span is in no set.",
        ),
        example="3, 2",
    )


def one_in_each_of_five() -> Exercise:
    """Where spans go that a collection found holes in."""
    timeline, objects = made(OBJECTS)
    dropped = 5
    timeline.extend([Drop(tuple(objects[: dropped * SLOTS : SLOTS])), GC()])
    found = timeline.world.snapshot().central[SPANCLASS]
    partial, full = len(found.partial_swept), len(found.full_swept)
    return Exercise(
        question=f"The same {OBJECTS} objects: ten full spans, and one in the mcache. The program drops one object in "
        f"each of {dropped} full spans, and runtime.GC() runs to its end. How many spans lie in the partial set, and "
        "how many in the full one?",
        unit="",
        answer=(partial, full),
        wrong=_wrong_homes(partial, full, dropped),
        otherwise=f"There are {full + partial} spans. Which of them have a free slot now, and which have none?",
        right=f"{dropped} spans have a hole, and the one that was cached has five free slots: {partial} have room, "
        f"{full} have none. None of them was moved by marking; each was moved when it was swept.",
        hints=(
            "runtime.GC marks and then sweeps everything before it returns.",
            "Every span with at least one free slot is partial.",
            "Do not forget the span that was in the mcache: when marking ends, it is given back.",
        ),
        example="3, 2",
    )


def _wrong_homes(partial: int, full: int, dropped: int) -> tuple[Wrong, ...]:
    """Return the wrong answers to where five spans with a hole went, as pairs like the right one."""
    return (
        Wrong(
            (partial - 1, full),
            "one span is missing",
            "When marking ends, every mcache gives its spans back, and the one of this class has free slots.",
            "a cached span stays cached over a collection",
        ),
        Wrong(
            (partial - 1, full + 1),
            "the span of the mcache is not full",
            "It was given back when marking ended, with one slot taken.",
        ),
        Wrong(
            (0, full + partial),
            "that is as if nobody had swept",
            "runtime.GC returns only when every span is swept.",
            "full spans stay full until somebody needs them",
        ),
        Wrong(
            (1, full + dropped),
            "the five holes were not found",
            "Sweeping looks at full spans, too, and puts each where it belongs now.",
            "a full span is never looked at again",
        ),
        Wrong(
            (partial, full + dropped),
            "five spans are counted twice",
            "A span with a hole is in the partial set, and no longer in the full one.",
        ),
    )


def unswept_after_four() -> Exercise:
    """How far a few requests take the sweep."""
    timeline = marking_ended()
    left = []
    for _ in range(4):
        more(timeline, 1)
        left.append(len(timeline.world.snapshot().central[SPANCLASS].full_unswept))
    first, answer = left[0], left[-1]
    return Exercise(
        question=f"{SPANS} full spans are unswept, in the order of the lab above: the first has nothing dead, the next "
        f"{HOLES} have one dead object each, the others none. The program asks for four objects, one after the other. "
        "How many spans are still unswept then?",
        unit="spans",
        answer=answer,
        wrong=_wrong_sweeps(first),
        otherwise="Go through the requests one by one: which spans does each of them sweep before it has a slot?",
        right=f"The first request swept two spans, one in vain: {first} were left. It filled the only hole, "
        f"so each further request had to sweep one more. {answer} are left; four were filled or found full and are "
        "swept, and the last is in the mcache.",
        hints=(
            "A request sweeps unswept spans from the front until one has a free slot.",
            "The span at the front has nothing dead: sweeping it gives no slot.",
            "A span with one hole is full again after one object.",
        ),
    )


def _wrong_sweeps(first: int) -> tuple[Wrong, ...]:
    """Return the wrong answers to how many spans four requests leave unswept; the first of them leaves `first`."""
    return (
        Wrong(
            SPANS,
            "that is all of them",
            "A request that finds no slot sweeps until it has one.",
            "requests wait for the background sweeper",
        ),
        Wrong(
            SPANS - 1,
            "only one span would have been swept",
            "The first one swept has no free slot, and each of the next ones has a single one.",
        ),
        Wrong(
            first,
            "that is after the first request",
            "It filled the only hole of its span. The second request needs another one.",
        ),
        Wrong(
            SPANS - 4,
            "that is one span for each request",
            "One of the requests had to sweep two: the first span it looked at was full.",
            "a request sweeps one span",
        ),
        Wrong(
            SPANS - HOLES,
            "that is as if every hole had been found",
            "A request stops at the first slot it finds.",
            "a request sweeps whatever it can",
        ),
        Wrong(
            0,
            "that is a finished sweep",
            "Nobody has asked for that: no runtime.GC, and the background sweeper had no turn.",
            CLEANED,
        ),
    )


PLAN = Plan(
    "05_mcentral_span_sets",
    "mcentral's span sets",
    predictions=(free_when_marking_ends, where_ten_full_spans_go, one_hundred_and_fifty, a_lock_for_each_span),
    exercises=(sixty_one_objects, one_in_each_of_five, unswept_after_four),
    scenes=(marking_ended, first_request, sixty_one, nothing_dead),
)
