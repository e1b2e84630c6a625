"""The questions of lesson 07: stops, colours, the order of marking, rings, and what a collection leaves in place.

Go: runtime/mgc.go, gcStart, gcMarkDone; runtime/mgcmark.go, markroot, scanstack, gcDrain.
Left out: when a cycle begins, and Green Tea, each of which is a lesson of its own.
"""

from gomemlab.checks.cycles import (
    OLD,
    RING,
    RING_SIZE,
    ROW,
    gaps,
    half_way,
    moved,
    old_tree,
    one_cycle,
    order,
    ring,
    ring_bytes,
    tree,
)
from gomemlab.checks.numbers import count
from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.runtime.markevents import PointerWritten, RootScanned, WorldStopped
from gomemlab.runtime.world import World

COLLECTIONS, STOPS = 10, 2
THREE_STOPS = "three stops a cycle"
CYCLES_LEAK = "cycles of pointers leak"
WHITE_IS_DEAD = "white means dead"
GENERATIONS = "the collector is generational"
COMPACTS = "the collector compacts"
BREADTH, DEPTH = (1, 2, 3, 4, 5, 6, 7), (1, 2, 4, 5, 3, 6, 7)


def when_is_a_stack_scanned() -> Prediction:
    """Whether roots are scanned in a stop."""
    return Prediction(
        "Two goroutines are running when a collection begins. At some moment the collector has to look through G2's "
        "stack for pointers. When?",
        (
            Option(
                "first stop",
                "in the first stop of the world, when everything stands still",
                "The first stop finishes the last sweep, switches the write barrier on and lists what is to be "
                "scanned. It scans nothing.",
                "roots are scanned in a stop",
            ),
            Option(
                "own stop",
                "in a stop of its own, between the first and the last",
                "There is no such stop.",
                THREE_STOPS,
            ),
            Option("running", "between the stops, while other goroutines run"),
            Option(
                "last stop",
                "in the last stop, when all else has been marked",
                "Up to Go 1.7 stacks were scanned a second time there. Since 1.8 they are scanned once.",
                "stacks are scanned again at the end",
            ),
        ),
        when(),
        "In the model G1 stored a pointer after the first stop and before G2's stack was scanned, and again before "
        "the second stop: the program was running. Only G2 itself waits, for as long as its own stack is read.",
        scene=one_cycle,
        views=("transport", "phases", "log"),
    )


def when() -> str:
    """Return when the model scans G2's stack: while the program runs, if it writes before and after, without a stop."""
    timeline = one_cycle()
    events = [event for tick in range(1, len(timeline) + 1) for event in timeline.events(tick)]
    scan = next(i for i, event in enumerate(events) if isinstance(event, RootScanned) and event.job == "G2's stack")
    stops = [i for i, event in enumerate(events) if isinstance(event, WorldStopped)]
    writes = [i for i, event in enumerate(events) if isinstance(event, PointerWritten)]
    before, after = max(i for i in stops if i < scan), min(i for i in stops if i > scan)
    around = any(before < i < scan for i in writes) and any(scan < i < after for i in writes)
    return "running" if around and len(stops) == STOPS else "own stop"


def five_white_objects() -> Prediction:
    """Ask what white means while marking goes on."""
    white, freed = half_way()
    return Prediction(
        "Object 1 points to 2 and 3, 2 to 4 and 5, 3 to 6 and 7; nothing points to 8. A collection has just scanned "
        f"object 1. So 1 is black, 2 and 3 are grey, and the other {white} are white. How many of these {white} will "
        "it free?",
        (
            Option(
                white,
                f"{white}: white objects are garbage",
                "White means not reached yet, and marking is not over.",
                WHITE_IS_DEAD,
            ),
            Option(freed, f"{freed}: most of them have only not been reached yet"),
            Option(
                0,
                "none: this collection marks, the next one frees",
                "What is white when marking is over is freed by the sweep that follows at once.",
                "objects are freed one collection late",
            ),
        ),
        freed,
        f"When marking is over, white means dead, and not before. Of the {white} white objects {white - freed} were "
        f"reached in the steps that followed, through 2 and 3. Object 8 stayed white to the end.",
        scene=tree,
        views=("schedule", "object_graph", "work"),
    )


