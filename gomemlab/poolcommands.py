"""Commands for pools: what a learner can ask of sync.Pool, as small frozen values like those in commands.

Go: sync/pool.go, Pool, (*Pool).Put, (*Pool).Get, poolCleanup.
Left out: nothing that a world can do with pools.
"""

from collections.abc import Hashable
from dataclasses import dataclass

from gomemlab.runtime.pool import New
from gomemlab.runtime.poolevents import item_name
from gomemlab.runtime.pooling import SEED
from gomemlab.runtime.world import World


@dataclass(frozen=True, slots=True)
class PoolNew:
    """Declare a pool. Go: sync/pool.go, Pool."""

    new: New = None  # bytes of what New makes, or a function from the number of its call to a label
    slots: int | tuple[int, ...] = 0  # pointer words of what New makes: how many, or which
    race: bool = False  # built with -race
    seed: int = SEED  # says which Puts are dropped then

    def apply(self, world: World) -> int:
        """Return the pool's id."""
        return world.pool(self.new, self.slots, self.race, self.seed).id

    def __str__(self) -> str:
        new = "New" if callable(self.new) else "no New" if self.new is None else f"New of {self.new} B"
        return f"sync.Pool with {new}{', under -race' if self.race else ''}"


@dataclass(frozen=True, slots=True)
class PoolPut:
    """Put an item into a pool. Go: sync/pool.go, (*Pool).Put."""

    pool: int  # id
    item: Hashable  # an object's address, a label, or None
    p: int = 0
    boxed: bool = False  # it is a slice, whose header is copied to the heap first

    def apply(self, world: World) -> None:
        """Hand the item over."""
        world.pool_put(self.pool, self.item, self.p, self.boxed)

    def __str__(self) -> str:
        item = "nil" if self.item is None else item_name(self.item)
        return f"P{self.p}: pool {self.pool}.Put({item}{', a slice' if self.boxed else ''})"


@dataclass(frozen=True, slots=True)
class PoolGet:
    """Get an item from a pool. Go: sync/pool.go, (*Pool).Get."""

    pool: int  # id
    p: int = 0

    def apply(self, world: World) -> Hashable:
        """Return the item."""
        return world.pool_get(self.pool, self.p)

    def __str__(self) -> str:
        return f"P{self.p}: pool {self.pool}.Get()"


@dataclass(frozen=True, slots=True)
class ClearPools:
    """Let all pools age, as at the beginning of a cycle. Go: sync/pool.go, poolCleanup."""

    def apply(self, world: World) -> None:
        """Drop the victims, and make victims of the shards."""
        world.clear_pools()

    def __str__(self) -> str:
        return "pools age"
