"""The questions of lesson 15: what stays in the process when objects are gone, who gives it back, and when.

Go: runtime/mgcscavenge.go, gcPaceScavenger; runtime/debug/garbage.go, FreeOSMemory; runtime/mstats.go, MemStats.
Left out: what RSS itself leaves out, such as files in the kernel's cache.
"""

from gomemlab.checks.givingback import (
    BLOCKS,
    FIRST,
    HOLES,
    IN_C,
    LARGER,
    LIMIT,
    MIB,
    SLOTS,
    STAYS,
    a_service,
    again,
    dropped,
    every_fourth,
    full,
    given_back,
    holes_given_back,
    idle_service,
    inuse_after,
    mib,
    moved_by_c,
    one_in_each,
    over_the_limit,
    pointer_after,
    released,
    reused,
    seconds_until_given_back,
    smaller,
    when,
    with_c,
    written,
)
from gomemlab.checks.numbers import count
from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong

SHOWN = ("transport", "memory")  # what a prediction opens in the lab
BY_GC = "GC returns memory to the OS"
LEAK = "HeapIdle is a leak"
FREES = "FreeOSMemory frees objects"
HARD = "a memory limit is a hard limit"
FULL = "runtime.GC is a full GC"
SEES_C = "Go’s counters see all memory"


def after_the_drop() -> Prediction:
    """Ask what a cycle gives back."""
    before, after = released(written()), released(dropped())
    stats = dropped().world.mstats()
    return Prediction(
        f"A program writes to {BLOCKS} blocks of 1 MiB; HeapReleased is {before} MiB. It drops all of them and calls "
        "`runtime.GC()`. What is HeapReleased then?",
        (
            Option(
                before + BLOCKS,
                f"{before + BLOCKS} MiB: the collector returned what it freed",
                "It freed the objects, and their pages are free. But the process still has them.",
                BY_GC,
            ),
            Option(
                0,
                "0: it counts what was released since the last cycle",
                "It is a level and no flow: the bytes that have no memory behind them now.",
                "HeapReleased counts what was ever released",
            ),
            Option(after, f"{after} MiB, as before: HeapIdle has grown instead"),
        ),
        after,
        f"HeapAlloc is {mib(stats.heap_alloc)} MiB in the model, HeapIdle {mib(stats.heap_idle)} MiB, and RSS has not "
        "moved. A cycle makes pages free *for Go*. To give them to the system is another matter, and done by others.",
        scene=dropped,
        views=SHOWN,
    )


def another_two_hundred() -> Prediction:
    """Ask what idle memory is good for."""
    return Prediction(
        f"HeapIdle is now above {BLOCKS} MiB, and nothing points there. The program makes {BLOCKS} blocks once more, "
        "and writes to them. What do Sys and RSS do?",
        (
            Option("idle", "nothing: the blocks get the idle pages"),
            Option(
                "new",
                f"both grow by {BLOCKS} MiB: what is idle is lost",
                "That would be a leak. Idle pages are the first that an allocation looks at.",
                LEAK,
            ),
            Option(
                "rss",
                "Sys stays, RSS doubles: the kernel has to find memory again",
                "It would have to if the pages had been given back. They never left.",
            ),
        ),
        reused(),
        "The same addresses, the same memory: no call to the system, not one page fault. That is why Go keeps it. A "
        "leak would show in HeapAlloc after a cycle: **live** bytes that grow from one to the next.",
        scene=again,
        views=SHOWN,
    )


def a_pointer_that_one_has() -> Prediction:
    """Ask what FreeOSMemory does to what the program has."""
    return Prediction(
        "The program has a pointer `p` to a small object. It prints `p` and `*p`, calls `debug.FreeOSMemory()`, and "
        "prints both again. What has changed?",
        (
            Option(
                "freed",
                "the object is gone: its memory was freed",
                "No function of Go’s frees what a pointer leads to. The name means: free memory, to the OS.",
                FREES,
            ),
            Option(
                "moved",
                "p: the object was moved, so that whole pages became free",
                "Objects of Go’s heap never move; only stacks do.",
                "Go compacts the heap",
            ),
            Option("stays", "neither of them: only pages without objects went back"),
            Option(
                "value",
                "*p is zero: the kernel took the page, and gives another when it is read",
                "So it is with pages that were given back. Those of spans in use are not.",
                FREES,
            ),
        ),
        pointer_after(),
        "It ran a cycle, which frees what nothing points to, like any other. Then it gave back pages that no span "
        f"has: HeapReleased went to {released(given_back())} MiB. A real program that printed both saw the same.",
        scene=given_back,
        views=SHOWN,
    )


