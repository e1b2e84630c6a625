"""What pools look like at one moment, for those who look and do not touch.

Go: sync/pool.go, sync/poolqueue.go.
Left out: items beyond the first thousand of a queue, and of those that the program has.
"""

from collections.abc import Hashable, Sequence
from itertools import islice
from typing import NamedTuple

from gomemlab.runtime.arch import PTR_SIZE
from gomemlab.runtime.malloc import Allocator
from gomemlab.runtime.pool import POOL_LOCAL_SIZE, Pool, PoolLocal, Pools
from gomemlab.runtime.poolevents import PRIVATE, SHARED, STOLEN, VICTIM_PRIVATE, VICTIM_SHARED
from gomemlab.runtime.poolqueue import EFACE_SIZE, ELT_WORDS, Item, PoolDequeue

MAX_ITEMS = 1000  # of one ring that a picture shows
MAX_WORDS = 1000  # of an item that are searched for pointers


class ItemInfo(NamedTuple):
    """An item of a pool."""

    value: Hashable  # an object's address, or a label
    number: int  # from 1: the order in which the pool saw its items; it stays while the pool knows the item
    box: int  # address of the slice header's copy, 0 for none
    pointers: tuple[int, ...]  # what a stale object still points to, and so keeps alive


class DequeueInfo(NamedTuple):
    """A ring of a queue."""

    address: int  # of its record
    ring: int  # address of its array
    size: int  # slots
    head: int  # index of the next slot to fill; modulo size it is a place
    tail: int  # index of the oldest item
    items: tuple[ItemInfo, ...]  # the oldest first
    more: int = 0  # items that are not listed


class ShardInfo(NamedTuple):
    """What one P has of a pool."""

    p: int
    address: int
    private: ItemInfo | None
    shared: tuple[DequeueInfo, ...]  # the tail, where others steal, first


class PoolInfo(NamedTuple):
    """A pool at one moment."""

    id: int  # from 1
    new: str  # what New makes, "" where there is none
    race: bool  # built with -race
    local: tuple[ShardInfo, ...]  # by P; () until it is used
    victim: tuple[ShardInfo, ...]  # by P; what local was before the last cycle
    victim_size: int  # shards of the victim that a Get looks at: all, or 0 when one found nothing
    puts: int
    new_calls: int
    private: int  # Gets that found an item in the P's private slot
    shared: int  # in the P's queue
    stolen: int  # in another P's queue
    victim_private: int
    victim_shared: int
    nbytes: int  # bytes of the pool's own: shards and rings, the victim's too
    out: tuple[ItemInfo, ...] = ()  # what it gave out and the program still has, the newest Get last
    nils: int = 0  # Gets that gave nothing, since there is no New
    thrown: int = 0  # Puts that -race threw away

    @property
    def hits(self) -> int:
        """Return how many Gets found an item."""
        return self.private + self.shared + self.stolen + self.victim_private + self.victim_shared


def pool_infos(allocator: Allocator, pools: Pools) -> tuple[PoolInfo, ...]:
    """Return what there is to see of all pools."""
    return tuple(_pool(allocator, pool) for pool in pools.pools)


def _pool(allocator: Allocator, pool: Pool) -> PoolInfo:
    counts = pool.counts
    return PoolInfo(
        id=pool.id,
        new=pool.new_name,
        race=pool.race,
        local=_shards(allocator, pool.local),
        victim=_shards(allocator, pool.victim),
        victim_size=pool.victim_size,
        puts=pool.puts,
        new_calls=pool.new_calls,
        private=counts[PRIVATE],
        shared=counts[SHARED],
        stolen=counts[STOLEN],
        victim_private=counts[VICTIM_PRIVATE],
        victim_shared=counts[VICTIM_SHARED],
        nbytes=sum(map(_nbytes, (*pool.local, *pool.victim))),
        out=_out(allocator, pool),
        nils=pool.nils,
        thrown=pool.thrown,
    )


def _out(allocator: Allocator, pool: Pool) -> tuple[ItemInfo, ...]:
    """Return what a pool gave out and the program still has, the newest Get last; labels come first, by number."""
    known, held = pool.known, pool.held
    if len(known) == len(held):
        return ()
    got = (value for value in reversed(allocator.collector.roots.got) if value in known and value not in held)
    objects = [known[value] for value in islice(got, MAX_ITEMS)][::-1]
    missing = len(known) - len(held) - len(objects)
    labels = (item for item in known.values() if not item.pointer and item.value not in held)
    return tuple(_item(allocator, item) for item in (*islice(labels, min(missing, MAX_ITEMS)), *objects))


def _shards(allocator: Allocator, shards: Sequence[PoolLocal]) -> tuple[ShardInfo, ...]:
    return tuple(_shard(allocator, p, shard) for p, shard in enumerate(shards))


def _shard(allocator: Allocator, p: int, shard: PoolLocal) -> ShardInfo:
    private = None if shard.private is None else _item(allocator, shard.private)
    return ShardInfo(p, shard.address, private, tuple(_ring(allocator, ring) for ring in shard.shared.dequeues))


def _ring(allocator: Allocator, ring: PoolDequeue) -> DequeueInfo:
    items = tuple(_item(allocator, item) for item in islice(ring.items(), MAX_ITEMS))
    return DequeueInfo(ring.address, ring.ring, ring.size, ring.head, ring.tail, items, len(ring) - len(items))


def _item(allocator: Allocator, item: Item) -> ItemInfo:
    """Return an item, with what it points to."""
    if not item.pointer:
        return ItemInfo(item.value, item.number, 0, ())
    memory = allocator.collector.memory
    boxed = item.value != item.pointer
    address = memory.load(item.pointer) if boxed else item.pointer
    span = allocator.heap.span_of(address)
    words = 0 if span is None or span.spanclass & 1 else min(allocator.words_of(span), MAX_WORDS)
    return ItemInfo(item.value, item.number, item.pointer if boxed else 0, tuple(memory.pointers(address, words)))


def _nbytes(shard: PoolLocal) -> int:
    rings = sum(ring.size * EFACE_SIZE + ELT_WORDS * PTR_SIZE for ring in shard.shared.dequeues)
    return POOL_LOCAL_SIZE + rings
