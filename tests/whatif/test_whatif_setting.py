"""GOGC and GOMEMLIMIT as people write them."""

import pytest

from gomemlab.runtime.errors import MisuseError
from gomemlab.runtime.gc.pacer import NO_LIMIT
from gomemlab.whatif.setting import Setting, gogc_of, in_words, limit_of


@pytest.mark.parametrize(("given", "taken"), [(200, 200), ("50", 50), ("off", -1), (-1, -1), (0, 0), (10**9, 10**9)])
def test_gogc_is_read_as_go_reads_it(given: int | str, taken: int) -> None:
    """GOGC=off is -1, and a billion is a number like others."""
    assert gogc_of(given) == (taken, None)


@pytest.mark.parametrize(("given", "taken", "word"), [(1 << 31, 100, "cannot read"), ("-7", -1, "takes it as off")])
def test_gogc_that_go_takes_for_another_is_explained(given: int | str, taken: int, word: str) -> None:
    """Go reads 32 bits: 2147483648 becomes 100."""
    gogc, remark = gogc_of(given)

    assert gogc == taken
    assert word in str(remark)


def test_gogc_that_is_no_number_is_refused_with_what_would_do() -> None:
    """`twice` is no percentage."""
    with pytest.raises(MisuseError, match="give a percentage"):
        gogc_of("twice")


@pytest.mark.parametrize("given", [1.5, True, [1], float("nan")])
def test_what_is_no_whole_number_is_no_setting(given: object) -> None:
    """Neither GOGC=1.5 nor a limit of True bytes."""
    with pytest.raises(MisuseError, match=r"GOGC .* is not a whole number; give a percentage"):
        gogc_of(given)  # type: ignore[arg-type]
    with pytest.raises(MisuseError, match=r"GOMEMLIMIT .* is not a whole number; give bytes"):
        limit_of(given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "nbytes"),
    [("900MiB", 900 << 20), ("2gib", 2 << 30), ("512", 512), (0, 0), ("off", None), (None, None), (NO_LIMIT, None)],
)
def test_a_limit_is_read_as_go_reads_it(given: int | str | None, nbytes: int | None) -> None:
    """GOMEMLIMIT=900MiB."""
    assert limit_of(given) == nbytes


@pytest.mark.parametrize("given", ["1GB", "much", -1, "9" * 5000])
def test_a_limit_that_go_does_not_accept_is_refused(given: int | str) -> None:
    """Go knows GiB, not GB."""
    with pytest.raises(MisuseError):
        limit_of(given)


def test_a_setting_says_itself_as_the_environment_would_have_it() -> None:
    """Go reads whole numbers only: GOGC=off GOMEMLIMIT=1536MiB."""
    assert str(Setting(-1, 3 << 29)) == "GOGC=off GOMEMLIMIT=1536MiB"
    assert str(Setting(100, 1_000_001)) == "GOGC=100 GOMEMLIMIT=1000001B"
    assert str(Setting(100, 0)) == "GOGC=100 GOMEMLIMIT=0B"
    assert str(Setting()) == "GOGC=100"
    assert in_words(20 << 30) == "20GiB"
