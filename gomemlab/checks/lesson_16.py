"""The questions of lesson 16: what Alloc counts, what a reading costs, one line of gctrace, and what a profile says.

Go: runtime/mstats.go, ReadMemStats; runtime/mgc.go, gcMarkTermination; runtime/mprof.go, MemProfileRate.
Left out: CPU profiles and execution traces.
"""

from gomemlab.checks.measuring import (
    BUFFER,
    CACHED,
    NEXT_GOAL_MB,
    PROFILED,
    READS,
    REQUESTS,
    SIZE,
    TEN,
    TURNS,
    allocs,
    encode,
    exactly,
    next_goal_mb,
    printed,
    stopped_us,
    stops_of,
    ten_mebibytes,
    turns,
    whose_share,
)
from gomemlab.checks.numbers import count
from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.pacing.workload import KIB

TO_THE_BRACE = "a variable keeps its object until the function ends"
ALL_EVER = "TotalAlloc is what the program has"
FREE = "ReadMemStats is free"
PAUSE = "a cycle is a pause"
FORMULA = "goal = live × (1 + GOGC/100)"
THIS_CYCLE = "the percentage is this cycle's"
EXACT = "a profile counts"
DEAD = "-alloc shows what is there"


def three_lines() -> Prediction:
    """Ask what the program prints."""
    return Prediction(
        f"A function calls `runtime.GC()` and prints `Alloc`; then it makes a slice of {TEN} MiB, writes its first "
        "byte, collects and prints again; then it sets the variable to `nil`, collects and prints for the last time. "
        "Which three numbers come out, in whole MiB?",
        (
            Option(
                (0, TEN, 0),
                f"0, {TEN}, 0: it is there until it is dropped",
                "That is what the program is written to show. But behind the second reading nobody reads the variable.",
                TO_THE_BRACE,
            ),
            Option((0, 0, 0), "0, 0, 0: at the second collection nobody needs it any more"),
            Option(
                (0, TEN, TEN),
                f"0, {TEN}, {TEN}: Go keeps the memory",
                "What Go keeps of the operating system’s is in Sys. Alloc counts bytes of objects, and those die.",
                "Alloc is what the process has",
            ),
            Option(
                (TEN, TEN, TEN),
                f"{TEN}, {TEN}, {TEN}: the compiler makes room at the start",
                "The slice is made when that line runs, on the heap: it is too large for a stack.",
            ),
        ),
        allocs(used=False),
        "The model was told what the compiler tells Go: behind its last use a variable is no root. With one more use "
        f"behind the second reading (`runtime.KeepAlive`) it printed {', '.join(map(str, allocs(used=True)))}.",
        scene=ten_mebibytes,
        views=("transport", "ledger", "log"),
    )


def ten_times_ten() -> Exercise:
    """Ask for Alloc and TotalAlloc after ten buffers."""
    held, ever = turns()
    return Exercise(
        question=f"A loop makes {TURNS} slices of {TEN} MiB, one after the other, all in the same variable, which is "
        "read later. Behind the loop it calls `runtime.GC()`. What are `Alloc` and `TotalAlloc`, in MiB?",
        unit="MiB",
        answer=(held, ever),
        wrong=(
            Wrong(
                (ever, ever),
                "that is as if nothing died",
                "Each turn drops the slice of the one before, and a collection has run since.",
            ),
            Wrong(
                (ever, held),
                "those are the two the other way round",
                "One of the two only ever grows. Its name says which.",
                ALL_EVER,
            ),
            Wrong(
                (held, held),
                "that counts what is there, twice",
                "TotalAlloc is a sum over the whole life of the process; it never goes down.",
                ALL_EVER,
            ),
            Wrong((0, ever), "the last slice is still read", "A variable that is read later keeps its object."),
        ),
        otherwise="Alloc: what the variable holds. TotalAlloc: all that was ever made.",
        right="Alloc goes up and down; TotalAlloc only up. The difference of two TotalAllocs is what was allocated "
        "between them: that is the number which the collector has to work for.",
        hints=("How many of the slices can still be reached?", f"How many bytes were made in {TURNS} turns?"),
        example="20, 40",
    )


def a_hundred_reads() -> Prediction:
    """Ask how often reading stops the world."""
    answer = stops_of("runtime.ReadMemStats")
    return Prediction(
        f"A monitor calls `runtime.ReadMemStats` {READS} times. How often does that stop all goroutines?",
        (
            Option(
                0, "never: it copies some counters", "The counters lie with the Ps, and must not move meanwhile.", FREE
            ),
            Option(1, "once: the first time", "Nothing is kept from one call to the next."),
            Option(READS, f"{READS} times: with each call"),
            Option(
                2 * READS,
                f"{2 * READS} times: before and behind each call",
                "A collection has two stops. A reading needs one, and is done within it.",
            ),
        ),
        answer,
        f"Go counts its stops itself, in `/sched/pauses/total/other:seconds`. In the recording they were {answer} more "
        f"behind {READS} calls. With `metrics.Read` instead they were {stops_of('metrics.Read')} more.",
        who="Go",
    )


