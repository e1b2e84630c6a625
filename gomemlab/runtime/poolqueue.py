"""The queue of a pool's shard: a chain of rings, each twice as long as the one before.

The P that owns the shard pushes and pops at the head, so that it gets back what it put last and still has in its cache.
Other Ps pop at the tail, where the oldest lies, and disturb nobody. When the newest ring is full, one of twice the size
is chained behind it; a ring that is drained from the tail leaves the chain. Nothing is ever moved or copied.

All of it lies in the heap: the chain's two pointers in the shard, a record and an array for each ring. So the collector
finds the items as it finds everything else.

Go: sync/poolqueue.go, poolDequeue, poolChain.
Left out: the atomic operations, since in the model each call is done before the next begins; the type words of
interfaces, which lead out of the heap.
"""

from collections.abc import Hashable, Iterator
from itertools import pairwise
from typing import NamedTuple, Protocol

from gomemlab.runtime.arch import PTR_SIZE
from gomemlab.runtime.errors import ThrowError

DEQUEUE_BITS = 32
INDEX_MASK = (1 << DEQUEUE_BITS) - 1  # head and tail count on and wrap around
DEQUEUE_LIMIT = (1 << DEQUEUE_BITS) // 4  # slots of the largest ring
INIT_SIZE = 8  # slots of the first one

EFACE_SIZE = 2 * PTR_SIZE  # bytes of a slot: a type, and a pointer to the value
ELT_WORDS = 6  # of poolChainElt: headTail, vals (pointer, length, capacity), next, prev
ELT_SLOTS = 0b110010  # its pointer words
VALS, NEXT, PREV = (i * PTR_SIZE for i in (1, 4, 5))  # bytes into it
HEAD, TAIL = 0, PTR_SIZE  # bytes into poolChain
ALL_WORDS = -1  # are pointers


class Item(NamedTuple):
    """What lies in a slot."""

    value: Hashable  # an object's address, or a label
    pointer: int  # what the slot points to: the object, the box of a slice header, or 0 for a label
    number: int  # from 1, in the order in which the pool saw them


class Blocks(Protocol):
    """Where a queue gets its memory, and how it writes pointers there."""

    def make(self, nwords: int, slots: int, p: int) -> int:
        """Return the address of a new object of nwords words on P p; bit i of slots: word i is a pointer.

        ALL_WORDS has all bits.
        """

    def write(self, address: int, pointer: int, p: int) -> None:
        """Let P p write a pointer, or 0, into a word, with the barrier while a cycle marks."""


class PoolDequeue:
    """A ring of slots with one who pushes, at the head, and any number who pop.

    Go: sync/poolqueue.go, poolDequeue, poolChainElt.
    """

    __slots__ = ("address", "head", "ring", "size", "slots", "tail")

    def __init__(self, size: int, address: int, ring: int) -> None:
        self.size = size  # slots, a power of two
        self.address = address  # of its record
        self.ring = ring  # address of its array
        self.head = self.tail = 0  # the next slot to fill; the oldest item's
        self.slots: dict[int, Item] = {}  # those that are filled, by place in the array

    def __len__(self) -> int:
        return self.head - self.tail & INDEX_MASK

    @property
    def head_tail(self) -> int:
        """Return both indexes in one word. Go: sync/poolqueue.go, (*poolDequeue).pack."""
        return self.head << DEQUEUE_BITS | self.tail

    def push_head(self, item: Item, blocks: Blocks, p: int) -> bool:
        """Put an item at the head; False where the ring is full. Go: sync/poolqueue.go, (*poolDequeue).pushHead."""
        if (self.tail + self.size) & INDEX_MASK == self.head:
            return False
        slot = self.head & self.size - 1
        self.slots[slot] = item
        if item.pointer:
            blocks.write(self.ring + slot * EFACE_SIZE + PTR_SIZE, item.pointer, p)
        self.head = self.head + 1 & INDEX_MASK
        return True

    def pop_head(self, blocks: Blocks, p: int) -> Item | None:
        """Take the newest item, None where there is none. Go: sync/poolqueue.go, (*poolDequeue).popHead."""
        if self.tail == self.head:
            return None
        self.head = self.head - 1 & INDEX_MASK
        return self._clear(self.head & self.size - 1, blocks, p)

    def pop_tail(self, blocks: Blocks, p: int) -> Item | None:
        """Take the oldest item, None where there is none. Go: sync/poolqueue.go, (*poolDequeue).popTail."""
        if self.tail == self.head:
            return None
        slot = self.tail & self.size - 1
        self.tail = self.tail + 1 & INDEX_MASK
        return self._clear(slot, blocks, p)

    def _clear(self, slot: int, blocks: Blocks, p: int) -> Item:
        """Empty a slot, so that the queue keeps nothing alive that was taken out, and return what was in it."""
        item = self.slots.pop(slot)
        if item.pointer:
            blocks.write(self.ring + slot * EFACE_SIZE + PTR_SIZE, 0, p)
        return item

    def items(self) -> Iterator[Item]:
        """Yield the items, the oldest first."""
        for i in range(len(self)):
            yield self.slots[self.tail + i & self.size - 1]

    def copy(self) -> "PoolDequeue":
        """Return an independent ring at the same addresses."""
        new = PoolDequeue(self.size, self.address, self.ring)
        new.head, new.tail, new.slots = self.head, self.tail, self.slots.copy()
        return new

    def check(self) -> None:
        """Raise ThrowError where the indexes and the filled slots disagree."""
        between = {self.tail + i & self.size - 1 for i in range(len(self))}
        if self.size & self.size - 1 or len(self) > self.size or between != set(self.slots):
            raise ThrowError(f"a ring of {self.size} goes from {self.tail} to {self.head}, filled are {self.slots}")


