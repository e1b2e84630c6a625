"""The questions of lesson 10: how long a pool keeps what was put, whom it gives it to, and what it costs.

Go: sync/pool.go, (*Pool).Get, (*Pool).Put, poolCleanup; runtime/iface.go, convTslice.
Left out: which Ps there are and who runs on them; lesson 11 has it.
"""

from gomemlab.checks.numbers import count
from gomemlab.checks.plan import Plan
from gomemlab.checks.poollife import (
    CYCLES,
    PARTS,
    PUTS,
    TEN,
    USED,
    after,
    after_the_burst,
    alive,
    as_it_is,
    boxes,
    burst,
    cleared,
    cut,
    from_another_p,
    last_of_ten,
    news,
    six_gets,
    ten_buffers,
    touched,
    two_gcs,
    two_ps,
    with_fields,
)
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.runtime.pooling import SLICE_HEADER_SIZE

SEEN = ("transport", "pool", "log")  # what a prediction opens in the lab
WARM = "a warmed pool stays warm"
CLEARS = "[:0] clears"
CHECKED_HEAD = ("recording", "what the program does", "Gets", "of them stolen", "that gave what Go gave")
CHECKED = (
    ("`pool_life`", "three pools, one P, a GC now and then", 2463, 0, "all"),
    ("`pool_requests`", "four handlers on one P, GCs when the heap says", 640, 0, "all"),
    ("`pool_two_ps`", "two Ps, which steal from one another", 841, 189, "all"),
)


def ten_puts_two_gcs() -> Prediction:
    """Ask how often New is called when a pool was filled two GCs ago."""
    made, one = news(after(2)), news(after(1))
    return Prediction(
        f"A P puts {TEN} buffers into a pool. Nobody uses the pool for a while, and two collections run. Then the same "
        f"P calls Get {TEN} times. How often is New called?",
        (
            Option(
                0,
                "never: a pool keeps what it was given",
                "Then a pool would hold for good whatever a single busy minute has put there.",
                WARM,
            ),
            Option(
                1,
                "once: the private slot is lost, the queue stays",
                "A collection takes the private slot and the queue alike.",
            ),
            Option(
                TEN // 2,
                "5 times: each collection halves what lies unused",
                "Nothing is halved. What was not used for long enough goes, all of it.",
                "a pool shrinks bit by bit",
            ),
            Option(TEN, "10 times: two collections are enough to empty it"),
        ),
        made,
        f"New was called {made} times. The first collection took everything out of the pool and into its victim, where "
        f"Get still looks; after that one alone New would have been called {one} times. The second dropped the victim.",
        scene=two_gcs,
        views=SEEN,
    )


def a_burst_after_five_cycles() -> Prediction:
    """Ask how much of a warmed pool is left when only a part was used."""
    made = burst()
    return Prediction(
        f"A pool is warmed with {TEN} buffers at start-up. Normal load takes {USED} at a time and puts them back, at "
        f"least once between any two collections. {CYCLES} collections later a burst asks for {TEN} at once. How often "
        "is New called?",
        (
            Option(
                0,
                "never: the pool is in use all the time, so it stays warm",
                "The pool was in use. Most of its buffers were not.",
                WARM,
            ),
            Option(
                TEN - USED,
                "6 times: only what was taken between two collections is still there",
            ),
            Option(
                TEN,
                "10 times: five collections have emptied it",
                "What a P takes out of the victim and puts back is in the pool anew.",
                "a collection empties every pool",
            ),
            Option(
                TEN // 2,
                "5 times: each collection costs it one buffer",
                "Nothing is counted. A buffer is dropped because it lay there, and all that lie are dropped at once.",
                "a pool shrinks bit by bit",
            ),
        ),
        made,
        f"New was called {made} times. Each Get in between took a buffer out of the victim, and each Put gave it back "
        "to the shard. What nobody took was dropped by the second collection. So a pool is as large as its recent use, "
        "and no larger.",
        scene=after_the_burst,
        views=SEEN,
    )


