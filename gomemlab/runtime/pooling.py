"""Pooling: how a World's program uses sync.Pool.

Put hands an object over: from then on only the pool, or a pointer of the program's, keeps it alive. What Get returns is
in the program's hands, and lives, until it is put back or dropped. Where only the order matters an item can be a label
instead of an object: anything hashable, such as "a" or a small number.

Go: sync/pool.go, (*Pool).Get, (*Pool).Put; runtime/iface.go, convTslice; runtime/mgc.go, clearpools.
Left out: what a program does with an object that it has put back.
"""

import operator
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Self, SupportsIndex, TypeGuard

from gomemlab.runtime.alloc.sizeclasses import check_size, whole
from gomemlab.runtime.arch import PTR_SIZE
from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.pool import FIRST_ADDRESS, FIRST_POOL, ROOM, New, Pool, Pools
from gomemlab.runtime.poolevents import HeaderBoxed, NewCalled, NilGot, NilPut, PoolMade, PutDropped
from gomemlab.runtime.stacking import Stacking

SLICE_HEADER_SIZE = 3 * PTR_SIZE  # bytes: pointer, length, capacity
MAX_POOLS = 64
MAX_NEW_SLOTS = 64  # pointer words that New's object can have
SEED = 1


@dataclass(frozen=True, slots=True)
class PoolHandle:
    """A pool of one world. The world has all of its state, and a copy of the world a pool of its own with this id."""

    world: "Pooling"
    id: int  # from 1

    def put(self, item: Hashable, p: int = 0, boxed: bool = False) -> None:
        """Put an item from P p; boxed: it is a slice, whose header is copied to the heap first."""
        self.world.pool_put(self.id, item, p, boxed)

    def get(self, p: int = 0) -> Hashable:
        """Return an item for P p: one that was put, or what New makes, or None."""
        return self.world.pool_get(self.id, p)

    @property
    def new_calls(self) -> int:
        """Return how often New was called."""
        return self.world.pools.pools[self.id - 1].new_calls


