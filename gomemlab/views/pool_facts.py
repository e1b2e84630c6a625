"""What there is to draw of a pool: each P's shard and its victim, who has what, and what the last step did.

Of a long ring only both ends are here; of many Ps only those that something is going on at, the others are summed.

Go: sync/pool.go, Pool, poolLocal, poolLocalInternal; sync/poolqueue.go, poolChain, poolDequeue.
Left out: the addresses of shards and rings.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from gomemlab.runtime.poolevents import ItemGot, ItemPut, item_name
from gomemlab.runtime.poolinfo import DequeueInfo, ItemInfo, PoolInfo, ShardInfo
from gomemlab.runtime.snapshot import Snapshot
from gomemlab.views.words import count, thousands

FRONT, BACK = 14, 2  # items of a ring that are drawn at its head and at its tail
MOST_ROWS = 8  # Ps that are drawn
MOST_RINGS = 3  # of a chain that are drawn


class Item(NamedTuple):
    """An item as a block."""

    number: int
    tip: str  # what hovering says
    holds: bool  # it still points to something


class Ring(NamedTuple):
    """A ring of a chain, or several that are drawn as one; the head is on the left."""

    size: int  # slots; 0: these are several
    head: int
    tail: int
    front: tuple[Item, ...]  # the newest, at the head
    back: tuple[Item, ...]  # the oldest, at the tail, where the front has not all
    total: int  # items
    rings: int = 1


class Row(NamedTuple):
    """One P's shard."""

    p: int
    there: bool = False  # the pool has a shard for this P
    gone: bool = False  # there is no such P any more
    private: Item | None = None
    rings: tuple[Ring, ...] = ()  # the head of the chain first


class Side(NamedTuple):
    """The shards, or the victim."""

    rows: tuple[Row, ...]
    total: int  # items, also those of Ps that are not drawn
    more: str = ""  # what the Ps have that are not drawn, in words


def number_of(pool: PoolInfo, value: Hashable) -> str:
    """Return the number of an item of a pool as text; its own name where the pool does not know it any more."""
    return next((str(item.number) for item in every(pool) if item.value == value), item_name(value))


def every(pool: PoolInfo) -> Iterator[ItemInfo]:
    """Yield every listed item: those that the program has, those of the shards, those of the victim."""
    yield from reversed(pool.out)
    yield from within((*pool.local, *pool.victim))


def within(shards: Iterable[ShardInfo]) -> Iterator[ItemInfo]:
    """Yield every listed item of shards."""
    for shard in shards:
        if shard.private is not None:
            yield shard.private
        for ring in shard.shared:
            yield from ring.items


def total(shards: Iterable[ShardInfo]) -> int:
    """Return how many items shards have."""
    return sum((shard.private is not None) + shared(shard) for shard in shards)


def shared(shard: ShardInfo) -> int:
    """Return how many items a shard's queue has."""
    return sum(map(length, shard.shared))


def length(ring: DequeueInfo) -> int:
    """Return how many items a ring has."""
    return len(ring.items) + ring.more


def item(info: ItemInfo) -> Item:
    """Return an item as a block."""
    name = item_name(info.value)
    box = ", in a box of 24 B" if info.box else ""
    holds = f"; still points to {count(len(info.pointers), 'object')}" if info.pointers else ""
    return Item(info.number, f"item {info.number}: {name}{box}{holds}", bool(info.pointers))


def sides(snapshot: Snapshot, pool: PoolInfo, chosen: int) -> tuple[Side, Side]:
    """Return the shards and the victim, with the same Ps in both."""
    procs = len(snapshot.ps)
    ps = _drawn(pool, procs, _asked(snapshot, pool, chosen))
    return _side(pool.local, ps, procs), _side(pool.victim, ps, procs)


def _asked(snapshot: Snapshot, pool: PoolInfo, chosen: int) -> list[int]:
    """Return the Ps that have to be drawn: the chosen one, those of the last step."""
    asked = [chosen]
    for event in snapshot.events:
        if isinstance(event, ItemGot | ItemPut) and event.pool == pool.id:
            asked += [event.p] if isinstance(event, ItemPut) else [event.p, event.owner]
    return asked


def _drawn(pool: PoolInfo, procs: int, asked: Sequence[int]) -> list[int]:
    """Return the Ps that are drawn, by number: those asked for, then those with items, then the first ones."""
    among = range(max(procs, len(pool.local), len(pool.victim)))
    if len(among) <= MOST_ROWS:
        return list(among)
    busy = sorted({shard.p for shard in (*pool.local, *pool.victim) if total([shard])})
    wanted = dict.fromkeys([p for p in asked if p in among] + busy + list(among))
    return sorted(islice(wanted, MOST_ROWS))


def _side(shards: Sequence[ShardInfo], ps: Sequence[int], procs: int) -> Side:
    """Return the shards, or the victim, of the Ps that are drawn."""
    rows = tuple(_row(shards[p], procs) if p < len(shards) else Row(p, gone=p >= procs) for p in ps)
    others = [shard for shard in shards if shard.p not in ps]
    hidden = max(procs, len(shards)) - len(ps)
    if hidden <= 0:
        return Side(rows, total(shards))
    private = sum(shard.private is not None for shard in others)
    queued = sum(map(shared, others))
    what = f"{private} private, {thousands(queued)} shared" if private or queued else "no item"
    return Side(rows, total(shards), f"{count(hidden, 'more P')}: {what}")


def _row(shard: ShardInfo, procs: int) -> Row:
    """Return one P's shard; of a long chain its head, its tail, and what is between them as one."""
    chain = [_ring(ring) for ring in reversed(shard.shared)]
    if len(chain) > MOST_RINGS:
        between = chain[1:-1]
        chain[1:-1] = [Ring(0, 0, 0, (), (), sum(ring.total for ring in between), len(between))]
    private = None if shard.private is None else item(shard.private)
    return Row(shard.p, there=True, gone=shard.p >= procs, private=private, rings=tuple(chain))


def _ring(ring: DequeueInfo) -> Ring:
    """Return a ring with the items of its ends; where the newest are not listed it begins with those that are."""
    newest_first = ring.items[::-1]
    n = length(ring)
    few = n <= FRONT
    front = newest_first if few else () if ring.more else newest_first[:FRONT]
    back = () if few else newest_first[-BACK:]
    return Ring(ring.size, ring.head, ring.tail, tuple(map(item, front)), tuple(map(item, back)), n)
