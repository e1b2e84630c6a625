"""The questions of lesson 17: what twice the GOGC costs, how sure that is, and what a limit does not keep away.

Go: runtime/mgcpacer.go, gcControllerState.
Left out: programs that change their setting while they run.
"""

from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.checks.tuning import (
    BUDGET,
    GOGCS,
    LIMITS,
    SERVICE,
    TIGHT,
    TIGHTEST,
    beyond_its_limit,
    cost_of_twice,
    coverage,
    foretold,
    holds,
    holds_in_the_middle,
    how_often,
    infeasible,
    memory_of_twice,
    outcomes,
    report,
    seconds,
    span,
)
from gomemlab.pacing.workload import MIB

DOUBLE = "doubling GOGC doubles the memory"
HALF = "doubling GOGC halves the cost"
OOM = "the limit protects from the OOM killer"
SURE = "a prediction is a number"
PEAK = "a service needs what it takes"


def twice_the_gogc() -> Prediction:
    """Ask what twice the GOGC does to the memory."""
    was, told, real = foretold(100).observed, foretold(200), outcomes()[SERVICE]["gogc200"]
    return Prediction(
        f"A cache, busy all the time: its heap peaks at {was.peak_heap / MIB:.0f} MiB, and the collector has "
        f"{100 * was.gc_cpu:.0f} % of the CPU. GOGC is 100. With GOGC=200, where would the heap peak?",
        (
            Option(
                "same",
                "where it did: what is alive stays the same",
                "What is alive does, nearly. But there would be more garbage before each cycle.",
            ),
            Option("half as much again", "half as high again, about"),
            Option(
                "twice",
                "twice as high",
                "Twice as much garbage is what GOGC=200 allows. What is alive does not double.",
                DOUBLE,
            ),
            Option(
                "more", "three times as high", "That is what the goal is of what is alive, not of the peak.", DOUBLE
            ),
        ),
        memory_of_twice(),
        f"Foretold from the log: {told.peak_heap.value / MIB:.0f} MiB. With GOGC=200 real Go peaked at "
        f"{span(real['peak_mb'])} MiB. One part alive and one of garbage became one and two.",
    )


def half_the_cycles() -> Prediction:
    """Ask what twice the GOGC does to the collector's share of the CPU."""
    was, told, real = foretold(100).observed, foretold(200), outcomes()[SERVICE]["gogc200"]
    return Prediction(
        f"With GOGC=200 the same service would have {told.num_gc.value:.0f} cycles instead of {was.num_gc:.0f}. What "
        f"becomes of the collector’s {100 * was.gc_cpu:.0f} % of the CPU?",
        (
            Option("half", "half of it", "That is so where each cycle costs what it did.", HALF),
            Option("more", "more than half is left"),
            Option(
                "less",
                "less than half is left",
                "A cycle would have to become cheaper. It marks what is alive, and that is rather more than before.",
            ),
        ),
        cost_of_twice(),
        f"Foretold: {100 * told.gc_cpu.value:.1f} %. Real Go had {span((100 * one for one in real['gc_cpu']), 1)} %, "
        f"and the same work took it {seconds(200)} s instead of {seconds(100)} s. Less collecting, but of a shorter "
        "run, and each cycle marked more.",
    )


def eight_in_ten() -> Prediction:
    """Ask what an interval is worth."""
    held = coverage()
    return Prediction(
        "Each answer has an interval of 80 %. To see what it is worth, intervals were made from all programs but one, "
        f"and laid over the runs of that one; {len(report()['programs'])} programs took their turn. How often did the "
        "real number lie inside?",
        (
            Option("always", "always, or nearly", "Then it would be called one of 100 %.", SURE),
            Option("four of five", "in eight or nine runs of ten"),
            Option(
                "half",
                "in about half of the runs: a program that the model has not seen is another matter",
                "That was the fear, and is why each program had to be judged by the others.",
            ),
        ),
        how_often(),
        f"The peak lay inside in {100 * held['peak_heap']:.0f} %, the cycles in {100 * held['num_gc']:.0f} %, and the "
        f"share of the CPU in {100 * held['gc_cpu']:.0f} % of all runs. So of ten services one or two are outside. "
        "It may be yours.",
    )


def as_much_as_allowed() -> Prediction:
    """Ask whether a limit keeps a container's kernel away."""
    real = outcomes()[TIGHT]
    limit = real[TIGHTEST]["memory_limit"] // MIB
    told = foretold(100, limit, TIGHT).peak_heap.value / MIB
    return Prediction(
        f"Another service peaks at {max(real['gogc100']['peak_mb']):.0f} MiB. It gets a container of {limit} MiB, and "
        f"GOMEMLIMIT={limit}MiB with it. What is alive in it would fit in. Where did the heap of real Go peak?",
        (
            Option(
                "below",
                "below the limit",
                "That is what the pacer aims at. When the collector has had half of the CPU for too long it is held "
                "back, and the heap grows past the limit. And a container counts more than the heap.",
                OOM,
            ),
            Option("above", "above the limit"),
            Option(
                "ended",
                "nowhere: the runtime ended the program",
                "The runtime ends nothing because of its limit. The kernel would.",
                "a memory limit is a hard limit",
            ),
        ),
        beyond_its_limit(),
        f"At {span(real[TIGHTEST]['peak_mb'])} MiB, the heap alone (foretold: {told:.0f}). The collector had "
        f"{span(100 * one for one in real[TIGHTEST]['gc_cpu'])} % of the CPU, and the same work took "
        f"{span(real[TIGHTEST]['seconds'], 1)} s instead of {span(real['gogc100']['seconds'], 1)} s. In that container "
        "the kernel would have ended it.",
        who="Go",
    )


