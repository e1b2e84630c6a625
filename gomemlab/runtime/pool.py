"""sync.Pool: objects that wait to be used again, until two collections have passed.

A pool has a shard for each P: a private slot, which costs nothing to use, and a queue, from whose head the P takes and
from whose tail the others steal. When a cycle begins, what the pool had becomes its victim, where Get still looks, last
of all; and what was the victim is dropped. So an object that nobody asks for lives through one cycle and dies with the
second, and the pool is never larger for long than the load needs.

The pool's own memory lies in the heap like any program's, and its items live because pointers lead to them.

Go: sync/pool.go, Pool, poolLocal, poolCleanup; runtime/mgc.go, clearpools.
Left out: pools that lie in the heap themselves (these are global variables); the race detector, but for what it does to
Put; the generator that decides there (Go's cannot be seeded).
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field

from gomemlab.runtime.alloc.locks import ALL_POOLS_MU
from gomemlab.runtime.arch import HEAP_ARENA_BYTES, PTR_SIZE
from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.poolevents import (
    PRIVATE,
    SHARED,
    STOLEN,
    VICTIM_PRIVATE,
    VICTIM_SHARED,
    DequeueAdded,
    DequeueDropped,
    ItemGot,
    ItemPut,
    LocalMade,
    PoolAged,
    PoolListGrown,
    VictimEmpty,
)
from gomemlab.runtime.poolqueue import ALL_WORDS, Item, PoolChain
from gomemlab.runtime.words import Words

FIRST_ADDRESS = HEAP_ARENA_BYTES  # no heap begins below it: smaller numbers are labels
POOL_LOCAL_SIZE = 128  # bytes of a shard, so that no two Ps share a cache line
POOL_LOCAL_SLOTS = 0b1110  # its pointer words: the private value, head and tail of the queue
PRIVATE_WORD, CHAIN_WORD = PTR_SIZE, 2 * PTR_SIZE  # bytes into a shard: the private value, the queue
ALL_POOLS, OLD_POOLS, FIRST_POOL = 0, 1, 2  # places in Roots.pool_vars; each pool has two from FIRST_POOL on
ROOM = 1 << 30  # bytes; a ring of half that size would need more items than a model can have
RACE_DROPS = 4  # one Put in so many is dropped under -race

New = int | Callable[[int], Hashable] | None
Found = tuple[Item, str, int]  # what a Get found, where, in whose shard


class PoolLocal:
    """One P's shard.

    Go: sync/pool.go, poolLocal.
    """

    __slots__ = ("address", "private", "shared")

    def __init__(self, address: int) -> None:
        self.address = address
        self.private: Item | None = None
        self.shared = PoolChain(address + CHAIN_WORD)

    def items(self) -> Iterator[Item]:
        """Yield the private item, then those of the queue, the oldest first."""
        if self.private is not None:
            yield self.private
        yield from self.shared.items()

    def copy(self) -> "PoolLocal":
        """Return an independent shard at the same address."""
        new = PoolLocal(self.address)
        new.private, new.shared = self.private, self.shared.copy()
        return new


class Pool:
    """One sync.Pool.

    Go: sync/pool.go, Pool.
    """

    __slots__ = (
        "counts",
        "held",
        "id",
        "known",
        "local",
        "new",
        "new_calls",
        "nils",
        "numbered",
        "puts",
        "race",
        "rand",
        "slots",
        "thrown",
        "victim",
        "victim_size",
    )

    def __init__(self, pool: int, new: New, slots: int, seed: int | None) -> None:
        self.id = pool  # from 1
        self.new = new  # bytes of what New makes, or a function from the number of the call to a label
        self.slots = slots  # bit i: word i of what New makes is a pointer
        self.race, self.rand = seed is not None, seed or 0
        self.local: list[PoolLocal] = []  # by P; as many as there were Ps
        self.victim: list[PoolLocal] = []  # what local was when the last cycle began
        self.victim_size = 0  # 0: nobody looks there
        self.known: dict[Hashable, Item] = {}  # what it has, and what it gave out
        self.held: dict[Hashable, None] = {}  # what it has
        self.numbered = 0  # items with a number
        self.puts = self.new_calls = 0
        self.nils, self.thrown = 0, 0  # Gets that gave nothing, Puts that -race threw away
        self.counts = dict.fromkeys((PRIVATE, SHARED, STOLEN, VICTIM_PRIVATE, VICTIM_SHARED), 0)  # of Gets

    @property
    def address(self) -> int:
        """Return where the array of shards lies, 0 for nowhere."""
        return self.local[0].address if self.local else 0

    @property
    def victim_address(self) -> int:
        """Return where the victim's array lies, 0 for nowhere."""
        return self.victim[0].address if self.victim else 0

    def learn(self, value: Hashable) -> Item:
        """Give a value that the pool sees for the first time its number, which it keeps while the pool knows it."""
        self.numbered += 1
        pointer = value if type(value) is int and value >= FIRST_ADDRESS else 0
        item = self.known[value] = Item(value, pointer, self.numbered)
        return item

    @property
    def new_name(self) -> str:
        """Return what New makes in words, "" where there is none."""
        if self.new is None:
            return ""
        return f"objects of {self.new} B" if isinstance(self.new, int) else "labels"

    # Put and Get

    def put(self, item: Item, words: Words, p: int) -> None:
        """Put an item into P p's shard, which is there. Go: sync/pool.go, (*Pool).Put."""
        shard, log = self.local[p], words.allocator.log
        self.puts += 1
        self.held[item.value] = None
        if shard.private is None:
            shard.private = item
            if item.pointer:
                words.write(shard.address + PRIVATE_WORD, item.pointer, p)
            log.append((ItemPut, self.id, p, item.value, PRIVATE, item.number))
            return
        ring = shard.shared.push_head(item, words, p)
        if ring is not None:
            log.append((DequeueAdded, self.id, p, ring.size, ring.address, ring.ring))
        log.append((ItemPut, self.id, p, item.value, SHARED, item.number))

    def get(self, words: Words, p: int) -> Item | None:
        """Take an item for P p, whose shard is there; None where New is needed. Go: sync/pool.go, (*Pool).Get."""
        shard = self.local[p]
        item = shard.private
        if item is not None:
            shard.private = None
            if item.pointer:
                words.write(shard.address + PRIVATE_WORD, 0, p)
            where, owner = PRIVATE, p
        else:
            item, where, owner = shard.shared.pop_head(words, p), SHARED, p
            if item is None:
                found = self._get_slow(words, p)
                if found is None:
                    return None
                item, where, owner = found
        self.counts[where] += 1
        del self.held[item.value]
        words.allocator.log.append((ItemGot, self.id, p, item.value, where, owner, item.number))
        return item

    def _get_slow(self, words: Words, p: int) -> Found | None:
        """Steal from another P's queue, or take what the last cycle left. Go: sync/pool.go, (*Pool).getSlow."""
        for i in range(len(self.local)):
            owner = (p + i + 1) % len(self.local)
            if (item := self._pop_tail(self.local[owner], owner, words, p)) is not None:
                return item, STOLEN, owner
        if p >= self.victim_size:
            return None
        shard = self.victim[p]
        if shard.private is not None:
            item, shard.private = shard.private, None
            if item.pointer:
                words.write(shard.address + PRIVATE_WORD, 0, p)
            return item, VICTIM_PRIVATE, p
        for i in range(self.victim_size):
            owner = (p + i) % self.victim_size
            if (item := self._pop_tail(self.victim[owner], owner, words, p)) is not None:
                return item, VICTIM_SHARED, owner
        self.victim_size = 0
        missed = sum(shard.private is not None for shard in self.victim)
        words.allocator.log.append((VictimEmpty, self.id, p, missed))
        return None

    def _pop_tail(self, shard: PoolLocal, owner: int, words: Words, p: int) -> Item | None:
        rings = len(shard.shared.dequeues)
        item = shard.shared.pop_tail(words, p)
        if drained := rings - len(shard.shared.dequeues):
            words.allocator.log.append((DequeueDropped, self.id, owner, drained))
        return item

    def finds(self, p: int) -> bool:
        """Say whether a Get on P p would find an item, and so do without New."""
        local = self.local if p < len(self.local) else []
        victim = self.victim if p < self.victim_size else []
        if any(shards and shards[p].private is not None for shards in (local, victim)):
            return True
        return any(len(ring) for shard in (*local, *victim) for ring in shard.shared.dequeues)

    def drops(self) -> bool:
        """Say whether this Put is one of those that -race throws away. Go: runtime/rand.go, randn."""
        self.rand = self.rand * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        return (self.rand >> 32) * RACE_DROPS >> 32 == 0

    # The value

    def forget(self, value: Hashable) -> None:
        """Forget an item that nobody has any more, so that another object at its address gets a number of its own."""
        if value not in self.held:
            self.known.pop(value, None)

    def copy(self) -> "Pool":
        """Return an independent pool."""
        new = Pool(self.id, self.new, self.slots, None)
        new.race, new.rand = self.race, self.rand
        new.local = [shard.copy() for shard in self.local]
        new.victim, new.victim_size = [shard.copy() for shard in self.victim], self.victim_size
        new.known, new.held, new.numbered = self.known.copy(), self.held.copy(), self.numbered
        new.puts, new.new_calls, new.counts = self.puts, self.new_calls, self.counts.copy()
        new.nils, new.thrown = self.nils, self.thrown
        return new

    def check(self, words: Words) -> None:
        """Raise ThrowError where the pool's pointers in the heap are not those to its items."""
        memory = words.allocator.collector.memory
        items: list[Hashable] = []
        for shard in (*self.local, *self.victim):
            shard.shared.check()
            private = shard.private.pointer if shard.private else 0
            for address, pointer in ((shard.address + PRIVATE_WORD, private), *shard.shared.words()):
                if memory.load(address) != pointer:
                    raise ThrowError(f"pool {self.id} should have {pointer:#x} at {address:#x}")
            items += [item.value for item in shard.items()]
        if set(items) != set(self.held) or len(items) != len(self.held) or not self.held.keys() <= self.known.keys():
            raise ThrowError(f"pool {self.id} has {items}, its books say {list(self.held)}")
        if self.victim_size not in {0, len(self.victim)}:
            raise ThrowError(f"pool {self.id} looks into {self.victim_size} of {len(self.victim)} victims")


