"""The questions of lesson 12: stacks that double, move and halve, what a goroutine begins with, and where it ends.

Go: runtime/stack.go, newstack, copystack, shrinkstack, gcComputeStartingStackSize.
Left out: which goroutine runs when; what escapes to the heap.
"""

from gomemlab.checks.numbers import count
from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.checks.stackworlds import (
    CROWD,
    CROWD_USED,
    DEEP,
    DEEP_FRAME,
    HIGH,
    MANY,
    WAITING,
    WIDE,
    after_a_crowd,
    after_collections,
    collected_once,
    come_back,
    first_calls,
    how_it_grew,
    many,
    moves,
    near_the_limit,
    next_size,
    of_g2,
    p_and_x,
    pointed,
    ten_goroutines,
    twenty_thousand,
    without_end,
)
from gomemlab.runtime.arch import FIXED_STACK
from gomemlab.runtime.stack import MAX_STACK_SIZE

SHOWN = ("transport", "stacks")  # what a prediction opens in the lab
COLLECTIONS = 10
THREAD_STACK = 8 << 20  # bytes: what `ulimit -s` allows by default
AT_ONCE = "stacks shrink at once"
BY_THE_OS = "the OS limits the stack"
IN_PLACE = "a stack grows where it is"


def twenty_thousand_deep() -> Prediction:
    """Ask what happens when a stack is full."""
    return Prediction(
        f"A goroutine has just begun, with a stack of {count(FIXED_STACK)} B. It calls a function with a frame of "
        f"{DEEP_FRAME} B, and that calls itself, {count(DEEP)} calls deep. What becomes of the stack on the way down?",
        (
            Option(
                "fixed",
                "it is full after a few calls: the program ends with a stack overflow",
                "So a thread with a fixed stack would end. A goroutine begins small because it can have more.",
                "a goroutine's stack has a fixed size",
            ),
            Option(
                "place",
                "it grows where it is: the operating system adds pages below it",
                "So a thread's stack grows. Below a goroutine's stack lies another one.",
                IN_PLACE,
            ),
            Option(
                "linked",
                "it gets another piece each time it is full: the pieces are linked",
                "Go did that up to 1.2. A loop whose calls crossed from one piece to the next was slow, so it was "
                "given up in 1.3.",
                "stacks are linked segments",
            ),
            Option("moved", "it moves each time it is full: to a stack twice as large, with all that is on it"),
        ),
        how_it_grew(),
        "In the model each stack had another address than the one before, was twice as large, and had got all bytes "
        "that were in use. The function itself noticed: its first instructions ask whether its frame still fits.",
        scene=twenty_thousand,
        views=SHOWN,
    )


def a_pointer_to_a_local() -> Prediction:
    """Ask what a pointer into a stack holds when that has moved."""
    timeline = pointed()
    before, after = p_and_x(timeline, len(timeline) - 1), p_and_x(timeline, len(timeline))
    follows = before[0] == before[1] and after[0] == after[1] and before != after
    return Prediction(
        "A function has the variables `x` and `p`, both on its goroutine's stack, and `p = &x`. It calls another "
        "function, for which the stack has no room: the stack moves. What does `p` hold afterwards?",
        (
            Option(
                "old",
                "the address that it held before: Go must not use it any more",
                "Then a program could read memory that has another owner by now. Go knows which words of a frame are "
                "pointers.",
                "pointers to locals dangle",
            ),
            Option(
                "heap",
                "the address that it held before: x is on the heap, since somebody took its address",
                "To take the address is not enough. `x` goes to the heap if the address may outlive its function; the "
                "question says that it is on the stack.",
                "a variable whose address is taken escapes",
            ),
            Option("new", "another address than before: that of x on the new stack"),
        ),
        "new" if follows else "old",
        f"In the model `p` held {before[0]:#x} before and {after[0]:#x} afterwards, and both times that was where `x` "
        "was. Every word of a frame that is a pointer into the old stack was moved by as much as the stack itself.",
        scene=pointed,
        views=SHOWN,
    )


