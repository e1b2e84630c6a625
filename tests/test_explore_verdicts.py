"""The verdicts on every barrier, and the states that they take: whole spaces of small worlds, searched to the end."""

import pytest

from gomemlab import Timeline, explore
from gomemlab.commands import Assign, New
from gomemlab.exploring.rules import Shape

SAFE = None
VERDICTS = {  # the program's fewest steps to a loss: plain, with a rescan, with a snapshot, with both
    "none": (2, 2, 2, 4),
    "dijkstra": (2, SAFE, 2, SAFE),
    "yuasa": (2, 2, SAFE, SAFE),
    "hybrid": (SAFE, SAFE, SAFE, SAFE),
    "published": (SAFE, SAFE, SAFE, SAFE),
}
EXTRAS = ((False, False), (True, False), (False, True), (True, True))  # rescan, snapshot
TABLE = [
    (barrier, *extra, steps) for barrier, row in VERDICTS.items() for extra, steps in zip(EXTRAS, row, strict=True)
]
H2F1G2T1, H2F2G2T1, H2F1G2T2, H3F1G2T1 = Shape(2, 1, 2, 1), Shape(2, 2, 2, 1), Shape(2, 1, 2, 2), Shape(3, 1, 2, 1)
COUNTS = {  # Go's barrier, not renamed, the published one, Dijkstra with a rescan, Yuasa with a snapshot
    H2F1G2T1: (6_759, 13_122, 6_830, 7_401, 1_341),
    H2F2G2T1: (57_297, 113_730, 58_432, 61_617, 12_365),
    H2F1G2T2: (55_945, None, 57_403, 65_936, 11_958),
    H3F1G2T1: (100_201, 562_308, 102_107, 109_318, 17_544),
}
COLUMNS = (
    {"barrier": "hybrid"},
    {"barrier": "hybrid", "renamed": False},
    {"barrier": "published"},
    {"barrier": "dijkstra", "rescan": True},
    {"barrier": "yuasa", "snapshot": True},
)


def sizes(shape: Shape) -> dict[str, int]:
    """Return a shape as arguments of explore."""
    return {name: getattr(shape, name) for name in ("objects", "fields", "goroutines", "slots")}


def name(shape: object) -> str | None:
    """Return a shape's short name, for pytest."""
    if isinstance(shape, Shape):
        return f"H{shape.objects}F{shape.fields}G{shape.goroutines}T{shape.slots}"
    return None


@pytest.mark.slow
@pytest.mark.parametrize(("barrier", "rescan", "snapshot", "steps"), TABLE)
@pytest.mark.parametrize("shape", [H2F1G2T1, H2F2G2T1, H2F1G2T2], ids=name)
def test_verdicts(shape: Shape, barrier: str, rescan: bool, snapshot: bool, steps: int | None) -> None:
    """Without a barrier two steps lose an object; with Go's none do, however many there are."""
    found = explore(barrier, rescan, snapshot, **sizes(shape), prune=True)

    assert found.complete
    assert found.steps == steps
    assert (found.lost is None) == (steps is None)


@pytest.mark.slow
@pytest.mark.parametrize(("barrier", "rescan", "snapshot", "steps"), TABLE)
def test_pruning_changes_no_verdict_and_a_loss_plays(
    barrier: str, rescan: bool, snapshot: bool, steps: int | None
) -> None:
    """Nothing is pruned here; the schedule, played in a timeline, ends with an object lost."""
    found = explore(barrier, rescan, snapshot)

    assert found.steps == steps
    if found.lost is not None and found.start is not None:
        assert sum(isinstance(command, Assign | New) for command in found.lost) == steps
        line = Timeline(found.start)
        line.extend(found.lost)
        assert line.world.snapshot().gc.lost


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "column"),
    [(shape, i) for shape, row in COUNTS.items() for i, states in enumerate(row) if states],
    ids=name,
)
def test_states_until_the_space_closes(shape: Shape, column: int) -> None:
    """The smallest world has 6,759 states under Go's barrier, 13,122 if names count."""
    found = explore(**sizes(shape), **COLUMNS[column])

    assert (found.lost, found.complete) == (None, True)
    assert found.states == COUNTS[shape][column]
