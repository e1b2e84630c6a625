"""The questions of lesson 14: what a memory limit is not, when it counts, what it leaves, and who holds it back.

Go: runtime/mgcpacer.go, (*gcControllerState).memoryLimitHeapGoal; runtime/mgclimit.go, gcCPULimiterState.
Left out: which limit to choose for a service of one's own, which is lesson 17.
"""

from gomemlab.checks.limitruns import (
    LIMIT,
    OTHER,
    OVER,
    PROCS,
    beyond,
    changed_by_a_far_limit,
    limit_goal,
    limited,
    minute,
    percent,
    program_cpu,
    share_of_gc,
    until_full,
)
from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.pacing.workload import MIB

HARD = "a memory limit is a hard limit"
UP_TO = "with a limit the heap grows up to it"
ALL = "the collector takes all the time it needs"
FIRST, SMALL = 112, 32  # MiB, the limits of the exercise


def more_alive_than_allowed() -> Prediction:
    """Ask what becomes of a service that cannot keep its limit."""
    run = minute(OVER, 100, LIMIT)
    return Prediction(
        f"A service runs with GOMEMLIMIT={LIMIT}MiB. One day {OVER} MiB are alive in it, reachable, all in use. What "
        "happens?",
        (
            Option(
                "ends",
                "the runtime ends it: out of memory",
                "The runtime does so when the operating system refuses. Its own limit is only a number that it aims "
                "at. (A container’s limit is another matter: that one is kept by the kernel.)",
                HARD,
            ),
            Option(
                "stands",
                "its goroutines wait in malloc until there is room",
                "There would never be: nothing of it is garbage. Go refuses no allocation because of its limit.",
                HARD,
            ),
            Option("runs", "it runs on, above its limit, and collects one cycle after the other"),
            Option(
                "as before",
                "nothing: a limit that cannot be kept is ignored",
                "It still sets the goal of every cycle, to the smallest that there can be.",
            ),
        ),
        beyond(),
        f"In the model’s minute it had {run.num_gc} cycles and took up to {run.memory_peak // MIB} MiB. The program "
        f"itself still had {percent(program_cpu(run))} % of the CPU.",
    )


def a_limit_far_away() -> Prediction:
    """Ask what a limit changes that is not reached."""
    run = minute(40, 100, None)
    return Prediction(
        f"With GOGC=100 and no limit, a service takes {run.memory_peak // MIB} MiB at most. Now it is started with "
        "GOMEMLIMIT=200MiB besides. What changes?",
        (
            Option(
                "more memory",
                "it uses more memory, up to 200 MiB, and collects less often",
                "That would take GOGC=off: then the limit is the only goal there is.",
                UP_TO,
            ),
            Option(
                "less memory",
                "it uses less memory: the collector works against the limit from the beginning",
                "The limit’s goal is computed all the time, but it counts only where it is the smaller one.",
            ),
            Option("same", "nothing: not one cycle begins earlier or later"),
        ),
        changed_by_a_far_limit(),
        f"In the model both minutes had {run.num_gc} cycles, and their heaps were the same to the byte. Of the two "
        "goals, GOGC’s and the limit’s, the smaller one counts.",
    )


