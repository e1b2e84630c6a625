"""The staircase of slots: which requests share a slot size, and what each of them wastes.

A step is a run of request sizes that get equal slots. There is one for each of the 67 size classes, and above them one
for every number of whole pages. Small objects without pointers are packed into 16 B blocks, so class 1 is theirs never.
What a step looks like depends on the Go version and on whether the object holds pointers: from 1.22 an object with
pointers above 512 B carries a header of 8 B, which moves it up the stairs.

Go: internal/runtime/gc/sizeclasses.go, SizeClassToSize; runtime/malloc.go, mallocgc, mallocgcTiny, mallocgcLarge.
Left out: what append rounds up to, which is the same table used from elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from gomemlab.runtime.alloc.sizeclasses import SizeClass, class_table, size_class
from gomemlab.runtime.arch import GO_1_27, MAX_TINY_SIZE, NUM_SIZE_CLASSES, PAGE_SIZE, Go
from gomemlab.views import words

SHOWN = 7  # steps
BEFORE = 3  # of them below the picked one
HEADER_ABOVE = 512  # bytes


def number(nbytes: int) -> str:
    """Return bytes as Go's own table has them, 1152, with thousands set apart from 10 000 up."""
    return words.thousands(nbytes) if nbytes >= 10_000 else str(nbytes)  # noqa: PLR2004 (as words.size)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: requests of first to last bytes get a slot of `slot` bytes."""

    index: int  # size class, 0 for large objects
    first: int  # bytes
    last: int  # bytes, below first where no request gets here
    slot: int  # bytes
    npages: int
    slots: tuple[int, int]  # of a span, for noscan and for scan
    tail: int  # bytes of a span that are no slot

    @property
    def worst(self) -> float:
        """Return the largest share of the slot, 0 to 1, that a request can waste."""
        return (self.slot - self.first) / self.slot

    @property
    def used(self) -> bool:
        """Say whether any request lands here."""
        return self.first <= self.last


@dataclass(frozen=True, slots=True)
class SizeFrame:
    """Where one size lands, and the steps around it."""

    size: int  # bytes
    pointers: bool
    go: str
    landing: SizeClass
    tiny: bool
    steps: tuple[Step, ...]  # of the picked kind
    noscan: tuple[Step, ...]  # the same steps without pointers
    scan: tuple[Step, ...]  # and with them
    pick: int  # index into steps
    headline: str
    note: str

    @property
    def low(self) -> int:
        """Return where both axes begin, in bytes."""
        return min(self.noscan[0].first, self.scan[0].first) - 1

    @property
    def high(self) -> int:
        """Return where the staircase ends, in bytes."""
        return self.steps[-1].slot


@cache
def small_steps(pointers: bool, go: Go = GO_1_27) -> tuple[Step, ...]:
    """Return the steps of the 67 size classes for objects with or without pointers."""
    table = class_table(go)
    steps, last = [], 0
    for index in range(1, NUM_SIZE_CLASSES):
        slot = table.elemsize[index]
        header = table.header_of(index << 1) if pointers else 0
        top = min(slot - header, go.max_small)
        if not pointers and slot < MAX_TINY_SIZE:
            top = 0  # the tiny allocator takes these
        slots = (table.nelems[index << 1 | 1], table.nelems[index << 1])
        tail = table.tail[index << 1 | (not pointers)]
        steps.append(Step(index, last + 1, top, slot, table.npages[index], slots, tail))
        last = max(last, top)
    return tuple(steps)


def large_step(npages: int, go: Go = GO_1_27) -> Step:
    """Return the step of large objects of so many pages."""
    first = max((npages - 1) * PAGE_SIZE, go.max_small) + 1
    return Step(0, first, npages * PAGE_SIZE, npages * PAGE_SIZE, npages, (1, 1), 0)


