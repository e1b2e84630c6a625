"""The questions of lesson 08: what the write barrier tells the marker, which stores have one, and what it costs.

Go: runtime/mwbbuf.go, (*wbBuf).get2, wbBufFlush1; runtime/mgcmark.go, gcmarknewobject.
Left out: bulk barriers, which copies of whole types and slices use; they queue the same pointers.
"""

from gomemlab.checks.barriers import (
    BEHIND_STACK,
    FLOATING,
    after_the_load,
    behind_a_global,
    behind_a_stack,
    first_flush,
    floating,
    freed_in,
    hidden,
    info,
    last_pointer_dropped,
    last_pointer_goes,
    lost,
    queued,
    stores,
    three_in_a_row,
    two_goroutines,
    two_stores,
)
from gomemlab.checks.numbers import count
from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.runtime.gc.barrier import WB_BUF_ENTRIES
from gomemlab.runtime.gcinfo import WHITE
from gomemlab.timeline import Timeline

SHOWN = ("schedule", "object_graph", "work")  # what a prediction opens in the lab
NEW_ONLY = "the barrier shades only the new pointer"
NEVER = "black never points to white"
EVERY_STORE = "every store has a barrier"
AT_ONCE = "each store goes to the marker at once"
ENTRIES_AT_MOST = 2  # of one store
ONE_BY_ONE = (  # to each of the six statements: what to think of, and what is often thought
    ("This store has a pointer that goes and one that comes.", NEW_ONLY),
    ("What is stored is nil, and the compiler knows it. But what is overwritten?", NEW_ONLY),
    ("The collector follows pointers. The compiler knows the type and leaves the barrier out.", EVERY_STORE),
    ("It is a local variable. Stacks have no barrier.", EVERY_STORE),
    ("Globals are scanned once in a cycle, as a heap object is. They have a barrier.", "globals have no barrier"),
    ("The object is new: no pointer is overwritten. But `q` may point to a white one.", "new objects need no barrier"),
)


def dijkstra_alone() -> Timeline:
    """Return the object behind a scanned stack, with the barrier of Go 1.5."""
    return hidden("dijkstra", BEHIND_STACK)


def the_last_pointer() -> Prediction:
    """Ask whether an object dies in the cycle in which its last pointer goes."""
    return Prediction(
        "A collection is marking. Object X has not been reached yet, and the only pointer to it is in a field, "
        "`holder.p`. Now your program executes `holder.p = nil`. Will this collection free X?",
        (
            Option(
                1,
                "yes: nothing points to X any more",
                "Nothing does, but your program may have copied the pointer to a place where the collector has "
                "already been. So it takes no risk.",
                NEW_ONLY,
            ),
            Option(2, "no: X lives through this collection and dies in the next"),
            Option(
                0,
                "no: what is written while marking is never freed",
                "Marks last for one cycle. The next begins with everything white.",
                "marks are kept",
            ),
        ),
        freed_in(last_pointer_dropped(), 2),
        "The barrier told the marker of the pointer that was about to disappear. So X was marked in cycle 1 and freed "
        f"in cycle {freed_in(last_pointer_dropped(), 2)}. What is kept like this is called floating garbage.",
        scene=last_pointer_goes,
        views=SHOWN,
    )


def the_barrier_of_1_5() -> Prediction:
    """Ask whether shading the new pointer is enough."""
    return Prediction(
        "Once more the moves of the first lab: the stack is scanned, `p = v0`, `v0 = nil`, the globals are scanned. "
        "This time there is a barrier as in Go 1.5: each store of a pointer, except on the stack, shades the **new** "
        "pointer. Is the object safe now?",
        (
            Option(
                "load",
                "yes: with p = v0 the barrier shades the object",
                "`p` is on the stack, and stores there have no barrier: it would cost more than all the rest.",
                EVERY_STORE,
            ),
            Option(
                "nil",
                "yes: with v0 = nil the barrier shades the object",
                "The new pointer of that store is nil. The object is the old one, and this barrier does not look at "
                "it.",
                NEW_ONLY,
            ),
            Option("lost", "no: neither store says anything of the object"),
        ),
        "lost" if lost(dijkstra_alone()) else "nil",
        "The object was lost again. Go 1.5 to 1.7 lived with this barrier by scanning all stacks once more, in the "
        "last stop: safe, and the longer the more goroutines there are. Since 1.8 the old pointer is shaded, too.",
        scene=dijkstra_alone,
        views=SHOWN,
    )


