"""The questions of lesson 09: what Green Tea changes in marking, where it helps, and where it does not.

Go: runtime/mgcmark_greenteagc.go, scanSpan, tryDeferToSpanScan, spanQueue.
Left out: the stealing of spans between Ps; one P shows it all.
"""

from gomemlab.checks.numbers import count
from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.checks.shapes import APART, CLASSIC, GREEN_TEA, Pair, build, scan
from gomemlab.checks.spanvisits import FEW, FEW_SIZE, MADE, SURVIVOR, few, graph, kinds, one_list, piled, plain
from gomemlab.checks.spanvisits import survivors as hundredth
from gomemlab.checks.spanvisits import visits as visited
from gomemlab.runtime.alloc.sizeclasses import size_class

ONCE, HALF, SEVERAL, EACH = "once", "half", "several", "each"
ONE_VISIT = "a span is scanned once a cycle"
HALVES = "Green Tea halves the collector's work"
NOSCAN = "objects without pointers are scanned, too"
NEAR = 0.1  # of the objects: as near is "half", or "each"


def how_often(p: Pair) -> str:
    """Return how often Green Tea went to the spans of a shape, in one word."""
    visits, objects = len(p.greentea.visits), p.greentea.scanned
    if visits <= p.spans:
        return ONCE
    if abs(visits - objects / 2) < NEAR * objects:
        return HALF
    return EACH if visits > (1 - NEAR) * objects else SEVERAL


def ten_thousand_nodes() -> Prediction:
    """How often a random graph's spans are visited."""
    p = graph()
    tea = p.greentea
    return Prediction(
        f"{count(p.n)} objects of {p.size} B point to each other at random. They fill {p.spans} spans. A marker that "
        "goes object by object takes each living object from its pile: one visit for each. Green Tea visits spans. "
        "How many visits does it make in one collection?",
        (
            Option(ONCE, f"{p.spans}: each span once",
                   "Not all objects of a span are found at the same time. Whoever is found after a visit needs "
                   "another one.", ONE_VISIT),
            Option(SEVERAL, "a few hundred: each span several times"),
            Option(HALF, f"about {count(p.n // 2)}: half as many",
                   "No rule says how many objects gather; it depends on the shape of the heap.", HALVES),
            Option(EACH, f"about {count(p.n)}: each object is still scanned by itself",
                   "They are all scanned, but many of them in one visit.", "Green Tea only changes the order"),
        ),
        how_often(p),
        f"Green Tea made {count(len(tea.visits))} visits and scanned {count(tea.scanned)} objects in them, "
        f"{tea.each:.0f} in each on average. While a span waits in the queue, more of its objects are found; the visit "
        "scans them all.",
    )  # fmt: skip


def a_list_in_order() -> Prediction:
    """How often a list's spans are visited, though its nodes lie side by side."""
    p = one_list()
    return Prediction(
        f"A list of {count(p.n)} nodes of {p.size} B. Each was made after the one before, so they lie side by side, in "
        f"the order of the list, in {p.spans} spans. How many visits does Green Tea make?",
        (
            Option(ONCE, f"{p.spans}: each span once, since its nodes lie side by side",
                   "Lying side by side is not enough. When the span is visited, how many of its nodes are known?",
                   ONE_VISIT),
            Option(HALF, f"about {count(p.n // 2)}: half as many as nodes",
                   "At no moment are two nodes known and not scanned.", HALVES),
            Option(EACH, f"{count(p.n)}: one for each node"),
        ),
        how_often(p),
        f"A node is found only when the one before it has been scanned. So the queue never holds more than one span "
        f"({p.greentea.longest} at most in the model), and that span never more than one object to scan. The gathering "
        "needs something to gather.",
    )  # fmt: skip


def what_is_left_the_same() -> Prediction:
    """Whether the outcome differs."""
    world = build("survivors", 48, 10_000)
    same = scan(world, CLASSIC).marks == scan(world, GREEN_TEA).marks
    return Prediction(
        "The same heap is collected twice, from the same moment on, by each marker once. In what do the outcomes "
        "differ?",
        (
            Option("spans", "in dead objects: where one object of a span lives, all of it stays",
                   "A visit scans the marked objects of a span, and only these. The others stay white.",
                   "Green Tea keeps whole spans"),
            Option("young", "in old objects: spans in which nothing is new are passed over",
                   "Each cycle begins with nothing marked, whoever marks.", "Green Tea is generational"),
            Option("moved", "in addresses: what lives is put together, span by span",
                   "Nothing is moved; spans are only visited.", "Green Tea compacts"),
            Option("same", "in nothing: the same objects live, and die, at the same addresses"),
        ),
        "same" if same else "spans",
        "Both markers left the same mark bits, each of them. Green Tea is another order of the same walk: what a root "
        "reaches is marked, and nothing else. Cycle, barriers and sweep are those of the lessons before.",
    )  # fmt: skip


def if_spans_lay_on_a_pile() -> Prediction:
    """Whether it matters in which order spans wait."""
    line, pile = piled()
    return Prediction(
        "Grey objects lie on a pile: the last is taken first. Spans wait in line: the first is taken first. Suppose "
        "that spans lay on a pile, too. How many visits would the random graph of the first question need?",
        (
            Option("same", "just as many: each object has to be scanned anyway",
                   "It has to be scanned, but not in a visit of its own.", "the order of the queue does not matter"),
            Option("fewer", "fewer: what was found last is still in the cache",
                   "A span that is taken at once has had no time to gather.", "last in, first out is always better"),
            Option("more", "more: spans would be taken before much has gathered in them"),
        ),
        "more" if pile > line else "fewer" if pile < line else "same",
        f"In line: {count(line)} visits. On a pile, an experiment that only the model can make: {count(pile)}. A span "
        "that is visited as soon as it is queued has gathered little. To wait is the whole trick.",
    )  # fmt: skip


