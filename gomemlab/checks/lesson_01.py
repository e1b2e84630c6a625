"""The questions of lesson 01, size classes: slots, headers, and what a span really holds.

Go: internal/runtime/gc/sizeclasses.go; runtime/malloc.go, mallocgc; runtime/mheap.go, (*mheap).initSpan.
Left out: tiny objects, which are lesson 02.
"""

from gomemlab.checks.numbers import count
from gomemlab.checks.plan import Plan
from gomemlab.checks.questions import Exercise, Option, Prediction, Wrong
from gomemlab.checks.strip import Part, Strip
from gomemlab.runtime.alloc.sizeclasses import SizeClass, class_table, size_class
from gomemlab.runtime.arch import (
    GO_1_21,
    GO_1_22,
    GO_1_27,
    HEAP_ARENA_BYTES,
    MALLOC_HEADER_SIZE,
    MAX_SMALL_SIZE,
    NUM_SIZE_CLASSES,
    PAGE_SIZE,
)


def next_power(size: int) -> int:
    """Return the smallest power of two that is not below size."""
    return 1 << (size - 1).bit_length()


def thirty_three_bytes() -> Prediction:
    """How many bytes of the heap a 33-byte slice takes."""
    size = 33
    slot = size_class(size)
    return Prediction(
        f"Your program runs `make([]byte, {size})` and the bytes escape to the heap. How many bytes of the heap do "
        f"they take?",
        (
            Option(
                size,
                f"{size} B: what was asked for",
                "A slot has one of a few fixed sizes.",
                "malloc gives exactly what was asked",
            ),
            Option(
                -(-size // 8) * 8,
                f"{-(-size // 8) * 8} B: rounded up to 8",
                "Slots of 8, 16 and 24 B exist, then the steps grow.",
                "sizes are only aligned",
            ),
            Option(slot.elemsize, f"{slot.elemsize} B: the next of a few fixed sizes"),
            Option(
                next_power(size),
                f"{next_power(size)} B: the next power of two",
                "That would waste up to half of every object.",
                "size classes are powers of two",
            ),
        ),
        slot.elemsize,
        f"Memory comes in slots of a few fixed sizes, and a request gets the smallest that holds it. The model put "
        f"{size} B into size class {slot.index}, whose slots have {slot.elemsize} B; {slot.waste} B of the slot stay "
        f"unused.",
    )


def a_kilobyte_of_pointers() -> Prediction:
    """Where a kilobyte of pointers lands."""
    size = 1024
    plain, pointers = size_class(size), size_class(size, pointers=True)
    slots = class_table(GO_1_27).elemsize
    beyond = slots[pointers.index + 1]
    return Prediction(
        f"`new([{size // 8}]*int)` is {count(size)} B of pointers. There are slots of exactly "
        f"{count(plain.elemsize)} B. Which slot does it get?",
        (
            Option(
                plain.elemsize,
                f"{count(plain.elemsize)} B: it fits to the byte",
                "Something has to stand beside the object.",
                "pointers change nothing about size",
            ),
            Option(pointers.elemsize, f"{count(pointers.elemsize)} B: the next larger slot"),
            Option(beyond, f"{count(beyond)} B: the next but one", "What stands beside the object is small."),
            Option(
                2 * size,
                f"{count(2 * size)} B: room for a mark beside each pointer",
                "Mark bits belong to objects, not to pointers.",
                "every pointer is marked",
            ),
        ),
        pointers.elemsize,
        f"Above 512 B an object with pointers carries a header of {pointers.header} B, the address of its type, so "
        f"that the collector "
        f"knows where its pointers are. {count(size)} + {pointers.header} B fit no slot of {count(plain.elemsize)} "
        f"B; the next one has {count(pointers.elemsize)} B.",
    )


def is_32_kib_large() -> Prediction:
    """Who serves a request of exactly 32 KiB."""
    size = MAX_SMALL_SIZE
    slot = size_class(size)
    limit = GO_1_27.max_small
    return Prediction(
        f"The largest slot there is has {count(MAX_SMALL_SIZE)} B. Who serves `make([]byte, {size})`?",
        (
            Option(
                "small",
                f"the size class of {count(MAX_SMALL_SIZE)} B: it fits to the byte",
                "It did, until Go 1.21.",
                "large starts above 32 KiB",
            ),
            Option("large", "nobody's size class: it gets a span of its own"),
            Option(
                "os",
                "the operating system directly",
                "Large spans are cut from pages that the heap already has.",
                "large objects come from the OS",
            ),
        ),
        "small" if slot.index else "large",
        f"Since Go 1.22 the limit for small objects is {count(limit)} B: {count(MAX_SMALL_SIZE)} less the "
        f"{MALLOC_HEADER_SIZE} B of a header, "
        f"with pointers or without. Above it a request is large and gets whole pages, here {slot.npages}.",
    )


def _wrong_wastes(slot: SizeClass) -> tuple[Wrong, ...]:
    """Return what other ideas of a slot would waste."""
    size = slot.size
    return (
        Wrong(
            0,
            "that would need a slot for every size",
            "There are only 67 sizes of slots, and this request is no slot's size.",
            "malloc gives exactly what was asked",
        ),
        Wrong(
            next_power(size) - size,
            f"it is {count(next_power(size))} − {count(size)}",
            "Between two powers of two lie several slot sizes.",
            "size classes are powers of two",
        ),
        Wrong(
            -size % 8,
            f"it rounds {count(size)} up to 8",
            "Alignment to 8 B is only the least that holds.",
            "sizes are only aligned",
        ),
        Wrong(
            -size % PAGE_SIZE,
            "it is the rest of a page",
            "A page is cut into many slots; only large objects have pages of their own.",
            "every object has its own page",
        ),
        Wrong(slot.elemsize, "that is the whole slot", f"Part of it holds your {count(size)} B."),
        Wrong(
            slot.index,
            "that is the number of the size class",
            "The class tells how large the slot is; ask for the bytes left in it.",
        ),
    )


def wasted_bytes() -> Exercise:
    """One byte above a step."""
    size = 1025
    slot = size_class(size)
    return Exercise(
        question=f"You ask for {count(size)} B without pointers. How many bytes of its slot stay unused?",
        unit="B",
        answer=slot.waste,
        wrong=_wrong_wastes(slot),
        otherwise="Find the smallest slot that holds the request, in the table or by dragging the slider, and "
        "subtract.",
        right=f"Class {slot.index} has slots of {count(slot.elemsize)} B: {slot.waste} B of each stay empty, "
        f"{100 * slot.waste / slot.elemsize:.1f} % of the slot. One byte less and nothing would.",
        hints=(
            f"{count(size - 1)} B fit a slot exactly. One byte more goes to the next larger slot.",
            (
                f"Slots between 1 KiB and 2 KiB come in steps of "
                f"{size_class(size).elemsize - size_class(size - 1).elemsize} B at first."
            ),
            f"Put the slider on {count(size)}: the slot stands above the step. Take {count(size)} from it.",
        ),
    )


def _wrong_counts(slot: SizeClass) -> tuple[Wrong, ...]:
    """Return what other ideas of a span would fit."""
    size, span = slot.size, slot.npages * PAGE_SIZE
    scan = size_class(size, pointers=True)
    return (
        Wrong(
            span // size,
            f"it is {span} / {size}",
            f"All of the span’s {span} B cannot be slots. Since Go 1.26 the last {slot.inline_mark_bits} B of "
            f"a span of 16–512 B objects hold "
            f"its inline mark bits. {size_class(size, go=GO_1_22).nelems} was right up to Go 1.25.",
            "a span holds span bytes / size objects",
        ),
        Wrong(
            scan.nelems,
            f"it gives away {scan.heap_bits} B too many",
            f"Spans with pointers also hold a map of their pointers, {scan.heap_bits} B a page. These objects "
            f"have none.",
            "every span has a pointer bitmap",
        ),
        Wrong(
            span // size - 1,
            "it gives up one slot",
            "The reserved bytes are more than one slot of this size.",
            "a span gives up one slot for its header",
        ),
        Wrong(
            HEAP_ARENA_BYTES // size,
            "that many fit into an arena",
            "A span of this class is far smaller than an arena.",
            "a span is an arena",
        ),
        Wrong(span, "those are the span’s bytes", "Each object takes more than one of them."),
    )


def objects_per_span() -> Exercise:
    """How many 64 B objects one span holds."""
    size = 64
    slot = size_class(size)
    scan = size_class(size, pointers=True)
    span = slot.npages * PAGE_SIZE
    return Exercise(
        question=f"How many objects fit into one span of {size} B without pointers, in Go 1.27?",
        unit="objects",
        answer=slot.nelems,
        wrong=_wrong_counts(slot),
        otherwise="Count the bytes: a span’s pages, less what is reserved at its end, divided into slots.",
        right=f"{count(span)} − {slot.inline_mark_bits} = {count(span - slot.inline_mark_bits)} B are left for "
        f"slots of {size} B: {slot.nelems}. "
        f"With pointers it would be {scan.nelems}, and in Go 1.21 it was {size_class(size, go=GO_1_21).nelems} "
        f"either way.",
        hints=(
            f"A span of this class is {slot.npages} page, {count(span)} B.",
            "Not all of it is slots: the strip in the view above shows what stands at the end.",
            f"Take {slot.inline_mark_bits} B for inline mark bits away, then divide by {size}.",
        ),
        strip=Strip(
            span,
            (
                *(Part(i * size, size, "taken") for i in range(slot.nelems)),
                Part(slot.nelems * size, slot.tail, "reserved"),
            ),
            f"A span of {size} B slots to scale; its end is no slot.",
            below=f"? slots of {size} B",
            above=f"last {slot.tail} B: inline mark bits",
        ),
    )


def largest_small() -> Exercise:
    """Where small ends and large begins."""
    limit = GO_1_27.max_small
    table = class_table(GO_1_27)
    return Exercise(
        question="What is the largest request, in bytes, that Go 1.27 still serves from a size class?",
        unit="B",
        answer=limit,
        wrong=(
            Wrong(
                MAX_SMALL_SIZE,
                "that is the largest slot",
                "A slot of that size exists, but since Go 1.22 room for a header is kept in it whether the object "
                "has one or not. "
                "The number was right up to Go 1.21.",
                "large starts above 32 KiB",
            ),
            Wrong(
                MAX_SMALL_SIZE - 1,
                "it is one byte below the largest slot",
                "The limit is not a matter of “less than” or “up to”.",
                "large starts at 32 KiB",
            ),
            Wrong(
                table.elemsize[-2],
                "that is the last slot but one",
                "There is one larger slot, and requests do reach it.",
            ),
            Wrong(
                PAGE_SIZE,
                "that is one page",
                "A span may have several pages, so a slot may be larger than one.",
                "small objects fit a page",
            ),
            Wrong(limit + 1, "that one is large already", "You are one byte too far."),
            Wrong(NUM_SIZE_CLASSES - 1, "that is how many classes there are", "Asked is the largest request in bytes."),
        ),
        otherwise="Drag the slider to the right until class 67 ends and the request becomes large.",
        right=f"{count(limit)} B is the last small request: {count(MAX_SMALL_SIZE)} less the {MALLOC_HEADER_SIZE} "
        f"B of a header. "
        f"{count(limit + 1)} B get a span of their own, {size_class(limit + 1).npages} pages.",
        hints=(
            "The largest slot is 32 KiB, but a request that fills it to the byte does not get it.",
            "What would have to fit into the slot besides an object that has pointers?",
            f"Keep {MALLOC_HEADER_SIZE} B of the largest slot for the header.",
        ),
    )


PLAN = Plan(
    "01_size_classes",
    "Size classes",
    predictions=(thirty_three_bytes, a_kilobyte_of_pointers, is_32_kib_large),
    exercises=(wasted_bytes, objects_per_span, largest_small),
)
