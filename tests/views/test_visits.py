"""The plots of two markers' visits."""

import numpy as np

from gomemlab.views.visits import BUCKETS, POINTS, VisitPlots, curve, frame, percent, shares


def test_a_curve_begins_at_nothing_and_ends_with_all_objects() -> None:
    """Three visits of 1, 2 and 4 objects."""
    assert curve((1, 2, 4)) == ((0, 1, 2, 3), (0, 1, 3, 7))


def test_a_long_curve_is_thinned_out_and_keeps_its_end() -> None:
    """10 000 visits are some 200 points."""
    visits, objects = curve((1,) * 10_000)

    assert len(visits) <= POINTS + 2
    assert (visits[-1], objects[-1]) == (10_000, 10_000)


def test_no_visit_at_all_is_a_point() -> None:
    """Nothing was scanned."""
    assert curve(()) == ((0,), (0,))
    assert sum(shares(())) == 0


def test_shares_are_of_objects_not_of_visits() -> None:
    """A visit of one, one of three, one of four: one, three and four eighths; more than the last bucket is in it."""
    assert list(shares((1, 3, 4)))[:4] == [12.5, 37.5, 50.0, 0.0]
    assert list(shares((4096,)))[-1] == 100.0


def test_a_small_share_is_not_rounded_to_nothing() -> None:
    """Half a percent is there; nothing has no label."""
    assert (percent(0.5), percent(42.4), percent(0)) == ("<1\u202f%", "42\u202f%", "")


def test_the_plots_follow_a_frame() -> None:
    """Both ends are labelled where they differ, and one label stands for both where they do not."""
    plots = VisitPlots()

    plots.show(frame((1, 1, 1, 1, 1, 1, 1), (1, 2, 4)))
    first = (plots.one.text[0], plots.many.text[0])
    plots.show(frame((1, 1), (1, 1)))

    assert first == ("object by object: 7 visits", "Green Tea: 3 visits")
    assert (plots.one.text[0], plots.many.text[0]) == ("both: 2 visits", "")
    assert np.allclose(np.array(plots.bars.y)[0], [0, 100, 100, 0])
    assert len(plots.shares.text) == len(BUCKETS)
    for figure in plots.figures:
        figure.close()