def where_survivors_are() -> Prediction:
    """Whether what lives is moved together."""
    rows = moved()
    stayed = all(before == after for _, before, after, fate in rows if fate == "lives")
    return Prediction(
        f"{ROW} objects of one size lie side by side. Every second one dies, and a collection runs. Where are the "
        f"{ROW // 2} survivors?",
        (
            Option(
                "front",
                "at the front of their span: the gaps are closed",
                "Then every pointer to them would have to be found and changed, in stacks and registers too.",
                COMPACTS,
            ),
            Option(
                "copied",
                "in a new span: survivors are copied, the old span is dropped",
                "Copying collectors do that; Go's is none.",
                COMPACTS,
            ),
            Option("stayed", "where they were: the gaps stay"),
        ),
        "stayed" if stayed else "front",
        "An object of the heap keeps its address until it dies. A gap is a free slot, and the next object of that size "
        "fits into it exactly: that is what size classes are for.",
        scene=gaps,
        views=("transport", "span", "log"),
    )


def the_tenth_collection() -> Prediction:
    """Whether old objects are spared."""
    rows = old_tree(COLLECTIONS)
    last = rows[-1][1]
    return Prediction(
        f"A tree of {count(OLD)} objects was built at start-up. Since then nobody has changed it, and "
        f"{COLLECTIONS - 1} collections have come and gone. How many of its objects does the next one scan?",
        (
            Option(
                0,
                "none: they are old, and old objects are looked at rarely",
                "Generational collectors do that. To Go an object has no age.",
                GENERATIONS,
            ),
            Option(
                1,
                "one: the root of the tree, since nothing below has changed",
                "A collection remembers nothing of the one before: all marks are fresh.",
                "the collector remembers what it marked",
            ),
            Option(last, f"{count(last)}: all of them, once more"),
        ),
        last,
        f"Each cycle begins with everything white. So each of the {COLLECTIONS} collections scanned {count(last)} "
        "objects, to learn what it had known before. What lives long costs a scan in every cycle.",
    )


def ten_collections() -> Exercise:
    """How often the world stops."""
    world = World()
    for _ in range(COLLECTIONS):
        world.gc()
    return Exercise(
        question=f"A program calls `runtime.GC()` {COLLECTIONS} times, one after the other. How often does the world "
        "stop for it?",
        unit="stops",
        answer=world.snapshot().gc.stops,
        wrong=(
            Wrong(
                3 * COLLECTIONS,
                f"it is 3 × {COLLECTIONS}",
                "Count the red marks in one cycle of the picture above.",
                THREE_STOPS,
            ),
            Wrong(
                COLLECTIONS,
                "that is one for each",
                "The barrier has to go on before marking, and off after it. Can one stop do both?",
                "the collector stops the world while it works",
            ),
            Wrong(
                0,
                "that would be none at all",
                "Marking runs beside the program; to begin and to end it, everybody must stand still for a moment.",
                "a concurrent collector never stops the world",
            ),
            Wrong(
                4 * COLLECTIONS,
                f"it is 4 × {COLLECTIONS}",
                "Not every change of phase needs a stop: sweeping begins by itself.",
                THREE_STOPS,
            ),
        ),
        otherwise="Count the stops of one cycle in the picture above.",
        right=f"Two in each cycle: one to begin marking, one to end it. `PauseTotalNs` of `runtime.MemStats` is the "
        f"time in these stops, and `NumGC` would have grown by {COLLECTIONS}.",
        hints=(
            "A stop is needed where all goroutines must see a change at once.",
            "The change is the write barrier: it is switched on, and later off.",
            f"Multiply the stops of one cycle by {COLLECTIONS}.",
        ),
    )