def what_the_limit_leaves() -> Exercise:
    """Ask how a limit becomes a goal for the heap."""
    answer = limit_goal(FIRST, OTHER), limit_goal(SMALL, OTHER)
    return Exercise(
        question=f"Two processes run with GOGC=off; GOMEMLIMIT is {FIRST} MiB for one and {SMALL} MiB for the other. "
        f"In each the stacks, the runtime’s own records and the gaps in spans take {OTHER} MiB, and nothing is over "
        "the limit. What are the two goals?",
        unit="MiB",
        answer=answer,
        wrong=(
            Wrong(
                (FIRST, SMALL),
                "those are the limits",
                "The limit is for all memory that the runtime has, the goal for the heap alone.",
                "the limit is the heap’s limit",
            ),
            Wrong(
                (FIRST - OTHER, SMALL - OTHER),
                "that is what is left for the heap",
                "Go aims lower than that, because a cycle may end a little later than planned.",
            ),
            Wrong(
                (answer[0], SMALL - OTHER),
                "the second has no head-room",
                "3 % of so little would be less than Go wants to have free in any case.",
            ),
            Wrong(
                (FIRST - OTHER - 1, answer[1]),
                "the first has too little head-room",
                "1 MiB is the least. Of a larger heap it is a share.",
            ),
        ),
        otherwise=f"Take off the {OTHER} MiB that are no heap, and then the head-room: 3 %, but not less than 1 MiB.",
        right=f"{FIRST - OTHER} MiB less 3 %, and {SMALL - OTHER} MiB less the least head-room, 1 MiB.",
        hints=(
            f"{OTHER} MiB of each limit are taken already, by what is no heap.",
            "Go keeps 3 % of the rest free.",
            "3 % of a small rest is next to nothing: then 1 MiB is kept free.",
        ),
        example="90, 25",
    )


def the_worst_minute() -> Prediction:
    """Ask how much of the CPU the collector gets when nothing helps."""
    run = limited(limiter=True)
    return Prediction(
        "Another service is just over its limit, and allocates fast: every byte has to be paid for by marking. How "
        "much of the CPU does the collector have in a minute of that?",
        (
            Option(
                "quarter",
                "a quarter: that is the collector’s share",
                "A quarter is what the workers have. What goroutines pay for their allocations comes on top.",
                "GC never takes more than 25 %",
            ),
            Option("half", "about half: so much, and then something holds it back"),
            Option(
                "all",
                "nearly all: the program stands still",
                "That is called a death spiral, and Go has something against it.",
                ALL,
            ),
        ),
        share_of_gc(),
        f"In the model it was {percent(run.gc_cpu)} %. The CPU limiter saw to that: when the collector has had more "
        "than half for too long, goroutines need not pay for a while, and memory grows instead.",
    )


def until_the_bucket_is_full() -> Exercise:
    """Ask when the CPU limiter sets in."""
    answer = until_full(100), until_full(75)
    return Exercise(
        question=f"The limiter’s bucket holds one CPU second for each of {PROCS} Ps. The collector’s CPU time flows "
        "in, the program’s flows out. It is empty, and nobody is idle. After how many milliseconds is it full if the "
        "collector has 100 % of the CPU, and after how many if it has 75 %?",
        unit="ms",
        answer=answer,
        wrong=(
            Wrong(
                (PROCS * 1000, PROCS * 1000 * 4 // 3),
                "that is as if one P filled it",
                f"All {PROCS} Ps fill it at once.",
                "GC runs on one P",
            ),
            Wrong(
                (1000, 1333),
                "the second leaves out what flows out",
                "While the collector has 75 %, the program has 25 %, and that drains the bucket.",
            ),
            Wrong(
                (1000, 1000),
                "as if both were the same",
                "What the program has of the CPU makes the difference, and it counts twice: it is not the collector’s, "
                "and it drains the bucket.",
            ),
            Wrong(
                (1000, 4000),
                "the second takes only a quarter of a second each second",
                "In each second three CPU seconds flow in, and one flows out.",
            ),
        ),
        otherwise=f"In each second {PROCS} CPU seconds pass. What flows in less what flows out fills the bucket.",
        right="With 100 % four CPU seconds flow in each second; with 75 % three flow in, and one flows out. With 50 % "
        "it never fills: that is why half is the limit.",
        hints=(
            f"The bucket holds {PROCS} CPU seconds.",
            f"Each second {PROCS} CPU seconds are divided between the collector and the program.",
            "At 75 %: three in, one out.",
        ),
        example="500, 700",
    )


PLAN = Plan(
    "14_memory_limit",
    "The memory limit",
    predictions=(more_alive_than_allowed, a_limit_far_away, the_worst_minute),
    exercises=(what_the_limit_leaves, until_the_bucket_is_full),
)