def from_the_other_p() -> Prediction:
    """Ask how many buffers of another P a Get can have."""
    got = from_another_p()
    made = news(got)
    return Prediction(
        f"There are two Ps. P1 has put buffers 1 to {TEN}, and goes on to other work. P0 calls Get {TEN} times. How "
        "often is New called?",
        (
            Option(
                TEN,
                "10 times: what P1 has put is P1’s",
                "A Get that finds nothing of its own looks into the queues of the others.",
                "each P has a pool of its own",
            ),
            Option(
                0,
                "never: all Ps share one pool",
                "They share most of it, but there is one place in each shard that only its owner opens.",
                "a pool is one list for all",
            ),
            Option(1, "once: one place is closed to other Ps"),
            Option(
                TEN // 2,
                "5 times: a thief takes half",
                "Goroutines are stolen by halves. Of a pool, one item is taken at a time.",
                "a thief takes half",
            ),
        ),
        made,
        f"P0 got {', '.join(str(one) for one in got[:-1])}, stolen one by one from the tail of P1’s queue. Buffer 1 is "
        "in P1’s private slot, which no other P looks into. So for the last Get New was called, and buffer 1 waits.",
        scene=last_of_ten,
        views=SEEN,
    )


def cut_to_length_zero() -> Prediction:
    """Ask whether [:0] lets go of what a slice's array points to."""
    left, zero = alive(as_it_is)[0], alive(cut)[0]
    answer = "all" if zero == left else "none"
    return Prediction(
        f"A pool has {TEN} slices in use. The array of each points to {PARTS} objects of 4 KiB, left from some "
        "request. Before each Put the handler says `*s = (*s)[:0]`. How much of those objects does a collection free?",
        (
            Option(
                "none",
                "all of it: the slices are empty now",
                "Their length is 0. The array behind them has all the pointers that it had.",
                CLEARS,
            ),
            Option("all", "nothing: they are as alive as before"),
            Option(
                "half",
                "half of it: the array is kept, and every second object",
                "An array is scanned whole, or not at all.",
            ),
            Option(
                "unless",
                "all but one slice’s: the private slot is a root, the queue is not",
                "The collector finds the whole pool, private slots and queues alike.",
                "a pool’s items are weak",
            ),
        ),
        answer,
        f"HeapAlloc is {count(left)} B without the statement and {count(zero)} B with it. It writes a length and no "
        f"pointer. With `clear(*s)` in front of it there are {count(alive(cleared)[0])} B: the collector goes by what "
        "an array contains, not by how much of it a slice shows.",
    )


def order_of_six() -> Exercise:
    """Ask which buffers come from the shard, which from the victim, in which order."""
    return Exercise(
        question="One P puts buffers 1, 2 and 3 into a new pool. A collection runs. Then it puts 4, 5 and 6, and calls "
        "Get six times. Which buffers does it get, in this order?",
        unit="",
        answer=six_gets(),
        wrong=(
            Wrong(
                (1, 2, 3, 4, 5, 6),
                "that is a queue, first in, first out",
                "A Get begins with what this P has put last, and the victim comes last of all.",
                "a pool is a queue",
            ),
            Wrong(
                (6, 5, 4, 3, 2, 1),
                "that is a stack, last in, first out",
                "The first Put went to the private slot, which a Get empties first. And the victim is no stack.",
                "a pool is a stack",
            ),
            Wrong(
                (4, 6, 5, 1, 3, 2),
                "the end is not right",
                "In the victim everybody takes from the tail, its owner as well: the oldest first.",
            ),
            Wrong(
                (1, 2, 3, 4, 6, 5),
                "that begins with the victim",
                "What lies there is the last resort: before it a Get even tries to steal.",
            ),
            Wrong(
                (4, 5, 6, 1, 2, 3),
                "the queue of the shard is not emptied that way",
                "Its owner takes from the head, where it puts.",
            ),
        ),
        otherwise="Each of the six comes once. Say where each lies when the Gets begin: private, shared, or victim.",
        right="4 was in the private slot; of the shared queue the owner takes the newest first; then comes the victim, "
        "its private slot before its queue, and that from the tail, the oldest first.",
        hints=(
            "The lab above says what the next Gets will give. Do the same there with ten and ten.",
            "The collection made a victim of the first three. The others lie in the shard.",
            "A Get looks at the private slot, at the head of the own queue, at other Ps, and at the victim.",
        ),
        example="3, 2, 1, 6, 5, 4",
    )


