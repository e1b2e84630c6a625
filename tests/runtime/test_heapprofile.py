"""A heap profile is right in the mean, and says less the fewer objects were sampled."""

from statistics import mean

from gomemlab.runtime.heapprofile import heap_profile, probability, scale_heap_sample
from tests.vectors_io import report, vectors

MIB = 1 << 20


def test_pprof_scales_a_sample_as_go_does() -> None:
    """Objects and bytes for 300 counts, sizes and rates: one sampled object of 64 B stands for 8,192."""
    rows = vectors("scale_heap_sample")

    assert [(*row[:3], *scale_heap_sample(*row[:3])) for row in rows] == [tuple(row) for row in rows]
    report("scale_heap_sample", len(rows))
    assert scale_heap_sample(1, 64) == (8192, 524320)


def test_with_a_rate_of_one_everything_is_recorded() -> None:
    """100 objects of 24 B and 7 of 1 MiB: the profile is the truth."""
    profile = heap_profile([(24, 100), (MIB, 7)], rate=1)

    assert (profile.said, profile.samples, profile.error) == (profile.live, 107, 0.0)
    assert profile.live == 100 * 24 + 7 * MIB


def test_the_mean_of_many_profiles_is_the_truth() -> None:
    """400 profiles of 8 MiB in small objects and 8 MiB in large ones: within three standard errors of the mean."""
    groups = [(64, 8 * MIB // 64), (MIB, 8)]

    profiles = [heap_profile(groups, seed=seed) for seed in range(400)]

    off = mean(profile.said for profile in profiles) - 16 * MIB
    assert abs(off) < 3 * profiles[0].error / 400**0.5
    near = sum(abs(profile.said - profile.live) < profile.error for profile in profiles)
    assert 0.5 < near / 400 < 0.85  # 0.68, were the error normal; the counts are small


def test_objects_are_recorded_as_often_as_the_rate_says() -> None:
    """64 MiB of 8 KiB: of 8,192 objects about 1.55 % each time."""
    profile = heap_profile([(8192, 8192)], seed=3)

    assert abs(profile.samples - 8192 * probability(8192)) < 4 * (8192 * probability(8192)) ** 0.5
    assert profile.groups[0].nbytes == 64 * MIB
    assert heap_profile([(8192, 8192)], seed=3) == profile != heap_profile([(8192, 8192)], seed=4)


def test_nothing_gives_an_empty_profile() -> None:
    """No objects, no groups."""
    assert (heap_profile([]).said, heap_profile([]).error) == (0, 0.0)
