"""The queue of a shard: a deque behind rings that double."""

from collections import deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gomemlab.runtime.errors import ThrowError
from gomemlab.runtime.poolqueue import (
    ALL_WORDS,
    DEQUEUE_LIMIT,
    ELT_SLOTS,
    ELT_WORDS,
    INDEX_MASK,
    Item,
    PoolChain,
    PoolDequeue,
)


class Memory:
    """Memory that is made by counting, and keeps every word that is written."""

    def __init__(self) -> None:
        self.made: list[tuple[int, int]] = []
        self.words: dict[int, int] = {}

    def make(self, nwords: int, slots: int, _: int) -> int:
        """Return an address."""
        self.made.append((nwords, slots))
        return len(self.made) << 40

    def write(self, address: int, pointer: int, _: int) -> None:
        """Keep a word, where it is not nil."""
        self.words[address] = pointer
        if not pointer:
            del self.words[address]


def item(n: int) -> Item:
    """Return an item that is an object."""
    return Item(n, n + 1, n)


def dequeue(size: int = 16, index: int = 0) -> PoolDequeue:
    """Return a ring whose indexes stand somewhere."""
    ring = PoolDequeue(size, 0x1000, 0x2000)
    ring.head = ring.tail = index
    return ring


@pytest.mark.parametrize("index", [0, 5, INDEX_MASK - 3, INDEX_MASK])
def test_a_ring_is_full_when_it_is_and_takes_one_more_when_one_is_out(index: int) -> None:
    """16 of 16 go in, a 17th when the oldest is out; the indexes may wrap around in between."""
    ring, memory = dequeue(index=index), Memory()

    pushed = [ring.push_head(item(n), memory, 0) for n in range(17)]
    oldest = ring.pop_tail(memory, 0)

    assert pushed == [True] * 16 + [False]
    assert oldest == item(0)
    assert ring.push_head(item(17), memory, 0)
    assert [found.value for found in ring.items()] == [*range(1, 16), 17]
    ring.check()


def test_head_and_tail_are_one_word() -> None:
    """The head in the upper 32 bits, the tail in the lower ones."""
    ring = dequeue(index=3)
    ring.push_head(item(1), Memory(), 0)

    assert ring.head_tail == 4 << 32 | 3


def test_an_empty_ring_gives_nothing_at_either_end() -> None:
    """None, and the indexes stay."""
    ring = dequeue(index=7)

    assert ring.pop_head(Memory(), 0) is None
    assert ring.pop_tail(Memory(), 0) is None
    assert (ring.head, ring.tail) == (7, 7)


def test_a_label_writes_no_word() -> None:
    """It has no pointer; what was an object is nil again when it is out."""
    ring, memory = dequeue(), Memory()

    ring.push_head(Item("a", 0, 1), memory, 0)
    ring.push_head(item(5), memory, 0)
    words = memory.words.copy()
    ring.pop_head(memory, 0)
    ring.pop_head(memory, 0)

    assert words == {0x2000 + 16 + 8: 6}
    assert memory.words == {}


def test_rings_stop_doubling_at_a_limit() -> None:
    """Behind a ring of 1 << 30 slots comes one of the same size. It is full because its indexes say so."""
    chain, memory = PoolChain(0), Memory()
    chain.dequeues.append(dequeue(DEQUEUE_LIMIT // 2))
    sizes = []
    for _ in range(3):
        chain.dequeues[-1].head += chain.dequeues[-1].size
        added = chain.push_head(item(1), memory, 0)
        assert added is not None
        added.head -= 1
        sizes.append(added.size)

    assert sizes == [1 << 30, 1 << 30, 1 << 30]


def test_a_chain_asks_for_a_record_and_an_array_each_time() -> None:
    """9 items need rings of 8 and 16: 48 B with three pointers, and 16 B a slot with two."""
    chain, memory = PoolChain(0), Memory()

    for n in range(9):
        chain.push_head(item(n), memory, 0)

    assert memory.made == [(ELT_WORDS, ELT_SLOTS), (16, ALL_WORDS), (ELT_WORDS, ELT_SLOTS), (32, ALL_WORDS)]
    assert memory.words == dict(chain.words())


def test_the_owner_backs_up_into_older_rings() -> None:
    """The newest ring is empty again, and the owner takes the newest item of the one before it."""
    chain, memory = PoolChain(0), Memory()
    for n in range(9):
        chain.push_head(item(n), memory, 0)

    assert [chain.pop_head(memory, 0) for _ in range(3)] == [item(8), item(7), item(6)]
    chain.push_head(item(9), memory, 0)
    assert [len(ring) for ring in chain.dequeues] == [6, 1]


def test_check_finds_rings_that_do_not_double() -> None:
    """8 and 8."""
    chain = PoolChain(0)
    chain.dequeues += [dequeue(8), dequeue(8)]

    with pytest.raises(ThrowError, match="should have twice as many"):
        chain.check()


class Life(RuleBasedStateMachine):
    """An owner and a thief at a chain, beside a plain deque."""

    def __init__(self) -> None:
        super().__init__()
        self.memory, self.chain = Memory(), PoolChain(0)
        self.naive: deque[Item] = deque()
        self.number = 0

    @rule(n=st.integers(1, 20))
    def push(self, n: int) -> None:
        """Push some items."""
        for _ in range(n):
            self.number += 1
            self.chain.push_head(item(self.number), self.memory, 0)
            self.naive.append(item(self.number))

    @rule(n=st.integers(1, 20))
    def pop_head(self, n: int) -> None:
        """Let the owner take the newest."""
        for _ in range(n):
            assert self.chain.pop_head(self.memory, 0) == (self.naive.pop() if self.naive else None)

    @rule(n=st.integers(1, 20))
    def pop_tail(self, n: int) -> None:
        """Let a thief take the oldest."""
        for _ in range(n):
            assert self.chain.pop_tail(self.memory, 1) == (self.naive.popleft() if self.naive else None)

    @rule()
    def copy(self) -> None:
        """Go on with a copy, while the original is emptied."""
        original, self.chain = self.chain, self.chain.copy()
        while original.pop_tail(twin_of(self.memory), 0):
            pass

    @invariant()
    def sound(self) -> None:
        """Compare with the deque; memory has the words that lead to the items."""
        self.chain.check()
        assert list(self.chain.items()) == list(self.naive)
        words = dict(self.chain.words())
        assert {address: self.memory.words.get(address) for address in words} == words


def twin_of(memory: Memory) -> Memory:
    """Return a memory of one's own with the same words."""
    new = Memory()
    new.made, new.words = memory.made.copy(), memory.words.copy()
    return new


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