def black_points_to_white() -> Prediction:
    """Ask what Go does when a scanned stack gets a pointer to a white object."""
    gc = info(after_the_load())
    untouched = gc.objects[0].colour == WHITE and not gc.work.wb_entries
    return Prediction(
        "Go's own barrier shades both. G1's stack has been scanned: it is black. Now `p = v0` copies a pointer to a "
        "white object onto it. Black points to white. What does Go do about that?",
        (
            Option(
                "shade",
                "it shades the object: black must never point to white",
                "That is the strong rule of the textbooks. Go keeps a weaker one.",
                NEVER,
            ),
            Option(
                "again",
                "it marks the stack as grey: it is scanned again",
                "Since Go 1.8 no stack is scanned twice.",
                "stacks are scanned again at the end",
            ),
            Option("nothing", "nothing: at this moment the object is in no danger"),
        ),
        "nothing" if untouched else "shade",
        "After the load nothing was queued, and the object was still white. It is in no danger as long as `v0`, which "
        "has not been scanned, points to it, too. Whoever overwrites `v0` has to tell the collector, and does. The "
        "weak rule: what black points to is grey or black, **or something that will still be scanned leads there**.",
        scene=after_the_load,
        views=SHOWN,
    )


def all_but_one(answer: tuple[int, ...]) -> tuple[Wrong, ...]:
    """Return what is said to six numbers of which one only is wrong: which, and what to think of."""
    return tuple(
        Wrong((*answer[:i], n, *answer[i + 1 :]), f"all but ({i + 1}) are", why, misconception)
        for i, (why, misconception) in enumerate(ONE_BY_ONE)
        for n in range(ENTRIES_AT_MOST + 1)
        if n != answer[i]
    )


def entries_per_store() -> Exercise:
    """Ask which stores have a barrier, and how many pointers it takes."""
    listed = "; ".join(f"({i}) `{words}`" for i, (words, _) in enumerate(stores(), start=1))
    return Exercise(
        question=f"While a collection marks, six statements run: {listed}. `h` is on the heap, `p` and `q` are "
        "pointers, `n` is an int. How many entries does each put into the barrier buffer?",
        unit="",
        answer=queued(),
        wrong=(
            Wrong(
                queued("dijkstra"),
                "that counts new pointers only",
                "Go 1.5's barrier was like that. Today's takes the pointer that is overwritten, too.",
                NEW_ONLY,
            ),
            Wrong(
                queued("yuasa"),
                "that counts old pointers only",
                "The new one is taken as well; without it an object can be hidden behind a global.",
                "the barrier shades only the old pointer",
            ),
            Wrong(
                (2, 2, 0, 0, 2, 2),
                "that is both or nothing",
                "The compiler leaves out what it knows: is there a new pointer in (2), and an old one in (6)?",
            ),
            *all_but_one(queued()),
        ),
        otherwise="Give six numbers, in the order of the statements. Which pointers does each overwrite, and store?",
        right="Both pointers, as long as there are two: nil is no pointer, a fresh object has no old one, an int is "
        "none, and a stack needs no barrier. The old one counts even if it happens to be nil: finding out would cost "
        "more than queueing it. Stores that follow each other share one call: `h.p, h.q = q, r` queues "
        f"{two_stores()}.",
        hints=(
            "The barrier queues the new pointer and the old one. It does not ask what colour they have.",
            "Where is the variable that is written? On the stack there is no barrier at all.",
            "What does the compiler know? That nil is stored, that a field is an int, that an object is fresh.",
        ),
        example="six numbers",
    )


