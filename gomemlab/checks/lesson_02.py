"""The questions of lesson 02, tiny objects: sharing a block, alignment, and what keeps a block alive.

Go: runtime/malloc.go, mallocgcTiny.
Left out: the race detector's builds, where no block is shared.
"""

from collections.abc import Sequence

from gomemlab.checks.numbers import count
from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.checks.strip import Part, Strip
from gomemlab.checks.tiny import run_tiny
from gomemlab.runtime.alloc.sizeclasses import size_class
from gomemlab.runtime.arch import MAX_TINY_SIZE, PTR_SIZE
from gomemlab.runtime.world import World

Places = tuple[tuple[int, int], ...]  # (block, offset) of each object
OWN_SLOT = "every object has a slot of its own"
PACKED = "tiny objects lie back to back"


def places(sizes: Sequence[int]) -> Places:
    """Return the block and offset of each object, as the model places it."""
    return tuple((one.block, one.offset) for one in run_tiny(sizes).placed)


def packed(sizes: Sequence[int]) -> tuple[int, ...]:
    """Return the offsets without alignment: each object begins where the one before ended."""
    return tuple(sum(sizes[:i]) for i in range(len(sizes)))


def twelve_eight_eight() -> Prediction:
    """Three objects that could or could not share blocks."""
    sizes = (12, 8, 8)
    run = run_tiny(sizes)
    strung = tuple(divmod(offset, MAX_TINY_SIZE) for offset in packed(sizes))
    return Prediction(
        "A P makes three pointer-free objects of 12, 8 and 8 B. Blocks have 16 B. Who lives where?",
        (
            Option(
                tuple((i, 0) for i in range(len(sizes))),
                "three blocks, one object each",
                "Small objects without pointers may share a block.",
                OWN_SLOT,
            ),
            Option(((0, 0), (1, 0), (1, 8)), "two blocks: the 12 alone, the two 8s together"),
            Option(
                strung,
                "two blocks, filled to the last byte: the first 8 is split between them",
                "An object is never split: it would have no address range of its own.",
                PACKED,
            ),
            Option(
                ((0, 0), (1, 0), (2, 8)),
                "two blocks and a half: the last 8 waits for a partner",
                "Nothing waits: a request is served at once.",
            ),
        ),
        places(sizes),
        f"A block is filled from the front while the next object fits. The 12 left 4 B, too few for an 8, so a second "
        f"block was taken. The last 8 fitted there at offset "
        f"{run.placed[-1].offset}. {run.say()}",
    )


def eight_fifteen_eight() -> Prediction:
    """Which of two blocks stays open."""
    sizes = (8, 15, 8)
    run = run_tiny(sizes)
    first, second, last = run.placed
    return Prediction(
        "Three more on a fresh P: 8, 15 and 8 B. The 15 does not fit behind the first 8 and gets a block of its own. "
        "Where does the last 8 go?",
        (
            Option(
                ((0, 0), (1, 0), (2, 0)),
                "into a third block: the 15 left it no room",
                "The 15 did leave too little, but its block is not the open one.",
                "a new block closes the one before",
            ),
            Option(((0, 0), (1, 0), (0, 8)), "into the first block: it has the most room left"),
            Option(
                ((0, 0), (1, 0), (1, 15)),
                "behind the 15: a new block is always the open one",
                "Of its bytes one is left, and an object is never split.",
                PACKED,
            ),
        ),
        places(sizes),
        f"After a new block is taken, the P keeps open whichever of the two has more room left. Block {second.block} "
        f"had {MAX_TINY_SIZE - second.size} B left and block {first.block} had {MAX_TINY_SIZE - first.size}, so block "
        f"{last.block} stayed open, and the last 8 went there, to offset {last.offset}. {run.say()}",
    )


def an_int_and_a_pointer() -> Prediction:
    """Which of two 8-byte values may be tiny."""
    number, pointer = size_class(PTR_SIZE), size_class(PTR_SIZE, pointers=True)
    return Prediction(
        "`new(int)` and `new(*int)` both ask for 8 B. Both escape to the heap. What do they get?",
        (
            Option(
                (PTR_SIZE, PTR_SIZE),
                "both a slot of 8 B: that is what they need",
                "Slots of 8 B without pointers exist on paper only: such requests are tiny.",
                "8 B means an 8 B slot",
            ),
            Option(
                (MAX_TINY_SIZE, MAX_TINY_SIZE),
                "both a place in a 16 B block: they are below 16 B",
                "The collector must know where pointers are; in a shared block it could not.",
                "tiny means below 16 B",
            ),
            Option(
                (MAX_TINY_SIZE, PTR_SIZE),
                "the int a place in a shared 16 B block, the pointer an 8 B slot: who has a pointer shares with nobody",
            ),
        ),
        (number.elemsize, pointer.elemsize),
        f"In a block that strangers share the collector could not know where pointers are, so tiny needs both: below "
        f"16 B and free of pointers. The int went to span class {number.spanclass}, whose "
        f"16 B slots "
        f"are shared; the pointer to span class {pointer.spanclass}, with slots of {pointer.elemsize} B.",
    )


