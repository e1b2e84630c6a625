"""What happened to pools: the same kind of values as in events.

An item is an object's address, or a label for worlds in which only the order matters. Its number is the one that the
pool gave it when it saw it first.

Go: sync/pool.go, sync/poolqueue.go.
Left out: nothing that the model of a pool decides.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

from gomemlab.runtime.arch import HEAP_ARENA_BYTES
from gomemlab.runtime.events import Event
from gomemlab.runtime.phrases import count

PRIVATE, SHARED, STOLEN = "private", "shared", "stolen"  # where a Get found an item
VICTIM_PRIVATE, VICTIM_SHARED = "victim private", "victim shared"


def item_name(item: Hashable, number: int = 0) -> str:
    """Return an address in hexadecimal, behind the item's number where that is given, and any label as it is."""
    if type(item) is not int or item < HEAP_ARENA_BYTES:
        return str(item)
    return f"item {number} ({item:#x})" if number else f"{item:#x}"


@dataclass(frozen=True, slots=True)
class PoolMade(Event):
    """A program declared a pool; it has no shards until somebody uses it."""

    pool: int  # id
    new: str  # what New does, "" where there is none
    go: ClassVar[str] = "Pool"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"Pool {self.pool} was declared, {f'whose New makes {self.new}' if self.new else 'without a New'}."


@dataclass(frozen=True, slots=True)
class LocalMade(Event):
    """A P found no shard for itself, so the pool got a new array of them."""

    pool: int  # id
    p: int
    shards: int
    address: int  # of the array
    nbytes: int
    lost: int  # items in the array that it had before, which nobody finds any more
    go: ClassVar[str] = "(*Pool).pinSlow"

    def say(self) -> str:
        """Return the event as a sentence."""
        lost = f"; the old one's {count(self.lost, 'item')} got lost" if self.lost else ""
        made = f"{count(self.shards, 'shard')}, {self.nbytes} B at {self.address:#x}"
        return f"P{self.p} had no shard of pool {self.pool}: a new array of {made}{lost}."


@dataclass(frozen=True, slots=True)
class PoolListGrown(Event):
    """The list of pools in use was full and got a larger array."""

    pools: int  # that fit
    address: int
    go: ClassVar[str] = "(*Pool).pinSlow"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"The list of pools in use got a new array, for {count(self.pools, 'pool')}, at {self.address:#x}."


@dataclass(frozen=True, slots=True)
class ItemPut(Event):
    """An item went into the private slot or to the head of a P's shard."""

    pool: int  # id
    p: int
    item: Hashable
    where: str  # PRIVATE or SHARED
    number: int = 0  # of the item, 0: not said
    go: ClassVar[str] = "(*Pool).Put"

    def say(self) -> str:
        """Return the event as a sentence."""
        where = "its private slot of" if self.where == PRIVATE else "the head of its queue in"
        return f"P{self.p} put {item_name(self.item, self.number)} into {where} pool {self.pool}."


@dataclass(frozen=True, slots=True)
class NilPut(Event):
    """Somebody put nil."""

    pool: int  # id
    p: int
    go: ClassVar[str] = "(*Pool).Put"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"P{self.p} put nil into pool {self.pool}, which takes no notice."


@dataclass(frozen=True, slots=True)
class PutDropped(Event):
    """Built with -race, one Put in four throws its item away."""

    pool: int  # id
    p: int
    item: Hashable
    number: int = 0  # of the item, 0: the pool never saw it
    go: ClassVar[str] = "(*Pool).Put"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"Under -race, one Put in four is dropped: P{self.p}'s {item_name(self.item, self.number)} was."


@dataclass(frozen=True, slots=True)
class HeaderBoxed(Event):
    """A slice went into an interface, so its header was copied to the heap."""

    p: int
    address: int  # of the box
    nbytes: int
    go: ClassVar[str] = "convTslice"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"P{self.p} boxed a slice header: {self.nbytes} B at {self.address:#x}; a pointer to it needs no box."