class PoolChain:
    """A queue without a bound: rings from the tail, the oldest, to the head, the only one that is pushed to.

    Go: sync/poolqueue.go, poolChain.
    """

    __slots__ = ("address", "dequeues")

    def __init__(self, address: int) -> None:
        self.address = address  # of the pointers to its head and tail, in the shard
        self.dequeues: list[PoolDequeue] = []  # the tail first; each knows its neighbours by next and prev

    def push_head(self, item: Item, blocks: Blocks, p: int) -> PoolDequeue | None:
        """Put an item at the head; return the ring that had to be added for it, or None.

        Go: sync/poolqueue.go, (*poolChain).pushHead.
        """
        if self.dequeues:
            last = self.dequeues[-1]
            if last.push_head(item, blocks, p):
                return None
            new = self._add(min(last.size * 2, DEQUEUE_LIMIT), last, blocks, p)
        else:
            new = self._add(INIT_SIZE, None, blocks, p)
        new.push_head(item, blocks, p)
        return new

    def _add(self, size: int, last: PoolDequeue | None, blocks: Blocks, p: int) -> PoolDequeue:
        """Chain a new ring behind the last one."""
        address = blocks.make(ELT_WORDS, ELT_SLOTS, p)
        if last is not None:
            blocks.write(address + PREV, last.address, p)
        ring = blocks.make(2 * size, ALL_WORDS, p)
        blocks.write(address + VALS, ring, p)
        blocks.write(self.address + HEAD, address, p)
        blocks.write(self.address + TAIL if last is None else last.address + NEXT, address, p)
        self.dequeues.append(PoolDequeue(size, address, ring))
        return self.dequeues[-1]

    def pop_head(self, blocks: Blocks, p: int) -> Item | None:
        """Take the newest item, None where there is none. Go: sync/poolqueue.go, (*poolChain).popHead."""
        for dequeue in reversed(self.dequeues):
            item = dequeue.pop_head(blocks, p)
            if item is not None:
                return item
        return None

    def pop_tail(self, blocks: Blocks, p: int) -> Item | None:
        """Take the oldest item, None where there is none; rings drained on the way leave the chain.

        Go: sync/poolqueue.go, (*poolChain).popTail.
        """
        while self.dequeues:
            item = self.dequeues[0].pop_tail(blocks, p)
            if item is not None or len(self.dequeues) == 1:  # the last one stays: it may be pushed to
                return item
            del self.dequeues[0]
            blocks.write(self.address + TAIL, self.dequeues[0].address, p)
            blocks.write(self.dequeues[0].address + PREV, 0, p)
        return None

    def items(self) -> Iterator[Item]:
        """Yield all items, the oldest first."""
        for dequeue in self.dequeues:
            yield from dequeue.items()

    def copy(self) -> "PoolChain":
        """Return an independent chain at the same addresses."""
        new = PoolChain(self.address)
        new.dequeues = [dequeue.copy() for dequeue in self.dequeues]
        return new

    def words(self) -> Iterator[tuple[int, int]]:
        """Yield (address, pointer) for each word of the chain that is not nil."""
        if self.dequeues:
            yield self.address + HEAD, self.dequeues[-1].address
            yield self.address + TAIL, self.dequeues[0].address
        for i, dequeue in enumerate(self.dequeues):
            yield dequeue.address + VALS, dequeue.ring
            if i:
                yield self.dequeues[i - 1].address + NEXT, dequeue.address
                yield dequeue.address + PREV, self.dequeues[i - 1].address
            for slot, item in dequeue.slots.items():
                yield dequeue.ring + slot * EFACE_SIZE + PTR_SIZE, item.pointer

    def check(self) -> None:
        """Raise ThrowError where a ring is broken, or shorter than the one before it."""
        for dequeue in self.dequeues:
            dequeue.check()
        sizes = [dequeue.size for dequeue in self.dequeues]
        if any(size != min(2 * before, DEQUEUE_LIMIT) for before, size in pairwise(sizes)):
            raise ThrowError(f"rings of a chain have {sizes} slots; each should have twice as many as the one before")
