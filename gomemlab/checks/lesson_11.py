"""The questions of lesson 11: what belongs to one P, what another can have of it, and where all of them meet.

Go: runtime/mcache.go, (*mcache).refill; runtime/proc.go, runqsteal, procresize; runtime/mheap.go, (*mheap).allocSpan.
Left out: pools but for what GOMAXPROCS does to them; lesson 10 has them.
"""

from gomemlab.checks.crowds import CLASS as COUNTED_CLASS
from gomemlab.checks.crowds import COUNTERS, LOOKED_AT, MALLOCS, between_two, counted, neighbours
from gomemlab.checks.crowds import SIZE as COUNTED_SIZE
from gomemlab.checks.numbers import NAMES, count
from gomemlab.checks.ownspans import (
    CLASS,
    PS,
    SIZE,
    SMALL,
    STARTED,
    TEN,
    after_more_ps,
    buffers_left,
    first_taken,
    four_ps,
    free_slots,
    leaves,
    nine_goroutines,
    one_more,
    served_from,
    source,
    stolen_and_served,
    taken,
    two_caches,
    unused_slots,
)
from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.contention import CACHE_LINE, COUNTER
from gomemlab.runtime.arch import PAGE_CACHE_PAGES, PAGE_SIZE

SHOWN = ("transport", "processors")  # what a prediction opens in the lab
HELPS = "an idle P helps a busy one with spans"
RETURNS = "caches return their surplus"
LOCKED = "every malloc takes a lock"
CHECKED_HEAD = ("recording", "what the program does", "Ps", "starts of goroutines", "of them foretold", "stolen")
CHECKED = (
    ("`turns`", "300 goroutines at once, ping-pong, a mutex, yields, sleeps, preemption", 1, 956, 956, 0),
    ("`outside`", "a network server, a ticker, three collections", 1, 985, 985, 0),
    ("`turns_two_ps`", "the first again", 2, 955, 954, 36),
)


def a_full_span_and_an_idle_p() -> Prediction:
    """Ask where a P gets a slot when only another P has some."""
    free = free_slots(two_caches().world.snapshot(), 1)
    return Prediction(
        f"There are two Ps. P0’s span of {SIZE} B slots is full. P1 has nothing to do, and its span of that class has "
        f"{free} free slots. Mcentral has none. P0 allocates {SIZE} B. Where does the slot come from?",
        (
            Option(
                "P1",
                "from P1’s span: P1 does not need it now",
                "P1 takes slots from its span without any lock. It can do so because nobody else ever does.",
                HELPS,
            ),
            Option(
                "half",
                "from P1’s span, half of whose slots move to P0: Ps steal work from one another",
                "What Ps steal is goroutines. A span cannot be cut in two: it has one owner.",
                HELPS,
            ),
            Option("new", "from a new span: P0 does not look at what P1 has"),
            Option(
                "sweep",
                "from a collection: P0 starts one, since there are free slots somewhere",
                "What starts a collection is how much the heap has grown. Nobody looks for free slots first.",
                "a full span starts a collection",
            ),
        ),
        source(),
        f"In the model P0 asked mcentral, which had nothing, and got a new span of {CLASS.npages} page. P1’s {free} "
        "free slots were where they had been. The heap has grown although most of a span was empty.",
        scene=one_more,
        views=SHOWN,
    )


def what_empties_a_cache() -> Prediction:
    """Ask when a P's free slots go back."""
    free = leaves()[0].free
    return Prediction(
        f"P1 has made one object of {SIZE} B, so its cache has a span with {free} free slots. From then on it only "
        "makes objects of other sizes. Which of these is the first that takes the span out of its cache?",
        (
            Option(
                leaves()[1].what,
                "a list that has become too long: P1 keeps a few slots, and returns the others",
                "TCMalloc has such a limit. Go’s P has one span for each class, and counts nothing.",
                RETURNS,
            ),
            Option(
                leaves()[2].what,
                "a need: P0 fills span after span, and mcentral asks P1 for its free slots",
                "Mcentral does not know what is in a cache, nor ask for it.",
                HELPS,
            ),
            Option(
                leaves()[3].what,
                "rest: P1 has no goroutine any more, and idles",
                "An idle P keeps its spans. It may have something to run in a moment.",
                RETURNS,
            ),
            Option(leaves()[4].what, "a collection: it cannot sweep a span that is in a cache"),
        ),
        first_taken(),
        f"In the model all {free} slots stayed in P1’s cache, until a collection began to sweep. Then every P’s cache "
        "was emptied, and the span went to mcentral, where whoever needs one finds it.",
    )


