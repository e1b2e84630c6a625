"""A field for whole numbers: what is typed is used as typed, or refused in words; nothing is clamped."""

import pytest

from gomemlab.panels.lab import Lab
from gomemlab.panels.whole import Whole
from gomemlab.runtime.errors import MisuseError
from gomemlab.views.words import THIN


def test_a_whole_number_is_read() -> None:
    """100 steps are 100, also when a browser sends 100.0."""
    field = Whole(100, "steps", (1, 1000))
    field.value = 250.0

    assert field.whole() == 250
    assert isinstance(field.whole(), int)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (0, "0 steps are not possible here; give 1 to 1 000"),
        (99_999_999, "99 999 999 steps are not possible here"),
        (-3, "−3 steps are not possible here"),
        (1.5, "1.5 steps cannot be; give a whole number"),
    ],
)
def test_what_cannot_be_is_refused_and_stays_as_typed(typed: float, said: str) -> None:
    """Zero does not become one, 1.5 neither."""
    field = Whole(100, "steps", (1, 1000))
    field.value = typed

    with pytest.raises(MisuseError) as refusal:
        field.whole()

    assert said in str(refusal.value).replace(THIN, " ")
    assert field.value == typed


@pytest.mark.parametrize("typed", [0, -1, 1.5, 1_000_001])
def test_a_recursion_that_cannot_be_is_refused(typed: float) -> None:
    """Call 0 deep: no call is made, and the banner says why."""
    lab = Lab()
    panel = lab.stacks()
    panel.times.value = typed

    lab.guard(panel.call)

    assert "calls" in str(lab.error)
    assert len(lab.timeline) == 0
    lab.close()


@pytest.mark.parametrize("typed", [0, 1.5, 99_999_999])
def test_a_seeded_run_that_cannot_be_is_refused(typed: float) -> None:
    """0 steps do not run one."""
    lab = Lab()
    panel = lab.processors()
    lab.guard(panel.begin)
    panel.steps.value = typed

    lab.guard(panel.run)

    assert "steps" in str(lab.error)
    assert len(lab.timeline) == 1
    lab.close()


def test_one_and_a_half_processors_are_refused() -> None:
    """GOMAXPROCS 1.5 is not taken for 1."""
    lab = Lab()
    panel = lab.processors()
    panel.procs.value = 1.5

    lab.guard(panel.procs.whole)

    assert "1.5 Ps cannot be; give a whole number" in str(lab.error)
    lab.close()