def seven_in_a_span() -> Exercise:
    """How a small tree in one span is scanned."""
    return Exercise(
        question=f"{FEW} objects of {FEW_SIZE} B lie in one span: 1 points to 2 and 3, 2 to 4 and 5, 3 to 6 and 7. A "
        "stack points to 1. How many objects does Green Tea scan in its first visit to the span, in its second, and so "
        "on?",
        unit="",
        answer=visited(few()),
        wrong=(
            Wrong((FEW,), "that is the whole span in one visit",
                  "When the span is visited first, only object 1 is marked. What else could be scanned?", ONE_VISIT),
            Wrong((1,), "that is the first visit alone",
                  "It marks two more objects of the span. When are they scanned?"),
            Wrong((1,) * FEW, "that is object by object",
                  "Scanning 1 marks 2 and 3, and both lie in the same span. Does it have to be visited for each?",
                  "Green Tea only changes the order"),
            Wrong((1, FEW - 1), "that is too fast by one step",
                  "When 2 and 3 are scanned, the visit has already decided what to scan. What it marks then waits for "
                  "the next."),
            Wrong((1, 2, 2, 2), "that visits the span again for each parent",
                  "Scanning 2 and 3 in one visit marks four objects before the next visit begins."),
            Wrong((FEW,) * FEW, "that scans everything each time",
                  "A second bitmap remembers what was scanned.", "a visit scans the whole span"),
        ),
        otherwise="Step through the lab above and read how many are to scan whenever the span is next.",
        right="Level by level: what is marked during a visit is scanned in the next one. The first visit found only "
        "one mark and took the short way: that object, its representative, without a look at the bitmaps.",
        hints=(
            "At first only object 1 is marked. The visit scans it, and that marks two more.",
            "Does the next visit scan both of them? They are marked, not scanned, and in the same span.",
            "Write down after each visit: which are marked, and which of these are not scanned yet?",
        ),
        example="1, …",
        as_many=False,
    )  # fmt: skip


def one_in_a_hundred() -> Exercise:
    """How many visits a few survivors need."""
    slots, living = size_class(SURVIVOR, pointers=True).nelems, MADE // APART
    scanned = scan(hundredth(), GREEN_TEA)
    return Exercise(
        question=f"{count(MADE)} objects of {SURVIVOR} B with pointers were made one after the other; {slots} of them "
        f"fill a span. A slice points to the first and to every {APART}th after it; all others are dead. How many "
        "visits to spans does Green Tea make?",
        unit="visits",
        answer=scanned.span_visits,
        wrong=(
            Wrong(living, "that is one for each living object",
                  f"Some spans have two of them, for a span has {slots} slots. One visit scans both.",
                  "objects are scanned one by one"),
            Wrong(-(-MADE // slots), "those are all the spans there are",
                  "Nearly. Nobody visits a span in which nothing is marked. Does the last one hold a living object?"),
            Wrong(scanned.span_visits - 1, "that leaves out a span", "Round up, and look at the last span's objects."),
            Wrong(MADE, "that would be one for each object, dead or alive",
                  "Dead objects have no mark, so nothing of them is scanned.", "marking looks at dead objects"),
            Wrong(living // 2, "that is two objects in each visit",
                  f"{APART} objects from one survivor to the next, {slots} slots in a span: sometimes it is only one.",
                  HALVES),
        ),
        otherwise=f"How many spans do the objects fill, and which of them hold a living one? The slice is one object; "
        f"scanning it marks all {count(living)} before any span is visited.",
        right=f"One visit for each span with a survivor. In {count(scanned.visits[1:].count(1))} of them it scanned "
        "one object, in the others two. Real Go counted the same. Green Tea cannot gather what is not there: survivors "
        "that lie far apart cost more than half a visit each.",
        hints=(
            "The slice is scanned first, as one object. After that all survivors are marked and all their spans wait.",
            f"Divide the objects by the {slots} slots of a span, and round up.",
            "The last span is not full. Is one of its few objects a survivor?",
        ),
    )  # fmt: skip


def nothing_to_scan() -> Exercise:
    """Whether spans of objects without pointers are visited."""
    p = plain()
    slots = size_class(p.size).nelems
    return Exercise(
        question=f"A slice points to {count(p.n)} objects of {p.size} B, a type without pointers: "
        f"`[{p.size // 8}]uint64`. A span has {slots} of them. How many visits to spans does Green Tea make for them?",
        unit="visits",
        answer=p.greentea.span_visits,
        wrong=(
            Wrong(-(-p.n // slots), "those are the spans they fill",
                  "A visit scans objects for pointers. What would it find in these?", NOSCAN),
            Wrong(p.n, "that is one for each object", "Each of them is marked. Does it have to be scanned?", NOSCAN),
            Wrong(1, "that is the slice",
                  "The slice is scanned, but it is far larger than the objects that Green Tea takes by the span: it "
                  "waits in a work buffer."),
        ),
        otherwise="What does a visit do with an object? And what would it find in one of these?",
        right=f"Marked, and done: all {count(p.n)} are black without having been looked at. With either marker the "
        "cheapest object is one without pointers.",
        hints=(
            "Marking sets a bit. Scanning reads the object and looks for pointers.",
            "Choose “no pointers” in the picker above, and look at the row of visits to a span.",
        ),
    )  # fmt: skip


PLAN = Plan(
    "09_green_tea",
    "Green Tea",
    predictions=(ten_thousand_nodes, a_list_in_order, what_is_left_the_same, if_spans_lay_on_a_pile),
    exercises=(seven_in_a_span, one_in_a_hundred, nothing_to_scan),
    scenes=(few, kinds),
)