@dataclass(slots=True, eq=False)
class Pools:
    """All pools of a program, and which of them the next cycle will have to look at."""

    pools: list[Pool] = field(default_factory=list)  # the first has id 1
    all_pools: list[int] = field(default_factory=list)  # ids of those with shards
    old_pools: list[int] = field(default_factory=list)  # ids of those with a victim
    fits: int = 0  # pools in the array of all_pools
    room: int = ROOM  # bytes; in a heap with so many left nothing that a Put or a Get makes is refused

    def pin_slow(self, pool: Pool, words: Words, p: int) -> None:
        """Give a pool a new array of shards, since it has none for P p. Go: sync/pool.go, (*Pool).pinSlow."""
        words.allocator.heap.locks.take(ALL_POOLS_MU, p)
        log = words.allocator.log
        lost = self._give_up(pool, pool.local)
        if not pool.local:
            if len(self.all_pools) == self.fits:
                self.fits = max(2 * self.fits, 1)
                array = words.make(self.fits, ALL_WORDS, p)
                words.set_var(ALL_POOLS, array, p)
                log.append((PoolListGrown, self.fits, array))
            self.all_pools.append(pool.id)
        shards = len(words.ps)
        mask = sum(POOL_LOCAL_SLOTS << i * POOL_LOCAL_SIZE // PTR_SIZE for i in range(shards))
        address = words.make(shards * POOL_LOCAL_SIZE // PTR_SIZE, mask, p)
        words.set_var(FIRST_POOL + 2 * (pool.id - 1), address, p)
        pool.local = [PoolLocal(address + i * POOL_LOCAL_SIZE) for i in range(shards)]
        log.append((LocalMade, pool.id, p, shards, address, shards * POOL_LOCAL_SIZE, lost))

    def clean_up(self, words: Words) -> None:
        """Drop all victims, and make victims of what all pools have; the world is stopped.

        Go: sync/pool.go, poolCleanup.
        """
        pool_vars, aged = words.allocator.collector.roots.pool_vars, dict[int, list[int]]()
        for number in self.old_pools:
            pool = self.pools[number - 1]
            aged[number] = [self._give_up(pool, pool.victim), 0]
            pool.victim, pool.victim_size = [], 0
        for number in self.all_pools:
            pool = self.pools[number - 1]
            aged.setdefault(number, [0, 0])[1] = sum(1 for shard in pool.local for _ in shard.items())
            pool.victim, pool.victim_size, pool.local = pool.local, len(pool.local), []
        for number in aged:
            at, pool = FIRST_POOL + 2 * (number - 1), self.pools[number - 1]
            pool_vars[at : at + 2] = 0, pool.victim_address
            words.allocator.log.append((PoolAged, number, *aged[number]))
        if self.pools:
            pool_vars[ALL_POOLS : OLD_POOLS + 1] = 0, pool_vars[ALL_POOLS]
        self.old_pools, self.all_pools, self.fits = self.all_pools, [], 0

    def _give_up(self, pool: Pool, shards: list[PoolLocal]) -> int:
        """Forget the items of a pool's shards that nobody finds any more; return how many they were."""
        values = [item.value for shard in shards for item in shard.items()]
        for value in values:
            del pool.held[value]
            if pool.known.pop(value).pointer:  # an object, not a label
                self.forget(value)
        return len(values)

    def forget(self, value: Hashable) -> None:
        """Let all pools forget an object that lives no longer by them or by the program's hold on it."""
        for pool in self.pools:
            pool.forget(value)

    def copy(self) -> "Pools":
        """Return independent pools."""
        pools = [pool.copy() for pool in self.pools]
        return Pools(pools, self.all_pools.copy(), self.old_pools.copy(), self.fits, self.room)

    def check(self, words: Words) -> None:
        """Raise ThrowError where a pool is broken, or is in another list than its shards say."""
        for pool in self.pools:
            pool.check(words)
        pool_vars = words.allocator.collector.roots.pool_vars[FIRST_POOL:]
        if pool_vars != [address for pool in self.pools for address in (pool.address, pool.victim_address)]:
            raise ThrowError(f"the variables of pools lead to {pool_vars}")
        variables = [bool(address) for address in words.allocator.collector.roots.pool_vars[ALL_POOLS : OLD_POOLS + 1]]
        if self.fits < len(self.all_pools) or (self.pools and variables != [bool(self.fits), bool(self.old_pools)]):
            raise ThrowError(f"lists with room for {self.fits} pools hold {self.all_pools} and {self.old_pools}")
        listed = {"all": (self.all_pools, "local"), "old": (self.old_pools, "victim")}
        for name, (ids, part) in listed.items():
            used = [pool.id for pool in self.pools if getattr(pool, part)]
            if sorted(ids) != used:
                raise ThrowError(f"{name}_pools are {ids}, but pools {used} have a {part}")
