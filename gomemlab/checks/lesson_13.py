"""The questions of lesson 13: what the goal is, where a cycle starts, the first of them, idle programs, and pauses.

Go: runtime/mgcpacer.go, (*gcControllerState).commit, (*gcControllerState).trigger; runtime/mgc.go, gcTrigger.
Left out: the memory limit, which is lesson 14.
"""

from gomemlab.checks.pacerruns import (
    GLOBALS,
    LIVE,
    MINUTES,
    STACKS,
    WIDE_GOAL,
    WIDE_LIVE,
    first_goals,
    goal,
    heap_at_start,
    idle_cycles,
    settled,
    stops_change,
    stops_spread,
    window,
    workers,
)
from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.pacing.workload import MIB
from gomemlab.runtime.gc.pacer import DEFAULT_HEAP_MINIMUM
from gomemlab.runtime.phrases import thousands

FORMULA = "trigger = heap × (1 + GOGC/100)"
FLOOR = "the floor is always 4 MiB"
AT_GOAL = "the trigger is the goal"
TWO_MINUTES = "GC runs every two minutes"
SHORT = "a low GOGC means short pauses"
SERVICE = (
    f"{LIVE} MiB are alive, {STACKS} MiB of stacks were scanned, and there are {GLOBALS} MiB of globals with pointers"
)
CPUS = (2, 4, 6, 8)


def forty_two_eight() -> Prediction:
    """Ask for the goal of the lesson's service."""
    asked = goal(100)
    return Prediction(
        f"A collection has just ended: {SERVICE}. GOGC is 100. How large may the heap get until the next one is to be "
        "over?",
        (
            Option(
                2 * LIVE,
                f"{2 * LIVE} MiB: twice what is alive",
                "So it was up to Go 1.17. Since 1.18 all that has to be scanned counts for GOGC.",
                FORMULA,
            ),
            Option(asked, f"{asked} MiB: what is alive, and once more all that is scanned"),
            Option(
                2 * (LIVE + STACKS + GLOBALS),
                f"{2 * (LIVE + STACKS + GLOBALS)} MiB: twice everything",
                "Stacks and globals are no heap: what they have already is not in the heap’s size. They count for what "
                "GOGC adds.",
                "the goal is twice everything",
            ),
            Option(
                LIVE + DEFAULT_HEAP_MINIMUM // MIB,
                f"{LIVE + DEFAULT_HEAP_MINIMUM // MIB} MiB: it may grow by 4 MiB each time",
                "4 MiB are a lower bound of the goal, and no step.",
            ),
        ),
        asked,
        f"The model’s pacer said {asked} MiB: {LIVE} + ({LIVE} + {STACKS} + {GLOBALS}) × 100 / 100. What GOGC adds is "
        "a share of all that a cycle has to scan.",
    )


