"""The heap's words: pointers where somebody wrote them, nil everywhere else."""

from hypothesis import given
from hypothesis import strategies as st

from gomemlab.runtime.gc.memory import Memory

BASE = 0xC000000000
PAGE = 8192
words = st.integers(0, 3000)


@given(stores=st.lists(st.tuples(words, st.integers(0, 1 << 48)), max_size=30), first=words, n=st.integers(0, 2500))
def test_memory_is_a_mapping_of_words(stores: list[tuple[int, int]], first: int, n: int) -> None:
    """What was stored last is loaded, and pointers() gives the words that are not nil, in order, over page ends."""
    memory, expected = Memory(), dict[int, int]()

    for word, pointer in stores:
        memory.store(BASE + 8 * word, pointer)
        expected[word] = pointer

    assert all(memory.load(BASE + 8 * word) == pointer for word, pointer in expected.items())
    assert memory.pointers(BASE + 8 * first, n) == [p for w in range(first, first + n) if (p := expected.get(w, 0))]


@given(first=words, slots=st.integers(0, 1 << 2500))
def test_heap_bits_are_those_of_the_last_layout(first: int, slots: int) -> None:
    """They may lie over several pages, and neighbours keep theirs."""
    memory, nwords = Memory(), 2500
    slots &= (1 << nwords) - 1
    memory.lay_out(BASE + 8 * (first + nwords), 4, 0b1011)

    memory.lay_out(BASE + 8 * first, nwords, slots)

    assert memory.slots(BASE + 8 * first, nwords) == slots
    assert memory.slots(BASE + 8 * (first + nwords), 4) == 0b1011


def test_a_new_layout_clears_what_was_there() -> None:
    """An object that is made where another was begins with nil."""
    memory = Memory()
    memory.store(BASE + PAGE - 8, 1)
    memory.store(BASE + PAGE, 2)

    memory.lay_out(BASE + PAGE - 8, 2, 0b11)

    assert memory.pointers(BASE, 2048) == []


def test_nil_needs_no_page() -> None:
    """Storing nil where nothing was changes nothing."""
    memory = Memory()

    memory.store(BASE, 0)

    assert memory.words == {}


def test_copies_share_pages_until_one_of_them_writes() -> None:
    """Both directions: neither sees what the other wrote, by a store or by clearing."""
    memory = Memory()
    memory.store(BASE, 1)
    memory.store(BASE + PAGE, 2)

    other = memory.copy()
    shared = memory.words[BASE >> 13] is other.words[BASE >> 13]
    memory.store(BASE, 3)
    other.clear(BASE + PAGE, 1)

    assert shared
    assert (memory.load(BASE), memory.load(BASE + PAGE)) == (3, 2)
    assert (other.load(BASE), other.load(BASE + PAGE)) == (1, 0)