def one_touched_between() -> Exercise:
    """Ask how many buffers are lost when one of ten is used between two GCs."""
    made = news(touched())
    return Exercise(
        question=f"A P puts {TEN} buffers. A collection runs. The P gets one of them and puts it back. Another "
        f"collection runs, and then the P calls Get {TEN} times. How often is New called?",
        unit="",
        answer=made,
        wrong=(
            Wrong(
                0,
                "that is as if the pool had been used",
                "One buffer of it was. The others have been lying there all the time.",
                WARM,
            ),
            Wrong(
                TEN,
                "that is as if nothing had been used",
                "The one that was put back lies in the shard again, and only one collection has passed since.",
                "a collection empties every pool",
            ),
            Wrong(
                1,
                "that is the buffer that was touched",
                "Touching it is what keeps it. What of those that were not touched?",
            ),
            Wrong(
                TEN // 2,
                "nothing is halved",
                "Each buffer has a fate of its own: it was used between the two, or it was not.",
                "a pool shrinks bit by bit",
            ),
        ),
        otherwise="Where is each of the ten before the second collection: in the shard, or in the victim?",
        right=f"The first collection made a victim of all {TEN}. One was taken out of it, and its Put brought it into "
        f"the shard. The second collection dropped the other {made}, and made a victim of the one.",
        hints=(
            "After the first collection all of them are in the victim.",
            "A Put goes to the shard, wherever the buffer came from.",
            "A collection drops what is in the victim at that moment.",
        ),
    )


def a_thousand_slices() -> Exercise:
    """Ask what Puts of a []byte make."""
    return Exercise(
        question=f"A handler gets a `[]byte` from a warm pool and puts it back with `pool.Put(b)`. After {count(PUTS)} "
        "requests New has not been called once. How many bytes have these Puts allocated all the same?",
        unit="B",
        answer=boxes(),
        wrong=(
            Wrong(
                0,
                "that would be free",
                "Put takes an interface, and an interface holds a pointer, no slice.",
                "pooling []byte is free",
            ),
            Wrong(
                SLICE_HEADER_SIZE,
                "that is one Put",
                "Each Put makes one more: it does not know of the one that Get took the slice from.",
            ),
            Wrong(
                8 * PUTS,
                "that is a pointer for each",
                "A slice is more than a pointer: it has a length and a capacity, too.",
            ),
            Wrong(
                16 * PUTS,
                "that is an interface for each",
                "The interface lies in the pool’s queue and needs no memory of its own. What does its pointer lead to?",
            ),
            Wrong(
                1024 * PUTS,
                "that would be a copy of each array",
                "The array stays where it is. Something smaller is copied.",
                "Put copies the bytes",
            ),
        ),
        otherwise="What does an interface point to, whose value is a slice? Multiply its size by the number of Puts.",
        right=f"The header of a slice, {SLICE_HEADER_SIZE} B, is copied to the heap by each Put, because an interface "
        "can hold only a pointer to it. It is garbage as soon as the next Get has read it.",
        hints=(
            "Put’s parameter is an `any`, and that is two pointers: one says the type, one leads to the value.",
            "A slice is a header of three words. It must lie somewhere for a pointer to lead to it.",
            "Three words of 8 B, for each Put.",
        ),
    )


PLAN = Plan(
    "10_sync_pool",
    "sync.Pool",
    predictions=(ten_puts_two_gcs, a_burst_after_five_cycles, from_the_other_p, cut_to_length_zero),
    exercises=(order_of_six, one_touched_between, a_thousand_slices),
    scenes=(ten_buffers, two_gcs, after_the_burst, two_ps, last_of_ten, with_fields),
)
