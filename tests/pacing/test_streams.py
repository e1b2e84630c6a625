"""Streams: what they give, and where they say that they change."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gomemlab.pacing.streams import (
    Stream,
    constant,
    jitter,
    oscillate,
    ramp,
    random,
    spikes,
    step,
    stream,
    unit,
)
from gomemlab.runtime.errors import MisuseError


def values(one: Stream, count: int) -> list[float]:
    """Return a stream's values at 0, 1, 2 and so on."""
    return [one.at(float(x)) for x in range(count)]


def test_a_step_is_read_as_it_is_written() -> None:
    """33, and from 3 on 66 more."""
    assert values(33 + step(66, at=3), 5) == [33, 33, 33, 99, 99]


def test_a_ramp_ends_at_its_height() -> None:
    """In four steps to 8, and no further."""
    assert values(ramp(8, over=4), 7) == [0, 2, 4, 6, 8, 8, 8]


def test_a_peak_can_be_delayed() -> None:
    """One 14, at 2."""
    assert values(unit(14).delay(2), 5) == [0, 0, 14, 0, 0]


def test_spikes_alternate() -> None:
    """Two of every five."""
    assert values(spikes(9, every=5, length=2), 8) == [9, 9, 0, 0, 0, 9, 9, 0]


def test_streams_are_multiplied_subtracted_and_limited() -> None:
    """2 × ramp - 1, between 0 and 5."""
    assert values((2 * ramp(4, over=4) - 1).limit(0, 5), 6) == [0, 1, 3, 5, 5, 5]
    assert values(ramp(4, over=4) * constant(2), 3) == [0, 2, 4]


def test_a_wave_has_its_period() -> None:
    """Up, and as far down."""
    wave = values(oscillate(13, period=8), 9)

    assert wave[2] == pytest.approx(13)
    assert wave[6] == pytest.approx(-13)
    assert wave[8] == pytest.approx(wave[0])


def test_chance_is_seeded() -> None:
    """The same seed gives the same, another another, and each lies within the height."""
    one = values(random(13, seed=7), 50)

    assert one == values(random(13, seed=7), 50)
    assert one != values(random(13, seed=8), 50)
    assert max(map(abs, one)) <= 13
    assert len(set(one)) == 50


def test_jitter_stays_near_its_middle() -> None:
    """30, more or less a tenth."""
    assert all(27 <= value <= 33 for value in values(jitter(30, 0.1, seed=1), 50))


def test_a_number_is_a_stream() -> None:
    """As it is in a workload."""
    assert stream(5).at(99) == 5
    assert stream(constant(5)) == constant(5)


@pytest.mark.parametrize(
    "one",
    [
        33 + step(66, at=3),
        unit(14, length=0.5).delay(2),
        spikes(9, every=5, length=2),
        random(13, seed=7, every=0.25) * 2,
        spikes(1, every=0.7, length=0.1).limit(0, 0.5).delay(0.3),
    ],
    ids=str,
)
@given(x=st.integers(0, 40_000).map(lambda n: n / 1000))
@settings(max_examples=40, deadline=None)
def test_a_value_serves_until_the_next_change(one: Stream, x: float) -> None:
    """A stream of edges has the same value up to where it says that the next may be."""
    edge = one.next_change(x)

    assert edge > x
    assert edge - x < 1e-9 or one.at(x) == one.at(x + (min(edge, x + 10) - x) * 0.999)


@pytest.mark.parametrize("one", [ramp(8, over=4), oscillate(13, period=8), oscillate(13, period=8).delay(1)], ids=str)
def test_slopes_are_followed_in_small_steps(one: Stream) -> None:
    """A thirtieth of the way or so, and on the level none."""
    x, largest = 0.0, 0.0
    while x < 8 and math.isfinite(one.next_change(x)):
        edge = one.next_change(x)
        largest = max(largest, abs(one.at(math.nextafter(edge, 0)) - one.at(x)))
        x = edge

    assert 0 < largest < 13 * 0.2
    assert constant(1).next_change(x) == math.inf


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: ramp(1, over=0), "over"),
        (lambda: unit(1, length=-1), "length"),
        (lambda: spikes(1, every=1, length=2), "fit"),
        (lambda: oscillate(1, period=math.inf), "period"),
        (lambda: random(1, seed=0, every=math.nan), "every"),
        (lambda: constant(math.nan), "finite"),
        (lambda: constant(1).limit(3, 2), "smaller"),
        (lambda: constant("200MB"), "'200MB'; give a finite number"),  # type: ignore[arg-type]
        (lambda: ramp(math.inf, over=1), "height"),
        (lambda: unit(1, length=None), "length is None"),  # type: ignore[arg-type]
        (lambda: random(1, seed=0.5), "seed 0.5 is not a whole number"),  # type: ignore[arg-type]
        (lambda: constant(1).delay(math.nan), "by is nan"),
    ],
)
def test_what_cannot_be_is_refused(make: object, word: str) -> None:
    """With the word for what is wrong."""
    with pytest.raises(MisuseError, match=word):
        make()  # type: ignore[operator]