def the_percentage() -> Prediction:
    """Ask what the percentage of a line is a share of."""
    said = printed()
    return Prediction(
        f"The line begins with `gc {said.number} @{said.at_s}s {said.gc_cpu_percent}%`. The collector had "
        f"{said.gc_cpu_percent} percent of what?",
        (
            Option(
                "cycle",
                "of the processors’ time during this cycle",
                "While it marks, the collector has a quarter of it or more. Every line would say 25% at least.",
                THIS_CYCLE,
            ),
            Option("last", "of the time since the cycle before", "Then it would jump when the load does."),
            Option("one", "of one processor’s time", "It is out of all that GOMAXPROCS allows."),
            Option("start", "of all processors’ time since the process began"),
        ),
        whose_share(),
        "The model’s service worked hard in its first second, and little after that. Its lines still spoke of the "
        "first second long after it: see the next table.",
    )


def one_line() -> Exercise:
    """Ask for the stops and the next goal of a printed line."""
    said, stop, goal = printed(), stopped_us(), next_goal_mb()
    whole = round(said.clock_ms * 1_000)
    return Exercise(
        question="Two questions about the line above. GOGC is 100. For how many microseconds did the world stand "
        "still? And which goal, in MiB, follows from the printed numbers for the next cycle?",
        unit="",
        answer=(stop, goal),
        wrong=(
            Wrong(
                (whole, goal),
                "the first is the length of the whole cycle",
                "Between the two stops the program went on.",
                PAUSE,
            ),
            Wrong(
                (stop, 2 * said.heap_live_mb),
                "the second is twice the live heap",
                "Look at the MB of stacks: they count for what GOGC adds.",
                FORMULA,
            ),
            Wrong(
                (stop, said.heap_goal_mb),
                "the second is the goal that this cycle had",
                "It came from what the cycle before had marked. The next one comes from what this cycle marked.",
            ),
            Wrong(
                (round((said.cpu_sweep_term_ms + said.cpu_mark_term_ms) * 1_000), goal),
                "the first is the processors’ time of the stops",
                "That counts each processor that stood still. Asked is how long.",
            ),
        ),
        otherwise="Stops: the first and the last of the three numbers before `ms clock`. Goal: live + (live + stacks + "
        "globals) × GOGC / 100.",
        right=f"{said.clock_sweep_term_ms} + {said.clock_mark_term_ms} ms; and {said.heap_live_mb} + "
        f"({said.heap_live_mb} + {said.stacks_mb} + {said.globals_mb}). The next line of the log really says "
        f"{NEXT_GOAL_MB} MB: each number was cut off below the MiB.",
        hints=(
            "Three clocks: stop, marking beside the program, stop.",
            "One ms is 1000 µs.",
            "The goal: what is live, and once more all that had to be scanned.",
        ),
        example="1234, 99",
    )


def two_thousand_objects() -> Prediction:
    """Ask what a heap profile says of objects that were counted."""
    return Prediction(
        f"A program keeps {count(PROFILED)} objects of {SIZE // KIB} KiB, made on one line. What does its heap profile "
        "(`-inuse_objects`) say for that line?",
        (
            Option(
                "exact",
                f"{count(PROFILED)}: it counts them",
                "Counting each would make every malloc slow. Go records about one object in each half MiB allocated.",
                EXACT,
            ),
            Option("about", f"about {count(PROFILED)}: another number in each run"),
            Option(
                "nothing",
                "nothing: objects so small are not recorded",
                "Any object may be recorded; a small one is, more rarely.",
            ),
            Option(
                "sampled",
                "4: those that were recorded",
                "So many are recorded, in the mean. pprof then says how many each of them stands for.",
            ),
        ),
        exactly(),
        "Ten profiles of the model and ten of real Go are in the next table. In each a handful of objects were "
        "recorded, and each of them stands for more than 500.",
    )


def inuse_or_alloc() -> Exercise:
    """Ask what the two kinds of profile say of a function whose objects all died."""
    inuse, alloc = encode()
    other = CACHED * SIZE >> 20
    return Exercise(
        question=f"`encode` made a buffer of {BUFFER // KIB} KiB for each of {count(REQUESTS)} requests, and none is "
        f"needed any more; a collection has run. `cache` holds {other} MiB. Say every object was recorded: how many "
        "MiB does the heap profile show for `encode` with `-inuse_space`, and how many with `-alloc_space`?",
        unit="MiB",
        answer=(inuse, alloc),
        wrong=(
            Wrong(
                (alloc, inuse),
                "those are the two the other way round",
                "In use is what still lives.",
                DEAD,
            ),
            Wrong(
                (alloc, alloc),
                "that is as if all buffers lived",
                "A collection has run, and nobody holds a buffer.",
                DEAD,
            ),
            Wrong(
                (inuse, inuse),
                "that looks at what lives, twice",
                "-alloc_space is a sum since the program began: the dead are in it.",
            ),
            Wrong((other, alloc), "the first is what the cache holds", "Asked is `encode`’s line."),
        ),
        otherwise=f"In use: what lives of them. Alloc: {count(REQUESTS)} × {BUFFER // KIB} KiB.",
        right="Who fills the memory is in -inuse_space: here only `cache` is. Who makes the collector work is in "
        "-alloc_space: here that is `encode`.",
        hints=("How many of the buffers can be reached?", f"{count(REQUESTS)} × {BUFFER // KIB} KiB, in MiB."),
        example="20, 40",
    )


PLAN = Plan(
    "16_measuring",
    "Measuring",
    predictions=(three_lines, a_hundred_reads, the_percentage, two_thousand_objects),
    exercises=(ten_times_ten, one_line, inuse_or_alloc),
    scenes=(ten_mebibytes,),
)