def what_a_thief_takes() -> Prediction:
    """Ask what comes along with stolen goroutines."""
    goroutines, slots = taken()
    free = free_slots(nine_goroutines().world.snapshot(), 0)
    return Prediction(
        f"{NAMES[STARTED].capitalize()} goroutines wait on P0, whose span of {SIZE} B slots has {free} "
        "free ones. P1 has no such span. "
        f"It looks for work, steals half of P0’s queue and runs one of these goroutines, which allocates {SIZE} B. "
        "From which span?",
        (
            Option(
                "own",
                "from a span of its own: a goroutine takes its memory along",
                "A goroutine has a stack. Spans are the P’s: whoever runs there allocates from them.",
                "goroutines own spans",
            ),
            Option(
                "P0",
                "from P0’s span: it was started there",
                "Then two Ps would take slots from one span, and each would have to lock it.",
                HELPS,
            ),
            Option("new", "from a new span: that of the P on which it runs"),
            Option(
                "half",
                "from a span that P1 stole, too: half of the queue, and half of the cache",
                "A thief looks at one thing, the queue of goroutines.",
                HELPS,
            ),
        ),
        served_from(),
        f"P1 took {goroutines} goroutines and {slots or 'no'} slots. Then P1 asked mcentral, as every P does whose "
        f"cache has no span of a class, and got a new one. P0 still has its {free} free slots.",
        scene=stolen_and_served,
        views=SHOWN,
    )


def more_ps() -> Prediction:
    """Ask what a pool has when there are more Ps."""
    left = buffers_left()
    return Prediction(
        f"Two Ps have put {TEN} buffers into a pool, five each. GOMAXPROCS goes up from 2 to 4. The first to call Get "
        f"is P3; then P0 calls it {TEN} times. How many of the {TEN} buffers do they get?",
        (
            Option(
                TEN,
                f"{TEN}: a shard for P2 and one for P3 are added to the two that there are",
                "The shards are one array. It cannot become longer where it is.",
                "shards are added",
            ),
            Option(
                TEN - 1,
                f"{TEN - 1}: all but that in P1’s private slot",
                "That would be so while the shards are still those of two Ps.",
            ),
            Option(
                TEN // 2,
                f"{TEN // 2}: P0 still has its own, those of P1 are lost",
                "P0’s shard is in the same array as P1’s.",
            ),
            Option(0, "none: there is a new array of shards, and nobody copies the old one"),
        ),
        left,
        f"They got {left or 'none'} of them. P3 had no shard, so it made an array of four, which became the pool’s. "
        "What the old array had was garbage at once: a pool may drop what it has, and to copy it would need locks.",
        scene=after_more_ps,
        views=("transport", "pool", "log"),
    )


def ten_thousand_mallocs() -> Prediction:
    """Ask how often a P takes the heap lock."""
    times, spans = counted()
    return Prediction(
        f"A program on one P makes {count(MALLOCS)} objects of {COUNTED_SIZE} B, one after another, and frees none. "
        "How often does it take the lock of the heap?",
        (
            Option(
                MALLOCS,
                f"{count(MALLOCS)} times: the heap is shared, so each malloc locks it",
                "A malloc that finds a slot in its P’s span touches nothing that is shared.",
                LOCKED,
            ),
            Option(
                spans,
                f"{spans} times: with each new span",
                "A new span needs pages, and the P has some of its own: its page cache.",
                "every new span takes the heap lock",
            ),
            Option(times, f"{times} times: when it has no pages of its own, nor records for spans"),
            Option(
                0,
                "never: a P has all that it needs",
                "It has 64 pages at a time. Somebody must hand them out.",
            ),
        ),
        times,
        f"The model counted {times} times, for {spans} spans of {COUNTED_CLASS.nelems} slots. Most spans came from "
        "pages that the P had taken before, many at a time; that needs no lock. A lock is for what Ps share, and Go "
        "lets them share as seldom as it can.",
    )