class Pooling(Stacking):
    """The pools of a World."""

    __slots__ = ("pool_memory", "pools")
    pools: Pools

    def pool(self, new: New = None, slots: int | Sequence[int] = 0, race: bool = False, seed: int = SEED) -> PoolHandle:
        """Declare a pool and return the way to use it.

        new says what Get makes where it finds nothing: an object of so many bytes, whose pointer slots are `slots` (how
        many words, or which ones); or a label, by a function that gets the number of the call, from 1; or None, so that
        Get returns None. race is for a program built with -race, whose pools throw one Put in four away: seed says
        which. Raises MisuseError for a `new` that cannot be.
        """
        mask = _check_new(new, slots)
        seed = whole(seed, "seed", "give a whole number")
        if len(self.pools.pools) == MAX_POOLS:
            raise MisuseError(f"this world has {MAX_POOLS} pools, and holds no more; use one of them")
        self.allocator.begin()
        pool = Pool(len(self.pools.pools) + 1, new, mask, seed if race else None)
        pool_vars = self.collector.roots.pool_vars
        pool_vars += [0, 0] if pool_vars else [0] * (FIRST_POOL + 2)
        self.pools.pools.append(pool)
        self.pools.room = max(self.pools.room, ROOM + 2 * new if isinstance(new, int) else 0)
        self._log(PoolMade, pool.id, pool.new_name)
        return PoolHandle(self, pool.id)

    def pool_put(self, pool: int, item: Hashable, p: int = 0, boxed: bool = False) -> None:
        """Put an item into a pool from P p. None is ignored, as nil is.

        boxed: the item is a slice, and an interface holds no slice: its header of 24 B is copied to the heap first.
        Raises MisuseError for what the pool already has, and for an address where no object lives.
        Go: sync/pool.go, (*Pool).Put; runtime/iface.go, convTslice.
        """
        state, allocator = self._pool(pool), self.allocator
        if p != 0 or type(p) is not int:
            p = self._check_p(p)
        got = allocator.collector.roots.got
        if type(item) is not int or item not in got or item in state.held:  # else it is as good as most are
            item = self._check_item(item, state)
        if allocator.heap.stats.mapped + self.pools.room > allocator.heap.limit:
            self._rehearse(lambda world: world.pool_put(pool, item, p, boxed))
        allocator.log.clear()
        allocator.hit = None
        if item is None:
            self._log(NilPut, pool, p)
            return
        if item in got:
            del got[item]
        elif _is_address(item):
            self.pool_memory.release(item)
        box = self._box(item, p) if boxed else 0
        if state.race and state.drops():
            number = state.known[item].number if item in state.known else 0
            state.forget(item)  # nobody has it any more
            state.thrown += 1
            self._log(PutDropped, pool, p, item, number)
            return
        if p >= len(state.local):
            self.pools.pin_slow(state, self.pool_memory, p)
        entry = state.known.get(item) or state.learn(item)
        state.put(entry._replace(pointer=box) if boxed else entry, self.pool_memory, p)

    def pool_get(self, pool: int, p: int = 0) -> Hashable:
        """Return an item for P p: the pool's, or what New makes, or None where there is no New.

        Go: sync/pool.go, (*Pool).Get.
        """
        state, allocator, memory = self._pool(pool), self.allocator, self.pool_memory
        if p != 0 or type(p) is not int:
            p = self._check_p(p)
        if allocator.heap.stats.mapped + self.pools.room > allocator.heap.limit:
            self._rehearse(lambda world: world.pool_get(pool, p))
        label = self._label(state, p) if callable(state.new) else None
        allocator.log.clear()
        allocator.hit = None
        if p >= len(state.local):
            self.pools.pin_slow(state, memory, p)
        item = state.get(memory, p)
        value = self._make_new(state, label, p) if item is None else item.value
        if _is_address(value):
            allocator.collector.roots.got[value] = None
        return value

    def drop(self, addresses: int | Iterable[int]) -> None:
        """Let the program forget what malloc or a pool gave it; what is put once more gets a new number in its pool.

        Raises MisuseError, with nothing changed, for an address where neither gave anything that is still held.
        """
        wanted = tuple(addresses) if isinstance(addresses, Iterable) else (addresses,)
        super().drop(wanted)
        for address in wanted:
            self.pools.forget(address)

    def clear_pools(self) -> None:
        """Let all pools age, as at the beginning of a cycle that nobody saw; gc and gc_start do it by themselves.

        Raises MisuseError while a cycle marks. Go: runtime/mgc.go, clearpools; sync/pool.go, poolCleanup.
        """
        if self.collector.marking:
            raise MisuseError(f"cycle {self.collector.cycles} is marking; pools age when a cycle begins")
        self.allocator.begin()
        self._clear_pools()

    # Inside

    def _clear_pools(self) -> None:
        self.pools.clean_up(self.pool_memory)

    def _pool(self, pool: object) -> Pool:
        pools = self.pools.pools
        if type(pool) is not int or not 1 <= pool <= len(pools):
            have = f"pools 1 to {len(pools)}" if pools else "no pool yet"
            raise MisuseError(f"there is no pool {pool!r}: this world has {have}; world.pool() makes one")
        return pools[pool - 1]

    def _check_item(self, item: Hashable, state: Pool) -> Hashable:
        """Return an item that can be put: None, a label, or a living object's address."""
        if item is None:
            return None
        if type(item) not in {int, str, bool} and isinstance(item, SupportsIndex):
            item = operator.index(item)
        try:
            there = item in state.held
        except TypeError:
            raise MisuseError(f"{item!r} is no item; put an object's address, or a hashable label") from None
        if there:
            name = f"{item:#x}" if _is_address(item) else repr(item)
            raise MisuseError(
                f"pool {state.id} has {name} already; get it before you put it again (Go takes it and gives it twice)"
            )
        if _is_address(item) and item not in self.collector.roots.got:
            span, slot = self._slot_at(item)
            if self.allocator.heap.unswept(span) and not self.allocator.heap.marked(span) >> slot & 1:
                raise MisuseError(f"{item:#x} is dead and waits to be swept; put what the program can still reach")
        return item

    def _box(self, value: Hashable, p: int) -> int:
        box = self.pool_memory.allocate(SLICE_HEADER_SIZE, 1, p)
        if _is_address(value):
            self.pool_memory.write(box, value, p)
        self._log(HeaderBoxed, p, box, SLICE_HEADER_SIZE)
        return box

    def _make_new(self, state: Pool, label: Hashable, p: int) -> Hashable:
        """Return what New makes, None where there is no New."""
        value = label
        if state.new is None:
            state.nils += 1
            self._log(NilGot, state.id, p)
            return None
        if isinstance(state.new, int):
            value = address = self.pool_memory.allocate(state.new, state.slots, p)
            self.collector.born(address)
        state.new_calls += 1
        state.forget(value)  # what was there before was another object
        number = state.learn(value).number
        self._log(NewCalled, state.id, p, value, state.new_calls, number)
        return value

    def _label(self, state: Pool, p: int) -> Hashable:
        """Return the label that New is going to make, None where it is not asked for one."""
        if state.new is None or isinstance(state.new, int) or state.finds(p):
            return None
        label = state.new(state.new_calls + 1)
        try:
            bad = label is None or _is_address(label) or label in state.held
        except TypeError:
            bad = True
        if bad:
            raise MisuseError(
                f"New of pool {state.id} made {label!r}; give new= a number of bytes for objects, or a function to a "
                "label that is in no pool"
            )
        return label

    def _rehearse(self, command: Callable[[Self], object]) -> None:
        """Raise MisuseError, with nothing changed, where the heap has no room for what a Put or a Get makes."""
        trial = self.copy()
        trial.pools.room = 0
        command(trial)


def _is_address(value: object) -> TypeGuard[int]:
    return type(value) is int and value >= FIRST_ADDRESS


def _check_new(new: object, slots: object) -> int:
    """Return the pointer words of what New makes, as a bitmap; raise MisuseError for what it cannot be."""
    if new is None or callable(new):
        if slots:
            raise MisuseError(f"slots {slots!r} are those of an object; give new= its size in bytes, too")
        return 0
    if isinstance(new, bool) or not isinstance(new, SupportsIndex):
        raise MisuseError(f"new={new!r} makes nothing; give bytes, or a function from a call's number to a label")
    size = check_size(new)
    if not size:
        raise MisuseError("new=0 makes no object; ask for 1 byte or more")
    each = slots if isinstance(slots, Sequence) else range(whole(slots, "slots", "give 0 or more"))
    words = [whole(word, "slot", "give words, from 0") for word in each]
    if words and not 0 <= min(words) <= max(words) < min(size // PTR_SIZE, MAX_NEW_SLOTS):
        fit = min(size // PTR_SIZE, MAX_NEW_SLOTS)
        raise MisuseError(f"slots {slots!r} are not in an object of {size} B; its first {fit} words can be pointers")
    return sum(1 << word for word in set(words))
