"""What a press of Put, Get, fill or reset asks of the lab: one command after the other, each a tick.

A new item has to be made before it can be put, and one is put that a Get gave, so each command depends on what the one
before it returned.

Go: sync/pool.go, (*Pool).Get, (*Pool).Put.
Left out: items that are labels, except those that a Get gave.
"""

from typing import TYPE_CHECKING

from gomemlab.commands import Assign, Malloc, New
from gomemlab.poolcommands import PoolGet, PoolPut
from gomemlab.runtime.arch import PTR_SIZE
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.roots import Field

if TYPE_CHECKING:
    from gomemlab.panels.lab import Lab
    from gomemlab.runtime.poolinfo import ItemInfo


class Moves:
    """The commands of a pool's buttons, given to a lab."""

    def __init__(self, lab: "Lab") -> None:
        self.lab = lab

    def get(self, pool: int, p: int, n: int) -> None:
        """Get n items."""
        self.lab.do_all([PoolGet(pool, p)] * n)

    def put(self, pool: int, p: int, n: int, what: str, size: int, *, boxed: bool) -> None:
        """Put n items: what was got, the longest held first ("back"), new ones ("new"), or "nil"."""
        if what == "nil":
            self.lab.do_all([PoolPut(pool, None, p)] * n)
            return
        back = [item.value for item in self._out(pool)] if what == "back" else []
        for i in range(n):
            value = back[i] if i < len(back) else self._make(size, p, boxed=boxed)
            self.lab.do(PoolPut(pool, value, p, boxed))

    def _make(self, size: int, p: int, *, boxed: bool) -> object:
        """Return a new item: the array of a slice, or a struct with one pointer field."""
        if boxed:
            return self.lab.do(Malloc(size, p=p))
        check_room(size, boxed=boxed)
        return self.lab.do(New((0,), size))

    def fill(self, pool: int, size: int) -> None:
        """Let the field of every item that the program has point to a new object."""
        for item in self._with_field(pool):
            self.lab.do(New(0, size, Field(item, 0)))

    def reset(self, pool: int) -> None:
        """Let the field of every item that the program has point to nothing."""
        self.lab.do_all([Assign(Field(item, 0)) for item in self._with_field(pool)])

    def _with_field(self, pool: int) -> list[int]:
        """Return the items that the program has, which have a field; raise MisuseError where there are none."""
        out = self._out(pool)
        if not out:
            raise MisuseError(f"the program has no item of pool {pool}; press Get first")
        fields = {obj.address for obj in self.lab.snapshot.gc.objects if obj.slots}
        items = [item.value for item in out if isinstance(item.value, int) and item.value in fields]
        if not items:
            raise MisuseError("what the program has is bytes without a pointer; make a pool of *T items for that")
        return items

    def _out(self, pool: int) -> "tuple[ItemInfo, ...]":
        return self.lab.snapshot.pools[pool - 1].out


def check_room(size: int, *, boxed: bool) -> None:
    """Raise MisuseError for items that are too small: bytes of a slice, or a struct with its pointer field."""
    least, why = (1, "no byte") if boxed else (PTR_SIZE, "no room for its pointer field")
    if size < least:
        raise MisuseError(f"an item of {size} B has {why}; give {least} B or more")
