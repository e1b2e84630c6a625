"""The six numbers of a heap after most of it was dropped."""

from gomemlab.checks.footprint import HEAD, dropped, rows


def test_the_process_keeps_what_the_heap_has_dropped() -> None:
    """16 MiB were made and 4 kept: RSS is four times HeapAlloc, since nothing was given back."""
    found = {name: mib for name, mib, _ in rows(dropped())}

    assert found == {
        "HeapAlloc": 4,
        "HeapInuse": 4,
        "HeapIdle": 12,
        "HeapReleased": 0,
        "HeapSys": 16,
        "RSS, the heap’s part": 16,
    }


def test_a_row_has_a_cell_for_each_column() -> None:
    """Name, MiB, meaning."""
    assert {len(row) for row in rows(dropped())} == {len(HEAD)}
