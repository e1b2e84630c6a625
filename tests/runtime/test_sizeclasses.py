"""Size classes: derived, not listed, and equal to Go's table in every row."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gomemlab.runtime.alloc.sizeclasses import check_size, class_table, label, size_class
from gomemlab.runtime.arch import GO_1_21, GO_1_22, GO_1_27, NUM_SIZE_CLASSES, NUM_SPAN_CLASSES, PAGE_SIZE, Go
from gomemlab.runtime.errors import MisuseError

GOLDEN = json.loads((Path(__file__).parent.parent / "data" / "go1.27.3_size_classes.json").read_text(encoding="utf-8"))
ROWS = [dict(zip(GOLDEN["class_columns"], row, strict=True)) for row in GOLDEN["classes"]]
PROBES = [(False, row) for row in GOLDEN["probes_noscan"]] + [(True, row) for row in GOLDEN["probes_scan"]]
# 1.27 built with GOEXPERIMENT=nogreenteagc lays a span out as 1.22 did.
COLUMNS = {"1.21.13": GO_1_21, "1.22-1.25": GO_1_22, "1.26, 1.27": GO_1_27, "1.27 nogreenteagc": GO_1_22}
SCAN, NOSCAN = True, False
versions = st.sampled_from([GO_1_21, GO_1_22, GO_1_27])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['elemsize']} B")
def test_a_class_is_as_go_lists_it(row: dict[str, int]) -> None:
    """Class 49: 6784 B from 5 pages."""
    table = class_table()

    assert (table.elemsize[row["class"]], table.npages[row["class"]]) == (row["elemsize"], row["npages"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['elemsize']} B")
def test_the_oldest_policy_cuts_a_span_as_the_table_of_go_says(row: dict[str, int]) -> None:
    """Nothing but slots in a span of 1.21: 341 of 24 B and a tail of 8 B."""
    table = class_table(GO_1_21)

    for spanclass in (2 * row["class"], 2 * row["class"] + 1):
        assert (table.nelems[spanclass], table.tail[spanclass]) == (row["objects"], row["tail"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['elemsize']} B")
def test_a_span_has_as_many_slots_as_those_seen_in_traces(row: dict[str, int]) -> None:
    """48 B: 165 scan slots, 168 noscan slots."""
    table = class_table(GO_1_27)

    assert table.nelems[2 * row["class"]] == row["scan_nelems"]
    assert table.nelems[2 * row["class"] + 1] == row["noscan_nelems"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['elemsize']} B")
def test_the_worst_waste_is_that_of_gos_comment(row: dict[str, float]) -> None:
    """2048 B: 12.45 %, rounded as Go prints it."""
    worst = class_table().max_waste[int(row["class"])]

    assert f"{worst * 100:.2f}" == f"{row['max_waste_percent']:.2f}"


def test_every_span_class_but_one_was_seen() -> None:
    """8 B noscan is never used: the tiny allocator takes such objects."""
    unseen = [(row["elemsize"], kind) for row in ROWS for kind in ("scan", "noscan") if not row[f"{kind}_spans_seen"]]

    assert unseen == [(8, "noscan")]


@pytest.mark.parametrize(("pointers", "probe"), PROBES, ids=lambda v: str(v[0]) if isinstance(v, list) else str(v))
def test_a_request_lands_where_go_puts_it(pointers: bool, probe: list[int]) -> None:
    """A slice of pointers of 512 B gets a 512 B slot, one of 520 B a 576 B slot."""
    size, *expected = probe

    found = size_class(size, pointers)

    assert [found.elemsize, found.index, found.spanclass, found.npages] == expected


@pytest.mark.parametrize(
    ("size", "pointers", "per_page"),
    [
        (8, SCAN, [1024, 1008, 1008, 1008]),
        (16, NOSCAN, [512, 512, 504, 512]),
        (16, SCAN, [512, 504, 496, 504]),
        (64, NOSCAN, [128, 128, 126, 128]),
        (64, SCAN, [128, 126, 124, 126]),
        (512, NOSCAN, [16, 16, 15, 16]),
        (512, SCAN, [16, 15, 15, 15]),
        (1024, NOSCAN, [8, 8, 8, 8]),
        (1024, SCAN, [8, 7, 7, 7]),
    ],
)
@pytest.mark.parametrize(("column", "go"), list(enumerate(COLUMNS.values())), ids=COLUMNS)
def test_history_changed_how_many_objects_a_page_holds(
    column: int, go: Go, size: int, pointers: bool, per_page: list[int]
) -> None:
    """64 B with pointers: 128 in 1.21, 126 with heap bits in the span, 124 with mark bits too."""
    assert size_class(size, pointers, go).nelems == per_page[column]


def test_a_header_moves_a_kilobyte_of_pointers_to_the_next_class() -> None:
    """1024 B with pointers: a slot of 1024 B in 1.21, of 1152 B with 8 B of header since 1.22."""
    old, new = size_class(1024, SCAN, GO_1_21), size_class(1024, SCAN, GO_1_22)

    assert (old.elemsize, old.header) == (1024, 0)
    assert (new.elemsize, new.header, new.waste) == (1152, 8, 128)


@pytest.mark.parametrize(
    ("size", "pointers", "header", "inline_mark_bits", "heap_bits", "tail"),
    [
        (8, SCAN, 0, 0, 128, 128),  # mark bits stand in spans from 16 B on
        (16, SCAN, 0, 128, 128, 256),
        (16, NOSCAN, 0, 128, 0, 128),
        (512, SCAN, 0, 128, 128, 512),
        (513, SCAN, 8, 0, 0, 128),
        (576, NOSCAN, 0, 0, 0, 128),
        (32760, SCAN, 8, 0, 0, 0),
    ],
)
def test_a_span_keeps_some_bytes_for_the_runtime(
    size: int, pointers: bool, header: int, inline_mark_bits: int, heap_bits: int, tail: int
) -> None:
    """16 B with pointers: 128 B of mark bits and 128 B of heap bits; above 512 B a header for each object instead."""
    found = size_class(size, pointers)

    assert (found.header, found.inline_mark_bits, found.heap_bits, found.tail) == (
        header,
        inline_mark_bits,
        heap_bits,
        tail,
    )


def test_the_two_sides_of_512_bytes_differ_by_version() -> None:
    """A 512 B slot has no header and heap bits, a 576 B slot a header and none; in 1.21 neither has either."""
    table, old = class_table(GO_1_27), class_table(GO_1_21)

    assert (table.header_of(52), table.heap_bits[52]) == (0, 128)
    assert (table.header_of(54), table.heap_bits[54]) == (8, 0)
    assert [old.header_of(52), old.header_of(54), old.heap_bits[52], old.heap_bits[54]] == [0, 0, 0, 0]


@pytest.mark.parametrize(("go", "last"), [(GO_1_21, 32768), (GO_1_22, 32760), (GO_1_27, 32760)], ids=str)
def test_above_the_last_class_an_object_is_large(go: Go, last: int) -> None:
    """Since headers exist, 32,761 B are large even without pointers: 4 pages."""
    small, large = size_class(last, go=go), size_class(last + 1, go=go)

    assert (small.index, small.elemsize, small.nelems) == (67, 32768, 1)
    assert (large.index, large.npages, large.nelems) == (0, -(-(last + 1) // PAGE_SIZE), 1)


@pytest.mark.parametrize(
    ("size", "npages", "waste"),
    [(32761, 4, 7), (32769, 5, 8191), (40961, 6, 8191), (100_001, 13, 6495), (1_048_577, 129, 8191)],
)
def test_a_large_object_wastes_the_rest_of_its_last_page(size: int, npages: int, waste: int) -> None:
    """32,769 B take 40,960 B: a fifth of it is waste."""
    found = size_class(size)

    assert (found.npages, found.elemsize, found.waste) == (npages, npages * PAGE_SIZE, waste)
    assert (found.header, found.tail, found.inline_mark_bits, found.heap_bits) == (0, 0, 0, 0)


def test_nothing_asked_is_nothing_given() -> None:
    """0 B have no slot and no page, with or without pointers."""
    assert [size_class(0, pointers).elemsize for pointers in (False, True)] == [0, 0]
    assert size_class(0).npages == 0


@given(st.integers(1, 32760), st.booleans(), versions)
def test_the_slot_is_the_smallest_that_fits(size: int, pointers: bool, go: Go) -> None:
    """25 B: 32 B fit, 24 B would not."""
    found = size_class(size, pointers, go)

    table = class_table(go)
    header = 8 if pointers and go.malloc_headers else 0
    fits = [
        elemsize
        for elemsize in table.elemsize[1 if pointers else 2 :]
        if size + (header if elemsize > 512 else 0) <= elemsize
    ]
    assert found.elemsize == min(fits)
    assert found.noscan is not pointers


@given(st.integers(2, NUM_SPAN_CLASSES - 1), versions)
def test_slots_and_tail_make_up_the_span(spanclass: int, go: Go) -> None:
    """24 B scan: 330 slots of 24 B and 272 B of tail are 8192 B, and no further slot would fit."""
    table = class_table(go)
    index = spanclass >> 1

    slots, tail, elemsize = table.nelems[spanclass], table.tail[spanclass], table.elemsize[index]
    assert slots * elemsize + tail == table.npages[index] * PAGE_SIZE
    reserved = table.inline_mark_bits[index] + table.heap_bits[spanclass]
    assert reserved <= tail < reserved + elemsize


@pytest.mark.parametrize("go", [GO_1_21, GO_1_22, GO_1_27], ids=lambda go: go.name)
def test_a_table_has_every_class(go: Go) -> None:
    """68 classes, 136 span classes; large objects are class 0, with one slot of no fixed size."""
    table = class_table(go)

    assert [len(column) for column in (table.elemsize, table.npages, table.max_waste)] == [NUM_SIZE_CLASSES] * 3
    assert [len(column) for column in (table.nelems, table.heap_bits, table.tail)] == [NUM_SPAN_CLASSES] * 3
    assert (table.elemsize[0], table.npages[0], table.nelems[:2], table.max_waste[0]) == (0, 0, (1, 1), 0.0)
    assert [len(by_size) for by_size in table.spanclass] == [go.max_small + 1] * 2


def test_a_version_has_one_table() -> None:
    """Asking twice costs nothing the second time."""
    assert class_table(GO_1_27) is class_table()


@pytest.mark.parametrize(
    ("spanclass", "words"),
    [(0, "large scan"), (1, "large noscan"), (7, "24 B noscan"), (6, "24 B scan"), (135, "32768 B noscan")],
)
def test_a_span_class_has_a_name(spanclass: int, words: str) -> None:
    """Span class 7 is "24 B noscan"."""
    assert label(spanclass) == words


@pytest.mark.parametrize(
    ("size", "why"),
    [
        (-1, "-1 is negative; ask for 0 bytes or more"),
        (2.5, "2.5 is not a whole number"),
        ("24", "'24' is not a whole number"),
        (True, "True is not a whole number"),
        (None, "None is not a whole number"),
        (1 << 48, "48-bit address space"),
        (1 << 63, "48-bit address space"),
    ],
)
def test_an_impossible_size_is_refused(size: object, why: str) -> None:
    """-1 B: the message gives the value and says what would be right."""
    with pytest.raises(MisuseError, match=why):
        check_size(size)
    with pytest.raises(MisuseError, match=why):
        size_class(size)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, 24, (1 << 48) - 1])
def test_a_possible_size_comes_back(size: int) -> None:
    """The largest is one byte less than the address space."""
    assert check_size(size) == size
