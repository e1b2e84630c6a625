"""Rules: how large a world is that is searched, how it marks, and what it may do.

The defaults are what Go does. The others each leave out one thing that Go takes care of, to see what it is good for.

Go: runtime/mbarrier.go; runtime/mwbbuf.go; runtime/mgcmark.go, gcmarknewobject.
Left out: more than one global, objects of different shapes, more than one P.
"""

from dataclasses import dataclass, replace
from functools import partial
from math import factorial
from typing import TYPE_CHECKING

from gomemlab.runtime.alloc.sizeclasses import whole
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.barrier import BARRIERS, Barrier

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST = 3_000_000  # states of a world that is searched; each takes about 200 bytes
MOST = {"objects": 8, "fields": 8, "goroutines": 7, "slots": 8}  # a packed state has a byte for each set of them
SHADINGS = ("at once", "buffered", "unflushed", "in two")
SHADES = {None: None, "shaded": True, "unshaded": False}


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a world is."""

    objects: int = 2
    fields: int = 1  # pointer slots of each object
    goroutines: int = 2
    slots: int = 1  # of each goroutine's stack

    @property
    def pointers(self) -> int:
        """Return how many places hold a pointer: one global, the stacks, the objects."""
        return 1 + self.goroutines * self.slots + self.objects * self.fields

    def most_states(self, *, renamed: bool) -> int:
        """Return a number of states that the world has at most, or about so where objects are renamed.

        Each place may point to any object or to none; an object is white, grey or black; roots are scanned or not.
        """
        graphs = int((self.objects + 1) ** self.pointers)
        states = graphs * int(3**self.objects) * int(2 ** (1 + self.goroutines))
        return states // factorial(self.objects) if renamed else states

    def check(self, *, renamed: bool, largest: int) -> None:
        """Raise MisuseError for numbers that cannot be, and for a world too large: how large, and what to cut."""
        for name, most in MOST.items():
            number = whole(getattr(self, name), name, f"give 1 to {most}")
            if not 1 <= number <= most:
                raise MisuseError(f"{number} {name} cannot be searched; give 1 to {most}")
        states = self.most_states(renamed=renamed)
        if states <= largest:
            return
        size = partial(Shape.most_states, renamed=renamed)
        cuts = [self._cut(name) for name in MOST if getattr(self, name) > 1]
        enough = [cut for cut in cuts if size(cut) <= largest] or [self._cut_down(largest, size)]
        remedies = ", or ".join(f"{cut.unlike(self)} leaves {size(cut):,}" for cut in sorted(enough, key=size))
        raise MisuseError(
            f"this world has up to {states:,} states, and worlds of up to {largest:,} are searched; cut it: {remedies}"
        )

    def unlike(self, other: "Shape") -> str:
        """Return the numbers that differ from another shape's: "objects=2, fields=1"."""
        names = [name for name in MOST if getattr(self, name) != getattr(other, name)]
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)

    def _cut(self, name: str) -> "Shape":
        return replace(self, **{name: getattr(self, name) - 1})

    def _cut_down(self, largest: int, size: "Callable[[Shape], int]") -> "Shape":
        """Return a shape that is small enough: cut again and again where there is most of something."""
        shape = self
        while size(shape) > largest:
            shape = shape._cut(max(MOST, key=partial(getattr, shape)))
        return shape


@dataclass(frozen=True, slots=True)
class Rules:
    """How a world marks, and what its program may do."""

    barrier: Barrier
    rescan: bool = False  # stacks are scanned once more when the world stops to end marking
    snapshot: bool = False  # all stacks are scanned before anything else happens
    allocates_black: bool = True
    shading: str = "at once"  # when the marker hears of a store, one of SHADINGS
    send: bool | None = None  # goroutines send from stack to stack, with a barrier or without; None: they do not
    go: bool | None = None  # the last goroutine is started by another, its argument shaded or not; None: it is there
    stacks_first: bool = False  # nothing else is scanned as long as a stack waits

    @property
    def flushes_at_end(self) -> bool:
        """Return whether marking may end only with empty buffers."""
        return self.shading in {"at once", "buffered"}


def check_rules(
    barrier: object,
    rescan: bool,
    snapshot: bool,
    allocates_black: bool,
    shading: str,
    send: str | None,
    go: str | None,
    stacks_first: bool,
) -> Rules:
    """Return the rules, given in the order of Rules; raise MisuseError for what does not exist."""
    if not isinstance(barrier, Barrier):
        if barrier not in list(BARRIERS):  # a list: it may be unhashable
            raise MisuseError(f"there is no barrier {barrier!r}; choose one of {', '.join(BARRIERS)}")
        barrier = BARRIERS[str(barrier)]
    if shading not in SHADINGS:
        raise MisuseError(f"there is no shading {shading!r}; choose one of {', '.join(SHADINGS)}")
    for what, how in (("send", send), ("go", go)):
        if how not in list(SHADES):
            raise MisuseError(f"{what} {how!r} is not possible; choose 'shaded', 'unshaded' or None")
    return Rules(barrier, rescan, snapshot, allocates_black, shading, SHADES[send], SHADES[go], stacks_first)