@dataclass(frozen=True, slots=True)
class DequeueAdded(Event):
    """A P's queue had no room, and got a ring of twice the size."""

    pool: int  # id
    p: int
    size: int  # slots
    address: int  # of its record
    ring: int  # address of its array
    go: ClassVar[str] = "(*poolChain).pushHead"

    def say(self) -> str:
        """Return the event as a sentence."""
        made = f"a ring of {self.size} slots, {self.size * 16} B at {self.ring:#x}"
        return f"P{self.p}'s queue in pool {self.pool} got {made}."


@dataclass(frozen=True, slots=True)
class DequeueDropped(Event):
    """Rings that were drained from the tail left the queue."""

    pool: int  # id
    owner: int  # whose queue
    rings: int
    go: ClassVar[str] = "(*poolChain).popTail"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"{count(self.rings, 'drained ring')} left the tail of P{self.owner}'s queue in pool {self.pool}."


_FOUND = {
    PRIVATE: "P{p} got {item} from its private slot of pool {pool}.",
    SHARED: "P{p} got {item} from the head of its queue in pool {pool}.",
    STOLEN: "P{p} stole {item} from the tail of P{owner}'s queue in pool {pool}.",
    VICTIM_PRIVATE: "P{p} got {item} from its private slot in the victim of pool {pool}.",
    VICTIM_SHARED: "P{p} got {item} from the tail of P{owner}'s queue in the victim of pool {pool}.",
}


@dataclass(frozen=True, slots=True)
class ItemGot(Event):
    """A Get found an item."""

    pool: int  # id
    p: int
    item: Hashable
    where: str  # PRIVATE to VICTIM_SHARED
    owner: int  # the P whose shard it was
    number: int = 0  # of the item, 0: not said
    go: ClassVar[str] = "(*Pool).Get"

    def say(self) -> str:
        """Return the event as a sentence."""
        return _FOUND[self.where].format(
            p=self.p, item=item_name(self.item, self.number), pool=self.pool, owner=self.owner
        )


@dataclass(frozen=True, slots=True)
class VictimEmpty(Event):
    """A Get found nothing in the victim, and later ones will not look there any more."""

    pool: int  # id
    p: int
    missed: int  # items that still lie in other Ps' private slots
    go: ClassVar[str] = "(*Pool).getSlow"

    def say(self) -> str:
        """Return the event as a sentence."""
        missed = f"; other Ps' private slots keep {count(self.missed, 'item')}" if self.missed else ""
        return f"P{self.p} found nothing in the victim of pool {self.pool}: nobody looks there again{missed}."


@dataclass(frozen=True, slots=True)
class NewCalled(Event):
    """A Get found nothing, and New made something."""

    pool: int  # id
    p: int
    item: Hashable
    call: int  # counts the calls of this pool's New, from 1
    number: int = 0  # of the item, 0: not said
    go: ClassVar[str] = "(*Pool).Get"

    def say(self) -> str:
        """Return the event as a sentence."""
        made = f"New made {item_name(self.item, self.number)} (call {self.call})"
        return f"Pool {self.pool} had nothing for P{self.p}: {made}."


@dataclass(frozen=True, slots=True)
class NilGot(Event):
    """A Get found nothing, and there is no New."""

    pool: int  # id
    p: int
    go: ClassVar[str] = "(*Pool).Get"

    def say(self) -> str:
        """Return the event as a sentence."""
        return f"Pool {self.pool} had nothing for P{self.p}, and has no New: nil."


@dataclass(frozen=True, slots=True)
class PoolAged(Event):
    """A cycle begins: a pool's victim is dropped, and its shards become the victim."""

    pool: int  # id
    dropped: int  # items
    moved: int  # items
    go: ClassVar[str] = "poolCleanup"

    def say(self) -> str:
        """Return the event as a sentence."""
        dropped = f"dropped its victim with {count(self.dropped, 'item')}" if self.dropped else "had no victim to drop"
        moved = f"{count(self.moved, 'item')} became the victim" if self.moved else "nothing moved there"
        return f"Pool {self.pool} {dropped}; {moved}."