def order_of_scanning() -> Exercise:
    """Which grey object is next."""
    return Exercise(
        question="The tree again: 1 points to 2 and 3, 2 to 4 and 5, 3 to 6 and 7. Only a stack points to 1. The "
        "marker goes object by object. In which order are the seven scanned?",
        unit="",
        answer=order(),
        wrong=(
            Wrong(
                BREADTH,
                "that is level by level",
                "So it would be if grey objects stood in line. They lie on a pile.",
                "grey objects wait in a queue",
            ),
            Wrong(
                DEPTH,
                "that goes down on the left first",
                "The pile is right. But of two objects that were put on it one after the other, which lies on top?",
                "marking follows the first pointer first",
            ),
            Wrong(
                (1, 3, 2, 7, 6, 5, 4),
                "that is level by level, from the right",
                "After 3 its own two objects lie on top of 2.",
                "grey objects wait in a queue",
            ),
            Wrong(
                (1, 3, 6, 7, 2, 4, 5),
                "only the top of the pile is right",
                "You took the last of 2 and 3 first. The same goes for every other pair.",
            ),
        ),
        otherwise="Give seven numbers. Step the marker in the lab above and watch the pile on the right.",
        right="Last in, first out: a grey object goes onto a pile, and the worker takes from the top. So the last "
        "pointer of an object is followed first, and down to its end. That keeps the pile short.",
        hints=(
            "Scanning an object puts what it points to onto a pile, in the order of its pointers.",
            "The next to be scanned is the one on top: the one put there last.",
            "After 1 the pile is 2, then 3 on top. What does scanning 3 put there?",
        ),
        example="1, …",
    )


def a_ring_of_a_thousand() -> Exercise:
    """Ask what a ring that nobody reaches gives back."""
    one, full, empty = ring_bytes()
    return Exercise(
        question=f"{count(RING)} objects of {count(RING_SIZE)} B point to each other in a ring: each to the next, the "
        f"last to the first. The program drops its only pointer into the ring and calls `runtime.GC()`. By how many "
        f"bytes does HeapAlloc fall?",
        unit="B",
        answer=full - empty,
        wrong=(
            Wrong(
                0,
                "then the ring would have stayed",
                "Every object in it has a pointer to it. But the collector does not count pointers; it asks whether "
                "a way leads there from a root.",
                CYCLES_LEAK,
            ),
            Wrong(
                RING * RING_SIZE,
                f"it is {count(RING)} × {count(RING_SIZE)}",
                "HeapAlloc counts what an object takes, not what was asked for. A large object takes whole pages.",
                "malloc gives exactly what was asked",
            ),
            Wrong(
                one,
                "that is one object of the ring",
                "With the first object the way to all the others is gone, too.",
                "the collector frees what was dropped, not what hung on it",
            ),
            Wrong(
                (RING - 1) * one,
                "one object is missing",
                "The last pointer to the first object was on the stack, and that was dropped.",
            ),
            Wrong(
                RING << 16,
                f"it is {count(RING)} × 64 KiB",
                "Each object is 8 B larger than that, which costs it another page.",
            ),
        ),
        otherwise="How many pages of 8 KiB does one object take? And how many objects can still be reached?",
        right=f"No root leads into the ring, so all of it is white at the end. Each object had {one >> 13} pages, "
        f"{count(one)} B; {count(RING)} of them are {count((full - empty) >> 10)} KiB.",
        hints=(
            "Start at the roots. Can you still get into the ring?",
            f"An object of {count(RING_SIZE)} B is large: it takes whole pages of 8 KiB.",
            "Multiply the bytes of those pages by the number of objects that die.",
        ),
    )


PLAN = Plan(
    "07_tri_colour_marking",
    "Marking in three colours",
    predictions=(when_is_a_stack_scanned, five_white_objects, where_survivors_are, the_tenth_collection),
    exercises=(ten_collections, order_of_scanning, a_ring_of_a_thousand),
    scenes=(one_cycle, tree, ring, gaps),
)