def the_store_that_flushes() -> Exercise:
    """Ask when a full buffer is emptied."""
    first = first_flush()
    return Exercise(
        question=f"The barrier buffer of a P holds {WB_BUF_ENTRIES} entries and is empty. A goroutine executes "
        "`h.p = q` again and again. Which of these stores is the first that finds too little room, so that the buffer "
        "is flushed?",
        unit="",
        answer=first,
        wrong=(
            Wrong(
                first - 1,
                "that one still fits",
                "It takes the last free entries. Nobody looks at the buffer before somebody needs room.",
                "a buffer is flushed when it is full",
            ),
            Wrong(
                WB_BUF_ENTRIES,
                "that is one entry for each store",
                "How many entries does `h.p = q` queue? See the exercise above.",
                NEW_ONLY,
            ),
            Wrong(
                WB_BUF_ENTRIES + 1,
                "that is one entry for each store",
                "How many entries does `h.p = q` queue? See the exercise above.",
                NEW_ONLY,
            ),
            Wrong(
                1,
                "then there would be no need for a buffer",
                "A store writes its pointers down and goes on. Shading is done later, for many together.",
                AT_ONCE,
            ),
            Wrong(
                2,
                "after the first store there is a lot of room",
                "The same pointers are queued again: the barrier does not look whether they are there already.",
                AT_ONCE,
            ),
        ),
        otherwise=f"How many stores fit into {WB_BUF_ENTRIES} entries? Asked is the one after those.",
        right=f"{first - 1} stores of 2 entries fill the buffer to the last entry, and store {first} has to flush it. "
        "So most stores while marking cost some instructions, and one in a few hundred the shading of all.",
        hints=(
            "The exercise above says how many entries one such store needs.",
            f"Divide {WB_BUF_ENTRIES} by it: so many stores fit, and they fill the buffer exactly.",
            "A full buffer is left alone until the next store comes.",
        ),
    )


def a_thousand_while_marking() -> Exercise:
    """Ask what becomes of objects that were made and dropped while a cycle marks."""
    return Exercise(
        question=f"While a collection marks, a program makes {count(FLOATING)} objects and drops each at once. The "
        "heap is empty otherwise. How many of them are left after this collection, and how many after the next?",
        unit="",
        answer=floating(),
        wrong=(
            Wrong(
                (0, 0),
                "that frees them at once",
                "Nobody can reach them, but nobody has looked, either: new objects are black from birth.",
                "what is unreachable when marking ends is freed",
            ),
            Wrong(
                (FLOATING, FLOATING),
                "that keeps them for good",
                "Their marks are those of one cycle.",
                "marks are kept",
            ),
            Wrong(
                (1, 0),
                "that keeps the last one",
                "The last one is dropped as well. And what of those before it?",
            ),
            Wrong(
                (0, FLOATING),
                "that is the wrong way round",
                "What was freed does not come back.",
            ),
        ),
        otherwise="Give two numbers. Which colour has an object that is made while marking?",
        right="Objects made while marking are born black, so that nobody has to find them. This collection keeps all "
        "of them, and the next, which begins with everything white, frees them.",
        hints=(
            "In the labs of lesson 07 you could press New while a collection was marking.",
            "Black means: not freed in this cycle, reachable or not.",
            "How long does a mark last?",
        ),
        example="two numbers",
    )


PLAN = Plan(
    "08_write_barriers",
    "Write barriers",
    predictions=(the_last_pointer, the_barrier_of_1_5, black_points_to_white),
    exercises=(entries_per_store, the_store_that_flushes, a_thousand_while_marking),
    scenes=(behind_a_stack, three_in_a_row, behind_a_global, two_goroutines),
)
