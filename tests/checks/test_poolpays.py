"""What a pool saves, as lesson 10 tells of it."""

from gomemlab.checks import poolpays


def test_two_cases_gain_much_and_two_gain_nothing() -> None:
    """16 KiB buffers need a fifth of the bytes and one GC of seven; headers of 64 B and rare jobs change nothing."""
    steady, boxed, small, rare = poolpays.pays()

    assert steady[1:7] == (1500, 4, 20_480, 4_140, 7, 1)
    assert boxed.bytes_with - steady.bytes_with == 24
    assert small[3:7] == (4_160, 4_096, 1, 1)
    assert (rare.gets, rare.new_calls) == (1000, 1000)
    assert rare.bytes_with > rare.bytes_without
    shares = [float(row.cost.removeprefix("≈ ")) for row in (steady, boxed, small, rare)]
    assert [share < 0.5 for share in shares] == [True, True, False, False]


def test_a_pool_makes_the_peak_no_smaller() -> None:
    """The heap grows to its goal before a GC runs, pooled or not."""
    without, pooled = poolpays.compared(poolpays.CASES[0]).sides

    peaks = [side.at(len(side.line)).peak_alloc for side in (without, pooled)]

    assert abs(peaks[1] - peaks[0]) * 50 < peaks[0]


def test_a_buffer_that_grew_stays_large_where_it_is_put_back() -> None:
    """Four arrays of 256 KiB stay; where they are not put back only small ones do, and a few more are made."""
    (_, every, made), (_, small, more) = poolpays.grown_rows()

    assert every > 4 * poolpays.GROWN > 100 * small
    assert more > made
