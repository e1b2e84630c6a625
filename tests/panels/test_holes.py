"""Pages to play with: what is typed is done or refused, and what lies behind the edge is said."""

from collections.abc import Iterator

import pytest

from gomemlab.checks.plan import plan
from gomemlab.panels.holes import HolesPanel
from gomemlab.views.words import THIN


@pytest.fixture
def panel() -> Iterator[HolesPanel]:
    """Return the panel of lesson 04: objects up to page 240, three of them freed."""
    own = HolesPanel(plan("04").scene("holes")())
    yield own
    own.close()


def test_an_object_over_the_edge_is_cut_there_and_says_how_far_it_goes(panel: HolesPanel) -> None:
    """100 pages at page 240: drawn from 240 to 320, with an arrow to 340."""
    panel.pages.value = 100

    panel.make.click()

    assert 'x="645.00" y="1" width="214.20" height="22" fill="var(--gm-accent)"' in panel.strip.value
    assert "<span>→ 340</span>" in panel.strip.value
    assert "10 spans, 60 pages free" in panel.strip.value


def test_an_object_behind_the_edge_is_counted(panel: HolesPanel) -> None:
    """The second object of 100 pages begins at page 340."""
    panel.pages.value = 100

    panel.make.click()
    panel.make.click()

    assert "<span>→ 440, 1 more span</span>" in panel.strip.value


@pytest.mark.parametrize(
    ("typed", "said"),
    [(0, "Not done with 0: fewer than 16"), (-3, "Not done with −3:"), (999_999_999, "more than the 320 pages")],
)
def test_what_cannot_be_shown_is_refused_and_stays_as_typed(panel: HolesPanel, typed: int, said: str) -> None:
    """Nothing becomes 16 or 320 without a word."""
    before = len(panel.timeline)
    panel.pages.value = typed

    panel.make.click()

    assert said in panel.head.value.replace(THIN, " ")
    assert (panel.pages.value, len(panel.timeline)) == (typed, before)


def test_numbers_stand_under_their_places(panel: HolesPanel) -> None:
    """Each is centred, and only those at the ends are shifted inside."""
    assert 'left:6.25%;transform:translateX(-50%)">20<' in panel.strip.value
    assert 'left:0.00%;transform:translateX(-0%)">0<' in panel.strip.value
    assert 'left:100.00%;transform:translateX(-100%)">320<' in panel.strip.value