def _step(number: int, pointers: bool, go: Go) -> Step:
    """Return a step by its number: 0 to 66 are the size classes, what follows is large."""
    small = small_steps(pointers, go)
    if number < len(small):
        return small[number]
    return large_step(number - len(small) + go.max_small // PAGE_SIZE + 1, go)


def _number(landing: SizeClass, tiny: bool, go: Go) -> int:
    """Return the number of the step where a request lands."""
    if landing.size == 0:
        return 0
    if tiny:
        return 1
    if landing.index:
        return landing.index - 1
    return NUM_SIZE_CLASSES - 1 + landing.npages - go.max_small // PAGE_SIZE - 1


def land(size: int, pointers: bool = False, go: Go = GO_1_27) -> tuple[SizeClass, bool]:
    """Return where a request lands and whether it is tiny; a tiny request lands in the class of the tiny block."""
    tiny = not pointers and 0 < size < MAX_TINY_SIZE
    return size_class(MAX_TINY_SIZE if tiny else size, pointers, go), tiny


def frame(size: int, pointers: bool = False, go: Go = GO_1_27) -> SizeFrame:
    """Return where a size lands and the steps around it; raises MisuseError for a size Go could not be asked for."""
    landing, tiny = land(size, pointers, go)
    number = _number(landing, tiny, go)
    start = max(0, number - BEFORE)
    kinds = [tuple(_step(i, kind, go) for i in range(start, start + SHOWN)) for kind in (False, True)]
    return SizeFrame(
        size=size,
        pointers=pointers,
        go=go.name,
        landing=landing,
        tiny=tiny,
        steps=kinds[pointers],
        noscan=kinds[False],
        scan=kinds[True],
        pick=number - start,
        headline=headline(size, pointers, go),
        note=note(size, pointers, go),
    )


def headline(size: int, pointers: bool = False, go: Go = GO_1_27) -> str:
    """Return where a size lands as a sentence, such as "17 B with pointers: class 3, 24 B slot, …"."""
    landing, tiny = land(size, pointers, go)
    kind = "with pointers" if pointers else "without pointers"
    if size == 0:
        return "0 B: no slot, no waste; every such request gets the same address."
    if tiny:
        return f"{number(size)} B {kind}: tiny, shares a 16 B slot of class 2 with other tiny objects."
    lost = "nothing wasted"
    if landing.waste:
        lost = f"{number(landing.waste)} B wasted, {words.percent(landing.waste, landing.elemsize)}"
    if not landing.index:
        return f"{number(size)} B {kind}: large, {words.count(landing.npages, 'page')} of its own, {lost}."
    header = f", {landing.header} of them the header" if landing.header else ""
    return f"{number(size)} B {kind}: class {landing.index}, {number(landing.elemsize)} B slot, {lost}{header}."


def note(size: int, pointers: bool, go: Go) -> str:
    """Return what the same size would get with the other choice of pointers."""
    if size == 0:
        return "A zero-size object has an address but no memory: runtime.zerobase."
    here, there = land(size, pointers, go)[0], land(size, not pointers, go)[0]
    if not here.index or not there.index:
        return f"Above {number(go.max_small)} B every object gets whole pages, with or without pointers."
    same = "the same class" if here.index == there.index else "class"
    where = f"{same} {there.index}, a slot of {number(there.elemsize)} B, span class {there.spanclass}"
    if there.header:
        need = number(size + there.header)
        return f"With pointers, {number(size)} B and its {there.header} B header need {need} B: {where}."
    if pointers:
        return f"Without pointers, {number(size)} B need no header: {where}."
    return f"With pointers, {number(size)} B need no header: {where}."


def waste_curve(pointers: bool, go: Go = GO_1_27, samples: int = 5) -> Iterator[tuple[float, float]]:
    """Yield (requested bytes, share of the slot wasted) along all steps, a few samples each, from 8 B up."""
    for step in small_steps(pointers, go):
        first = max(step.first, MAX_TINY_SIZE // 2 if pointers else MAX_TINY_SIZE)
        if first > step.last:
            continue
        for k in range(samples):
            size = first + (step.last - first) * k / (samples - 1)
            yield size, (step.slot - size) / step.slot