def one_object_on_each() -> Exercise:
    """Ask how much lies unused in caches."""
    slots = COUNTED_CLASS.nelems
    return Exercise(
        question=f"GOMAXPROCS is {PS}. On each P one object of {SMALL} B is made, without pointers, and nothing else "
        "of that class. How many free slots of these spans can only be used by one P each?",
        unit="slots",
        answer=unused_slots(),
        wrong=(
            Wrong(
                0,
                "then free slots would be for all",
                "A span in a cache has an owner, and only its owner takes slots from it.",
                HELPS,
            ),
            Wrong(
                slots - 1,
                f"that is one span, out of which {PS} Ps would allocate",
                "Two Ps never take slots from one span. How many spans are there?",
                "Ps share a span",
            ),
            Wrong(
                PS * slots,
                "that counts all slots",
                "One of each span is taken.",
            ),
            Wrong(
                PS * (PAGE_SIZE // SMALL - 1),
                "that is a page divided by the size",
                "A span of such small objects keeps its mark bits in itself (lesson 01): they need the room of two "
                "slots.",
            ),
        ),
        otherwise="How many slots has a span of this class (lesson 01), how many spans are there, and how many of the "
        "slots are taken?",
        right=f"Each P has a span of {slots} slots, and has used one. So the heap has {PS} pages in use for "
        f"{PS * SMALL} B: that is the price of not locking, and it does not grow with what the program allocates.",
        hints=(
            "Each P that allocates has a span of this class in its mcache.",
            f"Lesson 01 has the number of slots of a {SMALL} B span without pointers. It is not 128.",
            "Multiply the free slots of one span by the number of Ps.",
        ),
    )


def mallocs_between_locks() -> Exercise:
    """Ask how many requests one visit to the heap is good for."""
    slots = COUNTED_CLASS.nelems
    return Exercise(
        question=f"A P’s span is full, and its page cache is empty. It makes objects of {COUNTED_SIZE} B without "
        "pointers, and nothing is freed. With the first one it takes the heap lock, and as many pages as a page cache "
        "can hold. How many mallocs later does it take that lock again?",
        unit="mallocs",
        answer=between_two(),
        wrong=(
            Wrong(1, "then each malloc would lock", "The P has a span with free slots by then.", LOCKED),
            Wrong(
                slots,
                "that is one span",
                "When that is full the P makes another, from pages that it has already.",
                "every new span takes the heap lock",
            ),
            Wrong(PAGE_CACHE_PAGES, "those are pages", "Each of them becomes a span with many slots."),
            Wrong(
                PAGE_CACHE_PAGES * (PAGE_SIZE // COUNTED_SIZE),
                "a span has fewer slots",
                "Mark bits take the room of two slots of each span (lesson 01).",
            ),
            Wrong(
                (PAGE_CACHE_PAGES - 1) * slots,
                "a page is missing",
                "The first malloc fills the page cache, and its own page comes out of it, too.",
            ),
        ),
        otherwise="How many pages has a full page cache (lesson 03), and how many slots a span of one page?",
        right=f"{PAGE_CACHE_PAGES} pages at a time, {slots} slots in each. So one P in its turn meets the others at "
        "this lock once in thousands of mallocs. Records for spans come in batches, too, so that they need no visit "
        "of their own.",
        hints=(
            "A page cache is a bitmap of one word: a bit for each page.",
            f"A span of this class is one page, and has {slots} slots.",
            "Pages times slots.",
        ),
    )


def counters_on_a_line() -> Exercise:
    """Ask how many Ps are in each other's way that share nothing."""
    on_line = CACHE_LINE // COUNTER.size
    return Exercise(
        question=f"A program counts in an array of `int64`, one for each of {COUNTERS} Ps; each P writes its own and "
        f"reads no other. The array begins on a cache line of {CACHE_LINE} B. How many other Ps write the line that "
        f"P{LOOKED_AT} writes?",
        unit="Ps",
        answer=neighbours(),
        wrong=(
            Wrong(
                0,
                "each P writes its own variable",
                "A core fetches and keeps whole lines. It cannot know which bytes of one the others write.",
                "who shares no variable shares nothing",
            ),
            Wrong(
                COUNTERS - 1,
                "those are all Ps",
                "The array is longer than a line.",
            ),
            Wrong(
                on_line,
                f"that is P{LOOKED_AT} as well",
                "The question asks for the others.",
            ),
            Wrong(
                1,
                "that is a neighbour",
                "How many counters have room in a line?",
            ),
        ),
        otherwise=f"How many counters of {COUNTER.size} B has a line of {CACHE_LINE} B?",
        right=f"{on_line} counters lie on a line. None of them is shared, but the line is: with each write it has to "
        "come from the core that wrote last. That is **false sharing**.",
        hints=(
            f"Divide {CACHE_LINE} B by the size of a counter.",
            f"P{LOOKED_AT} itself is one of those on the line.",
        ),
    )


PLAN = Plan(
    "11_processors_and_locks",
    "Processors and locks",
    predictions=(
        a_full_span_and_an_idle_p,
        what_empties_a_cache,
        what_a_thief_takes,
        more_ps,
        ten_thousand_mallocs,
    ),
    exercises=(one_object_on_each, mallocs_between_locks, counters_on_a_line),
    scenes=(two_caches, nine_goroutines, four_ps),
)
