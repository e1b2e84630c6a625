"""Numbers as people type them."""

import pytest

from gomemlab.checks.numbers import count, how_read, read_many, read_one
from gomemlab.runtime.errors import MisuseError


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("126", "objects", 126),
        (" 126 objects ", "objects", 126),
        ("1152", "B", 1152),
        ("1,152", "B", 1152),
        ("1 152 B", "B", 1152),
        ("1\u202f152 bytes", "B", 1152),
        ("1'152", "B", 1152),
        ("1_152", "B", 1152),
        ("0x480", "B", 1152),
        ("4 MiB", "B", 4 << 20),
        ("4MB", "B", 4 << 20),
        ("1.5 KiB", "B", 1536),
        ("5 pages", "B", 40960),
        ("40960 B", "pages", 5),
        ("64k", "objects", 65536),
        ("62", "pages", 62),
        ("about 62 of them", "pages", 62),
        ("none", "B", 0),
        ("126 slots", "objects", 126),
        ("Five pages", "pages", 5),
        ("none, I think", "B", 0),
        ("(ten)", "B", 10),
    ],
)
def test_a_number_is_read_however_it_is_typed(text: str, unit: str, value: int) -> None:
    """1,152 and 0x480 and 1 152 bytes are the same answer."""
    assert read_one(text, unit) == value


@pytest.mark.parametrize(
    ("text", "unit", "complaint"),
    [
        ("", "B", "no number"),
        ("lots", "B", "no number"),
        ("-3", "B", "minus"),
        ("1.5", "objects", "not a whole number of objects"),
        ("100 B", "pages", "not a whole number of pages"),
        ("64 MiB", "objects", "is a size"),
        ("60 80", "pages", "2 numbers"),
        ("5 blocks", "B", "a number of blocks; asked is a number of bytes"),
        ("3 spans", "pages", "a number of spans"),
        ("1 block", "objects", "a number of blocks"),
        ("7" * 700, "B", "700 characters"),
        ("1e9", "B", "write it out"),
    ],
)
def test_what_cannot_be_read_is_refused_with_an_example_or_a_reason(text: str, unit: str, complaint: str) -> None:
    """The word lots holds no number."""
    with pytest.raises(MisuseError, match=complaint):
        read_one(text, unit)


@pytest.mark.parametrize(
    "text",
    ["0, 2, 4, 8", "0 2 4 8", "0,2,4,8", "0 | 2 | 4 | 8", "0; 2; 4; 8", "(0, 2, 4, 8)", "zero, two, four, eight"],
)
def test_a_row_of_numbers_is_read_whatever_parts_them(text: str) -> None:
    """Commas, bars and spaces do."""
    assert read_many(text) == (0, 2, 4, 8)


def test_thousands_are_parted_by_a_narrow_space() -> None:
    """254308 reads 254 308, and may be typed back."""
    shown = count(254308)

    assert shown == "254\u202f308"
    assert read_one(shown) == 254308


@pytest.mark.parametrize("text", ["1e3", "12x5", "3b4", "1.5e2", "5, 2e2"])
def test_digits_on_both_sides_of_a_letter_are_no_number(text: str) -> None:
    """1e3 is a thousand to some, and never 1 and 3."""
    with pytest.raises(MisuseError, match="no number that can be read here; write it out"):
        read_many(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("24 KB", " (KB is read as 1024 B)"),
        ("24k", " (KB is read as 1024 B)"),
        ("204.8 MB", " (MB is read as 1024² B)"),
        ("1 GB", " (GB is read as 1024³ B)"),
        ("24 KiB", ""),
        ("24000 B", ""),
    ],
)
def test_a_kb_says_how_it_was_read(text: str, said: str) -> None:
    """Many people mean a thousand by it."""
    assert how_read(text) == said
