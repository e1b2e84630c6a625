"""The constants are those that Go 1.27.3 prints on linux/amd64."""

import pytest

from gomemlab.runtime import arch
from gomemlab.runtime.arch import GO_1_21, GO_1_22, GO_1_27, GO_VERSIONS, Go, align_down, align_up


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PAGE_SIZE", 8192),
        ("PTR_SIZE", 8),
        ("HEAP_ADDR_BITS", 48),
        ("HEAP_ARENA_BYTES", 67_108_864),
        ("PAGES_PER_ARENA", 8192),
        ("PALLOC_CHUNK_PAGES", 512),
        ("PALLOC_CHUNK_BYTES", 4_194_304),
        ("SUMMARY_LEVELS", 5),
        ("PAGE_CACHE_PAGES", 64),
        ("MAX_TINY_SIZE", 16),
        ("MAX_SMALL_SIZE", 32_768),
        ("MALLOC_HEADER_SIZE", 8),
        ("MIN_SIZE_FOR_MALLOC_HEADER", 512),
        ("NUM_SIZE_CLASSES", 68),
        ("NUM_SPAN_CLASSES", 136),
        ("TINY_SIZE_CLASS", 2),
        ("TINY_SPAN_CLASS", 5),
        ("INLINE_MARK_BITS_SIZE", 128),
        ("MSPAN_SIZE", 160),
        ("MCACHE_SIZE", 2296),
    ],
)
def test_a_constant_is_gos(name: str, value: int) -> None:
    """pageSize is 8192."""
    assert getattr(arch, name) == value


@pytest.mark.parametrize(("go", "largest"), [(GO_1_21, 32_768), (GO_1_22, 32_760), (GO_1_27, 32_760)], ids=str)
def test_headers_take_eight_bytes_from_the_largest_small_object(go: Go, largest: int) -> None:
    """Since 1.22 32,760 B are the most."""
    assert go.max_small == largest


def test_versions_have_names() -> None:
    """As a menu shows them."""
    assert {"1.21": GO_1_21, "1.22-1.25": GO_1_22, "1.27": GO_1_27} == GO_VERSIONS


@pytest.mark.parametrize(("n", "up", "down"), [(0, 0, 0), (1, 8, 0), (7, 8, 0), (8, 8, 8), (9, 16, 8)])
def test_alignment(n: int, up: int, down: int) -> None:
    """9 lies between 8 and 16."""
    assert (align_up(n, 8), align_down(n, 8)) == (up, down)