def cycles_at_fifty() -> Exercise:
    """Ask the panel for the cycles under half the GOGC."""
    was, told, real = foretold(100).observed, foretold(50), outcomes()[SERVICE]["gogc50"]
    cycles = round(was.num_gc)
    return Exercise(
        question=f"The log of {SERVICE} holds {cycles} cycles, under GOGC=100. Ask the panel above for GOGC=50, "
        "without a limit. How many cycles does it foretell?",
        unit="cycles",
        answer=round(told.num_gc.value),
        wrong=(
            Wrong(2 * cycles, "that is twice as many", "Plain scaling says so. Ask the panel.", HALF),
            Wrong(cycles, "that is what the log has", "Was the slider moved?"),
            Wrong(round(cycles / 2), "that is half as many", "Half the garbage means more cycles, not fewer."),
            Wrong(round(told.num_gc.low), "that is the lower end of the interval", "Asked is the value itself."),
            Wrong(round(told.num_gc.high), "that is the upper end of the interval", "Asked is the value itself."),
        ),
        otherwise="Move the GOGC slider of the panel to 50, or type it beside it, and read the row of the GC cycles.",
        right=f"Real Go had {span(real['num_gc'])}: more than twice as many. With less garbage there is less, too, "
        "that was allocated while a cycle marked and so outlives it. So the live heap shrinks with GOGC, and the goal "
        "with both.",
        hints=(
            "The panel is the one below “One log, another question”.",
            "GOGC stands above the chart; no limit is none.",
            "The number stands in the table beside the chart, before its interval.",
        ),
        example="60",
    )


def half_a_gibibyte() -> Exercise:
    """Ask which GOGC keeps to a budget, and not only by luck."""
    most, middle, real = holds(), holds_in_the_middle(), outcomes()[SERVICE]
    above = GOGCS[GOGCS.index(most) + 1]
    asked = ", ".join(map(str, GOGCS[:-1]))
    return Exercise(
        question=f"The heap of {SERVICE} may take {BUDGET} MiB, and hardly ever more. Which is the largest GOGC among "
        f"{asked} and {GOGCS[-1]} whose peak stays below that up to the upper end of its interval?",
        unit="",
        answer=most,
        wrong=(
            Wrong(middle, "its value is below, its interval is not", "Even odds that it becomes more.", SURE),
            Wrong(GOGCS[-1], "even its value is above", "The heap would most probably take more than that."),
            Wrong(100, "that is safe, and too careful", "There is a larger one whose interval ends below.", DOUBLE),
            Wrong(above, "its interval ends above", "Look at the upper end, not at the value."),
            Wrong(200, "that is safe, and one more is", "There is a larger one whose interval ends below.", DOUBLE),
        ),
        otherwise="Try each in the panel, and compare the upper end of the peak’s interval with the budget.",
        right=f"Up to {foretold(most).peak_heap.high / MIB:.0f} MiB. Real Go took {span(real['gogc200']['peak_mb'])} "
        f"with GOGC=200 and {span(real['gogc400']['peak_mb'])} with 400. About one service in ten lies above the upper "
        "end, and a container needs room besides the heap.",
        hints=(
            "The interval stands behind each value in the panel’s table.",
            "With few cycles an interval gets wider: then a cycle more or less decides.",
            "Begin at the largest and go down until the upper end is below the budget.",
        ),
        example="400",
    )


def too_low() -> Exercise:
    """Ask which limits a service cannot keep."""
    told = foretold(100)
    most = ", ".join(map(str, LIMITS[:-1]))
    low = infeasible()
    return Exercise(
        question=f"The same service again. Of the limits {most} and {LIMITS[-1]} MiB, which are infeasible for it?",
        unit="MiB",
        answer=low,
        wrong=(
            Wrong(
                low[:1],
                "one is missing",
                "It leaves room for what is alive, but the runtime’s own memory counts, too, and a limit needs "
                "head-room above both.",
                "the limit is the heap’s limit",
            ),
            Wrong(LIMITS[:3], "one too many", "Ask the panel for the largest of these: it would be dear, but it goes."),
            Wrong(LIMITS, "all are below the peak of the log", "What a service takes is not what it needs.", PEAK),
            Wrong(LIMITS[:4], "too many", "What a service takes is not what it needs.", PEAK),
        ),
        otherwise="Type each limit into the panel; where it is infeasible the headline says so, and what is needed.",
        right=f"It needs about {told.needed / MIB:.0f} MiB: what is alive at the end of a cycle, stacks, the runtime’s "
        "own memory, and some head-room. Below that Go would collect all the time, and still pass the limit.",
        hints=(
            "A limit is for all memory of the runtime, and the live heap is only a part.",
            "The panel’s map has rows that are marked as infeasible.",
            "Nothing that lies above what is needed is infeasible, however dear.",
        ),
        example="96, 128",
        as_many=False,
    )


PLAN = Plan(
    "17_tune_your_service",
    "Tune your service",
    predictions=(twice_the_gogc, half_the_cycles, eight_in_ten, as_much_as_allowed),
    exercises=(cycles_at_fifty, half_a_gibibyte, too_low),
)