def two_goals() -> Exercise:
    """Ask for the goals with two other settings."""
    low, high = goal(50), goal(200)
    return Exercise(
        question=f"{SERVICE}. What is the goal with GOGC=50, and what with GOGC=200?",
        unit="MiB",
        answer=(low, high),
        wrong=(
            Wrong(
                (LIVE * 3 // 2, LIVE * 3),
                "that is the live heap alone",
                "Something else has to be scanned in each cycle, and counts for what GOGC adds.",
                FORMULA,
            ),
            Wrong(
                ((LIVE + STACKS + GLOBALS) * 3 // 2, (LIVE + STACKS + GLOBALS) * 3),
                "that multiplies everything by 1 + GOGC / 100",
                "Stacks and globals take no room in the heap. Only what GOGC adds is computed from them, too.",
                "the goal is twice everything",
            ),
            Wrong(
                (goal(50) - LIVE, goal(200) - LIVE),
                "that is what may be allocated until then",
                "The goal is a size of the heap, and what is alive stays in it.",
            ),
            Wrong(
                (high, low),
                "those are the two the other way round",
                "With a higher GOGC more may be allocated.",
                "GOGC is how hard the collector works",
            ),
        ),
        otherwise="live + (live + stacks + globals) × GOGC / 100, once for each setting.",
        right=f"{LIVE} + {LIVE + STACKS + GLOBALS} × 0.5, and {LIVE} + {LIVE + STACKS + GLOBALS} × 2.",
        hints=(
            "What GOGC adds is a share of all that a cycle has to scan.",
            f"All that is to be scanned: {LIVE} + {STACKS} + {GLOBALS}.",
            "Half of that, and twice that, on top of what is alive.",
        ),
        example="12, 34",
    )


def where_it_starts() -> Prediction:
    """Ask where the cycle of a steady service starts."""
    cycle = settled(10)
    ended = f"{cycle.heap_end / MIB:.1f}"
    return Prediction(
        "The service runs steadily, and the pacer knows its rates by now. At which size of the heap does a cycle "
        "start?",
        (
            Option(
                "goal",
                "at the goal",
                "Then all that is allocated while it marks would come on top, or everybody would have to wait.",
                AT_GOAL,
            ),
            Option(
                "twice",
                "at twice the live heap",
                "That is how books compute it. Since Go 1.5 no cycle has started there: the collector runs beside the "
                "program.",
                FORMULA,
            ),
            Option("before", "before the goal, so that marking ends at it"),
            Option(
                "time",
                "whenever two minutes have passed",
                "Two minutes are for programs that hardly allocate.",
                TWO_MINUTES,
            ),
        ),
        heap_at_start(),
        f"In the model the goal was {cycle.goal / MIB:.1f} MiB. The cycle started at {cycle.heap_start / MIB:.1f}, and "
        f"was over at {ended}.",
    )


def the_window() -> Exercise:
    """Ask for the two bounds of the trigger."""
    low, high = window()
    gap = WIDE_GOAL - WIDE_LIVE
    return Exercise(
        question=f"The live heap is {WIDE_LIVE} MiB, the goal {WIDE_GOAL}. Whatever the program does, the trigger "
        "cannot be below one size of the heap, nor above another. What are these two?",
        unit="MiB",
        answer=(low, high),
        wrong=(
            Wrong(
                (WIDE_LIVE, WIDE_GOAL),
                "those are the live heap and the goal",
                "Go keeps away from both: too early would be all the time, too late would be without any room.",
                AT_GOAL,
            ),
            Wrong(
                (WIDE_GOAL * 45 // 64, WIDE_GOAL * 61 // 64),
                "those are shares of the goal itself",
                "The shares are of the way from the live heap to the goal.",
            ),
            Wrong(
                (gap * 45 // 64, gap * 61 // 64),
                "those are what may be allocated until then",
                "The trigger is a size of the heap, and what is alive is in it.",
            ),
            Wrong(
                (low, WIDE_GOAL - DEFAULT_HEAP_MINIMUM // MIB),
                "the second is 4 MiB before the goal",
                "That bound counts only where it is the later one of the two.",
                "the runway is always 4 MiB",
            ),
        ),
        otherwise="How far is it from the live heap to the goal? Take 45/64 and 61/64 of that.",
        right=f"{WIDE_LIVE} + {gap} × 45/64, and {WIDE_LIVE} + {gap} × 61/64. Where the goal less 4 MiB is later than "
        "that, it is the upper bound.",
        hints=(
            f"From the live heap to the goal it is {gap} MiB.",
            "The lower bound is 45/64 of the way, the upper one 61/64.",
            "Do not forget what is alive already.",
        ),
        example="40, 90",
    )


def the_first_collection() -> Prediction:
    """Ask for the floor with another GOGC."""
    first = {gogc: plain for gogc, plain, _ in first_goals()}
    floor = thousands(DEFAULT_HEAP_MINIMUM)
    return Prediction(
        "A new process has allocated nothing yet, and hardly has any globals. It runs with GOGC=50. For which size of "
        "the heap does its first collection aim?",
        (
            Option(
                0,
                "for none: nothing is alive, and half of nothing is nothing",
                "Then a starting program would collect all the time.",
            ),
            Option(
                DEFAULT_HEAP_MINIMUM,
                f"{floor} B: smaller no heap is ever collected",
                "That is the floor with GOGC=100.",
                FLOOR,
            ),
            Option(
                DEFAULT_HEAP_MINIMUM // 2,
                f"{thousands(DEFAULT_HEAP_MINIMUM // 2)} B: a small heap need not be collected",
            ),
            Option(
                DEFAULT_HEAP_MINIMUM * 3 // 2,
                f"{thousands(DEFAULT_HEAP_MINIMUM * 3 // 2)} B: 4 MiB, and half of it",
                "The floor is a goal, and GOGC is in it.",
            ),
        ),
        first[50],
        f"The model’s pacer began with {thousands(first[50])} B: 4 MiB × GOGC / 100. So does a real process.",
    )


def ten_idle_minutes() -> Prediction:
    """Ask how often an idle program collects."""
    never, once = idle_cycles(collected=False), idle_cycles(collected=True)
    return Prediction(
        f"A program starts, allocates 2 MiB, and then waits for {MINUTES} minutes for a request that does not come. "
        "How many collections has it had by then?",
        (
            Option(never, f"{never}: none"),
            Option(
                MINUTES // 2,
                f"{MINUTES // 2}: one every two minutes",
                "The two minutes are counted from the last collection, and there was none.",
                TWO_MINUTES,
            ),
            Option(
                1,
                "1: what it allocated at its start is collected once",
                "2 MiB are below the first goal, and nobody asks again.",
            ),
        ),
        never,
        f"In the model it had {never}. Another program, which had collected once before it went idle, had {once} in "
        "the same time.",
    )


def dedicated_workers() -> Exercise:
    """Ask how many Ps belong to the collector."""
    answer = tuple(workers(procs)[0] for procs in CPUS)
    rounded = tuple(int(procs / 4 + 0.5) for procs in CPUS)
    return Exercise(
        question=f"While a cycle marks, a quarter of the Ps is its own. How many **dedicated** workers are there with "
        f"GOMAXPROCS {', '.join(map(str, CPUS[:-1]))} and {CPUS[-1]}?",
        unit="",
        answer=answer,
        wrong=(
            Wrong(
                rounded,
                "that is a quarter, rounded",
                "Go rounds, and then looks how far that is from a quarter. Half as much again is too far.",
            ),
            Wrong(
                CPUS,
                "that is all of them",
                "So it is with `GODEBUG=gcstoptheworld=1`. Else the program goes on meanwhile.",
                "the collector stops the program",
            ),
            Wrong(
                (1, 1, 1, 2),
                "with 2 Ps that would be half",
                "A whole worker would be twice its share: Go gives it none, and lets another kind take turns.",
            ),
            Wrong(
                tuple(procs // 2 for procs in CPUS),
                "that is half of them",
                "Half is what the CPU limiter allows in bad times; dedicated workers have a quarter.",
            ),
        ),
        otherwise="Take a quarter and round it. Where that is more than 30 % too many, take one less.",
        right="With 2 and with 6 Ps a rounded quarter would be too far off, so there is one worker less, and a "
        "**fractional** worker takes turns with the program for the rest.",
        hints=(
            "A quarter of 6 is 1.5. Rounded up that is a third of the Ps.",
            "A third instead of a quarter is more than 30 % off: too many.",
            "A whole P of 2 is a half instead of a quarter.",
        ),
        example="1, 2, 3, 4",
    )


def shorter_pauses() -> Prediction:
    """Ask what GOGC does to the stops of real programs."""
    (least_heap, most_heap), (least, most) = stops_spread()
    return Prediction(
        f"Four real programs ran with GOGC 50, 100, 200 and 400. With 400 their heaps were {least_heap} to {most_heap} "
        "times as large as with 50. How long did the world stand in a collection, at the median?",
        (
            Option(
                "shorter",
                "shorter with 50: a small heap is done sooner",
                "Marking is, but the world does not stand still for that.",
                SHORT,
            ),
            Option(
                "longer",
                "shorter with 400: a collector that has time need not hurry",
                "It has fewer stops, each as long as before.",
            ),
            Option("same", "about the same with each: what is done in a stop has nothing to do with GOGC"),
        ),
        stops_change(),
        "The recordings are in the next table: each program has much the same stops with every GOGC. With 50 it has "
        f"{least} to {most} times as many of them as with 400.",
        who="Go",
    )


PLAN = Plan(
    "13_pacer",
    "The pacer",
    predictions=(forty_two_eight, where_it_starts, the_first_collection, ten_idle_minutes, shorter_pauses),
    exercises=(two_goals, the_window, dedicated_workers),
)
