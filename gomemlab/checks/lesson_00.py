"""The questions of lesson 00: a first look at the lab.

Go: runtime/malloc.go, mallocgc; runtime/mheap.go, (*mheap).grow.
Left out: everything that has a lesson of its own.
"""

from gomemlab.checks.levels import deepest, story
from gomemlab.checks.numbers import count
from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.commands import Malloc
from gomemlab.runtime.alloc.sizeclasses import size_class
from gomemlab.runtime.arch import PAGE_SIZE
from gomemlab.runtime.world import World
from gomemlab.timeline import Timeline

SIZE = 24  # bytes, without pointers
BEFORE = 100  # bytes: what the lab is set to after the first exercise


def first_two() -> Timeline:
    """Return a world after its first two requests, of the same size."""
    timeline = Timeline(World())
    timeline.extend([Malloc(SIZE)] * 2)
    return timeline


def the_second_malloc() -> Prediction:
    """How far the second request falls."""
    first, second = (first_two().events(tick) for tick in (1, 2))
    kept = "A refill brings a whole span of slots, and the first request left the rest of them in mcache."
    after = "mcache is asked first, and it has free slots of this size by now."
    return Prediction(
        f"A program's first malloc of {SIZE} B fell through every level, down to the {deepest(first)}. How far does "
        "the second one fall, of the same size?",
        (
            Option("mcache", "mcache: what the P has at hand"),
            Option("mcentral", "mcentral: lists that all Ps share", after, "each malloc asks a shared list"),
            Option("page cache", "the page cache: the P's own pages", after, "each object has its own page"),
            Option("mheap", "mheap: under the lock of the whole heap", after, "malloc takes the heap lock"),
            Option("OS", "the OS: a system call", after, "malloc is a system call"),
        ),
        deepest(second),
        f"{kept} {story(second)}",
        scene=first_two,
    )


def one_hundred_bytes() -> Exercise:
    """How a size is rounded, for a start."""
    size = BEFORE
    slot = size_class(size)
    return Exercise(
        question=f"Set the size to {size} B, no pointers. How many bytes does its slot have?",
        unit="B",
        answer=slot.elemsize,
        wrong=(
            Wrong(
                size,
                "that is what you ask for",
                "There is no slot of that size; look below the slider.",
                "malloc gives exactly what was asked",
            ),
            Wrong(
                128, "that is the next power of two", "Slots come in smaller steps.", "size classes are powers of two"
            ),
            Wrong(104, "that is aligned to 8", "Slots come in larger steps.", "sizes are only aligned"),
            Wrong(slot.waste, "that is what stays unused", "Asked is the whole slot."),
            Wrong(slot.index, "that is the number of the size class", "Beside it stands the slot."),
        ),
        otherwise="The line below the slider names class, slot and waste before you press malloc.",
        right=f"{size} B go to class {slot.index}: a slot of {slot.elemsize} B, of which {slot.waste} B stay unused.",
        hints=("Type the size into the field beside the slider.", "Read the line below it: class, slot, waste."),
    )


def slots_of_a_span() -> Exercise:
    """How many slots the first span has."""
    slot, before = size_class(SIZE), size_class(BEFORE)
    stale = f"The lab may still be set to {BEFORE} B, from the exercise before; set it to {SIZE} B and press again."
    return Exercise(
        question=f"Press malloc once with {SIZE} B, no pointers. How many slots has the span that was made for it?",
        unit="slots",
        answer=slot.nelems,
        wrong=(
            Wrong(
                PAGE_SIZE // SIZE,
                f"it is {PAGE_SIZE} / {SIZE}",
                "Not all of a span is slots; lesson 01 shows what stands at its end.",
                "a span holds span bytes / size objects",
            ),
            Wrong(1, "that is how many are taken", "Asked are all of its slots, taken or free."),
            Wrong(slot.nelems - 1, "those are the free ones", "Asked are all of its slots, taken or free."),
            Wrong(SIZE, "that is the size of one slot", "Asked is how many there are."),
            Wrong(0, "a span is made to have slots", "Press malloc, and look at the span that was made for it."),
            Wrong(before.nelems, f"that is the span of {BEFORE} B objects", stale),
            Wrong(before.nelems - 1, f"those are the free slots of a span of {BEFORE} B objects", stale),
            Wrong(PAGE_SIZE // before.elemsize, f"it is {PAGE_SIZE} / {before.elemsize}", stale),
            Wrong(PAGE_SIZE // BEFORE, f"it is {PAGE_SIZE} / {BEFORE}", stale),
            Wrong(PAGE_SIZE // BEFORE - 1, f"it is one less than {PAGE_SIZE} / {BEFORE}", stale),
        ),
        otherwise=f"Look at the span that malloc has just made, and see first that the lab is set to {SIZE} B.",
        right=f"{count(slot.nelems)} slots of {SIZE} B on one page of {count(PAGE_SIZE)} B; {slot.tail} B at its "
        f"end are no slots.",
        hints=(
            "A new span was made, and the span view has picked it.",
            "The span view counts its slots in its first line.",
        ),
    )


PLAN = Plan(
    "00_start_here",
    "Start here",
    predictions=(the_second_malloc,),
    exercises=(one_hundred_bytes, slots_of_a_span),
    scenes=(first_two,),
)
