"""Sentences and tables with the model's values in them."""

from gomemlab.panels.said import fill, prose, table


def test_numbers_stand_to_the_right_and_words_to_the_left() -> None:
    """A column with one number among words is one of numbers; a percentage is a word."""
    made = table(("heap", "size", "fewest"), [("10 % of it", 1152, "none"), ("all", 48, "2")])

    assert made.markdown.splitlines() == [
        "| heap | size | fewest |",
        "| :--- | ---: | ---: |",
        "| 10 % of it | 1\u202f152 | none |",
        "| all | 48 | 2 |",
    ]


def test_a_table_without_rows_has_a_head() -> None:
    """And as many columns."""
    assert repr(table(("a", "b"), [])) == "| a | b |\n| ---: | ---: |"


def test_values_are_set_in_bold_with_their_thousands() -> None:
    """Words are not, and a format is obeyed."""
    text = fill("{n} of {name}, {share:.1f}", {"n": 10_000, "name": "all", "share": 2.345})

    assert text == "**10\u202f000** of all, **2.3**"


def test_prose_becomes_html_and_nothing_else_does() -> None:
    """`code`, **bold**, and a smaller sign that is one."""
    assert prose("`p` < **q**") == "<code>p</code> &lt; <b>q</b>"
