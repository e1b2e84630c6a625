"""What is resident: pages that somebody wrote to, less those that the kernel took back."""

import pytest

from gomemlab.runtime.alloc.osmem import C_BASE, OSMemory
from gomemlab.runtime.arch import DEFAULT_HEAP_BASE, PAGE_SIZE, PALLOC_CHUNK_BYTES
from gomemlab.runtime.errors import ThrowError

BASE = DEFAULT_HEAP_BASE
CI = BASE // PALLOC_CHUNK_BYTES
MIB = 1 << 20


def test_ready_is_not_resident_until_somebody_writes() -> None:
    """128 pages for a large object; a write to 9,000 B in the middle of the third page makes two of them resident."""
    os = OSMemory()
    os.used(BASE, 128, written=False)
    assert os.resident(mapped=4 * MIB, released=3 * MIB) == 0

    pages = os.touch(BASE + 2 * PAGE_SIZE + 4000, 9000)

    assert (pages, os.resident(4 * MIB, 3 * MIB)) == (2, 2 * PAGE_SIZE)
    assert os.touch(BASE + 2 * PAGE_SIZE, 1) == 0


def test_a_run_across_chunks_is_one_run() -> None:
    """600 pages that nobody wrote to, then all of them."""
    os = OSMemory()
    os.used(BASE, 600, written=False)
    assert os.untouched == {CI: (1 << 512) - 1, CI + 1: (1 << 88) - 1}

    assert os.touch(BASE, 600 * PAGE_SIZE) == 600

    assert os.untouched == {}


def test_pages_used_again_are_written_to() -> None:
    """A small object's span over pages that nobody wrote to: they are resident then."""
    os = OSMemory()
    os.used(BASE, 4, written=False)

    os.used(BASE, 1, written=True)

    assert os.untouched == {CI: 0b1110}


@pytest.mark.parametrize(("dontneed", "left"), [(True, 0), (False, 3)])
def test_madv_free_leaves_pages_until_the_kernel_needs_them(dontneed: bool, left: int) -> None:
    """Of four pages one was never written to: MADV_DONTNEED takes three from RSS at once, MADV_FREE none."""
    os = OSMemory(madvdontneed=dontneed)
    os.used(BASE + PAGE_SIZE, 1, written=False)

    os.unused(CI, 0b1111)

    os.check({CI: 0b1111})
    assert os.resident(4 * PAGE_SIZE, 4 * PAGE_SIZE) == left * PAGE_SIZE
    assert os.advice == ("MADV_DONTNEED" if dontneed else "MADV_FREE")
    assert (os.pressure(), os.lazy_bytes) == (left, 0)


def test_a_page_given_back_lazily_and_used_again_never_left() -> None:
    """It is ready again, so it is not to be taken any more."""
    os = OSMemory(madvdontneed=False)
    os.unused(CI, 0b11)

    os.used(BASE, 1, written=True)

    assert os.lazy == {CI: 0b10}


def test_c_memory_is_apart() -> None:
    """Two blocks, the second one behind the first one's pages."""
    os = OSMemory()

    first, second = os.c_malloc(5000), os.c_malloc(1)

    assert (first, second, os.c_bytes) == (C_BASE, C_BASE + 8192, 5001)
    assert os.copy() == os


@pytest.mark.parametrize(
    ("os", "why"),
    [
        (OSMemory(untouched={CI: 1}), "never written to, and scavenged"),
        (OSMemory(untouched={CI: 0}), "never written to, and scavenged"),
        (OSMemory(lazy={CI: 2}), "not scavenged"),
        (OSMemory(lazy={CI: 0}), "not scavenged"),
    ],
)
def test_check_finds_what_cannot_be(os: OSMemory, why: str) -> None:
    """Page 0 is scavenged, page 1 is not; an empty bitmap should have gone."""
    with pytest.raises(ThrowError, match=why):
        os.check({CI: 1})