def five_of_three() -> Exercise:
    """Five objects in one block."""
    size, objects = 3, 5
    run = run_tiny((size,) * objects)
    four = -(-size // 4) * 4
    return Exercise(
        question=f"A fresh P makes {objects} pointer-free objects of {size} B. By how many bytes does TotalAlloc grow?",
        unit="B",
        answer=run.bytes,
        wrong=(
            Wrong(
                objects * MAX_TINY_SIZE,
                f"that is {objects} blocks",
                "That gives each object a block. A block is filled while the next object fits.",
                OWN_SLOT,
            ),
            Wrong(
                objects * size,
                f"it is {objects} × {size}",
                "The heap counts what was taken from it, and it is taken in whole blocks.",
                "the heap counts requested bytes",
            ),
            Wrong(
                objects * PTR_SIZE,
                f"it is {objects} × {PTR_SIZE}",
                "There are slots of 8 B, but tiny requests do not use them.",
                "8 B is the smallest place",
            ),
            Wrong(
                objects * four,
                f"it rounds each up to {four} B",
                "An odd size needs no alignment at all.",
                "everything is aligned to 4 or 8",
            ),
            Wrong(run.mallocs, "that is how often malloc ran", "Mallocs does grow by that; TotalAlloc counts bytes."),
            Wrong(0, "something was taken", "The first object of a fresh P always takes a block."),
        ),
        otherwise="Type the sizes into the editor above and count the blocks.",
        right=f"All {objects} share one block, at offsets {', '.join(map(str, run.offsets))}. Mallocs grew by "
        f"{run.mallocs}, "
        f"TotalAlloc by {run.bytes} B.",
        hints=(
            "Tiny objects go into the current block as long as they fit.",
            f"Together they ask for {objects * size} B, and {size} B may start at any offset.",
            "Count the blocks that are taken, and multiply by the size of one.",
        ),
    )


def _wrong_offsets(sizes: tuple[int, ...], right: tuple[int, ...]) -> tuple[Wrong, ...]:
    """Return the offsets that other ideas of a block lead to."""
    return (
        Wrong(
            packed(sizes),
            "that is back to back",
            "The 8 would start at an odd address; a machine reads 8 B best from a multiple of 8.",
            PACKED,
        ),
        Wrong(
            tuple(PTR_SIZE * i for i in range(len(sizes))),
            "that steps by 8",
            "Only sizes that are multiples of 8 are aligned to 8; besides, the last would lie outside the block.",
            "everything is aligned to 4 or 8",
        ),
        Wrong(
            (0,) * len(sizes),
            "that is a block for each",
            "A block is filled while the next object fits.",
            OWN_SLOT,
        ),
        Wrong(
            tuple(reversed(right)),
            "that is the order turned round",
            "A block is filled from its start, in the order of the requests.",
        ),
    )


def one_two_four_eight() -> Exercise:
    """Alignment inside a block."""
    sizes = (1, 2, 4, 8)
    run = run_tiny(sizes)
    return Exercise(
        question="A fresh P makes pointer-free objects of 1, 2, 4 and 8 B, in this order. At which offsets of the "
        "block do "
        "they start?",
        unit="",
        answer=run.offsets,
        wrong=_wrong_offsets(sizes, run.offsets),
        otherwise="Give four numbers. Each object starts at the first free offset that suits its size.",
        right=f"Offsets {', '.join(map(str, run.offsets))}: one byte is skipped after the 1, so that the 2 starts "
        f"even; the 4 "
        f"and the 8 then fit without a gap. {run.say()}",
        hints=(
            "An odd size may start anywhere; an even one starts at an even offset.",
            "A multiple of 4 starts at a multiple of 4, a multiple of 8 at a multiple of 8.",
            "Place the 1 at the start. Where is the first even offset behind it? Go on from there.",
        ),
        strip=Strip(
            MAX_TINY_SIZE,
            (Part(0, 1, "taken", "1"), Part(1, MAX_TINY_SIZE - 1, "free")),
            "A block of 16 B; only the first object is placed.",
            below="1 B at offset 0, the others: ?",
        ),
        example="0, …",
    )


def one_in_sixteen() -> Exercise:
    """How much a single survivor keeps alive."""
    objects, every = 10_000, 16
    world = World()
    blocks = [world.malloc(1) // MAX_TINY_SIZE for _ in range(objects)]
    dead = (len(set(blocks)) - len(set(blocks[::every]))) * MAX_TINY_SIZE
    return Exercise(
        question=f"A program makes {count(objects)} objects of 1 B, one after the other, then keeps only the 1st, "
        f"the 17th, "
        f"the 33rd and so on. How many bytes can the collector free?",
        unit="B",
        answer=dead,
        wrong=(
            Wrong(
                objects - objects // every,
                "that is a byte for each object dropped",
                "The collector frees slots, and a slot here is a whole block of 16 B.",
                "the collector frees objects one by one",
            ),
            Wrong(
                (objects - objects // every) * MAX_TINY_SIZE,
                "that gives each object a block",
                "They share blocks: so many were never taken.",
                OWN_SLOT,
            ),
            Wrong(
                len(set(blocks)) * MAX_TINY_SIZE,
                "that is all of them",
                "Some objects are still in use, and each lies in some block.",
            ),
        ),
        otherwise="Ask of each block whether any object in it is still in use.",
        right=f"The {count(objects)} objects fill {count(len(set(blocks)))} blocks, and each block holds one survivor. "
        f"A block is freed only when everything in it is dead, so all {count(len(set(blocks)) * MAX_TINY_SIZE)} B "
        f"stay.",
        hints=(
            "How many objects of 1 B share a block?",
            "In which block lies each object that is kept?",
            "A block is one slot with one mark bit. One object that is reached marks it whole.",
        ),
    )


PLAN = Plan(
    "02_tiny_objects",
    "Tiny objects",
    predictions=(twelve_eight_eight, eight_fifteen_eight, an_int_and_a_pointer),
    exercises=(five_of_three, one_two_four_eight, one_in_sixteen),
)