def after_one_collection() -> Prediction:
    """Whether a stack shrinks at once."""
    back, once = of_g2(come_back()), of_g2(collected_once())
    return Prediction(
        f"A goroutine was deep in a recursion, and its stack has {count(HIGH)} B. It has returned from all of that: "
        f"{back.used} B are in use. Now `runtime.GC()` runs, once. How large is the stack afterwards?",
        (
            Option(
                "return",
                f"{count(FIXED_STACK)} B: it shrank when the functions returned",
                "A return moves the stack pointer and asks nothing. Else a loop that calls and returns would copy its "
                "stack all the time.",
                AT_ONCE,
            ),
            Option(
                FIXED_STACK,
                f"{count(FIXED_STACK)} B: the collector gives back all that it does not need",
                "Who was deep once may be so again. The collector takes back a part, and looks again the next time.",
                AT_ONCE,
            ),
            Option(HIGH // 2, f"{count(HIGH // 2)} B: the collector gives back one half"),
            Option(
                HIGH,
                f"{count(HIGH)} B: what a stack has got it keeps until the goroutine ends",
                "That would be a pity for a server whose goroutines live for days.",
                "stacks never shrink",
            ),
        ),
        "return" if back.size != HIGH else once.size,
        f"After the returns the model's stack still had {count(back.size)} B; after the collection it had "
        f"{count(once.size)} B, at another address. The collector, which scans each stack anyway, moves a stack to one "
        "half as large if what is in use, and 800 B more, are less than a quarter of it.",
        scene=collected_once,
        views=SHOWN,
    )


def the_next_five_hundred() -> Prediction:
    """With how much stack a goroutine begins."""
    answer = next_size(after_a_crowd())
    return Prediction(
        f"{CROWD} goroutines wait, each with {count(CROWD_USED)} B of its stack in use. `runtime.GC()` runs; then all "
        f"of them end, and {CROWD} others begin. With how large a stack?",
        (
            Option(
                FIXED_STACK,
                f"{count(FIXED_STACK)} B: every goroutine begins with that",
                "A new g does. These get the gs of the goroutines that ended.",
                "every goroutine begins with 2 KiB",
            ),
            Option(
                CROWD_USED // 1024 * 1024 + 1024,
                f"{count(CROWD_USED // 1024 * 1024 + 1024)} B: the next power of two for what the others had in use",
                "Then a goroutine like those would move at once: the lowest bytes of a stack, below the guard, must "
                "stay free.",
                "a stack can be used to its last byte",
            ),
            Option(answer, f"{count(answer)} B: room for what the others had in use, and for the guard"),
            Option(
                2 * answer,
                f"{count(2 * answer)} B: twice what the others had",
                "Doubling is for stacks that are too small.",
            ),
        ),
        answer,
        f"The collection had found {count(CROWD_USED)} B in use on almost every stack that it scanned. It added the "
        f"guard to the average, and rounded up to a power of two: {count(answer)} B. So the {CROWD} new ones have room "
        "for the same work from the first moment, and none of them has to move.",
        scene=after_a_crowd,
        views=SHOWN,
    )


def without_an_end() -> Prediction:
    """Who ends an endless recursion."""
    size, said = without_end()
    return Prediction(
        f"`ulimit -s` says {THREAD_STACK >> 10} KiB. A function calls itself without end. How large is its "
        "goroutine's stack when the program ends?",
        (
            Option(
                THREAD_STACK,
                f"{count(THREAD_STACK)} B: more the operating system does not allow",
                "That is the limit of a thread's own stack. Goroutine stacks are pieces of the heap, and nobody asks "
                "the operating system how large they may be.",
                BY_THE_OS,
            ),
            Option(
                MAX_STACK_SIZE,
                f"{count(MAX_STACK_SIZE)} B: the limit that Go's own message names",
                "That is the limit indeed. But which sizes does a stack have?",
                "a stack grows to its limit",
            ),
            Option(size, f"{count(size)} B: the next one would be over Go's own limit"),
            Option(
                "all",
                "all the memory there is: nobody stops it",
                "Then one bug in one goroutine could take the machine down.",
                "stacks grow until memory is out",
            ),
        ),
        size,
        f"The model's goroutine stopped with {count(size)} B. Twice as much would be over the limit of "
        f"{count(MAX_STACK_SIZE)} B, and Go says so: “{said.splitlines()[0]}”, “{said.splitlines()[2]}”.",
        scene=near_the_limit,
        views=SHOWN,
    )


def how_many_moves() -> Exercise:
    """How many doublings there are."""
    size = moves()[-1].size
    pieces = size // FIXED_STACK
    return Exercise(
        question=f"In the recursion of the first question the stack grew from {count(FIXED_STACK)} B to {count(size)} "
        "B. How many times did it move?",
        unit="moves",
        answer=len(moves()),
        wrong=(
            Wrong(
                len(moves()) + 1,
                "that counts the sizes",
                "The first of them is where it began. Between two sizes there is one move.",
            ),
            Wrong(
                pieces - 1,
                f"that adds {count(FIXED_STACK)} B at a time",
                "Then all that is on the stack would be copied again and again. What would you do instead?",
                "a stack grows by a fixed piece",
            ),
            Wrong(
                pieces,
                f"it is {count(size)} / {count(FIXED_STACK)}",
                "So many first stacks fit into the last one. But stacks do not grow by a fixed piece.",
                "a stack grows by a fixed piece",
            ),
            Wrong(
                DEEP,
                "that is a move for each call",
                "Most calls find room enough. Look for *this stack's moves* in the lab.",
                "each call allocates",
            ),
            Wrong(
                0,
                "then it would have grown where it is",
                "In the lab above, compare the addresses of both stacks.",
                IN_PLACE,
            ),
        ),
        otherwise=f"Begin with {count(FIXED_STACK)} B. What is the next size, and the one after that?",
        right=f"It doubled that often. All moves together copied {count(sum(move.copied for move in moves()))} B: less "
        "than the last stack has. To double is to copy each byte about once, however deep it goes.",
        hints=(
            "A stack that is full moves to one twice as large.",
            f"Write down the sizes: {count(FIXED_STACK)}, {count(2 * FIXED_STACK)}, {count(4 * FIXED_STACK)}, and on.",
            "Count the steps from one size to the next, not the sizes.",
        ),
    )


def after_ten_collections() -> Exercise:
    """Where halving ends."""
    return Exercise(
        question=f"A goroutine waits. Its stack has {count(WIDE)} B, of which {WAITING} B are in use. "
        f"`runtime.GC()` runs {COLLECTIONS} times. How large is the stack then?",
        unit="B",
        answer=after_collections(COLLECTIONS),
        wrong=(
            Wrong(
                FIXED_STACK,
                "that forgets the 800 B which the collector adds to the bytes in use",
                "Functions may use some bytes below the stack pointer without asking. They count as used.",
                "what counts is what is in use alone",
            ),
            Wrong(
                WIDE >> COLLECTIONS,
                f"that is {COLLECTIONS} halvings",
                f"No stack is smaller than {count(FIXED_STACK)} B, and what is in use has to fit.",
                "each collection halves each stack",
            ),
            Wrong(
                WIDE,
                "then it would not have moved at all",
                "Far less than a quarter of it is in use.",
                "stacks never shrink",
            ),
            Wrong(
                WIDE // 2,
                "that is one collection",
                "The next one looks again, and asks the same question of the smaller stack.",
            ),
            Wrong(
                1024,
                f"that is the next power of two for {WAITING} B",
                "No stack is that small, and a stack needs room below what is in use.",
                AT_ONCE,
            ),
        ),
        otherwise="Halve as long as bytes in use and 800 B more are together less than a quarter of the stack.",
        right="Half as much would be enough by the first rule that comes to mind. But the collector adds the 800 B "
        "that functions may use without asking, and the sum is more than a quarter of what is left. A thousand "
        "goroutines of a real Go program that waited like this one came to the same size.",
        hints=(
            "Each collection asks: is less than a quarter of this stack in use? If so, it halves it.",
            "What counts as in use is 800 B more: functions without a check of their own may need them.",
            f"So ask at each size whether {WAITING} + 800 B are less than a quarter of it.",
        ),
    )


def a_hundred_thousand() -> Exercise:
    """Ask what many goroutines take."""
    return Exercise(
        question=f"A program starts {count(MANY)} goroutines. Each waits on a channel and has called nothing else. "
        "How many bytes do their stacks take together?",
        unit="B",
        answer=many(),
        wrong=(
            Wrong(
                MANY * THREAD_STACK,
                f"that is {THREAD_STACK >> 20} MiB for each",
                "So much address space a thread's stack has on Linux. A goroutine is no thread.",
                "a goroutine has a thread's stack",
            ),
            Wrong(
                MANY * 8192,
                "that is a page for each",
                "Stacks of this size share a span.",
                "a stack takes a page at least",
            ),
            Wrong(
                MANY * 4096,
                "that is twice as much as each begins with",
                "A goroutine that only waits fits into its first stack.",
            ),
            Wrong(
                MANY * 480,
                "that is a g for each",
                "The g is the goroutine's record, on the heap. Its stack comes on top.",
            ),
            Wrong(
                0,
                "then stacks would cost nothing",
                "They are no objects of the heap, so HeapAlloc does not count them. StackInuse does.",
                "stacks take no memory of the heap",
            ),
        ),
        otherwise="With how many bytes does a goroutine begin?",
        right="The number is StackInuse of a real program that did it. On top of that each goroutine has a g, a heap "
        "object of 480 B.",
        hints=(
            "Each of them has the stack that it began with.",
            f"These are new goroutines, with new gs: they begin with {count(FIXED_STACK)} B.",
            f"Multiply that by {count(MANY)}.",
        ),
    )


PLAN = Plan(
    "12_stacks",
    "Goroutine stacks",
    predictions=(
        twenty_thousand_deep,
        a_pointer_to_a_local,
        after_one_collection,
        the_next_five_hundred,
        without_an_end,
    ),
    exercises=(how_many_moves, after_ten_collections, a_hundred_thousand),
    scenes=(first_calls, come_back, ten_goroutines, near_the_limit),
)
