"""The write barrier: what a store of a pointer tells the marker while marking goes on.

Go's barrier is a hybrid: it shades the pointer that the store overwrites (Yuasa: what was reachable when marking began
is kept) and the one that it stores (Dijkstra: a black object never points to a white one for long), always both. The
other policies are for teaching: what was used before Go 1.8, and what was published but not built.

A store puts its pointers into the P's buffer, and nobody looks at them until the buffer is flushed.

Go: runtime/mwbbuf.go, wbBuf; runtime/mbarrier.go.
Left out: bulk barriers for copies of whole types (typedmemmove, typedslicecopy), which queue the same
pointers; a direct send has such a one, and queues the old pointer first in Go.
"""

from dataclasses import dataclass, field

from gomemlab.runtime.errors import ThrowError

WB_BUF_ENTRIES = 512


@dataclass(frozen=True, slots=True)
class Barrier:
    """Which of a store's two pointers are shaded."""

    name: str
    shades_old: bool  # the pointer that the store overwrites
    shades_new: bool  # the pointer that it stores
    new_only_while_grey: bool = False  # the new one only while the storing goroutine's stack waits for its scan
    on_globals: bool = True  # stores to globals have a barrier too
    on_nil: bool = True  # stores of nil have one too

    @property
    def enabled(self) -> bool:
        """Return whether a store does anything besides storing."""
        return self.shades_old or self.shades_new

    def entries(
        self, new: int | None, old: int, *, fresh: bool = False, stack_grey: bool = True, on_global: bool = False
    ) -> tuple[int, ...]:
        """Return what a store of `new` over `old` queues, in the buffer's order: the new pointer, then the old one.

        The compiler knows a nil that stands in the program (None) and a field of a fresh object, and leaves that
        pointer out; a nil that is only found when the program runs (0) is queued like any pointer.
        """
        if (on_global and not self.on_globals) or not (new or self.on_nil):
            return ()
        news = self.shades_new and (stack_grey or not self.new_only_while_grey)
        return ((new,) if news and new is not None else ()) + ((old,) if self.shades_old and not fresh else ())


BARRIERS = {
    barrier.name: barrier
    for barrier in (
        Barrier("hybrid", shades_old=True, shades_new=True),  # Go since 1.8
        Barrier("dijkstra", shades_old=False, shades_new=True),  # Go 1.5 to 1.7, with a rescan of all stacks
        Barrier("yuasa", shades_old=True, shades_new=False),
        Barrier("published", shades_old=True, shades_new=True, new_only_while_grey=True),  # the design of 1.8 on paper
        Barrier("none", shades_old=False, shades_new=False),
    )
}


@dataclass(slots=True, eq=False)
class WBBuf:
    """A P's write barrier buffer.

    Go: runtime/mwbbuf.go, wbBuf.
    """

    entries: list[int] = field(default_factory=list)  # pointers, nil ones too

    def full_for(self, n: int) -> bool:
        """Say whether the buffer has to be flushed before n more entries. Go: runtime/mwbbuf.go, (*wbBuf).get2."""
        return len(self.entries) + n > WB_BUF_ENTRIES

    def take_all(self) -> list[int]:
        """Empty the buffer and return what was in it."""
        entries, self.entries = self.entries, []
        return entries

    def copy(self) -> "WBBuf":
        """Return an independent copy."""
        return WBBuf(self.entries.copy())

    def check(self) -> None:
        """Raise ThrowError for more entries than fit."""
        if len(self.entries) > WB_BUF_ENTRIES:
            raise ThrowError(f"a write barrier buffer holds {len(self.entries)} pointers; {WB_BUF_ENTRIES} fit")