def after_free_os_memory() -> Exercise:
    """Ask for three counters."""
    stats = given_back().world.mstats()
    idle, gone = stats.heap_idle // MIB, stats.heap_released // MIB
    return Exercise(
        question=f"Back to the first question: HeapSys is {mib(stats.heap_sys)} MiB, all {BLOCKS} MiB are dropped. Now "
        "the program calls `debug.FreeOSMemory()`. What are HeapAlloc, HeapIdle and HeapReleased, in whole MiB?",
        unit="MiB",
        answer=(stats.heap_alloc // MIB, idle, gone),
        wrong=(
            Wrong(
                (0, 0, gone),
                "that takes released pages out of HeapIdle",
                "HeapReleased is a **part** of HeapIdle: addresses that Go may use again.",
                "released memory is not idle",
            ),
            Wrong(
                (0, 0, 0),
                "that takes them out of the heap",
                "The addresses stay reserved, mapped and counted. Only the memory behind them is gone.",
                "released memory leaves the heap",
            ),
            Wrong(
                (0, idle, released(dropped())),
                "that is what the cycle alone did",
                "FreeOSMemory goes on where the cycle stops.",
            ),
            Wrong(
                (0, BLOCKS, BLOCKS),
                "that leaves out what was never used",
                "HeapSys is a little more than the blocks: the heap grows by whole pieces of 4 MiB. What was never "
                "used counts as released.",
            ),
        ),
        otherwise="What is not in use is idle; of what is idle, all is given back.",
        right=f"All that is idle is released, and RSS is {mib(given_back().world.footprint().rss)} MiB. In real Go "
        "HeapIdle and HeapReleased came to the same value, but for a few pages that a P keeps at hand.",
        hints=(
            "HeapSys = HeapInuse + HeapIdle, and hardly anything is in use.",
            "HeapReleased is a part of HeapIdle.",
            "FreeOSMemory gives back every page that no span has.",
        ),
        example="10, 20, 5",
    )


def a_full_collection() -> Prediction:
    """Ask what runtime.GC does more than another cycle."""
    return Prediction(
        f"{count(SLOTS)} small objects, four in each span; of each span one is alive. A cycle that began by itself "
        "has swept. Now the program calls `runtime.GC()`. What does that do to HeapInuse?",
        (
            Option(
                "compacts",
                "it falls to a quarter: a full GC moves what is alive together",
                "Some runtimes do that. Go’s objects stay where they are for life.",
                "Go compacts the heap",
            ),
            Option("same", "nothing: one cycle is like another"),
            Option(
                "frees more",
                "it falls somewhat: a full GC also finds old garbage that other cycles leave",
                "There is no old garbage and no young: each cycle of Go marks the whole heap.",
                FULL,
            ),
        ),
        full(),
        "Every cycle is full. `runtime.GC()` differs in that you wait for it, sweeping included, and that it is "
        "counted in NumForcedGC.",
    )


def one_in_four() -> Exercise:
    """Ask what keeps spans in use."""
    answer = inuse_after(one_in_each), inuse_after(every_fourth)
    return Exercise(
        question=f"{count(SLOTS)} objects of 2048 B, four in each span of one page: 64 MiB. A quarter of them stays: "
        "first one object of each span, then, in another run, all four of every fourth span. What is HeapInuse after "
        "FreeOSMemory, in whole MiB, in the first run and in the second?",
        unit="MiB",
        answer=answer,
        wrong=(
            Wrong(
                (answer[1], answer[1]),
                "that is HeapAlloc, twice",
                "A page is given back whole or not at all, and a span goes back only when nothing in it is alive.",
                "what is not alive can be given back",
            ),
            Wrong(
                (answer[0], answer[0]),
                "as if nothing were free",
                "In the second run three spans of four are empty.",
            ),
            Wrong(
                (answer[0], 0),
                "the second leaves nothing",
                "A quarter of the objects is alive in the second run, too.",
            ),
        ),
        otherwise="A span is in use as long as one of its objects is alive.",
        right="The same live bytes, and four times the memory. Which objects live long beside which others matters "
        "more than how many they are. Real Go, on one P, came to the same in both runs.",
        hints=(
            "HeapInuse counts whole spans.",
            "In the first run, how many spans have nothing alive in them?",
            "In the second run three of four have nothing alive.",
        ),
        example="40, 20",
    )


def when_it_goes_back() -> Prediction:
    """Ask when memory goes back if nobody asks for it."""
    seconds = seconds_until_given_back()
    return Prediction(
        f"A service drops {BLOCKS} MiB; one cycle runs. No request comes any more, and nobody calls FreeOSMemory. "
        "After how long are nine tenths given back?",
        (
            Option(
                "at once",
                "at once: the sweep gives them back",
                "The sweep makes pages free. Nobody gives them back there.",
                BY_GC,
            ),
            Option(
                "within seconds",
                "after a few seconds: a goroutine in the background does it",
                "There is such a goroutine, and it was awake. But it leaves pages alone that were full a moment ago: "
                "they will probably be needed again.",
                "the scavenger takes what is free",
            ),
            Option("next cycle", "after two minutes: in the cycle that comes when there was none for so long"),
            Option(
                "never",
                "never: without pressure Go keeps what it has",
                "It would cost your neighbours. The background scavenger gives back, but not in a hurry.",
                LEAK,
            ),
        ),
        when(),
        f"In the model it took {seconds} s. A part of the heap (a chunk of 4 MiB) that was full when the last cycle "
        "ended is left alone until the next one; and that came after two minutes without any. Real Go gave back "
        "nothing after one cycle, and all of it soon after a second.",
        scene=idle_service,
        views=SHOWN,
    )


def what_may_stay() -> Exercise:
    """Ask for the scavenger's goal."""
    memory = smaller().world.snapshot().memory
    goal = (memory.gc_percent_goal or 0) // MIB
    return Exercise(
        question=f"Of {FIRST} MiB that were in use {STAYS} MiB are still alive. Two cycles have seen that, and the "
        "heap goal is the same for both. How much may the heap retain when the background scavenger is done, in MiB?",
        unit="MiB",
        answer=goal,
        wrong=(
            Wrong(STAYS, "that is what is in use", "Then the next object would need a page fault. Some more stays."),
            Wrong(
                STAYS * 2,
                "that is the heap goal",
                "So much the heap may have when the next cycle is due. The scavenger leaves what spans had when the "
                "last mark phase ended, and some more.",
                "the scavenger keeps memory up to the heap goal",
            ),
            Wrong(
                FIRST - (FIRST - STAYS) // 10,
                "that gives back a tenth of what is idle",
                "The tenth is one of what is in use, and it stays.",
            ),
            Wrong(FIRST, "then nothing would be given back", "Two cycles have passed, so it may.", LEAK),
        ),
        otherwise="What was in use when the last mark phase ended, and a tenth of that.",
        right=f"{STAYS} MiB and a tenth. In the model it stopped at {mib(memory.ledger.retained)} MiB: a huge page "
        "(2 MiB) that is free is given back whole.",
        hints=(
            "It wants to leave what the program needs until the next cycle, and some room.",
            f"What it needs is {STAYS} MiB, as long as the goal does not change.",
            "The room is 10 % of that.",
        ),
    )


def memory_of_c() -> Prediction:
    """Ask which counter sees C memory."""
    before, after = given_back().world.footprint().rss, with_c().world.footprint().rss
    return Prediction(
        f"Through cgo a library calls `malloc` for {IN_C} MiB, and writes to it. Then a cycle runs. Which of Go’s "
        "numbers shows it?",
        (
            Option(
                "sys",
                "Sys: that is all memory the process got from the system",
                "All that *Go’s runtime* got from it. C’s malloc asks the kernel itself.",
                SEES_C,
            ),
            Option("rss", "none of MemStats: only the kernel’s RSS"),
            Option(
                "alloc",
                "HeapAlloc, until the cycle frees it",
                "The collector neither knows of it nor frees it. Only C.free does.",
                SEES_C,
            ),
        ),
        moved_by_c(),
        f"RSS went from {mib(before)} to {mib(after)} MiB, and MemStats did not move. A memory limit does not see it "
        "either: C memory, maps of files and other processes come on top.",
        scene=with_c,
        views=SHOWN,
    )


def a_limit_and_holes() -> Prediction:
    """Ask what the scavenger does near a memory limit."""
    ledger = over_the_limit().world.footprint()
    return Prediction(
        f"GOMEMLIMIT={LIMIT}MiB. {HOLES} MiB are alive, and between them are {HOLES} holes of 1 MiB, free and in RSS. "
        f"The program needs {LARGER} blocks of 2 MiB, which fit into no hole, and keeps all of them. How does it end?",
        (
            Option(
                "kept",
                "RSS stays below the limit: an allocation beyond it fails",
                f"Nothing fails because of the limit. Alive are {HOLES + 2 * LARGER} MiB; where should they be?",
                HARD,
            ),
            Option("over", "above the limit, but without the holes: they were given back on the way"),
            Option(
                "holes",
                "above the limit, the holes included: nobody has had the time to give them back",
                "Near the limit it is not left to the background: an allocation that would cross it gives back first.",
                "only the background scavenger gives back",
            ),
        ),
        holes_given_back(),
        f"RSS is {mib(ledger.rss)} MiB in the model, and nothing idle is left in it. Each allocation that would have "
        "crossed the limit gave back so much first. When there was nothing more to give, it crossed it: the limit is "
        "soft.",
        scene=over_the_limit,
        views=SHOWN,
    )


PLAN = Plan(
    "15_giving_memory_back",
    "Giving memory back",
    predictions=(
        after_the_drop,
        another_two_hundred,
        a_pointer_that_one_has,
        a_full_collection,
        when_it_goes_back,
        memory_of_c,
        a_limit_and_holes,
    ),
    exercises=(after_free_os_memory, one_in_four, what_may_stay),
    scenes=(written, idle_service, over_the_limit, a_service),
)
