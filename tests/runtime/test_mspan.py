"""A span hands out its free slots lowest first, and sweeping turns marks into slots."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomemlab.runtime.alloc.mspan import EMPTY_SPAN, MSpan, SpanState, trailing_ones
from gomemlab.runtime.errors import ThrowError

BASE = 0xC000000000


def span(nelems: int = 6, alloc_bits: int = 0, freeindex: int = 0) -> MSpan:
    """Return a span of class 49, 6784 B, as sweeping leaves it."""
    return MSpan(
        7,
        BASE,
        5,
        spanclass=99,
        elemsize=6784,
        nelems=nelems,
        state=SpanState.IN_USE,
        freeindex=freeindex,
        run_end=freeindex,
        alloc_bits=alloc_bits,
    )


def taken_one_by_one(given_span: MSpan) -> list[int]:
    """Take single slots until there is none; return them."""
    return list(iter(lambda: given_span.take(1), None))


def test_slots_go_lowest_first() -> None:
    """A fresh span of six: 0, 1, 2, 3, 4, 5, and then none."""
    fresh = span()

    assert taken_one_by_one(fresh) == [0, 1, 2, 3, 4, 5]
    assert (fresh.freeindex, fresh.alloc_count) == (6, 6)


def test_slots_that_lived_through_a_sweep_are_passed_over() -> None:
    """With 1, 2 and 5 taken, the holes are 0, 3 and 4."""
    holes = span(alloc_bits=0b100110)

    assert taken_one_by_one(holes) == [0, 3, 4]
    assert holes.alloc_count == 6


def test_a_run_ends_at_the_next_taken_slot() -> None:
    """Ten asked of six slots with 3 taken: 0 to 2, then 4 and 5."""
    holes = span(alloc_bits=0b001000)

    runs = [(holes.take(10), holes.freeindex), (holes.take(10), holes.freeindex), holes.take(10)]

    assert runs == [(0, 3), (4, 6), None]


def test_a_run_is_no_longer_than_asked() -> None:
    """Two asked: 0 and 1; three more: 2 to 4."""
    fresh = span()

    first, second = fresh.take(2), fresh.take(3)

    assert (first, second, fresh.freeindex) == (0, 2, 5)


def test_allocation_moves_freeindex_and_leaves_the_bits() -> None:
    """malloc never writes alloc_bits."""
    holes = span(alloc_bits=0b000010)

    taken_one_by_one(holes)

    assert holes.alloc_bits == 0b000010


@settings(max_examples=60)
@given(st.integers(1, 200), st.data())
def test_taking_equals_a_walk_over_a_list_of_slots(nelems: int, data: st.DataObject) -> None:
    """The free slots in ascending order, whatever the bits and the lengths asked for."""
    bits = data.draw(st.integers(0, (1 << nelems) - 1))
    freeindex = data.draw(st.integers(0, nelems))
    lengths = data.draw(st.lists(st.integers(1, 64), min_size=1))
    holes = span(nelems, bits, freeindex)
    holes.elemsize = 8
    naive = [slot for slot in range(nelems) if slot >= freeindex and not bits >> slot & 1]

    for n in lengths:
        first = holes.take(n)
        got = [] if first is None else list(range(first, holes.freeindex))

        assert got == naive[: len(got)]
        assert 0 < len(got) <= n or not naive
        # A run is cut short by a taken slot or by the end, never for another reason.
        assert len(got) == n or not got or got[-1] + 1 not in naive
        naive = naive[len(got) :]
        holes.check()
        assert [slot for slot in range(nelems) if holes.is_free(slot)] == naive
        assert holes.alloc_count == holes.taken_bits().bit_count() == nelems - len(naive)


def test_a_span_that_is_asked_twice_gives_the_same_index() -> None:
    """The search for a free slot takes none."""
    holes = span(alloc_bits=0b000011)

    assert [holes.next_free_index(), holes.next_free_index(), holes.alloc_count] == [2, 2, 2]


@pytest.mark.parametrize(("bits", "ones"), [(0, 0), (0b1, 1), (0b1011, 2), (0b1110, 0), ((1 << 100) - 1, 100)])
def test_trailing_ones(bits: int, ones: int) -> None:
    """0b1011 ends in two ones."""
    assert trailing_ones(bits) == ones


def test_sweep_frees_exactly_the_unmarked() -> None:
    """Of four objects with only #1 marked, three are freed."""
    used = span(freeindex=4)

    freed = used.sweep(sweepgen=2, marks=0b0010)

    assert (freed, used.alloc_count, used.alloc_bits) == (3, 1, 0b0010)
    assert (used.freeindex, used.sweepgen) == (0, 2)
    assert taken_one_by_one(used) == [0, 2, 3, 4, 5]


def test_only_freed_slots_make_a_span_dirty() -> None:
    """Two objects of six slots, both marked: what was never used is still zero. One dead: it must be cleared."""
    alive, dead = span(freeindex=2), span(freeindex=2)

    alive.sweep(2, 0b11)
    dead.sweep(2, 0b01)

    assert (alive.needzero, dead.needzero) == (False, True)


def test_a_dirty_span_stays_dirty() -> None:
    """Sweeping never makes used memory zero."""
    used = span(freeindex=1)
    used.needzero = True

    used.sweep(2, 1)

    assert used.needzero


def test_marks_without_objects_are_a_defect() -> None:
    """One object, two marks."""
    wrong = span(freeindex=1)

    with pytest.raises(ThrowError, match="sweep increased allocation count of span 7: 1 taken, 2 marked"):
        wrong.sweep(2, 0b11)


def test_a_copy_is_its_own() -> None:
    """Every field comes along; taking from the copy leaves the original."""
    original = span(alloc_bits=0b10)
    original.requested, original.alloc_count_before_cache, original.needzero = 100, 1, True

    twin = original.copy()

    names = MSpan.__dataclass_fields__
    assert [getattr(twin, name) for name in names] == [getattr(original, name) for name in names]
    assert twin.take(9) == 0
    assert original.freeindex == 0


def test_a_span_knows_its_bytes() -> None:
    """Six slots of 6784 B in five pages leave a tail of 256 B."""
    fresh = span()

    assert (fresh.nbytes, fresh.limit) == (40960, BASE + 6 * 6784)
    assert fresh.nbytes - (fresh.limit - BASE) == 256


def test_the_empty_span_has_nothing_to_give() -> None:
    """What an mcache holds where it has no span."""
    assert EMPTY_SPAN.take(1) is None
    assert (EMPTY_SPAN.alloc_count, EMPTY_SPAN.nelems) == (0, 0)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (lambda s: setattr(s, "freeindex", 7), "freeindex 7 is beyond nelems 6"),
        (lambda s: setattr(s, "run_end", 7), "run_end 7 is not in 0 .. 6"),
        (lambda s: setattr(s, "alloc_bits", 1 << 6), "alloc_bits has bits beyond nelems"),
        (lambda s: (setattr(s, "run_end", 3), setattr(s, "alloc_bits", 0b100)), "known free run is taken"),
        (lambda s: setattr(s, "elemsize", 8192), "behind the span"),
    ],
)
def test_check_finds_a_broken_span(broken: Callable[[MSpan], None], why: str) -> None:
    """Too far, too long, too many, taken twice, too large."""
    victim = span()
    victim.check()

    broken(victim)

    with pytest.raises(ThrowError, match=f"span 7: .*{why}"):
        victim.check()
